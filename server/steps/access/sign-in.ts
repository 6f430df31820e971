/** A porteur signs in by an e-mailed link: asking for it, then using it once. */
import { and, asc, desc, eq, gt, isNull, sql } from 'drizzle-orm'
import { colleagues, links, porteurs, sessions } from '../../../schema/tables.ts'
import type { Proof } from '../../domain/journal/entry.ts'
import type { Role } from '../../domain/role.ts'
import type { Context, Database } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { type AskedToken, issueApiToken } from './api-tokens.ts'
import type { CodeHolder } from './confirm-by-code.ts'
import { findLink, issueLink, type Link, SIGN_IN_KINDS } from './links.ts'
import { writeMail } from './send-mail.ts'

const HOUR_MS = 60 * 60 * 1000
const SESSION_HOURS = 7 * 24
/** A provider vouches for its people that day: whoever left is asked again, for one click. */
const VOUCHED_HOURS = 12
const SEEN_MS = 5 * 60 * 1000

/** Somebody who acts for a porteur: one of its people, with its own role. */
export interface Porteur {
  /** Of the porteur. */
  id: string
  colleagueId: string
  /** The person's own address: what the journal says. */
  email: string
  role: Role
  /** Where members and the ARS write to the porteur, whoever of its people acts. */
  contactEmail: string
  /** How it came in: by a session, by an API token, or by a command on the server. */
  proof: Extract<Proof, 'session' | 'token' | 'command'>
}

/** The columns of a `Porteur`. */
export const PERSON = {
  id: porteurs.id,
  colleagueId: colleagues.id,
  email: colleagues.email,
  role: colleagues.role,
  contactEmail: porteurs.email,
}

/** Where a session is opened from, as far as its browser tells. */
export interface SessionPlace {
  userAgent: string | null
  /** An IP address. */
  address: string | null
}

const NOWHERE: SessionPlace = { userAgent: null, address: null }

/**
 * Mails a sign-in link to an address already checked. One that is of no porteur becomes one when it uses the
 * link, and not before: whoever typed it has proved nothing.
 */
export async function requestSignIn(context: Context, email: string): Promise<void> {
  await context.db.transaction(async tx => {
    const porteur = await findPerson(tx, email)
    const link =
      porteur === null
        ? await issueLink(tx, context, { kind: 'inscription', email, label: email })
        : await issueSignInLink(tx, context, porteur)
    await writeMail(tx, context, {
      ...context.mailTexts.signIn(),
      recipient: email,
      grappeId: null,
      linkId: link.id,
    })
  })
  await context.jobs.kick('envois')
}

/** Whether a sign-in link is a reviewer's, and no porteur's. */
export const isReviewerLink = ({ kind, porteurId }: Pick<Link, 'kind' | 'porteurId'>): boolean =>
  kind === 'connexion' && porteurId === null

/** A link that signs this person in, once. */
export async function issueSignInLink(
  tx: Database,
  context: Pick<Context, 'tokens' | 'now' | 'newId'>,
  { id, colleagueId, email }: Pick<Porteur, 'id' | 'colleagueId' | 'email'>,
): ReturnType<typeof issueLink> {
  return await issueLink(tx, context, { kind: 'connexion', porteurId: id, colleagueId, label: email })
}

/** A browser signed in, and as whom. */
export interface OpenedSession {
  sessionToken: string
  expiresAt: Date
  as: 'porteur' | 'ars'
  /** Whether the address belongs to other porteurs too, among which it may choose. */
  severalSpaces: boolean
}

/** Consumes a porteur's or a reviewer's sign-in link and opens its session; of two uses at once, one wins. */
export async function signIn(
  context: Context,
  linkToken: string,
  place: SessionPlace = NOWHERE,
): Promise<Outcome<OpenedSession>> {
  const consumed = await consumeSignInLink(context, linkToken)
  if (!consumed.ok) return consumed
  const { porteurId, colleagueId, email } = consumed.value
  const reviewerEmail = porteurId === null ? email : null
  const whose = { porteurId, colleagueId, reviewerEmail, openedBy: 'link' } as const
  const opened = await openSession(context, whose, place)
  const severalSpaces = colleagueId !== null && (await countSpaces(context.db, colleagueId)) > 1
  return done({ ...opened, as: porteurId === null ? 'ars' : 'porteur', severalSpaces })
}

