/**
 * Reads the spreadsheet that a porteur already has: XLSX, ODS, CSV or cells pasted into the page. The kind is
 * told from the bytes, never from the name. Whatever cannot be read safely is refused with a sentence that
 * says what to do.
 */
import { Buffer } from 'node:buffer'
import { parse } from 'csv-parse/sync'
import type { CellValue, Worksheet } from 'exceljs'
import { recogniseHeader, type SheetRow } from '../../domain/member-import/columns.ts'
import { hasMemberHeader } from '../../domain/member-import/table.ts'
import { BeyondLimits, LimitedRows, type SheetRows } from './limited-rows.ts'
import { readOdsSheets } from './ods-sheet.ts'
import { passwordProtected, type RefusedSheet, refuseSheet, type SheetLimits } from './sheet-refusal.ts'
import { decodeText, utf16Encoding } from './text-encoding.ts'
import { safeWorkbook } from './xlsx-parts.ts'

export const SHEET_LIMITS: SheetLimits = {
  maxFileBytes: 20_000_000,
  maxInflatedBytes: 32_000_000,
  maxCellCharacters: 2000,
  maxRows: 5000,
  maxColumns: 200,
  maxCells: 200_000,
}

/** What is read, and from where. */
interface SheetOrigin {
  /** Null for CSV and pasted cells. */
  sheetName: string | null
  /** Other visible sheets that look like lists of members: they are not read. */
  otherSheets: readonly string[]
  /** What is uncertain in the way it was read, in one French sentence; null when nothing is. */
  doubt: string | null
}

export type SheetReading =
  | (SheetOrigin & {
      ok: true
      /** Blank lines left out; each row keeps its number in the sheet. */
      rows: readonly SheetRow[]
    })
  | RefusedSheet

const OTHER_WAYS =
  'Déposez un tableau Excel (.xlsx) ou CSV, ou copiez ses cellules et collez-les dans la page.'

const empty = (): RefusedSheet => refuseSheet('empty', `Il n’y a aucune ligne à lire. ${OTHER_WAYS}`)

/** Reads a file as received. */
export async function readMemberSheet(
  bytes: Uint8Array,
  limits: SheetLimits = SHEET_LIMITS,
): Promise<SheetReading> {
  if (bytes.length > limits.maxFileBytes) {
    const megabytes = Math.floor(limits.maxFileBytes / 1e6)
    return refuseSheet(
      'too-large',
      `Ce fichier dépasse ${megabytes} Mo : copiez la seule liste des membres dans un classeur neuf.`,
    )
  }
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (startsWith(file, 'PK\x03\x04') || startsWith(file, 'PK\x05\x06')) return readWorkbook(file, limits)
  const refused = refuseOtherKinds(file)
  if (refused !== null) return refused
  const { text, doubt } = decodeText(file)
  return readText(text, limits, doubt)
}

/** Reads cells copied from a spreadsheet. Lines are numbered from 1, as pasted. */
export function readPastedCells(text: string, limits: SheetLimits = SHEET_LIMITS): SheetReading {
  if (text.length > limits.maxFileBytes) {
    return refuseSheet('too-large', 'Ce texte est trop long : collez la seule liste des membres.')
  }
  return readText(text, limits, null)
}

const startsWith = (file: Buffer, magic: string): boolean =>
  file.subarray(0, magic.length).toString('latin1') === magic

/** Null for what may be text. */
function refuseOtherKinds(file: Buffer): RefusedSheet | null {
  if (startsWith(file, '\xD0\xCF\x11\xE0')) {
    if (file.includes(Buffer.from('EncryptedPackage', 'utf16le'))) return passwordProtected()
    return refuseSheet(
      'wrong-kind',
      'Ce fichier est à l’ancien format d’Office (.xls) : ouvrez-le dans votre tableur, ' +
        'puis « Enregistrer sous » au format Classeur Excel (.xlsx).',
    )
  }
  if (startsWith(file, '%PDF')) {
    return refuseSheet(
      'wrong-kind',
      `Ce fichier est un PDF : ses tableaux ne sont plus des cellules. ${OTHER_WAYS}`,
    )
  }
  if (utf16Encoding(file) === null && file.includes(0)) {
    return refuseSheet('wrong-kind', `Ce fichier n’est pas un tableau. ${OTHER_WAYS}`)
  }
  return null
}

