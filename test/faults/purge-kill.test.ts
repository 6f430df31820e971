/** kill -9 at each moment of a purge: begun again, it ends whole. What stays proves, and names nobody. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { isNotNull, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer } from '../../schema/contracts/api.ts'
import { bytesToErase, grappes, journal } from '../../schema/tables.ts'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { runJournal } from '../../scripts/journal.ts'
import { readConfig } from '../../server/config.ts'
import { createContext, type OpenContext } from '../../server/context.ts'
import { openPorteurScope } from '../../server/steps/access/porteur-scope.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { askDeletion } from '../../server/steps/erasure/ask-deletion.ts'
import { form, inflated, pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { purge } from './purge-process.ts'
import { makePorteurToken, remoteClient, SETTINGS, startServer, stopServer } from './server-process.ts'

/** Whatever names somebody, or a member, of the grappe that goes. */
const NAMES = ['Marcassin', 'contact2@exemple.fr', 'EHPAD n° 2', 'Motif très reconnaissable']
const HOUR_MS = 60 * 60 * 1000

let dataDir: string
/** Once the thirty days of a deletion are over. */
const due = new Date(Date.now() + 31 * 24 * HOUR_MS)
const later = new Date(due.getTime() + 2 * HOUR_MS)

const config = () => readConfig({ ...SETTINGS, DATA_DIR: dataDir })

async function open<Told>(read: (context: OpenContext) => Promise<Told>): Promise<Told> {
  const context = await createContext(config())
  try {
    return await read(context)
  } finally {
    await context.close()
  }
}

/** Every row of every table, as text. */
async function dump({ db }: OpenContext): Promise<string> {
  const tables = await rowsOf<{ name: string }>(
    db,
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  )
  let text = ''
  for (const { name } of tables) {
    const rows = await rowsOf<{ line: string }>(db, `select row_to_json(t)::text as line from ${name} t`)
    text += rows.map(({ line }) => `${line}\n`).join('')
  }
  return text
}

const rowsOf = async <Row>(db: OpenContext['db'], statement: string): Promise<Row[]> =>
  ((await db.execute(sql.raw(statement))) as unknown as { rows: Row[] }).rows

/** Every file but the database's own, which keeps rows until it reuses their place: its name and its bytes. */
async function filesText(): Promise<string> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true })
  const texts = entries
    .filter(entry => entry.isFile() && !entry.parentPath.startsWith(join(dataDir, 'base')))
    .map(async ({ parentPath, name }) => {
      const path = join(parentPath, name)
      return `${path}\n${(await readFile(path)).toString('latin1')}`
    })
  return (await Promise.all(texts)).join('\n')
}

const blobs = async () =>
  (await readdir(join(dataDir, 'blobs'), { recursive: true, withFileTypes: true })).filter(each =>
    each.isFile(),
  ).length

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-purge-'))
  const token = await makePorteurToken(dataDir)
  const server = await startServer(dataDir)
  const api = remoteClient(server.base, token)
  const kept = await createTestGrappe(api, 1, 'Grappe gardée')
  const gone = await createTestGrappe(api, 4, 'Grappe Marcassin')
  const piecesOf = async (grappe: string) => {
    const board = await api.call<z.infer<typeof boardAnswer>>('GET', fill(API_PATHS.board, { grappe }))
    return board.body.pieces.filter(({ scope }) => scope === 'esms').map(({ pieceId }) => pieceId ?? '')
  }
  const deposit = async (grappe: string, piece: string, bytes: Buffer, name = 'Marcassin.pdf') => {
    const sent = await fetch(server.base + fill(API_PATHS.versions, { grappe, piece }), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form([{ name, bytes }]),
    })
    expect(sent.status).toBe(201)
  }
  const [theirs = ''] = await piecesOf(kept.grappeId)
  const pieces = (await piecesOf(gone.grappeId)).slice(0, 5)
  const shared = await pdf('partagé')
  const own = await Promise.all(
    pieces.slice(1).map(async (_, rank) => inflated(await pdf(`${rank}`), Buffer.from(`Marcassin ${rank}`))),
  )
  for (const [rank, piece] of pieces.entries()) {
    await deposit(gone.grappeId, piece, rank === 0 ? shared : (own[rank - 1] ?? shared))
  }
  await deposit(kept.grappeId, theirs, shared, 'autre.pdf')
  const thread = fill(API_PATHS.thread, { grappe: gone.grappeId, piece: pieces[0] ?? '' })
  await api.call('POST', thread, { text: 'Motif très reconnaissable' })
  await stopServer(server, 'SIGTERM')
  await open(async context => {
    const porteur = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
    const scope = await openPorteurScope(context, porteur, gone.grappeId)
    if (scope === null) throw new Error('no grappe')
    expect(await askDeletion(context, scope)).toMatchObject({ ok: true })
  })
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

describe('a purge that is killed', () => {
  const counts = () =>
    open(async ({ db }) => ({
      grappes: await db.$count(grappes),
      blank: (await db.$count(journal, isNotNull(journal.erasedAt))) > 0,
      listed: await db.$count(bytesToErase),
    }))

  it('before its rows are kept has done nothing; after, it leaves nothing by half', async () => {
    const rows = await open(dump)
    for (const name of NAMES) expect([name, rows.includes(name)]).toEqual([name, true])
    expect(await filesText()).toContain('Marcassin')
    expect(await purge(dataDir, due, 'all rows erased, and not kept yet')).toBe(false)
    expect(await counts()).toEqual({ grappes: 2, blank: false, listed: 0 })
    expect(await purge(dataDir, due, 'rows gone, uploads left')).toBe(false)
    expect(await counts()).toEqual({ grappes: 1, blank: true, listed: 5 })
  })

  it('among its bytes goes on where it was', async () => {
    expect(await blobs()).toBe(5)
    expect(await purge(dataDir, later, 'bytes set aside, and not removed')).toBe(false)
    expect(await purge(dataDir, later, 'some bytes gone, others left')).toBe(false)
    expect((await counts()).listed).toBeGreaterThan(0)
    expect(await purge(dataDir, later, 'never')).toBe(true)
    expect((await counts()).listed).toBe(0)
    // What both grappes had.
    expect(await blobs()).toBe(1)
  })

  it('leaves in the end no name in any table nor in any file, and a journal that is verified', async () => {
    const [rows, files] = [await open(dump), await filesText()]
    for (const name of NAMES) {
      const inFiles = files.includes(Buffer.from(name).toString('latin1'))
      expect([name, rows.includes(name), inFiles]).toEqual([name, false, false])
    }
    const out = new PassThrough()
    const code = await open(context => runJournal(['verify'], config(), { out, err: out }, context))
    expect(String(out.read()).replaceAll('\u00a0', ' ')).toMatch(/✓ Grappe effacée .+ au contenu effacé/)
    expect(code).toBe(0)
  })
})
