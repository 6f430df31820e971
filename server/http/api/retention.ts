/** API of how long a grappe is kept. Deleting it asks for a code, which is typed on its page. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { retentionBody } from '../../../schema/contracts/retention.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import type { RetentionState } from '../../domain/retention.ts'
import { holdErasure, saveMonths } from '../../steps/erasure/keep-retention.ts'
import type { Context } from '../../steps/ports.ts'
import { readRetention } from '../../steps/read/read-retention.ts'
import { forGrappe, grappeParams } from './bearer.ts'
import { refusals } from './problems.ts'

export function retentionApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.retention, getRetention(context))
    app.put(API_PATHS.retention, putRetention(context))
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
