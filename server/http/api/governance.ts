/** API of the governance: its parts, the four steps of the grappe, the acts that fill a list. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  governanceAnswer,
  governanceContract,
  knownRisksContract,
  meetingsProposalContract,
} from '../../../schema/contracts/governance.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import type { GovernanceChange } from '../../domain/governance/governance.ts'
import { identityOf } from '../../domain/governance/identity.ts'
import { addKnownRisks, keepGovernance, proposeMeetings } from '../../steps/eligibility/keep-governance.ts'
import type { Context } from '../../steps/ports.ts'
import { readSnapshot } from '../../steps/read/read-snapshot.ts'
import { readTimeline } from '../../steps/read/read-timeline.ts'
import { forGrappe, grappeParams } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'

export function governanceApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.governance, getGovernance(context))
    app.put(API_PATHS.governance, putGovernance(context))
    app.post(API_PATHS.governanceMeetings, postMeetings(context))
    app.post(API_PATHS.governanceRisks, postRisks(context))
  }
}

const timeline = z.array(
  z.object({
    title: z.string(),
    done: z.boolean(),
    items: z.array(
      z.object({
        label: z.string(),
        done: z.boolean().nullable().describe('null : pas demandé à cette grappe'),
        detail: z.string(),
        place: z.string(),
      }),
    ),
  }),
)
const answer = z.object({
  known: z
    .object({
      name: z.string(),
      domains: z.array(z.string()),
      departements: z.array(z.string()),
      esms: z.int(),
      ogs: z.int(),
    })
    .describe('Ce que la grappe dit d’elle-même dans la carte d’identité'),
  parts: governanceAnswer,
  timeline: timeline.describe('Les quatre étapes, et ce qui en est fait'),
})
const addedAnswer = z.object({ added: z.int() })

const getGovernance = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Lire la gouvernance de la grappe, et sa frise',
    params: grappeParams,
    response: { 200: answer, ...refusals },
  },
  async ({ context, scope, reply }) => {
    const snapshot = await readSnapshot(context, scope.grappeId)
    if (snapshot === null) return sendRefusal(reply, { code: 'not-found' })
    const { record } = snapshot
    const { domains, departements, esms, ogs } = identityOf(record)
    const steps = await readTimeline(context, snapshot)
    return {
      known: { name: record.name, domains: [...domains], departements: [...departements], esms, ogs },
      parts: record.governance as z.infer<typeof governanceAnswer>,
      timeline: steps.map(({ title, isDone, items }) => ({
        title,
        done: isDone,
        items: items.map(item => ({
          label: item.label,
          done: item.isDone,
          detail: item.detail,
          place: item.place.kind,
        })),
      })),
    }
  },
)

const putGovernance = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Écrire une partie de la gouvernance : carte d’identité, forme, rôles, COPIL, risques…',
    params: grappeParams,
    body: governanceContract,
    response: { 200: governanceAnswer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const change = request.body as GovernanceChange & { seen: number }
    const kept = await keepGovernance(context, scope, change)
    return kept.ok ? (kept.value as z.infer<typeof governanceAnswer>) : sendRefusal(reply, kept.refusal)
  },
)

const postMeetings = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Ajouter au calendrier du COPIL une réunion par mois, jusqu’à la clôture de l’appel',
    params: grappeParams,
    body: meetingsProposalContract,
    response: { 200: addedAnswer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const proposed = await proposeMeetings(context, scope, request.body)
    return proposed.ok ? proposed.value : sendRefusal(reply, proposed.refusal)
  },
)

const postRisks = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Ajouter au registre les risques que citent les documents du programme',
    params: grappeParams,
    body: knownRisksContract,
    response: { 200: addedAnswer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const seeded = await addKnownRisks(context, scope, request.body)
    return seeded.ok ? seeded.value : sendRefusal(reply, seeded.refusal)
  },
)
