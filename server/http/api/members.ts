/** API of the porteur: the OG and the ESMS of a grappe, and its solution. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  esmsContract,
  membersEditContract,
  ogContract,
  solutionContract,
  withdrawalContract,
} from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { chooseSolution } from '../../steps/eligibility/choose-solution.ts'
import { editMembers } from '../../steps/eligibility/edit-members.ts'
import { saveEsms } from '../../steps/eligibility/save-esms.ts'
import { removeOg, saveOg } from '../../steps/eligibility/save-og.ts'
import { reinstateEsms, withdrawEsms } from '../../steps/eligibility/withdraw-esms.ts'
import type { Context } from '../../steps/ports.ts'
import { forGrappe, grappeParams } from './bearer.ts'
import { effectAnswer, effectAnswerOf } from './call-preview.ts'
import { refusals, sendRefusal } from './problems.ts'

const ogParams = grappeParams.extend({ og: z.uuid() })
const esmsParams = grappeParams.extend({ esms: z.uuid() })

const membersEditAnswer = z.object({
  kind: z.enum(['preview', 'changed', 'edited']),
  changes: z.array(z.object({ words: z.string(), members: z.array(z.string()).describe('Leurs noms') })),
  changed: z.int().describe('Combien d’ESMS changent'),
  same: z.array(z.string()).describe('Ceux qui ont déjà ces valeurs'),
  gone: z.int().describe('Ceux qui ne sont plus dans la grappe'),
  byRegistry: z.array(z.string()).describe('Ceux dont le registre FINESS donne la catégorie jugée'),
  effect: effectAnswer,
  seen: z.string(),
})

export function membersApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.post(API_PATHS.ogs, postOg(context))
    app.put(API_PATHS.og, putOg(context))
    app.delete(API_PATHS.og, deleteOg(context))
    app.post(API_PATHS.allEsms, postEsms(context))
    app.put(API_PATHS.esms, putEsms(context))
    app.post(API_PATHS.editMembers, postMembersEdit(context))
    app.post(API_PATHS.withdrawEsms, postWithdrawal(context))
    app.delete(API_PATHS.withdrawEsms, deleteWithdrawal(context))
    app.put(API_PATHS.solution, putSolution(context))
  }
}

const postOg = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Ajouter un organisme gestionnaire',
    params: grappeParams,
    body: ogContract,
    response: { 201: z.object({ id: z.uuid() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const saved = await saveOg(context, scope, null, request.body)
    return saved.ok ? reply.code(201).send({ id: saved.value.ogId }) : sendRefusal(reply, saved.refusal)
  },
)

const putOg = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Corriger un organisme gestionnaire',
    params: ogParams,
    body: ogContract,
    response: { 204: z.null(), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { og } = request.params
    const saved = await saveOg(context, scope, og, request.body)
    return saved.ok ? reply.code(204).send(null) : sendRefusal(reply, saved.refusal)
  },
)

const deleteOg = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Retirer un organisme gestionnaire sans ESMS',
    params: ogParams,
    response: { 204: z.null(), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { og } = request.params
    const removed = await removeOg(context, scope, og)
    return removed.ok ? reply.code(204).send(null) : sendRefusal(reply, removed.refusal)
  },
)

const postEsms = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Ajouter un ESMS',
    params: grappeParams,
    body: esmsContract,
    response: { 201: z.object({ id: z.uuid() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const saved = await saveEsms(context, scope, null, request.body)
    return saved.ok ? reply.code(201).send({ id: saved.value.esmsId }) : sendRefusal(reply, saved.refusal)
  },
)

const putEsms = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Corriger un ESMS',
    params: esmsParams,
    body: esmsContract,
    response: { 204: z.null(), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { esms } = request.params
    const saved = await saveEsms(context, scope, esms, request.body)
    return saved.ok ? reply.code(204).send(null) : sendRefusal(reply, saved.refusal)
  },
)

const postMembersEdit = forGrappe(
  {
    tags: ['Membres'],
    summary:
      'Donner le même domaine, la même catégorie, le même volet ou la même solution à plusieurs ESMS : dit ' +
      'd’abord ce que cela fait, puis le fait quand « seen » est renvoyé. Une valeur « null » est vidée.',
    params: grappeParams,
    body: membersEditContract,
    response: { 200: membersEditAnswer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { esms, values, seen } = request.body
    const edited = await editMembers(context, scope, { esmsIds: esms, values, seen })
    if (!edited.ok) return sendRefusal(reply, edited.refusal)
    const { kind, preview } = edited.value
    const { changes, same, byRegistry, effect, ...counted } = preview
    return {
      kind,
      ...counted,
      changes: changes.map(each => ({ words: each.words, members: [...each.members] })),
      same: [...same],
      byRegistry: [...byRegistry],
      effect: effectAnswerOf(effect),
    }
  },
)

const postWithdrawal = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Retirer un ESMS de la grappe, avec un motif',
    params: esmsParams,
    body: withdrawalContract,
    response: { 200: z.object({ removed: z.boolean() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { esms } = request.params
    const { motive } = request.body
    const withdrawn = await withdrawEsms(context, scope, esms, motive)
    return withdrawn.ok ? withdrawn.value : sendRefusal(reply, withdrawn.refusal)
  },
)

const deleteWithdrawal = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Réintégrer un ESMS retiré',
    params: esmsParams,
    response: { 204: z.null(), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { esms } = request.params
    const back = await reinstateEsms(context, scope, esms)
    return back.ok ? reply.code(204).send(null) : sendRefusal(reply, back.refusal)
  },
)

const putSolution = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Choisir la solution DUI de la grappe',
    params: grappeParams,
    body: solutionContract,
    response: { 200: z.object({ id: z.uuid() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const chosen = await chooseSolution(context, scope, request.body)
    return chosen.ok ? { id: chosen.value.solutionId } : sendRefusal(reply, chosen.refusal)
  },
)
