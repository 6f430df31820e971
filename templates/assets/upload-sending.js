/** One file on its way to the server: sent in small chunks, paused, taken up again, given up. */

/**
 * - `pret`: chosen, not begun. `attente`: will begin. `envoi`: under way. `pause`: by the person.
 * - `coupure`: the line is lost, it goes on by itself. `echec`: refused by the server, or it does not answer.
 * - `envoye`: the server has it all. `refuse`: not to be sent, or not taken.
 * - `a-rechoisir`: begun before this page was opened, the file is to be chosen again.
 * @typedef {'pret' | 'attente' | 'envoi' | 'pause' | 'coupure' | 'echec'} ToSend
 * @typedef {ToSend | 'envoye' | 'refuse' | 'a-rechoisir'} State
 *
 * An upload that the server holds already.
 * @typedef {{
 *   id: string,
 *   address: string,
 *   name: string,
 *   folder: string,
 *   modified: string,
 *   size: number,
 *   received: number
 * }} Known
 *
 * @typedef {{
 *   url: string | null,
 *   options: { chunkSize: number, uploadDataDuringCreation: boolean },
 *   start(): void,
 *   abort(terminate?: boolean): Promise<void>
 * }} TusUpload
 * @typedef {{ Upload: new (file: File, options: object) => TusUpload }} Tus
 * @typedef {{ getMethod(): string }} TusRequest
 * @typedef {{ getStatus(): number, getBody(): string }} TusResponse
 * @typedef {{
 *   originalRequest?: TusRequest,
 *   originalResponse?: TusResponse | null,
 *   causingError?: { response?: TusResponse }
 * }} TusError
 *
 * How chunks go: as the protocol says, with another method where networks refuse that one, or not at all.
 * @typedef {'patch' | 'post' | 'none'} Chunks
 *
 * Where files go. `chunks` is what the network is known to let pass, `mostChunkBytes` how much of it at
 * once, when less than elsewhere; `beginsBare` when no file may be begun with its bytes. `find` asks the
 * server for an upload of this file that no other sending has.
 * @typedef {{
 *   address: string,
 *   headers: Record<string, string>,
 *   chunks: Chunks,
 *   mostChunkBytes?: number,
 *   beginsBare?: boolean,
 *   loadTus: () => Promise<Tus>,
 *   find: (sending: Sending) => Promise<Known | null>
 * }} Destination
 */

// As the other modules of the deposit: under the version of this one.
const version = new URL(import.meta.url).search
/** @type {typeof import('./upload-rules.js')} */
const { folderOf } = await import(`./upload-rules.js${version}`)

/** Small enough for the proxies of hospitals, which keep a request until its end. */
const CHUNK_BYTES = 1_000_000
/** Where the line carries more within the time given to each, and lets it pass. */
const MOST_CHUNK_BYTES = 8_000_000
const QUICK_CHUNK_MS = 2000
/** What middle boxes answer to a body that is too long for them. */
const TOO_LONG = 413
/** Between tries, the last one again and again. */
const RETRY_SECONDS = [1, 2, 4, 8, 15]
/** Answers of a server that fails, in a row, before the person is asked. */
const MAX_SERVER_FAULTS = 6
/** A line that dies without a word shows by its silence: it is said, then tried anew. */
const STALL_MS = 10_000
const SILENCE_MS = 60_000
/** What middle boxes answer to a method that they do not know. */
const METHOD_REFUSED = [400, 403, 405, 501]
/** Chunks cut as soon as begun, in a row, before the method is thought to be why: a bad line takes longer. */
const MAX_CUTS = 3
const AT_ONCE_MS = 3000

export class Sending {
  /** @type {State} */
  state = 'pret'
  /** Bytes that the server has. */
  sent = 0
  /** Why it is refused or failed. */
  reason = ''
  refusedByServer = false
  /** Whether bytes have gone since it was last begun. */
  isMoving = false
  /** Nothing has moved for a while. */
  isStalled = false
  /** The network lets no chunk pass: all is to be sent by the form itself. */
  needsForm = false
  #cuts = 0
  #begunAt = 0
  #chunkBegunAt = 0
  /** How its chunks go. @type {Chunks} */
  #way = 'patch'
  /** @type {TusUpload | null} */
  #upload = null
  /** The answer to its creation was lost: the server may have it, under a name not known here. */
  #mayHaveBegun = false
  #tries = 0
  #faults = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #stallTimer

