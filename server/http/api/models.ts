/** API of the models of the kit: a porteur's own in the place of one of the server's. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { API_PATHS } from '../../../schema/urls.ts'
import { type DocumentModel, documentModels } from '../../domain/kit/models.ts'
import type { OwnModel } from '../../domain/kit/own-model.ts'
import { FACT_PLACES } from '../../domain/kit/values.ts'
import type { PorteurScope } from '../../steps/access/porteur-scope.ts'
import { type Kit, kitOfGrappe } from '../../steps/collection/hand-out-kit.ts'
import { endModel, sendModel, takeModel } from '../../steps/collection/replace-model.ts'
import { fillTried, lackingIn, ownerToTry, shelfOf } from '../../steps/collection/try-model.ts'
import type { Context } from '../../steps/ports.ts'
import { readOwnModels } from '../../steps/read/read-own-models.ts'
import { readSnapshot } from '../../steps/read/read-snapshot.ts'
import { sendDocument } from '../kit-downloads.ts'
import { OF_CALL, readModelFile, sendOneModel } from '../model-files.ts'
import { forGrappe, grappeParams } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'

export function modelsApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.models, getModels(context))
    app.post(API_PATHS.model, postModel(context))
    app.delete(API_PATHS.model, deleteModel(context))
    app.get(API_PATHS.modelFile, getModelFile(context))
    app.get(API_PATHS.tryModel, getTrial(context))
    app.post(API_PATHS.takeModel, postTaking(context))
  }
}

const params = grappeParams.extend({
  model: z.string().max(80).describe('Le code d’un document, tel que « GET …/modeles » le donne'),
})
const own = z.object({
  id: z.uuid(),
  fileName: z.string(),
  sha256: z.string(),
  size: z.int(),
  tags: z.int().describe('Nombre de balises'),
  sentBy: z.string(),
  sentAt: z.string(),
  takenAt: z.string().nullable().describe('null tant qu’il est seulement essayé'),
  endedAt: z.string().nullable().describe('Depuis quand il ne sert plus'),
})
const modelAnswer = z.object({
  code: z.string(),
  title: z.string(),
  scope: z.enum(['grappe', 'og', 'esms']),
  inPlace: own.nullable().describe('Le sien ; null : celui de l’appel, sinon celui du logiciel'),
  ofCall: z
    .object({ fileName: z.string(), sha256: z.string() })
    .nullable()
    .describe('Celui que l’appel donne : avant celui du logiciel, après le sien'),
  tried: own.nullable().describe('Envoyé, pas encore pris : rien ne change pour les membres'),
  former: z.array(own),
})
const sentAnswer = own.extend({
  triedOn: z.string().nullable().describe('Le membre de l’essai ; null quand le modèle n’est pour personne'),
  missing: z
    .array(z.object({ fact: z.string(), of: z.string().nullable(), place: z.enum(FACT_PLACES) }))
    .describe('Ce que son document montrerait comme à compléter'),
})
const bytes = { 200: z.any().describe('Les octets du fichier'), ...refusals }
const pour = z.string().max(100).default('').describe('`grappe`, ou l’identifiant d’un OG ou d’un ESMS')

const ownOf = ({ tags, model: _, ...kept }: OwnModel): z.infer<typeof own> => ({ ...kept, tags: tags.length })
const modelOf = ({ call }: PorteurScope, asked: string): DocumentModel | undefined =>
  documentModels(call.pieces).find(({ code }) => code === asked)

async function kitOf(context: Context, scope: PorteurScope): Promise<Kit | null> {
  const snapshot = await readSnapshot(context, scope.grappeId)
  return snapshot && (await kitOfGrappe(context, snapshot, scope.porteur.contactEmail))
}

const getModels = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Lire les modèles des documents : ceux du logiciel, et ceux que le porteur met à leur place',
    params: grappeParams,
    response: { 200: z.array(modelAnswer), ...refusals },
  },
  async ({ context, scope }) => {
    const all = await readOwnModels(context.db, scope.grappeId)
    return documentModels(scope.call.pieces).map(model => {
      const { inPlace, tried, former } = shelfOf(all, model)
      const { code, title } = model
      return {
        code,
        title,
        scope: model.scope,
        inPlace: inPlace && ownOf(inPlace),
        ofCall: model.ofCall ?? null,
        tried: tried && ownOf(tried),
        former: former.map(ownOf),
      }
    })
  },
)

const postModel = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Envoyer son propre modèle Word, vérifié puis gardé à l’essai',
    description:
      'En multipart/form-data, champ « fichier » (DOCX). 422 : tout ce qui est à corriger, une phrase par ' +
      'défaut ; rien n’est gardé. 201 : prêt à être essayé, puis pris par « /prise ».',
    params,
    response: { 201: sentAnswer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const model = modelOf(scope, request.params.model)
    const kit = await kitOf(context, scope)
    if (model === undefined || kit === null) return sendRefusal(reply, { code: 'not-found' })
    const file = await readModelFile(request)
    if (!file.ok) return sendRefusal(reply, { code: 'invalid-fields', fields: { fichier: file.sentence } })
    const sent = await sendModel(context, scope, kit, model, file)
    if (!sent.ok) return sendRefusal(reply, sent.refusal)
    const owner = ownerToTry(kit, model, '')
    const lacking = owner === null ? [] : lackingIn(kit, sent.value, owner)
    return reply.code(201).send({
      ...ownOf(sent.value),
      triedOn: owner?.name ?? null,
      missing: lacking.map(({ missing: fact, of, place }) => ({ fact, of, place: place.kind })),
    })
  },
)

const getModelFile = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Télécharger un modèle, à adapter (Word) : celui du logiciel, ou le sien',
    params,
    querystring: z.object({
      version: z
        .union([z.uuid(), z.literal(OF_CALL)])
        .optional()
        .describe('Sans elle : celui du logiciel ; « appel » : celui que l’appel donne'),
    }),
    response: bytes,
  },
  async ({ context, scope, request, reply }) => {
    const model = modelOf(scope, request.params.model)
    const { version } = request.query
    const sent = model && (await sendOneModel(context, reply, scope, model, version))
    return sent ?? sendRefusal(reply, { code: 'not-found' })
  },
)

const getTrial = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Télécharger le document d’un membre, rempli à partir du modèle à l’essai (Word)',
    params,
    querystring: z.object({ pour }),
    response: bytes,
  },
  async ({ context, scope, request, reply }) => {
    const model = modelOf(scope, request.params.model)
    const kit = await kitOf(context, scope)
    if (model === undefined || kit === null) return sendRefusal(reply, { code: 'not-found' })
    const shelf = shelfOf(await readOwnModels(context.db, scope.grappeId), model)
    const filled = await fillTried(context, kit, model, shelf, request.query.pour)
    return filled.ok ? sendDocument(reply, filled.value) : sendRefusal(reply, filled.refusal)
  },
)

const postTaking = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Prendre le modèle à l’essai : tous les documents sont remplis à partir de lui',
    params,
    body: z.object({ version: z.uuid() }),
    response: { 200: own, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const model = modelOf(scope, request.params.model)
    if (model === undefined) return sendRefusal(reply, { code: 'not-found' })
    const taken = await takeModel(context, scope, model, request.body.version)
    return taken.ok ? ownOf(taken.value) : sendRefusal(reply, taken.refusal)
  },
)

const deleteModel = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Revenir au modèle du logiciel, ou abandonner celui qui est à l’essai',
    params,
    querystring: z.object({ version: z.uuid() }),
    response: { 204: z.null().describe('Fait'), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const model = modelOf(scope, request.params.model)
    if (model === undefined) return sendRefusal(reply, { code: 'not-found' })
    const ended = await endModel(context, scope, model, request.query.version)
    return ended.ok ? reply.code(204).send(null) : sendRefusal(reply, ended.refusal)
  },
)
