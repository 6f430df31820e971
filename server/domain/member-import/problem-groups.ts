/**
 * What is to correct in an import, gathered by problem: one answer settles all the lines that have it. An
 * answer is a list of corrections, so that nothing else is to be learnt to apply it.
 */
import { DOMAINES } from '../call.ts'
import { NOMENCLATURE } from '../nomenclature.ts'
import { type MergeProposal, plainText, solutionName } from '../solution-identity.ts'
import type { MemberField } from './columns.ts'
import type { Finding, Way } from './line-review.ts'
import type { PreviewLine } from './preview.ts'
import { type Count, groupTitle } from './sentences.ts'
import type { ImportedSolution } from './solution-directory.ts'
import type { Correction } from './table.ts'

/** One cell that has the problem, or the other line that it is about. */
export interface ProblemCell {
  line: number
  /** Name of the establishment, empty when the line has none. */
  name: string
  field: MemberField
  found: string
  proposal: string | null
  /** Whole sentences; empty for the other line. */
  reason: string
}

export interface ProblemGroup {
  /** Unique in the preview, the same as long as the problem is there. */
  id: string
  title: string
  /** What to do, when it is the same for all; null otherwise. */
  remedy: string | null
  cells: readonly ProblemCell[]
  ways: readonly Way[]
  /** The values that may be chosen for all the lines; empty when anything may be typed. */
  values: readonly string[]
  field: MemberField
}

/** Fields that a member may lack. */
export const isEmptiable = (field: MemberField): boolean => field !== 'nom' && field !== 'ogNom'

/** Values of the fields that take one of a few, as a cell would say them. */
export const CLOSED_VALUES: Partial<Record<MemberField, readonly string[]>> = {
  domaine: DOMAINES,
  projet: ['acquisition', 'mise en conformité'],
  type: NOMENCLATURE.map(({ code }) => code),
}

/** In the order of their first lines. */
export function problemGroups(lines: readonly PreviewLine[]): ProblemGroup[] {
  const names = new Map(lines.map(({ line, values }) => [line, values.nom ?? '']))
  const gathered = new Map<string, { line: number; finding: Finding }[]>()
  for (const { line, status, findings } of lines) {
    if (status !== 'a-corriger') continue
    for (const finding of findings) {
      if (!finding.blocking) continue
      const key = keyOf(finding)
      const known = gathered.get(key)
      if (known) known.push({ line, finding })
      else gathered.set(key, [{ line, finding }])
    }
  }
  return [...gathered].map(([id, found]) => groupOf(id, found, names))
}

const isLostZero = ({ field, found, proposal }: Finding): boolean =>
  (field === 'finess' || field === 'ogFiness') && proposal !== null && proposal === `0${bare(found)}`
const bare = (text: string): string => text.replace(/[.,]0+$/, '').replace(/\D/g, '')

function keyOf(finding: Finding): string {
  const { field, question, proposal, found } = finding
  if (question !== null) return `question ${field} ${question.key}`
  if (isLostZero(finding)) return 'zero'
  if (CLOSED_VALUES[field] !== undefined) return `choix ${field} ${plainText(found)}`
  return `${proposal === null ? 'saisie' : 'proposition'} ${field}`
}

function groupOf(
  id: string,
  found: readonly { line: number; finding: Finding }[],
  names: ReadonlyMap<number, string>,
): ProblemGroup {
  const [first] = found
  if (first === undefined) throw new Error('A group has a line at least')
  const { field, question, reason, remedy } = first.finding
  const cells = found.map(
    ({ line, finding }): ProblemCell => ({
      line,
      name: names.get(line) ?? '',
      field: finding.field,
      found: finding.found,
      proposal: finding.proposal,
      reason: finding.reason,
    }),
  )
  const other = question?.otherLine ?? null
  if (other !== null && names.has(other)) {
    const name = names.get(other) ?? ''
    cells.unshift({ line: other, name, field, found: '', proposal: null, reason: '' })
  }
  const kind = question !== null ? 'question' : id === 'zero' ? 'zero' : (id.split(' ')[0] as Count['kind'])
  const isSame = found.every(({ finding }) => finding.reason === reason)
  const count: Count = { kind, cells: found.length, field, reason: isSame ? reason : null }
  return {
    id,
    title: groupTitle(count),
    remedy: isSame || question !== null ? remedy : null,
    cells,
    ways: question === null ? usualWays(id, found) : mergedWays(found),
    values: CLOSED_VALUES[field] ?? [],
    field,
  }
}

