/** API of what members and porteur say to each other on a piece, and of the receipts of its deposits. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { messageAnswer, nonApplicableAnswer } from '../../../schema/contracts/api.ts'
import {
  messageContract,
  nonApplicableContract,
  nonApplicableDecisionContract,
} from '../../../schema/contracts/exchanges.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { historyOf } from '../../domain/piece.ts'
import { readPieceOf, scopeOf } from '../../steps/access/piece-sides.ts'
import { readReceipt } from '../../steps/collection/receipt.ts'
import { askNonApplicable } from '../../steps/control/ask-non-applicable.ts'
import { decideNonApplicable } from '../../steps/control/decide-non-applicable.ts'
import { writeMessage } from '../../steps/control/write-message.ts'
import type { Context } from '../../steps/ports.ts'
import { readThread } from '../../steps/read/read-thread.ts'
import { sendReceipt } from '../downloads.ts'
import { forGrappe, MEMBER_DOOR, type PieceDoor, PORTEUR_DOOR } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'

export function exchangesApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.thread, getThread(PORTEUR_DOOR)(context))
    app.post(API_PATHS.thread, postThread(PORTEUR_DOOR)(context))
    app.post(API_PATHS.nonApplicable, postNonApplicable(PORTEUR_DOOR, DECLARED)(context))
    app.post(API_PATHS.nonApplicableDecision, postNonApplicableDecision(context))
    app.get(API_PATHS.receiptPdf, getReceiptPdf(PORTEUR_DOOR)(context))
  }
}

export function memberExchangesApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.memberThread, getThread(MEMBER_DOOR)(context))
    app.post(API_PATHS.memberThread, postThread(MEMBER_DOOR)(context))
    app.post(API_PATHS.memberNonApplicable, postNonApplicable(MEMBER_DOOR, ASKED)(context))
    app.get(API_PATHS.memberReceiptPdf, getReceiptPdf(MEMBER_DOOR)(context))
  }
}

const getThread = ({ routes, params, tagsOf }: PieceDoor) =>
  routes(
    {
      tags: tagsOf('Échanges'),
      summary: 'Lire les échanges sur une pièce, du plus ancien au plus récent',
      params,
      response: { 200: z.array(messageAnswer), ...refusals },
    },
    async ({ context, scope: side, request, reply }) => {
      const found = await readPieceOf(context, side, request.params.piece)
      return found === null
        ? sendRefusal(reply, { code: 'not-found' })
        : await readThread(context.db, found.piece.id)
    },
  )

const postThread = ({ routes, params, tagsOf }: PieceDoor) =>
  routes(
    {
      tags: tagsOf('Échanges'),
      summary: 'Écrire un message sur une pièce',
      params,
      description: 'Le dossier remis à l’ARS le reprend : feuille Échanges et _ECHANGES.txt du membre.',
      body: messageContract,
      response: {
        201: z.object({
          message: messageAnswer,
          mailed: z.int().describe('À combien de personnes il est envoyé ; 0 : aucune adresse connue'),
        }),
        ...refusals,
      },
    },
    async ({ context, scope: side, request, reply }) => {
      const written = await writeMessage(context, side, request.params.piece, request.body.text)
      return written.ok ? reply.code(201).send(written.value) : sendRefusal(reply, written.refusal)
    },
  )

const DECLARED = 'Déclarer qu’une pièce ne s’applique pas'
const ASKED = 'Demander qu’une pièce soit dite non applicable'

const postNonApplicable = ({ routes, params, tagsOf }: PieceDoor, summary: string) =>
  routes(
    {
      tags: tagsOf('Échanges'),
      summary,
      params,
      body: nonApplicableContract,
      response: { 201: nonApplicableAnswer, ...refusals },
    },
    async ({ context, scope: side, request, reply }) => {
      const said = await askNonApplicable(context, side, request.params.piece, request.body.reason)
      return said.ok ? reply.code(201).send(said.value) : sendRefusal(reply, said.refusal)
    },
  )

const postNonApplicableDecision = forGrappe(
  {
    tags: ['Échanges'],
    summary: 'Confirmer ou refuser qu’une pièce ne s’applique pas, ou revenir sur une confirmation',
    params: PORTEUR_DOOR.params,
    body: nonApplicableDecisionContract,
    response: { 200: z.object({ decision: z.enum(['confirmee', 'refusee']) }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const decided = await decideNonApplicable(context, scope, request.params.piece, request.body)
    return decided.ok ? decided.value : sendRefusal(reply, decided.refusal)
  },
)

const getReceiptPdf = ({ routes, versionParams, tagsOf }: PieceDoor) =>
  routes(
    {
      tags: tagsOf('Échanges'),
      summary: 'Télécharger l’accusé de dépôt d’une version (PDF)',
      params: versionParams,
      response: { 200: z.any().describe('Les octets du PDF'), ...refusals },
    },
    async ({ context, scope: side, request, reply }) => {
      const found = await readPieceOf(context, side, request.params.piece)
      const version = found && historyOf(found.piece).find(({ id }) => id === request.params.version)
      if (found === null || !version) return sendRefusal(reply, { code: 'not-found' })
      const receipt = await readReceipt(context.db, scopeOf(side).grappeId, { ...found, version })
      return await sendReceipt(context, reply, receipt)
    },
  )
