/** API: signing in by mail, tokens, and the calls on offer. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  callAnswer,
  issuedTokenAnswer,
  problemAnswer,
  registryAnswer,
} from '../../../schema/contracts/api.ts'
import { programSignInContract, signInContract, tokenContract } from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { resolveCall } from '../../domain/call.ts'
import { dayOf } from '../../domain/deadline.ts'
import { issueApiToken, listApiTokens } from '../../steps/api-tokens.ts'
import { findInRegistry } from '../../steps/find-in-registry.ts'
import { revokeLink } from '../../steps/links.ts'
import type { Context } from '../../steps/ports.ts'
import { requestSignIn, signInProgram } from '../../steps/sign-in.ts'
import { callOf } from './answers.ts'
import { guards } from './bearer.ts'
import { sendRefusal } from './problems.ts'

export function accessApi(context: Context, settings: { signInLimitPerHour: number }): FastifyPluginAsyncZod {
  const admitted = guards(context)
  return async app => {
    app.post(
      API_PATHS.signIn,
      {
        config: { rateLimit: { max: settings.signInLimitPerHour, timeWindow: '1 hour' } },
        schema: {
          tags: ['Accès'],
          summary: 'Recevoir un lien de connexion par e-mail',
          body: signInContract,
          response: { 202: z.object({ detail: z.string() }), 422: problemAnswer },
        },
      },
      async (request, reply) => {
        await requestSignIn(context, request.body.email)
        return reply
          .code(202)
          .send({ detail: 'Un lien de connexion part à cette adresse. Il est valable 30 minutes.' })
      },
    )

    app.post(
      API_PATHS.signInProgram,
      {
        config: { rateLimit: { max: settings.signInLimitPerHour, timeWindow: '1 hour' } },
        schema: {
          tags: ['Accès'],
          summary: 'Échanger un lien de connexion contre un jeton d’API',
          body: programSignInContract,
          response: { 201: issuedTokenAnswer, 404: problemAnswer, 410: problemAnswer, 422: problemAnswer },
        },
      },
      async (request, reply) => {
        const signedIn = await signInProgram(context, request.body.token, request.body.label)
        if (!signedIn.ok) return sendRefusal(reply, signedIn.refusal)
        const { token, expiresAt } = signedIn.value
        return reply.code(201).send({ token, expiresAt: expiresAt.toISOString() })
      },
    )

    app.get(
      API_PATHS.tokens,
      {
        onRequest: admitted.porteur.onRequest,
        schema: {
          tags: ['Accès'],
          summary: 'Lister ses jetons d’API',
          response: {
            200: z.array(
              z.object({
                id: z.uuid(),
                label: z.string(),
                createdAt: z.iso.datetime(),
                expiresAt: z.iso.datetime(),
                revokedAt: z.iso.datetime().nullable(),
                lastUsedAt: z.iso.datetime().nullable(),
              }),
            ),
            401: problemAnswer,
          },
        },
      },
      async request => {
        const porteur = admitted.porteur.of(request)
        const tokens = await listApiTokens(context, porteur.id)
        return tokens.map(token => ({
          id: token.id,
          label: token.label,
          createdAt: token.createdAt.toISOString(),
          expiresAt: token.expiresAt.toISOString(),
          revokedAt: token.revokedAt?.toISOString() ?? null,
          lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
        }))
      },
    )

    app.post(
      API_PATHS.tokens,
      {
        onRequest: admitted.porteur.onRequest,
        schema: {
          tags: ['Accès'],
          summary: 'Créer un jeton d’API',
          body: tokenContract,
          response: { 201: issuedTokenAnswer, 401: problemAnswer, 422: problemAnswer },
        },
      },
      async (request, reply) => {
        const porteur = admitted.porteur.of(request)
        const { label } = request.body
        const { token, expiresAt } = await issueApiToken(context, porteur, label)
        return reply.code(201).send({ token, expiresAt: expiresAt.toISOString() })
      },
    )

    app.delete(
      API_PATHS.token,
      {
        onRequest: admitted.porteur.onRequest,
        schema: {
          tags: ['Accès'],
          summary: 'Révoquer un jeton d’API',
          params: z.object({ link: z.uuid() }),
          response: { 204: z.null(), 401: problemAnswer, 404: problemAnswer },
        },
      },
      async (request, reply) => {
        const porteur = admitted.porteur.of(request)
        const { link } = request.params as { link: string }
        const revoked = await revokeLink(context, link, { porteurId: porteur.id })
        return revoked.ok ? reply.code(204).send(null) : sendRefusal(reply, revoked.refusal)
      },
    )

    app.get(
      API_PATHS.registry,
      {
        onRequest: admitted.porteur.onRequest,
        schema: {
          tags: ['Membres'],
          summary: 'Chercher dans le registre FINESS par numéro, nom ou ville',
          querystring: z.object({ q: z.string().min(1).max(200) }),
          response: { 200: registryAnswer, 401: problemAnswer, 422: problemAnswer },
        },
      },
      async request => {
        const { registry, remark, hits } = await findInRegistry(context.db, request.query.q)
        return { registry, remark, hits: [...hits] }
      },
    )

    app.get(
      API_PATHS.calls,
      {
        schema: {
          tags: ['Accès'],
          summary: 'Lister les appels à projets proposés',
          response: { 200: z.array(callAnswer) },
        },
      },
      async () =>
        context.calls.map(call =>
          callOf(resolveCall(call, dayOf(context.now().toISOString(), call.window.timeZone))),
        ),
    )
  }
}
