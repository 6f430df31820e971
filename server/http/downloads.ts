/** Sending stored bytes: as a download by default, shown in place only for PDF and images. */
import type { OutgoingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { MEDIA_TYPES } from '../domain/file-acceptance.ts'
import { damagedDocuments, documentsOf, type StoredFile, type Version, withheld } from '../domain/piece.ts'
import type { Receipt } from '../domain/receipt.ts'
import type { Dossier } from '../steps/dossier/assemble-dossier.ts'
import { noteDamage } from '../steps/dossier/check-seal.ts'
import { type Context, DamagedEntry } from '../steps/ports.ts'
import { markedEntries } from '../steps/read/damaged-blobs.ts'
import { findSealedWorkbook, openSealedFiles, type SealRow } from '../steps/read/read-seals.ts'
import { damageOf, noteBytes, provenReads, proveWhole } from '../steps/read/stored-bytes.ts'
import { checkedBytes, noteFault, witnessed } from './checked-bytes.ts'
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

/** What is sent: its headers are those of the bytes alone, never of the error that may come instead. */
interface Sending {
  headers: OutgoingHttpHeaders
  open: () => AsyncIterable<Buffer> | Promise<AsyncIterable<Buffer>>
  /** SHA-256 of files noted as damaged, which these bytes hold: once all were read, they are whole. */
  marked?: readonly string[]
}

/**
 * Sends bytes of the store. Those that are not what was recorded are told before the first byte, or cut the
 * connection, so that no client takes them for whole; for the headers alone, they are read all the same.
 *
 * @throws DamagedEntry, DamagedDossier
 */
export async function sendStored(
  context: Context,
  reply: FastifyReply,
  { headers, open, marked = [] }: Sending,
): Promise<FastifyReply> {
  const bytes = witnessed(context, reply.log, open, marked)
  const first = await bytes.next()
  if (reply.request.method === 'HEAD') for await (const _ of bytes);
  return reply.headers(headers).send(Readable.from(startingWith(first, bytes)))
}

async function* startingWith(first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>) {
  if (!first.done) yield first.value
  yield* rest
}

function headersOf(
  { name, size, mediaType }: Pick<StoredFile, 'name' | 'size' | 'mediaType'>,
  kind: 'attachment' | 'inline',
): OutgoingHttpHeaders {
  const shown = kind === 'inline' && canPreview(mediaType)
  return {
    'content-type': mediaType,
    'content-length': size,
    'content-disposition': disposition(shown ? 'inline' : 'attachment', name),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
    // Whatever the bytes are, they run nothing and load nothing; our own pages alone may frame them.
    // `sandbox` here rather than on the frame: Chromium 156 shows no PDF in a frame that has the attribute,
    // and shows one sent so.
    'content-security-policy': [
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:",
      "object-src 'self'; frame-ancestors 'self'; form-action 'none'; base-uri 'none'",
    ].join('; '),
  }
}

/** Sends a stored file. Its type is the sniffed one, and browsers are told to believe it. */
export async function sendFile(
  context: Context,
  reply: FastifyReply,
  file: StoredFile,
  kind: 'attachment' | 'inline',
): Promise<FastifyReply> {
  const { sha256, size, name } = file
  return await sendStored(context, reply, {
    headers: headersOf(file, kind),
    open: () => checkedBytes(context.blobs, { path: name, sha256, size }),
    marked: file.damagedAt === undefined ? [] : [sha256],
  })
}

/** Sends a file that is not in the store yet, with the same precautions. */
export function sendUnfiled(
  reply: FastifyReply,
  { mediaType, bytes, ...file }: { name: string; size: number; mediaType: string | null; bytes: Readable },
): FastifyReply {
  const headers = headersOf({ ...file, mediaType: mediaType ?? 'application/octet-stream' }, 'inline')
  return reply.headers({ ...headers }).send(bytes)
}

/** Sends a small picture of a photo, drawn now; browsers keep it, since a file never changes. */
export async function sendThumbnail(
  context: Pick<Context, 'photos' | 'blobs'>,
  reply: FastifyReply,
  file: StoredFile,
): Promise<FastifyReply> {
  const { mediaType } = file
  if (!mediaType.startsWith('image/')) return reply.code(404).send()
  await proveWhole(context.blobs, { ...file, path: file.name })
  const drawn = await context.blobs.withFile(file.sha256, path =>
    context.photos.develop(path, mediaType, 'thumbnail'),
  )
  if (!drawn.ok) return reply.code(404).send()
  return reply
    .header('content-type', MEDIA_TYPES.jpg)
    .header('cache-control', 'private, max-age=86400, immutable')
    .header('x-content-type-options', 'nosniff')
    .send(drawn.photo.jpeg)
}

/** Sends a ZIP that is made on the spot. */
export async function sendMadeZip(
  context: Context,
  reply: FastifyReply,
  name: string,
  zip: Pick<Sending, 'open' | 'marked'>,
): Promise<FastifyReply> {
  const headers = {
    'content-type': 'application/zip',
    'content-disposition': disposition('attachment', `${name}.zip`),
  }
  return await sendStored(context, reply, { headers, ...zip })
}

export async function sendArchive(
  context: Context,
  reply: FastifyReply,
  { plan, archive }: Dossier,
): Promise<FastifyReply> {
  const marked = plan.rows.flatMap(({ version, paths }) =>
    paths.length > 0 ? damagedDocuments(version) : [],
  )
  return await sendMadeZip(context, reply, plan.name, {
    open: archive,
    marked: marked.map(({ sha256 }) => sha256),
  })
}

export async function sendWorkbook(reply: FastifyReply, dossier: Dossier): Promise<FastifyReply> {
  return reply
    .header('content-type', MEDIA_TYPES.xlsx)
    .header('content-disposition', disposition('attachment', `${dossier.plan.name}.xlsx`))
    .send(await dossier.workbook())
}

/**
 * Sends the ZIP of an offered version, or the ranges asked for. A blob that is not what was sealed cuts the
 * connection and raises the alert: an error in the log, a line in the journal, a warning on the page of the
 * version.
 */
export async function sendSealedArchive(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  seal: SealRow,
): Promise<FastifyReply> {
  const { archive, name } = await openSealedFiles(context, seal)
  await refuseKnownDamage(context, seal)
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
        chunks: range => archive.chunks(provenReads(context.blobs), range),
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
    await noteFault(context, request.log, error)
    if (error instanceof DamagedEntry) await noteDamage(context, seal.id, error.entry.path)
  }
  return reply
}

