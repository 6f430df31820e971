/**
 * Files small enough to be held while they come: on the disk for good in two trips through the thread pool,
 * where a stream makes four, and an event for each of its steps.
 */
import { closeSync, constants, fsync, open, writev } from 'node:fs'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { LineCut } from './measured-file.ts'

/** What a line brings at once: a slow sender has no more of it held here than by its connection. */
export const SMALL_BYTES = 64 * 1024

export interface Bytes {
  chunks: readonly Buffer[]
  /** Of all of them. */
  size: number
}

/** All that came. */
export interface Gathered extends Bytes {
  /** Why that is not all; null when it is. */
  fault: Error | null
}

/** @returns null when more than `SMALL_BYTES` come: the source then still has every one of them. */
export async function gather(source: Readable): Promise<Gathered | null> {
  return await new Promise(resolve => {
    const chunks: Buffer[] = []
    let size = 0
    const end = (gathered: Gathered | null) => {
      source.off('data', add).off('end', whole).off('close', cut)
      resolve(gathered)
    }
    const add = (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size <= SMALL_BYTES) return
      end(null)
      source.pause()
      source.unshift(Buffer.concat(chunks, size))
    }
    const whole = () => end({ chunks, size, fault: null })
    const cut = () => end({ chunks, size, fault: source.errored ?? new LineCut('The line was cut') })
    // Heard to the last: a body may break once more after its reader was told.
    source.on('error', fault => end({ chunks, size, fault }))
    if (source.destroyed) cut()
    else source.on('data', add).on('end', whole).on('close', cut)
  })
}

/** Each write is then on the disk for good, as by `fdatasync`; other systems mean less by it than `fsync`. */
const SYNCED_WRITES = process.platform === 'linux' ? constants.O_DSYNC : 0

const opened = promisify(open)
const written = promisify(writev)
const synced = promisify(fsync)

/** Makes a file, readable by its owner only, of which a power cut afterwards takes nothing. */
export async function writeSynced(path: string, bytes: Bytes): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | SYNCED_WRITES
  // Of nothing, nothing is written.
  await writeSmall(path, flags, bytes, SYNCED_WRITES === 0 || bytes.size === 0)
}

/** Makes or replaces a file, readable by its owner only; a power cut may take it. */
export async function writeText(path: string, text: string): Promise<void> {
  const chunk = Buffer.from(text)
  await writeSmall(path, 'w', { chunks: [chunk], size: chunk.length }, false)
}

async function writeSmall(path: string, flags: string | number, { chunks, size }: Bytes, sync: boolean) {
  const file = await opened(path, flags, 0o600)
  try {
    let left = size
    if (left > 0) left -= (await written(file, chunks)).bytesWritten
    // A disk that is nearly full takes a part, and says why at the next try.
    while (left > 0) left -= (await written(file, [Buffer.concat(chunks).subarray(-left)])).bytesWritten
    if (sync) await synced(file)
  } finally {
    closeSync(file)
  }
}
