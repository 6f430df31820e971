import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BOARD_STATES, type BoardFilter, controlQueue, drawBoard } from '../../server/domain/board.ts'
import type { Condition } from '../../server/domain/call.ts'
import { planDossier } from '../../server/domain/dossier-plan.ts'
import { anySnapshot, aSnapshot } from './dossier-sample.ts'

const EVERYTHING: BoardFilter = { state: null, ogId: null, text: '' }

const linesOf = (board: ReturnType<typeof drawBoard>) => [
  ...board.grappe.lines,
  ...board.og.lines,
  ...board.esms.lines,
]

describe('the board of a grappe whose call has closed', () => {
  const plan = planDossier(aSnapshot())
  const board = drawBoard(plan, EVERYTHING)

  it('counts each piece once, and in red only what is owed', () => {
    expect(board.counts).toEqual({
      retard: 3,
      complement: 0,
      refusee: 0,
      deposee: 1,
      attendue: 0,
      acceptee: 1,
      'non-applicable': 0,
      inconnue: 0,
      facultative: 2,
    })
    expect(Object.values(board.counts).reduce((sum, n) => sum + n, 0)).toBe(board.expected)
    expect([board.required, board.requiredMissing, board.toCorrect]).toEqual([5, 3, 1])
  })

  it('says who lacks what: late for how many days, the refused piece from its deadline', () => {
    const told = board.missing.map(({ owner, pieces }) => [
      owner.name,
      pieces.map(({ row, sinceDays }) => `${row.code} ${row.state} ${sinceDays}`),
    ])
    expect(told).toEqual([
      ['Fondation du Maquis', ['mandat attendue 5']],
      ['Association Les Oliviers', ['mandat attendue 5']],
      ['SAVS Élan', ['etat-des-lieux refusee 5']],
    ])
  })

  it('counts a refusal from its day in the call’s time zone while the deadline runs', () => {
    const open = planDossier({ ...aSnapshot(), today: '2023-09-03', closesOn: '2023-12-01' })
    const [first] = drawBoard(open, EVERYTHING).missing
    // Refused on 1 September at 22:30 UTC: the 2nd in Paris.
    expect(first?.pieces.map(({ sinceDays }) => sinceDays)).toEqual([1])
  })

  it('lists everyone who lacks something required, with whom to call, and nobody for an optional piece', () => {
    const open = planDossier({ ...aSnapshot(), today: '2023-06-01', closesOn: '2023-12-01', pieces: [] })
    const whole = drawBoard(open, EVERYTHING, id => [{ name: 'Mme Durand', email: `${id}@exemple.fr` }])
    const owed = new Set(open.rows.filter(row => row.required).map(({ owner }) => owner.name))
    expect(new Set(whole.missing.map(({ owner }) => owner.name))).toEqual(owed)
    expect(whole.missing.every(({ pieces }) => pieces.every(({ row }) => row.required))).toBe(true)
    const byContact = drawBoard(open, { ...EVERYTHING, text: 'e1@exemple' }, id => [
      { name: 'Mme Durand', email: `${id}@exemple.fr` },
    ])
    expect(linesOf(byContact).map(({ owner }) => owner.id)).toEqual(['e1'])
    expect(byContact.missing.map(({ owner }) => owner.id)).toEqual(['e1'])
  })

  it('says the nearest day on which something owed is due, and how much', () => {
    const open = planDossier({ ...aSnapshot(), today: '2023-06-01', closesOn: '2023-12-01', pieces: [] })
    const days = open.rows.filter(row => row.required).map(({ deadlineOn }) => deadlineOn ?? '9999')
    const on = days.toSorted()[0]
    expect(drawBoard(open, EVERYTHING).nextDue).toEqual({ on, pieces: days.filter(day => day === on).length })
    expect(board.nextDue).toBeNull()
  })

  it('shows a late member before those of OG that come first in the dossier', () => {
    const snapshot = aSnapshot()
    const onlyState = planDossier({
      ...snapshot,
      definitions: snapshot.definitions.filter(({ code }) => code === 'etat-des-lieux'),
      // The piece of e2, first in the dossier, is accepted; that of e1 was never deposited.
      pieces: snapshot.pieces
        .filter(({ id }) => id === 'p3')
        .map(piece => ({
          ...piece,
          versions: piece.versions.map(version => ({ ...version, decision: 'acceptee' as const })),
        })),
    })
    expect(onlyState.rows.map(({ owner }) => owner.id)).toEqual(['e2', 'e1'])
    expect(drawBoard(onlyState, EVERYTHING).esms.lines.map(({ owner }) => owner.id)).toEqual(['e1', 'e2'])
  })

  it('gives no column to a piece that few members owe, and none to one that nobody owes', () => {
    const snapshot = aSnapshot()
    const [first] = snapshot.grappe.esms
    if (first === undefined) throw new Error('the sample has no member')
    const esms = Array.from({ length: 7 }, (_, order) => ({
      ...first,
      id: `m${order}`,
      projet: order === 3 ? ('mise-en-conformite' as const) : ('acquisition' as const),
      domaine: 'PA' as const,
    }))
    const asked = (condition: Condition | null, code: string) => ({
      ...(snapshot.definitions.find(
        ({ scope }) => scope === 'esms',
      ) as (typeof snapshot.definitions)[number]),
      code,
      condition,
    })
    const { esms: matrix } = drawBoard(
      planDossier({
        ...snapshot,
        grappe: { ...snapshot.grappe, esms },
        pieces: [],
        definitions: [
          asked({ domaines: ['DOM'] }, 'domicile'),
          asked(null, 'tous'),
          asked({ projets: ['mise-en-conformite'] }, 'devis'),
        ],
      }),
      EVERYTHING,
    )
    expect(matrix.columns.map(({ code }) => code)).toEqual(['tous'])
    expect(matrix.rare.map(({ code }) => code)).toEqual(['devis'])
    const own = matrix.lines.filter(({ rare }) => rare.length > 0)
    expect(own.map(({ owner, rare }) => [owner.id, rare.map(({ code }) => code)])).toEqual([
      ['m3', ['devis']],
    ])
  })

  it('finds a member by part of its name or of its number, whatever the accents and the case', () => {
    const found = (text: string) =>
      drawBoard(plan, { ...EVERYTHING, text }).esms.lines.map(({ owner }) => owner.id)
    expect(found(' ELAN ')).toEqual(['e2'])
    expect(found('2a0000')).toEqual(['e1'])
    expect(found('introuvable')).toEqual([])
  })

  it('keeps an OG and its own ESMS', () => {
    const kept = drawBoard(plan, { ...EVERYTHING, ogId: 'og1' })
    expect(linesOf(kept).map(({ owner }) => owner.id)).toEqual(['og1', 'e1'])
  })
})

