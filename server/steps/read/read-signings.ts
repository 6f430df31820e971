/** What was noted last of the signature of each piece. */
import { and, asc, eq, type SQL } from 'drizzle-orm'
import { pieces, signings } from '../../../schema/tables.ts'
import type { Signing } from '../../domain/signing.ts'
import type { Database } from '../ports.ts'

/**
 * By the piece's id, of the pieces of which something was noted.
 *
 * @param within narrows to some pieces, such as to what a member's link may see.
 */
export async function readSignings(
  db: Database,
  grappeId: string,
  within?: SQL,
): Promise<ReadonlyMap<string, Signing>> {
  const rows = await db
    .select({ signing: signings })
    .from(signings)
    .innerJoin(pieces, eq(signings.pieceId, pieces.id))
    .where(and(eq(pieces.grappeId, grappeId), within))
    .orderBy(asc(signings.notedAt), asc(signings.id))
  return new Map(
    rows.map(({ signing: { pieceId, step, on, signatory, notedBy, notedAt } }) => [
      pieceId,
      { step, on, signatory, notedBy, notedAt: notedAt.toISOString() },
    ]),
  )
}

/** Of a piece that was already found within the reader's scope. */
export async function readSigning(db: Database, grappeId: string, pieceId: string): Promise<Signing | null> {
  return (await readSignings(db, grappeId, eq(pieces.id, pieceId))).get(pieceId) ?? null
}
