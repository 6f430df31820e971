/** kill -9 while an archive of loose files opens, and while answers given on screen are deposited, on each store. */
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
import { type Ground, openGround, STORES, type StoreKind } from './stores.ts'

/** In the archive, of so many bytes. */
const FILES = 80
const FILE_BYTES = 300_000

let ground: Ground
let token: string
let grappe: string

const at = () => ({ grappe })
const api = ({ base }: ServerProcess) => remoteClient(base, token)

const start = () => startServer(ground.dataDir, ground.settings)

async function prepare(kind: StoreKind): Promise<void> {
  ground = await openGround(kind)
  token = await makePorteurToken(ground.dataDir, ground.settings)
  const server = await start()
  const created = await api(server).call<{ id: string }>('POST', API_PATHS.grappes, {
    ...{ name: 'Pannes', call: 'demonstration', example: 'happy' },
  })
  grappe = created.body.id
  await stopServer(server, 'SIGTERM')
}

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

describe.each(STORES)('kill -9, files in a %s,', kind => {
  beforeAll(() => prepare(kind))
  afterAll(() => ground.close())

  it('while an archive opens leaves each of its files once, or the archive to be opened again', async () => {
    const content = await Promise.all(
      Array.from({ length: FILES }, async (_, rank) => ({
        name: `dossier ${rank % 4}/scan ${rank}.pdf`,
        bytes: inflated(await pdf(`scan ${rank}`), Buffer.alloc(FILE_BYTES, rank)),
      })),
    )
    const archive = zipOf(content)
    const onStore = async () => (await ground.uploads()).length
    const before = await onStore()
    let server = await start()
    const names = content.map(({ name }) => name.split('/').at(-1) ?? '').toSorted()
    const sent = send(server, 'reçus.zip', archive).catch(() => null)
    // Some are out: the archive is whole in the store, and is being opened.
    for (let tries = 0; tries < 1_200 && (await onStore()) < before + 8; tries++) await pause(10)
    await stopServer(server, 'SIGKILL')
    await sent
    server = await start()
    const found = await waiting(server)
    const isWhole = names.every(name => found.includes(name))
    expect(isWhole || found.includes('reçus.zip')).toBe(true)
    expect(new Set(found).size).toBe(found.length)
    // Whatever is sent next opens what still waits.
    expect(await send(server, 'fin.pdf', await pdf('fin'))).toBe(201)
    const left = (await waiting(server)).filter(name => name !== 'fin.pdf')
    expect(left).toEqual(names)
    await stopServer(server, 'SIGTERM')
    process.stdout.write(`${kind}: ${found.length} files found after the kill\n`)
  })

  it('while answers given on screen are deposited makes one version with its answers, or none, and they stay', async () => {
    let server = await start()
    const board = await api(server).call<z.infer<typeof boardAnswer>>('GET', fill(API_PATHS.board, at()))
    const asks = board.body.pieces.find(({ code }) => code === 'etat-des-lieux')
    const piece = { ...at(), piece: asks?.pieceId ?? '' }
    const read = async () =>
      (await api(server).call<z.infer<typeof formAnswer>>('GET', fill(API_PATHS.pieceForm, piece))).body
    const versions = async () =>
      (await api(server).call<z.infer<typeof pieceAnswer>>('GET', fill(API_PATHS.piece, piece))).body.versions
    const answers = [{ field: 'attentes', seen: 0, value: 'Moins de papier' }]
    await api(server).call('PUT', fill(API_PATHS.pieceForm, piece), { answers })
    const { revision } = await read()
    const path = fill(API_PATHS.depositPieceForm, piece)
    const asked = api(server)
      .call('POST', path, { seen: revision })
      .then(
        ({ status }) => status,
        () => null,
      )
    // Early on one store, late on the other.
    await pause(40 + STORES.indexOf(kind) * 400)
    await stopServer(server, 'SIGKILL')
    const status = await asked
    server = await start()
    const found = await versions()
    if (status === 201) expect(found).toHaveLength(1)
    const { deposited, fields } = await read()
    expect(deposited).toEqual(found.length === 0 ? null : { changed: 0 })
    expect(fields.find(({ field }) => field === 'attentes')?.words).toBe('Moins de papier')
    expect((await api(server).call('POST', path, { seen: revision })).status).toBe(201)
    const after = await versions()
    expect(after).toHaveLength(1)
    const file = after[0]?.files[0]?.id ?? ''
    const bytes = (await api(server).call('GET', fill(API_PATHS.file, { ...at(), file }))).raw
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
    await stopServer(server, 'SIGTERM')
    process.stdout.write(`${kind}: answers deposited ${status ?? 'cut'}, versions found ${found.length}\n`)
  })
})
