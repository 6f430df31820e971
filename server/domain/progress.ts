/** How far the collection has come, day after day, against what is asked and the last day. */
import type { Day } from './call.ts'
import { dayOf } from './deadline.ts'
import type { DossierPlan } from './dossier-plan.ts'
import type { Piece, Version } from './piece.ts'

/** Where the required pieces stood at the end of a day. */
export interface ProgressDay {
  day: Day
  /** With a deposit that nobody has asked to do again, accepted ones included. */
  deposited: number
  accepted: number
}

export interface Progress {
  /**
   * Required pieces as asked today, whatever was asked on the days drawn; those that do not apply are not
   * among them.
   */
  expected: number
  /** The first day, every day on which a number changed, and today; in order. */
  days: readonly ProgressDay[]
  today: Day
  /** Null when no closing day is known. */
  closesOn: Day | null
}

/**
 * Draws the past from the versions as they are: a decision that was changed counts from its last day only,
 * since the earlier one is not kept.
 *
 * @param startsOn the first day to show; an earlier deposit moves it back.
 */
export function progressOf(
  plan: Pick<DossierPlan, 'rows' | 'timeZone' | 'today' | 'closesOn'>,
  pieces: ReadonlyArray<Pick<Piece, 'id' | 'versions'>>,
  startsOn: Day,
): Progress {
  const { timeZone, today, closesOn } = plan
  const versionsOf = new Map(pieces.map(({ id, versions }) => [id, versions]))
  const owed = plan.rows.filter(row => row.required && row.state !== 'non-applicable')

  const changes = new Map<Day, { deposited: number; accepted: number }>()
  const note = (day: Day, deposited: number, accepted: number) => {
    const change = changes.get(day) ?? { deposited: 0, accepted: 0 }
    changes.set(day, { deposited: change.deposited + deposited, accepted: change.accepted + accepted })
  }
  for (const { pieceId } of owed) {
    let before = WAITING
    for (const [day, after] of turnsOf(versionsOf.get(pieceId ?? '') ?? [], timeZone)) {
      note(day, after.deposited - before.deposited, after.accepted - before.accepted)
      before = after
    }
  }

  const turning = [...changes.keys()].sort()
  const first = [startsOn, today, turning[0] ?? today].toSorted()[0] ?? today
  const days: ProgressDay[] = []
  let deposited = 0
  let accepted = 0
  for (const day of [...new Set([first, ...turning, today])].sort()) {
    deposited += changes.get(day)?.deposited ?? 0
    accepted += changes.get(day)?.accepted ?? 0
    days.push({ day, deposited, accepted })
  }
  return { expected: owed.length, days, today, closesOn }
}

/** 1 or 0 each. */
interface Standing {
  deposited: number
  accepted: number
}

const WAITING: Standing = { deposited: 0, accepted: 0 }
const DEPOSITED: Standing = { deposited: 1, accepted: 0 }
const ACCEPTED: Standing = { deposited: 1, accepted: 1 }

/** When one piece changed and to what, oldest first. */
function turnsOf(versions: readonly Version[], timeZone: string): Array<[Day, Standing]> {
  return versions.flatMap((version, position): Array<[Day, Standing]> => {
    const { depositedAt, decision, decidedAt, review } = version
    const next = versions[position + 1]?.depositedAt ?? null
    // Clocks may have been set back: what comes after the deposit never counts before it.
    const notBefore = (at: string | null) => (at === null || at < depositedAt ? depositedAt : at)
    const turns: Array<[string, Standing]> = [[depositedAt, DEPOSITED]]
    if (decision !== null) turns.push([notBefore(decidedAt), decision === 'acceptee' ? ACCEPTED : WAITING])
    if (review?.decision === 'complement') turns.push([notBefore(review.at), WAITING])
    return turns
      .filter(([at]) => next === null || at < next)
      .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([at, standing]) => [dayOf(at, timeZone), standing])
  })
}
