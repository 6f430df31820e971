/** A reviewer of a service invites a colleague, who joins by its own session alone. */
import { serviceMembers } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import { domainOf } from '../../domain/email.ts'
import type { ProvedBy } from '../../domain/review.ts'
import { writeMail } from '../access/send-mail.ts'
import { addressesOf } from '../access/services.ts'
import type { Context } from '../ports.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { lockService } from './service-readers.ts'

/** Members and invitations together. */
const MAX_PEOPLE = 50

/**
 * Invites an address of the same domain: whoever founds a service to read what is handed to an agent of
 * another administration cannot even ask.
 *
 * @param email already checked, lower case.
 */
export async function inviteToService(context: Context, by: ProvedBy, email: string): Promise<Outcome<null>> {
  const outcome = await context.db.transaction(async (tx): Promise<Outcome<null>> => {
    const service = await lockService(tx, by.email)
    if (service === null) return refuse('service-missing')
    const flaw = flawOf(by, email, service)
    if (flaw !== null) return refuseFields({ email: flaw })
    await tx.insert(serviceMembers).values({
      id: context.newId(),
      serviceId: service.id,
      email,
      invitedBy: by.email,
      invitedAt: context.now(),
    })
    await writeMail(tx, context, {
      ...context.mailTexts.serviceInvitation({
        service: service.name,
        invitedBy: by.email,
        readers: addressesOf(service),
        address: context.publicUrl() + urlTo('arsService'),
      }),
      recipient: email,
      grappeId: null,
      linkId: null,
      budget: `service:${service.id}`,
    })
    return done(null)
  })
  if (outcome.ok) await context.jobs.kick('envois')
  return outcome
}

function flawOf(
  by: ProvedBy,
  email: string,
  { members, invited }: { members: readonly { email: string }[]; invited: readonly { email: string }[] },
): string | null {
  const domain = domainOf(by.email)
  if (domainOf(email) !== domain) {
    return `Un service réunit des adresses d’une même administration : la vôtre finit par « @${domain} ».`
  }
  if (members.some(member => member.email === email)) return 'Cette adresse est déjà membre du service.'
  if (invited.some(member => member.email === email)) {
    return 'Cette adresse est déjà invitée. Pour l’inviter de nouveau, retirez d’abord son invitation.'
  }
  return members.length + invited.length < MAX_PEOPLE
    ? null
    : `Un service réunit au plus ${MAX_PEOPLE} personnes, invitations comprises.`
}
