/** Forms that may carry a spreadsheet: multipart with a file, url-encoded without. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { MAX_SHEET_MB, readSheetFile, type SentFile } from '../sheet-files.ts'
import { openUpload, type UploadForm } from '../uploads.ts'

export type FormsWithFile = ReturnType<typeof formsWithFile>

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
    /** Null when the form was sent without multipart. */
    async fileOf(request: FastifyRequest): Promise<SentFile | null> {
      const form = uploads.get(request)
      return form === undefined ? null : await readSheetFile(form)
    },
  }
}
