import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, PATHS } from '../../schema/urls.ts'
import { type OpenDatabase, openPostgresql } from '../../server/adapters/database.ts'
import { type Job, openJobs } from '../../server/adapters/jobs.ts'
import { systemActor } from '../../server/domain/journal/entry.ts'
import { recordChange } from '../../server/steps/record-change.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { createDatabase, type PostgresqlServer, startPostgresql } from '../support/postgresql.ts'
import { deposit, esmsPiecesOf, keepDepositing, type PieceBody, type Receipt, reckon } from './depositing.ts'
import { folders } from './folders.ts'
import {
  makePorteurToken,
  remoteClient,
  type ServerProcess,
  startServer,
  stopServer,
} from './server-process.ts'
import { shareStore } from './shared-store.ts'
import { blobsIn } from './stores.ts'

const GONE_MS = 10_000
/** No request may wait longer for a database that is gone. */
const LONGEST_ANSWER_MS = 12_000
const RACERS = 24

let postgresql: PostgresqlServer
const newFolder = folders()
beforeAll(async () => {
  postgresql = await startPostgresql()
})
afterAll(async () => {
  await postgresql.stop()
})

/** The same key on each server: a token of one opens the other. */
async function prepare(): Promise<{ settings: Record<string, string>; token: string; dataDir: string }> {
  const settings = { DATABASE_URL: await createDatabase(postgresql.url), SECRET_KEY: 'x'.repeat(40) }
  const dataDir = await newFolder()
  return { settings, dataDir, token: await makePorteurToken(dataDir, settings) }
}

describe('the database gone for 10 seconds', () => {
  it('is told at once in plain French, loses nothing acknowledged, and needs no restart', async () => {
    const { settings, token, dataDir } = await prepare()
    let server = await startServer(dataDir, settings)
    const { grappeId: grappe } = await createTestGrappe(remoteClient(server.base, token), 8)
    const collection = { token, grappe, pieces: await esmsPiecesOf(server, token, grappe) }
    const depositing = keepDepositing([server], collection)
    const { acknowledged } = depositing.told
    await pause(2000)
    const before = acknowledged.size
    await postgresql.crash()
    await pause(1000)
    expect((await fetch(server.base + PATHS.health)).status).toBe(503)
    const page = await fetch(`${server.base}${PATHS.signIn}`, {
      method: 'POST',
      body: new URLSearchParams({ email: 'a@exemple.fr' }),
    })
    expect(page.status).toBeGreaterThanOrEqual(400)
    await pause(GONE_MS - 1000)
    const during = acknowledged.size
    await postgresql.restart()
    await pause(4000)
    const told = await depositing.stop()

    expect(server.process.exitCode).toBeNull()
    expect((await fetch(server.base + PATHS.health)).status).toBe(200)
    expect(acknowledged.size).toBeGreaterThan(during)
    expect(told.slowestMs).toBeLessThan(LONGEST_ANSWER_MS)
    expect([...told.answers.keys()].toSorted()).toEqual([201, 503])
    expect(told.unfit).toEqual([])

    // Started anew: every acknowledged deposit is there, whole; cut-off ones left young files, which stay a day.
    expect(await stopServer(server, 'SIGTERM')).toBe(0)
    server = await startServer(dataDir, settings)
    const { lost, damaged, kept } = await reckon(server, collection, told)
    const blobs = await blobsIn(dataDir)
    await stopServer(server, 'SIGTERM')
    process.stdout.write(
      `\nDatabase gone 10 s: ${told.sent} deposits, ${told.answers.get(201)} acknowledged (${before} before), ${told.answers.get(503)} told to try again, slowest ${Math.round(told.slowestMs)} ms, ${lost} lost, ${blobs.filter(name => !kept.has(name)).length} orphans.\n`,
    )
    expect({ lost, damaged }).toEqual({ lost: 0, damaged: 0 })
    expect([...kept].filter(sha256 => !blobs.includes(sha256))).toEqual([])
  })
})

describe('a database of which another server takes the place', () => {
  it('refuses writes for a while, which is told in plain French, and needs no restart afterwards', async () => {
    const { settings, token, dataDir } = await prepare()
    const server = await startServer(dataDir, settings)
    const admin = new pg.Client({ connectionString: settings.DATABASE_URL })
    await admin.connect()
    const name = new URL(settings.DATABASE_URL ?? '').pathname.slice(1)
    /** What those who connect from now on find: the server that is left behind, or the one that took over. */
    const becomes = async (readOnly: 'on' | 'off', cutsOff: boolean) => {
      await admin.query(`alter database ${name} set default_transaction_read_only = ${readOnly}`)
      if (!cutsOff) return
      await admin.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
      )
    }
    try {
      const { grappeId: grappe } = await createTestGrappe(remoteClient(server.base, token), 1)
      const [piece = ''] = await esmsPiecesOf(server, token, grappe)
      const url = fill(API_PATHS.versions, { grappe, piece })
      expect((await deposit(server, token, url, await pdf('avant'))).status).toBe(201)
      await becomes('on', true)
      const refused = await deposit(server, token, url, await pdf('pendant'))
      expect([refused.status, refused.text]).toEqual([503, expect.stringContaining('Réessayez')])
      expect((await fetch(server.base + PATHS.health)).status).toBe(503)
      // Nobody cuts it off now: no connection may be left to the one that takes no writes.
      await becomes('off', false)
      const after = await deposit(server, token, url, await pdf('après'))
      expect(after.status).toBe(201)
      const { body } = await remoteClient(server.base, token).call<PieceBody>(
        'GET',
        fill(API_PATHS.piece, { grappe, piece }),
      )
      expect(body.versions.map(({ number }) => number)).toEqual([1, 2])
    } finally {
      await admin.end()
      await stopServer(server, 'SIGTERM')
    }
  })
})

