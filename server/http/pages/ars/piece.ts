/** One piece of a sealed version, and what the reviewer says of it. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { pieceReviewContract } from '../../../../schema/contracts/reviews.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { arsPieceUrl } from '../../../../templates/pages/ars/frame.tsx'
import { ArsPiece, type ArsPieceProps, type ShownDeposit } from '../../../../templates/pages/ars/piece.tsx'
import { reviewsByRow, sealedVersionOf } from '../../../domain/answers.ts'
import type { DossierRow } from '../../../domain/dossier-plan.ts'
import { documentsOf } from '../../../domain/piece.ts'
import { noteAccess } from '../../../steps/dossier/note-access.ts'
import {
  declareConforming,
  dropDraft,
  newerVersionOf,
  noteComplement,
  withdrawConforming,
} from '../../../steps/dossier/review-piece.ts'
import { readSealedHistory, type SealedPiece } from '../../../steps/dossier/sealed-history.ts'
import type { Context } from '../../../steps/ports.ts'
import { readReviews } from '../../../steps/read/read-reviews.ts'
import { readSealedPlan } from '../../../steps/read/read-seals.ts'
import { previewsOf } from '../../downloads.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import { type ActVisit, draftsOf, protectActs, reviewerGuards, type VersionVisit } from './access.ts'

export function reviewerPiecePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onVersion, onAct } = reviewerGuards(context, settings)

  return async app => {
    const protect = { preHandler: protectActs(app) }

    app.get(PATHS.arsPiece, onVersion(showPiece))
    app.post(PATHS.arsReview, protect, onAct(saveReview))
    app.post(PATHS.arsDropDraft, protect, onAct(forgetDraft))
    // A refused form is shown at its own address: reloading it there leads back to the piece.
    app.get(PATHS.arsReview, onVersion(backToPiece))
  }
}

function showPiece(visit: VersionVisit) {
  return show(visit)
}

async function show(visit: VersionVisit, again: Pick<ArsPieceProps, 'typed' | 'errors'> = {}) {
  const { context, scope, seal, offered, request, reply, refuse } = visit
  const plan = await readSealedPlan(context, seal.id)
  const pieceId = parameter(request, 'piece')
  const row = plan.rows.find(each => each.pieceId === pieceId)
  const definition = plan.definitions.find(({ code }) => code === row?.code)
  if (row === undefined || definition === undefined) return refuse({ code: 'not-found' })

  const said = await readReviews(context.db, scope.grappeId, plan.definitions)
  const reviews = reviewsByRow(plan.rows, said)
  const drafts = await draftsOf(context, scope)
  const motives = new Map(drafts.map(draft => [draft.pieceId, draft.motive]))
  const isExamined = (each: DossierRow) => reviews.has(each) || motives.has(each.pieceId ?? '')
  const { fichier, apres } = request.query as { fichier?: unknown; apres?: unknown }
  const current = sealedVersionOf(row)
  const earlier = (await readSealedHistory(context, scope.grappeId, pieceId)).filter(
    ({ sealNumber, row: old }) =>
      sealNumber < seal.number && sealedVersionOf(old) !== null && sealedVersionOf(old)?.id !== current?.id,
  )
  const page = ArsPiece({
    frame: visit.frame(),
    grappeName: plan.grappeName,
    timeZone: plan.timeZone,
    sealNumber: seal.number,
    latestSeal: offered[0] ?? seal.number,
    row,
    pieceId,
    definition,
    siblings: plan.rows.filter(each => each.owner.folder === row.owner.folder),
    ...neighboursOf(row, plan.rows, isExamined),
    decided: plan.rows.find(({ pieceId }) => pieceId !== null && pieceId === apres) ?? null,
    drafted: new Set(plan.rows.filter(each => motives.has(each.pieceId ?? ''))),
    reviews,
    history: said.filter(review => review.pieceId === pieceId),
    draft: motives.get(pieceId) ?? null,
    deposit: shownDeposit({ sealNumber: seal.number, row }, fichier, plan.antivirus),
    before: shownDeposit(earlier.at(-1), fichier, plan.antivirus),
    newerVersion: await newerVersionOf(context, pieceId, current?.number ?? 0),
    ...again,
  })
  return sendPage(reply, page, again.errors === undefined ? 200 : 422)
}

/** The pieces before and after this one, and the next that holds a deposit and was not examined. */
function neighboursOf(
  row: DossierRow,
  rows: readonly DossierRow[],
  isExamined: (row: DossierRow) => boolean,
): Pick<ArsPieceProps, 'previous' | 'next' | 'nextToExamine' | 'leftToExamine'> {
  const recorded = rows.filter(({ pieceId }) => pieceId !== null)
  const place = recorded.indexOf(row)
  const waits = (each: DossierRow) => sealedVersionOf(each) !== null && !isExamined(each)
  const after = [...recorded.slice(place + 1), ...recorded.slice(0, place)]
  return {
    previous: recorded[place - 1] ?? null,
    next: recorded[place + 1] ?? null,
    nextToExamine: after.find(waits) ?? null,
    leftToExamine: recorded.filter(waits).length,
  }
}

