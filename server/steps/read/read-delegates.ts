/** Whom each OG of a grappe named to manage the contacts and the deposits of its ESMS: one person at most. */
import { and, asc, eq, isNotNull } from 'drizzle-orm'
import { contacts, ogs } from '../../../schema/tables.ts'
import type { Database } from '../ports.ts'

export interface Delegate {
  contactId: string
  ogId: string
  ogName: string
  name: string | null
  /** Lower case. */
  email: string
}

export async function readDelegates(db: Database, grappeId: string): Promise<Delegate[]> {
  return await db
    .select({
      contactId: contacts.id,
      ogId: ogs.id,
      ogName: ogs.name,
      name: contacts.name,
      email: contacts.email,
    })
    .from(contacts)
    .innerJoin(ogs, eq(contacts.ogId, ogs.id))
    .where(and(eq(contacts.grappeId, grappeId), isNotNull(contacts.delegatedAt)))
    .orderBy(asc(ogs.name), asc(ogs.id))
}
