/**
 * A deposit in progress: its files in their order, and how far it is. Every change of it has a name here;
 * nothing of the page is known here.
 */

// Modules are kept by browsers for a year: they are asked for under the version of this one.
const version = new URL(import.meta.url).search
/** @type {typeof import('./upload-rules.js')} */
const { clockTheLine, refuseChosenFile, tooMany } = await import(`./upload-rules.js${version}`)
/** @type {typeof import('./photos.js')} */
const { becomesPage, documentsBefore, moved } = await import(`./photos.js${version}`)

/** @typedef {import('./upload-sending.js').Sending} Sending */
/** @typedef {import('./upload-sending.js').State} SendingState */
/** @typedef {import('./upload-rules.js').Accepts} Accepts */

export class Deposit {
  /**
   * `repos`: files are being chosen. `envoi`: they go. `depot`: the server makes the version.
   * @type {'repos' | 'envoi' | 'depot'}
   */
  phase = 'repos'
  /** In the order of the list. @type {Sending[]} */
  sendings = []
  /** The person was told that the line is lost. */
  isCut = false
  /** The person was told that nothing passes. */
  #isStallTold = false
  /** The server refused the deposit, and the person has changed nothing since. */
  isRefused = false
  /** Asks again at once for the version; null while no answer is missing. @type {(() => void) | null} */
  retryNow = null
  /** What the server had lost was sent again: once is enough. */
  #isResent = false
  /** Quarters of the whole that were told. */
  #quarter = 0
  #timeLeft = clockTheLine()

  /** @param {Accepts} accepts what the piece takes */
  constructor(accepts) {
    this.accepts = accepts
  }

  // ---------- What there is to know
  /** @param {...SendingState} states */
  having(...states) {
    return this.sendings.filter(sending => sending.is(...states))
  }

  /** Those that the version will be made of. */
  get counted() {
    return this.sendings.filter(sending => !sending.is('refuse', 'a-rechoisir'))
  }

