/**
 * What a reviewer may read and say: the dossiers that were handed to it or to a colleague of its service, in
 * their sealed versions only.
 */
import { and, desc, eq, gt, inArray, isNull } from 'drizzle-orm'
import { grappes, links, porteurs } from '../../../schema/tables.ts'
import type { Call, Day } from '../../domain/call.ts'
import { dayOf } from '../../domain/deadline.ts'
import type { Actor } from '../../domain/journal/entry.ts'
import type { ProvedBy, ReviewerProof } from '../../domain/review.ts'
import type { Context } from '../ports.ts'
import { storedCall } from '../read/stored-call.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { findLink, type Link } from './links.ts'
import { addressesOf, findService } from './services.ts'

export interface ReviewerScope {
  grappeId: string
  grappeName: string
  call: Call
  /** Since when the porteur has put the grappe away; null while it is current. */
  archivedOn: Day | null
  /** Whom the reviewer writes to. */
  porteurEmail: string
  /**
   * What the journal says: the reviewer's name as the porteur wrote it on its link, or the address and the
   * service of whoever reads what was handed to a colleague.
   */
  actor: string
  linkId: string
  /** Who reads, lower case; null by a link for which the porteur gave no address. */
  email: string | null
  /** To whom the link was handed, lower case. */
  handedTo: string | null
  /** The service as whose member it reads; null when the dossier was handed to itself. */
  service: string | null
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
  service: string | null
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

/**
 * Opens a dossier handed to a reviewer who signed in by e-mail, or to a colleague of its service; null when
 * it was not, or not any more.
 */
export async function openReviewerDossier(
  context: Context,
  { email, proof }: ProvedBy,
  grappeId: string,
): Promise<SpeakingReviewer | null> {
  const [read] = await linksReadBy(context, email, grappeId)
  const scope = read === undefined ? null : await scopeOf(context, { ...read.link, grappeId }, proof)
  if (scope === null || read === undefined) return null
  return { ...scope, email, proof, actor: readerName(read, email), service: read.service }
}

/**
 * The reviewer of a link, once a session proved that it reads mail where the link was handed, or that it is
 * of the same service.
 */
export async function speakingBy(
  context: Context,
  scope: ReviewerScope,
  session: ProvedBy | null,
): Promise<Outcome<SpeakingReviewer>> {
  const { email } = scope
  if (email === null) return refuse('reviewer-without-email')
  if (session === null) return refuse('reviewer-unproved')
  if (session.email === email) return done({ ...scope, email, proof: session.proof })
  const service = await findService(context.db, session.email)
  if (service === null || !addressesOf(service).includes(email)) return refuse('reviewer-unproved')
  const colleague = await openReviewerDossier(context, session, scope.grappeId)
  return colleague === null ? refuse('reviewer-unproved') : done(colleague)
}

/** The links that still open something and were handed to this address, newest first. */
export async function linksHandedTo(context: Pick<Context, 'db' | 'now'>, email: string): Promise<Link[]> {
  return await handedLinks(context, [email])
}

/** A link by which a dossier is read; `service` when it was handed to a colleague. */
export interface ReadLink {
  link: Link
  service: string | null
}

/** How the journal and the porteur name whoever reads by that link. */
export const readerName = ({ link, service }: ReadLink, email: string): string =>
  service === null ? link.label : `${email}, service « ${service} »`

/**
 * The links by which this reviewer reads: its own first, then those of its colleagues, newest first. What the
 * porteur takes back from one of them is taken back from all.
 *
 * @param grappeId narrows to one dossier.
 */
export async function linksReadBy(
  context: Pick<Context, 'db' | 'now'>,
  email: string,
  grappeId?: string,
): Promise<ReadLink[]> {
  const service = await findService(context.db, email)
  const held = await handedLinks(context, service === null ? [email] : addressesOf(service), grappeId)
  const own = held.filter(link => link.email === email)
  const others = held.filter(link => link.email !== email)
  return [
    ...own.map(link => ({ link, service: null })),
    ...others.map(link => ({ link, service: service?.name ?? null })),
  ]
}

async function handedLinks(
  context: Pick<Context, 'db' | 'now'>,
  emails: readonly string[],
  grappeId?: string,
): Promise<Link[]> {
  return await context.db
    .select()
    .from(links)
    .where(
      and(
        eq(links.kind, 'ars'),
        inArray(links.email, [...emails]),
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
    handedTo: link.email,
    service: null,
    proof,
  }
}

/** The reviewer, as the journal names it. */
export const reviewerActor = ({ actor, proof }: ReviewerScope): Actor => ({ name: actor, proof })
