/** One piece of a sealed version, and what the reviewer says of it. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { pieceReviewContract } from '../../../../schema/contracts/reviews.ts'
import { PATHS } from '../../../../schema/urls.ts'
import { arsPieceUrl } from '../../../../templates/pages/ars/frame.tsx'
import { ArsPiece, type ArsPieceProps, type ShownDeposit } from '../../../../templates/pages/ars/piece.tsx'
import { reviewsByRow, sealedVersionOf } from '../../../domain/answers.ts'
import { documentsOf } from '../../../domain/piece.ts'
import { noteAccess } from '../../../steps/note-access.ts'
import type { Context } from '../../../steps/ports.ts'
import { readDrafts, readReviews } from '../../../steps/read-reviews.ts'
import { readSealedPlan } from '../../../steps/read-seals.ts'
import { declareConforming, dropDraft, newerVersionOf, noteComplement } from '../../../steps/review-piece.ts'
import { readSealedHistory, type SealedPiece } from '../../../steps/sealed-history.ts'
import { previewsOf } from '../../downloads.ts'
import { fieldErrors, formFields, goTo, type PageSettings, parameter, sendPage } from '../page.ts'
import { protectActs, type Reading, reviewerGuards, tokenOf } from './access.ts'

export function reviewerPiecePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { refuse, onVersion, arsFrameOf } = reviewerGuards(context, settings)

  async function showPiece(
    { scope, seal, offered }: Reading,
    request: FastifyRequest,
    reply: FastifyReply,
    again: Pick<ArsPieceProps, 'typed' | 'errors'> = {},
  ) {
    const plan = await readSealedPlan(context, seal.id)
    const pieceId = parameter(request, 'piece')
    const position = plan.rows.findIndex(row => row.pieceId === pieceId)
    const row = plan.rows[position]
    const definition = plan.definitions.find(({ code }) => code === row?.code)
    if (row === undefined || definition === undefined) return refuse(request, reply, { code: 'not-found' })

    const said = await readReviews(context.db, scope.grappeId, plan.definitions)
    const reviews = reviewsByRow(plan.rows, said)
    const drafts = await readDrafts(context.db, scope.grappeId, scope.actor)
    const motives = new Map(drafts.map(draft => [draft.pieceId, draft.motive]))
    const recorded = plan.rows.filter(each => each.pieceId !== null)
    const place = recorded.indexOf(row)
    const after = [...recorded.slice(place + 1), ...recorded.slice(0, place)]
    const { fichier } = request.query as { fichier?: unknown }
    const current = sealedVersionOf(row)
    const earlier = (await readSealedHistory(context, scope.grappeId, pieceId)).filter(
      ({ sealNumber, row: old }) =>
        sealNumber < seal.number && sealedVersionOf(old) !== null && sealedVersionOf(old)?.id !== current?.id,
    )
    const page = ArsPiece({
      frame: arsFrameOf(request, reply, scope),
      grappeName: plan.grappeName,
      timeZone: plan.timeZone,
      sealNumber: seal.number,
      latestSeal: offered[0] ?? seal.number,
      row,
      pieceId,
      definition,
      siblings: plan.rows.filter(each => each.owner.folder === row.owner.folder),
      previous: recorded[place - 1] ?? null,
      next: recorded[place + 1] ?? null,
      nextToExamine:
        after.find(
          each => sealedVersionOf(each) !== null && !reviews.has(each) && !motives.has(each.pieceId ?? ''),
        ) ?? null,
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

  const pieceUrl = (request: FastifyRequest, { seal }: Reading, pieceId: string) =>
    arsPieceUrl(tokenOf(request), pieceId, seal.number)

  return async app => {
    const protect = { preHandler: protectActs(app) }

    app.get(
      PATHS.arsPiece,
      onVersion((reading, request, reply) => showPiece(reading, request, reply)),
    )

    app.post(
      PATHS.arsReview,
      protect,
      onVersion(async (reading, request, reply) => {
        const { scope, seal } = reading
        const pieceId = parameter(request, 'piece')
        const fields = formFields(request)
        const parsed = pieceReviewContract.safeParse(fields)
        if (!parsed.success) {
          const errors = fieldErrors(fieldMessages(parsed.error))
          return await showPiece(reading, request, reply, { typed: fields.motive ?? '', errors })
        }
        const said = parsed.data
        const done =
          said.decision === 'conforme'
            ? await declareConforming(context, scope, seal, pieceId)
            : await noteComplement(context, scope, seal, pieceId, said.motive)
        if (!done.ok) return refuse(request, reply, done.refusal)
        await noteAccess(context, scope, seal, { act: 'ouverture' })
        const newer = done.value?.newerVersion ?? null
        return goTo(
          reply,
          pieceUrl(request, reading, pieceId),
          said.decision === 'complement'
            ? 'Complément noté. Il part avec les autres quand vous les envoyez, depuis la page du dossier.'
            : newer === null
              ? 'Pièce déclarée conforme.'
              : `Pièce déclarée conforme. La version ${newer} a été déposée depuis : elle sera à examiner.`,
        )
      }),
    )

    app.post(
      PATHS.arsDropDraft,
      protect,
      onVersion(async (reading, request, reply) => {
        const pieceId = parameter(request, 'piece')
        await dropDraft(context.db, reading.scope, pieceId)
        return goTo(reply, pieceUrl(request, reading, pieceId), 'Complément retiré de ceux à envoyer.')
      }),
    )

    // A refused form is shown at its own address: reloading it there leads back to the piece.
    app.get(
      PATHS.arsReview,
      onVersion(async (reading, request, reply) =>
        goTo(reply, pieceUrl(request, reading, parameter(request, 'piece'))),
      ),
    )
  }
}

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
