/** Files as people give them besides choosing them: dropped, folders included, and pasted. */

// As the other modules of the deposit: under the version of this one.
const version = new URL(import.meta.url).search
/** @type {typeof import('./upload-view.js')} */
const { element } = await import(`./upload-view.js${version}`)

/** @type {typeof import('./upload-rules.js')} */
const { rememberPath } = await import(`./upload-rules.js${version}`)

/** What file managers leave in folders by themselves. */
const HIDDEN = /^(\..*|thumbs\.db|desktop\.ini)$/i

/** @param {readonly File[]} files */
const visible = files => files.filter(({ name }) => !HIDDEN.test(name))

/**
 * Every file dropped, those of folders at any depth.
 *
 * @param {DataTransfer} transfer
 * @returns {Promise<File[]>}
 */
async function droppedFiles(transfer) {
  // Entries are to be taken before anything is waited for: the transfer is emptied at the end of the event.
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.() ?? null)
  const direct = [...transfer.files]
  if (!entries.some(entry => entry?.isDirectory)) return direct
  const found = await Promise.all(entries.map(entry => (entry === null ? [] : filesUnder(entry))))
  return visible(found.flat())
}

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<File[]>}
 */
async function filesUnder(entry) {
  if (entry instanceof FileSystemFileEntry) {
    /** @type {File} */
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject))
    rememberPath(file, entry.fullPath)
    return [file]
  }
  if (!(entry instanceof FileSystemDirectoryEntry)) return []
  const reader = entry.createReader()
  /** @type {FileSystemEntry[]} */
  const children = []
  // A reader gives a hundred entries at a time, and none at the end.
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) break
    children.push(...some)
  }
  children.sort((a, b) => a.name.localeCompare(b.name, 'fr', { numeric: true }))
  return (await Promise.all(children.map(filesUnder))).flat()
}

/**
 * Files of a paste. A copied image has no name of its own: every one is called « image.png ».
 *
 * @param {DataTransfer | null} transfer
 * @returns {File[]}
 */
function pastedFiles(transfer) {
  return [...(transfer?.files ?? [])].map(file => {
    if (file.name !== 'image.png') return file
    const time = new Date().toLocaleTimeString('fr-FR').replaceAll(':', '-')
    return new File([file], `Image collée à ${time}.png`, { type: file.type, lastModified: Date.now() })
  })
}

/**
 * Files dropped or pasted anywhere on the page: one that misses the zone would otherwise replace the page.
 *
 * @param {HTMLElement} zone shown as ready while files are held over the page
 * @param {(files: readonly File[]) => void} take
 */
export function listenForFiles(zone, take) {
  const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false
  addEventListener('dragover', event => {
    if (!holdsFiles(event)) return
    event.preventDefault()
    zone.classList.add('over')
  })
  addEventListener('dragleave', event => event.relatedTarget === null && zone.classList.remove('over'))
  addEventListener('drop', async event => {
    if (!holdsFiles(event) || event.dataTransfer === null) return
    event.preventDefault()
    zone.classList.remove('over')
    take(await droppedFiles(event.dataTransfer))
  })
  addEventListener('paste', event => {
    const files = pastedFiles(event.clipboardData)
    if (files.length === 0) return
    event.preventDefault()
    take(files)
  })
}

/**
 * What the button « Choisir un dossier » does.
 *
 * @param {(files: readonly File[]) => void} take
 */
export function folderChooser(take) {
  const folder = element('input', { type: 'file', hidden: '', webkitdirectory: '' })
  folder.addEventListener('change', () => {
    take(visible([...(folder.files ?? [])]))
    folder.value = ''
  })
  return () => folder.click()
}
