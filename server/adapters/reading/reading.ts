/**
 * One PDF of a whole sealed dossier, for reading on screen and on paper: cover, verdict, contents, what is
 * missing, then every piece under its bookmark. Pieces are drawn one at a time into the file that grows, so
 * memory is that of the largest one; `npm run bench:reading` compares this with pdf-lib holding everything.
 */

import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DOSSIER_WORDS } from '../../domain/completeness.ts'
import type { DossierEntry, DossierPlan } from '../../domain/dossier-plan.ts'
import { completenessOf } from '../../domain/dossier-plan.ts'
import { StoreUnreachable } from '../../steps/ports.ts'
import type { Bounds } from '../child-bounds.ts'
import type { OpenBlob } from '../dossier/archive.ts'
import { DamagedFile } from '../dossier/damaged-file.ts'
import { ownerWords } from '../dossier/dossier-words.ts'
import {
  attachedWords,
  drawAttached,
  drawFront,
  drawNotice,
  listReadingOwners,
  type NoticeReason,
  type ReadingPiece,
  type ReadingSeal,
} from './front.ts'
import {
  type DrawnPage,
  drawFooter,
  type Footer,
  PAGE_HEIGHT,
  PAGE_WIDTH,
  TOTAL_NAME,
  totalForm,
} from './page.ts'
import { PdfFile } from './pdf-file.ts'
import type { PieceLayers } from './pieces.ts'
import { PieceProcess } from './process.ts'
import { FONT_NAMES, fontDict, textString } from './text.ts'

export interface ReadingLimits extends Bounds {
  /** A larger file becomes a page that says so. */
  pieceBytes: number
}

/** Whatever its size. Measured (docs/benchmarks.md): 417 MiB for 200 MB of scan, small objects take more. */
const USUAL_LIMITS: ReadingLimits = { pieceBytes: 200_000_000, seconds: 120, memoryMib: 1200 }

/**
 * What a file of that size may take: a small one that asks for as much as the largest is made to harm. Honest
 * ones take 0.1 s a MB, and 25 MiB where the MB holds nothing but small objects (docs/benchmarks.md).
 */
function limitsOf(bytes: number, most: Bounds): Bounds {
  const megabytes = bytes / 1_000_000
  return {
    seconds: Math.min(most.seconds, 20 + megabytes),
    memoryMib: Math.min(most.memoryMib, 320 + 25 * megabytes),
  }
}

const KINDS: Readonly<Record<string, 'pdf' | 'image'>> = {
  'application/pdf': 'pdf',
  'image/png': 'image',
  'image/jpeg': 'image',
}

/**
 * Writes the reading copy of a sealed plan at `target`; the same plan and seal give the same bytes. A piece
 * that cannot be shown becomes a page that says why and where its file is.
 *
 * @param onProgress called after each file, with how many are done of how many.
 * @throws DamagedFile when a file is no longer what was deposited.
 */
export async function drawReading(
  plan: DossierPlan,
  seal: ReadingSeal,
  openBlob: OpenBlob,
  target: string,
  onProgress: (done: number, total: number) => Promise<void> | void = () => {},
  limits: ReadingLimits = USUAL_LIMITS,
): Promise<{ pages: number }> {
  const pieces = new PieceProcess()
  const source = `${target}.piece`
  const pdf = await PdfFile.create(target)
  try {
    return await new Reading(pdf, plan, seal, { openBlob, pieces, source, limits }).draw(onProgress)
  } finally {
    pieces.close()
    await pdf.close()
    await rm(source, { force: true })
  }
}

const LAYER_LISTS = ['all', 'hidden', 'automatic'] as const

/** A node of the page tree: its pages, all under one number. */
interface Node {
  number: number
  pages: number[]
}

interface Bookmark {
  title: string
  /** Object number of the page that it opens. */
  to: number
  children: Bookmark[]
}