async function saveReview(visit: ActVisit) {
  const { context, scope, seal, request, reply, refuse } = visit
  const pieceId = parameter(request, 'piece')
  const fields = formFields(request)
  const parsed = pieceReviewContract.safeParse(fields)
  if (!parsed.success) {
    const errors = fieldErrors(fieldMessages(parsed.error))
    return await show(visit, { typed: fields.motive ?? '', errors })
  }
  const said = parsed.data
  const done =
    said.decision === 'conforme'
      ? await declareConforming(context, scope, seal, pieceId)
      : said.decision === 'a-examiner'
        ? await withdrawConforming(context, scope, seal, pieceId)
        : await noteComplement(context, scope, seal, pieceId, said.motive)
  if (!done.ok) return refuse(done.refusal)
  await noteAccess(context, scope, seal, { act: 'ouverture' })
  if (said.decision === 'a-examiner') return goTo(reply, pieceUrl(visit), 'Pièce remise à examiner.')
  return await goToNext(
    visit,
    said.decision === 'complement' ? NOTED : conformingSentence(done.value?.newerVersion ?? null),
  )
}

/** Deciding leads to the next piece to examine; after the last one, back to the dossier. */
async function goToNext(visit: VersionVisit, decided: (piece: string) => string) {
  const { context, scope, seal, request, reply, token } = visit
  const pieceId = parameter(request, 'piece')
  const plan = await readSealedPlan(context, seal.id)
  const row = plan.rows.find(each => each.pieceId === pieceId)
  if (row === undefined) return goTo(reply, pieceUrl(visit))
  const notice = decided(`« ${row.pieceName} » de ${row.owner.name}`)
  const reviews = reviewsByRow(plan.rows, await readReviews(context.db, scope.grappeId, plan.definitions))
  const drafts = await draftsOf(context, scope)
  const noted = new Set(drafts.map(draft => draft.pieceId))
  const { nextToExamine } = neighboursOf(
    row,
    plan.rows,
    each => reviews.has(each) || noted.has(each.pieceId ?? ''),
  )
  return nextToExamine?.pieceId
    ? goTo(reply, `${arsPieceUrl(token, nextToExamine.pieceId, seal.number)}&apres=${pieceId}`, notice)
    : goTo(
        reply,
        urlTo('arsVersion', { token, number: String(seal.number) }),
        `${notice} Toutes les pièces de cette version sont examinées.`,
      )
}

async function forgetDraft(visit: ActVisit) {
  const { context, scope, request, reply } = visit
  const dropped = await dropDraft(context.db, scope, parameter(request, 'piece'))
  return goTo(reply, pieceUrl(visit), ...(dropped ? ['Complément retiré de ceux à envoyer.'] : []))
}

async function backToPiece(visit: VersionVisit) {
  return goTo(visit.reply, pieceUrl(visit))
}

function pieceUrl({ token, seal, request }: VersionVisit): string {
  return arsPieceUrl(token, parameter(request, 'piece'), seal.number)
}

const NOTED = (piece: string) =>
  `${piece} : complément noté. Il part avec les autres quand vous les envoyez, depuis la page du dossier.`

const conformingSentence = (newerVersion: number | null) => (piece: string) =>
  newerVersion === null
    ? `${piece} : conforme.`
    : `${piece} : conforme. Le dépôt nº ${newerVersion} est arrivé depuis : il sera à examiner.`

/** With the file asked for, or the first that a browser can show. */
function shownDeposit(
  piece: SealedPiece | undefined,
  fileId: unknown,
  antivirus: boolean,
): ShownDeposit | null {
  const version = piece && sealedVersionOf(piece.row)
  if (piece === undefined || !version) return null
  const previews = previewsOf(version, antivirus)
  return {
    sealNumber: piece.sealNumber,
    versionNumber: version.number,
    files: documentsOf(version),
    antivirus,
    shown: previews.find(({ id }) => id === fileId) ?? previews[0] ?? null,
  }
}
