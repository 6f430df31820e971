/** Answers: what is typed, what is kept of it, and how it reads. */
import {
  type Answer,
  type AnsweredLine,
  type FieldKind,
  type GivenAnswer,
  type GivenAnswers,
  sameAnswer,
} from './answer.ts'
import { type Field, type Form, type FormSum, fieldsOf, isDetails } from './form.ts'

export const UNKNOWN_WORDS = 'ne sait pas'
export const NO_ANSWER_WORDS = 'sans réponse'

export const MOST_SHORT = 200
export const MOST_LONG = 4000
/** Of a thing counted, and of hours. */
const MOST_FIGURE = 1_000_000
/** A hundred million euros. */
const MOST_EUROS = 100_000_000

const isFigure = ({ type }: FieldKind): boolean => type === 'number' || type === 'hours' || type === 'euros'

/** How many digits after the comma. */
const decimalsOf = ({ type }: FieldKind): 0 | 2 => (type === 'number' ? 0 : 2)

export type ReadAnswer = { ok: true; answer: Answer | null } | { ok: false; message: string }

const refused = (message: string): ReadAnswer => ({ ok: false, message })
const taken = (answer: Answer | null): ReadAnswer => ({ ok: true, answer })

/** @param typed what a form sends of a field: one text, or one for each box that is ticked. */
export function readAnswer(kind: FieldKind, typed: readonly string[]): ReadAnswer {
  const texts = typed.map(text => text.replace(/\r\n?/g, '\n').trim()).filter(text => text !== '')
  const [first = ''] = texts
  if (texts.length === 0) return taken(null)
  if (texts.some(text => text.toLowerCase() === UNKNOWN_WORDS)) {
    return texts.length === 1
      ? taken({ type: 'unknown' })
      : refused('Choisissez « ne sait pas », ou une réponse : pas les deux.')
  }
  if (kind.type === 'choice') return readChoice(kind, texts)
  if (isFigure(kind)) return readFigure(kind, first)
  const most =
    (kind.type === 'text' && kind.most) || (kind.type === 'text' && kind.long ? MOST_LONG : MOST_SHORT)
  const { length } = first
  return length > most
    ? refused(`Raccourcissez cette réponse : ${most} caractères au plus, elle en a ${length}.`)
    : taken({
        type: 'text',
        text: kind.type === 'text' && kind.long ? first : first.replace(/\s*\n\s*/g, ' '),
      })
}

function readChoice(
  { options, several }: Extract<FieldKind, { type: 'choice' }>,
  texts: readonly string[],
): ReadAnswer {
  if (texts.some(text => !options.includes(text))) return refused('Choisissez une réponse de la liste.')
  const chosen = options.filter(option => texts.includes(option))
  if (chosen.length > 1 && several !== true) return refused('Choisissez une seule réponse.')
  return taken({ type: 'choice', chosen })
}

function readFigure(kind: FieldKind, typed: string): ReadAnswer {
  const example = kind.type === 'euros' ? '1 234,56' : kind.type === 'hours' ? '12,5' : '12'
  const text = typed
    .replace(/[\s\u00a0\u202f]/g, '')
    .replace(/(€|euros?|h|heures?)$/i, '')
    .replaceAll('.', ',')
  if (/^[-\u2212]/.test(text)) return refused('Écrivez un nombre à partir de zéro.')
  if ((text.match(/,/g) ?? []).length > 1) {
    return refused(`Ce nombre a plusieurs virgules : écrivez-le comme ${example}.`)
  }
  const [, whole = '', fraction = ''] = /^(\d+)(?:,(\d+))?$/.exec(text) ?? []
  if (whole === '')
    return refused(`Ce n’est pas un nombre : écrivez-le comme ${example}, ou « ne sait pas ».`)
  const decimals = decimalsOf(kind)
  if (decimals === 0 && fraction !== '') return refused(`Écrivez un nombre entier, comme ${example}.`)
  if (fraction.length > decimals) return refused('Écrivez deux chiffres au plus après la virgule.')
  const most = kind.type === 'euros' ? MOST_EUROS : MOST_FIGURE
  if (whole.length > 12 || Number(whole) > most) return refused('Ce nombre est trop grand.')
  return taken({ type: 'figure', value: Number(whole + fraction.padEnd(decimals, '0')) })
}

/** What a form would have sent to give this answer. */
export function typedOf(kind: FieldKind, answer: Answer | null): string[] {
  if (answer === null) return []
  switch (answer.type) {
    case 'unknown':
      return [UNKNOWN_WORDS]
    case 'text':
      return [answer.text]
    case 'choice':
      return [...answer.chosen]
    case 'figure':
      return [figureWords(kind, answer.value)]
  }
}

/** A figure as it is counted: units, euros, hours. */
export const figureOf = (kind: FieldKind, value: number): number => value / 10 ** decimalsOf(kind)

/** « 1 234,56 »: cents are always shown, hours only when there are some. */
export function figureWords(kind: FieldKind, value: number): string {
  const decimals = decimalsOf(kind)
  return new Intl.NumberFormat('fr-FR', {
    minimumFractionDigits: kind.type === 'euros' ? decimals : 0,
    maximumFractionDigits: decimals,
  }).format(figureOf(kind, value))
}

