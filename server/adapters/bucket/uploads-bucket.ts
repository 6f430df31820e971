/**
 * Uploads under way that any server takes: a row says how far each one is, and what each request brought
 * is an object of the bucket, `envois/ID/…`. What one server has acknowledged, another goes on from.
 */
import { randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { and, asc, count, eq, inArray, isNotNull, isNull, lt, ne, or, type SQL, sql } from 'drizzle-orm'
import { chunks, uploads } from '../../../schema/tables.ts'
import { isDiskFull } from '../../domain/full-disk.ts'
import {
  type ArrivingUpload,
  type Database,
  type DiskSpace,
  type HeldUploads,
  type JoiningFile,
  type Measured,
  StoreUnreachable,
  TO_FILE,
  type UploadLane,
} from '../../steps/ports.ts'
import { TooLong } from '../measured-file.ts'
import {
  type ArrivingStore,
  type BegunFile,
  type Found,
  type OpenUploads,
  UploadFault,
} from '../uploads/arriving-store.ts'
import { answerOver } from '../uploads/protocol.ts'
import { keptUntilOf, limitsOf, PURGE_EVERY_MS } from '../uploads/upload-limits.ts'
import { UploadTurns } from '../uploads/upload-turns.ts'
import { ARRIVING } from './blobs-bucket.ts'
import type { Bucket } from './bucket.ts'
import { keeping } from './kept-still.ts'
import { sendFile } from './send.ts'
import { gather, measureFile, spool } from './spool.ts'

type Row = typeof uploads.$inferSelect

interface Given {
  db: Database
  bucket: Bucket
  /** Folder of this machine for what is on its way to the bucket, and back from it. It is there. */
  arrivals: string
  disk: DiskSpace
  now: () => Date
  /** Which of these versions exist. */
  areDeposited: (versionIds: string[]) => Promise<ReadonlySet<string>>
}

/** Opens them, and removes those that are known to be of no more use. */
export async function openUploadsBucket(given: Given): Promise<OpenUploads> {
  const store = new ArrivingObjects(given)
  const turns = new UploadTurns()
  await store.purge()
  const timer = setInterval(() => void store.purge().catch(() => {}), PURGE_EVERY_MS).unref()
  const heldOf = (rows: readonly Row[], ids: readonly string[]) => holding(given, store, rows, ids)

  return {
    async list(lane) {
      return (await store.rows(and(ofLane(lane), isNull(uploads.goneAt)))).map(shown)
    },
    roomFor: async lane => limitsOf(lane).most - (await store.countOf(lane)),
    join: (lane, file) => turns.hold([file.id], () => store.join(lane, file)),
    receive: (lane, file, stream, isTruncated) =>
      turns.hold([file.id], () => store.receive(lane, file, stream, isTruncated)),
    async annotate(lane, id, note) {
      await given.db
        .update(uploads)
        .set({ note })
        .where(and(eq(uploads.id, id), ofLane(lane)))
    },
    answer: answerOver(store, turns, given.disk),
    hold: (lane, ids, act) =>
      turns.hold(ids, () =>
        keeping(given.db, and(inArray(uploads.id, [...ids]), ofLane(lane)), async rows => {
          const { held, letGo } = heldOf(rows, ids)
          try {
            return await act(held)
          } finally {
            await letGo()
          }
        }),
      ),
    async erase(ids) {
      const among = [...ids]
      const theirs = await store.rows(or(inArray(uploads.owner, among), inArray(uploads.pieceId, among)))
      await store.forget(theirs.map(({ id }) => id))
    },
    async underWay() {
      return (await store.rows(isNull(uploads.goneAt))).length
    },
    // No file of this machine is one.
    isUnderWay: () => false,
    purge: () => store.purge(),
    async close() {
      clearInterval(timer)
      await store.settled()
    },
  }
}

const ofLane = ({ owner, pieceId }: UploadLane) => and(eq(uploads.owner, owner), eq(uploads.pieceId, pieceId))

const keptUntil = (row: Row) => keptUntilOf(row, row.touchedAt.getTime())

function shown(row: Row): ArrivingUpload {
  const { id, name, modified, folder, mail, note, size, received } = row
  return { id, name, modified, folder, mail, note, size, received, keptUntil: keptUntil(row) }
}

/** The uploads of one act, brought to this machine as they are asked for. */
function holding(
  { disk, arrivals }: Given,
  store: ArrivingObjects,
  rows: readonly Row[],
  ids: readonly string[],
): { held: HeldUploads; letGo(): Promise<void> } {
  const brought = new Map<string, Promise<Measured>>()
  const paths = new Map(rows.map(({ id }) => [id, join(arrivals, randomUUID())]))
  const bring = async (row: Row) => {
    const room = disk.reserve(() => row.size)
    if (room === null) throw Object.assign(new Error('No room to gather an upload'), { code: 'ENOSPC' })
    try {
      return await store.gather(row.id, paths.get(row.id) ?? '')
    } finally {
      room.release()
    }
  }
  const bringOnce = (row: Row) => {
    const measured = brought.get(row.id) ?? bring(row)
    brought.set(row.id, measured)
    return measured
  }
  const pathOf = async (row: Row) => {
    await bringOnce(row)
    return paths.get(row.id) ?? ''
  }
  const own = new Map(rows.map(row => [row.id, row]))
  const inOrder = ids.flatMap(id => own.get(id) ?? [])
  return {
    held: {
      uploads: inOrder.map(row => ({
        ...shown(row),
        path: () => pathOf(row),
        measured: () => bringOnce(row),
        open: async () => (await open(await pathOf(row))).createReadStream(),
      })),
      mark: versionId =>
        store.mark(
          inOrder.map(({ id }) => id),
          versionId,
        ),
      async remove(which = () => true) {
        const all = inOrder.map(({ id }) => id)
        await store.forget(all.filter(which))
        await store.mark(
          all.filter(id => !which(id)),
          null,
        )
      },
    },
    async letGo() {
      await Promise.allSettled(brought.values())
      for (const path of paths.values()) await rm(path, { force: true })
    },
  }
}

class ArrivingObjects implements ArrivingStore {
  readonly #given: Given
  readonly #writing = new Set<Promise<unknown>>()

  constructor(given: Given) {
    this.#given = given
  }

  async rows(which: SQL | undefined): Promise<Row[]> {
    return await this.#given.db
      .select()
      .from(uploads)
      .where(which)
      .orderBy(asc(uploads.begunAt), asc(uploads.id))
  }

  async countOf({ owner }: Pick<UploadLane, 'owner'>): Promise<number> {
    const [found] = await this.#given.db
      .select({ count: count() })
      .from(uploads)
      .where(and(eq(uploads.owner, owner), isNull(uploads.goneAt)))
    return found?.count ?? 0
  }

  async create(lane: UploadLane, file: BegunFile): Promise<void> {
    await this.#enter(this.#given.db, lane, { ...file, mail: null }, 0)
  }

  async find(id: string): Promise<Found | null> {
    const [row] = await this.rows(and(eq(uploads.id, id), isNull(uploads.goneAt)))
    return row ?? null
  }

  /** What came before a line broke counts as well. */
  async write(source: Readable, upload: Found): Promise<number> {
    const writing = this.#write(source, upload)
    this.#writing.add(writing)
    try {
      return await writing
    } finally {
      this.#writing.delete(writing)
    }
  }

  async #write(source: Readable, { id, size, received }: Found): Promise<number> {
    const path = join(this.#given.arrivals, randomUUID())
    try {
      const came = await spool(source, path, size - received)
      if (came.size > 0) await this.#keep(id, received, path, came)
      if (isDiskFull(came.fault)) throw new UploadFault(507, came.fault)
      if (came.fault !== null) throw new UploadFault(came.fault instanceof TooLong ? 413 : 400, came.fault)
      return received + came.size
    } finally {
      await rm(path, { force: true })
    }
  }

  /** The bytes first: a row without them would be an upload of nothing. */
  async #keep(id: string, start: number, path: string, came: Measured): Promise<void> {
    const { db, bucket, now } = this.#given
    const object = objectOf(id, start)
    await sendFile(bucket, object, path, came)
    const isNext = await db.transaction(async tx => {
      const moved = await tx
        .update(uploads)
        .set({ received: start + came.size, touchedAt: now() })
        .where(and(eq(uploads.id, id), eq(uploads.received, start), isNull(uploads.goneAt)))
        .returning({ id: uploads.id })
      if (moved.length === 0) return false
      await tx.insert(chunks).values({ uploadId: id, start, bytes: came.size, sha256: came.sha256, object })
      return true
    })
    if (isNext) return
    // Another server took these bytes meanwhile, or the upload was given up: this object is nobody's.
    await bucket.remove(object)
    throw new UploadFault(409)
  }

  async receive(
    lane: UploadLane,
    file: Omit<JoiningFile, 'path' | 'size'>,
    stream: Readable,
    isTruncated: () => boolean,
  ): Promise<void> {
    const path = join(this.#given.arrivals, randomUUID())
    try {
      const came = await spool(stream, path)
      if (came.fault !== null) throw came.fault
      if (isTruncated()) throw Object.assign(new Error('The file is cut at its limit'), { statusCode: 413 })
      await this.#add(lane, file, path, came)
    } finally {
      await rm(path, { force: true })
    }
  }

  async join(lane: UploadLane, { path, ...file }: JoiningFile): Promise<void> {
    if ((await this.rows(eq(uploads.id, file.id))).length > 0) return
    await this.#add(lane, file, path, await measureFile(path))
  }

  async #add(
    lane: UploadLane,
    file: Omit<JoiningFile, 'path' | 'size'>,
    path: string,
    { sha256, size }: Measured,
  ): Promise<void> {
    const { db, bucket } = this.#given
    const object = objectOf(file.id, 0)
    await sendFile(bucket, object, path, { sha256, size })
    await db.transaction(async tx => {
      await this.#enter(tx, lane, { ...file, modified: '', size }, size)
      await tx.insert(chunks).values({ uploadId: file.id, start: 0, bytes: size, sha256, object })
    })
  }

  async #enter(
    db: Database,
    { owner, pieceId }: UploadLane,
    file: Pick<Row, 'id' | 'name' | 'modified' | 'folder' | 'mail' | 'size'>,
    received: number,
  ): Promise<void> {
    const at = this.#given.now()
    const { id, name, modified, folder, mail, size } = file
    const row = {
      id,
      name,
      modified,
      folder,
      mail,
      size,
      owner,
      pieceId,
      received,
      begunAt: at,
      touchedAt: at,
    }
    await db.insert(uploads).values(row)
  }

  async remove(id: string): Promise<void> {
    const free = or(isNull(uploads.heldUntil), lt(uploads.heldUntil, sql`now()`))
    if ((await this.rows(and(eq(uploads.id, id), isNull(uploads.goneAt)))).length === 0)
      throw new UploadFault(404)
    if ((await this.forget([id], free)) === 0) throw new UploadFault(423)
  }

  async mark(ids: readonly string[], versionId: string | null): Promise<void> {
    if (ids.length === 0) return
    await this.#given.db
      .update(uploads)
      .set({ versionId })
      .where(inArray(uploads.id, [...ids]))
  }

  /** Writes the bytes of an upload at a path, each part compared with what came. */
  async gather(id: string, path: string): Promise<Measured> {
    const { db, bucket } = this.#given
    const parts = await db.select().from(chunks).where(eq(chunks.uploadId, id)).orderBy(asc(chunks.start))
    return await gather(bucket, parts, path)
  }

  /**
   * Out of sight at once; the bytes follow as soon as the store can be reached, then the rows.
   *
   * @param unless only those of them of which this is true.
   * @returns how many went.
   */
  async forget(ids: readonly string[], when?: SQL): Promise<number> {
    if (ids.length === 0) return 0
    const gone = await this.#given.db
      .update(uploads)
      .set({ goneAt: this.#given.now() })
      .where(and(inArray(uploads.id, [...ids]), when))
      .returning({ id: uploads.id })
    await this.#removeBytes(gone.map(({ id }) => id))
    return gone.length
  }

  async #removeBytes(ids: readonly string[]): Promise<void> {
    const { db, bucket } = this.#given
    try {
      for (const id of ids) {
        for (const { key } of await bucket.list(`${ARRIVING}${id}/`)) await bucket.remove(key)
        await db.delete(uploads).where(eq(uploads.id, id))
      }
    } catch (error) {
      if (!(error instanceof StoreUnreachable)) throw error
    }
  }

  /**
   * What was given up by time: whoever sent it was told how long it is kept. What is known to be deposited.
   * And the bytes of what went while the store was away. Nothing is concluded from something missing.
   */
  async purge(): Promise<void> {
    const { now, areDeposited } = this.#given
    const free = or(isNull(uploads.heldUntil), lt(uploads.heldUntil, sql`now()`))
    const givenUp = (pieceId: string) => new Date(now().getTime() - limitsOf({ pieceId }).keptMs)
    const expired = await this.rows(
      and(
        or(
          and(eq(uploads.pieceId, TO_FILE), lt(uploads.touchedAt, givenUp(TO_FILE))),
          and(ne(uploads.pieceId, TO_FILE), lt(uploads.touchedAt, givenUp(''))),
        ),
        isNull(uploads.goneAt),
      ),
    )
    const marked = await this.rows(and(isNotNull(uploads.versionId), free, isNull(uploads.goneAt)))
    const deposited = await areDeposited([...new Set(marked.flatMap(({ versionId }) => versionId ?? []))])
    const done = marked.filter(({ versionId }) => deposited.has(versionId ?? ''))
    await this.forget(
      [...expired, ...done].map(({ id }) => id),
      free,
    )
    await this.#removeBytes((await this.rows(isNotNull(uploads.goneAt))).map(({ id }) => id))
  }

  /** Waits for what lines brought before they were cut. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#writing)
  }
}

/** A name of its own each time: two servers may be given the same bytes, and one of them will count. */
const objectOf = (id: string, start: number) =>
  `${ARRIVING}${id}/${String(start).padStart(12, '0')}-${randomUUID()}`
