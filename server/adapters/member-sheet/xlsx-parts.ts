/**
 * Looks into an XLSX before exceljs does, inflating under a bound, and keeps only the parts that hold cells,
 * found by their relationships and renamed as Excel names them. exceljs knows these names only, inflates
 * everything in memory, expands merged and named ranges cell by cell, and fails on comments that other
 * programs wrote: none of that reaches it.
 */
import { Buffer } from 'node:buffer'
import { buffer } from 'node:stream/consumers'
import { ZipArchive } from 'archiver'
import yauzl from 'yauzl'
import { cellAddress } from '../../domain/member-import/columns.ts'
import {
  beyondColumns,
  passwordProtected,
  type RefusedSheet,
  refuseSheet,
  type SheetLimits,
  START_AGAIN,
  tooHeavyOnceOpen,
  tooManyLines,
} from './sheet-refusal.ts'

/** Inflated parts by path. */
type Parts = Map<string, Buffer>

const WORKBOOK = 'xl/workbook.xml'
const WORKBOOK_RELATIONSHIPS = 'xl/_rels/workbook.xml.rels'

/** An XLSX has some tens of parts. */
const MOST_ENTRIES = 2000
/** A list of members has some thousands of cells and lines; each costs exceljs about half a kilobyte. */
const MOST_CELLS = 400_000
/** Of which some may prove blank. */
const MOST_ROWS = 50_000
/** exceljs walks through 16,384 columns for a cell in the last one. */
const MOST_FAR_CELLS = 100
/** exceljs compares each merge with all the others. */
const MOST_MERGES = 5000
/** A cell's text is ten elements deep. */
const DEEPEST = 100
const LAST_ROW = 1_048_576
const LAST_COLUMN_LETTERS = 3

const AS_XLSX = 'Ouvrez-le dans votre tableur, puis « Enregistrer sous » au format Classeur Excel (.xlsx).'

const damaged = (): RefusedSheet =>
  refuseSheet(
    'unreadable',
    `Ce classeur est abîmé ou incomplet : il n’a pas pu être lu. ${AS_XLSX} Si vous ` +
      'l’avez téléchargé, recommencez.',
  )

/** The same cells as a workbook that exceljs reads safely. */
export async function safeWorkbook(
  file: Buffer,
  limits: SheetLimits,
): Promise<{ ok: true; bytes: Buffer } | RefusedSheet> {
  const inspection = await inflateParts(file, limits.maxInflatedBytes)
  if (!inspection.ok) return inspection
  const { parts } = inspection
  // Some programs write <x:row> for <row>; exceljs knows bare names only.
  const prefix = /<(\w+):workbook[\s>]/.exec(parts.get(WORKBOOK)?.toString() ?? '')?.[1]
  for (const [path, content] of parts) {
    let xml = content.toString()
    if (prefix !== undefined) xml = xml.replaceAll(`<${prefix}:`, '<').replaceAll(`</${prefix}:`, '</')
    if (path === WORKBOOK) xml = withoutDefinedNames(xml)
    if (isTooDeep(xml)) return damaged()
    if (path.startsWith('xl/worksheets/')) {
      const oversized = refuseOversized(xml)
      if (oversized !== null) return oversized
      xml = withoutBlanks(withReferences(xml), limits.maxColumns)
      const far = refuseFarCells(xml, limits)
      if (far !== null) return far
      xml = withoutCalculatedFormulas(xml)
    }
    parts.set(path, Buffer.from(xml))
  }
  return { ok: true, bytes: await archived(parts) }
}

/** Reads the named parts of one archive, never more than the bound in all. */
class PartReader {
  readonly #zip: yauzl.ZipFile
  readonly #entries: ReadonlyMap<string, yauzl.Entry>
  readonly #maxInflatedBytes: number
  #inflatedBytes = 0

  /** @param entries by name in lower case: some programs write a relationship and its part differently. */
  constructor(zip: yauzl.ZipFile, entries: ReadonlyMap<string, yauzl.Entry>, maxInflatedBytes: number) {
    this.#zip = zip
    this.#entries = entries
    this.#maxInflatedBytes = maxInflatedBytes
  }

