import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Answer, FieldKind, GivenAnswer } from '../../server/domain/forms/answer.ts'
import {
  answeredLines,
  answerWords,
  changedSince,
  readAnswer,
  sumOf,
  typedOf,
  unanswered,
} from '../../server/domain/forms/answers.ts'
import {
  type Column,
  type FormModel,
  fieldsOf,
  formOf,
  type ModelItem,
} from '../../server/domain/forms/form.ts'
import { FORM_MODELS, formModelOf } from '../../server/domain/forms/models.ts'
import type { KitValues } from '../../server/domain/kit/values.ts'
import { unzip } from '../support/unzip.ts'

const model = (code: FormModel['code']): FormModel => {
  const found = formModelOf(code)
  if (found === null) throw new Error(`no form ${code}`)
  return found
}

/** What a person reads of a Word model, in order: boxes apart, dots and the tags of lists left out. */
async function wordsOfDocument(code: string): Promise<string[]> {
  const bytes = await readFile(new URL(`../../templates/documents/${code}.docx`, import.meta.url))
  const xml = (await unzip(bytes)).get('word/document.xml')?.toString('utf8') ?? ''
  const paragraphs = [...xml.matchAll(/<w:p[ >].*?<\/w:p>/gs)].map(([paragraph]) => ({
    style: /w:pStyle w:val="([^"]+)"/.exec(paragraph)?.[1],
    text: [...paragraph.matchAll(/<w:t[^>]*>([^<]*)<\/w:t>/g)].map(([, text]) => text).join(''),
  }))
  // The title, then how to fill in the document: on screen one fills in otherwise.
  return tokens(paragraphs.slice(2).map(({ text }) => text))
}

