/** A form on paper: what is drawn as a PDF, to be deposited or to be filled in by hand. */

import type { Instant } from '../call.ts'
import type { AnsweredLine, GivenAnswers } from './answer.ts'
import { writersOf } from './answers.ts'
import type { Form } from './form.ts'

export interface FormPaper {
  title: string
  grappeName: string
  callTitle: string
  /** Whether the call is an example. */
  fictional: boolean
  /** Whose answers they are: an ESMS, an OG, or the grappe itself. */
  ownerName: string
  finess: string | null
  form: Form
  answers: GivenAnswers
  /** Who answered and when, or what the paper is for: one sentence each. */
  told: readonly string[]
  /** To be filled in by hand: lines and boxes where nothing is answered, and the signature. */
  byHand: boolean
  /** The same paper always bears the same instant, so that it is the same bytes. */
  at: Instant
}

/** « Répondu à l’écran par A et B, du 1 juin 2026 au 3 juin 2026 à 10:12. » */
export function answeredWords(
  lines: readonly Pick<AnsweredLine, 'by' | 'at'>[],
  moment: (at: Instant) => string,
): string {
  const instants = lines.flatMap(({ at }) => at ?? []).toSorted()
  const [first, last] = [instants[0], instants.at(-1)].map(at => (at === undefined ? null : moment(at)))
  if (!first || !last) return 'Rien n’est répondu.'
  const when = first === last ? `le ${first}` : `du ${first} au ${last}`
  return `Répondu à l’écran par ${writersOf(lines).join(', ')}, ${when}.`
}
