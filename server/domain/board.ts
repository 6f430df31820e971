/** The board: who owes what, and since when. Drawn from the dossier's plan, so that both always agree. */
import type { Day, PieceDefinition, PieceScope } from './call.ts'
import { dayOf, daysLeft } from './deadline.ts'
import {
  type BoardPlan,
  type DossierOwner,
  type DossierRow,
  isUnsettled,
  unsettledRows,
} from './dossier-plan.ts'
import { groupBy } from './group-by.ts'
import { isOutstanding, isOwed } from './piece.ts'

/**
 * What a counter, a filter and a cell say of a piece: each piece is in exactly one. `retard` and the two that
 * follow are owed; `inconnue` waits for a fact that would tell whether it is owed; `facultative` is optional
 * and lacking: nothing red counts either.
 */
export const BOARD_STATES = [
  'retard',
  'complement',
  'refusee',
  'deposee',
  'attendue',
  'acceptee',
  'non-applicable',
  'inconnue',
  'facultative',
] as const
export type BoardState = (typeof BOARD_STATES)[number]

export function boardState(row: Pick<DossierRow, 'required' | 'state' | 'late' | 'awaits'>): BoardState {
  if (row.late) return 'retard'
  if (row.state === 'attendue' && isUnsettled(row)) return 'inconnue'
  return isOutstanding(row.state) && !isOwed(row) ? 'facultative' : row.state
}

/** Which lines to show; null or an empty text does not restrict. */
export interface BoardFilter {
  /** Lines with at least one piece in this state. */
  state: BoardState | null
  /** The OG itself and its ESMS. */
  ogId: string | null
  /** Part of a name, of a FINESS number or of a contact, in any case and with or without accents. */
  text: string
}

/** Whom to call about an owner's pieces. */
export interface BoardContact {
  name: string | null
  email: string
}

export interface BoardLine {
  owner: DossierOwner
  /** Of the OG itself or of the ESMS' OG; null for the grappe. */
  ogId: string | null
  /** One per column; null where the piece is not expected of this owner. */
  cells: ReadonlyArray<DossierRow | null>
  /** Its pieces that few others owe. */
  rare: readonly DossierRow[]
  states: readonly BoardState[]
  contacts: readonly BoardContact[]
}

/** Owners × pieces of one scope: late lines first, then the dossier's order. */
export interface BoardMatrix {
  /** Pieces that many of the owners owe, one column each. */
  columns: readonly PieceDefinition[]
  /** Pieces that few of them owe, in one column for all: none is a column of blanks. */
  rare: readonly PieceDefinition[]
  lines: readonly BoardLine[]
  /** Lines before the filter. */
  total: number
}

/** An owner with something owed, or refused. */
export interface Missing {
  owner: DossierOwner
  line: BoardLine
  pieces: ReadonlyArray<{
    row: DossierRow
    /** Since its last day, or since it was asked again; null while it is neither late nor asked again. */
    sinceDays: number | null
  }>
}

export interface Board {
  /** Over the whole grappe, whatever the filter; their sum is `expected`. */
  counts: Readonly<Record<BoardState, number>>
  expected: number
  required: number
  /** Required pieces never deposited, or to be deposited again. */
  requiredMissing: number
  /** Of those, the ones deposited once: refused, or of which the ARS asks for more. */
  toCorrect: number
  /** Pieces of which nobody knows whether they are required: see `unsettledRows`. */
  unsettled: number
  /** The next last day on which something owed is due, and how much; null when nothing has a day to come. */
  nextDue: { on: Day; pieces: number } | null
  /** Everyone who owes something: late ones first, the longest wait first, then the nearest day. */
  missing: readonly Missing[]
  grappe: BoardMatrix
  og: BoardMatrix
  esms: BoardMatrix
}

/** A piece owed by fewer owners than one in so many takes no column of its own. */
const ONE_IN = 3

