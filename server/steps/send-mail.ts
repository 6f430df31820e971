/** Every mail is written first, then sent when a mail server is configured; the outbox shows both. */
import { and, asc, desc, eq, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import { links, mails } from '../../schema/tables.ts'
import { urlTo } from '../../schema/urls.ts'
import type { Link } from './links.ts'
import type { Context, Database, MailText } from './ports.ts'

/** A mail as read on screen or sent: the link's address is in its text. */
export interface Mail {
  id: string
  recipient: string
  subject: string
  text: string
  /** Address to open, null for a mail without a link. */
  link: string | null
  createdAt: Date
  sentAt: Date | null
  /** Why the mail server did not take it, null otherwise. */
  failure: string | null
}

/** Writes a mail in the caller's transaction; send it after the commit with `deliverMail`. */
export async function writeMail(
  tx: Database,
  context: Pick<Context, 'now' | 'newId'>,
  mail: MailText & { recipient: string; grappeId: string | null; linkId: string | null },
): Promise<string> {
  const id = context.newId()
  await tx.insert(mails).values({
    id,
    grappeId: mail.grappeId,
    linkId: mail.linkId,
    recipient: mail.recipient,
    subject: mail.subject,
    body: mail.text,
    createdAt: context.now(),
  })
  return id
}

/** How long a try may take before another one is made; each failure waits longer, up to two hours. */
const RETRY_MINUTES = [1, 5, 15, 60, 120]

const MAX_ATTEMPTS = 12

/**
 * Sends a written mail. A mail server that fails is noted on the mail, which is tried again later, and never undoes the
 * act that wrote it. Of two servers that try at the same moment, one sends.
 */
export async function deliverMail(context: Context, mailId: string): Promise<void> {
  if (context.mailer === null || !(await takeMail(context, mailId))) return
  const [mail] = await readMails(context, eq(mails.id, mailId))
  if (mail === undefined) return
  try {
    await context.mailer.send({ recipient: mail.recipient, subject: mail.subject, text: mail.text })
    await context.db.update(mails).set({ sentAt: context.now(), failure: null }).where(eq(mails.id, mailId))
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error)
    await context.db.update(mails).set({ failure }).where(eq(mails.id, mailId))
  }
}

/** Sends what is waiting and due, oldest first: what a stop or a mail server that was down left behind. */
export async function deliverDueMails(context: Context): Promise<void> {
  if (context.mailer === null) return
  const due = await context.db
    .select({ id: mails.id })
    .from(mails)
    .where(isDue(context.now()))
    .orderBy(asc(mails.createdAt), asc(mails.id))
  for (const { id } of due) await deliverMail(context, id)
}

const isDue = (now: Date) =>
  and(
    isNull(mails.sentAt),
    isNull(mails.bouncedAt),
    lt(mails.attempts, MAX_ATTEMPTS),
    or(isNull(mails.nextAttemptAt), lte(mails.nextAttemptAt, now)),
  )

/** Counts the try before it is made, so that nobody else makes it; false when it is not due or somebody else's. */
async function takeMail(context: Pick<Context, 'db' | 'now'>, mailId: string): Promise<boolean> {
  const now = context.now()
  const waitMinutes = sql`(array[${sql.raw(RETRY_MINUTES.join(', '))}])[least(${mails.attempts} + 1, ${RETRY_MINUTES.length})]`
  const taken = await context.db
    .update(mails)
    .set({
      attempts: sql`${mails.attempts} + 1`,
      nextAttemptAt: sql`${now.toISOString()}::timestamptz + make_interval(mins => ${waitMinutes})`,
    })
    .where(and(eq(mails.id, mailId), isDue(now)))
    .returning({ id: mails.id })
  return taken.length > 0
}

/** The mails of one grappe, newest first: what its porteur may read. */
export async function readMailsOfGrappe(context: Context, grappeId: string): Promise<Mail[]> {
  return await readMails(context, eq(mails.grappeId, grappeId))
}

/** Every mail, sign-in links included, newest first: for whoever holds the outbox link of an embedded server. */
export async function readOutbox(context: Context): Promise<Mail[]> {
  return await readMails(context, undefined)
}

/** The text with what the database does not hold: the link's address and the digits of a code. */
function filledIn(context: Pick<Context, 'tokens'>, text: string, address: string | null): string {
  return text
    .replaceAll('{lien}', address ?? '')
    .replace(/\{code:([0-9a-f-]{36})\}/g, (_, codeId: string) => context.tokens.ofCode(codeId))
}

async function readMails(context: Context, where: SQL | undefined): Promise<Mail[]> {
  const rows = await context.db
    .select({ mail: mails, link: links })
    .from(mails)
    .leftJoin(links, eq(mails.linkId, links.id))
    .where(where)
    .orderBy(desc(mails.createdAt), desc(mails.id))
    .limit(500)
  return rows.map(({ mail, link }) => {
    const address = link === null ? null : addressOfLink(context, link)
    return {
      id: mail.id,
      recipient: mail.recipient,
      subject: mail.subject,
      text: filledIn(context, mail.body, address),
      link: address,
      createdAt: mail.createdAt,
      sentAt: mail.sentAt,
      failure: mail.failure,
    }
  })
}

/**
 * The address that a link's holder opens, absolute.
 *
 * @returns null for an API token, which opens no page, and when the key changed since the link was made: it still
 * opens what it opened, but nobody can show it again.
 */
export function addressOfLink(
  context: Pick<Context, 'tokens' | 'publicUrl'>,
  link: Pick<Link, 'id' | 'kind' | 'tokenHash'>,
): string | null {
  const token = context.tokens.ofLink(link.id)
  if (context.tokens.hash(token) !== link.tokenHash) return null
  switch (link.kind) {
    case 'connexion':
      return context.publicUrl() + urlTo('signInLink', { token })
    case 'administration':
      return context.publicUrl() + urlTo('administration', { token })
    case 'og':
    case 'esms':
    case 'personne':
      return context.publicUrl() + urlTo('memberHome', { token })
    case 'ars':
      return context.publicUrl() + urlTo('arsHome', { token })
    case 'agenda':
    case 'porteur':
      return null
  }
}
