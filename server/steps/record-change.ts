/** Every change to a grappe goes through here: the journal gets its sentence and the revision grows. */
import { eq, sql } from 'drizzle-orm'
import { grappes, journal } from '../../schema/tables.ts'
import type { Database } from './ports.ts'

/**
 * @param tx the transaction of the change itself, so that neither exists without the other.
 * @param event one French sentence, without any secret.
 */
export async function recordChange(
  tx: Database,
  change: { grappeId: string; at: Date; actor: string; event: string },
): Promise<void> {
  await tx.insert(journal).values(change)
  await tx
    .update(grappes)
    .set({ revision: sql`${grappes.revision} + 1` })
    .where(eq(grappes.id, change.grappeId))
}
