/** API of one person's data: erased from a grappe by its porteur, copied for the person itself. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { problemAnswer } from '../../../schema/contracts/api.ts'
import { emailContract } from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { requireConfirmation } from '../../steps/access/confirm-by-code.ts'
import { porteurActor } from '../../steps/access/porteur-scope.ts'
import { answersHolder } from '../../steps/eligibility/answer-questions.ts'
import { erasePerson, previewPerson } from '../../steps/erasure/erase-person.ts'
import { exportPerson } from '../../steps/erasure/export-person.ts'
import type { Context } from '../../steps/ports.ts'
import { forGrappe, forMember, grappeParams, proofHeaders, proofOf } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'

export function personalDataApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.personData, getPerson(context))
    app.delete(API_PATHS.personData, deletePerson(context))
    app.post(API_PATHS.memberData, postOwnCopy(context))
  }
}

const asked = {
  params: grappeParams,
  querystring: z.object({ email: emailContract.describe('Adresse e-mail de la personne') }),
}

const personAnswer = z.object({
  email: z.string(),
  names: z.array(z.string()).readonly().describe('Comment elle est aussi écrite dans cette grappe'),
  goes: z.array(z.object({ what: z.string(), count: z.int() })).readonly(),
  stays: z.array(z.object({ what: z.string(), count: z.int(), why: z.string() })).readonly(),
})

const getPerson = forGrappe(
  {
    tags: ['Grappe'],
    summary: 'Lire ce qui serait effacé d’une personne, ce qui reste et pourquoi',
    ...asked,
    response: { 200: personAnswer, ...refusals },
  },
  async ({ context, scope, request }) => await previewPerson(context.db, scope.grappeId, request.query.email),
)

const deletePerson = forGrappe(
  {
    tags: ['Grappe'],
    summary: 'Effacer une personne de la grappe : rend ce qui l’a été, ce qui reste et pourquoi',
    ...asked,
    response: { 200: personAnswer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { email } = request.query
    const erased = await erasePerson(context, scope.grappeId, email, porteurActor(scope))
    return erased.ok ? erased.value : sendRefusal(reply, erased.refusal)
  },
)

const rows = z.array(z.unknown()).readonly()
const copyAnswer = z.object({
  email: z.string(),
  takenAt: z.string(),
  grappes: rows.describe('Là où elle est nommée'),
  account: z.object({ colleagues: rows, sessions: rows, mails: rows, services: rows, digests: rows }),
})

const postOwnCopy = forMember(
  {
    tags: ['Membre'],
    summary: 'Prendre une copie de tout ce qui est gardé de soi',
    description: 'La preuve est celle que rend « depot/mes-donnees/code/confirmation ».',
    headers: proofHeaders,
    response: { 200: copyAnswer, ...refusals, 403: problemAnswer },
  },
  async ({ context, scope, request, reply }) => {
    const { email, grappeId } = scope
    const proof = proofOf(request)
    const holder = answersHolder(scope, proof)
    if (email === null || holder === null) return sendRefusal(reply, { code: 'link-without-email' })
    if (proof === null) return sendRefusal(reply, { code: 'code-needed' })
    const proved = await requireConfirmation(context, holder, 'donnees')
    if (!proved.ok) return sendRefusal(reply, proved.refusal)
    return reply.header('cache-control', 'no-store').send(await exportPerson(context, email, grappeId))
  },
)
