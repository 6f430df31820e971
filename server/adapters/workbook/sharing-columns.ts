/**
 * The columns of the sheet of a clé de répartition: what each pays, then how it was reached, as formulas that
 * do what `domain/sharing/split.ts` does. Spreadsheets count in fractions of two: what is compared is rounded
 * to the millionth of a cent first.
 */
import type { Projet } from '../../domain/call.ts'
import type { AppliedKey } from '../../domain/sharing/key.ts'
import type { Pool, Share, Shares } from '../../domain/sharing/share.ts'
import { MEASURE_WORDS } from '../../domain/sharing/words.ts'
import { NUMBER, TEXT } from './table.ts'
import { type Cell, type CellStyle, columnLetters } from './xlsx-writer.ts'

export const EUROS: CellStyle = { ...TEXT, numFmt: '#,##0.00" €"' }
const FIGURE: CellStyle = { ...TEXT, numFmt: 'General' }

export const POOL_WORDS: Readonly<Record<Projet, string>> = {
  acquisition: 'acquisition',
  'mise-en-conformite': 'mise en conformité',
}
/** As the costs name it, which a formula compares. */
export const poolWords = (projet: Projet | null): string => (projet === null ? 'tous' : POOL_WORDS[projet])

/** Cells of what the key says; null where it says nothing. */
export interface KeyCells {
  parts: ReadonlyMap<string, string>
  cap: string | null
  outside: string | null
  rate: { cents: string; nothingUnder: string | null; atMost: string | null } | null
  subsidy: string | null
  amounts: ReadonlyMap<Projet, string>
}

/** One column of those who pay: a cell for each of their lines. */
export interface PayerColumn {
  header: string
  style: CellStyle
  /** `at`: its place among those who pay. */
  cell: (row: number, at: number) => Cell
}

export interface Drawn {
  applied: AppliedKey
  shares: Shares
  /** Those that share something, and the line of each, whose column D is what is shared. */
  pools: readonly { pool: Pool; row: number }[]
  cells: KeyCells
  /** Lines of the first and of the last of those who pay. */
  first: number
  last: number
}

type Values = readonly number[]
type AddColumn = (
  header: string,
  style: CellStyle,
  formula: (row: number) => string,
  values: Values,
) => string

/** What each pays in column B and after, `summary` columns of euros; how it was reached, to the right. */
export function payerColumns(drawn: Drawn): { columns: PayerColumn[]; summary: number } {
  const { applied, shares, cells } = drawn
  const isCalled = shares.totals.called !== null
  const hasSubsidy = shares.totals.subsidy !== null
  const summary = 1 + (isCalled ? 2 : 0) + (hasSubsidy ? 2 : 0)
  const details: PayerColumn[] = []
  const add: AddColumn = (header, style, formula, values) => {
    details.push({
      header,
      style,
      cell: (row, at) => ({ formula: formula(row), value: values[at] ?? 0 }),
    })
    return columnLetters(1 + summary + details.length)
  }
  const given = (header: string, values: Values): string => {
    details.push({ header, style: NUMBER, cell: (_, at) => values[at] ?? 0 })
    return columnLetters(1 + summary + details.length)
  }
  const hours =
    cells.rate === null
      ? ''
      : given(
          'Heures',
          shares.shares.map(({ measures }) => measures.heures ?? 0),
        )
  const billing = (row: number) => billed(cells, `${hours}${row}`)
  const parts = poolParts(drawn, add, given)
  const costs = (row: number) =>
    applied.key.rule.kind === 'forfait'
      ? billing(row)
      : `(${parts.map(part => `${part}${row}`).join('+')})/100`

  const euros = (
    header: string,
    formula: (row: number) => string,
    read: (share: Share) => number | null,
  ): PayerColumn => ({
    header,
    style: EUROS,
    cell: (row, at) => {
      const found = shares.shares[at]
      return { formula: formula(row), value: (found === undefined ? 0 : (read(found) ?? 0)) / 100 }
    },
  })
  const columns = [euros('Part des coûts', costs, share => share.costs)]
  if (isCalled) {
    columns.push(
      euros('Payé en cours d’année', billing, share => share.called),
      euros(
        'Régularisation',
        row => `ROUND(B${row}-C${row},2)`,
        share => share.settled,
      ),
    )
  }
  if (hasSubsidy) {
    const letters = columnLetters(columns.length + 2)
    const subsidy = subsidyFormula(drawn, add, given)
    columns.push(
      euros('Subvention attendue', subsidy, share => share.subsidy),
      euros(
        'Reste à payer',
        row => `ROUND(B${row}-${letters}${row},2)`,
        share => share.own,
      ),
    )
  }
  return { columns: [...columns, ...details], summary }
}

