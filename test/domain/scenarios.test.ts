import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Example } from '../../schema/contracts/example.ts'
import { readExampleFiles } from '../../server/adapters/call-files.ts'
import { evaluate } from '../../server/domain/eligibility.ts'
import type { Grappe } from '../../server/domain/grappe.ts'
import { marginOf } from '../../server/domain/margin.ts'
import { shippedCall } from './calls.ts'
import { fineEsms, SOLUTION, withMinimum } from './facts.ts'

const TODAY = '2026-11-22'
const { examples, problems } = await readExampleFiles('templates/examples')
const DEMONSTRATION = shippedCall('demonstration', TODAY)

/** The example as a grappe about which all the rest is known and fine. */
function grappeFrom(example: Example): Grappe {
  const solutions = example.solutions.map(({ editeur, produit }) => ({
    ...SOLUTION,
    id: produit,
    editeur,
    produit,
  }))
  const esms = example.ogs.flatMap((og, rank) =>
    og.esms.map(({ solution, ...facts }, position) =>
      fineEsms(rank * 10 + position, { ...facts, ogId: `og-${rank}`, solutionId: solution }),
    ),
  )
  const ogs = example.ogs.map(({ name }, rank) => ({ id: `og-${rank}`, name, finessEj: null }))
  return { id: example.code, name: example.title, porteurOgId: 'og-0', ogs, esms, solutions }
}

function example(code: string): Grappe {
  const found = examples.find(each => each.code === code)
  if (found === undefined) throw new Error(`No example ${code}`)
  return grappeFrom(found)
}

const verdictAt = (minimum: number, grappe: Grappe) =>
  evaluate(withMinimum(DEMONSTRATION, minimum), { grappe, today: TODAY })

describe('the groupings told in the source documents', () => {
  test.each([
    ['happy', 'eligible', 'eligible'],
    ['galigen', 'eligible', 'non-eligible'],
    ['gic-65', 'non-eligible', 'non-eligible'],
    ['isi', 'eligible', 'non-eligible'],
    ['gecac', 'eligible', 'eligible'],
    ['irsam-moulin-vert-adapei', 'non-eligible', 'non-eligible'],
    ['corse-pep2b', 'eligible', 'non-eligible'],
  ] as const)('%s is %s at 8 and %s at 15', (code, at8, at15) => {
    const grappe = example(code)
    expect([verdictAt(8, grappe).status, verdictAt(15, grappe).status]).toEqual([at8, at15])
  })

  test('H’APPY keeps its 15 if one of its smaller OG leaves, not if one of five ESMS does', () => {
    const { mayLeave, ogDepartures } = marginOf(DEMONSTRATION, { grappe: example('happy'), today: TODAY })
    expect(mayLeave).toBe(4)
    expect(ogDepartures.map(departure => [departure.esmsLeaving, departure.breaks])).toEqual([
      [5, ['minimum-esms']],
      [5, ['minimum-esms']],
      [4, []],
      [5, ['minimum-esms']],
    ])
  })

  test('GALIGEN has no margin at 8: the founder that left in 2019 would have broken it', () => {
    const facts = { grappe: example('galigen'), today: TODAY }
    const { mayLeave, ogDepartures } = marginOf(withMinimum(DEMONSTRATION, 8), facts)
    expect(mayLeave).toBe(0)
    expect(ogDepartures.map(departure => departure.breaks)).toEqual(Array(4).fill(['minimum-esms']))
  })

  test('ISI is judged by its ESMS, not by its eight associations', () => {
    const isi = example('isi')
    expect(isi.ogs).toHaveLength(8)
    const oneEach = isi.ogs.map(og => isi.esms.find(esms => esms.ogId === og.id)?.id)
    const reduced = { ...isi, esms: isi.esms.filter(esms => oneEach.includes(esms.id)).slice(1) }
    expect(verdictAt(8, reduced).status).toBe('non-eligible')
  })

  test('GECAC may lose three of its eighteen associations at 15, ten at 8', () => {
    const facts = { grappe: example('gecac'), today: TODAY }
    expect(marginOf(withMinimum(DEMONSTRATION, 15), facts).mayLeave).toBe(3)
    expect(marginOf(withMinimum(DEMONSTRATION, 8), facts).mayLeave).toBe(10)
  })

  test('IRSAM, Moulin Vert and ADAPEI fail on the solution, and on nothing else', () => {
    const { criteria } = verdictAt(15, example('irsam-moulin-vert-adapei'))
    const broken = criteria.filter(each => each.status === 'non-satisfait').map(each => each.rule)
    expect(broken).toEqual(['solution-unique'])
  })

  test('Corse stands in its own call, and at 15 elsewhere would not', () => {
    const grappe = example('corse-pep2b')
    expect(evaluate(shippedCall('corse-2023'), { grappe, today: '2023-06-13' }).status).toBe('eligible')
    expect(evaluate(DEMONSTRATION, { grappe, today: TODAY }).status).toBe('eligible')
  })
})

describe('their files', () => {
  test('are all read, and say what was made up', () => {
    expect(problems).toEqual([])
    expect(examples).toHaveLength(7)
    for (const { madeUp } of examples) expect(madeUp).toContain('fictif')
  })

  test('hold no real number, and no number twice', () => {
    const real = new Set(readFileSync('test/fixtures/finess/real-numbers.txt', 'utf8').trim().split('\n'))
    const numbers = examples.flatMap(each => each.ogs.flatMap(og => og.esms.map(esms => esms.finess)))
    expect(numbers.filter(number => real.has(number))).toEqual([])
    for (const { ogs } of examples) {
      const own = ogs.flatMap(og => og.esms.map(esms => esms.finess))
      expect(new Set(own).size).toBe(own.length)
    }
  })
})
