/** Who calls the API: the holder of a bearer token, which is a porteur's API token or the token of a link. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { findLink, type Link, noteLinkUse } from '../../steps/links.ts'
import { type MemberScope, openMemberScope } from '../../steps/member-scope.ts'
import { openPorteurScope, type PorteurScope } from '../../steps/porteur-scope.ts'
import type { Context } from '../../steps/ports.ts'
import { type Porteur, readPorteur } from '../../steps/sign-in.ts'
import { sendProblem, sendRefusal } from './problems.ts'

function bearerToken(request: FastifyRequest): string {
  return /^Bearer ([\w-]{20,200})$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

function askForToken(reply: FastifyReply): FastifyReply {
  reply.header('www-authenticate', 'Bearer')
  return sendProblem(reply, {
    status: 401,
    title: 'Accès refusé',
    detail:
      'Ce jeton est absent, inconnu, expiré ou révoqué, ou il n’ouvre pas cette partie de l’API. Envoyez « Authorization: Bearer JETON ».',
    fields: {},
  })
}

async function findBearer(
  context: Context,
  request: FastifyRequest,
  kinds: readonly Link['kind'][],
): Promise<Link | null> {
  const found = await findLink(context, bearerToken(request), kinds)
  if (!found.ok) return null
  await noteLinkUse(context, found.value.id)
  return found.value
}

type Handler<Scope> = (scope: Scope, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** Each guard gives its handler a scope, or answers 401 or 404 itself. */
export function guards(context: Context) {
  const asPorteur = (handler: Handler<Porteur>) => async (request: FastifyRequest, reply: FastifyReply) => {
    const link = await findBearer(context, request, ['porteur'])
    const porteur = link?.porteurId ? await readPorteur(context, link.porteurId) : null
    return porteur === null ? askForToken(reply) : await handler(porteur, request, reply)
  }
  return {
    asPorteur,

    /** For addresses under `/grappes/:grappe`: the grappe must be the porteur's own. */
    onGrappe: (handler: Handler<PorteurScope>) =>
      asPorteur(async (porteur, request, reply) => {
        const { grappe } = request.params as { grappe: string }
        const scope = await openPorteurScope(context, porteur, grappe)
        return scope === null
          ? sendRefusal(reply, { code: 'not-found' })
          : await handler(scope, request, reply)
      }),

    asMember: (handler: Handler<MemberScope>) => async (request: FastifyRequest, reply: FastifyReply) => {
      const scope = await openMemberScope(context, bearerToken(request))
      if (!scope.ok) return askForToken(reply)
      await noteLinkUse(context, scope.value.linkId)
      return await handler(scope.value, request, reply)
    },

    /** The reviewer's grappe id. */
    asReviewer: (handler: Handler<string>) => async (request: FastifyRequest, reply: FastifyReply) => {
      const link = await findBearer(context, request, ['ars'])
      return link?.grappeId ? await handler(link.grappeId, request, reply) : askForToken(reply)
    },
  }
}
