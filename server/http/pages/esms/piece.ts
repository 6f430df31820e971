/** One piece on a member's link: reading it, depositing, putting its pages in order, and the receipt. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { type DepositProblem, MemberPiece } from '../../../../templates/pages/esms/piece.tsx'
import { MemberReceipt } from '../../../../templates/pages/esms/receipt.tsx'
import type { TwinFile } from '../../../../templates/pages/same-bytes.tsx'
import { conditionSentence } from '../../../domain/condition.ts'
import { documentOfPiece } from '../../../domain/kit/models.ts'
import { currentVersion, documentsOf, historyOf, type Piece } from '../../../domain/piece.ts'
import { partsOf } from '../../../domain/receipt.ts'
import { twinsOf } from '../../../domain/same-bytes.ts'
import { signingState } from '../../../domain/signing.ts'
import { noteLinkUse } from '../../../steps/access/links.ts'
import {
  isAsked,
  type MemberPiece as MemberPieceRead,
  type MemberScope,
  ownPieces,
  readMemberPieces,
} from '../../../steps/access/member-scope.ts'
import { hasForm, onScreenOf } from '../../../steps/collection/answer-form.ts'
import { laneOf } from '../../../steps/collection/deposit-uploads.ts'
import { findDepositTarget } from '../../../steps/collection/find-deposit-target.ts'
import { kitOfLink, listDocuments } from '../../../steps/collection/hand-out-kit.ts'
import type { KeptDocuments } from '../../../steps/collection/receive-document.ts'
import { reorderPages } from '../../../steps/collection/reorder-pages.ts'
import { outdatedReturns } from '../../../steps/collection/returned-documents.ts'
import type { Context } from '../../../steps/ports.ts'
import { readFile } from '../../../steps/read/read-file.ts'
import { readSigning } from '../../../steps/read/read-signings.ts'
import { readThread } from '../../../steps/read/read-thread.ts'
import type { Refusal } from '../../../steps/refusals.ts'
import { sendFile } from '../../downloads.ts'
import { ranksOf } from '../../page-ranks.ts'
import { problemOf } from '../../refusals.ts'
import { openDeposit } from '../../uploads.ts'
import { depositNotice, keptSentence } from '../deposit-words.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields, parameter } from '../request.ts'
import { type MemberVisit, memberGuards, ownerOf, readOwnPiece, today } from './access.ts'
import { readGroups, recordsOf, taskOf } from './tasks.ts'

export function memberPiecePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onLink } = memberGuards(context, settings)

  return async app => {
    app.get(PATHS.memberPiece, onLink(showPiece))
    app.post(PATHS.memberPiece, onLink(depositOnPiece))
    app.post(PATHS.memberOrderPages, onLink(orderPages))
    app.get(PATHS.memberReceipt, onLink(showReceipt))
    app.get(PATHS.memberFile, onLink(sendOwnFile))
  }
}

/** What a deposit that was just tried leaves on the page. */
interface Tried {
  status: number
  problem: DepositProblem
  /** What the form asked to keep of what was deposited before. */
  kept?: KeptDocuments
}

function showPiece(visit: MemberVisit) {
  return showMemberPiece(visit, null)
}

export async function showMemberPiece(visit: MemberVisit, tried: Tried | null) {
  const { context, scope, token, request, reply, page, refuse } = visit
  const found = await readOwnPiece(visit)
  if (found === null) return refuse({ code: 'not-found' })
  const side = { by: 'member', member: scope } as const
  const { piece } = found
  const target = await findDepositTarget(context, side, piece.id)
  const owner = ownerOf(scope, found)
  const own = await readMemberPieces(context, scope)
  const { suite } = request.query as { suite?: unknown }
  return sendPage(
    reply,
    MemberPiece({
      ...page(),
      ownerName: owner.name,
      homeHref: homeOf(scope, token, owner.id),
      ...found,
      onScreen: hasForm(found.definition) ? await onScreenOf(context, side, piece.id) : null,
      ...(await modelOf(visit, found)),
      own: new Map([...scope.ogs, ...scope.esms].map(({ id, name }) => [id, name])),
      concern: conditionSentence(found.definition, scope.call),
      asked: isAsked(scope, found.definition, piece),
      messages: await readThread(context.db, piece.id),
      signing: await signingOf(visit, found),
      task: taskOf(found, scope, today(context, scope)),
      archived: scope.archived,
      closedReason: target.ok ? null : problemOf(target.refusal).detail,
      problem: tried?.problem ?? null,
      kept: keptIds(piece, tried?.kept ?? [], suite),
      begun: (await context.uploads.list(laneOf(side, piece.id))).length > 0,
      twins: twinFiles(visit, piece, own),
      namesOfPieces: new Map(own.map(each => [each.piece.id, each.definition.name])),
    }),
    tried?.status ?? 200,
  )
}

/** Where its signature stands; null where nobody has to sign, or where the piece is not asked. */
async function signingOf({ context, scope }: MemberVisit, { definition, piece }: MemberPieceRead) {
  if (!isAsked(scope, definition, piece)) return null
  const noted = await readSigning(context.db, scope.grappeId, piece.id)
  return signingState(definition, currentVersion(piece), noted)
}

