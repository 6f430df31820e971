import { describe, expect, test } from 'vitest'
import { readCall } from '../../schema/contracts/call.ts'
import { offeredDomaines, offeredProjets } from '../../server/domain/call.ts'
import { RULES } from '../../server/domain/rules/index.ts'
import { shippedCall } from './calls.ts'

const CODES = ['corse-2023', 'demonstration', 'national-2022', 'national-2024', 'temps-1-2021']

describe('a grappe’s own copy of a call', () => {
  test('has real days, counted from the day of creation', () => {
    const { window, pieces } = shippedCall('demonstration', '2026-01-15')
    expect([window.opensOn, window.closesOn]).toEqual(['2025-12-16', '2026-03-01'])
    expect(pieces.find(piece => piece.code === 'etat-des-lieux')?.deadlineOn).toBe('2026-02-14')
  })

  test.each(CODES)('%s comes back the same from the database', code => {
    const call = shippedCall(code)
    expect(readCall(JSON.parse(JSON.stringify(call)))).toEqual({ ok: true, call })
  })

  test('may not keep a relative day', () => {
    const { window, ...rest } = shippedCall('demonstration')
    expect(readCall({ ...rest, window: { ...window, closesOn: 'J+45' } })).toMatchObject({
      ok: false,
      problems: [{ path: ['window', 'closesOn'] }],
    })
  })

  test('offers the domains and kinds that it admits, or all when no source says', () => {
    expect(offeredDomaines(shippedCall('corse-2023'))).toEqual(['PA', 'PH', 'DOM', 'PDE', 'PDS'])
    expect(offeredDomaines(shippedCall('national-2022'))).toContain('AHI')
    expect(offeredProjets(shippedCall('corse-2023'))).toEqual(['acquisition', 'mise-en-conformite'])
  })
})

describe('the rules', () => {
  test('are each used by a shipped call, and have a code of their own', () => {
    const used = new Set(CODES.flatMap(code => shippedCall(code).rules.map(line => line.rule)))
    expect([...used].sort()).toEqual(RULES.map(rule => rule.code).sort())
    expect(new Set(RULES.map(rule => rule.code)).size).toBe(RULES.length)
  })
})
