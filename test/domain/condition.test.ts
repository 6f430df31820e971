import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Condition, FactCondition } from '../../server/domain/call.ts'
import { DOMAINES, PROJETS } from '../../server/domain/call.ts'
import {
  type ConditionFacts,
  concern,
  conditionFlaw,
  conditionSentence,
} from '../../server/domain/condition.ts'
import { expectedPieces } from '../../server/domain/piece.ts'
import { shippedCall } from './calls.ts'
import { fineEsms } from './facts.ts'

const CALL = shippedCall('corse-2023')

const member: ConditionFacts = {
  domaine: 'DOM',
  projet: 'acquisition',
  categorie: '354',
  finess: '2A0000253',
  declarations: { 'pas-deux-fois': false },
  tailleOg: 3,
  nombreOg: 2,
}
const unknown: ConditionFacts = {
  ...member,
  domaine: null,
  projet: null,
  categorie: null,
  finess: null,
  declarations: {},
}

const fact: fc.Arbitrary<FactCondition> = fc.oneof(
  fc.record({ domaines: fc.subarray([...DOMAINES], { minLength: 1 }) }),
  fc.record({ projets: fc.subarray([...PROJETS], { minLength: 1 }) }),
  fc.record({ categories: fc.subarray(['354', '500', '183'], { minLength: 1 }) }),
  fc.record({ regions: fc.subarray(['Corse', 'Outre-mer', 'Occitanie'], { minLength: 1 }) }),
  fc.record({ tailleOg: fc.record({ min: fc.constantFrom(null, 1, 3), max: fc.constantFrom(null, 4, 15) }) }),
  fc.record({ declaration: fc.constant('pas-deux-fois'), reponse: fc.boolean() }),
)
const several = fc.array(fact, { minLength: 2, maxLength: 3 })
const anyCondition: fc.Arbitrary<Condition> = fc.oneof(
  fact,
  fc.array(fc.oneof(fact, fc.record({ ou: several })), { minLength: 2, maxLength: 3 }).map(et => ({ et })),
  fc.array(fc.oneof(fact, fc.record({ et: several })), { minLength: 2, maxLength: 3 }).map(ou => ({ ou })),
)

