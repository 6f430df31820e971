/** The two stores of files that servers are killed upon: a folder, and a bucket that outlives them. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bucketAt } from '../../server/adapters/bucket/bucket.ts'
import { startS3 } from '../support/s3-server.ts'

export const STORES = ['folder', 'bucket'] as const
export type StoreKind = (typeof STORES)[number]

export interface Ground {
  /** Of the server; empty at first. */
  dataDir: string
  /** What tells a server of its store. */
  settings: Record<string, string>
  /** Names of the kept files, as they are, whatever a server says of them. */
  blobs(): Promise<string[]>
  /** What is there of uploads under way. */
  uploads(): Promise<string[]>
  close(): Promise<void>
}

export async function openGround(kind: StoreKind): Promise<Ground> {
  const dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-pannes-'))
  const remove = () => rm(dataDir, { recursive: true, force: true })
  if (kind === 'folder') {
    return {
      dataDir,
      settings: {},
      blobs: () => blobsIn(dataDir),
      uploads: () => readdir(join(dataDir, 'envois'), { recursive: true }),
      close: remove,
    }
  }
  const s3 = await startS3()
  const names = async (prefix: string) =>
    (await bucketAt(s3.url).list(prefix)).map(({ key }) => key.split('/').at(-1) ?? '')
  return {
    dataDir,
    settings: { STORAGE_URL: s3.url },
    blobs: () => names('blobs/'),
    uploads: () => names('envois/'),
    async close() {
      await s3.close()
      await remove()
    },
  }
}

/** Of a data folder. */
export async function blobsIn(dataDir: string): Promise<string[]> {
  const shards = await readdir(join(dataDir, 'blobs'))
  return (await Promise.all(shards.map(shard => readdir(join(dataDir, 'blobs', shard))))).flat()
}