const tokens = (texts: readonly string[]) =>
  texts
    .flatMap(text => text.split('☐'))
    .map(text =>
      text
        .replaceAll('&amp;', '&')
        .replace(/\{[#/](etablissements|declarations)\}/g, '')
        .replace(/[\s\u00a0\u202f]+/g, ' ')
        .replace(/ ?…[…,. ]*/g, match => (match.includes(',') ? ', ' : ''))
        .replace(/ :? *$/, '')
        .trim(),
    )
    .filter(text => text !== '' && text !== '100 %')

function wordsOfModel({ parts, signature }: FormModel): string[] {
  return tokens([
    ...parts.flatMap(({ title, when, note, heads, items }) => [
      when === undefined ? '' : `{#${when}}`,
      title ?? '',
      note ?? '',
      ...(heads ?? []),
      ...items.flatMap(wordsOfItem),
      when === undefined ? '' : `{/${when}}`,
    ]),
    ...signature,
  ])
}

const optionsOf = ({ kind }: { kind: FieldKind }) => (kind.type === 'choice' ? kind.options : [])

function wordsOfItem(item: ModelItem): readonly string[] {
  switch (item.kind) {
    case 'known':
      return [item.words, item.value]
    case 'question':
      return item.fields.some(({ tag }) => tag !== undefined)
        ? item.fields.map(({ tag }) => `{${tag}}`)
        : [item.words, ...item.fields.flatMap(optionsOf)]
    case 'table':
      return [
        ...item.columns.map(({ words }) => words),
        ...item.columns.map((column: Column) => ('value' in column ? column.value : '')),
      ]
    case 'sums':
      return [...(item.heads ?? []), ...item.sums.flatMap(({ words, known = '' }) => [words, known])]
    case 'note':
      return item.when === undefined ? [item.words] : [`{#${item.when}}`, item.words, `{/${item.when}}`]
  }
}

describe.each(FORM_MODELS.map(each => each.code))('the form %s', code => {
  it('asks what the Word model of the same name asks, in the same order and the same words', async () => {
    expect(wordsOfModel(model(code))).toEqual(await wordsOfDocument(code))
  })

  it('gives each answer an id of its own, and says that it is not official', () => {
    const conditions = model(code).parts.flatMap(({ when }) => when ?? [])
    const values = { ...Object.fromEntries(conditions.map(name => [name, true])), etablissements: [{}, {}] }
    const form = formOf(model(code), { values, lineIds: { etablissements: ['a', 'b'] }, answered: new Set() })
    const ids = fieldsOf(form).map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBeGreaterThanOrEqual(5)
    expect(form.introduction).toContain('ce n’est pas un formulaire officiel')
  })
})

const given = (answer: Answer | null, revision = 1): GivenAnswer => ({
  answer,
  revision,
  by: 'EHPAD Les Lilas',
  at: '2026-06-01T10:00:00.000Z',
})
const text = (words: string): Answer => ({ type: 'text', text: words })

describe('a form', () => {
  const values: KitValues = {
    'esms.nom': 'EHPAD <b>& Cie',
    'esms.commune': { missing: 'commune', of: null, place: { kind: 'esms', id: 'x' } },
    'si.acquisition': true,
    'si.conformite': false,
  }
  const filling = { values, lineIds: {}, answered: new Set<string>() }

  it('holds what is known, shows what is not, and leaves out what concerns another kind of project', () => {
    const form = formOf(model('etat-des-lieux'), filling)
    const known = form.parts[0]?.items.flatMap(item => (item.kind === 'known' ? [item.value] : [])) ?? []
    expect(known[0]?.text).toBe('EHPAD <b>& Cie')
    expect(known.find(({ missing }) => missing.length > 0)?.text).toBe('[à compléter\u00a0: commune]')
    const titles = form.parts.map(({ title }) => title)
    expect(titles).toContain('Pour une acquisition')
    expect(titles).not.toContain('Pour une mise en conformité')
  })

  it('shows lines as they are needed, to a limit', () => {
    const linesWith = (answered: string[]) => {
      const form = formOf(model('etat-des-lieux'), { ...filling, answered: new Set(answered) })
      return fieldsOf(form).filter(({ id }) => id.startsWith('prerequis.') && id.endsWith('.a-faire')).length
    }
    expect(linesWith([])).toBe(5)
    expect(linesWith(['prerequis.5.par-qui'])).toBe(7)
    expect(linesWith(['prerequis.99.par-qui'])).toBe(30)
    expect(linesWith(['prerequis.999.par-qui', 'autre.12.x'])).toBe(5)
  })

  it('adds up the lines of a table, and misses what is asked, not every free line', () => {
    const form = formOf(model('repartition-activites'), filling)
    const sums = form.parts.flatMap(({ items }) =>
      items.flatMap(item => (item.kind === 'sums' ? item.sums : [])),
    )
    const total = sums.find(({ words }) => words === 'Total')
    if (total === undefined) throw new Error('no total')
    expect(sumOf(total, new Map())).toBeNull()
    const answers = new Map([
      ['essentielles.1.heures', given({ type: 'figure', value: 10_050 })],
      ['confort.2.heures', given({ type: 'figure', value: 950 })],
      ['confort.3.heures', given({ type: 'unknown' })],
    ])
    expect(sumOf(total, answers)).toBe(11_000)
    const missed = (with_: Map<string, GivenAnswer>) => unanswered(form, with_).map(({ id }) => id)
    expect(missed(new Map())).toEqual(['annee', 'essentielles.1.activite', 'confort.1.activite', 'comptage'])
    expect(missed(answers)).toEqual(['annee', 'comptage'])
  })

  it('says what changed since a deposit, what was taken back included', () => {
    const form = formOf(model('repartition-activites'), filling)
    const before = answeredLines(form, new Map([['annee', given(text('2025'))]]))
    expect(changedSince(before, answeredLines(form, new Map([['annee', given(text('2025'), 9)]])))).toBe(0)
    expect(changedSince(before, answeredLines(form, new Map([['annee', given(null, 2)]])))).toBe(1)
    const other = new Map([
      ['annee', given(text('2026'))],
      ['comptage', given(text('au relevé'))],
    ])
    expect(changedSince(before, answeredLines(form, other))).toBe(2)
  })
})

const EUROS: FieldKind = { type: 'euros' }
const HOURS: FieldKind = { type: 'hours', unit: 'heures par mois' }
const COUNT: FieldKind = { type: 'number', unit: 'postes' }
const figure = (kind: FieldKind, typed: string) => {
  const read = readAnswer(kind, [typed])
  return read.ok ? read.answer : read.message
}

describe('what is typed', () => {
  it.each<[FieldKind, string, number]>([
    [EUROS, '1 234,5', 123_450],
    [EUROS, '1\u202f234,56\u00a0€', 123_456],
    [EUROS, '0', 0],
    [HOURS, '12.5', 1250],
    [HOURS, '7 h', 700],
    [COUNT, '12', 12],
  ])('%j takes « %s »', (kind, typed, value) => {
    expect(figure(kind, typed)).toEqual({ type: 'figure', value })
  })

  it.each<[FieldKind, string, string]>([
    [EUROS, 'beaucoup', 'Ce n’est pas un nombre'],
    [EUROS, '-3', 'à partir de zéro'],
    [EUROS, '\u22123', 'à partir de zéro'],
    [EUROS, '1,2,3', 'plusieurs virgules'],
    [EUROS, '1.234,56', 'plusieurs virgules'],
    [EUROS, '1,234', 'deux chiffres au plus'],
    [COUNT, '1,5', 'nombre entier'],
    [COUNT, '1000001', 'trop grand'],
    [EUROS, '9'.repeat(400), 'trop grand'],
    [COUNT, '1e3', 'Ce n’est pas un nombre'],
    [COUNT, ',', 'Ce n’est pas un nombre'],
    [{ type: 'text' }, 'é'.repeat(201), '200 caractères au plus, elle en a 201'],
    [{ type: 'text', long: true }, 'a'.repeat(20_000), '4000 caractères au plus, elle en a 20000'],
    [{ type: 'choice', options: ['oui', 'non'] }, 'peut-être', 'de la liste'],
  ])('%j refuses « %.20s »', (kind, typed, words) => {
    expect(figure(kind, typed)).toContain(words)
  })

  it('takes nothing for nothing, and « ne sait pas » for an answer of every kind', () => {
    for (const kind of [EUROS, HOURS, COUNT, { type: 'text' } as const]) {
      expect(figure(kind, '  ')).toBeNull()
      expect(figure(kind, 'Ne sait pas ')).toEqual({ type: 'unknown' })
    }
    const choice: FieldKind = { type: 'choice', options: ['papier', 'logiciel'], several: true }
    expect(readAnswer(choice, ['logiciel', 'papier'])).toEqual({
      ok: true,
      answer: { type: 'choice', chosen: ['papier', 'logiciel'] },
    })
    expect(readAnswer(choice, ['papier', 'ne sait pas'])).toMatchObject({ ok: false })
    expect(readAnswer({ type: 'choice', options: ['oui', 'non'] }, ['oui', 'non'])).toMatchObject({
      ok: false,
    })
  })

  it('is the same when it is read again from what is shown', () => {
    fc.assert(
      fc.property(fc.constantFrom(EUROS, HOURS), fc.nat(100_000_000), (kind, value) => {
        const [typed = ''] = typedOf(kind, { type: 'figure', value })
        expect(figure(kind, typed)).toEqual({ type: 'figure', value })
      }),
    )
    expect(answerWords(EUROS, { type: 'figure', value: 5 }).replace(/\s/g, ' ')).toBe('0,05 €')
    expect(answerWords(COUNT, null)).toBe('sans réponse')
  })
})
