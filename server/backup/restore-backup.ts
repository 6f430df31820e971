/** Reads a backup again, and puts it in an empty place. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { blobPath } from '../adapters/data-folder/blobs-folder.ts'
import { lockFolder } from '../adapters/data-folder/folder-lock.ts'
import type { OpenDatabase } from '../adapters/database.ts'
import type { KeptStore } from '../adapters/kept-store.ts'
import { checkOfKey, readSecretKey } from '../adapters/tokens.ts'
import type { Config } from '../config.ts'
import { BackupError, type Manifest, readFileList, readManifest } from './manifest.ts'
import { loadTables, verifyTable, withMigrationsUpTo } from './tables.ts'

/** What a data folder may hold before: the key, put there first, and the lock of whoever restores. */
const MAY_BE_THERE = ['cle-secrete', 'verrou.sock']

/**
 * Reads everything again: each table and each file is compared with its fingerprint.
 *
 * @returns the manifest, and the SHA-256 of the files of the backup.
 * @throws BackupError that names what is missing or altered.
 */
export async function verifyBackup(folder: string): Promise<{ manifest: Manifest; hashes: string[] }> {
  const manifest = await readManifest(folder)
  for (const table of manifest.tables) await verifyTable(folder, table)
  const hashes = await readFileList(folder, manifest)
  for (const sha256 of hashes) {
    const path = blobPath(join(folder, '..'), sha256)
    const hash = createHash('sha256')
    await pipeline(createReadStream(path), hash).catch(() => {
      throw new BackupError(`${path} manque ou est illisible : la sauvegarde n’est pas entière.`)
    })
    if (hash.digest('hex') !== sha256)
      throw new BackupError(`${path} a été altéré : la sauvegarde n’est pas entière.`)
  }
  return { manifest, hashes }
}

/** Opens the database where the rows go, with the tables that these migrations make. */
export type OpenAt = (migrationsFolder: string) => Promise<OpenDatabase>

/**
 * Puts a verified backup in an empty data folder and an empty database. Files first, rows next, identity
 * last: what stops midway is no installation, and nothing of an existing one is ever touched.
 *
 * @throws BackupError when the place is not empty, the key another one, or the backup not whole.
 */
export async function restoreBackup(
  folder: string,
  config: Config,
  store: KeptStore,
  openAt: OpenAt,
): Promise<Manifest> {
  const dataDir = resolve(config.dataDir)
  const { manifest, hashes } = await verifyBackup(folder)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const there = (await readdir(dataDir)).filter(name => !MAY_BE_THERE.includes(name))
  if (there.length > 0) {
    throw new BackupError(
      `« ${dataDir} » n’est pas vide (${there.slice(0, 5).join(', ')}) : rien n’a été changé. ` +
        'Restaurez dans un dossier neuf.',
    )
  }
  await expectEmpty(store)
  const key = config.secretKey ?? (await readSecretKey(dataDir))
  if (key !== null && checkOfKey(key) !== manifest.installation.keyCheck) {
    throw new BackupError(
      'La clé secrète d’ici n’est pas celle de la sauvegarde : rien n’a été changé. Remettez celle ' +
        'd’origine dans SECRET_KEY ou dans le fichier cle-secrete.',
    )
  }
  const lock = await lockFolder(dataDir)
  try {
    await store.prepare()
    for (const sha256 of hashes) {
      const staged = await store.stage(createReadStream(blobPath(join(folder, '..'), sha256)))
      if (staged.sha256 !== sha256)
        throw new BackupError(`Le fichier ${sha256} a changé pendant la restauration.`)
      await staged.publish()
    }
    await withMigrationsUpTo(manifest.migratedTo, async migrations => {
      const database = await openAt(migrations)
      try {
        await loadTables(database.db, folder, manifest.tables)
      } finally {
        await database.close()
      }
    })
    await store.identity.prepare(manifest.installation)
    await store.identity.settle()
  } finally {
    await lock.release()
  }
  return manifest
}

/** A bucket is not within the data folder: what it holds is another installation's. */
async function expectEmpty(store: KeptStore): Promise<void> {
  const { settled, prepared } = await store.identity.read()
  if (settled === null && prepared === null && (await store.list()).length === 0) return
  const name = `${store.name.charAt(0).toUpperCase()}${store.name.slice(1)}`
  throw new BackupError(`${name} n’est pas vide : rien n’a été changé. Restaurez dans un dépôt neuf.`)
}
