/** A reviewer founds a service of the ARS, alone in it until colleagues join. */
import { serviceMembers, services } from '../../../schema/tables.ts'
import type { ProvedBy } from '../../domain/review.ts'
import { findService } from '../access/services.ts'
import type { Context } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { lockReviewer } from './service-readers.ts'

export async function foundService(
  context: Context,
  { email }: ProvedBy,
  name: string,
): Promise<Outcome<null>> {
  return await context.db.transaction(async tx => {
    await lockReviewer(tx, email)
    const held = await findService(tx, email)
    if (held !== null) return refuse('service-held', { service: held.name })
    const now = context.now()
    const id = context.newId()
    await tx.insert(services).values({ id, name, createdAt: now })
    await tx.insert(serviceMembers).values({
      id: context.newId(),
      serviceId: id,
      email,
      administers: true,
      invitedAt: now,
      joinedAt: now,
    })
    return done(null)
  })
}
