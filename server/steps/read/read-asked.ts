/** When members were last asked for what is theirs: by the link sent to them, or by a reminder. */
import { and, asc, eq, inArray } from 'drizzle-orm'
import { journal } from '../../../schema/tables.ts'
import type { Instant } from '../../domain/call.ts'
import type { ActKind } from '../../domain/journal/entry.ts'
import type { Database } from '../ports.ts'

/** Acts that lead a member to the page where it answers. */
const ASKING: readonly ActKind[] = ['link-sent', 'reminders-written']

/** By OG or ESMS; who was never asked is not there. */
export async function readLastAsked(db: Database, grappeId: string): Promise<ReadonlyMap<string, Instant>> {
  const rows = await db
    .select({ at: journal.at, memberIds: journal.memberIds })
    .from(journal)
    .where(and(eq(journal.grappeId, grappeId), inArray(journal.kind, [...ASKING])))
    .orderBy(asc(journal.id))
  return new Map(rows.flatMap(({ at, memberIds }) => memberIds.map(id => [id, at.toISOString()] as const)))
}
