/**
 * Shows which file is chosen beside the button of a `[data-picker]`, in French whatever the browser's
 * language, and takes one that is dropped on it. Without this script the browser's own control is there.
 *
 * Hooks: `[data-picker]` with one file input and `[data-chosen]`.
 */

for (const zone of document.querySelectorAll('[data-picker]')) {
  const input = zone.querySelector('input')
  const chosen = zone.querySelector('[data-chosen]')
  if (input === null || !(chosen instanceof HTMLElement)) continue

  const tell = () => {
    const [file] = input.files ?? []
    chosen.textContent = file === undefined ? '' : `Choisi : ${file.name}`
    chosen.hidden = file === undefined
  }
  input.addEventListener('change', tell)
  // The browser may keep what was chosen before a page is reloaded.
  tell()

  zone.addEventListener('dragover', event => {
    event.preventDefault()
    zone.classList.add('over')
  })
  zone.addEventListener('dragleave', () => zone.classList.remove('over'))
  zone.addEventListener('drop', event => {
    event.preventDefault()
    zone.classList.remove('over')
    const files = event instanceof DragEvent ? (event.dataTransfer?.files ?? null) : null
    if (files === null || files.length === 0) return
    input.files = files
    input.dispatchEvent(new Event('change', { bubbles: true }))
  })
}
