/**
 * What the fields of a form show, as drawings of their own (ISO 32000-1, 12.7.3.3): the copy has no form, so
 * no reader fills it in. A field that no reader draws, such as a signature still to be made, leaves nothing.
 */
import {
  PDFArray,
  type PDFContext,
  PDFDict,
  PDFHexString,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFStream,
  PDFString,
} from '@cantoo/pdf-lib'
import { Encodings, Font, FontNames } from '@cantoo/pdf-lib/standard-fonts'
import { type SourcePdf, UnfaithfulCopy } from './source-pdf.ts'
import { encodeText, isDrawable, wrapBy } from './text.ts'

const key = (name: string) => PDFName.of(name)

/** Bits of `Ff`. */
const MULTILINE = 1 << 12
const PASSWORD = 1 << 13
const RADIO = 1 << 15
const PUSH_BUTTON = 1 << 16
const COMBO = 1 << 17
const COMB = 1 << 24

/** Points between a field's border and its text. */
const PADDING = 2
/** From the middle of a line down to its baseline, in sizes of its font. */
const HALF_LETTER = 0.4
const MULTILINE_TOP = 3
const MULTILINE_SIZES = [12, 11, 10, 9, 8, 7, 6, 5, 4]
const DEEPEST = 50

export class Form {
  readonly #context: PDFContext
  readonly #root: PDFDict | null
  readonly #isLeftToReader: boolean

  constructor({ context, catalog }: SourcePdf) {
    this.#context = context
    const root = catalog.lookup(key('AcroForm'))
    this.#root = root instanceof PDFDict ? root : null
    this.#isLeftToReader = this.#root?.lookup(key('NeedAppearances'))?.toString() === 'true'
    const fields = this.#root?.lookup(key('Fields'))
    const isShell = !(fields instanceof PDFArray) || fields.size() === 0
    const needsRendering = catalog.lookup(key('NeedsRendering'))?.toString() === 'true'
    // Its pages are made by the program that fills it in; those of the file only say so.
    if (this.#root?.lookup(key('XFA')) && (isShell || needsRendering)) throw new UnfaithfulCopy('xfa')
  }

  /**
   * The drawing of a widget; null when readers draw nothing.
   *
   * @throws UnfaithfulCopy when something was typed that cannot be drawn here.
   */
  appearanceOf(widget: PDFDict): PDFObject | null {
    const type = this.#inherited(widget, 'FT')?.toString()
    const own = this.#ownAppearance(widget)
    const isTyped = type === '/Tx' || type === '/Ch'
    if (own !== null && !(isTyped && this.#isLeftToReader)) return own
    if (type !== '/Btn' && !isTyped) return null
    const box = boxOf(widget)
    if (box === null) return null
    const look = lookOf(widget)
    const content = this.#valueOf(widget, type, { ...box, border: look.borderWidth })
    const drawing = `${frame(look, box)}${content?.drawing ?? ''}`
    if (drawing === '') return null
    if (look.isTurned) throw new UnfaithfulCopy('formulaire')
    const fonts = content === null ? {} : { Font: { F: content.font } }
    const dict = { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, box.width, box.height], Resources: fonts }
    return this.#context.register(this.#context.stream(drawing, dict))
  }

  /** What the file draws, in the state that the field is in. */
  #ownAppearance(widget: PDFDict): PDFObject | null {
    const appearances = widget.lookup(key('AP'))
    if (!(appearances instanceof PDFDict)) return null
    const normal = appearances.lookup(key('N'))
    if (normal instanceof PDFStream) return appearances.get(key('N')) ?? null
    if (!(normal instanceof PDFDict)) return null
    const state = widget.lookup(key('AS'))
    if (!(state instanceof PDFName)) return null
    return normal.lookup(state) instanceof PDFStream ? (normal.get(state) ?? null) : null
  }

  #valueOf(widget: PDFDict, type: string, room: Room): { drawing: string; font: PDFObject } | null {
    const flagsFound = this.#inherited(widget, 'Ff')
    const flags = flagsFound instanceof PDFNumber ? flagsFound.asNumber() : 0
    if (type === '/Btn' && (flags & PUSH_BUTTON) === 0) return this.#mark(widget, flags, room)
    const typed = type === '/Btn' ? captionOf(widget) : this.#textOf(widget, type)
    if (typed === '') return null
    if (type === '/Ch' && (flags & COMBO) === 0) throw new UnfaithfulCopy('formulaire')
    const text = (flags & PASSWORD) === 0 ? typed : '*'.repeat(typed.length)
    const { face, size, colour } = this.#faceOf(widget)
    if (!isDrawable(text.replace(/[\r\n]/g, ' '))) throw new UnfaithfulCopy('formulaire')
    const quadding = this.#inherited(widget, 'Q')
    const align = type === '/Btn' ? 1 : quadding instanceof PDFNumber ? quadding.asNumber() : 0
    const most = this.#inherited(widget, 'MaxLen')
    const cells = (flags & COMB) !== 0 && most instanceof PDFNumber ? most.asNumber() : 0
    const isMultiline = type === '/Tx' && (flags & MULTILINE) !== 0
    const lines = isMultiline
      ? multiline(text, face, size, align, room)
      : cells > 0
        ? comb(text, face, size, cells, align, room)
        : singleLine(text.replace(/\r\n?|\n/g, ' '), face, size, align, room)
    const { border, width, height } = room
    const clip = [border, border, width - 2 * border, height - 2 * border].map(plain).join(' ')
    return { drawing: `/Tx BMC q ${clip} re W n BT ${colour} ${lines} ET Q EMC\n`, font: face.font }
  }

