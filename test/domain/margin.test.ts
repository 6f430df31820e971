import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Call, RuleLine } from '../../server/domain/call.ts'
import { evaluate } from '../../server/domain/eligibility.ts'
import type { Esms } from '../../server/domain/grappe.ts'
import { marginOf, whatIf } from '../../server/domain/margin.ts'
import { shippedCall } from './calls.ts'
import { fictionalFiness, fineEsms, fineGrappe, grappeOf } from './facts.ts'

const TODAY = '2026-11-22'
const DEMONSTRATION = shippedCall('demonstration', TODAY)
const facts = (members: readonly Esms[]) => ({ grappe: grappeOf(members), today: TODAY })

describe('the margin of a grappe', () => {
  test('19 ESMS may lose 4 and still be 15', () => {
    const margin = marginOf(DEMONSTRATION, { grappe: fineGrappe(19), today: TODAY })
    expect(margin.mayLeave).toBe(4)
    expect(margin.counts).toEqual([{ rule: 'minimum-esms', title: 'Nombre minimum d’ESMS', mayLeave: 4 }])
  })

  test('a grappe that is too small has none, rather than zero', () => {
    expect(marginOf(DEMONSTRATION, { grappe: fineGrappe(14), today: TODAY })).toMatchObject({
      counts: [],
      mayLeave: null,
    })
  })

  test('names the OG whose departure alone breaks a rule, and which rule', () => {
    const members = Array.from({ length: 17 }, (_, rank) =>
      fineEsms(rank, { ogId: rank < 3 ? 'og-large' : `og-${rank}` }),
    )
    const { ogDepartures } = marginOf(DEMONSTRATION, facts(members))
    expect(ogDepartures).toHaveLength(15)
    expect(ogDepartures[0]).toEqual({ ogId: 'og-large', esmsLeaving: 3, breaks: ['minimum-esms'] })
    expect(ogDepartures.slice(1).every(departure => departure.breaks.length === 0)).toBe(true)
  })

  test('in 2021 two OG may leave of five, if they are small', () => {
    const sizes = [10, 10, 10, 1, 2]
    const members = sizes.flatMap((size, og) =>
      Array.from({ length: size }, (_, rank) => fineEsms(og * 100 + rank, { ogId: `og-${og}` })),
    )
    const { counts } = marginOf(shippedCall('temps-1-2021'), facts(members))
    expect(counts).toMatchObject([
      { rule: 'minimum-og', mayLeave: 12 },
      { rule: 'minimum-esms', mayLeave: 18 },
    ])
  })

  test('"and if" shows another verdict and changes nothing', () => {
    const grappe = fineGrappe(15)
    const before = structuredClone(grappe)
    expect(whatIf(DEMONSTRATION, { grappe, today: TODAY }, ['esms-3']).status).toBe('non-eligible')
    expect(whatIf(DEMONSTRATION, { grappe, today: TODAY }, []).status).toBe('eligible')
    expect(grappe).toEqual(before)
  })
})

/** Small figures so that every subset of a small grappe can be tried. */
const anyThreshold = fc.record({
  minimum: fc.integer({ min: 1, max: 5 }),
  exceptions: fc.array(
    fc.record({
      places: fc.constantFrom(['Corse'], ['Corse', 'Outre-mer'], ['Occitanie']),
      minimum: fc.integer({ min: 1, max: 5 }),
    }),
    { maxLength: 2 },
  ),
})

const anyLine = fc.oneof(
  anyThreshold.map(minimum => ({ rule: 'minimum-esms', parameters: { minimum } })),
  fc
    .record({
      minimum: anyThreshold,
      seulAPartirDe: fc.option(fc.integer({ min: 1, max: 5 })),
      seulJusquA: fc.option(fc.integer({ min: 3, max: 6 })),
    })
    .map(parameters => ({ rule: 'minimum-og', parameters })),
  fc
    .integer({ min: 1, max: 6 })
    .map(seuilNational => ({ rule: 'guichet', parameters: { seuilNational, guichets: ['national'] } })),
)

const anySmallGrappe = fc.array(
  fc.record({
    ogId: fc.constantFrom('og-1', 'og-2', 'og-3', 'og-4'),
    departement: fc.constantFrom('2A', '31', '13', '974', null),
  }),
  { minLength: 1, maxLength: 7 },
)

describe('whatever a small grappe and the figures of its call', () => {
  test('every departure of as many ESMS as the margin keeps the rule, one more breaks it for some', () => {
    let exact = 0
    fc.assert(
      fc.property(anyLine, anySmallGrappe, ({ rule, parameters }, list) => {
        const provenance = { kind: 'carrier', reference: 'Texte de l’AAP' } as const
        const line: RuleLine = { code: rule, rule, title: null, parameters, provenance }
        const call: Call = { ...DEMONSTRATION, rules: [line] }
        const members = list.map(({ ogId, departement }, rank) =>
          fineEsms(rank, {
            ogId,
            finess: departement === null ? null : fictionalFiness(departement, rank),
          }),
        )
        const satisfied = (remaining: readonly Esms[]) =>
          evaluate(call, facts(remaining)).status === 'eligible'

        let keepsFor = -1
        if (satisfied(members)) {
          const broken = new Set<number>()
          for (let subset = 0; subset < 2 ** members.length; subset += 1) {
            const remaining = members.filter((_, rank) => (subset >> rank) % 2 === 0)
            if (!satisfied(remaining)) broken.add(members.length - remaining.length)
          }
          keepsFor = Math.min(...broken) - 1
          exact += 1
        }
        expect(marginOf(call, facts(members)).mayLeave).toBe(keepsFor === -1 ? null : keepsFor)
      }),
      { numRuns: 1500 },
    )
    expect(exact).toBeGreaterThan(300)
  })
})
