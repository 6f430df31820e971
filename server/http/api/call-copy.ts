/** API of the porteur: its grappe's copy of the call adapted, and a new version of the call taken. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { day, provenanceAnswer } from '../../../schema/contracts/api.ts'
import { adaptationContract, takenVersionContract } from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { changeWords } from '../../domain/call-changes.ts'
import { conditionSentence } from '../../domain/condition.ts'
import type { WrittenCall } from '../../domain/written-call.ts'
import { kitOfGrappe } from '../../steps/collection/hand-out-kit.ts'
import { callTrial, fillCallTrial } from '../../steps/collection/try-model.ts'
import {
  adaptCall,
  bringCopyModel,
  moveCallPiece,
  undoCallAdaptation,
} from '../../steps/eligibility/adapt-call.ts'
import { readNewCallVersion, takeCallVersion } from '../../steps/eligibility/take-call-version.ts'
import type { Context } from '../../steps/ports.ts'
import { readSnapshot } from '../../steps/read/read-snapshot.ts'
import { sendDocument } from '../kit-downloads.ts'
import { readModelFile, sendCallModel } from '../model-files.ts'
import { forGrappe, grappeParams } from './bearer.ts'
import { previewAnswer, previewAnswerOf, wordsAnswer, wordsOf } from './call-preview.ts'
import { refusals, sendRefusal } from './problems.ts'

export function callCopyApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.adaptations, getAdaptations(context))
    app.post(API_PATHS.adaptations, postAdaptation(context))
    app.delete(API_PATHS.adaptation, deleteAdaptation(context))
    app.post(API_PATHS.moveCopyPiece, postMove(context))
    app.get(API_PATHS.copyModel, getModel(context))
    app.post(API_PATHS.copyModel, postModel(context))
    app.get(API_PATHS.tryCopyModel, getTrial(context))
    app.get(API_PATHS.newCallVersion, getVersion(context))
    app.post(API_PATHS.newCallVersion, postVersion(context))
  }
}

const getAdaptations = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Lire les pièces de l’appel telles que la grappe les suit, et ce que le porteur a adapté',
    params: grappeParams,
    response: {
      200: z.object({
        pieces: z.array(
          z.object({
            code: z.string(),
            name: z.string(),
            required: z.boolean(),
            asked: z.string().describe('À qui elle est demandée, en une phrase'),
            provenance: provenanceAnswer,
          }),
        ),
        adaptations: z.array(z.object({ id: z.string(), on: day, basis: z.string(), words: wordsAnswer })),
      }),
      ...refusals,
    },
  },
  async ({ scope: { call } }) => ({
    pieces: call.pieces.map(piece => ({
      code: piece.code,
      name: piece.name,
      required: piece.required,
      asked: conditionSentence(piece, call),
      provenance: piece.provenance,
    })),
    adaptations: (call.adapted ?? []).map(({ id, on, basis, change }) => ({
      id,
      on,
      basis,
      words: wordsOf(changeWords(change, call)),
    })),
  }),
)

const postAdaptation = forGrappe(
  {
    tags: ['Éligibilité'],
    summary:
      'Ajouter, modifier ou retirer une pièce de la grappe : dit d’abord ce que cela fait, puis le fait ' +
      'quand « seen » est renvoyé',
    params: grappeParams,
    body: adaptationContract,
    response: {
      200: previewAnswer,
      201: z.object({ kind: z.literal('adapted'), words: wordsAnswer, id: z.string() }),
      ...refusals,
    },
  },
  async ({ context, scope, request, reply }) => {
    const { acte, code, piece, basis, seen } = request.body
    const adapted = await adaptCall(context, scope, {
      basis,
      seen,
      change: call => withPiece(call, acte, code, piece),
    })
    if (!adapted.ok) return sendRefusal(reply, adapted.refusal)
    if (adapted.value.kind === 'adapted') {
      const { kind, id } = adapted.value
      return reply.code(201).send({ kind, id, words: wordsOf(adapted.value.words) })
    }
    return previewAnswerOf(adapted.value)
  },
)

/** The copy as the program wants it; the contract of a call judges the piece. */
function withPiece(
  call: WrittenCall,
  act: 'ajouter' | 'modifier' | 'retirer',
  code: string,
  piece: Readonly<Record<string, unknown>>,
): unknown {
  switch (act) {
    case 'ajouter':
      return { ...call, pieces: [...call.pieces, { ...piece, code }] }
    case 'modifier':
      return {
        ...call,
        pieces: call.pieces.map(each => (each.code === code ? { ...each, ...piece, code } : each)),
      }
    case 'retirer':
      return { ...call, pieces: call.pieces.filter(each => each.code !== code) }
  }
}

const deleteAdaptation = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Annuler une adaptation ; ce qui a été déposé reste dans l’historique',
    params: grappeParams.extend({ adaptation: z.string().max(60) }),
    response: { 200: z.object({ words: wordsAnswer }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const undone = await undoCallAdaptation(context, scope, request.params.adaptation)
    return undone.ok ? { words: wordsOf(undone.value.words) } : sendRefusal(reply, undone.refusal)
  },
)

