/** The journal of a grappe as it is read: each line with its sentence. */
import { and, arrayOverlaps, asc, count, desc, eq, gt, gte, inArray, isNull, lt, type SQL } from 'drizzle-orm'
import { journal } from '../../../schema/tables.ts'
import type { Instant } from '../../domain/call.ts'
import { ERASED_LINE, ERASED_PERSON } from '../../domain/erasure.ts'
import { type Act, type Proof, type RecordedAct, sentenceOf } from '../../domain/journal/entry.ts'
import type { Database } from '../ports.ts'

export interface JournalLine {
  /** Grows along the journal. */
  id: number
  at: Instant
  actor: string
  /** What the actor had proved; null when it was not kept, as with the kind `unknown`. */
  proof: Proof | null
  kind: RecordedAct['kind']
  /** Null for `unknown`, and for a line that was erased. */
  facts: Act['facts'] | null
  /** One French sentence. */
  event: string
  /** Of this line after those before: docs/adr/0020. */
  hash: string
}

/** All of it, oldest first. */
export async function readJournal(db: Database, grappeId: string): Promise<JournalLine[]> {
  const rows = await db.select().from(journal).where(eq(journal.grappeId, grappeId)).orderBy(asc(journal.id))
  return rows.map(lineOf)
}

/** Lines of one answer to a program. */
export const MOST_LINES_AT_ONCE = 1_000

/**
 * As much as fits in one answer, oldest first.
 *
 * @param after the last line that is known already; null from the first one on.
 * @returns with the line after which the next ones are; null when there are none yet.
 */
export async function readJournalFrom(
  db: Database,
  grappeId: string,
  after: number | null,
): Promise<{ lines: JournalLine[]; next: number | null }> {
  const rows = await db
    .select()
    .from(journal)
    .where(and(eq(journal.grappeId, grappeId), after === null ? undefined : gt(journal.id, after)))
    .orderBy(asc(journal.id))
    .limit(MOST_LINES_AT_ONCE + 1)
  const lines = rows.slice(0, MOST_LINES_AT_ONCE).map(lineOf)
  return { lines, next: rows.length > lines.length ? (lines.at(-1)?.id ?? null) : null }
}

function lineOf({
  id,
  at,
  actor,
  proof,
  kind,
  facts,
  event,
  hash,
  erasedAt,
}: typeof journal.$inferSelect): JournalLine {
  const said = { id, at: at.toISOString(), proof, kind, facts, hash }
  if (erasedAt !== null) return { ...said, actor: ERASED_PERSON, event: ERASED_LINE }
  // A row holds the facts of its kind, or its sentence: `recordChange` and the table see to it.
  const recorded = { kind, facts, event } as RecordedAct
  return { ...said, actor, event: sentenceOf(recorded) }
}

/** Null restricts nothing. */
export interface JournalFilter {
  kinds: ReadonlyArray<RecordedAct['kind']> | null
  /** Lines about any of these OG and ESMS. */
  memberIds: readonly string[] | null
  pieceId: string | null
  actor: string | null
  since: Date | null
  /** Excluded. */
  until: Date | null
}

/** Where a page begins: next to a line that another page shows. Null: at the newest line. */
export type JournalPlace = { before: number } | { after: number } | null

/** Newest first. */
export interface JournalPage {
  lines: readonly JournalLine[]
  /** Lines that the filter keeps, on all pages. */
  total: number
  /** Where the pages beside this one begin; null when there is none. */
  newer: JournalPlace
  older: JournalPlace
}

/** Lines of one page. */
const PAGE_LINES = 50

export async function readJournalPage(
  db: Database,
  grappeId: string,
  filter: JournalFilter,
  place: JournalPlace,
): Promise<JournalPage> {
  const kept = and(eq(journal.grappeId, grappeId), ...conditionsOf(filter))
  const isNewer = place !== null && 'after' in place
  const beside =
    place === null ? undefined : 'after' in place ? gt(journal.id, place.after) : lt(journal.id, place.before)
  // One more than a page holds: it tells whether another page follows.
  const rows = await db
    .select()
    .from(journal)
    .where(and(kept, beside))
    .orderBy(isNewer ? asc(journal.id) : desc(journal.id))
    .limit(PAGE_LINES + 1)
  const goesOn = rows.length > PAGE_LINES
  const nearest = rows.slice(0, PAGE_LINES).map(lineOf)
  const lines = isNewer ? nearest.toReversed() : nearest
  const [counted] = await db.select({ total: count() }).from(journal).where(kept)
  const first = lines[0]
  const last = lines.at(-1)
  return {
    lines,
    total: counted?.total ?? 0,
    newer: first !== undefined && (isNewer ? goesOn : place !== null) ? { after: first.id } : null,
    older: last !== undefined && (isNewer || goesOn) ? { before: last.id } : null,
  }
}

function conditionsOf({
  kinds,
  memberIds,
  pieceId,
  actor,
  since,
  until,
}: JournalFilter): Array<SQL | undefined> {
  return [
    kinds === null ? undefined : inArray(journal.kind, [...kinds]),
    memberIds === null ? undefined : arrayOverlaps(journal.memberIds, [...memberIds]),
    pieceId === null ? undefined : eq(journal.pieceId, pieceId),
    actor === null ? undefined : eq(journal.actor, actor),
    since === null ? undefined : gte(journal.at, since),
    until === null ? undefined : lt(journal.at, until),
  ]
}

/** Everybody who ever acted, by name. */
export async function listJournalActors(db: Database, grappeId: string): Promise<string[]> {
  const rows = await db
    .selectDistinct({ actor: journal.actor })
    .from(journal)
    .where(and(eq(journal.grappeId, grappeId), isNull(journal.erasedAt)))
    .orderBy(asc(journal.actor))
  return rows.map(({ actor }) => actor)
}