/** Opens a session for whoever has just proved that it reads mail there. */
export async function openSession(
  context: Pick<Context, 'db' | 'now' | 'newId' | 'tokens'>,
  whose: Pick<typeof sessions.$inferInsert, 'porteurId' | 'colleagueId' | 'reviewerEmail' | 'openedBy'>,
  place: SessionPlace = NOWHERE,
): Promise<Pick<OpenedSession, 'sessionToken' | 'expiresAt'>> {
  const createdAt = context.now()
  const isVouched = whose.openedBy === 'proconnect' || whose.openedBy === 'oidc'
  const hours = isVouched ? VOUCHED_HOURS : SESSION_HOURS
  const expiresAt = new Date(createdAt.getTime() + hours * HOUR_MS)
  const sessionToken = context.tokens.random()
  const tokenHash = context.tokens.hash(sessionToken)
  await context.db
    .insert(sessions)
    .values({ id: context.newId(), ...whose, ...place, tokenHash, createdAt, expiresAt })
  return { sessionToken, expiresAt }
}

/** To how many porteurs the address of this colleague belongs. */
async function countSpaces(db: Database, colleagueId: string): Promise<number> {
  const email = db.select({ email: colleagues.email }).from(colleagues).where(eq(colleagues.id, colleagueId))
  return await db.$count(colleagues, and(eq(colleagues.email, email), isNull(colleagues.removedAt)))
}

/** Consumes a sign-in link and gives an API token, for programs. */
export async function signInProgram(
  context: Context,
  linkToken: string,
  asked: AskedToken,
): Promise<Outcome<{ token: string; expiresAt: Date }>> {
  const found = await findLink(context, linkToken, SIGN_IN_KINDS)
  // A reviewer's program uses the reviewer's link itself.
  if (found.ok && isReviewerLink(found.value)) return refuse('link-unknown')
  const consumed = await consumeSignInLink(context, linkToken)
  if (!consumed.ok) return consumed
  const { porteurId, colleagueId } = consumed.value
  if (porteurId === null || colleagueId === null) return refuse('link-unknown')
  return done(await issueApiToken(context, { id: porteurId, colleagueId }, asked))
}

/** Who holds this session cookie; null when it is unknown or over, or when the person was removed. */
export async function findSession(context: Context, sessionToken: string): Promise<Porteur | null> {
  const [row] = await context.db
    .select({ person: PERSON, sessionId: sessions.id, lastSeenAt: sessions.lastSeenAt })
    .from(sessions)
    .innerJoin(colleagues, eq(sessions.colleagueId, colleagues.id))
    .innerJoin(porteurs, eq(colleagues.porteurId, porteurs.id))
    .where(isOpen(context, sessionToken))
  if (row === undefined) return null
  await noteSeen(context, row)
  return { ...row.person, proof: 'session' }
}

const isOpen = ({ tokens, now }: Pick<Context, 'tokens' | 'now'>, sessionToken: string) =>
  and(
    eq(sessions.tokenHash, tokens.hash(sessionToken)),
    gt(sessions.expiresAt, now()),
    isNull(colleagues.removedAt),
  )

/** Every few minutes only: a page that is read writes nothing else. */
export async function noteSeen(
  { db, now }: Pick<Context, 'db' | 'now'>,
  { sessionId, lastSeenAt }: { sessionId: string; lastSeenAt: Date | null },
): Promise<void> {
  const seenAt = now()
  if (lastSeenAt !== null && seenAt.getTime() - lastSeenAt.getTime() < SEEN_MS) return
  await db.update(sessions).set({ lastSeenAt: seenAt }).where(eq(sessions.id, sessionId))
}

/** The session as whoever confirms by a code, sent to the person; null when it is unknown or over. */
export async function findSessionHolder(context: Context, sessionToken: string): Promise<CodeHolder | null> {
  const [row] = await context.db
    .select({ id: sessions.id, email: colleagues.email })
    .from(sessions)
    .innerJoin(colleagues, eq(sessions.colleagueId, colleagues.id))
    .where(isOpen(context, sessionToken))
  return row === undefined ? null : { ...row, browser: null, side: 'porteur', journal: null }
}

