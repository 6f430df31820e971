/** The grappe's DUI solution: one record that its members point at. */
import { and, eq, isNull } from 'drizzle-orm'
import type { SolutionBody } from '../../../schema/contracts/members.ts'
import { esms, solutions } from '../../../schema/tables.ts'
import { solutionName } from '../../domain/solution-identity.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome } from '../refusals.ts'

/** Records the solution when it is new, and points every member still in the grappe at it. */
export async function chooseSolution(
  context: Context,
  scope: PorteurScope,
  body: SolutionBody,
): Promise<Outcome<{ solutionId: string }>> {
  const now = context.now()
  return await context.db.transaction(async tx => {
    await tx
      .insert(solutions)
      .values({ ...body, id: context.newId(), grappeId: scope.grappeId, createdAt: now })
      .onConflictDoNothing()
    const [solution] = await tx
      .select({ id: solutions.id })
      .from(solutions)
      .where(
        and(
          eq(solutions.grappeId, scope.grappeId),
          eq(solutions.editeur, body.editeur),
          eq(solutions.produit, body.produit),
        ),
      )
    if (solution === undefined) throw new Error('The solution just written cannot be read back')
    await tx
      .update(esms)
      .set({ solutionId: solution.id })
      .where(and(eq(esms.grappeId, scope.grappeId), isNull(esms.withdrawnOn)))
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: now,
      actor: porteurActor(scope),
      act: { kind: 'solution-chosen', facts: { solutionId: solution.id, name: solutionName(body) } },
    })
    return done({ solutionId: solution.id })
  })
}
