/** Bytes of a file from a position on, without keeping it open. */
import { closeSync, openSync, read, readSync } from 'node:fs'

/** Reads up to here are made at once: a trip through the thread pool costs more than they do. */
const SYNC_READ_BYTES = 256 * 1024

/** @returns how many bytes there were: fewer than asked only at the file's end. */
export async function readAt(path: string, position: number, target: Uint8Array): Promise<number> {
  const handle = openSync(path, 'r')
  try {
    return target.length <= SYNC_READ_BYTES
      ? readSync(handle, target, 0, target.length, position)
      : await readLarge(handle, target, position)
  } finally {
    closeSync(handle)
  }
}

function readLarge(handle: number, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(handle, target, 0, target.length, position, (error, bytesRead) =>
      error === null ? resolve(bytesRead) : reject(error),
    )
  })
}
