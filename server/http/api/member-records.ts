/** API of what members answer and correct by their own links, and of what the porteur makes of it. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { correctionAnswer, ownOgRecordAnswer, ownRecordAnswer } from '../../../schema/contracts/api.ts'
import {
  correctionModeContract,
  memberFactsContract,
  ogFactsContract,
  ownAnswersContract,
  proposalDecisionContract,
} from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { CORRECTION_MODES } from '../../domain/member-facts.ts'
import { answerQuestions } from '../../steps/eligibility/answer-questions.ts'
import { correctFacts, correctionMode, setCorrectionMode } from '../../steps/eligibility/correct-facts.ts'
import { correctOg } from '../../steps/eligibility/correct-og.ts'
import { decideProposal, listProposals, type Proposal } from '../../steps/eligibility/decide-correction.ts'
import { type OwnRecord, readOwnOgRecord, readOwnRecord } from '../../steps/eligibility/read-own-record.ts'
import type { Context } from '../../steps/ports.ts'
import { forGrappe, forMember, grappeParams, proofHeaders, proofOf } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'

export function memberRecordsApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.memberRecords, getRecords(context))
    app.put(API_PATHS.memberRecord, putRecord(context))
    app.put(API_PATHS.memberAnswers, putAnswers(context))
    app.get(API_PATHS.memberOgRecords, getOgRecords(context))
    app.put(API_PATHS.memberOgRecord, putOgRecord(context))
    app.get(API_PATHS.corrections, getCorrections(context))
    app.post(API_PATHS.decideCorrection, postDecision(context))
    app.put(API_PATHS.correctionMode, putMode(context))
  }
}

const esmsParams = z.object({ esms: z.uuid() })

const proposalOf = ({ changes, stale, ...proposal }: Proposal) => ({
  ...proposal,
  changes: changes.map(change => ({ ...change })),
  stale: [...stale],
})

const recordOf = ({ esms, facts, questions, answers, solutions, mode, waiting }: OwnRecord) => ({
  esms,
  facts: { ...facts },
  questions: questions.map(({ kind, words }) => ({ kind, words })),
  answers: answers.map(each => ({ ...each })),
  solutions: [...solutions],
  mode,
  waiting: waiting === null ? null : proposalOf(waiting),
})

const getRecords = forMember(
  {
    tags: ['Membre'],
    summary: 'Lire ses fiches : ce qui est demandé, ce qui est répondu, ce qui attend le porteur',
    response: { 200: z.array(ownRecordAnswer), ...refusals },
  },
  async ({ context, scope }) => {
    const records = []
    for (const { id } of scope.esms) {
      const own = await readOwnRecord(context, scope, id)
      if (own !== null) records.push(recordOf(own))
    }
    return records
  },
)

const correctedAnswer = z.object({ mode: z.enum(CORRECTION_MODES), changes: z.array(z.string()) })

const putRecord = forMember(
  {
    tags: ['Membre'],
    summary: 'Corriger une de ses fiches : aussitôt, ou en proposition si le porteur l’a choisi',
    params: esmsParams,
    body: memberFactsContract,
    response: { 200: correctedAnswer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const correction = { body: request.body, seen: null }
    const corrected = await correctFacts(context, scope, request.params.esms, correction)
    if (!corrected.ok) return sendRefusal(reply, corrected.refusal)
    return { mode: corrected.value.mode, changes: [...corrected.value.changes] }
  },
)

const putAnswers = forMember(
  {
    tags: ['Membre'],
    summary: 'Répondre aux déclarations de l’appel pour un de ses ESMS',
    description:
      'Quand le lien a été remis à une adresse e-mail, la réponse demande une preuve : un code envoyé à ' +
      'cette adresse, puis confirmé. Elle vaut quinze minutes.',
    headers: proofHeaders,
    params: esmsParams,
    body: ownAnswersContract,
    response: { 200: z.object({ changed: z.number().int() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const answered = await answerQuestions(
      context,
      scope,
      request.params.esms,
      request.body,
      proofOf(request),
    )
    return answered.ok ? answered.value : sendRefusal(reply, answered.refusal)
  },
)

const getOgRecords = forMember(
  {
    tags: ['Membre'],
    summary: 'Lire la fiche des organismes gestionnaires dont le lien répond',
    response: { 200: z.array(ownOgRecordAnswer), ...refusals },
  },
  async ({ context, scope }) => {
    const records = []
    for (const { id } of scope.ogs) {
      const own = await readOwnOgRecord(context, scope, id)
      if (own === null) continue
      const { og, facts, mode, waiting } = own
      records.push({ og, facts, mode, waiting: waiting === null ? null : proposalOf(waiting) })
    }
    return records
  },
)

const putOgRecord = forMember(
  {
    tags: ['Membre'],
    summary:
      'Corriger la fiche d’un organisme gestionnaire dont le lien répond : aussitôt, ou en proposition si ' +
      'le porteur l’a choisi',
    params: z.object({ og: z.uuid() }),
    body: ogFactsContract,
    response: { 200: correctedAnswer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const correction = { body: request.body, seen: null }
    const corrected = await correctOg(context, scope, request.params.og, correction)
    if (!corrected.ok) return sendRefusal(reply, corrected.refusal)
    return { mode: corrected.value.mode, changes: [...corrected.value.changes] }
  },
)

const getCorrections = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Lire les corrections proposées par les membres',
    params: grappeParams,
    response: {
      200: z.object({ mode: z.enum(CORRECTION_MODES), proposals: z.array(correctionAnswer) }),
      ...refusals,
    },
  },
  async ({ context, scope }) => ({
    mode: await correctionMode(context, scope.grappeId),
    proposals: (await listProposals(context, scope.grappeId)).map(proposalOf),
  }),
)

const postDecision = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Accepter une correction, ou la décliner avec un motif',
    params: grappeParams.extend({ proposal: z.uuid() }),
    body: proposalDecisionContract,
    response: { 200: z.object({ memberName: z.string() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const decided = await decideProposal(context, scope, request.params.proposal, request.body)
    return decided.ok ? decided.value : sendRefusal(reply, decided.refusal)
  },
)

const putMode = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Choisir ce que devient une correction : appliquée aussitôt, ou proposée',
    params: grappeParams,
    body: correctionModeContract,
    response: { 204: z.null(), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    await setCorrectionMode(context, scope, request.body.mode)
    return reply.code(204).send(null)
  },
)
