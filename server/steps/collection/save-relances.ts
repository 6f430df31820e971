/** The porteur sets its reminders: days, own words, pause. */
import { eq } from 'drizzle-orm'
import { grappes } from '../../../schema/tables.ts'
import type { Act } from '../../domain/journal/entry.ts'
import { DEFAULT_RELANCES, type RelanceSettings } from '../../domain/relance.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'

export async function saveRelances(
  context: Context,
  scope: PorteurScope,
  change: Partial<RelanceSettings>,
): Promise<void> {
  await context.db.transaction(async tx => {
    const [row] = await tx
      .select({ relances: grappes.relances })
      .from(grappes)
      .where(eq(grappes.id, scope.grappeId))
      .for('update')
    const settings = { ...DEFAULT_RELANCES, ...row?.relances, ...change }
    await tx.update(grappes).set({ relances: settings }).where(eq(grappes.id, scope.grappeId))
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: actOf(settings, change),
    })
  })
}

function actOf(settings: RelanceSettings, { paused }: Partial<RelanceSettings>): Act {
  if (paused !== undefined) return { kind: paused ? 'reminders-paused' : 'reminders-resumed', facts: {} }
  return { kind: 'reminders-set', facts: { days: settings.days, hasIntro: settings.intro !== null } }
}
