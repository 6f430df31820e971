import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Call, RuleLine } from '../../server/domain/call.ts'
import type { Criterion, Verdict } from '../../server/domain/eligibility.ts'
import { evaluate } from '../../server/domain/eligibility.ts'
import type { Esms, Grappe } from '../../server/domain/grappe.ts'
import { shippedCall } from './calls.ts'
import { fictionalFiness, fineEsms, fineGrappe, grappeOf, SOLUTION } from './facts.ts'

const TODAY = '2026-11-22'
const DEMONSTRATION = shippedCall('demonstration', TODAY)

function criterion(verdict: Verdict, rule: string): Criterion {
  const found = verdict.criteria.find(each => each.rule === rule)
  if (found === undefined) throw new Error(`No criterion ${rule}`)
  return found
}

const judge = (rule: string, grappe: Grappe, call: Call = DEMONSTRATION, today = TODAY) =>
  criterion(evaluate(call, { grappe, today }), rule)

/** A call of one line, for what no shipped call says. */
function callWith(rule: string, parameters: RuleLine['parameters'] = {}): Call {
  const provenance = { kind: 'carrier', reference: 'Texte de l’AAP' } as const
  return { ...DEMONSTRATION, rules: [{ code: rule, rule, title: null, parameters, provenance }] }
}

/** Fifteen fine members of which the first ones are changed. */
const spoilt = (count: number, changes: Partial<Esms>): Grappe => {
  const { esms } = fineGrappe(15)
  return grappeOf(esms.map((each, position) => (position < count ? { ...each, ...changes } : each)))
}

describe('the verdict', () => {
  test('is eligible when every fact is known and fine', () => {
    const verdict = evaluate(DEMONSTRATION, { grappe: fineGrappe(15), today: TODAY })
    expect(verdict.criteria.filter(each => each.status !== 'satisfait')).toEqual([])
    expect(verdict.status).toBe('eligible')
  })

  test('says for each criterion where it comes from, in the order of the call', () => {
    const { criteria } = evaluate(DEMONSTRATION, { grappe: fineGrappe(3), today: TODAY })
    expect(criteria.map(each => each.rule)).toEqual(DEMONSTRATION.rules.map(line => line.code))
    expect(criteria.map(each => each.provenance)).toEqual(DEMONSTRATION.rules.map(line => line.provenance))
  })

  test('is never eligible while one fact is unknown', () => {
    const unknowns: Partial<Esms>[] = [
      { finess: null },
      { domaine: null },
      { projet: null },
      { solutionId: null },
      { categorie: null },
      { registry: 'non-verifie' },
      { inOtherGrappe: null },
      { declarations: {} },
    ]
    for (const unknown of unknowns) {
      const verdict = evaluate(DEMONSTRATION, { grappe: spoilt(1, unknown), today: TODAY })
      expect(verdict.status, JSON.stringify(unknown)).toBe('a-verifier')
      const doubtful = verdict.criteria.filter(each => each.status === 'a-verifier')
      expect(doubtful.every(each => each.remedy !== null)).toBe(true)
      expect(doubtful.some(each => each.esmsIds.includes('esms-1'))).toBe(true)
    }
  })

  test('is not eligible as soon as one criterion is broken, whatever is still unknown', () => {
    const grappe = spoilt(1, { registry: 'ferme', domaine: null })
    expect(evaluate(DEMONSTRATION, { grappe, today: TODAY }).status).toBe('non-eligible')
  })

  test('is to be gathered while it has no member, or none left: nothing is refused to nobody', () => {
    const empty = evaluate(DEMONSTRATION, { grappe: { ...spoilt(1, {}), esms: [] }, today: TODAY })
    expect(empty.status).toBe('a-constituer')
    const left = { ...spoilt(1, {}), esms: spoilt(1, {}).esms.map(esms => ({ ...esms, withdrawnOn: TODAY })) }
    expect(evaluate(DEMONSTRATION, { grappe: left, today: TODAY }).status).toBe('a-constituer')
  })

  test('says how many others are still unknown beside those that break a rule', () => {
    const { esms } = spoilt(2, { domaine: 'AHI' })
    const grappe = grappeOf(esms.map((each, rank) => (rank > 11 ? { ...each, domaine: null } : each)))
    expect(judge('domaines', grappe)).toMatchObject({
      esmsIds: ['esms-1', 'esms-2'],
      reason: expect.stringContaining('3 autres restent à vérifier.'),
    })
  })

  test('does not count a member that has withdrawn', () => {
    expect(judge('minimum-esms', spoilt(1, { withdrawnOn: '2026-11-01' })).status).toBe('non-satisfait')
  })

  test('of an empty grappe never says that a rule about members is satisfied', () => {
    const { criteria } = evaluate(DEMONSTRATION, { grappe: grappeOf([]), today: TODAY })
    const satisfied = criteria.filter(each => each.status === 'satisfait').map(each => each.rule)
    expect(satisfied).toEqual(['guichet', 'fenetre'])
  })

  test('fails loudly on a rule that no file judges', () => {
    expect(() => evaluate(callWith('inconnue'), { grappe: fineGrappe(1), today: TODAY })).toThrow('inconnue')
  })
})

