/** A key applied to the members: who pays what, or what must be known first. No unknown counts as zero. */
import type { Projet } from '../call.ts'
import {
  type HourlyRate,
  isTypedMeasure,
  type KeyPart,
  type Measure,
  type SharingEsms,
  type SharingFacts,
  type SharingKey,
  WHOLE,
} from './key.ts'
import { split, type Taker, weightsOf } from './split.ts'

/** Why nothing is computed; each is mended at one place. */
export type SharingGap =
  /** `nothing-billed`: a flat rate that bills nothing leaves nothing to share a subsidy by. */
  | { kind: 'no-members' | 'no-costs' | 'nothing-billed' }
  | { kind: 'measure'; measure: Measure; esms: { id: string; name: string } }
  | { kind: 'projet'; esms: { id: string; name: string } }
  /** The members whom it concerns have none of it: it divides nothing. */
  | { kind: 'nothing-measured'; measure: Measure; projet: Projet | null }
  | { kind: 'nobody-bears'; projet: Projet; cents: number }
  | { kind: 'amount'; projet: Projet }
  /** What the caps leave to nobody. */
  | { kind: 'caps'; cents: number; capCents: number }

/** Cents, but the measures. */
export interface Share {
  /** Of the OG or the ESMS. */
  id: string
  name: string
  esms: number
  /** Those that the key uses. */
  measures: Readonly<Partial<Record<Measure, number>>>
  costs: number
  /** Null when no subsidy is known, or when none is expected by this key. */
  subsidy: number | null
  /** Of the costs, once the subsidy is had; below zero when it is more. */
  own: number | null
  /** By the hour, meanwhile; null when nothing is. */
  called: number | null
  /** What the end of the year adds, or gives back below zero. */
  settled: number | null
}

/** Costs borne by the same members, and how they were shared. */
export interface Pool {
  projet: Projet | null
  total: number
  outside: number
  shared: number
  /** Of each part of the key, the measure of each who pays, of those of its ESMS who bear these costs. */
  parts: readonly { measure: Measure; points: number; measures: readonly number[] }[]
  /** Of each who pays; none when a flat rate is billed. */
  cents: readonly number[]
}

type Costs = Omit<Pool, 'parts' | 'cents'>

export interface Shares {
  ok: true
  shares: readonly Share[]
  pools: readonly Pool[]
  totals: {
    costs: number
    outside: number
    /** By the members: `costs` without `outside`. */
    shared: number
    /** Of the costs, what a flat rate does not cover; below zero when it gives more. 0 for a shared key. */
    uncovered: number
    subsidy: number | null
    called: number | null
  }
  /** More members than the call finances: what is expected may be less. */
  beyondFunded: { members: number; most: number } | null
}

export type Sharing = Shares | { ok: false; gaps: readonly SharingGap[] }

interface Payer {
  id: string
  name: string
  esms: readonly SharingEsms[]
}

const payersOf = ({ between }: SharingKey, { ogs, esms }: SharingFacts): Payer[] =>
  between === 'esms'
    ? esms.map(each => ({ id: each.id, name: each.name, esms: [each] }))
    : ogs
        .map(({ id, name }) => ({ id, name, esms: esms.filter(({ ogId }) => ogId === id) }))
        .filter(payer => payer.esms.length > 0)

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0)

/** Null when it is not known; `egale` has none of its own. */
function measureOf(key: SharingKey, esms: SharingEsms, measure: Measure): number | null {
  if (isTypedMeasure(measure)) return key.measures[esms.id]?.[measure] ?? null
  return measure === 'places' ? esms.capacite : 1
}

const total = (key: SharingKey, members: readonly SharingEsms[], measure: Measure): number =>
  measure === 'egale'
    ? Math.min(1, members.length)
    : sum(members.map(esms => measureOf(key, esms, measure) ?? 0))

const bears = (projet: Projet | null) => (esms: SharingEsms) => projet === null || esms.projet === projet

/** Those of one kind of project first: what they leave under a cap is for the costs of all. */
const POOLS: readonly (Projet | null)[] = ['acquisition', 'mise-en-conformite', null]

function poolsOf({ costs, outside }: SharingKey): Costs[] {
  return POOLS.flatMap(projet => {
    const own = costs.filter(cost => cost.projet === projet)
    if (own.length === 0) return []
    const cents = sum(own.map(cost => cost.cents))
    // Half a cent goes to the others; whole numbers all along, so that nothing is lost to a fraction.
    const outsideCents = Number((BigInt(cents) * BigInt(outside?.points ?? 0) + 5_000n) / BigInt(WHOLE))
    return [{ projet, total: cents, outside: outsideCents, shared: cents - outsideCents }]
  })
}

