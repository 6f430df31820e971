/** Every mail is written first, then sent when a mail server is configured; the outbox shows both. */
import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lte, or, type SQL, sql } from 'drizzle-orm'
import { colleagues, grappes, links, mails, ogs, porteurs } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../domain/call.ts'
import { HANDED_KINDS, type HandedKind } from '../../domain/link.ts'
import {
  hasLeft,
  type MailBudget,
  type MailFacts,
  type MailLimit,
  mailFactsOf,
  type Sender,
} from '../../domain/mail.ts'
import { inTurns } from '../one-by-one.ts'
import type { Context, Database, Delivery, Mailer, MailText } from '../ports.ts'
import { isWaiting } from '../read/waiting-mails.ts'
import { isOfPorteur, listCorrespondents } from './correspondents.ts'
import { digestToken } from './digests.ts'
import type { Link } from './links.ts'

/** A mail as read on screen or sent: the link's address is in its text. */
export interface Mail extends MailFacts {
  id: string
  recipient: string
  subject: string
  text: string
  /** Null for mails of before they had one. */
  html: string | null
  /** Address to open, null for a mail without a link. */
  link: string | null
  createdAt: Instant
  /** It waits for a link that this server cannot make: it is never sent as it is. `failure` says so. */
  linkLost: boolean
  /** When it is tried again after a failure; null when it never will be, or was not tried. */
  nextAttemptAt: Instant | null
  /** Whoever answers are for: the porteur of the mail's grappe, when it is not written to it. */
  replyTo: string | null
  grappe: { id: string; name: string } | null
}

/**
 * Writes a mail in the caller's transaction, signed; once it is committed, kick the job `envois`, which
 * sends.
 */
export async function writeMail(
  tx: Database,
  context: Pick<Context, 'now' | 'newId'>,
  mail: MailText & {
    recipient: string
    grappeId: string | null
    linkId: string | null
    digestId?: string
    budget?: MailBudget
  },
): Promise<string> {
  const id = context.newId()
  const { text, html } = mail.signedBy(await senderTo(tx, mail.grappeId, mail.recipient))
  await tx.insert(mails).values({
    id,
    grappeId: mail.grappeId,
    linkId: mail.linkId,
    digestId: mail.digestId ?? null,
    budget: mail.budget ?? null,
    recipient: mail.recipient,
    subject: mail.subject,
    body: text,
    html,
    createdAt: context.now(),
  })
  return id
}

/** The same for several at once, of one grappe or of several; gives their ids, in their order. */
export async function writeMails(
  tx: Database,
  { now, newId }: Pick<Context, 'now' | 'newId'>,
  written: ReadonlyArray<MailText & { grappeId: string; recipient: string; linkId: string | null }>,
): Promise<string[]> {
  if (written.length === 0) return []
  const grappeIds = [...new Set(written.map(({ grappeId }) => grappeId))]
  const own = await tx
    .select({ grappeId: grappes.id, email: colleagues.email })
    .from(colleagues)
    .innerJoin(grappes, eq(grappes.porteurId, colleagues.porteurId))
    .where(
      and(
        inArray(grappes.id, grappeIds),
        inArray(
          colleagues.email,
          written.map(({ recipient }) => recipient),
        ),
      ),
    )
  const ofPorteur = new Set(own.map(({ grappeId, email }) => `${grappeId} ${email}`))
  const senders = await readSenders(tx, grappeIds)
  const rows = await inTurns(written, ({ grappeId, recipient, linkId, subject, signedBy }) => {
    const isOwn = ofPorteur.has(`${grappeId} ${recipient}`)
    const { text, html } = signedBy(isOwn ? null : (senders.get(grappeId) ?? null))
    return { id: newId(), grappeId, linkId, recipient, subject, body: text, html, createdAt: now() }
  })
  // As one value: thousands of parameters take the driver longer to write down than the mails to make.
  await tx.execute(sql`insert into mails
      (id, grappe_id, link_id, recipient, subject, body, html, created_at)
    select id, "grappeId", "linkId", recipient, subject, body, html, "createdAt"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as written(id uuid, "grappeId" uuid,
      "linkId" uuid, recipient text, subject text, body text, html text, "createdAt" timestamptz)`)
  return rows.map(({ id }) => id)
}

/**
 * Writes a mail to the porteur of a grappe: one to each of its people who answer for it.
 *
 * @returns the mails, and whom each is for.
 */
