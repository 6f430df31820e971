/**
 * Reads the sheets of an OpenDocument spreadsheet (.ods), as LibreOffice saves it. Its content is one XML
 * part: tags are walked in order, never made a tree, and what is repeated a million times is only counted.
 */
import type { Buffer } from 'node:buffer'
import { buffer } from 'node:stream/consumers'
import yauzl from 'yauzl'
import { BeyondLimits, LimitedRows, type SheetRows } from './limited-rows.ts'
import {
  passwordProtected,
  type RefusedSheet,
  type SheetLimits,
  tooHeavyOnceOpen,
  tooManyCells,
} from './sheet-refusal.ts'

/** A sheet with whether a person sees it. */
export interface OdsSheet extends SheetRows {
  isVisible: boolean
}

/** Null when the archive is no OpenDocument file. */
export async function readOdsSheets(
  file: Buffer,
  limits: SheetLimits,
): Promise<{ ok: true; sheets: OdsSheet[] } | RefusedSheet | null> {
  const content = await contentOf(file, limits.maxInflatedBytes)
  if (content === null || typeof content !== 'string') return content
  if (!content.includes('<office:spreadsheet')) return null
  return { ok: true, sheets: new OdsWalk(limits).sheetsOf(content) }
}

async function contentOf(file: Buffer, maxInflatedBytes: number): Promise<string | RefusedSheet | null> {
  try {
    const zip = await yauzl.fromBufferPromise(file)
    if (zip.entryCount > MOST_ENTRIES) return null
    let content: yauzl.Entry | undefined
    let manifest: yauzl.Entry | undefined
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName === 'content.xml') content = entry
      if (entry.fileName === 'META-INF/manifest.xml') manifest = entry
    }
    if (content === undefined) return null
    if (manifest !== undefined && manifest.uncompressedSize < MOST_MANIFEST_BYTES) {
      const listed = await buffer(await zip.openReadStreamPromise(manifest))
      if (listed.includes('encryption-data')) return passwordProtected()
    }
    // The declared size may be trusted: yauzl stops a stream that inflates past it.
    if (content.uncompressedSize > maxInflatedBytes) return tooHeavyOnceOpen(maxInflatedBytes)
    return (await buffer(await zip.openReadStreamPromise(content))).toString()
  } catch {
    // Whatever yauzl or zlib object to is told by whoever opens the archive next.
    return null
  }
}

const MOST_ENTRIES = 2000
const MOST_MANIFEST_BYTES = 1_000_000

/** A tag, or the text between two. */
const TOKEN = /<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/g

/** What stands beside the text of a cell without being it. */
const ASIDE = /^(?:office:annotation|draw:|svg:|office:forms)/

interface OpenCell {
  attributes: string
  isCovered: boolean
  paragraphs: string[]
}

/** As many as an XLSX may have. */
const MOST_MERGES = 5000

/** Text of merged cells still to repeat, by column. */
interface Merged {
  text: string
  lastLine: number
}

class OdsWalk {
  readonly #limits: SheetLimits
  readonly #sheets: OdsSheet[] = []
  #hiddenStyles = new Set<string>()
  #style = ''
  #name = ''
  #isVisible = true
  #limited: LimitedRows
  #line = 1
  #rowAttributes = ''
  #cells: string[] = []
  #column = 0
  #cell: OpenCell | null = null
  #aside = 0
  #refused: RefusedSheet | null = null
  #merged = new Map<number, Merged>()
  #merges = 0

  constructor(limits: SheetLimits) {
    this.#limits = limits
    this.#limited = new LimitedRows(limits)
  }

  sheetsOf(xml: string): OdsSheet[] {
    for (const [, end, tag = '', attributes = '', selfClosed, text] of xml.matchAll(TOKEN)) {
      if (text !== undefined) this.#text(text)
      else if (end !== '') this.#close(tag)
      else {
        this.#open(tag, attributes, selfClosed !== '')
        if (selfClosed !== '') this.#close(tag)
      }
    }
    return this.#sheets
  }

