/** The bytes of what was erased, one file at a time, as long as no row refers to them any more. */
import { and, asc, eq, gt, lte } from 'drizzle-orm'
import { bytesToErase } from '../../../schema/tables.ts'
import { BYTES_WAIT_HOURS } from '../../domain/erasure.ts'
import type { Context } from '../ports.ts'
import { referencedBlobs } from '../read/referenced-files.ts'

const HOUR_MS = 60 * 60 * 1000
const AT_ONCE = 200

/** Killed in the middle, it goes on where it was: a hash leaves the list once its bytes are gone. */
export async function eraseListedBytes(context: Pick<Context, 'db' | 'now' | 'blobs'>): Promise<void> {
  const { db, blobs } = context
  const now = context.now()
  const listedBy = new Date(now.getTime() - BYTES_WAIT_HOURS * HOUR_MS)
  let after = ''
  for (;;) {
    const rows = await db
      .select({ sha256: bytesToErase.sha256 })
      .from(bytesToErase)
      .where(and(gt(bytesToErase.sha256, after), lte(bytesToErase.listedAt, listedBy)))
      .orderBy(asc(bytesToErase.sha256))
      .limit(AT_ONCE)
    for (const { sha256 } of rows) {
      const isUsed = async () => (await referencedBlobs(db, [sha256])).has(sha256)
      // Asked before too: bytes that somebody reads now are not even moved for a moment.
      const left = (await isUsed()) ? 'used' : await blobs.erase(sha256, now, isUsed)
      if (left !== 'recent') await db.delete(bytesToErase).where(eq(bytesToErase.sha256, sha256))
    }
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.sha256
  }
}
