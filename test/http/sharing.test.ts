/** The clé de répartition: its page, its form against the API, two people at once, a departure. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { answersIn, textOf } from '../support/page-text.ts'
import { unzip } from '../support/unzip.ts'

interface Answer {
  revision: number
  key: { costs: object[]; measures: object } | null
  rule: string[]
  result: {
    gaps: { sentence: string; place: string; esms: string | null }[]
    parts: { id: string; name: string; costs: number; subsidy: number | null }[]
    totals: { shared: number } | null
    notes: string[]
  } | null
  without: Answer['result']
}

let test: TestApp
let api: ApiClient
let porteur: PageClient
let grappe: TestGrappe
const at = () => ({ grappe: grappe.grappeId })
const page = () => urlTo('sharing', at())
const route = () => fill(API_PATHS.sharing, at())
const read = async () => (await api.call<Answer>('GET', route())).body

beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  porteur = await signInPorteur(test)
})
afterAll(() => test.close())

/** A grappe of three ESMS, two of one OG and one of another. */
async function freshGrappe() {
  grappe = await createTestGrappe(api, 2)
  const og = await api.call<{ id: string }>('POST', fill(API_PATHS.ogs, at()), {
    name: 'Association Seconde',
  })
  await api.call('POST', fill(API_PATHS.allEsms, at()), {
    name: 'SAAD du Val',
    ogId: og.body.id,
    domaine: 'DOM',
    projet: 'acquisition',
  })
  return og.body.id
}

/** The form that keeps the key, with these answers instead of its own. */
async function keep(changes: Record<string, string>, url = page()) {
  const shown = await porteur.get(url)
  const form = answersIn({ html: withForm(shown.html, 'costs.0.label') }, page())
  return await porteur.submit(page(), [
    ...form.filter(([name]) => !(name in changes)),
    ...Object.entries(changes),
  ])
}

/** The form that has this field alone, marked as `answersIn` looks for it: several are sent to the same address. */
const withForm = (html: string, field: string) =>
  `<form class="call-form"${html.split('<form').find(each => each.includes(`name="${field}"`)) ?? ''}`

const COST = { 'costs.0.label': 'Licences', 'costs.0.cents': '1 000,01', 'costs.0.kind': 'logiciel' }
const KEY = {
  costs: [{ label: 'Licences', kind: 'logiciel', cents: 100_001, projet: null }],
  between: 'og',
  rule: {
    kind: 'parts',
    parts: [
      { measure: 'egale', points: 4000 },
      { measure: 'esms', points: 6000 },
    ],
    capCents: null,
    called: null,
  },
  outside: null,
  subsidy: null,
  measures: {},
  source: 'Convention du 3 mars 2027',
}

describe('the form of a key', () => {
  it('keeps the same as the API, writes the rule out, and shares to the cent', async () => {
    await freshGrappe()
    const saved = await keep({
      ...COST,
      'parts.egale': '40',
      'parts.esms': '60 %',
      source: 'Convention du 3 mars 2027',
    })
    expect(saved.status).toBe(303)
    const text = textOf(await porteur.follow(saved))
    expect(text).toContain('Clé de répartition enregistrée.')
    expect(text).toContain(
      'Les coûts communs, 1 000,01 € TTC, sont répartis entre les organismes gestionnaires : ' +
        '40 % à parts égales et 60 % selon le nombre d’ESMS.',
    )
    const answered = await read()
    expect(answered.key).toEqual(KEY)
    expect(answered.result?.parts.map(({ costs }) => costs)).toEqual([60_001, 40_000])
    expect(text).toContain('600,01 €')

    const put = await api.call<Answer>('PUT', route(), { seen: answered.revision, key: KEY })
    expect([put.status, put.body.key, put.body.revision]).toEqual([200, KEY, answered.revision + 1])
    const journal = textOf(await porteur.get(urlTo('journal', at())))
    expect(journal).toContain('Clé de répartition : Les coûts communs, 1 000,01 € TTC')
  })

  it('sent as it is shown changes nothing', async () => {
    const before = await read()
    expect((await keep({})).status).toBe(303)
    expect((await read()).key).toEqual(before.key)
  })

  it('says what is wrong beside each field, keeps what was typed, and stores nothing', async () => {
    const before = await read()
    const refused = await keep({ 'costs.0.cents': 'beaucoup', 'parts.egale': '50' })
    expect(refused.status).toBe(422)
    const text = textOf(refused)
    expect(text).toContain('Écrivez un montant en euros, comme 1 234,56.')
    expect(text).toContain('Les parts doivent faire 100 % : elles font 110 %.')
    expect(refused.html).toContain('href="#costs.0.cents"')
    expect(refused.html).toContain('value="beaucoup"')
    expect(await read()).toEqual(before)
  })

  it('never replaces in silence what somebody else wrote meanwhile', async () => {
    const { revision } = await read()
    const other = { ...KEY, source: 'Écrit par l’autre' }
    const shown = await porteur.get(page())
    const mine = answersIn({ html: withForm(shown.html, 'costs.0.label') }, page())
    expect((await api.call('PUT', route(), { seen: revision, key: other })).status).toBe(200)
    const stale = await api.call<{ detail: string }>('PUT', route(), { seen: revision, key: KEY })
    expect([stale.status, stale.body.detail]).toEqual([409, expect.stringContaining('clé de répartition')])
    const refused = await porteur.submit(page(), mine)
    expect(refused.status).toBe(422)
    expect(textOf(refused)).toContain('ont changé depuis : la clé de répartition')
    expect(textOf(refused)).toContain('D’après : Écrit par l’autre')
    const again = answersIn({ html: withForm(refused.html, 'costs.0.label') }, page())
    expect((await porteur.submit(page(), again)).status).toBe(303)
    expect((await read()).key).toEqual(KEY)
  })

  it('is taken out, and told in the journal', async () => {
    const { revision } = await read()
    const shown = await porteur.get(page())
    expect(shown.html).toContain('Retirer la clé')
    const taken = await porteur.submit(page(), { seen: String(revision), acte: 'retirer' })
    expect(taken.status).toBe(303)
    expect(await read()).toMatchObject({ revision: revision + 1, key: null, result: null })
    expect(textOf(await porteur.get(urlTo('journal', at())))).toContain('Clé de répartition retirée.')
  })
})

