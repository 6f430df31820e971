/** French working days (jours ouvrés): Monday to Friday, but for the public holidays of the place. */
import type { Call, Day } from './call.ts'
import { addDays } from './deadline.ts'
import { departementOf } from './finess.ts'

/**
 * Places whose public holidays differ: articles L.3133-1, L.3134-13 and L.3422-2 of the code du travail, and
 * local law.
 */
export const HOLIDAY_CALENDARS = [
  'metropole',
  'alsace-moselle',
  'guadeloupe',
  'martinique',
  'guyane',
  'la-reunion',
  'mayotte',
  'saint-martin',
  'saint-barthelemy',
  'saint-pierre-et-miquelon',
  'nouvelle-caledonie',
  'polynesie-francaise',
  'wallis-et-futuna',
] as const
export type HolidayCalendar = (typeof HOLIDAY_CALENDARS)[number]

/** Whether the day is a public holiday there. */
export type IsHoliday = (day: Day, calendar: HolidayCalendar) => boolean

/** `98` is Mayotte's in the FINESS registry, before its département became 976. */
const BY_DEPARTEMENT: Readonly<Record<string, HolidayCalendar>> = {
  '57': 'alsace-moselle',
  '67': 'alsace-moselle',
  '68': 'alsace-moselle',
  '971': 'guadeloupe',
  '972': 'martinique',
  '973': 'guyane',
  '974': 'la-reunion',
  '98': 'mayotte',
}

const BY_REGION: Readonly<Record<string, HolidayCalendar>> = {
  Guadeloupe: 'guadeloupe',
  Martinique: 'martinique',
  Guyane: 'guyane',
  'La Réunion': 'la-reunion',
  Mayotte: 'mayotte',
}

const BY_TIME_ZONE: Readonly<Record<string, HolidayCalendar>> = {
  'America/Guadeloupe': 'guadeloupe',
  'America/Martinique': 'martinique',
  'America/Cayenne': 'guyane',
  'Indian/Reunion': 'la-reunion',
  'Indian/Mayotte': 'mayotte',
  'America/Marigot': 'saint-martin',
  'America/St_Barthelemy': 'saint-barthelemy',
  'America/Miquelon': 'saint-pierre-et-miquelon',
  'Pacific/Noumea': 'nouvelle-caledonie',
  'Pacific/Tahiti': 'polynesie-francaise',
  'Pacific/Marquesas': 'polynesie-francaise',
  'Pacific/Gambier': 'polynesie-francaise',
  'Pacific/Wallis': 'wallis-et-futuna',
}

/** The calendar of a call, from its region or else from its time zone. */
export function calendarOfCall({ region, timeZone }: Pick<Call, 'region' | 'timeZone'>): HolidayCalendar {
  return BY_REGION[region ?? ''] ?? BY_TIME_ZONE[timeZone] ?? 'metropole'
}

/**
 * The calendar of a member, from its FINESS number when its département has holidays of its own; null
 * otherwise.
 */
export function calendarOfFiness(finess: string | null): HolidayCalendar | null {
  return finess === null ? null : (BY_DEPARTEMENT[departementOf(finess)] ?? null)
}

/** Whether people work that day in every one of the places. */
export function isWorkingDay(day: Day, calendars: readonly HolidayCalendar[], isHoliday: IsHoliday): boolean {
  const weekday = new Date(`${day}T12:00:00Z`).getUTCDay()
  return weekday !== 0 && weekday !== 6 && !calendars.some(calendar => isHoliday(day, calendar))
}

/** The day itself, or the last working day before it. */
export function workingDayUpTo(day: Day, calendars: readonly HolidayCalendar[], isHoliday: IsHoliday): Day {
  return isWorkingDay(day, calendars, isHoliday)
    ? day
    : workingDayUpTo(addDays(day, -1), calendars, isHoliday)
}
