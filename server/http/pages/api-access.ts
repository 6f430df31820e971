/** A porteur's API tokens. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { fieldMessages, tokenContract } from '../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../schema/urls.ts'
import type { FieldError } from '../../../templates/pages/components.tsx'
import { ApiAccess, type IssuedToken } from '../../../templates/pages/porteur/api-access.tsx'
import { issueApiToken, listApiTokens } from '../../steps/api-tokens.ts'
import { revokeLink } from '../../steps/links.ts'
import type { Context } from '../../steps/ports.ts'
import { findSessionHolder, type Porteur } from '../../steps/sign-in.ts'
import { SESSION_COOKIE } from '../security.ts'
import {
  fieldErrors,
  formFields,
  goTo,
  type PageSettings,
  parameter,
  porteurFrameOf,
  porteurGuards,
  sendPage,
} from './page.ts'
import { passSecondStep } from './second-step.ts'

interface Shown {
  status?: number
  label?: string
  errors?: readonly FieldError[]
  issued?: IssuedToken
}

export function apiAccessPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { signedIn, refuse } = porteurGuards(context, settings)

  async function show(porteur: Porteur, request: FastifyRequest, reply: FastifyReply, shown: Shown = {}) {
    const now = context.now()
    const tokens = await listApiTokens(context, porteur.id)
    return sendPage(
      reply,
      ApiAccess({
        frame: porteurFrameOf(request, reply, settings.assetsVersion, porteur),
        tokens: tokens.map(token => ({
          id: token.id,
          label: token.label,
          createdAt: token.createdAt.toISOString(),
          expiresAt: token.expiresAt.toISOString(),
          lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
          state: token.revokedAt !== null ? 'revoque' : token.expiresAt <= now ? 'expire' : 'valable',
        })),
        label: shown.label ?? '',
        errors: shown.errors ?? [],
        issued: shown.issued ?? null,
      }),
      shown.status ?? 200,
    )
  }

  return async app => {
    app.get(
      PATHS.apiAccess,
      signedIn((porteur, request, reply) => show(porteur, request, reply)),
    )

    app.post(
      PATHS.apiAccess,
      { preHandler: app.csrfProtection },
      signedIn(async (porteur, request, reply) => {
        const fields = formFields(request)
        const parsed = tokenContract.safeParse(fields)
        if (!parsed.success) {
          const errors = fieldErrors(fieldMessages(parsed.error))
          return await show(porteur, request, reply, { status: 422, label: fields.label ?? '', errors })
        }
        const session = await findSessionHolder(context, request.cookies[SESSION_COOKIE] ?? '')
        if (session === null) return goTo(reply, urlTo('signIn'))
        const passed = await passSecondStep(context, request, reply, {
          holder: session,
          purpose: 'jeton-api',
          action: urlTo('apiAccess'),
          page: () => {
            const frame = porteurFrameOf(request, reply, settings.assetsVersion, porteur)
            return { frame, porteur: frame, who: null, backHref: urlTo('apiAccess') }
          },
        })
        if (!passed) return reply
        const { label } = parsed.data
        const { token } = await issueApiToken(context, porteur, label)
        // Answered without a redirection: the token is on this one page, and in no address or cookie.
        return await show(porteur, request, reply, { status: 201, issued: { label, token } })
      }),
    )

    app.post(
      PATHS.apiAccessRevoke,
      { preHandler: app.csrfProtection },
      signedIn(async (porteur, request, reply) => {
        const revoked = await revokeLink(context, parameter(request, 'link'), { porteurId: porteur.id })
        return revoked.ok
          ? goTo(
              reply,
              urlTo('apiAccess'),
              'Accès révoqué : le programme qui s’en servait est refusé dès maintenant.',
            )
          : refuse(request, reply, revoked.refusal)
      }),
    )
  }
}