  /** A box that is ticked, a button that is chosen. */
  #mark(widget: PDFDict, flags: number, room: Room): { drawing: string; font: PDFObject } | null {
    const state = widget.lookup(key('AS')) ?? this.#inherited(widget, 'V')
    if (!(state instanceof PDFName) || state === key('Off')) return null
    // Which of several is chosen, only their drawings would tell.
    if (!widget.has(key('AS')) && widget.has(key('Parent'))) throw new UnfaithfulCopy('formulaire')
    const sign = captionOf(widget) || ((flags & RADIO) === 0 ? '4' : 'l')
    const font = this.#context.obj({ Type: 'Font', Subtype: 'Type1', BaseFont: 'ZapfDingbats' })
    const size = Math.floor(Math.min(room.width, room.height) - 2 * room.border)
    const width = (DINGBAT_WIDTH * size) / 1000
    const x = (room.width - width) / 2
    const y = room.height / 2 - HALF_LETTER * size
    const code = Buffer.from(sign.slice(0, 1), 'latin1').toString('hex')
    return { drawing: `q BT 0 g /F ${size} Tf ${plain(x)} ${plain(y)} Td <${code}> Tj ET Q\n`, font }
  }

  #textOf(widget: PDFDict, type: string): string {
    const value = this.#inherited(widget, 'V')
    if (value instanceof PDFStream) throw new UnfaithfulCopy('formulaire')
    const text = textOf(value instanceof PDFArray ? value.lookup(0) : value)
    const options = type === '/Ch' ? this.#inherited(widget, 'Opt') : undefined
    if (!(options instanceof PDFArray)) return text
    for (let i = 0; i < options.size(); i++) {
      const option = options.lookup(i)
      if (option instanceof PDFArray && textOf(option.lookup(0)) === text) return textOf(option.lookup(1))
    }
    return text
  }

  /** Font, size (0: as large as fits) and colour that the field asks for. */
  #faceOf(widget: PDFDict): { face: Face; size: number; colour: string } {
    const asked = textOf(this.#inherited(widget, 'DA'))
    const [, name, size] = /\/(\S+)\s+([\d.]+)\s+Tf/.exec(asked) ?? []
    // Readers differ on a field that does not say what it is written with.
    if (name === undefined) throw new UnfaithfulCopy('formulaire')
    const colours = Array.from(asked.matchAll(/(?:[\d.]+\s+){1,4}(?:g|rg|k)(?=\s|$)/g), ([found]) => found)
    return { face: this.#fontNamed(name), size: Number(size), colour: colours.at(-1) ?? '0 g' }
  }

  #fontNamed(name: string): Face {
    const resources = this.#root?.lookup(key('DR'))
    const fonts = resources instanceof PDFDict ? resources.lookup(key('Font')) : undefined
    const found = fonts instanceof PDFDict ? fonts.lookup(key(name)) : undefined
    const base = found instanceof PDFDict ? String(found.lookup(key('BaseFont')) ?? '') : name
    const standard = standardFor(base)
    const usual = (sign: string) => standard.getWidthOfGlyph(glyphOf(sign)) ?? USUAL_WIDTH
    const isSimple = found instanceof PDFDict && found.lookup(key('Subtype')) !== key('Type0')
    if (isSimple && found.lookup(key('Encoding')) === key('WinAnsiEncoding')) {
      const font = fonts instanceof PDFDict ? fonts.get(key(name)) : undefined
      if (font) return { font, widthOf: widthsIn(found) ?? usual }
    }
    const entries = {
      Type: 'Font',
      Subtype: 'Type1',
      BaseFont: standard.FontName,
      Encoding: 'WinAnsiEncoding',
    }
    return { font: this.#context.obj(entries), widthOf: usual }
  }

  /** From the widget, its field, what contains this one, and at last the whole form. */
  #inherited(widget: PDFDict, name: string): PDFObject | undefined {
    let node: PDFObject | undefined = widget
    for (let depth = 0; node instanceof PDFDict && depth < DEEPEST; depth++) {
      const value: PDFObject | undefined = node.lookup(key(name))
      if (value !== undefined) return value
      node = node.lookup(key('Parent'))
    }
    return this.#root?.lookup(key(name))
  }
}

