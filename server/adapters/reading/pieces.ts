/**
 * One piece's pages for the reading copy, with a footer below what they show: the pages of a PDF as they are,
 * or an image on a page of its own. Runs in a process of its own, since whoever deposits a file chooses its
 * bytes.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import {
  EncryptedPDFError,
  PDFArray,
  PDFDict,
  PDFInvalidObject,
  PDFName,
  PDFNull,
  PDFNumber,
  type PDFObject,
  PDFRef,
  PDFStream,
} from '@cantoo/pdf-lib'
import sharp from 'sharp'
import { attachedNames } from './attachments.ts'
import { Form } from './form.ts'
import { type Layers, readLayers } from './layers.ts'
import { drawFooter, FOOTER_HEIGHT, type Footer, PAGE_HEIGHT, PAGE_WIDTH, TOTAL_NAME } from './page.ts'
import { openSource, type SourcePdf, type Unfaithful, UnfaithfulCopy } from './source-pdf.ts'
import { FONT_NAMES } from './text.ts'

export interface PieceTask {
  kind: 'pdf' | 'image'
  /** The piece's file. */
  source: string
  /** The PDF to write into, from where, and the first object number that is free there. */
  target: string
  position: number
  firstObject: number
  /**
   * Object numbers: of the node of the page tree that these pages hang from, and of what the footers draw
   * with.
   */
  node: number
  fonts: { regular: number; bold: number }
  total: number
  footer: Pick<Footer, 'first' | 'second'>
  /** Page of the whole on which the piece begins, from 1. */
  firstPage: number
}

/** Object numbers of the layers of a piece, and of what shows or hides them by itself. */
export interface PieceLayers {
  all: number[]
  hidden: number[]
  automatic: number[]
}

interface DrawnPiece {
  /** Object numbers of the pages. */
  pages: number[]
  layers: PieceLayers
  /** Names of the files inside the file, which are not drawn. */
  attached: string[]
}

export type PieceResult =
  | (DrawnPiece & {
      ok: true
      /** Where the next byte goes, and where each object begins, in the order of their numbers. */
      end: number
      offsets: number[]
    })
  | { ok: false; why: 'chiffre' | 'illisible' | Unfaithful }

/**
 * Writes the pages of one piece; what cannot be read whole is refused, and the bytes written are then worth
 * nothing.
 */
export async function drawPiece(task: PieceTask): Promise<PieceResult> {
  const file = openSync(task.target, 'r+')
  try {
    const sink = new ObjectSink(file, task)
    const drawn =
      task.kind === 'pdf'
        ? await copyPdf(task, sink)
        : { pages: await drawImage(task, sink), layers: { all: [], hidden: [], automatic: [] }, attached: [] }
    return { ok: true, end: sink.end(), offsets: sink.offsets, ...drawn }
  } catch (error) {
    if (error instanceof UnfaithfulCopy) return { ok: false, why: error.why }
    return { ok: false, why: error instanceof EncryptedPDFError ? 'chiffre' : 'illisible' }
  } finally {
    closeSync(file)
  }
}

const BLOCK_BYTES = 1024 * 1024

/** Objects numbered one after the other, written as they come. */
class ObjectSink {
  readonly offsets: number[] = []
  readonly #file: number
  readonly #firstObject: number
  #position: number
  #waiting: Uint8Array[] = []
  #waitingBytes = 0

  constructor(file: number, { position, firstObject }: PieceTask) {
    this.#file = file
    this.#position = position
    this.#firstObject = firstObject
  }

  /** Number of the next object. */
  get next(): number {
    return this.#firstObject + this.offsets.length
  }

