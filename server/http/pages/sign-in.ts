/** Pages of signing in and out, for porteurs and for reviewers. */
import type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
} from 'fastify'
import { fieldMessages, signInContract } from '../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../schema/urls.ts'
import { SignIn, type SignInAs, SignInConfirm, SignInSent } from '../../../templates/pages/sign-in.tsx'
import { findLink, SIGN_IN_KINDS } from '../../steps/access/links.ts'
import { requestReviewerSignIn } from '../../steps/access/reviewer-sign-in.ts'
import { isReviewerLink, requestSignIn, signIn, signOut } from '../../steps/access/sign-in.ts'
import type { Context } from '../../steps/ports.ts'
import type { Refusal } from '../../steps/refusals.ts'
import { problemOf } from '../refusals.ts'
import { REVIEWER_COOKIE, REVIEWER_PATH, SESSION_COOKIE } from '../security.ts'
import { leadOutOfProvider } from './ars/provider.ts'
import { frameOf, goTo, type PageSettings, sendPage, sendProblemPage } from './page.ts'
import { fieldErrors, formFields, placeOf } from './request.ts'

/** Where one signs in as each, and the session that it opens. */
const SIGN_INS = {
  porteur: { request: requestSignIn, cookie: SESSION_COOKIE, path: '/', home: 'grappes' },
  ars: {
    request: requestReviewerSignIn,
    cookie: REVIEWER_COOKIE,
    path: REVIEWER_PATH,
    home: 'arsDossiers',
  },
} as const

interface Visit {
  context: Context
  settings: PageSettings
  request: FastifyRequest
  reply: FastifyReply
}

export function signInPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const visited =
    (handler: (visit: Visit) => Promise<unknown>) => (request: FastifyRequest, reply: FastifyReply) =>
      handler({ context, settings, request, reply })

  return async app => {
    const protect = { preHandler: app.csrfProtection }
    const rateLimit = { max: settings.signInLimitPerHour, timeWindow: '1 hour' }
    const limited = { config: { rateLimit }, ...protect }

    app.get(PATHS.signIn, visited(askForAddress))
    app.post(PATHS.signIn, limited, visited(sendLink('porteur')))
    app.post(PATHS.arsDossiers, limited, visited(sendLink('ars')))
    app.get(PATHS.signInLink, visited(confirm))
    app.post(PATHS.signInLink, { preHandler: unlessSpent(context, app.csrfProtection) }, visited(enter))
    app.post(PATHS.signOut, protect, visited(leave('porteur')))
    app.post(PATHS.arsSignOut, protect, visited(leave('ars')))
  }
}

/**
 * A link that served, or is over, says so before its form is looked at: the second of two clicks comes with a
 * form of before the session that the first one opened.
 */
const unlessSpent =
  (context: Context, protect: FastifyInstance['csrfProtection']) =>
  (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void => {
    findLink(context, tokenOf(request), SIGN_IN_KINDS).then(
      found => (found.ok ? protect(request, reply, done) : done()),
      done,
    )
  }

async function askForAddress({ settings, request, reply }: Visit) {
  return sendPage(reply, signInForm(request, reply, settings, 'porteur'))
}

/** The form that asks for the link, as it was typed. */
export function signInForm(
  request: FastifyRequest,
  reply: FastifyReply,
  { assetsVersion, provider }: PageSettings,
  as: SignInAs,
  refused: Pick<Parameters<typeof SignIn>[0], 'email' | 'errors'> = { email: '', errors: [] },
): ReturnType<typeof SignIn> {
  const frame = frameOf(request, reply, assetsVersion)
  const offered = as === 'ars' ? provider : null
  return SignIn({ frame, csrf: reply.generateCsrf(), as, provider: offered, ...refused })
}

const sendLink = (as: SignInAs) => async (visit: Visit) => {
  const { context, settings, request, reply } = visit
  const fields = formFields(request)
  const parsed = signInContract.safeParse(fields)
  if (!parsed.success) {
    const refused = { email: fields.email ?? '', errors: fieldErrors(fieldMessages(parsed.error)) }
    return sendPage(reply, signInForm(request, reply, settings, as, refused), 422)
  }
  const { email } = parsed.data
  await settings.paceSignIn(request, email, () => SIGN_INS[as].request(context, email))
  const frame = frameOf(request, reply, settings.assetsVersion)
  return sendPage(reply, SignInSent({ frame, as, email, sends: context.mailer !== null }))
}

async function confirm(visit: Visit) {
  const { context, settings, request, reply } = visit
  const token = tokenOf(request)
  const found = await findLink(context, token, SIGN_IN_KINDS)
  if (!found.ok) return refuse(visit, found.refusal)
  const as = isReviewerLink(found.value) ? 'ars' : 'porteur'
  const frame = frameOf(request, reply, settings.assetsVersion)
  return sendPage(reply, SignInConfirm({ frame, csrf: reply.generateCsrf(), as, token }))
}

async function enter(visit: Visit) {
  const { context, request, reply } = visit
  const signedIn = await signIn(context, tokenOf(request), placeOf(request))
  if (!signedIn.ok) return refuse(visit, signedIn.refusal)
  const { sessionToken, expiresAt, as, severalSpaces } = signedIn.value
  const { cookie, path, home } = SIGN_INS[as]
  reply.setCookie(cookie, sessionToken, { path, expires: expiresAt })
  return goTo(reply, urlTo(severalSpaces ? 'spaces' : home))
}

const leave =
  (as: SignInAs) =>
  async ({ context, settings, request, reply }: Visit) => {
    const { cookie, path } = SIGN_INS[as]
    const sessionToken = request.cookies[cookie]
    if (sessionToken !== undefined) await signOut(context, sessionToken)
    reply.clearCookie(cookie, { path })
    if (as === 'ars' && (await leadOutOfProvider(context, settings, request, reply))) return reply
    return goTo(reply, urlTo('home'), 'Vous êtes déconnecté.')
  }

const tokenOf = (request: FastifyRequest): string => (request.params as { token: string }).token

function refuse({ settings, request, reply }: Visit, refusal: Refusal) {
  return sendProblemPage(request, reply, settings.assetsVersion, problemOf(refusal))
}
