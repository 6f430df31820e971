/**
 * Checks a sealed ZIP in the browser: nothing of it is sent. Without this script the page tells the commands to type.
 *
 * Hooks: `[data-verify]` holds the address that tells what was sealed under `:hash`; `[data-verify-file]`,
 * `[data-verify-progress]` with a `progress`, `[data-verify-result]`.
 *
 * A sealed ZIP holds its files as they are (APPNOTE 6.3.10, method 0), so each is a part of the file: see
 * `server/adapters/zip-format.ts`.
 */

const SUMS = 'SHA256SUMS'
const MANIFEST = '00_SCEAU.txt'
const MAX_32 = 0xffffffff
/** The end record and the longest comment. */
const TAIL_BYTES = 22 + 65535

/** @typedef {{ path: string, offset: number, size: number }} Entry */
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
    if (central.getUint32(i, true) !== 0x02014b50 || central.getUint16(i + 10, true) !== 0) {
      throw new Error('Ce ZIP n’est pas une version scellée telle qu’elle a été remise : il a été refait.')
    }
    const nameBytes = central.getUint16(i + 28, true)
    const extraBytes = central.getUint16(i + 30, true)
    let length = central.getUint32(i + 24, true)
    let offset = central.getUint32(i + 42, true)
    let field = i + 46 + nameBytes + 4
    if (length === MAX_32) {
      length = uint64(central, field)
      field += 16
    }
    if (offset === MAX_32) offset = uint64(central, field)
    const name = new TextDecoder().decode(new Uint8Array(central.buffer, i + 46, nameBytes))
    entries.push({ path: name, offset, size: length })
    i += 46 + nameBytes + extraBytes + central.getUint16(i + 32, true)
  }
  return entries
}

/**
 * @param {File} file
 * @param {Entry} entry
 */
async function bytesOf(file, { offset, size }) {
  const header = await viewOf(file.slice(offset, offset + 30))
  const at = offset + 30 + header.getUint16(26, true) + header.getUint16(28, true)
  return await file.slice(at, at + size).arrayBuffer()
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
        ? [`${path} : absent`]
        : sums.get(path) !== sha256
          ? [`${path} : contenu différent`]
          : [],
    ),
    ...found.flatMap(({ path }) => (known.has(path) ? [] : [`${path} : en trop`])),
  ]
}

/** @param {string} text @param {RegExp} pattern */
const sumsIn = (text, pattern) =>
  text.split('\n').flatMap(line => {
    const [, sum = '', path = ''] = pattern.exec(line) ?? []
    return path === '' ? [] : [{ path, sha256: sum }]
  })

const section = document.querySelector('[data-verify]')
const input = document.querySelector('[data-verify-file]')
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

/** @param {string} what @param {string[]} found */
const judge = (what, found) =>
  found.length === 0 ? tell(what, [], 'notice') : tell('Ce dossier diffère', found, 'errors')

/** @param {File} file */
async function verify(file) {
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
    read += entry.size
    if (bar) bar.value = read / file.size
  }
  const seen = new Set()
  const twice = found.filter(({ path }) => seen.size === seen.add(path).size)
  judge(`Contre lui-même : ses ${found.length} fichiers sont ceux de ${SUMS}.`, [
    ...twice.map(({ path }) => `${path} : présent plusieurs fois`),
    ...differences(
      sumsIn(texts.get(SUMS) ?? '', /^([0-9a-f]{64}) [ *](.+)$/),
      found.filter(({ path }) => path !== SUMS),
    ),
  ])

  const manifest = texts.get(MANIFEST)
  if (manifest === undefined)
    return tell('Ce ZIP n’a pas de sceau : ce n’est pas une version scellée.', [], 'errors')
  const sealed = sumsIn(manifest, /^fichier ([0-9a-f]{64}) \d+ (.+)$/)
  const hash = await sha256(new TextEncoder().encode(manifest).buffer)
  judge(`Son sceau est ${hash} : comparez-le à celui du message reçu.`, [
    ...differences(
      sealed,
      found.filter(({ path }) => path.includes('/')),
    ),
  ])

  const address = section instanceof HTMLElement ? (section.dataset.verify ?? '') : ''
  const response = await fetch(address.replace(':hash', hash))
  if (!response.ok) return tell('Aucune version scellée ici ne porte ce sceau.', [], 'errors')
  const { files, version } = await response.json()
  judge(`Contre ce service : c’est la version ${version}, fichier par fichier.`, differences(files, found))
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
