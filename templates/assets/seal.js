/**
 * Follows the check of a sealed version, then shows the page again. Without this script one refreshes the
 * page.
 *
 * Hooks: `[data-seal-progress]` holds the address to ask, a `progress`, `[data-seal-percent]`,
 * `[data-seal-status]`.
 */

const EVERY_MS = 1000
/** Said aloud each time so much more is done. */
const SPOKEN_STEP = 25

const card = document.querySelector('[data-seal-progress]')

if (card instanceof HTMLElement) {
  const bar = card.querySelector('progress')
  const shown = card.querySelector('[data-seal-percent]')
  const status = card.querySelector('[data-seal-status]')
  let spoken = 0

  const ask = async () => {
    try {
      const response = await fetch(card.dataset.sealProgress ?? '')
      const { enCours, octetsRelus, octetsEnTout } = await response.json()
      if (!enCours) return location.reload()
      const percent = Math.floor((100 * octetsRelus) / Math.max(octetsEnTout, 1))
      if (bar) bar.value = octetsRelus
      if (shown) shown.textContent = String(percent)
      if (status && percent >= spoken + SPOKEN_STEP) {
        spoken = percent - (percent % SPOKEN_STEP)
        status.textContent = `${spoken} % relus`
      }
    } catch {
      // The server does not answer for now: asked again.
    }
    setTimeout(ask, EVERY_MS)
  }
  setTimeout(ask, EVERY_MS)
}
