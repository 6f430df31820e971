/**
 * Reminders: found from what is missing at the moment of writing, one mail per person and day. The row of
 * `relances` and its mail are written together, one server at a time for each grappe, so that no restart and
 * no second server ever writes twice.
 */

import { and, eq, gt, inArray, isNull, lt, ne, or, sql } from 'drizzle-orm'
import { extensions, grappes, mails, relances } from '../../../schema/tables.ts'
import { type Day, windowAt, windowOn } from '../../domain/call.ts'
import { dayOf, hourOf } from '../../domain/deadline.ts'
import { nameSortKey } from '../../domain/dossier-names.ts'
import { type Actor, systemActor } from '../../domain/journal/entry.ts'
import {
  DEFAULT_RELANCES,
  dueKind,
  isChased,
  mayBeDue,
  pressingDay,
  RELANCE_HOUR,
  type RelanceKind,
  type RelanceSettings,
} from '../../domain/relance.ts'
import { linkOfPerson, type Person } from '../access/people.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { senderTo, writeMail } from '../access/send-mail.ts'
import type { Context, Database, MailText } from '../ports.ts'
import type { GrappeRecord } from '../read/read-grappe.ts'
import { storedCall } from '../read/stored-call.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { refuseByWindow } from './find-deposit-target.ts'
import {
  type HeldPiece,
  type HeldQuestions,
  type Holdings,
  isOver,
  owedAnswers,
  owedPiece,
  readHoldings,
} from './held-pieces.ts'

/** Who acts when nobody does. */
export const RELANCES_ACTOR = systemActor('Relances automatiques')

/** A person with what to remind it of: pieces, the most urgent first, and members with questions. */
export interface Owing {
  person: Person
  held: readonly HeldPiece[]
  unanswered: readonly HeldQuestions[]
}

/**
 * What every person is to be reminded of at this moment, people by e-mail; nothing that could not be
 * deposited, or that would change nothing any more.
 */
export function listOwing({ record, held, unanswered }: Holdings, now: Date): Owing[] {
  // Put away: nobody is reminded, and what waited to leave is taken back.
  if (record.archivedAt !== null) return []
  const chased = held.filter(
    ({ piece, definition }) =>
      isChased(definition, piece) && refuseByWindow(record.call, now, piece) === null,
  )
  const asked = isOver(record.call, now) ? [] : unanswered
  const people = new Map([...chased, ...asked].flatMap(each => each.people).map(each => [each.email, each]))
  const isOf = (person: Person) => (each: { people: readonly Person[] }) =>
    each.people.some(({ email }) => email === person.email)
  return [...people.values()]
    .toSorted((a, b) => (nameSortKey(a.email) < nameSortKey(b.email) ? -1 : 1))
    .map(person => ({
      person,
      held: chased
        .filter(isOf(person))
        .toSorted((a, b) => ((a.deadlineOn ?? '9999') < (b.deadlineOn ?? '9999') ? -1 : 1)),
      unanswered: asked.filter(isOf(person)),
    }))
}

/** The reminder that a person is due that day; null when it is due none. */
export function kindFor(
  { isHoliday }: Pick<Context, 'isHoliday'>,
  { held, unanswered }: Owing,
  { today, closesOn, settings }: { today: Day; closesOn: Day | null; settings: RelanceSettings },
) {
  const lastDays = [...held.map(({ deadlineOn }) => deadlineOn), ...unanswered.map(() => closesOn)]
  const deadlines = lastDays.flatMap(deadlineOn => pressingDay(deadlineOn, closesOn, today) ?? [])
  const calendars = [...new Set([...held, ...unanswered].map(({ calendar }) => calendar))]
  return dueKind(deadlines, today, settings, { calendars, isHoliday })
}

/** The mail itself, as of that day. */
export function relanceText(
  context: Pick<Context, 'mailTexts'>,
  record: Pick<GrappeRecord, 'name' | 'call'>,
  { person, held, unanswered }: Owing,
  about: { kind: RelanceKind; today: Day; intro: string | null },
): MailText {
  return context.mailTexts.relance({
    grappe: record.name,
    call: record.call.title,
    contactName: person.name,
    ...about,
    pieces: held.map(piece => owedPiece(piece, windowOn(record.call, about.today).closesOn, about.today)),
    answers: unanswered.map(owedAnswers),
  })
}

