/**
 * The sheet of the clé de répartition: what the product computed, as live formulas that give the same figures
 * when an amount, a measure or a percent is changed there. Formulas work in cents, as the domain does.
 */
import type { DossierPlan } from '../../domain/dossier-plan.ts'
import type { AppliedKey } from '../../domain/sharing/key.ts'
import { type Pool, type Shares, type SharingGap, share } from '../../domain/sharing/share.ts'
import {
  COST_KIND_WORDS,
  costsOrigin,
  gapWords,
  MEASURE_WORDS,
  ruleSentences,
  shareNotes,
} from '../../domain/sharing/words.ts'
import { EUROS, type KeyCells, POOL_WORDS, payerColumns, poolWords } from './sharing-columns.ts'
import { FONT, NUMBER, printedPages, TEXT } from './table.ts'
import { type Cell, type CellStyle, columnLetters, type Sheet, type SheetLine } from './xlsx-writer.ts'

const SHEET = 'Répartition'
const PERCENT: CellStyle = { ...TEXT, numFmt: '0.00" %"' }
const PLAIN: CellStyle = { font: FONT, vertical: 'top' }
const BOLD: CellStyle = { ...TEXT, font: { ...FONT, bold: true } }
const TITLE: CellStyle = { ...PLAIN, font: { ...FONT, size: 14, bold: true } }
const TOTAL: CellStyle = { ...EUROS, font: { ...FONT, bold: true } }
const HEAD: CellStyle = { ...BOLD, fill: 'FFDCEBFA' }

const WIDTHS = [44, 18, 18, 18, 18, 18] as const
const DETAIL_WIDTH = 16
const DETAILS_PER_PAGE = 8

/** Lines as they are added, so that formulas know where what they use is. */
class Page {
  readonly lines: SheetLine[] = []
  readonly merges: string[] = []

  /** @returns the number of the line. */
  add(cells: SheetLine['cells'], height = 18): number {
    this.lines.push({ height, cells })
    return this.lines.length
  }

  sentence(text: string, style: CellStyle = PLAIN): void {
    const wide = WIDTHS.reduce((sum, width) => sum + width, 0)
    const row = this.add([{ value: text, style }], 3 + 15 * Math.ceil(text.length / wide))
    this.merges.push(`A${row}:${columnLetters(WIDTHS.length)}${row}`)
  }

  /** @returns the cell of the value. */
  parameter(label: string, value: number, style: CellStyle): string {
    const row = this.add([
      { value: label, style: TEXT },
      { value, style },
    ])
    return `$B$${row}`
  }
}

/** Null where nobody wrote a key, or where it is not for whoever reads. */
export function sharingSheet(plan: DossierPlan): Sheet | null {
  const applied = plan.sharing ?? null
  if (applied === null) return null
  const { key, facts } = applied
  const page = new Page()
  page.sentence('Répartition des coûts communs, montants TTC', TITLE)
  for (const sentence of ruleSentences(key, facts)) page.sentence(sentence)
  page.sentence(costsOrigin(key))
  const shares = share(key, facts)
  const columns = shares.ok ? drawShares(page, applied, shares) : drawGaps(page, shares.gaps)
  const more = Math.max(0, columns - WIDTHS.length)
  return {
    name: SHEET,
    widths: [...WIDTHS, ...Array.from({ length: more }, () => DETAIL_WIDTH)],
    lines: page.lines,
    frozen: { lines: 1, columns: 1 },
    merges: page.merges,
    // What each pays is on the first page, how it was reached on those beside it.
    print: {
      ...printedPages(plan, SHEET),
      pagesWide: 1 + Math.ceil(more / DETAILS_PER_PAGE),
      titles: ['$A:$A', '$1:$1'],
    },
  }
}

/** @returns how many columns it takes, as `drawShares`. */
function drawGaps(page: Page, gaps: readonly SharingGap[]): number {
  page.sentence('Aucune part n’est calculée tant que ceci n’est pas connu :', BOLD)
  for (const gap of gaps) page.sentence(gapWords(gap).sentence)
  return 0
}

