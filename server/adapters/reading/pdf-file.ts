/**
 * A PDF written from its first byte to its last, without ever being held in memory: ISO 32000-1, chapter 7.5.
 * Object numbers are given out before the objects are written, so that a page may point at what comes later.
 */
import { type FileHandle, open } from 'node:fs/promises'

/** Written as one block once that many bytes are waiting. */
const BLOCK_BYTES = 1024 * 1024

export class PdfFile {
  readonly #file: FileHandle
  readonly path: string
  /** By object number; 0 is the head of the free list. */
  readonly #offsets: number[] = [0]
  #position = 0
  #waiting: Buffer[] = []
  #waitingBytes = 0

  private constructor(file: FileHandle, path: string) {
    this.#file = file
    this.path = path
  }

  static async create(path: string): Promise<PdfFile> {
    const pdf = new PdfFile(await open(path, 'w', 0o600), path)
    // Four bytes above 127 tell that the file is binary.
    await pdf.#append(Buffer.from('%PDF-1.7\n%\xE2\xE3\xCF\xD3\n', 'latin1'))
    return pdf
  }

  /** The number of an object to be written later. */
  reserve(): number {
    return this.#offsets.push(0) - 1
  }

  /** @param number given by `reserve`. */
  async write(number: number, content: string): Promise<void> {
    this.#offsets[number] = this.#end
    await this.#append(Buffer.from(`${number} 0 obj\n${content}\nendobj\n`, 'latin1'))
  }

  async writeStream(number: number, dict: string, bytes: Buffer): Promise<void> {
    await this.write(
      number,
      `<< ${dict} /Length ${bytes.length} >>\nstream\n${bytes.toString('latin1')}\nendstream`,
    )
  }

  /**
   * Where somebody else may write objects of its own, and their first number; all that was written is in the
   * file.
   */
  async handOver(): Promise<{ position: number; firstObject: number }> {
    await this.#flush()
    return { position: this.#position, firstObject: this.#offsets.length }
  }

  /**
   * Takes back the file after a `handOver`. @param offsets of the objects written, in the order of their
   * numbers.
   */
  takeBack(end: number, offsets: readonly number[]) {
    for (const offset of offsets) this.#offsets.push(offset)
    this.#position = end
  }

  /** The cross-reference table and the trailer. @param entries of the trailer, besides its size. */
  async finish(trailer: string): Promise<void> {
    const start = this.#end
    await this.#append(Buffer.from(`xref\n0 ${this.#offsets.length}\n0000000000 65535 f\r\n`))
    for (const offset of this.#offsets.slice(1)) {
      await this.#append(Buffer.from(`${String(offset).padStart(10, '0')} 00000 n\r\n`))
    }
    const ending = `trailer\n<< /Size ${this.#offsets.length} ${trailer} >>\nstartxref\n${start}\n%%EOF\n`
    await this.#append(Buffer.from(ending))
    await this.#flush()
    // A piece that failed may have left bytes further on.
    await this.#file.truncate(this.#position)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  get #end(): number {
    return this.#position + this.#waitingBytes
  }

  async #append(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (this.#waitingBytes >= BLOCK_BYTES) await this.#flush()
  }

  async #flush(): Promise<void> {
    const block = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    let done = 0
    while (done < block.length) {
      const { bytesWritten } = await this.#file.write(block, done, block.length - done, this.#position + done)
      done += bytesWritten
    }
    this.#position += block.length
  }
}
