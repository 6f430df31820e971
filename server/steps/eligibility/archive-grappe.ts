/**
 * A porteur puts a grappe away, or takes it back. Archived, it is read and downloaded as before; it takes no
 * deposit and writes to nobody by itself. Nothing is deleted.
 */
import { and, eq } from 'drizzle-orm'
import { grappes } from '../../../schema/tables.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

/** @returns whether anything changed: asked twice, it is done once. */
export async function archiveGrappe(
  context: Context,
  scope: PorteurScope,
  archived: boolean,
): Promise<Outcome<{ changed: boolean }>> {
  const { grappeId } = scope
  return await context.db.transaction(async tx => {
    const [row] = await tx
      .select({ archivedAt: grappes.archivedAt })
      .from(grappes)
      .where(and(eq(grappes.id, grappeId), eq(grappes.porteurId, scope.porteur.id)))
      .for('update')
    if (row === undefined) return refuse('not-found')
    if ((row.archivedAt !== null) === archived) return done({ changed: false })
    const at = context.now()
    await tx
      .update(grappes)
      // Taken back, it misses no reminder of the days in between.
      .set({ archivedAt: archived ? at : null, relancesLookedOn: null })
      .where(eq(grappes.id, grappeId))
    await recordChange(tx, {
      grappeId,
      at,
      actor: porteurActor(scope),
      act: { kind: archived ? 'grappe-archived' : 'grappe-taken-back', facts: {} },
    })
    return done({ changed: true })
  })
}