describe('two servers on one database and one store of files', () => {
  it('number what comes to one piece at the same moment once each, and lose nothing', async () => {
    const { settings, token, dataDir } = await prepare()
    const first = await startServer(dataDir, settings)
    const secondFolder = await newFolder()
    await shareStore(dataDir, secondFolder)
    const second = await startServer(secondFolder, settings)
    try {
      const { grappeId: grappe } = await createTestGrappe(remoteClient(first.base, token), 1)
      const [piece = ''] = await esmsPiecesOf(first, token, grappe)
      const url = fill(API_PATHS.versions, { grappe, piece })
      const receipts = await Promise.all(
        Array.from({ length: RACERS }, async (_, i) => {
          const { status, text } = await deposit(
            i % 2 === 0 ? first : second,
            token,
            url,
            await pdf(`course ${i}`),
          )
          expect(status).toBe(201)
          return (JSON.parse(text) as Receipt).version
        }),
      )
      expect(receipts.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: RACERS }, (_, i) => i + 1),
      )
      const at = fill(API_PATHS.piece, { grappe, piece })
      const { body } = await remoteClient(second.base, token).call<PieceBody>('GET', at)
      expect(body.versions.map(({ id }) => id).toSorted()).toEqual(receipts.map(({ id }) => id).toSorted())

      // Accepted on one, refused on the other, at once: one of the two decisions stands, whole.
      const versionId = receipts.toSorted((a, b) => b.number - a.number)[0]?.id ?? ''
      const decide = (server: ServerProcess, decision: object) =>
        remoteClient(server.base, token).call('POST', fill(API_PATHS.decision, { grappe, piece }), {
          versionId,
          ...decision,
        })
      const decided = await Promise.all([
        decide(first, { decision: 'acceptee', motive: null }),
        decide(second, { decision: 'refusee', motive: 'Page 2 manquante.' }),
      ])
      expect(decided.map(({ status }) => status)).toEqual([200, 200])
      const after = (await remoteClient(first.base, token).call<PieceBody>('GET', at)).body.versions.at(-1)
      expect([
        ['acceptee', null],
        ['refusee', 'Page 2 manquante.'],
      ]).toContainEqual([after?.decision, after?.motive])
      process.stdout.write(
        `\nTwo servers, one piece: ${RACERS} deposits at once, ${receipts.length} versions, 0 lost.\n`,
      )
    } finally {
      await stopServer(first, 'SIGTERM')
      await stopServer(second, 'SIGTERM')
    }
  })
})

describe('two servers on one database', () => {
  it('tell one another of changes and of work at once, also after the database was promoted', async () => {
    const { settings, token, dataDir } = await prepare()
    const url = settings.DATABASE_URL ?? ''
    const server = await startServer(dataDir, settings)
    const { grappeId } = await createTestGrappe(remoteClient(server.base, token), 1)
    await stopServer(server, 'SIGTERM')
    const [here, there] = [await openPostgresql(url), await openPostgresql(url, null)]
    const told: unknown[] = []
    const toldHere: unknown[] = []
    const rename = { kind: 'grappe-renamed', facts: { before: 'Avant', after: 'Après' } } as const
    const change = ({ db }: OpenDatabase) =>
      db.transaction(tx =>
        recordChange(tx, { grappeId, at: new Date(), actor: systemActor('essai'), act: rename }),
      )
    const ran: string[] = []
    let free = () => {}
    const busy = new Promise<void>(resolve => {
      free = resolve
    })
    const job = (name: string, rest: Promise<void>): Job[] => [
      {
        name: 'lecture',
        cron: '0 0 1 1 *',
        run() {
          ran.push(name)
          return rest
        },
      },
    ]
    const [jobsHere, jobsThere] = [openJobs(here), openJobs(there)]
    try {
      const unhear = there.signals.hear(news => told.push(news))
      const unhearHere = here.signals.hear(news => toldHere.push(news))
      await expect.poll(() => told).toEqual([null])
      await change(here)
      await expect.poll(() => told).toEqual([null, { grappe: grappeId }])

      // What a failover does to whoever was connected.
      await here.executeSql(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
      )
      await expect.poll(() => told, { timeout: 10_000 }).toEqual([null, { grappe: grappeId }, null])
      await expect.poll(() => toldHere, { timeout: 10_000 }).toEqual([null, { grappe: grappeId }, null])
      await change(here)
      await expect.poll(() => told).toEqual([null, { grappe: grappeId }, null, { grappe: grappeId }])

      // A command beside the servers, which hears nothing and ends at once.
      const command = await openPostgresql(url, null)
      await change(command)
      await command.close()
      await expect.poll(() => told).toHaveLength(5)
      unhear()
      unhearHere()

      // The one that is asked is at work for long; the other begins without waiting for its own look.
      await jobsHere.start(job('here', busy), fault => expect.fail(String(fault)))
      await expect.poll(() => ran).toEqual(['here'])
      await jobsThere.start(job('there', Promise.resolve()), fault => expect.fail(String(fault)))
      await expect.poll(() => ran).toEqual(['here', 'there'])
      const askedAt = performance.now()
      await jobsHere.kick('lecture')
      await expect.poll(() => ran, { timeout: 15_000 }).toEqual(['here', 'there', 'there'])
      process.stdout.write(
        `\nWork asked of a busy server: begun by the other after ${Math.round(performance.now() - askedAt)} ms.\n`,
      )
    } finally {
      free()
      await jobsHere.stop()
      await jobsThere.stop()
      await Promise.all([here.close(), there.close()])
    }
  })
})
