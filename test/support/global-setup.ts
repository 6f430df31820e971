/**
 * Prepares the database engine once for all test files: PGlite migrated and dumped, or with
 * `TEST_DATABASE=postgresql` a real PostgreSQL that each file asks for a database of its own.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openMigratedPglite } from './pglite-dump.ts'
import { startPostgresql } from './postgresql.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** File holding a dump of a migrated, empty PGlite. */
    pgliteDump: string
    /** Server address without a database name, or empty when the suite runs on PGlite. */
    postgresqlServer: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env.TEST_DATABASE === 'postgresql') {
    const server = await startPostgresql()
    project.provide('postgresqlServer', server.url)
    project.provide('pgliteDump', '')
    return () => server.stop()
  }
  const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-tests-'))
  const dump = join(folder, 'pglite.tar')
  await writeFile(dump, await openMigratedPglite())
  project.provide('pgliteDump', dump)
  project.provide('postgresqlServer', '')
  return () => rm(folder, { recursive: true, force: true })
}
