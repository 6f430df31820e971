/**
 * Makes a deposit form livelier: drag and drop, a list of the chosen files, their check before sending, and the
 * progress of the sending. Without this script the form is an ordinary one; the server decides either way.
 *
 * Hooks: `form[data-upload]` and in it `input[type=file][data-upload-input]` with `data-max-bytes` and
 * `data-formats="pdf,docx"`; `data-several="oui"` when the piece takes several documents.
 */

// Browsers keep modules for a year: this one is asked for under the version of the page's script.
/** @type {typeof import('./photos.js')} */
const { becomesPage, documentsBefore, isConverted, moveButtons, moved } = await import(
  `./photos.js${new URL(import.meta.url).search}`
)

const BYTES_PER_MB = 1_000_000

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

/** Extensions known never to hold an accepted format. Any other one is left to the server, which reads the bytes. */
const NEVER_ACCEPTED = new Set(
  'avi bmp csv doc eml exe gif heic heif htm html key mov mp3 mp4 msg numbers odp pages ppt pptx rar rtf svg tif tiff txt webp xls zip 7z'.split(
    ' ',
  ),
)

/**
 * What a piece takes.
 * @typedef {{ formats: readonly string[], maxFileMb: number, severalFiles: boolean }} Accepts
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
  if (file.size === 0) {
    return `« ${file.name} » est vide (0 octet). Ouvrez-le pour vérifier son contenu, enregistrez-le de nouveau, puis déposez-le.`
  }
  if (file.size > accepts.maxFileMb * BYTES_PER_MB) {
    return `« ${file.name} » dépasse ${accepts.maxFileMb} Mo. Réduisez-le (numérisez en 150 points par pouce, ou séparez-le en plusieurs fichiers), puis déposez-le.`
  }
  const extension = /\.([a-z0-9]{1,7})$/i.exec(file.name)?.[1]?.toLowerCase() ?? ''
  const format = SAME_FORMAT.get(extension) ?? extension
  const isKnown = FORMAT_NAMES.has(format) || NEVER_ACCEPTED.has(format)
  if (isKnown && !accepts.formats.includes(format) && !isConverted(accepts.formats, file.name)) {
    return `« ${file.name} » n’est pas dans un format accepté : son contenu n’est pas celui d’un fichier ${formatList(accepts.formats)}. Ouvrez-le, enregistrez-le dans un de ces formats, puis déposez-le.`
  }
  if (position > 0 && !accepts.severalFiles) {
    return `« ${file.name} » n’a pas été pris : cette pièce attend un seul fichier. Réunissez vos pages en un seul document.`
  }
  return null
}

/** @param {readonly string[]} formats */
function formatList(formats) {
  const names = formats.map(format => FORMAT_NAMES.get(format) ?? format)
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ou ${last}`
}

const decimals = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 1 })

/** @param {number} bytes */
function fileSize(bytes) {
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

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** @param {HTMLFormElement} form */
function enhance(form) {
  const input = form.querySelector('[data-upload-input]')
  if (!(input instanceof HTMLInputElement)) return

  const formats = input.dataset.formats ?? form.dataset.formats ?? ''
  /** @type {Accepts} */
  const accepts = {
    formats: formats.split(',').filter(Boolean),
    maxFileMb: Number(input.dataset.maxBytes ?? form.dataset.maxBytes ?? Infinity) / BYTES_PER_MB,
    severalFiles: input.dataset.several === 'oui',
  }
  /** @type {Array<{ file: File, refusal: string | null }>} */
  let chosen = []

  const drop = element('div', { class: 'drop' })
  input.replaceWith(drop)
  drop.append(
    input,
    element(
      'p',
      { class: 'muted' },
      input.multiple ? 'ou glissez vos fichiers ici' : 'ou glissez votre fichier ici',
    ),
  )
  const list = element('ul', { class: 'chosen', 'aria-label': 'Fichiers choisis' })
  list.hidden = true
  const live = element('div', { class: 'visually-hidden', role: 'status' })
  drop.after(list)

  const bar = element('progress', { max: '100', value: '0', 'aria-label': 'Envoi' })
  const line = element('p')
  const cancel = element('button', { type: 'button', class: 'secondary' }, 'Annuler l’envoi')
  const retry = element('button', { type: 'button' }, 'Réessayer')
  const panel = element('div', { class: 'card upload-progress', tabindex: '-1' }, bar, line, cancel, retry)
  panel.hidden = true
  form.after(panel, live)

  /** @param {readonly File[]} files */
  function choose(files) {
    const areAllPages = [...chosen.map(({ file }) => file), ...files].every(({ name }) =>
      becomesPage(accepts.formats, name),
    )
    // Where one document is awaited, another one replaces it; photos are pages of the same.
    const kept = accepts.severalFiles || areAllPages || files.length === 0 ? chosen : []
    const isKnown = (/** @type {File} */ file) =>
      kept.some(({ file: other }) => other.name === file.name && other.size === file.size)
    show([...kept.map(({ file }) => file), ...files.filter(file => !isKnown(file))])
    const refused = chosen.filter(({ refusal }) => refusal !== null)
    const ready = chosen.length - refused.length
    live.textContent = [
      ready === 0
        ? 'Aucun fichier à envoyer.'
        : `${ready} ${ready < 2 ? 'fichier prêt' : 'fichiers prêts'} à envoyer.`,
      ...refused.map(({ refusal }) => refusal),
    ].join(' ')
  }

  /** @param {readonly File[]} files */
  function show(files) {
    /** @type {string[]} */
    const taken = []
    chosen = files.map(file => {
      const position = documentsBefore(accepts.formats, taken, file.name)
      const refusal = refuseChosenFile(accepts, file, position)
      if (refusal === null) taken.push(file.name)
      return { file, refusal }
    })
    // The input holds what will be sent: its own check and an ordinary submission see the same files.
    const transfer = new DataTransfer()
    for (const { file, refusal } of chosen) if (refusal === null) transfer.items.add(file)
    if (input instanceof HTMLInputElement) input.files = transfer.files
    list.replaceChildren(...chosen.map(item))
    list.hidden = chosen.length === 0
  }

  /** @param {{ file: File, refusal: string | null }} choice */
  function item({ file, refusal }) {
    const remove = element('button', { type: 'button', class: 'link' }, 'Retirer')
    remove.append(element('span', { class: 'visually-hidden' }, ` « ${file.name} »`))
    remove.addEventListener('click', () => {
      show(chosen.map(other => other.file).filter(other => other !== file))
      live.textContent = `« ${file.name} » retiré.`
      input instanceof HTMLInputElement && input.focus()
    })
    const row = element(
      'li',
      {},
      element('span', { class: 'chosen-name' }, file.name),
      element('span', { class: 'chosen-size' }, fileSize(file.size)),
      remove,
    )
    const pages = chosen.filter(each => each.refusal === null && becomesPage(accepts.formats, each.file.name))
    const rank = pages.findIndex(each => each.file === file)
    if (refusal !== null) row.append(element('p', { class: 'field-error' }, refusal))
    else if (rank >= 0 && pages.length > 1) {
      const onMove = (/** @type {-1 | 1} */ step) => move(file, step)
      row.append(
        ...moveButtons({ name: file.name, isFirst: rank === 0, isLast: rank === pages.length - 1, onMove }),
      )
    }
    return row
  }

  /**
   * @param {File} file
   * @param {-1 | 1} step
   */
  function move(file, step) {
    const isPage = (/** @type {File} */ { name }) => becomesPage(accepts.formats, name)
    const files = chosen.map(choice => choice.file)
    const pages = moved(files.filter(isPage), file, step)
    show([...pages, ...files.filter(other => !isPage(other))])
    const rank = pages.indexOf(file)
    live.textContent = `« ${file.name} » est la page ${rank + 1} sur ${pages.length}.`
    // The list was drawn again: the same button, or the other one at an end.
    const buttons =
      list.children[chosen.findIndex(choice => choice.file === file)]?.querySelectorAll('button')
    const same = [...(buttons ?? [])].filter(button => button.dataset.move !== undefined && !button.disabled)
    ;(same.find(button => button.dataset.move === String(step)) ?? same[0])?.focus()
  }

  input.addEventListener('change', () => choose([...(input.files ?? [])]))

  // Anywhere on the page: a file that misses the zone would otherwise replace the page.
  const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false
  const listening = new AbortController()
  const { signal } = listening
  addEventListener(
    'dragover',
    event => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      drop.classList.add('over')
    },
    { signal },
  )
  addEventListener('dragleave', event => event.relatedTarget === null && drop.classList.remove('over'), {
    signal,
  })
  addEventListener(
    'drop',
    event => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      drop.classList.remove('over')
      if (!form.inert) choose([...(event.dataTransfer?.files ?? [])])
    },
    { signal },
  )

  form.addEventListener('submit', event => {
    if (chosen.length === 0) return
    event.preventDefault()
    if (chosen.every(({ refusal }) => refusal !== null)) {
      list.querySelector('button')?.focus()
      return
    }
    send()
  })
  retry.addEventListener('click', send)

  function send() {
    const body = new FormData(form)
    const request = new XMLHttpRequest()
    const startedAt = performance.now()
    let announced = 0

    const warn = (/** @type {Event} */ event) => event.preventDefault()
    addEventListener('beforeunload', warn)
    form.inert = true
    panel.hidden = false
    cancel.hidden = false
    bar.hidden = false
    retry.hidden = true
    bar.value = 0
    line.textContent = 'Envoi en cours…'
    live.textContent = 'Envoi en cours.'
    panel.focus()

    const stop = () => {
      removeEventListener('beforeunload', warn)
      form.inert = false
    }
    /** @param {string} reason */
    const offerRetry = reason => {
      stop()
      bar.hidden = true
      cancel.hidden = true
      retry.hidden = false
      line.textContent = reason
      live.textContent = reason
      retry.focus()
    }

    request.upload.addEventListener('progress', ({ loaded, total, lengthComputable }) => {
      if (!lengthComputable) return
      const percent = Math.floor((loaded / total) * 100)
      bar.value = percent
      const seconds = (performance.now() - startedAt) / 1000
      const left = seconds < 2 ? '' : ` : il reste ${remaining((seconds * (total - loaded)) / loaded)}`
      line.textContent = `${percent} % envoyés${left}`
      // A screen reader is told each quarter, not each packet.
      const quarter = Math.floor(percent / 25)
      if (quarter > announced && quarter < 4) live.textContent = `${quarter * 25} % envoyés.`
      announced = Math.max(announced, quarter)
    })
    request.upload.addEventListener('load', () => {
      bar.removeAttribute('value')
      cancel.hidden = true
      line.textContent = 'Tout est envoyé : le serveur vérifie et enregistre…'
      live.textContent = line.textContent
    })
    request.addEventListener('load', () => {
      const isPage = request.getResponseHeader('content-type')?.startsWith('text/html')
      if (request.status >= 500 || request.status === 429 || !isPage) {
        offerRetry(
          `Le serveur n’a pas pu enregistrer (réponse ${request.status}). Vos fichiers restent choisis : réessayez.`,
        )
        return
      }
      stop()
      listening.abort()
      // Without a redirection the form itself came back: the address of its page stays right.
      showPage(
        request.responseText,
        request.responseURL === form.action ? location.href : request.responseURL,
      )
    })
    request.addEventListener('error', () =>
      offerRetry(
        'La connexion a été coupée. Vos fichiers restent choisis : réessayez. Un fichier déjà reçu ne sera pas pris deux fois.',
      ),
    )
    request.addEventListener('abort', () =>
      offerRetry('Envoi annulé : rien n’a été déposé. Vos fichiers restent choisis.'),
    )
    cancel.onclick = () => request.abort()
    request.open('POST', form.action)
    request.send(body)
  }
}

/**
 * Shows the page that the server answered. It is not asked for again: its notice is given only once.
 *
 * @param {string} html
 * @param {string} address where redirections ended
 */
function showPage(html, address) {
  const page = new DOMParser().parseFromString(html, 'text/html')
  const main = page.querySelector('main')
  if (main === null) {
    location.assign(address)
    return
  }
  document.title = page.title
  document.querySelector('main')?.replaceWith(document.adoptNode(main))
  if (address !== location.href) history.pushState(null, '', address)
  for (const script of page.scripts) import(script.src)
  enhanceAll()

  const target = main.querySelector('.errors, .notice, h1')
  if (target instanceof HTMLElement) {
    target.tabIndex = -1
    target.focus()
    target.scrollIntoView({ block: 'center' })
  }
}

// The browser's back button after `pushState` must bring the page, not only its address.
globalThis.addEventListener?.('popstate', () => location.reload())

function enhanceAll() {
  for (const form of document.querySelectorAll('form[data-upload]')) {
    if (form instanceof HTMLFormElement) enhance(form)
  }
}

// Absent where a test imports the check alone.
if ('document' in globalThis) enhanceAll()
