/** What reviewers said of a grappe's pieces and of its whole dossier, and when they opened and downloaded it. */
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
} from '../../schema/tables.ts'
import type { Call, Instant } from '../domain/call.ts'
import type { Opinion, PieceReview } from '../domain/review.ts'
import type { Context, Database } from './ports.ts'

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
  return rows.map(({ opinion: { avis, note, actor, at }, sealNumber }) => ({
    sealNumber,
    avis,
    note,
    actor,
    at: at.toISOString(),
  }))
}

/** A complement written down and not sent. */
export interface ComplementDraft {
  pieceId: string
  motive: string
}

/** A reviewer's own drafts, in the order in which they were written. */
export async function readDrafts(db: Database, grappeId: string, actor: string): Promise<ComplementDraft[]> {
  return await db
    .select({ pieceId: complementDrafts.pieceId, motive: complementDrafts.motive })
    .from(complementDrafts)
    .where(and(eq(complementDrafts.grappeId, grappeId), eq(complementDrafts.actor, actor)))
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
  return rows.map(({ access: { act, what, actor, at }, sealNumber }) => ({
    act,
    what,
    sealNumber,
    actor,
    at: at.toISOString(),
  }))
}
