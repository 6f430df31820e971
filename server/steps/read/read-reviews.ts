/**
 * What reviewers said of a grappe's pieces and of its whole dossier, and when they opened and downloaded it.
 */
import { and, asc, desc, eq } from 'drizzle-orm'
import {
  accesses,
  complementDrafts,
  esms,
  grappes,
  ogs,
  opinions,
  pieces,
  reviews,
  seals,
  versions,
} from '../../../schema/tables.ts'
import type { Call, Instant } from '../../domain/call.ts'
import type { Opinion, PieceReview, ProvedBy, ReviewerProof } from '../../domain/review.ts'
import type { Context, Database } from '../ports.ts'

/** Everything said of the pieces, oldest first. */
export async function readReviews(
  db: Database,
  grappeId: string,
  definitions: Call['pieces'],
): Promise<PieceReview[]> {
  const nameOf = new Map(definitions.map(({ code, name }) => [code, name]))
  const rows = await db
    .select({
      review: reviews,
      code: pieces.code,
      esms: esms.name,
      og: ogs.name,
      grappe: grappes.name,
      versionNumber: versions.number,
      sealNumber: seals.number,
    })
    .from(reviews)
    .innerJoin(pieces, eq(reviews.pieceId, pieces.id))
    .innerJoin(grappes, eq(reviews.grappeId, grappes.id))
    .innerJoin(seals, eq(reviews.sealId, seals.id))
    .leftJoin(versions, eq(reviews.versionId, versions.id))
    .leftJoin(esms, eq(pieces.esmsId, esms.id))
    .leftJoin(ogs, eq(pieces.ogId, ogs.id))
    .where(eq(reviews.grappeId, grappeId))
    .orderBy(asc(reviews.at), asc(reviews.id))
  return rows.map(({ review, code, versionNumber, sealNumber, ...names }) => ({
    pieceId: review.pieceId,
    pieceName: nameOf.get(code) ?? code,
    ownerName: names.esms ?? names.og ?? names.grappe,
    versionId: review.versionId,
    versionNumber,
    sealNumber,
    decision: review.decision,
    motive: review.motive,
    deadlineOn: review.deadlineOn,
    actor: review.actor,
    proved: provedOf(review),
    at: review.at.toISOString(),
  }))
}

/** Everything said of the whole dossier, oldest first: the last one counts. */
export async function readOpinions(db: Database, grappeId: string): Promise<Opinion[]> {
  const rows = await db
    .select({ opinion: opinions, sealNumber: seals.number })
    .from(opinions)
    .innerJoin(seals, eq(opinions.sealId, seals.id))
    .where(eq(opinions.grappeId, grappeId))
    .orderBy(asc(opinions.at), asc(opinions.id))
  return rows.map(({ opinion, sealNumber }) => opinionOfRow(opinion, sealNumber))
}

/** An opinion as it is read. */
export const opinionOfRow = (row: typeof opinions.$inferSelect, sealNumber: number): Opinion => ({
  sealNumber,
  avis: row.avis,
  note: row.note,
  actor: row.actor,
  proved: provedOf(row),
  at: row.at.toISOString(),
})

const provedOf = ({
  email,
  proof,
  service,
}: Pick<typeof opinions.$inferSelect, 'email' | 'proof' | 'service'>): ProvedBy | null =>
  email === null || proof === null ? null : { email, proof, ...(service === null ? {} : { service }) }

/** A complement written down and not sent. */
export interface ComplementDraft {
  pieceId: string
  motive: string
}

/** The drafts of whoever reads mail at this address, in the order in which they were written. */
export async function readDrafts(db: Database, grappeId: string, email: string): Promise<ComplementDraft[]> {
  return await db
    .select({ pieceId: complementDrafts.pieceId, motive: complementDrafts.motive })
    .from(complementDrafts)
    .where(and(eq(complementDrafts.grappeId, grappeId), eq(complementDrafts.email, email)))
    .orderBy(asc(complementDrafts.at), asc(complementDrafts.pieceId))
}

/** That a reviewer opened the dossier, or downloaded something of it. */
export interface Access {
  act: 'ouverture' | 'telechargement'
  /** What was downloaded; null for an opening. */
  what: string | null
  /** The sealed version; null when none was there yet. */
  sealNumber: number | null
  actor: string
  /** What whoever did it had proved; null for what is older. */
  proof: 'link' | ReviewerProof | null
  at: Instant
}

/** Newest first. */
export async function listAccesses(context: Pick<Context, 'db'>, grappeId: string): Promise<Access[]> {
  const rows = await context.db
    .select({ access: accesses, sealNumber: seals.number })
    .from(accesses)
    .leftJoin(seals, eq(accesses.sealId, seals.id))
    .where(eq(accesses.grappeId, grappeId))
    .orderBy(desc(accesses.at), desc(accesses.id))
    .limit(500)
  return rows.map(({ access: { act, what, actor, proof, at }, sealNumber }) => ({
    act,
    what,
    sealNumber,
    actor,
    proof,
    at: at.toISOString(),
  }))
}
