/**
 * What a piece takes, told before anything is sent, and quantities in words. The server decides either way.
 */

// Browsers keep modules for a year: this one is asked for under the version of the page's script.
/** @type {typeof import('./photos.js')} */
const { isConverted } = await import(`./photos.js${new URL(import.meta.url).search}`)

export const BYTES_PER_MB = 1_000_000

/** Same words as `FORMAT_NAMES` of the server, kept equal by a test. */
const FORMAT_NAMES = new Map([
  ['pdf', 'PDF'],
  ['docx', 'Word (.docx)'],
  ['xlsx', 'Excel (.xlsx)'],
  ['odt', 'texte LibreOffice (.odt)'],
  ['ods', 'classeur LibreOffice (.ods)'],
  ['jpg', 'photo JPEG'],
  ['png', 'image PNG'],
])

const SAME_FORMAT = new Map([
  ['jpeg', 'jpg'],
  ['jpe', 'jpg'],
  ['jfif', 'jpg'],
])

const SAVE_AS =
  'Ouvrez-le, choisissez « Enregistrer sous » ou « Exporter », puis déposez cette copie en FORMATS.'

/**
 * Kinds of files that no piece takes, by the end of their names: same words as `FILE_KINDS` of the server,
 * kept equal by a test. Any other name is left to the server, which reads the bytes.
 *
 * @type {ReadonlyArray<readonly [string, string | null]>}
 */
export const KINDS = [
  [
    'eml msg',
    'c’est un courriel. Ouvrez-le, enregistrez le document qui y est joint, puis déposez ce document.',
  ],
  [
    'zip rar 7z gz tar',
    'c’est une archive, qui renferme d’autres fichiers. Ouvrez-la (clic droit, « Extraire tout »), ' +
      'puis déposez les documents qu’elle contient.',
  ],
  [
    'p7m',
    'c’est une enveloppe de signature électronique, que peu de logiciels ouvrent. Ouvrez-la avec votre ' +
      'logiciel de signature, enregistrez le document signé en PDF, puis déposez-le.',
  ],
  ['rtf', `c’est un document au format RTF. ${SAVE_AS}`],
  ['doc', `c’est un document dans l’ancien format de Word (.doc). ${SAVE_AS}`],
  ['xls', `c’est un classeur dans l’ancien format d’Excel (.xls). ${SAVE_AS}`],
  ['ppt pptx odp', `c’est une présentation. ${SAVE_AS}`],
  ['pages numbers key', `c’est un document d’un logiciel Apple (Pages, Numbers ou Keynote). ${SAVE_AS}`],
  ['htm html mht mhtml', 'c’est une page web. Ouvrez-la, imprimez-la en PDF, puis déposez ce PDF.'],
  ['avi mov mp3 mp4', 'c’est une vidéo ou un son. Déposez le document lui-même, en FORMATS.'],
  [
    'bmp gif svg heic heif webp tif tiff jpg png',
    'c’est une image que cette pièce ne prend pas. Ouvrez-la, enregistrez-la ou imprimez-la en FORMATS, ' +
      'puis déposez cette copie.',
  ],
  ['csv exe txt', null],
]

/** Of files found in a folder that was dropped: the browser keeps it only of those chosen. */
const dropped = /** @type {WeakMap<File, string>} */ (new WeakMap())

/**
 * @param {File} file
 * @param {string} path from the folder that was dropped
 */
export const rememberPath = (file, path) => dropped.set(file, path)

/** The folders that a file is in, `/` between them; empty when none is known. @param {File} file */
export function folderOf(file) {
  const path = dropped.get(file) ?? file.webkitRelativePath
  return path.split('/').slice(0, -1).filter(Boolean).join('/')
}

/** @param {string} extension */
const kindOf = extension => KINDS.find(([extensions]) => extensions.split(' ').includes(extension))

/**
 * What a piece takes; `formats` is null where files of any kind are, to be judged later. `mostFiles`: of one
 * deposit, as the server counts them.
 * @typedef {{
 *   formats: readonly string[] | null,
 *   maxFileMb: number,
 *   severalFiles: boolean,
 *   mostFiles: number
 * }} Accepts
 */

/**
 * Why a file would be refused, in the server's words; null when it may be sent.
 *
 * @param {Accepts} accepts
 * @param {{ name: string, size: number }} file
 * @param {number} position how many documents were taken before it
 * @returns {string | null}
 */
