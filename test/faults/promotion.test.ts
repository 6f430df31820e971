/**
 * Two servers on a PostgreSQL that dies, and of which the follower takes the place at the same address: with what
 * was acknowledged on both of them, then with a follower that was behind.
 */
import { PassThrough } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, PATHS, urlTo } from '../../schema/urls.ts'
import { runJournal } from '../../scripts/journal.ts'
import { runStorage } from '../../scripts/storage.ts'
import { readConfig } from '../../server/config.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type MovingAddress, openMovingAddress } from '../support/moving-address.ts'
import { createDatabase, type PostgresqlPair, startPostgresqlPair } from '../support/postgresql.ts'
import type { SealBody } from '../support/sealed.ts'
import {
  type Collection,
  deposit,
  esmsPiecesOf,
  keepDepositing,
  type PieceBody,
  type Receipt,
  reckon,
} from './depositing.ts'
import { folders } from './folders.ts'
import {
  makePorteurSession,
  makePorteurToken,
  remoteClient,
  SETTINGS,
  type ServerProcess,
  startServer,
  stopServer,
} from './server-process.ts'
import { shareStore } from './shared-store.ts'
import { blobsIn } from './stores.ts'

/** Between the end of the first and the moment at which the address leads to the other. */
const AWAY_MS = 3000
/** The other ways to hear of something look every 5 s, and every 10 s. */
const TOLD_AT_ONCE_MS = 2000
/** What the dead one was doing is asked for again by the minute. */
const TAKEN_UP_MS = 150_000

type Board = z.infer<typeof boardAnswer>

const newFolder = folders()
let pair: PostgresqlPair
let address: MovingAddress
let settings: Record<string, string>
let servers: [ServerProcess, ServerProcess]
let dataDir: string
let session: string
let collection: Collection

async function open(commits: Parameters<typeof startPostgresqlPair>[0]): Promise<void> {
  pair = await startPostgresqlPair(commits)
  address = await openMovingAddress(pair.ports[0])
  settings = { DATABASE_URL: await createDatabase(pair.urlAt(address.port)), SECRET_KEY: 'x'.repeat(40) }
  dataDir = await newFolder()
  const token = await makePorteurToken(dataDir, settings)
  session = await makePorteurSession(dataDir, settings)
  const first = await startServer(dataDir, settings)
  const secondFolder = await newFolder()
  await shareStore(dataDir, secondFolder)
  servers = [first, await startServer(secondFolder, settings)]
  const { grappeId: grappe } = await createTestGrappe(remoteClient(first.base, token), 4)
  collection = { token, grappe, pieces: await esmsPiecesOf(first, token, grappe) }
}

async function close(): Promise<void> {
  for (const server of servers) if (server.process.exitCode === null) await stopServer(server, 'SIGKILL')
  await address.close()
  await pair.stop()
}

const on = (server: ServerProcess) => remoteClient(server.base, collection.token)
const askSeal = (server: ServerProcess) =>
  on(server).call<SealBody>('POST', fill(API_PATHS.seals, { grappe: collection.grappe }), { incomplet: true })
const boardOf = (server: ServerProcess, headers: Record<string, string> = {}) =>
  on(server).call<Board>('GET', fill(API_PATHS.board, { grappe: collection.grappe }), undefined, headers)

async function depositOn(server: ServerProcess, piece: string, bytes: Buffer): Promise<Receipt> {
  const url = fill(API_PATHS.versions, { grappe: collection.grappe, piece })
  const { status, text } = await deposit(server, collection.token, url, bytes)
  expect([status, text]).toEqual([201, expect.anything()])
  return JSON.parse(text) as Receipt
}

/** What a page that shows the board hears; a line that ends is opened again, as a browser does. */
function watchBoard(server: ServerProcess) {
  const closing = new AbortController()
  const heard: number[] = []
  const listening = (async () => {
    while (!closing.signal.aborted) {
      const { body } = await fetch(
        `${server.base}${urlTo('boardEvents', { grappe: collection.grappe })}?depuis=${heard.at(-1) ?? 1}`,
        { headers: { cookie: `session=${session}` }, signal: closing.signal },
      )
      for await (const chunk of body ?? []) {
        for (const [, id] of Buffer.from(chunk)
          .toString()
          .matchAll(/^id: (\d+)$/gm))
          heard.push(Number(id))
      }
      await pause(500)
    }
    // A line that cannot be opened hears nothing more, which is what is looked at.
  })().catch(() => {})
  return {
    heard,
    async close() {
      closing.abort()
      await listening
    },
  }
}

async function promote(): Promise<void> {
  await pair.killFirst()
  await pause(AWAY_MS)
  await pair.promoteSecond()
  address.leadTo(pair.ports[1])
}

/** Who listens for what the servers tell one another, on the database as it is now. */
async function listeners(): Promise<number> {
  const client = new pg.Client({ connectionString: settings.DATABASE_URL })
  await client.connect()
  const { rows } = await client.query(
    // What it asked last: it says there what it has to tell, too.
    "select pid from pg_stat_activity where datname = current_database() and query ~ '^(listen |select pg_notify)'",
  )
  await client.end()
  return rows.length
}

async function run(
  command: typeof runJournal | typeof runStorage,
  args: readonly string[],
): Promise<{ code: number; said: string }> {
  const out = new PassThrough()
  const config = readConfig({ ...SETTINGS, ...settings, DATA_DIR: dataDir })
  const code = await command(args, config, { out, err: out })
  return { code, said: String(out.read() ?? '') }
}

