/** What every person is to be reminded of, and which reminder that is on a day. */
import type { Day } from '../../domain/call.ts'
import { nameSortKey } from '../../domain/dossier-names.ts'
import { groupBy } from '../../domain/group-by.ts'
import {
  type DeadlineKind,
  dueKind,
  isChased,
  pressingDay,
  type RelanceSettings,
} from '../../domain/relance.ts'
import type { Person } from '../access/people.ts'
import type { Context } from '../ports.ts'
import { refuseByWindow } from './find-deposit-target.ts'
import { type HeldPiece, type HeldQuestions, type Holdings, isOver } from './held-pieces.ts'

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
  const chasedOf = byPerson(chased)
  const askedOf = byPerson(asked)
  return [...people.values()]
    .toSorted((a, b) => (nameSortKey(a.email) < nameSortKey(b.email) ? -1 : 1))
    .map(person => ({
      person,
      held: (chasedOf.get(person.email) ?? []).toSorted((a, b) =>
        (a.deadlineOn ?? '9999') < (b.deadlineOn ?? '9999') ? -1 : 1,
      ),
      unanswered: askedOf.get(person.email) ?? [],
    }))
}

/** What each person answers for, by e-mail, in the same order. */
function byPerson<Each extends { people: readonly Person[] }>(all: readonly Each[]): Map<string, Each[]> {
  const answering = all.flatMap(each => each.people.map(({ email }) => ({ email, each })))
  return new Map(
    [...groupBy(answering, ({ email }) => email)].map(([email, own]) => [email, own.map(({ each }) => each)]),
  )
}

/**
 * The reminder that a person is due that day; null when it is due none.
 *
 * @param at.dueOn an earlier day on which it was to leave, if it is not `today`: what it was for must lie
 * ahead of `today` all the same.
 */
export function kindFor(
  { isHoliday }: Pick<Context, 'isHoliday'>,
  { held, unanswered }: Owing,
  at: { today: Day; closesOn: Day | null; settings: RelanceSettings; dueOn?: Day },
): DeadlineKind | null {
  const { today, closesOn, settings, dueOn = today } = at
  const lastDays = [...held.map(({ deadlineOn }) => deadlineOn), ...unanswered.map(() => closesOn)]
  const deadlines = lastDays.flatMap(deadlineOn => pressingDay(deadlineOn, closesOn, today) ?? [])
  const calendars = [...new Set([...held, ...unanswered].map(({ calendar }) => calendar))]
  return dueKind(deadlines, dueOn, settings, { calendars, isHoliday })
}

/** How many questions in all. */
export const questionsOf = (unanswered: readonly HeldQuestions[]): number =>
  unanswered.reduce((sum, { questions }) => sum + questions.length, 0)
