/**
 * The database: PGlite in the data folder by default, PostgreSQL through `pg` with DATABASE_URL. Same SQL on
 * both.
 */

import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { migrate as migratePg } from 'drizzle-orm/node-postgres/migrator'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator'
import pg from 'pg'
import * as relations from '../../schema/relations.ts'
import * as tables from '../../schema/tables.ts'
import type { Database, OnOneServer } from '../steps/ports.ts'
import { copyPrepared } from './prepared-database.ts'
import { localSignals, type OpenSignals, postgresqlSignals, tellingChanges } from './signals.ts'
import { type StatementWatch, timeClient, timePglite, watchStatements } from './slow-statements.ts'

export const migrationsFolder = fileURLToPath(new URL('../../schema/migrations', import.meta.url))

const schema = { ...tables, ...relations }

/** Any constant does, as long as every instance uses the same one. */
const MIGRATION_LOCK = 6_170_225

/** PostgreSQL connections of one server: what it can ask at the same time. */
export const POOL_SIZE = 10

/** What PostgreSQL answers to a write that it does not take, such as one that follows another server. */
const READ_ONLY = '25006'

/**
 * What a page read out of order costs beside one in its turn. PostgreSQL says 4, as disks that turn did, and
 * so reads all the versions of a country for those of one grappe. One that was told otherwise keeps its
 * figure.
 */
const RANDOM_PAGE_COST = `select set_config('random_page_cost', '1.1', false)
  where current_setting('random_page_cost') = '4'`

/** Of memory that never shrinks; the system keeps what it reads of the files besides. Default: 128 MB. */
const PGLITE_BUFFERS = '32MB'

export interface OpenDatabase {
  db: Database
  kind: 'pglite' | 'postgresql'
  /** Plain SQL for the job queue, on the same connections: several statements when there are no values. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
  signals: OpenSignals
  /** Tells, from now on, each statement that took that many milliseconds or more. */
  tellSlowStatements: StatementWatch['tellFrom']
  onOneServer: OnOneServer
  /** Connections of the pool; null for the embedded database, which has none. */
  pool: (() => PoolFigures) | null
  close(): Promise<void>
}

export interface PoolFigures {
  /** Open, at work or not. */
  open: number
  idle: number
  /** Asked for, and not yet given. */
  waiting: number
}

/** Is given a database of an earlier version as it was left; what it throws leaves it so. */
export type BeforeMigrating = (db: Database) => Promise<void>

/**
 * Opens the embedded database, in a folder, in memory or as it is given, and brings its schema up to date.
 *
 * @param migrations the folder of those to make; all of them by default.
 */
export async function openPglite(
  from: { folder?: string; client?: PGlite } = {},
  migrations = migrationsFolder,
  before: BeforeMigrating = async () => {},
): Promise<OpenDatabase> {
  if (from.folder !== undefined && migrations === migrationsFolder) await copyPrepared(from.folder)
  const client =
    from.client ??
    (await PGlite.create({
      postgresqlconf: [`shared_buffers = ${PGLITE_BUFFERS}`],
      ...(from.folder === undefined ? {} : { dataDir: from.folder }),
    }))
  const statements = watchStatements()
  timePglite(client, statements)
  const db = drizzlePglite({ client, schema })
  try {
    if (await isBehind(db, migrations)) await before(db)
    await migratePglite(db, { migrationsFolder: migrations })
  } catch (error) {
    await client.close()
    throw error
  }
  const signals = localSignals()
  return {
    db: tellingChanges(db, signals),
    kind: 'pglite',
    tellSlowStatements: statements.tellFrom,
    onOneServer: onThisServer(),
    pool: null,
    signals,
    async executeSql(text, values = []) {
      if (values.length > 0) return await client.query(text, values)
      const results = await client.exec(text)
      return results.findLast(({ fields }) => fields.length > 0) ?? { rows: [] }
    },
    close: () => client.close(),
  }
}

/**
 * Opens PostgreSQL and brings its schema up to date; instances that start together wait for one another.
 *
 * @param url `postgres://…`
 * @param migrations the folder of those to make; all of them by default, none to leave the schema as it is.
 */
export async function openPostgresql(
  url: string,
  migrations: string | null = migrationsFolder,
  before: BeforeMigrating = async () => {},
): Promise<OpenDatabase> {
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_SIZE,
    connectionTimeoutMillis: 10_000,
    verify: expectWritable,
    onConnect: client => client.query(RANDOM_PAGE_COST),
  })
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {})
  // One that breaks between two queries of a transaction is no longer idle: the next query tells its caller.
  const statements = watchStatements()
  pool.on('connect', client => {
    client.on('error', () => {})
    timeClient(client, statements)
  })
  try {
    const client = await pool.connect()
    try {
      await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
      if (migrations !== null) {
        const db = drizzlePg(client, { schema })
        if (await isBehind(db, migrations)) await before(db)
        await migratePg(db, { migrationsFolder: migrations })
      }
      await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK])
    } finally {
      client.release()
    }
  } catch (error) {
    await pool.end()
    throw new Error('La base PostgreSQL de DATABASE_URL ne répond pas ou refuse les migrations.', {
      cause: error,
    })
  }
  const signals = postgresqlSignals(url, pool)
  return {
    db: tellingChanges(drizzlePg({ client: pool, schema }), signals),
    signals,
    kind: 'postgresql',
    tellSlowStatements: statements.tellFrom,
    onOneServer: onOneOf(pool),
    pool: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    executeSql: (text, values) => pool.query(text, values),
    async close() {
      await signals.close()
      await pool.end()
    },
  }
}

/** An embedded database has one server: two runs of one work are of the same process. */
function onThisServer(): OnOneServer {
  const underWay = new Set<string>()
  return async (work, act) => {
    if (underWay.has(work)) return
    underWay.add(work)
    try {
      await act()
    } finally {
      underWay.delete(work)
    }
  }
}

/** Held by a connection and not by a row: PostgreSQL gives it up for a server that dies. */
function onOneOf(pool: pg.Pool): OnOneServer {
  return async (work, act) => {
    const client = await pool.connect()
    let isHeld = false
    try {
      const { rows } = await client.query<{ held: boolean }>(
        'select pg_try_advisory_lock(hashtext($1)) as held',
        [work],
      )
      isHeld = rows[0]?.held === true
      if (isHeld) await act()
    } finally {
      // Closed: what it holds goes with it, even where it no longer answers.
      client.release(isHeld)
    }
  }
}

/**
 * Kept, a connection to a server that another one took over from would refuse every write for as long as this
 * process lives.
 */
function expectWritable(client: pg.PoolClient, done: (error?: Error) => void): void {
  client
    .query<{ on: string }>('select current_setting($1) as on', ['transaction_read_only'])
    .then(({ rows: [setting] }) =>
      done(setting?.on === 'on' ? Object.assign(new Error('read-only'), { code: READ_ONLY }) : undefined),
    )
    .catch(done)
}

/** Whether an earlier version filled it: it had migrations made, and not the last of these. */
async function isBehind(db: Database, migrations: string): Promise<boolean> {
  const ask = async (text: string) =>
    ((await db.execute(sql.raw(text))) as unknown as { rows: { answer: string | null }[] }).rows[0]?.answer
  if ((await ask("select to_regclass('drizzle.__drizzle_migrations') as answer")) === null) return false
  const made = Number(await ask('select max(created_at) as answer from drizzle.__drizzle_migrations'))
  const last = readMigrationFiles({ migrationsFolder: migrations }).at(-1)
  return made > 0 && last !== undefined && made < last.folderMillis
}
