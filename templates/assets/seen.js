/**
 * Tells once that a person opened the link. Mail scanners open pages too, some with scripts: only a visible
 * page that someone moves, touches or types on counts.
 */

const url = document.body.dataset.seenUrl
const signs = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart', 'scroll']

function tell() {
  if (document.visibilityState !== 'visible' || url === undefined) return
  for (const sign of signs) removeEventListener(sign, tell)
  // Nothing to show when it fails: the next visit tells again.
  fetch(url, { method: 'POST', keepalive: true }).catch(() => {})
}

if (url !== undefined) for (const sign of signs) addEventListener(sign, tell, { passive: true })
