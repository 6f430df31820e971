/** Stored bytes as they are given away: compared with what was recorded, and noted when they differ. */
import { createHash } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import { DamagedDossier } from '../steps/dossier/assemble-dossier.ts'
import {
  type BlobStore,
  type Context,
  DamagedEntry,
  type KnownBlob,
  StoreUnreachable,
} from '../steps/ports.ts'
import { noteBytes, proveWhole, recheckBytes } from '../steps/read/stored-bytes.ts'

/** A file up to here is read once: it is known to be whole before its first byte leaves. */
const READ_BYTES = 1024 * 1024

/**
 * The whole file; a part of it would prove nothing, so single files are served without ranges. A longer one
 * is read to its end first, and compared again while it leaves.
 *
 * @throws DamagedEntry before the first byte when the blob is missing, or its length or SHA-256 is not the
 * recorded one; before the last ones when it was altered meanwhile.
 */
export async function* checkedBytes(
  blobs: Pick<BlobStore, 'size' | 'read'>,
  file: KnownBlob,
): AsyncGenerator<Buffer> {
  if ((await blobs.size(file.sha256)) !== file.size) {
    throw new DamagedEntry(file, new Error(`missing, or not of ${file.size} bytes`))
  }
  if (file.size > READ_BYTES) await proveWhole(blobs, file)
  const hash = createHash('sha256')
  let at = 0
  for (;;) {
    const target = Buffer.allocUnsafe(Math.min(file.size - at, READ_BYTES))
    const read = await blobs.read(file.sha256, at, target).catch((cause: unknown) => {
      throw cause instanceof StoreUnreachable ? cause : new DamagedEntry(file, cause)
    })
    if (read !== target.length) throw new DamagedEntry(file, new Error(`not of ${file.size} bytes any more`))
    hash.update(target)
    at += read
    const last = at === file.size
    if (last && hash.digest('hex') !== file.sha256) {
      throw new DamagedEntry(file, new Error('SHA-256 differs from that of the deposit'))
    }
    yield target
    if (last) return
  }
}

/**
 * The same bytes; damage met on the way is noted on the pieces.
 *
 * @param marked what the read proves to be whole again, once it came to its end: noted before the last bytes
 * leave, since whoever has them all may look at once.
 */
export async function* witnessed(
  context: Context,
  log: FastifyBaseLogger,
  open: () => AsyncIterable<Buffer> | Promise<AsyncIterable<Buffer>>,
  marked: readonly string[],
): AsyncGenerator<Buffer> {
  let held: Buffer | null = null
  try {
    for await (const bytes of await open()) {
      if (held !== null) yield held
      held = bytes
    }
  } catch (error) {
    await noteFault(context, log, error)
    throw error
  }
  for (const sha256 of marked) await noteBytes(context, sha256, true)
  if (held !== null) yield held
}

/** Notes on the pieces, and in the log by their names, what this fault of a read shows to be damaged. */
export async function noteFault(context: Context, log: FastifyBaseLogger, error: unknown): Promise<void> {
  const suspects =
    error instanceof DamagedDossier ? error.entries : error instanceof DamagedEntry ? [error.entry] : []
  for (const suspect of suspects) {
    for (const piece of await recheckBytes(context, suspect)) log.error({ piece }, 'A stored file is damaged')
  }
}
