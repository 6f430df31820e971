/**
 * What the porteur reads of its reminders: the next ones as they would leave, what was sent, who cannot be
 * reached.
 */
import { and, desc, eq, ne } from 'drizzle-orm'
import { grappes, mails, relances } from '../../../schema/tables.ts'
import { type Day, type Instant, windowAt } from '../../domain/call.ts'
import { addDays, dayOf } from '../../domain/deadline.ts'
import { type MailFacts, mailFactsOf } from '../../domain/mail.ts'
import type { Piece } from '../../domain/piece.ts'
import {
  DEFAULT_RELANCES,
  isChased,
  mayBeDue,
  pressingDay,
  type RelanceKind,
  type RelanceSettings,
} from '../../domain/relance.ts'
import type { OwnedMember } from '../access/people.ts'
import type { PorteurScope } from '../access/porteur-scope.ts'
import { readSender } from '../access/send-mail.ts'
import type { Context } from '../ports.ts'
import { type Holdings, readHoldingsWith } from './held-pieces.ts'
import { kindFor, listOwing, type Owing, questionsOf } from './owing.ts'
import { relanceText } from './send-relances.ts'

/** As far ahead as a next reminder is looked for. */
const HORIZON_DAYS = 120

export interface SentRelance extends MailFacts {
  email: string
  kind: RelanceKind
  dueOn: Day
  writtenAt: Instant
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
  owing: readonly {
    email: string
    name: string | null
    pieces: number
    questions: number
    hadToday: boolean
  }[]
  /** Members with something missing and no address to write to. */
  unreachable: readonly OwnedMember[]
  /** Newest first. */
  sent: readonly SentRelance[]
}

/**
 * @param pieces those of the grappe, as they are.
 * @returns null when there is no such grappe.
 */
export async function readRelances(
  context: Context,
  { grappeId }: PorteurScope,
  pieces: readonly Piece[],
): Promise<Relances | null> {
  const holdings = await readHoldingsWith(context, grappeId, pieces)
  if (holdings === null) return null
  const [row] = await context.db
    .select({ settings: grappes.relances })
    .from(grappes)
    .where(eq(grappes.id, grappeId))
  const settings = row?.settings ?? DEFAULT_RELANCES
  const { record } = holdings
  const { today, closesOn } = windowAt(record.call, context.now().toISOString())
  const sent = await listSent(context, grappeId)
  const { timeZone } = record.call
  const isOfToday = ({ dueOn, writtenAt }: SentRelance) =>
    dueOn === today || dayOf(writtenAt, timeZone) === today
  const hadToday = new Set(sent.filter(isOfToday).map(({ email }) => email))
  const owing = listOwing(holdings, context.now())

  const dueOn = (day: Day) =>
    owing.flatMap((each): (Owing & { kind: RelanceKind })[] => {
      const kind = kindFor(context, each, { today: day, closesOn, settings })
      return kind === null || (day === today && hadToday.has(each.person.email)) ? [] : [{ ...each, kind }]
    })
  const lastDays = new Set(
    owing.flatMap(each => [
      ...each.held.map(({ deadlineOn }) => deadlineOn),
      ...each.unanswered.map(() => closesOn),
    ]),
  )
  /** Most days are nobody's: hundreds of people need not be asked about each. */
  const mayBeOf = (day: Day) =>
    mayBeDue(
      [...lastDays].flatMap(lastDay => pressingDay(lastDay, closesOn, day) ?? []),
      day,
      settings,
      context.isHoliday,
    )
  const sender = await readSender(context.db, grappeId)
  let next: Relances['next'] = null
  for (let ahead = 0; ahead < HORIZON_DAYS && next === null && owing.length > 0; ahead++) {
    const on = addDays(today, ahead)
    const due = mayBeOf(on) ? dueOn(on) : []
    if (due.length === 0) continue
    next = {
      on,
      mails: due.map(each => {
        const { kind, person } = each
        const words = relanceText(context, record, each, {
          kind,
          dueOn: on,
          today: on,
          intro: settings.intro,
        })
        const { text } = words.signedBy(person.email === sender?.email ? null : sender)
        return { email: person.email, name: person.name, kind, subject: words.subject, text }
      }),
    }
  }
  return {
    settings,
    today,
    next,
    owing: owing.map(({ person, held: pieces, unanswered: asked }) => ({
      email: person.email,
      name: person.name,
      pieces: pieces.length,
      questions: questionsOf(asked),
      hadToday: hadToday.has(person.email),
    })),
    unreachable: unreachableOf(holdings),
    sent,
  }
}

const unreachableOf = ({ held, unanswered }: Holdings): OwnedMember[] => [
  ...new Map(
    [...held.filter(({ piece, definition }) => isChased(definition, piece)), ...unanswered]
      .filter(({ people }) => people.length === 0)
      .map(({ owner }) => [owner.id, owner]),
  ).values(),
]

async function listSent(context: Context, grappeId: string): Promise<SentRelance[]> {
  const rows = await context.db
    .select({ relance: relances, mail: mails })
    .from(relances)
    .innerJoin(mails, eq(relances.mailId, mails.id))
    .where(and(eq(relances.grappeId, grappeId), ne(relances.kind, 'hebdomadaire')))
    .orderBy(desc(relances.createdAt), desc(relances.id))
  return rows.map(({ relance: { email, kind, dueOn, createdAt }, mail }) => ({
    email,
    kind,
    dueOn,
    writtenAt: createdAt.toISOString(),
    ...mailFactsOf(mail),
  }))
}
