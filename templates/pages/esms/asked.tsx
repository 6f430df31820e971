/** What is still asked of a member's record: questions without an answer, facts without a value. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { count } from '../format.ts'

/** One OG or ESMS that a link answers for. */
export interface MemberRecord {
  kind: 'og' | 'esms'
  id: string
  name: string
  /** Declarations without an answer, and facts without a value. */
  questions: number
  facts: number
}

export const askedWords = (questions: number, facts: number): string =>
  [
    questions === 0 ? '' : `${count(questions, 'question')} sans réponse`,
    facts === 0 ? '' : `${count(facts, 'information à compléter', 'informations à compléter')}`,
  ]
    .filter(Boolean)
    .join(', ')

export const recordUrl = (token: string, kind: 'og' | 'esms', id: string): string =>
  kind === 'og' ? urlTo('memberOgRecord', { token, og: id }) : urlTo('memberRecord', { token, esms: id })

/** The first record where something is asked, as a button; nothing when all is answered. */
export function NextAnswer({
  records,
  token,
  secondary = false,
}: {
  records: readonly MemberRecord[]
  token: string
  /** Beside the one thing to do. */
  secondary?: boolean
}): JSX.Element | null {
  const asked = records.find(({ questions, facts }) => questions + facts > 0)
  if (asked === undefined) return null
  const { kind, id, name, questions } = asked
  return (
    <p class="next">
      <a class={secondary ? 'button secondary' : 'button'} href={recordUrl(token, kind, id)}>
        {questions === 0
          ? `Compléter la fiche « ${name} »`
          : `Répondre à ${count(questions, 'question')} pour ${name}`}
      </a>
    </p>
  )
}
