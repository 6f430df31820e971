/** Notes what happened with the deposit and after it. Each act is told in the journal, for the porteur. */
import { and, eq } from 'drizzle-orm'
import { type StoredSubmission, storedSubmission } from '../../../schema/contracts/submission.ts'
import { grappes, pieces, versions } from '../../../schema/tables.ts'
import { windowAt } from '../../domain/call.ts'
import type { Act } from '../../domain/journal/entry.ts'
import { isSame } from '../../domain/same-value.ts'
import { flawsOf, type Submission, type SubmissionAct, withAct } from '../../domain/submission.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database } from '../ports.ts'
import { storedCall } from '../read/stored-call.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'

/** @param seen the revision that was read: what was noted meanwhile is not replaced in silence. */
export async function followSubmission(
  context: Context,
  scope: PorteurScope,
  { seen, act }: { seen: number; act: SubmissionAct },
): Promise<Outcome<StoredSubmission>> {
  const { grappeId } = scope
  return await context.db.transaction(async (tx): Promise<Outcome<StoredSubmission>> => {
    const [row] = await tx
      .select({ submission: grappes.submission, call: grappes.call, archivedAt: grappes.archivedAt })
      .from(grappes)
      .where(and(eq(grappes.id, grappeId), eq(grappes.porteurId, scope.porteur.id)))
      .for('update')
    if (row === undefined) return refuse('not-found')
    if (row.archivedAt !== null) return refuse('grappe-archived')
    const before = storedSubmission(row.submission)
    const call = storedCall(row.call)
    const at = context.now().toISOString()
    const flaws = flawsOf(call, before, act, windowAt(call, at).today)
    if (Object.keys(flaws).length > 0) return refuseFields(flaws)
    const actor = porteurActor(scope)
    const after = withAct(call, before, act, { by: actor.name, at, newId: context.newId() })
    const added = after.pieces.filter(({ code }) => !before.pieces.some(each => each.code === code))
    if (act.kind === 'piece' && act.piece === null && (await hasDeposits(tx, grappeId, act.code ?? ''))) {
      return refuseFields({ name: 'Des fichiers y sont déposés : elle reste, avec eux.' })
    }
    // The same thing noted twice, as by a double click, is noted once.
    if (isSame(said(before), said(after))) return done(before)
    if (before.revision !== seen) return refuse('facts-changed', { names: 'le dépôt et ses suites' })
    const kept: StoredSubmission = { ...after, revision: before.revision + 1 }
    await tx.update(grappes).set({ submission: kept }).where(eq(grappes.id, grappeId))
    for (const { code } of added) {
      await tx.insert(pieces).values({ id: context.newId(), grappeId, code, scope: 'grappe' })
    }
    await recordChange(tx, {
      grappeId,
      at: context.now(),
      actor,
      act: told(act, { before, after }, call.submission?.name ?? null),
    })
    return done(kept)
  })
}

/** Taken out or not: the history of a piece stays with it. */
async function hasDeposits(tx: Database, grappeId: string, code: string): Promise<boolean> {
  const rows = await tx
    .select({ id: versions.id })
    .from(versions)
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .where(and(eq(pieces.grappeId, grappeId), eq(pieces.code, code)))
    .limit(1)
  return rows.length > 0
}

/** Without who ticked and when, nor the order in which it was done. */
const said = ({ done: steps, award, dates, pieces: awaited }: Submission) => ({
  awaited,
  done: steps
    .map(({ step, on, reference }) => ({ step, on, reference }))
    .toSorted((a, b) => (a.step < b.step ? -1 : 1)),
  award,
  dates: dates.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
})

function told(
  act: SubmissionAct,
  { before, after }: { before: Submission; after: Submission },
  place: string | null,
): Act {
  switch (act.kind) {
    case 'etape':
      return act.done === null
        ? { kind: 'submission-step-undone', facts: { step: act.step } }
        : { kind: 'submission-step-done', facts: { step: act.step, place, ...act.done } }
    case 'resultat':
      return act.award === null
        ? { kind: 'award-withdrawn', facts: {} }
        : { kind: 'award-noted', facts: act.award }
    case 'date': {
      if (act.date === null) {
        const title = before.dates.find(({ id }) => id === act.id)?.title ?? ''
        return { kind: 'follow-up-removed', facts: { title } }
      }
      // What was just noted is the last one; of a date of the call, the title is the call's.
      const title = after.dates.at(-1)?.title ?? act.date.title
      return { kind: 'follow-up-noted', facts: { ...act.date, title } }
    }
    case 'piece': {
      if (act.piece !== null) {
        const { name, dueOn } = act.piece
        return { kind: 'follow-up-piece-kept', facts: { name, dueOn } }
      }
      const name = before.pieces.find(({ code }) => code === act.code)?.name ?? ''
      return { kind: 'follow-up-piece-removed', facts: { name } }
    }
  }
}
