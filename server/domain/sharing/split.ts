/** Cents shared exactly: by weights, the largest remainder, and nobody above its cap. */

/** One who takes a part: a weight among the others', and the most it may be given. */
export interface Taker {
  weight: bigint
  /** Cents; null: no limit. */
  cap: bigint | null
}

/** `short`: the cents that nobody may be given. */
export type Split = { ok: true; cents: number[] } | { ok: false; short: number }

/**
 * Gives each its weight's part, to the cent: rounded down, then one cent more to those who lost most of one,
 * the first listed where they lost as much. What a cap leaves goes to the others by their weights.
 *
 * @param total whole cents, not negative. @returns cents whose sum is the total, in the order of the takers.
 */
export function split(total: number, takers: readonly Taker[]): Split {
  const given = takers.map(() => 0n)
  let open = takers.map((taker, at) => ({ ...taker, at })).filter(({ weight }) => weight > 0n)
  let left = BigInt(total)
  for (;;) {
    const weights = sum(open.map(({ weight }) => weight))
    if (weights === 0n) {
      return left === 0n ? { ok: true, cents: given.map(Number) } : { ok: false, short: Number(left) }
    }
    const isFull = ({ weight, cap }: Taker) => cap !== null && weight * left >= cap * weights
    const full = open.filter(isFull)
    if (full.length === 0) break
    for (const { cap, at } of full) {
      given[at] = cap ?? 0n
      left -= cap ?? 0n
    }
    open = open.filter(taker => !full.includes(taker))
  }
  const weights = sum(open.map(({ weight }) => weight))
  for (const { weight, at } of open) given[at] = (weight * left) / weights
  const lost = left - sum(open.map(({ at }) => given[at] ?? 0n))
  const remainder = ({ weight }: Taker) => (weight * left) % weights
  const most = open.toSorted((a, b) => {
    const [lostA, lostB] = [remainder(a), remainder(b)]
    return lostA === lostB ? a.at - b.at : lostA > lostB ? -1 : 1
  })
  for (const { at } of most.slice(0, Number(lost))) given[at] = (given[at] ?? 0n) + 1n
  return { ok: true, cents: given.map(Number) }
}

const sum = (values: readonly bigint[]): bigint => values.reduce((total, each) => total + each, 0n)

/**
 * One weight for each taker out of several measures: the points of each part, shared by its measure.
 *
 * @param parts the points of each, and its measure of each taker: at least one of them is not zero.
 */
export function weightsOf(
  parts: readonly { points: number; measures: readonly number[] }[],
  takers: number,
): bigint[] {
  const totals = parts.map(({ measures }) => sum(measures.map(BigInt)))
  return Array.from({ length: takers }, (_, at) =>
    sum(
      parts.map(({ points, measures }, part) => {
        const others = totals.filter((_, other) => other !== part)
        return others.reduce((product, each) => product * each, BigInt(points) * BigInt(measures[at] ?? 0))
      }),
    ),
  )
}
