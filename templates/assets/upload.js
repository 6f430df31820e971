/**
 * Makes a deposit form survive: files are sent in small chunks, taken up again after a lost line, then deposited as one
 * version. They are chosen, dropped with their folders, or pasted. Without this script the form is an ordinary one.
 *
 * Hooks: `form[data-upload]`, the address of its uploads, with `data-tus`, that of the protocol's script; in it
 * `input[type=file][data-upload-input]` with `data-max-bytes` and `data-formats="pdf,docx"`, `data-several="oui"` when
 * the piece takes several documents.
 */

// Modules are kept by browsers for a year: they are asked for under the version of this one.
const version = new URL(import.meta.url).search
/** @type {typeof import('./upload-rules.js')} */
const { BYTES_PER_MB, clockTheLine, countOf, fileSize, MAX_FILES, refuseChosenFile, tooMany } = await import(
  `./upload-rules.js${version}`
)
/** @type {typeof import('./photos.js')} */
const { becomesPage, documentsBefore, moveButtons, moved } = await import(`./photos.js${version}`)
/** @type {typeof import('./upload-sending.js')} */
const { loadTus, Sending } = await import(`./upload-sending.js${version}`)
/** @type {typeof import('./upload-deposit.js')} */
const { askForDeposit } = await import(`./upload-deposit.js${version}`)
/** @type {typeof import('./upload-sources.js')} */
const { folderButton, listenForFiles } = await import(`./upload-sources.js${version}`)
/** @type {typeof import('./upload-view.js')} */
const { element, fileRow, makeAnnouncer, totalPanel } = await import(`./upload-view.js${version}`)

/** @typedef {import('./upload-sending.js').Known} Known */
/** @typedef {InstanceType<typeof Sending>} OneSending */

/** Files sent at a time: one more keeps a line busy while the server finishes the other. */
const AT_ONCE = 2

const ALL_SENT = 'Tout est envoyé : le serveur vérifie et enregistre…'
const NOTHING = () => {}

