/** API of what members and porteur say to each other, of contacts, and of links already handed out. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  contactAnswer,
  messageAnswer,
  nonApplicableAnswer,
  problemAnswer,
} from '../../../schema/contracts/api.ts'
import {
  contactContract,
  expiryContract,
  messageContract,
  nonApplicableContract,
  nonApplicableDecisionContract,
  ownerContract,
} from '../../../schema/contracts/exchanges.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { askNonApplicable } from '../../steps/ask-non-applicable.ts'
import { decideNonApplicable } from '../../steps/decide-non-applicable.ts'
import { ownPieces } from '../../steps/member-scope.ts'
import type { PieceSide } from '../../steps/piece-sides.ts'
import type { Context } from '../../steps/ports.ts'
import { readPiece } from '../../steps/read-piece.ts'
import { readThread } from '../../steps/read-thread.ts'
import { readReceipt } from '../../steps/receipt.ts'
import { expireLink, reissueLink } from '../../steps/reissue-link.ts'
import { addContact, contactsOfPorteur, listContacts, removeContact } from '../../steps/save-contacts.ts'
import { writeMessage } from '../../steps/write-message.ts'
import { sendReceipt } from '../downloads.ts'
import { guards } from './bearer.ts'
import { sendRefusal } from './problems.ts'

const grappeParams = z.object({ grappe: z.uuid() })
const ownPieceParams = z.object({ piece: z.uuid() })
const pieceParams = grappeParams.extend(ownPieceParams.shape)
const linkParams = grappeParams.extend({ link: z.uuid() })
const version = { version: z.uuid() }

const refusals = { 401: problemAnswer, 404: problemAnswer, 409: problemAnswer, 422: problemAnswer }

const reading = {
  summary: 'Lire les échanges sur une pièce, du plus ancien au plus récent',
  response: { 200: z.array(messageAnswer), ...refusals },
}
const writing = {
  summary: 'Écrire un message sur une pièce',
  body: messageContract,
  response: {
    201: z.object({
      message: messageAnswer,
      mailed: z.int().describe('À combien de personnes il est envoyé ; 0 : aucune adresse connue'),
    }),
    ...refusals,
  },
}
const receipt = {
  summary: 'Télécharger l’accusé de dépôt d’une version (PDF)',
  response: { 200: z.any().describe('Les octets du PDF'), ...refusals },
}

export function exchangesApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    await app.register(carrierApi(context))
    await app.register(contactsApi(context))
    await app.register(memberApi(context))
  }
}

function carrierApi(context: Context): FastifyPluginAsyncZod {
  const admitted = guards(context).grappe
  return async app => {
    app.addHook('onRequest', admitted.onRequest)

    app.get(
      API_PATHS.thread,
      { schema: { tags: ['Échanges'], params: pieceParams, ...reading } },
      async (request, reply) => {
        const found = await readPiece(context, admitted.of(request), request.params.piece)
        return found === null
          ? sendRefusal(reply, { code: 'not-found' })
          : await readThread(context.db, found.piece.id)
      },
    )

    app.post(
      API_PATHS.thread,
      { schema: { tags: ['Échanges'], params: pieceParams, ...writing } },
      async (request, reply) => {
        const side: PieceSide = { by: 'porteur', porteur: admitted.of(request) }
        const written = await writeMessage(context, side, request.params.piece, request.body.text)
        return written.ok ? reply.code(201).send(written.value) : sendRefusal(reply, written.refusal)
      },
    )

    app.post(
      API_PATHS.nonApplicable,
      {
        schema: {
          tags: ['Échanges'],
          summary: 'Déclarer qu’une pièce ne s’applique pas',
          params: pieceParams,
          body: nonApplicableContract,
          response: { 201: nonApplicableAnswer, ...refusals },
        },
      },
      async (request, reply) => {
        const side: PieceSide = { by: 'porteur', porteur: admitted.of(request) }
        const declared = await askNonApplicable(context, side, request.params.piece, request.body.reason)
        return declared.ok ? reply.code(201).send(declared.value) : sendRefusal(reply, declared.refusal)
      },
    )

    app.post(
      API_PATHS.nonApplicableDecision,
      {
        schema: {
          tags: ['Échanges'],
          summary: 'Confirmer ou refuser qu’une pièce ne s’applique pas, ou revenir sur une confirmation',
          params: pieceParams,
          body: nonApplicableDecisionContract,
          response: { 200: z.object({ decision: z.enum(['confirmee', 'refusee']) }), ...refusals },
        },
      },
      async (request, reply) => {
        const { piece } = request.params
        const decided = await decideNonApplicable(context, admitted.of(request), piece, request.body)
        return decided.ok ? decided.value : sendRefusal(reply, decided.refusal)
      },
    )

    app.get(
      API_PATHS.receiptPdf,
      { schema: { tags: ['Échanges'], params: pieceParams.extend(version), ...receipt } },
      async (request, reply) => {
        const scope = admitted.of(request)
        const found = await readPiece(context, scope, request.params.piece)
        const deposited = found?.piece.versions.find(({ id }) => id === request.params.version)
        if (found === null || deposited === undefined) return sendRefusal(reply, { code: 'not-found' })
        const drawn = await readReceipt(context.db, scope.grappeId, { ...found, version: deposited })
        return await sendReceipt(context, reply, drawn)
      },
    )

    app.post(
      API_PATHS.reissueLink,
      {
        schema: {
          tags: ['Liens'],
          summary: 'Remplacer un lien : l’ancien cesse de fonctionner, le nouveau est envoyé',
          params: linkParams,
          response: {
            201: z.object({ id: z.uuid(), address: z.string(), mailed: z.boolean() }),
            ...refusals,
          },
        },
      },
      async (request, reply) => {
        const reissued = await reissueLink(context, admitted.of(request), request.params.link)
        if (!reissued.ok) return sendRefusal(reply, reissued.refusal)
        const { linkId, address, mailed } = reissued.value
        return reply.code(201).send({ id: linkId, address, mailed })
      },
    )

    app.put(
      API_PATHS.linkExpiry,
      {
        schema: {
          tags: ['Liens'],
          summary: 'Fixer le dernier jour d’un lien',
          params: linkParams,
          body: expiryContract,
          response: { 200: z.object({ expiresAt: z.iso.datetime() }), ...refusals },
        },
      },
      async (request, reply) => {
        const { link } = request.params
        const changed = await expireLink(context, admitted.of(request), link, request.body.expiresOn)
        return changed.ok
          ? { expiresAt: changed.value.expiresAt.toISOString() }
          : sendRefusal(reply, changed.refusal)
      },
    )
  }
}

function contactsApi(context: Context): FastifyPluginAsyncZod {
  const admitted = guards(context).grappe
  return async app => {
    app.addHook('onRequest', admitted.onRequest)

    app.get(
      API_PATHS.contacts,
      {
        schema: {
          tags: ['Membres'],
          summary: 'Lister les autres contacts des membres',
          params: grappeParams,
          response: { 200: z.array(contactAnswer), ...refusals },
        },
      },
      async request => await listContacts(context.db, contactsOfPorteur(admitted.of(request))),
    )

    app.post(
      API_PATHS.contacts,
      {
        schema: {
          tags: ['Membres'],
          summary: 'Ajouter un contact à un OG ou à un ESMS',
          params: grappeParams,
          body: contactContract.extend({ owner: ownerContract }),
          response: { 201: z.object({ id: z.uuid() }), ...refusals },
        },
      },
      async (request, reply) => {
        const { owner, ...body } = request.body
        const added = await addContact(context, contactsOfPorteur(admitted.of(request)), owner, body)
        return added.ok
          ? reply.code(201).send({ id: added.value.contactId })
          : sendRefusal(reply, added.refusal)
      },
    )

    app.delete(
      API_PATHS.contact,
      {
        schema: {
          tags: ['Membres'],
          summary: 'Retirer un contact',
          params: grappeParams.extend({ contact: z.uuid() }),
          response: { 204: z.null(), ...refusals },
        },
      },
      async (request, reply) => {
        const scope = contactsOfPorteur(admitted.of(request))
        const removed = await removeContact(context, scope, request.params.contact)
        return removed.ok ? reply.code(204).send(null) : sendRefusal(reply, removed.refusal)
      },
    )
  }
}

function memberApi(context: Context): FastifyPluginAsyncZod {
  const admitted = guards(context).member
  return async app => {
    app.addHook('onRequest', admitted.onRequest)

    app.get(
      API_PATHS.memberThread,
      { schema: { tags: ['Membre'], params: ownPieceParams, ...reading } },
      async (request, reply) => {
        const scope = admitted.of(request)
        const found = await readPiece(context, scope, request.params.piece, ownPieces(scope))
        return found === null
          ? sendRefusal(reply, { code: 'not-found' })
          : await readThread(context.db, found.piece.id)
      },
    )

    app.post(
      API_PATHS.memberThread,
      { schema: { tags: ['Membre'], params: ownPieceParams, ...writing } },
      async (request, reply) => {
        const side: PieceSide = { by: 'member', member: admitted.of(request) }
        const written = await writeMessage(context, side, request.params.piece, request.body.text)
        return written.ok ? reply.code(201).send(written.value) : sendRefusal(reply, written.refusal)
      },
    )

    app.post(
      API_PATHS.memberNonApplicable,
      {
        schema: {
          tags: ['Membre'],
          summary: 'Demander qu’une pièce soit dite non applicable',
          params: ownPieceParams,
          body: nonApplicableContract,
          response: { 201: nonApplicableAnswer, ...refusals },
        },
      },
      async (request, reply) => {
        const side: PieceSide = { by: 'member', member: admitted.of(request) }
        const asked = await askNonApplicable(context, side, request.params.piece, request.body.reason)
        return asked.ok ? reply.code(201).send(asked.value) : sendRefusal(reply, asked.refusal)
      },
    )

    app.get(
      API_PATHS.memberReceiptPdf,
      { schema: { tags: ['Membre'], params: ownPieceParams.extend(version), ...receipt } },
      async (request, reply) => {
        const scope = admitted.of(request)
        const found = await readPiece(context, scope, request.params.piece, ownPieces(scope))
        const deposited = found?.piece.versions.find(({ id }) => id === request.params.version)
        if (found === null || deposited === undefined) return sendRefusal(reply, { code: 'not-found' })
        const drawn = await readReceipt(context.db, scope.grappeId, { ...found, version: deposited })
        return await sendReceipt(context, reply, drawn)
      },
    )
  }
}
