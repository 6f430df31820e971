/** Public holidays of France and of its overseas places, through date-holidays. */
import { createRequire } from 'node:module'
import type { Day } from '../domain/call.ts'
import type { HolidayCalendar, IsHoliday } from '../domain/working-days.ts'

/** 15 MiB, and asked without waiting: loaded when a holiday is first looked for. */
const library = (): typeof import('date-holidays').default => createRequire(import.meta.url)('date-holidays')

/** Country and state as the library names them. */
const PLACES: Readonly<Record<HolidayCalendar, readonly [string, string?]>> = {
  metropole: ['FR'],
  // Moselle, Bas-Rhin and Haut-Rhin have the same.
  'alsace-moselle': ['FR', '57'],
  guadeloupe: ['GP'],
  martinique: ['MQ'],
  guyane: ['GF'],
  'la-reunion': ['RE'],
  mayotte: ['YT'],
  'saint-martin': ['MF'],
  'saint-barthelemy': ['BL'],
  'saint-pierre-et-miquelon': ['PM'],
  'nouvelle-caledonie': ['NC'],
  'polynesie-francaise': ['PF'],
  'wallis-et-futuna': ['WF'],
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
  const Holidays = library()
  const [country, state] = PLACES[calendar]
  const place = state === undefined ? new Holidays(country) : new Holidays(country, state)
  return new Set(
    place
      .getHolidays(year)
      .filter(({ type }) => type === 'public')
      .map(({ date }) => date.slice(0, 10)),
  )
}
