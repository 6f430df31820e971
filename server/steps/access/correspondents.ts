/** Who reads what is written to a porteur: those of its people who answer for it. */
import { and, asc, eq, isNotNull, isNull, ne, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { colleagues, grappes } from '../../../schema/tables.ts'
import type { Database } from '../ports.ts'

/** Those who came, and who do more than read. */
export const isCorrespondent = and(
  isNull(colleagues.removedAt),
  isNotNull(colleagues.joinedAt),
  ne(colleagues.role, 'lire'),
)

/** Addresses of those who are written to when a mail is for the porteur of this grappe. */
export async function listCorrespondents(tx: Database, grappeId: string): Promise<string[]> {
  const rows = await tx
    .select({ email: colleagues.email })
    .from(colleagues)
    .innerJoin(grappes, eq(grappes.porteurId, colleagues.porteurId))
    .where(and(eq(grappes.id, grappeId), isCorrespondent))
    .orderBy(asc(colleagues.invitedAt), asc(colleagues.id))
  return rows.map(({ email }) => email)
}

/** Whether an address is, or was, that of one of the people of the row's porteur. */
export const isOfPorteur = (email: SQLWrapper | string): SQL<boolean> =>
  sql<boolean>`exists (select 1 from ${colleagues} person
    where person.porteur_id = ${grappes.porteurId} and person.email = ${email})`
