/** Reading pieces of a file without ever holding the whole of it. */
import { Buffer } from 'node:buffer'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { ByteSource } from '../../steps/ports.ts'

/** At most `length` bytes from `position`; fewer at the end of the file. */
export async function readAt(source: ByteSource, position: number, length: number): Promise<Buffer> {
  const wanted = Math.max(0, Math.min(length, source.size - position))
  if (position < 0 || wanted === 0) return Buffer.alloc(0)
  const target = Buffer.allocUnsafe(wanted)
  let filled = 0
  while (filled < wanted) {
    const count = await source.read(position + filled, target.subarray(filled))
    if (count === 0) break
    filled += count
  }
  return target.subarray(0, filled)
}

/**
 * Where `mark` begins at or after `from`; -1 when it is nowhere. Goes through the file one megabyte at a
 * time.
 */
export async function findForward(source: ByteSource, mark: Buffer, from: number): Promise<number> {
  const step = 1024 * 1024
  for (let position = from; position < source.size; position += step) {
    const window = await readAt(source, position, step + mark.length - 1)
    const found = window.indexOf(mark)
    if (found >= 0) return position + found
  }
  return -1
}

/** Has a file read while it is open. Reads hold their thread up: to be used outside the server's process. */
export async function withFile<Result>(
  path: string,
  read: (source: ByteSource) => Promise<Result>,
): Promise<Result> {
  const file = openSync(path, 'r')
  try {
    return await read({
      size: fstatSync(file).size,
      read: async (position, target) => readSync(file, target, 0, target.length, position),
    })
  } finally {
    closeSync(file)
  }
}
