/**
 * Pages of an ESMS' or an OG's link. Its forms carry no forgery token: the address itself, which nobody else can
 * guess, is the proof.
 */
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { PATHS, urlTo } from '../../../schema/urls.ts'
import { MemberHome } from '../../../templates/pages/esms/home.tsx'
import { type DepositProblem, MemberPiece } from '../../../templates/pages/esms/piece.tsx'
import { MemberReceipt } from '../../../templates/pages/esms/receipt.tsx'
import type { Task, TaskGroup } from '../../../templates/pages/esms/tasks.tsx'
import { decidingExtension } from '../../domain/extension.ts'
import {
  currentVersion,
  documentsOf,
  isLate,
  isOutstanding,
  motiveOf,
  pieceDeadline,
  pieceState,
  standingRequest,
} from '../../domain/piece.ts'
import { type CalendarHolder, calendarOf, replaceCalendar } from '../../steps/calendar-feed.ts'
import { noteLinkUse } from '../../steps/links.ts'
import {
  type MemberPiece as ExpectedPiece,
  isAsked,
  type MemberScope,
  ownPieces,
  readMemberPieces,
  readSetAside,
} from '../../steps/member-scope.ts'
import type { Context } from '../../steps/ports.ts'
import { readFile } from '../../steps/read-file.ts'
import { readPiece } from '../../steps/read-piece.ts'
import { readThread } from '../../steps/read-thread.ts'
import { findDepositTarget, receiveDocument, refuseByWindow } from '../../steps/receive-document.ts'
import type { Refusal } from '../../steps/refusals.ts'
import { reorderPages } from '../../steps/reorder-pages.ts'
import { sendFile } from '../downloads.ts'
import { ranksOf } from '../page-ranks.ts'
import { problemOf } from '../refusals.ts'
import { openUpload, reserveRoom } from '../uploads.ts'
import { type LinkRequest, memberGuards, ownerOf, today } from './member-page.ts'
import { formFields, goTo, type PageSettings, parameter, sendPage } from './page.ts'

export function esmsPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { refuse, onLink, pageOf } = memberGuards(context, settings)

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
        homeHref: homeOf(scope, request.params.token, ownerOf(scope, found).id),
        ...found,
        asked: isAsked(scope, found.definition, found.piece),
        messages: await readThread(context.db, found.piece.id),
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
        const groups = await readGroups(context, scope)
        const { membre } = request.query as { membre?: unknown }
        return sendPage(
          reply,
          MemberHome({
            ...pageOf(scope, request, reply),
            groups,
            selected: groups.find(({ id }) => id === membre)?.id ?? null,
            setAside: (await readSetAside(context, scope)).map(each => ({
              ownerName: ownerOf(scope, each).name,
              pieceId: each.piece.id,
              name: each.definition.name,
              versions: each.piece.versions.length,
            })),
            closedReason: closed === null ? null : problemOf(closed.refusal).detail,
            calendar: (await calendarOf(context, holderOf(scope)))?.address ?? null,
          }),
        )
      }),
    )

    app.post(
      PATHS.memberCalendar,
      onLink(async (scope, request, reply) => {
        const issue = formFields(request).acte !== 'revoquer'
        await replaceCalendar(context, holderOf(scope), { actor: scope.actor, issue })
        return goTo(
          reply,
          `${urlTo('memberHome', { token: request.params.token })}#agenda`,
          issue ? 'Votre lien d’agenda est prêt.' : 'Votre lien d’agenda est révoqué.',
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
          const names = documentsOf(version)
            .map(file => `« ${file.name} »`)
            .join(', ')
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

    app.post(
      PATHS.memberOrderPages,
      onLink(async (scope, request, reply) => {
        const by = { by: 'member', member: scope } as const
        const pieceId = parameter(request, 'piece')
        const target = await findDepositTarget(context, by, pieceId)
        await noteLinkUse(context, scope.linkId)
        const ordered = target.ok
          ? await reorderPages(
              context,
              by,
              target.value,
              parameter(request, 'file'),
              ranksOf(formFields(request)),
            )
          : target
        if (!ordered.ok) {
          const { status, detail } = problemOf(ordered.refusal)
          return await showPiece(scope, request, reply, {
            status,
            problem: { detail, refused: [], kept: null },
          })
        }
        return goTo(
          reply,
          urlTo('memberPiece', { token: request.params.token, piece: pieceId }),
          `Pages réordonnées : version ${ordered.value.number}.`,
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
            pieceId: found.piece.id,
            pieceName: found.definition.name,
            version,
            mailedTo: scope.email,
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
        return file.ok
          ? await sendFile(context, reply, file.value, 'attachment')
          : refuse(request, reply, file.refusal)
      }),
    )
  }
}

/** The page of one member among several, or the only page there is. */
function homeOf(scope: MemberScope, token: string, ownerId: string): string {
  const home = urlTo('memberHome', { token })
  return scope.ogs.length + scope.esms.length < 2 ? home : `${home}?membre=${ownerId}`
}

/** Whose calendar a link gives: its person's, its OG's or its ESMS'. */
function holderOf(scope: MemberScope): CalendarHolder {
  const { grappeId, email, actor } = scope
  const alone = email === null
  const ogId = alone ? (scope.ogs[0]?.id ?? null) : null
  const esmsId = alone && ogId === null ? (scope.esms[0]?.id ?? null) : null
  return { grappeId, email, ogId, esmsId, label: `Agenda de ${actor}` }
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
    deposit: version && {
      number: version.number,
      at: version.depositedAt,
      files: documentsOf(version).length,
    },
    motive: motiveOf(piece),
    nonApplicable: standingRequest(piece),
    granted: decidingExtension(piece.extensions, deadlineOn),
    reopened:
      scope.call.window.closesOn !== null &&
      day > scope.call.window.closesOn &&
      piece.extensions.some(({ kind, deadlineOn: until }) => kind !== 'prolongation' && day <= until),
  }
}
