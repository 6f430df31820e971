/** Links handed out by the porteur: given, shown, revoked. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { VNode } from 'preact'
import { expiryContract, ownerContract } from '../../../../schema/contracts/exchanges.ts'
import { fieldMessages, reviewerLinkContract } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { count } from '../../../../templates/pages/format.ts'
import type { PorteurFrame } from '../../../../templates/pages/layout.tsx'
import { ExpireLink, ReissueLink, RevokeLink } from '../../../../templates/pages/porteur/link-acts.tsx'
import type { LinkState } from '../../../../templates/pages/porteur/link-state.tsx'
import { type LinkLine, Links } from '../../../../templates/pages/porteur/links.tsx'
import { dayOf, formatDay } from '../../../domain/deadline.ts'
import { activeEsms } from '../../../domain/grappe.ts'
import {
  type HandedLink,
  handToReviewer,
  type Invitation,
  inviteAllMembers,
  inviteMember,
  invitePerson,
  listLinks,
} from '../../../steps/invite-members.ts'
import { listPeople, type Person } from '../../../steps/people.ts'
import type { PorteurScope } from '../../../steps/porteur-scope.ts'
import type { Context } from '../../../steps/ports.ts'
import { readGrappe } from '../../../steps/read-grappe.ts'
import { expireLink, reissueLink, revokeHandedLink } from '../../../steps/reissue-link.ts'
import {
  fieldErrors,
  formFields,
  goTo,
  type PageSettings,
  parameter,
  porteurFrameOf,
  porteurGuards,
  sendPage,
} from '../page.ts'
import { formErrors } from './forms.ts'

export function linkPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe, refuse } = porteurGuards(context, settings)
  const sends = context.mailer !== null

  const showLinks = async (
    request: FastifyRequest,
    reply: FastifyReply,
    scope: PorteurScope,
    errors: readonly FieldError[],
  ) => {
    const record = await readGrappe(context.db, scope.grappeId)
    if (record === null) return refuse(request, reply, { code: 'not-found' })
    const handed = await listLinks(context, scope.grappeId)
    const lines = handed.map(link => lineOf(link, context.now()))
    const active = lines.filter(({ state }) => state === 'actif')
    const people = await listPeople(context.db, scope.grappeId)
    const reached = new Set(people.flatMap(({ owners }) => owners.map(({ id }) => id)))
    const emailOf = new Map(handed.map(({ id, email }) => [id, email]))
    const ownerOf = new Map(handed.map(({ id, ogId, esmsId }) => [id, esmsId ?? ogId]))
    const members = [
      ...record.ogs.map(({ id, name }) => ({ kind: 'og' as const, id, name })),
      ...activeEsms(record).map(({ id, name }) => ({ kind: 'esms' as const, id, name })),
    ]
    const linksOf = (id: string) => active.filter(link => ownerOf.get(link.id) === id)
    return sendPage(
      reply,
      Links({
        frame: porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur),
        grappe: scope,
        timeZone: scope.call.window.timeZone,
        people: people.map(({ email, name, owners }) => ({
          id: email,
          name: name ?? email,
          email,
          owners,
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
        reviewers: active.filter(({ kind }) => kind === 'ars'),
        past: lines.filter(({ state }) => state !== 'actif'),
        sends,
        values: formFields(request),
        errors,
      }),
      errors.length === 0 ? 200 : 422,
    )
  }

  return async app => {
    const protect = { preHandler: app.csrfProtection }
    const back = (reply: FastifyReply, scope: PorteurScope, notice: string) =>
      goTo(reply, urlTo('invitations', { grappe: scope.grappeId }), notice)
    const written = (messages: number) =>
      `${count(messages, 'message')} ${messages < 2 ? 'écrit' : 'écrits'}${sends ? '' : ' dans l’onglet Messages'}`

    const readyWords = ({ name, email, mailed }: Invitation) => {
      const mail =
        email === null
          ? 'copiez-le pour le lui donner'
          : mailed
            ? `${written(1)} pour ${email}`
            : `un message vient déjà d’être écrit pour ${email}`
      return `Le lien de « ${name} » est prêt : ${mail}.`
    }

    app.get(
      PATHS.invitations,
      onGrappe((scope, request, reply) => showLinks(request, reply, scope, [])),
    )

    app.post(
      PATHS.invitations,
      protect,
      onGrappe(async (scope, request, reply) => {
        const parsed = ownerContract.safeParse(formFields(request))
        const invited = parsed.success ? await inviteMember(context, scope, parsed.data) : null
        if (!invited?.ok) return refuse(request, reply, { code: 'not-found' })
        return back(reply, scope, invited.value.map(readyWords).join(' '))
      }),
    )

    app.post(
      PATHS.invitePerson,
      protect,
      onGrappe(async (scope, request, reply) => {
        const invited = await invitePerson(context, scope, formFields(request).personne ?? '')
        if (!invited.ok) return refuse(request, reply, invited.refusal)
        return back(reply, scope, readyWords(invited.value))
      }),
    )

    app.post(
      PATHS.inviteAll,
      protect,
      onGrappe(async (scope, _request, reply) => {
        const invitations = await inviteAllMembers(context, scope)
        const mailed = invitations.filter(invitation => invitation.mailed).length
        const ready = `${count(invitations.length, 'lien')} ${invitations.length < 2 ? 'prêt' : 'prêts'}`
        return back(reply, scope, `${ready}, ${written(mailed)}.`)
      }),
    )

    app.post(
      PATHS.handToArs,
      protect,
      onGrappe(async (scope, request, reply) => {
        const parsed = reviewerLinkContract.safeParse(formFields(request))
        if (!parsed.success) {
          return await showLinks(request, reply, scope, fieldErrors(fieldMessages(parsed.error)))
        }
        const handed = await handToReviewer(context, scope, parsed.data)
        if (!handed.ok) return await showLinks(request, reply, scope, formErrors(handed.refusal, 'label'))
        const mail = parsed.data.email === null ? 'copiez-le ci-dessous' : written(1)
        return back(reply, scope, `Le lien de lecture de « ${parsed.data.label} » est prêt : ${mail}.`)
      }),
    )

    /** The link of the address, with which the page of an act is drawn; a revoked one leads to no act. */
    const onLink = (
      draw: (
        page: { frame: PorteurFrame; grappe: PorteurScope; link: LinkLine },
        link: HandedLink,
        request: FastifyRequest,
      ) => VNode,
    ) =>
      onGrappe(async (scope, request, reply) => {
        const links = await listLinks(context, scope.grappeId)
        const link = links.find(({ id }) => id === parameter(request, 'link'))
        if (link === undefined) return refuse(request, reply, { code: 'not-found' })
        if (link.revokedAt !== null) return refuse(request, reply, { code: 'link-already-ended' })
        const frame = porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur)
        const page = { frame, grappe: scope, link: lineOf(link, context.now()) }
        return sendPage(reply, draw(page, link, request), request.method === 'POST' ? 422 : 200)
      })

    app.get(
      PATHS.revokeLink,
      onLink(page => RevokeLink(page)),
    )

    app.post(
      PATHS.revokeLink,
      protect,
      onGrappe(async (scope, request, reply) => {
        const revoked = await revokeHandedLink(context, scope, parameter(request, 'link'))
        return revoked.ok
          ? back(reply, scope, 'Le lien est révoqué : il ne fonctionne plus.')
          : refuse(request, reply, revoked.refusal)
      }),
    )

    app.get(
      PATHS.reissueLink,
      onLink((page, { email }) => ReissueLink({ ...page, email })),
    )

    app.post(
      PATHS.reissueLink,
      protect,
      onGrappe(async (scope, request, reply) => {
        const reissued = await reissueLink(context, scope, parameter(request, 'link'))
        if (!reissued.ok) return refuse(request, reply, reissued.refusal)
        const { label, mailed } = reissued.value
        const mail = mailed ? written(1) : 'copiez le nouveau pour le lui donner'
        return back(
          reply,
          scope,
          `Le lien de « ${label} » est remplacé, l’ancien ne fonctionne plus : ${mail}.`,
        )
      }),
    )

    const expiryPage = (errors: readonly FieldError[]) =>
      onLink((page, link, request) => {
        const { timeZone } = page.grappe.call.window
        const lastDay = dayOf(link.expiresAt.toISOString(), timeZone)
        const expiresOn = formFields(request).expiresOn ?? lastDay
        return ExpireLink({ ...page, timeZone, expiresOn, errors })
      })
    app.get(PATHS.expireLink, expiryPage([]))

    app.post(
      PATHS.expireLink,
      protect,
      onGrappe(async (scope, request, reply) => {
        const again = (errors: readonly FieldError[]) => expiryPage(errors)(request, reply)
        const parsed = expiryContract.safeParse(formFields(request))
        if (!parsed.success) return await again(fieldErrors(fieldMessages(parsed.error)))
        const { expiresOn } = parsed.data
        const changed = await expireLink(context, scope, parameter(request, 'link'), expiresOn)
        if (changed.ok) return back(reply, scope, `Le lien est valable jusqu’au ${formatDay(expiresOn)}.`)
        return changed.refusal.code === 'invalid-fields'
          ? await again(formErrors(changed.refusal, 'expiresOn'))
          : refuse(request, reply, changed.refusal)
      }),
    )
  }
}

