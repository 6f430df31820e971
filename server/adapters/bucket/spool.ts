/** Bytes between a line, this machine's disk and the bucket. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Measured } from '../../steps/ports.ts'
import { MeasuredFile, Meter, take } from '../measured-file.ts'
import type { Bucket } from './bucket.ts'

/** `fault`: why the source ended before its end, or the disk took no more; null when all came. */
export interface Spooled extends Measured {
  fault: Error | null
}

const newFile = (path: string, most?: number) =>
  new MeasuredFile(() => open(path, 'wx', 0o600), new Meter(), most)

/** Writes what comes to a file that is not there, and says what came even when the source breaks. */
export async function spool(source: Readable, path: string, most?: number): Promise<Spooled> {
  const target = newFile(path, most)
  const fault = await take(source, target)
  await target.close()
  // What a disk took before it failed counts as well.
  return { ...(target.errored === null ? target.meter.whole() : await measureFile(path)), fault }
}

/** Of a file that may never have been begun. */
export async function measureFile(path: string): Promise<Measured> {
  const meter = new Meter()
  try {
    for await (const chunk of createReadStream(path)) meter.add(chunk)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  return meter.whole()
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
): Promise<Measured> {
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
  const target = newFile(path)
  try {
    await pipeline(bytes, target)
    return target.meter.whole()
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await target.close()
  }
}
