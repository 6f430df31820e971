/** Takes a backup while the server runs: the rows first, at one instant, then the bytes they refer to. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { openBlobsFolder } from '../adapters/data-folder/blobs-folder.ts'
import { syncFolder } from '../adapters/data-folder/durable.ts'
import type { KeptStore } from '../adapters/kept-store.ts'
import { readInstallation } from '../steps/installation-row.ts'
import type { BlobStore, Database } from '../steps/ports.ts'
import { expectedBlobs } from '../steps/read/referenced-files.ts'
import { BackupError, datedName, hashOf, type Manifest, writeManifest } from './manifest.ts'
import { dumpTables } from './tables.ts'

export interface BackupReport {
  /** Where it is. */
  folder: string
  manifest: Manifest
  /** Files that were not in an earlier backup of the same place. */
  copied: number
}

/** What a backup is taken of. */
interface Installed {
  db: Database
  dataDir: string
  store: KeptStore
}

/**
 * Rows come first: every file that they refer to is in the store already, and nothing takes it away within
 * the day. Files that an earlier backup of the place holds are not copied again.
 *
 * @param dataDir of the installation; `to` may not be within it.
 * @throws BackupError
 */
export async function writeBackup(
  { db, dataDir, store, now }: Installed & { now: () => Date },
  to: string,
): Promise<BackupReport> {
  const place = resolve(to)
  if (`${place}${sep}`.startsWith(`${resolve(dataDir)}${sep}`)) {
    throw new BackupError(
      'Une sauvegarde dans le dossier de données se perd avec lui : choisissez un autre disque.',
    )
  }
  const at = now()
  const folder = join(place, datedName(at))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { tables, migratedTo, seen } = await dumpTables(db, folder, async tx => ({
    installation: await readInstallation(tx),
    hashes: [...(await expectedBlobs(tx))].toSorted(),
  }))
  const { installation } = seen
  if (installation === null)
    throw new BackupError('Cette base n’a pas encore d’identité : démarrez le serveur.')

  const kept = await openBlobsFolder(place)
  const held: HeldFile[] = []
  const lacking: string[] = []
  let copied = 0
  for (const sha256 of seen.hashes) {
    const blob = await copyBlob(store, kept, sha256)
    if (blob === null) lacking.push(sha256)
    else {
      held.push({ sha256, size: blob.size })
      if (blob.isNew) copied++
    }
  }
  const rows = { takenAt: at.toISOString(), migratedTo, installation, tables, lacking }
  return { folder, manifest: await closeBackup(folder, rows, held), copied }
}

/**
 * Keeps the rows of an earlier version in the data folder, before its schema is brought up to date: a backup
 * like another, whose files are those of the store beside it.
 *
 * @returns where it is; null for a database that has no identity yet, which no start goes on with.
 */
export async function keepRows({ db, dataDir, store }: Installed, at: Date): Promise<string | null> {
  const folder = join(dataDir, datedName(at))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { tables, migratedTo, seen: installation } = await dumpTables(db, folder, readInstallation)
  if (installation === null) {
    await rm(folder, { recursive: true })
    return null
  }
  // What rows refer to is asked of the tables of today only: all that the store holds is listed.
  const held: HeldFile[] = []
  for (const sha256 of (await store.list()).toSorted())
    held.push({ sha256, size: (await store.size(sha256)) ?? 0 })
  const rows = { takenAt: at.toISOString(), migratedTo, installation, tables, lacking: [] }
  await closeBackup(folder, rows, held)
  return folder
}

interface HeldFile {
  sha256: string
  /** In bytes. */
  size: number
}

/** Lists the files, and writes the manifest last. */
async function closeBackup(
  folder: string,
  rows: Omit<Manifest, 'format' | 'files'>,
  held: readonly HeldFile[],
): Promise<Manifest> {
  const list = held.map(({ sha256, size }) => `${sha256} ${size}\n`).join('')
  await writeFile(join(folder, 'fichiers.txt'), list, { flush: true, mode: 0o600 })
  const bytes = held.reduce((sum, { size }) => sum + size, 0)
  const manifest: Manifest = {
    format: 1,
    ...rows,
    files: { count: held.length, bytes, sha256: hashOf(list) },
  }
  await syncFolder(join(folder, 'base'))
  await writeManifest(folder, manifest)
  return manifest
}

/** Brings a blob of the server's store to that of the place unless it is there; null when it is not whole. */
async function copyBlob(
  store: BlobStore,
  kept: BlobStore,
  sha256: string,
): Promise<{ size: number; isNew: boolean } | null> {
  const there = await kept.size(sha256)
  if (there !== null) return { size: there, isNew: false }
  if ((await store.size(sha256)) === null) return null
  const staged = await kept.stage(await store.open(sha256))
  if (staged.sha256 !== sha256) {
    await staged.discard()
    return null
  }
  await staged.publish()
  return { size: staged.size, isNew: true }
}
