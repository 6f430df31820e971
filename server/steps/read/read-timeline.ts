/** The four steps of a grappe with what is done of each, from all that it holds. Reads only. */
import { and, eq, gt, isNull } from 'drizzle-orm'
import { links } from '../../../schema/tables.ts'
import { planDossier } from '../../domain/dossier-plan.ts'
import { valuesOf } from '../../domain/governance/governance.ts'
import { type TimelineStep, timelineOf } from '../../domain/governance/timeline.ts'
import { activeEsms } from '../../domain/grappe.ts'
import { checklistOf, depositDone } from '../../domain/submission.ts'
import type { Context } from '../ports.ts'
import type { GrappeRecord } from './read-grappe.ts'
import { offeredNumbers } from './read-seals.ts'
import type { GrappeSnapshot } from './read-snapshot.ts'

export async function readTimeline(
  context: Pick<Context, 'db' | 'now'>,
  snapshot: GrappeSnapshot,
): Promise<TimelineStep[]> {
  const { record, verdict, sharing, porteur } = snapshot
  const members = activeEsms(record)
  const [sealed = null] = await offeredNumbers(context, record.id)
  const ofTheArs = and(
    eq(links.grappeId, record.id),
    eq(links.kind, 'ars'),
    isNull(links.revokedAt),
    gt(links.expiresAt, context.now()),
  )
  return timelineOf({
    plan: planDossier(snapshot),
    esms: members.length,
    ogs: new Set(members.map(({ ogId }) => ogId)).size,
    porteurName: porteur?.ogName ?? null,
    verdict: verdict.status,
    hasKey: sharing !== null,
    governance: valuesOf(record.governance),
    sealed,
    deposit: depositOf(record),
    isHanded: (await context.db.$count(links, ofTheArs)) > 0,
  })
}

function depositOf({ call, submission }: GrappeRecord) {
  const { steps } = checklistOf(call, submission)
  return {
    ticked: steps.filter(({ done }) => done !== null).length,
    steps: steps.length,
    doneOn: depositDone(call, submission)?.on ?? null,
  }
}
