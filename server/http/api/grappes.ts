/** API of the porteur: its grappes, their members, their verdict, their links. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  boardAnswer,
  grappeAnswer,
  grappeSummaryAnswer,
  journalAnswer,
  linkAnswer,
  mailAnswer,
  marginAnswer,
  problemAnswer,
  verdictAnswer,
} from '../../../schema/contracts/api.ts'
import {
  declarationsContract,
  esmsContract,
  grappeContract,
  ogContract,
  reviewerLinkContract,
  solutionContract,
  withdrawalContract,
} from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { marginOf, whatIf } from '../../domain/margin.ts'
import { chooseSolution } from '../../steps/choose-solution.ts'
import { createGrappe, listGrappes } from '../../steps/create-grappe.ts'
import { declareFacts } from '../../steps/declare-facts.ts'
import {
  handToReviewer,
  type Invitation,
  inviteAllMembers,
  inviteMember,
  listLinks,
} from '../../steps/invite-members.ts'
import type { Context } from '../../steps/ports.ts'
import { readGrappe, readSnapshot } from '../../steps/read-grappe.ts'
import { revokeHandedLink } from '../../steps/reissue-link.ts'
import { saveEsms } from '../../steps/save-esms.ts'
import { removeOg, saveOg } from '../../steps/save-og.ts'
import { readMailsOfGrappe } from '../../steps/send-mail.ts'
import { reinstateEsms, withdrawEsms } from '../../steps/withdraw-esms.ts'
import { grappeOf, linkOf, mailOf, verdictOf } from './answers.ts'
import { guards } from './bearer.ts'
import { drawnBoards } from './drawn-boards.ts'
import { sendRefusal } from './problems.ts'

const grappeParams = z.object({ grappe: z.uuid() })
const ogParams = grappeParams.extend({ og: z.uuid() })
const esmsParams = grappeParams.extend({ esms: z.uuid() })
const linkParams = grappeParams.extend({ link: z.uuid() })

/** Answers that any carrier act may give. */
const refusals = { 401: problemAnswer, 404: problemAnswer, 409: problemAnswer, 422: problemAnswer }

const invitationBody = z
  .union([z.object({ esms: z.uuid() }), z.object({ og: z.uuid() }), z.object({ tous: z.literal(true) })])
  .describe('Un ESMS, un OG, ou tous les membres')

