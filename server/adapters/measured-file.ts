/** A file that is measured as it is written, so that nothing has to read it again. */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { type Readable, Writable } from 'node:stream'
import { crc32 } from 'node:zlib'
import type { Measured } from '../steps/ports.ts'

/** What may wait for the write before it: it then goes in one. */
const WAITING_BYTES = 512 * 1024

/** Counts bytes in their order. */
export class Meter {
  readonly #hash = createHash('sha256')
  readonly #from: number
  #crc = 0
  size: number

  /** @param from bytes that were there before, of which nothing is known. */
  constructor(from = 0) {
    this.#from = from
    this.size = from
  }

  add(bytes: Buffer): void {
    this.size += bytes.length
    if (this.#from > 0) return
    this.#hash.update(bytes)
    this.#crc = crc32(bytes, this.#crc)
  }

  /** Whether it saw them from the first on. */
  get isWhole(): boolean {
    return this.#from === 0
  }

  /** Leaves the meter able to count on. @throws when it did not see them all. */
  whole(): Measured {
    if (!this.isWhole) throw new Error('These bytes were not measured from the first on')
    return { sha256: this.#hash.copy().digest('hex'), crc32: this.#crc, size: this.size }
  }
}

/** More came than was announced. */
export class TooLong extends Error {
  override name = 'TooLong'
}

/** Not all came; told by the code that Node's own pipeline gives it. */
export class LineCut extends Error {
  override name = 'LineCut'
  readonly code = 'ERR_STREAM_PREMATURE_CLOSE'
}

/**
 * Writes from where the meter is. Once finished the file is still open: `settle` or `close` end it. When it
 * fails the meter means nothing any more, and the file is closed.
 */
export class MeasuredFile extends Writable {
  readonly meter: Meter
  readonly #open: () => Promise<FileHandle>
  readonly #most: number
  #file: FileHandle | null = null
  /** A write that goes on after a fault is waited for. */
  #writing: Promise<unknown> = Promise.resolve()

  /** @param most bytes that it may hold. */
  constructor(openFile: () => Promise<FileHandle>, meter = new Meter(), most = Number.POSITIVE_INFINITY) {
    super({ highWaterMark: WAITING_BYTES, decodeStrings: true })
    this.#open = openFile
    this.meter = meter
    this.#most = most
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#open().then(file => {
      this.#file = file
      done()
    }, done)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#write([chunk]).then(() => done(), done)
  }

  override _writev(chunks: Array<{ chunk: Buffer }>, done: (error?: Error | null) => void): void {
    this.#write(chunks.map(({ chunk }) => chunk)).then(() => done(), done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const end = () => done(error)
    if (error === null) end()
    else this.#writing.then(() => this.close()).then(end, end)
  }

  async #write(chunks: readonly Buffer[]): Promise<void> {
    const { meter } = this
    const size = chunks.reduce((sum, { length }) => sum + length, 0)
    if (meter.size + size > this.#most) throw new TooLong('More came than was announced')
    const writing = writeWhole(this.#opened(), chunks, size, meter.size)
    this.#writing = writing.catch(() => {})
    // The hash is made while the disk writes.
    for (const chunk of chunks) meter.add(chunk)
    await writing
  }

  #opened(): FileHandle {
    if (this.#file === null) throw new Error('The file is not open')
    return this.#file
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.close()
  }

  /** A power cut afterwards takes nothing of it. */
  async settle(): Promise<void> {
    try {
      await this.#opened().sync()
    } finally {
      await this.close()
    }
  }
}

async function writeWhole(
  file: FileHandle,
  chunks: readonly Buffer[],
  size: number,
  position: number,
): Promise<void> {
  const { bytesWritten } = await file.writev(chunks, position)
  if (bytesWritten === size) return
  // A disk that is nearly full takes a part, and says why at the next try.
  const all = Buffer.concat(chunks)
  for (let at = bytesWritten; at < size; )
    at += (await file.write(all, at, size - at, position + at)).bytesWritten
}

/**
 * Writes all that comes, up to where a line breaks; the file is then finished all the same. The source is
 * left as it is, and read to its end when the disk fails, so that its sender can be answered.
 *
 * @returns why not all came, or not all is written; null when it is.
 */
export async function take(source: Readable, target: MeasuredFile): Promise<Error | null> {
  return await new Promise(resolve => {
    let fault: Error | null = null
    const breaks = (error: Error) => {
      fault ??= error
      source.unpipe(target)
      target.end()
    }
    const closes = () => {
      if (!source.readableEnded) breaks(source.errored ?? new LineCut('The line was cut'))
    }
    source.on('error', breaks)
    source.once('close', closes)
    target.once('error', error => {
      fault = error
      source.unpipe(target)
      source.resume()
    })
    target.once('close', () => {
      source.off('close', closes)
      resolve(fault)
    })
    if (source.destroyed) closes()
    else source.pipe(target)
  })
}
