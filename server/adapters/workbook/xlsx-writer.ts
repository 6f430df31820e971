/**
 * Writes an XLSX from sheets whose lines are given one by one: ECMA-376 part 1, chapter 18 (SpreadsheetML),
 * in the order that its schema wants. exceljs keeps an object per cell and takes three times the time and the
 * memory of this for large dossiers (`npm run bench:workbook`), and its streaming writer drops links.
 */
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { ZipArchive } from 'archiver'

/** Excel repairs, that is breaks, a sheet that holds more. */
export const MAX_LINKS_PER_SHEET = 65_530
const MAX_CELL_LENGTH = 32_767

/** A link is a path relative to the folder of the workbook, `/` between its parts. */
export type Cell = string | number | Date | null | CellLink | CellFormula

export interface CellLink {
  text: string
  link: string
}

/** Live, with what it gives today for readers that compute nothing. */
export interface CellFormula {
  /** In the file's own English, without its sign `=`. */
  formula: string
  value: number
}

/** Colours are ARGB in hexadecimal. Made once and shared: each object becomes one style of the file. */
export interface CellStyle {
  font: { name: string; size: number; bold?: boolean; underline?: boolean; colour?: string }
  fill?: string
  /** Colour of a thin line on the four sides; none when empty. */
  border?: string
  numFmt?: string
  horizontal?: 'left' | 'center'
  vertical: 'top' | 'middle'
}

export interface SheetLine {
  /** In points. */
  height: number
  /** From column A on. */
  cells: readonly { value: Cell; style: CellStyle }[]
}

export interface Sheet {
  name: string
  /** Of each column, in characters. */
  widths: readonly number[]
  lines: Iterable<SheetLine>
  /** Lines and columns that stay in sight. */
  frozen?: { lines: number; columns: number }
  gridLines?: boolean
  /** Such as `A1:F20`. */
  filter?: string
  merges?: readonly string[]
  /** Cells of the range that begin with these words get this fill; the first rule that holds wins. */
  colours?: readonly { range: string; rules: readonly [begins: string, argb: string][] }[]
  print: {
    header: string
    footer: string
    pagesWide: number
    /** Such as `$1:$1` and `$A:$B`, repeated on each page. */
    titles: readonly string[]
  }
}

export interface Book {
  title: string
  subject: string
  description: string
  creator: string
  /** Both dates of the properties, so that the same book gives the same bytes. */
  at: Date
  /** What the entries of the file are dated with, read from its UTC fields. */
  entryDate: Date
  sheets: readonly Sheet[]
}

/** Characters. */
const BLOCK_LENGTH = 65_536

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const DOCUMENT = 'http://schemas.openxmlformats.org/officeDocument/2006'
const OFFICE = `${DOCUMENT}/relationships`
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const CONTENT = 'application/vnd.openxmlformats-officedocument'

/** The same book gives the same bytes. */
export async function writeXlsx(book: Book): Promise<Buffer> {
  const { ZipArchive } = await import('archiver')
  const zip = new ZipArchive({ zlib: { level: 3 } })
  const [bytes] = await Promise.all([buffer(zip), fill(zip, book)])
  return bytes
}

