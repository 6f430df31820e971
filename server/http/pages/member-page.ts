/** What every page of a member's link shares: opening the link, and the frame around the content. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { MemberPage } from '../../../templates/pages/esms/home.tsx'
import { dayOf } from '../../domain/deadline.ts'
import type { Piece } from '../../domain/piece.ts'
import { type MemberScope, openMemberScope } from '../../steps/member-scope.ts'
import type { Context } from '../../steps/ports.ts'
import type { Refusal } from '../../steps/refusals.ts'
import { problemOf } from '../refusals.ts'
import { frameOf, type PageSettings, sendProblemPage } from './page.ts'

export type LinkRequest = FastifyRequest<{ Params: { token: string } }>

export function memberGuards(context: Context, { assetsVersion }: PageSettings) {
  const refuse = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal) =>
    sendProblemPage(request, reply, assetsVersion, problemOf(refusal))

  const onLink =
    (handler: (scope: MemberScope, request: LinkRequest, reply: FastifyReply) => Promise<unknown>) =>
    async (request: LinkRequest, reply: FastifyReply): Promise<unknown> => {
      const scope = await openMemberScope(context, request.params.token)
      return scope.ok ? await handler(scope.value, request, reply) : refuse(request, reply, scope.refusal)
    }

  const pageOf = (scope: MemberScope, request: LinkRequest, reply: FastifyReply): MemberPage => ({
    frame: frameOf(request, reply, assetsVersion),
    token: request.params.token,
    memberName: scope.actor,
    grappeName: scope.grappeName,
    callTitle: scope.call.title,
    fictional: scope.call.fictional,
    timeZone: scope.call.window.timeZone,
    today: today(context, scope),
    closesOn: scope.call.window.closesOn,
    porteurEmail: scope.porteurEmail,
    antivirus: context.antivirus !== null,
  })

  return { refuse, onLink, pageOf }
}

export function today(context: Pick<Context, 'now'>, scope: MemberScope): string {
  return dayOf(context.now().toISOString(), scope.call.window.timeZone)
}

/** What a piece is about: one of the link's ESMS, or its OG. */
export function ownerOf(scope: MemberScope, { piece }: { piece: Piece }): { id: string; name: string } {
  const owner = [...scope.esms, ...scope.ogs].find(({ id }) => id === (piece.esmsId ?? piece.ogId))
  if (owner === undefined) throw new Error('A piece outside its link’s scope was read')
  return owner
}
