/** A deployment, or a kill -9, in the middle of a seal or of a reading copy: both go on after the restart, once, on each store. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer, sealAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { form, pdfOf } from '../support/files.ts'
import {
  makePorteurToken,
  remoteClient,
  type ServerProcess,
  startServer,
  stopServer,
} from './server-process.ts'
import { type Ground, openGround, type StoreKind } from './stores.ts'

type Board = z.infer<typeof boardAnswer>
type Seal = z.infer<typeof sealAnswer>

const PIECES = 12
/** A bucket takes longer to read. */
const PIECE_BYTES = { folder: 15_000_000, bucket: 6_000_000 }
/** A slow machine seals slowly, a fast one may be done before it is stopped: then another version is sealed. */
const MOST_TRIES = 8

let ground: Ground
let token: string
let grappe: string
let number = 0

const start = () => startServer(ground.dataDir, ground.settings)
const drawings = () => join(ground.dataDir, 'lectures')

const headers = () => ({ authorization: `Bearer ${token}` })
const api = (server: ServerProcess) => remoteClient(server.base, token)
const seal = async (server: ServerProcess) =>
  (await api(server).call<Seal>('GET', fill(API_PATHS.seal, { grappe, number: String(number) }))).body
const zipOf = (server: ServerProcess) =>
  fetch(server.base + fill(API_PATHS.sealZip, { grappe, number: String(number) }), { headers: headers() })
/** Whether a reading copy is being drawn: its file grows there until it goes to the store. */
const isDrawing = async () => (await readdir(drawings())).some(name => name.endsWith('.pdf'))

async function eventsOf(server: ServerProcess, pattern: RegExp): Promise<string[]> {
  const url = fill(API_PATHS.journal, { grappe })
  const { body } = await api(server).call<{ event: string }[]>('GET', url)
  return body.map(({ event }) => event).filter(event => pattern.test(event))
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Not within two minutes: ${what}`)
    await pause(100)
  }
}

async function sealAnew(server: ServerProcess): Promise<void> {
  const asked = await api(server).call<Seal>('POST', fill(API_PATHS.seals, { grappe }), { incomplet: true })
  expect(asked.status).toBe(202)
  number = asked.body.version
}

async function prepare(kind: StoreKind): Promise<void> {
  ground = await openGround(kind)
  token = await makePorteurToken(ground.dataDir, ground.settings)
  const server = await start()
  const created = await api(server).call<{ id: string }>('POST', API_PATHS.grappes, {
    name: 'Reprise',
    call: 'demonstration',
    example: 'happy',
  })
  grappe = created.body.id
  const board = await api(server).call<Board>('GET', fill(API_PATHS.board, { grappe }))
  const pieces = board.body.pieces.filter(({ scope }) => scope === 'esms').slice(0, PIECES)
  for (const [rank, { pieceId }] of pieces.entries()) {
    const sent = await fetch(server.base + fill(API_PATHS.versions, { grappe, piece: pieceId ?? '' }), {
      method: 'POST',
      headers: headers(),
      body: form([{ name: 'longue.pdf', bytes: await pdfOf(PIECE_BYTES[kind] + rank) }]),
    })
    expect(sent.status).toBe(201)
  }
  await stopServer(server, 'SIGTERM')
}

describe.each([
  { kind: 'folder', signals: ['SIGTERM', 'SIGKILL'] },
  { kind: 'bucket', signals: ['SIGKILL'] },
] as const)('files in a $kind', ({ kind, signals }) => {
  beforeAll(() => prepare(kind))
  afterAll(() => ground.close())

  describe.each(signals)('%s', signal => {
    it('in the middle of a seal: it is checked again after the restart, and offered once', async () => {
      let server = await start()
      let stoppedAt: Seal | null = null
      for (let tries = 0; stoppedAt === null && tries < MOST_TRIES; tries++) {
        await sealAnew(server)
        for (;;) {
          const now = await seal(server)
          if (now.state !== 'verification') break
          // With a stop to wait for, one that has only begun is stopped in its middle too.
          if (now.checkedBytes === 0) continue
          stoppedAt = now
          break
        }
      }
      await stopServer(server, signal)
      expect(stoppedAt?.checkedBytes).toBeLessThan(stoppedAt?.totalBytes ?? 0)
      server = await start()
      await until('the seal is offered', async () => (await seal(server)).state === 'scelle')
      const zip = Buffer.from(await (await zipOf(server)).arrayBuffer())
      expect(createHash('sha256').update(zip).digest('hex')).toBe((await seal(server)).zipSha256)
      expect(await eventsOf(server, new RegExp(`ersion ${number} .*scellée`))).toHaveLength(1)
      await stopServer(server, 'SIGTERM')
    })

    it('in the middle of a reading copy: it is drawn after the restart, once', async () => {
      let server = await start()
      // Those of before, which a kill left there.
      await rm(drawings(), { recursive: true, force: true })
      await mkdir(drawings())
      await sealAnew(server)
      await until('a reading copy is being drawn', isDrawing)
      await stopServer(server, signal)
      server = await start()
      const drawn = () => eventsOf(server, new RegExp(`^PDF de lecture de la version ${number} .*prêt`))
      await until('the reading copy is made', async () => (await drawn()).length > 0)
      await pause(3000)
      expect(await drawn()).toHaveLength(1)
      expect(await eventsOf(server, /PDF de lecture non fait|n’a pas pu/)).toEqual([])
      await stopServer(server, 'SIGTERM')
    })
  })
})
