/**
 * Reminders: found from what is missing at the moment of writing, one mail per person and day. The row of
 * `relances` and its mail are written together, one server at a time for each grappe, so that no restart and
 * no second server ever writes twice.
 */

import { and, eq, gt, inArray, isNull, lt, ne, or, sql } from 'drizzle-orm'
import { extensions, grappes, mails, relances } from '../../../schema/tables.ts'
import { type Call, type Day, windowOn } from '../../domain/call.ts'
import { dayOf, hourOf } from '../../domain/deadline.ts'
import { groupBy } from '../../domain/group-by.ts'
import { type Actor, systemActor } from '../../domain/journal/entry.ts'
import {
  DEFAULT_RELANCES,
  mayBeDue,
  RELANCE_HOUR,
  type RelanceKind,
  type RelanceSettings,
  unlookedDays,
} from '../../domain/relance.ts'
import { linksOfPeople } from '../access/people.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { senderTo, writeMails } from '../access/send-mail.ts'
import { ofGrappe, oneByOne } from '../one-by-one.ts'
import type { Context, Database, MailText } from '../ports.ts'
import type { GrappeRecord } from '../read/read-grappe.ts'
import { storedCall } from '../read/stored-call.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { type Holdings, owedAnswers, owedPiece, readHoldings } from './held-pieces.ts'
import { isDayToCatchUp, judgeMissed, type MissedRelance } from './missed-relances.ts'
import { kindFor, listOwing, type Owing, questionsOf } from './owing.ts'

/** Who acts when nobody does. */
export const RELANCES_ACTOR = systemActor('Relances automatiques')

