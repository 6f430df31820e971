/** What is due today: warnings to write, grappes whose time is over, deletions whose delay is past. */
import { eq } from 'drizzle-orm'
import { erasureWarnings, grappes } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import type { Call, Day } from '../../domain/call.ts'
import { dayOf } from '../../domain/deadline.ts'
import type { ErasureCause } from '../../domain/erasure.ts'
import { systemActor } from '../../domain/journal/entry.ts'
import { type RetentionStep, retentionStep } from '../../domain/retention.ts'
import { writeMail } from '../access/send-mail.ts'
import { ofGrappe, oneByOne } from '../one-by-one.ts'
import type { Context, Database } from '../ports.ts'
import { readRetention } from '../read/read-retention.ts'
import { storedCall } from '../read/stored-call.ts'
import { recordChange } from '../record-change.ts'
import { listAdministrators } from './administrators.ts'
import { eraseGrappe } from './erase-grappe.ts'

const ACTOR = systemActor('Conservation')

type Due = Exclude<RetentionStep, { do: 'wait' | 'nothing' }> | { do: 'delete' }

export async function eraseDue(context: Context): Promise<void> {
  const all = await context.db.select({ grappeId: grappes.id }).from(grappes).orderBy(grappes.createdAt)
  await oneByOne(all, ofGrappe, ({ grappeId }) => actOn(context, grappeId))
}

async function actOn(context: Context, grappeId: string): Promise<void> {
  const due = await dueOf(context, context.db, grappeId)
  if (due?.do === 'warn') {
    if (await warn(context, grappeId)) await context.jobs.kick('envois')
  } else if (due !== null) {
    const cause: ErasureCause = due.do === 'delete' ? 'suppression' : 'conservation'
    await eraseGrappe(
      context,
      grappeId,
      cause,
      async tx => (await dueOf(context, tx, grappeId))?.do === due.do,
    )
  }
}

/** A hold holds everything, a deletion that was asked for included. */
async function dueOf(
  context: Pick<Context, 'now'>,
  db: Database,
  grappeId: string,
): Promise<(Due & { call: Call; today: Day; plannedOn: Day | null }) | null> {
  const [row] = await db.select({ call: grappes.call }).from(grappes).where(eq(grappes.id, grappeId))
  if (row === undefined) return null
  const call = storedCall(row.call)
  const today = dayOf(context.now().toISOString(), call.timeZone)
  const retention = await readRetention({ ...context, db }, grappeId, call)
  const { hold, deletion, erasesOn: plannedOn, warnings } = retention
  if (hold !== null) return null
  if (deletion !== null) {
    const isOver = new Date(deletion.deletesAt) <= context.now()
    return isOver ? { do: 'delete', call, today, plannedOn } : null
  }
  if (plannedOn === null) return null
  const step = retentionStep(today, plannedOn, warnings)
  return step.do === 'wait' || step.do === 'nothing' ? null : { ...step, call, today, plannedOn }
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
