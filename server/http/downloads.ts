/** Sending stored bytes: as a download by default, shown in place only for PDF and images. */
import type { FastifyReply } from 'fastify'
import { MEDIA_TYPES } from '../domain/file-acceptance.ts'
import { documentsOf, type StoredFile, type Version, withheld } from '../domain/piece.ts'
import type { Dossier } from '../steps/assemble-dossier.ts'
import type { Context } from '../steps/ports.ts'

/** What browsers show safely; everything else is only ever downloaded. */
const PREVIEWED = new Set(['application/pdf', 'image/jpeg', 'image/png'])

function canPreview(mediaType: string): boolean {
  return PREVIEWED.has(mediaType)
}

/** The documents of a version that a browser shows, and may be given. */
export function previewsOf(version: Version, antivirus: boolean): StoredFile[] {
  return documentsOf(version).filter(file => canPreview(file.mediaType) && withheld(file, antivirus) === null)
}

/** `Content-Disposition` with a plain name for old clients and the exact one in UTF-8 (RFC 6266). */
export function disposition(kind: 'attachment' | 'inline', name: string): string {
  const plain = name
    .normalize('NFD')
    .replace(/[^\x20-\x7e]/g, '')
    .replace(/["\\%]/g, '_')
  const exact = encodeURIComponent(name).replace(
    /['()*]/g,
    c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${kind}; filename="${plain || 'document'}"; filename*=UTF-8''${exact}`
}

/** Sends a stored file. Its type is the sniffed one, and browsers are told to believe it. */
export async function sendFile(
  context: Pick<Context, 'blobs'>,
  reply: FastifyReply,
  file: StoredFile,
  kind: 'attachment' | 'inline',
): Promise<FastifyReply> {
  const shown = kind === 'inline' && canPreview(file.mediaType)
  const source = await context.blobs.open(file.sha256)
  return (
    reply
      .header('content-type', file.mediaType)
      .header('content-length', file.size)
      .header('content-disposition', disposition(shown ? 'inline' : 'attachment', file.name))
      .header('x-content-type-options', 'nosniff')
      .header('x-frame-options', 'SAMEORIGIN')
      // Whatever the bytes are, they run nothing and load nothing; our own pages alone may frame them. `sandbox` here
      // rather than on the frame: Chromium 156 shows no PDF in a frame that has the attribute, and shows one sent so.
      .header(
        'content-security-policy',
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; object-src 'self'; frame-ancestors 'self'; form-action 'none'; base-uri 'none'",
      )
      .send(source)
  )
}

/** Sends the ZIP; a fault on the way cuts the connection, so that no client takes it for whole. */
export async function sendArchive(reply: FastifyReply, dossier: Dossier): Promise<FastifyReply> {
  const archive = await dossier.archive()
  return reply
    .header('content-type', 'application/zip')
    .header('content-disposition', disposition('attachment', `${dossier.plan.name}.zip`))
    .send(archive)
}

export async function sendWorkbook(reply: FastifyReply, dossier: Dossier): Promise<FastifyReply> {
  return reply
    .header('content-type', MEDIA_TYPES.xlsx)
    .header('content-disposition', disposition('attachment', `${dossier.plan.name}.xlsx`))
    .send(await dossier.workbook())
}
