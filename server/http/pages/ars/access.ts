/**
 * Who opens the reviewer's pages: the holder of a link, whose address nobody else can guess and which is the
 * proof, or a reviewer signed in by e-mail, whose addresses hold the grappe's id and whose forms carry a
 * forgery token.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, preHandlerHookHandler } from 'fastify'
import { urlTo } from '../../../../schema/urls.ts'
import { type ArsFrame, READING_BY_LINK } from '../../../../templates/pages/ars/frame.tsx'
import type { PorteurFrame } from '../../../../templates/pages/layout.tsx'
import type { ProvedBy } from '../../../domain/review.ts'
import { askForPasskey } from '../../../steps/access/passkeys.ts'
import {
  openReviewerDossier,
  openReviewerLink,
  type ReviewerScope,
  type SpeakingReviewer,
  speakingBy,
} from '../../../steps/access/reviewer-scope.ts'
import {
  findReviewerSession,
  reviewerAsking,
  sendReviewerCode,
  signInByCode,
  signInByPasskey,
} from '../../../steps/access/reviewer-sign-in.ts'
import type { Context } from '../../../steps/ports.ts'
import { type ComplementDraft, readDrafts } from '../../../steps/read/read-reviews.ts'
import { findSeal, offeredNumbers, type SealRow } from '../../../steps/read/read-seals.ts'
import type { Refusal } from '../../../steps/refusals.ts'
import { problemOf } from '../../refusals.ts'
import { browserOf, REVIEWER_COOKIE, REVIEWER_PATH } from '../../security.ts'
import { askForCode } from '../confirm-by-code.ts'
import { frameOf, goTo, type PageSettings, sendProblemPage } from '../page.ts'
import { isId, placeOf, versionNumber } from '../request.ts'

/** A request of whoever may read the dossier of the address; what its handler is given. */
export interface DossierVisit<Scope extends ReviewerScope = ReviewerScope> {
  context: Context
  scope: Scope
  /** The token of the link, or the id of the grappe of a reviewer who signed in. */
  token: string
  request: FastifyRequest
  reply: FastifyReply
  /** Of the page that answers; drawn once, since it shows the notice left for that page and forgets it. */
  frame: () => ArsFrame
  /** Answers that it cannot be. */
  refuse: (refusal: Refusal) => FastifyReply
}

/** On a sealed version that was handed out. */
export interface VersionVisit<Scope extends ReviewerScope = ReviewerScope> extends DossierVisit<Scope> {
  seal: SealRow
  /** Numbers of the versions that were handed out, newest first. */
  offered: readonly number[]
}

/** Of a reviewer who proved that it speaks for its address. */
export type ActVisit = VersionVisit<SpeakingReviewer>

/** What the code opens besides the act for which it is typed. */
const OPENS =
  'Il ouvre aussi une session dans ce navigateur : vous n’aurez pas à en taper un autre pour la suite.'

type Handler<Given> = (visit: Given) => Promise<unknown>

const tokenOf = (request: FastifyRequest): string => (request.params as { token: string }).token

const throughOf = ({ handedTo, service }: ReviewerScope): ArsFrame['through'] =>
  handedTo === null || service === null ? null : { handedTo, service }

/** Makes the visits of whoever reads, with what it proved and the address that it then acts at. */
const visitsOf =
  (context: Context, assetsVersion: string) =>
  <Scope extends ReviewerScope>(
    request: FastifyRequest,
    reply: FastifyReply,
    scope: Scope,
    token: string,
  ): DossierVisit<Scope> => {
    const signedIn = isId(token)
    return {
      context,
      scope,
      token,
      request,
      reply,
      frame: () => ({
        ...frameOf(request, reply, assetsVersion),
        token,
        csrf: signedIn ? reply.generateCsrf() : null,
        email: scope.email,
        signedIn,
        through: throughOf(scope),
        archivedOn: scope.archivedOn,
      }),
      refuse: (refusal: Refusal) => sendProblemPage(request, reply, assetsVersion, problemOf(refusal)),
    }
  }

/**
 * The visit of a reviewer who may speak for the ARS. Whoever only holds the link, as the porteur does, types
 * a code sent to the address that it was handed to: it opens a session in that browser, and the act goes on.
 *
 * @returns null when the page that asks for the code was sent.
 */
async function speakingVisit(
  visit: VersionVisit,
  visitBy: ReturnType<typeof visitsOf>,
): Promise<ActVisit | null> {
  const { context, scope, request, reply, token, seal } = visit
  const { email, proof } = scope
  if (email !== null && proof !== 'link') return { ...visit, scope: { ...scope, email, proof } }
  const browser = browserOf(request, reply)
  const asking = reviewerAsking(scope, browser)
  const asked = await askForCode(context, request, reply, {
    email,
    action: request.url,
    opens: OPENS,
    page: () => ({
      frame: visit.frame(),
      porteur: null,
      who: READING_BY_LINK,
      backHref: urlTo('arsVersion', { token, number: String(seal.number) }),
    }),
    passkey: asking && {
      ask: () => askForPasskey(context, asking),
      confirm: answer => signInByPasskey(context, scope, asking, answer, placeOf(request)),
    },
    send: () => sendReviewerCode(context, scope, browser),
    confirm: typed => signInByCode(context, scope, browser, typed, placeOf(request)),
  })
  if (asked === null) return null
  const { sessionToken, expiresAt, speaker } = asked.passed
  reply.setCookie(REVIEWER_COOKIE, sessionToken, { path: REVIEWER_PATH, expires: expiresAt })
  return { ...visit, ...visitBy(request, reply, speaker, scope.grappeId) }
}