describe('a measure that nobody knows', () => {
  it('is told with the place where it is filled, and nothing is computed before', async () => {
    await freshGrappe()
    const saved = await keep({ ...COST, 'parts.egale': '50', 'parts.places': '25', 'parts.bulletins': '25' })
    expect(saved.status).toBe(303)
    const text = textOf(await porteur.get(page()))
    expect(text).toContain('Aucune part n’est calculée tant que ceci n’est pas connu.')
    expect(text).toContain('SAAD du Val : nombre de bulletins de paie inconnu')
    const { result } = await read()
    expect(result?.parts).toEqual([])
    const places = result?.gaps.filter(({ place }) => place === 'esms') ?? []
    expect(places.length).toBe(3)
    expect((await porteur.get(page())).html).toContain(
      urlTo('editEsms', { ...at(), esms: places[0]?.esms ?? '' }),
    )
  })

  it('is typed for each ESMS; blank is unknown and zero is zero', async () => {
    await keep({ 'parts.egale': '50', 'parts.places': '', 'parts.bulletins': '50' })
    const shown = await porteur.get(page())
    const form = answersIn({ html: withForm(shown.html, 'acte" value="mesures') }, page())
    const fields = form.filter(([name]) => name.startsWith('measures.')).map(([name]) => name)
    expect(fields.length).toBe(3)
    const others = form.filter(([name]) => !name.startsWith('measures.'))
    const wrong = await porteur.submit(page(), [...others, [fields[0] ?? '', 'douze']])
    expect([wrong.status, textOf(wrong).includes('Écrivez un nombre entier à partir de 0.')]).toEqual([
      422,
      true,
    ])
    expect(wrong.html).toContain('value="douze"')
    const values = ['0', '30', '10']
    const typed = fields.map((name, rank): [string, string] => [name, values[rank] ?? ''])
    expect((await porteur.submit(page(), [...others, ...typed])).status).toBe(303)
    const { result } = await read()
    expect(result?.gaps).toEqual([])
    expect(result?.parts.reduce((sum, { costs }) => sum + costs, 0)).toBe(100_001)
  })

  it('of a stranger is refused', async () => {
    const { revision, key } = await read()
    const measures = { ...key?.measures, '11111111-1111-4111-8111-111111111111': { heures: 3 } }
    const refused = await api.call<{ fields: object }>('PUT', route(), {
      seen: revision,
      key: { ...key, measures },
    })
    expect([refused.status, Object.values(refused.body.fields)]).toEqual([
      422,
      ['Cet ESMS n’est pas dans la grappe.'],
    ])
  })
})

