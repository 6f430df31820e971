import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { Agent, get, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer, pieceAnswer, receivedAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, PATHS } from '../../schema/urls.ts'
import { form, inflated, pdf } from '../support/files.ts'
import { makePorteurToken, type ServerProcess, startServer, stopServer } from './server-process.ts'
import { blobsIn } from './stores.ts'

type Board = z.infer<typeof boardAnswer>
type PieceBody = z.infer<typeof pieceAnswer>
type Receipt = z.infer<typeof receivedAnswer>

const KILLS = 10
const UPLOADERS = 4

let dataDir: string
let token: string
let grappe: string

const headers = () => ({ authorization: `Bearer ${token}` })

async function json<Body>(server: ServerProcess, path: string, init: RequestInit = {}): Promise<Body> {
  const response = await fetch(server.base + path, { ...init, headers: { ...headers(), ...init.headers } })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Body
}

const post = (body: object): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-pannes-'))
  token = await makePorteurToken(dataDir)
  const server = await startServer(dataDir)
  const created = await json<{ id: string }>(
    server,
    API_PATHS.grappes,
    post({ name: 'Pannes', call: 'demonstration', example: 'happy' }),
  )
  grappe = created.id
  await stopServer(server, 'SIGTERM')
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

/** The bytes of a PDF, different at each call and up to 2 MB long. */
async function someFile(): Promise<Buffer> {
  return inflated(await pdf('panne'), randomBytes(1 + Math.floor(Math.random() * 2_000_000)))
}

describe('kill -9 while deposits come in', () => {
  it(`loses nothing that was acknowledged, in ${KILLS} kills`, async () => {
    /** version id → sha256, for every deposit answered 201. */
    const acknowledged = new Map<string, string>()
    let attempts = 0

    for (let kill = 0; kill < KILLS; kill++) {
      const server = await startServer(dataDir)
      expect((await readdir(join(dataDir, 'arrivees'))).length).toBeLessThanOrEqual(kill * UPLOADERS)
      const board = await json<Board>(server, fill(API_PATHS.board, { grappe }))
      const pieces = board.pieces.filter(({ scope }) => scope === 'esms').map(({ pieceId }) => pieceId ?? '')
      let alive = true
      const uploaders = Array.from({ length: UPLOADERS }, async (_, uploader) => {
        while (alive) {
          const piece = pieces[(attempts + uploader) % pieces.length] ?? ''
          attempts++
          const bytes = await someFile()
          try {
            const receipt = await json<Receipt>(server, fill(API_PATHS.versions, { grappe, piece }), {
              method: 'POST',
              body: form([{ name: 'panne.pdf', bytes }]),
            })
            acknowledged.set(receipt.version.id, createHash('sha256').update(bytes).digest('hex'))
          } catch {
            // Killed under it: nothing was promised.
          }
        }
      })
      // Every other kill waits for a deposit to be acknowledged: a slow machine must not prove nothing.
      const before = acknowledged.size
      for (let tries = 0; kill % 2 === 0 && acknowledged.size === before && tries < 300; tries++)
        await pause(50)
      await pause(150 + Math.random() * 900)
      await stopServer(server, 'SIGKILL')
      alive = false
      await Promise.all(uploaders)
    }

    const server = await startServer(dataDir)
    const board = await json<Board>(server, fill(API_PATHS.board, { grappe }))
    const found = new Map<string, { sha256: string; file: string }>()
    for (const { pieceId, scope } of board.pieces) {
      if (scope !== 'esms' || pieceId === null) continue
      const piece = await json<PieceBody>(server, fill(API_PATHS.piece, { grappe, piece: pieceId }))
      expect(piece.versions.map(({ number }) => number)).toEqual(piece.versions.map((_, index) => index + 1))
      for (const { id, files } of piece.versions) {
        found.set(id, { sha256: files[0]?.sha256 ?? '', file: files[0]?.id ?? '' })
      }
    }
    const lost = [...acknowledged].filter(([version, sha256]) => found.get(version)?.sha256 !== sha256)
    expect(lost).toEqual([])

    // Every version that is visible is whole, acknowledged or not; a blob more is what a killed deposit left.
    for (const { sha256, file } of found.values()) {
      const response = await fetch(server.base + fill(API_PATHS.file, { grappe, file }), {
        headers: headers(),
      })
      const bytes = Buffer.from(await response.arrayBuffer())
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
    }
    const blobs = await blobsIn(dataDir)
    const named = new Set([...found.values()].map(({ sha256 }) => sha256))
    expect([...named].filter(sha256 => !blobs.includes(sha256))).toEqual([])
    expect(blobs.length - named.size).toBeLessThanOrEqual(KILLS * UPLOADERS)
    await stopServer(server, 'SIGTERM')

    process.stdout.write(
      `${KILLS} kills, ${attempts} deposits begun, ${acknowledged.size} acknowledged, ${lost.length} lost\n`,
    )
    expect(acknowledged.size).toBeGreaterThanOrEqual(KILLS / 2)
  })
})

