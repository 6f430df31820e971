/** The FINESS numbers of a line, read, then judged with the registry, the grappe and the other lines. */
import { type FinessResult, normaliseFiness } from '../finess.ts'
import type { Grappe, RegistryStatus } from '../grappe.ts'
import type { LineReview } from './line-review.ts'
import {
  alreadyOnLine,
  alsoOnLines,
  closed,
  isGeographic,
  isJuridical,
  juridicalElsewhere,
  looksLikeSiren,
  notInRegistry,
  numberMissing,
  numberRefused,
  ofGrappe,
  onLine,
  otherParent,
  readAs,
  SCIENTIFIC_NOTATION,
  sameInBothColumns,
} from './sentences.ts'
import type { MemberTable } from './table.ts'

/** What the registry says of one number; only the numbers that were looked up are in the map. */
export interface RegistryFact {
  status: RegistryStatus
  name: string | null
  /** FINESS number of the parent EJ. */
  ej: string | null
  ejName?: string | null
  categorie: string | null
  /** Of an EJ: the open establishments that it runs. */
  ets?: readonly { number: string; name: string | null }[]
}

/**
 * The two numbers of a line, null where there is none that holds. One that only lost its zero stands here
 * with it, though the line stays to correct: what it belongs to is told at once.
 */
export interface LineNumbers {
  review: LineReview
  finess: string | null
  ej: string | null
}

/**
 * Reads a number that may carry dots or words around it (« FINESS : 310.780.120 »). What loses nothing is
 * accepted; the letter O typed for a zero is only proposed.
 */
function looseFiness(text: string): FinessResult {
  const plain = normaliseFiness(text)
  if (plain.ok || plain.refusal === 'lost-zero' || plain.refusal === 'siret') return plain
  if (/^\d[.,]\d+E\+?\d+$/i.test(text)) {
    const whole = normaliseFiness(String(Number(text.replace(',', '.'))))
    return { ...plain, reason: SCIENTIFIC_NOTATION, suggestion: whole.ok ? whole.finess : whole.suggestion }
  }
  const bare = text.toUpperCase().replace(/[^0-9A-Z]/g, '')
  const withoutWords = normaliseFiness(bare.replace(/^(?:N|NO|NUMERO)?FINESS(?:ET|EJ)?/, ''))
  if (withoutWords.ok || withoutWords.refusal === 'siret') return withoutWords
  const withDigits = normaliseFiness(bare.replaceAll('O', '0').replaceAll(/[IL]/g, '1'))
  return {
    ...plain,
    suggestion: withoutWords.suggestion ?? (withDigits.ok ? withDigits.finess : withDigits.suggestion),
  }
}

/** The valid numbers of the table, both geographic and juridical, once each: to look up in the registry. */
export function finessNumbers(table: Pick<MemberTable, 'lines'>): string[] {
  const typed = table.lines.flatMap(({ values }) => [values.finess ?? '', values.ogFiness ?? ''])
  const read = typed.map(looseFiness)
  return [...new Set(read.flatMap(result => numberOf(result) ?? []))]
}

const numberOf = (result: FinessResult): string | null => {
  if (result.ok) return result.finess
  return result.refusal === 'lost-zero' ? result.suggestion : null
}

/** The number of a FINESS cell, null when there is none that holds (which is said). */
export function readNumber(
  review: LineReview,
  field: 'finess' | 'ogFiness',
  registry: ReadonlyMap<string, RegistryFact>,
): string | null {
  const text = review.meaning(field)
  if (text === null) {
    if (field === 'finess' && !review.isBlocked(field)) review.note(field, numberMissing())
    return null
  }
  const result = looseFiness(text)
  if (!result.ok) {
    review.block(field, numberRefused(result), result.suggestion)
    return numberOf(result)
  }
  const status = registry.get(result.finess)?.status ?? 'non-verifie'
  if (result.warning !== null && (status === 'non-verifie' || status === 'absent')) {
    review.block(field, looksLikeSiren())
    return null
  }
  if (result.finess !== text) review.note(field, readAs(text, result.finess))
  return result.finess
}

/** Where each number stands: duplicates, and juridical numbers typed as geographic ones. */
export interface NumbersInUse {
  linesByFiness: ReadonlyMap<string, readonly number[]>
  whereIsEj: ReadonlyMap<string, string>
}

export function numbersInUse(read: readonly LineNumbers[], grappe: Pick<Grappe, 'ogs'>): NumbersInUse {
  const linesByFiness = new Map<string, number[]>()
  const whereIsEj = new Map<string, string>()
  for (const { finessEj, name } of grappe.ogs) {
    if (finessEj !== null) whereIsEj.set(finessEj, ofGrappe(name))
  }
  for (const { review, finess, ej } of read) {
    const { line } = review.source
    if (finess !== null) {
      const lines = linesByFiness.get(finess)
      if (lines) lines.push(line)
      else linesByFiness.set(finess, [line])
    }
    if (ej !== null && ej !== finess && !whereIsEj.has(ej)) whereIsEj.set(ej, onLine(line))
  }
  return { linesByFiness, whereIsEj }
}

/** Says what is wrong or worth knowing about the geographic number of a line. */
export function judgeNumber(
  line: LineNumbers & { finess: string },
  inUse: NumbersInUse,
  fact: RegistryFact | undefined,
): void {
  judgeKind(line, inUse.whereIsEj.get(line.finess), fact)
  judgeRepeat(line, inUse.linesByFiness.get(line.finess) ?? [])
  const { review, finess, ej } = line
  if (fact?.ej && ej !== null && ej !== fact.ej && ej !== finess) {
    review.note('ogFiness', otherParent(fact.ej, ej))
  }
}

/**
 * Whether the number is an open establishment's.
 *
 * @param elsewhere where the file or the grappe gives it as a juridical one
 */
function judgeKind(
  { review, finess, ej }: LineNumbers & { finess: string },
  elsewhere: string | undefined,
  fact: RegistryFact | undefined,
): void {
  const status = fact?.status ?? 'non-verifie'
  const isKnownGeographic = status === 'ouvert' || status === 'ferme'
  if (status === 'juridique') {
    const ets = fact?.ets ?? []
    review.block('finess', isJuridical(finess, ets), ets.length === 1 ? (ets[0]?.number ?? null) : null)
  } else if (finess === ej && isKnownGeographic) {
    review.block('ogFiness', isGeographic(finess), fact?.ej ?? null)
  } else if (finess === ej) {
    review.block('finess', sameInBothColumns(finess))
  } else if (elsewhere !== undefined && !isKnownGeographic) {
    review.block('finess', juridicalElsewhere(finess, elsewhere))
  } else if (status === 'ferme') {
    review.note('finess', closed())
  } else if (status === 'absent') {
    review.note('finess', notInRegistry())
  }
}

/** @param lines those of the file with this number, in order */
function judgeRepeat({ review }: LineNumbers, [first, ...others]: readonly number[]): void {
  const { line } = review.source
  if (first !== undefined && first !== line) {
    review.block('finess', alreadyOnLine(first), null, {
      key: `${first}`,
      otherLine: first,
      ways: [
        { label: `Garder la ligne ${first}, mettre l’autre de côté`, corrections: [{ line, ignore: true }] },
        {
          label: 'Garder la dernière, mettre l’autre de côté',
          corrections: [{ line: first, ignore: true }],
        },
      ],
    })
  } else if (others.length > 0) review.note('finess', alsoOnLines(others))
}
