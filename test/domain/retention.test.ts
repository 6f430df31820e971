/** When a grappe is erased: never on the strength of an absence. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays } from '../../server/domain/deadline.ts'
import {
  addMonths,
  announcedDay,
  DEFAULT_MONTHS,
  retentionOf,
  retentionStep,
  type Warning,
} from '../../server/domain/retention.ts'

const window = (closesOn: string | null) => ({ label: null, opensOn: null, closesOn }) as never

describe('the duration', () => {
  it('is the porteur’s, then the call’s, then the product’s, from the last closing', () => {
    const call = { windows: [window('2026-07-16'), window('2026-09-30')] }
    const retention = { months: 36, provenance: { kind: 'carrier', reference: 'Charte' } } as const
    expect(retentionOf(call, null)).toMatchObject({
      months: DEFAULT_MONTHS,
      source: { by: 'product' },
      erasesOn: '2028-09-30',
    })
    expect(retentionOf({ ...call, retention }, null)).toMatchObject({
      source: { by: 'call' },
      erasesOn: '2029-09-30',
    })
    expect(retentionOf({ ...call, retention }, 5)).toMatchObject({
      source: { by: 'porteur' },
      erasesOn: '2027-02-28',
    })
  })

  it('tells no day as long as one closing is not known', () => {
    expect(retentionOf({ windows: [window('2026-07-16'), window(null)] }, 12).erasesOn).toBeNull()
  })

  it('counts months as people do', () => {
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-28')
    expect(addMonths('2027-11-30', 3)).toBe('2028-02-29')
    expect(addMonths('2026-12-15', 12)).toBe('2027-12-15')
  })
})

const planned = '2028-07-16'
const warning = (rank: 1 | 2, over: Partial<Warning> = {}): Warning => ({
  rank,
  writtenOn: addDays(planned, rank === 1 ? -60 : -7),
  erasesOn: planned,
  leftOn: addDays(planned, rank === 1 ? -60 : -7),
  isLost: false,
  ...over,
})

describe('what is due', () => {
  it('is a warning, another, then the erasure', () => {
    expect(retentionStep(addDays(planned, -61), planned, [])).toEqual({ do: 'nothing' })
    expect(retentionStep(addDays(planned, -60), planned, [])).toEqual({
      do: 'warn',
      rank: 1,
      erasesOn: planned,
    })
    expect(retentionStep(addDays(planned, -8), planned, [warning(1)])).toEqual({ do: 'nothing' })
    expect(retentionStep(addDays(planned, -7), planned, [warning(1)])).toMatchObject({ do: 'warn', rank: 2 })
    expect(retentionStep(addDays(planned, -1), planned, [warning(1), warning(2)])).toEqual({ do: 'nothing' })
    expect(retentionStep(planned, planned, [warning(1), warning(2)])).toEqual({ do: 'erase' })
  })

  it('leaves sixty days to a grappe whose time was over before anybody was warned', () => {
    const today = addDays(planned, 500)
    expect(retentionStep(today, planned, [])).toEqual({
      do: 'warn',
      rank: 1,
      erasesOn: addDays(today, 60),
    })
    const told = [warning(1, { writtenOn: today, leftOn: today, erasesOn: addDays(today, 60) })]
    expect(retentionStep(addDays(today, 20), planned, told)).toEqual({ do: 'nothing' })
    expect(announcedDay(planned, told)).toBe(addDays(today, 60))
  })

  it('writes again, and tells later days, when a warning was lost', () => {
    const lost = warning(1, { leftOn: null, isLost: true })
    expect(retentionStep(addDays(planned, -54), planned, [lost])).toEqual({
      do: 'wait',
      rank: 1,
      isLost: true,
    })
    expect(retentionStep(addDays(planned, -53), planned, [lost])).toEqual({
      do: 'warn',
      rank: 1,
      erasesOn: addDays(planned, 7),
    })
  })

  it('is never the erasure unless both warnings left, the last a week before', () => {
    const day = fc.integer({ min: -400, max: 800 }).map(shift => addDays(planned, shift))
    const any = fc.record({
      rank: fc.constantFrom(1 as const, 2 as const),
      writtenOn: day,
      erasesOn: day,
      leftOn: fc.option(day),
      isLost: fc.boolean(),
    })
    fc.assert(
      fc.property(day, fc.array(any, { maxLength: 5 }), (today, warnings) => {
        if (retentionStep(today, planned, warnings).do !== 'erase') return
        const last = warnings.findLast(({ rank }) => rank === 2)
        expect(warnings.findLast(({ rank }) => rank === 1)?.leftOn).not.toBeNull()
        expect(last?.leftOn).not.toBeNull()
        expect(today >= addDays(last?.leftOn ?? '9999-12-31', 7)).toBe(true)
        expect(today >= (last?.erasesOn ?? '9999-12-31')).toBe(true)
      }),
    )
  })
})
