/** How the sheets of the workbook look, and the sheet with one table that most of them are. */
import type { DossierPlan } from '../../domain/dossier-plan.ts'
import { dayWords } from '../dossier/dossier-words.ts'
import {
  type Cell,
  type CellStyle,
  columnLetters,
  isLink,
  type Sheet,
  type SheetLine,
} from './xlsx-writer.ts'

/** Points. */
const MAX_ROW_HEIGHT = 409

export interface Column<Row> {
  header: string
  /** In characters. */
  width: number
  value: (row: Row) => Cell
  style?: CellStyle
}

const BORDER = 'FFD0D7DE'
export const FONT = { name: 'Calibri', size: 11 }
export const TEXT: CellStyle = { font: FONT, border: BORDER, vertical: 'top' }
export const NUMBER: CellStyle = { ...TEXT, numFmt: '#,##0', horizontal: 'center' }
export const DAY: CellStyle = { ...TEXT, numFmt: 'dd/mm/yyyy', horizontal: 'left' }
export const INSTANT: CellStyle = { ...DAY, numFmt: 'dd/mm/yyyy hh:mm' }
const LINK: CellStyle = { ...TEXT, font: { ...FONT, underline: true, colour: 'FF0B3D91' } }
const HEADER: CellStyle = {
  font: { ...FONT, bold: true, colour: 'FFFFFFFF' },
  fill: 'FF1F3A5F',
  border: BORDER,
  vertical: 'middle',
}

/** Always beside words or a sign, never the only bearer of a meaning. */
export const COLOURS = {
  good: 'FFD7F0DB',
  waiting: 'FFDCEBFA',
  bad: 'FFF9D6D5',
  late: 'FFFCE4C4',
  idle: 'FFF1F3F5',
}

/** A signature is found, never verified; of a scan or a Word document nothing can be told. */
export const SIGNATURE_WORDS = {
  presente: 'présente, non vérifiée',
  aucune: 'aucune trouvée',
  unknown: null,
} as const

/** A sheet with one table: header frozen, filtered and repeated on each printed page. */
export function tableSheet<Row>(
  plan: DossierPlan,
  name: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  more: {
    frozenColumns?: number
    pagesWide?: number
    /** Such as `$A:$B`, repeated on each printed page. */
    titleColumns?: string
    /** By letters of the column, or first and last of several such as `E:H`. */
    colours?: Readonly<Record<string, readonly [begins: string, argb: string][]>>
  } = {},
): Sheet {
  const end = rows.length + 1
  return {
    name,
    widths: columns.map(({ width }) => width),
    lines: tableLines(rows, columns),
    frozen: { lines: 1, columns: more.frozenColumns ?? 1 },
    filter: `A1:${columnLetters(columns.length)}${end}`,
    colours: Object.entries(more.colours ?? {}).map(([letters, rules]) => {
      const [first, last = first] = letters.split(':')
      return { range: `${first}2:${last}${Math.max(end, 2)}`, rules }
    }),
    print: {
      ...printedPages(plan, name),
      pagesWide: more.pagesWide ?? 1,
      titles: [...(more.titleColumns ? [more.titleColumns] : []), '$1:$1'],
    },
  }
}

/** What stands above and below each printed page. */
export function printedPages(plan: DossierPlan, name: string): Pick<Sheet['print'], 'header' | 'footer'> {
  const about =
    `${plan.fictional ? 'FICTIF – ' : ''}${plan.grappeName.slice(0, 60)} – ` +
    `${plan.callTitle.slice(0, 60)}`
  return {
    header: `&L${about.replaceAll('&', '&&')}&R${name}`,
    footer: `&LÉtat au ${dayWords(plan.today)}&RPage &P sur &N`,
  }
}

/** The header, then a line for each row, drawn as the writer asks for it. */
export function* tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): Generator<SheetLine> {
  const headers = columns.map(({ header }) => ({ value: header, style: HEADER }))
  yield { height: rowHeight(columns, headers) + 6, cells: headers }
  for (const row of rows) {
    const cells = columns.map(({ value, style = TEXT }) => {
      const drawn = value(row)
      return { value: drawn, style: isLink(drawn) ? LINK : style }
    })
    yield { height: rowHeight(columns, cells), cells }
  }
}

/** In points. LibreOffice, unlike Excel, does not make room for wrapped lines by itself. */
function rowHeight(columns: readonly { width: number }[], cells: readonly { value: Cell }[]): number {
  let most = 1
  for (const [i, { value }] of cells.entries()) {
    const text = isLink(value) ? value.text : value
    const perLine = columns[i]?.width ?? 10
    if (typeof text !== 'string' || (text.length <= perLine && !text.includes('\n'))) continue
    const lines = text.split('\n').map(line => Math.max(1, Math.ceil(line.length / perLine)))
    most = Math.max(
      most,
      lines.reduce((sum, count) => sum + count, 0),
    )
  }
  return Math.min(1 + 15 * most, MAX_ROW_HEIGHT)
}

export function yesNo(value: boolean): string {
  return value ? 'Oui' : 'Non'
}

/** A calendar day as Excel holds it. */
export function dayCell(day: string | null): Date | null {
  return day === null ? null : new Date(`${day}T00:00:00Z`)
}
