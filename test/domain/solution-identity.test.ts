import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isNearSpelling,
  plainText,
  proposeMerges,
  type SolutionSpelling,
  solutionKey,
  splitVersion,
} from '../../server/domain/solution-identity.ts'

const product = (produit: string, editeur = ''): SolutionSpelling => ({ editeur, produit })
const reasonFor = (a: SolutionSpelling, b: SolutionSpelling) => proposeMerges([a, b])[0]?.reason ?? null

describe('one solution whatever members type', () => {
  test.each([
    ['NETSoins v5', 'netsoins'],
    ['NETSoins V. 5.2.1', 'NETSOINS'],
    ['NETSoins (version 2023)', 'NETSoins'],
    ['NETSoins 5.2', 'netsoins v6'],
    ['Évolution', 'evolution'],
  ])('« %s » and « %s » are the same solution', (a, b) => {
    expect(solutionKey(product(a))).toBe(solutionKey(product(b)))
  })

  test.each([
    ['Net Soins', 'netsoins'],
    ['Produit 2', 'Produit 3'],
    ['Titan', 'Titanlink'],
    ['', 'Titan'],
  ])('« %s » and « %s » stay two records', (a, b) => {
    expect(solutionKey(product(a))).not.toBe(solutionKey(product(b)))
  })

  test('the editor’s company form does not make another editor', () => {
    expect(solutionKey(product('Exemple', 'Maison Démo SAS'))).toBe(
      solutionKey(product('Exemple', 'maison demo')),
    )
  })

  test('a version is split off and kept as it was typed', () => {
    expect(splitVersion('NETSoins v5')).toEqual({ produit: 'NETSoins', version: 'v5' })
    expect(splitVersion('Exemple - Version 12.3b')).toEqual({ produit: 'Exemple', version: 'Version 12.3b' })
    expect(splitVersion('Exemple v2 v3')).toEqual({ produit: 'Exemple', version: 'v2 v3' })
    expect(splitVersion('Exemple 2')).toEqual({ produit: 'Exemple 2', version: null })
    expect(splitVersion('v5')).toEqual({ produit: 'v5', version: null })
  })
})

describe('near spellings are proposed, never merged', () => {
  test('the three spellings of the issue are proposed two by two, both shown', () => {
    const proposals = proposeMerges([product('Net Soins'), product('NETSoins v5'), product('netsoins')])
    expect(proposals.map(({ a, b, reason }) => [a.produit, b.produit, reason])).toEqual([
      ['Net Soins', 'NETSoins v5', 'orthographe-voisine'],
      ['Net Soins', 'netsoins', 'orthographe-voisine'],
      ['NETSoins v5', 'netsoins', 'meme-identite'],
    ])
    for (const { a, b, explanation } of proposals) {
      expect(explanation).toContain(a.produit)
      expect(explanation).toContain(b.produit)
    }
  })

  test.each([
    ['a slip', product('Exemplaire', 'Démo'), product('Exemlpaire', 'Démo'), 'orthographe-voisine'],
    ['a missing editor', product('Exemple', 'Démo'), product('Exemple'), 'editeur-manquant'],
    ['the editor in the name', product('Exemple', 'Démo'), product('Démo Exemple'), 'editeur-dans-le-nom'],
    [
      'a longer editor',
      product('Exemple', 'Démo Logiciels'),
      product('exemple', 'Démo'),
      'orthographe-voisine',
    ],
    ['a longer name, maybe another product', product('Titan'), product('Titanlink'), 'nom-prolonge'],
    [
      'two editors of one name',
      product('Exemple', 'Démo'),
      product('Exemple', 'Autre'),
      'editeurs-differents',
    ],
  ])('%s is a reason to ask', (_, a, b, reason) => {
    expect(reasonFor(a, b)).toBe(reason)
  })

  test.each([
    ['two products of one editor', product('Soleil', 'Démo'), product('Rivière', 'Démo')],
    ['close names of two editors', product('Exemplaire', 'Démo'), product('Exemplaires', 'Autre')],
    ['figures that differ', product('Produit 2', 'Démo'), product('Produit 3', 'Démo')],
    ['short names', product('Osea'), product('Osia')],
    ['an empty name', product(''), product('Titan')],
  ])('%s: nothing is proposed', (_, a, b) => {
    expect(reasonFor(a, b)).toBeNull()
  })
})

/** Few letters, so that near spellings do happen. */
const spelling = fc.record({
  editeur: fc.constantFrom('', 'Démo', 'Demo SAS', 'Démo Logiciels', 'Autre'),
  produit: fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b', 'É', ' ', '-', '2', 'v', '.'), maxLength: 10 }),
    fc.constantFrom('Net Soins', 'NETSoins v5', 'netsoins', 'Netsoin', 'Titan', 'Titanlink', 'Démo Titan'),
    fc.string({ unit: 'grapheme' }),
  ),
})

describe('for any spelling', () => {
  test('plain text and the key of a split product are stable', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        expect(plainText(plainText(text))).toBe(plainText(text))
        const { produit } = splitVersion(text)
        expect(splitVersion(produit).produit).toBe(produit)
      }),
    )
    fc.assert(
      fc.property(spelling, one => {
        const { produit } = splitVersion(one.produit)
        expect(solutionKey({ ...one, produit })).toBe(solutionKey(one))
      }),
    )
  })

  test('a pair is proposed alike from both sides, and a solution with itself when it has a name', () => {
    fc.assert(
      fc.property(spelling, spelling, (a, b) => {
        expect(reasonFor(a, b)).toBe(reasonFor(b, a))
      }),
    )
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(isNearSpelling(a, b)).toBe(isNearSpelling(b, a))
      }),
    )
  })

  test('the pairs do not depend on the order of the solutions', () => {
    const shuffled = fc
      .uniqueArray(spelling, { maxLength: 8, selector: one => `${one.editeur}|${one.produit}` })
      .chain(list => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })))
    const pairs = (list: readonly SolutionSpelling[]) =>
      proposeMerges(list)
        .map(({ a, b, reason }) => `${[JSON.stringify(a), JSON.stringify(b)].sort().join()} ${reason}`)
        .sort()
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(pairs(other)).toEqual(pairs(list))
      }),
    )
  })
})
