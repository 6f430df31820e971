/** What a change of the governance says in the journal: enough to know what was written, and what is gone. */

import { formatDay } from '../deadline.ts'
import { isSame } from '../same-value.ts'
import {
  FACTOR_CODES,
  type GovernanceChange,
  type GovernanceValues,
  IDENTITY_FIELDS,
  type Meeting,
} from './governance.ts'
import {
  FACTOR_WORDS,
  FORM_WORDS,
  IDENTITY_WORDS,
  LEVEL_WORDS,
  MEETING_WORDS,
  mannerWords,
  meetingWhen,
  RISK_STATE_WORDS,
  ROLE_WORDS,
} from './words.ts'

/** More of them are counted. */
const MOST_TOLD = 20
const MOST_LETTERS = 120

const short = (text: string): string => {
  const letters = [...text.replace(/[ \t\n]+/g, ' ')]
  return letters.length <= MOST_LETTERS ? letters.join('') : `${letters.slice(0, MOST_LETTERS - 1).join('')}…`
}

/** @param before what the same part said. */
export function changesOf(before: GovernanceValues, change: GovernanceChange): string[] {
  const all = told(before, change).map(short)
  const more = all.length - MOST_TOLD
  return more <= 0 ? all : [...all.slice(0, MOST_TOLD), `et ${more} autre${more > 1 ? 's' : ''}`]
}

function told(before: GovernanceValues, { part, value }: GovernanceChange): string[] {
  switch (part) {
    case 'identite':
      return IDENTITY_FIELDS.filter(field => before.identite[field] !== value[field]).map(
        field => `${IDENTITY_WORDS[field]} : ${value[field] ?? 'effacé'}`,
      )
    case 'forme': {
      const form = value.form === null ? 'pas encore choisie' : FORM_WORDS[value.form].label
      return [value.basis === null ? form : `${form}, d’après : ${value.basis}`]
    }
    case 'roles':
      return listed(before.roles, value, ({ kind, name }) => `${ROLE_WORDS[kind]}, ${name}`)
    case 'copil':
      return listed(before.copil, value, meetingWords)
    case 'risques':
      return listed(before.risques, value, ({ title, state }) => `${title} (${RISK_STATE_WORDS[state]})`)
    case 'facteurs':
      return FACTOR_CODES.filter(code => !isSame(before.facteurs[code], value[code])).map(code => {
        const level = value[code]?.level ?? null
        return `${FACTOR_WORDS[code]} : ${level === null ? 'non évalué' : LEVEL_WORDS[level]}`
      })
    case 'decisions':
      return listed(before.decisions, value, decision => {
        const how = mannerWords(decision)
        const { day, what, by } = decision
        return `${formatDay(day)}, ${what}, par ${by}${how === '' ? '' : `, ${how}`}`
      })
  }
}

const meetingWords = (meeting: Meeting): string =>
  `réunion du ${meetingWhen(meeting)} (${MEETING_WORDS[meeting.state]})`

function listed<Item extends { id: string }>(
  before: readonly Item[],
  after: readonly Item[],
  words: (item: Item) => string,
): string[] {
  const old = new Map(before.map(item => [item.id, item]))
  const left = new Set(after.map(({ id }) => id))
  return [
    ...after.flatMap(item => {
      const known = old.get(item.id)
      if (known === undefined) return [`ajout : ${words(item)}`]
      return isSame(known, item) ? [] : [`changement : ${words(item)}`]
    }),
    ...before.filter(({ id }) => !left.has(id)).map(item => `retrait : ${words(item)}`),
  ]
}
