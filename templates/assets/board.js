/**
 * Filters the board while one chooses and types. Without this script the same form asks the server.
 *
 * Hooks: `form[data-board-filter]` with the fields `etat`, `og` and `texte`, its `[data-board-count]`, links
 * `a[data-follows-filters]` that take the same filters, and lines `tr[data-state][data-og][data-text]`, where
 * `data-state` holds words and `data-text` is already without accents. Hears `board:changed` when lines were renewed, and
 * says `board:filtered` when others are shown.
 */

/** How long to wait for the next letter before telling the count aloud. */
const PAUSE_MS = 400

const form = document.querySelector('form[data-board-filter]')

/** @param {string} text */
const searchable = text => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim()

/** @param {HTMLFormElement} filters */
function follow(filters) {
  const count = filters.querySelector('[data-board-count]')
  let timer = 0

  function filter() {
    const wanted = new FormData(filters)
    const state = String(wanted.get('etat') ?? '')
    const og = String(wanted.get('og') ?? '')
    const text = searchable(String(wanted.get('texte') ?? ''))
    const lines = [...document.querySelectorAll('tr')].filter(line => line.dataset.state !== undefined)
    let shown = 0
    for (const line of lines) {
      const { state: states = '', og: ofOg = '', text: own = '' } = line.dataset
      const isShown =
        (state === '' || states.split(' ').includes(state)) &&
        (og === '' || ofOg === og) &&
        (text === '' || own.includes(text))
      line.hidden = !isShown
      if (isShown) shown++
    }
    for (const section of new Set(lines.map(line => line.closest('section:not(.scroll)')))) {
      if (section instanceof HTMLElement)
        section.hidden = section.querySelector('tr[data-state]:not([hidden])') === null
    }
    document.dispatchEvent(new Event('board:filtered'))
    // The address keeps the filters: a reload or a link sent to a colleague shows the same lines.
    const kept = [...wanted].filter(([, value]) => value !== '').map(([name, value]) => [name, String(value)])
    const query = new URLSearchParams(kept).toString()
    history.replaceState(null, '', query === '' ? location.pathname : `?${query}`)
    for (const link of document.querySelectorAll('a[data-follows-filters]')) {
      if (link instanceof HTMLAnchorElement) link.search = query
    }

    clearTimeout(timer)
    timer = setTimeout(() => {
      if (count) {
        count.textContent =
          shown === 0
            ? 'Aucune ligne ne correspond à ces filtres.'
            : `${shown} ${shown < 2 ? 'ligne' : 'lignes'} sur ${lines.length}.`
      }
    }, PAUSE_MS)
  }

  filters.addEventListener('input', filter)
  document.addEventListener('board:changed', () => {
    if ([...new FormData(filters)].some(([, value]) => value !== '')) filter()
  })
  filters.addEventListener('submit', event => {
    event.preventDefault()
    filter()
  })
}

// A page opened with filters holds only some lines: the server has the others, and keeps answering.
const isWhole = [...new URLSearchParams(location.search).values()].every(value => value === '')
if (form instanceof HTMLFormElement && isWhole) follow(form)
