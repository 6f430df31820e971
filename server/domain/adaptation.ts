/**
 * A porteur adapts its grappe's copy of the call while it collects: what it does is told before, marked
 * wherever a provenance is shown, and can be undone.
 */
import type { Adaptation, Call, CallChange, Day, Provenance } from './call.ts'
import { applyChange, changesBetween, inverse } from './call-changes.ts'
import type { DossierPlan, DossierRow } from './dossier-plan.ts'
import type { CriterionStatus, Verdict } from './eligibility.ts'
import { groupBy } from './group-by.ts'
import { isOwed } from './piece.ts'
import { isSame } from './same-value.ts'

/** What a piece that the porteur changed comes from: its own word, over what the call gave. */
function adaptedProvenance(before: Provenance, basis: string, on: Day): Provenance {
  if (before.kind === 'carrier') return before
  return {
    kind: 'adapted',
    reference: basis,
    on,
    original: before.kind === 'adapted' ? before.original : before,
  }
}

/**
 * The copy with the porteur's change, marked as its own.
 *
 * @param wanted the copy as the porteur wants it: what differs from `call` is one change of one piece, or the
 *   order of all.
 * @returns null when nothing differs.
 */
export function adapt(
  call: Call,
  wanted: Call,
  { id, basis, on }: Pick<Adaptation, 'id' | 'basis' | 'on'>,
): { call: Call; adaptation: Adaptation } | null {
  const [change] = changesBetween(call, wanted)
  if (change === undefined) return null
  const own = marked(change, basis, on)
  const next = applyChange(call, own)
  if (next === null) return null
  const adaptation = { id, on, basis, change: own }
  return { call: { ...next, adapted: [...(call.adapted ?? []), adaptation] }, adaptation }
}

/** Moves in a row are one adaptation, which goes once they lead back to where they began. */
export function withOrder(
  call: Call,
  codes: readonly string[],
  { id, basis, on }: Pick<Adaptation, 'id' | 'basis' | 'on'>,
): Call {
  const before = call.pieces.map(({ code }) => code)
  const earlier = call.adapted ?? []
  const last = earlier.at(-1)
  const goesOn = last?.change.kind === 'ordered' && isSame(last.change.after, before)
  const began = goesOn && last.change.kind === 'ordered' ? last.change.before : before
  const kept = goesOn ? earlier.slice(0, -1) : earlier
  const change: CallChange = { kind: 'ordered', before: began, after: codes }
  const ordered = applyChange(call, change) ?? call
  return { ...ordered, adapted: isSame(began, codes) ? kept : [...kept, { id, on, basis, change }] }
}

function marked(change: CallChange, basis: string, on: Day): CallChange {
  if (change.kind === 'added' && change.list === 'pieces') {
    return { ...change, item: { ...change.item, provenance: { kind: 'carrier', reference: basis } } }
  }
  if (change.kind !== 'changed' || change.list !== 'pieces') return change
  const provenance = adaptedProvenance(change.before.provenance, basis, on)
  return { ...change, after: { ...change.after, provenance } }
}

/** @returns null when what was adapted has changed since: undoing it would undo that too. */
export function undoAdaptation(call: Call, id: string): Call | null {
  const adaptation = call.adapted?.find(each => each.id === id)
  if (adaptation === undefined) return null
  const undone = applyChange(call, inverse(adaptation.change))
  if (undone === null) return null
  return { ...undone, adapted: (call.adapted ?? []).filter(each => each !== adaptation) }
}

/** What a change of the call does to a grappe that already collects. */
export interface AdaptationEffect {
  /** By piece: who is asked for it from now on. */
  asked: readonly PieceOwners[]
  /** By piece: who is not asked for it any more. */
  dropped: readonly PieceOwners[]
  /** Deposits that leave the dossier and stay in the history, by piece. */
  keptAside: readonly PieceOwners[]
  /** By last day, before and after: the pieces still owed that get another. */
  moved: readonly MovedPieces[]
  /** By piece: whose are late at once. */
  lateAtOnce: readonly PieceOwners[]
  verdict: { from: Verdict['status']; to: Verdict['status'] }
  /** The criteria that change, in the call's order; null where there is none of that code. */
  criteria: readonly { title: string; from: CriterionStatus | null; to: CriterionStatus | null }[]
  /** Required pieces that reminders ask for, before and after. */
  owed: { from: number; to: number }
  /** Required pieces that are late, before and after. */
  late: { from: number; to: number }
  /** Whether deposits are received. */
  window: { from: WindowState; to: WindowState }
}

