/**
 * A ZIP whose bytes need no assembly: everything is stored, and the CRC-32, size and name of each entry are known,
 * so every header, every offset and the total length follow from the list of entries alone. Any range is served
 * without reading what comes before it.
 *
 * Format: PKWARE APPNOTE 6.3.10, sections 4.3 (records), 4.4.4 bit 11 (UTF-8 names) and 4.5.3 (ZIP64).
 *
 *     [local header, bytes] × n   [central header] × n   [ZIP64 end, ZIP64 locator]?   end
 */
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { dosTimestamp } from './wall-clock.ts'

export interface ZipEntry {
  /** Distinct, `/` between folders. */
  path: string
  sha256: string
  /** Unsigned. */
  crc32: number
  /** In bytes. */
  size: number
}

/**
 * Fills `target` with the bytes of a blob from `position` on, and gives how many there were: fewer than asked only at
 * the blob's end. Rejects when the blob is missing. Nothing stays open in between, so a slow reader holds no handle.
 */
export type ReadBlob = (sha256: string, position: number, target: Uint8Array) => Promise<number>

/** Where everything is. `offsets[i]` is where entry i begins, `centralOffsets[i]` its central header. */
export interface ZipLayout {
  entries: readonly ZipEntry[]
  timestamp: number
  offsets: Float64Array
  centralOffsets: Float64Array
  end: Buffer
  /** Of the whole ZIP, in bytes. */
  length: number
}

/** The blob of an entry is missing or not what it was: no byte of a wrong archive goes further. */
export class DamagedEntry extends Error {
  override name = 'DamagedEntry'
  readonly entry: ZipEntry

  constructor(entry: ZipEntry, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`${entry.path} (blob ${entry.sha256}): ${why}`, { cause })
    this.entry = entry
  }
}

const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
/** Central headers sent at once. */
const CENTRAL_BATCH = 500
const MADE_BY_UNIX_45 = (3 << 8) | 45
const REGULAR_FILE_644 = 0o100644
const UTF8_NAME = 1 << 11
const NOTHING = Buffer.alloc(0)
const MAX_16 = 0xffff
const MAX_32 = 0xffffffff
/** Reads of 64 KiB take twice the CPU. */
const READ_BYTES = 1024 * 1024
/** Small entries are read at once and sent as one chunk: their number is what costs, not their bytes. */
const READS_AT_ONCE = 32

/**
 * Plans the whole archive; costs a few milliseconds per 10,000 entries, so keep it between requests.
 *
 * @param modifiedAt one date for all entries, its UTC fields being what people read.
 */
export function layOutZip(entries: readonly ZipEntry[], modifiedAt: Date): ZipLayout {
  const count = entries.length
  const offsets = new Float64Array(count + 1)
  const centralOffsets = new Float64Array(count + 1)
  let at = 0
  for (const [i, entry] of entries.entries()) {
    offsets[i] = at
    at += LOCAL_BYTES + Buffer.byteLength(entry.path) + localExtra(entry).length + entry.size
  }
  offsets[count] = at
  for (const [i, entry] of entries.entries()) {
    centralOffsets[i] = at
    at += CENTRAL_BYTES + Buffer.byteLength(entry.path) + centralExtra(entry, offsets[i] ?? 0).length
  }
  centralOffsets[count] = at
  const end = endRecords(count, offsets[count] ?? 0, at)
  const timestamp = dosTimestamp(modifiedAt)
  return { entries, timestamp, offsets, centralOffsets, end, length: at + end.length }
}

/**
 * Bytes `start` (included) to `end` (excluded) of the archive. Lengths are compared with the plan, and so is the CRC-32
 * of each entry that the range holds from its first to its last byte: a difference destroys the stream with
 * `DamagedEntry` before the entry's last bytes are sent.
 */
export function readZip(
  layout: ZipLayout,
  readBlob: ReadBlob,
  { start, end }: { start: number; end: number } = { start: 0, end: layout.length },
): Readable {
  return Readable.from(bytesOf(layout, readBlob, start, end), {
    objectMode: false,
    highWaterMark: READ_BYTES,
  })
}

