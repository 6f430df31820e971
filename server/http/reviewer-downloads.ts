/** What a reviewer takes away, by page or by program, is told to the porteur. */
import type { FastifyRequest } from 'fastify'
import type { ReviewerScope } from '../steps/access/reviewer-scope.ts'
import { noteAccess } from '../steps/dossier/note-access.ts'
import type { ReadSeal } from '../steps/dossier/review-piece.ts'
import type { Context } from '../steps/ports.ts'

/** Notes a download, unless it only goes on where it was cut, or asks for the headers alone. */
export async function noteDownload(
  context: Context,
  request: FastifyRequest,
  scope: ReviewerScope,
  seal: ReadSeal,
  what: string,
): Promise<void> {
  const { range } = request.headers
  if (request.method !== 'GET' || (range !== undefined && !/^bytes=0-/.test(range))) return
  await noteAccess(context, scope, seal, { act: 'telechargement', what })
}

/** The words for the files of a sealed version. */
export const DOWNLOADED = {
  zip: 'dossier ZIP',
  xlsx: 'récapitulatif Excel',
  reading: 'PDF de lecture',
} as const
