/** One piece, or one file, as each sealed version held it. */
import { and, asc, desc, eq, sql } from 'drizzle-orm'
import { sealedEntries, seals } from '../../../schema/tables.ts'
import type { DossierRow } from '../../domain/dossier-plan.ts'
import type { Context } from '../ports.ts'
import type { ReadSeal } from './review-piece.ts'

export interface SealedPiece {
  sealNumber: number
  row: DossierRow
}

/** Oldest version first; versions that do not ask for the piece are left out. */
export async function readSealedHistory(
  context: Pick<Context, 'db'>,
  grappeId: string,
  pieceId: string,
): Promise<SealedPiece[]> {
  const rows = await context.db
    .select({
      sealNumber: seals.number,
      row: sql<DossierRow | null>`(
        select line from jsonb_array_elements(${seals.plan} -> 'rows') line
        where line ->> 'pieceId' = ${pieceId} limit 1
      )`,
    })
    .from(seals)
    .where(and(eq(seals.grappeId, grappeId), eq(seals.state, 'scelle')))
    .orderBy(asc(seals.number))
  return rows.flatMap(({ sealNumber, row }) => (row === null ? [] : [{ sealNumber, row }]))
}

/**
 * The last version handed out that holds a deposited file: what a reviewer may open.
 *
 * @returns null for a file that was deposited and never sealed, or is another grappe's.
 */
export async function findSealOfFile(
  context: Pick<Context, 'db'>,
  grappeId: string,
  fileId: string,
): Promise<ReadSeal | null> {
  const [row] = await context.db
    .select({ id: seals.id, number: seals.number })
    .from(sealedEntries)
    .innerJoin(seals, eq(sealedEntries.sealId, seals.id))
    .where(and(eq(seals.grappeId, grappeId), eq(seals.state, 'scelle'), eq(sealedEntries.fileId, fileId)))
    .orderBy(desc(seals.number))
    .limit(1)
  return row ?? null
}
