/** The pages of a form: words one under the other, lines and boxes to fill in, tables that go on overleaf. */
import { printable } from './reading/text.ts'

const MARGIN = 50
const FOOT = 46
const PAGE_WIDTH = 595.28
const PAGE_HEIGHT = 841.89
export const INNER_WIDTH = PAGE_WIDTH - 2 * MARGIN
const BOTTOM = PAGE_HEIGHT - FOOT - 14
const BODY = 10
const LINE = 20
const CELL = 4
/** Of a line of a table to be written in by hand. */
const HAND_HEIGHT = 30
const BOX = 9
const INK = '#1a1f26'
const GREY = '#59616b'
const RULE = '#8a919b'

const REGULAR = 'Helvetica'
const BOLD = 'Helvetica-Bold'

interface Look {
  size?: number
  bold?: boolean
  /** Points above and under. */
  above?: number
  gap?: number
  indent?: number
  grey?: boolean
}

/** As it is drawn: a line of its own stays one. */
const lined = (text: string): string => text.split('\n').map(printable).join('\n')

export class FormSheet {
  static readonly margins = { top: MARGIN, left: MARGIN, right: MARGIN, bottom: FOOT + 14 }

  readonly #document: PDFKit.PDFDocument
  readonly #root: PDFKit.PDFStructureElement

  constructor(document: PDFKit.PDFDocument) {
    this.#document = document
    this.#root = document.struct('Document')
    document.addStructure(this.#root)
  }

  /** Turns the page when less than this is left. */
  room(height: number): void {
    if (this.#document.y + height > BOTTOM) this.#document.addPage()
  }

  words(tag: string, text: string, look: Look = {}): void {
    const { size = BODY, bold = false, above = 0, gap = 4, indent = 0, grey = false } = look
    const document = this.#document
    document.y += above
    this.#root.add(
      document.struct(tag, {}, () => {
        document
          .font(bold ? BOLD : REGULAR)
          .fontSize(size)
          .fillColor(grey ? GREY : INK)
          .text(lined(text), MARGIN + indent, document.y, { width: INNER_WIDTH - indent, paragraphGap: gap })
      }),
    )
    document.x = MARGIN
  }

  /** What is known: its name, then what it is. */
  pair(name: string, value: string): void {
    const document = this.#document
    const left = 190
    const [words, told] = [lined(name), lined(value)]
    const height = Math.max(
      document
        .font(BOLD)
        .fontSize(BODY)
        .heightOfString(words, { width: left - 10 }),
      document
        .font(REGULAR)
        .fontSize(BODY)
        .heightOfString(told, { width: INNER_WIDTH - left }),
    )
    this.room(height + 4)
    const top = document.y
    this.#root.add(
      document.struct('P', {}, () => {
        document
          .font(BOLD)
          .fillColor(INK)
          .text(words, MARGIN, top, { width: left - 10 })
        document.font(REGULAR).text(told, MARGIN + left, top, { width: INNER_WIDTH - left })
      }),
    )
    document.x = MARGIN
    document.y = top + height + 4
  }

