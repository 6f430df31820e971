/** API of the pieces and of the dossier, for the porteur and for a member. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  acceptanceAnswer,
  pieceAnswer,
  problemAnswer,
  receivedAnswer,
  takenOutAnswer,
  undoneAnswer,
  versionAnswer,
} from '../../../schema/contracts/api.ts'
import {
  acceptanceContract,
  decisionContract,
  moveContract,
  takeOutContract,
} from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { type DatedCall, windowAt } from '../../domain/call.ts'
import { isFollowUp } from '../../domain/follow-up.ts'
import type { Piece } from '../../domain/piece.ts'
import { readMemberPieces } from '../../steps/access/member-scope.ts'
import { type PieceSide, readPieceOf, scopeOf, withinOf } from '../../steps/access/piece-sides.ts'
import { moveDeposit } from '../../steps/collection/move-deposit.ts'
import { takeOut } from '../../steps/collection/take-out.ts'
import { decideOnPiece } from '../../steps/control/decide-on-piece.ts'
import { acceptPieces, undoAcceptance } from '../../steps/control/decide-on-pieces.ts'
import { assembleDossier } from '../../steps/dossier/assemble-dossier.ts'
import type { Context } from '../../steps/ports.ts'
import { readFile } from '../../steps/read/read-file.ts'
import { readPieces } from '../../steps/read/read-pieces.ts'
import { sendArchive, sendFile, sendWorkbook } from '../downloads.ts'
import { openDeposit } from '../uploads.ts'
import { pieceOf, receivedOf, versionOf } from './answers.ts'
import {
  forGrappe,
  forMember,
  grappeParams,
  MEMBER_DOOR,
  type PieceDoor,
  PORTEUR_DOOR,
  versionOfGrappeParams,
} from './bearer.ts'
import { sendRefusal } from './problems.ts'

const readRefusals = { 401: problemAnswer, 404: problemAnswer }
const depositRefusals = {
  ...readRefusals,
  400: problemAnswer,
  409: problemAnswer,
  422: problemAnswer,
  507: problemAnswer,
}

const closingOf = (context: Context, { call }: { call: DatedCall }) =>
  windowAt(call, context.now().toISOString()).closesOn

const binary = (summary: string) => ({
  summary,
  response: { 200: z.any().describe('Les octets du fichier'), ...readRefusals },
})

export function piecesApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.piece, getPiece(PORTEUR_DOOR, 'Lire une pièce et toutes ses versions')(context))
    app.post(API_PATHS.versions, postVersion(PORTEUR_DOOR)(context))
    app.post(API_PATHS.takeOut, postTakeOut(PORTEUR_DOOR)(context))
    app.post(API_PATHS.moveVersion, postMove(context))
    app.post(API_PATHS.decision, postDecision(context))
    app.post(API_PATHS.acceptPieces, postAcceptPieces(context))
    app.post(API_PATHS.undoAcceptance, postUndoAcceptance(context))
    app.get(API_PATHS.file, getFile(PORTEUR_DOOR, 'Télécharger un fichier')(context))
    app.get(API_PATHS.dossierZip, getDossierZip(context))
    app.get(API_PATHS.dossierXlsx, getDossierXlsx(context))

    app.get(API_PATHS.memberPieces, getMemberPieces(context))
    app.get(API_PATHS.memberPiece, getPiece(MEMBER_DOOR, 'Lire une de ses pièces')(context))
    app.post(API_PATHS.memberVersions, postVersion(MEMBER_DOOR)(context))
    app.post(API_PATHS.memberTakeOut, postTakeOut(MEMBER_DOOR)(context))
    app.get(API_PATHS.memberFile, getFile(MEMBER_DOOR, 'Télécharger un de ses fichiers')(context))
  }
}

const getPiece = ({ routes, params, tagsOf }: PieceDoor, summary: string) =>
  routes(
    { tags: tagsOf('Contrôle'), summary, params, response: { 200: pieceAnswer, ...readRefusals } },
    async ({ context, scope: side, request, reply }) => {
      const found = await readPieceOf(context, side, request.params.piece)
      if (found === null) return sendRefusal(reply, { code: 'not-found' })
      const { piece, definition } = found
      const { call } = scopeOf(side)
      const closesOn = isFollowUp(call, piece.code) ? null : closingOf(context, { call })
      return pieceOf(piece, definition, closesOn, await seenBy(context, side, piece))
    },
  )

/** Ids of the pieces that a member may know of; undefined for the porteur, who knows them all. */
async function seenBy(context: Context, side: PieceSide, { takenOut }: Piece) {
  if (side.by === 'porteur' || takenOut.every(({ movedToPieceId }) => movedToPieceId === null))
    return undefined
  const own = await readPieces(context.db, side.member.grappeId, withinOf(side))
  return new Set(own.map(({ id }) => id))
}

