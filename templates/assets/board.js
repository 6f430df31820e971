/**
 * Filters the board while one chooses and types. Without this script the counters are links, and the same
 * form asks the server.
 *
 * Hooks: `form[data-board-filter]` with the fields `etat`, `og` and `texte`, its `[data-board-count]` and
 * `[data-board-all]`; counters `a[data-board-state]`; links `a[data-follows-filters]` that take the same
 * filters; lines `tr[data-line][data-state][data-og][data-text]`, where `data-state` holds words and
 * `data-text` what is searched besides the names shown, already without accents; entries `[data-of]` that
 * follow their line; titles `[data-shown-lines]`. Hears `board:changed` when lines were renewed, and says
 * `board:filtered` when others are shown.
 */

/** How long to wait for the next letter before telling the count aloud. */
const PAUSE_MS = 400

const form = document.querySelector('form[data-board-filter]')

/** @param {string} text */
const searchable = text => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim()

/** What a line is found by: its names, and what it does not show. @param {HTMLElement} line */
const searchedIn = line =>
  `${searchable(line.querySelector('th')?.textContent ?? '')} ${line.dataset.text ?? ''}`

/** @param {HTMLFormElement} filters */
function follow(filters) {
  const count = filters.querySelector('[data-board-count]')
  const all = filters.querySelector('[data-board-all]')
  const stateField = filters.elements.namedItem('etat')
  let timer = 0

  function filter() {
    const wanted = new FormData(filters)
    const state = String(wanted.get('etat') ?? '')
    const og = String(wanted.get('og') ?? '')
    const text = searchable(String(wanted.get('texte') ?? ''))
    /** @type {Set<string | undefined>} */
    const shown = new Set()
    const lines = [...document.querySelectorAll('tr')].filter(line => line.dataset.line !== undefined)
    for (const line of lines) {
      const { state: states = '', og: ofOg = '' } = line.dataset
      line.hidden = !(
        (state === '' || states.split(' ').includes(state)) &&
        (og === '' || ofOg === og) &&
        (text === '' || searchedIn(line).includes(text))
      )
      if (!line.hidden) shown.add(line.dataset.line)
    }
    for (const entry of document.querySelectorAll('[data-of]')) {
      if (entry instanceof HTMLElement) entry.hidden = !shown.has(entry.dataset.of)
    }
    for (const title of document.querySelectorAll('[data-shown-lines]')) showTitle(title)
    document.dispatchEvent(new Event('board:filtered'))
    // The address keeps the filters: a reload or a link sent to a colleague shows the same lines.
    const kept = [...wanted].filter(([, value]) => value !== '').map(([name, value]) => [name, String(value)])
    const query = new URLSearchParams(kept).toString()
    history.replaceState(null, '', query === '' ? location.pathname : `?${query}`)
    for (const link of document.querySelectorAll('a[data-follows-filters]')) {
      if (link instanceof HTMLAnchorElement) link.search = query
    }
    if (all instanceof HTMLElement) all.hidden = query === ''
    for (const counter of document.querySelectorAll('a[data-board-state]')) {
      if (counter.getAttribute('data-board-state') === state) counter.setAttribute('aria-current', 'true')
      else counter.removeAttribute('aria-current')
    }

    clearTimeout(timer)
    timer = setTimeout(() => {
      if (count) {
        count.textContent =
          shown.size === 0
            ? 'Aucune ligne ne correspond à ces filtres.'
            : `${shown.size} ${shown.size < 2 ? 'ligne' : 'lignes'} sur ${lines.length}.`
      }
    }, PAUSE_MS)
  }

  filters.addEventListener('input', filter)
  document.addEventListener('click', event => {
    if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return
    const counter = event.target.closest('a[data-board-state], [data-board-all]')
    if (counter === null || !(stateField instanceof HTMLInputElement)) return
    event.preventDefault()
    if (counter === all) {
      for (const field of filters.querySelectorAll('select, input')) {
        if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = ''
      }
    }
    stateField.value = counter.getAttribute('data-board-state') ?? ''
    filter()
  })
  document.addEventListener('board:changed', () => {
    if ([...new FormData(filters)].some(([, value]) => value !== '')) filter()
  })
  filters.addEventListener('submit', event => {
    event.preventDefault()
    filter()
  })
}

/** How many lines of a table or entries of a list are left, in its title; nothing left, and it goes. */
function showTitle(/** @type {Element} */ title) {
  const section = title.closest('section')
  if (section === null) return
  const elements = [...section.querySelectorAll('[data-line], [data-of]')]
  const left = elements.filter(element => !element.hasAttribute('hidden')).length
  title.textContent = left === elements.length ? String(left) : `${left} sur ${elements.length}`
  section.hidden = left === 0
}

// A page opened with filters holds only some lines: the server has the others, and keeps answering.
const isWhole = [...new URLSearchParams(location.search).values()].every(value => value === '')
if (form instanceof HTMLFormElement && isWhole) follow(form)
