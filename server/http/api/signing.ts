/** API of the signatures: where that of each piece stands, and noting it. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { notedAnswer, signingsAnswer } from '../../../schema/contracts/api.ts'
import { signingContract, signingsContract } from '../../../schema/contracts/signing.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { planDossier } from '../../domain/dossier-plan.ts'
import { signingsOf } from '../../domain/signing.ts'
import { noteSigning } from '../../steps/collection/note-signing.ts'
import type { Context } from '../../steps/ports.ts'
import { readSignings } from '../../steps/read/read-signings.ts'
import { readSnapshot } from '../../steps/read/read-snapshot.ts'
import { forGrappe, grappeParams, MEMBER_DOOR, type PieceDoor, PORTEUR_DOOR } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'

export function signingApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.signings, getSignings(context))
    app.post(API_PATHS.signings, postSignings(context))
    app.post(API_PATHS.signing, postSigning(PORTEUR_DOOR)(context))
    app.post(API_PATHS.memberSigning, postSigning(MEMBER_DOOR)(context))
  }
}

const tags = ['Collecte']

const getSignings = forGrappe(
  {
    tags,
    summary: 'Lire où en est la signature de chaque pièce qui en demande une',
    params: grappeParams,
    response: { 200: signingsAnswer, ...refusals },
  },
  async ({ context, scope, reply }) => {
    const snapshot = await readSnapshot(context, scope.grappeId)
    if (snapshot === null) return sendRefusal(reply, { code: 'not-found' })
    const { rows, definitions } = planDossier(snapshot)
    const followed = signingsOf(rows, definitions, await readSignings(context.db, scope.grappeId))
    return followed.map(({ pieceId, code, pieceName, ownerId, ownerName, signatory, state }) => ({
      piece: pieceId,
      code,
      name: pieceName,
      owner: { id: ownerId, name: ownerName },
      asked: signatory,
      step: state.step,
      noted: state.noted,
      returned: state.returned,
      found: state.found,
    }))
  },
)

const postSignings = forGrappe(
  {
    tags,
    summary: 'Noter la signature de plusieurs pièces à la fois',
    params: grappeParams,
    body: signingsContract,
    response: { 200: notedAnswer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { pieces, ...said } = request.body
    const noted = await noteSigning(context, { by: 'porteur', porteur: scope }, pieces, said)
    return noted.ok ? noted.value : sendRefusal(reply, noted.refusal)
  },
)

const postSigning = ({ routes, params, tagsOf }: PieceDoor) =>
  routes(
    {
      tags: tagsOf('Collecte'),
      summary: 'Noter où en est la signature d’une pièce',
      params,
      body: signingContract,
      response: { 200: z.object({ noted: z.int().describe('0 : c’était déjà noté ainsi') }), ...refusals },
    },
    async ({ context, scope: side, request, reply }) => {
      const noted = await noteSigning(context, side, [request.params.piece], request.body)
      return noted.ok ? noted.value : sendRefusal(reply, noted.refusal)
    },
  )
