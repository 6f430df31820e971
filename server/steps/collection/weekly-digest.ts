/**
 * The porteur's week: on the first working day, from nine on its call's clocks, as long as something moves or
 * is missing.
 */
import { and, eq, inArray, isNull } from 'drizzle-orm'
import { colleagues, grappes, mails, relances } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import { type Day, windowAt } from '../../domain/call.ts'
import { ogSizes } from '../../domain/condition.ts'
import { addDays, clockInstant, closingInstant, dayOf, hourOf, mondayOf } from '../../domain/deadline.ts'
import { planDossier } from '../../domain/dossier-plan.ts'
import { activeEsms } from '../../domain/grappe.ts'
import { groupBy } from '../../domain/group-by.ts'
import { isOutstanding } from '../../domain/piece.ts'
import { openQuestions } from '../../domain/questions.ts'
import { datesAhead, pressingDay, RELANCE_HOUR } from '../../domain/relance.ts'
import { calendarOfCall, isWorkingDay } from '../../domain/working-days.ts'
import { isCorrespondent } from '../access/correspondents.ts'
import { openDigest } from '../access/digests.ts'
import { writeMail } from '../access/send-mail.ts'
import { isToLookAt, type NextLook, noteNextLooks } from '../next-looks.ts'
import { batchByBatch, ofGrappe, oneByOne } from '../one-by-one.ts'
import type { Context, Database, MailText } from '../ports.ts'
import { readSnapshot } from '../read/read-snapshot.ts'
import { storedCall } from '../read/stored-call.ts'
import { recordChange } from '../record-change.ts'
import { RELANCES_ACTOR } from './send-relances.ts'

const DAYS = 7

/** Grappes whose calls are read at once. */
const CALLS_AT_ONCE = 50

/** Writes every digest due now; to be called every few minutes. */
export async function sendWeeklyDigests(context: Context): Promise<void> {
  const { db } = context
  const rows = await db
    .select({ id: grappes.id })
    .from(grappes)
    .where(and(isNull(grappes.archivedAt), isToLookAt('digest', context.now())))
  let written = 0
  try {
    await batchByBatch(rows, CALLS_AT_ONCE, async batch => {
      const looks: NextLook[] = []
      const ids = batch.map(({ id }) => id)
      const read = await db
        .select({
          id: grappes.id,
          porteurId: grappes.porteurId,
          call: grappes.call,
          createdAt: grappes.createdAt,
          revision: grappes.revision,
        })
        .from(grappes)
        .where(inArray(grappes.id, ids))
      const people = groupBy(await readCorrespondents(db, ids), ({ porteurId }) => porteurId)
      try {
        await oneByOne(
          read,
          ({ id }) => ofGrappe({ grappeId: id }),
          async ({ id, revision, porteurId, ...grappe }) => {
            const emails = (people.get(porteurId) ?? []).map(({ email }) => email)
            const look = await lookAt(context, { id, ...grappe }, emails)
            written += look.written
            looks.push({ grappeId: id, revision, at: look.next })
          },
        )
      } finally {
        await noteNextLooks(db, 'digest', looks)
      }
    })
  } finally {
    if (written > 0) await context.jobs.kick('envois')
  }
}

const readCorrespondents = (db: Database, grappeIds: readonly string[]) =>
  db
    .selectDistinct({ porteurId: colleagues.porteurId, email: colleagues.email })
    .from(colleagues)
    .innerJoin(grappes, eq(grappes.porteurId, colleagues.porteurId))
    .where(and(inArray(grappes.id, [...grappeIds]), isCorrespondent))

/** Writes the digests of one grappe, if their hour has come, and says when to look again. */
async function lookAt(
  context: Context,
  grappe: { id: string; call: unknown; createdAt: Date },
  emails: readonly string[],
): Promise<{ written: number; next: Date }> {
  const now = context.now().toISOString()
  const call = storedCall(grappe.call)
  const { timeZone } = call
  const { opensOn, closesOn, today } = windowAt(call, now)
  const monday = mondayOf(today)
  const hasPassed = hourOf(now, timeZone) >= RELANCE_HOUR
  const nextWeek = atNine(addDays(monday, DAYS), timeZone)
  const isOver = closesOn !== null && closesOn < monday
  // A grappe made this week has no week to look back on.
  const isNew = dayOf(grappe.createdAt.toISOString(), timeZone) >= monday
  if (isOver || isNew) return { written: 0, next: nextWeek }
  const isEarly = opensOn !== null && today < opensOn
  if (isEarly || !hasPassed || !isWorkingDay(today, [calendarOfCall(call)], context.isHoliday)) {
    return { written: 0, next: atNine(hasPassed ? addDays(today, 1) : today, timeZone) }
  }
  let written = 0
  for (const email of emails) {
    const due = { grappeId: grappe.id, email, kind: 'hebdomadaire', dueOn: monday } as const
    if (await isWritten(context, due)) continue
    const digestId = await openDigest(context.db, context, email, 'hebdomadaire')
    const text = digestId === null ? null : await digestText(context, grappe.id)
    if (digestId !== null && text !== null && (await writeDigest(context, due, { ...text, digestId }))) {
      written += 1
    }
  }
  return { written, next: nextWeek }
}

/** When the clocks of a call show nine that day. */
const atNine = (day: Day, timeZone: string): Date =>
  new Date(clockInstant(day, `0${RELANCE_HOUR}:00`, timeZone) ?? `${day}T00:00:00Z`)

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
