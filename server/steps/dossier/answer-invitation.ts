/** Whoever was invited to a service joins it, or declines, from a session of its own. */
import { and, eq, isNull } from 'drizzle-orm'
import { serviceMembers, services } from '../../../schema/tables.ts'
import type { ProvedBy } from '../../domain/review.ts'
import { addressesOf, findService, readMembers } from '../access/services.ts'
import type { Context } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { lockReviewer, lockServiceRow, recordReaders } from './service-readers.ts'

/** @returns the name of the service. */
export async function answerInvitation(
  context: Context,
  by: ProvedBy,
  invitationId: string,
  accepts: boolean,
): Promise<Outcome<string>> {
  const waiting = and(
    eq(serviceMembers.id, invitationId),
    eq(serviceMembers.email, by.email),
    isNull(serviceMembers.joinedAt),
    isNull(serviceMembers.endedAt),
  )
  return await context.db.transaction(async tx => {
    await lockReviewer(tx, by.email)
    const [asked] = await tx
      .select({ serviceId: services.id, name: services.name })
      .from(serviceMembers)
      .innerJoin(services, eq(serviceMembers.serviceId, services.id))
      .where(waiting)
    if (asked === undefined) return refuse('not-found')
    await lockServiceRow(tx, asked.serviceId)
    const held = accepts ? await findService(tx, by.email) : null
    if (held !== null) return refuse('service-held', { service: held.name })
    const before = addressesOf({ ...asked, id: asked.serviceId, ...(await readMembers(tx, asked.serviceId)) })
    const now = context.now()
    const [answered] = await tx
      .update(serviceMembers)
      .set(accepts ? { joinedAt: now } : { endedAt: now, endedBy: by.email })
      .where(waiting)
      .returning({ id: serviceMembers.id })
    // Taken back while this waited for the service.
    if (answered === undefined) return refuse('not-found')
    if (accepts) {
      const after = [...before, by.email]
      await recordReaders(tx, context, by, { service: asked.name, before, after })
    }
    return done(asked.name)
  })
}
