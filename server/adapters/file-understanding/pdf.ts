/**
 * A PDF by its skeleton: cross-reference, trailer, catalogue, root of the page tree. Some kilobytes are read
 * whatever the size of the file, and no page is ever parsed: a hostile file costs no more than a good one.
 *
 * JavaScript and launch actions are no ground for a refusal: forms of the State (Cerfa) carry scripts, and
 * readers either sandbox them or ask. The antivirus judges those that harm.
 */
import { Buffer } from 'node:buffer'
import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { type FileFacts, type FileFault, type FoundSignature, NO_FACTS } from '../../domain/file-facts.ts'
import type { ByteSource } from '../../steps/ports.ts'
import {
  asArray,
  asDictionary,
  asName,
  asNumber,
  asReference,
  asString,
  type Dictionary,
  PdfSyntaxError,
  type PdfValue,
  readValue,
} from './pdf-objects.ts'
import { opensWithoutPassword } from './pdf-password.ts'
import { readAt } from './source.ts'

const HEAD_BYTES = 1024
/** Some senders add bytes after the end; nobody adds more than this. */
const TAIL_BYTES = 1024 * 1024
const OBJECT_BYTES = 64 * 1024
/** The root of thousands of pages, all listed in it. */
const LARGE_OBJECT_BYTES = 1024 * 1024
const MOST_SECTIONS = 200
/** All the streams that one file may make us inflate. */
const MOST_INFLATED_BYTES = 64 * 1024 * 1024
/** A skeleton has some ten objects; one that refers to itself has no end. */
const MOST_OBJECTS = 1000
const MOST_PAGES = 100_000
/** Of a form: more are not looked through for a signature. */
const MOST_FIELDS = 500

const inflateAsync = promisify(inflate)

/** Where the header is: up to 1024 bytes of anything may come first. -1 when it is no PDF. */
export async function findPdfHeader(source: ByteSource): Promise<number> {
  return (await readAt(source, 0, HEAD_BYTES)).indexOf('%PDF-')
}

interface PdfUnderstanding extends Pick<FileFacts, 'pageCount' | 'signature'> {
  fault: FileFault | null
}

const faulty = (fault: FileFault, pageCount: number | null = null): PdfUnderstanding => ({
  pageCount,
  signature: null,
  fault,
})

/** @returns the fault, or the page count and the signature: each null when it cannot be told. */
export async function understandPdf(source: ByteSource): Promise<PdfUnderstanding> {
  const end = await readEnd(source)
  if (end === null) return faulty('truncated')
  try {
    const pdf = await PdfSkeleton.open(source, end.startXref)
    const encrypt = await pdf.dictionary(pdf.trailer.get('Encrypt'))
    if (encrypt !== null) {
      const fileId = asString(asArray(pdf.trailer.get('ID'))?.[0]) ?? ''
      if (opensWithoutPassword(encrypt, fileId) === false) return faulty('password')
    }
    const catalogue = await pdf.dictionary(pdf.trailer.get('Root'))
    const form = await pdf.dictionary(catalogue?.get('AcroForm'))
    if (form?.has('XFA')) {
      const fields = asArray(await pdf.resolve(form.get('Fields')))
      const needsRendering = (await pdf.resolve(catalogue?.get('NeedsRendering'))) === true
      if (needsRendering || fields === null || fields.length === 0) return faulty('xfa')
    }
    const pages = await pdf.dictionary(catalogue?.get('Pages'))
    const kids = asArray(await pdf.resolve(pages?.get('Kids')))
    if (kids?.length === 0) return faulty('no-page', 0)
    const count = asNumber(await pdf.resolve(pages?.get('Count')))
    const isCount = count !== null && Number.isInteger(count) && count > 0 && count <= MOST_PAGES
    return { pageCount: isCount ? count : null, signature: await findSignature(pdf, form), fault: null }
  } catch {
    // Readers repair more than this does: without its end mark it is cut, with it it is only unknown.
    return end.hasMark ? { ...NO_FACTS, fault: null } : faulty('truncated')
  }
}

