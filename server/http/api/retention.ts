/** API of how long a grappe is kept, what holds its erasure back, and its deletion. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { problemAnswer } from '../../../schema/contracts/api.ts'
import { retentionBody } from '../../../schema/contracts/retention.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { DELETION_DELAY_DAYS, type RetentionState } from '../../domain/retention.ts'
import { askDeletion, cancelDeletion } from '../../steps/erasure/ask-deletion.ts'
import { holdErasure, saveMonths } from '../../steps/erasure/keep-retention.ts'
import type { Context } from '../../steps/ports.ts'
import { readRetention } from '../../steps/read/read-retention.ts'
import { forGrappe, grappeParams, proofHeaders } from './bearer.ts'
import { asking, confirming } from './codes.ts'
import { askProof, giveProof, requireProof } from './porteur-proof.ts'
import { refusals, sendRefusal } from './problems.ts'

export function retentionApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.retention, getRetention(context))
    app.put(API_PATHS.retention, putRetention(context))
    app.post(API_PATHS.deleteGrappe, postDeletion(context))
    app.delete(API_PATHS.deleteGrappe, deleteDeletion(context))
    app.post(API_PATHS.deleteGrappeCode, postCode(context))
    app.post(API_PATHS.deleteGrappeCodeConfirmation, postConfirmation(context))
  }
}

const answer = z.object({
  months: z.int().describe('Gardés après la dernière clôture'),
  source: z.enum(['porteur', 'call', 'product']).describe('Qui dit cette durée'),
  closesOn: z.string().nullable(),
  erasesOn: z
    .string()
    .nullable()
    .describe('Le jour annoncé ; null : la clôture n’est pas connue, rien n’est effacé'),
  hold: z.object({ motive: z.string(), by: z.string(), at: z.string() }).nullable(),
  deletion: z.object({ askedAt: z.string(), deletesAt: z.string() }).nullable(),
  warnings: z.array(
    z.object({
      rank: z.union([z.literal(1), z.literal(2)]),
      writtenOn: z.string(),
      erasesOn: z.string(),
      leftOn: z.string().nullable(),
    }),
  ),
})

const answerOf = ({ months, source, closesOn, announcedOn, hold, deletion, warnings }: RetentionState) => ({
  months,
  source: source.by,
  closesOn,
  erasesOn: announcedOn,
  hold,
  deletion,
  warnings: warnings.map(({ rank, writtenOn, erasesOn, leftOn }) => ({ rank, writtenOn, erasesOn, leftOn })),
})

const getRetention = forGrappe(
  {
    tags: ['Grappe'],
    summary: 'Lire la durée de conservation, ce qui la suspend et les avertissements',
    params: grappeParams,
    response: { 200: answer, ...refusals },
  },
  async ({ context, scope }) => answerOf(await readRetention(context, scope.grappeId, scope.call)),
)

const putRetention = forGrappe(
  {
    tags: ['Grappe'],
    summary: 'Changer la durée de conservation, suspendre l’effacement ou lever la suspension',
    params: grappeParams,
    body: retentionBody,
    response: { 200: answer, ...refusals },
  },
  async ({ context, scope, request }) => {
    const { months, holdMotive } = request.body
    if (months !== undefined) await saveMonths(context, scope, months)
    if (holdMotive !== undefined) await holdErasure(context, scope, holdMotive)
    return answerOf(await readRetention(context, scope.grappeId, scope.call))
  },
)

const postDeletion = forGrappe(
  {
    tags: ['Grappe'],
    summary: `Demander la suppression de la grappe, qui a lieu ${DELETION_DELAY_DAYS} jours plus tard`,
    headers: proofHeaders,
    params: grappeParams,
    response: { 200: answer, ...refusals, 403: problemAnswer },
  },
  async ({ context, scope, request, reply }) => {
    const proved = await requireProof(context, scope.porteur, 'suppression', request)
    const asked = proved.ok ? await askDeletion(context, scope) : proved
    if (!asked.ok) return sendRefusal(reply, asked.refusal)
    return answerOf(await readRetention(context, scope.grappeId, scope.call))
  },
)

const deleteDeletion = forGrappe(
  {
    tags: ['Grappe'],
    summary: 'Annuler la suppression demandée : rien n’est effacé',
    params: grappeParams,
    response: { 200: answer, ...refusals },
  },
  async ({ context, scope }) => {
    await cancelDeletion(context, scope)
    return answerOf(await readRetention(context, scope.grappeId, scope.call))
  },
)

const postCode = forGrappe(
  {
    tags: ['Grappe'],
    ...asking,
    summary: 'Demander un code avant de supprimer la grappe, envoyé à la personne du jeton',
    params: grappeParams,
  },
  async ({ context, scope, reply }) => {
    const asked = await askProof(context, scope.porteur, 'suppression')
    return asked.ok ? reply.code(201).send(asked.value) : sendRefusal(reply, asked.refusal)
  },
)

const postConfirmation = forGrappe(
  { tags: ['Grappe'], ...confirming, params: grappeParams },
  async ({ context, scope, request, reply }) => {
    const given = await giveProof(context, scope.porteur, 'suppression', request.body)
    return given.ok ? given.value : sendRefusal(reply, given.refusal)
  },
)
