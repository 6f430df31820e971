/** API of the reviewer, with the token of its link: reading sealed versions, and saying what it thinks. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  answerAnswer,
  boardAnswer,
  opinionAnswer,
  pieceAnswer,
  problemAnswer,
  reviewAnswer,
  verdictAnswer,
} from '../../../schema/contracts/api.ts'
import { complementsContract, opinionContract } from '../../../schema/contracts/reviews.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { answersOf } from '../../domain/answers.ts'
import type { ReviewerScope } from '../../steps/access/reviewer-scope.ts'
import { askComplements } from '../../steps/dossier/ask-complements.ts'
import { giveOpinion } from '../../steps/dossier/give-opinion.ts'
import { declareConforming, type ReadSeal, withdrawConforming } from '../../steps/dossier/review-piece.ts'
import { findSealOfFile } from '../../steps/dossier/sealed-history.ts'
import type { Context } from '../../steps/ports.ts'
import { readFile } from '../../steps/read/read-file.ts'
import { readOpinions, readReviews } from '../../steps/read/read-reviews.ts'
import { findSeal, latestSealMark, readSealedPlan } from '../../steps/read/read-seals.ts'
import { done, type Outcome, refuse } from '../../steps/refusals.ts'
import { sendFile } from '../downloads.ts'
import { noteDownload } from '../reviewer-downloads.ts'
import { arsBoardOf, arsVerdictOf, sealedPieceOf } from './answers.ts'
import { dossierHeaders, forReviewer, forSpeakingReviewer } from './bearer.ts'
import { sendRefusal } from './problems.ts'

const version = z.coerce.number().int().min(1).max(999_999_999)
const ofVersion = z.object({
  version: version.optional().describe('Numéro d’une version scellée ; la dernière sans ce paramètre'),
})
const pieceParams = z.object({ piece: z.uuid() })
const fileParams = z.object({ file: z.uuid() })
const sealParams = z.object({ number: version })

const refusals = { 401: problemAnswer, 404: problemAnswer, 409: problemAnswer }
const actRefusals = { ...refusals, 403: problemAnswer, 422: problemAnswer, 429: problemAnswer }

export function reviewerApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.arsDossier, getArsDossier(context))
    app.get(API_PATHS.arsPiece, getArsPiece(context))
    app.get(API_PATHS.arsFile, getArsFile(context))
    app.post(API_PATHS.arsConforming, postArsConforming(context))
    app.delete(API_PATHS.arsConforming, deleteArsConforming(context))
    app.post(API_PATHS.arsComplements, postArsComplements(context))
    app.post(API_PATHS.arsOpinion, postArsOpinion(context))
  }
}

/** A version that was handed out, the last one without a number: a reviewer knows of no other. */
async function openSeal(
  context: Context,
  scope: ReviewerScope,
  number: number | undefined,
): Promise<Outcome<ReadSeal>> {
  if (number === undefined) {
    const latest = await latestSealMark(context, scope.grappeId)
    return latest === null ? refuse('seal-not-ready') : done(latest)
  }
  const seal = await findSeal(context, scope.grappeId, number)
  return seal?.state === 'scelle' ? done(seal) : refuse('not-found')
}

const getArsDossier = forReviewer(
  {
    tags: ['ARS'],
    headers: dossierHeaders,
    summary: 'Lire une version scellée : verdict, tableau, décisions et avis déjà donnés',
    querystring: ofVersion,
    response: {
      200: z.object({
        grappe: z.string(),
        call: z.string(),
        version: z.number().int(),
        verdict: verdictAnswer,
        board: boardAnswer,
        reviews: z.array(reviewAnswer),
        answers: z.array(answerAnswer),
        opinions: z.array(opinionAnswer),
      }),
      ...refusals,
    },
  },
  async ({ context, scope, request, reply }) => {
    const opened = await openSeal(context, scope, request.query.version)
    if (!opened.ok) return sendRefusal(reply, opened.refusal)
    const seal = opened.value
    const plan = await readSealedPlan(context, seal.id)
    const reviews = await readReviews(context.db, scope.grappeId, plan.definitions)
    const before = reviews.filter(({ sealNumber }) => sealNumber <= seal.number)
    return {
      grappe: plan.grappeName,
      call: plan.callTitle,
      version: seal.number,
      verdict: arsVerdictOf(plan.verdict),
      board: arsBoardOf(plan, seal.number),
      reviews,
      answers: answersOf(before, plan),
      opinions: await readOpinions(context.db, scope.grappeId),
    }
  },
)

