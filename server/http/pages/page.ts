/** How every page leaves the server, and what its frame needs. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { VNode } from 'preact'
import { render } from 'preact-render-to-string'
import type { Frame } from '../../../templates/pages/layout.tsx'
import { Problem as ProblemPage } from '../../../templates/pages/problem.tsx'
import type { IdentityProvider } from '../../steps/ports.ts'
import type { KeptBoards } from '../../steps/read/kept-boards.ts'
import type { Problem } from '../refusals.ts'
import { visitorOf } from '../rights.ts'
import type { SealedTexts } from '../sealed-texts.ts'
import { NOTICE_COOKIE } from '../security.ts'
import type { PacedSignIn } from '../sign-in-pace.ts'
import { reservedFor } from './reserved.ts'
import { unbroken } from './unbroken.ts'

export function sendPage(
  reply: FastifyReply,
  page: VNode,
  status = 200,
  fill?: (html: string) => string,
): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(drawPage(reply.request, page, status, fill))
}

/**
 * A page as whoever sent the request reads it.
 *
 * @param fill puts its kept parts where they stand.
 */
export function drawPage(
  request: FastifyRequest,
  page: VNode,
  status = 200,
  fill: (html: string) => string = html => html,
): string {
  const html = fill(unbroken(render(page)))
  const role = visitorOf(request)?.role ?? 'administrer'
  const drawn = role === 'administrer' || status === 403 ? html : reservedFor(role, html, request.url)
  return `<!doctype html>${drawn}`
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

export function sendProblemPage(
  request: FastifyRequest,
  reply: FastifyReply,
  assetsVersion: string,
  problem: Problem,
): FastifyReply {
  return sendPage(
    reply,
    ProblemPage({ frame: frameOf(request, reply, assetsVersion), reference: request.id, ...problem }),
    problem.status,
  )
}

/** What every group of pages is given. */
export interface PageSettings {
  assetsVersion: string
  signInLimitPerHour: number
  /** By which a reviewer may also sign in; null without one. */
  provider: Pick<IdentityProvider, 'name' | 'agents'> | null
  /** For what a browser keeps without reading it. */
  sealed: SealedTexts
  paceSignIn: PacedSignIn
  /** As this server last read them. */
  boards: KeptBoards
}
