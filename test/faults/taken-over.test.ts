/**
 * Of two servers on one bucket, the one that checks a seal is stopped or killed, then the one that draws its reading
 * copy: the other ends the first, the one that comes back the second, and each is told once.
 */
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { PDFDocument } from '@cantoo/pdf-lib'
import pg from 'pg'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { bucketAt } from '../../server/adapters/bucket/bucket.ts'
import type { ApiClient } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createDatabase, type PostgresqlServer, startPostgresql } from '../support/postgresql.ts'
import { type S3Server, startS3 } from '../support/s3-server.ts'
import { esmsPieces, readVersion } from '../support/sealed.ts'
import { folders } from './folders.ts'
import {
  makePorteurToken,
  remoteClient,
  type ServerProcess,
  startServer,
  stopServer,
} from './server-process.ts'

const SIGNALS = ['SIGTERM', 'SIGKILL'] as const
const PIECES = 6
/** Of each answer of the bucket: on any machine there is a middle to stop in. */
const SLOW_MS = 300
/** The other one asks by itself each minute. */
const TAKEN_OVER_MS = 150_000

interface Side {
  start(): Promise<ServerProcess>
  server: ServerProcess
  /** Files that it read of the bucket. */
  reads: number
  /** From now on the bucket answers it nothing: what it does is never done. */
  hold(isHeld: boolean): void
  isDrawing(): Promise<boolean>
}

let postgresql: PostgresqlServer
const newFolder = folders()
const buckets: S3Server[] = []
const running = new Set<ServerProcess>()

beforeAll(async () => {
  postgresql = await startPostgresql()
})
afterAll(async () => {
  for (const server of running) await stopServer(server, 'SIGKILL')
  for (const bucket of buckets) await bucket.close()
  await postgresql.stop()
})

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + TAKEN_OVER_MS
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Never: ${what}`)
    await pause(50)
  }
}

async function openSide(s3: S3Server, settings: Record<string, string>): Promise<Side> {
  const dataDir = await newFolder()
  const door = await s3.openDoor()
  let isHeld = false
  const side: Side = {
    async start() {
      side.server = await startServer(dataDir, { ...settings, STORAGE_URL: door.url })
      running.add(side.server)
      return side.server
    },
    server: undefined as unknown as ServerProcess,
    reads: 0,
    hold: next => {
      isHeld = next
    },
    isDrawing: async () => (await readdir(join(dataDir, 'lectures'))).some(name => name.endsWith('.pdf')),
  }
  door.setTrouble(async ({ method, url }) => {
    if (method !== 'GET' || !url?.includes('/blobs/')) return false
    side.reads++
    await pause(SLOW_MS)
    return isHeld ? await new Promise<never>(() => {}) : false
  })
  await side.start()
  return side
}

async function stop({ server }: Side, signal: NodeJS.Signals): Promise<void> {
  await stopServer(server, signal)
  running.delete(server)
}

describe('the work of a server that goes', () => {
  // Side by side: most of it is waiting for the other one's turn.
  it.concurrent.for(SIGNALS)(
    '%s is ended by the other, then by the one that comes back',
    async (signal, { expect }) => {
      const s3 = await startS3()
      buckets.push(s3)
      const settings = {
        DATABASE_URL: await createDatabase(postgresql.url),
        STORAGE_URL: s3.url,
        SECRET_KEY: 'x'.repeat(40),
        SCRUB_DAYS: '0',
        STOP_DELAY_S: '0',
      }
      const token = await makePorteurToken(await newFolder(), settings)
      const sides = [await openSide(s3, settings), await openSide(s3, settings)]
      const porteurOn = ({ server }: Side): ApiClient => ({
        token,
        ...remoteClient(server.base, token),
        upload: () => Promise.reject(new Error('Not used')),
      })
      const [any] = sides as [Side]
      const created = await porteurOn(any).call<{ id: string }>('POST', API_PATHS.grappes, {
        name: 'Reprise',
        call: 'demonstration',
        example: 'happy',
      })
      const grappe = created.body.id
      for (const { pieceId } of (await esmsPieces(porteurOn(any), grappe)).slice(0, PIECES)) {
        const sent = await fetch(
          any.server.base + fill(API_PATHS.versions, { grappe, piece: pieceId ?? '' }),
          {
            method: 'POST',
            headers: { authorization: `Bearer ${token}` },
            body: form([{ name: 'pièce.pdf', bytes: await pdf(`${pieceId}`) }]),
          },
        )
        expect(sent.status).toBe(201)
      }
      const told = async (side: Side, pattern: RegExp) =>
        (await porteurOn(side).call<{ event: string }[]>('GET', fill(API_PATHS.journal, { grappe }))).body
          .map(({ event }) => event)
          .filter(event => pattern.test(event))

      // A seal: whoever reads has taken it.
      for (const side of sides) side.reads = 0
      const asked = await porteurOn(any).call('POST', fill(API_PATHS.seals, { grappe }), { incomplet: true })
      expect(asked.status).toBe(202)
      await until('one of them checks the seal', () => sides.some(({ reads }) => reads > 2))
      const [gone, other] = sides.toSorted((a, b) => b.reads - a.reads) as [Side, Side]
      gone.hold(true)
      const seal = () => readVersion(porteurOn(other), grappe, 1)
      expect((await seal()).state).toBe('verification')
      const stopped = stop(gone, signal)
      await until('the other offers the version', async () => (await seal()).state === 'scelle')

      // Its reading copy: the one that went comes back, and the other goes.
      await until('the other draws the reading copy', () => other.isDrawing())
      other.hold(true)
      const drawn = /^PDF de lecture de la version 1 .*prêt/
      expect(await told(other, drawn)).toEqual([])
      await stopped
      const stoppedToo = stop(other, signal)
      gone.hold(false)
      await gone.start()
      await until('the reading copy is made', async () => (await told(gone, drawn)).length > 0)
      await stoppedToo
      other.hold(false)
      await other.start()
      await pause(3000)
      expect(await told(other, drawn)).toHaveLength(1)
      expect(await told(other, /PDF de lecture non fait|n’a pas pu/)).toEqual([])
      expect(await told(other, /ersion 1 .*scellée/)).toHaveLength(1)
      const { raw } = await porteurOn(other).call('GET', fill(API_PATHS.sealZip, { grappe, number: '1' }))
      expect(createHash('sha256').update(raw).digest('hex')).toBe((await seal()).zipSha256)
      const reading = await readingOf(settings)
      expect(createHash('sha256').update(reading.bytes).digest('hex')).toBe(reading.sha256)
      expect((await PDFDocument.load(reading.bytes)).getPageCount()).toBeGreaterThan(PIECES)
      for (const side of sides) await stop(side, 'SIGTERM')
    },
  )
})

/** The only one of this database. */
async function readingOf({ DATABASE_URL, STORAGE_URL }: { DATABASE_URL: string; STORAGE_URL: string }) {
  const client = new pg.Client({ connectionString: DATABASE_URL })
  await client.connect()
  const { rows } = await client.query<{ sha256: string }>('select reading_sha256 as sha256 from seals')
  await client.end()
  const sha256 = rows[0]?.sha256 ?? ''
  const bucket = bucketAt(STORAGE_URL)
  const [kept] = (await bucket.list(`blobs/${sha256.slice(0, 2)}/${sha256}`)).map(({ key }) => key)
  const stream = await bucket.stream(kept ?? '')
  return { sha256, bytes: stream === null ? Buffer.alloc(0) : await buffer(stream) }
}
