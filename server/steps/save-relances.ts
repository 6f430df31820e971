/** The porteur sets its reminders: days, own words, pause. */
import { eq } from 'drizzle-orm'
import { grappes } from '../../schema/tables.ts'
import { DEFAULT_RELANCES, type RelanceSettings } from '../domain/relance.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context } from './ports.ts'
import { recordChange } from './record-change.ts'

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
    const days = settings.days.map(before => `J-${before}`).join(', ')
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: scope.porteur.email,
      event:
        change.paused === undefined
          ? `Relances réglées : ${days === '' ? 'aucune automatique' : days}${settings.intro === null ? '' : ', avec un texte d’introduction'}.`
          : settings.paused
            ? 'Relances mises en pause.'
            : 'Relances reprises.',
    })
  })
}
