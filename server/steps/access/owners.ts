/** Whoever owes pieces and may hold a link: an OG or an ESMS, with its main contact. */
import { type and, eq } from 'drizzle-orm'
import { esms, ogs } from '../../../schema/tables.ts'
import type { Piece } from '../../domain/piece.ts'
import type { Database } from '../ports.ts'

/** Whoever owes pieces and may hold a link. */
export interface Owner {
  kind: 'og' | 'esms'
  id: string
  name: string
  contactName: string | null
  email: string | null
}

/** The owner of a piece; null for a piece of the grappe itself, which its porteur provides. */
export async function ownerOf(tx: Database, piece: Pick<Piece, 'ogId' | 'esmsId'>): Promise<Owner | null> {
  if (piece.esmsId !== null) return await findOwner(tx, 'esms', eq(esms.id, piece.esmsId))
  if (piece.ogId !== null) return await findOwner(tx, 'og', eq(ogs.id, piece.ogId))
  return null
}

export async function findOwner(
  tx: Database,
  kind: Owner['kind'],
  where: ReturnType<typeof and>,
): Promise<Owner | null> {
  const table = kind === 'esms' ? esms : ogs
  const [row] = await tx
    .select({ id: table.id, name: table.name, contactName: table.contactName, email: table.contactEmail })
    .from(table)
    .where(where)
  return row === undefined ? null : { kind, ...row }
}
