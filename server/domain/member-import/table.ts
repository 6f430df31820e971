/**
 * A sheet read as lines of members: where its headers are, what each column holds, what each line says, which
 * lines are no member's, and what a person changes of all that.
 */
import { normaliseFiness } from '../finess.ts'
import { plainText } from '../solution-identity.ts'
import {
  type ColumnUse,
  cellAddress,
  fieldOfUse,
  JOINED_BY,
  type MemberField,
  type RecognisedColumn,
  recogniseHeader,
  type SheetRow,
  tidy,
} from './columns.ts'
import {
  ABOVE_HEADERS,
  alsoHeaders,
  HEADER_UNKNOWN,
  headerTwice,
  IGNORED_BY_CHOICE,
  LEFT_OUT,
  LOOKS_LIKE_SEPARATOR,
  LOOKS_LIKE_TOTAL,
  MISSING_COLUMNS,
  NO_HEADER,
  NO_LINES,
  NOTHING_RECOGNISED,
  REPEATS_HEADERS,
} from './sentences.ts'

/** One member as written: nothing is judged yet. */
export interface MemberLine {
  line: number
  /** Spaces tidied, otherwise as typed; an absent field is an empty cell or an absent column. */
  values: Partial<Record<MemberField, string>>
  unread: Partial<Record<MemberField, string>>
  /** Of a second table further down, whose columns are its own: its cells have no address here. */
  stacked?: true
}

/** A line that makes no member, and why: nothing is dropped in silence. */
export interface IgnoredLine {
  line: number
  text: string
  reason: string
  /** Whether a person may want it as a member all the same. */
  restorable: boolean
}

/** A sheet whose columns are known. */
export interface MemberTable {
  columns: readonly RecognisedColumn[]
  /** Columns that are not read, with why, in French. */
  unusedColumns: readonly { column: number; header: string; reason: string }[]
  /** Fields that a member needs and that no column gives. One French sentence each. */
  missing: readonly { field: MemberField; explanation: string }[]
  lines: readonly MemberLine[]
  ignored: readonly IgnoredLine[]
  /** What else is worth knowing of the sheet: hidden lines, a second table. One French sentence each. */
  remarks: readonly string[]
  /** Lines that the spreadsheet hides and that are read like the others. */
  hiddenLines: readonly number[]
}

/** What a person decides of a sheet, cells apart. */
export interface TableChoices {
  /** By column, from 0: what it holds, null for nothing. Absent: every column as recognised. */
  uses?: ReadonlyMap<number, ColumnUse | null>
  /** Lines set apart that are members all the same. */
  takenBack?: ReadonlySet<number>
  /** Without a known header, or without a line, it is read all the same: a person is to say its columns. */
  keepEmpty?: true
}

export type MemberTableRefusal = { code: 'no-header' | 'no-lines'; sentence: string }
export type MemberTableResult = { ok: true; table: MemberTable } | { ok: false; refusal: MemberTableRefusal }

/** A person tidies one cell, or leaves a whole line out. */
export type Correction = { line: number; field: MemberField; value: string } | { line: number; ignore: true }

interface Header {
  /** Index among the rows. */
  index: number
  columns: RecognisedColumn[]
  unusedColumns: { column: number; header: string; reason: string }[]
}

/** Titles that stand over several columns (merged cells repeat their text); empty elsewhere. */
function groupTitles(row: SheetRow | undefined): string[] {
  const titles = (row?.cells ?? []).map(tidy)
  const spread = titles.map((title, column) => title === titles[column - 1] || title === titles[column + 1])
  // One title over everything is the sheet's, it tells nothing of a column.
  const isSheetTitle = new Set(titles.filter(title => title !== '')).size === 1
  return isSheetTitle ? [] : titles.map((title, column) => (spread[column] ? title : ''))
}

/** Of two columns for one field, the one that says so is what is planned. */
const PLANNED = /\b(?:prevue?s?|future?s?|cibles?|retenue?s?|choisie?s?|souhaitee?s?)\b/