async function* bytesOf(
  layout: ZipLayout,
  readBlob: ReadBlob,
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  let crc = 0
  let fromFirstByte = false
  for await (const { parts, chunk } of readAhead(groupsOf(partsOf(layout, start, end)), readBlob)) {
    let at = 0
    for (const { entry, header, from, to } of parts) {
      if (from === 0) {
        crc = 0
        fromFirstByte = true
      }
      const data = at + header.length
      at = data + to - from
      crc = crc32(chunk.subarray(data, at), crc)
      if (fromFirstByte && to === entry.size && crc !== entry.crc32) {
        throw new DamagedEntry(entry, new Error('CRC-32 differs from that of the deposit'))
      }
    }
    yield chunk
  }
  yield* centralBytes(layout, start, end)
}

/** A piece of the archive that one read gives: bytes `from` to `to` of an entry's blob, behind what is left of its header. */
interface Part {
  entry: ZipEntry
  header: Buffer
  from: number
  to: number
}

function* partsOf(layout: ZipLayout, start: number, end: number): Generator<Part> {
  const { entries, offsets, timestamp } = layout
  for (let i = lastAtOrBefore(offsets, start); ; i++) {
    const entry = entries[i]
    const offset = offsets[i] ?? 0
    if (entry === undefined || offset >= end) return
    const whole = localHeader(entry, timestamp)
    let header = whole.subarray(Math.max(start - offset, 0), end - offset)
    const data = offset + whole.length
    let from = Math.min(Math.max(start - data, 0), entry.size)
    const last = Math.min(Math.max(end - data, 0), entry.size)
    do {
      const to = Math.min(from + READ_BYTES, last)
      yield { entry, header, from, to }
      header = whole.subarray(0, 0)
      from = to
    } while (from < last)
  }
}

function* groupsOf(parts: Iterable<Part>): Generator<Part[]> {
  let group: Part[] = []
  let bytes = 0
  for (const part of parts) {
    const more = part.to - part.from
    if (group.length === READS_AT_ONCE || (group.length > 0 && bytes + more > READ_BYTES)) {
      yield group
      group = []
      bytes = 0
    }
    group.push(part)
    bytes += more
  }
  if (group.length > 0) yield group
}

/** Reads one group while the one before is on its way. */
async function* readAhead(
  groups: Iterator<Part[]>,
  readBlob: ReadBlob,
): AsyncGenerator<{ parts: Part[]; chunk: Buffer }> {
  const start = () => {
    const { value: parts, done } = groups.next()
    if (done) return null
    const chunk = readGroup(parts, readBlob)
    // Told when its turn comes, or to nobody when the reader has left.
    chunk.catch(() => {})
    return { parts, chunk }
  }
  let next = start()
  try {
    while (next !== null) {
      const { parts, chunk } = { parts: next.parts, chunk: await next.chunk }
      next = start()
      yield { parts, chunk }
    }
  } finally {
    await next?.chunk.catch(() => {})
  }
}

/** One buffer for all parts. Settles once every read has, so that none is left open. */
async function readGroup(parts: readonly Part[], readBlob: ReadBlob): Promise<Buffer> {
  const length = parts.reduce((sum, { header, from, to }) => sum + header.length + to - from, 0)
  const chunk = Buffer.allocUnsafe(length + 1)
  let at = 0
  const targets = parts.map(({ header, from, to, entry }) => {
    header.copy(chunk, at)
    const data = at + header.length
    at = data + to - from
    // One byte more at the end tells a blob that has grown; it then spoils what follows, which is not sent.
    return chunk.subarray(data, to === entry.size ? at + 1 : at)
  })
  const reads = await Promise.allSettled(
    parts.map((part, i) => readPart(part, targets[i] ?? chunk.subarray(0, 0), readBlob)),
  )
  for (const read of reads) if (read.status === 'rejected') throw read.reason
  return chunk.subarray(0, length)
}

async function readPart({ entry, from, to }: Part, target: Uint8Array, readBlob: ReadBlob) {
  if (target.length === 0) return
  const read = await readBlob(entry.sha256, from, target).catch(cause => {
    throw new DamagedEntry(entry, cause)
  })
  if (read !== to - from) {
    throw new DamagedEntry(entry, new Error(`${read} bytes instead of ${to - from} from byte ${from} on`))
  }
}

/** Central headers by batches, then the end records. */
function* centralBytes(layout: ZipLayout, start: number, end: number): Generator<Buffer> {
  const { entries, offsets, centralOffsets, timestamp } = layout
  const endAt = centralOffsets[entries.length] ?? 0
  if (end <= (offsets[entries.length] ?? 0)) return
  const stop = Math.min(lastAtOrBefore(centralOffsets, end - 1) + 1, entries.length)
  for (let i = lastAtOrBefore(centralOffsets, start); i < stop; i += CENTRAL_BATCH) {
    const at = centralOffsets[i] ?? 0
    const headers = entries
      .slice(i, Math.min(i + CENTRAL_BATCH, stop))
      .map((entry, k) => centralHeader(entry, timestamp, offsets[i + k] ?? 0))
    yield Buffer.concat(headers).subarray(Math.max(start - at, 0), end - at)
  }
  if (end > endAt) yield layout.end.subarray(Math.max(start - endAt, 0), end - endAt)
}