const SEPARATORS = ['\t', ';', ','] as const

/** The separator that makes the most known headers on one of the first lines, then the most cells. */
function separatorOf(text: string): string {
  const lines = text.slice(0, 100_000).split(/\r\n|\r|\n/, 60)
  const scores = SEPARATORS.map(separator => {
    const split = lines.map(line => line.split(separator))
    const known = split.map(
      cells => new Set(cells.map(cell => recogniseHeader(cell.replaceAll('"', '')))).size,
    )
    const cells = split.map(({ length }) => length)
    return { separator, score: Math.max(...known) * 100_000 + Math.max(...cells) }
  })
  return scores.reduce((best, other) => (other.score > best.score ? other : best)).separator
}

function readText(decoded: string, limits: SheetLimits, doubt: string | null): SheetReading {
  const text = decoded.replace(/^\uFEFF/, '')
  const head = text.slice(0, 1000).trimStart().toLowerCase()
  if (/^<(?:!doctype|html|head|body|table|meta|script)\b/.test(head)) {
    return refuseSheet(
      'web-page',
      'Ce fichier est une page web, pas un tableau : le site a peut-être répondu par une ' +
        'page d’erreur ou de connexion. Téléchargez-le de nouveau, ou ouvrez-le dans votre ' +
        'tableur et enregistrez-le au format .xlsx.',
    )
  }
  if (/^(?:mime-version|content-type):/.test(head)) {
    return refuseSheet(
      'web-page',
      'Ce fichier est une page web enregistrée en un seul fichier, même si son nom finit par .xls : ' +
        'ouvrez-le dans votre tableur, puis « Enregistrer sous » au format Classeur Excel (.xlsx).',
    )
  }
  if (head.startsWith('id;p')) {
    return refuseSheet(
      'wrong-kind',
      'Ce fichier est au format SYLK, un ancien format d’échange : ouvrez-le dans votre tableur, puis ' +
        '« Enregistrer sous » au format Classeur Excel (.xlsx).',
    )
  }
  if (head.startsWith('<?xml') || head.startsWith('{\\rtf')) {
    return refuseSheet('wrong-kind', `Ce fichier n’est ni un tableau Excel (.xlsx) ni un CSV. ${OTHER_WAYS}`)
  }
  // Excel's own hint, alone on the first line.
  const hint = /^"?sep=(.)"?(?=\r?\n)/i.exec(text)
  const limited = new LimitedRows(limits)
  let line = 1
  try {
    parse(hint ? text.slice(hint[0].length) : text, {
      delimiter: hint?.[1] ?? separatorOf(text),
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      cast: (cell, { index }) => {
        limited.check(line, index, cell)
        return cell
      },
      on_record: (cells: string[]) => {
        limited.add({ line, cells: cells.slice(0, limits.maxColumns) })
        line += 1
        return null
      },
    })
  } catch (error) {
    if (error instanceof BeyondLimits) return error.refused
    const near = error instanceof Error && 'lines' in error ? ` (vers la ligne ${error.lines})` : ''
    return refuseSheet(
      'unreadable',
      `Un guillemet ouvert n’est jamais refermé${near} : corrigez cette cellule, ou ` +
        'enregistrez le tableau au format .xlsx.',
    )
  }
  return limited.rows.length === 0
    ? empty()
    : { ok: true, sheetName: null, otherSheets: [], doubt, rows: limited.rows }
}

/** Nodes that exceljs would expand and that hold no cell. */
const IGNORED_NODES = [
  'cols',
  'dataValidations',
  'conditionalFormatting',
  'hyperlinks',
  'drawing',
  'picture',
  'tableParts',
  'extLst',
]

