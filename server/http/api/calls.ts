/** API of the calls that one writes: the same for a porteur and for a reviewer who proved its address. */
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ownCallAnswer, ownCallSummaryAnswer, problemAnswer } from '../../../schema/contracts/api.ts'
import {
  archivedCallContract,
  publishedCallContract,
  savedCallContract,
  startedCallContract,
} from '../../../schema/contracts/calls.ts'
import { API_PATHS, CALL_API, type CallSide } from '../../../schema/urls.ts'
import { resolveCall } from '../../domain/call.ts'
import { dayOf } from '../../domain/deadline.ts'
import type { WrittenCall } from '../../domain/written-call.ts'
import { mayWriteCalls } from '../../steps/access/reviewer-sign-in.ts'
import {
  archiveCall,
  bringModel,
  type CallProblem,
  type CallStart,
  missingFrom,
  publishCall,
  type SavedCall,
  saveCall,
  startCall,
  withModel,
} from '../../steps/eligibility/write-call.ts'
import type { Context } from '../../steps/ports.ts'
import {
  type CallOwner,
  listOfferedCalls,
  listOwnCalls,
  type OwnCall,
  readOwnCall,
} from '../../steps/read/read-calls.ts'
import { readModelFile, sendCallModel } from '../model-files.ts'
import { problemOf } from '../refusals.ts'
import { callOf } from './answers.ts'
import { admitPorteur, admitReviewerByProof, forPorteur, proofHeaders } from './bearer.ts'
import { refusals as commonRefusals, sendProblem, sendRefusal } from './problems.ts'
import { type Routes, routesFor } from './route.ts'

/** 403: an address that the settings do not name among those that publish calls. */
const refusals = { ...commonRefusals, 403: problemAnswer }

const params = z.object({ call: z.uuid() })
const partParams = params.extend({
  part: z
    .enum(['windows', 'rules', 'money', 'pieces', 'recommendations', 'submission', 'followUp', 'retention'])
    .describe('Un champ de l’appel'),
})

export function callsApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.offeredCalls, getOffered(context))
    for (const door of [PORTEUR_DOOR, ARS_DOOR]) {
      app.get(door.paths.list, getOwn(door)(context))
      app.post(door.paths.list, postOwn(door)(context))
      app.get(door.paths.call, getOne(door)(context))
      app.put(door.paths.call, putOne(door)(context))
      app.put(door.paths.part, putPart(door)(context))
      app.post(door.paths.publish, postPublished(door)(context))
      app.post(door.paths.archive, postArchived(door)(context))
      app.get(door.paths.yaml, getYaml(door)(context))
      app.get(door.paths.pieceModel, getPieceModel(door)(context))
      app.post(door.paths.pieceModel, postPieceModel(door)(context))
      app.delete(door.paths.pieceModel, deletePieceModel(door)(context))
    }
  }
}

/** One of the two who write calls: what both may do is written once, and registered for each. */
interface CallDoor {
  routes: Routes<CallOwner>
  paths: (typeof CALL_API)[CallSide]
  /** What the description says of each of its routes. */
  told: { tags: string[]; headers?: typeof proofHeaders }
}

const PORTEUR_DOOR: CallDoor = {
  routes: routesFor<CallOwner>(async (...asked) => {
    const porteur = await admitPorteur(...asked)
    return porteur && { porteurId: porteur.id, email: porteur.email }
  }),
  paths: CALL_API.porteur,
  told: { tags: ['Appels'] },
}

const ARS_DOOR: CallDoor = {
  routes: routesFor<CallOwner>(async (context, request, reply) => {
    const reviewer = await admitReviewerByProof(context, request, reply)
    if (reviewer === null) return null
    if (mayWriteCalls(context, reviewer.email)) return { reviewerEmail: reviewer.email }
    sendRefusal(reply, { code: 'not-a-call-writer' })
    return null
  }),
  paths: CALL_API.ars,
  told: { tags: ['ARS'], headers: proofHeaders },
}

function summaryOf({ id, code, draft, revision, published, isChanged, archivedAt, grappes }: OwnCall) {
  return {
    id,
    code,
    title: draft.title,
    revision,
    version: published?.number ?? null,
    changed: isChanged,
    archived: archivedAt !== null,
    grappes,
  }
}

const answerOf = async (context: Context, call: OwnCall) => ({
  ...summaryOf(call),
  call: { ...call.draft },
  unknownKeys: [...call.unknownKeys],
  missing: (await missingFrom(context, call.draft)).map(({ path, sentence }) => ({ path, sentence })),
})

const problemsAnswer = (problems: readonly CallProblem[]) => ({
  ...problemOf({ code: 'invalid-fields' }),
  fields: Object.fromEntries(problems.map(({ path, sentence }) => [path || 'call', sentence])),
})

