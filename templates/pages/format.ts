/** French spelling for pages: short days, instants, sizes, counts. Long days: `server/domain/deadline.ts`. */
import type { Day } from '../../server/domain/call.ts'

export { formatMoment as moment } from '../../server/domain/deadline.ts'

const noon = (day: Day) => new Date(`${day}T12:00:00Z`)

const shortDayFormat = new Intl.DateTimeFormat('fr-FR', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const integerFormat = new Intl.NumberFormat('fr-FR')
const decimalFormat = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 1 })

/** « 1er » is how French writes the first of a month. */
const withFirst = (text: string) => text.replace(/(^|\s)1(\s)/, '$11er$2')

/** `2023-09-15` → « 15 sept. », for dense tables. */
export const shortDay = (day: Day): string => withFirst(shortDayFormat.format(noon(day)))

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

/** « 3 024 × 4 032 pixels ». */
export const imageSize = (width: number, height: number): string =>
  `${integerFormat.format(width)} × ${count(height, 'pixel')}`

/** The first letter of a sentence. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** « a, b et c ». */
export const list = (items: readonly string[], last = 'et'): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`
