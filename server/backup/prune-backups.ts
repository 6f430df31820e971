/**
 * Removes old backups of a place, and the files that only they refer to. What goes is what a list that was
 * read names, and no list of a kept backup does: nothing goes because something was not found.
 */
import { existsSync } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { blobPath } from '../adapters/data-folder/blobs-folder.ts'
import { syncFolder } from '../adapters/data-folder/durable.ts'
import {
  BackupError,
  isWhole,
  listDated,
  type Manifest,
  readFileList,
  readManifest,
  takenAtOf,
} from './manifest.ts'

/** Begins the name of a backup that is being removed: not one to restore, its list still there to read. */
const GOING = 'supprimee-'

/** A backup without its manifest may be under way for so long; then it was cut off, and is left as it is. */
const UNDER_WAY_MS = 24 * 60 * 60 * 1000

export interface Pruned {
  /** Names of the dated folders that went, oldest first. */
  removed: string[]
  /** Files that went with them. */
  files: number
  /** In bytes. */
  bytes: number
}

interface Listed {
  name: string
  manifest: Manifest
  hashes: string[]
}

/**
 * Keeps the newest backups, and the newest that lacks nothing when none of these does.
 *
 * @param keep how many, 1 or more.
 * @throws BackupError when a backup cannot be read, or one is under way: nothing is removed then, since what
 * they refer to is not known.
 */
export async function pruneBackups(place: string, keep: number, now: Date): Promise<Pruned> {
  const backups = await readBackups(place, now)
  const kept = new Set(backups.slice(0, keep))
  const whole = backups.find(({ manifest }) => manifest.lacking.length === 0)
  if (whole !== undefined) kept.add(whole)
  const going = backups.filter(backup => !kept.has(backup)).toReversed()

  for (const { name } of going) await rename(join(place, name), join(place, GOING + name))
  if (going.length > 0) await syncFolder(place)
  const ofKept = new Set([...kept].flatMap(({ hashes }) => hashes))
  const pruned: Pruned = { removed: going.map(({ name }) => name), files: 0, bytes: 0 }
  // Those too that a stop left half removed.
  for (const name of (await readdir(place)).filter(each => each.startsWith(GOING))) {
    const folder = join(place, name)
    const hashes = await readFileList(folder, await readManifest(folder))
    for (const sha256 of hashes.filter(each => !ofKept.has(each))) {
      const path = blobPath(place, sha256)
      const size = await stat(path).then(
        found => found.size,
        () => null,
      )
      if (size === null) continue
      await rm(path)
      pruned.files++
      pruned.bytes += size
    }
    await rm(folder, { recursive: true })
  }
  return pruned
}

/** Every backup of the place with what it refers to, newest first. */
async function readBackups(place: string, now: Date): Promise<Listed[]> {
  const listed: Listed[] = []
  for (const name of await listDated(place)) {
    const folder = join(place, name)
    if (isWhole(place, name)) {
      const manifest = await readManifest(folder)
      listed.push({ name, manifest, hashes: await readFileList(folder, manifest) })
    } else if (now.getTime() - takenAtOf(name).getTime() < UNDER_WAY_MS && existsSync(folder)) {
      throw new BackupError(
        `«\u00a0${folder}\u00a0» est en cours, ou vient d’être interrompue\u00a0: ` +
          'aucune ancienne sauvegarde n’est supprimée.',
      )
    }
  }
  return listed
}