  /** Null when the archive has no such part. @throws InflatesTooMuch. */
  async read(path: string): Promise<Buffer | null> {
    const entry = this.#entries.get(path.toLowerCase())
    if (entry === undefined) return null
    // The declared size may be trusted: yauzl stops a stream that inflates past it.
    this.#inflatedBytes += entry.uncompressedSize
    if (this.#inflatedBytes > this.#maxInflatedBytes) throw new InflatesTooMuch()
    return await buffer(await this.#zip.openReadStreamPromise(entry))
  }
}

class InflatesTooMuch extends Error {}

async function inflateParts(
  file: Buffer,
  maxInflatedBytes: number,
): Promise<{ ok: true; parts: Parts } | RefusedSheet> {
  try {
    const zip = await yauzl.fromBufferPromise(file)
    if (zip.entryCount > MOST_ENTRIES) {
      return refuseSheet(
        'bomb',
        `Ce fichier contient ${zip.entryCount} éléments, bien plus qu’un classeur : il n’est ` +
          `pas ouvert. ${START_AGAIN}`,
      )
    }
    const entries = new Map<string, yauzl.Entry>()
    for await (const entry of zip.eachEntry()) {
      if (entry.isEncrypted()) return passwordProtected()
      entries.set(entry.fileName.toLowerCase(), entry)
    }
    const refused = refuseOtherKinds(entries)
    if (refused !== null) return refused
    return { ok: true, parts: await partsOfWorkbook(new PartReader(zip, entries, maxInflatedBytes)) }
  } catch (error) {
    if (error instanceof InflatesTooMuch) {
      return tooHeavyOnceOpen(maxInflatedBytes)
    }
    // Whatever yauzl or zlib object to, the person can only save the file again.
    return damaged()
  }
}

/** The parts that hold cells, wherever the relationships put them, under the names that Excel gives them. */
async function partsOfWorkbook(reader: PartReader): Promise<Parts> {
  const parts: Parts = new Map()
  const [root] = relationshipsIn((await reader.read('_rels/.rels')) ?? Buffer.alloc(0), '', 'officeDocument')
  const workbookPath = root?.path ?? WORKBOOK
  const folder = workbookPath.slice(0, workbookPath.lastIndexOf('/') + 1)
  const workbook = await reader.read(workbookPath)
  const listed = await reader.read(`${folder}_rels/${workbookPath.slice(folder.length)}.rels`)
  if (workbook === null || listed === null)
    throw new Error(`${workbookPath} or its relationships are missing`)
  // Whatever prefix the relationships' namespace has, exceljs knows `r`.
  parts.set(
    WORKBOOK,
    Buffer.from(workbook.toString().replace(/(<(?:\w+:)?sheet\s[^<>]*?)\w+:id=/g, '$1r:id=')),
  )
  const relationships = [
    ...relationshipsIn(listed, folder, 'worksheet').map((sheet, rank) => ({
      ...sheet,
      name: `worksheets/sheet${rank + 1}.xml`,
    })),
    ...relationshipsIn(listed, folder, 'sharedStrings').map(part => ({ ...part, name: 'sharedStrings.xml' })),
    ...relationshipsIn(listed, folder, 'styles').map(part => ({ ...part, name: 'styles.xml' })),
  ]
  let kept = ''
  for (const { id, type, path, name } of relationships) {
    const content = await reader.read(path)
    if (content === null) continue
    parts.set(`xl/${name}`, content)
    kept += `<Relationship Id="${id}" Type="${type}" Target="${name}"/>`
  }
  const namespace = 'http://schemas.openxmlformats.org/package/2006/relationships'
  parts.set(
    WORKBOOK_RELATIONSHIPS,
    Buffer.from(`<Relationships xmlns="${namespace}">${kept}</Relationships>`),
  )
  return parts
}

interface PartRelationship {
  id: string
  type: string
  /** Inside the archive. */
  path: string
}

/** @param kind the last word of the type: what comes before differs between the two standards. */
function relationshipsIn(xml: Buffer, folder: string, kind: string): PartRelationship[] {
  return [...xml.toString().matchAll(/<(?:\w+:)?Relationship\s([^<>]*)>/g)].flatMap(([, attributes = '']) => {
    const attribute = (name: string) =>
      new RegExp(`(?:^|\\s)${name}\\s*=\\s*["']([^"'<>]*)["']`).exec(attributes)?.[1] ?? ''
    const target = attribute('Target')
    if (target === '' || attribute('TargetMode') === 'External') return []
    if (!attribute('Type').endsWith(`/${kind}`)) return []
    const path = target.startsWith('/') ? target.slice(1) : `${folder}${target.replace(/^\.\//, '')}`
    return [{ id: attribute('Id'), type: attribute('Type'), path }]
  })
}

/** @param names in lower case. */
function refuseOtherKinds(names: Pick<ReadonlySet<string>, 'has'>): RefusedSheet | null {
  if (names.has('xl/vbaproject.bin')) {
    return refuseSheet(
      'macros',
      'Ce classeur contient des macros : il n’est pas ouvert, par prudence. Enregistrez-le ' +
        'au format Classeur Excel sans macros (.xlsx).',
    )
  }
  if (names.has(WORKBOOK)) return null
  if (names.has('xl/workbook.bin')) {
    return refuseSheet(
      'wrong-kind',
      `Ce classeur est au format binaire (.xlsb), qui n’est pas lu. ${AS_XLSX}`,
    )
  }
  if (names.has('content.xml')) {
    return refuseSheet(
      'wrong-kind',
      `Ce document est au format OpenDocument sans être un tableau (.ods). ${AS_XLSX}`,
    )
  }
  if (names.has('word/document.xml')) {
    return refuseSheet(
      'wrong-kind',
      'Ce fichier est un document Word : déposez un tableau Excel (.xlsx) ou CSV, ou ' +
        'copiez les cellules du tableau dans la page.',
    )
  }
  // A workbook may stand elsewhere: its relationships say where.
  if (names.has('_rels/.rels') && !names.has('ppt/presentation.xml')) return null
  return refuseSheet(
    'wrong-kind',
    'Ce fichier est une archive ZIP, pas un tableau : déposez le fichier Excel (.xlsx) ' +
      'ou CSV qu’elle contient.',
  )
}

/** Elements opened inside one another by the million take minutes and gigabytes to parse. */
function isTooDeep(xml: string): boolean {
  let depth = 0
  for (const [, opening, closing] of xml.matchAll(/<([/?!]?)[^<>]*?(\/?)>/g)) {
    if (opening === '/') depth -= 1
    else if (opening === '' && closing === '') depth += 1
    if (depth > DEEPEST) return true
  }
  return false
}

/** Patterns here never cross a `<`, so that a hostile text is still read in one go. */
function withoutDefinedNames(xml: string): string {
  const start = xml.indexOf('<definedNames>')
  const end = xml.indexOf('</definedNames>')
  return start === -1 || end < start ? xml : xml.slice(0, start) + xml.slice(end + '</definedNames>'.length)
}

/**
 * Leaves the stored result alone in its cell: exceljs takes an empty text, a zero or FALSE for no result at
 * all. An empty result counts when it is said to be a text; some programs leave it empty for « not calculated
 * ».
 */
function withoutCalculatedFormulas(xml: string): string {
  const formula = '<f(?:\\s[^<>]*)?(?:/>|>[^<]*</f>)\\s*'
  return xml
    .replace(new RegExp(`${formula}(?=<v(?:\\s[^<>]*)?>[^<])`, 'g'), '')
    .replace(new RegExp(`(<c\\s[^<>]*\\bt="str"[^<>]*>\\s*)${formula}(?=<v)`, 'g'), '$1')
}

/** Lines, cells and merged areas are counted before exceljs makes an object of each. */
function refuseOversized(xml: string): RefusedSheet | null {
  let cells = 0
  let merges = 0
  for (const _ of xml.matchAll(/<(?:c|row)[\s>/]/g)) cells += 1
  for (const [, ref = ''] of xml.matchAll(/<mergeCell\s[^<>]*?ref="([^"]*)"/g)) {
    const area = areaOf(ref)
    if (area === null) return damaged()
    cells += area
    merges += 1
  }
  for (const [, row] of xml.matchAll(/<row\s[^<>]*?\br="(\d+)"/g))
    if (Number(row) > LAST_ROW) return damaged()
  if (cells <= MOST_CELLS && merges <= MOST_MERGES) return null
  return refuseSheet(
    'bomb',
    'Une feuille de ce classeur contient trop de cellules, ou de cellules fusionnées, ' +
      `pour une liste de membres : il n’est pas ouvert. ${START_AGAIN}`,
  )
}

/** A cell and its column, whether blank or not. */
const CELL = /<c\s(?:[^<>]*?\s)?r="([A-Z]+)(\d+)"[^<>]*>/g
const BLANK_CELL = /<c\s(?:[^<>]*?\s)?r="([A-Z]+)\d+"[^<>]*(?:\/>|(?<!\/)>\s*<\/c>)/g

/** Lines and cells may leave their place out: each then follows the one before. */
function withReferences(xml: string): string {
  let line = 0
  let column = 0
  return xml.replace(/<(row|c)((?:\s[^<>]*?)?)(\/?)>/g, (whole, tag, attributes, end) => {
    const given = /\sr="([^"]*)"/.exec(attributes)?.[1]
    if (tag === 'row') {
      line = given === undefined ? line + 1 : Number(given)
      column = 0
      return given === undefined ? `<row r="${line}"${attributes}${end}>` : whole
    }
    column = given === undefined ? column + 1 : columnNumber(given.replace(/\d+$/, ''))
    return given === undefined ? `<c r="${cellAddress(line, column - 1)}"${attributes}${end}>` : whole
  })
}