/** Writes every reminder due now, in every grappe; to be called every few minutes. */
export async function sendDueRelances(context: Context): Promise<void> {
  const rows = await context.db
    .select({ id: grappes.id, call: grappes.call, settings: grappes.relances })
    .from(grappes)
    .where(isNull(grappes.archivedAt))
  const granted = await context.db
    .selectDistinct({ grappeId: extensions.grappeId, deadlineOn: extensions.deadlineOn })
    .from(extensions)
  const now = context.now()
  let written = 0
  for (const row of rows) {
    const settings = row.settings ?? DEFAULT_RELANCES
    const call = storedCall(row.call)
    const { timeZone } = call
    const { closesOn, today } = windowAt(call, now.toISOString())
    if (settings.paused || hourOf(now.toISOString(), timeZone) < RELANCE_HOUR) continue
    const deadlines = [
      closesOn,
      ...call.pieces.map(({ deadlineOn }) => deadlineOn),
      ...granted.filter(({ grappeId }) => grappeId === row.id).map(({ deadlineOn }) => deadlineOn),
    ].filter(day => day !== null)
    if (!mayBeDue(deadlines, today, settings, context.isHoliday)) continue
    const { people } = await writeRelances(context, row.id, {
      actor: RELANCES_ACTOR,
      kindOf: (owing, day) => kindFor(context, owing, { today: day, closesOn, settings }),
    })
    written += people.length
  }
  if (written > 0) await context.jobs.kick('envois')
}

/**
 * Writes a reminder by hand, to everybody who owes something or to one person; whoever had one today has no
 * other.
 *
 * @param email lower case; null for everybody.
 * @returns who was written to, and how many were left in peace because they had one today.
 */
export async function sendRelancesNow(
  context: Context,
  scope: PorteurScope,
  email: string | null,
): Promise<Outcome<Written>> {
  if (scope.archivedOn !== null) return refuse('grappe-archived')
  const written = await writeRelances(context, scope.grappeId, {
    actor: porteurActor(scope),
    kindOf: ({ person }) => (email === null || person.email === email ? 'manuelle' : null),
  })
  if (written.people.length === 0) return refuse(written.spared > 0 ? 'already-chased' : 'nothing-to-chase')
  await context.jobs.kick('envois')
  return done(written)
}

export interface Written {
  /** E-mails of those written to. */
  people: readonly string[]
  /** Due one, but had one already that day. */
  spared: number
}

/** One grappe, in one transaction. */
async function writeRelances(
  context: Context,
  grappeId: string,
  relance: { actor: Actor; kindOf: (owing: Owing, today: Day) => RelanceKind | null },
): Promise<Written> {
  return await context.db.transaction(async tx => {
    const locked = await readLocked(context, tx, grappeId)
    if (locked === null) return { people: [], spared: 0 }
    const { record, owing, today, settings } = locked
    const due = owing.flatMap(each => {
      const kind = relance.kindOf(each, today)
      return kind === null ? [] : [{ ...each, kind }]
    })
    const had = await tx
      .select({ email: relances.email })
      .from(relances)
      .where(
        and(eq(relances.grappeId, grappeId), eq(relances.dueOn, today), ne(relances.kind, 'hebdomadaire')),
      )
    const spared = new Set(had.map(({ email }) => email))
    const toWrite = due.filter(({ person }) => !spared.has(person.email))
    for (const each of toWrite) {
      const { person, kind } = each
      const link = await linkOfPerson(tx, context, {
        grappeId,
        email: person.email,
        label: person.name ?? person.email,
      })
      await dropUnsent(context, tx, grappeId, person.email)
      const mailId = await writeMail(tx, context, {
        ...relanceText(context, record, each, { kind, today, intro: settings.intro }),
        recipient: person.email,
        grappeId,
        linkId: link.id,
      })
      await tx.insert(relances).values({
        id: context.newId(),
        grappeId,
        email: person.email,
        kind,
        dueOn: today,
        mailId,
        createdAt: context.now(),
      })
    }
    if (toWrite.length > 0) {
      await recordChange(tx, {
        grappeId,
        at: context.now(),
        actor: relance.actor,
        act: {
          kind: 'reminders-written',
          facts: {
            memberIds: [
              ...new Set(
                toWrite.flatMap(({ held, unanswered }) =>
                  [...held, ...unanswered].map(({ owner }) => owner.id),
                ),
              ),
            ],
            people: toWrite.map(({ person, kind, held, unanswered }) => ({
              email: person.email,
              kind,
              pieces: held.length,
              questions: questionsOf(unanswered),
            })),
          },
        },
      })
    }
    return { people: toWrite.map(({ person }) => person.email), spared: due.length - toWrite.length }
  })
}

