/**
 * `mis-de-cote/AAAA-MM-JJ/…`: where files go that nothing refers to. A database that was mistaken for
 * another, or a row that is missing for a moment, makes every file look like that: nothing is ever deleted
 * for it. Infected files are another thing, and have `quarantaine/`.
 */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isSmallShare } from '../../domain/installation.ts'
import { syncFolder } from './durable.ts'

const SET_ASIDE = 'mis-de-cote'
const DAY = /^\d{4}-\d{2}-\d{2}$/

/** A deposit, an upload or a drawing under way, on another server perhaps, is never older than that. */
export const YOUNG_MS = 24 * 60 * 60 * 1000

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
export async function findStrays(dataDir: string, referrers: Referrers, now: Date): Promise<Strays[]> {
  const found: Strays[] = []
  for (const { folder, isReferable } of SWEPT) {
    const all = await namesIn(join(dataDir, folder), folder === 'blobs')
    const strays = await straysOf(folder, all, referrers)
    const names: string[] = []
    for (const name of strays) {
      const file = await stat(join(dataDir, folder, name))
      if (now.getTime() - file.mtimeMs >= YOUNG_MS) names.push(name)
    }
    const isTooMany = isReferable && !isSmallShare(names.length, all.length)
    found.push({ folder, names, young: strays.length - names.length, total: all.length, isTooMany })
  }
  return found
}

/** Moves strays to the day's folder, under their own folder's name and theirs. */
export async function setAside(
  dataDir: string,
  { folder, names }: Pick<Strays, 'folder' | 'names'>,
  now: Date,
): Promise<void> {
  if (names.length === 0) return
  const target = join(dataDir, SET_ASIDE, now.toISOString().slice(0, 10), folder)
  await mkdir(target, { recursive: true, mode: 0o700 })
  for (const name of names) await rename(join(dataDir, folder, name), join(target, lastPart(name)))
  await syncFolder(target)
}

/** One file that was set aside. */
export interface SetAside {
  /** AAAA-MM-JJ. */
  day: string
  folder: SweptFolder
  name: string
  path: string
  bytes: number
}

/** Oldest day first. */
export async function listSetAside(dataDir: string): Promise<SetAside[]> {
  const root = join(dataDir, SET_ASIDE)
  const days = (await readdirOrNone(root)).filter(name => DAY.test(name)).sort()
  const found: SetAside[] = []
  for (const day of days) {
    for (const { folder } of SWEPT) {
      for (const name of (await readdirOrNone(join(root, day, folder))).sort()) {
        const path = join(root, day, folder, name)
        found.push({ day, folder, name, path, bytes: (await stat(path)).size })
      }
    }
  }
  return found
}

/** Puts a blob back under its hash; the bytes that are there already, if any, are the same. */
export async function putBack(dataDir: string, { path, name }: SetAside): Promise<void> {
  const target = join(dataDir, 'blobs', name.slice(0, 2), name)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  await rename(path, target)
  await syncFolder(dirname(target))
}

/** Deletes for good, on the word of whoever runs the server, and the folders that are empty then. */
export async function deleteSetAside(dataDir: string, items: readonly SetAside[]): Promise<void> {
  for (const { path } of items) await rm(path, { force: true })
  for (const day of new Set(items.map(item => item.day))) {
    const left = (await listSetAside(dataDir)).some(item => item.day === day)
    if (!left) await rm(join(dataDir, SET_ASIDE, day), { recursive: true })
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
  for (const shard of new Set(names.map(name => dirname(name)))) {
    const own = names.filter(name => dirname(name) === shard)
    const referenced = await referencedBlobs(own.map(lastPart))
    strays.push(...own.filter(name => !referenced.has(lastPart(name))))
  }
  return strays
}

/** Names relative to the folder, one floor down for a folder of shards. */
async function namesIn(path: string, isSharded: boolean): Promise<string[]> {
  const names = await readdirOrNone(path)
  if (!isSharded) return names
  const shards = await Promise.all(
    names.map(async shard => (await readdirOrNone(join(path, shard))).map(name => `${shard}/${name}`)),
  )
  return shards.flat()
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1)

async function readdirOrNone(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
