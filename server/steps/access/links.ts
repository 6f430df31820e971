/**
 * Capabilities: giving one, finding what it opens, taking it back. Opening an address never goes through a
 * write.
 */
import { and, eq, gt, isNull, type SQL, sql } from 'drizzle-orm'
import { type LinkKind, links } from '../../../schema/tables.ts'
import type { Context, Database } from '../ports.ts'
import { preparedOnce } from '../prepared-once.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

export type Link = typeof links.$inferSelect

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * How long each kind of link lasts. Member and reviewer links outlive an average call; all can be revoked.
 */
export const LINK_TTL_MS: Readonly<Record<LinkKind, number>> = {
  connexion: 30 * 60 * 1000,
  inscription: 30 * 60 * 1000,
  administration: DAY_MS,
  porteur: 7 * DAY_MS,
  og: 180 * DAY_MS,
  esms: 180 * DAY_MS,
  personne: 180 * DAY_MS,
  ars: 365 * DAY_MS,
  agenda: 365 * DAY_MS,
}

/** What of a porteur's is a colleague's: nothing is the porteur's alone. */
type OfColleague = { porteurId: string; colleagueId: string } | { porteurId?: never; colleagueId?: never }

export type LinkScope = OfColleague & Partial<Pick<Link, 'grappeId' | 'ogId' | 'esmsId' | 'email' | 'scope'>>

/** Those that sign somebody in, once. */
export const SIGN_IN_KINDS = ['connexion', 'inscription'] as const

/** Writes a new link and returns it with its token, which the database does not hold. */
export async function issueLink(
  tx: Database,
  context: Pick<Context, 'tokens' | 'now' | 'newId' | 'bearerId'>,
  link: LinkScope & { kind: LinkKind; label: string; ttlMs?: number },
): Promise<{ id: string; token: string; expiresAt: Date }> {
  const id = context.newId()
  const token = context.tokens.ofLink(id)
  const createdAt = context.now()
  const { ttlMs = LINK_TTL_MS[link.kind], ...row } = link
  const expiresAt = new Date(createdAt.getTime() + ttlMs)
  const parentId = context.bearerId ?? null
  const tokenHash = context.tokens.hash(token)
  await tx.insert(links).values({ ...row, id, tokenHash, parentId, createdAt, expiresAt })
  return { id, token, expiresAt }
}

const byToken = preparedOnce(db =>
  db
    .select()
    .from(links)
    .where(eq(links.tokenHash, sql.placeholder('hash')))
    .prepare('link_by_token'),
)

/** Finds what a token opens. Reads only: mail scanners open links. */
export async function findLink(
  context: Pick<Context, 'db' | 'tokens' | 'now'>,
  token: string,
  kinds: readonly LinkKind[],
): Promise<Outcome<Link>> {
  const [link] = await byToken(context.db).execute({ hash: context.tokens.hash(token) })
  return judgeLink(link, kinds, context.now())
}

/** Whether a link, as it was found, opens what it opens at that instant. */
export function judgeLink(link: Link | undefined, kinds: readonly LinkKind[], now: Date): Outcome<Link> {
  if (link === undefined || !kinds.includes(link.kind)) return refuse('link-unknown')
  if (link.revokedAt !== null) return refuse('link-revoked')
  if (link.consumedAt !== null) return refuse('link-consumed')
  return link.expiresAt <= now ? refuse('link-expired') : done(link)
}

/** Notes that a person, not a scanner, used the link. */
export async function noteLinkUse(context: Pick<Context, 'db' | 'now'>, linkId: string): Promise<void> {
  await context.db.update(links).set({ lastUsedAt: context.now() }).where(eq(links.id, linkId))
}

/** Whether a link still opens what it opens. */
export const isLive = (now: Date): SQL | undefined =>
  and(isNull(links.revokedAt), isNull(links.consumedAt), gt(links.expiresAt, now))

/** Revokes a link of a grappe; revoking twice changes nothing. */
export async function revokeLink(
  context: Pick<Context, 'db' | 'now'>,
  linkId: string,
  { grappeId }: { grappeId: string },
): Promise<Outcome<null>> {
  const [link] = await context.db
    .select({ id: links.id })
    .from(links)
    .where(and(eq(links.id, linkId), eq(links.grappeId, grappeId)))
  if (link === undefined) return refuse('not-found')
  await context.db
    .update(links)
    .set({ revokedAt: context.now() })
    .where(and(eq(links.id, linkId), isNull(links.revokedAt)))
  return done(null)
}
