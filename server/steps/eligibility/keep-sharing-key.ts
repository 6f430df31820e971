/** The clé de répartition of a grappe: written, corrected, taken out. Each is told in the journal. */
import { and, eq } from 'drizzle-orm'
import { type StoredSharing, storedSharing } from '../../../schema/contracts/sharing.ts'
import { esms, grappes } from '../../../schema/tables.ts'
import { sharingFacts } from '../../domain/sharing/facts.ts'
import type { SharingKey } from '../../domain/sharing/key.ts'
import { ruleSentences } from '../../domain/sharing/words.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context } from '../ports.ts'
import { readGrappe } from '../read/read-grappe.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'

/**
 * @param seen the revision that was read: a key written meanwhile is not replaced in silence.
 * @param key null takes the key out; what it said stays in the journal.
 */
export async function keepSharingKey(
  context: Context,
  scope: PorteurScope,
  { seen, key }: { seen: number; key: SharingKey | null },
): Promise<Outcome<StoredSharing>> {
  if (scope.archivedOn !== null) return refuse('grappe-archived')
  const { grappeId } = scope
  return await context.db.transaction(async (tx): Promise<Outcome<StoredSharing>> => {
    const [row] = await tx
      .select({ sharing: grappes.sharing, archivedAt: grappes.archivedAt })
      .from(grappes)
      .where(and(eq(grappes.id, grappeId), eq(grappes.porteurId, scope.porteur.id)))
      .for('update')
    if (row === undefined) return refuse('not-found')
    if (row.archivedAt !== null) return refuse('grappe-archived')
    const before = storedSharing(row.sharing)
    if (before.revision !== seen) return refuse('facts-changed', { names: 'la clé de répartition' })
    const members = await tx.select({ id: esms.id }).from(esms).where(eq(esms.grappeId, grappeId))
    // A member that was erased since may still have its figures in what was read.
    const named = new Set([...members.map(({ id }) => id), ...Object.keys(before.key?.measures ?? {})])
    const strangers = Object.keys(key?.measures ?? {}).filter(id => !named.has(id))
    if (strangers.length > 0) {
      return refuseFields(
        Object.fromEntries(strangers.map(id => [`measures.${id}`, 'Cet ESMS n’est pas dans la grappe.'])),
      )
    }
    const kept: StoredSharing = { revision: before.revision + 1, key }
    await tx.update(grappes).set({ sharing: kept }).where(eq(grappes.id, grappeId))
    const record = await readGrappe(tx, grappeId)
    const sentences =
      key === null || record === null
        ? []
        : ruleSentences(key, sharingFacts(record, record.details, record.call))
    await recordChange(tx, {
      grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: { kind: 'sharing-key-kept', facts: { sentences } },
    })
    return done(kept)
  })
}
