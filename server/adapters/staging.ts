/** Files on their way into a store: written on this machine's disk and measured, until they are published. */
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { copyFile, link, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import type { BlobStore, StagedBlob } from '../steps/ports.ts'
import { readAt } from './read-at.ts'

const READ_CHUNK_BYTES = 1024 * 1024

export type Measured = Pick<StagedBlob, 'sha256' | 'crc32' | 'size'>

/**
 * @param arrivals a folder that is there.
 * @param publish makes the bytes at that path durable in the store; the file is no longer needed afterwards.
 */
export function stagingIn(
  arrivals: string,
  publish: (path: string, measured: Measured) => Promise<void>,
): Pick<BlobStore, 'stage' | 'stageFile'> {
  const staged = (path: string, measured: Measured): StagedBlob => ({
    ...measured,
    path,
    read: (position, target) => readAt(path, position, target),
    async publish() {
      await publish(path, measured)
      await rm(path, { force: true })
    },
    discard: () => rm(path, { force: true }),
  })
  const arrive = async (receive: (path: string) => Promise<Measured>): Promise<StagedBlob> => {
    const path = join(arrivals, randomUUID())
    try {
      return staged(path, await receive(path))
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
  }
  return {
    stage: source => arrive(path => write(path, source)),
    stageFile: file =>
      arrive(async path => {
        // A second name for the same bytes; on a disk that has no such thing, a second copy.
        await link(file, path).catch(() => copyFile(file, path))
        return await measure(path)
      }),
  }
}

async function write(path: string, source: Readable): Promise<Measured> {
  const hash = createHash('sha256')
  let crc = 0
  let size = 0
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      crc = crc32(chunk, crc)
      size += chunk.length
      done(null, chunk)
    },
  })
  // `flush` syncs the file before it closes: a power cut after the answer must not empty it.
  const written = createWriteStream(path, { flush: true, mode: 0o600 })
  try {
    await pipeline(source, meter, written)
  } catch (error) {
    // A source that fails at once does so while the file is being opened: it would appear after its removal.
    if (!written.closed) await new Promise<void>(resolve => written.once('close', () => resolve()))
    throw error
  }
  return { sha256: hash.digest('hex'), crc32: crc, size }
}

/** Reads a file once, and syncs it: a power cut after the answer must not empty it. */
async function measure(path: string): Promise<Measured> {
  const file = await open(path, 'r+')
  try {
    const hash = createHash('sha256')
    let crc = 0
    let size = 0
    for await (const chunk of file.createReadStream({ highWaterMark: READ_CHUNK_BYTES, autoClose: false })) {
      hash.update(chunk)
      crc = crc32(chunk, crc)
      size += chunk.length
    }
    // From now on it is a new blob, whenever its bytes came: what is young is never set aside.
    await file.utimes(new Date(), new Date())
    await file.sync()
    return { sha256: hash.digest('hex'), crc32: crc, size }
  } finally {
    await file.close()
  }
}
