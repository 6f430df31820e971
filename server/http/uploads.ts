/** Multipart bodies, read by hand: Fastify's schemas cannot check what streams. */
import type { Multipart } from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { PieceDefinition } from '../domain/call.ts'
import { BYTES_PER_MB, MAX_FILES_PER_DEPOSIT } from '../domain/file-acceptance.ts'
import type { PieceSide } from '../steps/access/piece-sides.ts'
import { findDepositTarget } from '../steps/collection/find-deposit-target.ts'
import {
  type KeptDocuments,
  type ReceiveOutcome,
  receiveDocument,
  type StreamedFile,
} from '../steps/collection/receive-document.ts'
import type { Context } from '../steps/ports.ts'
import { done, type Outcome, type Refusal } from '../steps/refusals.ts'
import { UNREADABLE_BODY } from './errors.ts'
import { followNames } from './file-names.ts'
import { storableText } from './storable-text.ts'

/**
 * Reads and drops what is left of an upload that is answered before its end, such as on a full disk: a sender
 * that is still sending would otherwise never read the answer. Node does so by itself only for bodies that
 * nobody began to read.
 */
export function drainAnsweredUploads(app: FastifyInstance): void {
  app.addHook('onSend', async request => {
    if (!request.isMultipart()) return
    request.raw.unpipe()
    request.raw.resume()
  })
}

/**
 * Sets aside the room that the body of this request announces, until its connection is done with it.
 *
 * @returns why nothing of it may be read; null when there is room.
 */
function reserveRoom({ disk }: Pick<Context, 'disk'>, { raw }: FastifyRequest): Refusal | null {
  const bytes = Number(raw.headers['content-length'] ?? 0)
  const reservation = disk.reserve(() => bytes)
  if (reservation === null) return { code: 'storage-full' }
  raw.once('close', reservation.release)
  return null
}

/** The form's own, and one for each document that may stay from before. */
const MOST_FIELDS = 20 + MAX_FILES_PER_DEPOSIT

export interface UploadForm {
  /** Every field with each of its values, the files aside. */
  all: ReadonlyArray<readonly [name: string, value: string]>
  /** Fields seen so far; those that precede the files are there at once, all of them once `files` is read. */
  fields: Readonly<Record<string, string>>
  files: AsyncIterable<StreamedFile>
}

/**
 * Begins reading an upload: returns as soon as the first file starts, so that a form's own fields can be
 * checked before any byte is stored. Each file is cut at the piece's limit and the ones after it still
 * arrive.
 */
export async function openUpload(
  request: FastifyRequest,
  definition: Pick<PieceDefinition, 'maxFileMb'>,
  mostFiles = MAX_FILES_PER_DEPOSIT,
): Promise<UploadForm> {
  const parts = request.parts({
    limits: {
      // One byte more than allowed, so that a file of exactly the limit is whole.
      fileSize: definition.maxFileMb * BYTES_PER_MB + 1,
      files: mostFiles,
      fields: MOST_FIELDS,
      fieldSize: 10_000,
      parts: mostFiles + MOST_FIELDS,
    },
  })
  const iterator = parts[Symbol.asyncIterator]()
  const fields: Record<string, string> = {}
  const all: Array<[string, string]> = []

  // The reader of the body is attached by the first call.
  let next: ReturnType<typeof iterator.next> | null = iterator.next()
  const nameOf = followNames(request.raw)
  const nextFile = async (): Promise<Multipart | null> => {
    for (;;) {
      const step = await (next ?? iterator.next()).catch(unreadable)
      next = null
      if (step.done) return null
      const part = step.value
      if (part.type === 'file') return part
      if (typeof part.value !== 'string') continue
      const value = storableText(part.value)
      fields[part.fieldname] = value
      all.push([part.fieldname, value])
    }
  }

  let upcoming = await nextFile()
  async function* readFiles(): AsyncGenerator<StreamedFile> {
    for (let order = 0; upcoming !== null; order++) {
      const part = upcoming
      if (part.type === 'file') {
        // A form sent with no file chosen carries one empty, nameless part.
        if (part.filename === '') part.file.resume()
        else
          yield {
            name: storableText(nameOf(order, part.filename)),
            stream: part.file,
            isTruncated: () => part.file.truncated,
          }
      }
      upcoming = await nextFile()
    }
  }
  return { fields, all, files: readFiles() }
}

/**
 * What the reader of a body throws without a status is the sender's: a line cut, or a program that is wrong.
 */
export function unreadable(error: Error & { statusCode?: number }): never {
  throw error.statusCode === undefined
    ? Object.assign(new Error(error.message, { cause: error }), { code: UNREADABLE_BODY, statusCode: 400 })
    : error
}

/** A deposit whose form is open: none of its files is read yet. */
export interface OpenDeposit {
  /** Those of the form itself, which precede the files. */
  fields: UploadForm['fields']
  /** Which documents deposited before go along with the new ones; known once the files are read. */
  kept(): KeptDocuments
  /** Reads the files and makes them a version. */
  receive(): Promise<ReceiveOutcome>
}

/**
 * Opens the deposit that a form or a program sends, once the piece can take it and the disk has room for it.
 */
export async function openDeposit(
  context: Context,
  side: PieceSide,
  request: FastifyRequest,
  pieceId: string,
): Promise<Outcome<OpenDeposit>> {
  const found = await findDepositTarget(context, side, pieceId)
  if (!found.ok) return found
  const noRoom = reserveRoom(context, request)
  if (noRoom !== null) return { ok: false, refusal: noRoom }
  const target = found.value
  const { fields, all, files } = await openUpload(request, target.definition)
  const kept = () => keptOf(all.filter(([name]) => name === 'garder').map(([, value]) => value))
  const receive = () => receiveDocument(context, side, target, files, kept)
  return done({ fields, kept, receive })
}

/** What « garder » says: ids of documents, or « oui » for all those of the current version. */
export function keptOf(values: readonly string[]): KeptDocuments {
  return values.includes('oui') ? 'all' : values
}