interface Room {
  width: number
  height: number
  border: number
}

interface Face {
  font: PDFObject
  /** Of a sign, in thousandths of the size. */
  widthOf: (sign: string) => number
}

const USUAL_WIDTH = 500
/** Ticks, crosses, disks and squares: from 755 to 816. */
const DINGBAT_WIDTH = 770

const plain = (value: number) => String(Math.round(value * 1000) / 1000)

function glyphOf(sign: string): string {
  return Encodings.WinAnsi.encodeUnicodeCodePoint(sign.codePointAt(0) ?? 32).name
}

function standardFor(base: string): Font {
  const isBold = /bold|HeBo|TiBo|CoBo/i.test(base)
  if (/cour/i.test(base)) return Font.load(isBold ? FontNames.CourierBold : FontNames.Courier)
  if (/times|TiRo|TiBo/i.test(base))
    return Font.load(isBold ? FontNames.TimesRomanBold : FontNames.TimesRoman)
  return Font.load(isBold ? FontNames.HelveticaBold : FontNames.Helvetica)
}

function widthsIn(font: PDFDict): ((sign: string) => number) | null {
  const widths = font.lookup(key('Widths'))
  const first = font.lookup(key('FirstChar'))
  if (!(widths instanceof PDFArray) || !(first instanceof PDFNumber)) return null
  return sign => {
    const { code } = Encodings.WinAnsi.encodeUnicodeCodePoint(sign.codePointAt(0) ?? 32)
    const at = code - first.asNumber()
    const width = at >= 0 && at < widths.size() ? widths.lookup(at) : undefined
    return width instanceof PDFNumber ? width.asNumber() : USUAL_WIDTH
  }
}

function textOf(value: PDFObject | undefined): string {
  if (value instanceof PDFString || value instanceof PDFHexString) return value.decodeText()
  return value instanceof PDFName ? value.decodeText() : ''
}

function captionOf(widget: PDFDict): string {
  const characteristics = widget.lookup(key('MK'))
  return characteristics instanceof PDFDict ? textOf(characteristics.lookup(key('CA'))) : ''
}

function boxOf(widget: PDFDict): { width: number; height: number } | null {
  const rect = numbersOf(widget.lookup(key('Rect')))
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = rect
  const box = { width: Math.abs(x2 - x1), height: Math.abs(y2 - y1) }
  return box.width > 0 && box.height > 0 ? box : null
}

function numbersOf(array: PDFObject | undefined): number[] {
  if (!(array instanceof PDFArray)) return []
  return Array.from({ length: array.size() }, (_, i) => {
    const item = array.lookup(i)
    return item instanceof PDFNumber ? item.asNumber() : 0
  })
}

interface Look {
  background: string | null
  border: string | null
  /** 0 without a border. */
  borderWidth: number
  isUnderline: boolean
  isTurned: boolean
}

