/** A porteur's API tokens. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages, TOKEN_DAYS, tokenContract } from '../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../schema/urls.ts'
import type { FieldError } from '../../../templates/pages/components.tsx'
import { ApiAccess, type IssuedToken } from '../../../templates/pages/porteur/api-access.tsx'
import {
  issueApiToken,
  listApiTokens,
  listMadeByTokens,
  revokeApiToken,
} from '../../steps/access/api-tokens.ts'
import { findSessionHolder } from '../../steps/access/sign-in.ts'
import type { Context } from '../../steps/ports.ts'
import { SESSION_COOKIE } from '../security.ts'
import { passConfirmation } from './confirm-by-code.ts'
import { goTo, type PageSettings, sendPage } from './page.ts'
import { porteurGuards, type Visit } from './porteur/access.ts'
import { fieldErrors, formFields, parameter } from './request.ts'

interface Shown {
  status?: number
  typed?: Readonly<Record<string, string>>
  errors?: readonly FieldError[]
  issued?: IssuedToken
}

export function apiAccessPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { signedIn } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.apiAccess, signedIn(showTokens))
    app.post(PATHS.apiAccess, protect, signedIn(issue))
    app.post(PATHS.apiAccessRevoke, protect, signedIn(revoke))
  }
}

async function showTokens({ context, porteur, reply, frame }: Visit, shown: Shown = {}) {
  const now = context.now()
  const tokens = await listApiTokens(context, porteur.id)
  const made = await listMadeByTokens(context, porteur.id)
  const page = ApiAccess({
    frame: frame(),
    tokens: tokens.map(token => ({
      id: token.id,
      label: token.label,
      scope: token.scope ?? 'administrer',
      createdAt: token.createdAt.toISOString(),
      expiresAt: token.expiresAt.toISOString(),
      lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
      state: token.revokedAt !== null ? 'revoque' : token.expiresAt <= now ? 'expire' : 'valable',
      made: made.filter(({ tokenId }) => tokenId === token.id),
    })),
    typed: { label: '', scope: 'lire', days: String(TOKEN_DAYS.usual), ...shown.typed },
    errors: shown.errors ?? [],
    issued: shown.issued ?? null,
  })
  return sendPage(reply, page, shown.status ?? 200)
}

async function issue(visit: Visit) {
  const { context, porteur, request, reply } = visit
  const fields = formFields(request)
  const parsed = tokenContract.safeParse(fields)
  if (!parsed.success) {
    const errors = fieldErrors(fieldMessages(parsed.error))
    return await showTokens(visit, { status: 422, typed: fields, errors })
  }
  const session = await findSessionHolder(context, request.cookies[SESSION_COOKIE] ?? '')
  if (session === null) return goTo(reply, urlTo('signIn'))
  const passed = await passConfirmation(context, request, reply, {
    holder: session,
    purpose: 'jeton-api',
    action: urlTo('apiAccess'),
    page: () => {
      const frame = visit.frame()
      return { frame, porteur: frame, who: null, backHref: urlTo('apiAccess') }
    },
  })
  if (!passed) return reply
  const { label } = parsed.data
  const { token } = await issueApiToken(context, porteur, parsed.data)
  // Answered without a redirection: the token is on this one page, and in no address or cookie.
  return await showTokens(visit, { status: 201, issued: { label, token } })
}

async function revoke({ context, porteur, request, reply, refuse }: Visit) {
  const renews = formFields(request).renouveler === 'oui'
  const revoked = await revokeApiToken(context, porteur, parameter(request, 'link'), { renews })
  return revoked.ok ? goTo(reply, urlTo('apiAccess'), REVOKED) : refuse(revoked.refusal)
}

const REVOKED =
  'Accès révoqué : le programme qui s’en servait est refusé dès maintenant, et les liens qu’il avait faits ' +
  'ne fonctionnent plus.'
