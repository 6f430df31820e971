/**
 * Uploads kept still on behalf of one server, for as long as it says so: another one waits, or takes over
 * from the dead.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { and, asc, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import { uploads } from '../../../schema/tables.ts'
import type { Database } from '../../steps/ports.ts'
import { UploadFault } from '../uploads/arriving-store.ts'

type Row = typeof uploads.$inferSelect

/** A server that died is waited for that long. By the database's clock: those of servers differ. */
const LEASE = sql`now() + interval '30 seconds'`
const RENEW_MS = 10_000
const LOOK_AGAIN_MS = 200
/** Longer than a lease: the dead one's is over by then. */
const MAX_WAIT_MS = 40_000

/** @param which of the uploads; those of them that are there are given to the act. */
export async function keeping<Result>(
  db: Database,
  which: SQL | undefined,
  act: (rows: readonly Row[]) => Promise<Result>,
): Promise<Result> {
  const holder = randomUUID()
  const mine = eq(uploads.heldBy, holder)
  const rows = await take(db, which, holder)
  const renewal = setInterval(() => {
    // A renewal that fails is tried again, and the lease lasts three of them.
    db.update(uploads)
      .set({ heldUntil: LEASE })
      .where(mine)
      .catch(() => {})
  }, RENEW_MS)
  try {
    return await act(rows)
  } finally {
    clearInterval(renewal)
    await db.update(uploads).set({ heldBy: null, heldUntil: null }).where(mine)
  }
}

/** All of them or none: two acts on the same uploads must not wait for each other. */
async function take(db: Database, which: SQL | undefined, holder: string): Promise<Row[]> {
  const present = and(which, isNull(uploads.goneAt))
  for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
    const taken = await db.transaction(async tx => {
      const rows = await tx
        .select({ id: uploads.id, isHeld: sql<boolean>`coalesce(${uploads.heldUntil} > now(), false)` })
        .from(uploads)
        .where(present)
        .orderBy(asc(uploads.id))
        .for('update')
      if (rows.some(({ isHeld }) => isHeld)) return null
      const ids = rows.map(({ id }) => id)
      if (ids.length === 0) return []
      return await tx
        .update(uploads)
        .set({ heldBy: holder, heldUntil: LEASE })
        .where(inArray(uploads.id, ids))
        .returning()
    })
    if (taken !== null) return taken
    if (waited >= MAX_WAIT_MS) throw new UploadFault(423)
    await pause(LOOK_AGAIN_MS)
  }
}
