/** Links handed out by the porteur: given, shown, revoked. */
import type { FastifyPluginAsync } from 'fastify'
import { ownerContract } from '../../../../schema/contracts/exchanges.ts'
import { fieldMessages, reviewerLinkContract } from '../../../../schema/contracts/members.ts'
import { PATHS } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { Links } from '../../../../templates/pages/porteur/links.tsx'
import { activeEsms } from '../../../domain/grappe.ts'
import type { HandedLink } from '../../../domain/link.ts'
import { heldKinds } from '../../../domain/role.ts'
import { listPeople, type Person } from '../../../steps/access/people.ts'
import { servicesReading } from '../../../steps/access/services.ts'
import { inviteAllMembers, inviteMember, invitePerson } from '../../../steps/collection/invite-members.ts'
import { listLinks } from '../../../steps/collection/list-links.ts'
import { handToReviewer } from '../../../steps/dossier/hand-to-reviewer.ts'
import type { Context } from '../../../steps/ports.ts'
import { type Delegate, readDelegates } from '../../../steps/read/read-delegates.ts'
import { type GrappeRecord, readGrappe } from '../../../steps/read/read-grappe.ts'
import { type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { formErrors, formStatus } from './forms.ts'
import {
  askForExpiry,
  askToReissue,
  askToRevoke,
  backToLinks,
  changeExpiry,
  reissue,
  revoke,
} from './link-acts.ts'
import { allReadySentence, handedSentence, readySentence } from './link-words.ts'

export function linkPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.invitations, onGrappe(showLinks))
    app.post(PATHS.invitations, protect, onGrappe(inviteOne))
    app.post(PATHS.invitePerson, protect, onGrappe(inviteOnePerson))
    app.post(PATHS.inviteAll, protect, onGrappe(inviteAll))
    app.post(PATHS.handToArs, protect, onGrappe(handToArs))

    app.get(PATHS.revokeLink, onGrappe(askToRevoke))
    app.post(PATHS.revokeLink, protect, onGrappe(revoke))
    app.get(PATHS.reissueLink, onGrappe(askToReissue))
    app.post(PATHS.reissueLink, protect, onGrappe(reissue))
    app.get(PATHS.expireLink, onGrappe(askForExpiry))
    app.post(PATHS.expireLink, protect, onGrappe(changeExpiry))
  }
}

async function showLinks(
  { context, scope, request, reply, frame, refuse }: GrappeVisit,
  errors: readonly FieldError[] = [],
) {
  const record = await readGrappe(context.db, scope.grappeId)
  if (record === null) return refuse({ code: 'not-found' })
  const handed = await listLinks(context, scope.grappeId, heldKinds(scope.porteur.role))
  const active = handed.filter(({ state }) => state === 'actif')
  const people = await listPeople(context.db, scope.grappeId)
  const page = Links({
    frame: frame(),
    grappe: scope,
    timeZone: scope.call.timeZone,
    ...reachedBy(handed, active, people, record, await readDelegates(context.db, scope.grappeId)),
    reviewers: active.filter(({ kind }) => kind === 'ars'),
    services: await servicesReading(context, scope.grappeId),
    past: handed.filter(({ state }) => state !== 'actif'),
    sends: context.mailer !== null,
    values: formFields(request),
    errors,
  })
  return sendPage(reply, page, formStatus(errors))
}

/** Who has a link or may be given one: people by their address, then members that no address reaches. */
function reachedBy(
  handed: readonly HandedLink[],
  active: readonly HandedLink[],
  people: readonly Person[],
  record: GrappeRecord,
  delegates: readonly Delegate[],
) {
  const reached = new Set(people.flatMap(({ owners }) => owners.map(({ id }) => id)))
  const emailOf = new Map(handed.map(({ id, email }) => [id, email]))
  const ownerOf = new Map(handed.map(({ id, ogId, esmsId }) => [id, esmsId ?? ogId]))
  const members = [
    ...record.ogs.map(({ id, name }) => ({ kind: 'og' as const, id, name })),
    ...activeEsms(record).map(({ id, name }) => ({ kind: 'esms' as const, id, name })),
  ]
  const linksOf = (id: string) => active.filter(link => ownerOf.get(link.id) === id)
  return {
    people: people.map(({ email, name, owners }) => ({
      id: email,
      name: name ?? email,
      email,
      owners: owners.map(owner => ({
        ...owner,
        isDelegate: delegates.some(each => each.ogId === owner.id && each.email === email),
      })),
      links: active.filter(link => link.kind === 'personne' && emailOf.get(link.id) === email),
    })),
    unreached: members
      // A link of its own, given before an address was known, is not to be forgotten.
      .filter(({ id }) => !reached.has(id) || linksOf(id).length > 0)
      .map(member => ({
        id: member.id,
        name: member.name,
        email: null,
        owners: [member],
        links: linksOf(member.id),
      })),
  }
}

async function inviteOne(visit: GrappeVisit) {
  const { context, scope, request, refuse } = visit
  const parsed = ownerContract.safeParse(formFields(request))
  const invited = parsed.success ? await inviteMember(context, scope, parsed.data) : null
  if (invited === null) return refuse({ code: 'not-found' })
  if (!invited.ok) return refuse(invited.refusal)
  return backToLinks(visit, invited.value.map(each => readySentence(each, context)).join(' '))
}

async function inviteOnePerson(visit: GrappeVisit) {
  const { context, scope, request, refuse } = visit
  const invited = await invitePerson(context, scope, formFields(request).personne ?? '')
  return invited.ok ? backToLinks(visit, readySentence(invited.value, context)) : refuse(invited.refusal)
}

async function inviteAll(visit: GrappeVisit) {
  const again = formFields(visit.request).aussi === 'oui'
  const invitations = await inviteAllMembers(visit.context, visit.scope, { again })
  return invitations.ok
    ? backToLinks(visit, allReadySentence(invitations.value, visit.context))
    : visit.refuse(invitations.refusal)
}

async function handToArs(visit: GrappeVisit) {
  const { context, scope, request } = visit
  const parsed = reviewerLinkContract.safeParse(formFields(request))
  if (!parsed.success) return await showLinks(visit, fieldErrors(fieldMessages(parsed.error)))
  const handed = await handToReviewer(context, scope, parsed.data)
  if (!handed.ok) return await showLinks(visit, formErrors(handed.refusal, 'label'))
  return backToLinks(visit, handedSentence(parsed.data.label, parsed.data.email, context))
}
