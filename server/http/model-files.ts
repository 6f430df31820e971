/** The models that a porteur sends, and the bytes of each sent back. */
import type { FastifyReply } from 'fastify'
import { kitDocumentName } from '../domain/dossier-names.ts'
import { MEDIA_TYPES } from '../domain/file-acceptance.ts'
import { flawWords } from '../domain/kit/flaw-words.ts'
import type { DocumentModel } from '../domain/kit/models.ts'
import { MAX_MODEL_MB, type OwnModel } from '../domain/kit/own-model.ts'
import type { Context } from '../steps/ports.ts'
import { checkedBytes } from './checked-bytes.ts'
import { disposition, sendStored } from './downloads.ts'
import { sendDocument } from './kit-downloads.ts'
import type { SmallFile } from './sheet-files.ts'

export const MODEL_FILE: SmallFile = {
  mostMb: MAX_MODEL_MB,
  missing: 'Aucun fichier n’a été choisi. Choisissez votre modèle Word (.docx), puis envoyez-le.',
  tooLarge: flawWords({ kind: 'too-large' }),
}

/** @param own null for that of this server. */
export async function sendModelFile(
  context: Context,
  reply: FastifyReply,
  { code }: DocumentModel,
  own: OwnModel | null,
): Promise<FastifyReply> {
  if (own === null) {
    return sendDocument(reply, { fileName: kitDocumentName(code, 'modele'), bytes: context.kit.blank(code) })
  }
  const { sha256, size, fileName } = own
  return await sendStored(context, reply, {
    headers: {
      'content-type': MEDIA_TYPES.docx,
      'content-length': size,
      'content-disposition': disposition('attachment', fileName),
      'x-content-type-options': 'nosniff',
    },
    open: () => checkedBytes(context.blobs, { path: fileName, sha256, size }),
  })
}
