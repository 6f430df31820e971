/**
 * Pages of an ESMS' or an OG's link. Its forms carry no forgery token: the address itself, which nobody else can
 * guess, is the proof.
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS, urlTo } from '../../../schema/urls.ts'
import { MemberHome, type MemberPage } from '../../../templates/pages/esms/home.tsx'
import { type DepositProblem, MemberPiece } from '../../../templates/pages/esms/piece.tsx'
import { MemberReceipt } from '../../../templates/pages/esms/receipt.tsx'
import type { Task, TaskGroup } from '../../../templates/pages/esms/tasks.tsx'
import { dayOf } from '../../domain/deadline.ts'
import { currentVersion, isLate, isOutstanding, pieceDeadline, pieceState } from '../../domain/piece.ts'
import { noteLinkUse } from '../../steps/links.ts'
import {
  type MemberPiece as ExpectedPiece,
  type MemberScope,
  openMemberScope,
  ownPieces,
  readMemberPieces,
} from '../../steps/member-scope.ts'
import type { Context } from '../../steps/ports.ts'
import { readFile } from '../../steps/read-file.ts'
import { readPiece } from '../../steps/read-piece.ts'
import { findDepositTarget, receiveDocument, refuseByWindow } from '../../steps/receive-document.ts'
import type { Refusal } from '../../steps/refusals.ts'
import { sendFile } from '../downloads.ts'
import { problemOf } from '../refusals.ts'
import { openUpload, reserveRoom } from '../uploads.ts'
import { frameOf, goTo, type PageSettings, parameter, sendPage, sendProblemPage } from './page.ts'

type LinkRequest = FastifyRequest<{ Params: { token: string } }>

export function esmsPages(context: Context, { assetsVersion }: PageSettings): FastifyPluginAsync {
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
  })

  /** The page of one piece, whether or not a deposit was just tried on it. */
  async function showPiece(
    scope: MemberScope,
    request: LinkRequest,
    reply: FastifyReply,
    tried: { status: number; problem: DepositProblem; keep?: boolean } | null,
  ) {
    const found = await readPiece(context, scope, parameter(request, 'piece'), ownPieces(scope))
    if (found === null) return refuse(request, reply, { code: 'not-found' })
    const target = await findDepositTarget(context, { by: 'member', member: scope }, found.piece.id)
    const task = taskOf(found, scope, today(context, scope))
    return sendPage(
      reply,
      MemberPiece({
        ...pageOf(scope, request, reply),
        ownerName: ownerOf(scope, found).name,
        ...found,
        task,
        closedReason: target.ok ? null : problemOf(target.refusal).detail,
        problem: tried?.problem ?? null,
        keep: tried?.keep ?? task.state !== 'refusee',
      }),
      tried?.status ?? 200,
    )
  }

  return async app => {
    app.get(
      PATHS.memberHome,
      onLink(async (scope, request, reply) => {
        const closed = refuseByWindow(scope.call, context.now())
        return sendPage(
          reply,
          MemberHome({
            ...pageOf(scope, request, reply),
            groups: await readGroups(context, scope),
            closedReason: closed === null ? null : problemOf(closed.refusal).detail,
          }),
        )
      }),
    )

    app.post(
      PATHS.memberSeen,
      onLink(async (scope, _request, reply) => {
        await noteLinkUse(context, scope.linkId)
        return reply.code(204).send()
      }),
    )

    app.get(
      PATHS.memberPiece,
      onLink((scope, request, reply) => showPiece(scope, request, reply, null)),
    )

    app.post(
      PATHS.memberPiece,
      onLink(async (scope, request, reply) => {
        const by = { by: 'member', member: scope } as const
        const pieceId = parameter(request, 'piece')
        const refuseDeposit = (
          refusal: Refusal,
          rest: { problem?: Partial<DepositProblem>; keep?: boolean },
        ) => {
          const { status, detail } = problemOf(refusal)
          const problem = { detail, refused: [], kept: null, ...rest.problem }
          return showPiece(scope, request, reply, { ...rest, status, problem })
        }
        const target = await findDepositTarget(context, by, pieceId)
        if (!target.ok) return await refuseDeposit(target.refusal, {})
        const noRoom = reserveRoom(context, request)
        if (noRoom !== null) return await refuseDeposit(noRoom, {})
        await noteLinkUse(context, scope.linkId)

        const form = await openUpload(request, target.value.definition)
        const keep = () => form.fields.garder === 'oui'
        const received = await receiveDocument(context, by, target.value, form.files, keep)
        if (!received.ok) {
          const refused = 'refused' in received ? received.refused : []
          return await refuseDeposit(received.refusal, { problem: { refused }, keep: keep() })
        }
        const { version, refused, alreadyReceived } = received.value
        if (refused.length > 0) {
          // Kept in part: the same page asks for the rest, and sending it again keeps what is already there.
          const names = version.files.map(file => `« ${file.name} »`).join(', ')
          const detail = `Enregistré dans la version ${version.number} : ${names}. Corrigez ce qui a été refusé, puis déposez-le.`
          return await showPiece(scope, request, reply, {
            status: 422,
            problem: { detail, refused, kept: version },
          })
        }
        return goTo(
          reply,
          urlTo('memberReceipt', { token: request.params.token, piece: pieceId, version: version.id }),
          alreadyReceived
            ? 'Ces fichiers étaient déjà déposés : rien n’a été enregistré deux fois.'
            : undefined,
        )
      }),
    )

    app.get(
      PATHS.memberReceipt,
      onLink(async (scope, request, reply) => {
        const found = await readPiece(context, scope, parameter(request, 'piece'), ownPieces(scope))
        const version = found?.piece.versions.find(({ id }) => id === parameter(request, 'version'))
        if (found === null || version === undefined) return refuse(request, reply, { code: 'not-found' })
        const groups = await readGroups(context, scope)
        return sendPage(
          reply,
          MemberReceipt({
            ...pageOf(scope, request, reply),
            ownerName: ownerOf(scope, found).name,
            pieceName: found.definition.name,
            version,
            remaining: groups.flatMap(({ title, tasks }) =>
              tasks.filter(task => task.outstanding).map(task => ({ ownerName: title, task })),
            ),
          }),
        )
      }),
    )

    app.get(
      PATHS.memberFile,
      onLink(async (scope, request, reply) => {
        const file = await readFile(context, scope.grappeId, parameter(request, 'file'), ownPieces(scope))
        return file === null
          ? refuse(request, reply, { code: 'not-found' })
          : await sendFile(context, reply, file, 'attachment')
      }),
    )
  }
}