  /**
   * @param {Destination} destination
   * @param {{ file: File | null, known: Known | null }} what at least one of them
   * @param {(sending: Sending) => void} onChange
   */
  constructor(destination, { file, known }, onChange) {
    this.destination = destination
    this.file = file
    this.known = known
    this.onChange = onChange
    this.name = file?.name ?? known?.name ?? ''
    this.size = file?.size ?? known?.size ?? 0
    this.folder = file === null ? (known?.folder ?? '') : folderOf(file)
    this.modified = String(file?.lastModified ?? known?.modified ?? '')
    this.sent = known?.received ?? 0
    if (known !== null && known.received === known.size) this.state = 'envoye'
    else if (file === null) this.state = 'a-rechoisir'
  }

  /** Whether this file is the one that was begun. @param {File} file */
  isOf(file) {
    return this.looksLike(file) && String(file.lastModified) === this.modified
  }

  /** The same but for its date: to go on with it could mix two states of a file. @param {File} file */
  looksLike(file) {
    return file.name === this.name && folderOf(file) === this.folder && file.size === this.size
  }

  /** Whether the server's upload is of this file. @param {Known} known */
  isNamed(known) {
    if (known.folder !== this.folder) return false
    return known.name === this.name && known.size === this.size && known.modified === this.modified
  }

  /** The file is chosen again: it goes on where it was. @param {File} file */
  takeUp(file) {
    this.file = file
    this.#become('pret')
  }

  /** @param {...State} states */
  is(...states) {
    return states.includes(this.state)
  }

  /** The server's name for it; empty before it is begun. */
  get id() {
    return (this.#upload?.url ?? this.known?.address ?? '').split('/').at(-1) ?? ''
  }

  async start() {
    clearTimeout(this.#timer)
    const { file } = this
    if (file === null || this.is('envoi')) return
    this.isMoving = false
    this.#become('envoi')
    try {
      if (this.#mayHaveBegun) {
        this.known = await this.destination.find(this)
        this.#mayHaveBegun = false
        this.#upload = null
      }
      const { Upload } = await this.destination.loadTus()
      if (!this.is('envoi')) return
      if (this.#upload === null) {
        this.#way = this.destination.chunks
        this.#upload = new Upload(file, this.#options(file))
      }
    } catch {
      if (this.is('envoi')) this.#retryLater()
      return
    }
    this.#listen()
    this.#begunAt = performance.now()
    this.#chunkBegunAt = this.#begunAt
    const { options } = this.#upload
    options.chunkSize = CHUNK_BYTES
    // A small file is one request.
    options.uploadDataDuringCreation = file.size <= CHUNK_BYTES && !this.destination.beginsBare
    this.#upload.start()
  }

  /** @param {File} file */
  #options(file) {
    return {
      endpoint: this.destination.address,
      headers: this.destination.headers,
      // The server knows what is begun: nothing of it, such as a secret address, is left on the device.
      uploadUrl: this.known?.address ?? null,
      storeFingerprintForResuming: false,
      metadata: { filename: file.name, folder: this.folder, modified: String(file.lastModified) },
      chunkSize: CHUNK_BYTES,
      retryDelays: null,
      overridePatchMethod: this.destination.chunks === 'post',
      onProgress: (/** @type {number} */ sent) => this.#progress(sent),
      onChunkComplete: () => this.#grow(),
      onSuccess: () => this.#finish(),
      onError: (/** @type {TusError} */ error) => this.#fail(error),
      onAfterResponse: refuseToBeginAgain,
    }
  }

  /** The next chunk is twice as large while the line is quick: each costs a round trip, and more. */
  #grow() {
    this.#cuts = 0
    const now = performance.now()
    const isQuick = now - this.#chunkBegunAt < QUICK_CHUNK_MS
    this.#chunkBegunAt = now
    if (this.#upload === null) return
    const { options } = this.#upload
    const most = this.destination.mostChunkBytes ?? MOST_CHUNK_BYTES
    options.chunkSize = isQuick ? Math.min(options.chunkSize * 2, most) : CHUNK_BYTES
  }

  /** Sends all of it again: the server has lost it. */
  restart() {
    this.#upload = null
    this.known = null
    this.sent = 0
    this.#become('attente')
  }

  pause() {
    this.#become('pause')
    this.#stop()
  }

  #stop() {
    this.#mayHaveBegun ||= this.#upload !== null && !this.#upload.url
    void this.#upload?.abort()
  }

