/** Who answers for which piece: what reminders, granted deadlines and calendars are all drawn from. */
import { type Call, type Day, type PieceDefinition, windowAt } from '../../domain/call.ts'
import { ogSizes } from '../../domain/condition.ts'
import { activeEsms } from '../../domain/grappe.ts'
import { groupBy } from '../../domain/group-by.ts'
import {
  expectedPieces,
  motiveOf,
  type Piece,
  pieceDeadline,
  pieceKey,
  pieceState,
} from '../../domain/piece.ts'
import { openQuestions, type Question } from '../../domain/questions.ts'
import {
  type DatesAhead,
  datesAhead,
  isChased,
  type OwedAnswers,
  type OwedPiece,
  pressingDay,
} from '../../domain/relance.ts'
import { calendarOfCall, calendarOfFiness, type HolidayCalendar } from '../../domain/working-days.ts'
import { listPeople, listPeopleOf, type OwnedMember, type Person } from '../access/people.ts'
import { inTurns } from '../one-by-one.ts'
import type { Context } from '../ports.ts'
import { type GrappeRecord, readGrappe, readGrappes } from '../read/read-grappe.ts'
import { readPiecesOf } from '../read/read-pieces.ts'
import { refuseByWindow } from './find-deposit-target.ts'

/** A piece expected today of an OG or of an ESMS. */
export interface HeldPiece {
  /** Of its files, those at least that are damaged: the others say nothing of what is owed. */
  piece: Piece
  definition: PieceDefinition
  owner: OwnedMember
  /** Of the owner: whose OG it is, or itself. */
  ogId: string
  deadlineOn: Day | null
  /** Where its owner works. */
  calendar: HolidayCalendar
  /** The owner's contacts; those of its OG for an ESMS that gives none. */
  people: readonly Person[]
}

/** What an ESMS has still to answer. */
export interface HeldQuestions {
  owner: OwnedMember
  questions: readonly Question[]
  calendar: HolidayCalendar
  people: readonly Person[]
}

export interface Holdings {
  record: GrappeRecord
  held: readonly HeldPiece[]
  /** Of each member that has some; they are asked until the call closes. */
  unanswered: readonly HeldQuestions[]
}

/** @returns null when there is no such grappe. */
export async function readHoldings(
  context: Pick<Context, 'db' | 'now'>,
  grappeId: string,
): Promise<Holdings | null> {
  return (await readHoldingsOf(context, [grappeId])).get(grappeId) ?? null
}

/**
 * The same for pieces that were read already.
 *
 * @returns null when there is no such grappe.
 */
export async function readHoldingsWith(
  { db, now }: Pick<Context, 'db' | 'now'>,
  grappeId: string,
  pieces: readonly Piece[],
): Promise<Holdings | null> {
  const record = await readGrappe(db, grappeId)
  return record && holdingsOf(record, pieces, await listPeople(db, grappeId), now())
}

/** Of several grappes, by their ids, in as many queries. */
export async function readHoldingsOf(
  { db, now }: Pick<Context, 'db' | 'now'>,
  grappeIds: readonly string[],
): Promise<Map<string, Holdings>> {
  const records = await readGrappes(db, grappeIds)
  const recorded = await readPiecesOf(db, grappeIds, undefined, { damagedFiles: true })
  const people = await listPeopleOf(db, grappeIds)
  return new Map(
    await inTurns(records, ([id, record]) => [
      id,
      holdingsOf(record, recorded.get(id) ?? [], people.get(id) ?? [], now()),
    ]),
  )
}

