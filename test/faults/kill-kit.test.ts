/** kill -9 while an archive of loose files opens, and while answers given on screen are deposited. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer, formAnswer, looseFilesAnswer, pieceAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { zipOf } from '../support/envelopes.ts'
import { form, inflated, pdf } from '../support/files.ts'
import {
  makePorteurToken,
  remoteClient,
  type ServerProcess,
  startServer,
  stopServer,
} from './server-process.ts'

const KILLS = 2
/** In the archive, of so many bytes. */
const FILES = 80
const FILE_BYTES = 300_000

let dataDir: string
let token: string
let grappe: string

const at = () => ({ grappe })
const api = ({ base }: ServerProcess) => remoteClient(base, token)

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-pannes-kit-'))
  token = await makePorteurToken(dataDir)
  const server = await startServer(dataDir)
  const created = await api(server).call<{ id: string }>('POST', API_PATHS.grappes, {
    ...{ name: 'Pannes', call: 'demonstration', example: 'happy' },
  })
  grappe = created.body.id
  await stopServer(server, 'SIGTERM')
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

const onDisk = async () => (await readdir(join(dataDir, 'envois'), { recursive: true })).length

async function send({ base }: ServerProcess, name: string, bytes: Buffer): Promise<number> {
  const response = await fetch(base + fill(API_PATHS.looseFiles, at()), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form([{ name, bytes }]),
  })
  await response.arrayBuffer()
  return response.status
}

async function waiting(server: ServerProcess): Promise<string[]> {
  const listed = await api(server).call<z.infer<typeof looseFilesAnswer>>(
    'GET',
    fill(API_PATHS.looseFiles, at()),
  )
  return listed.body.fichiers.map(({ name }) => name).toSorted()
}

describe('kill -9 while an archive of loose files opens', () => {
  it(`leaves each of its files once, or the archive to be opened again, in ${KILLS} kills`, async () => {
    const content = await Promise.all(
      Array.from({ length: FILES }, async (_, rank) => ({
        name: `dossier ${rank % 4}/scan ${rank}.pdf`,
        bytes: inflated(await pdf(`scan ${rank}`), Buffer.alloc(FILE_BYTES, rank)),
      })),
    )
    const archive = zipOf(content)
    const before = await onDisk()
    let server = await startServer(dataDir)
    const names = content.map(({ name }) => name.split('/').at(-1) ?? '').toSorted()
    const partial: number[] = []
    const sent = send(server, 'reçus.zip', archive).catch(() => null)
    for (let kill = 1; kill <= KILLS; kill++) {
      // Some are out: the archive is whole on the disk, and is being opened.
      for (let tries = 0; tries < 1_200 && (await onDisk()) < before + 2 + 6 * kill; tries++) await pause(10)
      await stopServer(server, 'SIGKILL')
      await sent
      server = await startServer(dataDir)
      const left = await waiting(server)
      partial.push(left.length)
      const isWhole = names.every(name => left.includes(name))
      expect(isWhole || left.includes('reçus.zip')).toBe(true)
      expect(new Set(left).size).toBe(left.length)
      // Whatever is sent next opens what still waits.
      if (kill < KILLS) send(server, `suite ${kill}.pdf`, await pdf(`suite ${kill}`)).catch(() => null)
    }
    expect(await send(server, 'fin.pdf', await pdf('fin'))).toBe(201)
    const left = (await waiting(server)).filter(name => !/^(suite \d|fin)\.pdf$/.test(name))
    expect(left).toEqual(names)
    await stopServer(server, 'SIGTERM')
    process.stdout.write(`${KILLS} kills, files found after each: ${partial.join(', ')}\n`)
  })
})

describe('kill -9 while answers given on screen are deposited', () => {
  it('makes one version with its answers, or none, and the answers stay', async () => {
    let server = await startServer(dataDir)
    const board = await api(server).call<z.infer<typeof boardAnswer>>('GET', fill(API_PATHS.board, at()))
    const pieces = board.body.pieces.filter(({ code }) => code === 'etat-des-lieux').slice(0, KILLS)
    const outcomes: string[] = []
    for (const [rank, { pieceId }] of pieces.entries()) {
      const piece = { ...at(), piece: pieceId ?? '' }
      const read = async () =>
        (await api(server).call<z.infer<typeof formAnswer>>('GET', fill(API_PATHS.pieceForm, piece))).body
      const versions = async () =>
        (await api(server).call<z.infer<typeof pieceAnswer>>('GET', fill(API_PATHS.piece, piece))).body
          .versions
      const answers = [{ field: 'attentes', seen: 0, value: `Moins de papier, ${rank}` }]
      await api(server).call('PUT', fill(API_PATHS.pieceForm, piece), { answers })
      const { revision } = await read()
      const path = fill(API_PATHS.depositPieceForm, piece)
      const asked = api(server)
        .call('POST', path, { seen: revision })
        .then(
          ({ status }) => status,
          () => null,
        )
      await pause(40 + rank * 400)
      await stopServer(server, 'SIGKILL')
      const status = await asked
      server = await startServer(dataDir)
      const found = await versions()
      outcomes.push(`${status ?? 'cut'}: ${found.length}`)
      if (status === 201) expect(found).toHaveLength(1)
      const { deposited, fields } = await read()
      expect(deposited).toEqual(found.length === 0 ? null : { changed: 0 })
      expect(fields.find(({ field }) => field === 'attentes')?.words).toBe(`Moins de papier, ${rank}`)
      expect((await api(server).call('POST', path, { seen: revision })).status).toBe(201)
      const after = await versions()
      expect(after).toHaveLength(1)
      const file = after[0]?.files[0]?.id ?? ''
      const bytes = (await api(server).call('GET', fill(API_PATHS.file, { ...at(), file }))).raw
      expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
    }
    await stopServer(server, 'SIGTERM')
    process.stdout.write(`answers deposited, versions found: ${outcomes.join('; ')}\n`)
  })
})
