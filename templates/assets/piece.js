/**
 * Keys for whoever controls or reviews many pieces: N and P go on and back, A reaches the button that
 * accepts, R the list of motives of a refusal, C the button that says conforme, D the motive of a complement,
 * X the one that takes conforme back, E goes to the next piece to examine, U to the one just decided.
 * They only move: Enter decides. They can be switched off, since voice control types letters. A motive chosen
 * in the list is written in the field, where it can be corrected.
 *
 * Hooks: `form[data-decision=acceptee|refusee|conforme|complement|a-examiner]`, its `select[name=motif]` and
 * `textarea`, links with `rel=next`, `rel=prev` and `data-key=e|u`, `[data-preview] iframe`.
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
  r: () => reach(find('form[data-decision=refusee] select')),
  c: () => reach(find('form[data-decision=conforme] [type=submit]')),
  d: () => reach(find('form[data-decision=complement] textarea')),
  x: () => reach(find('form[data-decision=a-examiner] [type=submit]')),
  e: () => find('a[data-key=e]')?.click(),
  u: () => find('a[data-key=u]')?.click(),
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

/**
 * A click in a PDF leaves the keyboard to its viewer, out of which no key comes: it is taken back at once.
 * Whoever goes into it with Tab stays there. Chromium tells nothing of a pointer over such a frame.
 */
let byTab = false
document.addEventListener('keydown', event => {
  byTab = event.key === 'Tab'
})
document.addEventListener('pointerdown', () => {
  byTab = false
})
window.addEventListener('blur', () => {
  const entered = byTab
  byTab = false
  setTimeout(() => {
    const frame = document.activeElement
    if (!isOn || entered || !(frame instanceof HTMLElement) || !frame.matches('[data-preview] iframe')) return
    frame.blur()
    window.focus()
  })
})

/** What each key does, from what the page offers. */
const WORDS = [
  ['a[rel=next]', 'N', 'pièce suivante'],
  ['a[rel=prev]', 'P', 'pièce précédente'],
  ['a[data-key=e]', 'E', 'prochaine pièce à examiner'],
  ['a[data-key=u]', 'U', 'revenir à la pièce décidée'],
  ['form[data-decision=acceptee]', 'A', 'accepter (puis Entrée)'],
  ['form[data-decision=refusee]', 'R', 'refuser : choisir le motif'],
  ['form[data-decision=conforme]', 'C', 'déclarer conforme (puis Entrée)'],
  ['form[data-decision=complement]', 'D', 'écrire le complément à demander'],
  ['form[data-decision=a-examiner]', 'X', 'remettre à examiner (puis Entrée)'],
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
  find('form[data-decision]')?.closest('section')?.append(hint)
}

if (find('form[data-decision]')) showHint()

/** @param {HTMLSelectElement} usual @param {HTMLTextAreaElement} motive */
function fillMotive(usual, motive) {
  let written = usual.value
  // Written in the field from now on: sent twice, it would be read twice.
  usual.removeAttribute('name')
  if (written !== '') motive.value = `${written} ${motive.value}`.trim()
  usual.addEventListener('change', () => {
    const own = (
      written !== '' && motive.value.startsWith(written) ? motive.value.slice(written.length) : motive.value
    ).trim()
    written = usual.value
    motive.value = [written, own].filter(words => words !== '').join(' ')
  })
}

const usual = find('form[data-decision=refusee] select')
const motive = find('form[data-decision=refusee] textarea')
if (usual instanceof HTMLSelectElement && motive instanceof HTMLTextAreaElement) fillMotive(usual, motive)
