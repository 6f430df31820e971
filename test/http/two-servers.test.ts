/** Two servers on one database and one bucket, each with its own folder: what one took, the other goes on with. */
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { eq, gt, sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { chunks, requestCounts, uploads } from '../../schema/tables.ts'
import { API_PATHS, urlTo } from '../../schema/urls.ts'
import type { OpenDatabase } from '../../server/adapters/database.ts'
import { looseLane } from '../../server/steps/collection/loose-files.ts'
import { sweepExpired } from '../../server/steps/erasure/sweep-expired.ts'
import { START, startApp, type TestApp } from '../support/app.ts'
import { openTestDatabase } from '../support/database.ts'
import { form, pdf, pdfOf } from '../support/files.ts'
import { signInPorteur } from '../support/page-client.ts'
import { refusing, type S3Server, startS3 } from '../support/s3-server.ts'
import { openScene, type Scene } from '../support/scene.ts'
import { depositSent, sendByTus } from '../support/tus.ts'

const KEY = 'une clé que les deux serveurs ont, et eux seuls'
const TUS = { 'tus-resumable': '1.0.0' }
const PATCH = { ...TUS, 'content-type': 'application/offset+octet-stream' }
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

let s3: S3Server
let database: OpenDatabase
let scene: Scene
let other: TestApp
let first: string
let second: string
beforeAll(async () => {
  s3 = await startS3()
  database = await openTestDatabase()
  const settings = { STORAGE_URL: s3.url, SECRET_KEY: KEY }
  scene = await openScene(settings, database)
  other = await startApp(settings, database)
  first = await scene.test.app.listen({ host: '127.0.0.1', port: 0 })
  second = await other.app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => s3.setTrouble(null))
afterAll(async () => {
  await scene.test.close()
  await other.close()
  await database.close()
  await s3.close()
})

const db = () => scene.test.context.db
const rows = () => db().select().from(uploads)
/** Files on their way, on both machines. */
const underWay = async () =>
  (
    await Promise.all([scene.test, other].map(({ config }) => readdir(join(config.dataDir, 'arrivees'))))
  ).flat()

/** Where the member at this place sends files for its piece, by path. */
async function at(member: number) {
  const { token, pieceId } = await scene.at(member)
  return urlTo('memberUploads', { token, piece: pieceId })
}

async function begin(server: string, path: string, size: number): Promise<string> {
  const begun = await fetch(server + path, {
    method: 'POST',
    headers: { ...TUS, 'upload-length': String(size), 'upload-metadata': `filename ${btoa('suivi.pdf')}` },
  })
  expect(begun.status).toBe(201)
  return begun.headers.get('location') ?? ''
}

const send = (server: string, upload: string, offset: number, bytes: Buffer) =>
  fetch(server + upload, {
    method: 'PATCH',
    headers: { ...PATCH, 'upload-offset': String(offset) },
    body: new Uint8Array(bytes),
  })

const idOf = (upload: string) => upload.split('/').at(-1) ?? ''
const deposit = (server: string, path: string, upload: string) =>
  depositSent(server + path, [{ id: idOf(upload) }])

describe('an upload', () => {
  it('begun on one server goes on on the other, is deposited by either, and leaves nothing behind', async () => {
    const bytes = await pdfOf(450_000)
    const path = await at(0)
    const upload = await begin(first, path, bytes.length)
    expect((await send(first, upload, 0, bytes.subarray(0, 150_000))).status).toBe(204)
    const listed = (await (await fetch(second + path)).json()) as Array<{ received: number; name: string }>
    expect(listed).toMatchObject([{ received: 150_000, name: 'suivi.pdf' }])
    const rest = await sendByTus(second + path, { name: 'suivi.pdf', bytes }, { uploadUrl: second + upload })
    const made = await deposit(first, path, rest.url)
    expect([made.status, made.body.files]).toEqual([
      201,
      [{ name: 'suivi.pdf', sha256: sha256(bytes), size: 450_000 }],
    ])
    expect([await rows(), await underWay()]).toEqual([[], []])
    expect(await scene.test.context.blobs.list()).toEqual([sha256(bytes)])
  })

  it('whose line dies keeps what came, for the server that it reaches next', async () => {
    const path = await at(0)
    const bytes = await pdfOf(600_000)
    const upload = await begin(first, path, bytes.length)
    const socket = connect(Number(new URL(first).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      `PATCH ${upload} HTTP/1.1\r\nHost: h\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n` +
        `Content-Type: application/offset+octet-stream\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    )
    socket.write(bytes.subarray(0, 250_000))
    await pause(300)
    socket.destroy()
    await expect.poll(async () => (await rows())[0]?.received, { timeout: 10_000 }).toBe(250_000)
    expect((await send(second, upload, 250_000, bytes.subarray(250_000))).status).toBe(204)
    expect((await deposit(second, path, upload)).body.files?.[0]?.sha256).toBe(sha256(bytes))
  })

  it('sent to both servers at once holds each byte once', async () => {
    const path = await at(1)
    const bytes = await pdfOf(300_000)
    const upload = await begin(first, path, bytes.length)
    const statuses = await Promise.all(
      [first, second].map(async server => (await send(server, upload, 0, bytes)).status),
    )
    expect(statuses.toSorted()).toEqual([204, 409])
    const parts = await db()
      .select()
      .from(chunks)
      .where(eq(chunks.uploadId, idOf(upload)))
    expect(parts.map(({ start, bytes: size }) => [start, size])).toEqual([[0, 300_000]])
    const both = await Promise.all([first, second].map(server => deposit(server, path, upload)))
    expect(both.map(({ status }) => status)).toEqual([201, 201])
    expect(await scene.versionsOf(1)).toEqual([['suivi.pdf']])
    expect(await rows()).toEqual([])
  })

  it('that a server died with is taken over once its time is up, and not before', async () => {
    const path = await at(2)
    const bytes = await pdf('tenu')
    const upload = await begin(first, path, bytes.length)
    await send(first, upload, 0, bytes)
    const held = (seconds: number) =>
      db()
        .update(uploads)
        .set({ heldBy: randomUUID(), heldUntil: sql`now() + make_interval(secs => ${seconds})` })
    await held(3600)
    expect((await fetch(second + upload, { method: 'DELETE', headers: TUS })).status).toBe(423)
    const asked = deposit(second, path, upload)
    await pause(600)
    expect(await scene.versionsOf(2)).toEqual([])
    await held(-1)
    expect((await asked).status).toBe(201)
  })

  it('is refused while the bucket is away, and goes on where it was afterwards', async () => {
    const path = await at(2)
    const bytes = await pdf('panne')
    const upload = await begin(first, path, bytes.length)
    s3.setTrouble(refusing(403))
    expect((await send(first, upload, 0, bytes)).status).toBe(503)
    expect((await rows())[0]?.received).toBe(0)
    s3.setTrouble(null)
    expect((await send(second, upload, 0, bytes)).status).toBe(204)
    s3.setTrouble(refusing(403))
    expect((await deposit(first, path, upload)).status).toBe(503)
    s3.setTrouble(null)
    expect((await deposit(first, path, upload)).status).toBe(201)
    expect(await underWay()).toEqual([])
  })

  it('of which a byte changed in the bucket becomes no version', async () => {
    const path = await at(3)
    const bytes = await pdf('altéré')
    const upload = await begin(first, path, bytes.length)
    await send(first, upload, 0, bytes)
    await db()
      .update(chunks)
      .set({ sha256: sha256(Buffer.from('autre')) })
    expect((await deposit(second, path, upload)).status).toBe(500)
    expect(await scene.versionsOf(3)).toEqual([])
    expect(await underWay()).toEqual([])
    expect((await fetch(second + upload, { method: 'DELETE', headers: TUS })).status).toBe(204)
    expect(await rows()).toEqual([])
  })

  it('deposited or given up while the bucket was away goes at the next round, and one of today stays', async () => {
    const path = await at(3)
    const bytes = await pdf('ménage')
    const upload = await begin(first, path, bytes.length)
    await send(first, upload, 0, bytes)
    s3.setTrouble((asked, answer) => asked.method === 'DELETE' && refusing(403)(asked, answer))
    expect((await deposit(first, path, upload)).status).toBe(201)
    expect(((await (await fetch(first + path)).json()) as unknown[]).length).toBe(0)
    expect((await rows()).map(({ goneAt }) => goneAt === null)).toEqual([false])
    s3.setTrouble(null)
    const old = await begin(first, path, 10)
    const young = await begin(first, path, 10)
    await db()
      .update(uploads)
      .set({ touchedAt: new Date(Date.parse(START) - 25 * 3_600_000) })
      .where(eq(uploads.id, idOf(old)))
    await other.context.uploads.purge()
    expect((await rows()).map(({ id }) => id)).toEqual([idOf(young)])
    await scene.test.context.uploads.erase(new Set([path.split('/').at(-2) ?? '']))
    expect(await rows()).toEqual([])
  })
})

describe('what keeps somebody’s mailbox', () => {
  it('counts on both servers together, and after a restart, whichever network asks', async () => {
    const ask = async (server: TestApp, email: string) =>
      (await server.app.inject({ method: 'POST', url: API_PATHS.signIn, payload: { email } })).statusCode
    const servers = [0, 1].map(() =>
      startApp({ STORAGE_URL: s3.url, SECRET_KEY: KEY, SIGN_IN_LIMIT_PER_MAILBOX: '9' }, database),
    )
    const [here, there] = (await Promise.all(servers)) as [TestApp, TestApp]
    expect([await ask(here, 'a@exemple.fr'), await ask(there, 'a@exemple.fr')]).toEqual([202, 202])
    expect([await ask(here, 'a@exemple.fr'), await ask(there, 'a@exemple.fr')]).toEqual([202, 429])
    expect(await ask(there, 'b@exemple.fr')).toBe(202)
    await here.close()
    const [kept] = await db().select().from(requestCounts).where(gt(requestCounts.count, 3))
    expect(kept?.key).toMatch(/^[0-9a-f]{64}$/)
    there.setNow('2026-06-02T10:00:01.000Z')
    expect(await ask(there, 'a@exemple.fr')).toBe(202)
    await sweepExpired(there.context)
    await there.close()
    const left = await db().select().from(requestCounts)
    expect(left.every(({ endsAt }) => endsAt > new Date('2026-06-02T10:00:01.000Z'))).toBe(true)
  })
})

describe('files to file', () => {
  it('sent to one server are opened and filed by the other; one that a piece refused is there after its restart', async () => {
    const { grappeId } = scene.grappe
    const sender = await signInPorteur(scene.test)
    const address = urlTo('looseFiles', { grappe: grappeId })
    await sender.get(address)
    const sent = await sender.upload(
      address,
      form([
        { name: 'Budget.pdf', bytes: await pdf('budget') },
        { name: 'Budget annexe.pdf', bytes: Buffer.from('not a PDF') },
      ]),
    )
    expect(sent.status).toBe(303)
    const lane = looseLane({ grappeId })
    const waiting = await other.context.uploads.list(lane)
    expect(waiting.map(({ name }) => name).toSorted()).toEqual(['Budget annexe.pdf', 'Budget.pdf'])
    const filer = await signInPorteur(other)
    await filer.get(address)
    const { pieceId } = await scene.at(0)
    const filed = await filer.submit(
      urlTo('fileLooseFiles', { grappe: grappeId }),
      waiting.flatMap(({ id }): Array<[string, string]> => [['fichier', `${id}.${pieceId}`]]),
    )
    expect(filed.status).toBeLessThan(400)
    expect((await scene.versionsOf(0)).at(-1)).toEqual(['Budget.pdf'])
    await scene.test.context.uploads.purge()
    expect((await scene.test.context.uploads.list(lane)).map(({ name }) => name)).toEqual([
      'Budget annexe.pdf',
    ])
  })
})
