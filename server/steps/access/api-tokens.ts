/** Tokens with which a porteur's own programs call the API: links that open no page. */
import { and, asc, eq } from 'drizzle-orm'
import { links } from '../../../schema/tables.ts'
import type { Role } from '../../domain/role.ts'
import type { Context } from '../ports.ts'
import { issueLink, type Link } from './links.ts'

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