const partsOf = ({ rule }: SharingKey): readonly KeyPart[] =>
  rule.kind === 'parts' ? rule.parts.filter(({ points }) => points > 0) : []
const rateOf = ({ rule }: SharingKey): HourlyRate | null =>
  rule.kind === 'forfait' ? rule.rate : rule.called

/** The measures that the key divides or bills by. */
export function measuresUsed(key: SharingKey): Measure[] {
  const parts = partsOf(key).map(({ measure }) => measure)
  return rateOf(key) === null ? parts : [...new Set<Measure>([...parts, 'heures'])]
}

export function share(key: SharingKey, facts: SharingFacts): Sharing {
  const payers = payersOf(key, facts)
  const costs = poolsOf(key)
  const gaps = gapsOf(key, facts, payers, costs)
  if (gaps.length > 0) return { ok: false, gaps }
  const rate = rateOf(key)
  const called = rate === null ? null : payers.map(payer => billed(rate, total(key, payer.esms, 'heures')))
  const pools = sharePools(key, payers, costs)
  if (!Array.isArray(pools)) return { ok: false, gaps: [pools] }
  const borne = payers.map((_, at) =>
    key.rule.kind === 'forfait' ? (called?.[at] ?? 0) : sum(pools.map(({ cents }) => cents[at] ?? 0)),
  )
  if (key.subsidy?.kind === 'porteur' && sum(borne) === 0) {
    return { ok: false, gaps: [{ kind: 'nothing-billed' }] }
  }
  const subsidies = subsidyOf(key, facts, payers, borne)
  const isSettled = key.rule.kind === 'parts' && called !== null
  const used = measuresUsed(key)
  const shared = sum(pools.map(pool => pool.shared))
  return {
    ok: true,
    shares: payers.map(({ id, name, esms }, at) => {
      const [costs, subsidy, bill] = [borne[at] ?? 0, subsidies?.[at] ?? null, called?.[at] ?? null]
      return {
        id,
        name,
        esms: esms.length,
        measures: Object.fromEntries(used.map(measure => [measure, total(key, esms, measure)])),
        costs,
        subsidy,
        own: subsidy === null ? null : costs - subsidy,
        called: isSettled ? bill : null,
        settled: isSettled && bill !== null ? costs - bill : null,
      }
    }),
    pools,
    totals: {
      costs: sum(pools.map(pool => pool.total)),
      outside: sum(pools.map(pool => pool.outside)),
      shared,
      uncovered: shared - sum(borne),
      subsidy: subsidies === null ? null : sum(subsidies),
      called: isSettled && called !== null ? sum(called) : null,
    },
    beyondFunded:
      key.subsidy?.kind === 'appel' && facts.mostFunded !== null && facts.esms.length > facts.mostFunded
        ? { members: facts.esms.length, most: facts.mostFunded }
        : null,
  }
}

function billed({ cents, nothingUnder, atMost }: HourlyRate, hours: number): number {
  return hours < (nothingUnder ?? 0) ? 0 : cents * Math.min(hours, atMost ?? hours)
}

/** What each bears of each pool, or why that cannot be. */
function sharePools(key: SharingKey, payers: readonly Payer[], pools: readonly Costs[]): Pool[] | SharingGap {
  if (key.rule.kind === 'forfait') return pools.map(pool => ({ ...pool, parts: [], cents: [] }))
  const { capCents } = key.rule
  const given = payers.map(() => 0)
  const done: Pool[] = []
  for (const pool of pools) {
    const members = payers.map(({ esms }) => esms.filter(bears(pool.projet)))
    const parts = partsOf(key).map(({ measure, points }) => ({
      measure,
      points,
      measures: members.map(own => total(key, own, measure)),
    }))
    const weights = weightsOf(parts, payers.length)
    const takers = weights.map((weight, at): Taker => {
      return { weight, cap: capCents === null ? null : BigInt(capCents - (given[at] ?? 0)) }
    })
    const parted = split(pool.shared, takers)
    if (!parted.ok) return { kind: 'caps', cents: parted.short, capCents: capCents ?? 0 }
    for (const [at, cents] of parted.cents.entries()) given[at] = (given[at] ?? 0) + cents
    done.push({ ...pool, parts, cents: parted.cents })
  }
  return done
}

