/** What is due today: warnings to write, grappes whose time is over, deletions whose delay is past. */
import { eq } from 'drizzle-orm'
import { erasureWarnings, grappes } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import type { Call, Day } from '../../domain/call.ts'
import { addDays, closingInstant, dayOf } from '../../domain/deadline.ts'
import type { ErasureCause } from '../../domain/erasure.ts'
import { systemActor } from '../../domain/journal/entry.ts'
import { FIRST_WARNING_DAYS, type RetentionStep, retentionStep } from '../../domain/retention.ts'
import { writeMail } from '../access/send-mail.ts'
import { isToLookAt, type NextLook, noteNextLooks } from '../next-looks.ts'
import { batchByBatch, ofGrappe, oneByOne } from '../one-by-one.ts'
import type { Context, Database } from '../ports.ts'
import { readRetention } from '../read/read-retention.ts'
import { storedCall } from '../read/stored-call.ts'
import { recordChange } from '../record-change.ts'
import { listAdministrators } from './administrators.ts'
import { eraseGrappe } from './erase-grappe.ts'

const ACTOR = systemActor('Conservation')

/** What only an act of the porteur changes is looked at again after so many days all the same. */
const IDLE_DAYS = 30

type Due = Exclude<RetentionStep, { do: 'wait' | 'nothing' }> | { do: 'delete' }

/** Next looks noted at once. */
const LOOKS_AT_ONCE = 50

export async function eraseDue(context: Context): Promise<void> {
  const all = await context.db
    .select({ grappeId: grappes.id, revision: grappes.revision })
    .from(grappes)
    .where(isToLookAt('retention', context.now()))
    .orderBy(grappes.createdAt)
  await batchByBatch(all, LOOKS_AT_ONCE, async batch => {
    const looks: NextLook[] = []
    try {
      await oneByOne(batch, ofGrappe, async ({ grappeId, revision }) => {
        const at = await actOn(context, grappeId)
        if (at !== null) looks.push({ grappeId, revision, at })
      })
    } finally {
      await noteNextLooks(context.db, 'retention', looks)
    }
  })
}

/** @returns when to look again; null for the next round. */
async function actOn(context: Context, grappeId: string): Promise<Date | null> {
  const due = await judge(context, context.db, grappeId)
  if (due === null || !('do' in due)) return due?.lookAt ?? null
  if (due.do === 'warn') {
    if (await warn(context, grappeId)) await context.jobs.kick('envois')
  } else {
    const cause: ErasureCause = due.do === 'delete' ? 'suppression' : 'conservation'
    await eraseGrappe(
      context,
      grappeId,
      cause,
      async tx => (await dueOf(context, tx, grappeId))?.do === due.do,
    )
  }
  return null
}

type DueNow = Due & { call: Call; today: Day; plannedOn: Day | null }

async function dueOf(context: Pick<Context, 'now'>, db: Database, grappeId: string): Promise<DueNow | null> {
  const judged = await judge(context, db, grappeId)
  return judged !== null && 'do' in judged ? judged : null
}

/**
 * What is due, or the instant before which nothing will be as long as the grappe stays as it is; null when
 * there is no such grappe. A hold holds everything, a deletion that was asked for included.
 */
async function judge(
  context: Pick<Context, 'now'>,
  db: Database,
  grappeId: string,
): Promise<DueNow | { lookAt: Date } | null> {
  const [row] = await db.select({ call: grappes.call }).from(grappes).where(eq(grappes.id, grappeId))
  if (row === undefined) return null
  const call = storedCall(row.call)
  const today = dayOf(context.now().toISOString(), call.timeZone)
  const retention = await readRetention({ ...context, db }, grappeId, call)
  const { hold, deletion, erasesOn: plannedOn, warnings } = retention
  const dawn = (day: Day) => ({ lookAt: new Date(closingInstant(addDays(day, -1), call.timeZone)) })
  if (hold !== null) return dawn(addDays(today, IDLE_DAYS))
  if (deletion !== null) {
    const deletesAt = new Date(deletion.deletesAt)
    return deletesAt <= context.now() ? { do: 'delete', call, today, plannedOn } : { lookAt: deletesAt }
  }
  if (plannedOn === null) return dawn(addDays(today, IDLE_DAYS))
  const step = retentionStep(today, plannedOn, warnings)
  if (step.do === 'warn' || step.do === 'erase') return { ...step, call, today, plannedOn }
  // Once warned, it goes by the mails that tell it, of which the grappe knows nothing.
  return dawn(warnings.length > 0 ? addDays(today, 1) : addDays(plannedOn, -FIRST_WARNING_DAYS))
}

/** @returns whether a warning was written: of two servers at once, one does. */
async function warn(context: Context, grappeId: string): Promise<boolean> {
  return await context.db.transaction(async tx => {
    const [grappe] = await tx
      .select({ name: grappes.name, porteurId: grappes.porteurId })
      .from(grappes)
      .where(eq(grappes.id, grappeId))
      .for('update')
    const due = grappe === undefined ? null : await dueOf(context, tx, grappeId)
    if (grappe === undefined || due?.do !== 'warn' || due.plannedOn === null) return false
    const { rank, erasesOn, plannedOn, call, today } = due
    const text = context.mailTexts.erasureWarning({
      grappe: grappe.name,
      call: call.title,
      rank,
      erasesOn,
      address: context.publicUrl() + urlTo('retention', { grappe: grappeId }),
    })
    for (const recipient of await listAdministrators(tx, grappe.porteurId)) {
      const mailId = await writeMail(tx, context, { ...text, recipient, grappeId, linkId: null })
      const warning = { id: context.newId(), grappeId, rank, plannedOn, erasesOn, writtenOn: today, mailId }
      await tx.insert(erasureWarnings).values(warning)
    }
    const act = { kind: 'erasure-warned' as const, facts: { rank, erasesOn } }
    await recordChange(tx, { grappeId, at: context.now(), actor: ACTOR, act })
    return true
  })
}
