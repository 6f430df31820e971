/**
 * What becomes of deposits when the server is killed under them, the disk fills up, or two hundred lines are slow. Both
 * ways in each time: the plain form, and uploads that are taken up again. `UPLOAD_KILLS` and `UPLOAD_SEED` change the
 * number of kills and where they fall.
 */
import { createHash, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { pieceAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { form, inflated, pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { createDatabase, type PostgresqlServer, startPostgresql } from '../support/postgresql.ts'
import { openScene } from '../support/scene.ts'
import { canMount, fillDisk, mountDisk, unmountDisk } from '../support/small-disk.ts'
import { depositSent, refusalOf, sendByTus } from '../support/tus.ts'
import {
  makePorteurToken,
  remoteClient,
  type ServerProcess,
  startServer,
  stopServer,
} from './server-process.ts'
import { openGround, STORES, type StoreKind } from './stores.ts'

type PieceBody = z.infer<typeof pieceAnswer>

/** On each store. */
const KILLS = Number(process.env.UPLOAD_KILLS ?? 14)
const SEED = Number(process.env.UPLOAD_SEED ?? randomInt(2 ** 31))
const MEMBERS = 4
const SLOW_CLIENTS = 200
/** How long others are timed while the slow ones drip. */
const TIMED_MS = 15_000

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** A member in front of a server that comes and goes. */
interface Member {
  token: string
  pieceId: string
}

/** A store, a database and members, left with no server running. */
async function prepare(postgresql: PostgresqlServer, kind: StoreKind) {
  const ground = await openGround(kind)
  const { dataDir } = ground
  const settings = {
    ...ground.settings,
    DATABASE_URL: await createDatabase(postgresql.url),
    LOG_LEVEL: 'info',
    SECRET_KEY: 'k'.repeat(43),
  }
  const token = await makePorteurToken(dataDir, settings)
  const server = await startServer(dataDir, settings)
  const porteur = remoteClient(server.base, token)
  const { grappeId, esmsIds } = await createTestGrappe(porteur, MEMBERS)
  const members: Member[] = []
  for (const esms of esmsIds) {
    const invited = await porteur.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, { grappe: grappeId }),
      { esms },
    )
    const memberToken = invited.body[0]?.address.split('/').at(-1) ?? ''
    const piece = (await piecesOf(server, memberToken)).find(({ code }) => code === 'etat-des-lieux')
    members.push({ token: memberToken, pieceId: piece?.pieceId ?? '' })
  }
  await stopServer(server, 'SIGTERM')
  return { ...ground, settings, members }
}

async function piecesOf(server: ServerProcess, token: string): Promise<PieceBody[]> {
  const answer = await remoteClient(server.base, token).call<{ pieces: PieceBody[] }>(
    'GET',
    API_PATHS.memberPieces,
  )
  return answer.body.pieces
}

const uploadsOf = (server: ServerProcess, { token, pieceId }: Member) =>
  server.base + urlTo('memberUploads', { token, piece: pieceId })
const versionIn = (location: string | null | undefined) => location?.split('/').at(-1) ?? ''

/** The plain form, as a browser without scripts sends it. */
async function sendForm(server: ServerProcess, { token, pieceId }: Member, bytes: Buffer): Promise<string> {
  const answer = await fetch(server.base + urlTo('memberPiece', { token, piece: pieceId }), {
    method: 'POST',
    body: form([{ name: 'panne.pdf', bytes }]),
    redirect: 'manual',
  })
  if (answer.status !== 303) throw new Error(`The form was answered ${answer.status}`)
  return versionIn(answer.headers.get('location'))
}

let postgresql: PostgresqlServer
beforeAll(async () => {
  postgresql = await startPostgresql()
})
afterAll(() => postgresql.stop())

describe.each(STORES)('kill -9 while files come in by both ways, kept in a %s', kind => {
  it(`loses nothing that was acknowledged, in ${KILLS} kills`, async () => {
    const ground = await prepare(postgresql, kind)
    const { dataDir, settings, members } = ground
    const random = seeded(SEED)
    const start = await pdf('panne')
    const someFile = () => {
      const bytes = Buffer.alloc(1 + Math.floor(random() ** 2 * 1_500_000))
      for (let at = 0; at + 4 <= bytes.length; at += 4096) bytes.writeUInt32LE((random() * 2 ** 32) >>> 0, at)
      return inflated(start, bytes)
    }
    /** version id → sha256, for every deposit that was acknowledged. */
    const acknowledged = new Map<string, string>()
    const count = { forms: 0, formsTold: 0, uploads: 0, uploadsTold: 0, takenUp: 0, toldAgain: 0 }
    /** Uploads under way, which their senders take up again after each kill. */
    interface UnderWay {
      bytes: Buffer
      url: string | null
      isSent: boolean
    }
    const underWay = new Map<Member, UnderWay>()
    const depositedIds: string[] = []

    async function depositByForm(server: ServerProcess, member: Member): Promise<void> {
      const bytes = someFile()
      count.forms++
      acknowledged.set(await sendForm(server, member, bytes), sha256(bytes))
      count.formsTold++
    }

    /** The upload that the server holds for this member, who sends one at a time. */
    async function begunBy(member: Member): Promise<string | null> {
      const begun = (await (await fetch(uploadsOf(server, member))).json()) as Array<{ address: string }>
      return begun[0] === undefined ? null : server.base + begun[0].address
    }

    async function depositByUpload(server: ServerProcess, member: Member): Promise<void> {
      let file = underWay.get(member)
      if (file === undefined) {
        file = { bytes: someFile(), url: null, isSent: false }
        underWay.set(member, file)
        count.uploads++
      }
      const { bytes } = file
      const uploads = uploadsOf(server, member)
      const current = file
      // Begun, perhaps, though the answer was lost: the server is asked, as the page does.
      current.url ??= await begunBy(member)
      const { url } = current
      if (!current.isSent) {
        const uploadUrl = url === null ? null : server.base + new URL(url).pathname
        let isFirst = uploadUrl !== null
        const sent = await sendByTus(
          uploads,
          { name: 'panne.pdf', bytes },
          {
            uploadUrl,
            chunkSize: 150_000,
            onProgress(done) {
              if (isFirst && done > 0) count.takenUp++
              isFirst = false
            },
            onUploadUrlAvailable: null,
            onAfterResponse(request, response) {
              const location = response.getHeader('location')
              if (location) current.url = new URL(location, request.getURL()).href
            },
          },
        )
        current.url = sent.url
        current.isSent = true
      }
      const id = current.url?.split('/').at(-1) ?? ''
      const { status, body } = await depositSent(uploads, [{ id }])
      if (status !== 201) throw new Error(`The deposit was answered ${status} ${JSON.stringify(body)}`)
      if (body.alreadyReceived) count.toldAgain++
      acknowledged.set(versionIn(body.location), sha256(bytes))
      depositedIds.push(id)
      underWay.delete(member)
      count.uploadsTold++
    }

    const database = new pg.Client({ connectionString: settings.DATABASE_URL })
    await database.connect()
    /** Under way, and with how many bytes, whatever the server says of them. */
    async function uploadsLeft(): Promise<Array<{ id: string; received: number }>> {
      if (kind === 'bucket') {
        const { rows } = await database.query<{ id: string; received: number }>(
          'select id, received::int from envois.uploads where gone_at is null',
        )
        return rows
      }
      const names = await readdir(join(dataDir, 'envois'))
      return await Promise.all(
        names.map(async name => ({
          id: name.split('.')[0] ?? '',
          received: (await stat(join(dataDir, 'envois', name))).size,
        })),
      )
    }

    const faults: string[] = []
    let server = await startServer(dataDir, settings)
    for (let kill = 0; kill < KILLS; kill++) {
      let alive = true
      const senders = members.map(async (member, order) => {
        while (alive) {
          try {
            await (order < MEMBERS / 2 ? depositByForm(server, member) : depositByUpload(server, member))
          } catch (error) {
            // Killed under it: nothing was promised. Any answer that refuses is a fault of the server.
            if (alive && /answered \d/.test(String(error))) faults.push(String(error))
            if (alive) await pause(5)
          }
        }
      })
      // One kill in two waits for a deposit to be acknowledged, the other for an upload to be midway: whatever
      // the machine, something is proved.
      const before = acknowledged.size
      const isMidway = () => [...underWay.values()].some(({ url, isSent }) => url !== null && !isSent)
      const isTime = kill % 2 === 0 ? () => acknowledged.size > before : isMidway
      for (let tries = 0; !isTime() && tries < 1000; tries++) await pause(10)
      await pause(kill % 2 === 0 ? 40 + random() * 500 : random() * 40)
      await stopServer(server, 'SIGKILL')
      alive = false
      await Promise.all(senders)
      server = await startServer(dataDir, settings)
      const arrivals = await readdir(join(dataDir, 'arrivees'))
      expect(arrivals.length, `after kill ${kill + 1}, seed ${SEED}`).toBeLessThanOrEqual(
        (kill + 1) * MEMBERS,
      )
      const left = new Set((await uploadsLeft()).map(({ id }) => id))
      expect(depositedIds.filter(id => left.has(id))).toEqual([])
    }

    // What was sent and whose answer was lost is asked for again, as the page does.
    for (const member of [...underWay.keys()]) await depositByUpload(server, member)
    // One killed as it began is no upload yet: its empty files stay, for the sweep, and nobody is shown them.
    const leftUploads = (await uploadsLeft()).filter(({ received }) => received > 0)
    for (const member of members) expect(await begunBy(member)).toBeNull()

    const visible = new Map<string, { sha256: string; file: string; token: string }>()
    for (const { token, pieceId } of members) {
      const piece = (await piecesOf(server, token)).find(each => each.pieceId === pieceId)
      const versions = piece?.versions ?? []
      expect(versions.map(({ number }) => number)).toEqual(versions.map((_, index) => index + 1))
      for (const { id, files } of versions) {
        visible.set(id, { sha256: files[0]?.sha256 ?? '', file: files[0]?.id ?? '', token })
      }
    }
    const lost = [...acknowledged].filter(([version, hash]) => visible.get(version)?.sha256 !== hash)
    let halfVisible = 0
    for (const { sha256: hash, file, token } of visible.values()) {
      const answer = await fetch(server.base + urlTo('memberFile', { token, file }))
      if (sha256(Buffer.from(await answer.arrayBuffer())) !== hash) halfVisible++
    }
    const blobs = await ground.blobs()
    const named = new Set([...visible.values()].map(each => each.sha256))
    const orphans = blobs.filter(blob => !named.has(blob))
    const absent = [...named].filter(hash => !blobs.includes(hash))
    await stopServer(server, 'SIGTERM')
    await database.end()
    await ground.close()

    process.stdout.write(
      `${kind}, seed ${SEED}: ${KILLS} kills; form: ${count.forms} begun, ${count.formsTold} acknowledged; ` +
        `uploads: ${count.uploads} begun, ${count.uploadsTold} acknowledged, ${count.takenUp} taken up again midway, ` +
        `${count.toldAgain} confirmed after a lost answer; ${visible.size} versions visible, ` +
        `${lost.length} lost, ${halfVisible} half-visible, ${orphans.length} orphans left for the sweep\n`,
    )
    expect({ lost, halfVisible, absent }).toEqual({ lost: [], halfVisible: 0, absent: [] })
    // One deposit at a time and a member: a kill leaves at most that many blobs without a row.
    expect(orphans.length).toBeLessThanOrEqual(KILLS * MEMBERS)
    expect({ faults, leftUploads }).toEqual({ faults: [], leftUploads: [] })
    expect(count.formsTold).toBeGreaterThan(KILLS / 10)
    expect(count.uploadsTold).toBeGreaterThan(KILLS / 10)
    expect(count.takenUp).toBeGreaterThan(0)
  }, 1_500_000)
})

const onSmallDisk = canMount
  ? it
  : (name: string, _run: () => Promise<void>) =>
      it.skip(`${name} (not run: mounting a tmpfs takes root)`, () => {})

describe('a disk that fills up while a file comes in', () => {
  onSmallDisk(
    'refuses it by both ways, keeps what was there, and takes it once there is room again',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-disque-'))
      mountDisk(folder, 'size=32m')
      try {
        const scene = await openScene({ DATA_DIR: join(folder, 'donnees'), DISK_KEPT_FREE_MB: '0' })
        try {
          const base = await scene.test.app.listen({ host: '127.0.0.1', port: 0 })
          const { token, pieceId, url } = await scene.at(0)
          const uploads = base + urlTo('memberUploads', { token, piece: pieceId })
          const bytes = inflated(await pdf('Gros'), Buffer.alloc(8_000_000, 7))
          await depositSent(uploads, [
            await sendByTus(uploads, { name: 'avant.pdf', bytes: await pdf('Avant') }),
          ])
          const before = await scene.onDisk()
          let filler = ''
          const refused = await refusalOf(
            sendByTus(
              uploads,
              { name: 'gros.pdf', bytes },
              {
                chunkSize: 1_000_000,
                uploadDataDuringCreation: false,
                onBeforeRequest: async request => {
                  if (request.getHeader('Upload-Offset') === '2000000') filler = await fillDisk(folder)
                },
              },
            ),
          )
          expect(refused.status).toBe(507)
          expect(refused.detail).toContain('Le serveur n’a plus de place pour ce fichier')
          await expect.poll(() => scene.onDisk()).toEqual(before)
          await rm(filler)

          const { head, tail } = multipart('gros.pdf')
          const slow = new ReadableStream({
            async start(body) {
              body.enqueue(Buffer.concat([head, bytes.subarray(0, 2_000_000)]))
              await pause(300)
              filler = await fillDisk(folder)
              body.enqueue(bytes.subarray(2_000_000))
              body.enqueue(tail)
              body.close()
            },
          })
          const answer = await fetch(base + url, {
            method: 'POST',
            headers: { 'content-type': 'multipart/form-data; boundary=coupure' },
            body: slow,
            duplex: 'half',
            redirect: 'manual',
          } as RequestInit)
          expect(answer.status).toBe(507)
          expect(await scene.onDisk()).toEqual(before)
          expect(await scene.versionsOf(0)).toEqual([['avant.pdf']])
          await rm(filler)

          const sent = await sendByTus(uploads, { name: 'gros.pdf', bytes })
          expect((await depositSent(uploads, [sent])).status).toBe(201)
          const other = form([{ name: 'après.pdf', bytes: await pdf('Après') }])
          expect((await scene.browser.upload(url, other)).status).toBe(303)
        } finally {
          await scene.test.close()
        }
      } finally {
        unmountDisk(folder)
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})

function multipart(name: string): { head: Buffer; tail: Buffer } {
  const head = `--coupure\r\nContent-Disposition: form-data; name="fichiers"; filename="${name}"\r\nContent-Type: application/pdf\r\n\r\n`
  return { head: Buffer.from(head), tail: Buffer.from('\r\n--coupure--\r\n') }
}

describe(`${SLOW_CLIENTS} clients at 1 kB/s`, () => {
  it('do not stop the others, who read and deposit meanwhile', async () => {
    const ground = await prepare(postgresql, 'folder')
    const { dataDir, settings, members } = ground
    const server = await startServer(dataDir, settings)
    const port = Number(new URL(server.base).port)
    const slow: Socket[] = []
    const drip = setInterval(() => {
      for (const socket of slow) if (!socket.destroyed) socket.write(Buffer.alloc(1000, 7))
    }, 1000)
    try {
      const alone = await timeOthers(server, members)
      for (let order = 0; order < SLOW_CLIENTS; order++) {
        const member = members[order % members.length] ?? { token: '', pieceId: '' }
        const request = order < SLOW_CLIENTS / 2 ? slowForm(member) : await slowUpload(server, member)
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => {})
        await once(socket, 'connect')
        socket.write(request)
        slow.push(socket)
      }
      await pause(2000)
      const among = await timeOthers(server, members)
      const stillThere = slow.filter(socket => !socket.destroyed).length
      const ms = ({ p50, p95, count }: Timing) =>
        `p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms of ${count} requests`
      process.stdout.write(`Alone: ${ms(alone)}. Among ${stillThere} slow clients: ${ms(among)}.\n`)
      expect(stillThere).toBe(SLOW_CLIENTS)
      expect(among.count).toBeGreaterThan(20)
      expect(among.p95).toBeLessThan(Math.max(2000, 10 * alone.p95))
    } finally {
      clearInterval(drip)
      for (const socket of slow) socket.destroy()
      await stopServer(server, 'SIGKILL')
      await ground.close()
    }
  })

  const slowForm = ({ token, pieceId }: Member) =>
    Buffer.concat([
      Buffer.from(
        `POST ${urlTo('memberPiece', { token, piece: pieceId })} HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=coupure\r\nContent-Length: 10000000\r\n\r\n`,
      ),
      multipart('lent.pdf').head,
    ])

  async function slowUpload(server: ServerProcess, member: Member): Promise<Buffer> {
    const begun = await fetch(uploadsOf(server, member), {
      method: 'POST',
      headers: { 'tus-resumable': '1.0.0', 'upload-length': '10000000' },
    })
    expect(begun.status).toBe(201)
    return Buffer.from(
      `PATCH ${begun.headers.get('location')} HTTP/1.1\r\nHost: h\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 10000000\r\n\r\n`,
    )
  }
})

interface Timing {
  p50: number
  p95: number
  count: number
}

/** Reads a page, deposits by the form, and by an upload, one after the other; every one must be served. */
async function timeOthers(server: ServerProcess, members: readonly Member[]): Promise<Timing> {
  const times: number[] = []
  const timed = async (act: () => Promise<unknown>) => {
    const startedAt = performance.now()
    await act()
    times.push(performance.now() - startedAt)
  }
  const until = Date.now() + TIMED_MS
  for (let order = 0; Date.now() < until; order++) {
    const member = members[order % members.length] ?? { token: '', pieceId: '' }
    const bytes = await pdf(`${order} ${until}`)
    await timed(async () => {
      const page = await fetch(server.base + urlTo('memberHome', { token: member.token }))
      expect(page.status).toBe(200)
      await page.text()
    })
    await timed(() => sendForm(server, member, bytes))
    await timed(async () => {
      const uploads = uploadsOf(server, member)
      const sent = await sendByTus(uploads, { name: 'vite.pdf', bytes: Buffer.concat([bytes, bytes]) })
      expect((await depositSent(uploads, [sent])).status).toBe(201)
    })
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN
  return { p50: at(0.5), p95: at(0.95), count: times.length }
}
