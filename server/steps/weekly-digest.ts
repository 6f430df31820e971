/** The porteur's week: on the first working day, from nine on its call's clocks, as long as something moves or is missing. */
import { and, eq } from 'drizzle-orm'
import { grappes, mails, porteurs, relances } from '../../schema/tables.ts'
import { urlTo } from '../../schema/urls.ts'
import { addDays, closingInstant, dayOf, hourOf, mondayOf } from '../domain/deadline.ts'
import { planDossier } from '../domain/dossier-plan.ts'
import { isOutstanding } from '../domain/piece.ts'
import { RELANCE_HOUR } from '../domain/relance.ts'
import { calendarOfCall, isWorkingDay } from '../domain/working-days.ts'
import type { Context, MailText } from './ports.ts'
import { readSnapshot } from './read-grappe.ts'
import { recordChange } from './record-change.ts'
import { writeMail } from './send-mail.ts'
import { RELANCES_ACTOR } from './send-relances.ts'
import { storedCall } from './stored-call.ts'

const DAYS = 7

/** Writes every digest due now; to be called every few minutes. */
export async function sendWeeklyDigests(context: Context): Promise<void> {
  const now = context.now().toISOString()
  const rows = await context.db
    .select({ grappe: grappes, email: porteurs.email })
    .from(grappes)
    .innerJoin(porteurs, eq(grappes.porteurId, porteurs.id))
  let written = 0
  for (const { grappe, email } of rows) {
    const call = storedCall(grappe.call)
    const { timeZone, opensOn, closesOn } = call.window
    const today = dayOf(now, timeZone)
    const monday = mondayOf(today)
    const isOver = closesOn !== null && closesOn < monday
    const isEarly = opensOn !== null && today < opensOn
    // A grappe made this week has no week to look back on.
    const isNew = dayOf(grappe.createdAt.toISOString(), timeZone) >= monday
    if (isOver || isEarly || isNew || hourOf(now, timeZone) < RELANCE_HOUR) continue
    if (!isWorkingDay(today, [calendarOfCall(call)], context.isHoliday)) continue
    const due = { grappeId: grappe.id, email, kind: 'hebdomadaire', dueOn: monday } as const
    if (await isWritten(context, due)) continue
    const text = await digestText(context, grappe.id)
    if (text !== null && (await writeDigest(context, due, text))) written += 1
  }
  if (written > 0) await context.jobs.kick('envois')
}

type DueDigest = Pick<typeof relances.$inferInsert, 'grappeId' | 'email' | 'kind' | 'dueOn'>

async function isWritten(context: Context, { grappeId, email, kind, dueOn }: DueDigest): Promise<boolean> {
  const rows = await context.db
    .select({ id: relances.id })
    .from(relances)
    .where(
      and(
        eq(relances.grappeId, grappeId),
        eq(relances.email, email),
        eq(relances.kind, kind),
        eq(relances.dueOn, dueOn),
      ),
    )
  return rows.length > 0
}

/** @returns null when nothing is missing and nothing came. */
async function digestText(context: Context, grappeId: string): Promise<MailText | null> {
  const snapshot = await readSnapshot(context, grappeId)
  if (snapshot === null) return null
  const { rows, owners } = planDossier(snapshot)
  const since = closingInstant(addDays(snapshot.today, -DAYS - 1), snapshot.timeZone)
  const deposits = snapshot.pieces.flatMap(({ versions }) =>
    versions.filter(({ depositedAt }) => depositedAt > since),
  ).length
  const missing = rows.filter(row => isOutstanding(row.state) && (row.required || row.version !== null))
  if (missing.length === 0 && deposits === 0) return null
  return context.mailTexts.digest({
    grappe: snapshot.record.name,
    board: context.publicUrl() + urlTo('board', { grappe: grappeId }),
    today: snapshot.today,
    closesOn: snapshot.closesOn,
    deposits,
    toControl: rows.filter(({ state }) => state === 'deposee').length,
    missing: missing.length,
    late: missing.filter(({ late }) => late).length,
    owing: owners
      .map(owner => {
        const own = missing.filter(row => row.owner === owner)
        return { ownerName: owner.name, missing: own.length, late: own.filter(({ late }) => late).length }
      })
      .filter(owner => owner.missing > 0)
      .toSorted((a, b) => b.missing - a.missing),
  })
}

/** @returns false when another server wrote it meanwhile. */
async function writeDigest(context: Context, due: DueDigest, text: MailText): Promise<boolean> {
  return await context.db.transaction(async tx => {
    const { grappeId, email } = due
    const mailId = await writeMail(tx, context, { ...text, recipient: email, grappeId, linkId: null })
    const now = context.now()
    const [first] = await tx
      .insert(relances)
      .values({ ...due, id: context.newId(), mailId, createdAt: now })
      .onConflictDoNothing()
      .returning({ id: relances.id })
    if (first === undefined) {
      await tx.delete(mails).where(eq(mails.id, mailId))
      return false
    }
    await recordChange(tx, {
      grappeId,
      at: now,
      actor: RELANCES_ACTOR,
      event: `Résumé de la semaine écrit à ${email}.`,
    })
    return true
  })
}
