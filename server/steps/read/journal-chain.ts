/**
 * The journal proved: each line of a grappe is hashed with the line before it by the database itself
 * (docs/adr/0020), so that a changed, missing or inserted line shows in every one that follows.
 */
import { createHash } from 'node:crypto'
import { and, eq, isNotNull, notExists, sql } from 'drizzle-orm'
import { erasedGrappes, erasedSeals, grappes, journal, seals } from '../../../schema/tables.ts'
import type { JournalHead } from '../../domain/dossier-plan.ts'
import type { Database } from '../ports.ts'

/** One line as it is hashed. Its hash, and that of its content, are what the database wrote. */
export interface ChainLine {
  grappeId: string
  /** ISO 8601, to the millisecond. */
  at: string
  kind: string
  salt: string
  /** What the line says, in the text that the database hashes. */
  content: string
  contentHash: string
  hash: string
  /** Whether what it said was erased: its hashes then prove its place, and nothing of what it said. */
  isErased: boolean
}

/** The journal of one grappe, found whole or not. */
export interface ChainReport {
  grappeId: string
  /** Null of a grappe that was erased. */
  grappeName: string | null
  lines: number
  /** Of those lines, how many lost what they said. */
  erased: number
  /** Of the last line; empty without one. */
  head: string
  /** From 1: the first line that is not what was written; null when all are. */
  brokenAt: number | null
  /** Numbers of the sealed versions whose manifest tells another head than the journal now has there. */
  deniedBy: readonly number[]
  /** Sealed versions that agree. */
  confirmedBy: number
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What a line says once it was erased, as the database writes it: nobody puts other words there. */
const EMPTIED = '{"actor": "", "event": null, "facts": null, "piece": null, "proof": null, "members": []}'

/**
 * Of one grappe, in order.
 *
 * @returns the position, from 1, of the first line whose content or place is not the one that was hashed.
 */
export function brokenAt(lines: readonly ChainLine[]): number | null {
  let previous = ''
  for (const [index, line] of lines.entries()) {
    const { grappeId, at, kind, salt, content, contentHash, hash, isErased } = line
    const isWhole =
      (isErased ? content === EMPTIED : sha256(`${salt}\n${content}`) === contentHash) &&
      sha256([previous, grappeId, at, kind, contentHash].join('\n')) === hash
    if (!isWhole) return index + 1
    previous = hash
  }
  return null
}

/** Oldest first. */
export async function readChain(db: Database, grappeId: string): Promise<ChainLine[]> {
  return await db
    .select({
      grappeId: journal.grappeId,
      at: sql<string>`journal_instant(journal)`,
      kind: sql<string>`${journal.kind}`,
      salt: journal.salt,
      content: sql<string>`journal_content(journal)`,
      contentHash: journal.contentHash,
      hash: journal.hash,
      isErased: sql<boolean>`${journal.erasedAt} is not null`,
    })
    .from(journal)
    .where(eq(journal.grappeId, grappeId))
    .orderBy(journal.id)
}

/** As a file: a line of JSON each, which `verify` reads again with no server. */
export const chainText = (lines: readonly ChainLine[]): string =>
  lines.map(line => `${JSON.stringify(line)}\n`).join('')

/**
 * Every grappe, and every one that was erased, each against itself and against the heads that its sealed
 * versions carry.
 */
export async function* verifyJournals(db: Database): AsyncGenerator<ChainReport> {
  const current: { id: string; name: string | null }[] = await db
    .select({ id: grappes.id, name: grappes.name })
    .from(grappes)
    .orderBy(grappes.createdAt)
  const others = await db
    .selectDistinct({ id: journal.grappeId, name: sql<null>`null` })
    .from(journal)
    .where(notExists(db.select().from(grappes).where(eq(grappes.id, journal.grappeId))))
  const emptied = await db
    .select({ id: erasedGrappes.id, name: sql<null>`null` })
    .from(erasedGrappes)
    .where(notExists(db.select().from(journal).where(eq(journal.grappeId, erasedGrappes.id))))
  for (const { id, name } of [...current, ...others, ...emptied]) {
    const lines = await readChain(db, id)
    const heads = await sealedHeads(db, id)
    const denied = heads.filter(({ head }) => lines[head.lines - 1]?.hash !== head.hash)
    yield {
      grappeId: id,
      grappeName: name,
      lines: lines.length,
      erased: lines.filter(({ isErased }) => isErased).length,
      head: lines.at(-1)?.hash ?? '',
      brokenAt: brokenAt(lines),
      deniedBy: denied.map(({ number }) => number),
      confirmedBy: heads.length - denied.length,
    }
  }
}

/** Versions sealed before the journal was chained tell none. */
async function sealedHeads(db: Database, grappeId: string): Promise<{ number: number; head: JournalHead }[]> {
  const head = sql<JournalHead>`${seals.plan}->'journalHead'`
  const kept = await db
    .select({ number: erasedSeals.number, head: sql<JournalHead>`${erasedSeals.journalHead}` })
    .from(erasedSeals)
    .where(and(eq(erasedSeals.grappeId, grappeId), isNotNull(erasedSeals.journalHead)))
    .orderBy(erasedSeals.number)
  const sealed = await db
    .select({ number: seals.number, head })
    .from(seals)
    .where(and(eq(seals.grappeId, grappeId), isNotNull(sql`nullif(${seals.plan}->'journalHead', 'null')`)))
    .orderBy(seals.number)
  return [...kept, ...sealed]
}
