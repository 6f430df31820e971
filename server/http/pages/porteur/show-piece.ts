/** The page of one piece, on which every act on that piece ends. */
import type { FastifyReply } from 'fastify'
import { urlTo } from '../../../../schema/urls.ts'
import { PiecePage, type PieceProps } from '../../../../templates/pages/porteur/piece.tsx'
import { controlQueue } from '../../../domain/board.ts'
import { conditionSentence } from '../../../domain/condition.ts'
import { type DossierPlan, planDossier } from '../../../domain/dossier-plan.ts'
import { followUpPieces, isFollowUp } from '../../../domain/follow-up.ts'
import { currentVersion, documentsOf, type Piece, pieceDeadline } from '../../../domain/piece.ts'
import { twinsOf } from '../../../domain/same-bytes.ts'
import { signingState } from '../../../domain/signing.ts'
import { listAnswerers, personName } from '../../../steps/access/people.ts'
import { hasForm, onScreenOf } from '../../../steps/collection/answer-form.ts'
import { laneOf } from '../../../steps/collection/deposit-uploads.ts'
import { findDepositTarget } from '../../../steps/collection/find-deposit-target.ts'
import { kitOfGrappe } from '../../../steps/collection/hand-out-kit.ts'
import { outdatedReturns } from '../../../steps/collection/returned-documents.ts'
import { definitionsOf } from '../../../steps/read/read-piece.ts'
import { readSigning } from '../../../steps/read/read-signings.ts'
import { type GrappeSnapshot, readSnapshot } from '../../../steps/read/read-snapshot.ts'
import { readThread } from '../../../steps/read/read-thread.ts'
import type { Refusal } from '../../../steps/refusals.ts'
import { previewsOf } from '../../downloads.ts'
import { problemOf } from '../../refusals.ts'
import { goTo, sendPage } from '../page.ts'
import { parameter } from '../request.ts'
import type { GrappeVisit } from './access.ts'

/** What an act that was not done leaves on the page. */
type Aftermath = Pick<PieceProps, 'problem' | 'refusal' | 'outcome'> & { kept?: readonly string[] }

export function pieceUrl({ scope, request }: GrappeVisit): string {
  return urlTo('piece', { grappe: scope.grappeId, piece: parameter(request, 'piece') })
}

export async function backToPiece(visit: GrappeVisit) {
  return goTo(visit.reply, pieceUrl(visit))
}

export async function showPiece(
  visit: GrappeVisit,
  status = 200,
  aftermath: Aftermath = {},
): Promise<FastifyReply> {
  const { context, scope, request, reply, frame, refuse } = visit
  const { grappeId, grappeName, archivedOn, call } = scope
  const snapshot = await readSnapshot(context, grappeId)
  const all = [...(snapshot?.pieces ?? []), ...(snapshot?.followUps ?? [])]
  const piece = all.find(({ id }) => id === parameter(request, 'piece'))
  const definition = definitionsOf(scope).find(({ code }) => code === piece?.code)
  if (snapshot === null || piece === undefined || definition === undefined) {
    return refuse({ code: 'not-found' })
  }
  const plan = planDossier(snapshot)
  const row = plan.rows.find(({ pieceId }) => pieceId === piece.id) ?? null
  const noted = await readSigning(context.db, grappeId, piece.id)
  const follows = isFollowUp(call, piece.code)
  const { fichier, comparer, apres, suite } = request.query as Record<string, unknown>
  const page = PiecePage({
    frame: frame(),
    grappeId,
    grappeName,
    archivedOn,
    call,
    hasNewCallVersion: scope.hasNewCallVersion,
    timeZone: snapshot.timeZone,
    today: snapshot.today,
    piece,
    definition,
    concern: conditionSentence(definition, call),
    ownerName: namesOf(snapshot, piece).ownerName,
    follows,
    deadlineOn: follows
      ? definition.deadlineOn
      : pieceDeadline(definition, snapshot.closesOn, piece.extensions),
    row,
    queue: controlQueue(plan, piece.id),
    antivirus: snapshot.antivirus,
    ...shownFiles(piece, snapshot.antivirus, { fichier, comparer }),
    decidedBefore: decidedBefore(plan, apres),
    depositBlocked: await whyNoDeposit(visit, piece.id),
    onScreen: hasForm(definition)
      ? await onScreenOf(context, { by: 'porteur', porteur: scope }, piece.id)
      : null,
    messages: await readThread(context.db, piece.id),
    signing:
      row === null || row.state === 'non-applicable' ? null : signingState(definition, row.version, noted),
    begun: (await context.uploads.list(laneOf({ by: 'porteur', porteur: scope }, piece.id))).length > 0,
    twins: twinsOf(piece, snapshot.pieces).map(({ fileName, elsewhere }) => ({
      fileName,
      ...namesOf(snapshot, elsewhere),
      href: urlTo('piece', { grappe: grappeId, piece: elsewhere.id }),
    })),
    places: placesOf(snapshot, piece),
    answerers: (await listAnswerers(context.db, grappeId, piece)).map(personName),
    sends: context.mailer !== null,
    kept: keptIds(piece, suite),
    outdated: await outdatedOf(visit, snapshot, piece),
    ...aftermath,
  })
  return sendPage(reply, page, status)
}

