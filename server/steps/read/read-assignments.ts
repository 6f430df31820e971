/** To whom a service gave its dossiers to read. */
import { desc, eq } from 'drizzle-orm'
import { assignments } from '../../../schema/tables.ts'
import type { Assignment } from '../../domain/handed-dossier.ts'
import type { Database } from '../ports.ts'

/**
 * By grappe, those that stand: one given to somebody who is no longer of the service is nobody's.
 *
 * @param members addresses of the service now.
 */
export async function readAssignments(
  db: Database,
  serviceId: string,
  members: readonly string[],
): Promise<Map<string, Assignment>> {
  const rows = await db
    .selectDistinctOn([assignments.grappeId])
    .from(assignments)
    .where(eq(assignments.serviceId, serviceId))
    .orderBy(assignments.grappeId, desc(assignments.id))
  return new Map(
    rows.flatMap(({ grappeId, email, assignedBy, assignedAt }): [string, Assignment][] =>
      email === null || !members.includes(email)
        ? []
        : [[grappeId, { email, by: assignedBy, at: assignedAt.toISOString() }]],
    ),
  )
}