export function refuseChosenFile(accepts, file, position) {
  if (file.size === 0) return isEmpty(file.name)
  if (file.size > accepts.maxFileMb * BYTES_PER_MB) return isTooLarge(file.name, accepts.maxFileMb)
  if (accepts.formats === null) return null
  const extension = /\.([a-z0-9]{1,7})$/i.exec(file.name)?.[1]?.toLowerCase() ?? ''
  const format = SAME_FORMAT.get(extension) ?? extension
  const kind = kindOf(format)
  const isKnown = FORMAT_NAMES.has(format) || kind !== undefined
  if (isKnown && !accepts.formats.includes(format) && !isConverted(accepts.formats, file.name)) {
    return hasOtherFormat(file.name, accepts.formats, kind?.[1] ?? null)
  }
  return position > 0 && !accepts.severalFiles ? isOneTooMany(file.name) : null
}

/** @param {string} name */
const isEmpty = name =>
  `« ${name} » est vide (0 octet). ` +
  'Ouvrez-le pour vérifier son contenu, enregistrez-le de nouveau, puis déposez-le.'

/**
 * @param {string} name
 * @param {number} maxFileMb
 */
const isTooLarge = (name, maxFileMb) =>
  `« ${name} » dépasse ${maxFileMb} Mo. Réduisez-le ` +
  '(numérisez en 150 points par pouce, ou séparez-le en plusieurs fichiers), puis déposez-le.'

/**
 * @param {string} name
 * @param {readonly string[]} formats
 * @param {string | null} kind what it is and what to do, when that is known
 */
function hasOtherFormat(name, formats, kind) {
  const list = formatList(formats)
  const why =
    kind?.replace('FORMATS', list) ??
    `son contenu n’est pas celui d’un fichier ${list}. ` +
      'Ouvrez-le, enregistrez-le dans un de ces formats, puis déposez-le.'
  return `« ${name} » n’est pas dans un format accepté : ${why}`
}

/** @param {string} name */
const isOneTooMany = name =>
  `« ${name} » n’a pas été pris : cette pièce attend un seul fichier. ` +
  'Réunissez vos pages en un seul document.'

/** @param {readonly string[]} formats */
function formatList(formats) {
  const names = formats.map(format => FORMAT_NAMES.get(format) ?? format)
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ou ${last}`
}

const decimals = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 1 })

/** @param {number} bytes */
export function fileSize(bytes) {
  if (bytes < 1000) return `${bytes} ${bytes < 2 ? 'octet' : 'octets'}`
  if (bytes < 1e6) return `${decimals.format(bytes / 1e3)} ko`
  return bytes < 1e9 ? `${decimals.format(bytes / 1e6)} Mo` : `${decimals.format(bytes / 1e9)} Go`
}

/**
 * Rounded, since a line's speed is never known better.
 * @param {number} seconds
 */
function remaining(seconds) {
  if (seconds < 10) return 'moins de 10 secondes'
  if (seconds < 60) return `environ ${Math.ceil(seconds / 10) * 10} secondes`
  const minutes = Math.ceil(seconds / 60)
  return `environ ${minutes} ${minutes < 2 ? 'minute' : 'minutes'}`
}

/** Speed is measured over this long. */
const WINDOW_MS = 15_000

/**
 * Begins to measure a line; what it returns says how long the rest will take, or nothing while that is not
 * known.
 */
export function clockTheLine() {
  /** @type {Array<{ at: number, sent: number }>} */
  let samples = []
  return (/** @type {number} */ sent, /** @type {number} */ bytes) => {
    const at = performance.now()
    samples = [...samples.filter(sample => at - sample.at < WINDOW_MS), { at, sent }]
    const first = samples[0] ?? { at, sent }
    const seconds = (at - first.at) / 1000
    if (seconds < 2 || sent <= first.sent) return ''
    return `, il reste ${remaining((seconds * (bytes - sent)) / (sent - first.sent))}`
  }
}

/**
 * @param {number} number
 * @param {string} one
 * @param {string} many
 */
export function countOf(number, one, many) {
  return `${number} ${number < 2 ? one : many}`
}

/**
 * @param {string} name of a file beyond the last that a deposit takes
 * @param {number} mostFiles
 */
export const tooMany = (name, mostFiles) =>
  `« ${name} » n’a pas été pris : un dépôt compte ${mostFiles} fichiers au plus. ` +
  'Réunissez vos pages en moins de documents.'
