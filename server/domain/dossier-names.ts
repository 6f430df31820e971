/**
 * Names that open anywhere: Windows, macOS, Linux, old unzippers, long mother folders.
 * ASCII letters, digits, `-`, `_` and one dot before the extension; so NFC, no trailing dot or space, and
 * nothing to escape in a checksum file, a link or a header.
 */
import type { Day } from './call.ts'

/**
 * Longest path inside the ZIP, in characters: Windows refuses 260, the folder that it is unpacked in
 * included.
 */
export const MAX_PATH_LENGTH = 180
const MAX_FOLDER_LENGTH = 72
/** What is left beside `03_ESMS/`, a folder and the slash after it. */
const MAX_FILE_LENGTH = 99
/** Of the person's own name for its file: enough to know it again. */
const MAX_OWN_NAME_LENGTH = 40
const MAX_CODE_LENGTH = 40

/** Letters that NFD does not take apart. */
const LETTERS: Record<string, string> = {
  æ: 'ae',
  Æ: 'AE',
  œ: 'oe',
  Œ: 'OE',
  ø: 'o',
  Ø: 'O',
  ß: 'ss',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
}

/**
 * Text as ASCII letters, digits and single hyphens, `maxLength` characters at most (8 or more):
 * `Lettre d’engagement` → `Lettre-d-engagement`. Two texts may give the same slug.
 */
function slug(text: string, maxLength: number): string {
  return asciiWords(text, maxLength) || 'Sans-nom'
}

/** The same, empty when the text has no letter and no digit. */
function asciiWords(text: string, maxLength: number): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[æÆœŒøØßłŁđĐ]/g, letter => LETTERS[letter] ?? '')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, maxLength)
    .replace(/-$/, '')
}

/**
 * Sorts names as a person expects, accents and case apart and 2 before 10, the same on every machine: no
 * locale is asked.
 */
export function nameSortKey(name: string): string {
  const words = slug(name, 300).toLowerCase()
  return `${words.replace(/\d+/g, digits => digits.padStart(10, '0'))} ${name}`
}

/** As the dossier sorts them, 2 before 10; those of one name as they came. */
export function byName<Named extends { name: string }>(rows: readonly Named[]): Named[] {
  const keyed = rows.map(row => ({ row, key: nameSortKey(row.name) }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ row }) => row)
}

/**
 * Gives each owner of a mother folder its own name, no two alike even when case is ignored:
 * `2A0000253_EHPAD-Example`, then `…-2` for the second of that name. Two words joined by `_` are never one of
 * Windows' reserved names (CON, AUX, LPT1…).
 */
export function folderNamer(): (owner: { name: string; finess: string | null }) => string {
  const taken = new Set<string>()
  const nextSuffix = new Map<string, number>()
  return ({ name, finess }) => {
    const words = `${slug(finess ?? 'Sans-FINESS', 12)}_${slug(name, MAX_FOLDER_LENGTH)}`
    const base = words.slice(0, MAX_FOLDER_LENGTH).replace(/-$/, '')
    let folder = base
    for (let n = nextSuffix.get(base.toLowerCase()) ?? 2; taken.has(folder.toLowerCase()); n++) {
      const suffix = `-${n}`
      folder = base.slice(0, MAX_FOLDER_LENGTH - suffix.length) + suffix
      nextSuffix.set(base.toLowerCase(), n + 1)
    }
    taken.add(folder.toLowerCase())
    return folder
  }
}

/** A place among others, with as many digits as the last of them, so that names sort: 02 before 10. */
export interface Place {
  /** From 1. */
  number: number
  of: number
}

const inOrder = ({ number, of }: Place) => String(number).padStart(Math.max(2, String(of).length), '0')

/**
 * `02_Etat-des-lieux_v2_Scan-signe.pdf`: the place of the piece in its scope, its code, the number of the
 * deposit, then the name that the person gave; `02_Etat-des-lieux_v2_01_Annexe-A.pdf` for one file of
 * several. The places alone make the name unique.
 */
export function pieceFileName(piece: {
  place: Place
  code: string
  version: number
  /** Null when the version holds a single file. */
  position: Place | null
  /** As the person named its file. */
  ownName: string
  mediaType: string
}): string {
  const position = piece.position === null ? '' : `_${inOrder(piece.position)}`
  const code = slug(piece.code, MAX_CODE_LENGTH)
  const named = `${inOrder(piece.place)}_${code.charAt(0).toUpperCase()}${code.slice(1)}`
  const start = `${named}_v${piece.version}${position}`
  const end = `.${extensionOf(piece.mediaType)}`
  const own = asciiWords(
    piece.ownName.replace(/\.[A-Za-z0-9]{1,5}$/, ''),
    Math.min(MAX_OWN_NAME_LENGTH, MAX_FILE_LENGTH - start.length - end.length - 1),
  )
  // What only repeats the name of the piece says nothing.
  return own === '' || own.toLowerCase() === code.toLowerCase() ? start + end : `${start}_${own}${end}`
}

/** `Etat-des-lieux.docx`, or `Etat-des-lieux_EHPAD-Les-Oliviers.docx` when it leaves its folder. */
export function kitDocumentName(code: string, ownerName: string | null): string {
  const words = slug(code, MAX_CODE_LENGTH)
  const owner = ownerName === null ? '' : `_${slug(ownerName, MAX_OWN_NAME_LENGTH)}`
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${owner}.docx`
}

/** `Etat-des-lieux_EHPAD-Les-Oliviers.pdf`: the same document, drawn from what was answered on screen. */
export const formFileName = (code: string, ownerName: string): string =>
  kitDocumentName(code, ownerName).replace(/docx$/, 'pdf')

/** `Kit_Grappe-PEP2B_2026-11-29`, or with the member whose documents it holds; without extension. */
export const kitName = (kit: { grappeName: string; ownerName: string | null; today: Day }): string =>
  [
    'Kit',
    slug(kit.grappeName, 60),
    ...(kit.ownerName === null ? [] : [slug(kit.ownerName, MAX_OWN_NAME_LENGTH)]),
    kit.today,
  ].join('_')

const COMPLETENESS_MARK = { complet: [], incomplet: ['INCOMPLET'], 'a-verifier': ['A-VERIFIER'] } as const

/** `Dossier_corse-2023_Grappe-PEP2B_v2_INCOMPLET_2026-11-22`, to which the caller adds the extension. */
export function dossierName(dossier: {
  callCode: string
  grappeName: string
  /** Of a sealed version; null for a dossier as it stands. */
  version: number | null
  completeness: 'complet' | 'incomplet' | 'a-verifier'
  today: Day
}): string {
  return [
    'Dossier',
    slug(dossier.callCode, 40),
    slug(dossier.grappeName, 60),
    ...(dossier.version === null ? [] : [`v${dossier.version}`]),
    ...COMPLETENESS_MARK[dossier.completeness],
    dossier.today,
  ].join('_')
}

const EXTENSIONS: Record<string, string> = {
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'image/jpeg': 'jpg',
  'image/png': 'png',
}

/**
 * From the sniffed type, never from the name that the uploader gave; `bin` when the type is none of the
 * accepted.
 */
function extensionOf(mediaType: string): string {
  return EXTENSIONS[mediaType] ?? 'bin'
}
