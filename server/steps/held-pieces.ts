/** Who answers for which piece: what reminders, granted deadlines and calendars are all drawn from. */
import type { Day, PieceDefinition } from '../domain/call.ts'
import { activeEsms } from '../domain/grappe.ts'
import { groupBy } from '../domain/group-by.ts'
import { expectedPieces, motiveOf, type Piece, pieceDeadline, pieceKey, pieceState } from '../domain/piece.ts'
import { type OwedPiece, pressingDay } from '../domain/relance.ts'
import { calendarOfCall, calendarOfFiness, type HolidayCalendar } from '../domain/working-days.ts'
import { listPeople, type OwnedMember, type Person } from './people.ts'
import type { Database } from './ports.ts'
import { type GrappeRecord, readGrappe, readPieces } from './read-grappe.ts'

/** A piece expected today of an OG or of an ESMS. */
export interface HeldPiece {
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

export interface Holdings {
  record: GrappeRecord
  held: readonly HeldPiece[]
}

/** @returns null when there is no such grappe. */
export async function readHoldings(db: Database, grappeId: string): Promise<Holdings | null> {
  const record = await readGrappe(db, grappeId)
  if (record === null) return null
  const { call } = record
  const recorded = new Map((await readPieces(db, grappeId)).map(piece => [pieceKey(piece), piece]))
  const members = new Map(activeEsms(record).map(esms => [esms.id, esms]))
  const organisations = new Map(record.ogs.map(og => [og.id, og]))
  const people = await listPeople(db, grappeId)
  const peopleOf = (ownerId: string) => people.filter(({ owners }) => owners.some(({ id }) => id === ownerId))
  const contactsOf = new Map([...members.keys(), ...organisations.keys()].map(id => [id, peopleOf(id)]))

  const held = expectedPieces(call.pieces, record).flatMap(({ definition, ogId, esmsId }): HeldPiece[] => {
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
        deadlineOn: pieceDeadline(definition, call.window.closesOn, piece.extensions),
        calendar: calendarOfFiness(finess) ?? calendarOfCall(call),
        people: own.length > 0 ? own : (contactsOf.get(og.id) ?? []),
      },
    ]
  })
  return { record, held }
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
