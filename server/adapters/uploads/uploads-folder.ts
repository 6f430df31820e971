/**
 * Uploads that arrive piece by piece, by the tus protocol: `envois/ID` grows, `envois/ID.json` says whose it
 * is. Once deposited, its bytes are a blob and nothing of it stays. The folder is held by one process, so
 * that what it holds is known from memory.
 */
import { mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isDiskFull } from '../../domain/full-disk.ts'
import type { ArrivingUpload, DiskSpace, HeldUploads, JoiningFile, UploadLane } from '../../steps/ports.ts'
import { removeFile } from '../data-folder/durable.ts'
import { MeasuredFile, Meter, TooLong, take } from '../measured-file.ts'
import { gather, SMALL_BYTES, writeSynced, writeText } from '../small-file.ts'
import {
  type ArrivingStore,
  type BegunFile,
  type Found,
  type OpenUploads,
  UploadFault,
} from './arriving-store.ts'
import { answerOver } from './protocol.ts'
import { keptUntilOf, limitsOf, PURGE_EVERY_MS } from './upload-limits.ts'
import { UploadTurns } from './upload-turns.ts'

/** Bytes that came longer ago are read again to be deposited. Far under the day of the sweep. */
const NEW_MS = 60 * 60 * 1000

interface State {
  touchedAt: number
  /** What has come; it knows nothing more of bytes that another process received. */
  meter: Meter
  /** Whether, once whole, it is on the disk for good. */
  synced: Promise<boolean>
  /** Which version it is becoming; null while none is asked for. */
  versionId: string | null
  /** Whether its bytes have a file: those that come with its beginning make it. */
  hasFile: boolean
}

interface Entry extends Omit<ArrivingUpload, 'keptUntil' | 'received'>, UploadLane, State {}

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
    list: async lane => store.ofLane(lane).map(shown),
    roomFor: async lane => limitsOf(lane).most - (await store.countOf(lane)),
    join: (lane, file) => turns.hold([file.id], () => store.join(lane, file)),
    receive: (lane, file, stream, isTruncated) =>
      turns.hold([file.id], () => store.receive(lane, file, stream, isTruncated)),
    annotate: (lane, id, note) => turns.hold([id], () => store.annotate(lane, id, note)),
    answer: answerOver(store, turns, disk),
    hold: (lane, ids, act) => turns.hold(ids, () => act(heldUploads(store, lane, ids, now))),
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

function shown(entry: Entry): ArrivingUpload {
  const { id, name, modified, folder, mail, note, size, meter } = entry
  return { id, name, modified, folder, mail, note, size, received: meter.size, keptUntil: keptUntil(entry) }
}

function heldUploads(
  store: ArrivingFiles,
  lane: UploadLane,
  ids: readonly string[],
  now: () => Date,
): HeldUploads {
  const own = new Map(store.ofLane(lane).map(entry => [entry.id, entry]))
  const held = ids.flatMap(id => own.get(id) ?? [])
  return {
    uploads: held.map(entry => {
      const path = store.pathOf(entry.id)
      return {
        ...shown(entry),
        path: async () => path,
        async measured() {
          // A blob is new when its file is: an older one is read, and told to be new.
          const isKnown = entry.meter.isWhole && now().getTime() - entry.touchedAt < NEW_MS
          return isKnown && (await entry.synced) ? entry.meter.whole() : undefined
        },
        // Opened before it is read: one that is removed meanwhile is read to its end.
        open: async () => (await open(path)).createReadStream(),
      }
    }),
    async mark(versionId) {
      await Promise.all(held.map(entry => store.mark(entry, versionId)))
    },
    async remove(which = () => true) {
      await Promise.all(
        // Those that stay are not part of that version: the next start must not take them for deposited.
        held.map(entry => (which(entry.id) ? store.forget(entry.id) : store.mark(entry, null))),
      )
    },
  }
}

/** The files of the folder, with an index of them in memory. */
class ArrivingFiles implements ArrivingStore {
  readonly entries = new Map<string, Entry>()
  readonly #folder: string
  readonly #now: () => number

