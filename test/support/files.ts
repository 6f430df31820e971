/** Real files, made by the libraries that people's software uses. */
import { Document, Packer, Paragraph } from 'docx'
import PDFDocument from 'pdfkit'
import { PNG } from 'pngjs'
import type { ByteSource } from '../../server/steps/ports.ts'

/** A one-page PDF that says its text. */
export function pdf(text: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const document = new PDFDocument({ size: 'A4', info: { CreationDate: new Date(0) } })
    const chunks: Buffer[] = []
    document.on('data', (chunk: Buffer) => chunks.push(chunk))
    document.on('end', () => resolve(Buffer.concat(chunks)))
    document.on('error', reject)
    document.fontSize(14).text(text)
    document.end()
  })
}

/** The same PDF, larger: readers skip what is put in, as a comment before a second end mark. */
export function inflated(whole: Buffer, filling: Buffer): Buffer {
  const end = whole.subarray(whole.lastIndexOf('startxref'))
  return Buffer.concat([whole, Buffer.from('%'), filling, Buffer.from('\n'), end])
}

/** A PDF of an exact size: readers stop at its end, what follows is padding. */
export async function pdfOf(bytes: number): Promise<Buffer> {
  const start = await pdf('Taille exacte')
  return Buffer.concat([start, Buffer.alloc(bytes - start.length, '\n')])
}

/** A one-paragraph Word document. */
export function docx(text: string): Promise<Buffer> {
  return Packer.toBuffer(new Document({ sections: [{ children: [new Paragraph(text)] }] }))
}

/** A small picture in one shade. */
export function png(shade: number): Buffer {
  const image = new PNG({ width: 40, height: 30 })
  image.data.fill(shade)
  return PNG.sync.write(image)
}

/** A multipart form as a browser sends it. */
export function form(
  files: ReadonlyArray<{ name: string; bytes: Buffer; type?: string }>,
  fields: Record<string, string> = {},
): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.set(name, value)
  for (const { name, bytes, type } of files) {
    data.append('fichiers', new File([new Uint8Array(bytes)], name, { type: type ?? 'application/pdf' }))
  }
  return data
}

/** Bytes in memory, read as a stored file is. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(position, target) {
      const piece = bytes.subarray(position, position + target.length)
      target.set(piece)
      return piece.length
    },
  }
}
