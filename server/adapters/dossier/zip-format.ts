/**
 * A ZIP whose bytes need no assembly: everything is stored, and the CRC-32, size and name of each entry are
 * known, so every header, every offset and the total length follow from the list of entries alone.
 *
 * Format: PKWARE APPNOTE 6.3.10, sections 4.3 (records), 4.4.4 bit 11 (UTF-8 names) and 4.5.3 (ZIP64).
 *
 *     [local header, bytes] × n   [central header] × n   [ZIP64 end, ZIP64 locator]?   end
 */
import type { SealedFile } from '../../steps/ports.ts'
import { dosTimestamp } from './wall-clock.ts'

/** Where everything is. `offsets[i]` is where entry i begins, `centralOffsets[i]` its central header. */
export interface ZipLayout {
  entries: readonly SealedFile[]
  timestamp: number
  /** One more than the entries: the last is where the central headers begin. */
  offsets: Float64Array
  /** One more than the entries: the last is where the end records begin. */
  centralOffsets: Float64Array
  end: Buffer
  /** Of the whole ZIP, in bytes. */
  length: number
}

const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
const MADE_BY_UNIX_45 = (3 << 8) | 45
const REGULAR_FILE_644 = 0o100644
const UTF8_NAME = 1 << 11
const NOTHING = Buffer.alloc(0)
const MAX_16 = 0xffff
const MAX_32 = 0xffffffff

/**
 * Places every byte of the archive; costs some milliseconds per 10,000 entries, so keep it between requests.
 *
 * @param modifiedAt one date for all entries, its UTC fields being what people read.
 */
export function layOutZip(entries: readonly SealedFile[], modifiedAt: Date): ZipLayout {
  const count = entries.length
  const offsets = new Float64Array(count + 1)
  const centralOffsets = new Float64Array(count + 1)
  let at = 0
  let centralAt = 0
  for (let i = 0; i < count; i++) {
    const entry = entries[i] as SealedFile
    const nameBytes = Buffer.byteLength(entry.path)
    offsets[i] = at
    centralOffsets[i] = centralAt
    centralAt += CENTRAL_BYTES + nameBytes + centralExtra(entry, at).length
    at += LOCAL_BYTES + nameBytes + localExtra(entry).length + entry.size
  }
  offsets[count] = at
  centralOffsets[count] = centralAt
  for (let i = 0; i <= count; i++) centralOffsets[i] = at + (centralOffsets[i] ?? 0)
  const end = endRecords(count, at, at + centralAt)
  const timestamp = dosTimestamp(modifiedAt)
  return { entries, timestamp, offsets, centralOffsets, end, length: at + centralAt + end.length }
}

/** Index of the last value at or below `position` in a rising list. */
export function lastAtOrBefore(values: Float64Array, position: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((values[middle] ?? 0) <= position) low = middle
    else high = middle - 1
  }
  return low
}

/** Writes the header of entry i into `target`, whose length is exactly the header's. */
export function writeLocalHeader({ entries, timestamp }: ZipLayout, i: number, target: Buffer): void {
  const entry = entries[i] as SealedFile
  const extra = localExtra(entry)
  target.writeUInt32LE(0x04034b50, 0)
  writeCommon(target, 4, entry, timestamp, extra, target.length - LOCAL_BYTES - extra.length)
  target.write(entry.path, LOCAL_BYTES)
  extra.copy(target, target.length - extra.length)
}

/** Writes the central header of entry i into `target`, whose length is exactly the header's. */
export function writeCentralHeader(
  { entries, offsets, timestamp }: ZipLayout,
  i: number,
  target: Buffer,
): void {
  const entry = entries[i] as SealedFile
  const offset = offsets[i] ?? 0
  const extra = centralExtra(entry, offset)
  target.writeUInt32LE(0x02014b50, 0)
  target.writeUInt16LE(MADE_BY_UNIX_45, 4)
  writeCommon(target, 6, entry, timestamp, extra, target.length - CENTRAL_BYTES - extra.length)
  // Comment length, disk number and internal attributes.
  target.fill(0, 32, 38)
  target.writeUInt32LE(REGULAR_FILE_644 * 0x10000, 38)
  target.writeUInt32LE(Math.min(offset, MAX_32), 42)
  target.write(entry.path, CENTRAL_BYTES)
  extra.copy(target, target.length - extra.length)
}

/** The 26 bytes that both headers share. */
function writeCommon(
  header: Buffer,
  at: number,
  { crc32, size }: SealedFile,
  timestamp: number,
  extra: Buffer,
  nameBytes: number,
) {
  header.writeUInt16LE(extra.length > 0 ? 45 : 20, at)
  header.writeUInt16LE(UTF8_NAME, at + 2)
  // Stored.
  header.writeUInt16LE(0, at + 4)
  header.writeUInt32LE(timestamp, at + 6)
  header.writeUInt32LE(crc32, at + 10)
  header.writeUInt32LE(Math.min(size, MAX_32), at + 14)
  header.writeUInt32LE(Math.min(size, MAX_32), at + 18)
  header.writeUInt16LE(nameBytes, at + 22)
  header.writeUInt16LE(extra.length, at + 24)
}

function localExtra({ size }: SealedFile): Buffer {
  return size < MAX_32 ? NOTHING : zip64Extra([size, size])
}

function centralExtra({ size }: SealedFile, offset: number): Buffer {
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

/**
 * End of central directory, behind its ZIP64 record and locator when a number does not fit the old fields.
 */
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
