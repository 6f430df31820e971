/** Reminders (relances): which ones exist, and what a porteur may set. */

/** Counted in days before the last day of the pieces still missing; `manuelle` is sent by hand, `hebdomadaire` is the porteur's digest. */
export const RELANCE_KINDS = ['J-15', 'J-7', 'J-2', 'J-0', 'manuelle', 'hebdomadaire'] as const
export type RelanceKind = (typeof RELANCE_KINDS)[number]

export interface RelanceSettings {
  paused: boolean
  /** Days before the last day, among 15, 7, 2 and 0. */
  days: readonly number[]
  /** The porteur's own words, put before the list; null for none. */
  intro: string | null
}

export const DEFAULT_RELANCES: RelanceSettings = { paused: false, days: [15, 7, 2, 0], intro: null }
