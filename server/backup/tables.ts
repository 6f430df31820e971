/** The rows of the database as lines of JSON, which the database itself writes and reads, whatever it is. */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { sql } from 'drizzle-orm'
import { migrationsFolder } from '../adapters/database.ts'
import type { Database } from '../steps/ports.ts'
import { BackupError, type Manifest } from './manifest.ts'

/** Rows fetched, or inserted, at once. */
const ROWS_AT_ONCE = 500

type TableFacts = Manifest['tables'][number]

const fileOf = (folder: string, table: string): string => join(folder, 'base', `${table}.ndjson.gz`)

async function rowsOf<Row>(db: Database, statement: string): Promise<Row[]> {
  const { rows } = (await db.execute(sql.raw(statement))) as unknown as { rows: Row[] }
  return rows
}

/**
 * Writes every table as it is at one instant, while people go on.
 *
 * @param look is called within that instant.
 */
export async function dumpTables<Seen>(
  db: Database,
  folder: string,
  look: (tx: Database) => Promise<Seen>,
): Promise<{ tables: TableFacts[]; migratedTo: number; seen: Seen }> {
  await mkdir(join(folder, 'base'), { recursive: true, mode: 0o700 })
  return await db.transaction(
    async tx => {
      const names = await rowsOf<{ name: string }>(
        tx,
        `select table_name as name from information_schema.tables
         where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
      )
      const tables: TableFacts[] = []
      for (const { name } of names) tables.push(await dumpTable(tx, folder, name))
      const [migrated] = await rowsOf<{ at: string }>(
        tx,
        'select max(created_at)::text as at from drizzle.__drizzle_migrations',
      )
      return { tables, migratedTo: Number(migrated?.at), seen: await look(tx) }
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  )
}

async function dumpTable(tx: Database, folder: string, name: string): Promise<TableFacts> {
  const hash = createHash('sha256')
  let rows = 0
  await rowsOf(tx, `declare lines no scroll cursor for select row_to_json(t)::text as line from "${name}" t`)
  async function* lines() {
    for (;;) {
      const fetched = await rowsOf<{ line: string }>(tx, `fetch ${ROWS_AT_ONCE} from lines`)
      if (fetched.length === 0) return
      rows += fetched.length
      const text = `${fetched.map(({ line }) => line).join('\n')}\n`
      hash.update(text)
      yield text
    }
  }
  const written = createWriteStream(fileOf(folder, name), { flush: true, mode: 0o600 })
  await pipeline(Readable.from(lines()), createGzip(), written)
  await rowsOf(tx, 'close lines')
  return { name, rows, sha256: hash.digest('hex') }
}

/** @throws BackupError that names the table whose rows are not those that were written. */
export async function verifyTable(folder: string, { name, sha256 }: TableFacts): Promise<void> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(fileOf(folder, name)), createGunzip(), hash)
  } catch {
    throw new BackupError(`${fileOf(folder, name)} manque ou est illisible : prenez une autre sauvegarde.`)
  }
  if (hash.digest('hex') !== sha256) {
    throw new BackupError(`${fileOf(folder, name)} a été altéré : prenez une autre sauvegarde.`)
  }
}

/**
 * Puts the rows in a database that has the tables they come from, and none of its own. What they refer to
 * is checked once all of them are there.
 */
export async function loadTables(db: Database, folder: string, tables: readonly TableFacts[]): Promise<void> {
  await db.transaction(async tx => {
    const references = await rowsOf<{ owner: string; name: string; definition: string }>(
      tx,
      `select conrelid::regclass::text as owner, conname as name, pg_get_constraintdef(oid) as definition
       from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`,
    )
    for (const { owner, name } of references)
      await rowsOf(tx, `alter table ${owner} drop constraint "${name}"`)
    for (const { name } of tables) await loadTable(tx, folder, name)
    for (const { owner, name, definition } of references) {
      await rowsOf(tx, `alter table ${owner} add constraint "${name}" ${definition}`)
    }
  })
}

async function loadTable(tx: Database, folder: string, name: string): Promise<void> {
  const table = sql.identifier(name)
  const insert = async (lines: readonly string[]) => {
    await tx.execute(sql`
      insert into ${table} overriding system value
      select * from json_populate_recordset(null::${table}, ${`[${lines.join(',')}]`}::json)`)
  }
  let lines: string[] = []
  const text = createReadStream(fileOf(folder, name)).pipe(createGunzip())
  for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    lines.push(line)
    if (lines.length < ROWS_AT_ONCE) continue
    await insert(lines)
    lines = []
  }
  if (lines.length > 0) await insert(lines)
  const counters = await rowsOf<{ column: string }>(
    tx,
    `select column_name as "column" from information_schema.columns
     where table_schema = 'public' and table_name = '${name}' and is_identity = 'YES'`,
  )
  for (const { column } of counters) {
    await rowsOf(
      tx,
      `select setval(pg_get_serial_sequence('${name}', '${column}'),
        (select coalesce(max("${column}"), 0) + 1 from "${name}"), false)`,
    )
  }
}

/**
 * Makes, for as long as it is used, the folder of the migrations up to those that a backup had: rows of
 * before go into the tables of before, and are brought up to date afterwards.
 *
 * @throws BackupError when the backup is of a newer version than this one.
 */
export async function withMigrationsUpTo<Result>(
  migratedTo: number,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const path = join('meta', '_journal.json')
  const journal: { entries: { tag: string; when: number }[] } = JSON.parse(
    await readFile(join(migrationsFolder, path), 'utf8'),
  )
  const known = journal.entries.filter(({ when }) => when <= migratedTo)
  if (known.at(-1)?.when !== migratedTo) {
    throw new BackupError(
      'Cette sauvegarde vient d’une version plus récente de grappe-kit : restaurez-la avec celle-là.',
    )
  }
  const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-migrations-'))
  try {
    await mkdir(join(folder, 'meta'))
    await writeFile(join(folder, path), JSON.stringify({ ...journal, entries: known }))
    for (const { tag } of known)
      await symlink(join(migrationsFolder, `${tag}.sql`), join(folder, `${tag}.sql`))
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
