/** The files taken out of an envelope, written one by one into a folder under names of our own. */
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import type { MailOrigin } from '../../domain/filing/clues.ts'
import type { EnvelopeFault, TakenFromEnvelope } from '../../steps/ports.ts'

/** Why an envelope cannot be opened. */
export class UnopenedError extends Error {
  readonly fault: EnvelopeFault

  constructor(fault: EnvelopeFault) {
    super(fault)
    this.fault = fault
  }
}

/** What file managers and mail programs leave by themselves. */
const LITTER = /^(\..*|thumbs\.db|desktop\.ini|~\$.*)$/i

export class TakenFiles {
  readonly files: TakenFromEnvelope[] = []
  /** Names of those that could not be read whole. */
  readonly damaged: string[] = []
  readonly #folder: string
  readonly #most: { files: number; bytes: number }
  #bytes = 0

  constructor(folder: string, most: { files: number; bytes: number }) {
    this.#folder = folder
    this.#most = most
  }

  /** @param bytes that are announced: refused before they are written. */
  expect(bytes: number): void {
    if (this.files.length + this.damaged.length >= this.#most.files) throw new UnopenedError('too-many')
    if (this.#bytes + bytes > this.#most.bytes) throw new UnopenedError('too-large')
  }

  async write(path: string, content: Uint8Array, mail: MailOrigin | null): Promise<void> {
    const place = placeIn(path)
    if (place === null) return
    this.expect(content.byteLength)
    const at = this.#next()
    await writeFile(at, content, { mode: 0o600 })
    this.#note(place, at, content.byteLength, mail)
  }

  /**
   * One that streams; left out, by its name, when its bytes are not those that were announced.
   *
   * @param expectedCrc the sum that they must have.
   */
  async stream(
    path: string,
    content: () => Promise<Readable>,
    size: number,
    expectedCrc: number,
  ): Promise<void> {
    const place = placeIn(path)
    if (place === null) return
    this.expect(size)
    const at = this.#next()
    let crc = 0
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        crc = crc32(chunk, crc)
        done(null, chunk)
      },
    })
    try {
      await pipeline(await content(), meter, createWriteStream(at, { mode: 0o600 }))
    } catch (error) {
      if (error instanceof Error && 'syscall' in error) throw error
      this.damaged.push(place.name)
      return
    }
    if (crc === expectedCrc) this.#note(place, at, size, null)
    else this.damaged.push(place.name)
  }

  #next = () => join(this.#folder, String(this.files.length + this.damaged.length))

  #note(place: { name: string; folder: string }, path: string, size: number, mail: MailOrigin | null): void {
    this.#bytes += size
    this.files.push({ ...place, path, size, mail })
  }
}

/**
 * The name of a file and its folders, which are only ever shown and read: whatever climbs or is absolute is
 * left out of them. Null for what is no file of a person.
 */
function placeIn(path: string): { name: string; folder: string } | null {
  const parts = path
    .split(/[/\\]/)
    .map(part => part.trim())
    .filter(part => part !== '' && part !== '.' && part !== '..' && !/^[a-z]:$/i.test(part))
  const name = parts.pop()
  if (name === undefined || LITTER.test(name) || parts.includes('__MACOSX')) return null
  return { name, folder: parts.join('/') }
}
