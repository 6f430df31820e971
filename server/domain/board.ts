/** The board: who owes what, and since when. Drawn from the dossier's plan, so that both always agree. */
import type { Day, PieceDefinition, PieceScope } from './call.ts'
import { dayOf, daysLeft } from './deadline.ts'
import type { DossierOwner, DossierPlan, DossierRow } from './dossier-plan.ts'
import { groupBy } from './group-by.ts'
import { isOutstanding, type PieceState } from './piece.ts'

/** What a cell says at a glance; a late piece is both `retard` and `attendue`, `refusee` or `complement`. */
export const BOARD_STATES = [
  'retard',
  'complement',
  'refusee',
  'deposee',
  'attendue',
  'acceptee',
  'non-applicable',
] as const
export type BoardState = (typeof BOARD_STATES)[number]

/** Which lines to show; null or an empty text does not restrict. */
export interface BoardFilter {
  /** Lines with at least one piece in this state. */
  state: BoardState | null
  /** The OG itself and its ESMS. */
  ogId: string | null
  /** Part of a name or of a FINESS number, in any case and with or without accents. */
  text: string
}

export interface BoardLine {
  owner: DossierOwner
  /** Of the OG itself or of the ESMS' OG; null for the grappe. */
  ogId: string | null
  /** One per column; null where the piece is not expected of this owner. */
  cells: ReadonlyArray<DossierRow | null>
  states: readonly BoardState[]
  /** What `BoardFilter.text` is looked for in. */
  searchText: string
}

/** Owners × pieces of one scope: late lines first, then the dossier's order. */
export interface BoardMatrix {
  columns: readonly PieceDefinition[]
  lines: readonly BoardLine[]
  /** Lines before the filter. */
  total: number
}

/** An owner with something late or refused. */
export interface Blocked {
  owner: DossierOwner
  pieces: ReadonlyArray<{ row: DossierRow; sinceDays: number }>
}

export interface Board {
  /** Over the whole grappe, whatever the filter. */
  counts: Readonly<Record<BoardState, number>>
  expected: number
  required: number
  /** Required pieces never deposited, or refused. */
  requiredMissing: number
  /** Late ones first, the longest wait first. Whatever the filter. */
  blocked: readonly Blocked[]
  grappe: BoardMatrix
  og: BoardMatrix
  esms: BoardMatrix
}

export function drawBoard(plan: DossierPlan, filter: BoardFilter): Board {
  const counts = Object.fromEntries(BOARD_STATES.map(state => [state, 0])) as Record<BoardState, number>
  for (const row of plan.rows) for (const state of statesOf(row)) counts[state] += 1

  const rowsOf = groupBy(plan.rows, row => row.owner)
  const ogOf = new Map(plan.members.map(({ id, ogId }) => [id, ogId]))
  const matrix = (scope: PieceScope): BoardMatrix => {
    const columns = plan.definitions.filter(definition => definition.scope === scope)
    const lines = plan.owners
      .filter(owner => owner.scope === scope)
      .map((owner): BoardLine => {
        const rows = new Map((rowsOf.get(owner) ?? []).map(row => [row.code, row]))
        return {
          owner,
          ogId: owner.scope === 'og' ? owner.id : (ogOf.get(owner.id ?? '') ?? null),
          cells: columns.map(({ code }) => rows.get(code) ?? null),
          states: BOARD_STATES.filter(state => [...rows.values()].some(row => statesOf(row).includes(state))),
          searchText: searchable(`${owner.name} ${owner.finess ?? ''} ${owner.ogName ?? ''}`),
        }
      })
    const isLate = (line: BoardLine) => line.states.includes('retard')
    const shown = lines.filter(line => matches(line, filter))
    return {
      columns,
      lines: [...shown.filter(isLate), ...shown.filter(line => !isLate(line))],
      total: lines.length,
    }
  }

  const required = plan.rows.filter(row => row.required)
  return {
    counts,
    expected: plan.rows.length,
    required: required.length,
    requiredMissing: required.filter(row => isOutstanding(row.state)).length,
    blocked: listBlocked(plan, rowsOf),
    grappe: matrix('grappe'),
    og: matrix('og'),
    esms: matrix('esms'),
  }
}

/** Text as it is searched: lower case, without accents. */
export function searchable(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

function statesOf({ state, late }: { state: PieceState; late: boolean }): BoardState[] {
  return late ? ['retard', state] : [state]
}

function matches(line: BoardLine, { state, ogId, text }: BoardFilter): boolean {
  return (
    (state === null || line.states.includes(state)) &&
    (ogId === null || line.ogId === ogId) &&
    line.searchText.includes(searchable(text.trim()))
  )
}

function listBlocked(plan: DossierPlan, rowsOf: ReadonlyMap<DossierOwner, readonly DossierRow[]>): Blocked[] {
  const blocked = plan.owners.flatMap((owner): Blocked[] => {
    const pieces = (rowsOf.get(owner) ?? []).flatMap(row => {
      const since = blockedSince(row, plan.timeZone)
      return since === null ? [] : [{ row, sinceDays: -daysLeft(plan.today, since) }]
    })
    return pieces.length === 0 ? [] : [{ owner, pieces }]
  })
  const lateDays = ({ pieces }: Blocked) =>
    Math.max(-1, ...pieces.filter(({ row }) => row.late).map(({ sinceDays }) => sinceDays))
  return blocked.toSorted((a, b) => lateDays(b) - lateDays(a))
}

/** The last day of a late piece, or the day on which it was asked again; null when nothing is blocked. */
function blockedSince({ late, state, deadlineOn, version }: DossierRow, timeZone: string): Day | null {
  if (late) return deadlineOn
  if (state === 'complement' && version?.review) return dayOf(version.review.at, timeZone)
  return state === 'refusee' && version !== null && version.decidedAt !== null
    ? dayOf(version.decidedAt, timeZone)
    : null
}

/** A piece among those deposited and not decided yet: what comes before and after it in the board's order. */
export interface ControlQueue {
  previous: DossierRow | null
  next: DossierRow | null
  /** Pieces to control besides this one. */
  others: number
}

/** Goes round: after the last piece to control comes the first one. */
export function controlQueue(plan: Pick<DossierPlan, 'rows'>, pieceId: string): ControlQueue {
  const position = plan.rows.findIndex(row => row.pieceId === pieceId)
  const around = [...plan.rows.slice(position + 1), ...plan.rows.slice(0, Math.max(position, 0))]
  const waiting = around.filter(row => row.state === 'deposee')
  return { previous: waiting.at(-1) ?? null, next: waiting[0] ?? null, others: waiting.length }
}
