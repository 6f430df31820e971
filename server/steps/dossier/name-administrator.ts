/** Whoever administers a service says who else does. */
import { eq } from 'drizzle-orm'
import { serviceMembers } from '../../../schema/tables.ts'
import type { ProvedBy } from '../../domain/review.ts'
import type { ServiceMember } from '../access/services.ts'
import type { Context } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { lockService } from './service-readers.ts'

/** There is always one who administers: the last one cannot give it up. */
export async function nameAdministrator(
  context: Context,
  by: ProvedBy,
  memberId: string,
  administers: boolean,
): Promise<Outcome<ServiceMember>> {
  return await context.db.transaction(async tx => {
    const service = await lockService(tx, by.email)
    if (service === null) return refuse('service-missing')
    const named = service.members.find(({ id }) => id === memberId)
    if (named === undefined) return refuse('not-found')
    const administrators = service.members.filter(member => member.administers)
    if (!administrators.some(({ email }) => email === by.email)) return refuse('service-not-administered')
    const isLast = named.administers && administrators.length === 1
    if (!administers && isLast) return refuse('service-last-administrator')
    await tx.update(serviceMembers).set({ administers }).where(eq(serviceMembers.id, named.id))
    return done(named)
  })
}
