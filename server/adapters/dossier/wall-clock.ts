import type { Instant } from '../../domain/call.ts'

/**
 * Reads instants on the clock of a place: the Date given back has, as its UTC fields, what that clock shows.
 * For formats that hold a date without a zone, as Excel cells and ZIP entries do.
 *
 * @param timeZone IANA name; an unknown one throws a RangeError.
 */
export function wallClockIn(timeZone: string): (instant: Instant) => Date {
  // Swedish spells dates as ISO does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  return instant => new Date(`${format.format(new Date(instant)).replace(' ', 'T')}Z`)
}

/**
 * A date as ZIP headers hold it: time then day, 32 bits, even seconds, read from the UTC fields; from 1980 to
 * 2107.
 */
export function dosTimestamp(date: Date): number {
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate()
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1)
  return ((day << 16) | time) >>> 0
}
