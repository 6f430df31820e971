/** A porteur signs in by an e-mailed link: asking for it, then using it once. */
import { and, eq, gt, isNull } from 'drizzle-orm'
import { links, porteurs, sessions } from '../../../schema/tables.ts'
import type { Proof } from '../../domain/journal/entry.ts'
import type { Context, Database } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import type { CodeHolder } from './confirm-by-code.ts'
import { findLink, issueLink, type Link } from './links.ts'
import { writeMail } from './send-mail.ts'

const SESSION_MS = 7 * 24 * 60 * 60 * 1000

export interface Porteur {
  id: string
  email: string
  /** How it came in: by a session, by an API token, or by a command on the server. */
  proof: Extract<Proof, 'session' | 'token' | 'command'>
}

/**
 * Mails a sign-in link to an address already checked. A new address becomes a porteur: it sees its own
 * grappes only.
 */
export async function requestSignIn(context: Context, email: string): Promise<void> {
  await context.db.transaction(async tx => {
    const porteur = await findOrCreatePorteur(tx, context, email)
    const link = await issueLink(tx, context, { kind: 'connexion', porteurId: porteur.id, label: email })
    await writeMail(tx, context, {
      ...context.mailTexts.signIn(),
      recipient: email,
      grappeId: null,
      linkId: link.id,
    })
  })
  await context.jobs.kick('envois')
}

/** A browser signed in, and as whom. */
export interface OpenedSession {
  sessionToken: string
  expiresAt: Date
  as: 'porteur' | 'ars'
}

/** Consumes a porteur's or a reviewer's sign-in link and opens its session; of two uses at once, one wins. */
export async function signIn(context: Context, linkToken: string): Promise<Outcome<OpenedSession>> {
  const consumed = await consumeSignInLink(context, linkToken)
  if (!consumed.ok) return consumed
  const { porteurId, email } = consumed.value
  const opened = await openSession(context, {
    porteurId,
    reviewerEmail: porteurId === null ? email : null,
    openedBy: 'link',
  })
  return done({ ...opened, as: porteurId === null ? 'ars' : 'porteur' })
}

/** Opens a session for whoever has just proved that it reads mail there. */
export async function openSession(
  context: Pick<Context, 'db' | 'now' | 'newId' | 'tokens'>,
  whose: Pick<typeof sessions.$inferInsert, 'porteurId' | 'reviewerEmail' | 'openedBy'>,
): Promise<Pick<OpenedSession, 'sessionToken' | 'expiresAt'>> {
  const createdAt = context.now()
  const expiresAt = new Date(createdAt.getTime() + SESSION_MS)
  const sessionToken = context.tokens.random()
  const tokenHash = context.tokens.hash(sessionToken)
  await context.db.insert(sessions).values({ id: context.newId(), ...whose, tokenHash, createdAt, expiresAt })
  return { sessionToken, expiresAt }
}

/** Consumes a sign-in link and gives an API token, for programs. */
export async function signInProgram(
  context: Context,
  linkToken: string,
  label: string,
): Promise<Outcome<{ token: string; expiresAt: Date }>> {
  const found = await findLink(context, linkToken, ['connexion'])
  // A reviewer's program uses the reviewer's link itself.
  if (found.ok && found.value.porteurId === null) return refuse('link-unknown')
  const consumed = await consumeSignInLink(context, linkToken)
  if (!consumed.ok) return consumed
  const { porteurId } = consumed.value
  const link = await issueLink(context.db, context, { kind: 'porteur', porteurId, label })
  return done({ token: link.token, expiresAt: link.expiresAt })
}

/** Who holds this session cookie; null when it is unknown or over. */
export async function findSession(context: Context, sessionToken: string): Promise<Porteur | null> {
  const [row] = await context.db
    .select({ id: porteurs.id, email: porteurs.email })
    .from(sessions)
    .innerJoin(porteurs, eq(sessions.porteurId, porteurs.id))
    .where(
      and(eq(sessions.tokenHash, context.tokens.hash(sessionToken)), gt(sessions.expiresAt, context.now())),
    )
  return row === undefined ? null : { ...row, proof: 'session' }
}

/** The session as whoever confirms by a code, sent to the porteur; null when it is unknown or over. */
export async function findSessionHolder(context: Context, sessionToken: string): Promise<CodeHolder | null> {
  const [row] = await context.db
    .select({ id: sessions.id, email: porteurs.email })
    .from(sessions)
    .innerJoin(porteurs, eq(sessions.porteurId, porteurs.id))
    .where(
      and(eq(sessions.tokenHash, context.tokens.hash(sessionToken)), gt(sessions.expiresAt, context.now())),
    )
  return row === undefined ? null : { ...row, browser: null, journal: null }
}

export async function signOut(context: Context, sessionToken: string): Promise<void> {
  await context.db.delete(sessions).where(eq(sessions.tokenHash, context.tokens.hash(sessionToken)))
}

/** Of a token that was found to be an API token of this porteur. */
export async function readTokenPorteur(context: Context, porteurId: string): Promise<Porteur | null> {
  const [row] = await context.db
    .select({ id: porteurs.id, email: porteurs.email })
    .from(porteurs)
    .where(eq(porteurs.id, porteurId))
  return row === undefined ? null : { ...row, proof: 'token' }
}

/** By the one who runs the server, or to be signed in: it has proved nothing more. */
export async function findOrCreatePorteur(
  tx: Database,
  context: Pick<Context, 'newId' | 'now'>,
  email: string,
): Promise<Porteur> {
  await tx
    .insert(porteurs)
    .values({ id: context.newId(), email, createdAt: context.now() })
    .onConflictDoNothing()
  const [porteur] = await tx
    .select({ id: porteurs.id, email: porteurs.email })
    .from(porteurs)
    .where(eq(porteurs.email, email))
  if (porteur === undefined) throw new Error(`The porteur just written cannot be read back`)
  return { ...porteur, proof: 'command' }
}

async function consumeSignInLink(
  context: Context,
  token: string,
): Promise<Outcome<Pick<Link, 'porteurId' | 'email'>>> {
  const found = await findLink(context, token, ['connexion'])
  if (!found.ok) return found
  const now = context.now()
  const [consumed] = await context.db
    .update(links)
    .set({ consumedAt: now, lastUsedAt: now })
    .where(and(eq(links.id, found.value.id), isNull(links.consumedAt)))
    .returning({ porteurId: links.porteurId, email: links.email })
  return consumed === undefined ? refuse('link-consumed') : done(consumed)
}
