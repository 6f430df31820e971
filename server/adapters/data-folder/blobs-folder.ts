/**
 * Blobs in a folder: `blobs/ab/ab12…` by SHA-256, `arrivees/` for files being received, `quarantaine/` for
 * infected ones. A blob appears under its hash by an atomic rename once its bytes are on the disk, so that a
 * reader never sees half of one.
 */

import { createHash, randomUUID } from 'node:crypto'
import { closeSync, constants, createWriteStream, openSync, read, readSync } from 'node:fs'
import { access, copyFile, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import type { BlobStore, StagedBlob } from '../../steps/ports.ts'
import { syncFolder } from './durable.ts'
import { deleteSetAside, listSetAside, YOUNG_MS } from './set-aside.ts'

const READ_CHUNK_BYTES = 1024 * 1024
/** Reads up to here are made at once: a trip through the thread pool costs more than they do. */
const SYNC_READ_BYTES = 256 * 1024

export async function openBlobsFolder(folder: string): Promise<BlobStore> {
  const folders = foldersIn(folder)
  await makeFolders(folders)
  const pathOf = (sha256: string) => blobPath(folder, sha256)
  return {
    stage: source => stage(folders, source),
    stageFile: path => stageFile(folders, path),
    pathOf,
    read: (sha256, position, target) => readFrom(pathOf(sha256), position, target),
    probe: () => access(folders.blobs, constants.R_OK | constants.W_OK),
    quarantine: sha256 => quarantine(folders, pathOf(sha256), sha256),
    async erase(sha256, now, isUsed) {
      const left = await erase(folders, pathOf(sha256), sha256, now, isUsed)
      if (left !== 'erased') return left
      await rm(join(folders.quarantine, sha256), { force: true })
      const aside = (await listSetAside(folder)).filter(({ name }) => name === sha256)
      if (aside.length > 0) await deleteSetAside(folder, aside)
      return left
    },

    async open(sha256: string): Promise<Readable> {
      // Opening first turns a missing blob into an error here rather than in the middle of a download.
      const file = await open(pathOf(sha256))
      return file.createReadStream({ highWaterMark: READ_CHUNK_BYTES })
    },

    async size(sha256) {
      return await stat(pathOf(sha256)).then(
        found => found.size,
        () => null,
      )
    },
  }
}

/** Where a data folder keeps a blob. */
export const blobPath = (folder: string, sha256: string): string =>
  join(shardOf(foldersIn(folder), sha256), sha256)

interface Folders {
  blobs: string
  arrivals: string
  quarantine: string
  /** On their way out. */
  leaving: string
}

function foldersIn(folder: string): Folders {
  return {
    blobs: join(folder, 'blobs'),
    arrivals: join(folder, 'arrivees'),
    quarantine: join(folder, 'quarantaine'),
    leaving: join(folder, 'effacement'),
  }
}

const shardOf = ({ blobs }: Folders, sha256: string) => join(blobs, sha256.slice(0, 2))

async function makeFolders({ blobs, arrivals }: Folders): Promise<void> {
  await mkdir(blobs, { recursive: true, mode: 0o700 })
  await mkdir(arrivals, { recursive: true, mode: 0o700 })
  // All of them beforehand: a deposit then has one folder to sync, and never waits for another to sync the
  // parent.
  for (let shard = 0; shard < 256; shard++) {
    await mkdir(join(blobs, shard.toString(16).padStart(2, '0')), { recursive: true, mode: 0o700 })
  }
  await syncFolder(blobs)
}

type Measured = Pick<StagedBlob, 'sha256' | 'crc32' | 'size'>

function staged(folders: Folders, arrival: string, measured: Measured): StagedBlob {
  const { sha256 } = measured
  const shard = shardOf(folders, sha256)
  return {
    ...measured,
    path: arrival,
    read: (position, target) => readFrom(arrival, position, target),
    async publish() {
      await rename(arrival, join(shard, sha256))
      // Renaming does nothing when both names are already the same file.
      await rm(arrival, { force: true })
      await syncFolder(shard)
    },
    discard: () => rm(arrival, { force: true }),
  }
}

async function stage(folders: Folders, source: Readable): Promise<StagedBlob> {
  const arrival = join(folders.arrivals, randomUUID())
  const hash = createHash('sha256')
  let crc = 0
  let size = 0
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      crc = crc32(chunk, crc)
      size += chunk.length
      done(null, chunk)
    },
  })
  // `flush` syncs the file before it closes: a power cut after the answer must not empty it.
  const written = createWriteStream(arrival, { flush: true, mode: 0o600 })
  try {
    await pipeline(source, meter, written)
    return staged(folders, arrival, { sha256: hash.digest('hex'), crc32: crc, size })
  } catch (error) {
    // A source that fails at once does so while the file is being opened: it would appear after its removal.
    if (!written.closed) await new Promise<void>(resolve => written.once('close', () => resolve()))
    await rm(arrival, { force: true })
    throw error
  }
}

