import { describe, expect, it } from 'vitest'
import { MODELS } from '../../server/domain/kit/models.ts'
import { missingIn, printed, type ReadTag } from '../../server/domain/kit/print.ts'
import { TAGS } from '../../server/domain/kit/tags.ts'
import { type KitOwner, type KitValues, modelsFor, valuesFor } from '../../server/domain/kit/values.ts'
import { UNKNOWN_IDENTITY } from '../../server/domain/member-facts.ts'
import { readSiren, sirenWords } from '../../server/domain/siren.ts'
import { hardKit, kitFactsOf, ownersOf } from '../support/kit-facts.ts'

const facts = hardKit()
const grappe: KitOwner = { scope: 'grappe', id: null, name: 'Grappe' }
const og: KitOwner = { scope: 'og', id: 'og-1', name: 'OG' }
const esmsOf = (id: string): KitOwner => ({ scope: 'esms', id, name: 'ESMS' })
const lastEsms = esmsOf(facts.esms.at(-1)?.id ?? '')

describe('the values of a document', () => {
  it.each([grappe, og, lastEsms])('of $scope are those that the catalogue tells, no more', owner => {
    const told = (list: string | null) =>
      TAGS.filter(tag =>
        list === null ? tag.scopes.includes(owner.scope) : (tag.within ?? []).includes(list),
      ).map(({ name }) => name)
    const compare = (values: KitValues, list: string | null) => {
      expect(Object.keys(values).toSorted()).toEqual(told(list).toSorted())
      for (const [name, value] of Object.entries(values))
        if (Array.isArray(value)) for (const line of value as KitValues[]) compare(line, name)
    }
    compare(valuesFor(facts, owner), null)
  })

  it('of a member say nothing of another, and no contact of the carrier’s organisation', () => {
    const quiet = { ...facts, esms: facts.esms.map((esms, n) => ({ ...esms, name: `ESMS secret ${n}` })) }
    const own = { ...lastEsms, id: quiet.esms[0]?.id ?? '' }
    const text = JSON.stringify(valuesFor(quiet, own))
    expect(text).toContain('ESMS secret 0')
    expect(text).not.toContain('ESMS secret 1')
    const values = valuesFor(quiet, own)
    expect(Object.keys(values).filter(name => /^og\./.test(name))).toEqual(['og.nom', 'og.finess'])
    const ofOg = JSON.stringify(valuesFor(quiet, og))
    expect(ofOg).toContain('ESMS secret 49')
    expect(ofOg).not.toContain('ESMS secret 48')
  })

  it('tell of the shared costs what the key gives each, or that it is not known', () => {
    const of = (parts: ReadonlyMap<string, number> | null) =>
      valuesFor({ ...facts, sharing: { rule: 'À parts égales.', byEsms: false, parts } }, og)
    expect(of(new Map([['og-1', 123_456]]))).toMatchObject({
      'si.repartition': true,
      'si.partParEsms': false,
      'og.part': '1\u202f234,56\u00a0€',
      'repartition.regle': 'À parts égales.',
    })
    expect(of(null)['og.part']).toMatchObject({
      missing: 'part des coûts communs',
      place: { kind: 'sharing' },
    })
    expect(valuesFor({ ...facts, sharing: null }, og)['si.repartition']).toBe(false)
  })

  it('are French: long days, spaced numbers, words for what is asked', () => {
    expect(valuesFor(facts, og)).toMatchObject({
      'date.edition': 'dimanche 29 novembre 2026',
      'appel.cloture': 'jeudi 31 décembre 2026',
      'og.siren': '732\u00a0829\u00a0320',
      'og.nombreEsms': '1 ESMS',
      'si.acquisition': false,
      'si.conformite': true,
      'si.domicile': true,
      etablissements: [{ 'esms.rang': '1', 'esms.volet': 'mise en conformité', 'esms.capacite': '84' }],
    })
  })

  it('say what nobody has given, and where it is filled in', () => {
    const [first] = facts.ogs
    if (first === undefined) throw new Error('no OG')
    const empty = kitFactsOf(
      { ogs: [{ ...first, finessEj: null, ...UNKNOWN_IDENTITY }], esms: facts.esms },
      'G',
    )
    const values = valuesFor({ ...empty, closesOn: null, porteurOgId: null }, { ...og, id: 'og-0' })
    expect(values).toMatchObject({
      'og.adresse': { missing: 'adresse du siège', of: first.name, place: { kind: 'og', id: 'og-0' } },
      'appel.cloture': { missing: 'date limite de dépôt', place: { kind: 'call-values' } },
      'appel.region': { place: { kind: 'nobody' } },
      'porteur.nom': { missing: 'organisme qui porte la candidature', place: { kind: 'members' } },
    })
    expect(printed(values)['og.adresse']).toBe('[à compléter\u00a0: adresse du siège]')
  })
})

