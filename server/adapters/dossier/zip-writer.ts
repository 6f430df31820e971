/**
 * The bytes of a stored ZIP as they are sent: any range is served without reading what comes before it, in
 * memory that does not grow with the archive, and each entry's bytes are compared with the plan on the way.
 */
import { crc32 } from 'node:zlib'
import type { ReadBlob, SealedArchive, SealedFile } from '../../steps/ports.ts'
import { DamagedEntry, StoreUnreachable } from '../../steps/ports.ts'
import {
  lastAtOrBefore,
  layOutZip,
  writeCentralHeader,
  writeLocalHeader,
  type ZipLayout,
} from './zip-format.ts'

/** Reads of 64 KiB take twice the CPU of these. */
const LARGE_BYTES = 1024 * 1024
/** What a reader gets at first, and for as long as it is slow: hundreds of slow readers then hold little. */
const SMALL_BYTES = 64 * 1024
/**
 * Buffers of `LARGE_BYTES` that all downloads of the process share; one that finds none goes on with small
 * ones.
 */
const MAX_LARGE = 24
/** A reader is fast from here on. */
const FAST_BYTES_PER_MS = 4096

const freeLarge: Buffer[] = []
let largeCount = 0

/** A stored ZIP of these files in this order; `modifiedAt` as in `layOutZip`. */
export function storedZip(files: readonly SealedFile[], modifiedAt: Date): SealedArchive {
  const layout = layOutZip(files, modifiedAt)
  return {
    length: layout.length,
    chunks: (readBlob, range) => zipChunks(layout, readBlob, range),
  }
}

/**
 * Bytes `start` (included) to `end` (excluded) of the archive. The memory of a chunk is used again once the
 * next one is asked for; meanwhile the one after is being read. Leaving the loop frees everything.
 *
 * @throws DamagedEntry when a blob is missing, or its length differs from the plan, or its CRC-32 when the
 * range holds the entry from its first byte on; always before the entry's last bytes are given.
 */
export async function* zipChunks(
  layout: ZipLayout,
  readBlob: ReadBlob,
  { start, end }: { start: number; end: number } = { start: 0, end: layout.length },
): AsyncGenerator<Buffer> {
  const cursor = new Cursor(layout, readBlob, start, end)
  const lanes = [new Lane(), new Lane()] as const
  let turn = 0
  let fast = false
  const fillNext = () => {
    const lane = lanes[turn++ % 2] as Lane
    const filled = cursor.fill(lane.buffer(fast))
    // Told when its turn comes, or to nobody when the reader has left.
    filled.catch(() => {})
    return filled
  }
  let next = fillNext()
  try {
    for (;;) {
      const chunk = await next
      if (chunk.length === 0) return
      next = fillNext()
      const givenAt = performance.now()
      yield chunk
      fast = chunk.length / (performance.now() - givenAt) >= FAST_BYTES_PER_MS
    }
  } finally {
    // A read under way still writes into its buffer: nobody else may have it before.
    await next.catch(() => {})
    for (const lane of lanes) lane.free()
  }
}

/** One of the two buffers of a download: large while its reader is fast and one is free, else small. */
class Lane {
  #small: Buffer | null = null
  #large: Buffer | null = null