async function outdatedOf({ context, scope }: GrappeVisit, snapshot: GrappeSnapshot, piece: Piece) {
  const kit = await kitOfGrappe(context, snapshot, scope.porteur.contactEmail)
  const [outdated = null] = await outdatedReturns(context, kit, [piece])
  return outdated
}

/** How the porteur reads a piece. */
export function namesOf({ definitions, grappe, record }: GrappeSnapshot, piece: Piece) {
  const owner = [...grappe.ogs, ...grappe.esms].find(({ id }) => id === (piece.esmsId ?? piece.ogId))
  const asked = [...definitions, ...followUpPieces(record.call, record.submission.pieces)]
  return {
    pieceName: asked.find(({ code }) => code === piece.code)?.name ?? piece.code,
    ownerName: owner?.name ?? grappe.name,
  }
}

/** Where versions of a piece were filed instead. */
function placesOf(snapshot: GrappeSnapshot, { takenOut }: Piece): ReadonlyMap<string, string> {
  const filed = snapshot.pieces.filter(({ id }) =>
    takenOut.some(({ movedToPieceId }) => movedToPieceId === id),
  )
  return new Map(
    filed.map(each => {
      const { pieceName, ownerName } = namesOf(snapshot, each)
      return [each.id, `« ${pieceName} » de ${ownerName}`]
    }),
  )
}

/** What was just deposited in part is completed by the next deposit. */
function keptIds(piece: Piece, suite: unknown): readonly string[] {
  const version = currentVersion(piece)
  return version === null || version.id !== suite ? [] : documentsOf(version).map(({ id }) => id)
}

/** The porteur mends by itself what a member is told to ask for. */
export function depositSentence(refusal: Refusal): string {
  return refusal.code === 'piece-already-accepted'
    ? 'Cette pièce est acceptée. Pour la remplacer, changez d’abord votre décision : ' +
        'refusez la version actuelle.'
    : problemOf(refusal).detail
}

async function whyNoDeposit({ context, scope }: GrappeVisit, pieceId: string): Promise<string | null> {
  const target = await findDepositTarget(context, { by: 'porteur', porteur: scope }, pieceId)
  return target.ok ? null : depositSentence(target.refusal)
}

/** The current version's file asked for, or the first that a browser can show; an earlier one beside it. */
function shownFiles(
  piece: Piece,
  antivirus: boolean,
  asked: { fichier: unknown; comparer: unknown },
): Pick<PieceProps, 'previews' | 'shown' | 'earlier' | 'compared'> {
  const version = currentVersion(piece)
  const previews = version === null ? [] : previewsOf(version, antivirus)
  const earlier = earlierVersions(piece, antivirus)
  return {
    previews,
    shown: previews.find(({ id }) => id === asked.fichier) ?? previews[0] ?? null,
    earlier,
    compared: earlier.find(each => each.version.id === asked.comparer) ?? null,
  }
}

/** Earlier versions that a browser can show something of, the last first, each with its first document. */
function earlierVersions(piece: Piece, antivirus: boolean): PieceProps['earlier'] {
  return piece.versions
    .slice(0, -1)
    .toReversed()
    .flatMap(version => {
      const [file] = previewsOf(version, antivirus)
      return file === undefined ? [] : [{ version, file }]
    })
}

/** The piece just decided, from which the queue led here. */
function decidedBefore(plan: DossierPlan, pieceId: unknown): PieceProps['decidedBefore'] {
  const decided = plan.rows.find(row => row.pieceId !== null && row.pieceId === pieceId)
  return decided?.pieceId == null
    ? null
    : { id: decided.pieceId, name: `${decided.pieceName}, ${decided.owner.name}` }
}
