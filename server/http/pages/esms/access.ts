/** What every page of a member's link shares: opening the link, and the frame around the content. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { MemberPage } from '../../../../templates/pages/esms/home.tsx'
import type { Frame } from '../../../../templates/pages/layout.tsx'
import { windowAt } from '../../../domain/call.ts'
import { dayOf } from '../../../domain/deadline.ts'
import type { Piece } from '../../../domain/piece.ts'
import {
  type MemberPiece,
  type MemberScope,
  openMemberScope,
  ownPieces,
} from '../../../steps/access/member-scope.ts'
import type { Context } from '../../../steps/ports.ts'
import { type Delegate, readDelegates } from '../../../steps/read/read-delegates.ts'
import { readPiece } from '../../../steps/read/read-piece.ts'
import type { Refusal } from '../../../steps/refusals.ts'
import { problemOf } from '../../refusals.ts'
import { frameOf, type PageSettings, sendProblemPage } from '../page.ts'
import { parameter } from '../request.ts'

/** A request of whoever holds a member's link; what its handler is given. */
export interface MemberVisit {
  context: Context
  scope: MemberScope
  token: string
  request: FastifyRequest
  reply: FastifyReply
  /** What surrounds the content; drawn once, since it shows the notice left for that page and forgets it. */
  page: () => MemberPage
  /** Answers that it cannot be. */
  refuse: (refusal: Refusal) => FastifyReply
}

/** Guard of a member's pages, which answers by itself whoever may not go on. */
export function memberGuards(context: Context, { assetsVersion }: PageSettings) {
  const onLink =
    (handler: (visit: MemberVisit) => Promise<unknown>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const { token } = request.params as { token: string }
      const refuse = (refusal: Refusal) => sendProblemPage(request, reply, assetsVersion, problemOf(refusal))
      const opened = await openMemberScope(context, token)
      if (!opened.ok) return refuse(opened.refusal)
      const scope = opened.value
      const page = () => pageOf(context, scope, token, frameOf(request, reply, assetsVersion))
      return await handler({ context, scope, token, request, reply, page, refuse })
    }
  return { onLink }
}

function pageOf(context: Context, scope: MemberScope, token: string, frame: Frame): MemberPage {
  return {
    frame,
    token,
    memberName: scope.actor,
    grappeName: scope.grappeName,
    callTitle: scope.call.title,
    fictional: scope.call.fictional,
    timeZone: scope.call.timeZone,
    today: today(context, scope),
    closesOn: windowAt(scope.call, context.now().toISOString()).closesOn,
    porteurEmail: scope.porteurEmail,
    publicUrl: context.publicUrl(),
    antivirus: context.antivirus !== null,
  }
}

/** The piece of the address, when it is one of the link's own; any other does not exist. */
export async function readOwnPiece({ context, scope, request }: MemberVisit): Promise<MemberPiece | null> {
  return await readPiece(context, scope, parameter(request, 'piece'), ownPieces(scope))
}

/** Who was named to manage the contacts and the deposits of what the link opens. */
export async function delegatesOf(
  context: Pick<Context, 'db'>,
  { grappeId, ogs, esms }: MemberScope,
): Promise<Delegate[]> {
  const own = new Set([...ogs.map(({ id }) => id), ...esms.map(({ ogId }) => ogId)])
  return (await readDelegates(context.db, grappeId)).filter(({ ogId }) => own.has(ogId))
}

export function today(context: Pick<Context, 'now'>, scope: MemberScope): string {
  return dayOf(context.now().toISOString(), scope.call.timeZone)
}

/** What a piece is about: one of the link's ESMS, or its OG. */
export function ownerOf(scope: MemberScope, { piece }: { piece: Piece }): { id: string; name: string } {
  const owner = [...scope.esms, ...scope.ogs].find(({ id }) => id === (piece.esmsId ?? piece.ogId))
  if (owner === undefined) throw new Error('A piece outside its link’s scope was read')
  return owner
}
