/**
 * Checks a ZIP of the product in the browser: nothing of it is sent. Without this script the page tells the
 * commands to type.
 *
 * Hooks: `[data-verify]` holds the address that tells what was sealed under `:hash`; its file input,
 * `[data-verify-progress]` with a `progress`, `[data-verify-result]`, and `#sceau`, the seal that was typed.
 *
 * A sealed ZIP holds its files as they are, those made on the spot (a draft, one member's files) deflate
 * their texts: see `server/adapters/dossier/`.
 */

const SUMS = 'SHA256SUMS'
const MANIFEST = '00_SCEAU.txt'
const MAX_32 = 0xffffffff
/** Methods of compression (APPNOTE 6.3.10, 4.4.5). */
const PLAIN = 0
const DEFLATED = 8
/** The end record and the longest comment. */
const TAIL_BYTES = 22 + 65535

/**
 * @typedef {{ path: string, offset: number, held: number, method: number }} Entry `held`: bytes in the ZIP.
 */
/** @typedef {{ path: string, sha256: string }} Sum */

/** @param {Blob} blob */
const viewOf = async blob => new DataView(await blob.arrayBuffer())

/** @param {DataView} view @param {number} at */
const uint64 = (view, at) => Number(view.getBigUint64(at, true))

/** @param {ArrayBuffer} bytes */
const sha256 = async bytes =>
  [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
    .map(byte => byte.toString(16).padStart(2, '0'))
    .join('')

/**
 * @param {File} file
 * @returns {Promise<Entry[]>}
 */
async function listEntries(file) {
  const tailAt = Math.max(file.size - TAIL_BYTES, 0)
  const tail = await viewOf(file.slice(tailAt))
  let end = tail.byteLength - 22
  // At the very end only: a workbook is a ZIP too, and its own end may be near.
  const isEnd = () =>
    tail.getUint32(end, true) === 0x06054b50 && end + 22 + tail.getUint16(end + 20, true) === tail.byteLength
  while (end >= 0 && !isEnd()) end--
  if (end < 0) throw new Error('La fin du ZIP manque : le téléchargement a été coupé. Reprenez-le.')
  let size = tail.getUint32(end + 12, true)
  let at = tail.getUint32(end + 16, true)
  if (end >= 20 && tail.getUint32(end - 20, true) === 0x07064b50) {
    const record = await viewOf(file.slice(uint64(tail, end - 12), uint64(tail, end - 12) + 56))
    size = uint64(record, 40)
    at = uint64(record, 48)
  }

  const central = await viewOf(file.slice(at, at + size))
  /** @type {Entry[]} */
  const entries = []
  for (let i = 0; i + 46 <= central.byteLength; ) {
    const method = central.getUint16(i + 10, true)
    if (central.getUint32(i, true) !== 0x02014b50 || (method !== PLAIN && method !== DEFLATED)) {
      throw new Error('Ce ZIP ne vient pas de ce service, ou il a été refait : il ne peut pas être vérifié.')
    }
    const nameBytes = central.getUint16(i + 28, true)
    const extraBytes = central.getUint16(i + 30, true)
    const full = central.getUint32(i + 24, true)
    let held = central.getUint32(i + 20, true)
    let offset = central.getUint32(i + 42, true)
    // What does not fit in 32 bits follows in this order, each only where it is needed.
    let field = i + 46 + nameBytes + 4
    if (full === MAX_32) field += 8
    if (held === MAX_32) {
      held = uint64(central, field)
      field += 8
    }
    if (offset === MAX_32) offset = uint64(central, field)
    const name = new TextDecoder().decode(new Uint8Array(central.buffer, i + 46, nameBytes))
    entries.push({ path: name, offset, held, method })
    i += 46 + nameBytes + extraBytes + central.getUint16(i + 32, true)
  }
  return entries
}

/**
 * @param {File} file
 * @param {Entry} entry
 */
async function bytesOf(file, { offset, held, method }) {
  const header = await viewOf(file.slice(offset, offset + 30))
  const at = offset + 30 + header.getUint16(26, true) + header.getUint16(28, true)
  const bytes = file.slice(at, at + held)
  if (method === PLAIN) return await bytes.arrayBuffer()
  const inflated = bytes.stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return await new Response(inflated).arrayBuffer()
}

/**
 * @param {Sum[]} expected
 * @param {Sum[]} found
 */
function differences(expected, found) {
  const sums = new Map(found.map(({ path, sha256 }) => [path, sha256]))
  const known = new Set(expected.map(({ path }) => path))
  return [
    ...expected.flatMap(({ path, sha256 }) =>
      !sums.has(path)
        ? [`${path} : absent`]
        : sums.get(path) !== sha256
          ? [`${path} : contenu différent`]
          : [],
    ),
    ...found.flatMap(({ path }) => (known.has(path) ? [] : [`${path} : en trop`])),
  ]
}

/**
 * Where a name was erased, that of a found file with the same bytes.
 *
 * @param {{ path: string | null, sha256: string }[]} sealed
 * @param {Sum[]} found
 * @returns {Sum[]}
 */
function namedAs(sealed, found) {
  const left = [...found]
  return sealed.map(({ path, sha256 }) => {
    if (path !== null) return { path, sha256 }
    const at = left.findIndex(each => each.sha256 === sha256)
    const [same] = at < 0 ? [] : left.splice(at, 1)
    return { path: same?.path ?? `fichier d’empreinte ${sha256}`, sha256 }
  })
}

/** @param {string} text @param {RegExp} pattern */
const sumsIn = (text, pattern) =>
  text.split('\n').flatMap(line => {
    const [, sum = '', path = ''] = pattern.exec(line) ?? []
    return path === '' ? [] : [{ path, sha256: sum }]
  })

const section = document.querySelector('[data-verify]')
const input = document.querySelector('[data-verify] input')
const progress = document.querySelector('[data-verify-progress]')
const result = document.querySelector('[data-verify-result]')

/** @param {string} title @param {string[]} lines @param {string} kind */
function tell(title, lines, kind) {
  const block = document.createElement('div')
  block.className = kind
  const heading = document.createElement('h3')
  heading.textContent = title
  const list = document.createElement('ul')
  for (const line of lines) list.appendChild(document.createElement('li')).textContent = line
  block.append(heading, list)
  result?.append(block)
}

/** @param {string[]} found */
const differs = found => tell('Ce ZIP n’est pas tel qu’il a été remis', found, 'errors')

/**
 * Every file of the ZIP, and the texts of its lists.
 *
 * @param {File} file
 */
async function readZip(file) {
  const entries = await listEntries(file)
  const bar = progress?.querySelector('progress')
  /** @type {Sum[]} */
  const found = []
  const texts = new Map()
  let read = 0
  for (const entry of entries) {
    const bytes = await bytesOf(file, entry)
    found.push({ path: entry.path, sha256: await sha256(bytes) })
    if (entry.path === SUMS || entry.path === MANIFEST) texts.set(entry.path, new TextDecoder().decode(bytes))
    read += entry.held
    if (bar) bar.value = read / file.size
  }
  return { found, texts }
}

/**
 * What was sealed under a seal; null when nothing was here.
 *
 * @param {string} hash
 * @returns {Promise<{ files: { path: string | null, sha256: string }[], version: number } | null>}
 */
async function sealedUnder(hash) {
  const address = section instanceof HTMLElement ? (section.dataset.verify ?? '') : ''
  const response = await fetch(address.replace(':hash', hash))
  return response.ok ? await response.json() : null
}

/** @param {File} file */
async function verify(file) {
  const { found, texts } = await readZip(file)
  const sums = texts.get(SUMS)
  if (sums === undefined)
    return differs([`Il ne contient pas ${SUMS} : ce n’est pas un dossier de ce service.`])
  const seen = new Set()
  const twice = found.filter(({ path }) => seen.size === seen.add(path).size)
  const others = found.filter(({ path }) => path !== SUMS)
  const inside = [
    ...twice.map(({ path }) => `${path} : présent plusieurs fois`),
    ...differences(sumsIn(sums, /^([0-9a-f]{64}) [ *](.+)$/), others),
  ]
  if (inside.length > 0) return differs(inside)
  const manifest = texts.get(MANIFEST)
  return manifest === undefined ? await verifyExtract(others) : await verifySealed(found, manifest)
}

/**
 * A whole sealed version.
 *
 * @param {Sum[]} found
 * @param {string} manifest
 */
async function verifySealed(found, manifest) {
  const listed = sumsIn(manifest, /^fichier ([0-9a-f]{64}) \d+ (.+)$/)
  const inside = differences(
    listed,
    found.filter(({ path }) => path.includes('/')),
  )
  if (inside.length > 0) return differs(inside)
  const hash = await sha256(new TextEncoder().encode(manifest).buffer)
  const sealed = await sealedUnder(hash)
  if (sealed === null) {
    return differs([`Aucune version scellée ici ne porte son sceau, ${hash} : il vient d’un autre service.`])
  }
  const against = differences(namedAs(sealed.files, found), found)
  if (against.length > 0) return differs(against)
  const title = `C’est la version ${sealed.version} du dossier, telle qu’elle a été scellée ici`
  tell(
    title,
    [`${found.length} fichiers, tous identiques.`, `Sceau, à comparer au message reçu : ${hash}`],
    'notice',
  )
}

/**
 * The files of one member, or a draft: no seal is inside, the one typed below says what to compare with.
 *
 * @param {Sum[]} files
 */
async function verifyExtract(files) {
  const typed = document.querySelector('#sceau')
  const hash = typed instanceof HTMLInputElement ? typed.value.trim().toLowerCase() : ''
  const sealed = hash === '' ? null : await sealedUnder(hash)
  const whole = `Rien n’y manque et rien n’y a changé : ${files.length} fichiers, ceux de sa liste.`
  if (sealed === null) {
    const next =
      'Pour comparer l’extrait d’un membre à ce qui a été scellé, collez le sceau du message plus bas, ' +
      'puis choisissez de nouveau le ZIP.'
    return tell('Ce ZIP est entier, sans sceau : un extrait ou un brouillon', [whole, next], 'notice')
  }
  const against = differences(
    namedAs(sealed.files, files).filter(({ path }) => files.some(file => file.path === path)),
    files,
  )
  if (against.length > 0) return differs(against)
  const title = `C’est un extrait de la version ${sealed.version} du dossier, tel qu’il a été scellé ici`
  tell(title, [`${files.length} fichiers sur ${sealed.files.length}, tous identiques.`], 'notice')
}

if (section instanceof HTMLElement && input instanceof HTMLInputElement && globalThis.crypto?.subtle) {
  section.hidden = false
  // Choosing the same name again, after another download, is a change too.
  input.addEventListener('click', () => {
    input.value = ''
  })
  input.addEventListener('change', async () => {
    const [file] = input.files ?? []
    if (!file || !(progress instanceof HTMLElement)) return
    result?.replaceChildren()
    progress.hidden = false
    try {
      await verify(file)
    } catch (error) {
      tell(error instanceof Error ? error.message : 'Ce fichier ne peut pas être lu.', [], 'errors')
    }
    progress.hidden = true
  })
}