async function readWorkbook(file: Buffer, limits: SheetLimits): Promise<SheetReading> {
  const ods = await readOdsSheets(file, limits)
  if (ods !== null && !ods.ok) return ods
  if (ods !== null) {
    const visible = ods.sheets.filter(({ isVisible }) => isVisible)
    return readSheets(visible, visible.length < ods.sheets.length)
  }
  const safe = await safeWorkbook(file, limits)
  if (!safe.ok) return safe
  // Loaded when first needed: importing it takes a fifth of a second.
  const { default: ExcelJS } = await import('exceljs')
  const workbook = new ExcelJS.Workbook()
  try {
    await workbook.xlsx.load(Uint8Array.from(safe.bytes).buffer, { ignoreNodes: IGNORED_NODES })
  } catch {
    return refuseSheet(
      'unreadable',
      'Ce classeur n’a pas pu être lu : ouvrez-le dans votre tableur, enregistrez-le de ' +
        'nouveau au format .xlsx, ou copiez ses cellules et collez-les dans la page.',
    )
  }
  const visible = workbook.worksheets.filter(sheet => (sheet.state ?? 'visible') === 'visible')
  return readSheets(
    visible.map(sheet => rowsOf(sheet, limits)),
    visible.length < workbook.worksheets.length,
  )
}

/** @param areOthersHidden whether the file has sheets that a person does not see */
function readSheets(visible: readonly SheetRows[], areOthersHidden: boolean): SheetReading {
  const filled = visible.filter(sheet => sheet.rows.length > 0 || sheet.refused !== null)
  const lists = filled.filter(sheet => hasMemberHeader(sheet.rows))
  const chosen = lists[0] ?? filled[0]
  if (chosen === undefined && areOthersHidden) {
    return refuseSheet(
      'empty',
      'Les feuilles visibles de ce classeur sont vides et d’autres sont masquées : ' +
        'affichez celle qui contient les membres, puis enregistrez.',
    )
  }
  if (chosen === undefined) return empty()
  if (chosen.refused !== null) return chosen.refused
  const otherSheets = lists.slice(1).map(sheet => sheet.name)
  return { ok: true, sheetName: chosen.name, otherSheets, doubt: null, rows: chosen.rows }
}

function rowsOf(sheet: Worksheet, limits: SheetLimits): SheetRows {
  const limited = new LimitedRows(limits)
  try {
    sheet.eachRow({ includeEmpty: false }, (row, line) => {
      const cells: string[] = []
      const unread: { column: number; reason: string }[] = []
      row.eachCell({ includeEmpty: false }, (cell, number) => {
        const read = cellText(cell.value, cell.numFmt ?? '')
        limited.check(line, number - 1, read.text)
        if (number > limits.maxColumns) return
        while (cells.length < number - 1) cells.push('')
        cells.push(read.text)
        if (read.problem !== null) unread.push({ column: number - 1, reason: read.problem })
      })
      limited.add({
        line,
        cells,
        ...(unread.length > 0 ? { unread } : {}),
        ...(row.hidden ? { hidden: true as const } : {}),
      })
    })
  } catch (error) {
    if (!(error instanceof BeyondLimits)) throw error
    return { name: sheet.name, rows: limited.rows, refused: error.refused }
  }
  return { name: sheet.name, rows: limited.rows, refused: null }
}

interface CellText {
  text: string
  /** Why the text could not be had. */
  problem: string | null
}

/** What the spreadsheet shows, as far as an import cares. */
function cellText(value: CellValue, format: string): CellText {
  const shown = (text: string): CellText => ({ text, problem: null })
  const hidden = (problem: string): CellText => ({ text: '', problem })
  if (value === null || value === undefined) return shown('')
  if (typeof value === 'number') return shown(numberText(value, format))
  if (typeof value === 'boolean') return shown(value ? 'VRAI' : 'FAUX')
  if (typeof value === 'string') return shown(value)
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) return hidden('La date de cette cellule n’est pas lisible.')
    return shown(value.toISOString().slice(0, 10).split('-').reverse().join('/'))
  }
  if ('error' in value) return hidden(`Cette cellule affiche l’erreur ${value.error}.`)
  if ('richText' in value) return shown(value.richText.map(part => part.text).join(''))
  if ('hyperlink' in value) return cellText(value.text, format)
  return hidden('Cette cellule contient une formule dont le résultat n’est pas enregistré.')
}

/** A number shown with zeros in front (format `000000000`) keeps them. */
function numberText(value: number, format: string): string {
  const zeros = /^[0\\ ]+$/.test(format) ? format.replace(/[^0]/g, '').length : 0
  return Number.isInteger(value) ? String(value).padStart(zeros, '0') : String(value)
}
