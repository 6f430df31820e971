/** A reviewer signs in by an e-mailed link or code, to speak in its own name of what was handed to it. */
import { and, eq, gt } from 'drizzle-orm'
import { sessions } from '../../../schema/tables.ts'
import type { ProvedBy } from '../../domain/review.ts'
import type { Context } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { type CodeHolder, confirmCode, sendCode } from './confirm-by-code.ts'
import { findLink, issueLink } from './links.ts'
import { confirmByPasskey, type PasskeyAsking, passkeyAsking } from './passkeys.ts'
import { linksHandedTo, type ReviewerScope, reviewerActor, type SpeakingReviewer } from './reviewer-scope.ts'
import { writeMail } from './send-mail.ts'
import { findService, invitationsOf } from './services.ts'
import { noteSeen, type OpenedSession, openSession, type SessionPlace, signIn } from './sign-in.ts'

/**
 * Mails a sign-in link to an address already checked, when some dossier was handed to it, when it is of a
 * service or invited in one, or when the settings name it among those that publish calls. The caller answers
 * the same in every case.
 */
export async function requestReviewerSignIn(context: Context, email: string): Promise<void> {
  if (!(await isKnownReviewer(context, email))) return
  await context.db.transaction(async tx => {
    const link = await issueLink(tx, context, { kind: 'connexion', email, label: email })
    await writeMail(tx, context, {
      ...context.mailTexts.reviewerSignIn(),
      recipient: email,
      grappeId: null,
      linkId: link.id,
    })
  })
  // Sent in the background: how long a mail server takes would tell which addresses are known.
  await context.jobs.kick('envois')
}

/** Whether something waits for that address: a dossier, a service, or calls that it publishes. */
export async function isKnownReviewer(
  context: Pick<Context, 'db' | 'now' | 'callWriters'>,
  email: string,
): Promise<boolean> {
  if (isNamedWriter(context, email) || (await linksHandedTo(context, email)).length > 0) return true
  return (await findService(context.db, email)) !== null || (await invitationsOf(context, email)).length > 0
}

/** Whether the settings name that address, or its domain, among those that publish calls. */
const isNamedWriter = ({ callWriters }: Pick<Context, 'callWriters'>, email: string): boolean =>
  isAmong(callWriters, email)

/** @param named addresses, and domains such as `@ars.sante.fr`. */
export const isAmong = (named: readonly string[], email: string): boolean =>
  named.some(each => (each.startsWith('@') ? email.endsWith(each) : email === each))

/** Whether this reviewer may write and publish calls; each may where the settings name nobody. */
export const mayWriteCalls = (context: Pick<Context, 'callWriters'>, email: string): boolean =>
  context.callWriters.length === 0 || isNamedWriter(context, email)

const codeHolderOf = (scope: ReviewerScope, browser: string): CodeHolder => ({
  id: scope.linkId,
  email: scope.email,
  browser,
  side: 'ars',
  journal: { grappeId: scope.grappeId, actor: reviewerActor(scope) },
})

/** Mails a code to the address that the link was handed to; it opens a session in that browser alone. */
export async function sendReviewerCode(
  context: Context,
  scope: ReviewerScope,
  browser: string,
): Promise<Outcome<null>> {
  if (scope.email === null) return refuse('reviewer-without-email')
  return await sendCode(context, codeHolderOf(scope, browser), 'ars')
}

/**
 * Signs in whoever types the code that was sent: from then on this browser speaks for the address, on every
 * dossier handed to it. The porteur holds a copy of the link; it does not read that mailbox.
 */
export async function signInByCode(
  context: Context,
  scope: ReviewerScope,
  browser: string,
  typed: string,
  place?: SessionPlace,
): Promise<Outcome<Pick<OpenedSession, 'sessionToken' | 'expiresAt'> & { speaker: SpeakingReviewer }>> {
  const { email } = scope
  if (email === null) return refuse('reviewer-without-email')
  const confirmed = await confirmCode(context, codeHolderOf(scope, browser), 'ars', typed)
  if (!confirmed.ok) return confirmed
  const opened = await openSession(context, { reviewerEmail: email, openedBy: 'code' }, place)
  return done({ ...opened, speaker: { ...scope, email, proof: 'code' } })
}

/** What a passkey of the address of the link may be asked, in place of a code; null without an address. */
export const reviewerAsking = (scope: ReviewerScope, browser: string): PasskeyAsking | null =>
  passkeyAsking(codeHolderOf(scope, browser), 'ars')

/** The same as by a code, by a passkey of the address that the link was handed to. */
export async function signInByPasskey(
  context: Context,
  scope: ReviewerScope,
  asking: PasskeyAsking,
  answer: string,
  place?: SessionPlace,
): Promise<Outcome<Pick<OpenedSession, 'sessionToken' | 'expiresAt'> & { speaker: SpeakingReviewer }>> {
  const confirmed = await confirmByPasskey(context, asking, answer)
  if (!confirmed.ok) return confirmed
  const { email } = asking
  const opened = await openSession(context, { reviewerEmail: email, openedBy: 'passkey' }, place)
  return done({ ...opened, speaker: { ...scope, email, proof: 'passkey' } })
}

/** Consumes a reviewer's sign-in link and gives the proof that its program sends. */
export async function signInReviewerProgram(
  context: Context,
  linkToken: string,
  place?: SessionPlace,
): Promise<Outcome<Pick<OpenedSession, 'sessionToken' | 'expiresAt'>>> {
  const found = await findLink(context, linkToken, ['connexion'])
  if (!found.ok) return found
  return found.value.porteurId === null ? await signIn(context, linkToken, place) : refuse('link-unknown')
}

/** Who holds this session cookie; null when it is unknown, over, or a porteur's. */
export async function findReviewerSession(
  context: Pick<Context, 'db' | 'now' | 'tokens'>,
  sessionToken: string,
): Promise<ProvedBy | null> {
  const [row] = await context.db
    .select({
      email: sessions.reviewerEmail,
      openedBy: sessions.openedBy,
      sessionId: sessions.id,
      lastSeenAt: sessions.lastSeenAt,
    })
    .from(sessions)
    .where(
      and(eq(sessions.tokenHash, context.tokens.hash(sessionToken)), gt(sessions.expiresAt, context.now())),
    )
  if (row === undefined || row.email === null) return null
  await noteSeen(context, row)
  return { email: row.email, proof: row.openedBy === 'link' ? 'session' : row.openedBy }
}

/** The session as whoever confirms by a code, sent to the reviewer; null when it is unknown or over. */
export async function findReviewerHolder(
  context: Pick<Context, 'db' | 'now' | 'tokens'>,
  sessionToken: string,
): Promise<CodeHolder | null> {
  const [row] = await context.db
    .select({ id: sessions.id, email: sessions.reviewerEmail })
    .from(sessions)
    .where(
      and(eq(sessions.tokenHash, context.tokens.hash(sessionToken)), gt(sessions.expiresAt, context.now())),
    )
  return row === undefined || row.email === null
    ? null
    : { ...row, browser: null, side: 'ars', journal: null }
}