/** One part after the other, each drawn while it is compressed. */
async function fill(zip: ZipArchive, book: Book): Promise<void> {
  const add = async (name: string, xml: string | Iterable<string>) => {
    const added = once(zip, 'entry')
    zip.append(Readable.from(inBlocks(typeof xml === 'string' ? [xml] : xml), { objectMode: false }), {
      name,
      date: book.entryDate,
      mode: 0o644,
    })
    await added
  }
  const { sheets } = book
  const numbered = sheets.map((sheet, i) => ({ sheet, number: i + 1 }))
  const fileOf = (number: number) => `worksheets/sheet${number}.xml`

  await add('[Content_Types].xml', contentTypes(numbered.map(({ number }) => fileOf(number))))
  await add(
    '_rels/.rels',
    relationships([
      { type: `${OFFICE}/officeDocument`, target: 'xl/workbook.xml' },
      { type: `${PACKAGE}/relationships/metadata/core-properties`, target: 'docProps/core.xml' },
      { type: `${OFFICE}/extended-properties`, target: 'docProps/app.xml' },
    ]),
  )
  const styles = new Styles()
  const strings = new SharedStrings()
  for (const { sheet, number } of numbered) {
    const links: Link[] = []
    await add(`xl/${fileOf(number)}`, drawSheet(sheet, styles, strings, links))
    if (links.length > 0) await add(`xl/worksheets/_rels/sheet${number}.xml.rels`, linkRelationships(links))
  }
  await add('xl/sharedStrings.xml', strings.xml())
  await add('xl/styles.xml', styles.xml())
  await add('xl/workbook.xml', workbookPart(sheets))
  await add(
    'xl/_rels/workbook.xml.rels',
    relationships([
      ...numbered.map(({ number }) => ({ type: `${OFFICE}/worksheet`, target: fileOf(number) })),
      { type: `${OFFICE}/styles`, target: 'styles.xml' },
      { type: `${OFFICE}/sharedStrings`, target: 'sharedStrings.xml' },
    ]),
  )
  await add('docProps/core.xml', coreProperties(book))
  await add(
    'docProps/app.xml',
    '<Properties ' +
      `xmlns="${DOCUMENT}/extended-properties"><Application>` +
      `${escapeXml(book.creator)}</Application></Properties>`,
  )
  await zip.finalize()
}

/** `AB` for column 28, from 1. */
export function columnLetters(column: number): string {
  const above = Math.floor((column - 1) / 26)
  return (above > 0 ? columnLetters(above) : '') + String.fromCharCode(65 + ((column - 1) % 26))
}

/**
 * Text that any spreadsheet opens as it is: no character that XML forbids, nothing that Excel would decode or
 * cut.
 */
export function cellText(text: string): string {
  const legal = PLAIN.test(text)
    ? text
    : text
        .replace(/\r\n?/g, '\n')
        .replace(/(?![\n\t])\p{Cc}|[\uFFFE\uFFFF]/gu, '')
        .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
  const ending = '… (coupé)'
  return legal.length <= MAX_CELL_LENGTH ? legal : legal.slice(0, MAX_CELL_LENGTH - ending.length) + ending
}