  buffer(wantLarge: boolean): Buffer {
    if (!wantLarge) this.#giveBack()
    else if (this.#large === null) this.#large = takeLarge()
    if (this.#large !== null) return this.#large
    this.#small ??= Buffer.allocUnsafeSlow(SMALL_BYTES)
    return this.#small
  }

  free(): void {
    this.#giveBack()
    this.#small = null
  }

  #giveBack() {
    if (this.#large !== null) freeLarge.push(this.#large)
    this.#large = null
  }
}

function takeLarge(): Buffer | null {
  const free = freeLarge.pop()
  if (free !== undefined) return free
  if (largeCount === MAX_LARGE) return null
  largeCount++
  return Buffer.allocUnsafeSlow(LARGE_BYTES)
}

/** Where a download stands in its archive. */
class Cursor {
  readonly #layout: ZipLayout
  readonly #readBlob: ReadBlob
  readonly #end: number
  #at: number
  #entry: number
  #central: number
  #crc = 0
  /** Whether the entry under way was read from its first byte on. */
  #fromFirstByte = false

  constructor(layout: ZipLayout, readBlob: ReadBlob, start: number, end: number) {
    this.#layout = layout
    this.#readBlob = readBlob
    this.#at = start
    this.#end = Math.min(end, layout.length)
    this.#entry = lastAtOrBefore(layout.offsets, start)
    this.#central = lastAtOrBefore(layout.centralOffsets, start)
  }

  /** Fills a buffer from where it stands; what it gives back is empty at the end. */
  async fill(chunk: Buffer): Promise<Buffer> {
    const { offsets, entries } = this.#layout
    let filled = 0
    while (this.#at < this.#end && this.#entry < entries.length) {
      const taken = await this.#fillFromEntry(chunk, filled)
      if (taken === 0) return chunk.subarray(0, filled)
      filled += taken
      if (this.#at === offsets[this.#entry + 1]) this.#entry++
    }
    return chunk.subarray(0, filled + this.#fillFromCentral(chunk, filled))
  }

  /** Copies what is left of the header and of the blob; 0 when the buffer is better sent first. */
  async #fillFromEntry(chunk: Buffer, filled: number): Promise<number> {
    const { entries, offsets } = this.#layout
    const entry = entries[this.#entry] as SealedFile
    const headerAt = offsets[this.#entry] ?? 0
    const dataAt = (offsets[this.#entry + 1] ?? 0) - entry.size
    // The last byte of the buffer is for telling a blob that has grown.
    const room = chunk.length - 1 - filled
    const header = Math.max(Math.min(dataAt, this.#end) - this.#at, 0)
    const wanted = Math.min(dataAt + entry.size, this.#end) - this.#at
    // A file read whole is opened once.
    if (wanted > room && filled > chunk.length / 4 && wanted < chunk.length) return 0
    const headerTaken = this.#copy(chunk, filled, Math.min(header, room), headerAt, dataAt, target =>
      writeLocalHeader(this.#layout, this.#entry, target),
    )
    const from = this.#at - dataAt
    if (from < 0 || this.#at > this.#end) return headerTaken
    const take = Math.min(wanted - headerTaken, room - headerTaken)
    if (take > 0 || entry.size === 0) {
      await this.#read(entry, from, take, chunk, filled + headerTaken)
      this.#at += take
    }
    return headerTaken + take
  }

  async #read(entry: SealedFile, from: number, take: number, chunk: Buffer, at: number): Promise<void> {
    const last = from + take === entry.size
    const target = chunk.subarray(at, at + take + (last ? 1 : 0))
    let read: number
    try {
      read = await this.#readBlob(entry.sha256, from, target)
    } catch (cause) {
      throw cause instanceof StoreUnreachable ? cause : new DamagedEntry(entry, cause)
    }
    if (read !== take) {
      const found = read > take ? 'more bytes' : `${read} bytes from byte ${from} on`
      throw new DamagedEntry(entry, new Error(`${found} instead of ${entry.size} in all`))
    }
    if (from === 0) {
      this.#crc = 0
      this.#fromFirstByte = true
    }
    this.#crc = crc32(last ? target.subarray(0, take) : target, this.#crc)
    if (last && this.#fromFirstByte && this.#crc !== entry.crc32) {
      throw new DamagedEntry(entry, new Error('CRC-32 differs from that of the deposit'))
    }
  }

  /** Copies up to `most` bytes of a header that stands at `from` to `to` of the archive. */
  #copy(
    chunk: Buffer,
    filled: number,
    most: number,
    from: number,
    to: number,
    write: (target: Buffer) => void,
  ): number {
    if (most <= 0) return 0
    if (this.#at === from && most === to - from) {
      write(chunk.subarray(filled, filled + most))
    } else {
      const whole = Buffer.alloc(to - from)
      write(whole)
      whole.copy(chunk, filled, this.#at - from, this.#at - from + most)
    }
    this.#at += most
    return most
  }

  #fillFromCentral(chunk: Buffer, filledBefore: number): number {
    const { entries, centralOffsets, end } = this.#layout
    let filled = filledBefore
    while (this.#at < this.#end && filled < chunk.length) {
      const i = this.#central
      const from = centralOffsets[i] ?? 0
      const to = i < entries.length ? (centralOffsets[i + 1] ?? 0) : from + end.length
      const most = Math.min(to, this.#end) - this.#at
      filled += this.#copy(chunk, filled, Math.min(most, chunk.length - filled), from, to, target => {
        if (i < entries.length) writeCentralHeader(this.#layout, i, target)
        else end.copy(target)
      })
      if (this.#at === to) this.#central++
    }
    return filled - filledBefore
  }
}
