/** API: signing in by mail, tokens, and the calls on offer. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  callAnswer,
  issuedTokenAnswer,
  problemAnswer,
  registryAnswer,
} from '../../../schema/contracts/api.ts'
import { programSignInContract, signInContract } from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { resolveCall } from '../../domain/call.ts'
import { dayOf } from '../../domain/deadline.ts'
import { ROLES } from '../../domain/role.ts'
import { listApiTokens, revokeApiToken } from '../../steps/access/api-tokens.ts'
import { requestReviewerSignIn, signInReviewerProgram } from '../../steps/access/reviewer-sign-in.ts'
import { requestSignIn, signInProgram } from '../../steps/access/sign-in.ts'
import { findInRegistry } from '../../steps/eligibility/find-in-registry.ts'
import type { Context } from '../../steps/ports.ts'
import { placeOf } from '../pages/request.ts'
import type { PacedSignIn } from '../sign-in-pace.ts'
import { callOf } from './answers.ts'
import { forAnyone, forPorteur } from './bearer.ts'
import { sendRefusal } from './problems.ts'

/** What its sign-in asks of the settings, as the pages do. */
interface AccessSettings {
  signInLimitPerHour: number
  paceSignIn: PacedSignIn
}

export function accessApi(context: Context, settings: AccessSettings): FastifyPluginAsyncZod {
  const limited = { config: { rateLimit: { max: settings.signInLimitPerHour, timeWindow: '1 hour' } } }
  return async app => {
    app.post(API_PATHS.signIn, { ...postSignIn(settings)(context), ...limited })
    app.post(API_PATHS.signInProgram, { ...postSignInProgram(context), ...limited })
    app.post(API_PATHS.arsSignIn, { ...postArsSignIn(settings)(context), ...limited })
    app.post(API_PATHS.arsSignInProgram, { ...postArsSignInProgram(context), ...limited })
    app.get(API_PATHS.tokens, getTokens(context))
    app.delete(API_PATHS.token, deleteToken(context))
    app.get(API_PATHS.registry, getRegistry(context))
    app.get(API_PATHS.calls, getCalls(context))
  }
}

const postSignIn = ({ paceSignIn }: AccessSettings) =>
  forAnyone(
    {
      tags: ['Accès'],
      summary: 'Recevoir un lien de connexion par e-mail',
      body: signInContract,
      response: { 202: z.object({ detail: z.string() }), 422: problemAnswer, 429: problemAnswer },
    },
    async ({ context, request, reply }) => {
      const { email } = request.body
      await paceSignIn(request, email, () => requestSignIn(context, email))
      return reply
        .code(202)
        .send({ detail: 'Un lien de connexion part à cette adresse. Il est valable 30 minutes.' })
    },
  )

const postSignInProgram = forAnyone(
  {
    tags: ['Accès'],
    summary: 'Échanger un lien de connexion contre un jeton d’API',
    description:
      'Un jeton naît d’une preuve, ici le lien reçu par e-mail, et jamais d’un autre jeton. Il vit ' +
      '7 jours, ou jusqu’à 90 (days). Il lit seulement, sauf si scope dit « controler » ou ' +
      '« administrer ».',
    body: programSignInContract,
    response: { 201: issuedTokenAnswer, 404: problemAnswer, 410: problemAnswer, 422: problemAnswer },
  },
  async ({ context, request, reply }) => {
    const { token: linkToken, ...asked } = request.body
    const signedIn = await signInProgram(context, linkToken, asked)
    if (!signedIn.ok) return sendRefusal(reply, signedIn.refusal)
    const { token, expiresAt } = signedIn.value
    return reply.code(201).send({ token, expiresAt: expiresAt.toISOString() })
  },
)