describe('each rule, with its figures', () => {
  test('minimum: says how many are missing', () => {
    expect(judge('minimum-esms', fineGrappe(12))).toMatchObject({
      status: 'non-satisfait',
      reason: 'La grappe compte 12 ESMS\u00A0: il en manque 3 pour atteindre le minimum de 15.',
      remedy: expect.stringContaining('3 ESMS'),
    })
  })

  test.each(['2A', '2B', '971', '974', '98'])('minimum: 8 are enough in %s', departement => {
    const members = Array.from({ length: 8 }, (_, rank) =>
      fineEsms(rank, { finess: fictionalFiness(departement, rank) }),
    )
    expect(judge('minimum-esms', grappeOf(members)).status).toBe('satisfait')
    expect(judge('minimum-esms', grappeOf(members.slice(1))).status).toBe('non-satisfait')
  })

  test('minimum: between 8 and 15, a grappe that straddles Corse and the mainland is to be verified', () => {
    const members = Array.from({ length: 10 }, (_, rank) =>
      fineEsms(rank, { finess: fictionalFiness(rank < 6 ? '2A' : '13', rank) }),
    )
    expect(judge('minimum-esms', grappeOf(members))).toMatchObject({
      status: 'a-verifier',
      remedy: expect.stringContaining('ARS'),
    })
  })

  test('2021: three OG, or one alone that has from 15 to 30 ESMS', () => {
    const call = shippedCall('temps-1-2021')
    const sized = (...sizes: number[]) =>
      grappeOf(
        sizes.flatMap((size, og) =>
          Array.from({ length: size }, (_, rank) => fineEsms(og * 100 + rank, { ogId: `og-${og}` })),
        ),
      )
    expect(judge('minimum-og', sized(5, 5, 5), call).status).toBe('satisfait')
    expect(judge('minimum-og', sized(8, 7), call).status).toBe('non-satisfait')
    expect(judge('minimum-og', sized(14), call).status).toBe('non-satisfait')
    expect(judge('minimum-og', sized(15), call).status).toBe('satisfait')
    expect(judge('minimum-og', sized(30), call).status).toBe('satisfait')
    expect(judge('minimum-og', sized(31), call).status).toBe('a-verifier')
    expect(judge('minimum-og', sized(20, 1), call)).toMatchObject({ status: 'a-verifier', ogIds: ['og-0'] })
    expect(judge('esms-finances', sized(12, 12, 12), call)).toMatchObject({
      status: 'satisfait',
      reason: expect.stringContaining('6 ne le seraient pas'),
    })
  })

  test('2021 in Corse: two OG and eight ESMS are enough', () => {
    const members = Array.from({ length: 8 }, (_, rank) =>
      fineEsms(rank, { ogId: `og-${rank % 2}`, finess: fictionalFiness('2B', rank) }),
    )
    const call = shippedCall('temps-1-2021')
    expect(judge('minimum-og', grappeOf(members), call).status).toBe('satisfait')
    expect(judge('minimum-esms', grappeOf(members), call).status).toBe('satisfait')
  })

  test('50 ESMS turn a regional application into a national one', () => {
    expect(judge('guichet', fineGrappe(49)).reason).toContain('régional')
    expect(judge('guichet', fineGrappe(50)).reason).toContain('AAP national')
    const regional = callWith('guichet', { seuilNational: 50, guichets: ['regional'] })
    expect(judge('guichet', fineGrappe(49), regional).status).toBe('satisfait')
    expect(judge('guichet', fineGrappe(50), regional).status).toBe('non-satisfait')
  })

  test.each([
    ['ferme', 'non-satisfait', '1 établissement fermé.'],
    ['juridique', 'non-satisfait', '1 numéro d’entité juridique.'],
    ['absent', 'a-verifier', '1 absent du répertoire'],
    ['non-verifie', 'a-verifier', '1 non vérifié au'],
  ] as const)('FINESS: a number %s in the registry is %s', (registry, status, words) => {
    expect(judge('finess-geographique', spoilt(1, { registry }))).toMatchObject({
      status,
      reason: expect.stringContaining(words),
      esmsIds: ['esms-1'],
    })
  })

  test('FINESS: two members with one number are both named', () => {
    const shared = spoilt(2, { finess: fictionalFiness('31', 900) })
    expect(judge('finess-unique', shared)).toMatchObject({
      status: 'non-satisfait',
      esmsIds: ['esms-1', 'esms-2'],
    })
  })

  test('category: USLD and hospitals are refused by their code, a code out of both lists is to be verified', () => {
    for (const categorie of ['362', '355']) {
      expect(judge('categories', spoilt(2, { categorie }))).toMatchObject({
        status: 'non-satisfait',
        esmsIds: ['esms-1', 'esms-2'],
      })
    }
    // 461: social, of no domain that we could infer.
    expect(judge('categories', spoilt(1, { categorie: '461' })).status).toBe('a-verifier')
  })

  test('domain: AHI is out of a call that does not list it', () => {
    expect(judge('domaines', spoilt(1, { domaine: 'AHI' }))).toMatchObject({
      status: 'non-satisfait',
      esmsIds: ['esms-1'],
    })
  })

  test('projects: a grappe mixte is said so; a kind that the call does not list is refused', () => {
    const mixte = spoilt(4, { projet: 'mise-en-conformite' })
    expect(judge('projets', mixte)).toMatchObject({
      status: 'satisfait',
      reason: '11 ESMS en acquisition, 4 en mise en conformité. La grappe est mixte.',
    })
    expect(judge('projets', mixte, callWith('projets', { projets: ['acquisition'] }))).toMatchObject({
      status: 'non-satisfait',
      esmsIds: ['esms-1', 'esms-2', 'esms-3', 'esms-4'],
    })
  })

  test('solution: the members that are not on the most used one are named, all of them on a tie', () => {
    const other = { ...SOLUTION, id: 'solution-2', produit: 'Autre dossier' }
    const members = (others: number, size: number) =>
      grappeOf(
        Array.from({ length: size }, (_, rank) =>
          fineEsms(rank, rank < others ? { solutionId: other.id } : {}),
        ),
        [SOLUTION, other],
      )
    expect(judge('solution-unique', members(2, 15))).toMatchObject({
      status: 'non-satisfait',
      esmsIds: ['esms-0', 'esms-1'],
      reason: expect.stringContaining('Dossier fictif (Éditeur fictif) pour 13 ESMS'),
    })
    expect(judge('solution-unique', members(2, 4)).esmsIds).toHaveLength(4)
    expect(judge('solution-unique', spoilt(1, { solutionId: null }))).toMatchObject({
      status: 'a-verifier',
      esmsIds: ['esms-1'],
    })
  })

  test('Ségur: a reference for MS1 only does not cover a PDE member, an unknown one is to be verified', () => {
    const with_ = (segur: typeof SOLUTION.segur, changes: Partial<Esms> = {}, call = DEMONSTRATION) =>
      judge('solution-referencee', grappeOf([fineEsms(1, changes)], [{ ...SOLUTION, segur }]), call).status
    const known = { couloirs: ['MS1'], source: 'attestation', readOn: TODAY }
    expect(with_({ ...known, status: 'referencee' })).toBe('satisfait')
    expect(with_({ ...known, status: 'referencee' }, { domaine: 'PDE' })).toBe('non-satisfait')
    expect(with_({ ...known, status: 'referencee', couloirs: null })).toBe('a-verifier')
    expect(with_({ ...known, status: 'non-referencee' })).toBe('non-satisfait')
    expect(with_(null)).toBe('a-verifier')

    const of2025 = callWith('solution-referencee', {
      couloirs: [{ code: 'MS1', domaines: ['PH'] }],
      inscriptionSuffit: ['AHI'],
      dispenses: ['PJM'],
    })
    expect(with_({ ...known, status: 'inscrite' }, { domaine: 'AHI' }, of2025)).toBe('satisfait')
    expect(with_({ ...known, status: 'inscrite' }, { domaine: 'PH' }, of2025)).toBe('non-satisfait')
    expect(with_(null, { domaine: 'PJM' }, of2025)).toBe('satisfait')
    expect(with_(null, { domaine: 'AHI' }, of2025)).toBe('a-verifier')
  })

  test('region: the ARS is that of most ESMS, unless unplaced members could change it', () => {
    const placed = (...departements: (string | null)[]) =>
      grappeOf(
        departements.map((departement, rank) =>
          fineEsms(rank, { finess: departement === null ? null : fictionalFiness(departement, rank) }),
        ),
      )
    const corse = callWith('region', { region: 'Corse' })
    expect(judge('region', placed('2A', '2B', '13'), corse).status).toBe('satisfait')
    expect(judge('region', placed('2A', '13', '06'), corse)).toMatchObject({
      status: 'non-satisfait',
      remedy: expect.stringContaining("Provence-Alpes-Côte d'Azur"),
    })
    expect(judge('region', placed('2A', '13'), corse).status).toBe('a-verifier')
    expect(judge('region', placed('2A', '2A', '13', null), corse)).toMatchObject({
      status: 'a-verifier',
      reason: expect.stringContaining("Corse (2), Provence-Alpes-Côte d'Azur (1), à situer (1)."),
    })
    expect(judge('region', placed('98', '98')).status).toBe('a-verifier')
    expect(judge('region', placed('2A', '2A', '2B', '13', null), corse).status).toBe('satisfait')
    expect(judge('region', placed('31', '32'))).toMatchObject({
      status: 'satisfait',
      reason: expect.stringContaining('Occitanie'),
    })
  })

  test('window: open, not open yet, closed, unknown', () => {
    const corse = shippedCall('corse-2023')
    const on = (today: string) => judge('fenetre', fineGrappe(8), corse, today)
    expect(on('2023-05-15')).toMatchObject({
      status: 'a-verifier',
      reason: expect.stringContaining('1\u00A0jour.'),
    })
    expect(on('2023-05-16').status).toBe('satisfait')
    expect(on('2023-09-15')).toMatchObject({
      status: 'satisfait',
      reason:
        'L’appel est ouvert jusqu’au vendredi 15 septembre 2023 à 23\u00A0h\u00A059\u00A0: dernier jour aujourd’hui.',
    })
    expect(on('2023-09-16').status).toBe('non-satisfait')
    expect(judge('fenetre', fineGrappe(15), shippedCall('national-2024'))).toMatchObject({
      status: 'a-verifier',
      reason: expect.stringContaining('n’est pas connue'),
    })
  })

  test('non-cumul: what a member declares decides, silence does not', () => {
    const declared = (value: boolean) =>
      spoilt(1, { declarations: { ...fineEsms(1).declarations, 'pas-deux-dui': value } })
    expect(judge('pas-deux-dui', declared(true)).status).toBe('satisfait')
    expect(judge('pas-deux-dui', declared(false))).toMatchObject({
      status: 'non-satisfait',
      esmsIds: ['esms-1'],
    })
    expect(judge('pas-deux-dui', spoilt(1, { declarations: {} })).status).toBe('a-verifier')
    const conforming = spoilt(15, { projet: 'mise-en-conformite', declarations: {} })
    expect(judge('acquisition-non-contractee', conforming).status).toBe('satisfait')
  })

  test('one grappe: a member that another grappe of the call holds is named', () => {
    expect(judge('une-seule-grappe', spoilt(1, { inOtherGrappe: true }))).toMatchObject({
      status: 'non-satisfait',
      esmsIds: ['esms-1'],
    })
  })

  test('a value that no source gives is to be verified, and said', () => {
    expect(judge('domaines', fineGrappe(15), shippedCall('national-2022'))).toMatchObject({
      status: 'a-verifier',
      reason: expect.stringContaining('Aucune source'),
    })
  })
})

