/** Records or corrects DUI solutions: one record each, whatever spellings members use. */
import { and, eq } from 'drizzle-orm'
import type { SolutionRecordBody } from '../../../schema/contracts/members.ts'
import { grappes, solutions } from '../../../schema/tables.ts'
import { solutionKey, solutionName } from '../../domain/solution-identity.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { violatedUnique } from '../constraints.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'

/** @param solutionId the solution to correct, or null to add one. */
export async function saveSolution(
  context: Context,
  scope: PorteurScope,
  solutionId: string | null,
  body: SolutionRecordBody,
): Promise<Outcome<{ solutionId: string }>> {
  const id = solutionId ?? context.newId()
  const now = context.now()
  try {
    return await context.db.transaction(async tx => {
      if (solutionId === null) {
        await tx.insert(solutions).values({ ...body, id, grappeId: scope.grappeId, createdAt: now })
      } else {
        const changed = await tx
          .update(solutions)
          .set(body)
          .where(and(eq(solutions.id, id), eq(solutions.grappeId, scope.grappeId)))
          .returning({ id: solutions.id })
        if (changed.length === 0) return refuse('not-found')
      }
      await recordChange(tx, {
        grappeId: scope.grappeId,
        at: now,
        actor: porteurActor(scope),
        act: {
          kind: solutionId === null ? 'solution-added' : 'solution-corrected',
          facts: { solutionId: id, name: solutionName(body) },
        },
      })
      return done({ solutionId: id })
    })
  } catch (error) {
    if (violatedUnique(error) !== 'solutions_once_per_grappe') throw error
    return refuseFields({
      produit: `« ${solutionName(body)} » est déjà dans la liste : ouvrez sa fiche pour la corriger.`,
    })
  }
}

/**
 * Records a list, all in one transaction. A solution that the grappe has, whatever its spelling, keeps its
 * name; its reference is replaced only by a line that gives one.
 */
export async function importSolutions(
  context: Context,
  scope: PorteurScope,
  bodies: readonly SolutionRecordBody[],
): Promise<{ added: number; updated: number }> {
  const now = context.now()
  return await context.db.transaction(async tx => {
    // Two imports at once would both add what neither finds.
    await tx
      .select({ id: grappes.id })
      .from(grappes)
      .where(eq(grappes.id, scope.grappeId))
      .for('no key update')
    const known = await tx.select().from(solutions).where(eq(solutions.grappeId, scope.grappeId))
    const idByKey = new Map(known.map(solution => [solutionKey(solution), solution.id]))
    let added = 0
    let updated = 0
    for (const body of bodies) {
      const key = solutionKey(body)
      const id = idByKey.get(key)
      if (id === undefined) {
        const newId = context.newId()
        await tx.insert(solutions).values({ ...body, id: newId, grappeId: scope.grappeId, createdAt: now })
        idByKey.set(key, newId)
        added++
      } else if (body.segur !== null) {
        await tx.update(solutions).set({ segur: body.segur }).where(eq(solutions.id, id))
        updated++
      }
    }
    if (added + updated > 0) {
      await recordChange(tx, {
        grappeId: scope.grappeId,
        at: now,
        actor: porteurActor(scope),
        act: { kind: 'solutions-imported', facts: { added, updated } },
      })
    }
    return { added, updated }
  })
}