/** `groups`: « Contact » over « Nom » and « Courriel » tells whose name it is. */
function readHeader(row: SheetRow, groups: readonly string[], index: number): Header {
  const columns: RecognisedColumn[] = []
  const unusedColumns: Header['unusedColumns'] = []
  const headers = row.cells.map(tidy)
  headers.forEach((header, column) => {
    if (header === '') return
    const use = besideFirstName(headers, column) ?? recogniseHeader(header, groups[column])
    const twin = columns.find(known => known.use === use)
    if (use === null) {
      unusedColumns.push({ column, header, reason: HEADER_UNKNOWN })
    } else if (twin === undefined || JOINED_BY[use] !== undefined) {
      columns.push({ use, column, header })
    } else if (PLANNED.test(plainText(header)) && !PLANNED.test(plainText(twin.header))) {
      const place = cellAddress(row.line, column)
      unusedColumns.push({ column: twin.column, header: twin.header, reason: headerTwice(use, place) })
      columns.splice(columns.indexOf(twin), 1, { use, column, header })
    } else {
      const place = cellAddress(row.line, twin.column)
      unusedColumns.push({ column, header, reason: headerTwice(use, place) })
    }
  })
  return { index, columns, unusedColumns }
}

/** « Nom » beside « Prénom » is a person's. */
function besideFirstName(headers: readonly string[], column: number): ColumnUse | null {
  if (plainText(headers[column] ?? '') !== 'nom') return null
  const beside = [headers[column - 1], headers[column + 1]].map(header => plainText(header ?? ''))
  return beside.includes('prenom') ? 'contact' : null
}

/** Titles and logos take a few lines; further down is data. */
const LINES_BEFORE_HEADER = 40

/** The line of headers, the richest one that tells members apart; null when there is none. */
function findHeader(rows: readonly SheetRow[]): Header | null {
  let best: Header | null = null
  for (const [index, row] of rows.slice(0, LINES_BEFORE_HEADER).entries()) {
    const above = rows[index - 1]
    const groups = above?.line === row.line - 1 ? groupTitles(above) : []
    const header = readHeader(row, groups, index)
    // As rich and just below: cells merged downwards give the same header twice, data begins under the last.
    const wins =
      best === null ||
      header.columns.length > best.columns.length ||
      (header.columns.length === best.columns.length && index === best.index + 1)
    if (isUsable(header, row) && wins) best = header
  }
  return best
}

function isUsable({ columns }: Header, row: SheetRow): boolean {
  const uses = new Set(columns.map(({ use }) => use))
  if (uses.has('finess')) return uses.size > 1 || filled(row).length === 1
  return uses.has('nom') && uses.size > 2
}

const filled = (row: SheetRow): string[] => row.cells.map(tidy).filter(cell => cell !== '')

/** Whether a sheet looks like a list of members: used to choose among the sheets of a workbook. */
export function hasMemberHeader(rows: readonly SheetRow[]): boolean {
  return findHeader(rows) !== null
}

/** Where no header is known, the first line as wide as any: a person says what its columns hold. */
function widestLine(rows: readonly SheetRow[]): Header | null {
  const head = rows.slice(0, LINES_BEFORE_HEADER)
  const widest = Math.max(0, ...head.map(row => filled(row).length))
  const index = head.findIndex(row => filled(row).length === widest)
  const row = head[index]
  return widest < 2 || row === undefined ? null : readHeader(row, [], index)
}

/** The headers of a sheet, in order, whatever they hold: two files with the same ones have one shape. */
export function sheetShape(rows: readonly SheetRow[]): readonly string[] {
  const header = findHeader(rows) ?? widestLine(rows)
  return header === null ? [] : (rows[header.index]?.cells ?? []).map(cell => plainText(cell))
}

/** Longest part of a line that is shown to tell which it is. */
const LONGEST_EXCERPT = 120

/** Merged cells repeat their text: each is told once. */
const excerpt = (cells: readonly string[]): string =>
  [...new Set(cells.map(tidy).filter(cell => cell !== ''))].join(' | ').slice(0, LONGEST_EXCERPT)

