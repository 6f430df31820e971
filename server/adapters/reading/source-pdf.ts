/**
 * A deposited PDF as its cross-reference tells it (ISO 32000-1, 7.5): of an object defined several times, the
 * one that every reader shows. pdf-lib alone takes the last definition in the bytes. A broken cross-reference
 * is rebuilt as readers do, from the bytes, unless an object has two definitions there.
 */
import {
  decodePDFRawStream,
  EncryptedPDFError,
  ParseSpeeds,
  PDFContext,
  PDFDict,
  PDFDocument,
  PDFInvalidObject,
  PDFName,
  PDFNumber,
  PDFObjectParser,
  PDFRawStream,
  PDFRef,
  PDFXRefStreamParser,
} from '@cantoo/pdf-lib'

export type Unfaithful = 'equivoque' | 'xfa' | 'calques' | 'formulaire'

/** The pages can be read, but not be shown as readers show them. */
export class UnfaithfulCopy extends Error {
  readonly why: Unfaithful
  constructor(why: Unfaithful) {
    super(why)
    this.why = why
  }
}

export interface SourcePdf {
  context: PDFContext
  catalog: PDFDict
}

const key = (name: string) => PDFName.of(name)

/** @throws EncryptedPDFError when it opens with a password only. */
export async function openSource(bytes: Buffer): Promise<SourcePdf> {
  const references = readReferences(bytes)
  if (references?.trailer.has(key('Encrypt'))) return await openEncrypted(bytes, references)
  const current = references && readCurrent(bytes, references)
  if (current) return current
  if (duplicates(bytes).size > 0) throw new UnfaithfulCopy('equivoque')
  return await scan(bytes)
}

/** Where an object is: from the first byte of the file, in an object stream, or nowhere any more. */
type Place = { at: number } | { container: number } | null

interface References {
  places: Map<number, Place>
  trailer: PDFDict
  context: PDFContext
  /** Some object was defined anew in a later section. */
  isUpdated: boolean
}

const MOST_SECTIONS = 1000

/** Null when the cross-reference cannot be followed to its end. */
function readReferences(bytes: Buffer): References | null {
  const header = Math.max(0, bytes.subarray(0, 1024).indexOf('%PDF-'))
  const tail = bytes.subarray(bytes.lastIndexOf('startxref')).toString('latin1', 0, 64)
  const found = /^startxref\s+(\d{1,12})/.exec(tail)?.[1]
  if (found === undefined) return null
  const references = new ReferenceReader(bytes, header)
  try {
    references.follow(Number(found))
    const { places, trailer, context, isUpdated } = references
    return trailer === null ? null : { places, trailer, context, isUpdated }
  } catch {
    return null
  }
}

class ReferenceReader {
  readonly context = PDFContext.create()
  readonly places = new Map<number, Place>()
  /** The newest that names a catalogue. */
  trailer: PDFDict | null = null
  isUpdated = false
  readonly #bytes: Buffer
  /** What comes before the header is not counted by those who wrote the offsets. */
  readonly #header: number

  constructor(bytes: Buffer, header: number) {
    this.#bytes = bytes
    this.#header = header
  }

  /** From the newest section to the oldest: the first word on an object is the last one written. */
  follow(start: number) {
    const seen = new Set<number>()
    for (let next: number | null = start; next !== null; ) {
      if (seen.has(next) || seen.size > MOST_SECTIONS) throw new Error('sections in a loop')
      seen.add(next)
      const trailer = this.#section(next + this.#header)
      if (this.trailer === null && trailer.has(key('Root'))) this.trailer = trailer
      const prev = trailer.lookup(key('Prev'))
      next = prev instanceof PDFNumber ? prev.asNumber() : null
    }
  }