  #open(tag: string, attributes: string, isEmpty: boolean): void {
    if (this.#aside > 0 || (this.#cell !== null && ASIDE.test(tag))) {
      this.#aside += 1
      return
    }
    switch (tag) {
      case 'style:style':
        this.#style = attribute(attributes, 'style:name')
        break
      case 'style:table-properties':
        if (attribute(attributes, 'table:display') === 'false') this.#hiddenStyles.add(this.#style)
        break
      case 'table:table':
        this.#name = attribute(attributes, 'table:name')
        this.#isVisible = !this.#hiddenStyles.has(attribute(attributes, 'table:style-name'))
        this.#limited = new LimitedRows(this.#limits)
        this.#line = 1
        this.#refused = null
        this.#merged = new Map()
        break
      case 'table:table-row':
        this.#rowAttributes = attributes
        this.#cells = []
        this.#column = 0
        break
      case 'table:table-cell':
      case 'table:covered-table-cell':
        this.#cell = { attributes, isCovered: tag !== 'table:table-cell', paragraphs: [] }
        break
      case 'text:p':
        this.#cell?.paragraphs.push('')
        break
      case 'text:s':
        this.#text(' '.repeat(Math.min(100, Number(attribute(attributes, 'text:c') || 1))))
        break
      case 'text:line-break':
      case 'text:tab':
        this.#text(' ')
        break
      default:
        if (isEmpty) return
    }
  }

  #text(text: string): void {
    const paragraphs = this.#cell?.paragraphs
    if (this.#aside > 0 || paragraphs === undefined || paragraphs.length === 0) return
    paragraphs[paragraphs.length - 1] += unescaped(text)
  }

  #close(tag: string): void {
    if (this.#aside > 0) {
      this.#aside -= 1
      return
    }
    try {
      if (tag === 'table:table-cell' || tag === 'table:covered-table-cell') this.#closeCell()
      else if (tag === 'table:table-row') this.#closeRow()
    } catch (error) {
      if (!(error instanceof BeyondLimits)) throw error
      this.#refused ??= error.refused
    }
    if (tag === 'table:table') {
      const { rows } = this.#limited
      this.#sheets.push({ name: this.#name, rows, refused: this.#refused, isVisible: this.#isVisible })
    }
  }

  #closeCell(): void {
    const cell = this.#cell
    this.#cell = null
    if (cell === null || this.#refused !== null) return
    const count = Number(attribute(cell.attributes, 'table:number-columns-repeated') || 1)
    const text = shownText(cell)
    if (!cell.isCovered) this.#merge(cell, text)
    if (text === '' && !cell.isCovered) {
      this.#column += count
      return
    }
    for (let repeat = 0; repeat < Math.min(count, this.#limits.maxColumns + 1); repeat += 1) {
      const column = this.#column + repeat
      const merged = this.#merged.get(column)
      const told = cell.isCovered
        ? merged !== undefined && this.#line <= merged.lastLine
          ? merged.text
          : ''
        : text
      if (told === '') continue
      this.#limited.check(this.#line, column, told)
      while (this.#cells.length < column) this.#cells.push('')
      this.#cells.push(told)
    }
    this.#column += count
  }

  /** Covered cells show nothing of their own: each repeats the text of the one that covers it. */
  #merge({ attributes }: OpenCell, text: string): void {
    const columns = Number(attribute(attributes, 'table:number-columns-spanned') || 1)
    const rows = Number(attribute(attributes, 'table:number-rows-spanned') || 1)
    if (columns === 1 && rows === 1) return
    this.#merges += 1
    if (this.#merges > MOST_MERGES) throw new BeyondLimits(tooManyCells())
    const lastLine = this.#line + rows - 1
    for (let span = 0; span < Math.min(columns, this.#limits.maxColumns); span += 1) {
      this.#merged.set(this.#column + span, { text, lastLine })
    }
  }

  #closeRow(): void {
    const count = Number(attribute(this.#rowAttributes, 'table:number-rows-repeated') || 1)
    const isHidden = ['collapse', 'filter'].includes(attribute(this.#rowAttributes, 'table:visibility'))
    const line = this.#line
    this.#line += count
    if (this.#cells.length === 0 || this.#refused !== null) return
    for (let repeat = 0; repeat < count; repeat += 1) {
      const cells = [...this.#cells]
      this.#limited.add({ line: line + repeat, cells, ...(isHidden ? { hidden: true as const } : {}) })
    }
  }
}

function attribute(attributes: string, name: string): string {
  const value = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes)
  return unescaped(value?.[1] ?? value?.[2] ?? '')
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const unescaped = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (whole, decimal, hexadecimal, name) => {
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal)
    if (name !== undefined) return ENTITIES[name] ?? whole
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })

/** What an import needs of a cell: a number as stored unless it shows zeros in front, a day as in France. */
function shownText({ attributes, paragraphs }: OpenCell): string {
  const shown = paragraphs.join(' ')
  switch (attribute(attributes, 'office:value-type')) {
    case 'float': {
      const value = Number(attribute(attributes, 'office:value'))
      return /^0\d+$/.test(shown.trim()) || !Number.isFinite(value) ? shown : String(value)
    }
    case 'date': {
      const day = attribute(attributes, 'office:date-value').slice(0, 10)
      return /^\d{4}-\d\d-\d\d$/.test(day) ? day.split('-').reverse().join('/') : shown
    }
    case 'boolean':
      return attribute(attributes, 'office:boolean-value') === 'true' ? 'VRAI' : 'FAUX'
    default:
      return shown
  }
}
