/** What a call leaves unknown is reported from the screens, marked as the porteur's, and taken back. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { finessRegistry, finessStructures } from '../../schema/registry-tables.ts'
import { esms, solutions } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { fictionalFiness as placed } from '../domain/facts.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { fieldsOf } from '../support/form-fields.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

interface Verdict {
  status: string
  criteria: { rule: string; status: string; origins: { names: string[]; origin: { kind: string } }[] }[]
}

const DECLARED = {
  'sans-fonds-europeens': true,
  'pas-deux-fois': true,
  'pas-deux-dui': true,
  'acquisition-non-contractee': true,
}

describe('what a call leaves unknown', () => {
  let test: TestApp
  let porteur: PageClient
  let api: Awaited<ReturnType<TestApp['porteur']>>
  beforeAll(async () => {
    test = await startApp()
    api = await test.porteur()
    porteur = await signInPorteur(test)
  })
  afterAll(() => test.close())

  /** Sends a form, then confirms what it would do when that is told first. */
  async function confirmed(url: string, fields: Record<string, string>) {
    const answer = await porteur.submit(url, fields)
    return answer.status === 200 ? await porteur.submit(url, fieldsOf(answer, url)) : answer
  }

  /** A grappe of which all is known and fine, but what its call does not say. */
  async function fineGrappe(call: string, size: number, departement: string) {
    const { db } = test.context
    const grappe = await api.call<{ id: string }>('POST', API_PATHS.grappes, {
      name: `Grappe ${call}`,
      call,
      archive: true,
    })
    const at = { grappe: grappe.body.id }
    const og = await api.call<{ id: string }>('POST', fill(API_PATHS.ogs, at), { name: 'Association' })
    for (let order = 1; order <= size; order++) {
      const finess = placed(departement, order)
      await api.call('POST', fill(API_PATHS.allEsms, at), {
        name: `IME n° ${order}`,
        finess,
        ogId: og.body.id,
        domaine: 'PH',
        projet: 'acquisition',
        categorie: '183',
      })
      await db.insert(finessStructures).values({ number: finess, kind: 'ET', open: true, words: '' })
    }
    const solution = { editeur: 'Éditeur', produit: 'Dossier' }
    await api.call('PUT', fill(API_PATHS.solution, at), solution)
    const segur = {
      status: 'referencee' as const,
      couloirs: ['MS1', 'MS2'],
      source: 'attestation de l’éditeur',
      readOn: '2026-05-01',
    }
    await db.update(solutions).set({ segur }).where(eq(solutions.grappeId, at.grappe))
    await db.update(esms).set({ declarations: DECLARED }).where(eq(esms.grappeId, at.grappe))
    return at
  }

  const verdictOf = async (at: { grappe: string }) =>
    (await api.call<Verdict>('GET', fill(API_PATHS.eligibility, at))).body

  it('is reported, and the grappe is eligible from the screens; each value tells where it comes from', async () => {
    const loaded = { id: 1, format: 'csv', dataOn: null, importedAt: new Date() } as const
    await test.context.db.insert(finessRegistry).values({ ...loaded, establishments: 15, legalEntities: 0 })
    const at = await fineGrappe('national-2024', 15, '31')
    const before = await verdictOf(at)
    expect(before.criteria.filter(({ status }) => status !== 'satisfait').map(({ rule }) => rule)).toEqual([
      'domaines',
      'fenetre',
    ])

    const page = await porteur.get(urlTo('callValues', at))
    expect(textOf(page)).toContain('Reportez ici ce que dit le texte publié par votre ARS.')
    const values = { path: 'rules.domaines.domaines' }
    const refused = await porteur.submit(urlTo('callValues', at), {
      ...values,
      'rules-domaines-domaines-value-PH': 'oui',
    })
    expect(refused.status).toBe(422)
    expect(textOf(refused)).toContain('Dites d’où vient cette valeur')
    // What was ticked is still ticked.
    expect(refused.html).toMatch(/id="rules-domaines-domaines-value-PH"[^>]* checked/)
    const reported = await confirmed(urlTo('callValues', at), {
      ...values,
      'rules-domaines-domaines-value-PH': 'oui',
      'rules-domaines-domaines-basis': 'AAP de l’ARS Occitanie, page 4',
    })
    expect(textOf(await porteur.follow(reported))).toContain('Valeur reportée : domaines admis')
    await porteur.get(urlTo('deadlines', at))
    const move = (piece: string, day: string, basis = 'AAP de l’ARS Occitanie, page 2') =>
      confirmed(urlTo('moveDeadline', at), {
        'date-piece': piece,
        'date-jour': day,
        'date-dapres': basis,
      })
    expect(textOf(await move('', '2026-12-31', ''))).toContain('Dites d’où vient cette date')
    expect((await move('@ouverture', '2026-01-05')).status).toBe(303)
    expect((await move('', '2026-12-31')).status).toBe(303)

    const after = await verdictOf(at)
    expect(after.status).toBe('eligible')
    expect(after.criteria.find(({ rule }) => rule === 'fenetre')?.origins).toMatchObject([
      { names: [], origin: { kind: 'reported', reference: 'AAP de l’ARS Occitanie, page 2' } },
    ])
    const verdict = textOf(await porteur.get(urlTo('eligibility', at)))
    expect(verdict).toContain('La grappe est éligible')
    expect(verdict).toMatch(/Reporté par le porteur le .+ 2026, d’après : AAP de l’ARS Occitanie, page 4\./)
    expect(verdict).toContain('attestation de l’éditeur, lu le vendredi 1er mai 2026')
    const journal = textOf(await porteur.get(urlTo('journal', at)))
    expect(journal).toContain(': PH (avant : non connu), d’après : AAP de l’ARS Occitanie, page 4.')

    await porteur.get(urlTo('callValues', at))
    const back = await porteur.submit(urlTo('takeValueBack', at), { path: values.path })
    expect(textOf(await porteur.follow(back))).toContain('Report retiré : domaines admis')
    await porteur.get(urlTo('deadlines', at))
    expect((await move('', '', '')).status).toBe(303)
    expect((await verdictOf(at)).criteria.filter(({ status }) => status !== 'satisfait')).toHaveLength(2)
  })

  it('closing moved by the porteur on a closed call is shown as the porteur’s, the opening as the call’s', async () => {
    const at = await fineGrappe('corse-2023', 8, '2A')
    await porteur.get(urlTo('deadlines', at))
    const moved = await confirmed(urlTo('moveDeadline', at), {
      'date-piece': '',
      'date-jour': '2026-12-15',
      'date-dapres': 'Courriel de l’ARS Corse',
    })
    expect(moved.status).toBe(303)
    const page = await porteur.get(urlTo('deadlines', at))
    expect(textOf(page)).toContain('Remettre le vendredi 15 septembre 2023')
    const verdict = textOf(await porteur.get(urlTo('eligibility', at)))
    expect(verdict).toMatch(/clôture : Reporté par le porteur le .+, d’après : Courriel de l’ARS Corse\./)
    expect(verdict).toContain('ouverture : Source : Diaporama')
    const { criteria } = await verdictOf(at)
    expect(criteria.find(({ rule }) => rule === 'fenetre')?.origins).toMatchObject([
      { names: ['ouverture'], origin: { kind: 'source' } },
      { names: ['clôture'], origin: { kind: 'reported' } },
    ])
  })

  it('is reported by a program too, and never what the call already says', async () => {
    const at = await fineGrappe('temps-1-2021', 1, '33')
    const put = (value: string, body: object) =>
      api.call<{ fields?: Record<string, string> }>('PUT', fill(API_PATHS.callValue, { ...at, value }), body)
    const basis = 'AAP, page 3'
    expect((await put('money.acquisitionEuros', { value: 1, basis })).status).toBe(404)
    const wrong = await put('rules.domaines.domaines', { value: ['XX'], basis })
    expect([wrong.status, wrong.body.fields?.value]).toEqual([
      422,
      expect.stringContaining('choisissez parmi'),
    ])
    expect((await put('rules.domaines.domaines', { value: ['PA'], basis })).status).toBe(200)
    const read = await api.call<{ values: { path: string; reported: boolean; before: unknown }[] }>(
      'GET',
      fill(API_PATHS.callValues, at),
    )
    expect(read.body.values).toContainEqual(
      expect.objectContaining({
        path: 'rules.domaines.domaines',
        reported: true,
        before: null,
        value: ['PA'],
      }),
    )
    const gone = { ...at, value: 'rules.domaines.domaines' }
    expect((await api.call('DELETE', fill(API_PATHS.callValue, gone))).status).toBe(200)
    expect((await api.call('DELETE', fill(API_PATHS.callValue, gone))).status).toBe(404)
    const day = await api.call('PUT', fill(API_PATHS.callDays, at), {
      piece: '',
      jour: '2026-12-31',
      dapres: basis,
    })
    expect(day.status).toBe(200)
  })
})
