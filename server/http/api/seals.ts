/** API of the sealed versions: the porteur's, the reviewer's, and the comparison that needs no account. */
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { problemAnswer, sealAnswer, sealedFilesAnswer } from '../../../schema/contracts/api.ts'
import { API_PATHS, fill } from '../../../schema/urls.ts'
import { sealDossier } from '../../steps/dossier/seal-dossier.ts'
import type { Context } from '../../steps/ports.ts'
import {
  findSeal,
  findSealByHash,
  latestSealMark,
  listSeals,
  type SealRow,
  type SealSummary,
} from '../../steps/read/read-seals.ts'
import { sendSealedArchive, sendSealedWorkbook } from '../downloads.ts'
import { DOWNLOADED, noteDownload } from '../reviewer-downloads.ts'
import { forAnyone, forGrappe, forReviewer, grappeParams } from './bearer.ts'
import { sendRefusal } from './problems.ts'

const versionParams = z.object({ number: z.coerce.number().int().min(1).max(999_999_999) })
const sealParams = grappeParams.extend(versionParams.shape)

const readRefusals = { 401: problemAnswer, 404: problemAnswer, 409: problemAnswer }

const download = (summary: string) => ({
  summary,
  description:
    'Les octets d’une version scellée sont toujours les mêmes : ETag fort, Range (une ou plusieurs ' +
    'parts), If-Range, HEAD.',
  response: {
    200: z.any().describe('Les octets du fichier'),
    206: z.any().describe('Les parts demandées'),
    ...readRefusals,
  },
})

/** As the API tells a version. */
function answerOf(seal: SealSummary) {
  return {
    version: seal.number,
    state: seal.state,
    name: seal.name,
    complete: seal.complete,
    completeness: seal.completeness,
    sealedAt: seal.sealedAt.toISOString(),
    sealedBy: seal.sealedBy,
    seal: seal.sealHash,
    zipBytes: seal.zipLength,
    zipSha256: seal.zipSha256,
    checkedBytes: seal.checkedBytes,
    totalBytes: seal.totalBytes,
    failure: seal.failure,
    changes: seal.mark.changes,
  }
}

export function sealsApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.seals, getSeals(context))
    app.post(API_PATHS.seals, postSeal(context))
    app.get(API_PATHS.seal, getSeal(context))
    app.get(API_PATHS.sealZip, getSealZip(context))
    app.get(API_PATHS.sealXlsx, getSealXlsx(context))
    app.get(API_PATHS.arsSeals, getArsSeals(context))
    app.get(API_PATHS.arsDossierZip, getLatest(API_PATHS.arsSealZip)(context))
    app.get(API_PATHS.arsDossierXlsx, getLatest(API_PATHS.arsSealXlsx)(context))
    app.get(API_PATHS.arsSealZip, getArsSealZip(context))
    app.get(API_PATHS.arsSealXlsx, getArsSealXlsx(context))
    app.get(API_PATHS.sealByHash, getSealByHash(context))
  }
}

/** Refuses a version that is not handed out. */
async function sendOffered(
  reply: FastifyReply,
  seal: SealRow | null,
  send: (seal: SealRow) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  if (seal === null) return sendRefusal(reply, { code: 'not-found' })
  return seal.state === 'scelle' ? await send(seal) : sendRefusal(reply, { code: 'seal-not-ready' })
}

const getSeals = forGrappe(
  {
    tags: ['Dossier'],
    summary: 'Lire les versions scellées, la dernière d’abord',
    params: grappeParams,
    response: { 200: z.array(sealAnswer), ...readRefusals },
  },
  async ({ context, scope }) => (await listSeals(context, scope.grappeId)).map(answerOf),
)

const postSeal = forGrappe(
  {
    tags: ['Dossier'],
    summary: 'Sceller une version ; ses fichiers sont relus avant qu’elle soit remise',
    params: grappeParams,
    body: z.object({
      incomplet: z.boolean().default(false).describe('Sceller bien que des pièces obligatoires manquent'),
    }),
    response: { 202: sealAnswer, ...readRefusals },
  },
  async ({ context, scope, request, reply }) => {
    const sealed = await sealDossier(context, scope, { acceptIncomplete: request.body.incomplet })
    if (!sealed.ok) return sendRefusal(reply, sealed.refusal)
    const { number } = sealed.value
    const seal = (await listSeals(context, scope.grappeId)).find(each => each.number === number)
    if (seal === undefined) return sendRefusal(reply, { code: 'not-found' })
    const at = { grappe: scope.grappeId, number: String(number) }
    return reply.code(202).header('location', fill(API_PATHS.seal, at)).send(answerOf(seal))
  },
)

