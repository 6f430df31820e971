/** Several links end at once, each told in the journal of its grappe. */
import { and, inArray, type SQL } from 'drizzle-orm'
import { links } from '../../../schema/tables.ts'
import { groupBy } from '../../domain/group-by.ts'
import type { Act, Actor } from '../../domain/journal/entry.ts'
import { HANDED_KINDS } from '../../domain/link.ts'
import type { Context, Database } from '../ports.ts'
import { recordChanges } from '../record-change.ts'
import { isLive, type Link } from './links.ts'

/**
 * Ends those that still open something.
 *
 * @param renews whether whoever held one is given another: a job does it, `renewLinks`.
 */
export async function endLinks(
  tx: Database,
  { now }: Pick<Context, 'now'>,
  which: SQL | undefined,
  { actor, renews }: { actor: Actor; renews: boolean },
): Promise<Link[]> {
  const at = now()
  const ended = await tx
    .update(links)
    .set({ revokedAt: at })
    .where(and(which, isLive(at)))
    .returning()
  if (renews) {
    const handed = inArray(
      links.id,
      ended.map(({ id }) => id),
    )
    await tx
      .update(links)
      .set({ renewal: 'revocation' })
      .where(and(handed, inArray(links.kind, [...HANDED_KINDS])))
  }
  const ofGrappes = groupBy(
    ended.filter(({ grappeId }) => grappeId !== null),
    ({ grappeId }) => grappeId ?? '',
  )
  // Always in the same order: two acts at once never wait for each other.
  for (const [grappeId, its] of [...ofGrappes].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const changes = its.map(link => ({ at, actor, act: actOf(link) }))
    await recordChanges(tx, grappeId, changes)
  }
  return ended
}

const actOf = ({ id: linkId, kind, label, ogId, esmsId }: Link): Act => {
  const memberIds = [esmsId, ogId].filter(owner => owner !== null)
  return kind === 'agenda'
    ? { kind: 'calendar-revoked', facts: { memberIds, label } }
    : { kind: 'link-revoked', facts: { memberIds, linkId, label } }
}
