/**
 * Days and instants. A deadline is a calendar day in the call's time zone and closes at 23:59:59 there. Days
 * are `YYYY-MM-DD` strings, which sort and compare as text; instants are UTC ISO strings. No clock is read
 * here.
 */

/** Stands for the opening of the call where a piece's code would: no code holds such a letter. */
export const OPENING = '@ouverture'

const DAY_MS = 86_400_000

const wallFormats = new Map<string, Intl.DateTimeFormat>()

/** What the zone's clocks show; made once per zone, since making one costs more than a thousand uses. */
function wallFormat(timeZone: string): Intl.DateTimeFormat {
  const known = wallFormats.get(timeZone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  })
  wallFormats.set(timeZone, format)
  return format
}

/**
 * Milliseconds by which the zone's clocks are ahead of UTC at that instant; throws a RangeError for an
 * unknown zone.
 */
function offsetMs(epochMs: number, timeZone: string): number {
  const parts = wallFormat(timeZone).formatToParts(epochMs)
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find(p => p.type === type)?.value)
  const wallMs = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  return wallMs - Math.floor(epochMs / 1000) * 1000
}

/** Whether the text is a day of the calendar, `YYYY-MM-DD`: 2023-02-30 is not. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const epochMs = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(epochMs) && new Date(epochMs).toISOString().startsWith(text)
}

/** Whether this runtime knows the IANA zone. */
export function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone })
    return true
  } catch {
    return false
  }
}

/** `addDays('2023-02-27', 2)` → `2023-03-01`. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}

/** Days to go from `today` to `day`: 0 on the day itself, negative afterwards. */
export function daysLeft(today: string, day: string): number {
  return Math.round((Date.parse(`${day}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / DAY_MS)
}

/** Of a zone's clocks, by the quarter of an hour: they change at none of the others. */
const offsets = new Map<string, number>()
const QUARTER_MS = 15 * 60 * 1000
/** A grappe's instants are of some months. */
const MOST_OFFSETS = 20_000

function quarterOffsetMs(epochMs: number, timeZone: string): number {
  const key = `${timeZone} ${Math.floor(epochMs / QUARTER_MS)}`
  const known = offsets.get(key)
  if (known !== undefined) return known
  if (offsets.size >= MOST_OFFSETS) offsets.clear()
  const found = offsetMs(epochMs, timeZone)
  offsets.set(key, found)
  return found
}

/** The calendar day in the zone at that instant. */
export function dayOf(instant: string, timeZone: string): string {
  const epochMs = Date.parse(instant)
  return new Date(epochMs + quarterOffsetMs(epochMs, timeZone)).toISOString().slice(0, 10)
}

/** The hour that clocks show in the zone at that instant, 0 to 23. */
export function hourOf(instant: string, timeZone: string): number {
  const epochMs = Date.parse(instant)
  return new Date(epochMs + offsetMs(epochMs, timeZone)).getUTCHours()
}

/** The Monday of the day's week. */
export function mondayOf(day: string): string {
  return addDays(day, -((new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7))
}

/** The last second of the day in the zone, 23:59:59 on its clocks, as a UTC instant. */
export function closingInstant(day: string, timeZone: string): string {
  const wallMs = Date.parse(`${day}T23:59:59Z`)
  // The offset is looked up at the guess, then at the corrected guess, which lies on the right side of a
  // change of clocks.
  const guess = wallMs - offsetMs(wallMs, timeZone)
  return new Date(wallMs - offsetMs(guess, timeZone)).toISOString()
}

/**
 * The instant at which the zone's clocks show that time (`14:30`) of that day, the first of two in autumn;
 * null in spring for a time that they jump over.
 */
export function clockInstant(day: string, time: string, timeZone: string): string | null {
  const wallMs = Date.parse(`${day}T${time}:00Z`)
  // The offsets before and after whatever change of clocks there may be that day.
  const instants = [-DAY_MS, DAY_MS]
    .map(away => wallMs - offsetMs(wallMs + away, timeZone))
    .filter(epochMs => epochMs + offsetMs(epochMs, timeZone) === wallMs)
  return instants.length === 0 ? null : new Date(Math.min(...instants)).toISOString()
}

const FRENCH_DAY = new Intl.DateTimeFormat('fr-FR', { timeZone: 'UTC', dateStyle: 'full' })

/** `vendredi 15 septembre 2023`; the first of a month is `1er`. */
export function formatDay(day: string): string {
  return FRENCH_DAY.format(Date.parse(`${day}T12:00:00Z`)).replace(' 1 ', ' 1er ')
}

/** `vendredi 15 septembre 2023 à 23 h 59`: a closing day as people read it. */
export function formatClosing(day: string): string {
  return `${formatDay(day)} à 23 h 59`
}

/** `il reste 3 jours`, `dernier jour aujourd’hui`, `clos depuis 2 jours`. */
export function formatDaysLeft(today: string, day: string): string {
  const days = daysLeft(today, day)
  const plural = Math.abs(days) > 1 ? 'jours' : 'jour'
  if (days > 0) return `il reste ${days} ${plural}`
  return days === 0 ? 'dernier jour aujourd’hui' : `clos depuis ${-days} ${plural}`
}

const instantFormats = new Map<string, Intl.DateTimeFormat>()

/** « vendredi 15 septembre 2023 à 9 h 05 », in the given IANA zone. */
export function formatMoment(instant: string, timeZone: string): string {
  let format = instantFormats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('fr-FR', {
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      year: 'numeric',
      hour: 'numeric',
      minute: '2-digit',
      timeZone,
    })
    instantFormats.set(timeZone, format)
  }
  const parts = new Map(format.formatToParts(new Date(instant)).map(part => [part.type, part.value]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  const day = `${part('weekday')} ${part('day')} ${part('month')} ${part('year')}`.replace(' 1 ', ' 1er ')
  return `${day} à ${Number(part('hour'))} h ${part('minute')}`
}

/** « 9 h 05 », in the given IANA zone. */
export const timeOf = (instant: string, timeZone: string): string =>
  formatMoment(instant, timeZone).replace(/^.* à /, '')
