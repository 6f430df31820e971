/** Forms that may carry one small file, read whole: multipart with a file, url-encoded without. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { openUpload, type UploadForm } from '../uploads.ts'

/** Spreadsheets hold text: ten megabytes are far beyond any list of members. */
export const MAX_SHEET_MB = 10

export type SentFile = { ok: true; bytes: Buffer } | { ok: false; sentence: string }

/** The file of an upload, whole in memory. */
export async function readSheetFile(form: UploadForm): Promise<SentFile> {
  let sent: SentFile = {
    ok: false,
    sentence: 'Aucun fichier n’a été choisi. Choisissez un tableau, puis envoyez-le.',
  }
  for await (const { stream, isTruncated } of form.files) {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk)
    sent = isTruncated()
      ? {
          ok: false,
          sentence: `Ce fichier dépasse ${MAX_SHEET_MB} Mo : copiez la seule liste dans un classeur neuf.`,
        }
      : { ok: true, bytes: Buffer.concat(chunks) }
  }
  return sent
}

/** The guard of such a form, and its file once let in; null when the form was sent without multipart. */
export function formsWithFile(app: FastifyInstance) {
  const uploads = new WeakMap<FastifyRequest, UploadForm>()
  return {
    /** Checks the forgery token, which is the form's first field: the file is not read before. */
    preHandler(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
      if (!request.isMultipart()) {
        app.csrfProtection(request, reply, done)
        return
      }
      openUpload(request, { maxFileMb: MAX_SHEET_MB }).then(form => {
        uploads.set(request, form)
        request.body = form.fields
        app.csrfProtection(request, reply, done)
      }, done)
    },
    async fileOf(request: FastifyRequest): Promise<SentFile | null> {
      const form = uploads.get(request)
      return form === undefined ? null : await readSheetFile(form)
    },
  }
}
