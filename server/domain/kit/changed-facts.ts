/**
 * What a document told when it was handed out, against what is so now. It is known with what it was handed
 * out, never what became of it on paper: nobody has read what came back.
 */
import type { Instant } from '../call.ts'
import type { DocumentModel } from './models.ts'
import { PATH_MARK, type PrintedFacts } from './print.ts'
import { TAGS } from './tags.ts'
import type { KitOwner } from './values.ts'

export type KitChange =
  /** `of`: the line of a list, by its name; null outside any. `now` is null when it is not known any more. */
  | { kind: 'changed'; tag: string; of: string | null; before: string; now: string | null }
  /** A line that the document names and that is not there any more, or that it does not name. */
  | { kind: 'gone' | 'joined'; name: string }

/** A document that came back after it was handed out with facts that have changed since. */
export interface OutdatedReturn {
  pieceId: string
  pieceName: string
  versionId: string
  owner: KitOwner
  model: DocumentModel
  handedOutAt: Instant
  depositedAt: Instant
  /** Drawn from answers given on screen: it is known what it says. */
  onScreen: boolean
  changes: readonly KitChange[]
  /** Who said that these very changes are of no consequence, and when. */
  seen: { by: string; at: Instant } | null
}

/** One set of facts, from when it was first handed out until it was last. */
export interface HandOut {
  facts: PrintedFacts
  firstAt: Instant
}

/** What they say is of the day, or of the order of a list. */
const OF_THE_DAY: ReadonlySet<string> = new Set(['date.edition', 'og.rang', 'esms.rang', 'verdict.resultat'])
/** Registers that go on: a document holds them as they were. */
const LISTS_OF_THE_DAY: ReadonlySet<string> = new Set([
  'regles',
  'reunions',
  'risques',
  'facteurs',
  'decisions',
])

/** The set that a document deposited then was taken from: the last handed out before; null when none was. */
export function handedOutBefore(handOuts: readonly HandOut[], depositedAt: Instant): HandOut | null {
  return (
    handOuts
      .filter(({ firstAt }) => firstAt <= depositedAt)
      .toSorted((a, b) => a.firstAt.localeCompare(b.firstAt))
      .at(-1) ?? null
  )
}

/** Whether a document would tell the same, but for what is of the day. */
export const isSameTelling = (a: PrintedFacts, b: PrintedFacts): boolean => tellingOf(a) === tellingOf(b)

function tellingOf({ facts, lines }: PrintedFacts): string {
  const kept = Object.entries(facts).filter(([key]) => isKept(key))
  return JSON.stringify([kept.toSorted(([a], [b]) => (a < b ? -1 : 1)), lines.toSorted()])
}

/** What is kept of a document that is handed out. */
export const keptFacts = ({ facts, lines }: PrintedFacts): PrintedFacts => ({
  facts: Object.fromEntries(Object.entries(facts).filter(([key]) => isKept(key))),
  lines: lines.filter(path => !isOfTheDay(path)),
})

const isKept = (key: string): boolean => !OF_THE_DAY.has(tagOf(key)) && !isOfTheDay(key)
const isOfTheDay = (path: string): boolean => LISTS_OF_THE_DAY.has(path.split(PATH_MARK)[0] ?? '')
const tagOf = (key: string): string => key.slice(key.lastIndexOf(PATH_MARK) + 1)
const pathOf = (key: string): string => key.slice(0, key.lastIndexOf(PATH_MARK) + 1)

/** The list of a line, and those of the lines around it. */
const listOf = (path: string): string => path.split(PATH_MARK).slice(0, -2).join(PATH_MARK)

/**
 * What was shown as missing is no change: whoever signed it wrote it by hand.
 *
 * @param now every fact, as `allFacts` gives them.
 */
export function changesSince(told: PrintedFacts, now: PrintedFacts): KitChange[] {
  const changes: KitChange[] = []
  const here = new Set(now.lines)
  const gone = told.lines.filter(path => !here.has(path) && !path.endsWith(PATH_MARK + PATH_MARK))
  const isIn = (paths: readonly string[]) => (path: string) =>
    paths.some(each => path !== each && path.startsWith(each))
  // A line without a name stands for a list that nobody had written.
  const unwritten = new Set(told.lines.filter(path => path.endsWith(PATH_MARK + PATH_MARK)).map(listOf))
  const lists = new Set(told.lines.map(listOf).filter(list => !unwritten.has(list)))
  const known = new Set(told.lines)
  const joined = now.lines.filter(path => lists.has(listOf(path)) && !known.has(path))
  const goneNames = gone.filter(each => !isIn(gone)(each)).map(path => lineName(path, told))
  const joinedNames = joined.filter(each => !isIn(joined)(each)).map(path => lineName(path, now))
  // A line that got its number since is named by it, and is the same.
  for (const name of goneNames.filter(each => !joinedNames.includes(each)))
    changes.push({ kind: 'gone', name })
  for (const [key, before] of Object.entries(told.facts)) {
    const after = now.facts[key]
    if (before === null || after === undefined || after === before || !isKept(key)) continue
    const of = pathOf(key) === '' ? null : lineName(pathOf(key), now)
    changes.push({ kind: 'changed', tag: tagOf(key), of, before, now: after })
  }
  for (const name of joinedNames.filter(each => !goneNames.includes(each)))
    changes.push({ kind: 'joined', name })
  return changes
}

function lineName(path: string, { facts }: PrintedFacts): string {
  const names = ['esms.nom', 'og.nom'].map(tag => facts[path + tag])
  return names.find(name => typeof name === 'string') ?? path.split(PATH_MARK).at(-2) ?? ''
}

const MOST_QUOTED = 120
function quoted(text: string): string {
  const letters = [...text]
  const shown = letters.length > MOST_QUOTED ? `${letters.slice(0, MOST_QUOTED).join('')}…` : text
  return `« ${shown} »`
}

/** « son représentant légal : « Ève Martin », aujourd’hui « Paul Durand » », without final stop. */
export function changeWords(change: KitChange): string {
  if (change.kind !== 'changed') {
    const name = quoted(change.name)
    return change.kind === 'gone'
      ? `${name} y est nommé et n’en fait plus partie`
      : `${name} n’y est pas nommé`
  }
  const { tag, of, before, now } = change
  const meaning = TAGS.find(({ name }) => name === tag)?.meaning ?? tag
  const what = /^\p{Lu}\p{Lu}/u.test(meaning) ? meaning : meaning.charAt(0).toLowerCase() + meaning.slice(1)
  const today = now === null ? 'aujourd’hui non indiqué' : `aujourd’hui ${quoted(now)}`
  return `${what}${of === null ? '' : ` (${of})`} : ${quoted(before)}, ${today}`
}
