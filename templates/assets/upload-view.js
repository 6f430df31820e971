/** What a deposit in progress shows and says: one row per file, one panel for the whole, and live regions. */

// As the other modules of the deposit: under the version of this one.
const version = new URL(import.meta.url).search
/** @type {typeof import('./upload-rules.js')} */
const { fileSize } = await import(`./upload-rules.js${version}`)

/** @typedef {import('./upload-sending.js').Sending} Sending */
/** @typedef {import('./upload-sending.js').State} State */

/** Messages closer than this are read as one: a live region reads its last text only. */
const GATHER_MS = 200

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/**
 * @param {string} label
 * @param {string} kind
 * @param {() => void} act
 */
export function button(label, kind, act) {
  const made = element('button', { type: 'button', class: kind }, label)
  made.addEventListener('click', act)
  return made
}

/** Two regions: `say` waits for the reader's pause, `warn` interrupts. */
export function makeAnnouncer() {
  const polite = element('div', { class: 'visually-hidden', role: 'status', 'data-live': 'polite' })
  const assertive = element('div', { class: 'visually-hidden', role: 'alert', 'data-live': 'assertive' })
  const gather = (/** @type {HTMLElement} */ region) => {
    /** @type {string[]} */
    let messages = []
    return (/** @type {string} */ message) => {
      messages.push(message)
      if (messages.length > 1) return
      setTimeout(() => {
        region.textContent = messages.join(' ')
        messages = []
      }, GATHER_MS)
    }
  }
  return { say: gather(polite), warn: gather(assertive), regions: [polite, assertive] }
}

/** What the one button of a row does, when there is something to do. */
const TOGGLES = /** @type {Partial<Record<State, string>>} */ ({
  attente: 'Mettre en pause',
  envoi: 'Mettre en pause',
  pause: 'Reprendre',
  coupure: 'Réessayer',
  echec: 'Réessayer',
})

/** @param {Sending} sending */
function stateWords({ state, sent, size, isStalled }) {
  const percent = `${size === 0 ? 0 : Math.floor((sent / size) * 100)} %`
  switch (state) {
    case 'pret':
      return sent > 0 ? `prêt, ${percent} déjà envoyés` : 'prêt'
    case 'attente':
      return 'en attente'
    case 'envoi':
      return isStalled ? `${percent} envoyés, la ligne ne répond plus` : `${percent} envoyés`
    case 'pause':
      return `en pause à ${percent}`
    case 'coupure':
      return `connexion coupée à ${percent}, reprise automatique`
    case 'echec':
      return 'non envoyé'
    case 'envoye':
      return 'envoyé'
    case 'refuse':
      return 'refusé'
    case 'a-rechoisir':
      return `envoyé à ${percent}`
  }
}

/**
 * @param {Sending} sending
 * @param {{ onToggle: () => void, onRemove: () => void }} acts
 */
export function fileRow(sending, { onToggle, onRemove }) {
  const name = element('span', { class: 'chosen-name' }, sending.name)
  const suffix = () => element('span', { class: 'visually-hidden' }, ` « ${sending.name} »`)
  const state = element('span', { class: 'chosen-state' })
  const bar = element('progress', { max: '100', 'aria-label': `Envoi de « ${sending.name} »` })
  const toggle = button('', 'link', onToggle)
  const remove = button('Retirer', 'link', onRemove)
  remove.append(suffix())
  const reason = element('p', { class: 'field-error' })
  const moves = element('span', { class: 'chosen-moves' })
  const item = element(
    'li',
    {},
    name,
    element('span', { class: 'chosen-size' }, fileSize(sending.size)),
    state,
    moves,
    toggle,
    remove,
    bar,
    reason,
  )
  /** @type {State | null} */
  let told = null

  function show() {
    const label = TOGGLES[sending.state]
    toggle.hidden = label === undefined
    if (label !== undefined && toggle.firstChild?.textContent !== label)
      toggle.replaceChildren(label, suffix())
    state.textContent = stateWords(sending)
    item.dataset.state = sending.state
    bar.hidden = ['pret', 'refuse', 'envoye'].includes(sending.state)
    bar.value = sending.size === 0 ? 0 : (sending.sent / sending.size) * 100
    const why =
      sending.state === 'a-rechoisir'
        ? 'Choisissez de nouveau ce fichier : l’envoi continuera là où il s’est arrêté.'
        : sending.reason
    reason.hidden = why === ''
    reason.textContent = why
  }
  show()
  return {
    item,
    /** Tells files of one name apart. @param {number} rank among them; 0 when it is the only one */
    number(rank) {
      name.textContent = rank === 0 ? sending.name : `${sending.name} (n° ${rank})`
    },
    /** Where buttons that move it go. */
    moves,
    show,
    /** Whether this state is news since the last time. */
    tells(/** @type {State} */ now) {
      const isNews = told !== now
      told = now
      return isNews
    },
    lock(/** @type {boolean} */ isLocked) {
      remove.disabled = isLocked
    },
  }
}

/** @param {{ onMain: () => void, onCancel: () => void }} acts */
export function totalPanel({ onMain, onCancel }) {
  const bar = element('progress', { max: '100', value: '0', 'aria-label': 'Envoi de tous les fichiers' })
  const line = element('p')
  const main = button('', 'secondary', onMain)
  const cancel = button('Annuler l’envoi', 'secondary', onCancel)
  const buttons = element('div', { class: 'actions' }, main, cancel)
  const panel = element('div', { class: 'upload-progress', tabindex: '-1' }, bar, line, buttons)
  return {
    panel,
    note(/** @type {string} */ text) {
      line.textContent = text
    },
    /**
     * @param {{
     *   isShown: boolean,
     *   isDone: boolean,
     *   main: string | null,
     *   canCancel: boolean,
     *   share: number
     * }} now
     */
    show({ isShown, isDone, main: label, canCancel, share }) {
      panel.hidden = !isShown
      if (isDone) bar.removeAttribute('value')
      else bar.value = share * 100
      main.hidden = label === null
      if (label !== null) main.textContent = label
      cancel.hidden = !canCancel
      buttons.hidden = label === null && !canCancel
    },
  }
}
