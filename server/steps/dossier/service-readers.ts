/** What every act on a service has in common: one at a time, and told to the porteurs of its dossiers. */
import { and, asc, eq, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { links, services } from '../../../schema/tables.ts'
import { groupBy } from '../../domain/group-by.ts'
import type { ProvedBy } from '../../domain/review.ts'
import { findService, type Service } from '../access/services.ts'
import type { Context, Database } from '../ports.ts'
import { recordChange } from '../record-change.ts'

/** Of two acts at once that make one reviewer a member, the second sees what the first did. */
export async function lockReviewer(tx: Database, email: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`service ${email}`}))`)
}

/** The service of a reviewer, which no other act changes before this transaction ends; null without one. */
export async function lockService(tx: Database, email: string): Promise<Service | null> {
  const found = await findService(tx, email)
  if (found === null) return null
  await lockServiceRow(tx, found.id)
  // Read again: it may have left while this waited.
  return await findService(tx, email)
}

export async function lockServiceRow(tx: Database, serviceId: string): Promise<void> {
  await tx.select({ id: services.id }).from(services).where(eq(services.id, serviceId)).for('update')
}

/**
 * Tells in the journal of each dossier that a service reads it, when who reads has changed. Two people make
 * others than the one to whom it was handed.
 *
 * @param before the addresses of the service before the act; `after`, those after it.
 */
export async function recordReaders(
  tx: Database,
  context: Pick<Context, 'now'>,
  by: ProvedBy,
  { service, before, after }: { service: string; before: readonly string[]; after: readonly string[] },
): Promise<void> {
  const emails = [...new Set([...before, ...after])]
  const rows = await tx
    .selectDistinct({ grappeId: links.grappeId, email: links.email })
    .from(links)
    .where(
      and(
        eq(links.kind, 'ars'),
        isNotNull(links.grappeId),
        inArray(links.email, emails),
        isNull(links.revokedAt),
        gt(links.expiresAt, context.now()),
      ),
    )
    // In one order, so that two services never wait for each other.
    .orderBy(asc(links.grappeId))
  const handedTo = groupBy(rows, ({ grappeId }) => grappeId ?? '')
  for (const [grappeId, held] of handedTo) {
    const readersOf = (members: readonly string[]) =>
      held.some(({ email }) => members.includes(email ?? '')) ? members.length : 0
    const people = readersOf(after)
    if (people < 2 && readersOf(before) < 2) continue
    await recordChange(tx, {
      grappeId,
      at: context.now(),
      actor: { name: by.email, proof: by.proof },
      act:
        people < 2
          ? { kind: 'service-reads-no-more', facts: { service } }
          : { kind: 'service-reads', facts: { service, people } },
    })
  }
}
