/** A reviewer gives dossiers of its service to one of its members to read, or back to nobody. */
import { asc, inArray } from 'drizzle-orm'
import type { AssignmentBody } from '../../../schema/contracts/services.ts'
import { assignments, grappes } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import type { ProvedBy } from '../../domain/review.ts'
import { linksReadBy } from '../access/reviewer-scope.ts'
import { writeMail } from '../access/send-mail.ts'
import { addressesOf } from '../access/services.ts'
import type { Context } from '../ports.ts'
import { readAssignments } from '../read/read-assignments.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { lockService } from './service-readers.ts'

/**
 * Whoever they are given to is told once for all of them, unless it took them itself. No porteur is told: who
 * of a service reads first is the service's own business, and no mail of it is in a grappe's outbox.
 *
 * @returns how many dossiers changed hands.
 */
export async function assignDossiers(
  context: Context,
  by: ProvedBy,
  { dossiers, email }: AssignmentBody,
): Promise<Outcome<number>> {
  const outcome = await context.db.transaction(async (tx): Promise<Outcome<number>> => {
    const service = await lockService(tx, by.email)
    if (service === null) return refuse('service-missing')
    const members = addressesOf(service)
    if (email !== null && !members.includes(email)) {
      return refuseFields({ email: 'Cette personne n’est pas membre de votre service.' })
    }
    const read = await linksReadBy({ db: tx, now: context.now }, by.email)
    const readable = new Set(read.map(({ link }) => link.grappeId))
    if (dossiers.some(id => !readable.has(id))) return refuse('not-found')
    const held = await readAssignments(tx, service.id, members)
    const changed = [...new Set(dossiers)].filter(id => (held.get(id)?.email ?? null) !== email)
    if (changed.length === 0) return done(0)
    await tx.insert(assignments).values(
      changed.map(grappeId => ({
        serviceId: service.id,
        grappeId,
        email,
        assignedBy: by.email,
        assignedAt: context.now(),
      })),
    )
    if (email === null || email === by.email) return done(changed.length)
    const names = await tx
      .select({ name: grappes.name })
      .from(grappes)
      .where(inArray(grappes.id, changed))
      .orderBy(asc(grappes.name))
    await writeMail(tx, context, {
      ...context.mailTexts.dossiersAssigned({
        service: service.name,
        assignedBy: by.email,
        dossiers: names.map(({ name }) => name),
        address: `${context.publicUrl()}${urlTo('arsDossiers')}?attribue=moi`,
      }),
      recipient: email,
      grappeId: null,
      linkId: null,
    })
    return done(changed.length)
  })
  if (outcome.ok) await context.jobs.kick('envois')
  return outcome
}