/**
 * A field of signature that has a value: an empty one only says where to sign. Null when a field cannot be
 * read, or when there are too many.
 */
async function findSignature(pdf: PdfSkeleton, form: Dictionary | null): Promise<FoundSignature | null> {
  if (form === null) return 'aucune'
  try {
    // A kind is inherited by the fields below, which hold the values.
    const upcoming = (asArray(await pdf.resolve(form.get('Fields'))) ?? []).map(field => ({
      field,
      kind: '',
    }))
    for (let seen = 0; upcoming.length > 0; seen++) {
      const next = upcoming.shift()
      if (next === undefined) break
      if (seen > MOST_FIELDS) return null
      const field = await pdf.dictionary(next.field)
      const kind = asName(await pdf.resolve(field?.get('FT'))) ?? next.kind
      if (kind === 'Sig' && (await pdf.dictionary(field?.get('V'))) !== null) return 'presente'
      for (const child of asArray(await pdf.resolve(field?.get('Kids'))) ?? []) {
        upcoming.push({ field: child, kind })
      }
    }
    return 'aucune'
  } catch {
    return null
  }
}

/** Null when the end of the file is not that of a PDF. */
async function readEnd(source: ByteSource): Promise<{ startXref: number; hasMark: boolean } | null> {
  const header = Math.max(0, await findPdfHeader(source))
  const head = (await readAt(source, header, HEAD_BYTES)).toString('latin1')
  const fullLength = /\/Linearized\b/.test(head) ? Number(/\/L\s+(\d+)/.exec(head)?.[1] ?? 0) : 0
  if (fullLength > source.size - header) return null
  const end = await lastByte(source)
  const tail = (await readAt(source, Math.max(0, end - TAIL_BYTES), TAIL_BYTES)).toString('latin1')
  const at = tail.lastIndexOf('startxref')
  const startXref = Number(/^startxref\s+(\d{1,12})/.exec(tail.slice(at, at + 64))?.[1] ?? Number.NaN)
  if (at < 0 || Number.isNaN(startXref) || startXref >= source.size) return null
  const mark = tail.indexOf('%%EOF', at)
  // What follows the mark begins a change that was saved at the end of the file, and cut before its own end.
  if (mark >= 0 && /\d\s+\d+\s+obj\b/.test(tail.slice(mark))) return null
  return { startXref: startXref + header, hasMark: mark >= 0 }
}

const PADDING = new Set(Buffer.from('\0\t\n\r '))

/** Where padding begins: some copies fill the file's last block, or more, with zeros. */
async function lastByte(source: ByteSource): Promise<number> {
  for (let end = source.size; end > 0; end -= TAIL_BYTES) {
    const block = await readAt(source, Math.max(0, end - TAIL_BYTES), Math.min(end, TAIL_BYTES))
    const last = block.findLastIndex(byte => !PADDING.has(byte))
    if (last >= 0) return end - block.length + last + 1
  }
  return 0
}

type Place = { at: number } | { container: number; index: number }
type Section = (object: number) => Promise<Place | null>

class PdfSkeleton {
  /** The newest trailer. */
  trailer: Dictionary = new Map()
  /** Newest first. */
  private readonly sections: Section[] = []
  private inflatedBytes = 0
  private objectsRead = 0
  private readonly source: ByteSource

  private constructor(source: ByteSource) {
    this.source = source
  }

  static async open(source: ByteSource, startXref: number): Promise<PdfSkeleton> {
    const pdf = new PdfSkeleton(source)
    const seen = new Set<number>()
    const upcoming = [startXref]
    for (let position = upcoming.shift(); position !== undefined; position = upcoming.shift()) {
      if (seen.has(position)) continue
      seen.add(position)
      if (seen.size > MOST_SECTIONS) throw new Error('too many cross-reference sections')
      const trailer = await pdf.readSection(position)
      if (pdf.trailer.size === 0) pdf.trailer = trailer
      for (const key of ['XRefStm', 'Prev']) {
        const next = asNumber(trailer.get(key))
        if (next !== null) upcoming.push(next)
      }
    }
    return pdf
  }

