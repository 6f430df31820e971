/**
 * Photos among the chosen files: those of one deposit become the pages of one PDF, in the order of the list.
 * Told by the name here, by the bytes on the server, which decides.
 */

const PHOTO = /\.(jpe?g|jpe|jfif|png|heic|heif|webp|tiff?)$/i
/** What becomes a JPEG where no PDF is accepted; a TIFF may have several pages. */
const TO_JPEG = /\.(hei[cf]|webp)$/i

/**
 * Whether a file becomes a page of a PDF; `photoBecomes` of the server, by the name.
 * @param {readonly string[]} formats
 * @param {string} name
 */
export function becomesPage(formats, name) {
  return formats.includes('pdf') && PHOTO.test(name)
}

/**
 * Whether a photo is taken though its format is none of the piece's.
 * @param {readonly string[]} formats
 * @param {string} name
 */
export function isConverted(formats, name) {
  return becomesPage(formats, name) || (TO_JPEG.test(name) && formats.includes('jpg'))
}

/**
 * How many documents come before a file: all the photos are one, which the first of them begins.
 * @param {readonly string[]} formats
 * @param {readonly string[]} before names of the files taken before it
 * @param {string} name
 */
export function documentsBefore(formats, before, name) {
  const photos = before.filter(other => becomesPage(formats, other)).length
  const others = before.length - photos
  return others + (photos > 0 && !becomesPage(formats, name) ? 1 : 0)
}

/**
 * The list with one item a place earlier or later; the same list where there is no such place.
 * @template Item
 * @param {readonly Item[]} items
 * @param {Item} item
 * @param {-1 | 1} step
 * @returns {Item[]}
 */
export function moved(items, item, step) {
  const from = items.indexOf(item)
  const to = from + step
  if (from < 0 || to < 0 || to >= items.length) return [...items]
  const rest = items.filter(other => other !== item)
  return [...rest.slice(0, to), item, ...rest.slice(to)]
}

/**
 * Two buttons that put a page before or after its neighbour.
 * @param {{ name: string, isFirst: boolean, isLast: boolean, onMove: (step: -1 | 1) => void }} page
 * @returns {HTMLButtonElement[]}
 */
export function moveButtons({ name, isFirst, isLast, onMove }) {
  return /** @type {const} */ ([
    [-1, 'Monter', isFirst],
    [1, 'Descendre', isLast],
  ]).map(([step, label, isAtEnd]) => {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'link'
    button.dataset.move = String(step)
    button.disabled = isAtEnd
    const what = document.createElement('span')
    what.className = 'visually-hidden'
    what.textContent = ` « ${name} »`
    button.append(label, what)
    button.addEventListener('click', () => onMove(step))
    return button
  })
}
