/** What the porteur is told of its reviewers: when they opened the dossier, and what they took away. */
import { and, desc, eq, isNull } from 'drizzle-orm'
import { accesses } from '../../../schema/tables.ts'
import { sealFacts } from '../../domain/journal/dossier.ts'
import { noteLinkUse } from '../access/links.ts'
import { type ReviewerScope, reviewerActor } from '../access/reviewer-scope.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'

/** The same act again within this time is the same one: a reload, a download that resumes. */
const SAME_ACT_MS = 15 * 60 * 1000

/**
 * Notes an opening or a download. Mail scanners open the address of a mail, and some run its scripts; they
 * follow no link of the page and touch nothing. So an opening is told by a person's act on the page or by any
 * act that a button starts, never by the address having been asked for, while a download counts though it is
 * a GET.
 *
 * @param seal the sealed version; null when none is there yet.
 */
export async function noteAccess(
  context: Context,
  scope: ReviewerScope,
  seal: { id: string; number: number } | null,
  access: { act: 'ouverture' } | { act: 'telechargement'; what: string },
): Promise<void> {
  const at = context.now()
  const what = access.act === 'ouverture' ? null : access.what
  await noteLinkUse(context, scope.linkId)
  const sameAct = and(
    eq(accesses.grappeId, scope.grappeId),
    eq(accesses.actor, scope.actor),
    eq(accesses.proof, scope.proof),
    eq(accesses.act, access.act),
    seal === null ? isNull(accesses.sealId) : eq(accesses.sealId, seal.id),
    what === null ? isNull(accesses.what) : eq(accesses.what, what),
  )
  await context.db.transaction(async tx => {
    const [last] = await tx
      .select({ at: accesses.at })
      .from(accesses)
      .where(sameAct)
      .orderBy(desc(accesses.at))
      .limit(1)
    if (last !== undefined && at.getTime() - last.at.getTime() < SAME_ACT_MS) return
    await tx.insert(accesses).values({
      grappeId: scope.grappeId,
      sealId: seal?.id ?? null,
      act: access.act,
      what,
      actor: scope.actor,
      proof: scope.proof,
      at,
    })
    // A version opened for the first time is news; the next times are in the list of accesses only.
    if (last !== undefined && what === null) return
    const read = seal === null ? null : sealFacts(seal)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at,
      actor: reviewerActor(scope),
      act:
        what === null
          ? { kind: 'dossier-opened', facts: { seal: read } }
          : { kind: 'dossier-downloaded', facts: { seal: read, what } },
    })
  })
}