  async dictionary(value: PdfValue | undefined): Promise<Dictionary | null> {
    return asDictionary(await this.resolve(value))
  }

  /** The value itself, or what it refers to. */
  async resolve(value: PdfValue | undefined): Promise<PdfValue | undefined> {
    const object = asReference(value)
    if (object === null) return value
    for (const section of this.sections) {
      const place = await section(object)
      if (place === null) continue
      if ('at' in place) return (await this.objectAt(place.at, object)).value
      return await this.objectInStream(place.container, place.index)
    }
    return undefined
  }

  private async objectAt(position: number, object: number | null) {
    return await this.readObject(position, object, OBJECT_BYTES).catch(error => {
      if (!(error instanceof PdfSyntaxError)) throw error
      return this.readObject(position, object, LARGE_OBJECT_BYTES)
    })
  }

  private async readObject(position: number, object: number | null, mostBytes: number) {
    if (++this.objectsRead > MOST_OBJECTS) throw new Error('too many objects')
    const text = (await readAt(this.source, position, mostBytes)).toString('latin1')
    const opening = /^\s*(\d{1,10})\s+\d{1,5}\s+obj\b/.exec(text)
    if (opening === null || (object !== null && Number(opening[1]) !== object))
      throw new Error('no object there')
    const { value, end } = readValue(text, opening[0].length)
    const stream = /^\s*stream\r?\n/.exec(text.slice(end, end + 40))
    return { value, streamAt: stream === null ? null : position + end + stream[0].length }
  }

  /** A stream's dictionary and its bytes, inflated and unpredicted. */
  private async streamAt(position: number, object: number | null) {
    const { value, streamAt } = await this.objectAt(position, object)
    const dictionary = asDictionary(value)
    if (dictionary === null || streamAt === null) throw new Error('no stream there')
    const length = asNumber(await this.resolve(dictionary.get('Length')))
    if (length === null || length > MOST_INFLATED_BYTES) throw new Error('stream too long')
    const raw = await readAt(this.source, streamAt, length)
    const filters = asArray(dictionary.get('Filter')) ?? [dictionary.get('Filter') ?? null]
    const [filter = null] = filters
    if (filters.length > 1) throw new Error('several filters')
    if (filter === null) return { dictionary, bytes: raw }
    if (asName(filter) !== 'FlateDecode') throw new Error('unknown filter')
    const bytes = await inflateAsync(raw, { maxOutputLength: MOST_INFLATED_BYTES - this.inflatedBytes })
    this.inflatedBytes += bytes.length
    const parameters = dictionary.get('DecodeParms')
    const predictor = asDictionary(asArray(parameters)?.[0] ?? parameters)
    return { dictionary, bytes: unpredict(bytes, predictor) }
  }

  private async objectInStream(container: number, index: number): Promise<PdfValue | undefined> {
    const place = await this.placeOf(container)
    if (place === null || !('at' in place)) throw new Error('object stream not found')
    const { dictionary, bytes } = await this.streamAt(place.at, container)
    const first = asNumber(dictionary.get('First')) ?? 0
    const offsets = bytes.subarray(0, first).toString('latin1').trim().split(/\s+/)
    const at = first + Number(offsets[2 * index + 1])
    return readValue(bytes.subarray(at, at + LARGE_OBJECT_BYTES).toString('latin1'), 0).value
  }

  private async placeOf(object: number): Promise<Place | null> {
    for (const section of this.sections) {
      const place = await section(object)
      if (place !== null) return place
    }
    return null
  }

  /** Adds one section, and returns its trailer. */
  private async readSection(position: number): Promise<Dictionary> {
    const opening = (await readAt(this.source, position, 64)).toString('latin1')
    const table = /^\s*xref\s+(?=\d)/.exec(opening)
    return table === null
      ? await this.readXrefStream(position)
      : await this.readTable(position + table[0].length)
  }

