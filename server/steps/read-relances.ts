/** What the porteur reads of its reminders: the next ones as they would leave, what was sent, who cannot be reached. */
import { and, desc, eq, ne } from 'drizzle-orm'
import { grappes, mails, relances } from '../../schema/tables.ts'
import type { Day } from '../domain/call.ts'
import { addDays, dayOf } from '../domain/deadline.ts'
import { DEFAULT_RELANCES, isChased, type RelanceKind, type RelanceSettings } from '../domain/relance.ts'
import { readHoldings } from './held-pieces.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context } from './ports.ts'
import { kindFor, listOwing, type Owing, relanceText } from './send-relances.ts'

/** As far ahead as a next reminder is looked for. */
const HORIZON_DAYS = 120

export interface SentRelance {
  email: string
  kind: RelanceKind
  dueOn: Day
  writtenAt: Date
  sentAt: Date | null
  failure: string | null
  bouncedAt: Date | null
}

export interface RelancePreview {
  email: string
  name: string | null
  kind: RelanceKind
  subject: string
  /** `{lien}` stands where the person's own link goes. */
  text: string
}

export interface Relances {
  settings: RelanceSettings
  today: Day
  /** When the next ones leave as things stand; null when none would. */
  next: { on: Day; mails: readonly RelancePreview[] } | null
  /** Who owes something now, whether or not a reminder is near. */
  owing: readonly { email: string; name: string | null; pieces: number; hadToday: boolean }[]
  /** Members with something missing and no address to write to. */
  unreachable: readonly string[]
  /** Newest first. */
  sent: readonly SentRelance[]
}

/** @returns null when there is no such grappe. */
export async function readRelances(context: Context, { grappeId }: PorteurScope): Promise<Relances | null> {
  const holdings = await readHoldings(context.db, grappeId)
  if (holdings === null) return null
  const [row] = await context.db
    .select({ settings: grappes.relances })
    .from(grappes)
    .where(eq(grappes.id, grappeId))
  const settings = row?.settings ?? DEFAULT_RELANCES
  const { record, held } = holdings
  const today = dayOf(context.now().toISOString(), record.call.window.timeZone)
  const sent = await listSent(context, grappeId)
  const hadToday = new Set(sent.filter(({ dueOn }) => dueOn === today).map(({ email }) => email))
  const owing = listOwing(holdings, context.now())

  const dueOn = (day: Day) =>
    owing.flatMap((each): (Owing & { kind: RelanceKind })[] => {
      const kind = kindFor(context, each, { today: day, closesOn: record.call.window.closesOn, settings })
      return kind === null || (day === today && hadToday.has(each.person.email)) ? [] : [{ ...each, kind }]
    })
  let next: Relances['next'] = null
  for (let ahead = 0; ahead < HORIZON_DAYS && next === null && owing.length > 0; ahead++) {
    const on = addDays(today, ahead)
    const due = dueOn(on)
    if (due.length === 0) continue
    next = {
      on,
      mails: due.map(each => {
        const { kind, person } = each
        const text = relanceText(context, record, each, { kind, today: on, intro: settings.intro })
        return { email: person.email, name: person.name, kind, subject: text.subject, text: text.text }
      }),
    }
  }
  return {
    settings,
    today,
    next,
    owing: owing.map(({ person, held: pieces }) => ({
      email: person.email,
      name: person.name,
      pieces: pieces.length,
      hadToday: hadToday.has(person.email),
    })),
    unreachable: [
      ...new Set(
        held
          .filter(({ piece, definition, people }) => people.length === 0 && isChased(definition, piece))
          .map(({ owner }) => owner.name),
      ),
    ],
    sent,
  }
}

async function listSent(context: Context, grappeId: string): Promise<SentRelance[]> {
  const rows = await context.db
    .select({ relance: relances, sentAt: mails.sentAt, failure: mails.failure, bouncedAt: mails.bouncedAt })
    .from(relances)
    .innerJoin(mails, eq(relances.mailId, mails.id))
    .where(and(eq(relances.grappeId, grappeId), ne(relances.kind, 'hebdomadaire')))
    .orderBy(desc(relances.createdAt), desc(relances.id))
  return rows.map(({ relance: { email, kind, dueOn, createdAt }, ...mail }) => ({
    email,
    kind,
    dueOn,
    writtenAt: createdAt,
    ...mail,
  }))
}