it('promoted with all that was acknowledged: nothing is lost, and no server is restarted', async () => {
  await open('on-both')
  try {
    const [first, second] = servers
    const watching = watchBoard(second)
    const depositing = keepDepositing(servers, collection)
    await expect.poll(() => depositing.told.acknowledged.size, { timeout: 30_000 }).toBeGreaterThan(10)
    // Under way on the one that dies: whatever became of it, it ends on the other.
    const { status, body: asked } = await askSeal(first)
    expect(status).toBe(202)
    const before = depositing.told.acknowledged.size
    await promote()
    const promotedAt = performance.now()
    const during = depositing.told.acknowledged.size
    await expect
      .poll(() => depositing.told.acknowledged.size, { timeout: 30_000 })
      .toBeGreaterThan(during + 10)
    const told = await depositing.stop()
    for (const server of servers) {
      expect(server.process.exitCode).toBeNull()
      expect((await fetch(server.base + PATHS.health)).status).toBe(200)
    }
    expect([...told.answers.keys()].toSorted()).toEqual([201, 503])
    expect(told.unfit).toEqual([])

    const { lost, damaged, keptThoughRefused } = await reckon(second, collection, told)
    process.stdout.write(
      `\nDatabase promoted: ${told.sent} deposits, ${told.acknowledged.size} acknowledged (${before} before), ` +
        `${told.answers.get(503)} told to try again, of which ${keptThoughRefused} were kept all the same, ` +
        `slowest ${Math.round(told.slowestMs)} ms, ${lost} lost, ${damaged} damaged.\n`,
    )
    expect({ lost, damaged }).toEqual({ lost: 0, damaged: 0 })

    // Both hear of what the other does, at once; the page that was open before is told.
    await expect.poll(listeners, { timeout: 15_000 }).toBe(2)
    for (let i = 0; i < 3; i++) {
      const known = watching.heard.at(-1) ?? 0
      await depositOn(first, collection.pieces[0] ?? '', await pdf(`après ${i}`))
      await expect.poll(() => watching.heard.at(-1) ?? 0, { timeout: TOLD_AT_ONCE_MS }).toBeGreaterThan(known)
      await pause(500)
    }
    await watching.close()

    // Work of before is ended, within the minute when nobody says so; what is asked for now is begun at once.
    const isSealed = async (number: number) =>
      (
        await on(first).call<SealBody>(
          'GET',
          fill(API_PATHS.seal, { grappe: collection.grappe, number: String(number) }),
        )
      ).body.state
    await expect.poll(() => isSealed(asked.version), { timeout: TAKEN_UP_MS }).toBe('scelle')
    const takenUpMs = performance.now() - promotedAt
    const askedAt = performance.now()
    const again = await askSeal(second)
    expect(again.status).toBe(202)
    await expect.poll(() => isSealed(again.body.version), { timeout: 60_000 }).toBe('scelle')
    process.stdout.write(
      `A seal asked for before: done ${Math.round(takenUpMs)} ms after the promotion; one asked for then, after ` +
        `${Math.round(performance.now() - askedAt)} ms.\n`,
    )
    expect((await run(runJournal, ['verify'])).code).toBe(0)
  } finally {
    await close()
  }
})

it('promoted while it was behind: what was acknowledged last is gone, its bytes are kept, no page shows it', async () => {
  await open('on-the-first')
  try {
    const [first, second] = servers
    const [piece = '', other = ''] = collection.pieces
    const kept = await depositOn(first, piece, await pdf('des deux côtés'))
    await pair.cutSecond()
    const bytes = await pdf('du premier seulement')
    const gone = await depositOn(second, piece, bytes)
    const seen = await Promise.all(servers.map(server => boardOf(server)))
    await promote()

    // As many acts as the other one had, of which the boards that were drawn, and kept, tell another story.
    await expect
      .poll(async () => (await fetch(first.base + PATHS.health)).status, { timeout: 15_000 })
      .toBe(200)
    await depositOn(first, other, await pdf('ailleurs'))
    for (const [rank, server] of servers.entries()) {
      const before = seen[rank]
      const board = await boardOf(server, { 'if-none-match': String(before?.headers.etag) })
      expect(board.status).toBe(200)
      expect(board.body.revision).toBe(before?.body.revision)
      const at = fill(API_PATHS.piece, { grappe: collection.grappe, piece })
      const { body } = await on(server).call<PieceBody>('GET', at)
      expect(body.versions.map(({ id }) => id)).toEqual([kept.version.id])
      const deposited = board.body.pieces.filter(({ state }) => state === 'deposee')
      expect(deposited.map(({ pieceId }) => pieceId).toSorted()).toEqual([piece, other].toSorted())
    }

    // Its bytes are where they were, and whoever sends them again is answered as the first time.
    const sha256 = gone.version.files[0]?.sha256 ?? ''
    expect(await blobsIn(dataDir)).toContain(sha256)
    for (const server of servers) expect(await stopServer(server, 'SIGTERM')).toBe(0)
    expect((await run(runStorage, ['adopt'])).said).toMatch(/rien ne renvoie\s: 1\n/)
    expect((await run(runJournal, ['verify'])).code).toBe(0)
    servers = [await startServer(dataDir, settings), second]
    expect(await blobsIn(dataDir)).toContain(sha256)
    expect((await depositOn(servers[0], piece, bytes)).version.number).toBe(2)
  } finally {
    await close()
  }
})
