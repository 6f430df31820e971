/** The calendar of the comité de pilotage: a proposal of days, and what makes a calendar look again. */
import type { Day } from '../call.ts'
import { addDays } from '../deadline.ts'
import { isSame } from '../same-value.ts'
import type { Meeting } from './governance.ts'

/** The same day of the month some months later, or the last one of a shorter month. */
function addMonths(day: Day, months: number): Day {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate()
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, last))).toISOString().slice(0, 10)
}

/**
 * One day a month from the first to the last, each moved on to the next day on which people work.
 *
 * @param taken days that have a meeting already: their months are passed over.
 */
export function monthlyDays(
  { first, last, taken }: { first: Day; last: Day; taken: readonly Day[] },
  isWorked: (day: Day) => boolean,
): Day[] {
  const days: Day[] = []
  const months = new Set(taken.map(monthOf))
  for (let month = 0; addMonths(first, month) <= last; month++) {
    const asked = addMonths(first, month)
    let day = asked
    while (!isWorked(day) && day <= last) day = addDays(day, 1)
    if (day <= last && !months.has(monthOf(asked)) && !months.has(monthOf(day))) days.push(day)
  }
  return days
}

const monthOf = (day: Day): string => day.slice(0, 7)

const shown = ({ day, time, place, object, guests, state }: Meeting) => ({
  day,
  time,
  place,
  object,
  guests,
  isCancelled: state === 'annulee',
})

/** In the order of their days, each with the number by which a calendar knows that it changed. */
export function inOrder(before: readonly Meeting[], after: readonly Meeting[]): Meeting[] {
  const known = new Map(before.map(meeting => [meeting.id, meeting]))
  return after
    .map(meeting => {
      const old = known.get(meeting.id)
      const sequence = old === undefined ? 0 : old.sequence + (isSame(shown(old), shown(meeting)) ? 0 : 1)
      return { ...meeting, sequence }
    })
    .toSorted((a, b) => (whenOf(a) < whenOf(b) ? -1 : whenOf(a) > whenOf(b) ? 1 : 0))
}

const whenOf = ({ day, time, id }: Meeting): string => `${day} ${time ?? ''} ${id}`