/** Finds the headers and reads the lines under them. Rows come in the sheet's order, blank ones left out. */
export function readMemberTable(rows: readonly SheetRow[], choices: TableChoices = {}): MemberTableResult {
  const found = findHeader(rows) ?? (choices.keepEmpty || choices.uses ? widestLine(rows) : null)
  if (found === null) return { ok: false, refusal: { code: 'no-header', sentence: NO_HEADER } }
  const header = choices.uses === undefined ? found : chosenHeader(rows[found.index], found, choices.uses)
  const { columns, unusedColumns } = header
  const ignored: IgnoredLine[] = rows
    .slice(0, header.index)
    .map(row => ({ line: row.line, text: excerpt(row.cells), reason: ABOVE_HEADERS, restorable: false }))
  const lines: MemberLine[] = []
  const remarks: string[] = []
  let current: readonly RecognisedColumn[] = columns
  for (const row of rows.slice(header.index + 1)) {
    const stacked = otherTable(row, header)
    if (stacked !== null) {
      current = stacked.columns
      remarks.push(alsoHeaders(row.line, stacked.columns, stacked.unusedColumns))
      ignored.push({ line: row.line, text: excerpt(row.cells), reason: REPEATS_HEADERS, restorable: false })
      continue
    }
    const line = readLine(row, current)
    const reason = whyNoMember(row, line, rows[header.index])
    const restorable = reason !== REPEATS_HEADERS && reason !== NOTHING_RECOGNISED
    if (reason !== null && !(restorable && choices.takenBack?.has(row.line))) {
      ignored.push({ line: row.line, text: excerpt(row.cells), reason, restorable })
    } else {
      lines.push(current === columns ? line : { ...line, stacked: true })
    }
  }
  if (lines.length === 0 && !choices.keepEmpty) {
    return { ok: false, refusal: { code: 'no-lines', sentence: NO_LINES } }
  }
  const given = new Set(columns.map(({ use }) => fieldOfUse(use)))
  const missing = MISSING_COLUMNS.filter(({ field }) => !given.has(field))
  const read = new Set(lines.map(({ line }) => line))
  const hiddenLines = rows.flatMap(({ line, hidden }) => (hidden && read.has(line) ? [line] : []))
  return { ok: true, table: { columns, unusedColumns, missing, lines, ignored, remarks, hiddenLines } }
}

/** The columns as a person wants them. */
function chosenHeader(
  row: SheetRow | undefined,
  found: Header,
  uses: ReadonlyMap<number, ColumnUse | null>,
): Header {
  const columns: RecognisedColumn[] = []
  const unusedColumns: Header['unusedColumns'] = []
  row?.cells.forEach((cell, column) => {
    const header = tidy(cell)
    if (header === '') return
    const use = uses.get(column) ?? null
    const twin = use === null || JOINED_BY[use] ? undefined : columns.find(known => known.use === use)
    if (use !== null && twin === undefined) columns.push({ use, column, header })
    else if (twin === undefined || use === null) {
      unusedColumns.push({ column, header, reason: IGNORED_BY_CHOICE })
    } else {
      const place = cellAddress(row.line, twin.column)
      unusedColumns.push({ column, header, reason: headerTwice(use, place) })
    }
  })
  return { index: found.index, columns, unusedColumns }
}

/** A second table under the first one, with columns of its own; null for any other line. */
function otherTable(row: SheetRow, first: Header): Header | null {
  const cells = filled(row)
  if (cells.length < 2 || new Set(cells).size < cells.length) return null
  const header = readHeader(row, [], first.index)
  const uses = header.columns.map(({ use }) => use)
  const isHeader = header.unusedColumns.length === 0 && (uses.includes('finess') || uses.length > 2)
  if (!isHeader || cells.some(cell => cell.length > 40)) return null
  const sameColumns = header.columns.every(({ use, column }) =>
    first.columns.some(known => known.use === use && known.column === column),
  )
  return sameColumns ? null : header
}

const TOTAL = /^(?:sous )?(?:total|totaux|nombre|effectif|moyenne)\b/