const postVersion = ({ routes, params, tagsOf }: PieceDoor) =>
  routes(
    {
      tags: tagsOf('Collecte'),
      summary: 'Déposer un ou plusieurs fichiers : une nouvelle version',
      description:
        'Corps multipart/form-data : un ou plusieurs champs de fichier « fichiers », ' +
        'et « garder » : l’identifiant d’un document de la version précédente qui reste avec eux, ' +
        'répété pour plusieurs, ou « oui » pour tous. Sans lui, ce dépôt remplace la version précédente.',
      consumes: ['multipart/form-data'],
      params,
      response: { 201: receivedAnswer, ...depositRefusals },
    },
    async ({ context, scope: side, request, reply }) => {
      const opened = await openDeposit(context, side, request, request.params.piece)
      if (!opened.ok) return sendRefusal(reply, opened.refusal)
      const received = await opened.value.receive()
      if (!received.ok)
        return sendRefusal(reply, received.refusal, 'refused' in received ? received.refused : [])
      const seen = await readPieces(context.db, scopeOf(side).grappeId, withinOf(side))
      return reply.code(201).send(receivedOf(received.value, seen))
    },
  )

const postTakeOut = ({ routes, versionParams, tagsOf }: PieceDoor) =>
  routes(
    {
      tags: tagsOf('Collecte'),
      summary: 'Retirer la version actuelle, ou un de ses documents, tant qu’elle n’est pas contrôlée',
      params: versionParams,
      body: takeOutContract,
      response: { 200: takenOutAnswer, ...readRefusals, 409: problemAnswer },
    },
    async ({ context, scope: side, request, reply }) => {
      const { piece, version } = request.params
      const taken = await takeOut(context, side, piece, version, request.body.fileId)
      if (!taken.ok) return sendRefusal(reply, taken.refusal)
      const { current } = taken.value
      return { version: current === null ? null : versionOf(current) }
    },
  )

const postMove = forGrappe(
  {
    tags: ['Collecte'],
    summary: 'Classer la version actuelle sur la bonne pièce ; elle est retirée de celle-ci',
    params: versionOfGrappeParams,
    body: moveContract,
    response: {
      200: z.object({ pieceId: z.uuid(), version: versionAnswer }),
      ...readRefusals,
      409: problemAnswer,
      422: problemAnswer,
    },
  },
  async ({ context, scope, request, reply }) => {
    const { piece, version } = request.params
    const moved = await moveDeposit(context, scope, piece, version, request.body.pieceId)
    return moved.ok
      ? { pieceId: request.body.pieceId, version: versionOf(moved.value.version) }
      : sendRefusal(reply, moved.refusal)
  },
)

const postDecision = forGrappe(
  {
    tags: ['Contrôle'],
    summary: 'Accepter ou refuser la version lue',
    params: PORTEUR_DOOR.params,
    body: decisionContract,
    response: {
      200: z.object({
        decision: z.enum(['acceptee', 'refusee']),
        told: z.array(z.string()).describe('Adresses à qui le motif d’un refus est écrit'),
      }),
      ...readRefusals,
      409: problemAnswer,
      422: problemAnswer,
    },
  },
  async ({ context, scope, request, reply }) => {
    const decided = await decideOnPiece(context, scope, request.params.piece, request.body)
    if (!decided.ok) return sendRefusal(reply, decided.refusal)
    const { decision, told } = decided.value
    return { decision, told: told.map(({ email }) => email) }
  },
)