export async function writeToPorteur(
  tx: Database,
  context: Pick<Context, 'now' | 'newId'>,
  grappeId: string,
  mail: MailText,
): Promise<{ id: string; recipient: string }[]> {
  const written: { id: string; recipient: string }[] = []
  for (const recipient of await listCorrespondents(tx, grappeId)) {
    const id = await writeMail(tx, context, { ...mail, recipient, grappeId, linkId: null })
    written.push({ id, recipient })
  }
  return written
}

/**
 * Who signs what is written to somebody: the porteur, or the server (null) when it writes to one of the
 * porteur's own people.
 */
export async function senderTo(
  tx: Database,
  grappeId: string | null,
  recipient: string,
): Promise<Sender | null> {
  if (grappeId === null) return null
  const [own] = await tx
    .select({ id: grappes.id })
    .from(grappes)
    .where(and(eq(grappes.id, grappeId), isOfPorteur(recipient)))
  return own === undefined ? await readSender(tx, grappeId) : null
}

/** Whoever answers for a grappe, as its mails are signed; null when there is no such grappe. */
export async function readSender(tx: Database, grappeId: string): Promise<Sender | null> {
  return (await readSenders(tx, [grappeId])).get(grappeId) ?? null
}

async function readSenders(tx: Database, grappeIds: readonly string[]): Promise<Map<string, Sender>> {
  const rows = await tx
    .select({
      grappeId: grappes.id,
      grappeName: grappes.name,
      ogId: ogs.id,
      ogName: ogs.name,
      contactName: ogs.contactName,
      contactPhone: ogs.contactPhone,
      email: porteurs.email,
    })
    .from(grappes)
    .innerJoin(porteurs, eq(grappes.porteurId, porteurs.id))
    .leftJoin(ogs, eq(grappes.porteurOgId, ogs.id))
    .where(inArray(grappes.id, [...grappeIds]))
  return new Map(rows.map(({ grappeId, ...sender }) => [grappeId, sender]))
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** Wait after each failure. */
const RETRY_MINUTES = [1, 5, 15, 60, 120]

/** Longer than a try can last: one that ends without a word, its server killed, is made again after that. */
const LEASE_MINUTES = 10

/** The link of such a mail went with another key, or with the member that it was for. */
const LINK_LOST =
  'son lien ne peut pas être fait ici : la clé secrète du serveur n’est plus celle d’alors, ou ce lien ' +
  'n’existe plus. Remplacez le lien ou invitez à nouveau : un autre message sera écrit'

/** Stands in a digest for the address that stops it, which whoever receives it alone reads. */
const STOP = '{resume}'

/** What is read in place of an address that cannot be made. */
const NO_ADDRESS = '[lien impossible à refaire]'

/** Mails under way at once, so that a slow mail server does not hold a sign-in link behind many reminders. */
const AT_ONCE = 4

/**
 * A mail server that failed for that many in a row is left alone until the next run, a minute later: the
 * mails behind them have not been tried, and leave as soon as it is back.
 */
const FAILURES_IN_ROW = 3

/**
 * Sends what is waiting and due: sign-in links first, then the oldest. A mail server that fails is noted on
 * the mail, which is tried again later, and never undoes the act that wrote it. Of two servers that try at
 * the same moment, one sends.
 */
export async function deliverDueMails(context: Context): Promise<void> {
  const { mailer } = context
  if (mailer === null) return
  const startedAt = context.now()
  let failures = 0
  const deliverInTurn = async () => {
    while (failures < FAILURES_IN_ROW) {
      const taken = await takeNextMail(context, startedAt)
      if (taken === null) return
      const answered = await deliver(context, mailer, taken)
      failures = answered === 'failed' ? failures + 1 : answered === 'not-asked' ? failures : 0
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, deliverInTurn))
}

async function deliver(
  context: Context,
  mailer: NonNullable<Mailer>,
  taken: { id: string; attempts: number },
): Promise<Delivery['state'] | 'not-asked'> {
  const [read] = await readMails(context, eq(mails.id, taken.id))
  if (read === undefined) return 'not-asked'
  const { digestId, ...mail } = read
  const stopAddress =
    digestId === null
      ? null
      : context.publicUrl() + urlTo('digestStop', { token: digestToken(context, digestId) })
  const withStop = (text: string) => (stopAddress === null ? text : text.replaceAll(STOP, stopAddress))
  // Tried again like any other: with the right key back, it leaves by itself.
  const delivery: Delivery = mail.linkLost
    ? { state: 'failed', answer: LINK_LOST }
    : await mailer.send({
        ...mail,
        text: withStop(mail.text),
        html: mail.html && withStop(mail.html),
        stopAddress,
        host: new URL(context.publicUrl()).hostname,
      })
  const now = context.now()
  const wait = RETRY_MINUTES[Math.min(taken.attempts, RETRY_MINUTES.length) - 1] ?? 1
  await context.db
    .update(mails)
    .set(
      delivery.state === 'sent'
        ? { sentAt: now, failure: null, nextAttemptAt: null }
        : delivery.state === 'refused'
          ? { bouncedAt: now, failure: delivery.answer, nextAttemptAt: null }
          : { failure: delivery.answer, nextAttemptAt: new Date(now.getTime() + wait * MINUTE_MS) },
    )
    .where(eq(mails.id, taken.id))
  return mail.linkLost ? 'not-asked' : delivery.state
}

/** Sign-in links and codes have limits of their own, and leave first. */
const isLimited = or(isNotNull(mails.grappeId), isNotNull(mails.budget))

const isDue = (now: Date, dueAt: Date) =>
  and(isWaiting(now), or(isNull(mails.nextAttemptAt), lte(mails.nextAttemptAt, dueAt)))

/**
 * Counts the try before it is made, so that nobody else makes it; null when nothing is due, or all is
 * somebody else's. What is over a limit of the day is held back on the way, and says so.
 */
async function takeNextMail(
  context: Pick<Context, 'db' | 'now' | 'mailLimits'>,
  dueAt: Date,
): Promise<{ id: string; attempts: number } | null> {
  for (;;) {
    const taken = await context.db.transaction(async tx => {
      // One server counts at a time: two would each see room for the last mail of the day.
      await tx.execute(sql`select pg_advisory_xact_lock(hashtext('envois'))`)
      const now = context.now()
      const [next] = await tx
        .select({ mail: mails, porteurId: grappes.porteurId })
        .from(mails)
        .leftJoin(grappes, eq(mails.grappeId, grappes.id))
        .where(isDue(now, dueAt))
        .orderBy(sql`${isLimited}`, asc(mails.createdAt), asc(mails.id))
        .limit(1)
      if (next === undefined) return null
      const { mail } = next
      const budget = mail.budget ?? (next.porteurId === null ? null : (`porteur:${next.porteurId}` as const))
      const held = budget === null ? null : await findLimitReached(tx, context, { ...mail, budget })
      if (held !== null) {
        await tx
          .update(mails)
          .set({ heldBy: held.by, nextAttemptAt: held.until })
          .where(and(isDue(now, dueAt), isLimited, isNull(mails.countedAt), held.whose))
        return 'held'
      }
      const attempts = mail.attempts + 1
      const nextAttemptAt = new Date(now.getTime() + LEASE_MINUTES * MINUTE_MS)
      await tx
        .update(mails)
        .set({ attempts, nextAttemptAt, countedAt: mail.countedAt ?? now, heldBy: null })
        .where(eq(mails.id, mail.id))
      return { id: mail.id, attempts }
    })
    if (taken !== 'held') return taken
  }
}

/** Whether one mail more is too many for a day; counted once, however often it is tried. */
async function findLimitReached(
  tx: Database,
  { now, mailLimits }: Pick<Context, 'now' | 'mailLimits'>,
  mail: Pick<typeof mails.$inferSelect, 'recipient' | 'countedAt'> & { budget: MailBudget },
): Promise<{ by: MailLimit; until: Date; whose: SQL | undefined } | null> {
  if (mail.countedAt !== null) return null
  const [kind, id = ''] = mail.budget.split(':')
  const ofGrappes = inArray(
    mails.grappeId,
    tx.select({ id: grappes.id }).from(grappes).where(eq(grappes.porteurId, id)),
  )
  const ofBudget = or(eq(mails.budget, mail.budget), kind === 'porteur' ? ofGrappes : undefined)
  const whose: ReadonlyArray<[MailLimit, SQL | undefined]> = [
    ['destinataire', eq(mails.recipient, mail.recipient)],
    ['porteur', ofBudget],
    ['serveur', undefined],
  ]
  for (const [by, those] of whose) {
    // The one that must be a day old before another leaves.
    const [last] = await tx
      .select({ countedAt: mails.countedAt })
      .from(mails)
      .where(and(gt(mails.countedAt, new Date(now().getTime() - DAY_MS)), those))
      .orderBy(desc(mails.countedAt))
      .offset(mailLimits[by] - 1)
      .limit(1)
    if (last?.countedAt) return { by, until: new Date(last.countedAt.getTime() + DAY_MS), whose: those }
  }
  return null
}

/** Invitations that a limit of the day holds back, by the address that each is for: until when. */
export async function heldInvitations(
  db: Database,
  budget: MailBudget,
): Promise<ReadonlyMap<string, Instant>> {
  const rows = await db
    .select({ recipient: mails.recipient, until: mails.nextAttemptAt })
    .from(mails)
    .where(and(eq(mails.budget, budget), isNotNull(mails.heldBy), isNull(mails.sentAt)))
    .orderBy(asc(mails.createdAt))
  return new Map(rows.flatMap(({ recipient, until }) => (until ? [[recipient, until.toISOString()]] : [])))
}

/**
 * The mails of one grappe, newest first: what its porteur may read.
 *
 * @param kinds of links that whoever reads may hold: mails that carry another one are left out.
 */
export async function readMailsOfGrappe(
  context: Context,
  grappeId: string,
  kinds: readonly HandedKind[] = HANDED_KINDS,
): Promise<Mail[]> {
  const readable = or(isNull(links.id), inArray(links.kind, [...kinds]))
  return (await readMails(context, and(eq(mails.grappeId, grappeId), readable))).map(shown)
}

/**
 * Every mail, sign-in links included, newest first: for whoever holds the outbox link of an embedded server.
 */
export async function readOutbox(context: Context): Promise<Mail[]> {
  return (await readMails(context, undefined)).map(shown)
}

/** As a page shows it, to others than whoever receives it. */
const shown = (mail: Mail): Mail => ({
  ...mail,
  text: mail.text.replaceAll(STOP, 'adresse dans le message reçu'),
})

/** The text with what the database does not hold: the link's address and the digits of a code. */
function filledIn(context: Pick<Context, 'tokens'>, text: string, address: string | null): string {
  return text
    .replaceAll('{lien}', address ?? NO_ADDRESS)
    .replace(/\{code:([0-9a-f-]{36})\}/g, (_, codeId: string) => context.tokens.ofCode(codeId))
}

async function readMails(
  context: Context,
  where: SQL | undefined,
): Promise<Array<Mail & { digestId: string | null }>> {
  const rows = await context.db
    .select({
      mail: mails,
      link: links,
      grappe: { id: grappes.id, name: grappes.name },
      porteurEmail: porteurs.email,
    })
    .from(mails)
    .leftJoin(links, eq(mails.linkId, links.id))
    .leftJoin(grappes, eq(mails.grappeId, grappes.id))
    .leftJoin(porteurs, eq(grappes.porteurId, porteurs.id))
    .where(where)
    .orderBy(desc(mails.createdAt), desc(mails.id))
    .limit(500)
  return rows.map(({ mail, link, grappe, porteurEmail }) => {
    const { id, recipient, subject } = mail
    const facts = mailFactsOf(mail)
    const address = link === null ? null : addressOfLink(context, link)
    const linkLost = !hasLeft(facts) && address === null && mail.body.includes('{lien}')
    return {
      id,
      recipient,
      subject,
      text: filledIn(context, mail.body, address),
      html: mail.html === null ? null : filledIn(context, mail.html, address),
      link: address,
      createdAt: mail.createdAt.toISOString(),
      ...facts,
      failure: linkLost ? LINK_LOST : facts.failure,
      linkLost,
      nextAttemptAt: mail.nextAttemptAt?.toISOString() ?? null,
      replyTo: porteurEmail === recipient ? null : porteurEmail,
      grappe,
      digestId: mail.digestId,
    }
  })
}

/**
 * The address that a link's holder opens, absolute.
 *
 * @returns null for an API token, which opens no page, and when the key changed since the link was made: it
 * still opens what it opened, but nobody can show it again.
 */
export function addressOfLink(
  context: Pick<Context, 'tokens' | 'publicUrl'>,
  link: Pick<Link, 'id' | 'kind' | 'tokenHash'>,
): string | null {
  const token = context.tokens.ofLink(link.id)
  if (link.kind === 'porteur' || context.tokens.hash(token) !== link.tokenHash) return null
  return addressOf(context, link.kind, token)
}

/** The address that a token of this kind opens, absolute. */
export function addressOf(
  context: Pick<Context, 'publicUrl'>,
  kind: Exclude<Link['kind'], 'porteur'>,
  token: string,
): string {
  switch (kind) {
    case 'connexion':
    case 'inscription':
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
      return context.publicUrl() + urlTo('calendarFeed', { token })
  }
}
