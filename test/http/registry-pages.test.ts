import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { registryAnswer, verdictAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

let test: TestApp
let administrator: string
let porteur: PageClient
beforeAll(async () => {
  test = await startApp()
  const link = await issueLink(test.context.db, test.context, { kind: 'administration', label: 'essai' })
  administrator = link.token
  porteur = await signInPorteur(test)
})
afterAll(() => test.close())

function registryForm(name: string, bytes: Buffer | string): FormData {
  const form = new FormData()
  form.set('registre', new File([new Uint8Array(Buffer.from(bytes as string))], name))
  return form
}

const importFile = async (name: string, bytes: Buffer | string) =>
  await openBrowser(test).upload(urlTo('registryImport', { token: administrator }), registryForm(name, bytes))

async function newGrappe(): Promise<{ grappe: string; og: string }> {
  const api = await test.porteur()
  const grappe = await api.call<{ id: string }>('POST', API_PATHS.grappes, {
    name: 'Registre',
    call: 'demonstration',
  })
  const at = { grappe: grappe.body.id }
  // The legal entity of the first establishment of the sample.
  const og = await api.call<{ id: string }>('POST', fill(API_PATHS.ogs, at), {
    name: 'Centre hospitalier de Fleyriat',
    finessEj: '010780054',
  })
  return { grappe: at.grappe, og: og.body.id }
}

describe('without a registry', () => {
  it('everything works and says « non vérifié »', async () => {
    const { grappe, og } = await newGrappe()
    expect((await porteur.get(urlTo('newEsms', { grappe }))).html).not.toContain('name="recherche"')
    const api = await test.porteur()
    await api.call('POST', fill(API_PATHS.allEsms, { grappe }), {
      name: 'EHPAD',
      ogId: og,
      finess: '970302287',
    })
    const members = textOf(await porteur.get(urlTo('members', { grappe })))
    expect(members).toContain('970302287 non vérifié')
    expect(members).toContain('Aucun registre FINESS n’est chargé')
  })
})

describe('a registry imported from the administration page', () => {
  it('refuses an error page saved as CSV, and changes nothing', async () => {
    const page = await importFile('etalab.csv', '<!doctype html><html><body>503</body></html>')
    expect(page.status).toBe(422)
    expect(textOf(page)).toContain('Le registre précédent est inchangé.')
    expect(textOf(page)).toContain('Aucun registre n’est chargé')
  })

  it('refuses as a whole a file that a spreadsheet saved again, with why and what to do', async () => {
    const page = await importFile('etalab.csv', await readFile('test/fixtures/finess/resaved-by-excel.csv'))
    expect(page.status).toBe(422)
    expect(textOf(page)).toContain('enregistré par un tableur, qui abîme les numéros')
    expect(textOf(page)).toContain('donnez-le sans l’ouvrir')
    expect(textOf(page)).toContain('Le registre précédent est inchangé.')
  })

  it('is refused to whoever does not hold the link', async () => {
    const form = registryForm('etalab.csv', 'finess;etalab;111;2026-05-12\n')
    const page = await openBrowser(test).upload(urlTo('registryImport', { token: 'x'.repeat(43) }), form)
    expect(page.status).toBe(404)
  })

  it('says what it took, and from when', async () => {
    const page = await importFile('etalab.csv', await readFile('test/fixtures/finess/sample-cs1100502.csv'))
    expect(page.status).toBe(200)
    expect(textOf(page)).toContain('Le registre FINESS du mardi 12 mai 2026 est importé : 5 établissements')
  })

  it('is searched by name and town while adding a member, and fills the form in', async () => {
    const { grappe, og } = await newGrappe()
    const found = await porteur.get(`${urlTo('newEsms', { grappe })}?recherche=fleyriat+viriat`)
    expect(textOf(found)).toContain('registre FINESS du mardi 12 mai 2026')
    const url = /<a href="([^"]+finess=010000024[^"]*)"/.exec(found.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const filled = (await porteur.get(url)).html
    expect(filled).toContain('value="010000024"')
    expect(filled).toContain('value="355"')
    expect(filled).toContain('value="CENTRE HOSPITALIER DE BOURG-EN-BRESSE FLEYRIAT"')
    expect(filled).toMatch(new RegExp(`<option value="${og}" selected`))
    expect(textOf(await porteur.get(`${urlTo('newEsms', { grappe })}?recherche=fleyriaat`))).toContain(
      's’en approche',
    )
  })

  it('tells a juridical number, and offers the establishments of that entity', async () => {
    const { grappe, og } = await newGrappe()
    const searched = textOf(await porteur.get(`${urlTo('newEsms', { grappe })}?recherche=970302022`))
    expect(searched).toContain('970302022 est un numéro juridique (EJ)')
    expect(searched).toContain('970302287')
    const form = { name: 'EHPAD', ogId: og, finess: '970302022' }
    await porteur.get(urlTo('newEsms', { grappe }))
    const refused = await porteur.submit(urlTo('newEsms', { grappe }), form)
    expect(refused.status).toBe(422)
    expect(textOf(refused)).toContain('Indiquez celui de l’établissement : 970302287')
  })

  it('judges the members with its own category and tells closed from open', async () => {
    const { grappe, og } = await newGrappe()
    const api = await test.porteur()
    await api.call('POST', fill(API_PATHS.allEsms, { grappe }), {
      name: 'EHPAD Lama',
      ogId: og,
      finess: '970302287',
    })
    const verdict = await api.call<z.infer<typeof verdictAnswer>>(
      'GET',
      fill(API_PATHS.eligibility, { grappe }),
    )
    const statusOf = (rule: string) =>
      verdict.body.criteria.find(criterion => criterion.rule === rule)?.status
    expect([statusOf('finess-geographique'), statusOf('categories')]).toEqual(['satisfait', 'satisfait'])
    expect(textOf(await porteur.get(urlTo('members', { grappe })))).toContain('970302287 ouvert au registre')
    const dated = 'Numéros comparés au registre FINESS du mardi 12 mai 2026.'
    for (const page of ['members', 'eligibility'] as const) {
      expect(textOf(await porteur.get(urlTo(page, { grappe })))).toContain(dated)
    }
  })

  it('is searched by programs too', async () => {
    const api = await test.porteur()
    const found = await api.call<z.infer<typeof registryAnswer>>('GET', `${API_PATHS.registry}?q=cayenne`)
    expect(found.body.hits.map(({ number }) => number)).toEqual(['970302287'])
    expect(found.body.registry).toEqual({ format: 'csv', dataOn: '2026-05-12' })
    expect((await test.bearer('').call('GET', `${API_PATHS.registry}?q=cayenne`)).status).toBe(401)
  })
})
