/** Files that are held while they come: none is lost, cut short or left behind, by either way in. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { blobPath, openBlobsFolder } from '../../server/adapters/data-folder/blobs-folder.ts'
import { watchDiskSpace } from '../../server/adapters/data-folder/disk-space.ts'
import type { KeptStore } from '../../server/adapters/kept-store.ts'
import { SMALL_BYTES } from '../../server/adapters/small-file.ts'
import type { OpenUploads } from '../../server/adapters/uploads/arriving-store.ts'
import { openUploadsFolder } from '../../server/adapters/uploads/uploads-folder.ts'
import { canMount, mountDisk, unmountDisk } from '../support/small-disk.ts'

const SIZES = [0, 1, SMALL_BYTES - 1, SMALL_BYTES, SMALL_BYTES + 1, 3 * SMALL_BYTES]
const LANE = { owner: 'lien', pieceId: 'piece' }

const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** As a line brings it: in pieces of no particular size. */
function* inPieces(bytes: Buffer, length = 7000): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

let dataDir: string
let store: KeptStore
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-petits-'))
  store = await openBlobsFolder(dataDir)
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const arrivals = () => readdir(join(dataDir, 'arrivees'))

/** Takes what is left on a disk, but for so many bytes: a part of a file fits. */
async function fillUp(folder: string, leaving: number): Promise<void> {
  const filler = await open(join(folder, 'bourrage'), 'w')
  try {
    for (;;) await filler.write(Buffer.alloc(4096, 1))
  } catch {
    await filler.truncate((await filler.stat()).size - leaving)
  } finally {
    await filler.close()
  }
}

