/** Which received files a piece takes: decided from the bytes, never from the name or the client's claim. */
import { FORMATS, type Format, type PieceDefinition } from './call.ts'
import type { FileFault } from './file-facts.ts'
import { kindWords } from './file-kinds.ts'

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

/** As many as a form may carry. */
export const MAX_FILES_PER_DEPOSIT = 50

export type FileRefusalCode = 'empty' | 'too-large' | 'wrong-type' | 'one-file-only' | 'infected' | FileFault

/** Why one file was not taken, for the person who sent it. */
export interface FileRefusal {
  name: string
  code: FileRefusalCode
  /** One French sentence that says what to do. */
  reason: string
}

/** What phones make; iPhones write HEIC, which hardly any reader of a dossier opens. */
const HEIC_TYPES: ReadonlySet<string> = new Set([
  'image/heic',
  'image/heif',
  'image/heic-sequence',
  'image/heif-sequence',
])
/** What messaging applications and fax machines make; a TIFF may have several pages. */
const WEBP = 'image/webp'
const TIFF = 'image/tiff'
const PHOTO_TYPES: ReadonlySet<string> = new Set([
  MEDIA_TYPES.jpg,
  MEDIA_TYPES.png,
  WEBP,
  TIFF,
  ...HEIC_TYPES,
])

/**
 * What a photo becomes before it goes into the dossier: a page of a PDF where a PDF is accepted, a JPEG where
 * only that would do. Null when the file stays as it is, or is not taken at all.
 */
export function photoBecomes(
  { formats }: Pick<PieceDefinition, 'formats'>,
  mediaType: string | null,
): 'pdf' | 'jpg' | null {
  if (mediaType === null || !PHOTO_TYPES.has(mediaType)) return null
  if (formats.includes('pdf')) return 'pdf'
  return (HEIC_TYPES.has(mediaType) || mediaType === WEBP) && formats.includes('jpg') ? 'jpg' : null
}

/** Whether several files may be chosen at once: the photos of one document are as many files. */
export function mayChooseSeveral({
  severalFiles,
  formats,
}: Pick<PieceDefinition, 'severalFiles' | 'formats'>) {
  return severalFiles || formats.includes('pdf')
}

const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  jpg: ['.jpg', '.jpeg'],
  tiff: ['.tif', '.tiff'],
}

/** Extensions of what may be chosen, with their dot: the formats, and the photos that become one of them. */
export function acceptedExtensions(formats: readonly Format[]): string[] {
  const photos = formats.includes('pdf')
    ? (['jpg', 'png', 'heic', 'webp', 'tiff'] as const)
    : formats.includes('jpg')
      ? (['heic', 'webp'] as const)
      : []
  const names = [...new Set([...formats, ...photos])]
  return names.flatMap(name => SPELLINGS[name] ?? [`.${name}`])
}

/** "PDF", from a sniffed type; the type itself when it is none that is known. */
export function formatNameOf(mediaType: string): string {
  if (HEIC_TYPES.has(mediaType)) return 'photo HEIC'
  if (mediaType === WEBP) return 'photo WebP'
  if (mediaType === TIFF) return 'image TIFF'
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
 * @param position how many documents of this deposit come before it; photos that make one PDF are one
 * document.
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
      `« ${file.name} » est vide (0 octet). Ouvrez-le pour vérifier son contenu, ` +
        'enregistrez-le de nouveau, puis déposez-le.',
    )
  }
  if (file.truncated || file.size > definition.maxFileMb * BYTES_PER_MB) {
    return refusal(
      'too-large',
      `« ${file.name} » dépasse ${definition.maxFileMb} Mo. Réduisez-le (numérisez en 150 ` +
        'points par pouce, ou séparez-le en plusieurs fichiers), puis déposez-le.',
    )
  }
  const isAccepted = definition.formats.some(format => MEDIA_TYPES[format] === file.mediaType)
  if (!isAccepted && photoBecomes(definition, file.mediaType) === null) {
    const formats = formatList(definition.formats)
    const kind =
      kindWords(file.mediaType, formats) ??
      `son contenu n’est pas celui d’un fichier ${formats}. Ouvrez-le, enregistrez-le dans un ` +
        'de ces formats, puis déposez-le.'
    return refusal('wrong-type', `« ${file.name} » n’est pas dans un format accepté : ${kind}`)
  }
  if (position > 0 && !definition.severalFiles) {
    return refusal(
      'one-file-only',
      `« ${file.name} » n’a pas été pris : cette pièce attend un seul fichier. Réunissez ` +
        'vos pages en un seul document.',
    )
  }
  return null
}

