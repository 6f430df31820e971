/**
 * Public holidays of France and of its overseas places, by their rules: a library that knows those of the
 * world took 15 MiB, and held the server for a tenth of a second when the first was looked for.
 */
import type { Day } from '../domain/call.ts'
import { addDays } from '../domain/deadline.ts'
import type { HolidayCalendar, IsHoliday } from '../domain/working-days.ts'

/** `MM-DD`. */
const NATIONAL = ['01-01', '05-01', '05-08', '07-14', '08-15', '11-01', '11-11', '12-25']

/** Days after Easter: its Monday, Ascension and the Monday of Whitsun. */
const NATIONAL_FROM_EASTER = [1, 39, 50]
const GOOD_FRIDAY = -2

interface Local {
  /** `MM-DD`. */
  days: readonly string[]
  fromEaster?: readonly number[]
}

const LOCAL: Readonly<Record<HolidayCalendar, (year: number) => Local>> = {
  metropole: () => ({ days: [] }),
  'alsace-moselle': () => ({ days: ['12-26'], fromEaster: [GOOD_FRIDAY] }),
  guadeloupe: () => ({ days: ['05-27'], fromEaster: [GOOD_FRIDAY] }),
  martinique: () => ({ days: ['05-22'], fromEaster: [GOOD_FRIDAY] }),
  guyane: () => ({ days: ['06-10'] }),
  'la-reunion': () => ({ days: ['12-20'] }),
  mayotte: () => ({ days: ['04-27'] }),
  'saint-martin': () => ({ days: ['05-27'] }),
  'saint-barthelemy': () => ({ days: ['10-09'] }),
  'saint-pierre-et-miquelon': () => ({ days: [] }),
  'nouvelle-caledonie': () => ({ days: ['09-24'] }),
  // Matari’i i ni’a took the place of the day of autonomy.
  'polynesie-francaise': year => ({
    days: ['03-05', year < 2026 ? '06-29' : '11-20'],
    fromEaster: [GOOD_FRIDAY],
  }),
  'wallis-et-futuna': () => ({ days: ['04-28', '06-29', '07-29'] }),
}

/** Each place and year is computed once. */
export function openHolidays(): IsHoliday {
  const years = new Map<string, ReadonlySet<Day>>()
  return (day, calendar) => {
    const key = `${calendar} ${day.slice(0, 4)}`
    const known = years.get(key) ?? holidaysOf(calendar, Number(day.slice(0, 4)))
    years.set(key, known)
    return known.has(day)
  }
}

function holidaysOf(calendar: HolidayCalendar, year: number): ReadonlySet<Day> {
  const { days, fromEaster = [] } = LOCAL[calendar](year)
  const easter = easterOf(year)
  return new Set([
    ...[...NATIONAL, ...days].map(day => `${year}-${day}`),
    ...[...NATIONAL_FROM_EASTER, ...fromEaster].map(after => addDays(easter, after)),
  ])
}

/** The Sunday after the full moon of spring, as the Gregorian calendar reckons it (Meeus, chapter 8). */
function easterOf(year: number): Day {
  const [century, inCentury] = [Math.floor(year / 100), year % 100]
  const golden = year % 19
  const correction = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3)
  const moon = (19 * golden + century - Math.floor(century / 4) - correction + 15) % 30
  const sunday = (32 + 2 * (century % 4) + 2 * Math.floor(inCentury / 4) - moon - (inCentury % 4)) % 7
  const late = Math.floor((golden + 11 * moon + 22 * sunday) / 451)
  return addDays(`${year}-03-22`, moon + sunday - 7 * late)
}