export async function signOut(context: Context, sessionToken: string): Promise<void> {
  await context.db.delete(sessions).where(eq(sessions.tokenHash, context.tokens.hash(sessionToken)))
}

async function isRemoved(context: Pick<Context, 'db'>, colleagueId: string): Promise<boolean> {
  const still = and(eq(colleagues.id, colleagueId), isNull(colleagues.removedAt))
  return (await context.db.$count(colleagues, still)) === 0
}

/**
 * By the one who runs the server, or to be signed in: it has proved nothing more. An address that is of no
 * porteur carries its own, and administers it; one of several porteurs comes first where it is written to.
 */
export async function findOrCreatePorteur(
  db: Database,
  context: Pick<Context, 'newId' | 'now'>,
  email: string,
): Promise<Porteur> {
  return await db.transaction(async tx => {
    await lockAddress(tx, email)
    const known = await findPerson(tx, email)
    return { ...(known ?? (await createPorteur(tx, context, email))), proof: 'command' }
  })
}

/** The person of a porteur who reads mail there; null when the address is of no porteur. */
async function findPerson(tx: Database, email: string): Promise<Omit<Porteur, 'proof'> | null> {
  const [known] = await tx
    .select(PERSON)
    .from(colleagues)
    .innerJoin(porteurs, eq(colleagues.porteurId, porteurs.id))
    .where(and(eq(colleagues.email, email), isNull(colleagues.removedAt)))
    .orderBy(desc(eq(porteurs.email, email)), asc(colleagues.invitedAt), asc(colleagues.id))
    .limit(1)
  return known ?? null
}

/** Of two acts at the same moment that may start a porteur for an address, one does. */
export async function lockAddress(tx: Database, email: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`porteur ${email}`}))`)
}

/** A porteur of one person, which administers it. */
export async function createPorteur(
  tx: Database,
  { newId, now }: Pick<Context, 'newId' | 'now'>,
  email: string,
): Promise<Omit<Porteur, 'proof'>> {
  const id = newId()
  const colleagueId = newId()
  const at = now()
  await tx.insert(porteurs).values({ id, email, createdAt: at })
  await tx
    .insert(colleagues)
    .values({ id: colleagueId, porteurId: id, email, role: 'administrer', invitedAt: at, joinedAt: at })
  return { id, colleagueId, email, role: 'administrer', contactEmail: email }
}

async function consumeSignInLink(
  context: Context,
  token: string,
): Promise<Outcome<Pick<Link, 'porteurId' | 'colleagueId' | 'email'>>> {
  const found = await findLink(context, token, SIGN_IN_KINDS)
  if (!found.ok) return found
  const { kind, colleagueId, email } = found.value
  if (colleagueId !== null && (await isRemoved(context, colleagueId))) {
    return refuse('link-revoked')
  }
  const now = context.now()
  return await context.db.transaction(async tx => {
    const [consumed] = await tx
      .update(links)
      .set({ consumedAt: now, lastUsedAt: now })
      .where(and(eq(links.id, found.value.id), isNull(links.consumedAt)))
      .returning({ porteurId: links.porteurId, colleagueId: links.colleagueId, email: links.email })
    if (consumed === undefined) return refuse('link-consumed')
    if (kind === 'inscription' && email !== null) {
      const { id, colleagueId } = await findOrCreatePorteur(tx, context, email)
      return done({ porteurId: id, colleagueId, email })
    }
    if (colleagueId !== null) await noteJoined(tx, context, colleagueId)
    return done(consumed)
  })
}

/** The first time that somebody comes as this colleague. */
export async function noteJoined(
  tx: Database,
  { now }: Pick<Context, 'now'>,
  colleagueId: string,
): Promise<void> {
  await tx
    .update(colleagues)
    .set({ joinedAt: now() })
    .where(and(eq(colleagues.id, colleagueId), isNull(colleagues.joinedAt)))
}
