/**
 * Blobs in a folder: `blobs/ab/ab12…` by SHA-256, `arrivees/` for files being received, `quarantaine/` for infected ones. A blob appears under its
 * hash by an atomic rename once its bytes are on the disk, so that a reader never sees half of one.
 */

import { createHash, randomUUID } from 'node:crypto'
import { closeSync, createWriteStream, openSync, read, readSync } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { fileTypeFromFile } from 'file-type'
import type { BlobStore, StagedBlob } from '../steps/ports.ts'

const READ_CHUNK_BYTES = 1024 * 1024
/** Reads up to here are made at once: a trip through the thread pool costs more than they do. */
const SYNC_READ_BYTES = 256 * 1024

export interface FolderBlobStore extends BlobStore {
  /**
   * Removes what cut-off deposits left: arrivals, and blobs that no version refers to. To be called before any
   * deposit is taken.
   */
  sweep(
    isReferenced: (hashes: string[]) => Promise<ReadonlySet<string>>,
  ): Promise<{ cutOff: number; orphans: number }>
}

export async function openBlobsFolder(folder: string): Promise<FolderBlobStore> {
  const blobsFolder = join(folder, 'blobs')
  const arrivalsFolder = join(folder, 'arrivees')
  const quarantineFolder = join(folder, 'quarantaine')
  await mkdir(blobsFolder, { recursive: true, mode: 0o700 })
  await mkdir(arrivalsFolder, { recursive: true, mode: 0o700 })
  const shardOf = (sha256: string) => join(blobsFolder, sha256.slice(0, 2))
  const pathOf = (sha256: string) => join(shardOf(sha256), sha256)

  // All of them beforehand: a deposit then has one folder to sync, and never waits for another to sync the parent.
  for (let shard = 0; shard < 256; shard++) {
    await mkdir(join(blobsFolder, shard.toString(16).padStart(2, '0')), { recursive: true, mode: 0o700 })
  }
  await syncFolder(blobsFolder)

  async function staged(
    arrival: string,
    measured: Pick<StagedBlob, 'sha256' | 'crc32' | 'size'>,
  ): Promise<StagedBlob> {
    const { sha256 } = measured
    const sniffed = await fileTypeFromFile(arrival)
    return {
      ...measured,
      mediaType: sniffed?.mime ?? null,
      read: (position, target) => readFrom(arrival, position, target),
      async publish() {
        await rename(arrival, pathOf(sha256))
        // Renaming does nothing when both names are already the same file.
        await rm(arrival, { force: true })
        await syncFolder(shardOf(sha256))
      },
      discard: () => rm(arrival, { force: true }),
    }
  }

  return {
    async stage(source: Readable): Promise<StagedBlob> {
      const arrival = join(arrivalsFolder, randomUUID())
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
        return await staged(arrival, { sha256: hash.digest('hex'), crc32: crc, size })
      } catch (error) {
        // A source that fails at once does so while the file is being opened: it would appear after its removal.
        if (!written.closed) await new Promise<void>(resolve => written.once('close', () => resolve()))
        await rm(arrival, { force: true })
        throw error
      }
    },

    async stageFile(path: string): Promise<StagedBlob> {
      const arrival = join(arrivalsFolder, randomUUID())
      try {
        // A second name for the same bytes; on a disk that has no such thing, a second copy.
        await link(path, arrival).catch(() => copyFile(path, arrival))
        return await staged(arrival, await measure(arrival))
      } catch (error) {
        await rm(arrival, { force: true })
        throw error
      }
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

    read: (sha256, position, target) => readFrom(pathOf(sha256), position, target),

    async quarantine(sha256) {
      await mkdir(quarantineFolder, { recursive: true, mode: 0o700 })
      try {
        await rename(pathOf(sha256), join(quarantineFolder, sha256))
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
        throw error
      }
      await syncFolder(quarantineFolder)
    },

    async sweep(isReferenced) {
      const arrivals = await readdir(arrivalsFolder)
      for (const name of arrivals) await rm(join(arrivalsFolder, name), { force: true })
      let orphans = 0
      for (const shard of await readdir(blobsFolder)) {
        const hashes = await readdir(join(blobsFolder, shard))
        const referenced = await isReferenced(hashes)
        for (const sha256 of hashes.filter(name => !referenced.has(name))) {
          await rm(pathOf(sha256), { force: true })
          orphans++
        }
      }
      return { cutOff: arrivals.length, orphans }
    },
  }
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
async function measure(path: string): Promise<Pick<StagedBlob, 'sha256' | 'crc32' | 'size'>> {
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
    await file.sync()
    return { sha256: hash.digest('hex'), crc32: crc, size }
  } finally {
    await file.close()
  }
}

/** A rename is durable once its folder is synced. Windows cannot open folders, and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
