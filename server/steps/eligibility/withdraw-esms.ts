/** A member leaves the grappe, or comes back. One that never deposited anything is simply removed. */
import { and, count, eq, isNotNull, isNull } from 'drizzle-orm'
import { esms, links, pieces, versions } from '../../../schema/tables.ts'
import { dayOf } from '../../domain/deadline.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { syncPieces } from './sync-pieces.ts'

/**
 * Takes a member out: its papers leave the dossier and stay in the history, its link stops working.
 *
 * @param motive shown in the journal and in the dossier.
 */
export async function withdrawEsms(
  context: Context,
  scope: PorteurScope,
  esmsId: string,
  motive: string,
): Promise<Outcome<{ removed: boolean }>> {
  const now = context.now()
  return await context.db.transaction(async tx => {
    const [member] = await tx
      .select()
      .from(esms)
      .where(and(eq(esms.id, esmsId), eq(esms.grappeId, scope.grappeId)))
      .for('update')
    if (member === undefined) return refuse('not-found')
    if (member.withdrawnOn !== null) return refuse('esms-already-withdrawn', { name: member.name })
    const [deposits] = await tx
      .select({ count: count() })
      .from(versions)
      .innerJoin(pieces, eq(versions.pieceId, pieces.id))
      .where(eq(pieces.esmsId, esmsId))
    const removed = deposits === undefined || deposits.count === 0
    if (removed) {
      await tx.delete(esms).where(eq(esms.id, esmsId))
    } else {
      const withdrawnOn = dayOf(now.toISOString(), scope.call.timeZone)
      await tx.update(esms).set({ withdrawnOn, withdrawalMotive: motive }).where(eq(esms.id, esmsId))
      await tx
        .update(links)
        .set({ revokedAt: now })
        .where(and(eq(links.esmsId, esmsId), isNull(links.revokedAt)))
    }
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: now,
      actor: porteurActor(scope),
      act: { kind: 'member-withdrawn', facts: { memberIds: [esmsId], name: member.name, motive } },
    })
    return done({ removed })
  })
}

/** Undoes a withdrawal. Its revoked link stays revoked: a new one is issued on purpose. */
export async function reinstateEsms(
  context: Context,
  scope: PorteurScope,
  esmsId: string,
): Promise<Outcome<null>> {
  return await context.db.transaction(async tx => {
    const [member] = await tx
      .update(esms)
      .set({ withdrawnOn: null, withdrawalMotive: null })
      .where(and(eq(esms.id, esmsId), eq(esms.grappeId, scope.grappeId), isNotNull(esms.withdrawnOn)))
      .returning({ name: esms.name })
    if (member === undefined) return refuse('not-found')
    await syncPieces(tx, scope.grappeId, context.newId)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: { kind: 'member-reinstated', facts: { memberIds: [esmsId], name: member.name } },
    })
    return done(null)
  })
}
