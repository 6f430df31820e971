/** Sending the documents of the kit: Word files, forms to print and ZIPs that are made on the spot. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { MEDIA_TYPES } from '../domain/file-acceptance.ts'
import type { KitArchive } from '../steps/collection/hand-out-kit.ts'
import { disposition } from './downloads.ts'

/** A HEAD request only looks: scanners and download managers make them. */
export const isHandedOut = ({ method }: FastifyRequest): boolean => method !== 'HEAD'

interface MadeDocument {
  fileName: string
  bytes: Buffer
}

export const sendDocument = (reply: FastifyReply, document: MadeDocument): FastifyReply =>
  send(reply, document, MEDIA_TYPES.docx)

export const sendPdf = (reply: FastifyReply, document: MadeDocument): FastifyReply =>
  send(reply, document, MEDIA_TYPES.pdf)

function send(reply: FastifyReply, { fileName, bytes }: MadeDocument, mediaType: string): FastifyReply {
  return reply
    .header('content-type', mediaType)
    .header('content-disposition', disposition('attachment', fileName))
    .header('x-content-type-options', 'nosniff')
    .send(bytes)
}

export function sendKit(reply: FastifyReply, { name, open }: KitArchive): FastifyReply {
  return reply
    .header('content-type', 'application/zip')
    .header('content-disposition', disposition('attachment', `${name}.zip`))
    .header('x-content-type-options', 'nosniff')
    .send(open())
}