  /** Its turn will come; what is under way or done is left alone. */
  wait() {
    if (this.is('pret', 'echec', 'pause', 'coupure')) this.#become('attente')
  }

  /**
   * @param {string} reason
   * @param {boolean} [byServer] it was sent, and stays refused whatever else is chosen
   */
  refuse(reason, byServer = false) {
    this.reason = reason
    this.refusedByServer = byServer
    this.#become('refuse')
    // It would come back, as sent, the next time that the page is opened.
    if (byServer) void this.#forget()
  }

  /** It was one too many, and is not any more. */
  unrefuse() {
    this.#become('pret')
  }

  cancel() {
    clearTimeout(this.#timer)
    this.state = 'refuse'
    this.#stop()
    void this.#forget()
  }

  /** Removes it from the server; what cannot be removed there now expires in a day. */
  async #forget() {
    const { headers } = this.destination
    const unnamed = this.#mayHaveBegun ? await this.destination.find(this).catch(() => null) : null
    const address = this.#upload?.url ?? this.known?.address ?? unnamed?.address
    if (!address) return
    await fetch(address, {
      method: 'DELETE',
      headers: { ...headers, 'Tus-Resumable': '1.0.0' },
      keepalive: true,
    }).catch(() => {})
  }

  /** @param {State} state */
  #become(state) {
    clearTimeout(this.#timer)
    clearTimeout(this.#stallTimer)
    this.isStalled = false
    if (state !== 'refuse' && state !== 'echec') this.reason = ''
    this.state = state
    this.onChange(this)
  }

  /** @param {number} sent */
  #progress(sent) {
    if (this.state !== 'envoi') return
    if (sent > this.sent) {
      this.#faults = 0
      this.#tries = 0
    }
    this.isMoving = true
    this.sent = sent
    this.#listen()
    this.onChange(this)
  }

  #finish() {
    clearTimeout(this.#timer)
    this.sent = this.size
    this.#become('envoye')
  }

