/** Pieces and versions found by what a board says of them: whose, which one, the number of the version. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import { pieces, versions } from '../../../schema/tables.ts'
import type { Database } from '../ports.ts'

export interface PieceName {
  /** Of an ESMS or of an OG; of the grappe itself for a piece of its own. */
  ownerId: string
  code: string
}

const OWNER = sql<string>`coalesce(${pieces.esmsId}, ${pieces.ogId}, ${pieces.grappeId})`

/** @returns its id; null when the grappe has no such piece. */
export async function findPiece(
  db: Database,
  grappeId: string,
  { ownerId, code }: PieceName,
): Promise<string | null> {
  const [found] = await db
    .select({ id: pieces.id })
    .from(pieces)
    .where(and(eq(pieces.grappeId, grappeId), eq(pieces.code, code), eq(OWNER, ownerId)))
  return found?.id ?? null
}

/** @returns for each name, in its order: the ids; null when the grappe has no such version. */
export async function findVersions(
  db: Database,
  grappeId: string,
  names: ReadonlyArray<PieceName & { number: number }>,
): Promise<Array<{ pieceId: string; versionId: string } | null>> {
  const ownerIds = [...new Set(names.map(({ ownerId }) => ownerId))]
  const rows = await db
    .select({
      pieceId: pieces.id,
      versionId: versions.id,
      ownerId: OWNER,
      code: pieces.code,
      number: versions.number,
    })
    .from(versions)
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .where(and(eq(pieces.grappeId, grappeId), inArray(OWNER, ownerIds)))
  const idsOf = new Map(rows.map(({ pieceId, versionId, ...name }) => [nameOf(name), { pieceId, versionId }]))
  return names.map(name => idsOf.get(nameOf(name)) ?? null)
}

const nameOf = ({ ownerId, code, number }: PieceName & { number: number }) => `${ownerId} ${code} ${number}`
