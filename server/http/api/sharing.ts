/** API of the clé de répartition: the key, the parts that it makes, and a departure tried. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { sharingContract, sharingKeyContract } from '../../../schema/contracts/sharing.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { sharingFacts } from '../../domain/sharing/facts.ts'
import { MEASURES, type SharingKey } from '../../domain/sharing/key.ts'
import { type Share, type Sharing, share, shareWithout } from '../../domain/sharing/share.ts'
import { gapWords, ruleSentences, shareNotes } from '../../domain/sharing/words.ts'
import { keepSharingKey } from '../../steps/eligibility/keep-sharing-key.ts'
import type { Context } from '../../steps/ports.ts'
import { type GrappeRecord, readGrappe } from '../../steps/read/read-grappe.ts'
import { forGrappe, grappeParams } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'

export function sharingApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.sharing, getSharing(context))
    app.put(API_PATHS.sharing, putSharing(context))
  }
}

const cents = z.int().describe('En centimes')
const part = z.object({
  id: z.string(),
  name: z.string(),
  esms: z.int(),
  measures: z.partialRecord(z.enum(MEASURES), z.number()),
  costs: cents,
  subsidy: cents.nullable(),
  own: cents.nullable().describe('La part des coûts, la subvention retirée'),
  called: cents.nullable().describe('Payé en cours d’année'),
  settled: cents.nullable().describe('La régularisation de fin d’année'),
})
const gap = z.object({ sentence: z.string(), place: z.string(), esms: z.string().nullable() })
const result = z.object({
  gaps: z.array(gap).describe('Ce qui manque : aucune part n’est calculée tant qu’il y en a'),
  parts: z.array(part),
  totals: z
    .object({
      costs: cents,
      outside: cents,
      shared: cents,
      uncovered: cents,
      subsidy: cents.nullable(),
      called: cents.nullable(),
    })
    .nullable(),
  notes: z.array(z.string()),
})
const answer = z.object({
  revision: z.int(),
  key: sharingKeyContract.nullable(),
  rule: z.array(z.string()).describe('La règle, écrite en toutes lettres'),
  result: result.nullable().describe('null sans clé'),
  without: result.nullable().describe('Les parts sans celui qui est demandé par « sans »'),
})

function resultOf(sharing: Sharing): z.infer<typeof result> {
  if (!sharing.ok) {
    const gaps = sharing.gaps.map(each => {
      const { sentence, place } = gapWords(each)
      return { sentence, place: place.kind, esms: place.kind === 'esms' ? place.id : null }
    })
    return { gaps, parts: [], totals: null, notes: [] }
  }
  const parts = sharing.shares.map((each: Share) => ({ ...each, measures: { ...each.measures } }))
  return { gaps: [], parts, totals: sharing.totals, notes: shareNotes(sharing) }
}

function answerOf(record: GrappeRecord, leaving: string): z.infer<typeof answer> {
  const { revision, key } = record.sharing
  const facts = sharingFacts(record, record.details, record.call)
  const without = key && shareWithout(key, facts, leaving)
  return {
    revision,
    key: key as z.infer<typeof sharingKeyContract> | null,
    rule: key === null ? [] : ruleSentences(key, facts),
    result: key && resultOf(share(key, facts)),
    without: without && resultOf(without.after),
  }
}

const getSharing = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Lire la clé de répartition des coûts communs, et la part de chacun',
    params: grappeParams,
    querystring: z.object({
      sans: z
        .string()
        .max(100)
        .default('')
        .describe('L’identifiant de qui paie, pour voir les parts sans lui'),
    }),
    response: { 200: answer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const record = await readGrappe(context.db, scope.grappeId)
    if (record === null) return sendRefusal(reply, { code: 'not-found' })
    return answerOf(record, request.query.sans)
  },
)

const putSharing = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Écrire, corriger ou retirer la clé de répartition',
    params: grappeParams,
    body: sharingContract,
    response: { 200: answer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { seen, key } = request.body
    const kept = await keepSharingKey(context, scope, { seen, key: key as SharingKey | null })
    if (!kept.ok) return sendRefusal(reply, kept.refusal)
    const record = await readGrappe(context.db, scope.grappeId)
    return record === null ? sendRefusal(reply, { code: 'not-found' }) : answerOf(record, '')
  },
)