  #listen() {
    clearTimeout(this.#timer)
    clearTimeout(this.#stallTimer)
    this.isStalled = false
    this.#stallTimer = setTimeout(() => {
      this.isStalled = true
      this.onChange(this)
    }, STALL_MS)
    this.#timer = setTimeout(() => {
      this.#stop()
      this.#retryLater()
    }, SILENCE_MS)
  }

  /** @param {TusError} error */
  #fail(error) {
    if (this.state !== 'envoi') return
    const answer = error.originalResponse ?? error.causingError?.response
    const status = answer?.getStatus() ?? 0
    const { code, detail } = problemIn(answer?.getBody() ?? '')
    const isChunk =
      ['PATCH', 'POST'].includes(error.originalRequest?.getMethod() ?? '') && !!this.#upload?.url
    const isOurs = code !== undefined || detail !== undefined
    if (!isOurs && this.#sendsLessAtOnce(status, isChunk)) return
    if (isChunk && this.#changesWay(status, isOurs)) return
    const isLost = status === 0
    const isBusy = [408, 409, 423, 429, 460].includes(status) && code === undefined
    const isGone = [404, 410].includes(status) && error.originalRequest?.getMethod() !== 'POST'
    const isFault = status >= 500 && status !== 507
    this.#mayHaveBegun = (isLost || isFault) && !this.#upload?.url
    if (isFault || isGone) this.#faults++
    if ((isLost || isBusy || isGone || isFault) && this.#faults < MAX_SERVER_FAULTS) {
      this.#retryLater()
      return
    }
    this.#faults = 0
    this.reason =
      detail ??
      `Le serveur n’a pas pu prendre « ${this.name} » (réponse ${status}). ` +
        'Ce qui est envoyé est gardé : réessayez.'
    this.#become('echec')
  }

  /**
   * Networks of hospitals refuse PATCH, by an answer of their own or by a cut: chunks then go by POST,
   * which the server takes for it; where that is refused too, by the form.
   *
   * @param {number} status
   * @param {boolean} isOurs whether our server wrote the answer: the network did not, then
   * @returns {boolean} whether it goes on another way
   */
  #changesWay(status, isOurs) {
    // A server that is down does not even say where the upload stands: no chunk is begun, nor counted here.
    if (status === 0 && navigator.onLine && performance.now() - this.#begunAt < AT_ONCE_MS) this.#cuts++
    const isRefused = METHOD_REFUSED.includes(status) && !isOurs
    if (!isRefused && !(status === 0 && this.#cuts >= MAX_CUTS)) return false
    this.#cuts = 0
    const { destination } = this
    if (destination.chunks === 'patch' || this.#way === 'patch') {
      destination.chunks = 'post'
      this.known = this.#named()
      this.#upload = null
      this.#become('attente')
      return true
    }
    destination.chunks = 'none'
    this.needsForm = true
    this.#become('attente')
    return true
  }

  /**
   * What did not pass is sent in smaller chunks, or begun without its bytes: the ways above are for chunks.
   *
   * @param {number} status
   * @param {boolean} isChunk
   * @returns {boolean} whether it goes on so
   */
  #sendsLessAtOnce(status, isChunk) {
    const { destination } = this
    if (isChunk) {
      if (status !== TOO_LONG || destination.mostChunkBytes !== undefined) return false
      destination.mostChunkBytes = CHUNK_BYTES
    } else {
      if (this.#upload?.url || destination.beginsBare) return false
      destination.beginsBare = true
      if (status !== TOO_LONG && !METHOD_REFUSED.includes(status)) return false
    }
    this.#retryLater()
    return true
  }

  /** What the server holds of it, to go on from there. @returns {Known | null} */
  #named() {
    const address = this.#upload?.url ?? null
    if (address === null) return this.known
    const { name, folder, modified, size, sent } = this
    return { id: this.id, address, name, folder, modified, size, received: sent }
  }

  /** @param {string} reason */
  fail(reason) {
    this.needsForm = false
    this.reason = reason
    this.#become('echec')
  }

  #retryLater() {
    this.#become('coupure')
    this.#timer = setTimeout(() => void this.start(), retrySeconds(this.#tries++) * 1000)
  }
}

/**
 * How long to wait before trying again: a server that starts again is not to be hammered.
 *
 * @param {number} tries made before
 */
export const retrySeconds = tries => RETRY_SECONDS[tries] ?? RETRY_SECONDS.at(-1) ?? 15

/**
 * The client takes any fault of a server asked where an upload stands for a reason to begin it again from
 * nothing: only an upload that is gone is one.
 *
 * @param {TusRequest} request
 * @param {TusResponse} response
 */
function refuseToBeginAgain(request, response) {
  if (request.getMethod() !== 'HEAD' || [200, 204, 404, 410].includes(response.getStatus())) return
  throw Object.assign(new Error('The server did not say where the upload stands'), { response })
}

/**
 * What a refusal says, when it says something.
 *
 * @param {string} body
 * @returns {{ code?: string, detail?: string, refused?: Array<{ upload: string, reason: string }> }}
 */
export function problemIn(body) {
  try {
    const { code, detail, refused } = JSON.parse(body)
    return { code, detail, refused }
  } catch {
    return {}
  }
}

/**
 * What the server holds of this piece: begun, whole or not, by this page or an earlier one.
 *
 * @param {string} address of the uploads of the piece
 * @returns {Promise<Known[]>}
 */
export async function begunUploads(address) {
  const answer = await fetch(address)
  return answer.ok ? await answer.json() : []
}

let loads = 0

/**
 * The protocol's script, which puts itself on the window. A browser may remember that an address failed: each
 * try has its own.
 *
 * @param {string} source
 * @returns {Promise<Tus>}
 */
export async function loadTus(source) {
  const global = /** @type {{ tus?: Tus }} */ (globalThis)
  if (global.tus === undefined) await import(loads++ === 0 ? source : `${source}&essai=${loads}`)
  if (global.tus === undefined) throw new Error('The script of the protocol did not load')
  return global.tus
}
