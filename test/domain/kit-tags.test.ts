import { describe, expect, it } from 'vitest'
import { nearestTags, tagFlaws } from '../../server/domain/kit/check-tags.ts'
import { flawWords } from '../../server/domain/kit/flaw-words.ts'
import type { ReadTag } from '../../server/domain/kit/print.ts'
import { TAGS } from '../../server/domain/kit/tags.ts'

/** `#a b /a` as tags of the body. */
const read = (text: string): ReadTag[] =>
  text.split(' ').map(word => {
    const role = word.startsWith('#') ? 'opens' : word.startsWith('/') ? 'closes' : 'value'
    return { name: role === 'value' ? word : word.slice(1), role }
  })
const kinds = (text: string, scope: 'grappe' | 'og' | 'esms' = 'og') =>
  tagFlaws([{ place: 'body', tags: read(text) }], scope).map(
    flaw => `${flaw.kind} ${'tag' in flaw ? flaw.tag : ''}`,
  )

describe('the tags of a model', () => {
  it.each([
    ['grappe.nom #etablissements og.nom esms.nom /etablissements', []],
    ['#si.acquisition #etablissements esms.nom /etablissements /si.acquisition', []],
    ['esms.nom', ['elsewhere esms.nom']],
    ['#etablissements', ['unclosed etablissements']],
    ['/etablissements', ['unopened etablissements']],
    ['#etablissements #si.domicile /etablissements /si.domicile', ['crossing etablissements']],
    ['etablissements', ['is-a-list etablissements']],
    ['#og.nom /og.nom', ['not-a-list og.nom']],
    ['#etablissements #etablissements /etablissements /etablissements', ['nested etablissements']],
    ['organismes', ['elsewhere organismes']],
    ['inconnue inconnue', ['unknown inconnue']],
  ])('%s: %j', (text, expected) => {
    expect(kinds(text)).toEqual(expected)
  })

  it('of the grappe hold the ESMS of each OG, and no list times another', () => {
    const own = '#organismes #etablissements esms.nom /etablissements /organismes'
    expect(kinds(own, 'grappe')).toEqual([])
    const times = '#regles #organismes #organismes /organismes /organismes /regles'
    expect(kinds(times, 'grappe')).toEqual(['nested organismes', 'nested organismes'])
  })

  it('are closed in the part where they were opened', () => {
    const parts = [
      { place: 'body' as const, tags: read('#etablissements') },
      { place: 'footer' as const, tags: read('/etablissements') },
    ]
    expect(tagFlaws(parts, 'og').map(({ kind }) => kind)).toEqual(['unclosed', 'unopened'])
  })

  it('beyond a thousand are too many', () => {
    const tags = Array.from({ length: 1001 }, (): ReadTag => ({ name: 'og.nom', role: 'value' }))
    const [flaw] = tagFlaws([{ place: 'body', tags }], 'og')
    expect(flaw && flawWords(flaw)).toContain('1001 balises')
  })

  it.each([
    ['og.nm', 'og.nom'],
    ['OG.Nom', 'og.nom'],
    ['representant', 'og.representant'],
    ['Grappe Nom', 'grappe.nom'],
    ['etablissement', '#etablissements'],
    ['esms_capacité', 'esms.capacite'],
  ])('nearest to %s: %s', (wrong, near) => {
    expect(nearestTags(wrong, 'og')).toContain(near)
  })

  it('that are far from all are near none', () => {
    expect(nearestTags('numero de téléphone du directeur', 'og')).toEqual([])
  })

  it('that exist are nearest to themselves', () => {
    for (const { name, kind } of TAGS.filter(({ scopes }) => scopes.includes('og')))
      expect(nearestTags(name, 'og')[0]).toBe(kind === 'fact' ? name : `#${name}`)
  })
})

it('a long word of a file is cut where it is quoted', () => {
  const flaw = { kind: 'unknown', tag: 'x'.repeat(5000), place: 'body', nearest: [] } as const
  expect(flawWords(flaw).length).toBeLessThan(250)
})
