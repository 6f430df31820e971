/**
 * Uploads that arrive piece by piece, by the tus protocol: `envois/ID` grows, `envois/ID.json` says whose it
 * is. Once deposited, its bytes are a blob and nothing of it stays. The folder is held by one process, so
 * that what it holds is known from memory.
 */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FileStore } from '@tus/file-store'
import { ERRORS, Upload } from '@tus/server'
import { isDiskFull } from '../../domain/full-disk.ts'
import type { ArrivingUpload, DiskSpace, HeldUploads, JoiningFile, UploadLane } from '../../steps/ports.ts'
import type { OpenUploads } from './arriving-store.ts'
import { answerOver } from './protocol.ts'
import { keptUntilOf, limitsOf, PURGE_EVERY_MS } from './upload-limits.ts'
import { UploadTurns } from './upload-turns.ts'

interface Entry extends Omit<ArrivingUpload, 'keptUntil'>, UploadLane {
  touchedAt: number
}

/**
 * Opens the folder and removes from it what is known to be of no more use: uploads deposited already, and
 * what has expired. Halves of files stay where they are, for the sweep. To be called before any upload is
 * taken.
 *
 * @param areDeposited which of these versions exist.
 */
export async function openUploadsFolder(
  dataDir: string,
  given: {
    disk: DiskSpace
    now: () => Date
    areDeposited: (versionIds: string[]) => Promise<ReadonlySet<string>>
  },
): Promise<OpenUploads> {
  const folder = join(dataDir, 'envois')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { disk, now } = given
  const store = new ArrivingFiles(folder, () => now().getTime())
  await store.load(given.areDeposited)
  disk.expect(() => store.bytesToCome())

  const turns = new UploadTurns()

  // Given up by time: whoever sent it was told how long it is kept. Nothing is concluded from something
  // missing.
  async function purge(): Promise<void> {
    const expired = [...store.entries.values()].filter(entry => keptUntil(entry) < now())
    for (const { id } of expired) await turns.hold([id], () => store.forget(id))
  }
  await purge()
  const timer = setInterval(() => void purge(), PURGE_EVERY_MS).unref()

  return {
    list: async lane => store.ofLane(lane).map(entry => ({ ...entry, keptUntil: keptUntil(entry) })),
    roomFor: async lane => limitsOf(lane).most - (await store.countOf(lane)),
    join: (lane, file) => turns.hold([file.id], () => store.join(lane, file)),
    receive: (lane, file, stream, isTruncated) =>
      turns.hold([file.id], () => store.receive(lane, file, stream, isTruncated)),
    annotate: (lane, id, note) => turns.hold([id], () => store.annotate(lane, id, note)),
    answer: answerOver(store, turns, disk),
    hold: (lane, ids, act) => turns.hold(ids, () => act(heldUploads(store, lane, ids))),
    async erase(ids) {
      const isTheirs = ({ owner, pieceId }: UploadLane) => ids.has(owner) || ids.has(pieceId)
      const theirs = [...store.entries.values()].filter(isTheirs)
      for (const { id } of theirs) await turns.hold([id], () => store.forget(id))
    },
    underWay: async () => store.entries.size,
    isUnderWay: id => store.entries.has(id),
    purge,
    close: async () => clearInterval(timer),
  }
}

const keptUntil = (entry: Entry) => keptUntilOf(entry, entry.touchedAt)

function heldUploads(store: ArrivingFiles, lane: UploadLane, ids: readonly string[]): HeldUploads {
  const own = new Map(store.ofLane(lane).map(entry => [entry.id, entry]))
  const held = ids.flatMap(id => own.get(id) ?? [])
  return {
    uploads: held.map(entry => {
      const path = store.pathOf(entry.id)
      // Opened before it is read: one that is removed meanwhile is read to its end.
      const openFile = async () => (await open(path)).createReadStream()
      return { ...entry, keptUntil: keptUntil(entry), path: async () => path, open: openFile }
    }),
    async mark(versionId) {
      for (const { id } of held) await writeFile(store.markOf(id), versionId)
    },
    async remove(which = () => true) {
      for (const { id } of held) {
        if (which(id)) await store.forget(id)
        // Not part of that version: the next start must not take it for deposited.
        else await rm(store.markOf(id), { force: true })
      }
    },
  }
}

/** The library's file store, with an index, private files, and a full disk told from other faults. */
class ArrivingFiles extends FileStore {
  readonly entries = new Map<string, Entry>()
  readonly #now: () => number
  readonly #noRoom = new Set<string>()

  constructor(directory: string, now: () => number) {
    super({ directory })
    this.#now = now
    // Sizes are known beforehand here: nothing may be begun whose end is not.
    this.extensions = ['creation', 'creation-with-upload', 'termination']
  }

  pathOf = (id: string) => join(this.directory, id)
  /** Holds the id of the version being made: it tells, after a stop, whether the upload was deposited. */
  markOf = (id: string) => join(this.directory, `${id}.depot`)

  ofLane(lane: UploadLane): Entry[] {
    return [...this.entries.values()].filter(
      ({ owner, pieceId }) => owner === lane.owner && pieceId === lane.pieceId,
    )
  }

  async countOf({ owner }: Pick<UploadLane, 'owner'>): Promise<number> {
    return [...this.entries.values()].filter(entry => entry.owner === owner).length
  }