/** In euros. */
function billed({ rate }: KeyCells, hours: string): string {
  if (rate === null) return '0'
  const counted = rate.atMost === null ? hours : `MIN(${hours},${rate.atMost})`
  const amount = `ROUND(${rate.cents}*${counted},2)`
  return rate.nothingUnder === null ? amount : `IF(${hours}<${rate.nothingUnder},0,${amount})`
}

/** The columns of the parts of each pool, in cents. */
function poolParts(
  drawn: Drawn,
  add: AddColumn,
  given: (header: string, values: Values) => string,
): string[] {
  const parts: string[] = []
  if (drawn.applied.key.rule.kind === 'forfait') return parts
  for (const { pool, row: line } of drawn.pools) {
    const name = (what: string) => `${poolWords(pool.projet)} : ${what}`
    const measures = pool.parts.map(({ measure, measures }) => ({
      percent: drawn.cells.parts.get(measure) ?? '0',
      letters: given(name(MEASURE_WORDS[measure]), measures),
    }))
    const weights = weightsIn(pool)
    const weight = add(
      name('poids'),
      FIGURE,
      row =>
        measures
          .map(({ percent, letters }) => `${percent}/100*${letters}${row}/SUM(${range(drawn, letters)})`)
          .join('+'),
      weights,
    )
    const total = `ROUND($D$${line}*100,0)`
    const whole = { total, cents: pool.shared, weight, weights }
    const exact =
      drawn.cells.cap === null
        ? {
            formula: (row: number) => `${total}*${weight}${row}/SUM(${range(drawn, weight)})`,
            values: weights.map(each => pool.shared * each),
          }
        : capped(drawn, whole, [...parts], { add, name })
    parts.push(largestRemainders(drawn, add, { name, total, exact, cents: pool.cents }))
  }
  return parts
}

const range = ({ first, last }: Drawn, letters: string): string => `${letters}$${first}:${letters}$${last}`

const sum = (values: Values): number => values.reduce((total, each) => total + each, 0)

/** As the sheet computes them: of each part, one's share of the measure. */
function weightsIn({ parts, cents }: Pool): number[] {
  return cents.map((_, at) =>
    sum(parts.map(({ points, measures }) => ((points / 10_000) * (measures[at] ?? 0)) / sum(measures))),
  )
}

interface Exact {
  formula: (row: number) => string
  values: Values
}

/** Further than any sum: who takes no part is never full. */
const FAR = 1e15
const NONE = 1e-12
/** As a formula writes it: exponents are not read alike everywhere. */
const NONE_WRITTEN = NONE.toFixed(12)

/**
 * Nobody above the cap: each its weight times one coefficient, or what is left under its cap. What all take
 * grows slower as more are full, so the coefficient sought is the highest of those that each number of full
 * ones would ask for.
 */