function lineOf(link: HandedLink, now: Date): LinkLine {
  return {
    id: link.id,
    kind: link.kind,
    label: link.label,
    state: link.revokedAt !== null ? 'revoque' : link.expiresAt <= now ? 'expire' : 'actif',
    address: link.address,
    createdAt: link.createdAt.toISOString(),
    expiresAt: link.expiresAt.toISOString(),
    revokedAt: link.revokedAt?.toISOString() ?? null,
    lastUsedAt: link.lastUsedAt?.toISOString() ?? null,
    mail: link.mail && {
      writtenAt: link.mail.writtenAt.toISOString(),
      sentAt: link.mail.sentAt?.toISOString() ?? null,
      bouncedAt: link.mail.bouncedAt?.toISOString() ?? null,
      failure: link.mail.failure,
    },
  }
}

/** The state of the link that reaches each member, its own or a contact's: one that works, or else the last one. */
export function linkStates(
  links: readonly HandedLink[],
  people: readonly Person[],
  now: Date,
): (memberId: string) => LinkState {
  const ownersOf = new Map(people.map(({ email, owners }) => [email, owners.map(({ id }) => id)]))
  const states = new Map<string, LinkState>()
  for (const link of links) {
    const own = link.esmsId ?? link.ogId
    const reached = own === null ? (ownersOf.get(link.email ?? '') ?? []) : [own]
    for (const memberId of link.kind === 'ars' ? [] : reached) {
      if (states.get(memberId) !== 'actif') states.set(memberId, lineOf(link, now).state)
    }
  }
  return memberId => states.get(memberId) ?? 'aucun'
}
