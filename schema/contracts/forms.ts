/**
 * Answers given on screen, as a program sends them, as rows keep them and as a version freezes them. Messages
 * are shown as they are.
 */

import { z } from 'zod'
import type { Answer, AnsweredLine } from '../../server/domain/forms/answer.ts'
import { MODEL_CODES, type ModelCode } from '../../server/domain/kit/models.ts'
import type { PrintedFacts } from '../../server/domain/kit/print.ts'
import { printedFactsContract } from './hand-outs.ts'

export const fieldKindContract = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), long: z.literal(true).optional(), most: z.int().optional() }),
  z.object({
    type: z.literal('choice'),
    options: z.array(z.string()),
    several: z.literal(true).optional().describe('Plusieurs réponses à la fois'),
  }),
  z.object({ type: z.literal('number'), unit: z.string().nullable() }),
  z.object({ type: z.literal('hours'), unit: z.string() }),
  z.object({ type: z.literal('euros') }),
])

export const answerContract = z.discriminatedUnion('type', [
  z.object({ type: z.literal('unknown') }).describe('« ne sait pas »'),
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('choice'), chosen: z.array(z.string()) }),
  z.object({
    type: z.literal('figure'),
    value: z.int().min(0).describe('En unités, en centimes ou en centièmes d’heure'),
  }),
])

const askedContract = z.object({ part: z.string().nullable(), question: z.string(), kind: fieldKindContract })

/** A question as it was when it was answered. */
export type Asked = Pick<AnsweredLine, 'part' | 'question' | 'kind'>

/** @param value the column, as stored. @throws when it is not what was written. */
export const storedAsked = (value: unknown): Asked => askedContract.parse(value) as Asked
export const storedAnswer = (value: unknown): Answer | null => answerContract.nullable().parse(value)

/** One line as it is read, by the API and from what a version froze. */
export const answeredLineContract = askedContract.extend({
  field: z.string(),
  answer: answerContract.nullable().describe('null : sans réponse'),
  by: z.string().nullable(),
  at: z.iso.datetime().nullable(),
})

const depositedContract = z.object({
  form: z.enum(MODEL_CODES),
  lines: z.array(answeredLineContract),
  told: printedFactsContract.optional(),
})

/** What a version keeps of the answers of which its document was drawn. */
export interface FrozenAnswers {
  form: ModelCode
  lines: readonly AnsweredLine[]
  /** What the document told besides; undefined for one that was deposited before this was kept. */
  told?: PrintedFacts
}

export const storedFrozen = (value: unknown): FrozenAnswers => depositedContract.parse(value) as FrozenAnswers

const MOST_AT_ONCE = 500
/** Far beyond any answer: what is too long is told so beside its question. */
const MOST_TYPED = 100_000

const typed = z.string().max(MOST_TYPED)

export const givenAnswersContract = z.object({
  answers: z
    .array(
      z.object({
        field: z.string().max(100),
        seen: z.int().min(0).max(1_000_000_000).describe('La révision lue : 0 sans réponse encore'),
        value: z
          .union([typed, z.array(typed).max(20)])
          .nullable()
          .describe('Comme on l’écrit dans la page ; plusieurs pour des cases ; null : reprise'),
      }),
    )
    .max(MOST_AT_ONCE, `Envoyez ${MOST_AT_ONCE} réponses au plus à la fois.`),
})

export const depositAnswersContract = z.object({
  seen: z.int().min(0).describe('La révision des réponses lues : celle de la lecture'),
  keep: z
    .array(z.uuid())
    .max(100)
    .optional()
    .describe('Documents du dépôt précédent qui restent avec celui-ci'),
})
