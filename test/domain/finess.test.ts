import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { departementOf, finessKey, normaliseFiness } from '../../server/domain/finess.ts'

const REAL = readFileSync('test/fixtures/finess/real-numbers.txt', 'utf8').trim().split('\n')
const accepts = (text: string) => normaliseFiness(text).ok

describe('a FINESS number as a person types it', () => {
  test('every one of the 1,500 real numbers is accepted as it is', () => {
    expect(REAL).toHaveLength(1500)
    for (const number of REAL)
      expect(normaliseFiness(number)).toEqual({ ok: true, finess: number, warning: null })
  })

  test('every single-digit corruption of a real number is refused', () => {
    for (const number of REAL) {
      for (let position = 0; position < 9; position += 1) {
        const original = number.charAt(position)
        if (!/\d/.test(original)) continue
        for (const digit of '0123456789') {
          if (digit === original) continue
          const corrupted = number.slice(0, position) + digit + number.slice(position + 1)
          expect(accepts(corrupted), corrupted).toBe(false)
        }
      }
    }
  })

  test('every swap of neighbours is refused, save 09 and 90 which no Luhn key can tell apart', () => {
    let unseen = 0
    for (const number of REAL) {
      for (let position = 0; position < 8; position += 1) {
        const pair = number.slice(position, position + 2)
        if (pair.charAt(0) === pair.charAt(1)) continue
        const swapped =
          number.slice(0, position) + pair.charAt(1) + pair.charAt(0) + number.slice(position + 2)
        if (pair === '09' || pair === '90') {
          unseen += 1
          expect(accepts(swapped), swapped).toBe(true)
        } else {
          expect(accepts(swapped), swapped).toBe(false)
        }
      }
    }
    expect(unseen).toBeGreaterThan(0)
  })

  test('spaces, separators, lower case and a float written by a spreadsheet are forgiven', () => {
    for (const text of ['2a0000253', ' 2A 000 025 3 ', '2A\u00A00000253', '2A-0000253']) {
      const result = normaliseFiness(text)
      expect(result, text).toMatchObject({ ok: true, finess: `2A000025${finessKey('2A000025')}` })
    }
    expect(normaliseFiness('310780195.0')).toEqual(normaliseFiness('310780195'))
  })

  test('a leading zero lost by the spreadsheet is recognised and the number proposed, never applied', () => {
    expect(normaliseFiness('10000057')).toMatchObject({
      ok: false,
      refusal: 'lost-zero',
      suggestion: '010000057',
    })
    expect(normaliseFiness('10000057.0')).toMatchObject({ refusal: 'lost-zero', suggestion: '010000057' })
  })

  test.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['26010004500012', 'siret'],
    ['260 100 045 00012', 'siret'],
    ['1234567', 'length'],
    ['O10000057', 'pattern'],
    ['2C0000253', 'pattern'],
    ['010000058', 'key'],
  ] as const)('%j is refused as %s, in French, with what to do', (text, refusal) => {
    expect(normaliseFiness(text)).toMatchObject({
      ok: false,
      refusal,
      reason: expect.stringMatching(/ .+\.$/),
    })
  })

  test('a SIREN passes the key, so it is accepted with a warning', () => {
    expect(normaliseFiness('732829320')).toMatchObject({
      ok: true,
      warning: expect.stringContaining('SIREN'),
    })
  })

  test('no text whatever makes it throw, and an accepted number is accepted again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9AB ]{7,15}$/)), text => {
        const result = normaliseFiness(text)
        if (result.ok) expect(normaliseFiness(result.finess)).toEqual(result)
      }),
    )
  })

  test.each([
    ['2A0000253', '2A'],
    ['310780195', '31'],
    ['970302287', '973'],
    ['970403606', '974'],
    ['980500003', '98'],
  ])('the département of %s is %s', (finess, departement) => {
    expect(departementOf(finess)).toBe(departement)
  })
})
