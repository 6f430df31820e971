/** Tokens with which a porteur's own programs call the API: links that open no page. */
import { and, asc, eq, isNull } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { links } from '../../../schema/tables.ts'
import type { Proof } from '../../domain/journal/entry.ts'
import type { Role } from '../../domain/role.ts'
import type { Context } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { endLinks } from './end-links.ts'
import { isLive, issueLink, type Link } from './links.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** What whoever proved itself asks for: no token is made by another one. */
export interface AskedToken {
  label: string
  /** The most that it may, whatever its person may. */
  scope: Role
  days: number
}

export async function issueApiToken(
  context: Context,
  { id, colleagueId }: { id: string; colleagueId: string },
  { label, scope, days }: AskedToken,
): Promise<{ token: string; expiresAt: Date }> {
  return await issueLink(context.db, context, {
    kind: 'porteur',
    porteurId: id,
    colleagueId,
    label,
    scope,
    ttlMs: days * DAY_MS,
  })
}

/** The porteur's API tokens, oldest first, revoked ones included. */
export async function listApiTokens(context: Context, porteurId: string): Promise<Link[]> {
  return await context.db
    .select()
    .from(links)
    .where(and(eq(links.porteurId, porteurId), eq(links.kind, 'porteur')))
    .orderBy(asc(links.createdAt), asc(links.id))
}

/** What a token made that still opens something, and ends with it. */
export type MadeByToken = Pick<Link, 'id' | 'kind' | 'label' | 'email'> & { tokenId: string }

/** Of all the tokens of the porteur, oldest first. */
export async function listMadeByTokens(
  { db, now }: Pick<Context, 'db' | 'now'>,
  porteurId: string,
): Promise<MadeByToken[]> {
  const token = alias(links, 'token')
  return await db
    .select({
      id: links.id,
      kind: links.kind,
      label: links.label,
      email: links.email,
      tokenId: token.id,
    })
    .from(links)
    .innerJoin(token, eq(links.parentId, token.id))
    .where(and(eq(token.porteurId, porteurId), eq(token.kind, 'porteur'), isLive(now())))
    .orderBy(asc(links.createdAt), asc(links.id))
}

/**
 * Revokes a token, and with it whatever it made; revoking twice changes nothing.
 *
 * @param renews whether those to whom it handed a link are given another one.
 */
export async function revokeApiToken(
  context: Context,
  porteur: { id: string; email: string; proof: Proof },
  tokenId: string,
  { renews }: { renews: boolean },
): Promise<Outcome<null>> {
  const revoked = await context.db.transaction(async (tx): Promise<Outcome<null>> => {
    const mine = and(eq(links.id, tokenId), eq(links.porteurId, porteur.id), eq(links.kind, 'porteur'))
    const [token] = await tx.select({ id: links.id }).from(links).where(mine).for('update')
    if (token === undefined) return refuse('not-found')
    await tx
      .update(links)
      .set({ revokedAt: context.now() })
      .where(and(mine, isNull(links.revokedAt)))
    const actor = { name: porteur.email, proof: porteur.proof }
    await endLinks(tx, context, eq(links.parentId, tokenId), { actor, renews })
    return done(null)
  })
  if (revoked.ok && renews) await context.jobs.kick('envois')
  return revoked
}
