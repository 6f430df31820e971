/** Multipart bodies, read by hand: Fastify's schemas cannot check what streams. */
import type { Multipart } from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { PieceDefinition } from '../domain/call.ts'
import { BYTES_PER_MB } from '../domain/file-acceptance.ts'
import { MAX_FILES_PER_DEPOSIT } from '../steps/deposit-uploads.ts'
import type { Context } from '../steps/ports.ts'
import type { StreamedFile } from '../steps/receive-document.ts'
import type { Refusal } from '../steps/refusals.ts'

/**
 * Reads and drops what is left of an upload that is answered before its end, such as on a full disk: a sender that is
 * still sending would otherwise never read the answer. Node does so by itself only for bodies that nobody began to read.
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
export function reserveRoom({ disk }: Pick<Context, 'disk'>, { raw }: FastifyRequest): Refusal | null {
  const bytes = Number(raw.headers['content-length'] ?? 0)
  const reservation = disk.reserve(() => bytes)
  if (reservation === null) return { code: 'storage-full' }
  raw.once('close', reservation.release)
  return null
}

export interface UploadForm {
  /** Fields seen so far; those that precede the files are there at once, all of them once `files` is read. */
  fields: Readonly<Record<string, string>>
  files: AsyncIterable<StreamedFile>
}

/**
 * Begins reading an upload: returns as soon as the first file starts, so that a form's own fields can be checked
 * before any byte is stored. Each file is cut at the piece's limit and the ones after it still arrive.
 */
export async function openUpload(
  request: FastifyRequest,
  definition: Pick<PieceDefinition, 'maxFileMb'>,
): Promise<UploadForm> {
  const parts = request.parts({
    limits: {
      // One byte more than allowed, so that a file of exactly the limit is whole.
      fileSize: definition.maxFileMb * BYTES_PER_MB + 1,
      files: MAX_FILES_PER_DEPOSIT,
      fields: 20,
      fieldSize: 10_000,
      parts: MAX_FILES_PER_DEPOSIT + 20,
    },
  })
  const iterator = parts[Symbol.asyncIterator]()
  const fields: Record<string, string> = {}

  const nextFile = async (): Promise<Multipart | null> => {
    for (;;) {
      const step = await iterator.next()
      if (step.done) return null
      const part = step.value
      if (part.type === 'file') return part
      if (typeof part.value === 'string') fields[part.fieldname] = part.value
    }
  }

  let upcoming = await nextFile()
  async function* readFiles(): AsyncGenerator<StreamedFile> {
    while (upcoming !== null) {
      const part = upcoming
      if (part.type === 'file') {
        // A form sent with no file chosen carries one empty, nameless part.
        if (part.filename === '') part.file.resume()
        else yield { name: part.filename, stream: part.file, isTruncated: () => part.file.truncated }
      }
      upcoming = await nextFile()
    }
  }
  return { fields, files: readFiles() }
}
