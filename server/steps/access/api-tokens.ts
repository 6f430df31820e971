/** Tokens with which a porteur's own programs call the API: links that open no page. */
import { and, asc, eq } from 'drizzle-orm'
import { links } from '../../../schema/tables.ts'
import type { Context } from '../ports.ts'
import { issueLink, type Link } from './links.ts'

export async function issueApiToken(
  context: Context,
  { id, colleagueId }: { id: string; colleagueId: string },
  label: string,
): Promise<{ token: string; expiresAt: Date }> {
  return await issueLink(context.db, context, { kind: 'porteur', porteurId: id, colleagueId, label })
}

/** The porteur's API tokens, oldest first, revoked ones included. */
export async function listApiTokens(context: Context, porteurId: string): Promise<Link[]> {
  return await context.db
    .select()
    .from(links)
    .where(and(eq(links.porteurId, porteurId), eq(links.kind, 'porteur')))
    .orderBy(asc(links.createdAt), asc(links.id))
}
