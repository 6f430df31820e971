/** Sends a file of this machine to a bucket, and makes sure that it arrived. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { type Measured, StoreUnreachable } from '../../steps/ports.ts'
import type { Bucket } from './bucket.ts'

/** Sent in one request, with its checksum; above, in parts. */
const WHOLE_BYTES = 8 * 1024 * 1024

/**
 * By the checksum that the store computed itself, or where it tells none, by reading the bytes again.
 *
 * @throws StoreUnreachable when the store does not hold them as they are.
 */
export async function sendFile(
  bucket: Bucket,
  key: string,
  path: string,
  { sha256, size }: Pick<Measured, 'sha256' | 'size'>,
): Promise<void> {
  if (size <= WHOLE_BYTES) {
    const checksum = Buffer.from(sha256, 'hex').toString('base64')
    if ((await bucket.putChecked(key, await readFile(path), checksum)) === 'compared') return
  } else await bucket.putStream(key, createReadStream(path))
  const stored = await bucket.stream(key)
  const hash = createHash('sha256')
  if (stored !== null) await pipeline(stored, hash)
  if (stored === null || hash.digest('hex') !== sha256) {
    throw new StoreUnreachable(`${bucket.name} does not give back what it was sent: ${key}`)
  }
}