describe('a condition', () => {
  test.each<[FactCondition, FactCondition]>([
    [{ domaines: ['DOM', 'PA'] }, { domaines: ['PA'] }],
    [{ projets: ['acquisition'] }, { projets: ['mise-en-conformite'] }],
    [{ categories: ['354'] }, { categories: ['500'] }],
    [{ regions: ['Corse'] }, { regions: ['Outre-mer', 'Occitanie'] }],
    [{ tailleOg: { min: 3, max: null } }, { tailleOg: { min: 4, max: 15 } }],
    [{ nombreOg: { min: null, max: 2 } }, { nombreOg: { min: null, max: 1 } }],
    [
      { declaration: 'pas-deux-fois', reponse: false },
      { declaration: 'pas-deux-fois', reponse: true },
    ],
  ])('%j concerns, %j does not; joined, one decides', (yes, no) => {
    expect(concern(yes, member).concerned).toBe('yes')
    expect(concern(no, member).concerned).toBe('no')
    expect(concern({ et: [yes, no] }, member).concerned).toBe('no')
    expect(concern({ ou: [no, yes] }, member).concerned).toBe('yes')
  })

  test('says which facts it lacks, each once, and only while they would decide', () => {
    const home: FactCondition = { domaines: ['DOM'] }
    const buying: FactCondition = { projets: ['acquisition'] }
    expect(concern({ et: [home, buying, { ou: [home, { regions: ['Corse'] }] }] }, unknown)).toEqual({
      concerned: 'unknown',
      missing: [{ fact: 'domaine' }, { fact: 'projet' }, { fact: 'finess' }],
    })
    expect(concern({ et: [home, { tailleOg: { min: 9, max: null } }] }, unknown)).toEqual({
      concerned: 'no',
      missing: [],
    })
    expect(concern({ ou: [home, { tailleOg: { min: 1, max: null } }] }, unknown).concerned).toBe('yes')
    expect(concern({ declaration: 'pas-deux-fois', reponse: true }, unknown).missing).toEqual([
      { fact: 'declaration', code: 'pas-deux-fois' },
    ])
    // 98 is Mayotte and others: no region can be told from it.
    expect(concern({ regions: ['Mayotte'] }, { ...member, finess: '980000000' }).concerned).toBe('unknown')
  })

  test('never settles on an unknown fact what a known one would change', () => {
    fc.assert(
      fc.property(anyCondition, condition => {
        const settled = concern(condition, unknown).concerned
        if (settled !== 'unknown') expect(concern(condition, member).concerned).toBe(settled)
        expect(concern(condition, member).concerned).not.toBe('unknown')
      }),
    )
  })

  test('reads back in French', () => {
    const read = (condition: Condition | null, scope: 'grappe' | 'og' | 'esms' = 'esms') =>
      conditionSentence({ condition, scope }, CALL)
    expect(read(null)).toBe('demandée à tous les ESMS')
    expect(read({ et: [{ domaines: ['DOM'] }, { projets: ['acquisition'] }] })).toBe(
      'demandée aux services à domicile en acquisition',
    )
    expect(read({ ou: [{ categories: ['500', '354'] }, { regions: ['Corse', 'Outre-mer'] }] })).toBe(
      'demandée aux ESMS de catégorie EHPAD ou SSIAD, ou aux ESMS situés en région Corse ou outre-mer',
    )
    expect(read({ tailleOg: { min: null, max: 14 } }, 'og')).toBe(
      'demandée à chaque OG qui a des ESMS dont l’OG compte au plus 14 ESMS dans la grappe',
    )
    expect(
      read({
        et: [
          { projets: ['acquisition'] },
          { ou: [{ domaines: ['PA'] }, { declaration: 'pas-deux-fois', reponse: false }] },
        ],
      }),
    ).toBe(
      'demandée aux ESMS en acquisition et soit du domaine PA, soit qui répondent non à ' +
        '«\u00A0Pas de double financement d’un logiciel\u00A0»',
    )
  })

  test('says that the OG that carries the grappe is spared, where a piece is asked of OG', () => {
    const read = (scope: 'og' | 'esms') =>
      conditionSentence({ condition: null, scope, exceptPorteur: true }, CALL)
    expect(read('og')).toBe('demandée à tous les OG, sauf à celui qui porte la grappe')
    expect(read('esms')).toBe('demandée à tous les ESMS')
  })

  test('that can concern nobody, or names what the call does not ask, is told', () => {
    const flaw = (condition: Condition) => conditionFlaw(condition, CALL)
    expect(flaw({ et: [{ domaines: ['DOM'] }, { domaines: ['PA'] }] })).toContain(
      'ne peut concerner personne',
    )
    // The Corse call leaves AHI out.
    expect(flaw({ domaines: ['AHI'] })).toContain('personne')
    expect(flaw({ domaines: ['AHI', 'PA'] })).toBeNull()
    expect(flaw({ categories: ['362'] })).toContain('personne')
    expect(flaw({ declaration: 'inconnue', reponse: true })).toContain('«\u00A0inconnue\u00A0»')
    // Asked of those who acquire only: nobody else ever answers.
    const answered: FactCondition = { declaration: 'acquisition-non-contractee', reponse: false }
    expect(flaw({ et: [answered, { projets: ['mise-en-conformite'] }] })).toContain('personne')
    expect(flaw({ ou: [answered, { projets: ['mise-en-conformite'] }] })).toBeNull()
    expect(
      flaw({ et: [{ tailleOg: { min: 5, max: null } }, { tailleOg: { min: null, max: 4 } }] }),
    ).toContain('personne')
  })
})

describe('expected pieces', () => {
  const grappe = {
    id: 'g',
    name: 'Grappe',
    porteurOgId: null,
    ogs: [
      { id: 'big', name: 'Grand', finessEj: null },
      { id: 'small', name: 'Petit', finessEj: null },
    ],
    esms: [
      fineEsms(1, { id: 'a', ogId: 'big', domaine: 'DOM' }),
      fineEsms(2, { id: 'b', ogId: 'big', domaine: null }),
      fineEsms(3, { id: 'c', ogId: 'small', domaine: 'PA' }),
    ],
    solutions: [],
  }
  const expected = (scope: 'grappe' | 'og' | 'esms', condition: Condition) =>
    expectedPieces(
      CALL.pieces.slice(0, 1).map(piece => ({ ...piece, scope, condition })),
      grappe,
    ).map(({ ogId, esmsId, missing }) => [ogId ?? esmsId, missing.length] as const)

  test('say of whom they may be expected, and how many facts would tell', () => {
    expect(expected('esms', { domaines: ['DOM'] })).toEqual([
      ['a', 0],
      ['b', 1],
    ])
    expect(expected('og', { domaines: ['DOM'] })).toEqual([['big', 0]])
    expect(expected('og', { domaines: ['PDE'] })).toEqual([['big', 1]])
    expect(expected('grappe', { domaines: ['PDE'] })).toEqual([[null, 1]])
    expect(expected('grappe', { tailleOg: { min: 3, max: null } })).toEqual([])
    expect(expected('esms', { tailleOg: { min: null, max: 1 } })).toEqual([['c', 0]])
  })
})
