/** A porteur names its grappe otherwise. What is sealed keeps the name under which it was sealed. */
import { and, eq } from 'drizzle-orm'
import { grappes } from '../../../schema/tables.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

/**
 * @param seen the name that was shown: one given meanwhile by somebody else is not replaced in silence. Null
 * replaces the present one.
 * @returns the name that it had, the same when nothing changes.
 */
export async function renameGrappe(
  context: Context,
  scope: PorteurScope,
  { name, seen }: { name: string; seen: string | null },
): Promise<Outcome<{ before: string }>> {
  const { grappeId } = scope
  return await context.db.transaction(async tx => {
    const [row] = await tx
      .select({ name: grappes.name })
      .from(grappes)
      .where(and(eq(grappes.id, grappeId), eq(grappes.porteurId, scope.porteur.id)))
      .for('update')
    if (row === undefined) return refuse('not-found')
    const before = row.name
    if (before === name) return done({ before })
    if (seen !== null && seen !== before) {
      return refuse('facts-changed', { names: `le nom de la grappe, « ${before} » maintenant` })
    }
    await tx.update(grappes).set({ name }).where(eq(grappes.id, grappeId))
    await recordChange(tx, {
      grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: { kind: 'grappe-renamed', facts: { before, after: name } },
    })
    return done({ before })
  })
}