function holdingsOf(
  record: GrappeRecord,
  pieces: readonly Piece[],
  people: readonly Person[],
  now: Date,
): Holdings {
  const { call } = record
  const { closesOn } = windowAt(call, now.toISOString())
  const recorded = new Map(pieces.map(piece => [pieceKey(piece), piece]))
  const members = new Map(activeEsms(record).map(esms => [esms.id, esms]))
  const organisations = new Map(record.ogs.map(og => [og.id, og]))
  const answering = people.flatMap(person => person.owners.map(({ id }) => ({ id, person })))
  const contactsOf = new Map(
    [...groupBy(answering, ({ id }) => id)].map(([id, each]) => [id, each.map(({ person }) => person)]),
  )

  // Nobody is asked for a piece on the strength of a fact that is not known.
  const asked = expectedPieces(call.pieces, record).filter(({ missing }) => missing.length === 0)
  const held = asked.flatMap(({ definition, ogId, esmsId }): HeldPiece[] => {
    const piece = recorded.get(pieceKey({ code: definition.code, ogId, esmsId }))
    const esms = members.get(esmsId ?? '')
    const og = organisations.get(esms?.ogId ?? ogId ?? '')
    if (piece === undefined || og === undefined) return []
    const own = contactsOf.get(esms?.id ?? og.id) ?? []
    const finess = esms === undefined ? og.finessEj : esms.finess
    return [
      {
        piece,
        definition,
        owner: {
          kind: esms === undefined ? 'og' : 'esms',
          id: esms?.id ?? og.id,
          name: esms?.name ?? og.name,
        },
        ogId: og.id,
        deadlineOn: pieceDeadline(definition, closesOn, piece.extensions),
        calendar: calendarOfFiness(finess) ?? calendarOfCall(call),
        people: own.length > 0 ? own : (contactsOf.get(og.id) ?? []),
      },
    ]
  })
  const sizes = ogSizes(record)
  const unanswered = [...members.values()].flatMap((esms): HeldQuestions[] => {
    const questions = openQuestions(call, esms, sizes)
    const own = contactsOf.get(esms.id) ?? []
    return questions.length === 0
      ? []
      : [
          {
            owner: { kind: 'esms', id: esms.id, name: esms.name },
            questions,
            calendar: calendarOfFiness(esms.finess) ?? calendarOfCall(call),
            people: own.length > 0 ? own : (contactsOf.get(esms.ogId) ?? []),
          },
        ]
  })
  return { record, held, unanswered }
}

/** The pieces that each person answers for, in the order of the call; people by e-mail. */
export function heldByPerson(held: readonly HeldPiece[]): { person: Person; held: HeldPiece[] }[] {
  const pairs = held.flatMap(piece => piece.people.map(person => ({ person, piece })))
  return [...groupBy(pairs, ({ person }) => person.email).values()]
    .flatMap(group => {
      const [first] = group
      return first === undefined ? [] : [{ person: first.person, held: group.map(({ piece }) => piece) }]
    })
    .toSorted((a, b) => (a.person.email < b.person.email ? -1 : 1))
}

/** What a person owes and until when; before the opening too, since pieces are prepared then. */
export function aheadOf({ record, held, unanswered }: Holdings, email: string, now: Date): DatesAhead {
  const { closesOn, today } = windowAt(record.call, now.toISOString())
  const owed = held.filter(
    ({ people, piece, definition }) =>
      people.some(person => person.email === email) &&
      isChased(definition, piece) &&
      refuseByWindow(record.call, now, piece)?.refusal.code !== 'call-closed',
  )
  return datesAhead(
    owed.map(each => owedPiece(each, closesOn, today)),
    closesOn,
    (isOver(record.call, now) ? [] : unanswered)
      .filter(({ people }) => people.some(person => person.email === email))
      .reduce((sum, { questions }) => sum + questions.length, 0),
  )
}

/** Whether the call is closed: an answer would change nothing any more. */
export const isOver = (call: Call, now: Date): boolean =>
  refuseByWindow(call, now)?.refusal.code === 'call-closed'

/** As mails name them. */
export const owedAnswers = ({ owner, questions }: HeldQuestions): OwedAnswers => ({
  esmsId: owner.id,
  ownerName: owner.name,
  questions: questions.length,
})

/** As mails name it, on the day when they are written. */
export function owedPiece(
  { piece, definition, owner, deadlineOn }: HeldPiece,
  closesOn: Day | null,
  today: Day,
): OwedPiece {
  return {
    pieceId: piece.id,
    name: definition.name,
    ownerName: owner.name,
    redo: pieceState(piece) !== 'attendue',
    motive: motiveOf(piece),
    deadlineOn,
    pressingOn: pressingDay(deadlineOn, closesOn, today),
  }
}