describe('any board', () => {
  it('holds every expected piece in exactly one cell', () => {
    fc.assert(
      fc.property(anySnapshot, snapshot => {
        const plan = planDossier(snapshot)
        const cells = linesOf(drawBoard(plan, EVERYTHING)).flatMap(({ cells, rare }) => [
          ...cells.filter(cell => cell !== null),
          ...rare,
        ])
        expect(new Set(cells)).toEqual(new Set(plan.rows))
        expect(cells).toHaveLength(plan.rows.length)
      }),
    )
  })

  it('puts late lines first and filters lines without changing the counts', () => {
    const filters = fc.record({
      state: fc.option(fc.constantFrom(...BOARD_STATES)),
      ogId: fc.option(fc.constantFrom('og0', 'og1')),
      text: fc.constantFrom('', 'e', 'EHPAD', '2A'),
    })
    fc.assert(
      fc.property(anySnapshot, filters, (snapshot, filter) => {
        const plan = planDossier(snapshot)
        const whole = drawBoard(plan, EVERYTHING)
        const filtered = drawBoard(plan, filter)
        expect(filtered.counts).toEqual(whole.counts)
        for (const scope of ['grappe', 'og', 'esms'] as const) {
          const late = filtered[scope].lines.map(({ states }) => states.includes('retard'))
          expect(late).toEqual(late.toSorted((a, b) => Number(b) - Number(a)))
          const kept = whole[scope].lines.filter(
            ({ states, ogId }) =>
              (filter.state === null || states.includes(filter.state)) &&
              (filter.ogId === null || ogId === filter.ogId),
          )
          const folders = new Set(kept.map(({ owner }) => owner.folder))
          expect(filtered[scope].lines.every(({ owner }) => folders.has(owner.folder))).toBe(true)
          if (filter.text === '') expect(filtered[scope].lines).toHaveLength(kept.length)
        }
      }),
    )
  })

  it('leads from one piece to control to the next until each was seen once', () => {
    fc.assert(
      fc.property(anySnapshot, snapshot => {
        const plan = planDossier(snapshot)
        const waiting = plan.rows.filter(row => row.state === 'deposee')
        const [first] = waiting
        if (first?.pieceId == null) return
        const seen: Array<string | null> = [first.pieceId]
        for (let at = first.pieceId; ; ) {
          const { next, others } = controlQueue(plan, at)
          expect(others).toBe(waiting.length - 1)
          if (next?.pieceId == null || next.pieceId === first.pieceId) break
          expect(controlQueue(plan, next.pieceId).previous?.pieceId).toBe(at)
          at = next.pieceId
          seen.push(at)
        }
        expect(seen).toEqual(waiting.map(({ pieceId }) => pieceId))
      }),
    )
  })
})