const CALLS = ['corse-2023', 'national-2022', 'national-2024', 'temps-1-2021', 'demonstration'].map(code =>
  shippedCall(code, TODAY),
)

const anyEsms = fc
  .record({
    ogId: fc.constantFrom('og-1', 'og-2', 'og-3', 'og-4'),
    departement: fc.constantFrom('2A', '2B', '31', '13', null),
    domaine: fc.constantFrom('PA', 'PH', 'DOM', 'PDE', 'AHI', null),
    projet: fc.constantFrom('acquisition', 'mise-en-conformite', null),
    solutionId: fc.constantFrom('solution-1', 'solution-1', 'solution-2', null),
    categorie: fc.constantFrom('183', '362', '355', null),
    registry: fc.constantFrom('ouvert', 'ferme', 'juridique', 'absent', 'non-verifie'),
    inOtherGrappe: fc.constantFrom(true, false, null),
    declarations: fc.constantFrom({}, fineEsms(1).declarations, { 'pas-deux-dui': false }),
  } as const)
  .map(({ departement, ...facts }) => ({ departement, facts }))

const anyMembers = fc
  .array(anyEsms, { maxLength: 20 })
  .map(list =>
    list.map(({ departement, facts }, rank) =>
      fineEsms(rank, { ...facts, finess: departement === null ? null : fictionalFiness(departement, rank) }),
    ),
  )