  /** Entries are 20 bytes each: one is read only when its object is looked up. */
  private async readTable(start: number): Promise<Dictionary> {
    const runs: Array<{ first: number; count: number; at: number }> = []
    let at = start
    for (;;) {
      const text = (await readAt(this.source, at, OBJECT_BYTES)).toString('latin1')
      const trailer = /^\s*trailer\s*/.exec(text)
      if (trailer !== null) {
        this.sections.push(object => this.entryOf(runs, object))
        return asDictionary(readValue(text, trailer[0].length).value) ?? new Map()
      }
      const run = /^\s*(\d{1,10})\s+(\d{1,10})[ \t]*(?:\r\n|\r|\n)/.exec(text)
      if (run === null || runs.length > MOST_SECTIONS * 10) throw new Error('no cross-reference table there')
      at += run[0].length
      runs.push({ first: Number(run[1]), count: Number(run[2]), at })
      at += Number(run[2]) * 20
    }
  }

  private async entryOf(
    runs: ReadonlyArray<{ first: number; count: number; at: number }>,
    object: number,
  ): Promise<Place | null> {
    const run = runs.find(({ first, count }) => object >= first && object < first + count)
    if (run === undefined) return null
    const entry = (await readAt(this.source, run.at + (object - run.first) * 20, 20)).toString('latin1')
    const offset = /^(\d{10}) \d{5} n/.exec(entry)?.[1]
    return offset === undefined ? null : { at: Number(offset) }
  }

  private async readXrefStream(position: number): Promise<Dictionary> {
    const { dictionary, bytes } = await this.streamAt(position, null)
    const widths = (asArray(dictionary.get('W')) ?? []).map(width => asNumber(width) ?? 0)
    const [typeWidth = 0, secondWidth = 0, thirdWidth = 0] = widths
    const rowBytes = typeWidth + secondWidth + thirdWidth
    if (
      asName(dictionary.get('Type')) !== 'XRef' ||
      rowBytes === 0 ||
      widths.some(width => width < 0 || width > 8)
    )
      throw new Error('no cross-reference stream there')
    const index = (asArray(dictionary.get('Index')) ?? [0, dictionary.get('Size') ?? 0]).map(
      each => asNumber(each) ?? 0,
    )
    this.sections.push(async object => {
      let rows = 0
      for (let i = 0; i + 1 < index.length; i += 2) {
        const [first = 0, count = 0] = index.slice(i, i + 2)
        if (object >= first && object < first + count) {
          const row = bytes.subarray((rows + object - first) * rowBytes).subarray(0, rowBytes)
          if (row.length < rowBytes) return null
          const type = typeWidth === 0 ? 1 : bigEndian(row.subarray(0, typeWidth))
          const second = bigEndian(row.subarray(typeWidth, typeWidth + secondWidth))
          const third = bigEndian(row.subarray(typeWidth + secondWidth))
          if (type === 1) return { at: second }
          return type === 2 ? { container: second, index: third } : null
        }
        rows += count
      }
      return null
    })
    return dictionary
  }
}

const bigEndian = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0)

/** Undoes the PNG predictors, the only ones that cross-reference streams use. */
function unpredict(bytes: Buffer, parameters: Dictionary | null): Buffer {
  const predictor = asNumber(parameters?.get('Predictor')) ?? 1
  if (predictor === 1) return bytes
  if (predictor < 10) throw new Error('unknown predictor')
  const columns = asNumber(parameters?.get('Columns')) ?? 1
  if (columns < 1 || columns > OBJECT_BYTES) throw new Error('unknown predictor')
  const rows = Math.floor(bytes.length / (columns + 1))
  const plain = Buffer.alloc(rows * columns)
  for (let row = 0; row < rows; row++) {
    const filter = bytes[row * (columns + 1)]
    for (let column = 0; column < columns; column++) {
      const raw = bytes[row * (columns + 1) + 1 + column] ?? 0
      const left = column === 0 ? 0 : (plain[row * columns + column - 1] ?? 0)
      const above = row === 0 ? 0 : (plain[(row - 1) * columns + column] ?? 0)
      if (filter !== 0 && filter !== 1 && filter !== 2) throw new Error('unknown predictor')
      plain[row * columns + column] = raw + (filter === 1 ? left : filter === 2 ? above : 0)
    }
  }
  return plain
}