const postAcceptPieces = forGrappe(
  {
    tags: ['Contrôle'],
    summary: 'Accepter plusieurs versions lues ; celles qui ont changé depuis sont laissées et dites',
    params: grappeParams,
    body: acceptanceContract,
    response: { 200: acceptanceAnswer, ...readRefusals, 422: problemAnswer },
  },
  async ({ context, scope, request }) => {
    const chosen = await acceptPieces(context, scope, request.body)
    const ids = ({ pieceId, versionId }: (typeof chosen)[number]) => ({ pieceId, versionId })
    return {
      accepted: chosen.filter(({ left }) => left === null).map(ids),
      left: chosen.flatMap(piece => (piece.left === null ? [] : [{ ...ids(piece), reason: piece.left }])),
    }
  },
)

const postUndoAcceptance = forGrappe(
  {
    tags: ['Contrôle'],
    summary: 'Annuler des acceptations, tant qu’aucune version n’est scellée avec elles',
    params: grappeParams,
    body: acceptanceContract,
    response: { 200: undoneAnswer, ...readRefusals, 422: problemAnswer },
  },
  async ({ context, scope, request }) => {
    const chosen = await undoAcceptance(context, scope, request.body)
    const ids = ({ pieceId, versionId }: (typeof chosen)[number]) => ({ pieceId, versionId })
    return {
      undone: chosen.filter(({ kept }) => kept === null).map(ids),
      kept: chosen.flatMap(piece => (piece.kept === null ? [] : [{ ...ids(piece), reason: piece.kept }])),
    }
  },
)

const getFile = ({ routes, fileParams, tagsOf }: PieceDoor, summary: string) =>
  routes(
    {
      tags: tagsOf('Contrôle'),
      params: fileParams,
      ...binary(summary),
    },
    async ({ context, scope: side, request, reply }) => {
      const { grappeId } = scopeOf(side)
      const file = await readFile(context, grappeId, request.params.file, withinOf(side))
      return file.ok
        ? await sendFile(context, reply, file.value, 'attachment')
        : sendRefusal(reply, file.refusal)
    },
  )

const getDossierZip = forGrappe(
  {
    tags: ['Dossier'],
    params: grappeParams,
    ...binary('Télécharger le brouillon du dossier (ZIP)'),
  },
  async ({ context, scope, reply }) => {
    const dossier = await assembleDossier(context, scope.grappeId)
    return dossier.ok ? await sendArchive(context, reply, dossier.value) : sendRefusal(reply, dossier.refusal)
  },
)

const getDossierXlsx = forGrappe(
  { tags: ['Dossier'], params: grappeParams, ...binary('Télécharger le récapitulatif (XLSX)') },
  async ({ context, scope, reply }) => {
    const dossier = await assembleDossier(context, scope.grappeId)
    return dossier.ok ? await sendWorkbook(reply, dossier.value) : sendRefusal(reply, dossier.refusal)
  },
)

const getMemberPieces = forMember(
  {
    tags: ['Membre'],
    summary: 'Lire les pièces attendues du membre, avec le jeton de son lien',
    response: {
      200: z.object({ grappe: z.string(), member: z.string(), pieces: z.array(pieceAnswer) }),
      ...readRefusals,
    },
  },
  async ({ context, scope }) => {
    const expected = await readMemberPieces(context, scope)
    const seen = new Set(expected.map(({ piece }) => piece.id))
    const closesOn = closingOf(context, scope)
    return {
      grappe: scope.grappeName,
      member: scope.actor,
      pieces: expected.map(({ piece, definition }) => pieceOf(piece, definition, closesOn, seen)),
    }
  },
)