  #section(position: number): PDFDict {
    const opening = /^\s*xref\s/.exec(this.#bytes.toString('latin1', position, position + 32))
    if (opening === null) return this.#streamSection(position)
    const { entries, end } = this.#table(position + opening[0].length)
    const trailer = new TolerantParser(this.#bytes.subarray(end), this.context).parseObject()
    if (!(trailer instanceof PDFDict)) throw new Error('no trailer')
    // In a hybrid file, what the table calls free may be in the stream beside it.
    const hybrid = trailer.lookup(key('XRefStm'))
    this.#add(entries.filter(([, place]) => place !== null))
    const beside = hybrid instanceof PDFNumber ? hybrid.asNumber() + this.#header : null
    if (beside !== null) this.#streamSection(beside)
    const isFree = ([number]: [number, Place]) => beside === null || !this.places.has(number)
    this.#add(entries.filter(entry => entry[1] === null && isFree(entry)))
    return trailer
  }

  #table(start: number): { entries: [number, Place][]; end: number } {
    const marker = this.#bytes.indexOf('trailer', start)
    if (marker < 0) throw new Error('no trailer')
    const numbers = this.#bytes.toString('latin1', start, marker).trim().split(/\s+/)
    const entries: [number, Place][] = []
    for (let i = 0; i + 1 < numbers.length; ) {
      const first = Number(numbers[i])
      const count = Number(numbers[i + 1])
      i += 2
      for (let each = 0; each < count; each++, i += 3) {
        const [offset, , use] = numbers.slice(i, i + 3)
        if (use !== 'n' && use !== 'f') throw new Error('no entry there')
        const isUsed = use === 'n' && Number(offset) > 0
        entries.push([first + each, isUsed ? { at: Number(offset) + this.#header } : null])
      }
    }
    return { entries, end: marker + 'trailer'.length }
  }

  #streamSection(position: number): PDFDict {
    const stream = parseAt(this.#bytes, position, null, this.context)
    if (!(stream instanceof PDFRawStream)) throw new Error('no cross-reference stream there')
    const entries = PDFXRefStreamParser.forStream(stream).parseIntoContext()
    this.#add(
      entries.map(({ ref, offset, deleted, inObjectStream }) => {
        const at = offset + this.#header
        return [ref.objectNumber, deleted ? null : inObjectStream ? { container: offset } : { at }]
      }),
    )
    return stream.dict
  }

  #add(entries: Iterable<[number, Place]>) {
    for (const [number, place] of entries) {
      const known = this.places.get(number)
      if (known === undefined) this.places.set(number, place)
      else if (known !== null && place !== null) this.isUpdated = true
    }
  }
}

/** Every object that is in use. Null when one is not where it should be. */
function readCurrent(bytes: Buffer, { places, trailer, context }: References): SourcePdf | null {
  const lengthOf = (ref: PDFRef): number | null => {
    const place = places.get(ref.objectNumber)
    if (!place || !('at' in place)) return null
    const length = parseAt(bytes, place.at, ref.objectNumber, context)
    return length instanceof PDFNumber ? length.asNumber() : null
  }
  const containers = new Map<number, PDFRawStream>()
  for (const [number, place] of places) {
    if (place === null || !('at' in place)) continue
    const generation = headerAt(bytes, place.at, number)?.generation
    if (generation === undefined) return null
    let object: ReturnType<PDFObjectParser['parseObject']>
    try {
      object = parseAt(bytes, place.at, number, context, lengthOf)
    } catch {
      object = PDFInvalidObject.of(new Uint8Array())
    }
    if (object instanceof PDFRawStream && object.dict.get(key('Type')) === key('ObjStm'))
      containers.set(number, object)
    else context.assign(PDFRef.of(number, generation), object)
  }
  for (const [number, stream] of containers) readObjectStream(number, stream, places, context)
  const catalog = context.lookup(trailer.get(key('Root')))
  return catalog instanceof PDFDict ? { context, catalog } : null
}

function readObjectStream(
  container: number,
  stream: PDFRawStream,
  places: ReadonlyMap<number, Place>,
  context: PDFContext,
) {
  const first = stream.dict.lookup(key('First'))
  if (!(first instanceof PDFNumber)) throw new Error('no object stream')
  const bytes = decodePDFRawStream(stream).decode()
  const numbers = Buffer.from(bytes.subarray(0, first.asNumber())).toString('latin1').trim().split(/\s+/)
  const seen = new Set<number>()
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const number = Number(numbers[i])
    const place = places.get(number)
    if (!place || !('container' in place) || place.container !== container) continue
    if (seen.has(number)) throw new UnfaithfulCopy('equivoque')
    seen.add(number)
    const at = first.asNumber() + Number(numbers[i + 1])
    context.assign(PDFRef.of(number), new TolerantParser(bytes.subarray(at), context).parseObject())
  }
}

