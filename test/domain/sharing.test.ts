import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type KeyPart,
  MEASURES,
  type SharingFacts,
  type SharingKey,
  WHOLE,
} from '../../server/domain/sharing/key.ts'
import { type Shares, share, shareWithout } from '../../server/domain/sharing/share.ts'

/** One OG an ESMS, with as many places; all acquire. */
const membersOf = (places: readonly (number | null)[]): SharingFacts => ({
  ogs: places.map((_, at) => ({ id: `og-${at}`, name: `OG ${at}` })),
  esms: places.map((capacite, at) => ({
    id: `esms-${at}`,
    ogId: `og-${at}`,
    name: `ESMS ${at}`,
    projet: 'acquisition',
    capacite,
  })),
  money: [{ projet: 'acquisition', euros: 25_000, origin: 'Source : AAP' }],
  mostFunded: null,
})

const part = (measure: KeyPart['measure'], points = WHOLE): KeyPart => ({ measure, points })
const cost = (cents: number, projet: 'acquisition' | 'mise-en-conformite' | null = null) => ({
  label: 'Licences',
  kind: 'logiciel' as const,
  cents,
  projet,
})
const keyOf = (changes: Partial<SharingKey> = {}): SharingKey => ({
  costs: [cost(10_000)],
  between: 'esms',
  rule: { kind: 'parts', parts: [part('egale')], capCents: null, called: null },
  outside: null,
  subsidy: null,
  measures: {},
  source: null,
  ...changes,
})
const capped = (capCents: number | null, ...parts: KeyPart[]): SharingKey['rule'] => ({
  kind: 'parts',
  parts,
  capCents,
  called: null,
})

function shared(key: SharingKey, facts: SharingFacts): Shares {
  const found = share(key, facts)
  if (!found.ok) throw new Error(JSON.stringify(found.gaps))
  return found
}
const costsOf = (key: SharingKey, facts: SharingFacts) => shared(key, facts).shares.map(({ costs }) => costs)

describe('what cannot be divided', () => {
  test('loses no cent: the one left goes to whoever lost most of one, the first where all did', () => {
    expect(costsOf(keyOf(), membersOf([1, 1, 1]))).toEqual([3334, 3333, 3333])
    const byPlaces = keyOf({ costs: [cost(100)], rule: capped(null, part('places')) })
    expect(costsOf(byPlaces, membersOf([1, 2, 4]))).toEqual([14, 29, 57])
  })

  test('an equal part and one by places', () => {
    const key = keyOf({ rule: capped(null, part('egale', 4000), part('places', 6000)) })
    expect(costsOf(key, membersOf([10, 30]))).toEqual([3500, 6500])
  })

  test('costs of one kind of project are borne by those alone who ask for it', () => {
    const facts = membersOf([10, 20])
    const esms = facts.esms.map((each, at) =>
      at === 0 ? each : { ...each, projet: 'mise-en-conformite' as const },
    )
    const key = keyOf({ costs: [cost(1000), cost(500, 'mise-en-conformite')] })
    expect(costsOf(key, { ...facts, esms })).toEqual([500, 1000])
    expect(share(key, facts)).toEqual({
      ok: false,
      gaps: [{ kind: 'nobody-bears', projet: 'mise-en-conformite', cents: 500 }],
    })
  })

  test('nobody pays more than the cap; what it leaves goes to the others, or is refused with its amount', () => {
    const key = (cap: number) => keyOf({ rule: capped(cap, part('places')) })
    expect(costsOf(key(5000), membersOf([80, 15, 5]))).toEqual([5000, 3750, 1250])
    expect(share(key(3000), membersOf([80, 15, 5]))).toEqual({
      ok: false,
      gaps: [{ kind: 'caps', cents: 1000, capCents: 3000 }],
    })
  })
})

describe('what nobody knows', () => {
  test('is never zero: each member is named, and nothing is computed', () => {
    const key = keyOf({ rule: capped(null, part('places', 5000), part('bulletins', 5000)) })
    const measures = { 'esms-0': { bulletins: 12 } }
    expect(share({ ...key, measures }, membersOf([null, 3]))).toEqual({
      ok: false,
      gaps: [
        { kind: 'measure', measure: 'places', esms: { id: 'esms-0', name: 'ESMS 0' } },
        { kind: 'measure', measure: 'bulletins', esms: { id: 'esms-1', name: 'ESMS 1' } },
      ],
    })
  })

  test('zero of everybody divides nothing', () => {
    expect(share(keyOf({ rule: capped(null, part('places')) }), membersOf([0, 0]))).toEqual({
      ok: false,
      gaps: [{ kind: 'nothing-measured', measure: 'places', projet: null }],
    })
  })

  test('an amount that the call does not give is not guessed', () => {
    const key = keyOf({ subsidy: { kind: 'appel' } })
    const facts = membersOf([1, 1])
    expect(shared(key, facts).shares.map(({ subsidy }) => subsidy)).toEqual([2_500_000, 2_500_000])
    expect(share(key, { ...facts, money: [] })).toEqual({
      ok: false,
      gaps: [{ kind: 'amount', projet: 'acquisition' }],
    })
    expect(shared(keyOf(), facts).totals.subsidy).toBeNull()
    expect(shared(key, { ...facts, mostFunded: 1 }).beyondFunded).toEqual({ members: 2, most: 1 })
  })
})