async function stageFile(folders: Folders, path: string): Promise<StagedBlob> {
  const arrival = join(folders.arrivals, randomUUID())
  try {
    // A second name for the same bytes; on a disk that has no such thing, a second copy.
    await link(path, arrival).catch(() => copyFile(path, arrival))
    return staged(folders, arrival, await measure(arrival))
  } catch (error) {
    await rm(arrival, { force: true })
    throw error
  }
}

async function quarantine(folders: Folders, path: string, sha256: string): Promise<void> {
  await mkdir(folders.quarantine, { recursive: true, mode: 0o700 })
  try {
    await rename(path, join(folders.quarantine, sha256))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw error
  }
  await syncFolder(folders.quarantine)
}

/**
 * Out of everybody's sight first, then asked about, then removed: what is deposited meanwhile is another
 * file, under the same name.
 */
async function erase(
  folders: Folders,
  path: string,
  sha256: string,
  now: Date,
  isUsed: () => Promise<boolean>,
): Promise<'erased' | 'used' | 'recent'> {
  await mkdir(folders.leaving, { recursive: true, mode: 0o700 })
  const leaving = join(folders.leaving, sha256)
  // A stop may have left it there: nothing is at `path` then.
  await rename(path, leaving).catch(unlessAbsent)
  const found = await stat(leaving).catch(unlessAbsent)
  const isRecent = found !== undefined && now.getTime() - found.mtimeMs < YOUNG_MS
  const used = await isUsed()
  if (!used && !isRecent) {
    await rm(leaving, { force: true })
    await syncFolder(folders.leaving)
    return 'erased'
  }
  // What was deposited meanwhile stays: the same bytes, and newer.
  await link(leaving, path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' && error.code !== 'ENOENT') await rename(leaving, path)
  })
  await rm(leaving, { force: true })
  return used ? 'used' : 'recent'
}

function unlessAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined
  throw error
}

/** The SHA-256 of everything in the store of a data folder, whether it was opened or not. */
export async function listBlobs(dataDir: string): Promise<string[]> {
  const blobsFolder = join(dataDir, 'blobs')
  const shards = await readdir(blobsFolder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const names = await Promise.all(shards.map(shard => readdir(join(blobsFolder, shard))))
  return names.flat()
}

async function readFrom(path: string, position: number, target: Uint8Array): Promise<number> {
  const handle = openSync(path, 'r')
  try {
    return target.length <= SYNC_READ_BYTES
      ? readSync(handle, target, 0, target.length, position)
      : await readLarge(handle, target, position)
  } finally {
    closeSync(handle)
  }
}

function readLarge(handle: number, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(handle, target, 0, target.length, position, (error, bytesRead) =>
      error === null ? resolve(bytesRead) : reject(error),
    )
  })
}

/** Reads a file once, and syncs it: a power cut after the answer must not empty it. */
async function measure(path: string): Promise<Measured> {
  const file = await open(path, 'r+')
  try {
    const hash = createHash('sha256')
    let crc = 0
    let size = 0
    for await (const chunk of file.createReadStream({ highWaterMark: READ_CHUNK_BYTES, autoClose: false })) {
      hash.update(chunk)
      crc = crc32(chunk, crc)
      size += chunk.length
    }
    // From now on it is a new blob, whenever its bytes came: what is young is never set aside.
    await file.utimes(new Date(), new Date())
    await file.sync()
    return { sha256: hash.digest('hex'), crc32: crc, size }
  } finally {
    await file.close()
  }
}
