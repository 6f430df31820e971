import { describe, expect, it } from 'vitest'
import { instructionLines } from '../../server/adapters/workbook/instruction-lines.ts'
import {
  answersOf,
  answerWords,
  reviewsByRow,
  sealedVersionOf,
  standingReviews,
} from '../../server/domain/answers.ts'
import { type DossierPlan, planDossier } from '../../server/domain/dossier-plan.ts'
import { type DossierFilter, filterDossiers, type HandedDossier } from '../../server/domain/handed-dossier.ts'
import { type PieceReview, proposedDeadline } from '../../server/domain/review.ts'
import { aSnapshot } from './dossier-sample.ts'

const plan = planDossier(aSnapshot())

/** The first row whose piece is in the dossier. */
function sealedRow(of: DossierPlan = plan) {
  const row = of.rows.find(each => each.pieceId !== null && each.paths.length > 0)
  if (row?.version == null || row.pieceId === null) throw new Error('the sample has no piece in its dossier')
  return { ...row, pieceId: row.pieceId, version: row.version }
}

function said(about: Partial<PieceReview> = {}): PieceReview {
  const row = sealedRow()
  return {
    pieceId: row.pieceId,
    pieceName: row.pieceName,
    ownerName: row.owner.name,
    versionId: row.version.id,
    versionNumber: row.version.number,
    sealNumber: 1,
    decision: 'complement',
    motive: 'La signature manque.',
    deadlineOn: '2023-10-05',
    actor: 'Instructrice',
    at: '2023-09-20T10:00:00.000Z',
    ...about,
  }
}

/** The plan with a later deposit in the row of `sealedRow`. */
function redeposited(number: number, paths: readonly string[] = ['x_v2.pdf']): Pick<DossierPlan, 'rows'> {
  const { pieceId } = sealedRow()
  return {
    rows: plan.rows.map(row =>
      row.pieceId === pieceId && row.version !== null
        ? { ...row, paths, version: { ...row.version, id: `v${number}`, number } }
        : row,
    ),
  }
}

describe('what answers a complement', () => {
  it('is the first deposit after the one that was reviewed, once the dossier holds it', () => {
    const { number } = sealedRow().version
    expect(answersOf([said()], plan)[0]?.status).toBe('en-attente')
    const [answer] = answersOf([said()], redeposited(number + 1))
    expect(answer).toMatchObject({ status: 'repondu', versionNumber: number + 1 })
    expect(answerWords(answer ?? { status: 'en-attente', versionNumber: null })).toBe(
      `répondu par le dépôt nº\u00A0${number + 1}`,
    )
  })

  it('is not a deposit that stays out of the dossier', () => {
    expect(answersOf([said()], redeposited(sealedRow().version.number + 1, []))[0]?.status).toBe('en-attente')
  })

  it('stays the same deposit when a later one is asked for again', () => {
    const { number } = sealedRow().version
    const again = said({
      versionId: 'v2',
      versionNumber: number + 1,
      sealNumber: 2,
      at: '2023-10-10T10:00:00.000Z',
    })
    const answers = answersOf([said(), again], redeposited(number + 2))
    expect(answers.map(({ versionNumber }) => versionNumber)).toEqual([number + 1, number + 2])
  })

  it('is any deposit when the piece was missing', () => {
    const absent = said({ versionId: null, versionNumber: null })
    expect(answersOf([absent], plan)[0]).toMatchObject({
      status: 'repondu',
      versionNumber: sealedRow().version.number,
    })
  })

  it('is nothing more once the deposit was said conforme, or the piece is not asked any more', () => {
    expect(answersOf([said(), said({ decision: 'conforme', motive: null, deadlineOn: null })], plan)).toEqual(
      [],
    )
    expect(answersOf([said({ pieceId: 'disparue' })], plan)[0]?.status).toBe('plus-demandee')
  })
})

describe('what was said of a row', () => {
  it('is the last word on the very deposit that the version holds', () => {
    const row = plan.rows.find(({ pieceId }) => pieceId === sealedRow().pieceId)
    const conforming = said({ decision: 'conforme', motive: null, deadlineOn: null })
    expect(standingReviews([said(), conforming])).toEqual([conforming])
    const found = reviewsByRow(plan.rows, [said(), conforming])
    expect([...found]).toEqual([[row, conforming]])
    expect(reviewsByRow(redeposited(9).rows, [said()]).size).toBe(0)
    expect(row && sealedVersionOf(row)).toBe(row?.version)
  })

  it('is nothing once the reviewer took it back', () => {
    const conforming = said({ decision: 'conforme', motive: null, deadlineOn: null })
    const taken = { ...conforming, decision: 'a-examiner' as const }
    expect(standingReviews([conforming, taken])).toEqual([])
    expect(reviewsByRow(plan.rows, [said(), conforming, taken]).size).toBe(0)
  })

  it('proposes fifteen days', () => {
    expect(proposedDeadline('2023-09-20')).toBe('2023-10-05')
  })
})

