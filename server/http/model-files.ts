/** The models that a porteur sends, and the bytes of each sent back. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PieceDefinition } from '../domain/call.ts'
import { kitDocumentName } from '../domain/dossier-names.ts'
import { MEDIA_TYPES } from '../domain/file-acceptance.ts'
import { flawWords } from '../domain/kit/flaw-words.ts'
import { type DocumentModel, isModelCode } from '../domain/kit/models.ts'
import { MAX_MODEL_MB } from '../domain/kit/own-model.ts'
import type { Context } from '../steps/ports.ts'
import { callModelsOf } from '../steps/read/read-call-models.ts'
import { readOwnModels } from '../steps/read/read-own-models.ts'
import { checkedBytes } from './checked-bytes.ts'
import { disposition, sendStored } from './downloads.ts'
import { sendDocument } from './kit-downloads.ts'
import { readSmallFile, type SentFile, type SmallFile } from './sheet-files.ts'
import { openUpload } from './uploads.ts'

export const MODEL_FILE: SmallFile = {
  mostMb: MAX_MODEL_MB,
  missing: 'Aucun fichier n’a été choisi. Choisissez votre modèle Word (.docx), puis envoyez-le.',
  tooLarge: flawWords({ kind: 'too-large' }),
}

/** A Word file that somebody brought. */
interface StoredModel {
  fileName: string
  sha256: string
  size: number
}

/** @param brought null for that of this server. */
async function sendModelFile(
  context: Context,
  reply: FastifyReply,
  { code }: { code: string },
  brought: StoredModel | null,
): Promise<FastifyReply> {
  if (brought === null) {
    const bytes = await context.kit.blank(code)
    return sendDocument(reply, { fileName: kitDocumentName(code, 'modele'), bytes })
  }
  const { sha256, size, fileName } = brought
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

/** Names, in an address, what the call brings. */
export const OF_CALL = 'appel'

/**
 * One of those of a document of a grappe.
 *
 * @param version id of one that its porteur sent, `OF_CALL`, or undefined for that of this server.
 * @returns null when there is none such.
 */
export async function sendOneModel(
  context: Context,
  reply: FastifyReply,
  { grappeId }: { grappeId: string },
  model: DocumentModel,
  version: string | undefined,
): Promise<FastifyReply | null> {
  if (version === OF_CALL)
    return await sendCallModel(context, reply, { code: model.code, model: model.ofCall })
  if (version === undefined) {
    return isModelCode(model.code) ? await sendModelFile(context, reply, model, null) : null
  }
  const all = await readOwnModels(context.db, grappeId)
  const own = all.find(({ id, model: code }) => id === version && code === model.code)
  return own === undefined ? null : await sendModelFile(context, reply, model, own)
}

/** What the call brings for a piece; null when it brings none, or none that this server has. */
export async function sendCallModel(
  context: Context,
  reply: FastifyReply,
  piece: Pick<PieceDefinition<unknown>, 'code' | 'model'> | undefined,
): Promise<FastifyReply | null> {
  const model = piece?.model
  const kept = model && (await callModelsOf(context.db, [{ model }])).get(model.sha256 ?? '')
  if (piece === undefined || model === undefined || kept === undefined) return null
  return await sendModelFile(context, reply, piece, { ...kept, fileName: model.fileName })
}

/** The model that a program sends. */
export async function readModelFile(request: FastifyRequest): Promise<SentFile> {
  if (!request.isMultipart()) return { ok: false, sentence: MODEL_FILE.missing }
  return await readSmallFile(await openUpload(request, { maxFileMb: MODEL_FILE.mostMb }), MODEL_FILE)
}