const getOffered = forPorteur(
  {
    tags: ['Appels'],
    summary: 'Lister les appels auxquels une grappe peut répondre : livrés, publiés par une ARS, les siens',
    response: {
      200: z.array(
        z.object({
          code: z.string(),
          title: z.string(),
          origin: z.enum(['livre', 'propre', 'ars']),
          publishedBy: z.string().nullable(),
          version: z.number().int().nullable(),
          opensOn: z.string().nullable(),
          closesOn: z.string().nullable(),
        }),
      ),
      401: problemAnswer,
    },
  },
  async ({ context, scope: porteur }) => {
    const now = context.now()
    const offered = await listOfferedCalls(context, porteur.id)
    return offered.map(({ template, origin, publishedBy, version }) => {
      const call = resolveCall(template, dayOf(now.toISOString(), template.timeZone))
      const { code, title, opensOn, closesOn } = callOf(call, now)
      return { code, title, origin, publishedBy, version, opensOn, closesOn }
    })
  },
)

const getOwn = ({ routes, told }: CallDoor) =>
  routes(
    {
      ...told,
      summary: 'Lister les appels que l’on écrit',
      response: { 200: z.array(ownCallSummaryAnswer), 401: problemAnswer, 403: problemAnswer },
    },
    async ({ context, scope }) => (await listOwnCalls(context, scope)).map(summaryOf),
  )

const postOwn = ({ routes, told }: CallDoor) =>
  routes(
    {
      ...told,
      summary: 'Commencer un appel : de rien, d’un autre appel, ou du texte d’un fichier YAML',
      body: startedCallContract,
      response: { 201: ownCallAnswer, ...refusals },
    },
    async ({ context, scope, request, reply }) => {
      const start = startOf(context, request.body)
      if (!start.ok) {
        return sendProblem(reply, {
          ...problemOf({ code: 'invalid-fields' }),
          fields: { yaml: start.problems.join(' ') },
        })
      }
      const started = await startCall(context, scope, start.start)
      if (!started.ok) {
        return 'problems' in started
          ? sendProblem(reply, problemsAnswer(started.problems))
          : sendRefusal(reply, started.refusal)
      }
      const call = await readOwnCall(context, scope, started.value.callId)
      return call === null
        ? sendRefusal(reply, { code: 'not-found' })
        : reply.code(201).send(await answerOf(context, call))
    },
  )

function startOf(
  { callYaml }: Context,
  body: z.infer<typeof startedCallContract>,
): { ok: true; start: CallStart } | { ok: false; problems: readonly string[] } {
  if ('code' in body) return { ok: true, start: { from: 'appel', code: body.code } }
  if ('title' in body) return { ok: true, start: { from: 'vide', title: body.title, provenance: null } }
  const read = callYaml.read(body.yaml)
  return read.ok ? { ok: true, start: { from: 'fichier', call: read.call } } : read
}

const getOne = ({ routes, told }: CallDoor) =>
  routes(
    {
      ...told,
      summary: 'Lire un appel que l’on écrit, et ce qu’il lui manque',
      params,
      response: { 200: ownCallAnswer, ...refusals },
    },
    async ({ context, scope, request, reply }) => {
      const call = await readOwnCall(context, scope, request.params.call)
      return call === null ? sendRefusal(reply, { code: 'not-found' }) : await answerOf(context, call)
    },
  )

/** Saves and answers the call as it is from then on. */
async function save(
  { context, scope, reply }: { context: Context; scope: CallOwner; reply: FastifyReply },
  callId: string,
  wanted: { revision: number | null; change: (call: WrittenCall) => WrittenCall },
) {
  return await answerSaved({ context, scope, reply }, callId, await saveCall(context, scope, callId, wanted))
}

async function answerSaved(
  { context, scope, reply }: { context: Context; scope: CallOwner; reply: FastifyReply },
  callId: string,
  saved: SavedCall,
) {
  const call = saved.ok ? await readOwnCall(context, scope, callId) : null
  if (call !== null) return await answerOf(context, call)
  return !saved.ok && saved.refusal === 'problems'
    ? sendProblem(reply, problemsAnswer(saved.problems))
    : sendRefusal(reply, { code: !saved.ok && saved.refusal === 'changed' ? 'call-changed' : 'not-found' })
}

const putOne = ({ routes, told }: CallDoor) =>
  routes(
    {
      ...told,
      summary: 'Remplacer tout un appel ; son code reste',
      params,
      body: savedCallContract,
      response: { 200: ownCallAnswer, ...refusals },
    },
    async ({ context, scope, request, reply }) => {
      const { revision, value } = request.body
      // Checked when it is saved, as a file would be.
      const change = () => value as unknown as WrittenCall
      return await save({ context, scope, reply }, request.params.call, { revision, change })
    },
  )

