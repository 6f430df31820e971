/** API of the pieces and of the dossier, for each of the three: porteur, member, reviewer. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  boardAnswer,
  pieceAnswer,
  problemAnswer,
  receiptAnswer,
  verdictAnswer,
} from '../../../schema/contracts/api.ts'
import { type DecisionBody, decisionContract } from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { planDossier } from '../../domain/dossier-plan.ts'
import { decideOnPiece } from '../../steps/decide-on-piece.ts'
import { ownPieces, readMemberPieces } from '../../steps/member-scope.ts'
import type { Context } from '../../steps/ports.ts'
import { readFile } from '../../steps/read-file.ts'
import { readSnapshot } from '../../steps/read-grappe.ts'
import { readPiece } from '../../steps/read-piece.ts'
import { findDepositTarget, receiveDocument } from '../../steps/receive-document.ts'
import { sendArchive, sendFile, sendWorkbook } from '../downloads.ts'
import { openUpload } from '../uploads.ts'
import { boardOf, pieceOf, receiptOf, verdictOf } from './answers.ts'
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

async function deposit(context: Context, scope: DepositScope, request: FastifyRequest, reply: FastifyReply) {
  const { piece } = request.params as z.infer<typeof pieceParams>
  const target = await findDepositTarget(context, scope, piece)
  if (!target.ok) return sendRefusal(reply, target.refusal)
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
  const { onGrappe, asMember, asReviewer } = guards(context)
  return async app => {
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
      onGrappe(async (scope, request, reply) => {
        const found = await readPiece(context, scope, (request.params as z.infer<typeof pieceParams>).piece)
        if (found === null) return sendRefusal(reply, { code: 'not-found' })
        return pieceOf(found.piece, found.definition, scope.call)
      }),
    )

    app.post(
      API_PATHS.versions,
      { schema: { tags: ['Collecte'], params: grappeParams.extend(pieceParams.shape), ...upload } },
      onGrappe((porteur, request, reply) => deposit(context, { by: 'porteur', porteur }, request, reply)),
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
      onGrappe(async (scope, request, reply) => {
        const { piece } = request.params as z.infer<typeof pieceParams>
        const decided = await decideOnPiece(context, scope, piece, request.body as DecisionBody)
        return decided.ok ? decided.value : sendRefusal(reply, decided.refusal)
      }),
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
      onGrappe(async (scope, request, reply) => {
        const file = await readFile(
          context,
          scope.grappeId,
          (request.params as z.infer<typeof fileParams>).file,
        )
        return file === null
          ? sendRefusal(reply, { code: 'not-found' })
          : await sendFile(context, reply, file, 'attachment')
      }),
    )

    app.get(
      API_PATHS.dossierZip,
      { schema: { tags: ['Dossier'], params: grappeParams, ...binary('Télécharger le dossier (ZIP)') } },
      onGrappe((scope, request, reply) => sendArchive(context, request, reply, scope.grappeId)),
    )

    app.get(
      API_PATHS.dossierXlsx,
      {
        schema: { tags: ['Dossier'], params: grappeParams, ...binary('Télécharger le récapitulatif (XLSX)') },
      },
      onGrappe((scope, _request, reply) => sendWorkbook(context, reply, scope.grappeId)),
    )

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
      asMember(async scope => ({
        grappe: scope.grappeName,
        member: scope.actor,
        pieces: (await readMemberPieces(context, scope)).flatMap(piece => {
          const definition = scope.call.pieces.find(({ code }) => code === piece.code)
          return definition === undefined ? [] : [pieceOf(piece, definition, scope.call)]
        }),
      })),
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
      asMember(async (scope, request, reply) => {
        const { piece } = request.params as z.infer<typeof pieceParams>
        const found = await readPiece(context, scope, piece, ownPieces(scope))
        if (found === null) return sendRefusal(reply, { code: 'not-found' })
        return pieceOf(found.piece, found.definition, scope.call)
      }),
    )

    app.post(
      API_PATHS.memberVersions,
      { schema: { tags: ['Membre'], params: pieceParams, ...upload } },
      asMember((member, request, reply) => deposit(context, { by: 'member', member }, request, reply)),
    )

    app.get(
      API_PATHS.memberFile,
      { schema: { tags: ['Membre'], params: fileParams, ...binary('Télécharger un de ses fichiers') } },
      asMember(async (scope, request, reply) => {
        const { file: fileId } = request.params as z.infer<typeof fileParams>
        const file = await readFile(context, scope.grappeId, fileId, ownPieces(scope))
        return file === null
          ? sendRefusal(reply, { code: 'not-found' })
          : await sendFile(context, reply, file, 'attachment')
      }),
    )

    app.get(
      API_PATHS.arsDossier,
      {
        schema: {
          tags: ['ARS'],
          summary: 'Lire le verdict et le tableau, avec le jeton du lien de lecture',
          response: {
            200: z.object({
              grappe: z.string(),
              call: z.string(),
              verdict: verdictAnswer,
              board: boardAnswer,
            }),
            ...readRefusals,
          },
        },
      },
      asReviewer(async (grappeId, _request, reply) => {
        const snapshot = await readSnapshot(context, grappeId)
        if (snapshot === null) return sendRefusal(reply, { code: 'not-found' })
        return {
          grappe: snapshot.grappe.name,
          call: snapshot.callTitle,
          verdict: verdictOf(snapshot.verdict),
          board: boardOf(planDossier(snapshot), snapshot.record.revision),
        }
      }),
    )

    app.get(
      API_PATHS.arsPiece,
      {
        schema: {
          tags: ['ARS'],
          summary: 'Lire une pièce et ses versions',
          params: pieceParams,
          response: { 200: pieceAnswer, ...readRefusals },
        },
      },
      asReviewer(async (grappeId, request, reply) => {
        const snapshot = await readSnapshot(context, grappeId)
        const { piece } = request.params as z.infer<typeof pieceParams>
        const found = snapshot && (await readPiece(context, { grappeId, call: snapshot.record.call }, piece))
        if (snapshot === null || found === null) return sendRefusal(reply, { code: 'not-found' })
        return pieceOf(found.piece, found.definition, snapshot.record.call)
      }),
    )

    app.get(
      API_PATHS.arsFile,
      { schema: { tags: ['ARS'], params: fileParams, ...binary('Télécharger un fichier') } },
      asReviewer(async (grappeId, request, reply) => {
        const file = await readFile(context, grappeId, (request.params as z.infer<typeof fileParams>).file)
        return file === null
          ? sendRefusal(reply, { code: 'not-found' })
          : await sendFile(context, reply, file, 'attachment')
      }),
    )

    app.get(
      API_PATHS.arsDossierZip,
      { schema: { tags: ['ARS'], ...binary('Télécharger le dossier (ZIP)') } },
      asReviewer((grappeId, request, reply) => sendArchive(context, request, reply, grappeId)),
    )

    app.get(
      API_PATHS.arsDossierXlsx,
      { schema: { tags: ['ARS'], ...binary('Télécharger le récapitulatif (XLSX)') } },
      asReviewer((grappeId, _request, reply) => sendWorkbook(context, reply, grappeId)),
    )
  }
}
