/** The values of a document as they are printed in a given model, and those that it lacks. */
import type { KitValue, KitValues, MissingFact } from './values.ts'

/** A tag of a model as it was read: lists and conditions open and close. */
export interface ReadTag {
  name: string
  role: 'value' | 'opens' | 'closes'
}

const isMissing = (value: KitValue | undefined): value is MissingFact =>
  typeof value === 'object' && !Array.isArray(value)

/** « [à compléter : adresse du siège] » */
export const missingWords = ({ missing }: MissingFact): string => `[à compléter\u00a0: ${missing}]`

/** What XML cannot hold: controls and halves of a pair. */
const UNPRINTABLE = /(?![\t\n])\p{Cc}|\p{Surrogate}|[\ufffe\uffff]/gu

/** Plain data for the writer of documents: texts, conditions, lists. */
export interface PrintedValues {
  [tag: string]: string | boolean | PrintedValues[]
}

export function printed(values: KitValues): PrintedValues {
  return Object.fromEntries(
    Object.entries(values).map(([tag, value]) => [
      tag,
      typeof value === 'boolean'
        ? value
        : typeof value === 'string'
          ? value.replace(UNPRINTABLE, '')
          : isMissing(value)
            ? missingWords(value)
            : (value as readonly KitValues[]).map(printed),
    ]),
  )
}

/** What a model prints as missing, each once: facts of the parts that it leaves out are not among them. */
export function missingIn(tags: readonly ReadTag[], values: KitValues): MissingFact[] {
  const found = new Map<string, MissingFact>()
  walk(tags, [{ path: '', values }], {
    fact(_, value) {
      if (isMissing(value)) found.set(JSON.stringify(value), value)
    },
  })
  return [...found.values()]
}

/** What a document told: its facts as they were printed, and the lines of its lists. */
export interface PrintedFacts {
  /** By the path of a line, if any, then the tag; null for what was shown as missing. */
  facts: Readonly<Record<string, string | null>>
  lines: readonly string[]
}

/** Paths name a line of a list after the list, each followed by this: no name holds it. */
export const PATH_MARK = '\n'

/** What a model with these tags prints of the values. */
export function factsIn(tags: readonly ReadTag[], values: KitValues): PrintedFacts {
  const facts: Record<string, string | null> = {}
  const lines = new Set<string>()
  walk(tags, [{ path: '', values }], {
    fact(key, value) {
      facts[key] = typeof value === 'string' ? value : null
    },
    line: path => lines.add(path),
  })
  return { facts, lines: [...lines] }
}

/** The same of every value, whatever a model prints. */
export function allFacts(values: KitValues): PrintedFacts {
  const facts: Record<string, string | null> = {}
  const lines: string[] = []
  const tell = (inside: KitValues, path: string) => {
    for (const [tag, value] of Object.entries(inside)) {
      if (typeof value === 'string') facts[path + tag] = value
      else if (isMissing(value)) facts[path + tag] = null
      if (!Array.isArray(value)) continue
      for (const line of linesOf(tag, value as KitValues[], path)) {
        lines.push(line.path)
        tell(line.values, line.path)
      }
    }
  }
  tell(values, '')
  return { facts, lines }
}

/** What names a line: numbers outlive names. */
const LINE_NAMES = [
  ...['esms.finess', 'esms.nom', 'og.finess', 'og.nom'],
  ...['declaration.phrase', 'forme.nom', 'role.titre'],
]

function linesOf(list: string, lines: readonly KitValues[], path: string): Scope[] {
  const seen = new Map<string, number>()
  return lines.map(values => {
    const name = LINE_NAMES.map(tag => values[tag]).find(value => typeof value === 'string') ?? ''
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    const line = name.replaceAll(PATH_MARK, ' ') + (times === 1 ? '' : ` (${times})`)
    return { path: `${path}${list}${PATH_MARK}${line}${PATH_MARK}`, values }
  })
}

interface Scope {
  path: string
  values: KitValues
}

interface Told {
  fact(key: string, value: string | MissingFact): void
  line?(path: string): void
}

/** `scopes`: the lists that are open, the innermost last; a tag is looked for from there outwards. */
function walk(tags: readonly ReadTag[], scopes: readonly Scope[], told: Told): void {
  for (let at = 0; at < tags.length; at++) {
    const tag = tags[at]
    if (tag === undefined) return
    const scope = scopes.findLast(({ values }) => tag.name in values)
    const value = scope?.values[tag.name]
    if (tag.role === 'value' && scope !== undefined && value !== undefined) {
      if (typeof value === 'string' || isMissing(value)) told.fact(scope.path + tag.name, value)
    }
    if (tag.role !== 'opens') continue
    const end = closing(tags, at)
    const inside = tags.slice(at + 1, end)
    if (value === true) walk(inside, scopes, told)
    if (Array.isArray(value)) {
      for (const line of linesOf(tag.name, value as KitValues[], scope?.path ?? '')) {
        told.line?.(line.path)
        walk(inside, [...scopes, line], told)
      }
    }
    at = end
  }
}

/** Where what opens there is closed: models close in order, which is checked when they are read. */
function closing(tags: readonly ReadTag[], start: number): number {
  let depth = 0
  for (let at = start; at < tags.length; at++) {
    if (tags[at]?.role === 'opens') depth++
    if (tags[at]?.role === 'closes' && --depth === 0) return at
  }
  return tags.length
}
