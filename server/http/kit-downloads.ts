/** Sending the documents of the kit: Word files and ZIPs that are made on the spot. */
import type { FastifyReply } from 'fastify'
import { MEDIA_TYPES } from '../domain/file-acceptance.ts'
import type { KitArchive } from '../steps/collection/hand-out-kit.ts'
import { disposition } from './downloads.ts'

export function sendDocument(
  reply: FastifyReply,
  document: { fileName: string; bytes: Buffer },
): FastifyReply {
  return reply
    .header('content-type', MEDIA_TYPES.docx)
    .header('content-disposition', disposition('attachment', document.fileName))
    .header('x-content-type-options', 'nosniff')
    .send(document.bytes)
}

export function sendKit(reply: FastifyReply, { name, open }: KitArchive): FastifyReply {
  return reply
    .header('content-type', 'application/zip')
    .header('content-disposition', disposition('attachment', `${name}.zip`))
    .header('x-content-type-options', 'nosniff')
    .send(open())
}
