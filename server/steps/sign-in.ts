/** A porteur signs in by an e-mailed link: asking for it, then using it once. */
import { and, eq, gt, isNull } from 'drizzle-orm'
import { links, porteurs, sessions } from '../../schema/tables.ts'
import { findLink, issueLink, type Link } from './links.ts'
import type { Context, Database } from './ports.ts'
import { done, type Outcome, refuse } from './refusals.ts'
import type { StepHolder } from './second-step.ts'
import { deliverMail, writeMail } from './send-mail.ts'

const SESSION_MS = 7 * 24 * 60 * 60 * 1000

export interface Porteur {
  id: string
  email: string
}

/** Mails a sign-in link to an address already checked. A new address becomes a porteur: it sees its own grappes only. */
export async function requestSignIn(context: Context, email: string): Promise<void> {
  const mailId = await context.db.transaction(async tx => {
    const porteur = await findOrCreatePorteur(tx, context, email)
    const link = await issueLink(tx, context, { kind: 'connexion', porteurId: porteur.id, label: email })
    return await writeMail(tx, context, {
      ...context.mailTexts.signIn(),
      recipient: email,
      grappeId: null,
      linkId: link.id,
    })
  })
  await deliverMail(context, mailId)
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
  const createdAt = context.now()
  const expiresAt = new Date(createdAt.getTime() + SESSION_MS)
  const sessionToken = context.tokens.random()
  await context.db.insert(sessions).values({
    id: context.newId(),
    porteurId,
    reviewerEmail: porteurId === null ? email : null,
    tokenHash: context.tokens.hash(sessionToken),
    createdAt,
    expiresAt,
  })
  return done({ sessionToken, expiresAt, as: porteurId === null ? 'ars' : 'porteur' })
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
  return row ?? null
}

/** The session as the holder of a second step, its code sent to the porteur; null when it is unknown or over. */
export async function findSessionHolder(context: Context, sessionToken: string): Promise<StepHolder | null> {
  const [row] = await context.db
    .select({ id: sessions.id, email: porteurs.email })
    .from(sessions)
    .innerJoin(porteurs, eq(sessions.porteurId, porteurs.id))
    .where(
      and(eq(sessions.tokenHash, context.tokens.hash(sessionToken)), gt(sessions.expiresAt, context.now())),
    )
  return row === undefined ? null : { ...row, journal: null }
}

export async function signOut(context: Context, sessionToken: string): Promise<void> {
  await context.db.delete(sessions).where(eq(sessions.tokenHash, context.tokens.hash(sessionToken)))
}

export async function readPorteur(context: Context, porteurId: string): Promise<Porteur | null> {
  const [row] = await context.db
    .select({ id: porteurs.id, email: porteurs.email })
    .from(porteurs)
    .where(eq(porteurs.id, porteurId))
  return row ?? null
}

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
  return porteur
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
