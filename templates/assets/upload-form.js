/**
 * Makes a deposit form survive: files are sent in small chunks, taken up again after a lost line, then
 * deposited as one version. They are chosen, dropped with their folders, or pasted. Called by `upload.js`,
 * which tells the hooks.
 */

// Modules are kept by browsers for a year: they are asked for under the version of this one.
const version = new URL(import.meta.url).search
/** @type {typeof import('./upload-rules.js')} */
const { BYTES_PER_MB } = await import(`./upload-rules.js${version}`)
/** @type {typeof import('./upload-acts.js')} */
const { DepositActs } = await import(`./upload-acts.js${version}`)
/** @type {typeof import('./upload-sources.js')} */
const { folderChooser } = await import(`./upload-sources.js${version}`)

/** @typedef {{ choose(files: readonly File[]): void, chooseFolder(): void }} FormActs */

/**
 * @param {HTMLFormElement} form
 * @returns {import('./upload-acts.js').PieceForm | null} null when it takes no file
 */
function readForm(form) {
  const input = form.querySelector('[data-upload-input]')
  const submit = form.querySelector('button[type=submit]')
  const zone = form.querySelector('[data-drop]')
  if (
    !(input instanceof HTMLInputElement) ||
    !(submit instanceof HTMLButtonElement) ||
    !(zone instanceof HTMLElement)
  )
    return null
  const csrf = form.elements.namedItem('csrf')
  return {
    form,
    input,
    zone,
    submit,
    address: form.dataset.upload ?? '',
    tusAddress: form.dataset.tus ?? '',
    headers: csrf instanceof HTMLInputElement ? { 'X-CSRF-Token': csrf.value } : {},
    accepts: {
      formats: input.dataset.formats?.split(',') ?? null,
      maxFileMb: Number(input.dataset.maxBytes ?? Infinity) / BYTES_PER_MB,
      severalFiles: input.dataset.several === 'oui',
      mostFiles: Number(input.dataset.mostFiles),
    },
  }
}

/**
 * @param {HTMLFormElement} form
 * @returns {FormActs | null}
 */
export function enhance(form) {
  const piece = readForm(form)
  if (piece === null) return null
  const { input } = piece
  const acts = new DepositActs(piece)
  const takeChosen = () => {
    acts.choose([...(input.files ?? [])])
    // Emptied, so that the same file can be chosen again.
    input.value = ''
  }
  input.addEventListener('change', takeChosen)
  // Chosen while this script was on its way.
  takeChosen()
  form.addEventListener('submit', event => {
    if (acts.submit()) event.preventDefault()
  })
  addEventListener('online', () => acts.takeUpAgain())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') acts.takeUpAgain()
  })
  addEventListener('beforeunload', event => {
    if (acts.isUnderWay) event.preventDefault()
  })
  // It may not come while there is no line: the form works without.
  acts.findBegun().catch(() => {})
  return { choose: files => acts.choose(files), chooseFolder: folderChooser(files => acts.choose(files)) }
}
