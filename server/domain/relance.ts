/** Reminders (relances): which ones exist, what a porteur may set, what is chased, and on which day. */
import type { Day, PieceDefinition } from './call.ts'
import { addDays } from './deadline.ts'
import { isOutstanding, type Piece, pieceState, standingRequest } from './piece.ts'
import { HOLIDAY_CALENDARS, type HolidayCalendar, type IsHoliday, workingDayUpTo } from './working-days.ts'

/**
 * Counted in days before the last day of the pieces still missing; `manuelle` is sent by hand, `hebdomadaire`
 * is the porteur's digest.
 */
export const RELANCE_KINDS = ['J-15', 'J-7', 'J-2', 'J-0', 'manuelle', 'hebdomadaire'] as const
export type RelanceKind = (typeof RELANCE_KINDS)[number]

/** Sent by themselves before a last day. */
export type DeadlineKind = Extract<RelanceKind, `J-${number}`>

/** Days before the last day on which a reminder may be sent, the farthest first. */
export const RELANCE_DAYS = [15, 7, 2, 0] as const

/**
 * Why a reminder that a stop of the server kept back is not sent: what was asked for came, its day passed, or
 * a later reminder stands for it.
 */
export const MISSED_REASONS = ['recue', 'passee', 'suivie'] as const
export type MissedReason = (typeof MISSED_REASONS)[number]

/** As far back as a stop is looked into. */
const MOST_UNLOOKED_DAYS = 60

/** The hour from which reminders leave, on the clocks of the call. */
export const RELANCE_HOUR = 9

export interface RelanceSettings {
  paused: boolean
  /** Days before the last day, among 15, 7, 2 and 0. */
  days: readonly number[]
  /** The porteur's own words, put before the list; null for none. */
  intro: string | null
}

export const DEFAULT_RELANCES: RelanceSettings = { paused: false, days: RELANCE_DAYS, intro: null }

/**
 * Whether its owner is to be reminded of a piece: it is to be done again, or it is required and was never
 * deposited. What waits for the porteur's control, for the antivirus or for its word on « non applicable » is
 * nobody's fault.
 */
export function isChased(
  definition: Pick<PieceDefinition, 'required'>,
  piece: Pick<Piece, 'versions' | 'nonApplicable'>,
): boolean {
  const state = pieceState(piece)
  const request = standingRequest(piece)
  return (
    isOutstanding(state) &&
    (definition.required || state !== 'attendue') &&
    (request === null || request.decision !== null)
  )
}

/** The places whose holidays count, and how they are known. */
export interface WorkingDays {
  calendars: readonly HolidayCalendar[]
  isHoliday: IsHoliday
}

/** The day of a reminder sent so many days before a last day: a working day, on that day or before it. */
export function relanceDay(deadlineOn: Day, daysBefore: number, days: WorkingDays): Day {
  return workingDayUpTo(addDays(deadlineOn, -daysBefore), days.calendars, days.isHoliday)
}

/**
 * What is due that day for pieces with these last days: the most urgent reminder alone, null when none is.
 */
export function dueKind(
  deadlines: Iterable<Day>,
  today: Day,
  settings: Pick<RelanceSettings, 'days'>,
  days: WorkingDays,
): DeadlineKind | null {
  const due = new Set<number>()
  for (const deadlineOn of new Set(deadlines)) {
    for (const before of settings.days) {
      if (relanceDay(deadlineOn, before, days) === today) due.add(before)
    }
  }
  const soonest = RELANCE_DAYS.findLast(before => due.has(before))
  return soonest === undefined ? null : `J-${soonest}`
}

/** Weekends and the holidays of every place together never keep people from work for that many days. */
const MOST_DAYS_OFF = 14

/**
 * Whether a reminder may be due that day, whatever the place: spares reading a whole grappe every few
 * minutes. With holidays from a few places or from all, the day moves between those of both extremes. Far
 * from any last day no holiday is looked for: their library takes 15 MiB.
 */
export function mayBeDue(
  deadlines: Iterable<Day>,
  today: Day,
  settings: Pick<RelanceSettings, 'days'>,
  isHoliday: IsHoliday,
): boolean {
  return [...new Set(deadlines)].some(deadlineOn =>
    settings.days.some(before => {
      const latest = relanceDay(deadlineOn, before, { calendars: [], isHoliday })
      if (today > latest || today < addDays(latest, -MOST_DAYS_OFF)) return false
      return relanceDay(deadlineOn, before, { calendars: HOLIDAY_CALENDARS, isHoliday }) <= today
    }),
  )
}

/**
 * The days before today that passed since reminders were last looked at; none where nobody ever looked.
 */
export function unlookedDays(lookedOn: Day | null, today: Day): Day[] {
  if (lookedOn === null) return []
  const days: Day[] = []
  for (
    let day = addDays(today, -1);
    day > lookedOn && days.length < MOST_UNLOOKED_DAYS;
    day = addDays(day, -1)
  )
    days.push(day)
  return days
}

/** A piece that a person still owes. */
export interface OwedPiece {
  pieceId: string
  name: string
  ownerName: string
  /** Refused by the porteur, or asked again by the ARS. */
  redo: boolean
  /** Why it is to be done again; null otherwise. */
  motive: string | null
  deadlineOn: Day | null
  /** See `pressingDay`. */
  pressingOn: Day | null
}

/** What a member has still to answer, as a reminder tells it. */
export interface OwedAnswers {
  esmsId: string
  ownerName: string
  /** Facts and declarations. */
  questions: number
}

/**
 * The day that presses: its own last day, or the call's closing once that is past and it may still be
 * deposited.
 */
export function pressingDay(deadlineOn: Day | null, closesOn: Day | null, today: Day): Day | null {
  if (deadlineOn === null || deadlineOn >= today) return deadlineOn
  return closesOn !== null && closesOn >= today ? closesOn : null
}

/** What is said first of what somebody owes: the nearest day and what it is for, then the closing. */
export interface DatesAhead {
  pieces: number
  /** The soonest day that presses; null when none is known. */
  nearestOn: Day | null
  /** Of the pieces, those that are due on that day. */
  dueFirst: number
  closesOn: Day | null
  /** What is to be answered besides. */
  questions: number
}

export function datesAhead(
  pieces: readonly Pick<OwedPiece, 'pressingOn'>[],
  closesOn: Day | null,
  questions = 0,
): DatesAhead {
  const nearestOn = pieces.flatMap(({ pressingOn }) => pressingOn ?? []).toSorted()[0] ?? null
  const dueFirst = pieces.filter(({ pressingOn }) => pressingOn !== null && pressingOn === nearestOn).length
  return { pieces: pieces.length, nearestOn, dueFirst, closesOn, questions }
}
