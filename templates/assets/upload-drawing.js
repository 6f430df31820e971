/** Draws a deposit in progress in the form of its piece, whole, from its state. */

// As the other modules of the deposit: under the version of this one.
const version = new URL(import.meta.url).search
/** @type {typeof import('./upload-rules.js')} */
const { fileSize } = await import(`./upload-rules.js${version}`)
/** @type {typeof import('./photos.js')} */
const { moveButtons } = await import(`./photos.js${version}`)
/** @type {typeof import('./upload-sources.js')} */
const { listenForFiles } = await import(`./upload-sources.js${version}`)
/** @type {typeof import('./upload-view.js')} */
const { element, fileRow, totalPanel } = await import(`./upload-view.js${version}`)

/** @typedef {import('./upload-state.js').Deposit} Deposit */
/** @typedef {import('./upload-sending.js').Sending} Sending */

/**
 * What a person can do. An act may be any time: the state tells whether it means something.
 * @typedef {{
 *   choose(files: readonly File[]): void,
 *   toggle(sending: Sending): void,
 *   remove(sending: Sending): void,
 *   move(sending: Sending, step: -1 | 1): void,
 *   mainAct(): void,
 *   cancelAll(): void
 * }} Acts
 */

export class DepositDrawing {
  #input
  #submit
  #acts
  #list = element('ul', { class: 'chosen', 'aria-label': 'Fichiers choisis' })
  #total
  /** @type {Map<Sending, ReturnType<typeof fileRow> & { movesDrawn: string }>} */
  #rows = new Map()

  /** What the person must know now, just above the button that it pressed. */
  #told = element('p', { class: 'field-error upload-told', tabindex: '-1', hidden: '' })
  #label

  /**
   * @param {import('./upload-acts.js').PieceForm} piece
   * @param {Acts} acts
   */
  constructor({ input, zone, submit }, acts) {
    this.#input = input
    this.#submit = submit
    this.#label = submit.textContent ?? ''
    this.#acts = acts
    this.#total = totalPanel({ onMain: () => acts.mainAct(), onCancel: () => acts.cancelAll() })
    zone.after(this.#list, this.#total.panel)
    submit.before(this.#told)
    // The list says what is chosen.
    for (const chosen of zone.querySelectorAll('[data-chosen]')) chosen.remove()
    listenForFiles(zone, files => acts.choose(files))
  }

  /** @param {Deposit} deposit */
  show(deposit) {
    this.#showRows(deposit)
    const { phase } = deposit
    this.#input.disabled = phase === 'depot'
    this.#submit.hidden = phase !== 'repos'
    this.#submit.textContent = submitLabel(deposit, this.#label)
    this.#total.show({
      isShown: phase !== 'repos' || deposit.isRefused || deposit.having('echec').length > 0,
      isDone: phase === 'depot',
      main: mainLabel(deposit),
      canCancel: phase === 'envoi',
      share: deposit.share,
    })
    if (phase === 'envoi') this.#total.note(progressWords(deposit))
  }

  /** A sentence for everybody, beside the progress. @param {string} words */
  note(words) {
    this.#total.note(words)
  }

  /** Beside the button, where the eye is; nothing any more when empty. @param {string} words */
  tell(words) {
    this.#told.textContent = words
    this.#told.hidden = words === ''
    if (words !== '') this.#told.focus()
  }

  focusTotal() {
    this.#total.panel.focus()
  }

  focusFirstFile() {
    this.#list.querySelector('button')?.focus()
  }

  /**
   * On the button that moves a page this way, or on the other one at an end.
   *
   * @param {Sending} sending
   * @param {-1 | 1} step
   */
  focusMove(sending, step) {
    const buttons = [...(this.#rows.get(sending)?.moves.querySelectorAll('button') ?? [])].filter(
      each => !each.disabled,
    )
    ;(buttons.find(each => each.dataset.move === String(step)) ?? buttons[0])?.focus()
  }

  /** Whether the state that a row shows is news. @param {Sending} sending */
  tells(sending) {
    return this.#rowOf(sending).tells(sending.state)
  }

  /** @param {Deposit} deposit */
  #showRows(deposit) {
    for (const [sending, { item }] of this.#rows) {
      if (deposit.sendings.includes(sending)) continue
      item.remove()
      this.#rows.delete(sending)
    }
    const { pages } = deposit
    for (const [position, sending] of deposit.sendings.entries()) {
      const row = this.#rowOf(sending)
      // Only what is out of its place moves: the focus stays in the others.
      const there = this.#list.children[position] ?? null
      if (there !== row.item) this.#list.insertBefore(row.item, there)
      row.show()
      const namesakes = deposit.sendings.filter(({ name }) => name === sending.name)
      row.number(namesakes.length < 2 ? 0 : namesakes.indexOf(sending) + 1)
      row.lock(deposit.phase === 'depot')
      this.#showMoves(sending, deposit.phase === 'repos' ? pages : [])
    }
    this.#list.hidden = deposit.sendings.length === 0
  }

  /** @param {Sending} sending */
  #rowOf(sending) {
    const known = this.#rows.get(sending)
    if (known !== undefined) return known
    const row = fileRow(sending, {
      onToggle: () => this.#acts.toggle(sending),
      onRemove: () => this.#acts.remove(sending),
    })
    const made = { ...row, movesDrawn: '' }
    this.#rows.set(sending, made)
    return made
  }

  /**
   * Pages of the PDF to come can be put in order until they leave.
   *
   * @param {Sending} sending
   * @param {readonly Sending[]} pages those that can be moved
   */
  #showMoves(sending, pages) {
    const row = this.#rowOf(sending)
    const rank = pages.indexOf(sending)
    const place =
      rank < 0 || pages.length < 2
        ? null
        : { name: sending.name, isFirst: rank === 0, isLast: rank === pages.length - 1 }
    // Drawn again only for another place: a button under somebody's finger stays.
    if (row.movesDrawn === JSON.stringify(place)) return
    row.movesDrawn = JSON.stringify(place)
    const buttons =
      place === null ? [] : moveButtons({ ...place, onMove: step => this.#acts.move(sending, step) })
    row.moves.replaceChildren(...buttons)
  }
}

/**
 * With refused files in the list, the button says what it will deposit.
 *
 * @param {Deposit} deposit
 * @param {string} label of the form itself
 */
function submitLabel(deposit, label) {
  const good = deposit.counted.length
  if (deposit.having('refuse').length === 0 || good === 0) return label
  return good === 1 ? 'Déposer le fichier accepté' : `Déposer les ${good} fichiers acceptés`
}

/** What the one button of the whole does; null when there is nothing to do. @param {Deposit} deposit */
function mainLabel(deposit) {
  const { phase, retryNow } = deposit
  if (phase === 'depot') return retryNow === null ? null : 'Réessayer maintenant'
  if (phase === 'repos') return deposit.having('echec').length > 0 ? 'Tout réessayer' : null
  if (deposit.having('envoi', 'attente').length > 0) return 'Tout mettre en pause'
  return deposit.having('coupure').length > 0 ? 'Tout réessayer' : 'Tout reprendre'
}

/** @param {Deposit} deposit */
function progressWords(deposit) {
  const { sentBytes, bytes, share } = deposit
  const isStopped = deposit.having('envoi', 'attente').length === 0
  const stopped = deposit.having('coupure').length > 0 ? ', connexion coupée' : ', en pause'
  const how = isStopped ? stopped : deposit.isStalled ? ', la ligne ne répond plus' : deposit.timeLeft
  return `${fileSize(sentBytes)} sur ${fileSize(bytes)} (${Math.floor(share * 100)} %)${how}`
}