const FAULT_WORDS: Readonly<Record<FileFault, (name: string, kind: string) => string>> = {
  truncated: name =>
    `« ${name} » est incomplet : sa fin manque, sans doute à cause d’une copie ou d’un ` +
    'téléchargement interrompu. Ouvrez l’original pour vérifier qu’il est entier, puis ' +
    'déposez-le de nouveau.',
  password: (name, kind) =>
    `Ce ${kind} est protégé par un mot de passe : « ${name} » ne pourrait être lu par ` +
    'personne. Enregistrez-en une copie sans mot de passe, puis déposez-la.',
  macros: name =>
    `« ${name} » contient des macros (un programme), qui ne sont pas acceptées. ` +
    'Enregistrez-le sans macros (.docx, .xlsx, .odt, .ods) ou en PDF, puis déposez-le.',
  bomb: name =>
    `« ${name} » prend une place démesurée une fois ouvert : par prudence, il n’est pas ` +
    'pris. Enregistrez-le en PDF, puis déposez-le.',
  undecodable: name =>
    `La photo « ${name} » n’a pas pu être lue : elle est abîmée, ou beaucoup trop ` +
    'grande. Reprenez-la, ou enregistrez-la en JPEG, puis déposez-la.',
  'too-heavy': name =>
    `« ${name} » demande trop de temps ou de mémoire pour être lu : par prudence, il ` +
    'n’est pas pris. Enregistrez-le de nouveau, en PDF ou en plusieurs fichiers, puis ' +
    'déposez-le.',
  busy: name =>
    `« ${name} » n’a pas encore été lu : trop de fichiers arrivent à la fois. Rien n’est ` +
    'perdu ; déposez-le de nouveau dans une minute.',
  'no-page': name =>
    `« ${name} » est un PDF sans aucune page. ` +
    `Enregistrez-le de nouveau depuis le logiciel d’origine, vérifiez qu’il s’ouvre, puis déposez-le.`,
  labelled: name =>
    `« ${name} » est chiffré par une étiquette de confidentialité : hors de votre organisme, ` +
    'personne ne pourrait l’ouvrir. Dans Word ou Excel, choisissez une étiquette sans chiffrement, ou ' +
    'enregistrez-le en PDF sans protection, puis déposez-le.',
  xfa: name =>
    `« ${name} » est un formulaire dynamique (XFA) : il ne montre ses pages que dans Adobe Reader. ` +
    `Ouvrez-le dans Adobe Reader, imprimez-le en PDF ` +
    `(imprimante « Microsoft Print to PDF »), puis déposez ce PDF.`,
}

/** Why a file that is of an accepted type cannot be used. */
export function refuseFault(
  { name, mediaType }: { name: string; mediaType: string | null },
  fault: FileFault,
): FileRefusal {
  const kind = mediaType === MEDIA_TYPES.pdf ? 'PDF' : 'document'
  return { name, code: fault, reason: FAULT_WORDS[fault](name, kind) }
}

/** The antivirus already found something in the very same bytes. */
export function refuseInfected(name: string): FileRefusal {
  const reason =
    `« ${name} » contient un virus, déjà trouvé dans le même fichier : il n’est pas ` +
    'pris. Faites vérifier l’ordinateur d’où il vient, puis déposez un fichier sain.'
  return { name, code: 'infected', reason }
}

/** The name of the PDF that photos make, of so many pages: a fax has several in one file. */
export function photosName(names: readonly string[], pages: number): string {
  const [first = 'photo', ...others] = names
  return others.length === 0 ? renamed(first, 'pdf') : `Photos réunies (${pages} pages).pdf`
}

/** The same name with another extension. */
export function renamed(name: string, extension: 'pdf' | 'jpg'): string {
  return `${name.replace(/\.[A-Za-z0-9]{1,8}$/, '')}.${extension}`
}

/**
 * Invisible characters: controls, direction marks that disguise an extension, zero-width ones, unpaired
 * surrogates.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const MAX_DISPLAY_NAME = 200

/**
 * A name fit to be shown: the last part of a path, NFC, without invisible characters. Never used as a path.
 */
export function displayName(sent: string): string {
  const last = sent.normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const visible = [...last.replace(INVISIBLE, '').trim()]
  if (visible.length === 0) return 'document'
  if (visible.length <= MAX_DISPLAY_NAME) return visible.join('')
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(last)?.[0] ?? ''
  return `${visible.slice(0, MAX_DISPLAY_NAME - extension.length - 1).join('')}…${extension}`
}
