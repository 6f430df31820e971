/** Which received files a piece takes: decided from the bytes, never from the name or the client's claim. */
import { FORMATS, type Format, type PieceDefinition } from './call.ts'

/** Media types as sniffed, one per accepted format. */
export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  jpg: 'image/jpeg',
  png: 'image/png',
}

export const FORMAT_NAMES: Readonly<Record<Format, string>> = {
  pdf: 'PDF',
  docx: 'Word (.docx)',
  xlsx: 'Excel (.xlsx)',
  odt: 'texte LibreOffice (.odt)',
  ods: 'classeur LibreOffice (.ods)',
  jpg: 'photo JPEG',
  png: 'image PNG',
}

export const BYTES_PER_MB = 1_000_000

export type FileRefusalCode = 'empty' | 'too-large' | 'wrong-type' | 'one-file-only'

/** Why one file was not taken, for the person who sent it. */
export interface FileRefusal {
  name: string
  code: FileRefusalCode
  /** One French sentence that says what to do. */
  reason: string
}

/** "PDF", from a sniffed type; the type itself when it is none that a piece accepts. */
export function formatNameOf(mediaType: string): string {
  const format = FORMATS.find(each => MEDIA_TYPES[each] === mediaType)
  return format === undefined ? mediaType : FORMAT_NAMES[format]
}

/** "PDF, Word (.docx) ou photo JPEG" */
export function formatList(formats: readonly Format[]): string {
  const names = formats.map(format => FORMAT_NAMES[format])
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ou ${last}`
}

/**
 * Judges one received file.
 *
 * @param file `mediaType` as sniffed; `truncated` when it was cut at the piece's size limit.
 * @param position how many files of this deposit were taken before it.
 * @returns null when the piece takes it.
 */
export function refuseFile(
  definition: Pick<PieceDefinition, 'formats' | 'maxFileMb' | 'severalFiles'>,
  file: { name: string; size: number; mediaType: string | null; truncated: boolean },
  position: number,
): FileRefusal | null {
  const refusal = (code: FileRefusalCode, reason: string): FileRefusal => ({ name: file.name, code, reason })
  if (file.size === 0) {
    return refusal(
      'empty',
      `« ${file.name} » est vide (0 octet). Ouvrez-le pour vérifier son contenu, enregistrez-le de nouveau, puis déposez-le.`,
    )
  }
  if (file.truncated || file.size > definition.maxFileMb * BYTES_PER_MB) {
    return refusal(
      'too-large',
      `« ${file.name} » dépasse ${definition.maxFileMb} Mo. Réduisez-le (numérisez en 150 points par pouce, ou séparez-le en plusieurs fichiers), puis déposez-le.`,
    )
  }
  if (!definition.formats.some(format => MEDIA_TYPES[format] === file.mediaType)) {
    return refusal(
      'wrong-type',
      `« ${file.name} » n’est pas dans un format accepté : son contenu n’est pas celui d’un fichier ${formatList(definition.formats)}. Ouvrez-le, enregistrez-le dans un de ces formats, puis déposez-le.`,
    )
  }
  if (position > 0 && !definition.severalFiles) {
    return refusal(
      'one-file-only',
      `« ${file.name} » n’a pas été pris : cette pièce attend un seul fichier. Réunissez vos pages en un seul document.`,
    )
  }
  return null
}

/** Invisible characters: controls, direction marks that disguise an extension, zero-width ones, unpaired surrogates. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const MAX_DISPLAY_NAME = 200

/** A name fit to be shown: the last part of a path, NFC, without invisible characters. Never used as a path. */
export function displayName(sent: string): string {
  const last = sent.normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const visible = [...last.replace(INVISIBLE, '').trim()]
  if (visible.length === 0) return 'document'
  if (visible.length <= MAX_DISPLAY_NAME) return visible.join('')
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(last)?.[0] ?? ''
  return `${visible.slice(0, MAX_DISPLAY_NAME - extension.length - 1).join('')}…${extension}`
}
