/** Links handed out by the porteur: given, shown, revoked. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { fieldMessages, reviewerLinkContract } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { count } from '../../../../templates/pages/format.ts'
import type { LinkState } from '../../../../templates/pages/porteur/link-state.tsx'
import { type LinkLine, Links, RevokeLink } from '../../../../templates/pages/porteur/links.tsx'
import { activeEsms } from '../../../domain/grappe.ts'
import {
  type HandedLink,
  handToReviewer,
  inviteAllMembers,
  inviteMember,
  listLinks,
} from '../../../steps/invite-members.ts'
import { revokeLink } from '../../../steps/links.ts'
import type { PorteurScope } from '../../../steps/porteur-scope.ts'
import type { Context } from '../../../steps/ports.ts'
import { readGrappe } from '../../../steps/read-grappe.ts'
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

const memberContract = z.object({ kind: z.enum(['og', 'esms']), id: z.uuid() })

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
    const ownerOf = new Map(handed.map(({ id, ogId, esmsId }) => [id, esmsId ?? ogId]))
    const invited = (kind: 'og' | 'esms', { id, name }: { id: string; name: string }) => ({
      kind,
      id,
      name,
      email: record.contacts.get(id)?.contactEmail ?? null,
      links: active.filter(link => ownerOf.get(link.id) === id),
    })
    return sendPage(
      reply,
      Links({
        frame: porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur),
        grappe: scope,
        timeZone: scope.call.window.timeZone,
        members: [
          ...record.ogs.map(og => invited('og', og)),
          ...activeEsms(record).map(esms => invited('esms', esms)),
        ],
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

    app.get(
      PATHS.invitations,
      onGrappe((scope, request, reply) => showLinks(request, reply, scope, [])),
    )

    app.post(
      PATHS.invitations,
      protect,
      onGrappe(async (scope, request, reply) => {
        const parsed = memberContract.safeParse(formFields(request))
        const invited = parsed.success ? await inviteMember(context, scope, parsed.data) : null
        if (!invited?.ok) return refuse(request, reply, { code: 'not-found' })
        const { owner, mailed } = invited.value
        const mail = mailed ? `${written(1)} pour ${owner.email}` : 'copiez-le pour le lui donner'
        return back(reply, scope, `Le lien de « ${owner.name} » est prêt : ${mail}.`)
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

    app.get(
      PATHS.revokeLink,
      onGrappe(async (scope, request, reply) => {
        const links = await listLinks(context, scope.grappeId)
        const link = links.find(({ id }) => id === parameter(request, 'link'))
        if (link === undefined) return refuse(request, reply, { code: 'not-found' })
        if (link.revokedAt !== null) return refuse(request, reply, { code: 'link-revoked' })
        const frame = porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur)
        return sendPage(reply, RevokeLink({ frame, grappe: scope, link: lineOf(link, context.now()) }))
      }),
    )

    app.post(
      PATHS.revokeLink,
      protect,
      onGrappe(async (scope, request, reply) => {
        const revoked = await revokeLink(context, parameter(request, 'link'), { grappeId: scope.grappeId })
        return revoked.ok
          ? back(reply, scope, 'Le lien est révoqué : il ne fonctionne plus.')
          : refuse(request, reply, revoked.refusal)
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
  }
}

/** The state of each member's link: one that works, or else its last one. */
export function linkStates(links: readonly HandedLink[], now: Date): (memberId: string) => LinkState {
  const states = new Map<string, LinkState>()
  for (const link of links) {
    const memberId = link.esmsId ?? link.ogId
    if (memberId === null || states.get(memberId) === 'actif') continue
    states.set(memberId, lineOf(link, now).state)
  }
  return memberId => states.get(memberId) ?? 'aucun'
}