/**
 * What is known to be damaged is looked at once more: the version is then refused in a sentence, before it is
 * begun.
 *
 * @throws DamagedEntry
 */
async function refuseKnownDamage(context: Context, { id }: Pick<SealRow, 'id'>): Promise<void> {
  for (const entry of await markedEntries(context.db, id)) {
    const damage = await damageOf(context, entry)
    if (damage !== null) throw new DamagedEntry(entry, new Error(damage))
    await noteBytes(context, entry.sha256, true)
  }
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
  const path = `${name}.xlsx`
  return await sendStored(context, reply, {
    headers: {
      'content-type': MEDIA_TYPES.xlsx,
      'content-length': workbook.size,
      etag: `"${workbook.sha256}"`,
      'content-disposition': disposition('attachment', path),
    },
    open: () => checkedBytes(context.blobs, { path, ...workbook }),
  })
}

/**
 * Sends the reading copy of a version.
 *
 * @param whenNone answers when it is not made yet, or could not be. Handed over rather than told by the
 * result: a reply that is waited for gives nothing back, which looks like none.
 */
export async function sendReading(
  context: Context,
  reply: FastifyReply,
  seal: SealRow,
  whenNone: () => FastifyReply,
): Promise<FastifyReply> {
  const { readingSha256: sha256, readingSize: size } = seal
  if (seal.readingState !== 'faite' || sha256 === null || size === null) return whenNone()
  const { name } = await openSealedFiles(context, seal)
  const path = `${name}_lecture.pdf`
  return await sendStored(context, reply, {
    headers: {
      'content-type': MEDIA_TYPES.pdf,
      'content-length': size,
      etag: `"${sha256}"`,
      'content-disposition': disposition('attachment', path),
    },
    open: () => checkedBytes(context.blobs, { path, sha256, size }),
  })
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