/** Nearly all texts: nothing in them has to change. */
const PLAIN = /^(?:[ -^`-~\u00A0-\uD7FF]|_(?!x))*$/

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escapeXml(text: string): string {
  return /[&<>"]/.test(text) ? text.replace(/[&<>"]/g, sign => ENTITIES[sign] ?? sign) : text
}

/** XML as bytes, a block at a time and only as it is asked for: a large sheet is never in memory whole. */
function* inBlocks(xml: Iterable<string>): Generator<Buffer> {
  let block = HEAD
  for (const part of xml) {
    block += part
    if (block.length < BLOCK_LENGTH) continue
    yield Buffer.from(block)
    block = ''
  }
  yield Buffer.from(block)
}

/**
 * Each text once for the whole file: hidden behind a number, as Excel writes it, it opens in every reader.
 */
class SharedStrings {
  readonly #numbers = new Map<string, number>()
  #uses = 0

  numberOf(text: string): number {
    this.#uses++
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    this.#numbers.set(text, this.#numbers.size)
    return this.#numbers.size - 1
  }

  *xml(): Generator<string> {
    yield `<sst xmlns="${MAIN}" count="${this.#uses}" uniqueCount="${this.#numbers.size}">`
    for (const text of this.#numbers.keys()) yield `<si><t xml:space="preserve">${escapeXml(text)}</t></si>`
    yield '</sst>'
  }
}

/** First of the numbers that a file may give to its own formats of dates and numbers. */
const FIRST_FORMAT = 164

class Styles {
  readonly #styles = new Map<CellStyle, number>()
  readonly #fills = new Map<string, number>()

  /** 0 is the default style, which every file must have. */
  numberOf(style: CellStyle): number {
    const known = this.#styles.get(style)
    if (known !== undefined) return known
    this.#styles.set(style, this.#styles.size + 1)
    return this.#styles.size
  }

  /** Number of the conditional format that fills a cell. */
  fillNumberOf(argb: string): number {
    const known = this.#fills.get(argb)
    if (known !== undefined) return known
    this.#fills.set(argb, this.#fills.size)
    return this.#fills.size - 1
  }

  /** Each style has a font, a fill and a border of its own: there are a dozen of them. */
  xml(): string {
    const styles = [...this.#styles.keys()]
    const count = styles.length
    const formats = styles.map(({ numFmt = 'General' }, i) => {
      return `<numFmt numFmtId="${FIRST_FORMAT + i}" formatCode="${escapeXml(numFmt)}"/>`
    })
    const fonts = styles.map(({ font }) => {
      const signs = `${font.bold ? '<b/>' : ''}${font.underline ? '<u/>' : ''}`
      return (
        `<font>${signs}<sz val="${font.size}"/><color ` +
        `rgb="${font.colour ?? 'FF000000'}"/><name val="${font.name}"/></font>`
      )
    })
    const fills = styles.map(({ fill }) => (fill ? solidFill(fill) : '<fill><patternFill/></fill>'))
    const borders = styles.map(({ border }) => {
      const side = (name: string) =>
        border ? `<${name} style="thin"><color rgb="${border}"/></${name}>` : `<${name}/>`
      return `<border>${['left', 'right', 'top', 'bottom'].map(side).join('')}<diagonal/></border>`
    })
    const formatsOfCells = styles.map(({ horizontal, vertical }, i) => {
      const across = horizontal ? ` horizontal="${horizontal}"` : ''
      const down = vertical === 'middle' ? 'center' : vertical
      return (
        `<xf numFmtId="${FIRST_FORMAT + i}" fontId="${i + 1}" fillId="${i + 2}" ` +
        `borderId="${i + 1}" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" ` +
        `applyBorder="1" applyAlignment="1"><alignment${across} vertical="${down}" ` +
        'wrapText="1"/></xf>'
      )
    })
    const noFills = '<fill><patternFill/></fill><fill><patternFill patternType="gray125"/></fill>'
    const dxfs = [...this.#fills.keys()].map(argb => `<dxf>${solidFill(argb)}</dxf>`)
    return [
      `<styleSheet xmlns="${MAIN}">`,
      count > 0 ? `<numFmts count="${count}">${formats.join('')}</numFmts>` : '',
      `<fonts count="${count + 1}"><font><sz val="11"/><name val="Calibri"/></font>${fonts.join('')}</fonts>`,
      `<fills count="${count + 2}">${noFills}${fills.join('')}</fills>`,
      '<borders ' +
        `count="${count + 1}` +
        '"><border><left/><right/><top/><bottom/><diagonal/></border>' +
        `${borders.join('')}</borders>`,
      '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>',
      `<cellXfs count="${count + 1}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" ` +
        `xfId="0"/>${formatsOfCells.join('')}</cellXfs>`,
      '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>',
      `<dxfs count="${dxfs.length}">${dxfs.join('')}</dxfs>`,
      '</styleSheet>',
    ].join('')
  }
}

/** A conditional format shows the background colour of its fill, a cell the foreground one. */
function solidFill(argb: string): string {
  return (
    `<fill><patternFill patternType="solid"><fgColor rgb="${argb}"/><bgColor ` +
    `rgb="${argb}"/></patternFill></fill>`
  )
}

interface Link {
  ref: string
  target: string
}