describe('the known keys', () => {
  it.each([
    ['gecac', 'La source ne donne pas la proportion des deux parts'],
    ['gcsms-isi', 'La source ne donne pas le tarif'],
    ['gic-65', '25 € l’heure'],
  ])('%s fills the form, says what its source does not give, and stores nothing', async (code, told) => {
    await freshGrappe()
    const shown = await porteur.get(`${page()}?modele=${code}`)
    expect(textOf(shown)).toContain(told)
    expect(textOf(shown)).toContain('Rien n’est enregistré encore.')
    expect((await read()).key).toBeNull()
    const rate = code === 'gic-65' ? {} : { 'rate.cents': '' }
    const parts: Record<string, string> =
      code === 'gecac' ? { 'parts.egale': '30', 'parts.bulletins': '70' } : {}
    const saved = await keep({ ...COST, ...rate, ...parts }, `${page()}?modele=${code}`)
    expect(saved.status).toBe(303)
    expect((await read()).key).toMatchObject({
      source: expect.stringContaining('cité par les documents du programme'),
    })
  })
})

describe('a departure', () => {
  it('tells each its part before and after, and a cap that then leaves nobody says by how much', async () => {
    const secondOg = await freshGrappe()
    await keep({ ...COST, 'parts.egale': '100', capCents: '600' })
    const tried = await porteur.get(`${page()}?sans=${secondOg}`)
    expect(textOf(tried)).toContain('Sans Association Seconde, la clé ne s’applique plus')
    expect(textOf(tried)).toContain('Avec un plafond de 600,00 €, 400,01 € ne sont portés par personne.')
    await keep({ capCents: '' })
    const after = textOf(await porteur.get(`${page()}?sans=${secondOg}`))
    expect(after).toContain('parti')
    expect(after).toContain('+500,00 €')
    const answered = await api.call<Answer>('GET', `${route()}?sans=${secondOg}`)
    expect(answered.body.without?.parts.map(({ costs }) => costs)).toEqual([100_001])
  })
})

describe('the table of amounts of an OG', () => {
  const textIn = async (bytes: Buffer) =>
    ((await unzip(bytes)).get('word/document.xml')?.toString('utf8') ?? '')
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
  const model = 'tableau-montants'

  it('takes its part and the rule; its own link is told nothing of the others’ parts', async () => {
    const secondOg = await freshGrappe()
    const document = async (owner: string) => {
      const { raw } = await api.call('GET', fill(API_PATHS.kitDocument, { ...at(), owner, model }))
      return await textIn(raw)
    }
    expect(await document(secondOg)).not.toContain('Coûts communs de la grappe')
    await keep({ ...COST, between: 'esms', 'parts.esms': '100' })
    const told = await document(secondOg)
    expect(told).toContain('Part de Association Seconde : 333,33 € TTC')
    expect(told).toContain('SAAD du Val : 333,33 € TTC')
    expect(told).toContain('sont répartis entre les ESMS : selon le nombre d’ESMS.')
    expect(await document(grappe.ogId)).toContain('666,68 € TTC')

    const invited = await api.call<{ address: string }[]>('POST', fill(API_PATHS.invitations, at()), {
      og: secondOg,
    })
    const link = test.bearer(invited.body[0]?.address.split('/').at(-1) ?? '')
    const own = await link.call('GET', fill(API_PATHS.memberDocument, { owner: secondOg, model }))
    const text = await textIn(own.raw)
    expect(text).toContain('Part de Association Seconde : 333,33 € TTC')
    expect(text).not.toContain('666,68')
    const other = await link.call('GET', fill(API_PATHS.memberDocument, { owner: grappe.ogId, model }))
    expect(other.status).toBe(404)
  })

  it('shows a part that cannot be computed as missing, with the page that mends it', async () => {
    await keep({ 'parts.esms': '50', 'parts.heures': '50' })
    const shown = await porteur.get(urlTo('documents', at()))
    expect(textOf(shown)).toContain('Répartition des coûts communs : part des coûts communs')
    expect(shown.html).toContain(`href="${page()}"`)
  })
})

it('an archived grappe keeps its key as it is', async () => {
  const { revision } = await read()
  await porteur.get(urlTo('grappeSettings', at()))
  await porteur.submit(urlTo('archiveGrappe', at()), { archiver: 'oui' })
  const refused = await api.call<{ title: string }>('PUT', route(), { seen: revision, key: KEY })
  expect([refused.status, refused.body.title]).toEqual([409, expect.stringMatching(/archiv/i)])
  const shown = await porteur.get(page())
  expect(shown.html).not.toContain('Enregistrer la clé')
  expect(textOf(shown)).toContain('La règle')
})
