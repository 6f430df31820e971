/** One line being judged: what its cells hold, and what is said of each. */
import { plainText } from '../solution-identity.ts'
import { cellAddress, type MemberField } from './columns.ts'
import { type Problem, readAsNothing, tooLong, unread, type Words } from './sentences.ts'
import type { Correction, MemberLine } from './table.ts'

/** One way to settle a problem: what a button says and does. */
export interface Way {
  label: string
  corrections: readonly Correction[]
}

/** A problem that a person settles by answering, rather than by typing a value. */
export interface Question {
  /** The same for the lines that one answer settles. */
  key: string
  ways: readonly Way[]
  /** Another line that the problem is also about: it may be the wrong one. */
  otherLine: number | null
}

/** Something to say about one cell. Blocking ones make the line `a-corriger`. */
export interface Finding extends Words {
  field: MemberField
  /** Such as `B12`; null when the sheet has no such column. */
  address: string | null
  /** What the cell holds. */
  found: string
  /** A value that would pass and is probably the one meant; never applied without asking. */
  proposal: string | null
  blocking: boolean
  question: Question | null
}

/** Names are shown on every page and in file names. */
export const LONGEST_TEXT = 200

/** What people type when they have nothing to say. */
const NOTHING = new Set(
  (
    'neant|aucun|aucune|na|n a|nc|sans|sans objet|a definir|a determiner|a preciser|inconnu|inconnue|nsp|' +
    'ne sait pas|a completer|a renseigner|a confirmer|en attente|en cours|non renseigne|n en attente'
  ).split('|'),
)
export const saysNothing = (text: string): boolean => {
  const plain = plainText(text)
  return plain === '' || NOTHING.has(plain)
}

export class LineReview {
  readonly findings: Finding[] = []
  readonly source: MemberLine
  readonly #columns: ReadonlyMap<MemberField, number>

  /** @param columns where each field stands in the sheet, from 0 */
  constructor(source: MemberLine, columns: ReadonlyMap<MemberField, number>) {
    this.source = source
    this.#columns = columns
    for (const [field, reason] of Object.entries(source.unread) as [MemberField, string][]) {
      this.block(field, unread(reason))
    }
  }

  /** The cell's text, null when empty, unreadable or too long (which is said). */
  text(field: MemberField): string | null {
    const value = this.source.values[field]
    if (value === undefined || field in this.source.unread) return null
    if (value.length <= LONGEST_TEXT) return value
    this.block(field, tooLong(value.length, LONGEST_TEXT))
    return null
  }

  /** The same, null too for « néant », « - » or « à définir ». */
  meaning(field: MemberField): string | null {
    const value = this.text(field)
    if (value === null || !saysNothing(value)) return value
    this.note(field, readAsNothing(value))
    return null
  }

  block(
    field: MemberField,
    words: Problem,
    proposal: string | null = null,
    question: Question | null = null,
  ): void {
    this.#say(field, { ...words, proposal, question, blocking: true })
  }

  note(field: MemberField, words: Words): void {
    this.#say(field, { ...words, proposal: null, question: null, blocking: false })
  }

  get blocked(): boolean {
    return this.findings.some(finding => finding.blocking)
  }

  isBlocked(field: MemberField): boolean {
    return this.findings.some(finding => finding.field === field && finding.blocking)
  }

  #say(field: MemberField, what: Omit<Finding, 'field' | 'address' | 'found'>): void {
    const column = this.source.stacked ? undefined : this.#columns.get(field)
    this.findings.push({
      field,
      address: column === undefined ? null : cellAddress(this.source.line, column),
      found: this.source.values[field] ?? '',
      ...what,
    })
  }
}
