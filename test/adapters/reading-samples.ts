/** Pieces as members deposit them, good and bad, and a plan that holds them. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { degrees, PDFDocument } from '@cantoo/pdf-lib'
import PdfKit from 'pdfkit'
import sharp from 'sharp'
import type { OpenBlob } from '../../server/adapters/dossier/archive.ts'
import type { DossierPlan } from '../../server/domain/dossier-plan.ts'
import { planDossier } from '../../server/domain/dossier-plan.ts'
import { aSnapshot } from '../domain/dossier-sample.ts'

/** A PDF whose pages say their words at the top and at the very bottom; `options` go to pdfkit. */
export async function aPdf(
  words: readonly string[],
  options: PDFKit.PDFDocumentOptions = {},
): Promise<Buffer> {
  const pdf = new PdfKit({ size: 'A4', margin: 20, autoFirstPage: false, ...options })
  const bytes = buffer(pdf)
  for (const word of words) {
    pdf.addPage()
    pdf.rect(1, 1, pdf.page.width - 2, pdf.page.height - 2).stroke('#b00020')
    pdf.fontSize(24).text(`Haut ${word}`, 40, 40)
    pdf.text(`Bas ${word}`, 40, pdf.page.height - 60, { lineBreak: false })
  }
  pdf.end()
  return await bytes
}

/** Pages turned by a quarter more each, the last cropped. */
export async function turnedPdf(): Promise<Buffer> {
  const pdf = await PDFDocument.load(await aPdf(['droite', 'quart', 'demi', 'trois-quarts', 'rognée']))
  for (const [i, page] of pdf.getPages().entries()) page.setRotation(degrees((i % 4) * 90))
  pdf.getPage(4).setCropBox(20, 400, 400, 420)
  return Buffer.from(await pdf.save())
}

/** A photo that a telephone turned: its pixels lie on their side. */
export async function turnedPhoto(): Promise<Buffer> {
  const drawing = `<svg width="800" height="500"><rect width="800" height="500" fill="#cfe3f5"/><rect width="800" height="120" fill="#1f3a5f"/></svg>`
  return await sharp(Buffer.from(drawing)).jpeg().withMetadata({ orientation: 6 }).toBuffer()
}

export async function transparentImage(): Promise<Buffer> {
  return await sharp(
    Buffer.from('<svg width="900" height="300"><circle cx="450" cy="150" r="120" fill="#7a1f5f"/></svg>'),
  )
    .png()
    .toBuffer()
}

export interface SampleFile {
  bytes: Buffer
  mediaType: string
}

/** A dossier whose one deposited piece of the first ESMS holds these files, in order; and the blobs to read it from. */
export function readingOf(files: readonly SampleFile[]): { plan: DossierPlan; openBlob: OpenBlob } {
  const blobs = new Map<string, Buffer>()
  const stored = files.map(({ bytes, mediaType }, i) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    blobs.set(sha256, bytes)
    return { id: `file${i}`, sha256, crc32: 0, size: bytes.length, mediaType, name: 'document' }
  })
  const snapshot = aSnapshot()
  const pieces = snapshot.pieces
    .filter(({ id }) => id !== 'p1')
    .map(piece => {
      if (piece.id !== 'p2') return piece
      const [version] = piece.versions
      const [file] = version?.files ?? []
      if (!version || !file) throw new Error('the sample has a version')
      const accepted = {
        ...version,
        decision: 'acceptee' as const,
        files: stored.map(each => ({ ...file, ...each })),
      }
      return { ...piece, versions: [accepted] }
    })
  return {
    plan: planDossier({ ...snapshot, pieces }),
    async openBlob(sha256) {
      const bytes = blobs.get(sha256)
      if (!bytes) throw new Error(`no blob ${sha256}`)
      return Readable.from([bytes])
    },
  }
}
