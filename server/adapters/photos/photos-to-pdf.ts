/** One A4 page for each photo, each on the whole page, lying when the photo does. */
import { Readable } from 'node:stream'
import type { DevelopedPhoto } from '../../steps/ports.ts'

const SHORT_POINTS = 595.28
const LONG_POINTS = 841.89

/**
 * Draws while photos come, one in memory at a time. Nothing but the photos goes in, no date above all: the
 * same photos always give the same bytes, so that a deposit sent twice is known as the same.
 */
export const photosToPdf = (photos: AsyncIterable<DevelopedPhoto>): Readable =>
  Readable.from(drawn(photos), { objectMode: false })

async function* drawn(photos: AsyncIterable<DevelopedPhoto>): AsyncGenerator<Buffer> {
  const { default: PDFDocument } = await import('pdfkit')
  const document = new PDFDocument({
    autoFirstPage: false,
    lang: 'fr',
    info: { CreationDate: new Date(0), Producer: 'grappe-kit', Creator: 'grappe-kit' },
  })
  // pdfkit must have a date, and writes down what it can enumerate.
  Object.defineProperty(document.info, 'CreationDate', { enumerable: false })
  void draw(document, photos).catch((error: Error) => document.destroy(error))
  yield* document
}

async function draw(document: PDFKit.PDFDocument, photos: AsyncIterable<DevelopedPhoto>): Promise<void> {
  for await (const { jpeg, width, height } of photos) {
    const [across, down] = width > height ? [LONG_POINTS, SHORT_POINTS] : [SHORT_POINTS, LONG_POINTS]
    document.addPage({ size: [across, down], margin: 0 })
    document.image(jpeg, 0, 0, { fit: [across, down], align: 'center', valign: 'center' })
  }
  document.end()
}
