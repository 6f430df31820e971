/** Bytes between a line, this machine's disk and the bucket. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Bucket } from './bucket.ts'

export interface Measure {
  sha256: string
  /** In bytes. */
  size: number
}

/** `fault`: why the source ended before its end, or the disk took no more; null when all came. */
export interface Spooled extends Measure {
  fault: unknown
}

/** Writes what comes to a file that is not there, and says what came even when the source breaks. */
export async function spool(source: Readable, path: string): Promise<Spooled> {
  const target = createWriteStream(path, { mode: 0o600 })
  const meter = measuring()
  try {
    await pipeline(source, meter.stream, target)
    return { ...meter.measure(), fault: null }
  } catch (fault) {
    // The last write may still be under way.
    if (!target.closed) await once(target, 'close')
    return { ...(await measureFile(path)), fault }
  }
}

/** Of a file that may never have been begun. */
export async function measureFile(path: string): Promise<Measure> {
  const meter = measuring()
  try {
    await pipeline(createReadStream(path), meter.stream.resume())
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  return meter.measure()
}

/**
 * Writes parts of a file one after the other.
 *
 * @throws when one of them is no longer what was sent: nothing is left at the path.
 */
export async function gather(
  bucket: Bucket,
  parts: ReadonlyArray<{ object: string; sha256: string }>,
  path: string,
): Promise<void> {
  async function* bytes() {
    for (const { object, sha256 } of parts) {
      const body = await bucket.stream(object)
      if (body === null) throw new Error(`No object ${object} in ${bucket.name}`)
      const hash = createHash('sha256')
      for await (const chunk of body) {
        hash.update(chunk as Buffer)
        yield chunk
      }
      if (hash.digest('hex') !== sha256)
        throw new Error(`${object} in ${bucket.name} is not what was sent to it`)
    }
  }
  try {
    await pipeline(bytes, createWriteStream(path, { mode: 0o600 }))
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

function measuring(): { stream: Transform; measure(): Measure } {
  const hash = createHash('sha256')
  let size = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      size += chunk.length
      done(null, chunk)
    },
  })
  return { stream, measure: () => ({ sha256: hash.digest('hex'), size }) }
}
