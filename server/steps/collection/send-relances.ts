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
import { keyOf, linksOfPeople, lockNames } from '../access/people.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { senderTo, writeMails } from '../access/send-mail.ts'
import { batchByBatch, breathe, inTurns, ofGrappe, oneByOne } from '../one-by-one.ts'
import type { Context, Database, MailText } from '../ports.ts'
import type { GrappeRecord } from '../read/read-grappe.ts'
import { storedCall } from '../read/stored-call.ts'
import { recordChange, recordChangesOf } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { type Holdings, owedAnswers, owedPiece, readHoldingsOf } from './held-pieces.ts'
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

/** Grappes written to in one transaction: more would keep the process from its pages while they are read. */
const WRITTEN_AT_ONCE = 2

/** Transactions under way at once: the connections of the others stay with those who wait for a page. */
const BATCHES_TOGETHER = 2

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
      await batchByBatch(toRead, CALLS_AT_ONCE, async ids => {
        written += await lookAt(context, ids)
      })
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
  const orders: Order[] = []
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
        orders.push({
          grappeId: id,
          actor: RELANCES_ACTOR,
          kindOf: (owing, day) =>
            kindFor(context, owing, { today: day, closesOn: windowOn(call, day).closesOn, settings }),
          unlooked: dueDays.filter(day => day !== today),
        })
      },
    )
  } finally {
    await noteLooks(db, idle)
    const write = async (batch: readonly Order[]) => {
      written += await writeBatch(context, batch)
    }
    await batchByBatch(orders, WRITTEN_AT_ONCE, write, BATCHES_TOGETHER)
  }
  return written
}