describe('the keys of the source documents', () => {
  const hours = (...all: number[]) =>
    Object.fromEntries(all.map((heures, at) => [`esms-${at}`, { heures }] as const))

  test('GCSMS ISI: by hours, 8 % to users, settled at the end of the year', () => {
    const key = keyOf({
      costs: [cost(100_000)],
      outside: { by: 'les usagers', points: 800 },
      rule: {
        kind: 'parts',
        parts: [part('heures')],
        capCents: null,
        called: { cents: 3000, nothingUnder: null, atMost: null },
      },
      measures: hours(10, 20),
    })
    const { shares, totals } = shared(key, membersOf([1, 1]))
    expect(shares.map(({ costs, called, settled }) => [costs, called, settled])).toEqual([
      [30_667, 30_000, 667],
      [61_333, 60_000, 1333],
    ])
    expect(totals).toMatchObject({ costs: 100_000, outside: 8000, shared: 92_000, uncovered: 0 })
  })

  test('GIC 65: 25 € an hour, 35 at most, nothing under 7; what that does not cover is told', () => {
    const rate = { cents: 2500, nothingUnder: 7, atMost: 35 }
    const key = keyOf({
      costs: [cost(200_000)],
      rule: { kind: 'forfait', rate },
      measures: hours(6, 7, 35, 50),
    })
    const { shares, totals } = shared(key, membersOf([1, 1, 1, 1]))
    expect(shares.map(({ costs }) => costs)).toEqual([0, 17_500, 87_500, 87_500])
    expect(totals.uncovered).toBe(7500)
  })
})

test('a departure tells each its part before and after', () => {
  const left = shareWithout(keyOf(), membersOf([1, 1, 1]), 'esms-1')
  expect(left?.departures.map(({ before, after }) => [before.costs, after?.costs ?? null])).toEqual([
    [3334, 5000],
    [3333, null],
    [3333, 5000],
  ])
  expect(shareWithout(keyOf(), membersOf([1]), 'personne')).toBeNull()
})

const anyPoints = fc
  .array(fc.integer({ min: 0, max: 100 }), { minLength: 6, maxLength: 6 })
  .filter(all => all.some(each => each > 0))
  .map(all => {
    const total = all.reduce((sum, each) => sum + each, 0)
    const points = all.map(each => Math.floor((each * WHOLE) / total))
    const rest = WHOLE - points.reduce((sum, each) => sum + each, 0)
    return points.map((each, at) => (at === 0 ? each + rest : each))
  })

const anyMember = fc.record({
  og: fc.integer({ min: 0, max: 5 }),
  projet: fc.constantFrom('acquisition' as const, 'mise-en-conformite' as const),
  capacite: fc.integer({ min: 0, max: 300 }),
  usagers: fc.integer({ min: 0, max: 5000 }),
  bulletins: fc.integer({ min: 0, max: 5000 }),
  heures: fc.integer({ min: 0, max: 2000 }),
})

const anyCost = fc.record({
  cents: fc.integer({ min: 0, max: 100_000_000_000 }),
  projet: fc.constantFrom(null, 'acquisition' as const, 'mise-en-conformite' as const),
})

const anySharing = fc
  .record({
    members: fc.array(anyMember, { minLength: 1, maxLength: 49 }),
    costs: fc.array(anyCost, { minLength: 1, maxLength: 6 }),
    points: anyPoints,
    between: fc.constantFrom('og' as const, 'esms' as const),
    cap: fc.option(fc.integer({ min: 0, max: 100_000_000_000 })),
    outside: fc.option(fc.integer({ min: 1, max: WHOLE })),
    subsidy: fc.option(fc.integer({ min: 0, max: 1_000_000_000 })),
  })
  .map(({ members, costs, points, between, cap, outside, subsidy }) => {
    const facts: SharingFacts = {
      ogs: Array.from({ length: 6 }, (_, at) => ({ id: `og-${at}`, name: `OG ${at}` })),
      esms: members.map(({ og, projet, capacite }, at) => {
        return { id: `esms-${at}`, ogId: `og-${og}`, name: `ESMS ${at}`, projet, capacite }
      }),
      money: [],
      mostFunded: null,
    }
    const parts = MEASURES.map((measure, at) => part(measure, points[at] ?? 0))
    const key = keyOf({
      costs: costs.map(({ cents, projet }) => cost(cents, projet)),
      between,
      rule: capped(cap, ...parts),
      outside: outside === null ? null : { by: 'les usagers', points: outside },
      subsidy: subsidy === null ? null : { kind: 'porteur', cents: subsidy, basis: 'Convention' },
      measures: Object.fromEntries(
        members.map(({ usagers, bulletins, heures }, at) => [`esms-${at}`, { usagers, bulletins, heures }]),
      ),
    })
    return { key, facts, cap }
  })

const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0)

test('whatever the members and the key, parts make the costs to the cent, or a gap says why there are none', () => {
  let computed = 0
  fc.assert(
    fc.property(anySharing, ({ key, facts, cap }) => {
      const found = share(key, facts)
      if (!found.ok) {
        expect(found.gaps.length).toBeGreaterThan(0)
        for (const gap of found.gaps) if (gap.kind === 'caps') expect(gap.cents).toBeGreaterThan(0)
        return
      }
      computed++
      const { shares, totals } = found
      expect(sum(shares.map(({ costs }) => costs))).toBe(totals.shared)
      expect(totals.shared + totals.outside).toBe(sum(key.costs.map(({ cents }) => cents)))
      expect(totals.uncovered).toBe(0)
      for (const { costs } of shares) {
        expect(Number.isInteger(costs) && costs >= 0).toBe(true)
        if (cap !== null) expect(costs).toBeLessThanOrEqual(cap)
      }
      if (key.subsidy?.kind === 'porteur') {
        expect(sum(shares.map(({ subsidy }) => subsidy ?? 0))).toBe(key.subsidy.cents)
      }
    }),
    { numRuns: 500 },
  )
  expect(computed).toBeGreaterThan(20)
})
