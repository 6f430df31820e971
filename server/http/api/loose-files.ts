/**
 * API of the files that the porteur has already: sent together, listed with where each may go, filed,
 * removed.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { filedAnswer, looseFilesAnswer, openedAnswer } from '../../../schema/contracts/api.ts'
import { filingContract } from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import {
  fileLooseFiles,
  listLooseFiles,
  looseLane,
  MOST_LOOSE_MB,
  openLooseEnvelopes,
  receiveLooseFiles,
  refuseLooseFiles,
  removeLooseFiles,
} from '../../steps/collection/loose-files.ts'
import type { Context } from '../../steps/ports.ts'
import { readSnapshot } from '../../steps/read/read-snapshot.ts'
import { problemOf } from '../refusals.ts'
import { openUpload } from '../uploads.ts'
import { forGrappe, grappeParams } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'

export function looseFilesApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.looseFiles, getLooseFiles(context))
    app.post(API_PATHS.looseFiles, postLooseFiles(context))
    app.post(API_PATHS.fileLooseFiles, postFiling(context))
    app.delete(API_PATHS.looseFile, deleteLooseFile(context))
  }
}

const tags = ['Collecte']

const getLooseFiles = forGrappe(
  {
    tags,
    summary: 'Lire les fichiers à classer, chacun avec la pièce proposée et la raison',
    params: grappeParams,
    response: { 200: looseFilesAnswer, ...refusals },
  },
  async ({ context, scope, reply }) => {
    const snapshot = await readSnapshot(context, scope.grappeId)
    if (snapshot === null) return sendRefusal(reply, { code: 'not-found' })
    const files = await listLooseFiles(context, snapshot)
    return {
      fichiers: files.map(({ file: { id, name, folders, size, keptUntil }, place, reasons, doubt }) => ({
        id,
        name,
        folders: [...folders],
        size,
        keptUntil: keptUntil.toISOString(),
        place,
        reasons: [...reasons],
        doubt,
      })),
    }
  },
)

const postLooseFiles = forGrappe(
  {
    tags,
    summary: 'Envoyer ensemble des fichiers, des archives ZIP et des messages enregistrés, à classer ensuite',
    description:
      'Corps multipart/form-data : des champs de fichier « fichiers ». Ce que contiennent les archives ' +
      'et les messages (.eml, .msg) en est sorti. Rien n’est déposé.',
    consumes: ['multipart/form-data'],
    params: grappeParams,
    response: { 201: openedAnswer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const refused = refuseLooseFiles(scope)
    if (refused !== null) return sendRefusal(reply, refused.refusal)
    const room = await context.uploads.roomFor(looseLane(scope))
    const { files } = await openUpload(request, { maxFileMb: MOST_LOOSE_MB }, room)
    const received = await receiveLooseFiles(context, scope, files)
    if (!received.ok) return sendRefusal(reply, received.refusal)
    const { left } = await openLooseEnvelopes(context, scope)
    return reply.code(201).send({ left: left.map(({ name, why }) => ({ name, reason: why })) })
  },
)

const postFiling = forGrappe(
  {
    tags,
    summary: 'Déposer des fichiers à classer, chacun à sa pièce',
    params: grappeParams,
    body: filingContract,
    response: { 200: filedAnswer, ...refusals },
  },
  async ({ context, scope, request }) => {
    const chosen = new Map<string, string[]>()
    for (const { id, pieceId } of request.body.fichiers) {
      chosen.set(pieceId, [...(chosen.get(pieceId) ?? []), id])
    }
    const filed = await fileLooseFiles(context, scope, chosen, refusal => problemOf(refusal).detail)
    return filed.map(({ files, refused, ...each }) => ({ ...each, files: [...files], refused: [...refused] }))
  },
)

const deleteLooseFile = forGrappe(
  {
    tags,
    summary: 'Retirer un fichier à classer : il n’est pas dans le dossier',
    params: grappeParams.extend({ upload: z.string().max(100).describe('Le fichier à classer') }),
    response: { 204: z.null(), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const removed = await removeLooseFiles(context, scope, [request.params.upload])
    return removed === 0 ? sendRefusal(reply, { code: 'not-found' }) : reply.code(204).send(null)
  },
)
