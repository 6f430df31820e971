/** Every change to a grappe goes through here: the journal gets its sentence and the revision grows. */
import { eq, sql } from 'drizzle-orm'
import { grappes, journal } from '../../schema/tables.ts'
import type { Database } from './ports.ts'

interface Change {
  grappeId: string
  at: Date
  actor: string
  /** One French sentence, without any secret. */
  event: string
}

/** @param tx the transaction of the change itself, so that neither exists without the other. */
export async function recordChange(tx: Database, change: Change): Promise<void> {
  await recordChanges(tx, change.grappeId, [change])
}

/** The same for several changes of one grappe at once: the revision grows by as many as the journal gets lines. */
export async function recordChanges(
  tx: Database,
  grappeId: string,
  changes: readonly Omit<Change, 'grappeId'>[],
): Promise<void> {
  if (changes.length === 0) return
  // The revision first: its row makes transactions wait for one another, so that lines are numbered as they commit and
  // the last lines are those of the last revisions.
  await tx
    .update(grappes)
    .set({ revision: sql`${grappes.revision} + ${changes.length}` })
    .where(eq(grappes.id, grappeId))
  await tx.insert(journal).values(changes.map(({ at, actor, event }) => ({ grappeId, at, actor, event })))
}
