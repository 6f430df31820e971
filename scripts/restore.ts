/**
 * `npm run restore -- --from PLACE`: a backup, verified, put in an empty DATA_DIR and an empty database. Ends
 * with 0 when the server may start there, 1 when nothing was changed.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { openPglite, openPostgresql } from '../server/adapters/database.ts'
import { BackupError, findBackup } from '../server/backup/manifest.ts'
import { type OpenAt, restoreBackup } from '../server/backup/restore-backup.ts'
import { type Config, readConfig } from '../server/config.ts'
import { nameOf, storeOf } from '../server/installation.ts'

const USAGE = `Usage : npm run restore -- --from DOSSIER
  remet une sauvegarde dans un DATA_DIR vide et une base vide (DATABASE_URL, sinon la base embarquée)
`

/** @returns the exit code. */
export async function runRestore(
  args: readonly string[],
  config: Config,
  terminal: { out: Writable; err: Writable },
): Promise<0 | 1> {
  const from = readArguments(args)
  if (from === null) {
    terminal.err.write(USAGE)
    return 1
  }
  try {
    const folder = await findBackup(from)
    const { databaseUrl } = config
    if (databaseUrl !== undefined) await expectEmpty(databaseUrl, nameOf(config))
    const openAt: OpenAt = migrations =>
      databaseUrl === undefined
        ? openPglite({ folder: join(resolve(config.dataDir), 'base') }, migrations)
        : openPostgresql(databaseUrl, migrations)
    const manifest = await restoreBackup(folder, config, storeOf(config, resolve(config.dataDir)), openAt)
    terminal.out.write(
      `${folder} est remise dans ${resolve(config.dataDir)} et ${nameOf(config)} : ` +
        `${manifest.files.count} fichiers relus. Remettez la clé secrète d’origine (SECRET_KEY, ou le ` +
        'fichier cle-secrete dans DATA_DIR), puis démarrez.\n',
    )
    return 0
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    terminal.err.write(`${error.message}\n`)
    return 1
  }
}

function readArguments(args: readonly string[]): string | null {
  try {
    return parseArgs({ args: [...args], options: { from: { type: 'string' } } }).values.from ?? null
  } catch {
    return null
  }
}

/** @throws BackupError when there is any table. */
async function expectEmpty(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query(
      "select 1 from information_schema.tables where table_schema = 'public' limit 1",
    )
    if (rowCount === 0) return
  } finally {
    await client.end()
  }
  throw new BackupError(`${name} n’est pas vide : rien n’a été changé. Restaurez dans une base neuve.`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (existsSync('.env')) process.loadEnvFile('.env')
  process.exitCode = await runRestore(process.argv.slice(2), readConfig(process.env), {
    out: process.stdout,
    err: process.stderr,
  })
}
