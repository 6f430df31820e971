import { describe, expect, it } from 'vitest'
import {
  changesSince,
  changeWords,
  handedOutBefore,
  isSameTelling,
  keptFacts,
} from '../../server/domain/kit/changed-facts.ts'
import { allFacts, factsIn, type ReadTag } from '../../server/domain/kit/print.ts'
import { type KitFacts, type KitOwner, valuesFor } from '../../server/domain/kit/values.ts'
import { HARD_NAME, hardKit } from '../support/kit-facts.ts'

const OG: KitOwner = { scope: 'og', id: 'og-1', name: 'OG' }
const tags: ReadTag[] = [
  { name: 'date.edition', role: 'value' },
  { name: 'og.representant', role: 'value' },
  { name: 'appel.region', role: 'value' },
  { name: 'etablissements', role: 'opens' },
  { name: 'esms.rang', role: 'value' },
  { name: 'esms.nom', role: 'value' },
  { name: 'esms.capacite', role: 'value' },
  { name: 'etablissements', role: 'closes' },
  { name: 'si.acquisition', role: 'opens' },
  { name: 'porteur.nom', role: 'value' },
  { name: 'si.acquisition', role: 'closes' },
]
const told = (facts: KitFacts) => keptFacts(factsIn(tags, valuesFor(facts, OG)))
const now = (facts: KitFacts) => allFacts(valuesFor(facts, OG))
const words = (before: KitFacts, after: KitFacts) =>
  changesSince(told(before), now(after)).map(change => changeWords(change).replace(/\u00a0/g, ' '))

const facts = hardKit()
const withOg = (change: Partial<KitFacts['ogs'][number]>): KitFacts => ({
  ...facts,
  ogs: facts.ogs.map(og => (og.id === 'og-1' ? { ...og, ...change } : og)),
})
const ownEsms = facts.esms.find(({ ogId }) => ogId === 'og-1')
if (ownEsms === undefined) throw new Error('no ESMS')
const withEsms = (change: Partial<typeof ownEsms>): KitFacts => ({
  ...facts,
  esms: facts.esms.map(esms => (esms.id === ownEsms.id ? { ...esms, ...change } : esms)),
})

describe('a document that came back', () => {
  it('is as good as new when nothing of it has changed, whatever the day', () => {
    expect(words(facts, { ...facts, today: '2027-01-15' })).toEqual([])
    expect(isSameTelling(told(facts), told({ ...facts, today: '2027-01-15' }))).toBe(true)
  })

  it('tells a fact that has changed by name and by difference', () => {
    const before = withOg({ representative: 'Ève Martin' })
    expect(words(before, withOg({ representative: 'Paul Durand' }))).toEqual([
      'son représentant légal : « Ève Martin », aujourd’hui « Paul Durand »',
    ])
    expect(words(before, withOg({ representative: null }))).toEqual([
      'son représentant légal : « Ève Martin », aujourd’hui non indiqué',
    ])
  })

  it('says nothing of what it does not print', () => {
    expect(words(facts, withOg({ seatAddress: 'Ailleurs' }))).toEqual([])
    // Left out by its condition: this OG asks for no acquisition.
    const carrier = facts.ogs.map(og => (og.id === 'og-0' ? { ...og, name: 'Autre porteur' } : og))
    expect(words(facts, { ...facts, ogs: carrier })).toEqual([])
  })

  it('says nothing of what was to be written by hand', () => {
    expect(words(withOg({ representative: null }), withOg({ representative: 'Paul Durand' }))).toEqual([])
  })

  it('tells whose fact it is, in a list', () => {
    expect(words(facts, withEsms({ capacite: 90 }))).toEqual([
      `son nombre de places (${ownEsms.name.replace(/\u00a0/g, ' ')}) : « 84 », aujourd’hui « 90 »`,
    ])
  })

  it('tells who left the list, and who joined it', () => {
    const joined = { ...ownEsms, id: 'new', finess: '990000999', name: 'SAAD neuf' }
    expect(words(facts, { ...facts, esms: [...facts.esms, joined] })).toEqual([
      '« SAAD neuf » n’y est pas nommé',
    ])
    const left = { ...facts, esms: facts.esms.filter(({ id }) => id !== ownEsms.id) }
    const [sentence] = words({ ...left, esms: [...left.esms, joined] }, left)
    expect(sentence).toBe('« SAAD neuf » y est nommé et n’en fait plus partie')
  })

  it('knows a member again that got its number since, and one that was renamed', () => {
    expect(words(withEsms({ finess: null }), facts)).toEqual([])
    const [renamed] = words(withEsms({ name: 'Ancien' }), withEsms({ name: 'Nouveau' }))
    expect(renamed).toContain('« Ancien », aujourd’hui « Nouveau »')
  })

  it('was taken from the last set handed out before it', () => {
    const set = (firstAt: string) => ({ facts: told(facts), firstAt })
    const sets = [set('2026-06-03T10:00:00.000Z'), set('2026-06-01T10:00:00.000Z')]
    expect(handedOutBefore(sets, '2026-06-02T10:00:00.000Z')?.firstAt).toBe('2026-06-01T10:00:00.000Z')
    expect(handedOutBefore(sets, '2026-06-04T10:00:00.000Z')?.firstAt).toBe('2026-06-03T10:00:00.000Z')
    expect(handedOutBefore(sets, '2026-05-31T10:00:00.000Z')).toBeNull()
  })

  it('says nothing of a list that nobody had written then, and tells one that was', () => {
    const roles: ReadTag[] = [
      { name: 'roles', role: 'opens' },
      { name: 'role.titre', role: 'value' },
      { name: 'role.personne', role: 'value' },
      { name: 'roles', role: 'closes' },
    ]
    const place = { kind: 'nobody' as const }
    const none = { roles: [{ 'role.titre': { missing: 'rôles', of: null, place }, 'role.personne': '' }] }
    const one = { roles: [{ 'role.titre': 'Chef de projet SI', 'role.personne': 'Ève Martin' }] }
    const other = { roles: [{ 'role.titre': 'Chef de projet SI', 'role.personne': 'Paul Durand' }] }
    expect(changesSince(factsIn(roles, none), allFacts(one))).toEqual([])
    const [change] = changesSince(factsIn(roles, one), allFacts(other))
    expect(change && changeWords(change).replace(/\u00a0/g, ' ')).toBe(
      'nom de la personne (Chef de projet SI) : « Ève Martin », aujourd’hui « Paul Durand »',
    )
  })

  it('of 49 hard names is compared with itself, and with nothing else', () => {
    const owner: KitOwner = { scope: 'og', id: 'og-0', name: HARD_NAME }
    const values = valuesFor(facts, owner)
    expect(changesSince(factsIn(tags, values), allFacts(values))).toEqual([])
  })
})