describe('SIGTERM while a deposit comes in', () => {
  it('answers the deposit, then stops and frees the folder', async () => {
    const server = await startServer(dataDir)
    const board = await json<Board>(server, fill(API_PATHS.board, { grappe }))
    const piece = board.pieces.find(({ scope }) => scope === 'esms')?.pieceId ?? ''
    const { boundary, body } = rawForm(await someFile())
    const upload = request(server.base + fill(API_PATHS.versions, { grappe, piece }), {
      method: 'POST',
      headers: {
        ...headers(),
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'content-length': body.length,
      },
    })
    const answered = new Promise<number | undefined>((resolve, reject) => {
      upload.on('response', response => resolve(response.statusCode)).on('error', reject)
    })
    upload.write(body.subarray(0, body.length >> 1))
    await pause(500)
    const stopped = stopServer(server, 'SIGTERM')
    await pause(500)
    upload.end(body.subarray(body.length >> 1))
    expect(await answered).toBe(201)
    expect(await stopped).toBe(0)
    expect(existsSync(join(dataDir, 'verrou.sock'))).toBe(false)
  })
})

describe('SIGTERM while people read on connections that they keep', () => {
  it('says first that it is not ready, answers each of them, and resets nobody', async () => {
    const server = await startServer(dataDir, { STOP_DELAY_S: '3' })
    const agent = new Agent({ keepAlive: true })
    const ask = (path: string) =>
      new Promise<{ status: number | undefined; isLast: boolean }>((resolve, reject) => {
        get(server.base + path, { agent, headers: headers() }, answer => {
          const isLast = answer.headers.connection === 'close'
          answer.resume().on('end', () => resolve({ status: answer.statusCode, isLast }))
        }).on('error', reject)
      })
    const answers = { before: 0, last: 0, others: [] as unknown[] }
    const readers = Array.from({ length: 4 }, async () => {
      for (;;) {
        try {
          const { status, isLast } = await ask(fill(API_PATHS.board, { grappe }))
          if (status !== 200) answers.others.push(status)
          // It was told to go elsewhere, as a proxy would.
          if (isLast) return answers.last++
          answers.before++
        } catch (error) {
          return answers.others.push(error)
        }
      }
    })
    while (answers.before < 20) await pause(20)
    expect((await ask(PATHS.health)).status).toBe(200)
    const stopped = stopServer(server, 'SIGTERM')
    await pause(300)
    expect([(await ask(PATHS.health)).status, (await ask(PATHS.healthLive)).status]).toEqual([503, 200])
    await Promise.all(readers)
    expect(await stopped).toBe(0)
    expect(answers).toMatchObject({ last: 4, others: [] })
    agent.destroy()
  })
})

function rawForm(bytes: Buffer): { boundary: string; body: Buffer } {
  const boundary = 'coupure'
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="fichiers"; filename="lent.pdf"\r\nContent-Type: application/pdf\r\n\r\n`
  return { boundary, body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]) }
}
