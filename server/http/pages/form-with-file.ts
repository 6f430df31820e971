/** Forms that may carry a spreadsheet, or another small file: multipart with a file, url-encoded without. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readSmallFile, type SentFile, SHEET, type SmallFile } from '../sheet-files.ts'
import { openUpload, type UploadForm } from '../uploads.ts'

export type FormsWithFile = ReturnType<typeof formsWithFile>

export function formsWithFile(app: FastifyInstance, taken: SmallFile = SHEET) {
  const uploads = new WeakMap<FastifyRequest, UploadForm>()
  return {
    /** Checks the forgery token, which is the form's first field: the file is not read before. */
    preHandler(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
      if (!request.isMultipart()) {
        app.csrfProtection(request, reply, done)
        return
      }
      openUpload(request, { maxFileMb: taken.mostMb }).then(form => {
        uploads.set(request, form)
        request.body = form.fields
        app.csrfProtection(request, reply, done)
      }, done)
    },
    /** Null when the form was sent without multipart. */
    async fileOf(request: FastifyRequest): Promise<SentFile | null> {
      const form = uploads.get(request)
      return form === undefined ? null : await readSmallFile(form, taken)
    },
  }
}
