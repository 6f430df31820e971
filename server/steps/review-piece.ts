/** The reviewer goes through the pieces of a sealed version: one is conforme, or a complement is noted for it. */
import { and, eq, max } from 'drizzle-orm'
import { complementDrafts, pieces, reviews, versions } from '../../schema/tables.ts'
import { sealedVersionOf } from '../domain/answers.ts'
import type { DossierRow } from '../domain/dossier-plan.ts'
import type { Context, Database } from './ports.ts'
import { readSealedPlan } from './read-seals.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, refuse } from './refusals.ts'
import type { ReviewerScope } from './reviewer-scope.ts'

/** The sealed version that the reviewer reads, handed out: `state` is `scelle`. */
export interface ReadSeal {
  id: string
  number: number
}

/**
 * Says that the deposit which a sealed version holds is conforme. Said of a deposit that was replaced since then, it is
 * recorded all the same: it is about what was read.
 *
 * @returns the number of the deposit made since then; null when the one that was read is still the current one.
 */
export async function declareConforming(
  context: Context,
  scope: ReviewerScope,
  seal: ReadSeal,
  pieceId: string,
): Promise<Outcome<{ newerVersion: number | null }>> {
  const row = await findSealedRow(context, seal, pieceId)
  const version = row && sealedVersionOf(row)
  if (row === null || version === null) return refuse('not-found')
  return await context.db.transaction(async tx => {
    const newerVersion = await versionSince(tx, pieceId, version.number)
    await tx.insert(reviews).values({
      id: context.newId(),
      grappeId: scope.grappeId,
      pieceId,
      versionId: version.id,
      sealId: seal.id,
      decision: 'conforme',
      actor: scope.actor,
      at: context.now(),
    })
    await dropDraft(tx, scope, pieceId)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: scope.actor,
      event: `« ${row.pieceName} » de ${row.owner.name}, version ${version.number}, dite conforme par l’ARS (version ${seal.number} du dossier).`,
    })
    return done({ newerVersion })
  })
}

/**
 * Notes a complement to ask for, in the place of the one that this reviewer had noted for the piece. Nobody is told
 * before `askComplements` sends all of them.
 */
export async function noteComplement(
  context: Context,
  scope: ReviewerScope,
  seal: ReadSeal,
  pieceId: string,
  motive: string,
): Promise<Outcome<null>> {
  const row = await findSealedRow(context, seal, pieceId)
  if (row === null) return refuse('not-found')
  const draft = { sealId: seal.id, motive, at: context.now() }
  await context.db
    .insert(complementDrafts)
    .values({ grappeId: scope.grappeId, pieceId, actor: scope.actor, ...draft })
    .onConflictDoUpdate({
      target: [complementDrafts.grappeId, complementDrafts.pieceId, complementDrafts.actor],
      set: draft,
    })
  return done(null)
}

/** Takes a noted complement away; there being none changes nothing. */
export async function dropDraft(tx: Database, scope: ReviewerScope, pieceId: string): Promise<void> {
  await tx
    .delete(complementDrafts)
    .where(
      and(
        eq(complementDrafts.grappeId, scope.grappeId),
        eq(complementDrafts.pieceId, pieceId),
        eq(complementDrafts.actor, scope.actor),
      ),
    )
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
    .where(eq(versions.pieceId, pieceId))
  const current = row?.current ?? 0
  return current > reviewed ? current : null
}
