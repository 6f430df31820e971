/** The values of a document as they are printed in a given model, and those that it lacks. */
import type { KitValue, KitValues, MissingFact } from './values.ts'

/** A tag of a model as it was read: lists and conditions open and close. */
export interface ReadTag {
  name: string
  role: 'value' | 'opens' | 'closes'
}

const isMissing = (value: KitValue): value is MissingFact =>
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
  walk(tags, [values], fact => found.set(JSON.stringify(fact), fact))
  return [...found.values()]
}

/** `scopes`: the lists that are open, the innermost last; a tag is looked for from there outwards. */
function walk(
  tags: readonly ReadTag[],
  scopes: readonly KitValues[],
  tell: (fact: MissingFact) => void,
): void {
  for (let at = 0; at < tags.length; at++) {
    const tag = tags[at]
    if (tag === undefined) return
    const value = scopes.findLast(scope => tag.name in scope)?.[tag.name]
    if (tag.role === 'value' && value !== undefined && isMissing(value)) tell(value)
    if (tag.role !== 'opens') continue
    const end = closing(tags, at)
    const inside = tags.slice(at + 1, end)
    if (value === true) walk(inside, scopes, tell)
    if (Array.isArray(value)) for (const line of value as KitValues[]) walk(inside, [...scopes, line], tell)
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