function drawShares(page: Page, applied: AppliedKey, shares: Shares): number {
  for (const note of shareNotes(shares)) page.sentence(note)
  const costs = drawCosts(page, applied)
  const cells = drawKey(page, applied)
  const pools = drawPools(page, shares.pools, costs, cells.outside)
  page.add([])
  const first = page.lines.length + 2
  const last = first + shares.shares.length - 1
  const sharing = pools.filter(({ pool }) => pool.shared > 0)
  const { columns, summary } = payerColumns({ applied, shares, pools: sharing, cells, first, last })
  page.add(
    [{ value: 'Qui paie', style: HEAD }, ...columns.map(({ header }) => ({ value: header, style: HEAD }))],
    48,
  )
  for (const [at, { name }] of shares.shares.entries()) {
    const drawn = columns.map(({ cell, style }) => ({ value: cell(first + at, at), style }))
    page.add([{ value: name, style: BOLD }, ...drawn])
  }
  const totals = columns.slice(0, summary).map(({ cell }, i) => {
    const letters = columnLetters(i + 2)
    const cents = shares.shares.map((_, at) => Math.round(100 * figureOf(cell(first + at, at))))
    const value = cents.reduce((sum, each) => sum + each, 0) / 100
    return { value: { formula: `SUM(${letters}${first}:${letters}${last})`, value }, style: TOTAL }
  })
  const total = page.add([{ value: 'Total', style: BOLD }, ...totals])
  const shared = pools.map(({ row }) => `D${row}`).join('+')
  page.add([
    { value: 'Coûts à partager, moins ce total', style: TEXT },
    {
      value: { formula: `ROUND(${shared}-B${total},2)`, value: shares.totals.uncovered / 100 },
      style: EUROS,
    },
  ])
  return columns.length + 1
}

const figureOf = (cell: Cell): number =>
  cell !== null && typeof cell === 'object' && 'formula' in cell ? cell.value : Number(cell)

/** @returns where it is said who bears each, and its amount. */
function drawCosts(page: Page, { key }: AppliedKey): { words: string; amounts: string } {
  page.add([])
  const head = page.add(heads(['Coût', 'Nature', 'Porté par', 'Montant TTC']))
  for (const { label, kind, projet, cents } of key.costs) {
    page.add([
      { value: label, style: TEXT },
      { value: COST_KIND_WORDS[kind], style: TEXT },
      { value: poolWords(projet), style: TEXT },
      { value: cents / 100, style: EUROS },
    ])
  }
  const [from, to] = [head + 1, page.lines.length]
  return { words: `$C$${from}:$C$${to}`, amounts: `$D$${from}:$D$${to}` }
}

const heads = (words: readonly string[]) => words.map(value => ({ value, style: HEAD }))

function drawKey(page: Page, { key, facts }: AppliedKey): KeyCells {
  const { rule, outside, subsidy } = key
  page.add([])
  page.add(heads(['Ce que dit la clé', '']))
  const parts = rule.kind === 'parts' ? rule.parts.filter(({ points }) => points > 0) : []
  const cap = rule.kind === 'parts' ? rule.capCents : null
  const rate = rule.kind === 'parts' ? rule.called : rule.rate
  const unlessNull = (label: string, value: number | null, style: CellStyle) =>
    value === null ? null : page.parameter(label, value, style)
  return {
    parts: new Map(
      parts.map(({ measure, points }) => [
        measure,
        page.parameter(`Part : ${MEASURE_WORDS[measure]}`, points / 100, PERCENT),
      ]),
    ),
    cap: unlessNull('Plafond pour chacun', cap === null ? null : cap / 100, EUROS),
    outside: outside && page.parameter(`Payé par ${outside.by}`, outside.points / 100, PERCENT),
    rate: rate && {
      cents: page.parameter('Tarif d’une heure', rate.cents / 100, EUROS),
      nothingUnder: unlessNull('Rien sous, en heures', rate.nothingUnder, NUMBER),
      atMost: unlessNull('Au plus, en heures', rate.atMost, NUMBER),
    },
    subsidy:
      subsidy?.kind === 'porteur' ? page.parameter('Subvention attendue', subsidy.cents / 100, EUROS) : null,
    amounts: new Map(
      (subsidy?.kind === 'appel' ? facts.money : []).map(({ projet, euros }) => [
        projet,
        page.parameter(`Subvention par ESMS, ${POOL_WORDS[projet]}`, euros, EUROS),
      ]),
    ),
  }
}

/** Costs borne by the same members: B their total, C what others pay, D what is shared. */
function drawPools(
  page: Page,
  pools: readonly Pool[],
  costs: { words: string; amounts: string },
  outside: string | null,
): { pool: Pool; row: number }[] {
  page.add([])
  page.add(heads(['Coûts portés par', 'Total', 'Payé par d’autres', 'À partager']))
  return pools.map(pool => {
    const row = page.lines.length + 1
    const total = `SUMIF(${costs.words},A${row},${costs.amounts})`
    // In whole cents by whole points, which no fraction of two falsifies.
    const others = outside === null ? '0' : `ROUND(ROUND(B${row}*100,0)*ROUND(${outside}*100,0)/10000,0)/100`
    page.add([
      { value: poolWords(pool.projet), style: TEXT },
      { value: { formula: total, value: pool.total / 100 }, style: EUROS },
      { value: { formula: others, value: pool.outside / 100 }, style: EUROS },
      { value: { formula: `ROUND(B${row}-C${row},2)`, value: pool.shared / 100 }, style: EUROS },
    ])
    return { pool, row }
  })
}
