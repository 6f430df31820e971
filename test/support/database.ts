/** An empty, migrated database of the engine under test. */
import { readFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { inject } from 'vitest'
import { type OpenDatabase, openPglite, openPostgresql } from '../../server/adapters/database.ts'
import { createDatabase } from './postgresql.ts'

export async function openTestDatabase(): Promise<OpenDatabase> {
  const server = inject('postgresqlServer')
  if (server !== '') return await openPostgresql(await createDatabase(server))

  const kept = idle.pop() ?? (await bootPglite())
  const lent = lend(kept.client)
  const opened = await openPglite({ client: lent.client })
  return {
    ...opened,
    async close() {
      lent.take()
      await giveBack(kept)
    },
  }
}

interface Kept {
  client: PGlite
  /** Of its schema as migrated. */
  shape: string
}

/** Emptied, waiting for the next test: booting one costs twenty times as much as emptying it. */
const idle: Kept[] = []
const MOST_IDLE = 2

async function bootPglite(): Promise<Kept> {
  const client = await PGlite.create({ loadDataDir: new Blob([await readFile(inject('pgliteDump'))]) })
  return { client, shape: await shapeOf(client) }
}

/** One that a test left with another schema is of no use to the next. */
async function giveBack(kept: Kept): Promise<void> {
  const { client, shape } = kept
  // What times statements put its own in their place.
  for (const name of Object.keys(client)) {
    if (name in PGlite.prototype) Reflect.deleteProperty(client, name)
  }
  if (idle.length >= MOST_IDLE || (await shapeOf(client)) !== shape) {
    await client.close()
    return
  }
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'envois')`,
  )
  await client.exec(`
    reset all;
    set session_replication_role = replica;
    truncate ${rows.map(({ name }) => name).join(', ')} restart identity cascade;
    set session_replication_role = origin;`)
  idle.push(kept)
}

/** A handle that is of no use once taken back: what a closed application still asks never reaches the next. */
function lend(client: PGlite): { client: PGlite; take(): void } {
  let isTaken = false
  const handle = new Proxy(client, {
    get(target, name) {
      if (isTaken) throw new Error('This database is closed.')
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return {
    client: handle,
    take() {
      isTaken = true
    },
  }
}

async function shapeOf(client: PGlite): Promise<string> {
  const { rows } = await client.query<{ shape: string }>(`
    with ours as (
      select oid, nspname from pg_namespace where nspname in ('public', 'envois', 'drizzle')
    ), shapes(part) as (
      select format('%s %s', oid, relname) from pg_class where relnamespace in (select oid from ours)
      union all select format('%s %s %s %s', attrelid, attname, atttypid, attnotnull) from pg_attribute
        join pg_class on pg_class.oid = attrelid where relnamespace in (select oid from ours)
      union all select format('%s %s', oid, tgenabled) from pg_trigger
      union all select format('%s %s', oid, xmin) from pg_proc where pronamespace in (select oid from ours)
      union all select oid::text from pg_constraint
      union all select rolname from pg_roles
      union all select hash from drizzle.__drizzle_migrations
    )
    select md5(string_agg(part, ',' order by part)) as shape from shapes`)
  return rows[0]?.shape ?? ''
}