  write(content: string, stream?: Uint8Array): number {
    const number = this.next
    this.offsets.push(this.#position + this.#waitingBytes)
    this.#add(Buffer.from(`${number} 0 obj\n${content}\n${stream ? 'stream\n' : ''}`, 'latin1'))
    if (stream) this.#add(stream)
    this.#add(Buffer.from(`${stream ? '\nendstream\n' : ''}endobj\n`))
    return number
  }

  /** Writes what waits; gives where the file ends. */
  end(): number {
    const block = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    for (let done = 0; done < block.length; ) {
      done += writeSync(this.#file, block, done, block.length - done, this.#position + done)
    }
    this.#position += block.length
    return this.#position
  }

  #add(bytes: Uint8Array) {
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (this.#waitingBytes >= BLOCK_BYTES) this.end()
  }
}

class Unreadable extends Error {}

const key = (name: string) => PDFName.of(name)

/** Stand for objects of the whole document; no piece has numbers below zero. */
const NODE = PDFRef.of(-1)
const REGULAR = PDFRef.of(-2)
const BOLD = PDFRef.of(-3)
const TOTAL = PDFRef.of(-4)

async function copyPdf(task: PieceTask, sink: ObjectSink): Promise<DrawnPiece> {
  const pdf = await openSource(await readFile(task.source))
  const form = new Form(pdf)
  const layers = readLayers(pdf)
  const pages = listPages(pdf)
  if (pages.length === 0) throw new Unreadable('no page')
  const endOfPage = pdf.context.register(pdf.context.stream('\nQ\n'))
  for (const [i, page] of pages.entries()) {
    dressPage(pdf, page, endOfPage, footerOf(task, i, pages.length))
    tameAnnotations(page.dict, form)
  }

  const numbers = new Map([
    [NODE, task.node],
    [REGULAR, task.fonts.regular],
    [BOLD, task.fonts.bold],
    [TOTAL, task.total],
  ])
  const queue: PDFRef[] = []
  const numberOf = (ref: PDFRef): number | null => {
    const known = numbers.get(ref)
    if (known !== undefined) return known
    // A reference to nothing is `null`, says the standard.
    if (pdf.context.lookup(ref) === undefined) return null
    numbers.set(ref, task.firstObject + queue.length)
    return task.firstObject + queue.push(ref) - 1
  }
  const drawn = pages.map(({ ref }) => numberOf(ref) ?? 0)
  // Only what the pages lead to is written; the queue grows while it is read.
  for (const ref of queue) {
    const object = pdf.context.lookup(ref)
    if (object instanceof PDFStream) {
      object.updateDict()
      sink.write(written(object.dict, numberOf), object.getContents())
    } else if (object !== undefined) sink.write(written(object, numberOf))
  }
  return {
    pages: drawn,
    layers: writeLayers(layers, numbers, pdf, sink),
    attached: attachedNames(pdf.catalog),
  }
}

/** Only the layers that something drawn belongs to. */
function writeLayers(
  { all, hidden, automatic }: Layers,
  numbers: ReadonlyMap<PDFRef, number>,
  { context }: SourcePdf,
  sink: ObjectSink,
): PieceLayers {
  const drawn = (ref: PDFRef) => numbers.has(ref)
  const numberOf = (ref: PDFRef) => numbers.get(ref) ?? null
  const usages = automatic.flatMap(item => {
    const usage = context.lookup(item)
    const layers = usage instanceof PDFDict ? usage.lookup(key('OCGs')) : undefined
    if (!(usage instanceof PDFDict) || !(layers instanceof PDFArray)) return []
    const kept = layers.asArray().filter(layer => layer instanceof PDFRef && drawn(layer))
    if (kept.length === 0) return []
    const copy = usage.clone()
    copy.set(key('OCGs'), context.obj(kept))
    return [sink.write(written(copy, numberOf))]
  })
  const found = (refs: readonly PDFRef[]) => refs.flatMap(ref => numberOf(ref) ?? [])
  return { all: found(all), hidden: found([...hidden]), automatic: usages }
}

/** An object as a PDF holds it, its references renumbered; one character a byte. */
function written(object: PDFObject, numberOf: (ref: PDFRef) => number | null): string {
  if (object instanceof PDFRef) {
    const number = numberOf(object)
    return number === null ? 'null' : `${number} 0 R`
  }
  if (object instanceof PDFDict) {
    const entries = object.entries().map(([name, value]) => `${name.toString()} ${written(value, numberOf)}`)
    return `<<${entries.join('\n')}>>`
  }
  if (object instanceof PDFArray) {
    return `[${object
      .asArray()
      .map(item => written(item, numberOf))
      .join(' ')}]`
  }
  if (object instanceof PDFInvalidObject || object instanceof PDFStream)
    throw new Unreadable('invalid object')
  return object.toString()
}

interface SourcePage {
  ref: PDFRef
  dict: PDFDict
}

const INHERITED = ['Resources', 'MediaBox', 'CropBox', 'Rotate']

/**
 * Every page in order, with what it inherits. Pages that the tree announces and that are not there are a
 * fault.
 */
function listPages(pdf: SourcePdf): SourcePage[] {
  const pages: SourcePage[] = []
  const seen = new Set<PDFObject>()
  const visit = (kid: PDFObject | undefined, inherited: ReadonlyMap<string, PDFObject>) => {
    const node = pdf.context.lookup(kid)
    if (!(node instanceof PDFDict)) throw new Unreadable('a page is missing')
    const own = new Map(inherited)
    for (const name of INHERITED) {
      const value = node.get(key(name))
      if (value !== undefined) own.set(name, value)
    }
    const kids = node.lookup(key('Kids'))
    if (kids instanceof PDFArray) {
      if (seen.has(node)) throw new Unreadable('page tree in a loop')
      seen.add(node)
      for (const each of kids.asArray()) visit(each, own)
      return
    }
    const dict = pdf.context.obj({})
    for (const name of ['Contents', 'Annots', 'Group', 'UserUnit']) {
      const value = node.get(key(name))
      if (value !== undefined) dict.set(key(name), value)
    }
    for (const [name, value] of own) dict.set(key(name), value)
    // A page shown twice is written twice: a page hangs from one place only.
    const ref = kid instanceof PDFRef && !seen.has(node) ? kid : pdf.context.register(dict)
    seen.add(node)
    pages.push({ ref, dict })
  }
  const root = pdf.catalog.lookup(key('Pages'))
  visit(root, new Map())
  const count = root instanceof PDFDict ? root.lookup(key('Count')) : undefined
  if (count instanceof PDFNumber && count.asNumber() > pages.length) throw new Unreadable('pages are missing')
  for (const { ref, dict } of pages) pdf.context.assign(ref, dict)
  return pages
}

interface Box {
  left: number
  bottom: number
  right: number
  top: number
}

function boxOf(dict: PDFDict, name: string): Box | null {
  const found = dict.lookup(key(name))
  if (!(found instanceof PDFArray) || found.size() < 4) return null
  const sides = [0, 1, 2, 3].map(i => {
    const side = found.lookup(i)
    return side instanceof PDFNumber ? side.asNumber() : Number.NaN
  })
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = sides
  const box = {
    left: Math.min(x1, x2),
    bottom: Math.min(y1, y2),
    right: Math.max(x1, x2),
    top: Math.max(y1, y2),
  }
  return box.right - box.left > 1 && box.top - box.bottom > 1 ? box : null
}

/** What a reader shows of a page. */
function visibleBox(dict: PDFDict): Box {
  const media = boxOf(dict, 'MediaBox') ?? { left: 0, bottom: 0, right: PAGE_WIDTH, top: PAGE_HEIGHT }
  const crop = boxOf(dict, 'CropBox')
  if (crop === null) return media
  const both = {
    left: Math.max(media.left, crop.left),
    bottom: Math.max(media.bottom, crop.bottom),
    right: Math.min(media.right, crop.right),
    top: Math.min(media.top, crop.top),
  }
  return both.right - both.left > 1 && both.top - both.bottom > 1 ? both : media
}

/**
 * Makes the page higher by a footer, and wider in proportion so that it still prints on the same paper.
 * Nothing of the page moves, so that its comments, stamps and links stay where they are; it may not draw over
 * the footer.
 */
function dressPage(pdf: SourcePdf, { dict }: SourcePage, endOfPage: PDFRef, footer: Footer) {
  const { context } = pdf
  const box = visibleBox(dict)
  const rotate = dict.lookup(key('Rotate'))
  const turns = rotate instanceof PDFNumber ? ((Math.round(rotate.asNumber() / 90) % 4) + 4) % 4 : 0
  const [across, up] =
    turns % 2 === 0
      ? [box.right - box.left, box.top - box.bottom]
      : [box.top - box.bottom, box.right - box.left]
  const scale = Math.min(across, up) / PAGE_WIDTH
  const below = FOOTER_HEIGHT * scale
  const beside = (below * across) / up / 2
  const wider = widened(box, turns, below, beside)
  const matrix = [
    [1, 0, 0, 1, wider.left, wider.bottom],
    [0, 1, -1, 0, wider.right, wider.bottom],
    [-1, 0, 0, -1, wider.right, wider.top],
    [0, -1, 1, 0, wider.left, wider.top],
  ][turns]
  const { left, bottom, right, top } = box
  const start = [
    `q ${matrix?.map(plain).join(' ')} cm ${plain(scale)} 0 0 ${plain(scale)} 0 0 cm`,
    drawFooter(footer, (across + 2 * beside) / scale),
    `Q q ${[left, bottom, right - left, top - bottom].map(plain).join(' ')} re W n\n`,
  ].join('\n')

  const contents = dict.lookup(key('Contents'))
  const parts = contents instanceof PDFArray ? contents.asArray() : [dict.get(key('Contents'))]
  const streams = parts.flatMap(part => {
    const stream = context.lookup(part)
    const isNothing = part === undefined || stream === undefined || stream === PDFNull
    // Of content in several parts, some readers show nothing when one is missing, others show the rest.
    if (isNothing && !(contents instanceof PDFArray)) return []
    if (part === undefined || !(stream instanceof PDFStream)) throw new Unreadable('content is no stream')
    return [part]
  })
  const array = context.obj([])
  for (const part of [context.register(context.stream(start)), ...streams, endOfPage]) array.push(part)

  dict.set(key('Type'), key('Page'))
  dict.set(key('Parent'), NODE)
  dict.set(key('Contents'), array)
  dict.set(key('MediaBox'), context.obj([wider.left, wider.bottom, wider.right, wider.top]))
  dict.delete(key('CropBox'))
  dict.set(key('Rotate'), PDFNumber.of(turns * 90))
  const resources = dictIn(dict, 'Resources')
  const fonts = dictIn(resources, 'Font')
  fonts.set(key(FONT_NAMES.regular), REGULAR)
  fonts.set(key(FONT_NAMES.bold), BOLD)
  dictIn(resources, 'XObject').set(key(TOTAL_NAME), TOTAL)
}

function widened({ left, bottom, right, top }: Box, turns: number, below: number, beside: number): Box {
  switch (turns) {
    case 1:
      return { left, bottom: bottom - beside, right: right + below, top: top + beside }
    case 2:
      return { left: left - beside, bottom, right: right + beside, top: top + below }
    case 3:
      return { left: left - below, bottom: bottom - beside, right, top: top + beside }
    default:
      return { left: left - beside, bottom: bottom - below, right: right + beside, top }
  }
}

function plain(value: number): string {
  return value.toFixed(4)
}

function dictIn(dict: PDFDict, name: string): PDFDict {
  const found = dict.lookup(key(name))
  if (found instanceof PDFDict) return found
  const made = dict.context.obj({})
  dict.set(key(name), made)
  return made
}

/**
 * What an annotation keeps: no script runs, no program is started, and fields of a form show what was typed.
 */
function tameAnnotations(page: PDFDict, form: Form) {
  const annotations = page.lookup(key('Annots'))
  if (!(annotations instanceof PDFArray)) {
    page.delete(key('Annots'))
    return
  }
  const kept = annotations.asArray().filter(item => {
    const annotation = page.context.lookup(item)
    if (!(annotation instanceof PDFDict)) return false
    if (annotation.lookup(key('Subtype')) === key('Widget')) return drawField(annotation, form)
    for (const name of ['AA', 'P', 'StructParent']) annotation.delete(key(name))
    const action = annotation.lookup(key('A'))
    const kind = action instanceof PDFDict ? action.lookup(key('S'))?.toString() : undefined
    if (kind !== '/URI' && kind !== '/GoTo') annotation.delete(key('A'))
    else if (action instanceof PDFDict) action.delete(key('Next'))
    return true
  })
  page.set(key('Annots'), page.context.obj(kept))
}

/** Makes of a field a drawing in its place; false when there is nothing to draw. */
function drawField(widget: PDFDict, form: Form): boolean {
  const appearance = form.appearanceOf(widget)
  const kept = ['Rect', 'F', 'OC'].map(name => [key(name), widget.get(key(name))] as const)
  for (const name of widget.keys()) widget.delete(name)
  if (appearance === null) return false
  widget.set(key('Type'), key('Annot'))
  widget.set(key('Subtype'), key('Stamp'))
  widget.set(key('AP'), widget.context.obj({ N: appearance }))
  for (const [name, value] of kept) if (value !== undefined) widget.set(name, value)
  return true
}

/** A4 at 300 points per inch: more is not seen on paper. */
const MOST_PIXELS = { width: 2480, height: 3508 }
const IMAGE_MARGIN = 28
/** An image is not blown up beyond 72 pixels per inch. */
const IMAGE_POINTS_PER_PIXEL = 1

/** The image upright on a page of A4, as large as it fits. */
async function drawImage(task: PieceTask, sink: ObjectSink): Promise<number[]> {
  sharp.cache(false)
  sharp.concurrency(1)
  const { data, info } = await sharp(task.source, { sequentialRead: true, failOn: 'truncated' })
    .rotate()
    .flatten({ background: '#ffffff' })
    .resize({ ...MOST_PIXELS, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .jpeg({ quality: 85 })
    .toBuffer({ resolveWithObject: true })
  const landscape = info.width > info.height
  const [width, height] = landscape ? [PAGE_HEIGHT, PAGE_WIDTH] : [PAGE_WIDTH, PAGE_HEIGHT]
  const room = { width: width - 2 * IMAGE_MARGIN, height: height - 2 * IMAGE_MARGIN - FOOTER_HEIGHT }
  const scale = Math.min(room.width / info.width, room.height / info.height, IMAGE_POINTS_PER_PIXEL)
  const drawn = { width: info.width * scale, height: info.height * scale }
  const left = (width - drawn.width) / 2
  const bottom = FOOTER_HEIGHT + IMAGE_MARGIN + (room.height - drawn.height) / 2

  const colours = info.channels === 1 ? 'DeviceGray' : 'DeviceRGB'
  const image = sink.write(
    `<< /Type /XObject /Subtype /Image /Width ${info.width} /Height ${info.height} ` +
      `/ColorSpace /${colours} /BitsPerComponent 8 /Filter /DCTDecode /Length ${data.length} ` +
      '>>',
    data,
  )
  const placed = [drawn.width, 0, 0, drawn.height, left, bottom].map(plain).join(' ')
  const content = Buffer.from(
    `q ${placed} cm /GkImage Do Q\n${drawFooter(footerOf(task, 0, 1), width)}`,
    'latin1',
  )
  const contents = sink.write(`<< /Length ${content.length} >>`, content)
  const { fonts, total, node } = task
  return [
    sink.write(
      `<< /Type /Page /Parent ${node} 0 R /MediaBox [0 0 ${width} ${height}] /Contents ${contents} ` +
        `0 R /Resources << /Font << /${FONT_NAMES.regular} ${fonts.regular} 0 R /${FONT_NAMES.bold} ` +
        `${fonts.bold} 0 R >> /XObject << /${TOTAL_NAME} ${total} 0 R /GkImage ${image} 0 R ` +
        '>> >> >>',
    ),
  ]
}

function footerOf({ footer, firstPage }: PieceTask, i: number, count: number): Footer {
  const within = count === 1 ? '' : `page ${i + 1} sur ${count}`
  return { ...footer, within, page: firstPage + i }
}