/** What pieces are drawn with. */
interface Tools {
  openBlob: OpenBlob
  pieces: PieceProcess
  /** Where a piece is put for the other process. */
  source: string
  limits: ReadingLimits
}

class Reading {
  readonly #pdf: PdfFile
  readonly #plan: DossierPlan
  readonly #seal: ReadingSeal
  readonly #tools: Tools
  readonly #fonts: { regular: number; bold: number }
  readonly #total: number
  readonly #resources: number
  readonly #root: number
  #pageCount = 0
  /** Of all pieces, as each one's document shows them. */
  readonly #layers: PieceLayers = { all: [], hidden: [], automatic: [] }

  constructor(pdf: PdfFile, plan: DossierPlan, seal: ReadingSeal, tools: Tools) {
    this.#pdf = pdf
    this.#plan = plan
    this.#seal = seal
    this.#tools = tools
    this.#fonts = { regular: pdf.reserve(), bold: pdf.reserve() }
    this.#total = pdf.reserve()
    this.#resources = pdf.reserve()
    this.#root = pdf.reserve()
  }

  async draw(onProgress: (done: number, total: number) => Promise<void> | void): Promise<{ pages: number }> {
    const owners = listReadingOwners(this.#plan)
    const places = new Map<string, { page: number; object: number }>()
    const placeOf = (path: string) => places.get(path) ?? null
    const front = () => drawFront(this.#plan, this.#seal, owners, placeOf)
    const frontNode: Node = { number: this.#pdf.reserve(), pages: [] }
    // The pages before the pieces are written last, once it is known where each piece begins.
    const frontPages = front().flatMap(({ pages }) => pages).length
    this.#pageCount = frontPages

    const nodes: Node[] = [frontNode]
    const bookmarks: Bookmark[] = []
    let done = 0
    await onProgress(done, this.#plan.entries.length)
    for (const { owner, pieces } of owners) {
      const children: Bookmark[] = []
      for (const piece of pieces) {
        const node: Node = { number: this.#pdf.reserve(), pages: [] }
        const page = this.#pageCount + 1
        const footer = {
          first: `${piece.title}, version ${piece.entry.versionNumber}`,
          second: ownerWords(owner),
        }
        const inside = await this.#drawPiece(piece, node, footer)
        const object = node.pages[0] ?? 0
        places.set(piece.entry.path, { page, object })
        children.push({ title: piece.title, to: object, children: inside })
        nodes.push(node)
        await onProgress(++done, this.#plan.entries.length)
      }
      bookmarks.push({ title: ownerWords(owner), to: children[0]?.to ?? 0, children })
    }

    const pages = this.#pageCount
    this.#pageCount = 0
    const chapters: Bookmark[] = []
    for (const { title, pages: drawn } of front()) {
      const first = frontNode.pages.length
      await this.#writePages(drawn, frontNode, {
        first: this.#plan.grappeName,
        second: `Version scellée nº ${this.#seal.number}, empreinte ${this.#seal.hash}`,
      })
      chapters.push({ title, to: frontNode.pages[first] ?? 0, children: [] })
    }
    await this.#finish(nodes, [...chapters, ...bookmarks], pages)
    return { pages }
  }

  /** Gives the bookmarks below that of the piece. */
  async #drawPiece(
    piece: ReadingPiece,
    node: Node,
    footer: Pick<Footer, 'first' | 'second'>,
  ): Promise<Bookmark[]> {
    const { entry } = piece
    const { pieces, source, limits } = this.#tools
    const kind = KINDS[entry.mediaType]
    let reason: NoticeReason = 'autre-format'
    if (kind !== undefined && entry.size > limits.pieceBytes) reason = 'trop-grand'
    else if (kind !== undefined) {
      await this.#bringPiece(entry)
      const task = {
        kind,
        source,
        target: this.#pdf.path,
        ...(await this.#pdf.handOver()),
        node: node.number,
        fonts: this.#fonts,
        total: this.#total,
        footer,
        firstPage: this.#pageCount + 1,
      }
      const outcome = await pieces.draw(task, limitsOf(entry.size, limits))
      if (outcome.ok) {
        this.#pdf.takeBack(outcome.end, outcome.offsets)
        node.pages.push(...outcome.pages)
        this.#pageCount += outcome.pages.length
        for (const kind of LAYER_LISTS) this.#layers[kind].push(...outcome.layers[kind])
        return await this.#nameAttached(piece, outcome.attached, node, footer)
      }
      reason = outcome.why
    }
    await this.#writePages(drawNotice(piece, reason), node, footer)
    return []
  }

  /** The files inside a file have no page: one that names them follows, and each is in the plan. */
  async #nameAttached(
    piece: ReadingPiece,
    names: readonly string[],
    node: Node,
    footer: Pick<Footer, 'first' | 'second'>,
  ): Promise<Bookmark[]> {
    if (names.length === 0) return []
    const before = node.pages.length
    await this.#writePages(drawAttached(piece, names), node, footer)
    const to = node.pages[before] ?? 0
    const children = names.map(title => ({ title, to, children: [] }))
    return [{ title: attachedWords(names), to, children }]
  }

  /**
   * Puts a piece's bytes where the other process reads them, and makes sure that they are those deposited.
   */
  async #bringPiece(entry: DossierEntry): Promise<void> {
    const hash = createHash('sha256')
    const hashed = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        hash.update(chunk)
        next(null, chunk)
      },
    })
    try {
      const blob = await this.#tools.openBlob(entry.sha256)
      await pipeline(blob, hashed, createWriteStream(this.#tools.source, { mode: 0o600 }))
      if (hash.digest('hex') !== entry.sha256) throw new Error('SHA-256 differs from that of the deposit')
    } catch (cause) {
      throw cause instanceof StoreUnreachable ? cause : new DamagedFile(entry, cause)
    }
  }

  async #writePages(drawn: readonly DrawnPage[], node: Node, footer: Pick<Footer, 'first' | 'second'>) {
    for (const [i, { content, links }] of drawn.entries()) {
      this.#pageCount++
      const within = drawn.length > 1 ? `page ${i + 1} sur ${drawn.length}` : ''
      const foot = drawFooter({ ...footer, within, page: this.#pageCount }, PAGE_WIDTH)
      const contents = this.#pdf.reserve()
      await this.#pdf.writeStream(contents, '', Buffer.from(content + foot, 'latin1'))
      const annotations = links.map(({ rect, to, title }) => {
        return (
          '<< /Type /Annot /Subtype /Link /Rect ' +
          `[${rect.map(side => side.toFixed(2)).join(' ')}] /Border [0 0 0] /Dest [${to} 0 R ` +
          `/XYZ null null null] /Contents ${textString(title)} >>`
        )
      })
      const page = this.#pdf.reserve()
      await this.#pdf.write(
        page,
        `<< /Type /Page /Parent ${node.number} 0 R /MediaBox [0 0 ${PAGE_WIDTH} ` +
          `${PAGE_HEIGHT}] /Resources ${this.#resources} 0 R /Contents ${contents} 0 R /Annots ` +
          `[${annotations.join('\n')}] >>`,
      )
      node.pages.push(page)
    }
  }

  /** What ties the pages together, and the trailer. */
  async #finish(nodes: readonly Node[], bookmarks: readonly Bookmark[], pages: number): Promise<void> {
    const pdf = this.#pdf
    const fonts =
      `/Font << /${FONT_NAMES.regular} ${this.#fonts.regular} 0 R /${FONT_NAMES.bold} ${this.#fonts.bold} ` +
      '0 R >>'
    await pdf.write(this.#fonts.regular, fontDict('regular'))
    await pdf.write(this.#fonts.bold, fontDict('bold'))
    const { dict, content } = totalForm(pages)
    await pdf.writeStream(this.#total, `${dict} /Resources << ${fonts} >>`, Buffer.from(content, 'latin1'))
    await pdf.write(this.#resources, `<< ${fonts} /XObject << /${TOTAL_NAME} ${this.#total} 0 R >> >>`)
    for (const node of nodes) {
      await pdf.write(
        node.number,
        `<< /Type /Pages /Parent ${this.#root} 0 R /Count ${node.pages.length} /Kids ` +
          `[${references(node.pages)}] >>`,
      )
    }
    await pdf.write(
      this.#root,
      `<< /Type /Pages /Count ${pages} /Kids [${references(nodes.map(({ number }) => number))}] >>`,
    )
    const outlines = pdf.reserve()
    const { first, last } = await this.#writeBookmarks(bookmarks, outlines)
    await pdf.write(
      outlines,
      `<< /Type /Outlines /First ${first} 0 R /Last ${last} 0 R /Count ${bookmarks.length} >>`,
    )
    const catalog = pdf.reserve()
    await pdf.write(
      catalog,
      `<< /Type /Catalog /Pages ${this.#root} 0 R /Outlines ${outlines} 0 R /PageMode ` +
        '/UseOutlines /Lang (fr-FR) /ViewerPreferences << /DisplayDocTitle true >> ' +
        `/PageLabels << /Nums [0 << /S /D >>] >>${layerEntry(this.#layers)} >>`,
    )
    const { grappeName, callTitle, takenAt } = this.#plan
    const info = pdf.reserve()
    const completeness = completenessOf(this.#plan)
    const state = completeness === 'complet' ? '' : ` ${DOSSIER_WORDS[completeness]}`
    const title = `${grappeName}, dossier${state}, version scellée nº ${this.#seal.number}`
    const date = `(D:${takenAt.replace(/\D/g, '').slice(0, 14)}Z)`
    await pdf.write(
      info,
      `<< /Title ${textString(title)} ` +
        `/Subject ${textString(callTitle)} /Creator (grappe-kit) /Producer (grappe-kit) ` +
        `/CreationDate ${date} /ModDate ${date} >>`,
    )
    const id = `<${this.#seal.hash.slice(0, 32)}>`
    await pdf.finish(`/Root ${catalog} 0 R /Info ${info} 0 R /ID [${id} ${id}]`)
  }

  /** Closed under each member, so that a large dossier shows its members first. */
  async #writeBookmarks(
    bookmarks: readonly Bookmark[],
    parent: number,
  ): Promise<{ first: number; last: number }> {
    const numbers = bookmarks.map(() => this.#pdf.reserve())
    for (const [i, { title, to, children }] of bookmarks.entries()) {
      const number = numbers[i] ?? 0
      const links = [`/Parent ${parent} 0 R`]
      if (i > 0) links.push(`/Prev ${numbers[i - 1]} 0 R`)
      if (i + 1 < numbers.length) links.push(`/Next ${numbers[i + 1]} 0 R`)
      if (children.length > 0) {
        const { first, last } = await this.#writeBookmarks(children, number)
        links.push(`/First ${first} 0 R /Last ${last} 0 R /Count -${children.length}`)
      }
      await this.#pdf.write(
        number,
        `<< /Title ${textString(title)} ${links.join(' ')} /Dest [${to} 0 R /XYZ null null null] >>`,
      )
    }
    return { first: numbers[0] ?? 0, last: numbers.at(-1) ?? 0 }
  }
}

/** In the catalogue: without it, readers show what every layer holds. */
function layerEntry({ all, hidden, automatic }: PieceLayers): string {
  if (all.length === 0) return ''
  const usage = automatic.length === 0 ? '' : ` /AS [${references(automatic)}]`
  return ` /OCProperties << /OCGs [${references(all)}] /D << /OFF [${references(hidden)}]${usage} >> >>`
}

function references(numbers: readonly number[]): string {
  return numbers.map(number => `${number} 0 R`).join('\n')
}
