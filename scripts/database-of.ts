/** The database that a server has, for a command beside it. */
import type { Writable } from 'node:stream'
import { FolderInUseError } from '../server/adapters/data-folder/folder-lock.ts'
import { type OpenDatabase, openPostgresql } from '../server/adapters/database.ts'
import { type Config, ConfigError } from '../server/config.ts'
import { openInstallation } from '../server/installation.ts'

/**
 * PostgreSQL is read beside the servers that run on it; the embedded database has one process.
 *
 * @throws FolderInUseError when the server runs on the embedded database.
 */
export async function openDatabaseOf(
  config: Config,
): Promise<{ database: OpenDatabase; close(): Promise<void> }> {
  if (config.databaseUrl === undefined) return await openInstallation(config)
  const database = await openPostgresql(config.databaseUrl, null)
  return { database, close: () => database.close() }
}

/**
 * Runs a command on the database that a server has. What stops it is told in a sentence.
 *
 * @param given already open, brought by a test.
 * @returns the exit code.
 */
export async function onDatabase(
  config: Config,
  terminal: { err: Writable },
  given: Pick<OpenDatabase, 'db'> | undefined,
  act: (database: Pick<OpenDatabase, 'db'>) => Promise<0 | 1>,
): Promise<0 | 1> {
  try {
    if (given !== undefined) return await act(given)
    const opened = await openDatabaseOf(config)
    try {
      return await act(opened.database)
    } finally {
      await opened.close()
    }
  } catch (error) {
    if (error instanceof FolderInUseError) {
      terminal.err.write('Le serveur tourne, et sa base embarquée n’est ouverte que par lui : arrêtez-le.\n')
    } else if (error instanceof ConfigError) terminal.err.write(`${error.message}\n`)
    else throw error
    return 1
  }
}