const postArsSignIn = ({ paceSignIn }: AccessSettings) =>
  forAnyone(
    {
      tags: ['ARS'],
      summary: 'Recevoir un lien de connexion par e-mail, sans qu’un dossier ait été remis',
      description:
        'Il part aux adresses à qui un dossier a été remis, et à celles que ce serveur nomme parmi celles ' +
        'qui publient des appels. La réponse est la même pour les autres.',
      body: signInContract,
      response: { 202: z.object({ detail: z.string() }), 422: problemAnswer, 429: problemAnswer },
    },
    async ({ context, request, reply }) => {
      const { email } = request.body
      await paceSignIn(request, email, () => requestReviewerSignIn(context, email))
      return reply.code(202).send({
        detail: 'Si cette adresse est connue, un lien de connexion y part. Il est valable 30 minutes.',
      })
    },
  )

const postArsSignInProgram = forAnyone(
  {
    tags: ['ARS'],
    summary: 'Échanger un lien de connexion contre la preuve à envoyer dans l’en-tête « X-Preuve »',
    body: z.object({ token: z.string().min(20).describe('Le dernier segment de l’adresse du lien') }),
    response: {
      201: z.object({ proof: z.string(), expiresAt: z.iso.datetime() }),
      404: problemAnswer,
      410: problemAnswer,
      422: problemAnswer,
    },
  },
  async ({ context, request, reply }) => {
    const opened = await signInReviewerProgram(context, request.body.token, placeOf(request))
    if (!opened.ok) return sendRefusal(reply, opened.refusal)
    const { sessionToken, expiresAt } = opened.value
    return reply.code(201).send({ proof: sessionToken, expiresAt: expiresAt.toISOString() })
  },
)

const getTokens = forPorteur(
  {
    tags: ['Accès'],
    summary: 'Lister ses jetons d’API',
    response: {
      200: z.array(
        z.object({
          id: z.uuid(),
          label: z.string(),
          scope: z.enum(ROLES).describe('Le plus qu’il puisse, quoi que puisse sa personne'),
          createdAt: z.iso.datetime(),
          expiresAt: z.iso.datetime(),
          revokedAt: z.iso.datetime().nullable(),
          lastUsedAt: z.iso.datetime().nullable(),
        }),
      ),
      401: problemAnswer,
    },
  },
  async ({ context, scope: porteur }) => {
    const tokens = await listApiTokens(context, porteur.id)
    return tokens.map(token => ({
      id: token.id,
      label: token.label,
      scope: token.scope ?? 'administrer',
      createdAt: token.createdAt.toISOString(),
      expiresAt: token.expiresAt.toISOString(),
      revokedAt: token.revokedAt?.toISOString() ?? null,
      lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
    }))
  },
)

const deleteToken = forPorteur(
  {
    tags: ['Accès'],
    summary: 'Révoquer un jeton d’API, et les liens qu’il a faits',
    description:
      'Les liens de membres, de l’ARS et d’agenda faits par ce jeton cessent avec lui. Pour en donner ' +
      'd’autres : « invitations » et « liens », ou la page Accès API, qui le propose.',
    params: z.object({ link: z.uuid() }),
    response: { 204: z.null(), 401: problemAnswer, 404: problemAnswer },
  },
  async ({ context, scope: porteur, request, reply }) => {
    const { link } = request.params as { link: string }
    const revoked = await revokeApiToken(context, porteur, link, { renews: false })
    return revoked.ok ? reply.code(204).send(null) : sendRefusal(reply, revoked.refusal)
  },
)

const getRegistry = forPorteur(
  {
    tags: ['Membres'],
    summary: 'Chercher dans le registre FINESS par numéro, nom ou ville',
    querystring: z.object({ q: z.string().min(1).max(200) }),
    response: { 200: registryAnswer, 401: problemAnswer, 422: problemAnswer },
  },
  async ({ context, request }) => {
    const { registry, remark, hits } = await findInRegistry(context.db, request.query.q)
    return { registry, remark, hits: [...hits] }
  },
)

const getCalls = forAnyone(
  {
    tags: ['Accès'],
    summary: 'Lister les appels à projets proposés',
    response: { 200: z.array(callAnswer) },
  },
  async ({ context }) =>
    context.calls.map(call =>
      callOf(resolveCall(call, dayOf(context.now().toISOString(), call.timeZone)), context.now()),
    ),
)