const getSeal = forGrappe(
  {
    tags: ['Dossier'],
    summary: 'Lire une version, et où en est sa vérification',
    params: sealParams,
    response: { 200: sealAnswer, ...readRefusals },
  },
  async ({ context, scope, request, reply }) => {
    const seals = await listSeals(context, scope.grappeId)
    const seal = seals.find(({ number }) => number === request.params.number)
    return seal === undefined ? sendRefusal(reply, { code: 'not-found' }) : answerOf(seal)
  },
)

const getSealZip = forGrappe(
  { tags: ['Dossier'], params: sealParams, ...download('Télécharger une version (ZIP)') },
  async ({ context, scope, request, reply }) => {
    const seal = await findSeal(context, scope.grappeId, request.params.number)
    return await sendOffered(reply, seal, found => sendSealedArchive(context, request, reply, found))
  },
)

const getSealXlsx = forGrappe(
  { tags: ['Dossier'], params: sealParams, ...download('Télécharger son classeur (XLSX)') },
  async ({ context, scope, request, reply }) => {
    const seal = await findSeal(context, scope.grappeId, request.params.number)
    return await sendOffered(reply, seal, found => sendSealedWorkbook(context, reply, found))
  },
)

const getArsSeals = forReviewer(
  {
    tags: ['ARS'],
    summary: 'Lire les versions scellées, la dernière d’abord',
    response: { 200: z.array(sealAnswer), ...readRefusals },
  },
  async ({ context, scope }) => {
    const seals = await listSeals(context, scope.grappeId)
    return seals.filter(({ state }) => state === 'scelle').map(answerOf)
  },
)

/** The last version has an address of its own: a download that resumes must not go on in another one. */
const getLatest = (numbered: typeof API_PATHS.arsSealZip | typeof API_PATHS.arsSealXlsx) =>
  forReviewer(
    {
      tags: ['ARS'],
      summary: 'Aller au fichier de la dernière version scellée',
      response: { 302: z.any(), ...readRefusals },
    },
    async ({ context, scope, reply }) => {
      const latest = await latestSealMark(context, scope.grappeId)
      return latest === null
        ? sendRefusal(reply, { code: 'seal-not-ready' })
        : reply.redirect(fill(numbered, { number: String(latest.number) }), 302)
    },
  )

const getArsSealZip = forReviewer(
  { tags: ['ARS'], params: versionParams, ...download('Télécharger une version (ZIP)') },
  async ({ context, scope, request, reply }) => {
    const seal = await findSeal(context, scope.grappeId, request.params.number)
    return await sendOffered(reply, seal, async found => {
      await noteDownload(context, request, scope, found, DOWNLOADED.zip)
      return await sendSealedArchive(context, request, reply, found)
    })
  },
)

const getArsSealXlsx = forReviewer(
  { tags: ['ARS'], params: versionParams, ...download('Télécharger son classeur (XLSX)') },
  async ({ context, scope, request, reply }) => {
    const seal = await findSeal(context, scope.grappeId, request.params.number)
    return await sendOffered(reply, seal, async found => {
      await noteDownload(context, request, scope, found, DOWNLOADED.xlsx)
      return await sendSealedWorkbook(context, reply, found)
    })
  },
)

const getSealByHash = forAnyone(
  {
    tags: ['Dossier'],
    summary: 'Comparer un ZIP reçu : les fichiers scellés sous ce sceau, sans jeton',
    params: z.object({
      hash: z.string().regex(/^[0-9a-fA-F]{64}$/, 'Un sceau compte 64 chiffres hexadécimaux.'),
    }),
    response: { 200: sealedFilesAnswer, 404: problemAnswer },
  },
  async ({ context, request, reply }) => {
    const found = await findSealByHash(context, request.params.hash)
    if (found === null) return sendRefusal(reply, { code: 'not-found' })
    return {
      version: found.number,
      name: found.name,
      sealedAt: found.sealedAt.toISOString(),
      erasedAt: found.erasedAt?.toISOString() ?? null,
      seal: found.sealHash,
      zipBytes: found.zipLength,
      zipSha256: found.zipSha256,
      files: found.files.map(({ path, sha256, size }) => ({ path, sha256, size })),
    }
  },
)
