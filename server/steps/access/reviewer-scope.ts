/** What a reviewer may read and say: the dossiers that were handed to it, in their sealed versions only. */
import { and, desc, eq, gt, isNull } from 'drizzle-orm'
import { grappes, links, porteurs } from '../../../schema/tables.ts'
import type { Call, Day } from '../../domain/call.ts'
import { dayOf } from '../../domain/deadline.ts'
import type { Actor } from '../../domain/journal/entry.ts'
import type { ProvedBy, ReviewerProof } from '../../domain/review.ts'
import type { Context } from '../ports.ts'
import { storedCall } from '../read/stored-call.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { findLink, type Link } from './links.ts'

export interface ReviewerScope {
  grappeId: string
  grappeName: string
  call: Call
  /** Since when the porteur has put the grappe away; null while it is current. */
  archivedOn: Day | null
  /** Whom the reviewer writes to. */
  porteurEmail: string
  /** The reviewer's name as the porteur wrote it on its link: what the journal says. */
  actor: string
  linkId: string
  /** To whom the link was handed, lower case; null when the porteur gave no address. */
  email: string | null
  /** What this visitor proved: by the link alone, nothing, since the porteur holds a copy of it. */
  proof: 'link' | ReviewerProof
}

/**
 * A reviewer who proved that it reads mail at its address: it alone speaks for the ARS, and no step that does
 * takes anybody else.
 */
export interface SpeakingReviewer extends ReviewerScope, ProvedBy {
  email: string
  proof: ReviewerProof
}

/**
 * Opens the one dossier that a link was handed for. Reads only.
 *
 * The other dossiers handed to the same address stay closed: the porteur of this one holds a copy of the
 * link, and it must not read through it what other porteurs handed over. Only a session opened from that
 * mailbox shows them all.
 */
export async function openReviewerLink(context: Context, token: string): Promise<Outcome<ReviewerScope>> {
  const found = await findLink(context, token, ['ars'])
  if (!found.ok) return found
  const { grappeId } = found.value
  const scope = grappeId === null ? null : await scopeOf(context, { ...found.value, grappeId }, 'link')
  return scope === null ? refuse('link-unknown') : done(scope)
}

/** Opens a dossier handed to a reviewer who signed in by e-mail; null when it was not, or not any more. */
export async function openReviewerDossier(
  context: Context,
  { email, proof }: ProvedBy,
  grappeId: string,
): Promise<SpeakingReviewer | null> {
  const [link] = await linksHandedTo(context, email, grappeId)
  const scope = link === undefined ? null : await scopeOf(context, { ...link, grappeId }, proof)
  return scope && { ...scope, email, proof }
}

/** The reviewer of a link, once a session proved that it reads mail where the link was handed. */
export function speakingBy(scope: ReviewerScope, session: ProvedBy | null): Outcome<SpeakingReviewer> {
  const { email } = scope
  if (email === null) return refuse('reviewer-without-email')
  if (session === null || session.email !== email) return refuse('reviewer-unproved')
  return done({ ...scope, email, proof: session.proof })
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
  proof: ReviewerScope['proof'],
): Promise<ReviewerScope | null> {
  const [row] = await context.db
    .select({
      name: grappes.name,
      call: grappes.call,
      archivedAt: grappes.archivedAt,
      porteurEmail: porteurs.email,
    })
    .from(grappes)
    .innerJoin(porteurs, eq(grappes.porteurId, porteurs.id))
    .where(eq(grappes.id, link.grappeId))
  if (row === undefined) return null
  const { archivedAt } = row
  const call = storedCall(row.call)
  return {
    grappeId: link.grappeId,
    grappeName: row.name,
    call,
    archivedOn: archivedAt && dayOf(archivedAt.toISOString(), call.timeZone),
    porteurEmail: row.porteurEmail,
    actor: link.label,
    linkId: link.id,
    email: link.email,
    proof,
  }
}

/** The reviewer, as the journal names it. */
export const reviewerActor = ({ actor, proof }: ReviewerScope): Actor => ({ name: actor, proof })
