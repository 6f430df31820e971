/** API of the porteur: its grappes, their verdict, their board. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  boardAnswer,
  grappeAnswer,
  grappeSummaryAnswer,
  journalAnswer,
  mailAnswer,
  marginAnswer,
  problemAnswer,
  verdictAnswer,
} from '../../../schema/contracts/api.ts'
import {
  archivedGrappeContract,
  copyGrappeContract,
  declarationsContract,
  grappeContract,
  grappeNameContract,
} from '../../../schema/contracts/members.ts'
import { API_PATHS, fill } from '../../../schema/urls.ts'
import { marginOf, whatIf } from '../../domain/margin.ts'
import { heldKinds } from '../../domain/role.ts'
import { readMailsOfGrappe } from '../../steps/access/send-mail.ts'
import { markSentByHand } from '../../steps/collection/send-by-hand.ts'
import { archiveGrappe } from '../../steps/eligibility/archive-grappe.ts'
import { copyGrappe } from '../../steps/eligibility/copy-grappe.ts'
import { createGrappe, listGrappes } from '../../steps/eligibility/create-grappe.ts'
import { declareFacts } from '../../steps/eligibility/declare-facts.ts'
import { renameGrappe } from '../../steps/eligibility/rename-grappe.ts'
import type { Context } from '../../steps/ports.ts'
import type { KeptBoards } from '../../steps/read/kept-boards.ts'
import { readGrappe } from '../../steps/read/read-grappe.ts'
import { MOST_LINES_AT_ONCE, readJournalFrom } from '../../steps/read/read-journal.ts'
import { readSnapshot } from '../../steps/read/read-snapshot.ts'
import { grappeOf, mailOf, verdictOf } from './answers.ts'
import { forGrappe, forMarks, forPorteur, grappeParams } from './bearer.ts'
import { type DrawnBoards, drawnBoards } from './drawn-boards.ts'
import { refusals, sendRefusal } from './problems.ts'

export function grappesApi(context: Context, boards: KeptBoards): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.grappes, getGrappes(context))
    app.post(API_PATHS.grappes, postGrappe(context))
    app.get(API_PATHS.grappe, getGrappe(context))
    app.put(API_PATHS.grappe, putGrappe(context))
    app.post(API_PATHS.archiveGrappe, postArchived(context))
    app.post(API_PATHS.copyGrappe, postCopy(context))
    app.get(API_PATHS.eligibility, getEligibility(context))
    app.get(API_PATHS.margin, getMargin(context))
    app.put(API_PATHS.declarations, putDeclarations(context))
    app.get(API_PATHS.board, getBoard(drawnBoards(context, boards))(context))
    app.get(API_PATHS.journal, getJournal(context))
    app.get(API_PATHS.mails, getMails(context))
    app.put(API_PATHS.mail, putMail(context))
  }
}

const getGrappes = forPorteur(
  {
    tags: ['Grappe'],
    summary: 'Lister ses grappes',
    response: { 200: z.array(grappeSummaryAnswer), 401: problemAnswer },
  },
  async ({ context, scope: porteur }) => {
    const grappes = await listGrappes(context, porteur.id)
    return grappes.map(({ createdAt, archivedAt, ...grappe }) => ({
      ...grappe,
      createdAt: createdAt.toISOString(),
      archivedAt: archivedAt?.toISOString() ?? null,
    }))
  },
)

const postGrappe = forPorteur(
  {
    tags: ['Grappe'],
    summary: 'Créer une grappe à partir d’un appel',
    body: grappeContract,
    response: { 201: grappeAnswer, ...refusals },
  },
  async ({ context, scope: porteur, request, reply }) => {
    const created = await createGrappe(context, porteur, request.body)
    if (!created.ok) return sendRefusal(reply, created.refusal)
    const record = await readGrappe(context.db, created.value.grappeId)
    return record === null
      ? sendRefusal(reply, { code: 'not-found' })
      : reply.code(201).send(grappeOf(record, context.now()))
  },
)

const getGrappe = forGrappe(
  {
    tags: ['Grappe'],
    summary: 'Lire une grappe, ses OG, ses ESMS et sa solution',
    params: grappeParams,
    response: { 200: grappeAnswer, ...refusals },
  },
  async ({ context, scope, reply }) => {
    const record = await readGrappe(context.db, scope.grappeId)
    return record === null ? sendRefusal(reply, { code: 'not-found' }) : grappeOf(record, context.now())
  },
)

const putGrappe = forGrappe(
  {
    tags: ['Grappe'],
    summary: 'Renommer une grappe ; les versions scellées gardent leur nom',
    params: grappeParams,
    body: grappeNameContract,
    response: { 200: z.object({ before: z.string() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const renamed = await renameGrappe(context, scope, request.body)
    return renamed.ok ? renamed.value : sendRefusal(reply, renamed.refusal)
  },
)

const postArchived = forGrappe(
  {
    tags: ['Grappe'],
    summary: 'Archiver une grappe, ou la reprendre : rien n’est supprimé',
    params: grappeParams,
    body: archivedGrappeContract,
    response: { 200: z.object({ changed: z.boolean() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const archived = await archiveGrappe(context, scope, request.body.archived)
    return archived.ok ? archived.value : sendRefusal(reply, archived.refusal)
  },
)

const postCopy = forGrappe(
  {
    tags: ['Grappe'],
    summary: 'Créer une grappe avec les membres de celle-ci, pour un autre appel ; aucun dépôt ne suit',
    params: grappeParams,
    body: copyGrappeContract,
    response: {
      201: z.object({
        id: z.uuid(),
        ogs: z.int(),
        members: z.int(),
        contacts: z.int(),
        solutions: z.int(),
        answers: z.int().describe('Réponses aux questions que les deux appels posent mot pour mot'),
        left: z.int().describe('ESMS retirés, qui ne suivent pas'),
      }),
      ...refusals,
    },
  },
  async ({ context, scope, request, reply }) => {
    const copied = await copyGrappe(context, scope, request.body)
    if (!copied.ok) return sendRefusal(reply, copied.refusal)
    const { grappeId, copied: counted } = copied.value
    const none = { ogs: 0, members: 0, contacts: 0, solutions: 0, answers: 0, left: 0 }
    return reply.code(201).send({ id: grappeId, ...(counted ?? none) })
  },
)

const getEligibility = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Lire le verdict, critère par critère',
    params: grappeParams,
    response: { 200: verdictAnswer, ...refusals },
  },
  async ({ context, scope, reply }) => {
    const snapshot = await readSnapshot(context, scope.grappeId)
    return snapshot === null ? sendRefusal(reply, { code: 'not-found' }) : verdictOf(snapshot.verdict)
  },
)

const getMargin = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Lire la marge, et le verdict si certains ESMS partaient',
    params: grappeParams,
    querystring: z.object({
      sans: z.string().max(10_000).optional().describe('Identifiants d’ESMS, séparés par des virgules'),
    }),
    response: { 200: marginAnswer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const snapshot = await readSnapshot(context, scope.grappeId)
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

const putDeclarations = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Noter ce que les membres déclarent',
    params: grappeParams,
    body: declarationsContract,
    response: { 200: z.object({ changed: z.number().int() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const declared = await declareFacts(context, scope, request.body)
    return declared.ok ? declared.value : sendRefusal(reply, declared.refusal)
  },
)

const getBoard = (boards: DrawnBoards) =>
  forMarks(
    {
      tags: ['Collecte'],
      summary: 'Lire le tableau membre × pièce (304 si rien n’a changé)',
      params: grappeParams,
      response: { 200: boardAnswer, 304: z.null(), ...refusals },
    },
    async ({ scope: marks, request, reply }) => {
      const etag = boards.etag(marks)
      reply.header('etag', etag).header('cache-control', 'private, no-cache')
      if (request.headers['if-none-match'] === etag) return reply.code(304).send(null)
      const board = await boards.read(marks.grappeId, etag)
      if (board === null) return sendRefusal(reply, { code: 'not-found' })
      // Ready bytes: checked against the contract by the compiler, and by the tests.
      const bytes: unknown = board.json
      return reply
        .header('etag', board.etag)
        .type('application/json; charset=utf-8')
        .send(bytes as z.infer<typeof boardAnswer>)
    },
  )

const getJournal = forGrappe(
  {
    tags: ['Grappe'],
    summary: 'Lire le journal, de la plus ancienne ligne à la plus récente',
    description:
      `Au plus ${MOST_LINES_AT_ONCE} lignes par réponse. Quand d’autres suivent, l’en-tête « Link » donne ` +
      'leur adresse, avec rel="next" (RFC 8288).',
    params: grappeParams,
    querystring: z.object({
      apres: z.coerce
        .number()
        .int()
        .positive()
        .max(Number.MAX_SAFE_INTEGER)
        .optional()
        .describe('La ligne après laquelle commencer, telle que l’en-tête « Link » la donne'),
    }),
    response: { 200: journalAnswer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { grappeId } = scope
    const { lines, next } = await readJournalFrom(context.db, grappeId, request.query.apres ?? null)
    if (next !== null) {
      reply.header('link', `<${fill(API_PATHS.journal, { grappe: grappeId })}?apres=${next}>; rel="next"`)
    }
    return lines.map(({ id: _, facts, ...line }) => ({ ...line, facts: facts && { ...facts } }))
  },
)

const getMails = forGrappe(
  {
    tags: ['Collecte'],
    summary: 'Lire les messages de la grappe',
    params: grappeParams,
    response: { 200: z.array(mailAnswer), ...refusals },
  },
  async ({ context, scope }) =>
    (await readMailsOfGrappe(context, scope.grappeId, heldKinds(scope.porteur.role))).map(mailOf),
)

const putMail = forGrappe(
  {
    tags: ['Collecte'],
    summary: 'Noter qu’un message a été envoyé à la main, ou ne l’est pas encore',
    params: grappeParams.extend({ mail: z.uuid() }),
    body: z.strictObject({ envoye: z.boolean() }),
    response: { 200: mailAnswer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const mailId = request.params.mail
    await markSentByHand(context, scope, [mailId], request.body.envoye)
    const mail = (await readMailsOfGrappe(context, scope.grappeId, heldKinds(scope.porteur.role))).find(
      ({ id }) => id === mailId,
    )
    return mail === undefined ? sendRefusal(reply, { code: 'not-found' }) : mailOf(mail)
  },
)
