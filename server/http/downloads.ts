/** Sending stored bytes: as a download by default, shown in place only for PDF and images. */
import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { MEDIA_TYPES } from '../domain/file-acceptance.ts'
import { documentsOf, type StoredFile, type Version, withheld } from '../domain/piece.ts'
import type { Receipt } from '../domain/receipt.ts'
import type { Dossier } from '../steps/assemble-dossier.ts'
import { noteDamage } from '../steps/check-seal.ts'
import { type Context, DamagedEntry } from '../steps/ports.ts'
import { findSealedWorkbook, openSealedFiles, type SealRow } from '../steps/read-seals.ts'
import { sendRanged } from './ranges.ts'

/** What browsers show safely; everything else is only ever downloaded. */
const PREVIEWED = new Set(['application/pdf', 'image/jpeg', 'image/png'])

export function canPreview(mediaType: string): boolean {
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

/**
 * Sends the ZIP of an offered version, or the ranges asked for. A blob that is not what was sealed cuts the connection
 * and raises the alert: an error in the log, a line in the journal, a warning on the page of the version.
 */
export async function sendSealedArchive(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  seal: SealRow,
): Promise<FastifyReply> {
  const { archive, name } = await openSealedFiles(context, seal)
  const sha256 = seal.zipSha256 ?? seal.sealHash
  // Written past Fastify: it knows of no buffer that is used again, nor of several ranges.
  reply.hijack()
  try {
    await sendRanged(
      request.raw,
      reply.raw,
      {
        length: archive.length,
        mediaType: 'application/zip',
        etag: `"${sha256}"`,
        modifiedAt: seal.sealedAt,
        chunks: range => archive.chunks(context.blobs.read, range),
      },
      {
        ...(reply.getHeaders() as OutgoingHttpHeaders),
        'cache-control': 'private, no-cache',
        'content-disposition': disposition('attachment', `${name}.zip`),
        'x-content-type-options': 'nosniff',
      },
    )
  } catch (error) {
    request.log.error(error, 'A sealed download was cut')
    if (!reply.raw.headersSent) reply.raw.destroy()
    if (error instanceof DamagedEntry) await noteDamage(context, seal.id, error.entry.path)
  }
  return reply
}

/** Sends the workbook of a version, as it was drawn at sealing. */
export async function sendSealedWorkbook(
  context: Context,
  reply: FastifyReply,
  seal: SealRow,
): Promise<FastifyReply> {
  const workbook = await findSealedWorkbook(context, seal.id)
  if (workbook === null) throw new Error(`Seal ${seal.id} holds no workbook`)
  const { name } = await openSealedFiles(context, seal)
  return reply
    .header('content-type', MEDIA_TYPES.xlsx)
    .header('content-length', workbook.size)
    .header('etag', `"${workbook.sha256}"`)
    .header('content-disposition', disposition('attachment', `${name}.xlsx`))
    .send(await context.blobs.open(workbook.sha256))
}

/** Sends the reading copy of a version. @returns null when it is not made yet, or could not be. */
export async function sendReading(
  context: Context,
  reply: FastifyReply,
  seal: SealRow,
): Promise<FastifyReply | null> {
  if (seal.readingState !== 'faite' || seal.readingSha256 === null) return null
  const { name } = await openSealedFiles(context, seal)
  return reply
    .header('content-type', MEDIA_TYPES.pdf)
    .header('content-length', seal.readingSize)
    .header('etag', `"${seal.readingSha256}"`)
    .header('content-disposition', disposition('attachment', `${name}_lecture.pdf`))
    .send(await context.blobs.open(seal.readingSha256))
}

/** Sends the receipt of a deposit, drawn now: the same bytes each time. */
export async function sendReceipt(
  context: Pick<Context, 'drawReceipt'>,
  reply: FastifyReply,
  receipt: Receipt,
): Promise<FastifyReply> {
  const name = `Accusé de dépôt - ${receipt.pieceName} - version ${receipt.versionNumber}.pdf`
  return reply
    .header('content-type', 'application/pdf')
    .header('content-disposition', disposition('attachment', name))
    .send(await context.drawReceipt(receipt))
}
