/**
 * Keeps the board up to date while people deposit, and says what happened. Without this script a link reloads the page.
 *
 * Hooks: `[data-live][data-fragment][data-revision]` with its `[data-live-pause]`, `[data-live-state]` and
 * `[data-live-news]`; the parts of the page `[data-part]`, in which lines are `tr[data-line]`. Says `board:changed`
 * once parts were renewed.
 */

/** How long a changed cell stays marked. */
const MARKED_MS = 30_000

/** Wait before asking again, when the browser has given up by itself. */
const AGAIN_MS = 5_000

const PAUSE = 'Mettre le suivi en pause'
const RESUME = 'Reprendre le suivi'

/** What the page was opened with: filters typed since then only hide lines, the server need not know them. */
const opened = location.search

/** @param {Element} row */
const cellsOf = row => [...row.children]

/** Takes the cells of a line that changed from a newer one, and marks them. */
function renewLine(/** @type {Element} */ old, /** @type {Element} */ fresh, marks = true) {
  for (const { name, value } of fresh.attributes) if (name !== 'hidden') old.setAttribute(name, value)
  const news = cellsOf(fresh)
  for (const [position, cell] of cellsOf(old).entries()) {
    const to = news[position]
    if (to === undefined || cell.innerHTML === to.innerHTML) continue
    cell.innerHTML = to.innerHTML
    if (!marks || cell.tagName !== 'TD') continue
    cell.classList.add('changed')
    setTimeout(() => cell.classList.remove('changed'), MARKED_MS)
  }
}

/** Renews a table in place, so that its scroll, its boxes and its marks stay. @returns false when it cannot be. */
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
      if (titles[0] && titles[1]) titles[0].innerHTML = titles[1].innerHTML
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
  old.innerHTML = fresh.innerHTML
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

/** @param {HTMLElement} live */
function followLive(live) {
  const state = live.querySelector('[data-live-state]')
  const news = live.querySelector('[data-live-news]')
  const pause = live.querySelector('[data-live-pause]')
  const { live: events = '', fragment = '' } = live.dataset
  let revision = Number(live.dataset.revision)
  /** @type {EventSource | null} */
  let source = null
  let isPaused = false
  let isLost = false
  let isOver = false
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again
  /** @type {Promise<unknown>} */
  let renewing = Promise.resolve()

  const say = (/** @type {Element | null} */ place, /** @type {string} */ words) => {
    // Saying the same thing again would be read aloud again.
    if (place && place.textContent !== words) place.textContent = words
  }

  async function renew() {
    const response = await fetch(`${fragment}${opened}`, { headers: { accept: 'text/html' } })
    if (response.redirected || response.status === 404) {
      isOver = true
      stop()
      say(state, 'Votre session est terminée : actualisez la page pour vous connecter de nouveau.')
      return
    }
    if (!response.ok) throw new Error(`${fragment} answered ${response.status}`)
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
    const findFocus = focusFinder()
    for (const part of fresh.querySelectorAll('[data-part]')) {
      const old = document.querySelector(`[data-part="${part.getAttribute('data-part')}"]`)
      if (old) renewPart(old, part)
    }
    document.dispatchEvent(new Event('board:changed'))
    findFocus?.()
  }

  function stop() {
    clearTimeout(again)
    source?.close()
    source = null
  }

  function lose() {
    isLost = true
    say(state, 'Connexion perdue : le tableau ne change plus. Nouvel essai…')
  }

  function start() {
    stop()
    const opening = new EventSource(`${events}?depuis=${revision}`)
    source = opening
    opening.addEventListener('open', () => {
      say(
        state,
        isLost ? 'Connexion rétablie : le tableau se met à jour seul.' : 'Le tableau se met à jour seul.',
      )
      isLost = false
    })
    opening.addEventListener('message', ({ data, lastEventId }) => {
      const { news: words } = JSON.parse(data)
      renewing = renewing
        .then(renew)
        .then(() => {
          revision = Number(lastEventId)
          if (words !== '') say(news, `${words.slice(0, -1)}, à ${hour()}.`)
        })
        .catch(() => {
          // The events start again from the revision shown: nothing is missed.
          lose()
          restart(false)
        })
    })
    opening.addEventListener('remplace', () => {
      setPaused(true, 'Suivi arrêté ici : le tableau est ouvert dans d’autres onglets.')
    })
    opening.addEventListener('error', () => {
      lose()
      if (opening.readyState !== EventSource.CLOSED) return
      // The browser asks again by itself, unless the server has answered something else: is the session over?
      restart(true)
    })
  }

  /** @param {boolean} asks whether to look at the board first, which tells a session that is over. */
  function restart(asks) {
    stop()
    again = setTimeout(async () => {
      try {
        if (asks) await renew()
        if (!isOver) start()
      } catch {
        restart(true)
      }
    }, AGAIN_MS)
  }

  function setPaused(/** @type {boolean} */ paused, words = 'Suivi en pause.') {
    isPaused = paused
    if (pause) pause.textContent = paused ? RESUME : PAUSE
    if (paused) {
      stop()
      say(state, words)
    } else start()
  }

  pause?.addEventListener('click', () => setPaused(!isPaused))
  if (pause instanceof HTMLElement) pause.hidden = false
  // A tab that nobody sees holds no line: browsers have six for all of them.
  document.addEventListener('visibilitychange', () => {
    if (isPaused || isOver) return
    if (document.hidden) stop()
    else start()
  })
  addEventListener('pagehide', stop)
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted && !isPaused && !isOver) start()
  })
  if (!document.hidden) start()
}

const hour = () =>
  new Date().toLocaleTimeString('fr-FR', { hour: 'numeric', minute: '2-digit' }).replace(':', ' h ')

const live = document.querySelector('[data-live]')
if (live instanceof HTMLElement) followLive(live)