function today(context: Context, scope: MemberScope): string {
  return dayOf(context.now().toISOString(), scope.call.window.timeZone)
}

/** What a piece is about: one of the link's ESMS, or its OG. */
function ownerOf(scope: MemberScope, { piece }: ExpectedPiece): { id: string; name: string } {
  const owner = [...scope.esms, ...scope.ogs].find(({ id }) => id === (piece.esmsId ?? piece.ogId))
  if (owner === undefined) throw new Error('A piece outside its link’s scope was read')
  return owner
}

/** An OG's own pieces come first, then each of its ESMS; an ESMS' link holds its own alone. */
async function readGroups(context: Context, scope: MemberScope): Promise<TaskGroup[]> {
  const expected = await readMemberPieces(context, scope)
  const day = today(context, scope)
  const tasksOf = (ownerId: string) =>
    expected.filter(each => ownerOf(scope, each).id === ownerId).map(each => taskOf(each, scope, day))
  return [
    ...scope.ogs.map(og => ({ id: og.id, title: og.name, finess: og.finessEj })),
    ...scope.esms.map(esms => ({ id: esms.id, title: esms.name, finess: esms.finess })),
  ].map(({ id, title, finess }) => ({
    id,
    title,
    finess,
    tasks: tasksOf(id),
  }))
}

function taskOf({ piece, definition }: ExpectedPiece, scope: MemberScope, day: string): Task {
  const state = pieceState(piece)
  const deadlineOn = pieceDeadline(definition, scope.call.window.closesOn, piece.extensions)
  const version = currentVersion(piece)
  return {
    pieceId: piece.id,
    name: definition.name,
    explanation: definition.explanation,
    required: definition.required,
    state,
    late: isLate(state, deadlineOn, day),
    outstanding: isOutstanding(state),
    deadlineOn,
    deposit: version && { number: version.number, at: version.depositedAt, files: version.files.length },
    motive: state === 'refusee' ? (version?.motive ?? null) : null,
  }
}