/** @param {HTMLFormElement} form */
function enhance(form) {
  const found = form.querySelector('[data-upload-input]')
  const sender = form.querySelector('button[type=submit]')
  if (!(found instanceof HTMLInputElement) || !(sender instanceof HTMLButtonElement)) return
  const input = found
  const submit = sender
  const address = form.dataset.upload ?? ''
  const csrf = form.elements.namedItem('csrf')
  /** @type {Record<string, string>} */
  const headers = csrf instanceof HTMLInputElement ? { 'X-CSRF-Token': csrf.value } : {}
  const accepts = {
    formats: (input.dataset.formats ?? '').split(',').filter(Boolean),
    maxFileMb: Number(input.dataset.maxBytes ?? Infinity) / BYTES_PER_MB,
    severalFiles: input.dataset.several === 'oui',
  }

  /** @type {Map<OneSending, ReturnType<typeof fileRow>>} */
  const rows = new Map()
  const sendings = () => [...rows.keys()]
  /** @param {...import('./upload-sending.js').State} states */
  const having = (...states) => sendings().filter(sending => sending.is(...states))
  /** Whether it becomes a page of a PDF. @param {{ name: string }} file */
  const isPage = ({ name }) => becomesPage(accepts.formats, name)
  const counted = () => sendings().filter(sending => !sending.is('refuse', 'a-rechoisir'))

  /** `repos`: files are being chosen. `envoi`: they go. `depot`: the server makes the version. */
  let phase = 'repos'
  let timeLeft = clockTheLine()
  let quarter = 0
  let isCut = false
  let resent = false

  const destination = {
    address,
    headers,
    loadTus: () => loadTus(form.dataset.tus ?? ''),
    async find(/** @type {OneSending} */ wanted) {
      const taken = new Set(sendings().map(({ id }) => id))
      return (await begunUploads()).find(known => !taken.has(known.id) && wanted.isNamed(known)) ?? null
    },
  }

  // ---------- What is on the page
  const drop = element('div', { class: 'drop' })
  input.replaceWith(drop)
  drop.append(input)
  if (input.multiple && 'webkitdirectory' in input) drop.append(folderButton(choose))
  drop.append(
    element(
      'p',
      { class: 'muted' },
      input.multiple
        ? 'ou glissez ici vos fichiers ou un dossier, ou collez-les (Ctrl + V)'
        : 'ou glissez ici votre fichier, ou collez-le (Ctrl + V)',
    ),
  )
  const list = element('ul', { class: 'chosen', 'aria-label': 'Fichiers choisis' })
  const total = totalPanel({ onMain: mainAct, onCancel: cancelAll })
  const { say, warn, regions } = makeAnnouncer()
  drop.after(list, total.panel)
  form.after(...regions)
  show()

  // ---------- Choosing
  /** @param {readonly File[]} files */
  function choose(files) {
    if (phase === 'depot' || files.length === 0) return
    const news = files.filter(file => {
      const same = sendings().find(sending => sending.isOf(file))
      if (same?.state === 'a-rechoisir') same.takeUp(file)
      return same === undefined
    })
    for (const begun of having('a-rechoisir')) {
      if (news.some(file => begun.looksLike(file))) remove(begun)
    }
    // Where one document is awaited, another one replaces it; photos are pages of the same.
    const areAllPages = [...sendings(), ...news].every(isPage)
    if (!accepts.severalFiles && !areAllPages && news.length > 0) {
      for (const sending of sendings()) remove(sending)
    }
    for (const file of news) add({ file, known: null })
    judge()
    const ready = having('pret', 'attente')
    const reasons = news.flatMap(file => having('refuse').find(each => each.file === file)?.reason ?? [])
    say(`${countOf(ready.length, 'fichier prêt', 'fichiers prêts')} à envoyer.`)
    if (reasons.length > 0) warn(reasons.join(' '))
    if (phase === 'envoi') begin()
    show()
  }

  /** @param {{ file: File | null, known: Known | null }} what */
  function add(what) {
    const sending = new Sending(destination, what, onChange)
    const row = fileRow(sending, {
      onToggle: () => toggle(sending),
      onRemove: () => {
        remove(sending)
        judge()
        say(`« ${sending.name} » retiré.`)
        settle()
        show()
        input.focus()
      },
    })
    rows.set(sending, row)
    list.append(row.item)
  }

  /** @param {OneSending} sending */
  function remove(sending) {
    rows.get(sending)?.item.remove()
    rows.delete(sending)
    sending.cancel()
  }

  /** Refuses what the piece does not take, in the order of the list. */
  function judge() {
    /** @type {string[]} */
    const taken = []
    for (const sending of sendings()) {
      if (sending.refusedByServer || sending.state === 'a-rechoisir') continue
      const { file, state, name } = sending
      const isChosen = file !== null && (state === 'pret' || state === 'refuse')
      const reason = isChosen
        ? refuseChosenFile(accepts, file, documentsBefore(accepts.formats, taken, name))
        : null
      const isTooMany = taken.length >= MAX_FILES
      if (reason !== null || isTooMany) sending.refuse(reason ?? tooMany(name))
      else {
        taken.push(name)
        if (state === 'refuse') sending.unrefuse()
      }
    }
    showMoves()
  }

  /** Pages of the PDF to come can be put in order until they leave. */
  function showMoves() {
    const pages = counted().filter(isPage)
    for (const [sending, row] of rows) {
      const rank = pages.indexOf(sending)
      const canMove = phase === 'repos' && rank >= 0 && pages.length > 1
      row.moves.replaceChildren(
        ...(canMove
          ? moveButtons({
              name: sending.name,
              isFirst: rank === 0,
              isLast: rank === pages.length - 1,
              onMove: step => move(sending, step),
            })
          : []),
      )
    }
  }

  /**
   * @param {OneSending} sending
   * @param {-1 | 1} step
   */
  function move(sending, step) {
    const pages = moved(counted().filter(isPage), sending, step)
    const ordered = [...pages, ...sendings().filter(other => !pages.includes(other))]
    const entries = ordered.flatMap(each => {
      const row = rows.get(each)
      return row === undefined ? [] : [/** @type {const} */ ([each, row])]
    })
    rows.clear()
    for (const [each, row] of entries) {
      rows.set(each, row)
      list.append(row.item)
    }
    showMoves()
    say(`« ${sending.name} » est la page ${pages.indexOf(sending) + 1} sur ${pages.length}.`)
    // The buttons were drawn again: the same one, or the other at an end.
    const buttons = [...(rows.get(sending)?.moves.querySelectorAll('button') ?? [])].filter(
      each => !each.disabled,
    )
    ;(buttons.find(each => each.dataset.move === String(step)) ?? buttons[0])?.focus()
  }

  const takeChosen = () => {
    choose([...(input.files ?? [])])
    // Emptied, so that the same file can be chosen again.
    input.value = ''
  }
  input.addEventListener('change', takeChosen)
  // Chosen while this script was on its way.
  takeChosen()

  listenForFiles(drop, choose)

  // ---------- Sending
  form.addEventListener('submit', event => {
    if (sendings().length === 0) return
    event.preventDefault()
    if (counted().length === 0) {
      warn('Aucun fichier ne peut être envoyé : retirez ceux qui sont refusés, ou choisissez-en d’autres.')
      list.querySelector('button')?.focus()
      return
    }
    resent = false
    sendAll()
    total.panel.focus()
  })

  function sendAll() {
    phase = 'envoi'
    timeLeft = clockTheLine()
    quarter = 0
    say('Envoi en cours.')
    for (const sending of having('pret', 'echec', 'pause', 'coupure')) sending.wait()
    begin()
    settle()
    show()
  }

  /** Lets the next files go, as long as few are under way. */
  function begin() {
    for (const sending of having('pret')) sending.wait()
    // Looked at anew each time: what starts is told at once, and comes back here.
    for (;;) {
      const [next] = having('attente')
      if (next === undefined || having('envoi', 'coupure').length >= AT_ONCE) return
      void next.start()
    }
  }

  /** @param {OneSending} sending */
  function onChange(sending) {
    const row = rows.get(sending)
    if (row === undefined) return
    row.show()
    if (row.tells(sending.state)) {
      if (sending.state === 'envoye' && phase === 'envoi') {
        say(`« ${sending.name} » envoyé (${having('envoye').length} sur ${counted().length}).`)
      }
      if (sending.state === 'echec') warn(`« ${sending.name} » : ${sending.reason}`)
      if (sending.state === 'coupure' && !isCut) {
        isCut = true
        warn('La connexion est coupée. L’envoi reprendra de lui-même là où il s’est arrêté.')
      }
    }
    if (isCut && sending.state === 'envoi' && sending.isMoving) {
      isCut = false
      say('La connexion est rétablie : l’envoi reprend là où il s’est arrêté.')
    }
    if (phase === 'envoi') {
      begin()
      settle()
    }
    show()
  }

  /** Read by everybody. @param {string} message */
  function tell(message) {
    total.note(message)
    warn(message)
  }

  /** Goes on once nothing moves any more: to the deposit, or back to the person. */
  function settle() {
    if (phase !== 'envoi' || having('attente', 'envoi', 'coupure', 'pause', 'pret').length > 0) return
    const failed = having('echec').length
    if (failed === 0 && having('envoye').length > 0) {
      void deposit()
      return
    }
    phase = 'repos'
    if (failed > 0) {
      tell(
        `${countOf(failed, 'fichier n’a pas pu être envoyé', 'fichiers n’ont pas pu être envoyés')}. Rien n’est encore déposé : réessayez, ou retirez ${failed < 2 ? 'ce fichier' : 'ces fichiers'}, puis déposez les autres.`,
      )
    }
  }

  /** @param {OneSending} sending */
  function toggle(sending) {
    if (sending.state === 'envoi' || sending.state === 'attente') {
      sending.pause()
      say(`« ${sending.name} » en pause.`)
    } else {
      phase = 'envoi'
      say(`« ${sending.name} » : l’envoi reprend.`)
      if (sending.state === 'coupure') void sending.start()
      else sending.wait()
      begin()
    }
    show()
  }

  function mainAct() {
    // Those that wait first: each one that stops would let the next go.
    const moving = [...having('attente'), ...having('envoi')]
    if (moving.length > 0) {
      for (const sending of moving) sending.pause()
      say('Tout est en pause. Ce qui est envoyé est gardé.')
    } else if (phase === 'depot') retryNow()
    else sendAll()
    show()
  }

  function cancelAll() {
    phase = 'repos'
    for (const sending of counted()) remove(sending)
    say('Envoi annulé : rien n’a été déposé.')
    show()
    input.focus()
  }

  // A lid that opens, a line that comes back: no need to wait for the next try.
  const takeUpAgain = () => {
    for (const sending of having('coupure')) void sending.start()
    retryNow()
  }
  addEventListener('online', takeUpAgain)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && takeUpAgain())
  addEventListener('beforeunload', event => {
    if (phase === 'depot' || having('attente', 'envoi', 'pause', 'coupure').length > 0) event.preventDefault()
  })

  // ---------- Depositing
  let retryNow = NOTHING

  async function deposit() {
    phase = 'depot'
    const sent = having('envoye')
    const keep = form.elements.namedItem('garder')
    total.note(ALL_SENT)
    say(ALL_SENT)
    show()
    const answer = await askForDeposit(
      `${address}/depot`,
      headers,
      {
        uploads: sent.map(({ id }) => id),
        garder: keep instanceof HTMLInputElement && keep.checked ? 'oui' : 'non',
      },
      (why, retry) => {
        total.note(why)
        if (retryNow === NOTHING) warn(why)
        retryNow = retry
        show()
      },
    )
    retryNow = NOTHING
    if (answer.made) {
      phase = 'repos'
      rows.clear()
      location.assign(answer.location)
    } else refuseDeposit(sent, answer)
  }

  /**
   * @param {readonly OneSending[]} sent
   * @param {Extract<import('./upload-deposit.js').DepositAnswer, { made: false }>} answer
   */
  function refuseDeposit(sent, { code, detail, refused }) {
    const again = sent.filter(({ file }) => file !== null)
    if ((code === 'uploads-gone' || code === 'uploads-unfinished') && !resent && again.length > 0) {
      resent = true
      phase = 'envoi'
      for (const sending of again) sending.restart()
      return
    }
    phase = 'repos'
    for (const { upload, reason } of refused) sent.find(({ id }) => id === upload)?.refuse(reason, true)
    const left = having('envoye').length
    const others = `${countOf(left, 'autre fichier est envoyé', 'autres fichiers sont envoyés')} : choisissez de quoi remplacer, ou déposez sans.`
    const reasons = refused.map(({ reason }) => reason).join(' ')
    const what = `${countOf(refused.length, 'fichier refusé', 'fichiers refusés')}, rien n’est encore déposé.`
    const note = refused.length === 0 ? detail : `${what}${left === 0 ? '' : ` ${others}`}`
    total.note(note)
    warn(`${note} ${reasons}`.trim())
    show({ isRefused: true })
    total.panel.focus()
  }

  // ---------- Showing
  function show({ isRefused = false } = {}) {
    list.hidden = rows.size === 0
    input.disabled = phase === 'depot'
    submit.hidden = phase !== 'repos'
    for (const row of rows.values()) row.lock(phase === 'depot')
    if (phase !== 'repos') showMoves()
    const files = counted()
    const bytes = files.reduce((sum, { size }) => sum + size, 0)
    const sent = files.reduce((sum, sending) => sum + sending.sent, 0)
    total.show({
      isShown: phase !== 'repos' || isRefused || having('echec').length > 0,
      isDone: phase === 'depot',
      main: mainLabel(),
      canCancel: phase === 'envoi',
      share: bytes === 0 ? 0 : sent / bytes,
    })
    if (phase !== 'envoi') return
    const percent = bytes === 0 ? 0 : Math.floor((sent / bytes) * 100)
    const how =
      having('envoi', 'attente').length === 0
        ? having('coupure').length > 0
          ? ', connexion coupée'
          : ', en pause'
        : timeLeft(sent, bytes)
    total.note(`${fileSize(sent)} sur ${fileSize(bytes)} (${percent} %)${how}`)
    // A screen reader is told each quarter, not each packet.
    if (Math.floor(percent / 25) > quarter && percent < 100) {
      quarter = Math.floor(percent / 25)
      say(`${quarter * 25} % envoyés.`)
    }
  }

  function mainLabel() {
    if (phase === 'depot') return retryNow === NOTHING ? null : 'Réessayer maintenant'
    if (phase === 'repos') return having('echec').length > 0 ? 'Tout réessayer' : null
    if (having('envoi', 'attente').length > 0) return 'Tout mettre en pause'
    return having('coupure').length > 0 ? 'Tout réessayer' : 'Tout reprendre'
  }

  // ---------- What was begun before this page was opened
  /** @returns {Promise<Known[]>} */
  async function begunUploads() {
    const answer = await fetch(address)
    return answer.ok ? await answer.json() : []
  }

  // While there is a line: it may be lost by the time that files are chosen.
  destination.loadTus().catch(NOTHING)
  begunUploads()
    .then(begun => {
      for (const known of begun) {
        if (!sendings().some(({ id }) => id === known.id)) add({ file: null, known })
      }
      const unfinished = having('a-rechoisir').length
      if (unfinished > 0) {
        say(
          `${countOf(unfinished, 'envoi n’est pas terminé', 'envois ne sont pas terminés')}. Choisissez de nouveau ${unfinished < 2 ? 'ce fichier' : 'ces fichiers'} : l’envoi continuera là où il s’est arrêté.`,
        )
      }
      show()
    })
    .catch(NOTHING)
}

for (const form of document.querySelectorAll('form[data-upload]')) {
  if (form instanceof HTMLFormElement) enhance(form)
}
