/** What a dossier is drawn from: one snapshot in, one plan out. */
import type { Day, Instant, PieceDefinition } from './call.ts'
import type { Verdict } from './eligibility.ts'
import type { Grappe } from './grappe.ts'
import type { Piece } from './piece.ts'

export interface JournalEntry {
  at: Instant
  actor: string
  event: string
}

/** Everything about one grappe at one instant, read in one transaction. */
export interface DossierSnapshot {
  takenAt: Instant
  /** The day of `takenAt` in the call's time zone. */
  today: Day
  callTitle: string
  callCode: string
  fictional: boolean
  timeZone: string
  closesOn: Day | null
  grappe: Grappe
  definitions: readonly PieceDefinition[]
  pieces: readonly Piece[]
  verdict: Verdict
  journal: readonly JournalEntry[]
}