/** The mail itself, as of that day. */
export function relanceText(
  context: Pick<Context, 'mailTexts'>,
  record: Pick<GrappeRecord, 'name' | 'call'>,
  { person, held, unanswered }: Owing,
  about: { kind: RelanceKind; dueOn: Day; today: Day; intro: string | null },
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

/** Grappes whose calls are read at once. */
const CALLS_AT_ONCE = 50

/**
 * Writes every reminder due now, in every grappe; to be called every few minutes. What was looked at that
 * day, and has not changed since, is not read again.
 */
export async function sendDueRelances(context: Context): Promise<void> {
  const { db } = context
  const now = context.now().toISOString()
  const isChanged = sql<boolean>`${grappes.relancesLookedRevision} is distinct from ${grappes.revision}`
  const rows = await db
    .select({
      id: grappes.id,
      lookedOn: grappes.relancesLookedOn,
      isChanged,
      timeZone: sql<string>`coalesce(
        ${grappes.call} ->> 'timeZone', ${grappes.call} -> 'window' ->> 'timeZone')`,
    })
    .from(grappes)
    .where(
      and(
        isNull(grappes.archivedAt),
        or(isChanged, isNull(grappes.relancesLookedOn), lt(grappes.relancesLookedOn, lastDayAnywhere(now))),
      ),
    )
  const clocks = clocksAt(now)
  const toRead: string[] = []
  let written = 0
  try {
    await oneByOne(
      rows,
      ({ id }) => ofGrappe({ grappeId: id }),
      async ({ id, lookedOn, isChanged: hasChanged, timeZone }) => {
        const { today, hour } = clocks(timeZone)
        if (hour >= RELANCE_HOUR && (hasChanged || lookedOn === null || lookedOn < today)) toRead.push(id)
      },
    )
  } finally {
    try {
      const batches = Array.from({ length: Math.ceil(toRead.length / CALLS_AT_ONCE) }, (_, n) =>
        toRead.slice(n * CALLS_AT_ONCE, (n + 1) * CALLS_AT_ONCE),
      )
      await oneByOne(
        batches,
        () => 'Relances',
        async ids => {
          written += await lookAt(context, ids)
        },
      )
    } finally {
      if (written > 0) await context.jobs.kick('envois')
    }
  }
}

/** The latest day that it is anywhere on Earth (UTC+14). */
const lastDayAnywhere = (now: string): Day => dayOf(now, 'Pacific/Kiritimati')

/** Day and hour at that instant on the clocks of a zone, each zone asked once. */
function clocksAt(now: string): (timeZone: string) => { today: Day; hour: number } {
  const known = new Map<string, { today: Day; hour: number }>()
  return timeZone => {
    const clock = known.get(timeZone) ?? { today: dayOf(now, timeZone), hour: hourOf(now, timeZone) }
    known.set(timeZone, clock)
    return clock
  }
}

/** @returns how many people were written to. */
async function lookAt(context: Context, ids: readonly string[]): Promise<number> {
  const { db, isHoliday } = context
  const now = context.now().toISOString()
  const rows = await db
    .select({
      id: grappes.id,
      call: grappes.call,
      settings: grappes.relances,
      lookedOn: grappes.relancesLookedOn,
      revision: grappes.revision,
    })
    .from(grappes)
    .where(inArray(grappes.id, [...ids]))
  const granted = groupBy(
    await db
      .selectDistinct({ grappeId: extensions.grappeId, deadlineOn: extensions.deadlineOn })
      .from(extensions)
      .where(inArray(extensions.grappeId, [...ids])),
    ({ grappeId }) => grappeId,
  )
  const idle: Look[] = []
  let written = 0
  try {
    await oneByOne(
      rows,
      ({ id }) => ofGrappe({ grappeId: id }),
      async ({ id, lookedOn, revision, ...row }) => {
        const settings = row.settings ?? DEFAULT_RELANCES
        const call = storedCall(row.call)
        const today = dayOf(now, call.timeZone)
        const extended = (granted.get(id) ?? []).map(({ deadlineOn }) => deadlineOn)
        const dueDays = [...unlookedDays(lookedOn, today), today].filter(
          day => !settings.paused && mayBeDue(lastDaysOf(call, extended, day), day, settings, isHoliday),
        )
        if (dueDays.length === 0) {
          idle.push({ id, today, revision })
          return
        }
        const { people } = await writeRelances(context, id, {
          actor: RELANCES_ACTOR,
          kindOf: (owing, day) =>
            kindFor(context, owing, { today: day, closesOn: windowOn(call, day).closesOn, settings }),
          unlooked: dueDays.filter(day => day !== today),
        })
        written += people.length
      },
    )
  } finally {
    await noteLooks(db, idle)
  }
  return written
}

/** Every last day that may be pressing that day. */
const lastDaysOf = (call: Call, extended: readonly Day[], day: Day): Day[] =>
  [windowOn(call, day).closesOn, ...call.pieces.map(({ deadlineOn }) => deadlineOn), ...extended].filter(
    deadlineOn => deadlineOn !== null,
  )

interface Look {
  id: string
  today: Day
  /** That was looked at: one that grew meanwhile is looked at again. */
  revision: number
}

async function noteLooks(db: Database, looks: readonly Look[]): Promise<void> {
  if (looks.length === 0) return
  await db.execute(sql`update grappes
    set relances_looked_on = greatest(relances_looked_on, look.today),
      relances_looked_revision = look.revision
    from jsonb_to_recordset(${JSON.stringify(looks)}::jsonb) as look(id uuid, today date, revision int)
    where grappes.id = look.id`)
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

interface Order {
  actor: Actor
  kindOf(owing: Owing, today: Day): RelanceKind | null
  /** Days on which reminders may have been due, and no server looked; left out by hand. */
  unlooked?: readonly Day[]
}

/** One grappe, in one transaction. */
async function writeRelances(context: Context, grappeId: string, order: Order): Promise<Written> {
  return await context.db.transaction(async tx => {
    const locked = await readLocked(context, tx, grappeId)
    if (locked === null) return { people: [], spared: 0 }
    const { owing, today } = locked
    const due = owing.flatMap((each): Due[] => {
      const kind = order.kindOf(each, today)
      return kind === null ? [] : [{ ...each, kind, dueOn: today }]
    })
    const had = await readWritten(tx, grappeId, locked)
    const toWrite = due.filter(({ person }) => !had.today.has(person.email))
    if (order.unlooked !== undefined && (order.unlooked.length === 0 || isDayToCatchUp(context, locked))) {
      // A second server waited for the first one, and finds nothing left to look at.
      const days = order.unlooked.filter(day => locked.lookedOn !== null && day > locked.lookedOn)
      const { late, lost } = await judgeMissed(context, tx, days, {
        ...locked,
        served: new Set([...had.today, ...due.map(({ person }) => person.email)]),
        isWritten: (email, dueOn) => had.all.has(`${email} ${dueOn}`),
      })
      toWrite.push(...late)
      await tellLost(tx, context, locked.holdings, lost)
      // What it tells makes revisions of its own.
      const told = Math.min(lost.length, 1) + Math.min(toWrite.length, 1)
      await noteLooks(tx, [{ id: grappeId, today, revision: locked.revision + told }])
    }
    await writeAll(context, tx, locked, toWrite)
    await tellWritten(tx, context, { grappeId, actor: order.actor, today }, toWrite)
    const people = toWrite.map(({ person }) => person.email)
    return { people, spared: due.filter(({ person }) => had.today.has(person.email)).length }
  })
}

type Due = Owing & { kind: RelanceKind; dueOn: Day }

/** Who had a reminder today, and each e-mail with each day that one was due. */
async function readWritten(
  tx: Database,
  grappeId: string,
  { today, holdings }: Pick<Locked, 'today' | 'holdings'>,
): Promise<{ today: ReadonlySet<string>; all: ReadonlySet<string> }> {
  const rows = await tx
    .select({ email: relances.email, dueOn: relances.dueOn, createdAt: relances.createdAt })
    .from(relances)
    .where(and(eq(relances.grappeId, grappeId), ne(relances.kind, 'hebdomadaire')))
  const { timeZone } = holdings.record.call
  const isOfToday = ({ dueOn, createdAt }: { dueOn: Day; createdAt: Date }) =>
    dueOn === today || dayOf(createdAt.toISOString(), timeZone) === today
  return {
    today: new Set(rows.filter(isOfToday).map(({ email }) => email)),
    all: new Set(rows.map(({ email, dueOn }) => `${email} ${dueOn}`)),
  }
}

async function writeAll(context: Context, tx: Database, locked: Locked, due: readonly Due[]): Promise<void> {
  if (due.length === 0) return
  const { today, settings } = locked
  const { record } = locked.holdings
  const grappeId = record.id
  const people = due.map(({ person: { email, name } }) => ({ email, label: name ?? email }))
  const linkOf = await linksOfPeople(tx, context, grappeId, people)
  await dropUnsent(
    context,
    tx,
    grappeId,
    people.map(({ email }) => email),
  )
  const texts = due.map(each => ({
    ...relanceText(context, record, each, { ...each, today, intro: settings.intro }),
    recipient: each.person.email,
    linkId: linkOf.get(each.person.email)?.id ?? null,
  }))
  const mailIds = await writeMails(tx, context, grappeId, texts)
  await tx.insert(relances).values(
    due.map(({ person, kind, dueOn }, place) => ({
      id: context.newId(),
      grappeId,
      email: person.email,
      kind,
      dueOn,
      mailId: mailIds[place] ?? '',
      createdAt: context.now(),
    })),
  )
}

async function tellWritten(
  tx: Database,
  { now }: Pick<Context, 'now'>,
  { grappeId, actor, today }: { grappeId: string; actor: Actor; today: Day },
  written: readonly Due[],
): Promise<void> {
  if (written.length === 0) return
  const owners = written.flatMap(({ held, unanswered }) =>
    [...held, ...unanswered].map(({ owner }) => owner.id),
  )
  await recordChange(tx, {
    grappeId,
    at: now(),
    actor,
    act: {
      kind: 'reminders-written',
      facts: {
        memberIds: [...new Set(owners)],
        people: written.map(({ person, kind, dueOn, held, unanswered }) => ({
          email: person.email,
          kind,
          ...(dueOn < today ? { dueOn } : {}),
          pieces: held.length,
          questions: questionsOf(unanswered),
        })),
      },
    },
  })
}

/** What a stop of the server took from people, and why nothing is sent in its place. */
async function tellLost(
  tx: Database,
  { now }: Pick<Context, 'now'>,
  { record, held, unanswered }: Holdings,
  lost: readonly MissedRelance[],
): Promise<void> {
  if (lost.length === 0) return
  const emails = new Set(lost.map(({ email }) => email))
  const owners = [...held, ...unanswered].flatMap(({ people, owner }) =>
    people.some(({ email }) => emails.has(email)) ? [owner.id] : [],
  )
  await recordChange(tx, {
    grappeId: record.id,
    at: now(),
    actor: RELANCES_ACTOR,
    act: { kind: 'reminders-missed', facts: { memberIds: [...new Set(owners)], people: lost } },
  })
}

interface Locked {
  holdings: Holdings
  owing: readonly Owing[]
  today: Day
  settings: RelanceSettings
  lookedOn: Day | null
  /** Before what is owed was read. */
  revision: number
}

/** What is owed at this moment, while no other server writes reminders of this grappe. */
async function readLocked(context: Context, tx: Database, grappeId: string): Promise<Locked | null> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`relances ${grappeId}`}))`)
  const [row] = await tx
    .select({ settings: grappes.relances, lookedOn: grappes.relancesLookedOn, revision: grappes.revision })
    .from(grappes)
    .where(eq(grappes.id, grappeId))
  const holdings = await readHoldings({ ...context, db: tx }, grappeId)
  if (row === undefined || holdings === null) return null
  return {
    holdings,
    owing: listOwing(holdings, context.now()),
    today: dayOf(context.now().toISOString(), holdings.record.call.timeZone),
    settings: row.settings ?? DEFAULT_RELANCES,
    lookedOn: row.lookedOn,
    revision: row.revision,
  }
}

const unsent = and(isNull(mails.sentAt), isNull(mails.handSentAt), isNull(mails.bouncedAt))

/** A reminder that a mail server has kept waiting says what the new one says: nobody is to receive both. */
async function dropUnsent(
  context: Context,
  tx: Database,
  grappeId: string,
  emails: readonly string[],
): Promise<void> {
  if (context.mailer === null) return
  const earlier = tx
    .select({ id: relances.mailId })
    .from(relances)
    .where(
      and(
        eq(relances.grappeId, grappeId),
        inArray(relances.email, [...emails]),
        ne(relances.kind, 'hebdomadaire'),
      ),
    )
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
  await oneByOne(waiting, ofGrappe, ({ grappeId }) =>
    context.db.transaction(async tx => {
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
        const { holdings, today, settings } = locked
        const { kind, dueOn } = relance
        const about = { kind, dueOn, today, intro: settings.intro }
        const words = relanceText(context, holdings.record, owing, about)
        const { text, html } = words.signedBy(await senderTo(tx, grappeId, relance.email))
        if (words.subject === subject && text === body) continue
        await tx
          .update(mails)
          .set({ subject: words.subject, body: text, html })
          .where(eq(mails.id, relance.mailId))
      }
    }),
  )
}