/** One answer for all the lines of a question. */
function mergedWays(found: readonly { finding: Finding }[]): Way[] {
  const ways = new Map<string, Correction[]>()
  for (const { finding } of found) {
    for (const { label, corrections } of finding.question?.ways ?? []) {
      ways.set(label, [...(ways.get(label) ?? []), ...corrections])
    }
  }
  return [...ways].map(([label, corrections]) => ({ label, corrections }))
}

function usualWays(id: string, found: readonly { line: number; finding: Finding }[]): Way[] {
  const proposed = found.flatMap(({ line, finding: { field, proposal } }): Correction[] =>
    proposal === null ? [] : [{ line, field, value: proposal }],
  )
  const [first] = found
  const one = found.length === 1
  const take = one
    ? `Prendre « ${first?.finding.proposal} »`
    : id === 'zero'
      ? `Remettre le zéro des ${found.length} numéros`
      : `Prendre les ${found.length} corrections proposées`
  const isSame = new Set(found.map(({ finding }) => finding.proposal)).size === 1
  const emptied = found.map(({ line, finding: { field } }): Correction => ({ line, field, value: '' }))
  return [
    ...(proposed.length === 0
      ? []
      : [{ label: isSame ? `Prendre « ${first?.finding.proposal} »` : take, corrections: proposed }]),
    ...(first !== undefined && isEmptiable(first.finding.field)
      ? [{ label: one ? 'Laisser vide, à compléter' : 'Laisser vides, à compléter', corrections: emptied }]
      : []),
  ]
}

/**
 * Empties the cells for which nothing is proposed and that a member may lack, for a person who completes them
 * later.
 */
export function emptyingCorrections(groups: readonly ProblemGroup[]): Correction[] {
  return groups.flatMap(({ id, cells }) =>
    id.startsWith('question ')
      ? []
      : cells.flatMap(({ line, field, proposal }): Correction[] =>
          proposal === null && isEmptiable(field) ? [{ line, field, value: '' }] : [],
        ),
  )
}

/** Writes two solutions of a merge proposal as one: the grappe's own, else the one of the most lines. */
export function mergingWay({ a, b }: MergeProposal<ImportedSolution>, lines: readonly PreviewLine[]): Way {
  const usedBy = (solution: ImportedSolution) =>
    lines.flatMap(({ member }) => (member?.solution === solution ? [member] : []))
  const weight = (solution: ImportedSolution) =>
    solution.id === null ? usedBy(solution).length : Number.POSITIVE_INFINITY
  const [kept, left] = weight(b) > weight(a) ? [b, a] : [a, b]
  const corrections = usedBy(left).flatMap(({ line, version }): Correction[] => [
    { line, field: 'solution', value: kept.produit },
    { line, field: 'editeur', value: kept.editeur },
    // Split off the product's name, it would be lost with it.
    { line, field: 'version', value: version ?? '' },
  ])
  return { label: `Écrire partout « ${solutionName(kept)} »`, corrections }
}

/** Every proposal, for a person who accepts them all at once. */
export function proposedCorrections(groups: readonly ProblemGroup[]): Correction[] {
  return groups.flatMap(({ cells }) =>
    cells.flatMap(({ line, field, proposal }): Correction[] =>
      proposal === null ? [] : [{ line, field, value: proposal }],
    ),
  )
}

/** The same value for every line that says nothing of this field. */
export function fillingCorrections(
  lines: readonly PreviewLine[],
  field: MemberField,
  value: string,
): Correction[] {
  return lines.flatMap(({ line, status, values }) =>
    values[field] === undefined && status !== 'deja-present' ? [{ line, field, value }] : [],
  )
}
