/** Who calls the API: the holder of a bearer token, which is a porteur's API token or the token of a link. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { findLink, type Link, noteLinkUse } from '../../steps/links.ts'
import { type MemberScope, openMemberScope } from '../../steps/member-scope.ts'
import { openPorteurScope, type PorteurScope } from '../../steps/porteur-scope.ts'
import type { Context } from '../../steps/ports.ts'
import { openReviewerLink, type ReviewerScope } from '../../steps/reviewer-scope.ts'
import { type Porteur, readPorteur } from '../../steps/sign-in.ts'
import { sendProblem, sendRefusal } from './problems.ts'

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

const NOTED_MS = 60_000

/** A guard lets a request in with a scope, or answers itself; `of` is what it let in. */
interface Guard<Scope> {
  onRequest: Hook
  of: (request: FastifyRequest) => Scope
}

function guard<Scope>(
  admit: (request: FastifyRequest, reply: FastifyReply) => Promise<Scope | null>,
): Guard<Scope> {
  const admitted = new WeakMap<FastifyRequest, { scope: Scope }>()
  return {
    async onRequest(request, reply) {
      const scope = await admit(request, reply)
      if (scope === null) return reply
      admitted.set(request, { scope })
    },
    of(request) {
      const found = admitted.get(request)
      if (found === undefined)
        throw new Error(`${request.routeOptions.url} reads a scope that no guard admitted`)
      return found.scope
    },
  }
}

function bearerToken(request: FastifyRequest): string {
  return /^Bearer ([\w-]{20,200})$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

function askForToken(reply: FastifyReply): null {
  reply.header('www-authenticate', 'Bearer')
  sendProblem(reply, {
    status: 401,
    title: 'Accès refusé',
    detail:
      'Ce jeton est absent, inconnu, expiré ou révoqué, ou il n’ouvre pas cette partie de l’API. Envoyez « Authorization: Bearer JETON ».',
    fields: {},
  })
  return null
}

/** One guard per kind of token; each route group takes the one that it needs as its `onRequest`. */
export function guards(context: Context): {
  porteur: Guard<Porteur>
  /** For addresses under `/grappes/:grappe`: the grappe must be the porteur's own. */
  grappe: Guard<PorteurScope>
  member: Guard<MemberScope>
  reviewer: Guard<ReviewerScope>
} {
  const findBearer = async (request: FastifyRequest, kind: Link['kind']): Promise<Link | null> => {
    const found = await findLink(context, bearerToken(request), [kind])
    if (!found.ok) return null
    const { id, lastUsedAt } = found.value
    // To the minute: a program that asks every second does not write every second.
    if (lastUsedAt === null || context.now().getTime() - lastUsedAt.getTime() > NOTED_MS)
      await noteLinkUse(context, id)
    return found.value
  }
  const admitPorteur = async (request: FastifyRequest, reply: FastifyReply): Promise<Porteur | null> => {
    const link = await findBearer(request, 'porteur')
    const porteur = link?.porteurId ? await readPorteur(context, link.porteurId) : null
    return porteur ?? askForToken(reply)
  }
  return {
    porteur: guard(admitPorteur),
    grappe: guard(async (request, reply) => {
      const porteur = await admitPorteur(request, reply)
      if (porteur === null) return null
      const { grappe } = request.params as { grappe: string }
      const scope = await openPorteurScope(context, porteur, grappe)
      if (scope === null) sendRefusal(reply, { code: 'not-found' })
      return scope
    }),
    member: guard(async (request, reply) => {
      const scope = await openMemberScope(context, bearerToken(request))
      if (!scope.ok) return askForToken(reply)
      await noteLinkUse(context, scope.value.linkId)
      return scope.value
    }),
    reviewer: guard(async (request, reply) => {
      const scope = await openReviewerLink(context, bearerToken(request))
      if (!scope.ok) return askForToken(reply)
      await noteLinkUse(context, scope.value.linkId)
      return scope.value
    }),
  }
}