const putPart = ({ routes, told }: CallDoor) =>
  routes(
    {
      ...told,
      summary: 'Remplacer une partie d’un appel, telle que ses fenêtres, ses pièces ou le lieu de dépôt',
      params: partParams,
      body: savedCallContract,
      response: { 200: ownCallAnswer, ...refusals },
    },
    async ({ context, scope, request, reply }) => {
      const { revision, value } = request.body
      const { part } = request.params
      const change = (call: WrittenCall) => ({ ...call, [part]: value }) as WrittenCall
      return await save({ context, scope, reply }, request.params.call, { revision, change })
    },
  )

const postPublished = ({ routes, told }: CallDoor) =>
  routes(
    {
      ...told,
      summary: 'Publier une version de l’appel : de nouvelles grappes peuvent y répondre',
      params,
      body: publishedCallContract,
      response: { 201: z.object({ version: z.number().int() }), ...refusals },
    },
    async ({ context, scope, request, reply }) => {
      const published = await publishCall(context, scope, request.params.call, request.body?.revision)
      if (published.ok) return reply.code(201).send({ version: published.value.number })
      return 'problems' in published
        ? sendProblem(reply, problemsAnswer(published.problems))
        : sendRefusal(reply, published.refusal)
    },
  )

const postArchived = ({ routes, told }: CallDoor) =>
  routes(
    {
      ...told,
      summary: 'Archiver un appel, ou le reprendre : rien n’est supprimé',
      params,
      body: archivedCallContract,
      response: { 204: z.null(), ...refusals },
    },
    async ({ context, scope, request, reply }) => {
      const done = await archiveCall(context, scope, request.params.call, request.body.archived)
      return done.ok ? reply.code(204).send(null) : sendRefusal(reply, done.refusal)
    },
  )

const getYaml = ({ routes, told }: CallDoor) =>
  routes(
    {
      ...told,
      summary: 'Télécharger l’appel en YAML, que « npm run call -- check » sait vérifier',
      params,
      response: { 200: z.string(), ...refusals },
    },
    async ({ context, scope, request, reply }) => {
      const call = await readOwnCall(context, scope, request.params.call)
      if (call === null) return sendRefusal(reply, { code: 'not-found' })
      return reply
        .type('application/yaml; charset=utf-8')
        .serializer((text: string) => text)
        .send(context.callYaml.write(call.draft))
    },
  )

const modelParams = params.extend({ piece: z.string().max(60).describe('Le code de la pièce') })
const revisionAsked = z.object({
  revision: z.coerce
    .number()
    .int()
    .optional()
    .describe('Celle que l’on a lue ; sans elle, telle qu’elle est'),
})

const getPieceModel = ({ routes, told }: CallDoor) =>
  routes(
    {
      ...told,
      summary: 'Télécharger le modèle Word que l’appel donne pour une pièce, à adapter',
      params: modelParams,
      response: { 200: z.any().describe('Les octets du fichier'), ...refusals },
    },
    async ({ context, scope, request, reply }) => {
      const call = await readOwnCall(context, scope, request.params.call)
      const piece = call?.draft.pieces.find(({ code }) => code === request.params.piece)
      return (await sendCallModel(context, reply, piece)) ?? sendRefusal(reply, { code: 'not-found' })
    },
  )

const postPieceModel = ({ routes, told }: CallDoor) =>
  routes(
    {
      ...told,
      summary: 'Donner un modèle Word pour une pièce, vérifié puis gardé dans le brouillon de l’appel',
      description:
        'En multipart/form-data, champ « fichier » (DOCX). 422 : tout ce qui est à corriger, une phrase ' +
        'par défaut ; rien n’est gardé. Les versions publiées et les grappes ne changent pas.',
      params: modelParams,
      querystring: revisionAsked,
      response: { 200: ownCallAnswer, ...refusals },
    },
    async ({ context, scope, request, reply }) => {
      const { call, piece } = request.params
      // Before a byte is read: whose call it is comes first.
      if ((await readOwnCall(context, scope, call)) === null) return sendRefusal(reply, { code: 'not-found' })
      const file = await readModelFile(request)
      if (!file.ok) return sendRefusal(reply, { code: 'invalid-fields', fields: { fichier: file.sentence } })
      const { revision = null } = request.query
      const saved = await bringModel(context, scope, call, { piece, revision, file })
      return !saved.ok && typeof saved.refusal === 'object'
        ? sendRefusal(reply, saved.refusal)
        : await answerSaved({ context, scope, reply }, call, saved as SavedCall)
    },
  )

const deletePieceModel = ({ routes, told }: CallDoor) =>
  routes(
    {
      ...told,
      summary: 'Retirer du brouillon le modèle Word d’une pièce',
      params: modelParams,
      querystring: revisionAsked,
      response: { 200: ownCallAnswer, ...refusals },
    },
    async ({ context, scope, request, reply }) => {
      const { call, piece } = request.params
      const { revision = null } = request.query
      const change = (draft: WrittenCall) => withModel(draft, piece, undefined)
      return await save({ context, scope, reply }, call, { revision, change })
    },
  )