const postMove = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Monter ou descendre une pièce d’un rang : l’ordre numérote les fichiers du dossier',
    params: grappeParams.extend({ piece: z.string().max(60).describe('Le code de la pièce') }),
    body: z.object({ sens: z.enum(['monter', 'descendre']) }),
    response: { 200: z.object({ codes: z.array(z.string()).describe('L’ordre obtenu') }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const step = request.body.sens === 'monter' ? -1 : 1
    const moved = await moveCallPiece(context, scope, request.params.piece, step)
    return moved.ok ? { codes: [...moved.value.codes] } : sendRefusal(reply, moved.refusal)
  },
)

const pieceParams = grappeParams.extend({ piece: z.string().max(60).describe('Le code de la pièce') })
const fileBytes = { 200: z.any().describe('Les octets du fichier'), ...refusals }

const getModel = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Télécharger le modèle Word que l’appel de la grappe donne pour une pièce, à adapter',
    params: pieceParams,
    response: fileBytes,
  },
  async ({ context, scope: { call }, request, reply }) => {
    const piece = call.pieces.find(({ code }) => code === request.params.piece)
    return (await sendCallModel(context, reply, piece)) ?? sendRefusal(reply, { code: 'not-found' })
  },
)

const postModel = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Envoyer un modèle Word pour une pièce de la grappe, vérifié puis gardé à l’essai',
    description:
      'En multipart/form-data, champ « fichier » (DOCX). 422 : tout ce qui est à corriger, une phrase par ' +
      'défaut ; rien n’est gardé. Rien ne change avant que « appel/adaptations » ne modifie la pièce, avec ' +
      '`model` tel que cette réponse le donne ; `model` vide le retire.',
    params: pieceParams,
    response: { 201: z.object({ fileName: z.string(), sha256: z.string() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const file = await readModelFile(request)
    if (!file.ok) return sendRefusal(reply, { code: 'invalid-fields', fields: { fichier: file.sentence } })
    const kept = await bringCopyModel(context, scope, request.params.piece, file)
    return kept.ok ? reply.code(201).send(kept.value) : sendRefusal(reply, kept.refusal)
  },
)

const getTrial = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Télécharger le document d’un membre, rempli à partir d’un modèle envoyé pour une pièce (Word)',
    params: pieceParams,
    querystring: z.object({
      modele: z.string().max(64).describe('Son empreinte SHA-256'),
      pour: z.string().max(100).default('').describe('`grappe`, ou l’identifiant d’un OG ou d’un ESMS'),
    }),
    response: fileBytes,
  },
  async ({ context, scope, request, reply }) => {
    const snapshot = await readSnapshot(context, scope.grappeId)
    if (snapshot === null) return sendRefusal(reply, { code: 'not-found' })
    const kit = await kitOfGrappe(context, snapshot, scope.porteur.contactEmail)
    const { modele: sha256, pour } = request.query
    const tried = { fileName: '', sha256 }
    const trial = await callTrial(context, kit, request.params.piece, tried, pour)
    const filled = trial.ok ? await fillCallTrial(context, kit, trial.value) : trial
    return filled.ok ? sendDocument(reply, filled.value) : sendRefusal(reply, filled.refusal)
  },
)

const getVersion = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Lire ce que change une nouvelle version de l’appel ; null quand la grappe suit la dernière',
    params: grappeParams,
    response: {
      200: z
        .object({
          version: z.string().describe('À renvoyer pour prendre des changements'),
          number: z.int().nullable().describe('null pour un appel livré, dont le fichier a changé'),
          publishedBy: z.string().nullable(),
          changes: z.array(z.object({ key: z.string(), words: wordsAnswer, replacesOwn: z.boolean() })),
        })
        .nullable(),
      ...refusals,
    },
  },
  async ({ context, scope }) => {
    const newer = await readNewCallVersion(context, scope)
    return (
      newer && {
        version: newer.version,
        number: newer.published?.number ?? null,
        publishedBy: newer.published?.by ?? null,
        changes: newer.changes.map(({ key, replacesOwn, ...each }) => ({
          key,
          replacesOwn,
          words: wordsOf(each.words),
        })),
      }
    )
  },
)

const postVersion = forGrappe(
  {
    tags: ['Éligibilité'],
    summary: 'Prendre des changements d’une nouvelle version de l’appel, et laisser les autres',
    params: grappeParams,
    body: takenVersionContract,
    response: { 200: z.object({ taken: z.array(z.string()), left: z.array(z.string()) }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const taken = await takeCallVersion(context, scope, request.body)
    return taken.ok
      ? { taken: [...taken.value.taken], left: [...taken.value.left] }
      : sendRefusal(reply, taken.refusal)
  },
)
