/** A reviewer signs in by an e-mailed link, to see every dossier handed to its address. */
import { and, eq, gt } from 'drizzle-orm'
import { sessions } from '../../schema/tables.ts'
import { issueLink } from './links.ts'
import type { Context } from './ports.ts'
import { linksHandedTo } from './reviewer-scope.ts'
import { writeMail } from './send-mail.ts'

/**
 * Mails a sign-in link to an address already checked, when some dossier was handed to it. The caller answers the same
 * in both cases.
 */
export async function requestReviewerSignIn(context: Context, email: string): Promise<void> {
  const [handed] = await linksHandedTo(context, email)
  if (handed === undefined) return
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

/** The address of whoever holds this session cookie; null when it is unknown, over, or a porteur's. */
export async function findReviewerSession(context: Context, sessionToken: string): Promise<string | null> {
  const [row] = await context.db
    .select({ email: sessions.reviewerEmail })
    .from(sessions)
    .where(
      and(eq(sessions.tokenHash, context.tokens.hash(sessionToken)), gt(sessions.expiresAt, context.now())),
    )
  return row?.email ?? null
}
