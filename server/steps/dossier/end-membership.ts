/** A reviewer leaves its service, or is removed from it: it reads nothing of its colleagues from then on. */
import { and, eq, isNull } from 'drizzle-orm'
import { serviceMembers } from '../../../schema/tables.ts'
import type { ProvedBy } from '../../domain/review.ts'
import { addressesOf, type ServiceMember } from '../access/services.ts'
import type { Context } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { lockService, recordReaders } from './service-readers.ts'

/**
 * Ends a membership or an invitation: one's own, or anybody's for whoever administers; an invitation, also
 * for whoever sent it. The last who administers stays as long as others do.
 *
 * @returns whose it was.
 */
export async function endMembership(
  context: Context,
  by: ProvedBy,
  memberId: string,
): Promise<Outcome<ServiceMember>> {
  return await context.db.transaction(async tx => {
    const service = await lockService(tx, by.email)
    if (service === null) return refuse('service-missing')
    const { members, invited } = service
    const ended = [...members, ...invited].find(({ id }) => id === memberId)
    if (ended === undefined) return refuse('not-found')
    const isOwn = ended.email === by.email
    const administrators = members.filter(({ administers }) => administers)
    const mayEnd =
      isOwn ||
      administrators.some(({ email }) => email === by.email) ||
      (ended.joinedAt === null && ended.invitedBy === by.email)
    if (!mayEnd) return refuse('service-not-administered')
    const isLast = ended.administers && administrators.length === 1
    if (isLast && members.length > 1) return refuse('service-last-administrator')
    const isEmptied = isOwn && members.length === 1
    await tx
      .update(serviceMembers)
      .set({ endedAt: context.now(), endedBy: by.email })
      .where(
        and(
          // Nobody is left to be joined: whoever was invited has nothing to answer any more.
          isEmptied ? eq(serviceMembers.serviceId, service.id) : eq(serviceMembers.id, ended.id),
          isNull(serviceMembers.endedAt),
        ),
      )
    const before = addressesOf(service)
    const after = before.filter(email => email !== ended.email)
    if (ended.joinedAt !== null)
      await recordReaders(tx, context, by, { service: service.name, before, after })
    return done(ended)
  })
}