/** Fills `links` as it goes; those past what Excel accepts stay as text. */
function* drawSheet(sheet: Sheet, styles: Styles, strings: SharedStrings, links: Link[]): Generator<string> {
  const letters = sheet.widths.map((_, i) => columnLetters(i + 1))
  const { print } = sheet
  yield `<worksheet xmlns="${MAIN}" xmlns:r="${OFFICE}">`
  yield '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
  yield sheetView(sheet)
  const columns = sheet.widths.map(
    (width, i) => `<col min="${i + 1}" max="${i + 1}" width="${width}" customWidth="1"/>`,
  )
  yield `<sheetFormatPr defaultRowHeight="15"/><cols>${columns.join('')}</cols><sheetData>`

  let row = 0
  for (const { height, cells } of sheet.lines) {
    row++
    let line = `<row r="${row}" ht="${height}" customHeight="1">`
    for (const [i, { value, style }] of cells.entries()) {
      const ref = `${letters[i]}${row}`
      line += drawCell(ref, value, styles.numberOf(style), strings)
      if (isLink(value) && links.length < MAX_LINKS_PER_SHEET) links.push({ ref, target: value.link })
    }
    yield `${line}</row>`
  }
  yield '</sheetData>'

  if (sheet.filter) yield `<autoFilter ref="${sheet.filter}"/>`
  const merges = sheet.merges ?? []
  if (merges.length > 0) {
    const ranges = merges.map(range => `<mergeCell ref="${range}"/>`)
    yield `<mergeCells count="${merges.length}">${ranges.join('')}</mergeCells>`
  }
  let priority = 0
  for (const { range, rules } of sheet.colours ?? []) {
    const first = range.split(':')[0]
    const drawn = rules.map(([begins, argb]) => {
      const formula = escapeXml(`LEFT(${first},${begins.length})="${begins}"`)
      return (
        `<cfRule type="expression" dxfId="${styles.fillNumberOf(argb)}" ` +
        `priority="${++priority}"><formula>${formula}</formula></cfRule>`
      )
    })
    yield `<conditionalFormatting sqref="${range}">${drawn.join('')}</conditionalFormatting>`
  }
  if (links.length > 0) {
    yield '<hyperlinks>'
    for (const [i, { ref }] of links.entries()) yield `<hyperlink ref="${ref}" r:id="rId${i + 1}"/>`
    yield '</hyperlinks>'
  }
  yield '<pageMargins left="0.4" right="0.4" top="0.7" bottom="0.6" header="0.3" footer="0.3"/>'
  yield `<pageSetup paperSize="9" orientation="landscape" fitToWidth="${print.pagesWide}" fitToHeight="0"/>`
  yield `<headerFooter><oddHeader>${escapeXml(print.header)}</oddHeader>`
  yield `<oddFooter>${escapeXml(print.footer)}</oddFooter></headerFooter></worksheet>`
}

export function isLink(value: Cell): value is CellLink {
  return value !== null && typeof value === 'object' && 'link' in value
}

const isFormula = (value: Cell): value is CellFormula =>
  value !== null && typeof value === 'object' && 'formula' in value

function drawCell(ref: string, value: Cell, style: number, strings: SharedStrings): string {
  const start = `<c r="${ref}" s="${style}"`
  if (value === null || value === '') return `${start}/>`
  if (typeof value === 'number') return `${start}><v>${value}</v></c>`
  if (value instanceof Date) return `${start}><v>${dateNumber(value)}</v></c>`
  if (isFormula(value)) {
    return `${start}><f>${escapeXml(value.formula)}</f><v>${value.value}</v></c>`
  }
  const text = cellText(typeof value === 'string' ? value : value.text)
  return `${start} t="s"><v>${strings.numberOf(text)}</v></c>`
}

/** Days since the last day of 1899, as the UTC fields of the date tell them. */
function dateNumber(date: Date): number {
  return date.getTime() / 86_400_000 + 25_569
}

function sheetView({ frozen, gridLines = true }: Sheet): string {
  const start = `<sheetViews><sheetView workbookViewId="0"${gridLines ? '' : ' showGridLines="0"'}`
  if (!frozen) return `${start}/></sheetViews>`
  const { columns, lines } = frozen
  const topLeft = `${columnLetters(columns + 1)}${lines + 1}`
  return (
    `${start}><pane xSplit="${columns}" ySplit="${lines}" topLeftCell="${topLeft}" ` +
    'activePane="bottomRight" state="frozen"/></sheetView></sheetViews>'
  )
}

