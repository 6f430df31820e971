import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'

/** A migrated, empty database as an uncompressed tar: booting from it is three times faster than migrating again. */
export async function openMigratedPglite(): Promise<Buffer> {
  const client = await PGlite.create()
  await migrate(drizzle({ client }), { migrationsFolder: 'schema/migrations' })
  const dump = await client.dumpDataDir('none')
  await client.close()
  return Buffer.from(await dump.arrayBuffer())
}
