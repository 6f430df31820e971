/** French spelling of days, instants, sizes and counts. Every day is already in the call's time zone. */
import type { Day, Instant } from '../../server/domain/call.ts'

const DAY_MS = 86_400_000

const noon = (day: Day) => new Date(`${day}T12:00:00Z`)

const dayFormat = new Intl.DateTimeFormat('fr-FR', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
})
const shortDayFormat = new Intl.DateTimeFormat('fr-FR', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const integerFormat = new Intl.NumberFormat('fr-FR')
const decimalFormat = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 1 })

/** « 1er » is how French writes the first of a month. */
const withFirst = (text: string) => text.replace(/(^|\s)1(\s)/, '$11er$2')

/** `2023-09-15` → « vendredi 15 septembre 2023 ». */
export const longDay = (day: Day): string => withFirst(dayFormat.format(noon(day)))

/** `2023-09-15` → « 15 sept. », for dense tables. */
export const shortDay = (day: Day): string => withFirst(shortDayFormat.format(noon(day)))

/** A last day, with the hour it ends at: « vendredi 15 septembre 2023 à 23 h 59 ». */
export const deadline = (day: Day): string => `${longDay(day)} à 23 h 59`

/** Whole days from `from` to `to`; negative when `to` is before. */
export const daysBetween = (from: Day, to: Day): number =>
  Math.round((noon(to).getTime() - noon(from).getTime()) / DAY_MS)

/** « il reste 3 jours », « dernier jour », « terminé depuis 2 jours ». */
export function timeLeft(deadlineOn: Day, today: Day): string {
  const days = daysBetween(today, deadlineOn)
  if (days === 0) return 'dernier jour'
  return days > 0 ? `il reste ${count(days, 'jour')}` : `terminé depuis ${count(-days, 'jour')}`
}

const instantFormats = new Map<string, Intl.DateTimeFormat>()

/** « vendredi 15 septembre 2023 à 9 h 05 », in the given IANA zone. */
export function moment(instant: Instant, timeZone: string): string {
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
  const day = withFirst(`${part('weekday')} ${part('day')} ${part('month')} ${part('year')}`)
  return `${day} à ${Number(part('hour'))} h ${part('minute')}`
}

/** Bytes as people read them, in powers of ten: « 842 octets », « 12,3 ko », « 4,1 Mo », « 2 Go ». */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return count(bytes, 'octet')
  for (const [unit, size] of [
    ['Go', 1e9],
    ['Mo', 1e6],
    ['ko', 1e3],
  ] as const) {
    if (bytes >= size) return `${decimalFormat.format(bytes / size)} ${unit}`
  }
  return count(bytes, 'octet')
}

/** `count(2, 'pièce')` → « 2 pièces »; 0 and 1 stay singular, as French wants. */
export const count = (n: number, singular: string, plural = `${singular}s`): string =>
  `${integerFormat.format(n)} ${n < 2 ? singular : plural}`

/** « a, b et c ». */
export const list = (items: readonly string[], last = 'et'): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`
