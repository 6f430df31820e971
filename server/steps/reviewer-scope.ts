/** What a reviewer may read and say: the dossiers that were handed to it, in their sealed versions only. */
import { and, desc, eq, gt, isNull } from 'drizzle-orm'
import { grappes, links, porteurs } from '../../schema/tables.ts'
import type { Call } from '../domain/call.ts'
import { findLink, type Link } from './links.ts'
import type { Context } from './ports.ts'
import { done, type Outcome, refuse } from './refusals.ts'
import { storedCall } from './stored-call.ts'

export interface ReviewerScope {
  grappeId: string
  grappeName: string
  call: Call
  /** Whom the reviewer writes to. */
  porteurEmail: string
  /** The reviewer's name as the porteur wrote it on its link: what the journal says. */
  actor: string
  linkId: string
  /** To whom the link was handed, lower case; null when the porteur gave no address. */
  email: string | null
  /** Whether this visitor proved that it reads mail at `email`: by a session, never by the link itself. */
  signedIn: boolean
}

/**
 * Opens the one dossier that a link was handed for. Reads only.
 *
 * The other dossiers handed to the same address stay closed: the porteur of this one holds a copy of the link, and it
 * must not read through it what other porteurs handed over. Only a session opened from that mailbox shows them all.
 */
export async function openReviewerLink(context: Context, token: string): Promise<Outcome<ReviewerScope>> {
  const found = await findLink(context, token, ['ars'])
  if (!found.ok) return found
  const { grappeId } = found.value
  const scope = grappeId === null ? null : await scopeOf(context, { ...found.value, grappeId }, false)
  return scope === null ? refuse('link-unknown') : done(scope)
}

/** Opens a dossier handed to a reviewer who signed in by e-mail; null when it was not, or not any more. */
export async function openReviewerDossier(
  context: Context,
  email: string,
  grappeId: string,
): Promise<ReviewerScope | null> {
  const [link] = await linksHandedTo(context, email, grappeId)
  return link === undefined ? null : await scopeOf(context, { ...link, grappeId }, true)
}

/**
 * The links that still open something and were handed to this address, newest first.
 *
 * @param grappeId narrows to one dossier.
 */
export async function linksHandedTo(
  context: Pick<Context, 'db' | 'now'>,
  email: string,
  grappeId?: string,
): Promise<Link[]> {
  return await context.db
    .select()
    .from(links)
    .where(
      and(
        eq(links.kind, 'ars'),
        eq(links.email, email),
        isNull(links.revokedAt),
        gt(links.expiresAt, context.now()),
        grappeId === undefined ? undefined : eq(links.grappeId, grappeId),
      ),
    )
    .orderBy(desc(links.createdAt), desc(links.id))
}

async function scopeOf(
  context: Pick<Context, 'db'>,
  link: Pick<Link, 'id' | 'label' | 'email'> & { grappeId: string },
  signedIn: boolean,
): Promise<ReviewerScope | null> {
  const [row] = await context.db
    .select({ name: grappes.name, call: grappes.call, porteurEmail: porteurs.email })
    .from(grappes)
    .innerJoin(porteurs, eq(grappes.porteurId, porteurs.id))
    .where(eq(grappes.id, link.grappeId))
  if (row === undefined) return null
  return {
    grappeId: link.grappeId,
    grappeName: row.name,
    call: storedCall(row.call),
    porteurEmail: row.porteurEmail,
    actor: link.label,
    linkId: link.id,
    email: link.email,
    signedIn,
  }
}