const HEADER_BYTES = 40

function headerAt(bytes: Buffer, position: number, number: number | null) {
  const text = bytes.toString('latin1', position, position + HEADER_BYTES)
  const header = /^\s*(\d{1,10})\s+(\d{1,5})\s+obj/.exec(text)
  if (header === null || (number !== null && Number(header[1]) !== number)) return null
  return { length: header[0].length, generation: Number(header[2]) }
}

function parseAt(
  bytes: Buffer,
  position: number,
  number: number | null,
  context: PDFContext,
  lengthOf?: (ref: PDFRef) => number | null,
) {
  const header = headerAt(bytes, position, number)
  if (header === null) throw new Error('no object there')
  return new TolerantParser(bytes.subarray(position + header.length), context, lengthOf).parseObject()
}

// pdf-lib keeps the class of its byte streams to itself.
type ByteStream = ConstructorParameters<typeof PDFObjectParser>[0]
const NO_CONTEXT = PDFContext.create()
const byteStreamOf = (bytes: Uint8Array): ByteStream =>
  (PDFObjectParser.forBytes(bytes, NO_CONTEXT) as unknown as { bytes: ByteStream }).bytes

const NUMERIC = new Set(Buffer.from('+-.0123456789'))

/** Reads the numbers that readers read, and streams whose length is another object. */
class TolerantParser extends PDFObjectParser {
  readonly #lengthOf: (ref: PDFRef) => number | null

  constructor(bytes: Uint8Array, context: PDFContext, lengthOf: (ref: PDFRef) => number | null = () => null) {
    super(byteStreamOf(bytes), context)
    this.#lengthOf = lengthOf
  }

  protected override parseRawNumber(): number {
    let text = ''
    while (!this.bytes.done() && NUMERIC.has(this.bytes.peek()))
      text += String.fromCharCode(this.bytes.next())
    const [, signs = '', digits = '', rest = ''] = /^([+-]*)(\d*\.?\d*)(.*)$/.exec(text) ?? []
    // Of digits after a sign in the middle, some readers make a part of the number.
    const value = Number(digits === '.' ? 0 : digits)
    if (/[1-9]/.test(rest) || Number.isNaN(value)) throw new Error(`no number: ${text}`)
    return signs.startsWith('-') && value !== 0 ? -value : value
  }

  protected override parseDict(ref?: PDFRef): PDFDict {
    const dict = super.parseDict(ref)
    const length = dict.get(key('Length'))
    const found = length instanceof PDFRef ? this.#lengthOf(length) : null
    if (found !== null) dict.set(key('Length'), PDFNumber.of(found))
    return dict
  }
}

/** pdf-lib decrypts while it goes through the bytes: it is right where it meets each object once. */
async function openEncrypted(bytes: Buffer, { isUpdated }: References): Promise<SourcePdf> {
  const pdf = await scan(bytes, '').catch(() => {
    throw new EncryptedPDFError()
  })
  if (isUpdated || duplicates(bytes).size > 0) throw new UnfaithfulCopy('equivoque')
  return pdf
}

async function scan(bytes: Buffer, password?: string): Promise<SourcePdf> {
  const options = { parseSpeed: ParseSpeeds.Fastest, updateMetadata: false }
  const { context, catalog } = await PDFDocument.load(
    bytes,
    password === undefined ? options : { ...options, password },
  )
  return { context, catalog }
}

const OBJECT_MARK = Buffer.from(' obj')

/** Numbers of the objects that the bytes define twice or more. */
function duplicates(bytes: Buffer): Set<number> {
  const seen = new Set<number>()
  const twice = new Set<number>()
  for (let at = bytes.indexOf(OBJECT_MARK); at >= 0; at = bytes.indexOf(OBJECT_MARK, at + 1)) {
    const before = bytes.toString('latin1', Math.max(0, at - 20), at)
    const number = /(?:^|\D)(\d{1,10})\s+\d{1,5}$/.exec(before)?.[1]
    if (number === undefined) continue
    if (seen.has(Number(number))) twice.add(Number(number))
    seen.add(Number(number))
  }
  return twice
}
