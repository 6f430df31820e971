/**
 * `npm run backup -- --to PLACE`: the rows and the files of this installation, as they are at one instant.
 * `npm run backup -- --verify PLACE` reads a backup again. Ends with 0 when it is whole, 1 otherwise.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FolderInUseError } from '../server/adapters/data-folder/folder-lock.ts'
import type { OpenDatabase } from '../server/adapters/database.ts'
import { BackupError, findBackup, type Manifest } from '../server/backup/manifest.ts'
import { pruneBackups } from '../server/backup/prune-backups.ts'
import { verifyBackup } from '../server/backup/restore-backup.ts'
import { type BackupReport, writeBackup } from '../server/backup/write-backup.ts'
import { type Config, ConfigError, readConfig } from '../server/config.ts'
import { storeOf } from '../server/installation.ts'
import { openDatabaseOf } from './database-of.ts'

const USAGE = `Usage :
  npm run backup -- --to DOSSIER       sauvegarde la base et les fichiers dans un dossier d’un autre disque,
            [--keep N]                 puis ne garde que les N dernières sauvegardes de ce dossier
  npm run backup -- --verify DOSSIER   relit une sauvegarde, fichier par fichier
`

/**
 * @param database already open, brought by a test.
 * @returns the exit code.
 */
export async function runBackup(
  args: readonly string[],
  config: Config,
  terminal: { out: Writable; err: Writable },
  database?: Pick<OpenDatabase, 'db'>,
): Promise<0 | 1> {
  const asked = readArguments(args)
  if (asked === null) {
    terminal.err.write(USAGE)
    return 1
  }
  const say = (line: string) => terminal.out.write(`${line}\n`)
  try {
    if (asked.verify !== undefined) {
      const folder = await findBackup(asked.verify)
      const { manifest } = await verifyBackup(folder)
      say(`${folder} est entière : ${contentsOf(manifest)}.`)
      return manifest.lacking.length === 0 ? 0 : 1
    }
    const to = asked.to ?? ''
    const code = told(await taken(config, to, database), say)
    // One that lacks files replaces no other.
    if (asked.keep !== undefined && code === 0) {
      const { removed, files, bytes } = await pruneBackups(to, asked.keep, new Date())
      say(`${removed.length} anciennes supprimées, et ${files} fichiers (${Math.ceil(bytes / 1e6)} Mo).`)
    }
    return code
  } catch (error) {
    if (error instanceof FolderInUseError) {
      terminal.err.write(
        'Le serveur tourne, et sa base embarquée n’est ouverte que par lui : arrêtez-le, ou donnez-lui ' +
          'BACKUP_TO, et il se sauvegarde lui-même chaque nuit.\n',
      )
      return 1
    }
    if (!(error instanceof BackupError || error instanceof ConfigError)) throw error
    terminal.err.write(`${error.message}\n`)
    return 1
  }
}

function readArguments(args: readonly string[]): { to?: string; verify?: string; keep?: number } | null {
  try {
    const options = { to: { type: 'string' }, verify: { type: 'string' }, keep: { type: 'string' } } as const
    const { keep, ...values } = parseArgs({ args: [...args], options }).values
    if ((values.to === undefined) === (values.verify === undefined)) return null
    if (keep === undefined) return values
    return values.to !== undefined && /^[1-9]\d*$/.test(keep) ? { ...values, keep: Number(keep) } : null
  } catch {
    return null
  }
}

async function taken(config: Config, to: string, database?: Pick<OpenDatabase, 'db'>): Promise<BackupReport> {
  const now = () => new Date()
  const dataDir = resolve(config.dataDir)
  const store = storeOf(config, dataDir)
  if (database !== undefined) return await writeBackup({ db: database.db, dataDir, store, now }, to)
  const opened = await openDatabaseOf(config)
  try {
    return await writeBackup({ db: opened.database.db, dataDir, store, now }, to)
  } finally {
    await opened.close()
  }
}

function told({ folder, manifest, copied }: BackupReport, say: (line: string) => void): 0 | 1 {
  say(`Sauvegarde dans ${folder} : ${contentsOf(manifest)}, dont ${copied} nouveaux.`)
  say('La clé secrète n’y est pas : gardez SECRET_KEY, ou le fichier cle-secrete, à part.')
  for (const sha256 of manifest.lacking)
    say(`ABÎMÉ OU ABSENT sur le serveur, donc pas sauvegardé : ${sha256}`)
  return manifest.lacking.length === 0 ? 0 : 1
}

const contentsOf = ({ takenAt, tables, files }: Manifest): string =>
  `${tables.reduce((sum, { rows }) => sum + rows, 0)} lignes de base et ${files.count} fichiers ` +
  `(${Math.ceil(files.bytes / 1e6)} Mo) du ${takenAt}`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (existsSync('.env')) process.loadEnvFile('.env')
  process.exitCode = await runBackup(process.argv.slice(2), readConfig(process.env), {
    out: process.stdout,
    err: process.stderr,
  })
}