  constructor(folder: string, now: () => number) {
    this.#folder = folder
    this.#now = now
  }

  pathOf = (id: string) => join(this.#folder, id)

  /** Says whose it is, and by its name, while it is deposited, which version it becomes. */
  #cardOf = ({ id, versionId }: Pick<Entry, 'id' | 'versionId'>) =>
    join(this.#folder, versionId === null ? `${id}.json` : `${id}.${versionId}.json`)

  ofLane(lane: UploadLane): Entry[] {
    return [...this.entries.values()].filter(
      ({ owner, pieceId }) => owner === lane.owner && pieceId === lane.pieceId,
    )
  }

  async countOf({ owner }: Pick<UploadLane, 'owner'>): Promise<number> {
    return [...this.entries.values()].filter(entry => entry.owner === owner).length
  }

  /** The bytes first: an index without them would be a file of nothing. */
  async join(lane: UploadLane, { path, size, ...file }: JoiningFile): Promise<void> {
    if (this.entries.has(file.id)) return
    await rename(path, this.pathOf(file.id))
    await this.#enter(lane, { ...file, modified: '', size }, new Meter(size))
  }

  async receive(
    lane: UploadLane,
    file: Omit<JoiningFile, 'path' | 'size'>,
    stream: Readable,
    isTruncated: () => boolean,
  ): Promise<void> {
    const path = this.pathOf(file.id)
    const target = new MeasuredFile(() => open(path, 'wx', 0o600))
    try {
      await pipeline(stream, target)
      if (isTruncated()) throw Object.assign(new Error('The file is cut at its limit'), { statusCode: 413 })
      const { meter } = target
      const entry = await this.#enter(lane, { ...file, modified: '', size: meter.size }, meter)
      entry.synced = isSettled(target)
    } catch (error) {
      await target.close()
      await removeFile(path)
      throw error
    }
  }

  async annotate(lane: UploadLane, id: string, note: string): Promise<void> {
    const entry = this.ofLane(lane).find(each => each.id === id)
    if (entry === undefined) return
    entry.note = note
    await this.#describe(entry)
  }

  bytesToCome(): number {
    let bytes = 0
    for (const { size, meter } of this.entries.values()) bytes += size - meter.size
    return bytes
  }

  async create(lane: UploadLane, file: BegunFile, follows: boolean): Promise<void> {
    if (!follows) await writeText(this.pathOf(file.id), '')
    const entry = await this.#enter(lane, { ...file, mail: null }, new Meter())
    entry.hasFile = !follows
  }

  async find(id: string): Promise<Found | null> {
    const entry = this.entries.get(id)
    return entry === undefined ? null : { ...entry, received: entry.meter.size }
  }

  async write(source: Readable, { id }: Found): Promise<number> {
    const entry = this.entries.get(id)
    if (entry === undefined) throw new UploadFault(404)
    entry.touchedAt = this.#now()
    try {
      const fault = await this.#add(entry, source)
      entry.touchedAt = this.#now()
      if (fault !== null) throw new UploadFault(400, fault)
      return entry.meter.size
    } catch (error) {
      if (error instanceof UploadFault) throw error
      // What is there already gives its room back to the database and to the others.
      if (isDiskFull(error)) {
        await this.forget(id)
        throw new UploadFault(507, error)
      }
      const left = await stat(this.pathOf(id)).catch(() => null)
      entry.hasFile = left !== null
      entry.meter = new Meter(left?.size ?? 0)
      throw error instanceof TooLong ? new UploadFault(413, error) : error
    }
  }

  /** @returns why not all came; null when it did. */
  async #add(entry: Entry, source: Readable): Promise<Error | null> {
    const { hasFile, meter, size } = entry
    const path = this.pathOf(entry.id)
    const small = hasFile || size > SMALL_BYTES ? null : await gather(source)
    if (small !== null) {
      if (small.size > size) throw new TooLong('More came than was announced')
      await writeSynced(path, small)
      entry.hasFile = true
      for (const chunk of small.chunks) meter.add(chunk)
      entry.synced = Promise.resolve(true)
      return small.fault
    }
    const target = new MeasuredFile(() => open(path, hasFile ? 'r+' : 'wx', 0o600), meter, size)
    entry.hasFile = true
    const fault = await take(source, target)
    if (target.errored !== null) throw target.errored
    if (meter.size === size) entry.synced = isSettled(target)
    else await target.close()
    return fault
  }

  async remove(id: string): Promise<void> {
    if (!this.entries.has(id)) throw new UploadFault(404)
    await this.forget(id)
  }

  /** Tells, after a stop, whether it was deposited. */
  async mark(entry: Entry, versionId: string | null): Promise<void> {
    if (entry.versionId === versionId) return
    const card = this.#cardOf(entry)
    entry.versionId = versionId
    await rename(card, this.#cardOf(entry))
  }

  /**
   * Removes an upload: deposited, given up by whoever sent it, expired, or grown past what the disk holds.
   */
  async forget(id: string): Promise<void> {
    const entry = this.entries.get(id)
    if (entry === undefined) return
    this.entries.delete(id)
    await removeFile(this.pathOf(id))
    await removeFile(this.#cardOf(entry))
  }

  async load(areDeposited: (versionIds: string[]) => Promise<ReadonlySet<string>>): Promise<void> {
    const cards = (await readdir(this.#folder)).filter(name => name.endsWith('.json'))
    for (const name of cards) {
      const [id = '', mark] = name.split('.')
      const text = await readFile(join(this.#folder, name), 'utf8')
      const file = fileOnCard(text)
      const bytes = await stat(this.pathOf(id)).catch(() => null)
      const versionId = mark?.length === 36 ? mark : null
      // Deposited, perhaps, and its bytes gone already.
      if (file === null || (bytes === null && versionId === null)) continue
      const touchedAt = bytes?.mtimeMs ?? 0
      const meter = new Meter(bytes?.size ?? 0)
      this.entries.set(id, { ...file, id, versionId, touchedAt, meter, synced: UNKNOWN, hasFile: true })
    }
    const marked = [...this.entries.values()].filter(({ versionId }) => versionId !== null)
    const deposited = await areDeposited([...new Set(marked.map(({ versionId }) => versionId ?? ''))])
    // The row is there, and with it the blob: that is known, not concluded from something missing.
    for (const { id, versionId } of marked) if (deposited.has(versionId ?? '')) await this.forget(id)
  }

  async #enter(
    { owner, pieceId }: UploadLane,
    { id, name, modified, folder, mail, size }: BegunFile & Pick<Entry, 'mail'>,
    meter: Meter,
  ): Promise<Entry> {
    const file = { id, name, modified, folder, mail, size, owner, pieceId, note: null, versionId: null }
    const entry: Entry = { ...file, meter, touchedAt: this.#now(), synced: UNKNOWN, hasFile: true }
    await this.#describe(entry)
    this.entries.set(id, entry)
    return entry
  }

  async #describe(entry: Entry): Promise<void> {
    const { id, size, name, modified, folder, owner, pieceId, mail, note } = entry
    const told = { filename: name, modified, folder, owner, pieceId, mail: JSON.stringify(mail) }
    const metadata = note === null ? told : { ...told, note }
    await writeText(this.#cardOf(entry), JSON.stringify({ id, size, metadata }))
  }
}

const UNKNOWN = Promise.resolve(false)

/** Whether its bytes are on the disk for good. */
const isSettled = (file: MeasuredFile): Promise<boolean> =>
  file.settle().then(
    () => true,
    () => false,
  )

/** What a card says; null of one that was cut as it was written. */
function fileOnCard(text: string): Omit<Entry, 'id' | keyof State> | null {
  try {
    const { size, metadata } = JSON.parse(text)
    return {
      name: metadata.filename ?? '',
      modified: metadata.modified ?? '',
      folder: metadata.folder ?? '',
      mail: JSON.parse(metadata.mail ?? 'null'),
      note: metadata.note ?? null,
      size: size ?? 0,
      owner: metadata.owner ?? '',
      pieceId: metadata.pieceId ?? '',
    }
  } catch {
    return null
  }
}
