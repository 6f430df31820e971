/** API of the porteur: what is written to it without its asking. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { digestChoicesContract } from '../../../schema/contracts/exchanges.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { chooseDigests, readDigestChoices } from '../../steps/access/digests.ts'
import type { Context } from '../../steps/ports.ts'
import { forPorteur } from './bearer.ts'
import { refusals } from './problems.ts'

export function digestsApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.digests, getDigests(context))
    app.put(API_PATHS.digests, putDigests(context))
  }
}

const getDigests = forPorteur(
  {
    tags: ['Accès'],
    summary: 'Lire quels résumés on reçoit par e-mail',
    response: { 200: digestChoicesContract, ...refusals },
  },
  async ({ context, scope }) => readDigestChoices(context.db, scope.email),
)

const putDigests = forPorteur(
  {
    tags: ['Accès'],
    summary: 'Dire quels résumés on reçoit par e-mail',
    body: digestChoicesContract,
    response: { 200: digestChoicesContract, ...refusals },
  },
  async ({ context, scope, request }) => {
    await chooseDigests(context, scope.email, request.body)
    return await readDigestChoices(context.db, scope.email)
  },
)