const solutions = [SOLUTION, { ...SOLUTION, id: 'solution-2', produit: 'Autre dossier' }]

describe('whatever the grappe', () => {
  test('the order of members changes nothing but the order of the members named', () => {
    const unordered = (verdict: Verdict) => ({
      ...verdict,
      criteria: verdict.criteria.map(each => ({ ...each, esmsIds: [...each.esmsIds].sort() })),
    })
    const shuffled = anyMembers.chain(members =>
      fc.tuple(
        fc.constant(members),
        fc.shuffledSubarray(members, { minLength: members.length, maxLength: members.length }),
      ),
    )
    fc.assert(
      fc.property(fc.constantFrom(...CALLS), shuffled, (call, [members, others]) => {
        const verdictOf = (list: readonly Esms[]) =>
          unordered(evaluate(call, { grappe: grappeOf(list, solutions), today: TODAY }))
        expect(verdictOf(others)).toEqual(verdictOf(members))
      }),
    )
  })

  test('removing members never turns "not enough" into "enough"', () => {
    const some = anyMembers.chain(members => fc.tuple(fc.constant(members), fc.subarray(members)))
    fc.assert(
      fc.property(fc.constantFrom(...CALLS), some, (call, [members, remaining]) => {
        const before = evaluate(call, { grappe: grappeOf(members), today: TODAY })
        const after = evaluate(call, { grappe: grappeOf(remaining), today: TODAY })
        for (const rule of ['minimum-esms', 'minimum-og']) {
          const notEnough = before.criteria.some(
            each => each.rule === rule && each.status === 'non-satisfait',
          )
          if (notEnough) expect(criterion(after, rule).status).toBe('non-satisfait')
        }
      }),
      { numRuns: 500 },
    )
  })

  test('every criterion that is not satisfied says why and what to do', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CALLS), anyMembers, (call, members) => {
        const { criteria } = evaluate(call, { grappe: grappeOf(members, solutions), today: TODAY })
        for (const each of criteria) {
          expect(each.reason).toMatch(/^\S.+[.»]$/)
          expect(each.reason).not.toMatch(/undefined|null|NaN| [:;?!»]/)
          if (each.status !== 'satisfait') expect(each.remedy).toMatch(/^[A-ZÀ-Ý].+\.$/)
        }
      }),
    )
  })
})
