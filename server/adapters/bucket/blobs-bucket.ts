/**
 * Blobs in a bucket of an S3-compatible store, under the names that a data folder gives them:
 * `blobs/ab/ab12…` by SHA-256, `quarantaine/`, `mis-de-cote/AAAA-MM-JJ/blobs/`, `identite.json`. A file is
 * written on the disk of this machine first, then sent whole: an object appears under its key once all its
 * bytes are there.
 */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { YOUNG_MS } from '../data-folder/set-aside.ts'
import { type KeptStore, NotAStore } from '../kept-store.ts'
import { type Arrived, stagingIn } from '../staging.ts'
import { parseIdentity, writtenIdentity } from '../written-identity.ts'
import { type Bucket, bucketAt } from './bucket.ts'
import { sendFile } from './send.ts'

const IDENTITY = 'identite.json'
const PREPARED = 'identite.json.nouvelle'
const QUARANTINE = 'quarantaine/'
const ASIDE = 'mis-de-cote/'
const LEAVING = 'effacement/'
const DAMAGED = 'abimes/'
const BLOBS = 'blobs/'
/** Uploads under way: `uploads-bucket.ts`. */
export const ARRIVING = 'envois/'
/** All that a store of ours may hold. */
const OURS = [BLOBS, ARRIVING, QUARANTINE, ASIDE, LEAVING, DAMAGED, IDENTITY]

const keyOf = (sha256: string): string => `${BLOBS}${sha256.slice(0, 2)}/${sha256}`
const lastPart = (key: string): string => key.slice(key.lastIndexOf('/') + 1)

/**
 * @param url `https://KEY:SECRET@host/bucket?region=…`
 * @param retriesMs waits before each new try of what fails.
 * @param arrivals folder of this machine for files on their way, and for those that another process reads.
 */
export function blobsBucket(url: string, arrivals: string, retriesMs?: readonly number[]): KeptStore {
  const bucket = bucketAt(url, retriesMs)
  const missing = (sha256: string) => new Error(`No object ${keyOf(sha256)} in ${bucket.name}`)
  const open = async (sha256: string) => {
    const body = await bucket.stream(keyOf(sha256))
    if (body === null) throw missing(sha256)
    return body
  }
  const add = ({ path, measured }: Arrived) => sendFile(bucket, keyOf(measured.sha256), path, measured)
  const move = async (arrived: Arrived) => {
    await add(arrived)
    await rm(arrived.path, { force: true })
  }
  return {
    name: bucket.name,
    prepare: async () => {
      await mkdir(arrivals, { recursive: true, mode: 0o700 })
    },
    ...stagingIn(arrivals, { move, add }),
    open,
    size: sha256 => bucket.size(keyOf(sha256)),
    async probe() {
      await bucket.size(IDENTITY)
    },

    withFile: (sha256, use) => asFile(() => open(sha256), join(arrivals, randomUUID()), use),

    async read(sha256, position, target) {
      if (target.length === 0) return 0
      const bytes = await bucket.range(keyOf(sha256), position, target.length)
      if (bytes === null) throw missing(sha256)
      target.set(bytes)
      return bytes.length
    },

    quarantine: sha256 => moveTo(bucket, QUARANTINE, sha256),
    keepDamaged: sha256 => moveTo(bucket, DAMAGED, sha256),

    erase: (sha256, now, isUsed) => erase(bucket, sha256, now, isUsed),

    list: async () => (await bucket.list(BLOBS)).map(({ key }) => lastPart(key)),
    async cameAt(sha256) {
      const [found] = await bucket.list(keyOf(sha256))
      if (found === undefined) throw missing(sha256)
      return found.cameAt
    },

    async setAside(sha256s, day) {
      for (const sha256 of sha256s) await bucket.move(keyOf(sha256), asideKey({ day, sha256 }))
    },
    async listAside() {
      const found = await bucket.list(ASIDE)
      return found
        .map(({ key, bytes }) => ({ day: key.split('/')[1] ?? '', sha256: lastPart(key), bytes }))
        .toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
    },
    putBack: blob => bucket.move(asideKey(blob), keyOf(blob.sha256)),
    async deleteAside(blobs) {
      for (const blob of blobs) await bucket.remove(asideKey(blob))
    },

    identity: {
      async read() {
        const settled = await bucket.text(IDENTITY)
        const prepared = await bucket.text(PREPARED)
        if (settled === null && prepared === null) await expectOurs(bucket)
        return {
          settled: settled === null ? null : parseIdentity(settled),
          prepared: prepared === null ? null : parseIdentity(prepared),
        }
      },
      prepare: identity => bucket.put(PREPARED, Buffer.from(writtenIdentity(identity))),
      settle: () => bucket.move(PREPARED, IDENTITY),
    },
  }
}

async function moveTo(bucket: Bucket, prefix: string, sha256: string): Promise<void> {
  if ((await bucket.size(keyOf(sha256))) !== null) await bucket.move(keyOf(sha256), `${prefix}${sha256}`)
}

const asideKey = ({ day, sha256 }: { day: string; sha256: string }): string =>
  `${ASIDE}${day}/blobs/${sha256}`

async function asFile<Result>(
  open: () => Promise<Readable>,
  path: string,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  try {
    await pipeline(await open(), createWriteStream(path, { mode: 0o600 }))
    return await use(path)
  } finally {
    await rm(path, { force: true })
  }
}

async function erase(
  bucket: Bucket,
  sha256: string,
  now: Date,
  isUsed: () => Promise<boolean>,
): Promise<'erased' | 'used' | 'recent'> {
  const leaving = `${LEAVING}${sha256}`
  const [found] = await bucket.list(keyOf(sha256))
  // Looked at first: an object that is moved has come anew.
  const isRecent = found !== undefined && now.getTime() - found.cameAt.getTime() < YOUNG_MS
  if (isRecent) return (await isUsed()) ? 'used' : 'recent'
  // Out of everybody's sight before the rows are asked: what is deposited meanwhile is another object.
  if (found !== undefined) await bucket.move(keyOf(sha256), leaving)
  if (await isUsed()) {
    if ((await bucket.size(leaving)) !== null) await bucket.move(leaving, keyOf(sha256))
    return 'used'
  }
  const aside = (await bucket.list(ASIDE)).filter(({ key }) => lastPart(key) === sha256)
  for (const key of [
    leaving,
    `${QUARANTINE}${sha256}`,
    `${DAMAGED}${sha256}`,
    ...aside.map(each => each.key),
  ])
    await bucket.remove(key)
  return 'erased'
}

/** A bucket that something else fills is no place for a store: its own rules would delete or overwrite. */
async function expectOurs(bucket: Bucket): Promise<void> {
  const foreign = (await bucket.list('', 1000)).find(({ key }) => !OURS.some(ours => key.startsWith(ours)))
  if (foreign === undefined) return
  throw new NotAStore(
    `${bucket.name.charAt(0).toUpperCase()}${bucket.name.slice(1)} contient déjà autre chose ` +
      `(« ${foreign.key} ») : donnez dans STORAGE_URL un compartiment qui ne serve qu’à cela.`,
  )
}
