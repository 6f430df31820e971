/** The link by which a reviewer of the ARS reads the dossier. */
import { issueLink } from '../access/links.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { addressOf, writeMail } from '../access/send-mail.ts'
import { findService } from '../access/services.ts'
import type { Context } from '../ports.ts'
import { latestSealMark } from '../read/read-seals.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome } from '../refusals.ts'

/** Gives a reviewer of the ARS a link to the dossier, mailed when an address is given. */
export async function handToReviewer(
  context: Context,
  scope: PorteurScope,
  reviewer: { label: string; email: string | null },
): Promise<Outcome<{ linkId: string; address: string }>> {
  const seal = await latestSealMark(context, scope.grappeId)
  const { link, mailId } = await context.db.transaction(async tx => {
    const link = await issueLink(tx, context, {
      kind: 'ars',
      grappeId: scope.grappeId,
      label: reviewer.label,
      ...(reviewer.email === null ? {} : { email: reviewer.email.toLowerCase() }),
    })
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: {
        kind: 'reading-link-issued',
        facts: { memberIds: [], linkId: link.id, label: reviewer.label },
      },
    })
    if (reviewer.email === null) return { link, mailId: null }
    const service = await findService(tx, reviewer.email.toLowerCase())
    if (service !== null && service.members.length > 1) {
      await recordChange(tx, {
        grappeId: scope.grappeId,
        at: context.now(),
        actor: porteurActor(scope),
        act: { kind: 'service-reads', facts: { service: service.name, people: service.members.length } },
      })
    }
    const mailId = await writeMail(tx, context, {
      ...context.mailTexts.reviewer({ grappe: scope.grappeName, call: scope.call.title, seal }),
      recipient: reviewer.email,
      grappeId: scope.grappeId,
      linkId: link.id,
    })
    return { link, mailId }
  })
  if (mailId !== null) await context.jobs.kick('envois')
  return done({ linkId: link.id, address: addressOf(context, 'ars', link.token) })
}