function lookOf(widget: PDFDict): Look {
  const characteristics = widget.lookup(key('MK'))
  const look = characteristics instanceof PDFDict ? characteristics : widget.context.obj({})
  const style = widget.lookup(key('BS'))
  const width = style instanceof PDFDict ? style.lookup(key('W')) : undefined
  const kind = style instanceof PDFDict ? style.lookup(key('S'))?.toString() : undefined
  const border = colourOf(look.lookup(key('BC')), ['G', 'RG', 'K'])
  const turned = look.lookup(key('R'))
  return {
    background: colourOf(look.lookup(key('BG')), ['g', 'rg', 'k']),
    border,
    borderWidth: border === null ? 0 : width instanceof PDFNumber ? width.asNumber() : 1,
    isUnderline: kind === '/U',
    isTurned: turned instanceof PDFNumber && turned.asNumber() % 360 !== 0,
  }
}

function colourOf(array: PDFObject | undefined, [grey, rgb, cmyk]: readonly [string, string, string]) {
  const parts = numbersOf(array)
  const operator = { 1: grey, 3: rgb, 4: cmyk }[parts.length]
  return operator === undefined ? null : `${parts.map(plain).join(' ')} ${operator}`
}

function frame(
  { background, border, borderWidth, isUnderline }: Look,
  { width, height }: Omit<Room, 'border'>,
) {
  const filled = background === null ? '' : `q ${background} 0 0 ${plain(width)} ${plain(height)} re f Q\n`
  if (border === null || borderWidth === 0) return filled
  const half = borderWidth / 2
  const sides = [half, half, width - borderWidth, height - borderWidth].map(plain).join(' ')
  const path = isUnderline ? `0 ${plain(half)} m ${plain(width)} ${plain(half)} l S` : `${sides} re S`
  return `${filled}q ${border} ${plain(borderWidth)} w ${path} Q\n`
}

function lengthOf(text: string, { widthOf }: Face): number {
  return Array.from(text).reduce((sum, sign) => sum + widthOf(sign), 0) / 1000
}

function startOf(length: number, align: number, { width, border }: Room): number {
  if (align === 1) return (width - length) / 2
  return align === 2 ? width - border - PADDING - length : border + PADDING
}

const at = (x: number, y: number) => `1 0 0 1 ${plain(x)} ${plain(y)} Tm`

function singleLine(text: string, face: Face, asked: number, align: number, room: Room): string {
  const length = lengthOf(text, face)
  const across = (room.width - 2 * PADDING - 2 * room.border) / length
  const size = asked || Math.max(1, Math.floor(Math.min(room.height - 2 * room.border, across)))
  const x = startOf(length * size, align, room)
  return `/F ${size} Tf ${at(x, room.height / 2 - HALF_LETTER * size)} ${encodeText(text)} Tj`
}

/** One sign a cell; those beyond the last cell are not shown. */
function comb(text: string, face: Face, asked: number, cells: number, align: number, room: Room): string {
  const signs = Array.from(text).slice(0, cells)
  const cell = (room.width - 2 * room.border) / cells
  const size = asked || Math.max(1, Math.floor(Math.min(room.height - 2 * room.border, cell)))
  const first = align === 1 ? Math.floor((cells - signs.length) / 2) : align === 2 ? cells - signs.length : 0
  const y = room.height / 2 - HALF_LETTER * size
  const drawn = signs.map((sign, i) => {
    const x = room.border + (first + i + 0.5) * cell - (lengthOf(sign, face) * size) / 2
    return `${at(x, y)} ${encodeText(sign)} Tj`
  })
  return `/F ${size} Tf ${drawn.join(' ')}`
}

function multiline(text: string, face: Face, asked: number, align: number, room: Room): string {
  const width = room.width - 2 * room.border - 2 * PADDING
  const cut = (size: number) =>
    wrapBy(text.replace(/\r\n?/g, '\n'), width, part => lengthOf(part, face) * size)
  const fits = (size: number) => cut(size).length * size <= room.height - 2 * room.border - MULTILINE_TOP
  const size = asked || MULTILINE_SIZES.find(fits) || 4
  const drawn = cut(size).map((line, i) => {
    const y = room.height - MULTILINE_TOP - size * (i + 1)
    return `${at(startOf(lengthOf(line, face) * size, align, room), y)} ${encodeText(line)} Tj`
  })
  return `/F ${size} Tf ${drawn.join(' ')}`
}
