/**
 * Looks into an XLSX before exceljs does, inflating under a bound, and keeps only the parts that hold cells.
 * exceljs inflates everything in memory, expands merged and named ranges cell by cell, and fails on comments that
 * other programs wrote: none of that reaches it.
 */
import { Buffer } from 'node:buffer'
import { buffer } from 'node:stream/consumers'
import { ZipArchive } from 'archiver'
import yauzl from 'yauzl'
import type { RefusedSheet } from './sheet-refusal.ts'
import { passwordProtected, refuseSheet } from './sheet-refusal.ts'

/** Inflated parts by path. */
type Parts = Map<string, Buffer>

const KEPT =
  /^xl\/(?:workbook\.xml|_rels\/workbook\.xml\.rels|sharedStrings\.xml|styles\.xml|worksheets\/sheet\d+\.xml)$/

/** An XLSX has some tens of parts. */
const MOST_ENTRIES = 2000
/** A list of members has some thousands of cells and lines; each costs exceljs about half a kilobyte. */
const MOST_CELLS = 400_000
/** exceljs compares each merge with all the others. */
const MOST_MERGES = 5000
/** A cell's text is ten elements deep. */
const DEEPEST = 100
const LAST_ROW = 1_048_576
const LAST_COLUMN_LETTERS = 3

const AS_XLSX = 'Ouvrez-le dans votre tableur, puis « Enregistrer sous » au format Classeur Excel (.xlsx).'
const START_AGAIN = 'Copiez la seule liste des membres dans un classeur neuf, ou partez du modèle.'

const damaged = (): RefusedSheet =>
  refuseSheet(
    'unreadable',
    `Ce classeur est abîmé ou incomplet : il n’a pas pu être lu. ${AS_XLSX} Si vous l’avez téléchargé, recommencez.`,
  )

/** The same cells as a workbook that exceljs reads safely. */
export async function safeWorkbook(
  file: Buffer,
  maxInflatedBytes: number,
): Promise<{ ok: true; bytes: Buffer } | RefusedSheet> {
  const inspection = await inflateParts(file, maxInflatedBytes)
  if (!inspection.ok) return inspection
  const { parts } = inspection
  // Some programs write <x:row> for <row>; exceljs knows bare names only.
  const prefix = /<(\w+):workbook[\s>]/.exec(parts.get('xl/workbook.xml')?.toString() ?? '')?.[1]
  for (const [path, content] of parts) {
    let xml = content.toString()
    if (prefix !== undefined) xml = xml.replaceAll(`<${prefix}:`, '<').replaceAll(`</${prefix}:`, '</')
    if (path === 'xl/workbook.xml') xml = withoutDefinedNames(xml)
    if (isTooDeep(xml)) return damaged()
    if (path.startsWith('xl/worksheets/')) {
      const refused = refuseOversized(xml)
      if (refused !== null) return refused
      xml = withoutCalculatedFormulas(xml)
    }
    parts.set(path, Buffer.from(xml))
  }
  return { ok: true, bytes: await archived(parts) }
}

async function inflateParts(
  file: Buffer,
  maxInflatedBytes: number,
): Promise<{ ok: true; parts: Parts } | RefusedSheet> {
  const parts: Parts = new Map()
  const names = new Set<string>()
  let inflatedBytes = 0
  try {
    const zip = await yauzl.fromBufferPromise(file)
    if (zip.entryCount > MOST_ENTRIES) {
      return refuseSheet(
        'bomb',
        `Ce fichier contient ${zip.entryCount} éléments, bien plus qu’un classeur : il n’est pas ouvert. ${START_AGAIN}`,
      )
    }
    for await (const entry of zip.eachEntry()) {
      names.add(entry.fileName)
      if (entry.isEncrypted()) return passwordProtected()
      if (!KEPT.test(entry.fileName)) continue
      // The declared size may be trusted: yauzl stops a stream that inflates past it.
      inflatedBytes += entry.uncompressedSize
      if (inflatedBytes > maxInflatedBytes) {
        const megabytes = Math.floor(maxInflatedBytes / 1e6)
        return refuseSheet(
          'bomb',
          `Une fois décompressé, ce classeur dépasse ${megabytes} Mo : il n’est pas ouvert. ${START_AGAIN}`,
        )
      }
      parts.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)))
    }
  } catch {
    // Whatever yauzl or zlib object to, the person can only save the file again.
    return damaged()
  }
  return refuseOtherKinds(names) ?? { ok: true, parts }
}

function refuseOtherKinds(names: ReadonlySet<string>): RefusedSheet | null {
  if (names.has('xl/vbaProject.bin')) {
    return refuseSheet(
      'macros',
      'Ce classeur contient des macros : il n’est pas ouvert, par prudence. Enregistrez-le au format Classeur Excel sans macros (.xlsx).',
    )
  }
  if (names.has('xl/workbook.xml')) return null
  if (names.has('xl/workbook.bin')) {
    return refuseSheet(
      'wrong-kind',
      `Ce classeur est au format binaire (.xlsb), qui n’est pas lu. ${AS_XLSX}`,
    )
  }
  if (names.has('content.xml')) {
    return refuseSheet(
      'wrong-kind',
      `Ce document est au format OpenDocument (.ods), qui n’est pas lu. ${AS_XLSX}`,
    )
  }
  if (names.has('word/document.xml')) {
    return refuseSheet(
      'wrong-kind',
      'Ce fichier est un document Word : déposez un tableau Excel (.xlsx) ou CSV, ou copiez les cellules du tableau dans la page.',
    )
  }
  return refuseSheet(
    'wrong-kind',
    'Ce fichier est une archive ZIP, pas un tableau : déposez le fichier Excel (.xlsx) ou CSV qu’elle contient.',
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
 * Leaves the stored result alone in its cell: exceljs takes an empty text, a zero or FALSE for no result at all.
 * An empty result counts when it is said to be a text; some programs leave it empty for « not calculated ».
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
    `Une feuille de ce classeur contient trop de cellules, ou de cellules fusionnées, pour une liste de membres : il n’est pas ouvert. ${START_AGAIN}`,
  )
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