const getArsPiece = forReviewer(
  {
    tags: ['ARS'],
    headers: dossierHeaders,
    summary: 'Lire une pièce telle qu’une version scellée la contient, et ce qui en a été dit',
    params: pieceParams,
    querystring: ofVersion,
    response: { 200: pieceAnswer.extend({ reviews: z.array(reviewAnswer) }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const opened = await openSeal(context, scope, request.query.version)
    if (!opened.ok) return sendRefusal(reply, opened.refusal)
    const seal = opened.value
    const plan = await readSealedPlan(context, seal.id)
    const row = plan.rows.find(({ pieceId }) => pieceId === request.params.piece)
    const definition = plan.definitions.find(({ code }) => code === row?.code)
    if (row === undefined || definition === undefined) return sendRefusal(reply, { code: 'not-found' })
    const reviews = await readReviews(context.db, scope.grappeId, plan.definitions)
    return {
      ...sealedPieceOf(row, request.params.piece, definition),
      reviews: reviews.filter(({ pieceId }) => pieceId === request.params.piece),
    }
  },
)

const getArsFile = forReviewer(
  {
    tags: ['ARS'],
    headers: dossierHeaders,
    summary: 'Télécharger un fichier d’une version scellée',
    params: fileParams,
    response: { 200: z.any().describe('Les octets du fichier'), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const seal = await findSealOfFile(context, scope.grappeId, request.params.file)
    if (seal === null) return sendRefusal(reply, { code: 'not-found' })
    const file = await readFile(context, scope.grappeId, request.params.file)
    if (!file.ok) return sendRefusal(reply, file.refusal)
    await noteDownload(context, request, scope, seal, `« ${file.value.name} »`)
    return await sendFile(context, reply, file.value, 'attachment')
  },
)

const postArsConforming = forSpeakingReviewer(
  {
    tags: ['ARS'],
    headers: dossierHeaders,
    summary: 'Déclarer conforme la pièce que contient une version scellée',
    params: sealParams.extend(pieceParams.shape),
    response: {
      200: z.object({
        newerVersion: z.number().int().nullable().describe('Dépôt fait depuis, à examiner lui aussi'),
      }),
      ...actRefusals,
    },
  },
  async ({ context, scope, request, reply }) => {
    const opened = await openSeal(context, scope, request.params.number)
    if (!opened.ok) return sendRefusal(reply, opened.refusal)
    const seal = opened.value
    const said = await declareConforming(context, scope, seal, request.params.piece)
    return said.ok ? said.value : sendRefusal(reply, said.refusal)
  },
)

const deleteArsConforming = forSpeakingReviewer(
  {
    tags: ['ARS'],
    headers: dossierHeaders,
    summary: 'Revenir sur « conforme » : la pièce est de nouveau à examiner',
    params: sealParams.extend(pieceParams.shape),
    response: { 204: z.null(), ...actRefusals },
  },
  async ({ context, scope, request, reply }) => {
    const opened = await openSeal(context, scope, request.params.number)
    if (!opened.ok) return sendRefusal(reply, opened.refusal)
    const taken = await withdrawConforming(context, scope, opened.value, request.params.piece)
    return taken.ok ? reply.code(204).send(null) : sendRefusal(reply, taken.refusal)
  },
)

const postArsComplements = forSpeakingReviewer(
  {
    tags: ['ARS'],
    headers: dossierHeaders,
    summary: 'Demander des compléments, tous ensemble',
    description:
      'Chaque pièce, et elle seule, se rouvre jusqu’au jour donné. Chaque personne concernée reçoit un ' +
      'seul message, le porteur un message avec le tout. Redire la même demande ne change rien.',
    params: sealParams,
    body: complementsContract,
    response: {
      200: z.object({
        sent: z.number().int(),
        alreadyReplaced: z
          .array(z.object({ pieceName: z.string(), ownerName: z.string(), versionNumber: z.number().int() }))
          .describe('Pièces déposées de nouveau depuis la version lue'),
        unreachable: z.array(z.string()).describe('Membres sans adresse e-mail'),
      }),
      ...actRefusals,
    },
  },
  async ({ context, scope, request, reply }) => {
    const opened = await openSeal(context, scope, request.params.number)
    if (!opened.ok) return sendRefusal(reply, opened.refusal)
    const seal = opened.value
    const asked = await askComplements(context, scope, seal, request.body)
    if (!asked.ok) return sendRefusal(reply, asked.refusal)
    const { sent, alreadyReplaced, unreachable } = asked.value
    return { sent, alreadyReplaced: [...alreadyReplaced], unreachable: [...unreachable] }
  },
)

const postArsOpinion = forSpeakingReviewer(
  {
    tags: ['ARS'],
    headers: dossierHeaders,
    summary: 'Donner un avis sur une version scellée',
    description:
      'Chaque auteur a le sien : un autre avis du même auteur prend sa place, celui d’un autre reste.',
    params: sealParams,
    body: opinionContract,
    response: { 200: z.array(opinionAnswer).describe('Tous les avis'), ...actRefusals },
  },
  async ({ context, scope, request, reply }) => {
    const opened = await openSeal(context, scope, request.params.number)
    if (!opened.ok) return sendRefusal(reply, opened.refusal)
    const seal = opened.value
    const given = await giveOpinion(context, scope, seal, request.body)
    return given.ok ? await readOpinions(context.db, scope.grappeId) : sendRefusal(reply, given.refusal)
  },
)
