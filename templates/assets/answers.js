/**
 * Saves answers as they are typed, each on its own, and keeps in this browser what the server has not
 * acknowledged: a cut line, a closed tab lose nothing. Without this script, the form's button saves it all.
 *
 * Hooks: `form[data-answers]`, whose value names the piece; in it `[data-answer]`, one for each question,
 * with its `[data-seen]`, `[data-who]` and `[data-error]`; `[data-state]`, `[data-progress]`, and
 * `a[data-after-save]`, followed once all is saved.
 */

/** After the last letter typed, before it is sent. */
const LAST_LETTER_MS = 1_000
/** Between two tries on a cut line. */
const AGAIN_MS = 5_000
const PATIENCE_MS = 15_000
const UNKNOWN = 'ne sait pas'

const CUT = 'Pas encore enregistré : la ligne est coupée, nous réessayons.'
const SAVING = 'Enregistrement…'
const TO_CORRECT = 'Une réponse au moins n’est pas enregistrée : corrigez-la ou choisissez.'

/**
 * @typedef {{ typed: string[], seen: number }} Pending
 * @typedef {{ field: string, revision: number, who: string }} Saved
 * @typedef {{ field: string, revision: number, typed: string[], words: string, who: string }} Conflict
 * @typedef {{ at: string, progress: string, saved: Saved[], refused: { field: string, message: string }[],
 *   conflicts: Conflict[] }} Told
 */

/** What this browser keeps of a piece, field by field: two tabs never erase each other's. */
class Memory {
  #prefix

  /** @param {string} piece */
  constructor(piece) {
    this.#prefix = `reponses.${piece}.`
  }

