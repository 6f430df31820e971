/** How every page leaves the server, and what its frame needs. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { VNode } from 'preact'
import { render } from 'preact-render-to-string'
import { urlTo } from '../../../schema/urls.ts'
import type { FieldError } from '../../../templates/pages/components.tsx'
import type { Frame, PorteurFrame } from '../../../templates/pages/layout.tsx'
import { Problem as ProblemPage } from '../../../templates/pages/problem.tsx'
import { openPorteurScope, type PorteurScope } from '../../steps/porteur-scope.ts'
import type { Context } from '../../steps/ports.ts'
import type { Refusal } from '../../steps/refusals.ts'
import { findSession, type Porteur } from '../../steps/sign-in.ts'
import { type Problem, problemOf } from '../refusals.ts'
import { SESSION_COOKIE } from '../security.ts'

/** A sentence about the act just done, shown once by the next page. */
const NOTICE_COOKIE = 'avis'

export function sendPage(reply: FastifyReply, page: VNode, status = 200): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(`<!doctype html>${render(page)}`)
}

/** After a POST: on to a page, which tells what was done. Reloading that page does nothing again. */
export function goTo(reply: FastifyReply, url: string, notice?: string): FastifyReply {
  if (notice !== undefined) leaveNotice(reply, notice)
  return reply.redirect(url, 303)
}

/** Leaves a sentence for the next page opened. */
export function leaveNotice(reply: FastifyReply, notice: string): void {
  reply.setCookie(NOTICE_COOKIE, notice, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    signed: true,
    maxAge: 60,
  })
}

/** Reads the notice left for this page, and forgets it. */
export function frameOf(request: FastifyRequest, reply: FastifyReply, assetsVersion: string): Frame {
  const cookie = request.cookies[NOTICE_COOKIE]
  const notice = cookie === undefined ? null : request.unsignCookie(cookie)
  if (cookie !== undefined) reply.clearCookie(NOTICE_COOKIE, { path: '/' })
  return { assetsVersion, notice: notice?.valid ? notice.value : null }
}

export function porteurFrameOf(
  request: FastifyRequest,
  reply: FastifyReply,
  assetsVersion: string,
  porteur: Porteur,
): PorteurFrame {
  return { ...frameOf(request, reply, assetsVersion), csrf: reply.generateCsrf(), email: porteur.email }
}

/** Field refusals as a form shows them. */
export function fieldErrors(fields: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(fields).map(([field, message]) => ({ field, message }))
}

export function sendProblemPage(
  request: FastifyRequest,
  reply: FastifyReply,
  assetsVersion: string,
  problem: Problem,
): FastifyReply {
  return sendPage(
    reply,
    ProblemPage({ frame: frameOf(request, reply, assetsVersion), ...problem }),
    problem.status,
  )
}

/** What every group of pages is given. */
export interface PageSettings {
  assetsVersion: string
  /** Whether cookies travel over HTTPS only. */
  secureCookies: boolean
  signInLimitPerHour: number
}

/** Guards of the porteur's pages, which answer by themselves whoever may not go on. */
export function porteurGuards(context: Context, settings: PageSettings) {
  const refuse = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal) =>
    sendProblemPage(request, reply, settings.assetsVersion, problemOf(refusal))

  /** Sends visitors without a session to sign in. */
  const signedIn =
    (handler: (porteur: Porteur, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const cookie = request.cookies[SESSION_COOKIE]
      const porteur = cookie === undefined ? null : await findSession(context, cookie)
      return porteur === null ? goTo(reply, urlTo('signIn')) : await handler(porteur, request, reply)
    }

  /** For addresses under `/porteur/grappes/:grappe`: somebody else's grappe does not exist. */
  const onGrappe = (
    handler: (scope: PorteurScope, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  ) =>
    signedIn(async (porteur, request, reply) => {
      const scope = await openPorteurScope(context, porteur, parameter(request, 'grappe'))
      return scope === null
        ? refuse(request, reply, { code: 'not-found' })
        : await handler(scope, request, reply)
    })

  return { refuse, signedIn, onGrappe }
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const NO_SUCH_ID = '00000000-0000-0000-0000-000000000000'

/** An id of the address; a malformed one names nothing, as a wrong one does. */
export function parameter(request: FastifyRequest, name: string): string {
  return validId((request.params as Record<string, string>)[name] ?? '')
}

/** The number of a sealed version in the address; NaN, which is none, when it is not one. */
export function versionNumber(request: FastifyRequest): number {
  const { number = '' } = request.params as Record<string, string>
  return /^[1-9]\d{0,8}$/.test(number) ? Number(number) : Number.NaN
}

/** Whether a text has the form of an id. */
export const isId = (text: string): boolean => UUID.test(text)

/** The same for an id that a form sends. */
export function validId(text: string): string {
  return isId(text) ? text : NO_SUCH_ID
}

/** The text of a form's fields; files and repeated fields are not among them. */
export function formFields(request: FastifyRequest): Record<string, string> {
  const body: unknown = request.body
  if (typeof body !== 'object' || body === null) return {}
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