  /** Pages of the PDF to come. */
  get pages() {
    return this.counted.filter(sending => this.#isPage(sending))
  }

  get bytes() {
    return this.counted.reduce((sum, { size }) => sum + size, 0)
  }

  get sentBytes() {
    return this.counted.reduce((sum, { sent }) => sum + sent, 0)
  }

  /** From 0 to 1. */
  get share() {
    return this.bytes === 0 ? 0 : this.sentBytes / this.bytes
  }

  /** How long the rest will take, in words; empty while that is not known. */
  get timeLeft() {
    return this.#timeLeft(this.sentBytes, this.bytes)
  }

  /** Whether leaving the page would lose something. */
  get isUnderWay() {
    return this.phase === 'depot' || this.having('attente', 'envoi', 'pause', 'coupure').length > 0
  }

  /** Whether all that was to be sent is sent, refused or failed. */
  get isSettled() {
    return this.having('attente', 'envoi', 'coupure', 'pause', 'pret').length === 0
  }

  // ---------- Files come and go
  /**
   * Files are chosen: one that was begun goes on where it was, the others join the list.
   *
   * @param {readonly File[]} files
   * @param {(file: File) => Sending} open
   * @returns {readonly File[]} those that were not in the list
   */
  take(files, open) {
    this.isRefused = false
    const news = files.filter(file => {
      const same = this.sendings.find(sending => sending.isOf(file))
      if (same?.state === 'a-rechoisir') same.takeUp(file)
      return same === undefined
    })
    for (const begun of this.having('a-rechoisir')) {
      if (news.some(file => begun.looksLike(file))) this.remove(begun)
    }
    // Where one document is awaited, another one replaces it; photos are pages of the same.
    const areAllPages = [...this.sendings, ...news].every(file => this.#isPage(file))
    if (!this.accepts.severalFiles && !areAllPages && news.length > 0) {
      for (const sending of [...this.sendings]) this.remove(sending)
    }
    for (const file of news) this.sendings.push(open(file))
    this.judge()
    return news
  }

  /** @param {Sending} sending an upload that the server holds since before the page was opened */
  takeBegun(sending) {
    this.sendings.push(sending)
  }

  /** @param {Sending} sending */
  remove(sending) {
    this.isRefused = false
    this.sendings = this.sendings.filter(other => other !== sending)
    sending.cancel()
  }

  /** Refuses what the piece does not take, in the order of the list. */
  judge() {
    /** @type {string[]} */
    const taken = []
    for (const sending of this.sendings) {
      if (sending.refusedByServer || sending.state === 'a-rechoisir') continue
      const { file, state, name } = sending
      const isChosen = file !== null && (state === 'pret' || state === 'refuse')
      const reason = isChosen
        ? refuseChosenFile(this.accepts, file, documentsBefore(this.accepts.formats ?? [], taken, name))
        : null
      const isTooMany = taken.length >= this.accepts.mostFiles
      if (reason !== null || isTooMany) sending.refuse(reason ?? tooMany(name, this.accepts.mostFiles))
      else {
        taken.push(name)
        if (state === 'refuse') sending.unrefuse()
      }
    }
  }

  /**
   * Puts a page of the PDF to come before or after its neighbour.
   *
   * @param {Sending} sending
   * @param {-1 | 1} step
   */
  move(sending, step) {
    const pages = moved(this.pages, sending, step)
    this.sendings = [...pages, ...this.sendings.filter(other => !pages.includes(other))]
  }

  // ---------- It goes
  /** Everything that can go is to go. */
  startAll() {
    this.phase = 'envoi'
    this.isRefused = false
    this.#timeLeft = clockTheLine()
    this.#quarter = 0
    for (const sending of this.having('pret', 'echec', 'pause', 'coupure')) sending.wait()
  }

  /** The person asks for the deposit, whatever was tried before. */
  allowResending() {
    this.#isResent = false
  }

  /** @param {Sending} sending */
  resume(sending) {
    this.phase = 'envoi'
    if (sending.state === 'coupure') void sending.start()
    else sending.wait()
  }

  /** @returns {boolean} false when nothing was moving */
  pauseAll() {
    // Those that wait first: each one that stops would let the next go.
    const moving = [...this.having('attente'), ...this.having('envoi')]
    for (const sending of moving) sending.pause()
    return moving.length > 0
  }

  /** Back to the person. */
  rest() {
    this.phase = 'repos'
  }

  cancelAll() {
    this.rest()
    for (const sending of this.counted) this.remove(sending)
  }

  /** Whether files are under way and none of them moves. */
  get isStalled() {
    const underWay = this.having('envoi')
    return underWay.length > 0 && underWay.every(({ isStalled }) => isStalled)
  }

  /** @returns {boolean} whether that was not yet told */
  stall() {
    const isNews = !this.#isStallTold
    this.#isStallTold = true
    return isNews
  }

  /** @returns {boolean} whether the line was not yet known to be lost */
  loseLine() {
    const isNews = !this.isCut
    this.isCut = true
    return isNews
  }

  /** @returns {boolean} whether the line was lost */
  findLine() {
    const wasCut = this.isCut || this.#isStallTold
    this.isCut = false
    this.#isStallTold = false
    return wasCut
  }

  /** The quarter of the whole that was just passed, each one once; null otherwise. */
  passQuarter() {
    const quarter = Math.floor(Math.floor(this.share * 100) / 25)
    if (this.phase !== 'envoi' || quarter <= this.#quarter || quarter > 3) return null
    this.#quarter = quarter
    return quarter
  }

  // ---------- The version is made
  /** @returns {readonly Sending[]} what the version is to be made of */
  startDeposit() {
    this.phase = 'depot'
    return this.having('envoye')
  }

  /** The version is made: the list is over. */
  finish() {
    this.rest()
    this.retryNow = null
    this.sendings = []
  }

  /**
   * The server has lost what it had: sent again, once.
   *
   * @param {readonly Sending[]} sent
   * @returns {boolean} false when that cannot be
   */
  resend(sent) {
    const again = sent.filter(({ file }) => file !== null)
    if (this.#isResent || again.length === 0) return false
    this.#isResent = true
    this.phase = 'envoi'
    for (const sending of again) sending.restart()
    return true
  }

  /**
   * @param {readonly Sending[]} sent
   * @param {ReadonlyArray<{ upload: string, reason: string }>} refused
   */
  refuse(sent, refused) {
    this.rest()
    this.isRefused = true
    for (const { upload, reason } of refused) sent.find(({ id }) => id === upload)?.refuse(reason, true)
  }

  /** @param {{ name: string }} file */
  #isPage({ name }) {
    return becomesPage(this.accepts.formats ?? [], name)
  }
}
