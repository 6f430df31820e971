/**
 * Last days as a calendar: for the porteur the whole grappe, for a member or a person what it still owes; and
 * for all the meetings of the COPIL.
 */
import { and, asc, desc, eq, gt, isNull, type SQL } from 'drizzle-orm'
import { journal, links } from '../../../schema/tables.ts'
import { type Call, type Day, windowAt } from '../../domain/call.ts'
import { clockInstant } from '../../domain/deadline.ts'
import type { Meeting } from '../../domain/governance/governance.ts'
import { groupBy } from '../../domain/group-by.ts'
import type { Actor } from '../../domain/journal/entry.ts'
import { isChased } from '../../domain/relance.ts'
import type { FollowUpShown } from '../../domain/submission.ts'
import { findLink, issueLink, type Link } from '../access/links.ts'
import { addressOfLink } from '../access/send-mail.ts'
import type { CalendarEvent, Context, Database } from '../ports.ts'
import { readFollowUps } from '../read/read-follow-ups.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { type HeldPiece, readHoldings } from './held-pieces.ts'

/** Whose calendar: a grappe's, or in it that of one OG, one ESMS or one person. */
export interface CalendarHolder {
  grappeId: string
  ogId: string | null
  esmsId: string | null
  /** Lower case. */
  email: string | null
  /** As the porteur reads it in the list of calendars. */
  label: string
}

export interface CalendarLink {
  id: string
  label: string
  /** Null when it can no longer be shown. */
  address: string | null
  createdAt: Date
  holder: Pick<Link, 'ogId' | 'esmsId' | 'email'>
}

/** The calendars of a grappe that work today, oldest first. */
export async function listCalendars(context: Context, grappeId: string): Promise<CalendarLink[]> {
  const rows = await context.db
    .select()
    .from(links)
    .where(working(context, grappeId))
    .orderBy(asc(links.createdAt), asc(links.id))
  return rows.map(link => ({
    id: link.id,
    label: link.label,
    address: addressOfLink(context, link),
    createdAt: link.createdAt,
    holder: { ogId: link.ogId, esmsId: link.esmsId, email: link.email },
  }))
}

const working = (context: Context, grappeId: string) =>
  and(
    eq(links.kind, 'agenda'),
    eq(links.grappeId, grappeId),
    isNull(links.revokedAt),
    gt(links.expiresAt, context.now()),
  )

/** The calendar that a holder has today; null when it has none. */
export async function calendarOf(context: Context, holder: CalendarHolder): Promise<CalendarLink | null> {
  const calendars = await listCalendars(context, holder.grappeId)
  return calendars.find(({ holder: its }) => isSameHolder(its, holder)) ?? null
}

type Holder = Pick<CalendarHolder, 'ogId' | 'esmsId' | 'email'>

const isSameHolder = (a: Holder, b: Holder) =>
  a.ogId === b.ogId && a.esmsId === b.esmsId && a.email === b.email

const of = (
  column: typeof links.ogId | typeof links.esmsId | typeof links.email,
  value: string | null,
): SQL => (value === null ? isNull(column) : eq(column, value))

/**
 * Takes the holder's calendar back, and gives it another one when asked to: an address that went astray is
 * replaced.
 */
export async function replaceCalendar(
  context: Context,
  holder: CalendarHolder,
  { actor, issue }: { actor: Actor; issue: boolean },
): Promise<void> {
  const { grappeId, ogId, esmsId, email, label } = holder
  await context.db.transaction(async tx => {
    const revoked = await tx
      .update(links)
      .set({ revokedAt: context.now() })
      .where(
        and(
          working(context, grappeId),
          of(links.ogId, ogId),
          of(links.esmsId, esmsId),
          of(links.email, email),
        ),
      )
      .returning({ id: links.id })
    if (issue) await issueLink(tx, context, { kind: 'agenda', grappeId, ogId, esmsId, email, label })
    if (!issue && revoked.length === 0) return
    const replaced = revoked.length === 0 ? 'calendar-issued' : 'calendar-replaced'
    await recordChange(tx, {
      grappeId,
      at: context.now(),
      actor,
      act: {
        kind: issue ? replaced : 'calendar-revoked',
        facts: { memberIds: [esmsId, ogId].filter(owner => owner !== null), label },
      },
    })
  })
}

export interface CalendarFeed {
  /** iCalendar text. */
  text: string
}