export interface PieceOwners {
  pieceName: string
  owners: readonly string[]
}

/** Null: no day is known. */
export interface MovedPieces {
  from: Day | null
  to: Day | null
  pieceNames: readonly string[]
  owners: readonly string[]
}

export type WindowState = 'avant' | 'ouverte' | 'close'

/** A dossier as it stands under a state of the call. */
export type Standing = Pick<DossierPlan, 'rows' | 'verdict' | 'today' | 'closesOn'> & { opensOn: Day | null }

/** @param before and after: the same grappe at the same instant, under the two states of its call. */
export function effectOf(before: Standing, after: Standing): AdaptationEffect {
  const were = new Map(before.rows.map(row => [keyOf(row), row]))
  const are = new Set(after.rows.map(keyOf))
  const dropped = before.rows.filter(row => !are.has(keyOf(row)))
  const owed = ({ rows }: Standing) => rows.filter(isOwed).length
  const late = ({ rows }: Standing) => rows.filter(row => row.late).length
  return {
    asked: byPiece(after.rows.filter(row => !were.has(keyOf(row)))),
    dropped: byPiece(dropped),
    keptAside: byPiece(dropped.filter(({ version }) => version !== null)),
    moved: movedPieces(were, after.rows),
    lateAtOnce: byPiece(after.rows.filter(row => row.late && were.get(keyOf(row))?.late !== true)),
    verdict: { from: before.verdict.status, to: after.verdict.status },
    criteria: changedCriteria(before.verdict, after.verdict),
    owed: { from: owed(before), to: owed(after) },
    late: { from: late(before), to: late(after) },
    window: { from: windowState(before), to: windowState(after) },
  }
}

const keyOf = ({ code, owner }: DossierRow) => `${code} ${owner.scope} ${owner.id ?? ''}`

function byPiece(rows: readonly DossierRow[]): PieceOwners[] {
  return [...groupBy(rows, ({ code }) => code).values()].map(group => ({
    pieceName: group[0]?.pieceName ?? '',
    owners: group.map(({ owner }) => owner.name),
  }))
}

function movedPieces(were: ReadonlyMap<string, DossierRow>, rows: readonly DossierRow[]): MovedPieces[] {
  const moved = rows.flatMap(row => {
    const was = were.get(keyOf(row))
    return was === undefined || was.deadlineOn === row.deadlineOn || !isOwed(row)
      ? []
      : [{ row, from: was.deadlineOn, to: row.deadlineOn }]
  })
  return [...groupBy(moved, ({ from, to }) => `${from} ${to}`).values()].map(group => ({
    from: group[0]?.from ?? null,
    to: group[0]?.to ?? null,
    pieceNames: [...new Map(group.map(({ row }) => [row.code, row.pieceName])).values()],
    owners: [...new Map(group.map(({ row: { owner } }) => [owner.id, owner.name])).values()],
  }))
}

function changedCriteria(before: Verdict, after: Verdict): AdaptationEffect['criteria'] {
  const [were, are] = [before.criteria, after.criteria].map(
    criteria => new Map(criteria.map(each => [each.rule, each])),
  )
  return [...new Map([...(were ?? []), ...(are ?? [])])].flatMap(([rule, { title }]) => {
    const [from, to] = [were?.get(rule)?.status ?? null, are?.get(rule)?.status ?? null]
    return from === to ? [] : [{ title, from, to }]
  })
}

function windowState({ opensOn, closesOn, today }: Standing): WindowState {
  if (closesOn !== null && closesOn < today) return 'close'
  return opensOn !== null && opensOn > today ? 'avant' : 'ouverte'
}

/**
 * Why the last day of a piece is what it is, when the porteur moved it: its own word, of the last time.
 *
 * @returns null when the day is what the call gives.
 */
export function deadlineMoved(
  { adapted = [], pieces }: Pick<Call, 'adapted' | 'pieces'>,
  code: string,
): Adaptation | null {
  const definition = pieces.find(each => each.code === code)
  const last = adapted.findLast(
    ({ change }) =>
      change.kind === 'changed' &&
      change.list === 'pieces' &&
      change.after.code === code &&
      change.before.deadlineOn !== change.after.deadlineOn,
  )
  const day = last?.change.kind === 'changed' && last.change.list === 'pieces' && last.change.after.deadlineOn
  return last !== undefined && day === definition?.deadlineOn ? last : null
}
