import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planDossier } from '../../server/domain/dossier-plan.ts'
import { progressOf } from '../../server/domain/progress.ts'
import { anySnapshot, aSnapshot } from './dossier-sample.ts'

describe('the progress of a grappe', () => {
  const snapshot = aSnapshot()
  const progress = progressOf(planDossier(snapshot), snapshot.pieces, '2023-06-01')

  it('starts with nothing, and says each day on which something changed', () => {
    // Required: the letter (accepted), two mandates (never deposited), two états des lieux. Optional devis do not count.
    expect(progress.expected).toBe(5)
    expect(progress.days).toEqual([
      { day: '2023-06-01', deposited: 0, accepted: 0 },
      { day: '2023-07-03', deposited: 3, accepted: 1 },
      // Refused at 22:30 UTC on the 1st: the 2nd in Paris.
      { day: '2023-09-02', deposited: 2, accepted: 1 },
      { day: '2023-09-20', deposited: 2, accepted: 1 },
    ])
    expect([progress.today, progress.closesOn]).toEqual(['2023-09-20', '2023-09-15'])
  })

  it('counts an acceptance on its day, and no longer once the ARS asks for a complement', () => {
    const pieces = snapshot.pieces.map(piece =>
      piece.id !== 'p1'
        ? piece
        : {
            ...piece,
            versions: piece.versions.map(version => ({
              ...version,
              decidedAt: '2023-07-10T08:00:00.000Z',
              review: {
                decision: 'complement' as const,
                motive: 'La date manque.',
                deadlineOn: null,
                actor: 'ARS',
                at: '2023-08-01T08:00:00.000Z',
              },
            })),
          },
    )
    const { days } = progressOf(planDossier({ ...snapshot, pieces }), pieces, '2023-06-01')
    expect(days.map(({ day, deposited, accepted }) => `${day} ${deposited} ${accepted}`)).toEqual([
      '2023-06-01 0 0',
      '2023-07-03 3 0',
      '2023-07-10 3 1',
      '2023-08-01 2 0',
      '2023-09-02 1 0',
      '2023-09-20 1 0',
    ])
  })

  it('leaves out what a member does not owe', () => {
    const pieces = snapshot.pieces.map(piece =>
      piece.id !== 'p3'
        ? piece
        : {
            ...piece,
            nonApplicable: {
              id: 'n',
              reason: 'Sans objet.',
              askedBy: 'SAVS Élan',
              askedAt: '2023-09-03T08:00:00.000Z',
              decision: 'confirmee' as const,
              motive: null,
              decidedAt: '2023-09-04T08:00:00.000Z',
            },
          },
    )
    expect(progressOf(planDossier({ ...snapshot, pieces }), pieces, '2023-06-01').expected).toBe(4)
  })
})

describe('the progress of any grappe', () => {
  it('ends where the board is today, in order, never above what is expected', () => {
    fc.assert(
      fc.property(anySnapshot, given => {
        const snapshot = { ...given, today: '2023-09-20' }
        const plan = planDossier(snapshot)
        const { days, expected } = progressOf(plan, snapshot.pieces, '2023-01-01')
        const owed = plan.rows.filter(row => row.required && row.state !== 'non-applicable')
        const accepted = owed.filter(({ state }) => state === 'acceptee').length
        const waiting = owed.filter(({ state }) => state === 'deposee').length
        expect(expected).toBe(owed.length)
        expect(days.at(-1)).toEqual({ day: '2023-09-20', deposited: waiting + accepted, accepted })
        expect(days.every(day => day.accepted >= 0 && day.accepted <= day.deposited)).toBe(true)
        expect(days.map(({ day }) => day)).toEqual([...new Set(days.map(({ day }) => day))].sort())
      }),
    )
  })
})