  /** The bytes first: an index without them would be a file of nothing. */
  async join(lane: UploadLane, file: JoiningFile): Promise<void> {
    if (this.entries.has(file.id)) return
    await rename(file.path, this.pathOf(file.id))
    await this.#record(lane, file)
  }

  async receive(
    lane: UploadLane,
    file: Omit<JoiningFile, 'path' | 'size'>,
    stream: Readable,
    isTruncated: () => boolean,
  ): Promise<void> {
    const path = this.pathOf(file.id)
    try {
      await pipeline(stream, createWriteStream(path, { mode: 0o600 }))
      if (isTruncated()) throw Object.assign(new Error('The file is cut at its limit'), { statusCode: 413 })
      await this.#record(lane, { ...file, size: (await stat(path)).size })
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
  }

  async #record({ owner, pieceId }: UploadLane, file: Omit<JoiningFile, 'path'>): Promise<void> {
    const { id, name, folder, mail, size } = file
    const metadata = { filename: name, modified: '', folder, owner, pieceId, mail: JSON.stringify(mail) }
    const upload = new Upload({ id, size, offset: size, metadata })
    await this.configstore.set(id, upload)
    this.#enter(upload, size, this.#now())
  }

  async annotate(lane: UploadLane, id: string, note: string): Promise<void> {
    const entry = this.ofLane(lane).find(each => each.id === id)
    const upload = await this.configstore.get(id)
    if (entry === undefined || upload === undefined) return
    upload.metadata = { ...upload.metadata, note }
    await this.configstore.set(id, upload)
    entry.note = note
  }

  bytesToCome(): number {
    let bytes = 0
    for (const { size, received } of this.entries.values()) bytes += size - received
    return bytes
  }

  override async create(upload: Upload): Promise<Upload> {
    await writeFile(this.pathOf(upload.id), '', { mode: 0o600 })
    await this.configstore.set(upload.id, upload)
    this.#enter(upload, 0, this.#now())
    return upload
  }

  override async write(source: Readable, id: string, offset: number): Promise<number> {
    const entry = this.entries.get(id)
    if (entry === undefined) throw ERRORS.FILE_NOT_FOUND
    entry.received = offset
    let isFull = false
    const target = createWriteStream(this.pathOf(id), { flags: 'r+', start: offset })
    // Noted at once: the library answers as soon as the stream breaks, before this act has said why.
    target.once('error', error => {
      isFull = isDiskFull(error)
      if (isFull) this.#noRoom.add(id)
    })
    const meter = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        entry.received += chunk.length
        entry.touchedAt = this.#now()
        done(null, chunk)
      },
    })
    try {
      await pipeline(source, meter, target)
      return entry.received
    } catch {
      // The last write may still be under way: the next request must find the size that it leaves.
      if (!target.closed) await once(target, 'close')
      entry.received = await stat(this.pathOf(id)).then(
        ({ size }) => size,
        () => 0,
      )
      // What is there already gives its room back to the database and to the others.
      if (isFull) await this.forget(id)
      throw ERRORS.FILE_WRITE_ERROR
    }
  }

  /** Whether the disk was full when this upload was last written to. Told once. */
  foundNoRoom(id: string): boolean {
    return this.#noRoom.delete(id)
  }

  override async remove(id: string): Promise<void> {
    if (!this.entries.has(id)) throw ERRORS.FILE_NOT_FOUND
    await this.forget(id)
  }

  /**
   * Removes an upload: deposited, given up by whoever sent it, expired, or grown past what the disk holds.
   */
  async forget(id: string): Promise<void> {
    this.entries.delete(id)
    for (const path of [this.pathOf(id), `${this.pathOf(id)}.json`, this.markOf(id)]) {
      await rm(path, { force: true })
    }
  }

  async load(areDeposited: (versionIds: string[]) => Promise<ReadonlySet<string>>): Promise<void> {
    const names = await readdir(this.directory)
    const marks = new Map<string, string>()
    for (const name of names.filter(each => each.endsWith('.depot'))) {
      const versionId = await readFile(join(this.directory, name), 'utf8')
      if (versionId.length === 36) marks.set(name.split('.')[0] ?? '', versionId)
    }
    const deposited = await areDeposited([...new Set(marks.values())])
    for (const id of new Set(names.map(name => name.split('.')[0] ?? ''))) {
      const upload = await this.configstore.get(id)
      const bytes = await stat(this.pathOf(id)).catch(() => null)
      // The row is there, and with it the blob: that is known, not concluded from something missing.
      if (deposited.has(marks.get(id) ?? '')) await this.forget(id)
      else if (upload !== undefined && bytes !== null) this.#enter(upload, bytes.size, bytes.mtimeMs)
    }
  }

  #enter({ id, size, metadata }: Upload, received: number, touchedAt: number): void {
    this.entries.set(id, {
      id,
      name: metadata?.filename ?? '',
      modified: metadata?.modified ?? '',
      folder: metadata?.folder ?? '',
      mail: JSON.parse(metadata?.mail ?? 'null'),
      note: metadata?.note ?? null,
      size: size ?? 0,
      received,
      owner: metadata?.owner ?? '',
      pieceId: metadata?.pieceId ?? '',
      touchedAt,
    })
  }
}
