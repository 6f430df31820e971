import type { Instant } from '../domain/call.ts'

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
