/** Pages of signing in and out. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages, signInContract } from '../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../schema/urls.ts'
import { SignIn, SignInConfirm, SignInSent } from '../../../templates/pages/sign-in.tsx'
import { findLink } from '../../steps/links.ts'
import type { Context } from '../../steps/ports.ts'
import { requestSignIn, signIn, signOut } from '../../steps/sign-in.ts'
import { problemOf } from '../refusals.ts'
import { REVIEWER_COOKIE, SESSION_COOKIE } from '../security.ts'
import {
  fieldErrors,
  formFields,
  frameOf,
  goTo,
  type PageSettings,
  sendPage,
  sendProblemPage,
} from './page.ts'

export function signInPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { assetsVersion } = settings
  return async app => {
    const limited = { rateLimit: { max: settings.signInLimitPerHour, timeWindow: '1 hour' } }

    app.get(PATHS.signIn, async (request, reply) =>
      sendPage(
        reply,
        SignIn({
          frame: frameOf(request, reply, assetsVersion),
          csrf: reply.generateCsrf(),
          email: '',
          errors: [],
        }),
      ),
    )

    app.post(PATHS.signIn, { config: limited, preHandler: app.csrfProtection }, async (request, reply) => {
      const fields = formFields(request)
      const parsed = signInContract.safeParse(fields)
      const frame = frameOf(request, reply, assetsVersion)
      if (!parsed.success) {
        const errors = fieldErrors(fieldMessages(parsed.error))
        const csrf = reply.generateCsrf()
        return sendPage(reply, SignIn({ frame, csrf, email: fields.email ?? '', errors }), 422)
      }
      await requestSignIn(context, parsed.data.email)
      return sendPage(reply, SignInSent({ frame, email: parsed.data.email, sends: context.mailer !== null }))
    })

    app.get<{ Params: { token: string } }>(PATHS.signInLink, async (request, reply) => {
      const { token } = request.params
      const found = await findLink(context, token, ['connexion'])
      if (!found.ok) return sendProblemPage(request, reply, assetsVersion, problemOf(found.refusal))
      const csrf = reply.generateCsrf()
      const as = found.value.porteurId === null ? 'ars' : 'porteur'
      return sendPage(
        reply,
        SignInConfirm({ frame: frameOf(request, reply, assetsVersion), csrf, token, as }),
      )
    })

    app.post<{ Params: { token: string } }>(
      PATHS.signInLink,
      { preHandler: app.csrfProtection },
      async (request, reply) => {
        const signedIn = await signIn(context, request.params.token)
        if (!signedIn.ok) return sendProblemPage(request, reply, assetsVersion, problemOf(signedIn.refusal))
        const { sessionToken, expiresAt, as } = signedIn.value
        const [cookie, path, home] =
          as === 'ars'
            ? ([REVIEWER_COOKIE, PATHS.arsDossiers, 'arsDossiers'] as const)
            : ([SESSION_COOKIE, '/', 'grappes'] as const)
        reply.setCookie(cookie, sessionToken, {
          path,
          httpOnly: true,
          sameSite: 'lax',
          secure: settings.secureCookies,
          expires: expiresAt,
        })
        return goTo(reply, urlTo(home))
      },
    )

    app.post(PATHS.signOut, { preHandler: app.csrfProtection }, async (request, reply) => {
      const cookie = request.cookies[SESSION_COOKIE]
      if (cookie !== undefined) await signOut(context, cookie)
      reply.clearCookie(SESSION_COOKIE, { path: '/' })
      return goTo(reply, urlTo('home'), 'Vous êtes déconnecté.')
    })
  }
}