/** Index of the last value at or below `position` in a rising list. */
function lastAtOrBefore(values: Float64Array, position: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((values[middle] ?? 0) <= position) low = middle
    else high = middle - 1
  }
  return low
}

function localHeader(entry: ZipEntry, timestamp: number): Buffer {
  const name = Buffer.from(entry.path)
  const extra = localExtra(entry)
  const header = Buffer.alloc(LOCAL_BYTES)
  header.writeUInt32LE(0x04034b50, 0)
  writeCommon(header, 4, entry, timestamp, extra, name)
  return Buffer.concat([header, name, extra])
}

function centralHeader(entry: ZipEntry, timestamp: number, offset: number): Buffer {
  const name = Buffer.from(entry.path)
  const extra = centralExtra(entry, offset)
  const header = Buffer.alloc(CENTRAL_BYTES)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(MADE_BY_UNIX_45, 4)
  writeCommon(header, 6, entry, timestamp, extra, name)
  header.writeUInt32LE(REGULAR_FILE_644 * 0x10000, 38)
  header.writeUInt32LE(Math.min(offset, MAX_32), 42)
  return Buffer.concat([header, name, extra])
}

/** The 26 bytes that both headers share; compression 0 is left as it is. */
function writeCommon(
  header: Buffer,
  at: number,
  { crc32: crc, size }: ZipEntry,
  timestamp: number,
  extra: Buffer,
  name: Buffer,
) {
  header.writeUInt16LE(extra.length > 0 ? 45 : 20, at)
  header.writeUInt16LE(UTF8_NAME, at + 2)
  header.writeUInt32LE(timestamp, at + 6)
  header.writeUInt32LE(crc, at + 10)
  header.writeUInt32LE(Math.min(size, MAX_32), at + 14)
  header.writeUInt32LE(Math.min(size, MAX_32), at + 18)
  header.writeUInt16LE(name.length, at + 22)
  header.writeUInt16LE(extra.length, at + 24)
}

function localExtra({ size }: ZipEntry): Buffer {
  return size < MAX_32 ? NOTHING : zip64Extra([size, size])
}

function centralExtra({ size }: ZipEntry, offset: number): Buffer {
  if (size < MAX_32 && offset < MAX_32) return NOTHING
  return zip64Extra([...(size < MAX_32 ? [] : [size, size]), ...(offset < MAX_32 ? [] : [offset])])
}

function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length)
  extra.writeUInt16LE(0x0001, 0)
  extra.writeUInt16LE(8 * values.length, 2)
  for (const [i, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i)
  return extra
}

/** End of central directory, behind its ZIP64 record and locator when a number does not fit the old fields. */
function endRecords(count: number, centralAt: number, centralEnd: number): Buffer {
  const centralBytes = centralEnd - centralAt
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(count, MAX_16), 8)
  end.writeUInt16LE(Math.min(count, MAX_16), 10)
  end.writeUInt32LE(Math.min(centralBytes, MAX_32), 12)
  end.writeUInt32LE(Math.min(centralAt, MAX_32), 16)
  if (count < MAX_16 && centralBytes < MAX_32 && centralAt < MAX_32) return end

  const record = Buffer.alloc(56)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(44n, 4)
  record.writeUInt16LE(MADE_BY_UNIX_45, 12)
  record.writeUInt16LE(45, 14)
  record.writeBigUInt64LE(BigInt(count), 24)
  record.writeBigUInt64LE(BigInt(count), 32)
  record.writeBigUInt64LE(BigInt(centralBytes), 40)
  record.writeBigUInt64LE(BigInt(centralAt), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(centralEnd), 8)
  locator.writeUInt32LE(1, 16)
  return Buffer.concat([record, locator, end])
}

/** Reads blobs kept as files, which give in one read all that they have. */
export function readFilesAt(pathOf: (sha256: string) => string): ReadBlob {
  return async (sha256, position, target) => {
    const file = await open(pathOf(sha256))
    try {
      return (await file.read(target, 0, target.length, position)).bytesRead
    } finally {
      await file.close()
    }
  }
}
