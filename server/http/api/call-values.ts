/** API of the porteur: what the call does not say, and the days of its grappe's copy. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { callValueAnswer, day } from '../../../schema/contracts/api.ts'
import { movedDeadlineContract } from '../../../schema/contracts/deadlines.ts'
import { reportedValueContract } from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { reportableValues } from '../../domain/reported.ts'
import { moveDeadline } from '../../steps/collection/move-deadline.ts'
import { reportValue, takeValueBack } from '../../steps/eligibility/report-value.ts'
import type { Context } from '../../steps/ports.ts'
import { originAnswerOf } from './answers.ts'
import { forGrappe, grappeParams } from './bearer.ts'
import { previewAnswer, previewAnswerOf } from './call-preview.ts'
import { refusals, sendRefusal } from './problems.ts'

const valueParams = grappeParams.extend({
  value: z.string().max(200).describe('Le chemin de la valeur, comme « rules.domaines.domaines »'),
})
const told = z.object({ name: z.string(), words: z.string() })

export function callValuesApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.callValues, getValues(context))
    app.put(API_PATHS.callValue, putValue(context))
    app.delete(API_PATHS.callValue, deleteValue(context))
    app.put(API_PATHS.callDays, putDay(context))
  }
}

const getValues = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Lire ce que l’appel ne dit pas, et ce que le porteur en a reporté',
    params: grappeParams,
    response: { 200: z.object({ values: z.array(callValueAnswer) }), ...refusals },
  },
  async ({ scope }) => ({
    values: reportableValues(scope.call).map(({ origin, before, ...value }) => ({
      ...value,
      origin: originAnswerOf(origin),
      reported: before !== undefined,
      before: before ?? null,
    })),
  }),
)

const putValue = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Reporter une valeur que l’appel ne dit pas, ou dire ce que cela ferait quand « seen » est null',
    params: valueParams,
    body: reportedValueContract,
    response: { 200: z.union([previewAnswer, told]), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { value, basis, seen } = request.body
    const body = { path: request.params.value, value, basis, seen }
    const reported = await reportValue(context, scope, body)
    if (!reported.ok) return sendRefusal(reply, reported.refusal)
    if (reported.value.kind !== 'reported') return previewAnswerOf(reported.value)
    const { name, words } = reported.value
    return { name, words }
  },
)

const deleteValue = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Retirer une valeur reportée : celle de l’appel revient',
    params: valueParams,
    response: { 200: told, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const taken = await takeValueBack(context, scope, request.params.value)
    return taken.ok ? taken.value : sendRefusal(reply, taken.refusal)
  },
)

const putDay = forGrappe(
  {
    tags: ['Collecte'],
    summary:
      'Changer une date pour tous : la clôture (piece vide), l’ouverture (« @ouverture ») ou le dernier ' +
      'jour d’une pièce (son code)',
    params: grappeParams,
    body: movedDeadlineContract,
    response: {
      200: z.union([
        previewAnswer,
        z.object({ what: z.string(), before: day.nullable(), after: day.nullable() }),
      ]),
      ...refusals,
    },
  },
  async ({ context, scope, request, reply }) => {
    const moved = await moveDeadline(context, scope, request.body)
    if (!moved.ok) return sendRefusal(reply, moved.refusal)
    if (moved.value.kind !== 'moved') return previewAnswerOf(moved.value)
    const { what, before, after } = moved.value
    return { what, before, after }
  },
)
