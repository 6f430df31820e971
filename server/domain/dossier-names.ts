/**
 * Names that open anywhere: Windows, macOS, Linux, old unzippers, long mother folders.
 * ASCII letters, digits, `-`, `_` and one dot before the extension; so NFC, no trailing dot or space, and nothing
 * to escape in a checksum file, a link or a header.
 */
import type { Day } from './call.ts'

/** Longest path inside the ZIP, in characters: Windows refuses 260, the folder that it is unpacked in included. */
export const MAX_PATH_LENGTH = 180
const MAX_FOLDER_LENGTH = 72
const MAX_FILE_LENGTH = 90

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
  const ascii = text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[æÆœŒøØßłŁđĐ]/g, letter => LETTERS[letter] ?? '')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, maxLength)
    .replace(/-$/, '')
  return ascii === '' ? 'Sans-nom' : ascii
}

/** Sorts names as a person expects, accents and case apart, the same on every machine: no locale is asked. */
export function nameSortKey(name: string): string {
  return `${slug(name, 300).toLowerCase()} ${name}`
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

/**
 * `02_Etat-des-lieux_v2.pdf`, or `02_Etat-des-lieux_v2_1.pdf` for one file of several.
 * `number` is the piece's place in its scope and alone makes the name unique among pieces.
 */
export function pieceFileName(piece: {
  number: number
  code: string
  version: number
  /** From 1; null when the version holds a single file. */
  position: number | null
  mediaType: string
}): string {
  const prefix = `${String(piece.number).padStart(2, '0')}_`
  const position = piece.position === null ? '' : `_${piece.position}`
  const suffix = `_v${piece.version}${position}.${extensionOf(piece.mediaType)}`
  const code = slug(piece.code, MAX_FILE_LENGTH - prefix.length - suffix.length)
  return prefix + code.charAt(0).toUpperCase() + code.slice(1) + suffix
}

/** `Dossier_corse-2023_Grappe-PEP2B_v2_INCOMPLET_2026-11-22`, to which the caller adds the extension. */
export function dossierName(dossier: {
  callCode: string
  grappeName: string
  /** Of a sealed version; null for a dossier as it stands. */
  version: number | null
  complete: boolean
  today: Day
}): string {
  return [
    'Dossier',
    slug(dossier.callCode, 40),
    slug(dossier.grappeName, 60),
    ...(dossier.version === null ? [] : [`v${dossier.version}`]),
    ...(dossier.complete ? [] : ['INCOMPLET']),
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

/** From the sniffed type, never from the name that the uploader gave; `bin` when the type is none of the accepted. */
function extensionOf(mediaType: string): string {
  return EXTENSIONS[mediaType] ?? 'bin'
}
