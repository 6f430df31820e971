/** Who is told of an erasure: the porteur's own address, and everybody who administers for it. */
import { and, eq, isNotNull, isNull } from 'drizzle-orm'
import { colleagues, porteurs } from '../../../schema/tables.ts'
import type { Database } from '../ports.ts'

/** Addresses, the porteur's own first. */
export async function listAdministrators(tx: Database, porteurId: string): Promise<string[]> {
  const own = await tx.select({ email: porteurs.email }).from(porteurs).where(eq(porteurs.id, porteurId))
  const others = await tx
    .select({ email: colleagues.email })
    .from(colleagues)
    .where(
      and(
        eq(colleagues.porteurId, porteurId),
        eq(colleagues.role, 'administrer'),
        isNotNull(colleagues.joinedAt),
        isNull(colleagues.removedAt),
      ),
    )
  return [...new Set([...own, ...others].map(({ email }) => email))]
}
