/**
 * The reviewer goes through the pieces of a sealed version: one is conforme, or a complement is noted for it.
 */
import { and, desc, eq, isNull, max } from 'drizzle-orm'
import { complementDrafts, pieces, reviews, versions } from '../../../schema/tables.ts'
import { sealedVersionOf } from '../../domain/answers.ts'
import type { DossierRow } from '../../domain/dossier-plan.ts'
import { sealFacts } from '../../domain/journal/dossier.ts'
import { pieceFacts } from '../../domain/journal/subject.ts'
import { reviewerActor, type SpeakingReviewer } from '../access/reviewer-scope.ts'
import type { Context, Database } from '../ports.ts'
import { readSealedPlan } from '../read/read-seals.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { noteLeftToExamine } from './left-to-examine.ts'

/** The sealed version that the reviewer reads, handed out: `state` is `scelle`. */
export interface ReadSeal {
  id: string
  number: number
}

/**
 * Says that the deposit which a sealed version holds is conforme. Said of a deposit that was replaced since
 * then, it is recorded all the same: it is about what was read.
 *
 * @returns the number of the deposit made since then; null when the one that was read is still the current
 * one.
 */
export async function declareConforming(
  context: Context,
  scope: SpeakingReviewer,
  seal: ReadSeal,
  pieceId: string,
): Promise<Outcome<{ newerVersion: number | null }>> {
  const row = await findSealedRow(context, seal, pieceId)
  const version = row && sealedVersionOf(row)
  if (row === null || version === null) return refuse('not-found')
  return await context.db.transaction(async tx => {
    const newerVersion = await versionSince(tx, pieceId, version.number)
    await dropDraft(tx, scope, pieceId)
    await recordWord(tx, context, scope, { seal, pieceId, row, version }, 'conforme')
    return done({ newerVersion })
  })
}

/**
 * Takes back that the deposit which a sealed version holds is conforme: it is to be examined again. Nothing
 * changes where the last word on it is another one.
 */
export async function withdrawConforming(
  context: Context,
  scope: SpeakingReviewer,
  seal: ReadSeal,
  pieceId: string,
): Promise<Outcome<null>> {
  const row = await findSealedRow(context, seal, pieceId)
  const version = row && sealedVersionOf(row)
  if (row === null || version === null) return refuse('not-found')
  return await context.db.transaction(async tx => {
    // Twice at once, the second waits here and finds the word of the first.
    await tx.select({ id: pieces.id }).from(pieces).where(eq(pieces.id, pieceId)).for('update')
    const [last] = await tx
      .select({ decision: reviews.decision })
      .from(reviews)
      .where(eq(reviews.versionId, version.id))
      .orderBy(desc(reviews.at), desc(reviews.id))
      .limit(1)
    if (last?.decision !== 'conforme') return done(null)
    await recordWord(tx, context, scope, { seal, pieceId, row, version }, 'a-examiner')
    return done(null)
  })
}

/** Writes down what the reviewer says of a deposit by itself, with its line in the journal. */
async function recordWord(
  tx: Database,
  context: Context,
  scope: SpeakingReviewer,
  about: { seal: ReadSeal; pieceId: string; row: DossierRow; version: { id: string; number: number } },
  decision: 'conforme' | 'a-examiner',
): Promise<void> {
  const { seal, pieceId, row, version } = about
  const at = context.now()
  await tx.insert(reviews).values({
    id: context.newId(),
    grappeId: scope.grappeId,
    pieceId,
    versionId: version.id,
    sealId: seal.id,
    decision,
    actor: scope.actor,
    email: scope.email,
    proof: scope.proof,
    service: scope.service,
    at,
  })
  await recordChange(tx, {
    grappeId: scope.grappeId,
    at,
    actor: reviewerActor(scope),
    act: {
      kind: decision === 'conforme' ? 'piece-found-conforming' : 'conforming-withdrawn',
      facts: {
        ...pieceFacts(pieceId, row.pieceName, row.owner),
        ...sealFacts(seal),
        versionId: version.id,
        number: version.number,
      },
    },
  })
  await noteLeftToExamine(tx, scope.grappeId)
}

/**
 * Notes a complement to ask for, in the place of the one that this reviewer had noted for the piece. Nobody
 * is told before `askComplements` sends all of them.
 */
export async function noteComplement(
  context: Context,
  scope: SpeakingReviewer,
  seal: ReadSeal,
  pieceId: string,
  motive: string,
): Promise<Outcome<null>> {
  if (scope.archivedOn !== null) return refuse('dossier-archived', { porteurEmail: scope.porteurEmail })
  const row = await findSealedRow(context, seal, pieceId)
  if (row === null) return refuse('not-found')
  const draft = { sealId: seal.id, motive, at: context.now() }
  await context.db
    .insert(complementDrafts)
    .values({ grappeId: scope.grappeId, pieceId, email: scope.email, ...draft })
    .onConflictDoUpdate({
      target: [complementDrafts.grappeId, complementDrafts.pieceId, complementDrafts.email],
      set: draft,
    })
  return done(null)
}

/** Takes a noted complement away; there being none changes nothing. */
export async function dropDraft(tx: Database, scope: SpeakingReviewer, pieceId: string): Promise<boolean> {
  const dropped = await tx
    .delete(complementDrafts)
    .where(
      and(
        eq(complementDrafts.grappeId, scope.grappeId),
        eq(complementDrafts.pieceId, pieceId),
        eq(complementDrafts.email, scope.email),
      ),
    )
    .returning({ pieceId: complementDrafts.pieceId })
  return dropped.length > 0
}

async function findSealedRow(context: Context, seal: ReadSeal, pieceId: string): Promise<DossierRow | null> {
  const plan = await readSealedPlan(context, seal.id)
  return plan.rows.find(row => row.pieceId === pieceId) ?? null
}

/** The same as `newerVersionOf`, once a deposit that is being recorded is there. */
export async function versionSince(tx: Database, pieceId: string, reviewed: number): Promise<number | null> {
  await tx.select({ id: pieces.id }).from(pieces).where(eq(pieces.id, pieceId)).for('update')
  return await newerVersionOf({ db: tx }, pieceId, reviewed)
}

/**
 * The number of the current deposit of a piece.
 *
 * @param reviewed that of the deposit which the sealed version holds, 0 when it holds none.
 * @returns null when nothing was deposited after it.
 */
export async function newerVersionOf(
  { db }: Pick<Context, 'db'>,
  pieceId: string,
  reviewed: number,
): Promise<number | null> {
  const [row] = await db
    .select({ current: max(versions.number) })
    .from(versions)
    .where(and(eq(versions.pieceId, pieceId), isNull(versions.takenOutAt)))
  const current = row?.current ?? 0
  return current > reviewed ? current : null
}
