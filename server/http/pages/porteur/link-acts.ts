/** What is done to one link that was handed out: revoked, replaced, given another last day. */
import type { FastifyReply } from 'fastify'
import type { VNode } from 'preact'
import { expiryContract } from '../../../../schema/contracts/exchanges.ts'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import type { PorteurFrame } from '../../../../templates/pages/layout.tsx'
import { ExpireLink, ReissueLink, RevokeLink } from '../../../../templates/pages/porteur/link-acts.tsx'
import { dayOf, formatDay } from '../../../domain/deadline.ts'
import type { HandedLink } from '../../../domain/link.ts'
import { heldKinds } from '../../../domain/role.ts'
import { listPeople } from '../../../steps/access/people.ts'
import type { PorteurScope } from '../../../steps/access/porteur-scope.ts'
import { listLinks } from '../../../steps/collection/list-links.ts'
import { expireLink, reissueLink, revokeHandedLink } from '../../../steps/collection/reissue-link.ts'
import { goTo, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import type { GrappeVisit } from './access.ts'
import { formErrors, formStatus } from './forms.ts'
import { reissuedSentence } from './link-words.ts'

export function backToLinks({ scope, reply }: GrappeVisit, notice: string): FastifyReply {
  return goTo(reply, urlTo('invitations', { grappe: scope.grappeId }), notice)
}

export async function askToRevoke(visit: GrappeVisit) {
  const { context, scope } = visit
  const people = await listPeople(context.db, scope.grappeId)
  const { timeZone } = scope.call
  return await showAct(visit, page => {
    const { email, esmsId, ogId } = page.link
    const opened = people.find(person => person.email === email)?.owners.length ?? 0
    const members = page.link.kind === 'personne' ? opened : [esmsId, ogId].filter(Boolean).length
    return RevokeLink({ ...page, timeZone, members })
  })
}

export async function revoke(visit: GrappeVisit) {
  const { context, scope, request, refuse } = visit
  const revoked = await revokeHandedLink(context, scope, parameter(request, 'link'))
  return revoked.ok
    ? backToLinks(
        visit,
        `Le lien de « ${revoked.value.label} » est révoqué : il ne fonctionne plus. ` +
          'Personne n’en est prévenu.',
      )
    : refuse(revoked.refusal)
}

export const askToReissue = (visit: GrappeVisit) =>
  showAct(visit, (page, { email }) => ReissueLink({ ...page, email }))

export async function reissue(visit: GrappeVisit) {
  const { context, scope, request, refuse } = visit
  const reissued = await reissueLink(context, scope, parameter(request, 'link'))
  if (!reissued.ok) return refuse(reissued.refusal)
  const { label, mailed } = reissued.value
  return backToLinks(visit, reissuedSentence(label, mailed, context))
}

export async function askForExpiry(visit: GrappeVisit, errors: readonly FieldError[] = []) {
  const { timeZone } = visit.scope.call
  const draw = (page: ActPage, link: HandedLink) => {
    const lastDay = dayOf(link.expiresAt, timeZone)
    const expiresOn = formFields(visit.request).expiresOn ?? lastDay
    return ExpireLink({ ...page, timeZone, expiresOn, errors })
  }
  return await showAct(visit, draw, formStatus(errors))
}

export async function changeExpiry(visit: GrappeVisit) {
  const { context, scope, request, refuse } = visit
  const parsed = expiryContract.safeParse(formFields(request))
  if (!parsed.success) return await askForExpiry(visit, fieldErrors(fieldMessages(parsed.error)))
  const { expiresOn } = parsed.data
  const changed = await expireLink(context, scope, parameter(request, 'link'), expiresOn)
  if (changed.ok) return backToLinks(visit, `Le lien est valable jusqu’au ${formatDay(expiresOn)}.`)
  return changed.refusal.code === 'invalid-fields'
    ? await askForExpiry(visit, formErrors(changed.refusal, 'expiresOn'))
    : refuse(changed.refusal)
}

interface ActPage {
  frame: PorteurFrame
  grappe: PorteurScope
  link: HandedLink
}

/** Draws the page of an act on the link of the address; a revoked one leads to no act. */
async function showAct(
  { context, scope, request, reply, frame, refuse }: GrappeVisit,
  draw: (page: ActPage, link: HandedLink) => VNode,
  status = 200,
) {
  const links = await listLinks(context, scope.grappeId, heldKinds(scope.porteur.role))
  const link = links.find(({ id }) => id === parameter(request, 'link'))
  if (link === undefined) return refuse({ code: 'not-found' })
  if (link.revokedAt !== null) return refuse({ code: 'link-already-ended' })
  const page = { frame: frame(), grappe: scope, link }
  return sendPage(reply, draw(page, link), status)
}
