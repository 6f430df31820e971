/**
 * Renews the parts of a page in place, from newer ones: what a person scrolled, unfolded or reached stays.
 */

/** How long a changed cell stays marked. */
const MARKED_MS = 30_000

/**
 * Puts every `[data-part]` of a newer page in the place of its own here.
 *
 * @param {Document} fresh
 */
export function renewParts(fresh) {
  const findFocus = focusFinder()
  for (const part of fresh.querySelectorAll('[data-part]')) {
    const old = document.querySelector(`[data-part="${part.getAttribute('data-part')}"]`)
    if (old) renewPart(old, part)
  }
  document.dispatchEvent(new Event('board:changed'))
  findFocus?.()
}

/** @param {Element} row */
const cellsOf = row => [...row.children]

/** Takes the cells of a line that changed from a newer one, and marks them. */
function renewLine(/** @type {Element} */ old, /** @type {Element} */ fresh, marks = true) {
  for (const { name, value } of fresh.attributes) if (name !== 'hidden') old.setAttribute(name, value)
  const news = cellsOf(fresh)
  for (const [position, cell] of cellsOf(old).entries()) {
    const to = news[position]
    if (to === undefined || cell.innerHTML === to.innerHTML) continue
    cell.replaceChildren(...to.childNodes)
    if (!marks || cell.tagName !== 'TD') continue
    cell.classList.add('changed')
    setTimeout(() => cell.classList.remove('changed'), MARKED_MS)
  }
}

/** Renews a table in place: its scroll, its boxes and its marks stay. @returns false when it cannot be. */
function renewTable(/** @type {HTMLTableElement} */ old, /** @type {HTMLTableElement} */ fresh) {
  const heads = [old, fresh].map(table => table.tHead?.rows[0])
  const bodies = [old, fresh].map(table => table.tBodies[0])
  if (!heads[0] || !heads[1] || !bodies[0] || !bodies[1]) return false
  if (heads[0].cells.length !== heads[1].cells.length) return false
  renewLine(heads[0], heads[1], false)
  const lines = new Map([...bodies[0].rows].map(line => [line.dataset.line, line]))
  const wanted = [...bodies[1].rows].map(line => {
    const known = lines.get(line.dataset.line)
    if (known === undefined) return line
    renewLine(known, line)
    return known
  })
  const isSameOrder =
    wanted.length === bodies[0].rows.length && wanted.every((line, at) => line === bodies[0]?.rows[at])
  if (!isSameOrder) bodies[0].replaceChildren(...wanted)
  return true
}

/** Replaces what differs between two versions of one part of the page. */
function renewPart(/** @type {Element} */ old, /** @type {Element} */ fresh) {
  const [before, after] = [old, fresh].map(part => part.querySelector('table.matrix'))
  if (before instanceof HTMLTableElement && after instanceof HTMLTableElement) {
    const titles = [old, fresh].map(part => part.querySelector('h2'))
    if (renewTable(before, after)) {
      if (titles[0] && titles[1]) titles[0].replaceChildren(...titles[1].childNodes)
      return
    }
  }
  // What a person unfolded or scrolled is not in the words of the page.
  const unfolded = [...old.querySelectorAll('details[open]')].map(({ id }) => id)
  for (const details of fresh.querySelectorAll('details')) {
    if (unfolded.includes(details.id)) details.setAttribute('open', '')
  }
  if (old.innerHTML === fresh.innerHTML) return
  const scrolled = [...old.querySelectorAll('.scroll')].map(({ scrollTop, scrollLeft }) => ({
    scrollTop,
    scrollLeft,
  }))
  old.replaceChildren(...fresh.childNodes)
  for (const [at, scroll] of old.querySelectorAll('.scroll').entries()) Object.assign(scroll, scrolled[at])
}

/** Finds again, in renewed parts, what held the focus; null when it was elsewhere. */
function focusFinder() {
  const { activeElement: element } = document
  if (!(element instanceof HTMLElement) || element.closest('[data-part]') === null) return null
  const href = element.getAttribute('href')
  const line = element.closest('tr')?.dataset.line
  const cell = element.closest('td, th')
  return () => {
    if (document.activeElement === element) return
    const row = line === undefined ? null : document.querySelector(`tr[data-line="${CSS.escape(line)}"]`)
    const same = href === null ? null : (row ?? document).querySelector(`a[href="${CSS.escape(href)}"]`)
    const beside =
      row && cell instanceof HTMLTableCellElement
        ? cellsOf(row)[cell.cellIndex]?.querySelector('a, input')
        : null
    const found = element.isConnected ? element : (same ?? beside)
    if (found instanceof HTMLElement) found.focus({ preventScroll: true })
  }
}
