/**
 * Keys for whoever controls many pieces: N and P go on and back, A reaches the button that accepts, R the motive of a
 * refusal. They only move: Enter decides. They can be switched off, since voice control types letters.
 *
 * Hooks: `form[data-decision=acceptee|refusee]`, links with `rel=next` and `rel=prev`.
 */

const STORED = 'raccourcis'

const find = (/** @type {string} */ selector) => {
  const found = document.querySelector(selector)
  return found instanceof HTMLElement ? found : null
}

/** Opens what folds it away, then goes to it. */
function reach(/** @type {HTMLElement | null} */ target) {
  const folded = target?.closest('details')
  if (folded) folded.open = true
  target?.focus()
}

/** @type {Record<string, () => void>} */
const KEYS = {
  n: () => find('a[rel=next]')?.click(),
  p: () => find('a[rel=prev]')?.click(),
  a: () => reach(find('form[data-decision=acceptee] [type=submit]')),
  r: () => reach(find('form[data-decision=refusee] textarea')),
}

let isOn = localStorage.getItem(STORED) !== 'non'

document.addEventListener('keydown', event => {
  const { target } = event
  const isTyping = target instanceof HTMLElement && target.matches('input, textarea, select')
  if (!isOn || isTyping || event.ctrlKey || event.altKey || event.metaKey) return
  const act = KEYS[event.key.toLowerCase()]
  if (!act) return
  event.preventDefault()
  act()
})

/** What each key does, from what the page offers. */
const WORDS = [
  ['a[rel=next]', 'N', 'pièce suivante'],
  ['a[rel=prev]', 'P', 'pièce précédente'],
  ['form[data-decision=acceptee]', 'A', 'accepter (puis Entrée)'],
  ['form[data-decision=refusee]', 'R', 'écrire le motif d’un refus'],
]

function showHint() {
  const hint = document.createElement('p')
  hint.className = 'keys muted'
  hint.append('Au clavier : ')
  for (const [selector = '', key = '', words = ''] of WORDS) {
    if (!find(selector)) continue
    const mark = document.createElement('kbd')
    mark.textContent = key
    const item = document.createElement('span')
    item.append(mark, ` ${words}`)
    hint.append(item)
  }
  const toggle = document.createElement('button')
  toggle.type = 'button'
  toggle.className = 'link'
  const name = () => {
    toggle.textContent = isOn ? 'Désactiver ces touches' : 'Activer ces touches'
  }
  name()
  toggle.addEventListener('click', () => {
    isOn = !isOn
    localStorage.setItem(STORED, isOn ? 'oui' : 'non')
    name()
  })
  hint.append(toggle)
  find('form[data-decision]')?.closest('section')?.prepend(hint)
}

if (find('form[data-decision]')) showHint()
