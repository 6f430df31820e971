/** The members as their page lists them: what each line lacks, which lines are shown, in which order. */
import { searchable } from './board.ts'
import type { Domaine, Projet } from './call.ts'
import { nameSortKey } from './dossier-names.ts'

/** What a porteur has to fill in for each member, in the order in which it is told. */
export const GAPS = ['finess', 'domaine', 'projet', 'solution', 'contact'] as const
export type Gap = (typeof GAPS)[number]

export const MEMBER_SORTS = ['nom', 'og', 'finess', 'domaine', 'volet', 'solution', 'manque'] as const
export type MemberSort = (typeof MEMBER_SORTS)[number]

/** A member as it is listed; null is not known. */
export interface ListedMember {
  name: string
  ogId: string
  ogName: string
  finess: string | null
  domaine: Domaine | null
  projet: Projet | null
  /** Name of the product. */
  solution: string | null
  contactName: string | null
  contactEmail: string | null
}

/** Null or an empty text does not restrict. */
export interface MemberChoice {
  /** Lines that lack this; `tout` for those that lack anything. */
  gap: Gap | 'tout' | null
  ogId: string | null
  /** Part of a name, of a FINESS number, of a solution or of a contact, in any case, accents or not. */
  text: string
  sort: MemberSort
  descending: boolean
}

export function gapsOf(member: Pick<ListedMember, Exclude<Gap, 'contact'> | 'contactEmail'>): Gap[] {
  return GAPS.filter(gap => member[gap === 'contact' ? 'contactEmail' : gap] === null)
}

/** The lines that are shown, in order; of two that are alike, the one whose name comes first. */
export function listMembers<Line extends ListedMember>(
  lines: readonly Line[],
  choice: MemberChoice,
): readonly Line[] {
  const text = searchable(choice.text.trim())
  const shown = lines.filter(
    line =>
      (choice.ogId === null || line.ogId === choice.ogId) &&
      (choice.gap === null ||
        (choice.gap === 'tout' ? gapsOf(line).length > 0 : gapsOf(line).includes(choice.gap))) &&
      searchedIn(line).includes(text),
  )
  const keyed = shown.map(line => ({ line, key: sortKey(line, choice.sort), name: nameSortKey(line.name) }))
  const turn = choice.descending ? -1 : 1
  return keyed.sort((a, b) => turn * compare(a.key, b.key) || compare(a.name, b.name)).map(({ line }) => line)
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

function searchedIn({ name, ogName, finess, solution, contactName, contactEmail }: ListedMember): string {
  return searchable([name, ogName, finess, solution, contactName, contactEmail].filter(Boolean).join(' '))
}

/** After every value that is known. */
const LAST = '\uffff'

function sortKey(line: ListedMember, sort: MemberSort): string {
  if (sort === 'nom') return nameSortKey(line.name)
  if (sort === 'og') return nameSortKey(line.ogName)
  // What lacks most comes first.
  if (sort === 'manque') return String(GAPS.length - gapsOf(line).length)
  const value = sort === 'volet' ? line.projet : line[sort]
  return value === null ? LAST : searchable(value)
}