export function drawBoard(
  plan: BoardPlan,
  filter: BoardFilter,
  contactsOf: (ownerId: string) => readonly BoardContact[] = () => [],
): Board {
  const counts = Object.fromEntries(BOARD_STATES.map(state => [state, 0])) as Record<BoardState, number>
  for (const row of plan.rows) counts[boardState(row)] += 1

  const rowsOf = groupBy(plan.rows, row => row.owner)
  const ogOf = new Map(plan.members.map(({ id, ogId }) => [id, ogId]))
  const shown: BoardLine[] = []
  const matrix = (scope: PieceScope): BoardMatrix => {
    const owners = plan.owners.filter(owner => owner.scope === scope)
    const asked = (code: string) =>
      owners.filter(owner => rowsOf.get(owner)?.some(row => row.code === code)).length
    const definitions = plan.definitions.filter(({ scope: of, code }) => of === scope && asked(code) > 0)
    const isRare = ({ code }: PieceDefinition) => asked(code) * ONE_IN < owners.length
    const columns = definitions.filter(definition => !isRare(definition))
    const rare = definitions.filter(isRare)
    const lines = owners.map((owner): BoardLine => {
      const rows = new Map((rowsOf.get(owner) ?? []).map(row => [row.code, row]))
      const states = new Set([...rows.values()].map(boardState))
      return {
        owner,
        ogId: owner.scope === 'og' ? owner.id : (ogOf.get(owner.id ?? '') ?? null),
        cells: columns.map(({ code }) => rows.get(code) ?? null),
        rare: rare.flatMap(({ code }) => rows.get(code) ?? []),
        states: BOARD_STATES.filter(state => states.has(state)),
        contacts: contactsOf(owner.id ?? ''),
      }
    })
    const isLate = (line: BoardLine) => line.states.includes('retard')
    const kept = lines.filter(line => matches(line, filter))
    shown.push(...kept)
    return {
      columns,
      rare,
      lines: [...kept.filter(isLate), ...kept.filter(line => !isLate(line))],
      total: lines.length,
    }
  }

  const matrices = { grappe: matrix('grappe'), og: matrix('og'), esms: matrix('esms') }
  const required = plan.rows.filter(row => row.required)
  const outstanding = required.filter(row => isOutstanding(row.state))
  return {
    counts,
    expected: plan.rows.length,
    required: required.length,
    requiredMissing: outstanding.length,
    toCorrect: outstanding.filter(row => row.state !== 'attendue').length,
    unsettled: unsettledRows(plan).length,
    nextDue: nextDueOf(plan),
    missing: listMissing(plan, shown, rowsOf),
    ...matrices,
  }
}

/** Text as it is searched: lower case, without accents. */
export function searchable(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

/** What a line is also found by, besides the names that it shows. */
export function searchedToo({ owner, contacts }: Pick<BoardLine, 'owner' | 'contacts'>): string {
  const people = contacts.flatMap(({ name, email }) => [name ?? '', email])
  return searchable([owner.finess ?? '', ...people].filter(Boolean).join(' '))
}

function matches(line: BoardLine, { state, ogId, text }: BoardFilter): boolean {
  const { owner, states } = line
  return (
    (state === null || states.includes(state)) &&
    (ogId === null || line.ogId === ogId) &&
    `${searchable(`${owner.name} ${owner.ogName ?? ''}`)} ${searchedToo(line)}`.includes(
      searchable(text.trim()),
    )
  )
}

function nextDueOf({ rows, today }: BoardPlan): Board['nextDue'] {
  const days = rows.flatMap(row =>
    isOwed(row) && row.deadlineOn !== null && row.deadlineOn >= today ? [row.deadlineOn] : [],
  )
  const on = days.toSorted()[0]
  return on === undefined ? null : { on, pieces: days.filter(day => day === on).length }
}

function listMissing(
  plan: BoardPlan,
  lines: readonly BoardLine[],
  rowsOf: ReadonlyMap<DossierOwner, readonly DossierRow[]>,
): Missing[] {
  const missing = lines.flatMap((line): Missing[] => {
    const { owner } = line
    const pieces = (rowsOf.get(owner) ?? [])
      .filter(row => isOwed(row) || row.state === 'refusee')
      .map(row => {
        const since = waitsSince(row, plan.timeZone)
        return { row, sinceDays: since === null ? null : -daysLeft(plan.today, since) }
      })
    return pieces.length === 0 ? [] : [{ owner, line, pieces }]
  })
  const lateDays = ({ pieces }: Missing) =>
    Math.max(-1, ...pieces.map(({ row, sinceDays }) => (row.late ? (sinceDays ?? 0) : -1)))
  const askedAgain = ({ pieces }: Missing) => Math.max(-1, ...pieces.map(({ sinceDays }) => sinceDays ?? -1))
  const nearest = ({ pieces }: Missing) =>
    pieces.flatMap(({ row }) => row.deadlineOn ?? []).toSorted()[0] ?? '9999'
  return missing.toSorted(
    (a, b) =>
      lateDays(b) - lateDays(a) ||
      askedAgain(b) - askedAgain(a) ||
      (nearest(a) < nearest(b) ? -1 : Number(nearest(a) > nearest(b))),
  )
}

/** The last day of a late piece, or the day on which it was asked again; null when it is neither. */
function waitsSince({ late, state, deadlineOn, version }: DossierRow, timeZone: string): Day | null {
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
export function controlQueue(plan: Pick<BoardPlan, 'rows'>, pieceId: string): ControlQueue {
  const position = plan.rows.findIndex(row => row.pieceId === pieceId)
  const around = [...plan.rows.slice(position + 1), ...plan.rows.slice(0, Math.max(position, 0))]
  const waiting = around.filter(row => row.state === 'deposee')
  return { previous: waiting.at(-1) ?? null, next: waiting[0] ?? null, others: waiting.length }
}
