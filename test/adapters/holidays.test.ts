import { describe, expect, it, test } from 'vitest'
import { openHolidays } from '../../server/adapters/holidays.ts'
import { addDays } from '../../server/domain/deadline.ts'
import { dueKind, mayBeDue, relanceDay } from '../../server/domain/relance.ts'
import {
  calendarOfCall,
  calendarOfFiness,
  HOLIDAY_CALENDARS,
  type HolidayCalendar,
} from '../../server/domain/working-days.ts'
import { shippedCall } from '../domain/calls.ts'

const isHoliday = openHolidays()

describe('public holidays', () => {
  test.each<[string, string, HolidayCalendar[]]>([
    ['2025-12-26', 'Saint-Étienne', ['alsace-moselle']],
    ['2026-04-27', 'abolition, Mayotte', ['mayotte']],
    ['2026-05-22', 'abolition, Martinique', ['martinique']],
    ['2026-05-27', 'abolition, Guadeloupe and Saint-Martin', ['guadeloupe', 'saint-martin']],
    ['2026-06-10', 'abolition, Guyane', ['guyane']],
    ['2027-12-20', 'abolition, La Réunion', ['la-reunion']],
    ['2026-10-09', 'abolition, Saint-Barthélemy', ['saint-barthelemy']],
    ['2026-09-24', 'citoyenneté, Nouvelle-Calédonie', ['nouvelle-caledonie']],
  ])('%s (%s) is one in %j alone', (day, _name, places) => {
    expect(HOLIDAY_CALENDARS.filter(calendar => isHoliday(day, calendar))).toEqual(places)
  })

  it('Good Friday is one in Alsace-Moselle and not in Paris', () => {
    expect(isHoliday('2026-04-03', 'alsace-moselle')).toBe(true)
    expect(isHoliday('2026-04-03', 'metropole')).toBe(false)
  })

  it('the national ones are everywhere', () => {
    for (const day of ['2026-01-01', '2026-04-06', '2026-05-01', '2026-05-14', '2026-07-14', '2026-12-25']) {
      expect(HOLIDAY_CALENDARS.filter(calendar => !isHoliday(day, calendar))).toEqual([])
    }
  })

  it('follow the département of the FINESS number, then the call', () => {
    expect(calendarOfFiness('670000017')).toBe('alsace-moselle')
    expect(calendarOfFiness('570000018')).toBe('alsace-moselle')
    expect(calendarOfFiness('970400011')).toBe('la-reunion')
    expect(calendarOfFiness('750000018')).toBeNull()
    const call = shippedCall('corse-2023')
    expect(calendarOfCall(call)).toBe('metropole')
    expect(calendarOfCall({ ...call, timeZone: 'Pacific/Noumea' })).toBe('nouvelle-caledonie')
    expect(calendarOfCall({ ...call, region: 'Mayotte' })).toBe('mayotte')
  })
})

describe('the day of a reminder', () => {
  const metropole = { calendars: ['metropole'] as const, isHoliday }
  const moselle = { calendars: ['alsace-moselle'] as const, isHoliday }

  test.each([
    ['2026-07-17', 0, '2026-07-17', 'a Friday'],
    ['2026-07-18', 0, '2026-07-17', 'a Saturday goes the Friday before'],
    ['2026-07-14', 0, '2026-07-13', 'a last day that is a holiday goes the day before'],
    ['2026-05-25', 0, '2026-05-22', 'Whit Monday goes the Friday before'],
    ['2026-04-08', 2, '2026-04-03', 'Easter Monday goes Good Friday, worked in Paris'],
    ['2027-01-03', 2, '2026-12-31', 'New Year goes the day before'],
  ])('before %s, J-%i is on %s: %s', (deadline, before, expected) => {
    expect(relanceDay(deadline, before, metropole)).toBe(expected)
  })

  it('moves one day more in Moselle at Easter', () => {
    expect(relanceDay('2026-04-08', 2, moselle)).toBe('2026-04-02')
  })

  it('is one a day: of two kinds the most urgent', () => {
    const settings = { days: [15, 7, 2, 0] }
    // Sunday 19 July: both J-2 and J-0 fall on Friday the 17th.
    expect(dueKind(['2026-07-19'], '2026-07-17', settings, metropole)).toBe('J-0')
    expect(dueKind(['2026-07-24', '2026-08-01'], '2026-07-17', settings, metropole)).toBe('J-7')
    expect(dueKind(['2026-07-24'], '2026-07-16', settings, metropole)).toBeNull()
    expect(dueKind(['2026-07-24'], '2026-07-17', { days: [2, 0] }, metropole)).toBeNull()
  })

  it('may be due on the days between those of no holiday and of every place, and on no other', () => {
    const settings = { days: [15, 7, 2, 0] }
    const everywhere = { calendars: HOLIDAY_CALENDARS, isHoliday }
    const wrong: string[] = []
    for (let deadline = '2026-04-01'; deadline < '2028-01-15'; deadline = addDays(deadline, 1)) {
      const dueDays = settings.days.map(before => [
        relanceDay(deadline, before, everywhere),
        relanceDay(deadline, before, { calendars: [], isHoliday }),
      ])
      for (let ago = -3; ago < 40; ago++) {
        const today = addDays(deadline, -ago)
        const expected = dueDays.some(([first = '', last = '']) => first <= today && today <= last)
        if (mayBeDue([deadline], today, settings, isHoliday) !== expected) wrong.push(`${deadline} ${today}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('looks for no holiday far from any last day', () => {
    const asked: string[] = []
    const spy = (day: string) => {
      asked.push(day)
      return false
    }
    expect(mayBeDue(['2026-07-24'], '2026-05-01', { days: [15, 7, 2, 0] }, spy)).toBe(false)
    expect(mayBeDue(['2026-07-24'], '2026-07-25', { days: [15, 7, 2, 0] }, spy)).toBe(false)
    expect(asked).toEqual([])
    expect(mayBeDue(['2026-07-24'], '2026-07-24', { days: [15, 7, 2, 0] }, spy)).toBe(true)
  })
})