/** What a calendar's address answers. Reads only. */
export async function readCalendarFeed(context: Context, token: string): Promise<Outcome<CalendarFeed>> {
  const found = await findLink(context, token, ['agenda'])
  if (!found.ok) return found
  const link = found.value
  const holdings = link.grappeId === null ? null : await readHoldings(context, link.grappeId)
  if (link.grappeId === null || holdings === null) return refuse('link-unknown')
  const { record, held } = holdings
  const { call } = record
  const own = held.filter(piece => isOf(link, piece) && isChased(piece.definition, piece.piece))
  return done({
    text: context.drawCalendar({
      name: `Échéances – ${record.name}`,
      revisedAt: (await revisedAt(context.db, link.grappeId)) ?? record.createdAt.toISOString(),
      // A grappe put away has no date to keep.
      events:
        record.archivedAt === null
          ? [
              ...closing(link, call, context.now()),
              ...lastDays(link, call, own),
              ...afterwards(link, await readFollowUps(context, record)),
              ...record.governance.copil.value.map(meeting => meetingEvent(link, call, meeting)),
            ]
          : [],
    }),
  })
}

function isOf(link: Link, { owner, ogId, people }: HeldPiece): boolean {
  if (link.email !== null) return people.some(({ email }) => email === link.email)
  if (link.esmsId !== null) return owner.id === link.esmsId
  return link.ogId === null || ogId === link.ogId
}

const clocks = (call: Call) => `Jusqu’à 23 h 59, heure de ${call.timeZone}.`

function closing(link: Link, call: Call, now: Date): CalendarEvent[] {
  const { closesOn } = windowAt(call, now.toISOString())
  if (closesOn === null) return []
  return [
    {
      uid: `${link.grappeId}-cloture@grappe-kit`,
      day: closesOn,
      title: `Clôture de l’appel : ${call.title}`,
      description: clocks(call),
    },
  ]
}

/** One event a day and owner, so that an OG of fifty ESMS is not shown three hundred. */
function lastDays(link: Link, call: Call, held: readonly HeldPiece[]): CalendarEvent[] {
  const dated = held.flatMap(piece => (piece.deadlineOn === null ? [] : { ...piece, day: piece.deadlineOn }))
  const groups = groupBy(dated, ({ day, owner }) => `${owner.id}-${day}`)
  return [...groups].map(([key, group]): CalendarEvent => {
    const day: Day = group[0]?.day ?? ''
    const name = group[0]?.owner.name ?? ''
    return {
      uid: `${link.grappeId}-${key}@grappe-kit`,
      day,
      title: `${name} : dernier jour pour ${group.length === 1 ? '1 pièce' : `${group.length} pièces`}`,
      description: [...group.map(({ definition }) => `– ${definition.name}`), clocks(call)].join('\n'),
    }
  })
}

/** What is dated after the deposit and not done yet: in the grappe's own calendar, which is the porteur's. */
function afterwards(link: Link, followUps: readonly FollowUpShown[]): CalendarEvent[] {
  if (link.ogId !== null || link.esmsId !== null || link.email !== null) return []
  return followUps.flatMap(({ id, title, dueOn, doneOn }): CalendarEvent[] =>
    dueOn === null || doneOn !== null
      ? []
      : [
          {
            uid: `${link.grappeId}-${id}@grappe-kit`,
            day: dueOn,
            title: `Après le dépôt : ${title}`,
            description: 'À noter sur la page Dépôt et suites une fois fait.',
          },
        ],
  )
}

/** The same for everybody: whoever is in the grappe is called to it. What was decided there is not told. */
function meetingEvent({ grappeId }: Link, { timeZone }: Call, meeting: Meeting): CalendarEvent {
  const { id, day, time, place, object, guests, state, sequence } = meeting
  const isCancelled = state === 'annulee'
  return {
    uid: `${grappeId}-copil-${id}@grappe-kit`,
    day,
    title: `${isCancelled ? 'Annulé : ' : ''}COPIL de la grappe`,
    description: [object, ...(guests === null ? [] : [`Invités : ${guests}`])].join('\n'),
    meeting: {
      startsAt: time === null ? null : clockInstant(day, time, timeZone),
      place,
      isCancelled,
      sequence,
    },
  }
}

/** When anything of the grappe last changed: two readings in between are the same bytes. */
async function revisedAt(db: Database, grappeId: string): Promise<string | null> {
  const [last] = await db
    .select({ at: journal.at })
    .from(journal)
    .where(eq(journal.grappeId, grappeId))
    .orderBy(desc(journal.id))
    .limit(1)
  return last?.at.toISOString() ?? null
}
