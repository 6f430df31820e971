/**
 * Signing in and out by a provider such as ProConnect. What there is to keep meanwhile stays in the browser,
 * sealed: nothing of it is on the server.
 */
import { randomBytes } from 'node:crypto'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { SignedOut } from '../../../../templates/pages/signed-out.tsx'
import {
  beginProviderSignIn,
  endAtProvider,
  finishProviderSignIn,
} from '../../../steps/access/provider-sign-in.ts'
import type { Context, PendingSignIn } from '../../../steps/ports.ts'
import type { Refusal } from '../../../steps/refusals.ts'
import { problemOf } from '../../refusals.ts'
import { REVIEWER_COOKIE, REVIEWER_PATH } from '../../security.ts'
import { frameOf, goTo, type PageSettings, sendPage, sendProblemPage } from '../page.ts'
import { placeOf } from '../request.ts'

/** Each cookie travels to the one address that reads it. */
const PENDING = { cookie: 'connexion', path: PATHS.arsProviderReturn }
const TOKEN = { cookie: 'jeton', path: PATHS.arsSignOut }
const LEAVING = { cookie: 'sortie', path: PATHS.arsProviderLeft }

export function providerPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { provider } = context
  return async app => {
    // Without a provider these addresses do not exist.
    if (provider === null) return
    const limited = {
      config: { rateLimit: { max: settings.signInLimitPerHour, timeWindow: '1 hour' } },
    }
    const refuse = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal) => {
      const { reason } = refusal.facts ?? {}
      if (reason !== undefined)
        request.log.warn({ refusal: refusal.code, reason }, 'No sign-in by the provider')
      return sendProblemPage(request, reply, settings.assetsVersion, problemOf(refusal))
    }

    app.get(PATHS.arsProvider, limited, async (request, reply) => {
      const begun = await beginProviderSignIn(context, provider)
      if (!begun.ok) return refuse(request, reply, begun.refusal)
      const { address, pending } = begun.value
      keep(settings, reply, PENDING, JSON.stringify(pending))
      return goTo(reply, address)
    })

    app.get(PATHS.arsProviderReturn, limited, async (request, reply) => {
      const kept = take(settings, request, reply, PENDING)
      const pending = kept === null ? null : (JSON.parse(kept) as PendingSignIn)
      const query = request.url.split('?')[1] ?? ''
      const finished = await finishProviderSignIn(context, provider, pending, query, placeOf(request))
      if (!finished.ok) return refuse(request, reply, finished.refusal)
      const { sessionToken, expiresAt, idToken } = finished.value
      reply.setCookie(REVIEWER_COOKIE, sessionToken, { path: REVIEWER_PATH, expires: expiresAt })
      keep(settings, reply, TOKEN, idToken)
      return goTo(reply, urlTo('arsDossiers'))
    })

    app.get(PATHS.arsProviderLeft, async (request, reply) => {
      const state = take(settings, request, reply, LEAVING)
      const isAsked = state !== null && (request.query as { state?: unknown }).state === state
      return goTo(
        reply,
        urlTo('home'),
        isAsked ? `Vous êtes déconnecté, ici et de ${provider.name}.` : undefined,
      )
    })
  }
}

/**
 * After a reviewer signed out here: sends the page that leads it out of the provider too, if it came by it.
 * A redirection would not do: the policy against forged forms stops one that leaves this site.
 *
 * @returns false when nothing was sent.
 */
export async function leadOutOfProvider(
  context: Context,
  settings: PageSettings,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  const { provider } = context
  const idToken = take(settings, request, reply, TOKEN)
  if (provider === null || idToken === null) return false
  const state = randomBytes(32).toString('base64url')
  const address = await endAtProvider(context, provider, idToken, state)
  if (address === null) return false
  keep(settings, reply, LEAVING, state)
  reply.header('refresh', `0; url=${address}`)
  const frame = frameOf(request, reply, settings.assetsVersion)
  sendPage(reply, SignedOut({ frame, provider: provider.name, address }))
  return true
}

interface Kept {
  cookie: string
  path: string
}

/** Until the browser is closed. */
function keep({ sealed }: PageSettings, reply: FastifyReply, { cookie, path }: Kept, text: string): void {
  reply.setCookie(cookie, sealed.seal(cookie, text), { path })
}

/** Once: it is forgotten by the same answer. */
function take(
  { sealed }: PageSettings,
  request: FastifyRequest,
  reply: FastifyReply,
  { cookie, path }: Kept,
): string | null {
  const kept = request.cookies[cookie]
  if (kept === undefined) return null
  reply.clearCookie(cookie, { path })
  return sealed.open(cookie, kept)
}
