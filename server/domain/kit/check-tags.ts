/** The tags of a model against the catalogue: those that it does not know, and lists that cross. */
import type { PieceScope } from '../call.ts'
import type { ModelPlace, PlacedTags, TagFlaw } from './own-model.ts'
import type { ReadTag } from './print.ts'
import { TAGS, type Tag } from './tags.ts'

/** Each is printed for each line of its list. */
const MOST_TAGS = 1000
const MOST_NEAREST = 3

const TAG_OF: ReadonlyMap<string, Tag> = new Map(TAGS.map(tag => [tag.name, tag]))

/** Every flaw, once, in the order of the document. */
export function tagFlaws(parts: readonly PlacedTags[], scope: PieceScope): TagFlaw[] {
  const count = parts.reduce((sum, { tags }) => sum + tags.length, 0)
  if (count > MOST_TAGS) return [{ kind: 'too-many-tags', count }]
  const flaws = parts.flatMap(({ place, tags }) => flawsOf(place, tags, scope))
  return [...new Map(flaws.map(flaw => [JSON.stringify(flaw), flaw])).values()]
}

function flawsOf(place: ModelPlace, tags: readonly ReadTag[], scope: PieceScope): TagFlaw[] {
  const flaws: TagFlaw[] = []
  const open: string[] = []
  for (const tag of tags) {
    if (tag.role === 'closes') {
      const flaw = closed(open, tag.name, place)
      if (flaw !== null) flaws.push(flaw)
      continue
    }
    const flaw = flawOf(tag, place, scope, open)
    if (flaw !== null) flaws.push(flaw)
    if (tag.role === 'opens') open.push(tag.name)
  }
  return [...flaws, ...open.map((tag): TagFlaw => ({ kind: 'unclosed', tag, place }))]
}

/** Takes it off what is open, wherever it stands there, so that one mistake is told once. */
function closed(open: string[], tag: string, place: ModelPlace): TagFlaw | null {
  const at = open.lastIndexOf(tag)
  if (at < 0) return { kind: 'unopened', tag, place }
  const inside = open.at(-1)
  open.splice(at, 1)
  return inside === undefined || inside === tag ? null : { kind: 'crossing', tag, inside, place }
}

function flawOf(
  { name, role }: ReadTag,
  place: ModelPlace,
  scope: PieceScope,
  open: readonly string[],
): TagFlaw | null {
  if (/[{}]/.test(name)) return { kind: 'brace', text: `{${name}`, place }
  const tag = TAG_OF.get(name)
  if (tag === undefined) return { kind: 'unknown', tag: name, place, nearest: nearestTags(name, scope) }
  const lists = open.filter(each => TAG_OF.get(each)?.kind === 'list')
  const stands = tag.scopes.includes(scope) || lists.some(list => tag.within?.includes(list))
  if (!stands) {
    const within = (tag.within ?? []).filter(list => TAG_OF.get(list)?.scopes.includes(scope))
    return { kind: 'elsewhere', tag: name, place, scope, lists: within }
  }
  if (role === 'value') return tag.kind === 'fact' ? null : { kind: 'is-a-list', tag: name, place }
  if (tag.kind === 'fact') return { kind: 'not-a-list', tag: name, place }
  const inside = lists.at(-1)
  // Lines of one list times lines of another: only those that hold each other by nature.
  const repeats = tag.kind === 'list' && inside !== undefined && tag.within?.includes(inside) !== true
  return repeats ? { kind: 'nested', tag: name, inside, place } : null
}

/** Those that may stand in a document of this scope, the nearest first; none when all are far. */
export function nearestTags(name: string, scope: PieceScope): string[] {
  const wanted = plain(name)
  const most = Math.max(2, Math.floor(wanted.length / 3))
  return TAGS.filter(tag => tag.scopes.includes(scope) || (tag.within ?? []).length > 0)
    .map(tag => ({ tag, far: distance(wanted, plain(tag.name)) }))
    .filter(({ far, tag }) => far <= most || plain(tag.name).split('.').at(-1) === wanted)
    .toSorted((a, b) => a.far - b.far || a.tag.name.localeCompare(b.tag.name))
    .slice(0, MOST_NEAREST)
    .map(({ tag }) => (tag.kind === 'fact' ? tag.name : `#${tag.name}`))
}

/** Case, accents and separators aside: « Représentant OG » is near « og.representant ». */
const plain = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[\s_-]+/g, '.')
    .slice(0, 60)

/** Letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
