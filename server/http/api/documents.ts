/** API of the kit: the prefilled documents of a grappe, and those of a member's link. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { kitAnswer } from '../../../schema/contracts/api.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { changeWords, type OutdatedReturn } from '../../domain/kit/changed-facts.ts'
import { type KitDocument, ownerKey } from '../../domain/kit/values.ts'
import { readMemberPieces } from '../../steps/access/member-scope.ts'
import type { PorteurScope } from '../../steps/access/porteur-scope.ts'
import {
  type Kit,
  kitOfGrappe,
  kitOfLink,
  listDocuments,
  writeDocument,
  zipDocuments,
} from '../../steps/collection/hand-out-kit.ts'
import { printIdentity } from '../../steps/collection/print-identity.ts'
import { markChangesSeen, outdatedReturns } from '../../steps/collection/returned-documents.ts'
import type { Context } from '../../steps/ports.ts'
import { readPieces } from '../../steps/read/read-pieces.ts'
import { readSnapshot } from '../../steps/read/read-snapshot.ts'
import { isHandedOut, sendDocument, sendKit, sendPdf } from '../kit-downloads.ts'
import { forGrappe, forMember, grappeParams } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'

export function documentsApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.documents, getDocuments(context))
    app.post(API_PATHS.seenChanges, postSeen(context))
    app.get(API_PATHS.identityPdf, getIdentity(context))
    app.get(API_PATHS.kitZip, getKit(context))
    app.get(API_PATHS.ownerKitZip, getOwnerKit(context))
    app.get(API_PATHS.kitDocument, getDocument(context))
    app.get(API_PATHS.memberDocuments, getOwnDocuments(context))
    app.get(API_PATHS.memberDocument, getOwnDocument(context))
  }
}

const owner = z.string().max(100).describe('`grappe`, ou l’identifiant d’un OG ou d’un ESMS')
const model = z.string().max(100).describe('Le code d’un modèle')
const bytes = { 200: z.any().describe('Les octets du fichier'), ...refusals }

const answerOf = (
  documents: readonly KitDocument[],
  outdated: readonly OutdatedReturn[],
): z.infer<typeof kitAnswer> =>
  documents.map(each => ({
    owner: ownerKey(each.owner),
    ownerName: each.owner.name,
    model: each.model.code,
    title: each.model.title,
    missing: each.missing.map(({ missing, of, place }) => ({ fact: missing, of, place: place.kind })),
    byHand: [...each.byHand],
    returned: returnedOf(
      outdated.find(({ owner, model }) => owner.id === each.owner.id && model.code === each.model.code),
    ),
  }))

function returnedOf(outdated: OutdatedReturn | undefined) {
  if (outdated === undefined) return null
  const { pieceId: piece, versionId, handedOutAt, depositedAt, changes, seen } = outdated
  const sentences = changes.map(changeWords)
  return { piece, version: versionId, handedOutAt, depositedAt, changes: sentences, seen: seen !== null }
}

async function kitOf(context: Context, scope: PorteurScope): Promise<Kit | null> {
  const snapshot = await readSnapshot(context, scope.grappeId)
  return snapshot && (await kitOfGrappe(context, snapshot, scope.porteur.contactEmail))
}

const getDocuments = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Lire les documents préremplis de la grappe, et ce qui manque à chacun',
    params: grappeParams,
    response: { 200: kitAnswer, ...refusals },
  },
  async ({ context, scope, reply }) => {
    const kit = await kitOf(context, scope)
    if (kit === null) return sendRefusal(reply, { code: 'not-found' })
    const pieces = await readPieces(context.db, scope.grappeId)
    return answerOf(await listDocuments(context, kit), await outdatedReturns(context, kit, pieces))
  },
)

const getIdentity = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Télécharger la fiche d’identité du groupement (PDF), d’après la gouvernance écrite à l’écran',
    params: grappeParams,
    response: bytes,
  },
  async ({ context, scope, reply }) => {
    const snapshot = await readSnapshot(context, scope.grappeId)
    if (snapshot === null) return sendRefusal(reply, { code: 'not-found' })
    return sendPdf(reply, await printIdentity(context, scope, snapshot))
  },
)

const getKit = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Télécharger tous les documents préremplis de la grappe (ZIP)',
    params: grappeParams,
    response: bytes,
  },
  async ({ context, scope, request, reply }) => {
    const kit = await kitOf(context, scope)
    const zipped = kit && zipDocuments(context, kit, null, isHandedOut(request))
    if (zipped === null) return sendRefusal(reply, { code: 'not-found' })
    return zipped.ok ? sendKit(reply, zipped.value) : sendRefusal(reply, zipped.refusal)
  },
)

const getOwnerKit = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Télécharger les documents de la grappe elle-même, d’un OG et de ses ESMS, ou d’un ESMS (ZIP)',
    params: grappeParams.extend({ owner }),
    response: bytes,
  },
  async ({ context, scope, request, reply }) => {
    const kit = await kitOf(context, scope)
    const zipped = kit && zipDocuments(context, kit, request.params.owner, isHandedOut(request))
    if (zipped === null) return sendRefusal(reply, { code: 'not-found' })
    return zipped.ok ? sendKit(reply, zipped.value) : sendRefusal(reply, zipped.refusal)
  },
)

const getDocument = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Télécharger un document prérempli (Word)',
    params: grappeParams.extend({ owner, model }),
    response: bytes,
  },
  async ({ context, scope, request, reply }) => {
    const kit = await kitOf(context, scope)
    const written = kit && (await writeDocument(context, kit, request.params, isHandedOut(request)))
    if (written === null) return sendRefusal(reply, { code: 'not-found' })
    return written.ok ? sendDocument(reply, written.value) : sendRefusal(reply, written.refusal)
  },
)

const postSeen = forGrappe(
  {
    tags: ['Documents'],
    summary: 'Dire que ce qui a changé depuis la remise d’un document déposé est sans conséquence',
    params: grappeParams.extend({ version: z.uuid() }),
    querystring: z.object({
      tous: z.enum(['oui', 'non']).default('non').describe('« oui » : de tous les documents du même membre'),
    }),
    response: { 204: z.null().describe('Fait'), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const kit = await kitOf(context, scope)
    if (kit === null) return sendRefusal(reply, { code: 'not-found' })
    const pieces = await readPieces(context.db, scope.grappeId)
    const asked = { versionId: request.params.version, all: request.query.tous === 'oui' }
    const marked = await markChangesSeen(context, scope, kit, pieces, asked)
    return marked.ok ? reply.code(204).send(null) : sendRefusal(reply, marked.refusal)
  },
)

const getOwnDocuments = forMember(
  {
    tags: ['Membre'],
    summary: 'Lire ses documents préremplis, et ce qui manque à chacun',
    response: { 200: kitAnswer, ...refusals },
  },
  async ({ context, scope }) => {
    const kit = await kitOfLink(context, scope)
    const pieces = (await readMemberPieces(context, scope)).map(({ piece }) => piece)
    return answerOf(await listDocuments(context, kit), await outdatedReturns(context, kit, pieces))
  },
)

const getOwnDocument = forMember(
  {
    tags: ['Membre'],
    summary: 'Télécharger un de ses documents préremplis (Word)',
    params: z.object({ owner, model }),
    response: bytes,
  },
  async ({ context, scope, request, reply }) => {
    const kit = await kitOfLink(context, scope)
    const written = await writeDocument(context, kit, request.params, isHandedOut(request))
    return written.ok ? sendDocument(reply, written.value) : sendRefusal(reply, written.refusal)
  },
)
