/**
 * A backup: a dated folder that holds the rows of the database and its manifest, beside `blobs/`, a store of
 * files that the backups of one place share. The manifest is written last: a folder without one is half a
 * backup.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeDurably } from '../adapters/data-folder/durable.ts'

const MANIFEST = 'sauvegarde.json'
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const contract = z.object({
  format: z.literal(1),
  takenAt: z.iso.datetime(),
  /** Instant (ms) of the last migration that the rows have the shape of. */
  migratedTo: z.number().int(),
  installation: z.object({ storeId: z.uuid(), databaseId: z.uuid(), keyCheck: z.string() }),
  tables: z.array(z.object({ name: z.string(), rows: z.number().int(), sha256 })),
  /** Of `fichiers.txt`: one line for each file of the store, its SHA-256 and its length in bytes. */
  files: z.object({ count: z.number().int(), bytes: z.number().int(), sha256 }),
  /** SHA-256 of files that a row refers to and that were not whole when they were to be copied. */
  lacking: z.array(sha256),
})

export type Manifest = z.infer<typeof contract>

/** A backup that cannot be trusted, or a place where none can be restored; the message is for a person. */
export class BackupError extends Error {}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = JSON.stringify(manifest)
  await writeDurably(
    join(folder, MANIFEST),
    `${JSON.stringify({ manifest, sha256: hashOf(text) }, null, 2)}\n`,
  )
}

/** @throws BackupError when it is absent, or not what was written. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => null)
  if (text === null) {
    throw new BackupError(
      `« ${folder} » n’est pas une sauvegarde entière : ${MANIFEST} y manque, elle a été interrompue. ` +
        'Prenez-en une autre.',
    )
  }
  try {
    const written = z.object({ manifest: z.unknown(), sha256 }).parse(JSON.parse(text))
    const manifest = contract.parse(written.manifest)
    if (hashOf(JSON.stringify(written.manifest)) === written.sha256) return manifest
  } catch {
    // Told below, as an altered one is.
  }
  throw new BackupError(`${join(folder, MANIFEST)} a été altéré : prenez une autre sauvegarde.`)
}

/** The name of the dated folder of a backup taken then. */
export const datedName = (takenAt: Date): string => takenAt.toISOString().replaceAll(':', '-')

/** When the backup of that name was taken. */
export const takenAtOf = (name: string): Date => new Date(name.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:'))

/** The backups of a place, whole or not, newest first. */
export async function listDated(place: string): Promise<string[]> {
  const names = await readdir(place).catch(() => [])
  return names
    .filter(name => /^\d{4}-\d{2}-\d{2}T/.test(name))
    .toSorted()
    .toReversed()
}

/** Whether it was written to its end. */
export const isWhole = (place: string, name: string): boolean => existsSync(join(place, name, MANIFEST))

/** The whole backups of a place, newest first. */
export async function listBackups(place: string): Promise<string[]> {
  return (await listDated(place)).filter(name => isWhole(place, name))
}

/**
 * The SHA-256 of the files that a backup refers to.
 *
 * @throws BackupError when the list is not the one that was written.
 */
export async function readFileList(folder: string, { files }: Manifest): Promise<string[]> {
  const list = await readFile(join(folder, 'fichiers.txt'), 'utf8').catch(() => '')
  if (hashOf(list) !== files.sha256) {
    throw new BackupError(
      `${join(folder, 'fichiers.txt')} manque ou a été altéré\u00a0: prenez une autre sauvegarde.`,
    )
  }
  return list.split('\n').flatMap(line => line.split(' ')[0] || [])
}

/** The backup asked for: a dated folder, or the last whole one of a place that holds several. */
export async function findBackup(from: string): Promise<string> {
  const names = await readdir(from).catch(() => null)
  if (names === null) throw new BackupError(`« ${from} » n’existe pas, ou ne peut pas être lu.`)
  if (names.includes(MANIFEST) || names.includes('base')) return from
  const [last] = await listBackups(from)
  if (last !== undefined) return join(from, last)
  throw new BackupError(`« ${from} » ne contient aucune sauvegarde entière.`)
}
