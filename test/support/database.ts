/** An empty, migrated database of the engine under test. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { inject } from 'vitest'
import { type OpenDatabase, openPglite, openPostgresql } from '../../server/adapters/database.ts'

export async function openTestDatabase(): Promise<OpenDatabase> {
  const server = inject('postgresqlServer')
  if (server === '') return await openPglite({ dump: new Blob([await readFile(inject('pgliteDump'))]) })

  const name = `essai_${randomUUID().replaceAll('-', '')}`
  const admin = new pg.Client({ connectionString: `${server}/postgres` })
  await admin.connect()
  await admin.query(`create database ${name}`)
  await admin.end()
  return await openPostgresql(`${server}/${name}`)
}
