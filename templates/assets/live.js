/**
 * Keeps the board up to date while people deposit, and says what happened. Without this script a link reloads
 * the page.
 *
 * Hooks: `[data-live][data-fragment][data-revision]` with its `[data-live-pause]`, `[data-live-state]` and
 * `[data-live-news]`; the parts of the page `[data-part]`, in which lines are `tr[data-line]`. Says
 * `board:changed` once parts were renewed.
 */

// Modules are kept by browsers for a year: this one is asked for under the version of the page's script.
/** @type {typeof import('./live-renew.js')} */
const { renewParts } = await import(`./live-renew.js${new URL(import.meta.url).search}`)

/** Wait before asking again, when the browser has given up by itself. */
const AGAIN_MS = 5_000

const PAUSE = 'Mettre le suivi en pause'
const RESUME = 'Reprendre le suivi'
const FOLLOWED = 'Le tableau se met à jour seul.'
const FOLLOWED_AGAIN = 'Connexion rétablie : le tableau se met à jour seul.'
const LOST = 'Connexion perdue : le tableau ne change plus. Nouvel essai…'
const PAUSED = 'Suivi en pause.'
const REPLACED = 'Suivi arrêté ici : le tableau est ouvert dans d’autres onglets.'
const SESSION_OVER = 'Votre session est terminée : actualisez la page pour vous connecter de nouveau.'

/** What the page was opened with: filters typed since then only hide lines, the server need not know them. */
const opened = location.search

/** The board as it is followed: what is shown of it, and why it may have stopped. */
class Following {
  /**
   * `suivi`: events come, or are asked for. `perdu`: the line is. `pause`: by the person, or for other tabs.
   * `fini`: the session is over.
   * @type {'suivi' | 'perdu' | 'pause' | 'fini'}
   */
  state = 'suivi'
  /** What is shown: events start again from there, so that nothing is missed. */
  revision
  /** @type {EventSource | null} */
  #source = null
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again
  /** One renewal at a time, in the order of the events. @type {Promise<unknown>} */
  #renewing = Promise.resolve()
  #addresses
  #tell

  /**
   * @param {{ events: string, fragment: string, revision: number }} board where its news and its parts are
   * @param {{ state(words: string): void, news(words: string): void }} tell
   */
  constructor({ events, fragment, revision }, tell) {
    this.#addresses = { events, fragment }
    this.revision = revision
    this.#tell = tell
  }

  /** Whether it goes on when the tab is seen again. */
  get isWanted() {
    return this.state === 'suivi' || this.state === 'perdu'
  }

  /** @param {string} [words] why */
  pause(words = PAUSED) {
    this.stop()
    this.state = 'pause'
    this.#tell.state(words)
  }

  resume() {
    this.state = 'suivi'
    this.start()
  }

  /** Holds no line any more. */
  stop() {
    clearTimeout(this.#again)
    this.#source?.close()
    this.#source = null
  }

  start() {
    this.stop()
    const source = new EventSource(`${this.#addresses.events}?depuis=${this.revision}`)
    this.#source = source
    source.addEventListener('open', () => this.#isOpen())
    source.addEventListener('message', ({ data, lastEventId }) => {
      this.#take(JSON.parse(data).news, Number(lastEventId))
    })
    source.addEventListener('remplace', () => this.pause(REPLACED))
    source.addEventListener('error', () => {
      this.#lose()
      // The browser asks again by itself, unless the server has answered something else: is the session over?
      if (source.readyState === EventSource.CLOSED) this.#restart({ looksFirst: true })
    })
  }

  #isOpen() {
    this.#tell.state(this.state === 'perdu' ? FOLLOWED_AGAIN : FOLLOWED)
    this.state = 'suivi'
  }

  #lose() {
    if (!this.isWanted) return
    this.state = 'perdu'
    this.#tell.state(LOST)
  }

  /**
   * @param {string} news what happened, empty when it is nothing to tell
   * @param {number} revision
   */
  #take(news, revision) {
    this.#renewing = this.#renewing
      .then(() => this.#renew())
      .then(() => {
        this.revision = revision
        if (news !== '') this.#tell.news(`${news.slice(0, -1)}, à ${hour()}.`)
      })
      .catch(() => {
        this.#lose()
        this.#restart({ looksFirst: false })
      })
  }

  /** Asks for the board as it is now. @throws when there is no answer */
  async #renew() {
    const { fragment } = this.#addresses
    const response = await fetch(`${fragment}${opened}`, { headers: { accept: 'text/html' } })
    if (response.redirected || response.status === 404) {
      this.stop()
      this.state = 'fini'
      this.#tell.state(SESSION_OVER)
      return
    }
    if (!response.ok) throw new Error(`${fragment} answered ${response.status}`)
    renewParts(new DOMParser().parseFromString(await response.text(), 'text/html'))
  }

  /** @param {{ looksFirst: boolean }} how the board itself tells a session that is over */
  #restart({ looksFirst }) {
    this.stop()
    this.#again = setTimeout(async () => {
      try {
        if (looksFirst) await this.#renew()
        if (this.isWanted) this.start()
      } catch {
        this.#restart({ looksFirst: true })
      }
    }, AGAIN_MS)
  }
}

/** @param {HTMLElement} live */
function followLive(live) {
  const pause = live.querySelector('[data-live-pause]')
  const sayIn = (/** @type {string} */ hook) => {
    const place = live.querySelector(hook)
    return (/** @type {string} */ words) => {
      // Saying the same thing again would be read aloud again.
      if (place && place.textContent !== words) place.textContent = words
    }
  }
  const sayState = sayIn('[data-live-state]')
  const { live: events = '', fragment = '', revision } = live.dataset
  const following = new Following(
    { events, fragment, revision: Number(revision) },
    {
      news: sayIn('[data-live-news]'),
      state(words) {
        sayState(words)
        showAct()
      },
    },
  )
  const showAct = () => {
    if (pause) pause.textContent = following.state === 'pause' ? RESUME : PAUSE
  }
  const goOn = () => {
    if (following.isWanted) following.start()
  }

  pause?.addEventListener('click', () => {
    if (following.state === 'pause') following.resume()
    else following.pause()
    showAct()
  })
  if (pause instanceof HTMLElement) pause.hidden = false
  // A tab that nobody sees holds no line: browsers have six for all of them.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) following.stop()
    else goOn()
  })
  addEventListener('pagehide', () => following.stop())
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) goOn()
  })
  if (!document.hidden) following.start()
}

const hour = () =>
  new Date().toLocaleTimeString('fr-FR', { hour: 'numeric', minute: '2-digit' }).replace(':', ' h ')

const live = document.querySelector('[data-live]')
if (live instanceof HTMLElement) followLive(live)