function subsidyOf(
  { subsidy }: SharingKey,
  { money }: SharingFacts,
  payers: readonly Payer[],
  borne: readonly number[],
): number[] | null {
  if (subsidy === null) return null
  if (subsidy.kind === 'appel') {
    return payers.map(({ esms }) => sum(esms.map(({ projet }) => 100 * (amountOf(money, projet) ?? 0))))
  }
  const takers = borne.map(cents => ({ weight: BigInt(cents), cap: null }))
  const done = split(subsidy.cents, takers)
  if (!done.ok) throw new Error('A subsidy is shared as costs are: somebody bears some')
  return done.cents
}

/** Whole euros. */
const amountOf = (money: SharingFacts['money'], projet: Projet | null): number | null =>
  money.find(each => each.projet === projet)?.euros ?? null

/** All that must be known or mended first, so that it is said at once. */
function gapsOf(
  key: SharingKey,
  facts: SharingFacts,
  payers: readonly Payer[],
  pools: readonly Costs[],
): SharingGap[] {
  if (payers.length === 0) return [{ kind: 'no-members' }]
  if (sum(pools.map(pool => pool.shared)) === 0) return [{ kind: 'no-costs' }]
  const members = payers.flatMap(payer => payer.esms)
  const named = ({ id, name }: SharingEsms) => ({ id, name })
  const needsProjet = pools.some(({ projet }) => projet !== null) || key.subsidy?.kind === 'appel'
  const unsaid = needsProjet ? members.filter(({ projet }) => projet === null) : []
  const kindless = unsaid.map((esms): SharingGap => ({ kind: 'projet', esms: named(esms) }))
  const unmeasured = measuresUsed(key).flatMap(measure =>
    members
      .filter(esms => pools.some(({ projet }) => bears(projet)(esms)))
      .filter(esms => measureOf(key, esms, measure) === null)
      .map((esms): SharingGap => ({ kind: 'measure', measure, esms: named(esms) })),
  )
  const gaps = [...kindless, ...unmeasured, ...amountGaps(key, facts, members)]
  return gaps.length > 0 ? gaps : undividedGaps(key, members, pools)
}

function amountGaps(key: SharingKey, { money }: SharingFacts, members: readonly SharingEsms[]): SharingGap[] {
  if (key.subsidy?.kind !== 'appel') return []
  const asked = new Set(members.flatMap(({ projet }) => projet ?? []))
  return [...asked]
    .filter(projet => amountOf(money, projet) === null)
    .map(projet => ({ kind: 'amount', projet }))
}

/** Of what is known: a part that divides by nothing, and costs that nobody bears. */
function undividedGaps(
  key: SharingKey,
  members: readonly SharingEsms[],
  pools: readonly Costs[],
): SharingGap[] {
  const isFlat = key.rule.kind === 'forfait'
  return pools
    .filter(({ shared }) => shared > 0)
    .flatMap(({ projet, shared }): SharingGap[] => {
      const bearers = members.filter(bears(projet))
      if (projet !== null && bearers.length === 0) return [{ kind: 'nobody-bears', projet, cents: shared }]
      return measuresUsed(key)
        .filter(measure => isFlat || partsOf(key).some(part => part.measure === measure))
        .filter(measure => total(key, bearers, measure) === 0)
        .map(measure => ({ kind: 'nothing-measured', measure, projet }))
    })
}

/** What each would bear once one of those who pay has left: null where it pays nothing then. */
export interface Departure {
  id: string
  name: string
  before: Share
  after: Share | null
}

/**
 * The same key without one of those who pay: its costs and a subsidy that the porteur gave stay as they are.
 *
 * @returns null when nobody has this id or when the key cannot be applied today.
 */
export function shareWithout(
  key: SharingKey,
  facts: SharingFacts,
  leaving: string,
): { name: string; departures: readonly Departure[]; after: Sharing } | null {
  const before = share(key, facts)
  if (!before.ok) return null
  const gone = before.shares.find(({ id }) => id === leaving)
  if (gone === undefined) return null
  const stays = ({ id, ogId }: SharingEsms) => (key.between === 'og' ? ogId : id) !== leaving
  const after = share(key, { ...facts, esms: facts.esms.filter(stays) })
  const left = new Map(after.ok ? after.shares.map(each => [each.id, each]) : [])
  return {
    name: gone.name,
    after,
    departures: before.shares.map(each => ({
      id: each.id,
      name: each.name,
      before: each,
      after: left.get(each.id) ?? null,
    })),
  }
}