/** Why a line under the headers is no member's, in French; null when it may be one. */
function whyNoMember(row: SheetRow, line: MemberLine, header: SheetRow | undefined): string | null {
  const { finess } = line.values
  if (finess !== undefined && recogniseHeader(finess) === 'finess') return REPEATS_HEADERS
  const cells = filled(row)
  const repeats = cells.filter(cell => header?.cells.some(title => tidy(title) === cell)).length
  if (repeats > 1 && repeats === cells.length) return REPEATS_HEADERS
  const given = Object.keys(line.values).length
  if (given === 0 && Object.keys(line.unread).length === 0) return NOTHING_RECOGNISED
  if (finess !== undefined && looksLikeNumber(finess)) return null
  if (cells.some(cell => TOTAL.test(plainText(cell)) && cell.length < 40)) return LOOKS_LIKE_TOTAL
  const hasOneText = new Set(cells).size === 1
  const columns = (header?.cells ?? []).filter(cell => tidy(cell) !== '').length
  return hasOneText && columns > 1 && Object.keys(line.unread).length === 0 ? LOOKS_LIKE_SEPARATOR : null
}

/** Eight figures at least, or a number that the FINESS reader knows how to name. */
const looksLikeNumber = (text: string): boolean =>
  text.replace(/\D/g, '').length > 6 || normaliseFiness(text).ok

const TICKED = new Set(['x', 'xx', 'oui', 'o', '1', 'vrai', 'ok', 'yes'])
const UNTICKED = new Set(['non', 'n', '0', 'faux', 'no'])

/** What a cross says of the projet; any other text is read as the projet itself. */
function readCross(text: string, use: ColumnUse): string | null {
  const plain = plainText(text)
  if (plain === '' && !/[✓✔☑✗✘☒]/u.test(text)) return null
  if (UNTICKED.has(plain)) return null
  if (!TICKED.has(plain) && plain !== '') return text
  return use === 'croixAcquisition' ? 'acquisition' : 'mise en conformité'
}

function readLine(row: SheetRow, columns: readonly RecognisedColumn[]): MemberLine {
  const values: MemberLine['values'] = {}
  const unread: MemberLine['unread'] = {}
  for (const { use, column } of columns) {
    const field = fieldOfUse(use)
    const typed = tidy(row.cells[column] ?? '')
    const value = use === field ? typed : (readCross(typed, use) ?? '')
    const known = values[field]
    if (value !== '') {
      values[field] = known === undefined ? value : `${known}${JOINED_BY[use] ?? ' et '}${value}`
    }
    const reason = row.unread?.find(cell => cell.column === column)?.reason
    if (reason !== undefined) unread[field] = reason
  }
  return { line: row.line, values, unread }
}

/** The table with a person's corrections; the last one of a cell wins, those of unknown lines do nothing. */
export function applyCorrections(table: MemberTable, corrections: readonly Correction[]): MemberTable {
  const byLine = new Map<number, Correction[]>()
  for (const correction of corrections) {
    const known = byLine.get(correction.line)
    if (known) known.push(correction)
    else byLine.set(correction.line, [correction])
  }
  const ignored = [...table.ignored]
  const lines = table.lines.flatMap(line => {
    const values = { ...line.values }
    const unread = { ...line.unread }
    for (const correction of byLine.get(line.line) ?? []) {
      if ('ignore' in correction) {
        const text = excerpt(Object.values(line.values))
        ignored.push({ line: line.line, text, reason: LEFT_OUT, restorable: true })
        return []
      }
      const value = tidy(correction.value)
      delete unread[correction.field]
      if (value === '') delete values[correction.field]
      else values[correction.field] = value
    }
    return [{ ...line, values, unread }]
  })
  return { ...table, lines, ignored }
}

/** Up to that many different cells that a column holds under its header. */
export function exampleCells(
  rows: readonly SheetRow[],
  { ignored }: Pick<MemberTable, 'ignored'>,
  column: number,
  most = 3,
): string[] {
  const aside = new Set(ignored.flatMap(({ line, reason }) => (reason === NOTHING_RECOGNISED ? [] : [line])))
  const examples = new Set<string>()
  const index = rows.findIndex(row => tidy(row.cells[column] ?? '') !== '' && !aside.has(row.line))
  // The first one is the header's own.
  for (const row of rows.slice(index + 1)) {
    if (examples.size === most) break
    const text = tidy(row.cells[column] ?? '')
    if (text !== '' && !aside.has(row.line)) examples.add(text)
  }
  return [...examples]
}
