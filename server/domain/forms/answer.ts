/** One answer, and the question that it answers. */

/** What is answered: figures are whole, in the smallest unit (one, a cent, a hundredth of an hour). */
export type FieldKind =
  /** `most`: letters at most, where they are not those of every text. */
  | { type: 'text'; long?: true; most?: number }
  | { type: 'choice'; options: string[]; several?: true }
  | { type: 'number'; unit: string | null }
  | { type: 'hours'; unit: string }
  | { type: 'euros' }

export type Answer =
  /** « ne sait pas »: said, which is not the same as nothing. */
  | { type: 'unknown' }
  | { type: 'text'; text: string }
  | { type: 'choice'; chosen: string[] }
  /** Whole, in the smallest unit of its field. */
  | { type: 'figure'; value: number }

/** An answer with who gave it; null once it was taken back. */
export interface GivenAnswer {
  answer: Answer | null
  /** Grows with each change, so that two people never overwrite each other in silence. */
  revision: number
  /** As shown. */
  by: string
  at: string
}

/** By id of field. */
export type GivenAnswers = ReadonlyMap<string, GivenAnswer>

export const sameAnswer = (one: Answer | null, other: Answer | null): boolean =>
  JSON.stringify(plainOf(one)) === JSON.stringify(plainOf(other))

/** Its parts in one order, whatever the one in which they were stored. */
const plainOf = (answer: Answer | null) =>
  answer === null
    ? null
    : answer.type === 'text'
      ? [answer.type, answer.text]
      : answer.type === 'choice'
        ? [answer.type, ...answer.chosen]
        : answer.type === 'figure'
          ? [answer.type, answer.value]
          : [answer.type]

/** One answer out of its page: what a version keeps, and what the workbook tells. */
export interface AnsweredLine {
  field: string
  /** Null where the form has one part only, or for a question that it no longer asks. */
  part: string | null
  /** The question and, where it has several answers, which. */
  question: string
  kind: FieldKind
  answer: Answer | null
  by: string | null
  at: string | null
}