/** Guards of the reviewer's pages, which answer by themselves whoever may not go on. */
export function reviewerGuards(context: Context, { assetsVersion }: PageSettings) {
  const visitBy = visitsOf(context, assetsVersion)
  const onDossier =
    (handler: Handler<DossierVisit>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const token = tokenOf(request)
      const refuse = (refusal: Refusal) => sendProblemPage(request, reply, assetsVersion, problemOf(refusal))
      const session = await findReviewer(context, request)
      if (!isId(token)) {
        const opened = await openReviewerLink(context, token)
        if (!opened.ok) return refuse(opened.refusal)
        // Signed in, the same page has the address whose forms are protected: it is where one acts.
        if (request.method === 'GET' && (await speakingBy(context, opened.value, session)).ok) {
          return goTo(reply, request.url.replace(token, opened.value.grappeId))
        }
        return await handler(visitBy(request, reply, opened.value, token))
      }
      if (session === null) return goTo(reply, urlTo('arsDossiers'))
      const scope = await openReviewerDossier(context, session, token)
      if (scope === null) return refuse({ code: 'not-found' })
      return await handler(visitBy<ReviewerScope>(request, reply, scope, token))
    }

  /**
   * The version of the address, of `?version=`, or the last one: a reviewer reads nothing that is not sealed.
   *
   * @param before what to answer as long as no version is there.
   */
  const onVersion = (
    handler: Handler<VersionVisit>,
    before: Handler<DossierVisit> = async ({ refuse }) => refuse({ code: 'seal-not-ready' }),
  ) =>
    onDossier(async visit => {
      const { scope, request, refuse } = visit
      const offered = await offeredNumbers(context, scope.grappeId)
      const [latest] = offered
      if (latest === undefined) return await before(visit)
      const number = askedNumber(request) ?? latest
      const seal = offered.includes(number) ? await findSeal(context, scope.grappeId, number) : null
      return seal === null ? refuse({ code: 'not-found' }) : await handler({ ...visit, seal, offered })
    })

  /** For acts in the name of the ARS, which a link alone does not open. */
  const onAct = (handler: Handler<ActVisit>) =>
    onVersion(async visit => {
      const speaking = await speakingVisit(visit, visitBy)
      return speaking === null ? visit.reply : await handler(speaking)
    })

  return { onDossier, onVersion, onAct }
}

/** A request of a reviewer who signed in, on what belongs to its address and to no dossier. */
export interface AccountVisit {
  context: Context
  session: ProvedBy
  request: FastifyRequest
  reply: FastifyReply
  /** Of the page that answers; drawn once, since it shows the notice left for that page and forgets it. */
  frame: () => PorteurFrame
  /** Answers that it cannot be. */
  refuse: (refusal: Refusal) => FastifyReply
}

/** Leads whoever did not sign in to where one does. */
export function accountGuard(context: Context, { assetsVersion }: PageSettings) {
  return (handler: Handler<AccountVisit>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const session = await findReviewer(context, request)
      if (session === null) return goTo(reply, urlTo('arsDossiers'))
      return await handler({
        context,
        session,
        request,
        reply,
        frame: () => ({
          ...frameOf(request, reply, assetsVersion),
          csrf: reply.generateCsrf(),
          email: session.email,
        }),
        refuse: refusal => sendProblemPage(request, reply, assetsVersion, problemOf(refusal)),
      })
    }
}

/**
 * The complements that the reviewer noted and has not sent; whoever only holds the link is shown none, since
 * they are nobody else's before they leave.
 */
export async function draftsOf(
  { db }: Pick<Context, 'db'>,
  scope: ReviewerScope,
): Promise<ComplementDraft[]> {
  const { email, proof, grappeId } = scope
  return email === null || proof === 'link' ? [] : await readDrafts(db, grappeId, email)
}

/** The number of a version in the address or its query; null when neither names one. */
function askedNumber(request: FastifyRequest): number | null {
  if ('number' in (request.params as object)) return versionNumber(request)
  const { version } = request.query as { version?: unknown }
  return version === undefined ? null : Number(version)
}

/** A reviewer who signed in; null without a session. */
export async function findReviewer(context: Context, request: FastifyRequest): Promise<ProvedBy | null> {
  const cookie = request.cookies[REVIEWER_COOKIE]
  return cookie === undefined ? null : await findReviewerSession(context, cookie)
}

/**
 * The forms of a session are checked for forgery; those of a link have its address, which another site cannot
 * know.
 */
export function protectActs(app: FastifyInstance): preHandlerHookHandler {
  return (request, reply, done) => {
    if (isId(tokenOf(request))) app.csrfProtection(request, reply, done)
    else done()
  }
}
