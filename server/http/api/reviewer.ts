/** API of the reviewer, with the token of the link that it was handed: reading sealed versions, and saying what it thinks. */
import type { FastifyRequest } from 'fastify'
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
import { askComplements } from '../../steps/ask-complements.ts'
import { giveOpinion } from '../../steps/give-opinion.ts'
import type { Context } from '../../steps/ports.ts'
import { readFile } from '../../steps/read-file.ts'
import { readOpinions, readReviews } from '../../steps/read-reviews.ts'
import { findSeal, latestSealMark, readSealedPlan } from '../../steps/read-seals.ts'
import { done, type Outcome, refuse } from '../../steps/refusals.ts'
import { declareConforming, type ReadSeal } from '../../steps/review-piece.ts'
import type { ReviewerScope } from '../../steps/reviewer-scope.ts'
import { findSealOfFile } from '../../steps/sealed-history.ts'
import { sendFile } from '../downloads.ts'
import { noteDownload } from '../reviewer-downloads.ts'
import { boardOf, sealedPieceOf, verdictOf } from './answers.ts'
import { guards } from './bearer.ts'
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
  const admitted = guards(context).reviewer

  /** A version that was handed out, the last one without a number: a reviewer knows of no other. */
  async function openSeal(
    request: FastifyRequest,
    number: number | undefined,
  ): Promise<Outcome<{ scope: ReviewerScope; seal: ReadSeal }>> {
    const scope = admitted.of(request)
    if (number === undefined) {
      const latest = await latestSealMark(context, scope.grappeId)
      return latest === null ? refuse('seal-not-ready') : done({ scope, seal: latest })
    }
    const seal = await findSeal(context, scope.grappeId, number)
    return seal?.state === 'scelle' ? done({ scope, seal }) : refuse('not-found')
  }

  return async app => {
    app.addHook('onRequest', admitted.onRequest)

    app.get(
      API_PATHS.arsDossier,
      {
        schema: {
          tags: ['ARS'],
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
      },
      async (request, reply) => {
        const opened = await openSeal(request, request.query.version)
        if (!opened.ok) return sendRefusal(reply, opened.refusal)
        const { scope, seal } = opened.value
        const plan = await readSealedPlan(context, seal.id)
        const reviews = await readReviews(context.db, scope.grappeId, plan.definitions)
        const before = reviews.filter(({ sealNumber }) => sealNumber <= seal.number)
        return {
          grappe: plan.grappeName,
          call: plan.callTitle,
          version: seal.number,
          verdict: verdictOf(plan.verdict),
          board: boardOf(plan, seal.number),
          reviews,
          answers: answersOf(before, plan),
          opinions: await readOpinions(context.db, scope.grappeId),
        }
      },
    )

    app.get(
      API_PATHS.arsPiece,
      {
        schema: {
          tags: ['ARS'],
          summary: 'Lire une pièce telle qu’une version scellée la contient, et ce qui en a été dit',
          params: pieceParams,
          querystring: ofVersion,
          response: { 200: pieceAnswer.extend({ reviews: z.array(reviewAnswer) }), ...refusals },
        },
      },
      async (request, reply) => {
        const opened = await openSeal(request, request.query.version)
        if (!opened.ok) return sendRefusal(reply, opened.refusal)
        const { scope, seal } = opened.value
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

    app.get(
      API_PATHS.arsFile,
      {
        schema: {
          tags: ['ARS'],
          summary: 'Télécharger un fichier d’une version scellée',
          params: fileParams,
          response: { 200: z.any().describe('Les octets du fichier'), ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.of(request)
        const seal = await findSealOfFile(context, scope.grappeId, request.params.file)
        if (seal === null) return sendRefusal(reply, { code: 'not-found' })
        const file = await readFile(context, scope.grappeId, request.params.file)
        if (!file.ok) return sendRefusal(reply, file.refusal)
        await noteDownload(context, request, scope, seal, `« ${file.value.name} »`)
        return await sendFile(context, reply, file.value, 'attachment')
      },
    )

    app.post(
      API_PATHS.arsConforming,
      {
        schema: {
          tags: ['ARS'],
          summary: 'Déclarer conforme la pièce que contient une version scellée',
          params: sealParams.extend(pieceParams.shape),
          response: {
            200: z.object({
              newerVersion: z.number().int().nullable().describe('Dépôt fait depuis, à examiner lui aussi'),
            }),
            ...refusals,
          },
        },
      },
      async (request, reply) => {
        const opened = await openSeal(request, request.params.number)
        if (!opened.ok) return sendRefusal(reply, opened.refusal)
        const { scope, seal } = opened.value
        const said = await declareConforming(context, scope, seal, request.params.piece)
        return said.ok ? said.value : sendRefusal(reply, said.refusal)
      },
    )

    app.post(
      API_PATHS.arsComplements,
      {
        schema: {
          tags: ['ARS'],
          summary: 'Demander des compléments, tous ensemble',
          description:
            'Chaque pièce, et elle seule, se rouvre jusqu’au jour donné. Chaque personne concernée reçoit un seul message, le porteur un message avec le tout. Redire la même demande ne change rien.',
          params: sealParams,
          body: complementsContract,
          response: {
            200: z.object({
              sent: z.number().int(),
              alreadyReplaced: z
                .array(
                  z.object({ pieceName: z.string(), ownerName: z.string(), versionNumber: z.number().int() }),
                )
                .describe('Pièces déposées de nouveau depuis la version lue'),
              unreachable: z.array(z.string()).describe('Membres sans adresse e-mail'),
            }),
            ...actRefusals,
          },
        },
      },
      async (request, reply) => {
        const opened = await openSeal(request, request.params.number)
        if (!opened.ok) return sendRefusal(reply, opened.refusal)
        const { scope, seal } = opened.value
        const asked = await askComplements(context, scope, seal, request.body)
        if (!asked.ok) return sendRefusal(reply, asked.refusal)
        const { sent, alreadyReplaced, unreachable } = asked.value
        return { sent, alreadyReplaced: [...alreadyReplaced], unreachable: [...unreachable] }
      },
    )

    app.post(
      API_PATHS.arsOpinion,
      {
        schema: {
          tags: ['ARS'],
          summary: 'Donner un avis sur une version scellée',
          description:
            'Refusé (403) quand le dossier a été remis à une adresse e-mail : l’avis se donne alors à l’écran, confirmé par un code envoyé à cette adresse. Tant que cette confirmation vaut, quinze minutes, il peut aussi être donné ici.',
          params: sealParams,
          body: opinionContract,
          response: { 200: z.array(opinionAnswer).describe('Tous les avis'), ...actRefusals },
        },
      },
      async (request, reply) => {
        const opened = await openSeal(request, request.params.number)
        if (!opened.ok) return sendRefusal(reply, opened.refusal)
        const { scope, seal } = opened.value
        const given = await giveOpinion(context, scope, seal, request.body)
        return given.ok ? await readOpinions(context.db, scope.grappeId) : sendRefusal(reply, given.refusal)
      },
    )
  }
}