describe('the sheet « Instruction »', () => {
  it('tells reviews and opinions in order, with what this dossier answers', () => {
    const { number } = sealedRow().version
    const lines = instructionLines({
      ...redeposited(number + 1),
      reviews: [said()],
      opinions: [
        {
          sealNumber: 1,
          avis: 'a-completer',
          note: 'Voir.',
          actor: 'Instructrice',
          at: '2023-09-19T10:00:00.000Z',
        },
      ],
    })
    expect(lines.map(({ piece, decision, answer }) => [piece, decision, answer])).toEqual([
      ['Dossier entier', expect.stringMatching(/^Avis\s: à compléter$/), null],
      [sealedRow().pieceName, '↺ Complément demandé', `répondu par le dépôt nº\u00A0${number + 1}`],
    ])
  })
})

describe('forty dossiers', () => {
  const dossier = (name: string, about: Partial<HandedDossier> = {}): HandedDossier => ({
    grappeId: name,
    name,
    handedTo: 'instructrice@ars.exemple.fr',
    porteurName: 'APF France',
    callTitle: 'Corse 2023',
    region: 'Corse',
    timeZone: 'Europe/Paris',
    seal: {
      number: 2,
      sealedAt: '2023-09-20T10:00:00.000Z',
      complete: true,
      verdict: 'eligible',
      members: 15,
      pieces: 30,
      missing: 0,
      toExamine: 3,
      nextPieceId: 'p1',
    },
    isNew: false,
    opinion: null,
    isAsked: false,
    assignment: null,
    ...about,
  })
  const all: DossierFilter = {
    text: '',
    state: null,
    stage: null,
    call: null,
    assignee: null,
    complete: null,
    toExamine: null,
    onlyNew: false,
    order: 'nouveau',
  }

  it('put first those with something new, then go by name', () => {
    const shown = filterDossiers([dossier('B'), dossier('A'), dossier('C', { isNew: true })], all)
    expect(shown.map(({ name }) => name)).toEqual(['C', 'A', 'B'])
  })

  it('go by name as a person would: 2 before 10, whatever the case', () => {
    const shown = filterDossiers([dossier('Grappe 10'), dossier('grappe 2'), dossier('Grappe 1')], all)
    expect(shown.map(({ name }) => name)).toEqual(['Grappe 1', 'grappe 2', 'Grappe 10'])
  })

  it('are narrowed to those with pieces left, and sorted by how many', () => {
    const seal = dossier('x').seal ?? expect.fail('sealed')
    const list = [
      dossier('A', { seal: { ...seal, toExamine: 1 } }),
      dossier('B', { seal: { ...seal, toExamine: 0, nextPieceId: null } }),
      dossier('C', { seal: { ...seal, toExamine: 9 } }),
      dossier('D', { seal: null }),
    ]
    const names = (filter: Partial<DossierFilter>) =>
      filterDossiers(list, { ...all, ...filter }).map(({ name }) => name)
    expect(names({ order: 'reste' })).toEqual(['C', 'A', 'B', 'D'])
    expect(names({ toExamine: true })).toEqual(['A', 'C'])
    expect(names({ toExamine: false })).toEqual(['B'])
  })

  it('are narrowed to a call, to a stage of the queue, and to whom they are given', () => {
    const email = 'anna@ars.exemple.fr'
    const assignment = { email, by: email, at: '2023-09-21T10:00:00.000Z' }
    const list = [
      dossier('A', { assignment }),
      dossier('B', { isAsked: true, callTitle: 'Corse 2024' }),
      dossier('C', { seal: null }),
    ]
    const names = (filter: Partial<DossierFilter>) =>
      filterDossiers(list, { ...all, ...filter }).map(({ name }) => name)
    expect(names({ assignee: { email } })).toEqual(['A'])
    expect(names({ assignee: { email: null } })).toEqual(['B', 'C'])
    expect(names({ stage: 'a-lire' })).toEqual(['A'])
    expect(names({ stage: 'complement' })).toEqual(['B'])
    expect(names({ stage: 'a-venir' })).toEqual(['C'])
    expect(names({ call: 'Corse 2024 (Corse)' })).toEqual(['B'])
  })

  it('are found by words of their grappe, porteur, call and region, whatever the accents', () => {
    const list = [dossier('Éveil des Côtes', { porteurName: null }), dossier('Autre')]
    expect(filterDossiers(list, { ...all, text: 'cotes eveil' })).toHaveLength(1)
    expect(filterDossiers(list, { ...all, text: 'corse apf' })).toHaveLength(1)
  })

  it('have no opinion any more once a newer version is sealed', () => {
    const opinion = {
      sealNumber: 1,
      avis: 'recevable',
      note: null,
      actor: 'I',
      at: '2023-09-01T00:00:00.000Z',
    } as const
    const list = [dossier('A', { opinion }), dossier('B', { opinion: { ...opinion, sealNumber: 2 } })]
    expect(filterDossiers(list, { ...all, state: 'recevable' }).map(({ name }) => name)).toEqual(['B'])
    expect(filterDossiers(list, { ...all, state: 'sans-avis' }).map(({ name }) => name)).toEqual(['A'])
  })
})
