/**
 * Reminders whose day passed while no server ran: each leaves late if it still makes sense, and is told in
 * the journal otherwise.
 */
import { type Day, windowOn } from '../../domain/call.ts'
import { clockInstant } from '../../domain/deadline.ts'
import type { Piece } from '../../domain/piece.ts'
import {
  type DeadlineKind,
  isChased,
  type MissedReason,
  RELANCE_HOUR,
  type RelanceSettings,
} from '../../domain/relance.ts'
import { calendarOfCall, isWorkingDay } from '../../domain/working-days.ts'
import type { Context, Database } from '../ports.ts'
import { type Holdings, readHoldings } from './held-pieces.ts'
import { kindFor, listOwing, type Owing } from './owing.ts'

export type LateRelance = Owing & { kind: DeadlineKind; dueOn: Day }

export interface MissedRelance {
  email: string
  kind: DeadlineKind
  dueOn: Day
  why: MissedReason
}

interface Now {
  today: Day
  settings: RelanceSettings
  holdings: Holdings
  owing: readonly Owing[]
  /** E-mails that have a reminder of today, or are about to. */
  served: ReadonlySet<string>
  /** Whether a reminder due that day was written to this e-mail. */
  isWritten(email: string, dueOn: Day): boolean
}

/** Late ones leave on working days too: of the call, and of everybody who is written to. */
export function isDayToCatchUp(
  { isHoliday }: Pick<Context, 'isHoliday'>,
  { today, holdings, owing }: Pick<Now, 'today' | 'holdings' | 'owing'>,
): boolean {
  const places = owing.flatMap(({ held, unanswered }) => [...held, ...unanswered])
  const calendars = new Set([calendarOfCall(holdings.record.call), ...places.map(({ calendar }) => calendar)])
  return isWorkingDay(today, [...calendars], isHoliday)
}

/** @param days that passed without a look, in any order. */
export async function judgeMissed(
  context: Context,
  tx: Database,
  days: readonly Day[],
  now: Now,
): Promise<{ late: LateRelance[]; lost: MissedRelance[] }> {
  const { call, id } = now.holdings.record
  const { today, settings } = now
  const { closesOn } = windowOn(call, today)
  const late = new Map<string, LateRelance>()
  const lost: MissedRelance[] = []
  // The newest first: it stands for those before it.
  for (const dueOn of days.toSorted().toReversed()) {
    const at = new Date(clockInstant(dueOn, `0${RELANCE_HOUR}:00`, call.timeZone) ?? `${dueOn}T12:00:00Z`)
    const then = await readHoldings({ db: tx, now: () => at }, id)
    if (then === null) continue
    for (const owed of listOwing(asOf(then, at), at)) {
      const { email } = owed.person
      const kind = kindFor(context, owed, {
        today: dueOn,
        closesOn: windowOn(call, dueOn).closesOn,
        settings,
      })
      if (kind === null || now.isWritten(email, dueOn)) continue
      const missed = { email, kind, dueOn }
      if (now.served.has(email) || late.has(email)) {
        lost.push({ ...missed, why: 'suivie' })
        continue
      }
      const still = now.owing.find(({ person }) => person.email === email)
      const lateKind =
        still === undefined ? null : kindFor(context, still, { today, closesOn, settings, dueOn })
      if (still !== undefined && lateKind !== null) late.set(email, { ...still, kind: lateKind, dueOn })
      else lost.push({ ...missed, why: isMissing(now.holdings, email) ? 'passee' : 'recue' })
    }
  }
  return { late: [...late.values()], lost: lost.toReversed() }
}

/** What had come by then: what came since does not show that nothing was missing. */
function asOf(holdings: Holdings, at: Date): Holdings {
  const by = at.toISOString()
  const before = (piece: Piece): Piece => ({
    ...piece,
    versions: piece.versions.filter(({ depositedAt }) => depositedAt <= by),
    nonApplicable:
      piece.nonApplicable !== null && piece.nonApplicable.askedAt <= by ? piece.nonApplicable : null,
  })
  return { ...holdings, held: holdings.held.map(each => ({ ...each, piece: before(each.piece) })) }
}

const isMissing = ({ held, unanswered }: Holdings, email: string): boolean =>
  [...held.filter(({ definition, piece }) => isChased(definition, piece)), ...unanswered].some(({ people }) =>
    people.some(person => person.email === email),
  )
