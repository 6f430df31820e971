/** Databases as former releases left them. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'

/** An open database as it was before that migration. */
export async function databaseBefore(migration: string, statements: string): Promise<PGlite> {
  const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-migrations-'))
  try {
    await cp('schema/migrations', folder, { recursive: true })
    const index = join(folder, 'meta/_journal.json')
    const list = JSON.parse(await readFile(index, 'utf8')) as { entries: Array<{ tag: string }> }
    const earlier = { ...list, entries: list.entries.filter(({ tag }) => tag < migration) }
    await writeFile(index, JSON.stringify(earlier))
    const client = await PGlite.create()
    await migrate(drizzle({ client }), { migrationsFolder: folder })
    await client.exec(statements)
    return client
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
