/**
 * What a person, the line and the server do to a deposit in progress: its state changes, is drawn, and is
 * told.
 */

// As the other modules of the deposit: under the version of this one.
const version = new URL(import.meta.url).search
/** @type {typeof import('./upload-deposit.js')} */
const { askForDeposit, rememberRefused } = await import(`./upload-deposit.js${version}`)
/** @type {typeof import('./upload-drawing.js')} */
const { DepositDrawing } = await import(`./upload-drawing.js${version}`)
/** @type {typeof import('./upload-sending.js')} */
const { begunUploads, loadTus, Sending } = await import(`./upload-sending.js${version}`)
/** @type {typeof import('./upload-state.js')} */
const { Deposit } = await import(`./upload-state.js${version}`)
/** @type {typeof import('./upload-view.js')} */
const { makeAnnouncer } = await import(`./upload-view.js${version}`)
/** @type {typeof import('./upload-words.js')} */
const words = await import(`./upload-words.js${version}`)

/** @typedef {InstanceType<typeof Sending>} OneSending */
/** @typedef {import('./upload-drawing.js').Acts} Acts */

/** Files sent at a time: one more keeps a line busy while the server finishes the other. */
const AT_ONCE = 2

/**
 * The form of one piece, as the server has made it.
 * @typedef {{
 *   form: HTMLFormElement,
 *   input: HTMLInputElement,
 *   zone: HTMLElement,
 *   submit: HTMLButtonElement,
 *   address: string,
 *   tusAddress: string,
 *   headers: Record<string, string>,
 *   accepts: import('./upload-rules.js').Accepts
 * }} PieceForm
 */

/** @implements {Acts} */
export class DepositActs {
  #piece
  #deposit
  #drawing
  #say
  #warn
  #destination

