import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDays,
  closingInstant,
  dayOf,
  daysLeft,
  formatClosing,
  formatDay,
  formatDaysLeft,
  hourOf,
  isDay,
  isTimeZone,
} from '../../server/domain/deadline.ts'
import { isReopened } from '../../server/domain/extension.ts'
import { pieceDeadline } from '../../server/domain/piece.ts'

const ZONES = [
  'Europe/Paris',
  'Indian/Reunion',
  'Indian/Mayotte',
  'America/Guadeloupe',
  'America/Martinique',
  'America/Cayenne',
  'America/Miquelon',
  'Pacific/Noumea',
  'Pacific/Marquesas',
  'Australia/Lord_Howe',
  'UTC',
]

const anyDay = fc.integer({ min: 0, max: 20_000 }).map(days => addDays('1990-01-01', days))

describe('the closing of a day', () => {
  test.each([
    ['2023-09-15', 'Europe/Paris', '2023-09-15T21:59:59.000Z', 'summer in Paris'],
    ['2023-12-15', 'Europe/Paris', '2023-12-15T22:59:59.000Z', 'winter in Paris'],
    ['2023-03-26', 'Europe/Paris', '2023-03-26T21:59:59.000Z', 'the day clocks go forward'],
    ['2023-03-25', 'Europe/Paris', '2023-03-25T22:59:59.000Z', 'the day before'],
    ['2023-10-29', 'Europe/Paris', '2023-10-29T22:59:59.000Z', 'the day clocks go back'],
    ['2023-10-28', 'Europe/Paris', '2023-10-28T21:59:59.000Z', 'the day before'],
    ['2023-09-15', 'Indian/Reunion', '2023-09-15T19:59:59.000Z', 'La Réunion'],
    ['2023-09-15', 'America/Martinique', '2023-09-16T03:59:59.000Z', 'Martinique'],
    ['2023-09-15', 'America/Cayenne', '2023-09-16T02:59:59.000Z', 'Guyane'],
    ['2023-09-23', 'Pacific/Auckland', '2023-09-23T11:59:59.000Z', 'clocks change before that hour in UTC'],
    ['2023-09-15', 'Pacific/Marquesas', '2023-09-16T09:29:59.000Z', 'half-hour zone'],
  ])('%s in %s is %s (%s)', (day, zone, instant) => {
    expect(closingInstant(day, zone)).toBe(instant)
  })

  test('is the last second of that day, in every zone and on every day', () => {
    fc.assert(
      fc.property(anyDay, fc.constantFrom(...ZONES), (day, zone) => {
        const closing = closingInstant(day, zone)
        const next = new Date(Date.parse(closing) + 1000).toISOString()
        expect(dayOf(closing, zone)).toBe(day)
        expect(dayOf(next, zone)).toBe(addDays(day, 1))
      }),
      { numRuns: 400 },
    )
  })
})

describe('days', () => {
  test('an evening in Paris is already tomorrow in Nouméa and still today in Martinique', () => {
    const instant = '2023-09-15T22:30:00.000Z'
    expect(dayOf(instant, 'Europe/Paris')).toBe('2023-09-16')
    expect(dayOf(instant, 'Pacific/Noumea')).toBe('2023-09-16')
    expect(dayOf(instant, 'America/Martinique')).toBe('2023-09-15')
  })

  test('are counted across changes of clocks and leap days', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29')
    expect(addDays('2023-03-25', 2)).toBe('2023-03-27')
    fc.assert(
      fc.property(anyDay, fc.integer({ min: -800, max: 800 }), (day, days) => {
        expect(daysLeft(day, addDays(day, days))).toBe(days)
      }),
    )
  })

  test.each(['2023-02-30', '2023-13-01', '15/09/2023', '2023-9-15', '2023-09-15T10:00', ''])(
    '%j is not a day',
    text => {
      expect(isDay(text)).toBe(false)
    },
  )

  test('a zone that does not exist is known as such, and looking it up fails', () => {
    expect(isTimeZone('Europe/Paris')).toBe(true)
    expect(isTimeZone('Europe/Ajaccio')).toBe(false)
    expect(() => dayOf('2023-09-15T10:00:00.000Z', 'Europe/Ajaccio')).toThrow(RangeError)
  })
})

