/**
 * Who opens the reviewer's pages: the holder of a link, whose address nobody else can guess and which is the proof, or
 * a reviewer signed in by e-mail, whose addresses hold the grappe's id and whose forms carry a forgery token.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, preHandlerHookHandler } from 'fastify'
import { urlTo } from '../../../../schema/urls.ts'
import type { ArsFrame } from '../../../../templates/pages/ars/frame.tsx'
import type { Context } from '../../../steps/ports.ts'
import { findSeal, offeredNumbers, type SealRow } from '../../../steps/read-seals.ts'
import type { Refusal } from '../../../steps/refusals.ts'
import { openReviewerDossier, openReviewerLink, type ReviewerScope } from '../../../steps/reviewer-scope.ts'
import { findReviewerSession } from '../../../steps/reviewer-sign-in.ts'
import { problemOf } from '../../refusals.ts'
import { REVIEWER_COOKIE } from '../../security.ts'
import { frameOf, goTo, isId, type PageSettings, sendProblemPage, versionNumber } from '../page.ts'

/** A sealed version that was handed out, and the others that were. */
export interface Reading {
  scope: ReviewerScope
  seal: SealRow
  /** Numbers, newest first. */
  offered: readonly number[]
}

type Handler<Opened> = (opened: Opened, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** The token of the link, or the id of the grappe of a reviewer who signed in. */
export const tokenOf = (request: FastifyRequest): string => (request.params as { token: string }).token

/** Guards of the reviewer's pages, which answer by themselves whoever may not go on. */
export function reviewerGuards(context: Context, { assetsVersion }: PageSettings) {
  const refuse = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal) =>
    sendProblemPage(request, reply, assetsVersion, problemOf(refusal))

  const sessionOf = async (request: FastifyRequest): Promise<string | null> => {
    const cookie = request.cookies[REVIEWER_COOKIE]
    return cookie === undefined ? null : await findReviewerSession(context, cookie)
  }

  const onDossier =
    (handler: Handler<ReviewerScope>) => async (request: FastifyRequest, reply: FastifyReply) => {
      const token = tokenOf(request)
      if (!isId(token)) {
        const scope = await openReviewerLink(context, token)
        return scope.ok ? await handler(scope.value, request, reply) : refuse(request, reply, scope.refusal)
      }
      const email = await sessionOf(request)
      if (email === null) return goTo(reply, urlTo('arsDossiers'))
      const scope = await openReviewerDossier(context, email, token)
      return scope === null
        ? refuse(request, reply, { code: 'not-found' })
        : await handler(scope, request, reply)
    }

  /**
   * The version of the address, of `?version=`, or the last one: a reviewer reads nothing that is not sealed.
   *
   * @param before what to answer as long as no version is there.
   */
  const onVersion = (
    handler: Handler<Reading>,
    before: Handler<ReviewerScope> = async (_scope, request, reply) =>
      refuse(request, reply, { code: 'seal-not-ready' }),
  ) =>
    onDossier(async (scope, request, reply) => {
      const offered = await offeredNumbers(context, scope.grappeId)
      const [latest] = offered
      if (latest === undefined) return await before(scope, request, reply)
      const { version } = request.query as { version?: unknown }
      const number =
        'number' in (request.params as object)
          ? versionNumber(request)
          : version === undefined
            ? latest
            : Number(version)
      const seal = offered.includes(number) ? await findSeal(context, scope.grappeId, number) : null
      return seal === null
        ? refuse(request, reply, { code: 'not-found' })
        : await handler({ scope, seal, offered }, request, reply)
    })

  const arsFrameOf = (request: FastifyRequest, reply: FastifyReply, scope: ReviewerScope): ArsFrame => ({
    ...frameOf(request, reply, assetsVersion),
    token: tokenOf(request),
    csrf: scope.signedIn ? reply.generateCsrf() : null,
    email: scope.email,
    signedIn: scope.signedIn,
  })

  return { refuse, sessionOf, onDossier, onVersion, arsFrameOf }
}

/** The forms of a session are checked for forgery; those of a link have its address, which another site cannot know. */
export function protectActs(app: FastifyInstance): preHandlerHookHandler {
  return (request, reply, done) => {
    if (isId(tokenOf(request))) app.csrfProtection(request, reply, done)
    else done()
  }
}