/** The document that answers the piece, filled in for its owner; and what changed since it came back. */
async function modelOf({ context, scope }: MemberVisit, { definition, piece }: MemberPieceRead) {
  const model = documentOfPiece(definition)
  if (model === null) return { model, outdated: null }
  const kit = await kitOfLink(context, scope)
  const owners = kit.owners.filter(({ id }) => id === (piece.esmsId ?? piece.ogId))
  const documents = await listDocuments(context, { ...kit, owners })
  const [outdated] = await outdatedReturns(context, { ...kit, owners }, [piece])
  return {
    model: documents.find(each => each.model.code === model.code) ?? null,
    outdated: outdated === undefined || outdated.seen !== null ? null : outdated,
  }
}

/**
 * Ids of the current documents ticked to stay. What was just deposited in part is completed, not replaced:
 * `suite` says so after a deposit made by the script.
 */
function keptIds(piece: Piece, asked: KeptDocuments, suite: unknown): readonly string[] {
  const version = currentVersion(piece)
  if (version === null) return []
  const isCompleted = asked === 'all' || version.id === suite
  return isCompleted ? documentsOf(version).map(({ id }) => id) : asked
}

/** What this link may know: of its own pieces only. */
function twinFiles({ scope, token }: MemberVisit, piece: Piece, own: readonly MemberPieceRead[]): TwinFile[] {
  const definitionOf = new Map(own.map(each => [each.piece.id, each.definition]))
  return twinsOf(
    piece,
    own.map(each => each.piece),
  ).map(({ fileName, elsewhere }) => ({
    fileName,
    pieceName: definitionOf.get(elsewhere.id)?.name ?? elsewhere.code,
    ownerName: ownerOf(scope, { piece: elsewhere }).name,
    href: urlTo('memberPiece', { token, piece: elsewhere.id }),
  }))
}

async function depositOnPiece(visit: MemberVisit) {
  const { context, scope, token, request, reply } = visit
  const piece = parameter(request, 'piece')
  const opened = await openDeposit(context, { by: 'member', member: scope }, request, piece)
  if (!opened.ok) return await showMemberPiece(visit, refusedBy(opened.refusal))
  await noteLinkUse(context, scope.linkId)

  const received = await opened.value.receive()
  if (!received.ok) {
    const refused = 'refused' in received ? received.refused : []
    return await showMemberPiece(visit, {
      ...refusedBy(received.refusal, refused),
      kept: opened.value.kept(),
    })
  }
  const { version, refused } = received.value
  if (refused.length > 0) {
    // Kept in part: the same page asks for the rest, and sending it again keeps what is already there.
    const problem = { detail: keptSentence(version), refused, kept: version }
    return await showMemberPiece(visit, { status: 422, problem, kept: 'all' })
  }
  return goTo(
    reply,
    urlTo('memberReceipt', { token, piece, version: version.id }),
    depositNotice(received.value) ?? undefined,
  )
}

async function orderPages(visit: MemberVisit) {
  const { context, scope, token, request, reply } = visit
  const by = { by: 'member', member: scope } as const
  const piece = parameter(request, 'piece')
  const target = await findDepositTarget(context, by, piece)
  await noteLinkUse(context, scope.linkId)
  const ranks = ranksOf(formFields(request))
  const ordered = target.ok
    ? await reorderPages(context, by, target.value, parameter(request, 'file'), ranks)
    : target
  return ordered.ok
    ? goTo(
        reply,
        urlTo('memberPiece', { token, piece }),
        `Pages réordonnées : version ${ordered.value.number}.`,
      )
    : await showMemberPiece(visit, refusedBy(ordered.refusal))
}

async function showReceipt(visit: MemberVisit) {
  const { context, scope, request, reply, page, refuse } = visit
  const found = await readOwnPiece(visit)
  const version = found && historyOf(found.piece).find(({ id }) => id === parameter(request, 'version'))
  if (found === null || !version) return refuse({ code: 'not-found' })
  const groups = await readGroups(context, scope)
  const own = await readMemberPieces(context, scope)
  const receipt = MemberReceipt({
    ...page(),
    ownerName: ownerOf(scope, found).name,
    pieceId: found.piece.id,
    pieceName: found.definition.name,
    version,
    parts: partsOf(found.piece, version),
    isCurrent: currentVersion(found.piece)?.id === version.id,
    mailedTo: context.mailer === null ? null : scope.email,
    twins: twinFiles(visit, found.piece, own),
    tasks: groups.flatMap(({ tasks }) => tasks),
    records: recordsOf(scope),
  })
  return sendPage(reply, receipt)
}

async function sendOwnFile({ context, scope, request, reply, refuse }: MemberVisit) {
  const file = await readFile(context, scope.grappeId, parameter(request, 'file'), ownPieces(scope))
  return file.ok ? await sendFile(context, reply, file.value, 'attachment') : refuse(file.refusal)
}

export function refusedBy(refusal: Refusal, refused: DepositProblem['refused'] = []): Tried {
  const { status, detail } = problemOf(refusal)
  return { status, problem: { detail, refused, kept: null } }
}

/** The page of one member among several, or the only page there is. */
function homeOf(scope: MemberScope, token: string, ownerId: string): string {
  const home = urlTo('memberHome', { token })
  return scope.ogs.length + scope.esms.length < 2 ? home : `${home}?membre=${ownerId}`
}