describe('as people read them', () => {
  test('dates and delays are written out in French', () => {
    expect(formatDay('2023-09-15')).toBe('vendredi 15 septembre 2023')
    expect(formatDay('2026-12-01')).toBe('mardi 1er décembre 2026')
    expect(formatClosing('2023-09-15')).toBe('vendredi 15 septembre 2023 à 23\u00A0h\u00A059')
    expect(formatDaysLeft('2023-09-12', '2023-09-15')).toBe('il reste 3\u00A0jours')
    expect(formatDaysLeft('2023-09-14', '2023-09-15')).toBe('il reste 1\u00A0jour')
    expect(formatDaysLeft('2023-09-15', '2023-09-15')).toBe('dernier jour aujourd’hui')
    expect(formatDaysLeft('2023-09-17', '2023-09-15')).toBe('clos depuis 2\u00A0jours')
  })
})

describe('a day that was granted after the closing', () => {
  const reopened = (deadlineOn: string) => [
    {
      id: '1',
      kind: 'reouverture' as const,
      pieceCode: 'charte',
      ogId: null,
      esmsId: 'e',
      deadlineOn,
      motive: 'Scan à refaire',
      grantedBy: 'porteuse@exemple.fr',
      grantedAt: '2026-01-01T10:00:00.000Z',
    },
  ]

  test.each([
    ['2026-03-28', 'Europe/Paris', '2026-03-28T22:59:59.000Z'],
    ['2026-03-29', 'Europe/Paris', '2026-03-29T21:59:59.000Z'],
    ['2026-10-24', 'Europe/Paris', '2026-10-24T21:59:59.000Z'],
    ['2026-10-25', 'Europe/Paris', '2026-10-25T22:59:59.000Z'],
    ['2026-03-29', 'Indian/Reunion', '2026-03-29T19:59:59.000Z'],
    ['2026-03-29', 'America/Martinique', '2026-03-30T03:59:59.000Z'],
    ['2026-03-29', 'Pacific/Noumea', '2026-03-29T12:59:59.000Z'],
    ['2026-03-08', 'America/Miquelon', '2026-03-09T01:59:59.000Z'],
    ['2026-11-01', 'America/Miquelon', '2026-11-02T02:59:59.000Z'],
  ])('%s in %s ends at %s, and not a second later', (day, zone, last) => {
    expect(closingInstant(day, zone)).toBe(last)
    expect(isReopened(reopened(day), dayOf(last, zone))).toBe(true)
    const next = new Date(Date.parse(last) + 1000).toISOString()
    expect(isReopened(reopened(day), dayOf(next, zone))).toBe(false)
  })

  test('a prolongation never outlives a closing brought forward, and reopens nothing', () => {
    const prolongation = reopened('2026-09-30').map(each => ({ ...each, kind: 'prolongation' as const }))
    expect(pieceDeadline({ deadlineOn: '2026-09-01' }, '2026-09-15', prolongation)).toBe('2026-09-15')
    expect(pieceDeadline({ deadlineOn: '2026-09-01' }, '2026-10-15', prolongation)).toBe('2026-09-30')
    expect(isReopened(prolongation, '2026-09-20')).toBe(false)
  })

  test('nine o’clock is read on the clocks of the call, on both changes of clocks', () => {
    expect(hourOf('2026-03-29T06:59:00.000Z', 'Europe/Paris')).toBe(8)
    expect(hourOf('2026-03-29T07:00:00.000Z', 'Europe/Paris')).toBe(9)
    expect(hourOf('2026-10-25T08:00:00.000Z', 'Europe/Paris')).toBe(9)
    expect(hourOf('2026-03-28T22:00:00.000Z', 'Pacific/Noumea')).toBe(9)
    expect(hourOf('2026-03-29T13:00:00.000Z', 'America/Martinique')).toBe(9)
  })
})
