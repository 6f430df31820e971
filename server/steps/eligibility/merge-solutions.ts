/** Two records of one DUI solution become one: its members follow, their versions stay theirs. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import { esms, solutions } from '../../../schema/tables.ts'
import { solutionName, splitVersion } from '../../domain/solution-identity.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

/**
 * Points the members of `mergedId` at `keptId` and deletes `mergedId`. Nothing of it is lost: a version in
 * its name becomes that of its members who have none, and its Ségur reference that of the kept one if it had
 * none.
 */
export async function mergeSolutions(
  context: Context,
  scope: PorteurScope,
  { keptId, mergedId }: { keptId: string; mergedId: string },
): Promise<Outcome<{ kept: string; members: number }>> {
  return await context.db.transaction(async tx => {
    const both = await tx
      .select()
      .from(solutions)
      .where(and(eq(solutions.grappeId, scope.grappeId), inArray(solutions.id, [keptId, mergedId])))
      .orderBy(solutions.id)
      .for('update')
    const kept = both.find(({ id }) => id === keptId)
    const merged = both.find(({ id }) => id === mergedId)
    if (kept === undefined || merged === undefined || keptId === mergedId) return refuse('not-found')

    const { version } = splitVersion(merged.produit)
    const moved = await tx
      .update(esms)
      .set({ solutionId: keptId, solutionVersion: sql`coalesce(${esms.solutionVersion}, ${version}::text)` })
      .where(and(eq(esms.grappeId, scope.grappeId), eq(esms.solutionId, mergedId)))
      .returning({ id: esms.id })
    if (kept.segur === null && merged.segur !== null) {
      await tx.update(solutions).set({ segur: merged.segur }).where(eq(solutions.id, keptId))
    }
    await tx.delete(solutions).where(eq(solutions.id, mergedId))
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: {
        kind: 'solutions-merged',
        facts: {
          before: { solutionId: mergedId, name: solutionName(merged) },
          after: { solutionId: keptId, name: solutionName(kept) },
          memberIds: moved.map(({ id }) => id),
        },
      },
    })
    return done({ kept: solutionName(kept), members: moved.length })
  })
}