/** Those of a batch together; where one of them is at fault, each by itself. */
async function writeBatch(context: Context, batch: readonly Order[]): Promise<number> {
  const peopleOf = (written: ReadonlyMap<string, Written>) =>
    [...written.values()].reduce((sum, { people }) => sum + people.length, 0)
  try {
    return peopleOf(await writeRelances(context, batch))
  } catch {
    let written = 0
    await oneByOne(batch, ofGrappe, async order => {
      written += peopleOf(await writeRelances(context, [order]))
    })
    return written
  }
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
  // Rows are taken in one order by all, so that two rounds never wait for each other.
  await db.execute(sql`with look as (
      select * from jsonb_to_recordset(${JSON.stringify(looks)}::jsonb)
        as look(id uuid, today date, revision int)
    ), taken as (
      select grappes.id from grappes join look using (id) order by grappes.id for update of grappes
    )
    update grappes
    set relances_looked_on = greatest(relances_looked_on, look.today),
      relances_looked_revision = look.revision
    from look join taken using (id)
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
  const { grappeId } = scope
  const order: Order = {
    grappeId,
    actor: porteurActor(scope),
    kindOf: ({ person }) => (email === null || person.email === email ? 'manuelle' : null),
  }
  const written = (await writeRelances(context, [order])).get(grappeId) ?? { people: [], spared: 0 }
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
  grappeId: string
  actor: Actor
  kindOf(owing: Owing, today: Day): RelanceKind | null
  /** Days on which reminders may have been due, and no server looked; left out by hand. */
  unlooked?: readonly Day[]
}

/**
 * Several grappes in one transaction, each under its lock: all of them, or none.
 *
 * @returns what was written in each that there is.
 */
async function writeRelances(
  context: Context,
  orders: readonly Order[],
): Promise<ReadonlyMap<string, Written>> {
  return await context.db.transaction(async tx => {
    const allLocked = await readLocked(
      context,
      tx,
      orders.map(({ grappeId }) => grappeId),
    )
    const had = await readWritten(tx, allLocked)
    const written = new Map<string, Written>()
    const toWrite: Due[] = []
    const changes: Told[] = []
    const looks: Look[] = []
    for (const order of orders) {
      const locked = allLocked.get(order.grappeId)
      if (locked === undefined) continue
      await breathe()
      const judged = await judge(context, tx, order, locked, had.get(order.grappeId) ?? NONE_WRITTEN)
      const told = [
        ...tellLost(context, locked, judged.lost),
        ...tellWritten(context, order, locked, judged.toWrite),
      ]
      // What it tells makes revisions of its own.
      if (judged.isLooked) {
        const { today, revision } = locked
        looks.push({ id: order.grappeId, today, revision: revision + told.length })
      }
      toWrite.push(...judged.toWrite)
      changes.push(...told)
      written.set(order.grappeId, {
        people: judged.toWrite.map(({ person }) => person.email),
        spared: judged.spared,
      })
    }
    await writeAll(context, tx, allLocked, had, toWrite)
    await recordChangesOf(tx, changes)
    await noteLooks(tx, looks)
    return written
  })
}

type Told = Parameters<typeof recordChangesOf>[1][number]
type Due = Owing & { grappeId: string; kind: RelanceKind; dueOn: Day }

interface Judged {
  toWrite: Due[]
  /** What passed while no server ran, and is not written. */
  lost: readonly MissedRelance[]
  /** Due one, but had one already that day. */
  spared: number
  /** Whether this was the look of the day. */
  isLooked: boolean
}

/** Who is to be written to in one grappe. */
async function judge(
  context: Context,
  tx: Database,
  { grappeId, kindOf, unlooked }: Order,
  locked: Locked,
  had: HadWritten,
): Promise<Judged> {
  const { owing, today } = locked
  const due = owing.flatMap((each): Due[] => {
    const kind = kindOf(each, today)
    return kind === null ? [] : [{ ...each, grappeId, kind, dueOn: today }]
  })
  const toWrite = due.filter(({ person }) => !had.today.has(person.email))
  const spared = due.length - toWrite.length
  if (unlooked === undefined || (unlooked.length > 0 && !isDayToCatchUp(context, locked)))
    return { toWrite, lost: [], spared, isLooked: false }
  // A second server waited for the first one, and finds nothing left to look at.
  const days = unlooked.filter(day => locked.lookedOn !== null && day > locked.lookedOn)
  const { late, lost } = await judgeMissed(context, tx, days, {
    ...locked,
    served: new Set([...had.today, ...due.map(({ person }) => person.email)]),
    isWritten: (email, dueOn) => had.all.has(`${email} ${dueOn}`),
  })
  toWrite.push(...late.map(each => ({ ...each, grappeId })))
  return { toWrite, lost, spared, isLooked: true }
}

interface HadWritten {
  /** E-mails of those who had a reminder today. */
  today: ReadonlySet<string>
  /** Each e-mail with each day that one was due. */
  all: ReadonlySet<string>
  /** Mails that have not left, by e-mail. */
  unsent: ReadonlyMap<string, readonly string[]>
}

const NONE_WRITTEN: HadWritten = { today: new Set(), all: new Set(), unsent: new Map() }

/** What each grappe had before. */
async function readWritten(
  tx: Database,
  allLocked: ReadonlyMap<string, Locked>,
): Promise<ReadonlyMap<string, HadWritten>> {
  const rows = await tx
    .select({
      grappeId: relances.grappeId,
      email: relances.email,
      dueOn: relances.dueOn,
      createdAt: relances.createdAt,
      mailId: relances.mailId,
      isUnsent: sql<boolean>`${unsent}`,
    })
    .from(relances)
    .innerJoin(mails, eq(relances.mailId, mails.id))
    .where(and(inArray(relances.grappeId, [...allLocked.keys()]), ne(relances.kind, 'hebdomadaire')))
  return new Map(
    [...groupBy(rows, ({ grappeId }) => grappeId)].map(([grappeId, ofGrappe]) => {
      const locked = allLocked.get(grappeId)
      const isOfToday = ({ dueOn, createdAt }: { dueOn: Day; createdAt: Date }) =>
        locked !== undefined &&
        (dueOn === locked.today ||
          dayOf(createdAt.toISOString(), locked.holdings.record.call.timeZone) === locked.today)
      return [
        grappeId,
        {
          today: new Set(ofGrappe.filter(isOfToday).map(({ email }) => email)),
          all: new Set(ofGrappe.map(({ email, dueOn }) => `${email} ${dueOn}`)),
          unsent: new Map(
            [
              ...groupBy(
                ofGrappe.filter(({ isUnsent }) => isUnsent),
                ({ email }) => email,
              ),
            ].map(([email, waiting]) => [email, waiting.map(({ mailId }) => mailId)]),
          ),
        },
      ]
    }),
  )
}

async function writeAll(
  context: Context,
  tx: Database,
  allLocked: ReadonlyMap<string, Locked>,
  had: ReadonlyMap<string, HadWritten>,
  due: readonly Due[],
): Promise<void> {
  if (due.length === 0) return
  const linkOf = await linksOfPeople(
    tx,
    context,
    due.map(({ grappeId, person: { email, name } }) => ({ grappeId, email, label: name ?? email })),
  )
  await dropUnsent(context, tx, had, due)
  const texts = await inTurns(due, each => {
    const { grappeId, person } = each
    const locked = allLocked.get(grappeId)
    if (locked === undefined) return []
    const { holdings, today, settings } = locked
    const words = relanceText(context, holdings.record, each, { ...each, today, intro: settings.intro })
    const linkId = linkOf.get(keyOf({ grappeId, email: person.email }))?.id ?? null
    return [{ ...words, grappeId, recipient: person.email, linkId }]
  })
  const mailIds = await writeMails(tx, context, texts.flat())
  const rows = due.map(({ grappeId, person: { email }, kind, dueOn }, place) => ({
    ...{ id: context.newId(), grappeId, email, kind, dueOn },
    ...{ mailId: mailIds[place] ?? '', createdAt: context.now() },
  }))
  // As one value, as the mails.
  await tx.execute(sql`insert into relances (id, grappe_id, email, kind, due_on, mail_id, created_at)
    select id, "grappeId", email, kind, "dueOn", "mailId", "createdAt"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as written(id uuid, "grappeId" uuid,
      email text, kind text, "dueOn" date, "mailId" uuid, "createdAt" timestamptz)`)
}

function tellWritten(
  { now }: Pick<Context, 'now'>,
  { grappeId, actor }: Pick<Order, 'grappeId' | 'actor'>,
  { today }: Pick<Locked, 'today'>,
  written: readonly Due[],
): Told[] {
  if (written.length === 0) return []
  const owners = written.flatMap(({ held, unanswered }) =>
    [...held, ...unanswered].map(({ owner }) => owner.id),
  )
  const facts = {
    memberIds: [...new Set(owners)],
    people: written.map(({ person, kind, dueOn, held, unanswered }) => ({
      email: person.email,
      kind,
      ...(dueOn < today ? { dueOn } : {}),
      pieces: held.length,
      questions: questionsOf(unanswered),
    })),
  }
  return [{ grappeId, at: now(), actor, act: { kind: 'reminders-written', facts } }]
}

/** What a stop of the server took from people, and why nothing is sent in its place. */
function tellLost(
  { now }: Pick<Context, 'now'>,
  { holdings: { record, held, unanswered } }: Pick<Locked, 'holdings'>,
  lost: readonly MissedRelance[],
): Told[] {
  if (lost.length === 0) return []
  const emails = new Set(lost.map(({ email }) => email))
  const owners = [...held, ...unanswered].flatMap(({ people, owner }) =>
    people.some(({ email }) => emails.has(email)) ? [owner.id] : [],
  )
  const facts = { memberIds: [...new Set(owners)], people: lost }
  return [{ grappeId: record.id, at: now(), actor: RELANCES_ACTOR, act: { kind: 'reminders-missed', facts } }]
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

/** What is owed at this moment, while no other server writes reminders of these grappes. */
async function readLocked(
  context: Context,
  tx: Database,
  grappeIds: readonly string[],
): Promise<ReadonlyMap<string, Locked>> {
  await lockNames(
    tx,
    grappeIds.map(grappeId => `relances ${grappeId}`),
  )
  const rows = await tx
    .select({
      id: grappes.id,
      settings: grappes.relances,
      lookedOn: grappes.relancesLookedOn,
      revision: grappes.revision,
    })
    .from(grappes)
    .where(inArray(grappes.id, [...grappeIds]))
  const held = await readHoldingsOf({ ...context, db: tx }, grappeIds)
  const found = new Map<string, Locked>()
  await inTurns(rows, ({ id, settings, lookedOn, revision }) => {
    const holdings = held.get(id)
    if (holdings === undefined) return
    found.set(id, {
      holdings,
      owing: listOwing(holdings, context.now()),
      today: dayOf(context.now().toISOString(), holdings.record.call.timeZone),
      settings: settings ?? DEFAULT_RELANCES,
      lookedOn,
      revision,
    })
  })
  return found
}

const unsent = and(isNull(mails.sentAt), isNull(mails.handSentAt), isNull(mails.bouncedAt))

/** A reminder that a mail server has kept waiting says what the new one says: nobody is to receive both. */
async function dropUnsent(
  context: Context,
  tx: Database,
  had: ReadonlyMap<string, HadWritten>,
  due: readonly Due[],
): Promise<void> {
  if (context.mailer === null) return
  const waiting = due.flatMap(({ grappeId, person }) => had.get(grappeId)?.unsent.get(person.email) ?? [])
  if (waiting.length > 0) await tx.delete(mails).where(and(inArray(mails.id, waiting), unsent))
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
      const locked = (await readLocked(context, tx, [grappeId])).get(grappeId) ?? null
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