export function grappesApi(context: Context): FastifyPluginAsyncZod {
  const admitted = guards(context)
  const boards = drawnBoards(context)
  return async app => {
    app.get(
      API_PATHS.grappes,
      {
        onRequest: admitted.porteur.onRequest,
        schema: {
          tags: ['Grappe'],
          summary: 'Lister ses grappes',
          response: { 200: z.array(grappeSummaryAnswer), 401: problemAnswer },
        },
      },
      async request => {
        const porteur = admitted.porteur.of(request)
        const grappes = await listGrappes(context, porteur.id)
        return grappes.map(grappe => ({ ...grappe, createdAt: grappe.createdAt.toISOString() }))
      },
    )

    app.post(
      API_PATHS.grappes,
      {
        onRequest: admitted.porteur.onRequest,
        schema: {
          tags: ['Grappe'],
          summary: 'Créer une grappe à partir d’un appel',
          body: grappeContract,
          response: { 201: grappeAnswer, ...refusals },
        },
      },
      async (request, reply) => {
        const porteur = admitted.porteur.of(request)
        const created = await createGrappe(context, porteur, request.body)
        if (!created.ok) return sendRefusal(reply, created.refusal)
        const record = await readGrappe(context.db, created.value.grappeId)
        return record === null
          ? sendRefusal(reply, { code: 'not-found' })
          : reply.code(201).send(grappeOf(record))
      },
    )

    app.get(
      API_PATHS.grappe,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Grappe'],
          summary: 'Lire une grappe, ses OG, ses ESMS et sa solution',
          params: grappeParams,
          response: { 200: grappeAnswer, ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const record = await readGrappe(context.db, scope.grappeId)
        return record === null ? sendRefusal(reply, { code: 'not-found' }) : grappeOf(record)
      },
    )

    app.get(
      API_PATHS.eligibility,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Éligibilité'],
          summary: 'Lire le verdict, critère par critère',
          params: grappeParams,
          response: { 200: verdictAnswer, ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const snapshot = await readSnapshot(context, scope.grappeId)
        return snapshot === null ? sendRefusal(reply, { code: 'not-found' }) : verdictOf(snapshot.verdict)
      },
    )

    app.get(
      API_PATHS.margin,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Éligibilité'],
          summary: 'Lire la marge, et le verdict si certains ESMS partaient',
          params: grappeParams,
          querystring: z.object({
            sans: z.string().max(10_000).optional().describe('Identifiants d’ESMS, séparés par des virgules'),
          }),
          response: { 200: marginAnswer, ...refusals },
        },
      },
      async (request, reply) => {
        const snapshot = await readSnapshot(context, admitted.grappe.of(request).grappeId)
        if (snapshot === null) return sendRefusal(reply, { code: 'not-found' })
        const { record, today } = snapshot
        const { mayLeave, counts, ogDepartures } = marginOf(record.call, { grappe: record, today })
        const leaving = request.query.sans?.split(',') ?? []
        return {
          mayLeave,
          counts: [...counts],
          ogDepartures: ogDepartures.map(departure => ({ ...departure, breaks: [...departure.breaks] })),
          without:
            leaving.length === 0 ? null : verdictOf(whatIf(record.call, { grappe: record, today }, leaving)),
        }
      },
    )

    app.put(
      API_PATHS.declarations,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Éligibilité'],
          summary: 'Noter ce que les membres déclarent',
          params: grappeParams,
          body: declarationsContract,
          response: { 200: z.object({ changed: z.number().int() }), ...refusals },
        },
      },
      async (request, reply) => {
        const declared = await declareFacts(context, admitted.grappe.of(request), request.body)
        return declared.ok ? declared.value : sendRefusal(reply, declared.refusal)
      },
    )

    app.get(
      API_PATHS.board,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Collecte'],
          summary: 'Lire le tableau membre × pièce (304 si rien n’a changé)',
          params: grappeParams,
          response: { 200: boardAnswer, 304: z.null(), ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const etag = boards.etag(scope)
        reply.header('etag', etag).header('cache-control', 'private, no-cache')
        if (request.headers['if-none-match'] === etag) return reply.code(304).send(null)
        const board = await boards.read(scope.grappeId, etag)
        if (board === null) return sendRefusal(reply, { code: 'not-found' })
        // Ready bytes: checked against the contract by the compiler, and by the tests.
        const bytes: unknown = board.json
        return reply
          .header('etag', board.etag)
          .type('application/json; charset=utf-8')
          .send(bytes as z.infer<typeof boardAnswer>)
      },
    )

    app.get(
      API_PATHS.journal,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Grappe'],
          summary: 'Lire le journal',
          params: grappeParams,
          response: { 200: journalAnswer, ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const snapshot = await readSnapshot(context, scope.grappeId)
        return snapshot === null ? sendRefusal(reply, { code: 'not-found' }) : [...snapshot.journal]
      },
    )

    app.get(
      API_PATHS.mails,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Collecte'],
          summary: 'Lire les messages de la grappe',
          params: grappeParams,
          response: { 200: z.array(mailAnswer), ...refusals },
        },
      },
      async request => (await readMailsOfGrappe(context, admitted.grappe.of(request).grappeId)).map(mailOf),
    )

    app.post(
      API_PATHS.ogs,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Membres'],
          summary: 'Ajouter un organisme gestionnaire',
          params: grappeParams,
          body: ogContract,
          response: { 201: z.object({ id: z.uuid() }), ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const saved = await saveOg(context, scope, null, request.body)
        return saved.ok ? reply.code(201).send({ id: saved.value.ogId }) : sendRefusal(reply, saved.refusal)
      },
    )

    app.put(
      API_PATHS.og,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Membres'],
          summary: 'Corriger un organisme gestionnaire',
          params: ogParams,
          body: ogContract,
          response: { 204: z.null(), ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const { og } = request.params
        const saved = await saveOg(context, scope, og, request.body)
        return saved.ok ? reply.code(204).send(null) : sendRefusal(reply, saved.refusal)
      },
    )

    app.delete(
      API_PATHS.og,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Membres'],
          summary: 'Retirer un organisme gestionnaire sans ESMS',
          params: ogParams,
          response: { 204: z.null(), ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const { og } = request.params
        const removed = await removeOg(context, scope, og)
        return removed.ok ? reply.code(204).send(null) : sendRefusal(reply, removed.refusal)
      },
    )

    app.post(
      API_PATHS.allEsms,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Membres'],
          summary: 'Ajouter un ESMS',
          params: grappeParams,
          body: esmsContract,
          response: { 201: z.object({ id: z.uuid() }), ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const saved = await saveEsms(context, scope, null, request.body)
        return saved.ok ? reply.code(201).send({ id: saved.value.esmsId }) : sendRefusal(reply, saved.refusal)
      },
    )

    app.put(
      API_PATHS.esms,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Membres'],
          summary: 'Corriger un ESMS',
          params: esmsParams,
          body: esmsContract,
          response: { 204: z.null(), ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const { esms } = request.params
        const saved = await saveEsms(context, scope, esms, request.body)
        return saved.ok ? reply.code(204).send(null) : sendRefusal(reply, saved.refusal)
      },
    )

    app.post(
      API_PATHS.withdrawEsms,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Membres'],
          summary: 'Retirer un ESMS de la grappe, avec un motif',
          params: esmsParams,
          body: withdrawalContract,
          response: { 200: z.object({ removed: z.boolean() }), ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const { esms } = request.params
        const { motive } = request.body
        const withdrawn = await withdrawEsms(context, scope, esms, motive)
        return withdrawn.ok ? withdrawn.value : sendRefusal(reply, withdrawn.refusal)
      },
    )

    app.delete(
      API_PATHS.withdrawEsms,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Membres'],
          summary: 'Réintégrer un ESMS retiré',
          params: esmsParams,
          response: { 204: z.null(), ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const { esms } = request.params
        const back = await reinstateEsms(context, scope, esms)
        return back.ok ? reply.code(204).send(null) : sendRefusal(reply, back.refusal)
      },
    )

    app.put(
      API_PATHS.solution,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Membres'],
          summary: 'Choisir la solution DUI de la grappe',
          params: grappeParams,
          body: solutionContract,
          response: { 200: z.object({ id: z.uuid() }), ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const chosen = await chooseSolution(context, scope, request.body)
        return chosen.ok ? { id: chosen.value.solutionId } : sendRefusal(reply, chosen.refusal)
      },
    )

    app.get(
      API_PATHS.links,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Liens'],
          summary: 'Lister les liens remis',
          params: grappeParams,
          response: { 200: z.array(linkAnswer), ...refusals },
        },
      },
      async request => (await listLinks(context, admitted.grappe.of(request).grappeId)).map(linkOf),
    )

    app.post(
      API_PATHS.links,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Liens'],
          summary: 'Remettre un lien de lecture à l’ARS',
          params: grappeParams,
          body: reviewerLinkContract,
          response: { 201: z.object({ id: z.uuid(), address: z.string() }), ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const body = request.body
        const handed = await handToReviewer(context, scope, body)
        if (!handed.ok) return sendRefusal(reply, handed.refusal)
        return reply.code(201).send({ id: handed.value.linkId, address: handed.value.address })
      },
    )

    app.delete(
      API_PATHS.link,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Liens'],
          summary: 'Révoquer un lien',
          params: linkParams,
          response: { 204: z.null(), ...refusals },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const { link } = request.params
        const revoked = await revokeHandedLink(context, scope, link)
        return revoked.ok ? reply.code(204).send(null) : sendRefusal(reply, revoked.refusal)
      },
    )

    app.post(
      API_PATHS.invitations,
      {
        onRequest: admitted.grappe.onRequest,
        schema: {
          tags: ['Liens'],
          summary: 'Inviter un membre, ou tous, à déposer',
          params: grappeParams,
          body: invitationBody,
          response: {
            201: z.array(
              z.object({
                linkId: z.uuid(),
                owner: z.string().describe('Ce que le lien ouvre'),
                email: z.string().nullable().describe('À qui il est envoyé ; null : à remettre vous-même'),
                address: z.string(),
                mailed: z.boolean(),
              }),
            ),
            ...refusals,
          },
        },
      },
      async (request, reply) => {
        const scope = admitted.grappe.of(request)
        const body = request.body
        const answer = ({ linkId, email, owners, address, mailed }: Invitation) => ({
          linkId,
          owner: owners.map(({ name }) => name).join(', '),
          email,
          address,
          mailed,
        })
        if ('tous' in body) return reply.code(201).send((await inviteAllMembers(context, scope)).map(answer))
        const member =
          'esms' in body ? { kind: 'esms' as const, id: body.esms } : { kind: 'og' as const, id: body.og }
        const invited = await inviteMember(context, scope, member)
        return invited.ok
          ? reply.code(201).send(invited.value.map(answer))
          : sendRefusal(reply, invited.refusal)
      },
    )
  }
}
