/** API of the porteur: the links that it hands out. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { linkAnswer } from '../../../schema/contracts/api.ts'
import { expiryContract } from '../../../schema/contracts/exchanges.ts'
import { reviewerLinkContract } from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { heldKinds } from '../../domain/role.ts'
import { type Invitation, inviteAllMembers, inviteMember } from '../../steps/collection/invite-members.ts'
import { listLinks } from '../../steps/collection/list-links.ts'
import { expireLink, reissueLink, revokeHandedLink } from '../../steps/collection/reissue-link.ts'
import { handToReviewer } from '../../steps/dossier/hand-to-reviewer.ts'
import type { Context } from '../../steps/ports.ts'
import { forGrappe, grappeParams } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'

const linkParams = grappeParams.extend({ link: z.uuid() })

const invitationBody = z
  .union([z.object({ esms: z.uuid() }), z.object({ og: z.uuid() }), z.object({ tous: z.literal(true) })])
  .describe('Un ESMS, un OG, ou tous les membres')

export function linksApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.links, getLinks(context))
    app.post(API_PATHS.links, postLink(context))
    app.delete(API_PATHS.link, deleteLink(context))
    app.post(API_PATHS.invitations, postInvitations(context))
    app.post(API_PATHS.reissueLink, postReissueLink(context))
    app.put(API_PATHS.linkExpiry, putLinkExpiry(context))
  }
}

const getLinks = forGrappe(
  {
    tags: ['Liens'],
    summary: 'Lister les liens remis',
    params: grappeParams,
    response: { 200: z.array(linkAnswer), ...refusals },
  },
  async ({ context, scope }) => listLinks(context, scope.grappeId, heldKinds(scope.porteur.role)),
)

const postLink = forGrappe(
  {
    tags: ['Liens'],
    summary: 'Remettre un lien de lecture à l’ARS',
    params: grappeParams,
    body: reviewerLinkContract,
    response: { 201: z.object({ id: z.uuid(), address: z.string() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const body = request.body
    const handed = await handToReviewer(context, scope, body)
    if (!handed.ok) return sendRefusal(reply, handed.refusal)
    return reply.code(201).send({ id: handed.value.linkId, address: handed.value.address })
  },
)

const deleteLink = forGrappe(
  {
    tags: ['Liens'],
    summary: 'Révoquer un lien',
    params: linkParams,
    response: { 204: z.null(), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { link } = request.params
    const revoked = await revokeHandedLink(context, scope, link)
    return revoked.ok ? reply.code(204).send(null) : sendRefusal(reply, revoked.refusal)
  },
)

const postInvitations = forGrappe(
  {
    tags: ['Liens'],
    summary: 'Inviter un membre, ou tous, à déposer',
    params: grappeParams,
    body: invitationBody,
    response: {
      201: z.array(
        z.object({
          linkId: z.uuid(),
          owner: z.string().describe('Ce que le lien ouvre'),
          email: z.string().nullable().describe('À qui il est envoyé ; null : à remettre vous-même'),
          address: z.string(),
          mailed: z.boolean(),
        }),
      ),
      ...refusals,
    },
  },
  async ({ context, scope, request, reply }) => {
    const body = request.body
    const answer = ({ linkId, email, owners, address, mailed }: Invitation) => ({
      linkId,
      owner: owners.map(({ name }) => name).join(', '),
      email,
      address,
      mailed,
    })
    const member =
      'tous' in body
        ? null
        : 'esms' in body
          ? { kind: 'esms' as const, id: body.esms }
          : { kind: 'og' as const, id: body.og }
    const invited =
      member === null ? await inviteAllMembers(context, scope) : await inviteMember(context, scope, member)
    return invited.ok ? reply.code(201).send(invited.value.map(answer)) : sendRefusal(reply, invited.refusal)
  },
)

const postReissueLink = forGrappe(
  {
    tags: ['Liens'],
    summary: 'Remplacer un lien : l’ancien cesse de fonctionner, le nouveau est envoyé',
    params: linkParams,
    response: {
      201: z.object({ id: z.uuid(), address: z.string(), mailed: z.boolean() }),
      ...refusals,
    },
  },
  async ({ context, scope, request, reply }) => {
    const reissued = await reissueLink(context, scope, request.params.link)
    if (!reissued.ok) return sendRefusal(reply, reissued.refusal)
    const { linkId, address, mailed } = reissued.value
    return reply.code(201).send({ id: linkId, address, mailed })
  },
)

const putLinkExpiry = forGrappe(
  {
    tags: ['Liens'],
    summary: 'Fixer le dernier jour d’un lien',
    params: linkParams,
    body: expiryContract,
    response: { 200: z.object({ expiresAt: z.iso.datetime() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { link } = request.params
    const changed = await expireLink(context, scope, link, request.body.expiresOn)
    return changed.ok
      ? { expiresAt: changed.value.expiresAt.toISOString() }
      : sendRefusal(reply, changed.refusal)
  },
)
