/** Text for PDF pages in Helvetica, which every reader has: encoded, measured, cut into lines. */
import { Encodings, Font, FontNames } from '@cantoo/pdf-lib/standard-fonts'

export type Face = 'regular' | 'bold'

/** Names of the two fonts among the resources of a page. */
export const FONT_NAMES: Readonly<Record<Face, string>> = { regular: 'GkRegular', bold: 'GkBold' }

const FONTS: Readonly<Record<Face, Font>> = {
  regular: Font.load(FontNames.Helvetica),
  bold: Font.load(FontNames.HelveticaBold),
}
const WIN_ANSI = Encodings.WinAnsi
/** Thousandths of the size, for glyphs that the font gives no width. */
const USUAL_WIDTH = 250

export function fontDict(face: Face): string {
  return `<< /Type /Font /Subtype /Type1 /BaseFont /${FONTS[face].FontName} /Encoding /WinAnsiEncoding >>`
}

/** One `Tj` operand: characters outside Windows-1252 lose their accent, or become `?`. */
export function encodeText(text: string): string {
  const codes = Array.from(printable(text), sign => {
    return WIN_ANSI.encodeUnicodeCodePoint(sign.codePointAt(0) ?? 63)
      .code.toString(16)
      .padStart(2, '0')
  })
  return `<${codes.join('')}>`
}

/** In points. */
export function widthOf(text: string, size: number, face: Face): number {
  let width = 0
  for (const sign of printable(text)) {
    const { name } = WIN_ANSI.encodeUnicodeCodePoint(sign.codePointAt(0) ?? 63)
    width += FONTS[face].getWidthOfGlyph(name) || USUAL_WIDTH
  }
  return (width * size) / 1000
}

/** Lines that fit a width, cut between words, or within one that is longer than a line. */
export function wrap(text: string, width: number, size: number, face: Face): string[] {
  return wrapBy(text, width, part => widthOf(part, size, face))
}

/** The same in any font: `lengthOf` measures a part of a line, in the unit of `width`. */
export function wrapBy(text: string, width: number, lengthOf: (part: string) => number): string[] {
  return text.split('\n').flatMap(paragraph => {
    const lines: string[] = []
    let line = ''
    for (const word of paragraph.split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`
      if (lengthOf(longer) <= width) {
        line = longer
        continue
      }
      if (line !== '') lines.push(line)
      line = word
      while (lengthOf(line) > width && line.length > 1) {
        const head = beginning(line, width, lengthOf)
        lines.push(head)
        line = line.slice(head.length)
      }
    }
    return [...lines, line]
  })
}

/** The text when it fits, else its beginning with an ellipsis. */
export function shorten(text: string, width: number, size: number, face: Face): string {
  const lengthOf = (part: string) => widthOf(part, size, face)
  if (lengthOf(text) <= width) return text
  return `${beginning(text, width - lengthOf('…'), lengthOf).trimEnd()}…`
}

/** As many characters as fit, at least one. */
function beginning(text: string, width: number, lengthOf: (part: string) => number): string {
  let end = 1
  let used = lengthOf(text.slice(0, 1))
  while (end < text.length) {
    used += lengthOf(text.charAt(end))
    if (used > width) break
    end++
  }
  return text.slice(0, end)
}

/** Whether every letter of a text is drawn as it is, none without its accent. */
export function isDrawable(text: string): boolean {
  return Array.from(text.normalize('NFC').replace(/[\s\u202F]/gu, ' ')).every(isEncodable)
}

/** The text as it is drawn: letters outside Windows-1252 lose their accent, or become `?`. */
export function printable(text: string): string {
  const composed = text.normalize('NFC').replace(/[\s\u202F]/gu, ' ')
  if (/^[ -~\u00A1-\u00FF]*$/.test(composed)) return composed
  return Array.from(composed, sign => {
    if (isEncodable(sign)) return sign
    const plain = sign.normalize('NFKD').replace(/\p{M}/gu, '')
    return plain !== '' && Array.from(plain).every(isEncodable) ? plain : '?'
  }).join('')
}

function isEncodable(sign: string): boolean {
  return WIN_ANSI.canEncodeUnicodeCodePoint(sign.codePointAt(0) ?? 0)
}

/** A text string of a PDF outside its pages, whatever its characters: UTF-16 with its mark. */
export function textString(text: string): string {
  const bytes = Buffer.from(
    `\uFEFF${text.replace(/\p{Cc}+/gu, ' ').replace(/\p{Cs}/gu, '\uFFFD')}`,
    'utf16le',
  ).swap16()
  return `<${bytes.toString('hex')}>`
}