function capped(
  drawn: Drawn,
  { total, cents, weight, weights }: { total: string; cents: number; weight: string; weights: Values },
  earlier: readonly string[],
  { add, name }: { add: AddColumn; name: (what: string) => string },
): Exact {
  const { rule } = drawn.applied.key
  const capCents = rule.kind === 'parts' ? (rule.capCents ?? 0) : 0
  const taken = drawn.pools.slice(0, earlier.length)
  const rooms = weights.map((_, at) => capCents - sum(taken.map(({ pool }) => pool.cents[at] ?? 0)))
  const room = add(
    name('plafond restant, en centimes'),
    FIGURE,
    row => `ROUND(${drawn.cells.cap}*100,0)${earlier.map(part => `-${part}${row}`).join('')}`,
    rooms,
  )
  const ratios = weights.map((each, at) => (each < NONE ? FAR : (rooms[at] ?? 0) / each))
  const ratio = add(
    name('plafond sur poids'),
    FIGURE,
    row => `IF(${weight}${row}<${NONE_WRITTEN},${FAR},${room}${row}/${weight}${row})`,
    ratios,
  )
  const [all, full, limits] = [weight, ratio, room].map(letters => range(drawn, letters))
  const asked = ratios.map(mine => {
    const open = sum(weights.filter((_, at) => (ratios[at] ?? 0) > mine))
    const held = sum(rooms.filter((_, at) => (ratios[at] ?? 0) <= mine && (weights[at] ?? 0) >= NONE))
    return open < NONE ? 0 : (cents - held) / open
  })
  const coefficient = add(
    name('coefficient si plein'),
    FIGURE,
    row => {
      const open = `SUMPRODUCT((${full}>${ratio}${row})*${all})`
      const held = `SUMPRODUCT((${full}<=${ratio}${row})*(${all}>=${NONE_WRITTEN})*${limits})`
      return `IF(${open}<${NONE_WRITTEN},0,(${total}-${held})/${open})`
    },
    asked,
  )
  const highest = Math.max(cents / sum(weights), ...asked)
  return {
    formula: row =>
      `MIN(${room}${row},${weight}${row}*MAX(${total}/SUM(${all}),MAX(${range(drawn, coefficient)})))`,
    values: weights.map((each, at) => Math.min(rooms[at] ?? 0, each * highest)),
  }
}

const millionth = (value: number): number => Math.round(value * 1e6) / 1e6

/** Rounded down, then a cent more to those who lost most of one, the first where they lost as much. */
function largestRemainders(
  drawn: Drawn,
  add: AddColumn,
  {
    name,
    total,
    exact,
    cents,
  }: {
    name: (what: string) => string
    total: string
    exact: Exact
    /** What the domain gave each. */
    cents: Values
  },
): string {
  const whole = add(name('exacte, en centimes'), FIGURE, exact.formula, exact.values)
  const floors = exact.values.map(value => Math.floor(millionth(value)))
  const floor = add(name('arrondie'), FIGURE, row => `INT(ROUND(${whole}${row},6))`, floors)
  const lost = add(
    name('perdu'),
    FIGURE,
    row => `ROUND(${whole}${row}-${floor}${row},6)`,
    exact.values.map((value, at) => millionth(value - (floors[at] ?? 0))),
  )
  return add(
    name('part, en centimes'),
    FIGURE,
    row => {
      const more = `SUMPRODUCT((${range(drawn, lost)}>${lost}${row})*1)`
      const asMuch = `SUMPRODUCT((${lost}$${drawn.first}:${lost}${row}=${lost}${row})*1)`
      return `${floor}${row}+IF(${more}+${asMuch}<=ROUND(${total}-SUM(${range(drawn, floor)}),0),1,0)`
    },
    cents,
  )
}

/** Of each, in euros: what the call gives for its ESMS, or a total shared as the costs are. */
function subsidyFormula(
  drawn: Drawn,
  add: AddColumn,
  given: (header: string, values: Values) => string,
): (row: number) => string {
  const { applied, shares, cells } = drawn
  const { key, facts } = applied
  if (key.subsidy?.kind === 'porteur') {
    const { cents } = key.subsidy
    const borne = sum(shares.shares.map(({ costs }) => costs))
    const total = `ROUND(${cells.subsidy}*100,0)`
    const part = largestRemainders(drawn, add, {
      name: what => `subvention : ${what}`,
      total,
      exact: {
        formula: row => `${total}*B${row}/SUM(${range(drawn, 'B')})`,
        values: shares.shares.map(({ costs }) => (cents * costs) / borne),
      },
      cents: shares.shares.map(({ subsidy }) => subsidy ?? 0),
    })
    return row => `${part}${row}/100`
  }
  const counted = [...cells.amounts].map(([projet, amount]) => {
    const own = shares.shares.map(({ id }) => {
      const isOf = (esms: { id: string; ogId: string }) => (key.between === 'og' ? esms.ogId : esms.id) === id
      return facts.esms.filter(esms => isOf(esms) && esms.projet === projet).length
    })
    return { amount, letters: given(`ESMS : ${POOL_WORDS[projet]}`, own) }
  })
  return row => counted.map(({ amount, letters }) => `${letters}${row}*${amount}`).join('+') || '0'
}