/** « heures par an », « € »; null where there is none. */
export const unitOf = (kind: FieldKind): string | null =>
  kind.type === 'euros' ? '€' : kind.type === 'number' || kind.type === 'hours' ? kind.unit : null

/** As it reads, with its unit. */
export function answerWords(kind: FieldKind, answer: Answer | null): string {
  if (answer === null) return NO_ANSWER_WORDS
  if (answer.type === 'choice') return answer.chosen.join(', ')
  const unit = answer.type === 'figure' ? unitOf(kind) : null
  return `${typedOf(kind, answer).join('')}${unit === null ? '' : `\u00a0${unit}`}`
}

/** What the answers to the fields of a sum make; null as long as none of them is a figure. */
export function sumOf({ fields }: Pick<FormSum, 'fields'>, answers: GivenAnswers): number | null {
  const figures = fields.flatMap(({ id }) => {
    const answer = answers.get(id)?.answer
    return answer?.type === 'figure' ? [answer.value] : []
  })
  return figures.length === 0 ? null : figures.reduce((sum, value) => sum + value, 0)
}

/** Why a sum is not the whole: fields that are asked for and are not a figure; lines left empty are not. */
export const lacksOf = ({ fields }: Pick<FormSum, 'fields'>, answers: GivenAnswers): number =>
  fields.filter(({ id }) => answers.get(id)?.answer?.type === 'unknown').length

/** « Accès à internet : Précisions, pièce jointe » */
export const questionWords = ({ question, label }: Pick<Field, 'question' | 'label'>): string =>
  label === null ? question : `${question} : ${label}`

/** Every question of the form with its answer; what may stay empty only when something is written there. */
export function answeredLines(form: Pick<Form, 'parts'>, answers: GivenAnswers): AnsweredLine[] {
  const free = freeFields(form, answers)
  return fieldsOf(form).flatMap(field => {
    const given = answers.get(field.id)
    const answer = given?.answer ?? null
    if (answer === null && free.has(field.id)) return []
    const { part, kind } = field
    const who =
      given === undefined || answer === null ? { by: null, at: null } : { by: given.by, at: given.at }
    return [{ field: field.id, part, question: questionWords(field), kind, answer, ...who }]
  })
}

/**
 * Fields that nobody misses when they are empty: further details, and the lines of a table that grows. Of a
 * table in which nothing is written, the first field is missed.
 */
function freeFields({ parts }: Pick<Form, 'parts'>, answers: GivenAnswers): Set<string> {
  const isGiven = ({ id }: Field) => (answers.get(id)?.answer ?? null) !== null
  const free = parts.flatMap(part =>
    part.items.flatMap((item): readonly Field[] => {
      const fields = fieldsOf({ parts: [{ ...part, items: [item] }] })
      if (item.kind === 'table' && item.grows) return fields.some(isGiven) ? fields : fields.slice(1)
      return item.kind === 'table' ? [] : fields.filter(isDetails)
    }),
  )
  return new Set(free.map(({ id }) => id))
}

/** What the form asks for and nobody answered, « ne sait pas » being an answer. */
export function unanswered(form: Pick<Form, 'parts'>, answers: GivenAnswers): Field[] {
  const optional = freeFields(form, answers)
  return fieldsOf(form).filter(({ id }) => !optional.has(id) && (answers.get(id)?.answer ?? null) === null)
}

/** How far one is. */
export function progressOf(
  form: Pick<Form, 'parts'>,
  answers: GivenAnswers,
): { answered: number; asked: number } {
  const optional = freeFields(form, answers)
  const asked = fieldsOf(form).filter(({ id }) => !optional.has(id)).length
  return { asked, answered: asked - unanswered(form, answers).length }
}

/** How far the answers of a piece are. */
export interface OnScreen {
  answered: number
  asked: number
  /** Whether they can be written now. */
  isOpen: boolean
  /** Since the deposit of these answers; null as long as they are not deposited. */
  changed: number | null
}

/** Of all that was ever written; 0 as long as nothing was. */
export const revisionOf = (answers: GivenAnswers): number =>
  [...answers.values()].reduce((sum, { revision }) => sum + revision, 0)

/** The last that was written; null as long as nothing was. */
export function lastGiven(answers: GivenAnswers): GivenAnswer | null {
  return [...answers.values()].reduce<GivenAnswer | null>(
    (last, each) => (last === null || each.at > last.at ? each : last),
    null,
  )
}

/** Those who wrote what is answered, each once, in the order of their names. */
export const writersOf = (lines: readonly Pick<AnsweredLine, 'by'>[]): string[] =>
  [...new Set(lines.flatMap(({ by }) => by ?? []))].toSorted()

/** How many answers are not those of a deposit any more. */
export function changedSince(deposited: readonly AnsweredLine[], now: readonly AnsweredLine[]): number {
  const before = new Map(deposited.map(line => [line.field, line.answer]))
  const after = new Map(now.map(line => [line.field, line.answer]))
  const fields = new Set([...before.keys(), ...after.keys()])
  return [...fields].filter(id => !sameAnswer(before.get(id) ?? null, after.get(id) ?? null)).length
}