  /** @param {PieceForm} piece */
  constructor(piece) {
    const { form, address, headers, accepts, tusAddress } = piece
    this.#piece = piece
    this.#deposit = new Deposit(accepts)
    this.#drawing = new DepositDrawing(piece, this)
    const { say, warn, regions } = makeAnnouncer()
    this.#say = say
    this.#warn = warn
    form.after(...regions)
    this.#destination = {
      address,
      headers,
      chunks: /** @type {import('./upload-sending.js').Chunks} */ ('patch'),
      loadTus: () => loadTus(tusAddress),
      find: (/** @type {OneSending} */ wanted) => this.#find(wanted),
    }
    this.#show()
  }

  // ---------- What a person does
  /** @param {readonly File[]} files */
  choose(files) {
    const deposit = this.#deposit
    if (deposit.phase === 'depot' || files.length === 0) return
    this.#drawing.tell('')
    const news = deposit.take(files, file => this.#open({ file, known: null }))
    const refused = deposit.having('refuse')
    const reasons = news.flatMap(file => refused.find(each => each.file === file)?.reason ?? [])
    this.#say(words.readyToSend(deposit.having('pret', 'attente').length))
    if (reasons.length > 0) this.#warn(reasons.join(' '))
    if (deposit.phase === 'envoi') this.#begin()
    this.#show()
  }

  /** @param {OneSending} sending */
  remove(sending) {
    this.#drawing.tell('')
    this.#deposit.remove(sending)
    this.#deposit.judge()
    this.#say(words.removed(sending.name))
    this.#settle()
    this.#show()
    this.#piece.input.focus()
  }

  /**
   * @param {OneSending} sending
   * @param {-1 | 1} step
   */
  move(sending, step) {
    this.#deposit.move(sending, step)
    this.#show()
    const { pages } = this.#deposit
    this.#say(words.movedTo(sending.name, pages.indexOf(sending) + 1, pages.length))
    this.#drawing.focusMove(sending, step)
  }

  /** @returns {boolean} whether the form is sent here, rather than by the browser */
  submit() {
    const deposit = this.#deposit
    if (deposit.sendings.length === 0) return false
    if (deposit.counted.length === 0) {
      const why = words.nothingToSend(deposit.having('refuse').length)
      this.#drawing.tell(why)
      this.#warn(why)
      return true
    }
    deposit.allowResending()
    this.#sendAll()
    this.#drawing.focusTotal()
    return true
  }

  /** @param {OneSending} sending */
  toggle(sending) {
    if (sending.is('envoi', 'attente')) {
      sending.pause()
      this.#say(words.isPaused(sending.name))
    } else {
      this.#say(words.resumes(sending.name))
      this.#deposit.resume(sending)
      this.#begin()
    }
    this.#show()
  }

  mainAct() {
    const deposit = this.#deposit
    if (deposit.pauseAll()) this.#say(words.ALL_PAUSED)
    else if (deposit.phase === 'depot') deposit.retryNow?.()
    else this.#sendAll()
    this.#show()
  }

  cancelAll() {
    this.#deposit.cancelAll()
    this.#say(words.CANCELLED)
    this.#show()
    this.#piece.input.focus()
  }

  // ---------- What the line and the browser do
  /** A lid that opens, a line that comes back: no need to wait for the next try. */
  takeUpAgain() {
    for (const sending of this.#deposit.having('coupure')) void sending.start()
    this.#deposit.retryNow?.()
  }

  /** Whether leaving the page would lose something. */
  get isUnderWay() {
    return this.#deposit.isUnderWay
  }

  /** What was begun before this page was opened joins the list, while there is a line. */
  async findBegun() {
    const deposit = this.#deposit
    this.#destination.loadTus().catch(() => {})
    for (const known of await begunUploads(this.#piece.address)) {
      if (deposit.sendings.some(({ id }) => id === known.id)) continue
      deposit.takeBegun(this.#open({ file: null, known }))
    }
    const unfinished = deposit.having('a-rechoisir').length
    if (unfinished > 0) this.#say(words.someUnfinished(unfinished))
    this.#show()
  }

  // ---------- How it goes on
  /** @param {{ file: File | null, known: import('./upload-sending.js').Known | null }} what */
  #open(what) {
    return new Sending(this.#destination, what, sending => this.#changed(sending))
  }

  /** An upload of this file that the server holds and no other sending has. @param {OneSending} wanted */
  async #find(wanted) {
    const taken = new Set(this.#deposit.sendings.map(({ id }) => id))
    const begun = await begunUploads(this.#piece.address)
    return begun.find(known => !taken.has(known.id) && wanted.isNamed(known)) ?? null
  }

  #sendAll() {
    this.#say(words.SENDING)
    this.#deposit.startAll()
    this.#begin()
    this.#settle()
    this.#show()
  }

  /** Lets the next files go, as long as few are under way. */
  #begin() {
    const deposit = this.#deposit
    for (const sending of deposit.having('pret')) sending.wait()
    // Looked at anew each time: what starts is told at once, and comes back here.
    for (;;) {
      const [next] = deposit.having('attente')
      if (next === undefined || deposit.having('envoi', 'coupure').length >= AT_ONCE) return
      void next.start()
    }
  }

  /** @param {OneSending} sending */
  #changed(sending) {
    const deposit = this.#deposit
    if (!deposit.sendings.includes(sending)) return
    if (sending.needsForm) {
      this.#sendByForm(sending)
      return
    }
    this.#tell(sending)
    if (deposit.phase === 'envoi') {
      this.#begin()
      this.#settle()
    }
    this.#show()
  }

  /** Says what is new of a file. @param {OneSending} sending */
  #tell(sending) {
    const deposit = this.#deposit
    if (this.#drawing.tells(sending)) {
      if (sending.state === 'envoye' && deposit.phase === 'envoi') {
        const sent = deposit.having('envoye').length
        this.#say(words.isSent(sending.name, sent, deposit.counted.length))
      }
      if (sending.state === 'echec') this.#warn(words.hasFailed(sending))
      if (sending.state === 'coupure' && deposit.loseLine()) this.#warn(words.LINE_LOST)
    }
    if (sending.isStalled && deposit.stall()) this.#warn(words.LINE_STALLED)
    if (sending.state === 'envoi' && sending.isMoving && deposit.findLine()) this.#say(words.LINE_FOUND)
  }

  /**
   * The network lets neither way of sending chunks pass: the form goes as a browser sends it, in one go.
   *
   * @param {OneSending} sending
   */
  #sendByForm(sending) {
    const deposit = this.#deposit
    const { form, input } = this.#piece
    const begun = deposit.counted
    const files = begun.map(({ file }) => file)
    if (files.some(file => file === null)) {
      sending.fail(words.NEEDS_FORM_AGAIN)
      return
    }
    const held = new DataTransfer()
    for (const file of files) if (file !== null) held.items.add(file)
    deposit.finish()
    this.#show()
    this.#drawing.tell(words.SENT_BY_FORM)
    input.disabled = false
    input.files = held.files
    // What was begun in chunks would be proposed again at the next visit.
    for (const each of begun) each.cancel()
    // Not `requestSubmit`, which would come back here.
    form.submit()
  }

  /** Goes on once nothing moves any more: to the deposit, or back to the person. */
  #settle() {
    const deposit = this.#deposit
    if (deposit.phase !== 'envoi' || !deposit.isSettled) return
    const failed = deposit.having('echec').length
    if (failed === 0 && deposit.having('envoye').length > 0) {
      void this.#askForVersion()
      return
    }
    deposit.rest()
    if (failed > 0) this.#tellEverybody(words.someFailed(failed))
  }

  async #askForVersion() {
    const deposit = this.#deposit
    const { form, address, headers } = this.#piece
    const sent = deposit.startDeposit()
    const kept = [...form.querySelectorAll('input[name=garder]')].flatMap(box =>
      box instanceof HTMLInputElement && box.checked && !box.disabled ? [box.value] : [],
    )
    this.#drawing.note(words.ALL_SENT)
    this.#say(words.ALL_SENT)
    this.#show()
    const answer = await askForDeposit(
      `${address}/depot`,
      headers,
      {
        uploads: sent.map(({ id }) => id),
        garder: kept,
      },
      (why, retryNow) => {
        this.#drawing.note(why)
        if (deposit.retryNow === null) this.#warn(why)
        deposit.retryNow = retryNow
        this.#show()
      },
    )
    deposit.retryNow = null
    if (answer.made) {
      rememberRefused(
        answer,
        deposit.having('refuse').map(({ reason }) => reason),
      )
      deposit.finish()
      location.assign(answer.location)
    } else this.#takeRefusal(sent, answer)
  }

  /**
   * @param {readonly OneSending[]} sent
   * @param {Extract<import('./upload-deposit.js').DepositAnswer, { made: false }>} answer
   */
  #takeRefusal(sent, { code, detail, refused }) {
    const deposit = this.#deposit
    const isLost = code === 'uploads-gone' || code === 'uploads-unfinished'
    if (isLost && deposit.resend(sent)) return
    deposit.refuse(sent, refused)
    const left = deposit.having('envoye').length
    const note = refused.length === 0 ? detail : words.someRefused(refused.length, left)
    this.#drawing.note(note)
    this.#warn(`${note} ${refused.map(({ reason }) => reason).join(' ')}`.trim())
    this.#show()
    this.#drawing.focusTotal()
  }

  /** Read by everybody. @param {string} message */
  #tellEverybody(message) {
    this.#drawing.note(message)
    this.#warn(message)
  }

  #show() {
    this.#drawing.show(this.#deposit)
    // A screen reader is told each quarter, not each packet.
    const quarter = this.#deposit.passQuarter()
    if (quarter !== null) this.#say(words.quarterSent(quarter))
  }
}