describe('amounts', () => {
  const money = {
    acquisitionEuros: 25_000,
    miseEnConformiteEuros: null,
    equipementEuros: null,
    provenance: { kind: 'source', reference: 'Appel, page 4', confidence: 'H' },
  } as const
  const told = { ...facts, call: { ...facts.call, money } }

  it('are the call’s for each member, and a total only where all are known', () => {
    expect(valuesFor(told, { ...og, id: 'og-0' })).toMatchObject({
      'og.montant': '1\u202f225\u202f000\u00a0€',
      'montant.acquisition': '25\u202f000\u00a0€',
      'montant.source': 'D’après\u00a0: Appel, page 4',
    })
    expect(valuesFor(told, og)).toMatchObject({
      'og.montant': { missing: 'total selon l’appel', place: { kind: 'call-values' } },
      etablissements: [{ 'esms.montant': { place: { kind: 'call-values' } } }],
    })
  })

  it('that the porteur reported say so', () => {
    const reported = [
      { path: 'money.acquisitionEuros', basis: 'courriel de l’ARS', on: '2026-11-01', before: null },
    ]
    const { 'montant.source': source } = valuesFor({ ...told, call: { ...told.call, reported } }, og)
    expect(source).toContain('courriel de l’ARS')
  })
})

describe('what a model lacks', () => {
  const value = (name: string): ReadTag => ({ name, role: 'value' })
  const block = (name: string, inside: ReadTag[]): ReadTag[] => [
    { name, role: 'opens' },
    ...inside,
    { name, role: 'closes' },
  ]
  const lacks = (missing: string) => ({ missing, of: null, place: { kind: 'nobody' as const } })
  const values: KitValues = {
    a: lacks('a'),
    non: false,
    oui: true,
    lignes: [{ b: lacks('b1') }, { b: 'su', a: 'su' }, { b: lacks('b1') }],
  }

  it('is what it prints as missing: each once, nothing of the parts that it leaves out', () => {
    const told = (tags: ReadTag[]) => missingIn(tags, values).map(({ missing }) => missing)
    expect(told([value('a'), value('a')])).toEqual(['a'])
    expect(told(block('non', [value('a')]))).toEqual([])
    expect(told(block('oui', block('oui', [value('a')])))).toEqual(['a'])
    expect(told(block('lignes', [value('b')]))).toEqual(['b1'])
    expect(told([...block('non', block('oui', [value('a')])), value('inconnu')])).toEqual([])
  })
})

describe('to whom a model goes', () => {
  const codesFor = (owner: KitOwner, known = facts) => modelsFor(known, owner).map(({ code }) => code)

  it('follows the call: nobody mandates itself, and each member has its own', () => {
    expect(codesFor({ ...og, id: 'og-0' })).not.toContain('mandat-porteur')
    expect(codesFor(og)).toContain('mandat-porteur')
    expect(codesFor(lastEsms)).toContain('etat-des-lieux')
    expect(codesFor(grappe)).toContain('lettre-engagement-porteur')
    expect(codesFor(grappe)).not.toContain('etat-des-lieux')
  })

  it('follows the model where no piece of the call awaits it', () => {
    const silent = { ...facts, call: { ...facts.call, pieces: [] } }
    expect(codesFor({ ...og, id: 'og-0' }, silent)).not.toContain('lettre-engagement-membre')
    expect(codesFor(og, silent)).toContain('lettre-engagement-membre')
  })

  it('leaves nobody without a document', () => {
    const bare = ownersOf(facts).filter(owner => modelsFor(facts, owner).length === 0)
    expect(bare.map(({ id }) => id)).toEqual([])
  })

  it('goes to home services alone where the call says nothing of it', () => {
    const silent = { ...facts, call: { ...facts.call, pieces: [] } }
    expect(codesFor(lastEsms, silent)).toContain('repartition-activites')
    expect(codesFor(esmsOf(facts.esms[0]?.id ?? ''), silent)).not.toContain('repartition-activites')
  })

  it('answers a piece of the shipped calls or of none, never twice', () => {
    const answered = MODELS.flatMap(({ pieces, scope }) => pieces.map(code => `${scope} ${code}`))
    expect(new Set(answered).size).toBe(answered.length)
  })
})

describe('a SIREN or a SIRET', () => {
  it.each([
    ['732 829 320', '732829320', '732\u00a0829\u00a0320'],
    ['73282932000074', '73282932000074', '732\u00a0829\u00a0320\u00a000074'],
    ['35600000000048', '35600000000048', '356\u00a0000\u00a0000\u00a000048'],
  ])('%s is read', (text, digits, words) => {
    expect(readSiren(text)).toBe(digits)
    expect(sirenWords(digits)).toBe(words)
  })

  it.each(['', '732829321', '7328293200', '73282932000075', 'SIREN'])('%s is none', text => {
    expect(readSiren(text)).toBeNull()
  })
})
