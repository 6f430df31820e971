/** Every change to a grappe goes through here: the journal gets its act and the revision grows. */
import { inArray, sql } from 'drizzle-orm'
import { grappes, journal } from '../../schema/tables.ts'
import { groupBy } from '../domain/group-by.ts'
import type { Act, Actor } from '../domain/journal/entry.ts'
import { changedIn, type Database } from './ports.ts'

interface Change {
  at: Date
  actor: Actor
  act: Act
}

/** @param tx the transaction of the change itself, so that neither exists without the other. */
export async function recordChange(tx: Database, change: Change & { grappeId: string }): Promise<void> {
  await recordChanges(tx, change.grappeId, [change])
}

/**
 * The same for several changes of one grappe at once: the revision grows by as many as the journal gets
 * lines.
 */
export async function recordChanges(
  tx: Database,
  grappeId: string,
  changes: readonly Change[],
): Promise<void> {
  await recordChangesOf(
    tx,
    changes.map(change => ({ ...change, grappeId })),
  )
}

/** The same for several grappes. */
export async function recordChangesOf(
  tx: Database,
  changes: ReadonlyArray<Change & { grappeId: string }>,
): Promise<void> {
  if (changes.length === 0) return
  const told = groupBy(changes, ({ grappeId }) => grappeId)
  // Taken in one order by all, two acts on the same grappes never wait for each other.
  if (told.size > 1) {
    await tx
      .select({ id: grappes.id })
      .from(grappes)
      .where(inArray(grappes.id, [...told.keys()]))
      .orderBy(grappes.id)
      .for('update')
  }
  // The revision first: its row makes transactions wait for one another, so that lines are numbered as they
  // commit and the last lines are those of the last revisions.
  for (const [lines, ids] of groupBy(told.keys(), id => told.get(id)?.length ?? 0)) {
    await tx
      .update(grappes)
      .set({ revision: sql`${grappes.revision} + ${lines}` })
      .where(inArray(grappes.id, ids))
  }
  for (const grappeId of told.keys()) changedIn.get(tx)?.add(grappeId)
  await tx.insert(journal).values(changes.map(({ grappeId, ...change }) => ({ grappeId, ...rowOf(change) })))
}

function rowOf({ at, actor, act }: Change): Omit<typeof journal.$inferInsert, 'grappeId'> {
  const { kind, facts } = act
  return {
    at,
    actor: actor.name,
    proof: actor.proof,
    kind,
    facts,
    memberIds: 'memberIds' in facts ? [...facts.memberIds] : [],
    pieceId: 'pieceId' in facts ? facts.pieceId : null,
  }
}
