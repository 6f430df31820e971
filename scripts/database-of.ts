/** The database that a server has, for a command beside it. */
import { type OpenDatabase, openPostgresql } from '../server/adapters/database.ts'
import type { Config } from '../server/config.ts'
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
