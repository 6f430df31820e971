/**
 * Watches a deposit form, and calls the script that makes it survive only once somebody gives it a file: most
 * pages are opened to be read. Without either script the form is an ordinary one.
 *
 * Hooks: `form[data-upload]`, the address of its uploads, with `data-tus`, that of the protocol's script, and
 * `data-begun` when some uploads wait already; in it `[data-drop]`, `input[type=file][data-upload-input]`
 * with `data-max-bytes`, `data-most-files` and `data-formats="pdf,docx"` unless any kind is taken,
 * `data-several="oui"` when the piece takes several documents, `button[data-choose-folder]` and `[data-
 * chosen]`, where the names chosen are told.
 */

// Modules are kept by browsers for a year: they are asked for under the version of this one.
const version = new URL(import.meta.url).search

/**
 * Files held over the page or pasted before the script is there: it is called, and they are handed to it. One
 * that falls would otherwise replace the page.
 *
 * @param {{
 *   isThere: () => boolean,
 *   call: () => Promise<unknown>,
 *   hand: (files: readonly File[]) => Promise<void>
 * }} form
 */
function listenBefore({ isThere, call, hand }) {
  const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false
  addEventListener('dragenter', event => {
    if (holdsFiles(event)) void call()
  })
  addEventListener('dragover', event => {
    if (!isThere() && holdsFiles(event)) event.preventDefault()
  })
  addEventListener('drop', event => {
    if (isThere() || !holdsFiles(event)) return
    event.preventDefault()
    void hand([...(event.dataTransfer?.files ?? [])])
  })
  addEventListener('paste', event => {
    const files = [...(event.clipboardData?.files ?? [])]
    if (isThere() || files.length === 0) return
    event.preventDefault()
    void hand(files)
  })
}

/** @param {HTMLFormElement} form */
function watch(form) {
  const input = form.querySelector('[data-upload-input]')
  const chosen = form.querySelector('[data-chosen]')
  const zone = form.querySelector('[data-drop]')
  if (!(input instanceof HTMLInputElement)) return
  /** @type {Promise<import('./upload-form.js').FormActs | null> | null} */
  let coming = null
  let isThere = false

  /** A line that is lost may come back: the next file asks again. */
  async function call() {
    coming ??= import(`./upload-form.js${version}`).then(
      (/** @type {typeof import('./upload-form.js')} */ { enhance }) => {
        isThere = true
        return enhance(form)
      },
    )
    try {
      return await coming
    } catch {
      coming = null
      return null
    }
  }

  /** The names are told at once, in case the script is long to come or does not. */
  function tellChosen() {
    const names = [...(input instanceof HTMLInputElement ? (input.files ?? []) : [])].map(({ name }) => name)
    if (!(chosen instanceof HTMLElement) || isThere) return
    chosen.hidden = names.length === 0
    chosen.textContent = names.join(', ')
  }

  /** @param {readonly File[]} files */
  async function hand(files) {
    const acts = await call()
    if (acts !== null) acts.choose(files)
    else if (input instanceof HTMLInputElement) {
      const held = new DataTransfer()
      for (const file of files) held.items.add(file)
      input.files = held.files
      tellChosen()
    }
  }

  input.addEventListener('change', () => {
    tellChosen()
    if (!isThere) void call()
  })
  listenBefore({ isThere: () => isThere, call, hand })
  // Pressed before the script is there: it takes the deposit over, or the form goes as it is.
  form.addEventListener('submit', async event => {
    const { submitter } = event
    if (isThere || coming === null) return
    event.preventDefault()
    if ((await call()) === null) form.submit()
    else form.requestSubmit(submitter)
  })
  const folder = form.querySelector('[data-choose-folder]')
  if (folder instanceof HTMLElement && !('webkitdirectory' in input)) folder.hidden = true
  folder?.addEventListener('click', async () => {
    const acts = await call()
    acts?.chooseFolder()
  })
  if (zone instanceof HTMLElement) zone.dataset.ready = ''
  if (form.dataset.begun !== undefined || (input.files?.length ?? 0) > 0) void call()
}

/** What the page before this one left of a deposit that was not taken whole, where the eye is. */
function tellIncomplete() {
  const key = 'depot-incomplet'
  const left = sessionStorage.getItem(key)
  const main = document.querySelector('main')
  if (left === null || main === null) return
  sessionStorage.removeItem(key)
  /** @type {{ title: string, detail: string, reasons: string[] }} */
  const { title, detail, reasons } = JSON.parse(left)
  const told = document.createElement('div')
  told.className = 'errors'
  told.setAttribute('role', 'alert')
  told.tabIndex = -1
  const line = (/** @type {string} */ tag, /** @type {string} */ words) =>
    Object.assign(document.createElement(tag), { textContent: words })
  const list = document.createElement('ul')
  list.append(...reasons.map(reason => line('li', reason)))
  told.append(line('h2', title), line('p', detail), list)
  main.prepend(told)
  told.focus()
}

for (const form of document.querySelectorAll('form[data-upload]')) {
  if (form instanceof HTMLFormElement) watch(form)
}
try {
  tellIncomplete()
} catch {
  // A browser that keeps nothing has nothing to tell.
}
