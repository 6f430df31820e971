/** What protects every answer: headers, cookies, forgery tokens, limits, and logs without secrets. */
import { randomBytes } from 'node:crypto'
import cookie from '@fastify/cookie'
import csrf from '@fastify/csrf-protection'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS } from '../../schema/urls.ts'

export const SESSION_COOKIE = 'session'
/** A browser may be signed in as a porteur and as a reviewer. */
export const REVIEWER_COOKIE = 'session-ars'
export const REVIEWER_PATH = PATHS.arsDossiers

/** Tells apart the browsers that hold one link: a code typed in one is worth nothing elsewhere. */
const BROWSER_COOKIE = 'navigateur'

export interface SecuritySettings {
  /** Signs the cookie that carries the forgery secret. */
  cookieSecret: string
  /** Whether cookies travel over HTTPS only. */
  secureCookies: boolean
  rateLimitPerMinute: number
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
    // What one subscriber is given: whoever has a whole network of it is one caller.
    ipv6Subnet: 64,
    timeWindow: '1 minute',
    errorResponseBuilder: (_request, limit) =>
      Object.assign(new Error('Trop de demandes en peu de temps. Patientez une minute, puis réessayez.'), {
        statusCode: limit.statusCode,
      }),
  })
  await app.register(cookie, {
    secret: settings.cookieSecret,
    parseOptions: { path: '/', httpOnly: true, sameSite: 'lax', secure: settings.secureCookies },
  })
  await app.register(csrf, {
    sessionPlugin: '@fastify/cookie',
    cookieKey: 'formulaire',
    cookieOpts: { signed: true },
    getToken: request => csrfToken(request),
  })
  app.addHook('onSend', async (_request, reply) => {
    // Nothing here is for a shared computer's disk; the answers that may be kept say so themselves.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
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