  /** @param {string} field @param {Pending} pending */
  keep(field, pending) {
    // A private window may keep nothing: what is typed still stands in the page.
    try {
      localStorage.setItem(this.#prefix + field, JSON.stringify(pending))
    } catch {}
  }

  /** @param {string} field */
  forget(field) {
    try {
      localStorage.removeItem(this.#prefix + field)
    } catch {}
  }

  /** @returns {[string, Pending][]} */
  all() {
    try {
      return Object.keys(localStorage)
        .filter(key => key.startsWith(this.#prefix))
        .flatMap(key => {
          const found = JSON.parse(localStorage.getItem(key) ?? 'null')
          const isWhole = Array.isArray(found?.typed) && typeof found.seen === 'number'
          return isWhole ? [[key.slice(this.#prefix.length), found]] : []
        })
    } catch {
      return []
    }
  }
}

/** One question of the page. */
class Question {
  #element
  #seen

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element
    this.id = element.dataset.answer ?? ''
    const seen = element.querySelector('[data-seen]')
    if (!(seen instanceof HTMLInputElement)) throw new Error(`No revision of ${this.id}`)
    this.#seen = seen
  }

  get seen() {
    return Number(this.#seen.value)
  }

  #inputs() {
    const found = this.#element.querySelectorAll(`[name="r.${CSS.escape(this.id)}"]`)
    return [...found].filter(
      each =>
        each instanceof HTMLInputElement ||
        each instanceof HTMLTextAreaElement ||
        each instanceof HTMLSelectElement,
    )
  }

  /** As the form would send it. @returns {string[]} */
  get typed() {
    return this.#inputs()
      .filter(input => !isBox(input) || input.checked)
      .map(({ value }) => value)
      .filter(text => text.trim() !== '')
  }

  /** @param {readonly string[]} typed */
  show(typed) {
    const boxes = new Set(
      this.#inputs()
        .filter(isBox)
        .map(({ value }) => value),
    )
    for (const input of this.#inputs()) {
      if (isBox(input)) input.checked = typed.includes(input.value)
      else input.value = typed.find(text => !boxes.has(text)) ?? ''
    }
  }

  /** « Ne sait pas » and an answer take each other's place. @param {EventTarget | null} changed */
  settle(changed) {
    const inputs = this.#inputs()
    const isUnknown = isBox(changed) && changed.value === UNKNOWN && changed.checked
    for (const input of inputs) {
      if (input === changed) continue
      if (isUnknown) {
        if (isBox(input)) input.checked = false
        else input.value = ''
      } else if (isBox(input) && input.value === UNKNOWN && this.typed.length > 1) input.checked = false
    }
  }

  /** @param {Saved} saved @param {readonly string[]} typed */
  isSaved({ revision, who }, typed) {
    this.#seen.value = String(revision)
    const before = this.#element.querySelector(`[name="avant.${CSS.escape(this.id)}"]`)
    if (before instanceof HTMLInputElement) before.value = typed.join('\n')
    const words = this.#element.querySelector('[data-who]')
    if (words !== null) words.textContent = who
    this.isWrong(null)
    this.#element.querySelector('.other')?.remove()
  }

  /** @param {string | null} message */
  isWrong(message) {
    const error = this.#element.querySelector('[data-error]')
    if (error instanceof HTMLElement) {
      error.textContent = message ?? ''
      error.hidden = message === null
    }
    this.#element.classList.toggle('invalid', message !== null)
    for (const input of this.#inputs()) {
      if (message === null) input.removeAttribute('aria-invalid')
      else input.setAttribute('aria-invalid', 'true')
    }
  }

  /** @param {Conflict} conflict @param {(keepsMine: boolean) => void} choose */
  asks({ words, who }, choose) {
    this.#element.querySelector('.other')?.remove()
    const box = document.createElement('fieldset')
    box.className = 'field other'
    const legend = document.createElement('legend')
    legend.textContent = 'Deux réponses : laquelle garder ?'
    const told = document.createElement('p')
    told.textContent = `${who} : « ${words} ». La vôtre, ci-dessus, n’est pas enregistrée.`
    const acts = document.createElement('p')
    acts.className = 'actions'
    for (const [label, keepsMine] of /** @type {const} */ ([
      ['Garder la mienne', true],
      ['Garder l’autre', false],
    ])) {
      const button = document.createElement('button')
      button.type = 'button'
      button.className = 'secondary'
      button.textContent = label
      button.addEventListener('click', () => {
        box.remove()
        this.#element.classList.remove('invalid')
        this.#inputs()[0]?.focus()
        choose(keepsMine)
      })
      acts.append(button)
    }
    box.append(legend, told, acts)
    this.#element.classList.add('invalid')
    this.#element.append(box)
  }
}

/** @param {unknown} input @returns {input is HTMLInputElement} */
function isBox(input) {
  return input instanceof HTMLInputElement && input.type === 'checkbox'
}

const same = (/** @type {readonly string[]} */ a, /** @type {readonly string[]} */ b) =>
  a.join('\n').trim() === b.join('\n').trim()

/** The whole form: what waits to be sent, one request at a time. */
class Saving {
  #form
  #memory
  /** @type {Map<string, Question>} */
  #questions
  /** Typed and not acknowledged. @type {Map<string, Pending>} */
  #pending = new Map()
  /** Of those, what must be corrected or chosen first. @type {Set<string>} */
  #held = new Set()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  /** @type {Promise<void> | null} */
  #sending = null
  #isLeaving = false

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form
    this.#memory = new Memory(form.dataset.answers ?? '')
    const found = [...form.querySelectorAll('[data-answer]')].filter(each => each instanceof HTMLElement)
    this.#questions = new Map(found.map(element => new Question(element)).map(each => [each.id, each]))
  }

  start() {
    this.#form.addEventListener('input', ({ target }) => this.#changed(target, LAST_LETTER_MS))
    this.#form.addEventListener('change', ({ target }) => this.#changed(target, 0))
    this.#form.addEventListener('submit', event => {
      if (this.#pending.size === 0) return
      event.preventDefault()
      this.#thenGo(() => this.#form.submit())
    })
    for (const link of document.querySelectorAll('a[data-after-save]')) {
      link.addEventListener('click', event => {
        if (this.#pending.size === 0 || !(link instanceof HTMLAnchorElement)) return
        event.preventDefault()
        this.#thenGo(() => location.assign(link.href))
      })
    }
    addEventListener('online', () => this.#schedule(0))
    addEventListener('beforeunload', event => {
      if (this.#pending.size > 0 && !this.#isLeaving) event.preventDefault()
    })
    this.#restore()
  }

  /** What was typed here and never acknowledged comes back, and is sent. */
  #restore() {
    for (const [field, pending] of this.#memory.all()) {
      const question = this.#questions.get(field)
      if (question === undefined || same(question.typed, pending.typed)) this.#memory.forget(field)
      else {
        question.show(pending.typed)
        this.#pending.set(field, pending)
      }
    }
    if (this.#pending.size > 0) this.#schedule(0)
  }

  /** @param {EventTarget | null} target @param {number} wait */
  #changed(target, wait) {
    const element = target instanceof Element ? target.closest('[data-answer]') : null
    const question = element instanceof HTMLElement && this.#questions.get(element.dataset.answer ?? '')
    // The choice between two answers belongs to the form without script.
    if (!question || (target instanceof HTMLInputElement && target.name.startsWith('choix.'))) return
    question.settle(target)
    const before = this.#pending.get(question.id)
    const pending = { typed: question.typed, seen: before?.seen ?? question.seen }
    if (before !== undefined && same(before.typed, pending.typed)) {
      // Left without a change since it was last heard: it goes now rather than after the pause.
      if (wait === 0 && !this.#held.has(question.id)) this.#schedule(0)
      return
    }
    this.#held.delete(question.id)
    this.#pending.set(question.id, pending)
    this.#memory.keep(question.id, pending)
    this.#say(SAVING)
    this.#schedule(wait)
  }

  /** @param {number} wait */
  #schedule(wait) {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#send(), wait)
  }

  /** @param {() => void} go */
  async #thenGo(go) {
    await this.#sending
    await this.#send()
    if (this.#pending.size > 0) return
    this.#isLeaving = true
    go()
  }

  async #send() {
    if (this.#sending !== null) return await this.#sending
    const sent = new Map([...this.#pending].filter(([field]) => !this.#held.has(field)))
    if (sent.size === 0) return
    clearTimeout(this.#timer)
    this.#sending = this.#exchange(sent).finally(() => {
      this.#sending = null
    })
    await this.#sending
  }

  /** @param {Map<string, Pending>} sent */
  async #exchange(sent) {
    const body = new URLSearchParams()
    const csrf = this.#form.querySelector('[name="csrf"]')
    if (csrf instanceof HTMLInputElement) body.append('csrf', csrf.value)
    for (const [field, { typed, seen }] of sent) {
      body.append(`vu.${field}`, String(seen))
      for (const text of typed) body.append(`r.${field}`, text)
    }
    try {
      const answer = await fetch(this.#form.action, {
        method: 'POST',
        headers: { accept: 'application/json' },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
      const isTold = answer.headers.get('content-type')?.startsWith('application/json')
      if (answer.ok && isTold) this.#take(await answer.json(), sent)
      else if (answer.status < 500 && answer.status !== 429) {
        const { problem } = isTold ? await answer.json() : { problem: undefined }
        this.#say(`Pas enregistré. ${problem ?? 'Rechargez la page : ce que vous avez écrit y reviendra.'}`)
      } else this.#tryAgain()
    } catch {
      this.#tryAgain()
    }
  }

  #tryAgain() {
    this.#say(CUT)
    this.#schedule(AGAIN_MS)
  }

  /** @param {Told} told @param {Map<string, Pending>} sent */
  #take({ at, progress, saved, refused, conflicts }, sent) {
    const savedOf = new Map(saved.map(each => [each.field, each]))
    for (const { field, message } of refused) {
      this.#questions.get(field)?.isWrong(message)
      this.#hold(field, sent)
    }
    for (const conflict of conflicts) {
      this.#questions.get(conflict.field)?.asks(conflict, keepsMine => this.#choose(conflict, keepsMine))
      this.#hold(conflict.field, sent)
    }
    const wrong = new Set([...refused, ...conflicts].map(({ field }) => field))
    for (const [field, { typed, seen }] of sent) {
      if (wrong.has(field)) continue
      const kept = savedOf.get(field) ?? { field, revision: seen, who: '' }
      this.#questions.get(field)?.isSaved(kept, typed)
      const now = this.#pending.get(field)
      // Typed on while it was sent: the next request says the rest.
      if (now !== undefined && !same(now.typed, typed)) {
        const rest = { typed: now.typed, seen: kept.revision }
        this.#pending.set(field, rest)
        this.#memory.keep(field, rest)
        this.#schedule(LAST_LETTER_MS)
      } else {
        this.#pending.delete(field)
        this.#memory.forget(field)
      }
    }
    const shown = document.querySelector('[data-progress]')
    if (shown !== null && progress !== '') shown.textContent = progress
    if (this.#pending.size === 0) this.#say(`Enregistré à ${at}.`)
    else if (this.#held.size > 0) this.#say(TO_CORRECT)
  }

  /** Kept here until it is corrected or chosen. @param {string} field @param {Map<string, Pending>} sent */
  #hold(field, sent) {
    const now = this.#pending.get(field)
    const then = sent.get(field)
    if (now !== undefined && then !== undefined && same(now.typed, then.typed)) this.#held.add(field)
    else this.#schedule(LAST_LETTER_MS)
  }

  /** @param {Conflict} conflict @param {boolean} keepsMine */
  #choose({ field, revision, typed, who }, keepsMine) {
    this.#held.delete(field)
    const question = this.#questions.get(field)
    const pending = this.#pending.get(field)
    if (keepsMine && pending !== undefined) {
      this.#pending.set(field, { typed: pending.typed, seen: revision })
      this.#memory.keep(field, { typed: pending.typed, seen: revision })
      this.#schedule(0)
      return
    }
    question?.show(typed)
    question?.isSaved({ field, revision, who }, typed)
    this.#pending.delete(field)
    this.#memory.forget(field)
    this.#say(this.#pending.size === 0 ? 'L’autre réponse est gardée.' : TO_CORRECT)
  }

  /** @param {string} words */
  #say(words) {
    const state = this.#form.querySelector('[data-state]')
    if (state !== null && state.textContent !== words) state.textContent = words
  }
}

for (const form of document.querySelectorAll('form[data-answers]')) {
  if (form instanceof HTMLFormElement) new Saving(form).start()
}
