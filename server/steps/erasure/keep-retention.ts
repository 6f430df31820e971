/** The porteur says how long its grappe is kept, and holds its erasure back for as long as it must. */
import { eq } from 'drizzle-orm'
import { erasureWarnings, grappes, retentions } from '../../../schema/tables.ts'
import type { Act } from '../../domain/journal/entry.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database } from '../ports.ts'
import { recordChange } from '../record-change.ts'

type Stored = typeof retentions.$inferSelect

/**
 * @param months after the last closing; null goes back to the call's, or the product's. The warnings already
 * written told of another day, and are worth nothing for the new one.
 */
export async function saveMonths(
  context: Context,
  scope: PorteurScope,
  months: number | null,
): Promise<void> {
  await change(context, scope, before =>
    before.months === months
      ? null
      : {
          set: { months },
          act: { kind: 'retention-changed', facts: { before: before.months, after: months } },
        },
  )
}

/** @param motive for the porteur alone; null lets the days count again. */
export async function holdErasure(
  context: Context,
  scope: PorteurScope,
  motive: string | null,
): Promise<void> {
  await change(context, scope, before => {
    if (before.holdMotive === motive) return null
    return motive === null
      ? {
          set: { holdMotive: null, heldBy: null, heldAt: null },
          act: { kind: 'erasure-released', facts: {} },
          // Whoever was warned before it was held is warned again: days may have passed meanwhile.
          forgetsWarnings: true,
        }
      : {
          set: { holdMotive: motive, heldBy: scope.porteur.email, heldAt: context.now() },
          act: { kind: 'erasure-held', facts: { motive } },
        }
  })
}

interface Change {
  set: Partial<Omit<Stored, 'grappeId'>>
  act: Act
  forgetsWarnings?: boolean
}

/** Under the grappe's own lock: an erasure that is due at the same moment comes before, or does not come. */
async function change(
  context: Context,
  scope: PorteurScope,
  decide: (before: Stored) => Change | null,
): Promise<void> {
  const { grappeId } = scope
  await context.db.transaction(async tx => {
    const [row] = await tx
      .select({ id: grappes.id })
      .from(grappes)
      .where(eq(grappes.id, grappeId))
      .for('update')
    if (row === undefined) return
    const decided = decide(await readStored(tx, grappeId))
    if (decided === null) return
    const { set, act, forgetsWarnings = false } = decided
    await tx
      .insert(retentions)
      .values({ grappeId, ...set })
      .onConflictDoUpdate({ target: retentions.grappeId, set })
    if (forgetsWarnings) await tx.delete(erasureWarnings).where(eq(erasureWarnings.grappeId, grappeId))
    await recordChange(tx, { grappeId, at: context.now(), actor: porteurActor(scope), act })
  })
}

async function readStored(tx: Database, grappeId: string): Promise<Stored> {
  const [stored] = await tx.select().from(retentions).where(eq(retentions.grappeId, grappeId))
  return (
    stored ?? {
      grappeId,
      months: null,
      holdMotive: null,
      heldBy: null,
      heldAt: null,
      deletionAskedAt: null,
      deletesAt: null,
    }
  )
}
