/**
 * The porteur's week: on the first working day, from nine on its call's clocks, as long as something moves or
 * is missing.
 */
import { and, eq, isNull } from 'drizzle-orm'
import { colleagues, grappes, mails, relances } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import { windowAt } from '../../domain/call.ts'
import { ogSizes } from '../../domain/condition.ts'
import { addDays, closingInstant, dayOf, hourOf, mondayOf } from '../../domain/deadline.ts'
import { planDossier } from '../../domain/dossier-plan.ts'
import { activeEsms } from '../../domain/grappe.ts'
import { isOutstanding } from '../../domain/piece.ts'
import { openQuestions } from '../../domain/questions.ts'
import { datesAhead, pressingDay, RELANCE_HOUR } from '../../domain/relance.ts'
import { calendarOfCall, isWorkingDay } from '../../domain/working-days.ts'
import { isCorrespondent } from '../access/correspondents.ts'
import { openDigest } from '../access/digests.ts'
import { writeMail } from '../access/send-mail.ts'
import { ofGrappe, oneByOne } from '../one-by-one.ts'
import type { Context, MailText } from '../ports.ts'
import { readSnapshot } from '../read/read-snapshot.ts'
import { storedCall } from '../read/stored-call.ts'
import { recordChange } from '../record-change.ts'
import { RELANCES_ACTOR } from './send-relances.ts'

const DAYS = 7

/** Writes every digest due now; to be called every few minutes. */
export async function sendWeeklyDigests(context: Context): Promise<void> {
  const now = context.now().toISOString()
  const rows = await context.db
    .select({
      grappe: { id: grappes.id, call: grappes.call, createdAt: grappes.createdAt },
      email: colleagues.email,
    })
    .from(grappes)
    .innerJoin(colleagues, eq(grappes.porteurId, colleagues.porteurId))
    .where(and(isNull(grappes.archivedAt), isCorrespondent))
  let written = 0
  const lookAt = async ({ grappe, email }: (typeof rows)[number]) => {
    const call = storedCall(grappe.call)
    const { timeZone } = call
    const { opensOn, closesOn, today } = windowAt(call, now)
    const monday = mondayOf(today)
    const isOver = closesOn !== null && closesOn < monday
    const isEarly = opensOn !== null && today < opensOn
    // A grappe made this week has no week to look back on.
    const isNew = dayOf(grappe.createdAt.toISOString(), timeZone) >= monday
    if (isOver || isEarly || isNew || hourOf(now, timeZone) < RELANCE_HOUR) return
    if (!isWorkingDay(today, [calendarOfCall(call)], context.isHoliday)) return
    const due = { grappeId: grappe.id, email, kind: 'hebdomadaire', dueOn: monday } as const
    if (await isWritten(context, due)) return
    const digestId = await openDigest(context.db, context, email, 'hebdomadaire')
    const text = digestId === null ? null : await digestText(context, grappe.id)
    if (digestId !== null && text !== null && (await writeDigest(context, due, { ...text, digestId }))) {
      written += 1
    }
  }
  try {
    await oneByOne(rows, ({ grappe }) => ofGrappe({ grappeId: grappe.id }), lookAt)
  } finally {
    if (written > 0) await context.jobs.kick('envois')
  }
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

/** @returns null when nothing is missing nor unanswered, and nothing came. */
async function digestText(context: Context, grappeId: string): Promise<MailText | null> {
  const snapshot = await readSnapshot(context, grappeId)
  if (snapshot === null) return null
  const { rows, owners } = planDossier(snapshot)
  const since = closingInstant(addDays(snapshot.today, -DAYS - 1), snapshot.timeZone)
  const deposits = snapshot.pieces.flatMap(({ versions }) =>
    versions.filter(({ depositedAt }) => depositedAt > since),
  ).length
  const missing = rows.filter(row => isOutstanding(row.state) && (row.required || row.version !== null))
  const { call } = snapshot.record
  const sizes = ogSizes(snapshot.record)
  const asked = new Map(
    activeEsms(snapshot.record).map(esms => [esms.id, openQuestions(call, esms, sizes).length]),
  )
  const questions = [...asked.values()].reduce((sum, each) => sum + each, 0)
  if (missing.length === 0 && deposits === 0 && questions === 0) return null
  const { closesOn, today } = snapshot
  const pressing = missing.map(({ deadlineOn }) => ({ pressingOn: pressingDay(deadlineOn, closesOn, today) }))
  return context.mailTexts.digest({
    grappe: snapshot.record.name,
    board: context.publicUrl() + urlTo('board', { grappe: grappeId }),
    today,
    ahead: datesAhead(pressing, closesOn, questions),
    deposits,
    toControl: rows.filter(({ state }) => state === 'deposee').length,
    late: missing.filter(({ late }) => late).length,
    owing: owners
      .map(owner => {
        const own = missing.filter(row => row.owner === owner)
        return {
          ownerName: owner.name,
          missing: own.length,
          late: own.filter(({ late }) => late).length,
          questions: owner.scope === 'esms' ? (asked.get(owner.id ?? '') ?? 0) : 0,
        }
      })
      .filter(owner => owner.missing + owner.questions > 0)
      .toSorted((a, b) => b.missing - a.missing || b.questions - a.questions),
  })
}

/** @returns false when another server wrote it meanwhile. */
async function writeDigest(
  context: Context,
  due: DueDigest,
  text: MailText & { digestId: string },
): Promise<boolean> {
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
      act: { kind: 'digest-written', facts: { email } },
    })
    return true
  })
}