function workbookPart(sheets: readonly Sheet[]): string {
  const list = sheets.map(
    ({ name }, i) => `<sheet name="${escapeXml(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`,
  )
  const names = sheets.flatMap(({ name, filter, print }, i) => {
    const quoted = `'${name.replaceAll("'", "''")}'!`
    const defined = (kind: string, content: string) =>
      `<definedName name="_xlnm.${kind}" ` +
      `localSheetId="${i}"${kind === '_FilterDatabase' ? ' hidden="1"' : ''}>` +
      `${escapeXml(content)}</definedName>`
    const absolute = filter?.replace(/([A-Z]+)(\d+)/g, '$$$1$$$2')
    const titles = print.titles.map(range => quoted + range).join(',')
    return [
      ...(absolute ? [defined('_FilterDatabase', quoted + absolute)] : []),
      ...(titles ? [defined('Print_Titles', titles)] : []),
    ]
  })
  return [
    `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><bookViews><workbookView activeTab="0"/></bookViews>`,
    `<sheets>${list.join('')}</sheets>`,
    names.length > 0 ? `<definedNames>${names.join('')}</definedNames>` : '',
    '</workbook>',
  ].join('')
}

function relationships(list: readonly { type: string; target: string }[]): string {
  const drawn = list.map(
    ({ type, target }, i) => `<Relationship Id="rId${i + 1}" Type="${type}" Target="${target}"/>`,
  )
  return `<Relationships xmlns="${PACKAGE}/relationships">${drawn.join('')}</Relationships>`
}

/** Targets are URIs: whatever is not allowed in one is percent-encoded, or Excel calls the file damaged. */
function* linkRelationships(links: readonly Link[]): Generator<string> {
  yield `<Relationships xmlns="${PACKAGE}/relationships">`
  for (const [i, { target }] of links.entries()) {
    const uri = target.split('/').map(encodeURIComponent).join('/')
    yield `<Relationship Id="rId${i + 1}" Type="${OFFICE}/hyperlink" ` +
      `Target="${escapeXml(uri)}" TargetMode="External"/>`
  }
  yield '</Relationships>'
}

function contentTypes(sheetFiles: readonly string[]): string {
  const part = (name: string, type: string) => `<Override PartName="/${name}" ContentType="${type}"/>`
  const sheets = sheetFiles.map(file => part(`xl/${file}`, `${CONTENT}.spreadsheetml.worksheet+xml`))
  return [
    `<Types xmlns="${PACKAGE}/content-types">`,
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>',
    '<Default Extension="xml" ContentType="application/xml"/>',
    part('xl/workbook.xml', `${CONTENT}.spreadsheetml.sheet.main+xml`),
    ...sheets,
    part('xl/styles.xml', `${CONTENT}.spreadsheetml.styles+xml`),
    part('xl/sharedStrings.xml', `${CONTENT}.spreadsheetml.sharedStrings+xml`),
    part('docProps/core.xml', 'application/vnd.openxmlformats-package.core-properties+xml'),
    part('docProps/app.xml', `${CONTENT}.extended-properties+xml`),
    '</Types>',
  ].join('')
}

function coreProperties({ title, subject, description, creator, at }: Book): string {
  const said = (name: string, text: string) => `<${name}>${escapeXml(cellText(text))}</${name}>`
  const dated = (name: string) =>
    `<dcterms:${name} xsi:type="dcterms:W3CDTF">${at.toISOString().slice(0, 19)}Z</dcterms:${name}>`
  return [
    `<cp:coreProperties xmlns:cp="${PACKAGE}/metadata/core-properties" ` +
      'xmlns:dc="http://purl.org/dc/elements/1.1/" ' +
      'xmlns:dcterms="http://purl.org/dc/terms/" ' +
      'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
    said('dc:title', title),
    said('dc:subject', subject),
    said('dc:creator', creator),
    said('dc:description', description),
    '<dc:language>fr-FR</dc:language>',
    said('cp:lastModifiedBy', creator),
    dated('created'),
    dated('modified'),
    '</cp:coreProperties>',
  ].join('')
}