  /** Lines to write on, after their label and before their unit. */
  lines(label: string, count: number, unit: string | null): void {
    const document = this.#document
    this.room(LINE * count + 4)
    const width = document.font(REGULAR).fontSize(BODY).widthOfString(printable(label))
    const unitWidth = unit === null ? 0 : document.widthOfString(printable(unit)) + 6
    const top = document.y
    if (label !== '' || unit !== null) {
      this.#root.add(
        document.struct('P', {}, () => {
          document.fillColor(INK)
          const y = top + LINE - BODY - 2
          if (label !== '') document.text(printable(label), MARGIN + 12, y, { lineBreak: false })
          if (unit !== null) {
            document.text(printable(unit), MARGIN + INNER_WIDTH - unitWidth + 6, y, { lineBreak: false })
          }
        }),
      )
    }
    this.#drawing(() => {
      for (let line = 1; line <= count; line++) {
        const from = MARGIN + 12 + (line === 1 ? width : 0)
        const to = MARGIN + INNER_WIDTH - (line === 1 ? unitWidth : 0)
        document.moveTo(from, top + LINE * line).lineTo(Math.max(from + 20, to), top + LINE * line)
      }
      document.lineWidth(0.5).strokeColor(RULE).stroke()
    })
    document.x = MARGIN
    document.y = top + LINE * count + 6
  }

  /** Boxes to tick, those already chosen ticked; `said` stands for none of them. */
  boxes(options: readonly string[], chosen: readonly string[], said: string | null): void {
    const document = this.#document
    const all = said === null ? options : [...options, said]
    this.room(LINE)
    let x = MARGIN + 12
    let top = document.y + 3
    for (const option of all) {
      const words = printable(option)
      const width = document.font(REGULAR).fontSize(BODY).widthOfString(words)
      if (x + BOX + 5 + width > MARGIN + INNER_WIDTH) {
        x = MARGIN + 12
        top += LINE
      }
      const isTicked = chosen.includes(option) || option === said
      const at = x
      this.#drawing(() => {
        document.lineWidth(0.8).strokeColor(INK).rect(at, top, BOX, BOX).stroke()
        if (!isTicked) return
        document.moveTo(at + 1.5, top + 1.5).lineTo(at + BOX - 1.5, top + BOX - 1.5)
        document
          .moveTo(at + BOX - 1.5, top + 1.5)
          .lineTo(at + 1.5, top + BOX - 1.5)
          .stroke()
      })
      this.#root.add(
        document.struct('P', {}, () => {
          document.fillColor(INK).text(words, at + BOX + 5, top, { lineBreak: false })
        }),
      )
      x += BOX + 5 + width + 22
    }
    document.x = MARGIN
    document.y = top + BOX + 7
  }

  /** Columns of these widths; the heads come again overleaf. */
  table(
    heads: readonly string[],
    rows: readonly (readonly string[])[],
    widths: readonly number[],
    byHand: boolean,
  ) {
    const document = this.#document
    const table = document.struct('Table')
    this.#root.add(table)
    const heightOf = (cells: readonly string[], font: string) => {
      document.font(font).fontSize(9)
      return Math.max(
        ...cells.map((cell, at) => document.heightOfString(cell, { width: (widths[at] ?? 0) - 2 * CELL })),
      )
    }
    const draw = (cells: readonly string[], font: string, tag: 'TH' | 'TD', atLeast: number) => {
      const height = Math.max(atLeast, heightOf(cells, font) + 2 * CELL)
      const top = document.y
      const row = document.struct('TR')
      table.add(row)
      let x = MARGIN
      for (const [at, cell] of cells.entries()) {
        const [left, width] = [x, widths[at] ?? 0]
        this.#drawing(() => {
          document.lineWidth(0.5).strokeColor(RULE).rect(left, top, width, height)
          if (tag === 'TH') document.fillAndStroke('#eef2f7', RULE)
          else document.stroke()
        })
        const drawn = document.struct(tag, {}, () => {
          document
            .font(font)
            .fontSize(9)
            .fillColor(INK)
            .text(cell, left + CELL, top + CELL, { width: width - 2 * CELL })
        })
        row.add(drawn)
        x += width
      }
      row.end()
      document.x = MARGIN
      document.y = top + height
    }
    const printedHeads = heads.map(lined)
    const head = () => draw(printedHeads, BOLD, 'TH', 0)
    const least = byHand ? HAND_HEIGHT : 0
    this.room(90)
    head()
    for (const cells of rows) {
      const printed = cells.map(lined)
      const height = Math.max(least, heightOf(printed, REGULAR) + 2 * CELL)
      if (document.y + height > BOTTOM) {
        document.addPage()
        head()
      }
      draw(printed, REGULAR, 'TD', least)
    }
    table.end()
    document.y += 8
  }

  /** What is written by hand at the end, with room to sign. */
  signature(lines: readonly string[]): void {
    const height = 18 * lines.length + 70
    this.room(height + 14)
    const top = this.#document.y + 10
    this.#drawing(() => {
      this.#document.lineWidth(0.5).strokeColor(RULE).rect(MARGIN, top, INNER_WIDTH, height).stroke()
    })
    this.#document.y = top + 8
    for (const line of lines) this.words('P', line, { indent: 8, gap: 6 })
    this.#document.y = top + height + 8
  }

  /** The foot of every page, now that their number is known. */
  end(title: string): void {
    const document = this.#document
    const { start, count } = document.bufferedPageRange()
    for (let page = start; page < start + count; page++) {
      document.switchToPage(page)
      // The foot stands in the margin, where text would turn the page.
      document.page.margins.bottom = 0
      document.markContent('Artifact', { type: 'Pagination', attached: ['Bottom'] } as never)
      const number = `page ${page - start + 1} sur ${count}`
      const y = PAGE_HEIGHT - FOOT + 10
      document.font(REGULAR).fontSize(8).fillColor(GREY)
      const numberWidth = document.widthOfString(number)
      document.text(printable(title), MARGIN, y, {
        width: INNER_WIDTH - numberWidth - 20,
        height: 10,
        ellipsis: true,
      })
      document.text(number, MARGIN + INNER_WIDTH - numberWidth, y, { lineBreak: false })
      document.endMarkedContent()
    }
    this.#root.end()
    document.end()
  }

  /** What says nothing to a reader that reads aloud. */
  #drawing(draw: () => void): void {
    this.#document.markContent('Artifact', { type: 'Layout' })
    draw()
    this.#document.endMarkedContent()
  }
}
