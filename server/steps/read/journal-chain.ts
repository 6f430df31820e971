/**
 * The journal proved: each line of a grappe is hashed with the line before it by the database itself
 * (docs/adr/0020), so that a changed, missing or inserted line shows in every one that follows.
 */
import { createHash } from 'node:crypto'
import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { grappes, journal, seals } from '../../../schema/tables.ts'
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
}

/** The journal of one grappe, found whole or not. */
export interface ChainReport {
  grappeId: string
  grappeName: string
  lines: number
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

/**
 * Of one grappe, in order.
 *
 * @returns the position, from 1, of the first line whose content or place is not the one that was hashed.
 */
export function brokenAt(lines: readonly ChainLine[]): number | null {
  let previous = ''
  for (const [index, line] of lines.entries()) {
    const { grappeId, at, kind, salt, content, contentHash, hash } = line
    const isWhole =
      sha256(`${salt}\n${content}`) === contentHash &&
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
    })
    .from(journal)
    .where(eq(journal.grappeId, grappeId))
    .orderBy(journal.id)
}

/** Every grappe, each against itself and against the heads that its sealed versions carry. */
export async function* verifyJournals(db: Database): AsyncGenerator<ChainReport> {
  const all = await db.select({ id: grappes.id, name: grappes.name }).from(grappes).orderBy(grappes.createdAt)
  for (const { id, name } of all) {
    const lines = await readChain(db, id)
    const heads = await sealedHeads(db, id)
    const denied = heads.filter(({ head }) => lines[head.lines - 1]?.hash !== head.hash)
    yield {
      grappeId: id,
      grappeName: name,
      lines: lines.length,
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
  return await db
    .select({ number: seals.number, head })
    .from(seals)
    .where(and(eq(seals.grappeId, grappeId), isNotNull(sql`nullif(${seals.plan}->'journalHead', 'null')`)))
    .orderBy(seals.number)
}