describe('a file of a form', () => {
  it.each(SIZES)('of %i bytes is stored and measured as it came', async size => {
    const bytes = randomBytes(size)
    for (const source of [Readable.from(inPieces(bytes)), Readable.from([bytes])]) {
      const blob = await store.stage(source)
      expect([blob.sha256, blob.size]).toEqual([hash(bytes), size])
      await blob.publish()
      expect((await readFile(blobPath(dataDir, blob.sha256))).equals(bytes)).toBe(true)
    }
    expect(await arrivals()).toEqual([])
  })

  it.each([100, SMALL_BYTES, 2 * SMALL_BYTES])('cut off after %i bytes leaves nothing', async length => {
    const cut = new Readable({ read() {} })
    cut.push(randomBytes(length))
    setTimeout(() => cut.destroy(), 20)
    await expect(store.stage(cut)).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' })
    const broken = Readable.from(
      (function* () {
        yield randomBytes(length)
        throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
      })(),
    )
    await expect(store.stage(broken)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect([await arrivals(), await store.list()]).toEqual([[], []])
  })

  it('that comes twice at the same moment is there once, and whole', async () => {
    const bytes = randomBytes(20_000)
    await Promise.all(
      [1, 2, 3].map(async () => await (await store.stage(Readable.from(inPieces(bytes)))).publish()),
    )
    expect(await store.list()).toEqual([hash(bytes)])
    expect((await readFile(blobPath(dataDir, hash(bytes)))).equals(bytes)).toBe(true)
    expect(await arrivals()).toEqual([])
  })
})

describe('a file that is sent as its upload begins', () => {
  let uploads: OpenUploads
  let server: Server
  let port: number

  const openUploads = () =>
    openUploadsFolder(dataDir, {
      disk: watchDiskSpace(dataDir, 0),
      now: () => new Date(),
      areDeposited: async () => new Set(),
    })

  beforeEach(async () => {
    uploads = await openUploads()
    server = createServer(async (asked, response) => {
      const id = asked.url === '/' ? null : (asked.url ?? '').slice(1)
      const told = { lane: LANE, id, address: '', maxBytes: 1e9, explain: String }
      await uploads.answer({ request: asked, response, ...told })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as { port: number }).port
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await uploads.close()
  })

  function ask(path: string, headers: Record<string, string>) {
    const method = path === '/' ? 'POST' : 'PATCH'
    const type = { 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream' }
    return request({ port, host: '127.0.0.1', path, method, headers: { ...type, ...headers } })
  }
  async function send(path: string, bytes: Buffer, headers: Record<string, string>) {
    const asked = ask(path, headers)
    for (const piece of inPieces(bytes)) asked.write(piece)
    asked.end()
    const [answer] = await once(asked, 'response')
    answer.resume()
    return { status: answer.statusCode, location: String(answer.headers.location) }
  }
  const begin = (bytes: Buffer, announced = bytes.length) =>
    send('/', bytes, { 'upload-length': `${announced}`, 'content-length': `${bytes.length}` })
  const goOn = ({ id, received }: { id: string; received: number }, bytes: Buffer) =>
    send(`/${id}`, bytes, { 'upload-offset': `${received}`, 'content-length': `${bytes.length}` })

  /** The only one there is. */
  async function upload() {
    const [found, ...others] = await uploads.list(LANE)
    if (found === undefined || others.length > 0) throw new Error('There is not one upload')
    return found
  }
  const stored = ({ id }: { id: string }) =>
    uploads.hold(LANE, [id], async ({ uploads: [held], remove }) => {
      const known = await held?.measured()
      const blob = await store.stageFile((await held?.path()) ?? '', known)
      await blob.publish()
      await remove()
      return { isKnown: known !== undefined, sha256: blob.sha256 }
    })

  it.each(SIZES)(
    'of %i bytes is whole, is found by the server that starts again, and becomes a blob',
    async size => {
      const bytes = randomBytes(size)
      expect((await begin(bytes)).status).toBe(201)
      const again = await openUploads()
      expect(await again.list(LANE)).toMatchObject([{ size, received: size }])
      await again.close()
      expect(await stored(await upload())).toEqual({ isKnown: true, sha256: hash(bytes) })
      expect(await readdir(join(dataDir, 'envois'))).toEqual([])
    },
  )

  it.each([0, 300])('whose line is cut after %i bytes goes on from there', async length => {
    const bytes = randomBytes(1000)
    const asked = ask('/', { 'upload-length': '1000', 'content-length': '1000' })
    asked.on('error', () => {})
    asked.write(bytes.subarray(0, length))
    asked.flushHeaders()
    await vi.waitFor(async () => await upload())
    // Long enough for what was sent to be read.
    await new Promise(resolve => setTimeout(resolve, 100))
    asked.destroy()
    await vi.waitFor(async () => expect((await upload()).received).toBe(length))
    await vi.waitFor(async () =>
      expect((await goOn({ ...(await upload()), received: length }, bytes.subarray(length))).status).toBe(
        204,
      ),
    )
    expect(await stored(await upload())).toEqual({ isKnown: true, sha256: hash(bytes) })
  })

  it('that is longer than announced is refused, and may be sent anew', async () => {
    const bytes = randomBytes(1000)
    // Its length is told by no header.
    expect((await send('/', Buffer.concat([bytes, bytes]), { 'upload-length': '1000' })).status).toBe(413)
    expect((await upload()).received).toBe(0)
    expect((await goOn(await upload(), bytes)).status).toBe(204)
    expect((await stored(await upload())).sha256).toBe(hash(bytes))
  })

  describe.skipIf(!canMount)('on a disk that is nearly full', () => {
    it('leaves nothing of it, by either way in', async () => {
      for (const folder of ['envois', 'arrivees']) mountDisk(join(dataDir, folder), 'size=256k')
      try {
        for (const folder of ['envois', 'arrivees']) await fillUp(join(dataDir, folder), 8192)
        expect((await begin(randomBytes(20_000))).status).toBe(507)
        await expect(store.stage(Readable.from([randomBytes(20_000)]))).rejects.toMatchObject({
          code: 'ENOSPC',
        })
        expect(await readdir(join(dataDir, 'envois'))).toEqual(['bourrage'])
        expect(await arrivals()).toEqual(['bourrage'])
      } finally {
        for (const folder of ['envois', 'arrivees']) unmountDisk(join(dataDir, folder))
      }
    })
  })
})
