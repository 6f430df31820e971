/**
 * Blobs in a folder: `blobs/ab/ab12…` by SHA-256, `arrivees/` for files being received, `quarantaine/` for
 * infected ones, `mis-de-cote/AAAA-MM-JJ/blobs/` for those that nothing refers to, `abimes/` for damaged ones
 * that were repaired. A blob appears under its
 * hash by an atomic rename once its bytes are on the disk, so that a reader never sees half of one.
 */
import { randomUUID } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { access, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { StoreUnreachable } from '../../steps/ports.ts'
import type { KeptStore } from '../kept-store.ts'
import { readAt } from '../read-at.ts'
import { type Arrived, type Publishing, secondName, stagingIn } from '../staging.ts'
import { syncFolder } from './durable.ts'
import { eraseFile } from './erase-file.ts'
import { prepareIdentity, readIdentity, settleIdentity } from './identity-file.ts'
import { asidePath, deleteAside, listAside, moveAside } from './set-aside.ts'

const READ_CHUNK_BYTES = 1024 * 1024

/** The store of a data folder, ready for deposits. */
export async function openBlobsFolder(folder: string): Promise<KeptStore> {
  const store = blobsFolder(folder)
  await store.prepare()
  return store
}

/** The same, of which nothing is touched yet. */
export function blobsFolder(folder: string): KeptStore {
  const arrivals = join(folder, 'arrivees')
  const quarantineFolder = join(folder, 'quarantaine')
  const damagedFolder = join(folder, 'abimes')
  const pathOf = (sha256: string) => blobPath(folder, sha256)
  const reading = <Found>(sha256: string, read: (path: string) => Promise<Found>): Promise<Found> =>
    read(pathOf(sha256)).catch(error => {
      throw faultOf(error, pathOf(sha256))
    })
  return {
    name: `le dossier ${folder}`,
    prepare: () => makeFolders(join(folder, 'blobs'), arrivals),
    ...stagingIn(arrivals, publishingIn(arrivals, pathOf)),
    withFile: (sha256, use) => use(pathOf(sha256)),
    probe: () => access(join(folder, 'blobs'), constants.R_OK | constants.W_OK),
    read: (sha256, position, target) => reading(sha256, path => readAt(path, position, target)),

    async open(sha256) {
      // Opening first turns a missing blob into an error here rather than in the middle of a download.
      const file = await reading(sha256, path => open(path))
      return file.createReadStream({ highWaterMark: READ_CHUNK_BYTES })
    },

    async size(sha256) {
      try {
        return (await reading(sha256, path => stat(path))).size
      } catch (error) {
        if (error instanceof StoreUnreachable) throw error
        return null
      }
    },

    quarantine: sha256 => moveTo(quarantineFolder, pathOf(sha256)),
    keepDamaged: sha256 => moveTo(damagedFolder, pathOf(sha256)),

    async erase(sha256, now, isUsed) {
      const left = await eraseFile(pathOf(sha256), join(folder, 'effacement'), now, isUsed)
      if (left !== 'erased') return left
      await rm(join(quarantineFolder, sha256), { force: true })
      await rm(join(damagedFolder, sha256), { force: true })
      const aside = (await listAside(folder)).filter(({ name }) => name === sha256)
      if (aside.length > 0) await deleteAside(folder, aside)
      return left
    },

    list: () => listBlobs(folder),
    cameAt: async sha256 => (await stat(pathOf(sha256))).mtime,
    setAside: (sha256s, day) => moveAside(folder, 'blobs', sha256s.map(pathOf), day),
    listAside: async () =>
      (await listAside(folder)).flatMap(({ folder: of, day, name, bytes }) =>
        of === 'blobs' ? [{ day, sha256: name, bytes }] : [],
      ),
    async putBack({ day, sha256 }) {
      const target = pathOf(sha256)
      await mkdir(dirname(target), { recursive: true, mode: 0o700 })
      await rename(asidePath(folder, { day, folder: 'blobs', name: sha256 }), target)
      await syncFolder(dirname(target))
    },
    deleteAside: blobs =>
      deleteAside(
        folder,
        blobs.map(({ day, sha256 }) => ({ day, folder: 'blobs' as const, name: sha256 })),
      ),
    identity: {
      read: () => readIdentity(folder),
      prepare: identity => prepareIdentity(folder, identity),
      settle: () => settleIdentity(folder),
    },
  }
}

/** How what has arrived gets its name in the store. */
function publishingIn(arrivals: string, pathOf: (sha256: string) => string): Publishing {
  const move = async ({ path, measured: { sha256 } }: Arrived) => {
    const target = pathOf(sha256)
    await rename(path, target)
    await syncFolder(dirname(target))
  }
  const add = async (arrived: Arrived) => {
    const target = pathOf(arrived.measured.sha256)
    try {
      await link(arrived.path, target)
      await syncFolder(dirname(target))
    } catch {
      // There already, perhaps damaged, and to be replaced; or a disk that has no second names.
      const path = join(arrivals, randomUUID())
      await secondName(arrived.path, path)
      await move({ ...arrived, path })
      // Left by a rename when the two were one file already.
      await rm(path, { force: true })
    }
  }
  return { move, add }
}

/** Where a data folder keeps a blob. */
export const blobPath = (folder: string, sha256: string): string =>
  join(folder, 'blobs', sha256.slice(0, 2), sha256)

async function makeFolders(blobs: string, arrivals: string): Promise<void> {
  await mkdir(blobs, { recursive: true, mode: 0o700 })
  await mkdir(arrivals, { recursive: true, mode: 0o700 })
  // All of them beforehand: a deposit then has one folder to sync, and never waits for another to sync the
  // parent. They also tell a file that is missing from a disk that is.
  for (let shard = 0; shard < 256; shard++) {
    await mkdir(join(blobs, shard.toString(16).padStart(2, '0')), { recursive: true, mode: 0o700 })
  }
  await syncFolder(blobs)
}

async function moveTo(folder: string, path: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    await rename(path, join(folder, basename(path)))
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  await syncFolder(folder)
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** What the system says of a disk that is away, or of its own limits: nothing about the file. */
const AWAY = new Set(['ESTALE', 'ENOTCONN', 'ETIMEDOUT', 'EHOSTDOWN', 'ENODEV', 'ENXIO', 'EMFILE', 'ENFILE'])

/** What a failed read is about: the store, or this file. A disk that is away takes its folders along. */
function faultOf(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const isAway = AWAY.has(code) || (isMissing(error) && !existsSync(dirname(path)))
  return isAway ? new StoreUnreachable(`${dirname(path)}: ${code}`, { cause: error }) : error
}

/** The SHA-256 of everything in the store of a data folder, whether it was opened or not. */
export async function listBlobs(dataDir: string): Promise<string[]> {
  const blobs = join(dataDir, 'blobs')
  const shards = await readdir(blobs).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  return (await Promise.all(shards.map(shard => readdir(join(blobs, shard))))).flat()
}
