/** Pages drawn by ourselves: text in one column on A4, with links; and the footer that every page carries. */
import { encodeText, type Face, FONT_NAMES, shorten, widthOf, wrap } from './text.ts'

export const PAGE_WIDTH = 595.28
export const PAGE_HEIGHT = 841.89
const MARGIN = 56
const TOP = PAGE_HEIGHT - 60
/** Above the footer. */
const BOTTOM = 60
const LINE_HEIGHT = 1.35
/** Between a line and the page number at its end. */
const NUMBER_WIDTH = 48

export type Colour = 'ink' | 'grey' | 'link' | 'good' | 'bad' | 'late'

const COLOURS: Readonly<Record<Colour, string>> = {
  ink: '0.1 0.12 0.15',
  grey: '0.35 0.38 0.42',
  link: '0.04 0.24 0.57',
  good: '0.05 0.4 0.15',
  bad: '0.65 0.08 0.08',
  late: '0.55 0.3 0',
}

export interface TextLook {
  size?: number
  face?: Face
  colour?: Colour
  /** In points. */
  indent?: number
  /** Points left free above. */
  above?: number
  /** At the end of the line, after dots. */
  number?: string
  /** Object number of the page that a click opens. */
  to?: number
}

export interface DrawnPage {
  content: string
  links: { rect: readonly [number, number, number, number]; to: number; title: string }[]
}

/** Text one paragraph after the other, on as many pages as it takes. */
export class Column {
  readonly pages: DrawnPage[] = []
  #y = 0

  constructor() {
    this.turnPage()
  }

  turnPage() {
    this.pages.push({ content: '', links: [] })
    this.#y = TOP
  }

  /** @param together lines that must follow on the same page, as after a heading. */
  add(text: string, look: TextLook = {}, together = 1) {
    const { size = 10, face = 'regular', colour = 'ink', indent = 0, above = 0, number, to } = look
    const left = MARGIN + indent
    const right = PAGE_WIDTH - MARGIN
    const width = right - left - (number === undefined ? 0 : NUMBER_WIDTH)
    const lineHeight = size * LINE_HEIGHT
    const lines = wrap(text, width, size, face)
    this.#y -= above
    if (this.#y - lineHeight * Math.min(together, 10) < BOTTOM) this.turnPage()
    for (const [i, line] of lines.entries()) {
      if (this.#y - lineHeight < BOTTOM) this.turnPage()
      this.#y -= lineHeight
      this.#draw(drawText(line, left, this.#y, size, face, colour))
      if (number !== undefined && i === lines.length - 1) {
        const end = right - widthOf(number, size, 'regular')
        this.#draw(drawText(number, end, this.#y, size, 'regular', colour))
        this.#draw(dots(left + widthOf(line, size, face) + 4, end - 4, this.#y))
      }
      if (to !== undefined) {
        const rect = [left, this.#y - size * 0.25, right, this.#y + size] as const
        this.pages.at(-1)?.links.push({ rect, to, title: text })
      }
    }
  }

  /** A word in a coloured frame, so that it is seen at once; the word itself says all. */
  banner(text: string, colour: Colour) {
    const size = 14
    const lines = wrap(text, PAGE_WIDTH - 2 * MARGIN - 24, size, 'bold')
    const height = lines.length * size * LINE_HEIGHT + 16
    this.#y -= 14
    if (this.#y - height < BOTTOM) this.turnPage()
    this.#draw(
      `q ${COLOURS[colour]} RG 1.2 w ${MARGIN} ${points(this.#y - height)} ` +
        `${points(PAGE_WIDTH - 2 * MARGIN)} ` +
        `${points(height)} re S Q\n`,
    )
    for (const [i, line] of lines.entries()) {
      const y = this.#y - 10 - size * LINE_HEIGHT * (i + 1) + size * 0.45
      this.#draw(drawText(line, MARGIN + 12, y, size, 'bold', colour))
    }
    this.#y -= height
  }

  #draw(operators: string) {
    const page = this.pages.at(-1)
    if (page) page.content += operators
  }
}

function drawText(text: string, x: number, y: number, size: number, face: Face, colour: Colour): string {
  if (text === '') return ''
  return (
    `BT ${COLOURS[colour]} rg /${FONT_NAMES[face]} ${size} Tf ${points(x)} ${points(y)} ` +
    `Td ${encodeText(text)} Tj ET\n`
  )
}

function dots(from: number, to: number, y: number): string {
  if (to - from < 6) return ''
  return (
    `q 0.6 0.63 0.67 RG 0.8 w 1 J [0 3] 0 d ${points(from)} ${points(y + 1)} m ${points(to)} ` +
    `${points(y + 1)} l S Q\n`
  )
}

function points(value: number): string {
  return String(Math.round(value * 100) / 100)
}

/** What the foot of a page says. */
export interface Footer {
  /** On the left, one above the other. */
  first: string
  second: string
  /** `page 2 sur 5`; empty for a piece of one page. */
  within: string
  /** Of the page in the whole, from 1. */
  page: number
}

/** Height of a footer on a page of A4, and name of the form that draws how many pages there are. */
export const FOOTER_HEIGHT = 34
export const TOTAL_NAME = 'GkTotal'
const FOOTER_MARGIN = 24
const FOOTER_SIZE = 7.5
/** Room for the number of pages, which is known last. */
const TOTAL_WIDTH = 22

/** Draws a footer in a band as wide as given, its lower left corner at the origin. */
export function drawFooter({ first, second, within, page }: Footer, width: number): string {
  const right = width - FOOTER_MARGIN
  const number = `Dossier, page ${page} sur`
  const numberStart = right - TOTAL_WIDTH - widthOf(number, FOOTER_SIZE, 'regular')
  const withinStart = right - widthOf(within, FOOTER_SIZE, 'regular')
  const left = (text: string, end: number, y: number, face: Face) => {
    const room = end - FOOTER_MARGIN - 10
    return room < 20
      ? ''
      : drawText(shorten(text, room, FOOTER_SIZE, face), FOOTER_MARGIN, y, FOOTER_SIZE, face, 'ink')
  }
  return [
    `q 0.6 0.63 0.67 RG 0.5 w ${FOOTER_MARGIN} 29 m ${points(right)} 29 l S Q\n`,
    left(first, withinStart, 19, 'bold'),
    drawText(within, withinStart, 19, FOOTER_SIZE, 'regular', 'ink'),
    left(second, numberStart, 9, 'regular'),
    drawText(number, numberStart, 9, FOOTER_SIZE, 'regular', 'ink'),
    `q 1 0 0 1 ${points(right - TOTAL_WIDTH + 2)} 9 cm /${TOTAL_NAME} Do Q\n`,
  ].join('')
}

/** The form that ends each footer: the number of pages, known once all are drawn. */
export function totalForm(pages: number): { dict: string; content: string } {
  return {
    dict: `/Type /XObject /Subtype /Form /BBox [0 -3 ${TOTAL_WIDTH + 4} 10]`,
    content: drawText(String(pages), 0, 0, FOOTER_SIZE, 'regular', 'ink'),
  }
}
