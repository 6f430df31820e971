/** What protects every answer: headers, cookies, forgery tokens, limits, and logs without secrets. */
import { randomBytes } from 'node:crypto'
import cookie from '@fastify/cookie'
import csrf from '@fastify/csrf-protection'
import helmet from '@fastify/helmet'
import rateLimit, { type FastifyRateLimitStoreCtor } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS } from '../../schema/urls.ts'

export const SESSION_COOKIE = 'session'
/** A browser may be signed in as a porteur and as a reviewer. */
export const REVIEWER_COOKIE = 'session-ars'
export const REVIEWER_PATH = PATHS.arsDossiers

/** Tells apart the browsers that hold one link: a code typed in one is worth nothing elsewhere. */
const BROWSER_COOKIE = 'navigateur'

const FORM_COOKIE = 'formulaire'

/** A sentence about the act just done, shown once by the next page. */
export const NOTICE_COOKIE = 'avis'

export interface SecuritySettings {
  /** Signs the cookie that carries the forgery secret. */
  cookieKey: Buffer
  /** Binds a form's token to the session that it was drawn for. */
  formKey: Buffer
  /** Whether cookies travel over HTTPS only. */
  secureCookies: boolean
  rateLimitPerMinute: number
  /** Where limits count. */
  limits: FastifyRateLimitStoreCtor
}

/** Addresses whose second segment is a capability. */
const CAPABILITY_SEGMENT = /^\/(connexion|administration|esms|ars|agenda|resumes)\/[^/?#]+/

/** An address fit for a log: neither the capability of its path nor its query. */
export function loggedUrl(url: string): string {
  return (url.split('?')[0] ?? '').replace(CAPABILITY_SEGMENT, '/$1/…')
}

/** Registers the protections; routes declare on themselves only what is stricter. */
export async function protect(app: FastifyInstance, settings: SecuritySettings): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        frameSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginEmbedderPolicy: false,
    xFrameOptions: { action: 'deny' },
  })
  await app.register(rateLimit, {
    max: settings.rateLimitPerMinute,
    store: settings.limits,
    // What one subscriber is given: whoever has a whole network of it is one caller.
    ipv6Subnet: 64,
    timeWindow: '1 minute',
    errorResponseBuilder: (_request, limit) =>
      Object.assign(new Error('Trop de demandes en peu de temps. Patientez une minute, puis réessayez.'), {
        statusCode: limit.statusCode,
      }),
  })
  await app.register(cookie, {
    secret: settings.cookieKey,
    parseOptions: { path: '/', httpOnly: true, sameSite: 'lax', secure: settings.secureCookies },
  })
  await app.register(csrf, {
    sessionPlugin: '@fastify/cookie',
    cookieKey: FORM_COOKIE,
    cookieOpts: { signed: true },
    getToken: request => csrfToken(request),
    getUserInfo: sessionsOf,
    csrfOpts: { hmacKey: settings.formKey },
  })
  app.addHook('onRequest', async (request, reply) => {
    const generate = reply.generateCsrf
    reply.generateCsrf = () => generate.call(reply, { userInfo: sessionsOf(request) })
  })
  if (settings.secureCookies) keepCookiesToThisHost(app)
  app.addHook('onSend', async (_request, reply) => {
    // Nothing here is for a shared computer's disk; the answers that may be kept say so themselves.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
}

/** Whose answer it is: what a browser was given is worth nothing with other sessions or another secret. */
export const holdersOf = (request: FastifyRequest): string =>
  `${sessionsOf(request)} ${request.cookies[FORM_COOKIE] ?? ''}`

/** Who is signed in: what a form was drawn for, so that its token is worth nothing in another session. */
const sessionsOf = ({ cookies }: FastifyRequest): string =>
  `${cookies[SESSION_COOKIE] ?? ''} ${cookies[REVIEWER_COOKIE] ?? ''}`

/** Sent back by browsers to this host alone, over HTTPS, and set by no other: not by a neighbouring name. */
const HOST_PREFIX = '__Host-'
const HOST_COOKIES = [SESSION_COOKIE, FORM_COOKIE, BROWSER_COOKIE, NOTICE_COOKIE]
const OF_THIS_HOST = new RegExp(`^(?=(?:${HOST_COOKIES.join('|')})=)`)

/** Cookies of the whole site bear the prefix outside, and their own name for the rest of the server. */
function keepCookiesToThisHost(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ cookies }) => {
    for (const name of HOST_COOKIES) {
      const value = cookies[HOST_PREFIX + name]
      if (value === undefined) delete cookies[name]
      else cookies[name] = value
    }
  })
  app.addHook('onSend', async (_request, reply) => {
    const set = reply.getHeader('set-cookie')
    if (set === undefined) return
    const named = [set].flat().map(line => String(line).replace(OF_THIS_HOST, HOST_PREFIX))
    reply.removeHeader('set-cookie')
    reply.header('set-cookie', named)
  })
}

const browsers = new WeakMap<FastifyRequest, string>()

/** The token of the browser that asks; one that has none yet is given it with this answer. */
export function browserOf(request: FastifyRequest, reply: FastifyReply): string {
  const browser = browsers.get(request) ?? request.cookies[BROWSER_COOKIE]
  if (browser !== undefined) return browser
  const given = randomBytes(32).toString('base64url')
  browsers.set(request, given)
  reply.setCookie(BROWSER_COOKIE, given)
  return given
}

/** The token of a form's field, or the header of a script that sends no form. */
function csrfToken(request: FastifyRequest): string | undefined {
  const header = request.headers['x-csrf-token']
  if (typeof header === 'string') return header
  const body: unknown = request.body
  if (typeof body !== 'object' || body === null || !('csrf' in body)) return undefined
  return typeof body.csrf === 'string' ? body.csrf : undefined
}
