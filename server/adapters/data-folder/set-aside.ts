/**
 * `mis-de-cote/AAAA-MM-JJ/…`: where files go that nothing refers to. A database that was mistaken for
 * another, or a row that is missing for a moment, makes every file look like that: nothing is ever deleted
 * for it. Infected files are another thing, and have `quarantaine/`.
 */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isSmallShare } from '../../domain/installation.ts'
import type { KeptStore } from '../kept-store.ts'
import { syncFolder } from './durable.ts'

const SET_ASIDE = 'mis-de-cote'
const DAY = /^\d{4}-\d{2}-\d{2}$/

/** A deposit, an upload or a drawing under way, on another server perhaps, is never older than that. */
export const YOUNG_MS = 24 * 60 * 60 * 1000
/** Hashes in one question to the database. */
const ASKED_AT_ONCE = 1000

/**
 * Where files are looked for. `isReferable`: something may refer to what is there, so that many strays at
 * once are a sign that the wrong thing was asked; what is not is by nature left over.
 */
const SWEPT = [
  { folder: 'blobs', isReferable: true },
  { folder: 'envois', isReferable: true },
  { folder: 'arrivees', isReferable: false },
  { folder: 'lectures', isReferable: false },
] as const
export type SweptFolder = (typeof SWEPT)[number]['folder']

/** A data folder, and the store of its files: in it, or elsewhere. */
export interface Places {
  dataDir: string
  store: KeptStore
}

/** Who knows what is still of use. */
export interface Referrers {
  referencedBlobs(hashes: readonly string[]): Promise<ReadonlySet<string>>
  isUpload(id: string): boolean
}

/** What a folder holds that nothing refers to. */
export interface Strays {
  folder: SweptFolder
  /** Relative to the folder, older than a day. */
  names: string[]
  /** How many are too young to be touched. */
  young: number
  /** Files of the folder, strays or not. */
  total: number
  /** Whether so many at once want somebody's word. */
  isTooMany: boolean
}

/** Looks, and moves nothing. */
export async function findStrays(
  { dataDir, store }: Places,
  referrers: Referrers,
  now: Date,
): Promise<Strays[]> {
  const found: Strays[] = []
  for (const { folder, isReferable } of SWEPT) {
    const isStore = folder === 'blobs'
    const all = isStore ? await store.list() : await readdirOrNone(join(dataDir, folder))
    const strays = await straysOf(folder, all, referrers)
    const names: string[] = []
    for (const name of strays) {
      const cameAt = isStore ? await store.cameAt(name) : (await stat(join(dataDir, folder, name))).mtime
      if (now.getTime() - cameAt.getTime() >= YOUNG_MS) names.push(name)
    }
    const isTooMany = isReferable && !isSmallShare(names.length, all.length)
    found.push({ folder, names, young: strays.length - names.length, total: all.length, isTooMany })
  }
  return found
}

/** Moves strays to the place of the day, under their own folder's name and theirs. */
export async function setAside(
  { dataDir, store }: Places,
  { folder, names }: Pick<Strays, 'folder' | 'names'>,
  now: Date,
): Promise<void> {
  const day = now.toISOString().slice(0, 10)
  if (folder === 'blobs') await store.setAside(names, day)
  else
    await moveAside(
      dataDir,
      folder,
      names.map(name => join(dataDir, folder, name)),
      day,
    )
}

/** Moves files of a data folder to `mis-de-cote/`. */
export async function moveAside(
  dataDir: string,
  folder: SweptFolder,
  paths: readonly string[],
  day: string,
): Promise<void> {
  if (paths.length === 0) return
  const target = join(dataDir, SET_ASIDE, day, folder)
  await mkdir(target, { recursive: true, mode: 0o700 })
  for (const path of paths) await rename(path, join(target, basename(path)))
  await syncFolder(target)
}

/** One file that was set aside. */
export interface AsideFile {
  /** AAAA-MM-JJ. */
  day: string
  folder: SweptFolder
  name: string
}
export type SetAside = AsideFile & { bytes: number }

/** Oldest day first. */
export async function listSetAside({ dataDir, store }: Places): Promise<SetAside[]> {
  const local = (await listAside(dataDir)).filter(({ folder }) => folder !== 'blobs')
  const blobs = await store.listAside()
  return [
    ...local,
    ...blobs.map(({ day, sha256, bytes }) => ({ day, folder: 'blobs' as const, name: sha256, bytes })),
  ].toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
}

/** Deletes for good, on the word of whoever runs the server. */
export async function deleteSetAside({ dataDir, store }: Places, items: readonly SetAside[]): Promise<void> {
  const blobs = items.filter(({ folder }) => folder === 'blobs')
  await store.deleteAside(blobs.map(({ day, name, bytes }) => ({ day, sha256: name, bytes })))
  await deleteAside(
    dataDir,
    items.filter(({ folder }) => folder !== 'blobs'),
  )
}

export const asidePath = (dataDir: string, { day, folder, name }: AsideFile): string =>
  join(dataDir, SET_ASIDE, day, folder, name)

/** What a data folder has set aside, oldest day first. */
export async function listAside(dataDir: string): Promise<SetAside[]> {
  const root = join(dataDir, SET_ASIDE)
  const days = (await readdirOrNone(root)).filter(name => DAY.test(name)).sort()
  const found: SetAside[] = []
  for (const day of days) {
    for (const { folder } of SWEPT) {
      for (const name of (await readdirOrNone(join(root, day, folder))).sort()) {
        found.push({ day, folder, name, bytes: (await stat(join(root, day, folder, name))).size })
      }
    }
  }
  return found
}

/** Deletes from a data folder, with the folders that are empty then. */
export async function deleteAside(dataDir: string, items: readonly AsideFile[]): Promise<void> {
  for (const item of items) await rm(asidePath(dataDir, item), { force: true })
  for (const day of new Set(items.map(item => item.day))) {
    const left = (await listAside(dataDir)).some(item => item.day === day)
    if (!left) await rm(join(dataDir, SET_ASIDE, day), { recursive: true, force: true })
  }
}

async function straysOf(
  folder: SweptFolder,
  names: readonly string[],
  { referencedBlobs, isUpload }: Referrers,
): Promise<string[]> {
  if (folder === 'envois') return names.filter(name => !isUpload(name.split('.')[0] ?? ''))
  if (folder !== 'blobs') return [...names]
  const strays: string[] = []
  for (let from = 0; from < names.length; from += ASKED_AT_ONCE) {
    const some = names.slice(from, from + ASKED_AT_ONCE)
    const referenced = await referencedBlobs(some)
    strays.push(...some.filter(name => !referenced.has(name)))
  }
  return strays
}

async function readdirOrNone(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
