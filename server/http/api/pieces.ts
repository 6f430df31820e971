/** API of the pieces and of the dossier, for the porteur and for a member. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { acceptanceAnswer, pieceAnswer, problemAnswer, receiptAnswer } from '../../../schema/contracts/api.ts'
import { acceptanceContract, decisionContract } from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { assembleDossier } from '../../steps/assemble-dossier.ts'
import { decideOnPiece } from '../../steps/decide-on-piece.ts'
import { acceptPieces } from '../../steps/decide-on-pieces.ts'
import { ownPieces, readMemberPieces } from '../../steps/member-scope.ts'
import type { Context } from '../../steps/ports.ts'
import { readFile } from '../../steps/read-file.ts'
import { readPiece } from '../../steps/read-piece.ts'
import { findDepositTarget, receiveDocument } from '../../steps/receive-document.ts'
import { sendArchive, sendFile, sendWorkbook } from '../downloads.ts'
import { openUpload, reserveRoom } from '../uploads.ts'
import { pieceOf, receiptOf } from './answers.ts'
import { guards } from './bearer.ts'
import { sendRefusal } from './problems.ts'

const pieceParams = z.object({ piece: z.uuid() })
const fileParams = z.object({ file: z.uuid() })
const grappeParams = z.object({ grappe: z.uuid() })

const readRefusals = { 401: problemAnswer, 404: problemAnswer }
const depositRefusals = {
  ...readRefusals,
  400: problemAnswer,
  409: problemAnswer,
  422: problemAnswer,
  507: problemAnswer,
}

const upload = {
  summary: 'Déposer un ou plusieurs fichiers : une nouvelle version',
  description:
    'Corps multipart/form-data : un ou plusieurs champs de fichier « fichiers », et « garder » = « oui » pour reprendre aussi les fichiers de la version précédente.',
  consumes: ['multipart/form-data'],
  response: { 201: receiptAnswer, ...depositRefusals },
}

const binary = (summary: string) => ({
  summary,
  response: { 200: z.any().describe('Les octets du fichier'), ...readRefusals },
})

type DepositScope = Parameters<typeof findDepositTarget>[1]

async function deposit(
  context: Context,
  scope: DepositScope,
  request: FastifyRequest,
  pieceId: string,
  reply: FastifyReply,
) {
  const target = await findDepositTarget(context, scope, pieceId)
  if (!target.ok) return sendRefusal(reply, target.refusal)
  const noRoom = reserveRoom(context, request)
  if (noRoom !== null) return sendRefusal(reply, noRoom)
  const form = await openUpload(request, target.value.definition)
  const received = await receiveDocument(
    context,
    scope,
    target.value,
    form.files,
    () => form.fields.garder === 'oui',
  )
  if (!received.ok) return sendRefusal(reply, received.refusal, 'refused' in received ? received.refused : [])
  return reply.code(201).send(receiptOf(received.value))
}

export function piecesApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    await app.register(carrierApi(context))
    await app.register(memberApi(context))
  }
}

function carrierApi(context: Context): FastifyPluginAsyncZod {
  const admitted = guards(context).grappe
  return async app => {
    app.addHook('onRequest', admitted.onRequest)

    app.get(
      API_PATHS.piece,
      {
        schema: {
          tags: ['Contrôle'],
          summary: 'Lire une pièce et toutes ses versions',
          params: grappeParams.extend(pieceParams.shape),
          response: { 200: pieceAnswer, ...readRefusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.of(request)
        const found = await readPiece(context, scope, request.params.piece)
        if (found === null) return sendRefusal(reply, { code: 'not-found' })
        return pieceOf(found.piece, found.definition, scope.call)
      },
    )

    app.post(
      API_PATHS.versions,
      { schema: { tags: ['Collecte'], params: grappeParams.extend(pieceParams.shape), ...upload } },
      (request, reply) =>
        deposit(
          context,
          { by: 'porteur', porteur: admitted.of(request) },
          request,
          request.params.piece,
          reply,
        ),
    )

    app.post(
      API_PATHS.decision,
      {
        schema: {
          tags: ['Contrôle'],
          summary: 'Accepter ou refuser la version lue',
          params: grappeParams.extend(pieceParams.shape),
          body: decisionContract,
          response: {
            200: z.object({ decision: z.enum(['acceptee', 'refusee']) }),
            ...readRefusals,
            409: problemAnswer,
            422: problemAnswer,
          },
        },
      },
      async (request, reply) => {
        const decided = await decideOnPiece(context, admitted.of(request), request.params.piece, request.body)
        return decided.ok ? decided.value : sendRefusal(reply, decided.refusal)
      },
    )

    app.post(
      API_PATHS.acceptPieces,
      {
        schema: {
          tags: ['Contrôle'],
          summary: 'Accepter plusieurs versions lues ; celles qui ont changé depuis sont laissées et dites',
          params: grappeParams,
          body: acceptanceContract,
          response: { 200: acceptanceAnswer, ...readRefusals, 422: problemAnswer },
        },
      },
      async request => {
        const chosen = await acceptPieces(context, admitted.of(request), request.body)
        const ids = ({ pieceId, versionId }: (typeof chosen)[number]) => ({ pieceId, versionId })
        return {
          accepted: chosen.filter(({ left }) => left === null).map(ids),
          left: chosen.flatMap(piece => (piece.left === null ? [] : [{ ...ids(piece), reason: piece.left }])),
        }
      },
    )

    app.get(
      API_PATHS.file,
      {
        schema: {
          tags: ['Contrôle'],
          params: grappeParams.extend(fileParams.shape),
          ...binary('Télécharger un fichier'),
        },
      },
      async (request, reply) => {
        const file = await readFile(context, admitted.of(request).grappeId, request.params.file)
        return file.ok
          ? await sendFile(context, reply, file.value, 'attachment')
          : sendRefusal(reply, file.refusal)
      },
    )

    app.get(
      API_PATHS.dossierZip,
      {
        schema: {
          tags: ['Dossier'],
          params: grappeParams,
          ...binary('Télécharger le brouillon du dossier (ZIP)'),
        },
      },
      async (request, reply) => {
        const dossier = await assembleDossier(context, admitted.of(request).grappeId)
        return dossier.ok ? await sendArchive(reply, dossier.value) : sendRefusal(reply, dossier.refusal)
      },
    )

    app.get(
      API_PATHS.dossierXlsx,
      {
        schema: { tags: ['Dossier'], params: grappeParams, ...binary('Télécharger le récapitulatif (XLSX)') },
      },
      async (request, reply) => {
        const dossier = await assembleDossier(context, admitted.of(request).grappeId)
        return dossier.ok ? await sendWorkbook(reply, dossier.value) : sendRefusal(reply, dossier.refusal)
      },
    )
  }
}

function memberApi(context: Context): FastifyPluginAsyncZod {
  const admitted = guards(context).member
  return async app => {
    app.addHook('onRequest', admitted.onRequest)

    app.get(
      API_PATHS.memberPieces,
      {
        schema: {
          tags: ['Membre'],
          summary: 'Lire les pièces attendues du membre, avec le jeton de son lien',
          response: {
            200: z.object({ grappe: z.string(), member: z.string(), pieces: z.array(pieceAnswer) }),
            ...readRefusals,
          },
        },
      },
      async request => {
        const scope = admitted.of(request)
        const expected = await readMemberPieces(context, scope)
        return {
          grappe: scope.grappeName,
          member: scope.actor,
          pieces: expected.map(({ piece, definition }) => pieceOf(piece, definition, scope.call)),
        }
      },
    )

    app.get(
      API_PATHS.memberPiece,
      {
        schema: {
          tags: ['Membre'],
          summary: 'Lire une de ses pièces',
          params: pieceParams,
          response: { 200: pieceAnswer, ...readRefusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.of(request)
        const found = await readPiece(context, scope, request.params.piece, ownPieces(scope))
        if (found === null) return sendRefusal(reply, { code: 'not-found' })
        return pieceOf(found.piece, found.definition, scope.call)
      },
    )

    app.post(
      API_PATHS.memberVersions,
      { schema: { tags: ['Membre'], params: pieceParams, ...upload } },
      (request, reply) =>
        deposit(
          context,
          { by: 'member', member: admitted.of(request) },
          request,
          request.params.piece,
          reply,
        ),
    )

    app.get(
      API_PATHS.memberFile,
      { schema: { tags: ['Membre'], params: fileParams, ...binary('Télécharger un de ses fichiers') } },
      async (request, reply) => {
        const scope = admitted.of(request)
        const file = await readFile(context, scope.grappeId, request.params.file, ownPieces(scope))
        return file.ok
          ? await sendFile(context, reply, file.value, 'attachment')
          : sendRefusal(reply, file.refusal)
      },
    )
  }
}