/** Formats alone: exceljs makes an object of each line, and walks from the first column to each cell. */
function withoutBlanks(xml: string, maxColumns: number): string {
  return xml
    .replace(/<row\s[^<>]*\/>/g, '')
    .replace(BLANK_CELL, (cell, letters) => (columnNumber(letters) > maxColumns ? '' : cell))
}

/**
 * @param xml without its blanks. A few far cells are left, for whoever reads the sheet to name the first one.
 */
function refuseFarCells(xml: string, { maxColumns, maxRows }: SheetLimits): RefusedSheet | null {
  const far: string[] = []
  for (const [, letters = '', line = ''] of xml.matchAll(CELL)) {
    if (columnNumber(letters) > maxColumns) far.push(letters + line)
    if (far.length > MOST_FAR_CELLS) return beyondColumns(far[0] ?? '', maxColumns)
  }
  let rows = 0
  for (const _ of xml.matchAll(/<row[\s>]/g)) rows += 1
  return rows > MOST_ROWS ? tooManyLines(maxRows) : null
}

/** Cells of `A1:C3`; null when it is not a range. */
function areaOf(ref: string): number | null {
  const [, fromColumn = '', fromRow, toColumn = '', toRow] = /^([A-Z]+)(\d+):([A-Z]+)(\d+)$/.exec(ref) ?? []
  if (fromRow === undefined || Math.max(fromColumn.length, toColumn.length) > LAST_COLUMN_LETTERS) return null
  const width = Math.abs(columnNumber(toColumn) - columnNumber(fromColumn)) + 1
  return width * (Math.abs(Number(toRow) - Number(fromRow)) + 1)
}

function columnNumber(letters: string): number {
  return [...letters].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0)
}

async function archived(parts: Parts): Promise<Buffer> {
  const archive = new ZipArchive({ store: true })
  for (const [name, content] of parts) archive.append(content, { name })
  const [bytes] = await Promise.all([buffer(archive), archive.finalize()])
  return bytes
}
