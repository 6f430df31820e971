/**
 * How long the papers of a grappe are kept, and what is due on a day: a warning, another, then the erasure.
 * Nothing is erased on the strength of an absence: a closing that nobody gave, a warning that never left.
 */
import type { Call, Day, Instant, Provenance } from './call.ts'
import { addDays } from './deadline.ts'

export const LEAST_MONTHS = 1
export const MOST_MONTHS = 240

/** Ours, where neither the call nor the porteur says it. */
export const DEFAULT_MONTHS = 24

/** Before the erasure: when the porteur is warned. */
export const FIRST_WARNING_DAYS = 60
export const LAST_WARNING_DAYS = 7

/** Between asking for the deletion of a grappe, or of an account, and its erasure. */
export const DELETION_DELAY_DAYS = 30

/** A warning that never left is written again after so many days. */
const REWRITE_DAYS = 7

/** Where a duration comes from, from the nearest to the farthest. */
export type MonthsSource = { by: 'porteur' } | { by: 'call'; provenance: Provenance } | { by: 'product' }

export interface Retention {
  months: number
  source: MonthsSource
  /** Of the last window; null as long as no source gives it. */
  closesOn: Day | null
  /** When it is erased at the earliest; null likewise. */
  erasesOn: Day | null
}

/** @param months what the porteur said for its grappe; null when it said nothing. */
export function retentionOf(call: Pick<Call, 'windows' | 'retention'>, months: number | null): Retention {
  const closesOn = lastClosing(call)
  const [kept, source] = monthsOf(call, months)
  return { months: kept, source, closesOn, erasesOn: closesOn && addMonths(closesOn, kept) }
}

function monthsOf({ retention }: Pick<Call, 'retention'>, months: number | null): [number, MonthsSource] {
  if (months !== null) return [months, { by: 'porteur' }]
  if (retention !== undefined) {
    return [retention.months, { by: 'call', provenance: retention.provenance }]
  }
  return [DEFAULT_MONTHS, { by: 'product' }]
}

/** One window whose closing nobody knows may still be open. */
function lastClosing({ windows }: Pick<Call, 'windows'>): Day | null {
  const days = windows.map(({ closesOn }) => closesOn)
  return days.includes(null) ? null : (days.toSorted().at(-1) ?? null)
}

/** `addMonths('2026-01-31', 1)` → `2026-02-28`: the last day of a month that is shorter. */
export function addMonths(day: Day, months: number): Day {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  const lastDate = new Date(Date.UTC(year, month + months, 0)).getUTCDate()
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, lastDate))).toISOString().slice(0, 10)
}

/** One warning as it was written. */
export interface Warning {
  /** 1, then 2. */
  rank: 1 | 2
  writtenOn: Day
  /** The day that it tells. */
  erasesOn: Day
  /** When it left, by a mail server or by hand; null as long as nothing says so. */
  leftOn: Day | null
  /** Refused for good, or given up: it will not leave. */
  isLost: boolean
}

/** A duration with what the porteur, the days and the warnings make of it. */
export interface RetentionState extends Retention {
  /** What the porteur said; null when it said nothing. */
  ownMonths: number | null
  hold: { motive: string; by: string; at: Instant } | null
  /** Asked for by the porteur; null while it is not. */
  deletion: { askedAt: Instant; deletesAt: Instant } | null
  /** Those that tell of the day that the duration gives today, oldest first. */
  warnings: readonly Warning[]
  /** The day to tell; null as long as the closing is not known. */
  announcedOn: Day | null
}

/** What is due: `wait` says for what. */
export type RetentionStep =
  | { do: 'nothing' }
  | { do: 'wait'; rank: 1 | 2; isLost: boolean }
  | { do: 'warn'; rank: 1 | 2; erasesOn: Day }
  | { do: 'erase' }

/**
 * @param planned the day that the duration gives today.
 * @param warnings written for that very day, oldest first: those for another one told something else.
 */
export function retentionStep(today: Day, planned: Day, warnings: readonly Warning[]): RetentionStep {
  const first = warnings.findLast(({ rank }) => rank === 1)
  if (first === undefined) {
    return today < addDays(planned, -FIRST_WARNING_DAYS)
      ? { do: 'nothing' }
      : { do: 'warn', rank: 1, erasesOn: later(planned, addDays(today, FIRST_WARNING_DAYS)) }
  }
  if (first.leftOn === null) {
    return againOr(today, first, later(planned, addDays(today, FIRST_WARNING_DAYS)))
  }
  const last = warnings.findLast(({ rank }) => rank === 2)
  if (last === undefined) {
    return today < addDays(first.erasesOn, -LAST_WARNING_DAYS)
      ? { do: 'nothing' }
      : { do: 'warn', rank: 2, erasesOn: later(first.erasesOn, addDays(today, LAST_WARNING_DAYS)) }
  }
  if (last.leftOn === null) {
    return againOr(today, last, later(first.erasesOn, addDays(today, LAST_WARNING_DAYS)))
  }
  return today >= later(last.erasesOn, addDays(last.leftOn, LAST_WARNING_DAYS))
    ? { do: 'erase' }
    : { do: 'nothing' }
}

function againOr(today: Day, { rank, isLost, writtenOn }: Warning, erasesOn: Day): RetentionStep {
  return isLost && today >= addDays(writtenOn, REWRITE_DAYS)
    ? { do: 'warn', rank, erasesOn }
    : { do: 'wait', rank, isLost }
}

/** The day to tell: what a warning announced, when it announced a later one than planned. */
export function announcedDay(planned: Day, warnings: readonly Warning[]): Day {
  return later(planned, warnings.at(-1)?.erasesOn ?? planned)
}

const later = (a: Day, b: Day): Day => (a > b ? a : b)

/** Where the duration comes from, as a sentence ends. */
export function monthsSourceWords(source: MonthsSource): string {
  switch (source.by) {
    case 'porteur':
      return 'choisie par le porteur'
    case 'call':
      return `donnée par l’appel (${source.provenance.reference})`
    case 'product':
      return 'proposée par grappe-kit : ni l’appel ni le porteur n’en disent une'
  }
}