/** How many questions in all. */
export const questionsOf = (unanswered: readonly HeldQuestions[]): number =>
  unanswered.reduce((sum, { questions }) => sum + questions.length, 0)

interface Locked {
  record: GrappeRecord
  owing: readonly Owing[]
  today: Day
  settings: RelanceSettings
}

/** What is owed at this moment, while no other server writes reminders of this grappe. */
async function readLocked(context: Context, tx: Database, grappeId: string): Promise<Locked | null> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`relances ${grappeId}`}))`)
  const holdings = await readHoldings({ ...context, db: tx }, grappeId)
  if (holdings === null) return null
  const [row] = await tx.select({ settings: grappes.relances }).from(grappes).where(eq(grappes.id, grappeId))
  const { record } = holdings
  return {
    record,
    owing: listOwing(holdings, context.now()),
    today: dayOf(context.now().toISOString(), record.call.timeZone),
    settings: row?.settings ?? DEFAULT_RELANCES,
  }
}

const unsent = and(isNull(mails.sentAt), isNull(mails.handSentAt), isNull(mails.bouncedAt))

/** A reminder that a mail server has kept waiting says what the new one says: nobody is to receive both. */
async function dropUnsent(context: Context, tx: Database, grappeId: string, email: string): Promise<void> {
  if (context.mailer === null) return
  const earlier = tx
    .select({ id: relances.mailId })
    .from(relances)
    .where(and(eq(relances.grappeId, grappeId), eq(relances.email, email), ne(relances.kind, 'hebdomadaire')))
  await tx.delete(mails).where(and(inArray(mails.id, earlier), unsent))
}

/** After that, a reminder that has not left is read again before it does. */
const STALE_MS = 10 * 60_000

/**
 * Reminders that a mail server, or a stop, has kept waiting: written again from what is still missing, or
 * taken back when nothing is. To be called before mails are sent.
 */
export async function refreshWaitingRelances(context: Context): Promise<void> {
  if (context.mailer === null) return
  const stale = and(
    ne(relances.kind, 'hebdomadaire'),
    unsent,
    or(gt(mails.attempts, 0), lt(mails.createdAt, new Date(context.now().getTime() - STALE_MS))),
  )
  const waiting = await context.db
    .selectDistinct({ grappeId: relances.grappeId })
    .from(relances)
    .innerJoin(mails, eq(relances.mailId, mails.id))
    .where(stale)
  for (const { grappeId } of waiting) {
    await context.db.transaction(async tx => {
      const locked = await readLocked(context, tx, grappeId)
      const rows = await tx
        .select({ relance: relances, subject: mails.subject, body: mails.body })
        .from(relances)
        .innerJoin(mails, eq(relances.mailId, mails.id))
        .where(and(eq(relances.grappeId, grappeId), stale))
      for (const { relance, subject, body } of rows) {
        const owing = locked?.owing.find(({ person }) => person.email === relance.email)
        if (locked === null || owing === undefined) {
          await tx.delete(mails).where(eq(mails.id, relance.mailId))
          await recordChange(tx, {
            grappeId,
            at: context.now(),
            actor: RELANCES_ACTOR,
            act: { kind: 'reminder-withdrawn', facts: { email: relance.email } },
          })
          continue
        }
        const { record, today, settings } = locked
        const { kind } = relance
        const words = relanceText(context, record, owing, { kind, today, intro: settings.intro })
        const { text, html } = words.signedBy(await senderTo(tx, grappeId, relance.email))
        if (words.subject === subject && text === body) continue
        await tx
          .update(mails)
          .set({ subject: words.subject, body: text, html })
          .where(eq(mails.id, relance.mailId))
      }
    })
  }
}
