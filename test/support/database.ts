/** An empty, migrated database of the engine under test. */
import { readFile } from 'node:fs/promises'
import { inject } from 'vitest'
import { type OpenDatabase, openPglite, openPostgresql } from '../../server/adapters/database.ts'
import { createDatabase } from './postgresql.ts'

export async function openTestDatabase(): Promise<OpenDatabase> {
  const server = inject('postgresqlServer')
  if (server === '') return await openPglite({ dump: new Blob([await readFile(inject('pgliteDump'))]) })

  return await openPostgresql(await createDatabase(server))
}
