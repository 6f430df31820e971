import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { urlTo } from '../../schema/urls.ts'
import { readGrappe } from '../../server/steps/read-grappe.ts'
import { answerField } from '../../templates/pages/porteur/eligibility.tsx'
import { startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

let test: TestApp
let porteur: PageClient
beforeAll(async () => {
  test = await startApp()
  porteur = await signInPorteur(test)
})
afterAll(() => test.close())

async function grappeOf(members: number) {
  const { grappeId, ogId, esmsIds } = await createTestGrappe(await test.porteur(), members)
  return { grappe: grappeId, og: ogId, esmsIds, url: urlTo('eligibility', { grappe: grappeId }) }
}

async function declarationsOf(grappe: string) {
  const record = await readGrappe(test.context.db, grappe)
  return new Map(record?.esms.map(({ id, declarations }) => [id, declarations]))
}

describe('the verdict', () => {
  it('is one sentence, then each criterion with its reason, its remedy, its source and who is concerned', async () => {
    const { grappe, esmsIds, url } = await grappeOf(14)
    const page = await porteur.get(url)
    const text = textOf(page)
    expect(text).toContain('La grappe n’est pas éligible en l’état : 1 critère n’est pas satisfait.')
    expect(text).toContain(
      'Nombre minimum d’ESMS : non satisfait La grappe compte 14 ESMS : il en manque 1 pour atteindre le minimum de 15. À faire : Ajoutez au moins 1 ESMS',
    )
    expect(text).toContain(
      'hypothèse Hypothèse, sans texte officiel trouvé : Appel fictif, pour la démonstration.',
    )
    expect(page.html).toContain('class="criterion non-satisfait"')
    expect(page.html).toContain(`href="${urlTo('editEsms', { grappe, esms: esmsIds[0] ?? '' })}"`)
    // What is to be mended comes first.
    expect(text.indexOf('non satisfait')).toBeLessThan(text.indexOf(': à vérifier'))
    expect(text).toContain('Appel fictif de démonstration fictif')
    expect(text).toContain('L’ARS seule décide.')
  })

  it('makes sense for a grappe without any member', async () => {
    await porteur.get(urlTo('newGrappe'))
    const created = await porteur.submit(urlTo('newGrappe'), { name: 'Vide', call: 'demonstration' })
    const grappe = created.location?.split('/')[3] ?? ''
    const page = await porteur.get(urlTo('eligibility', { grappe }))
    expect(page.status).toBe(200)
    expect(textOf(page)).toContain('Aucun seuil de nombre n’est atteint aujourd’hui')
    expect(page.html).not.toContain('id="et-si"')
  })
})

describe('what members declare', () => {
  it('is noted member by member, and an answer not sent stays', async () => {
    const { grappe, esmsIds, url } = await grappeOf(2)
    const [first = '', second = ''] = esmsIds
    await porteur.get(url)
    const saved = await porteur.submit(urlTo('declarations', { grappe }), {
      [answerField(first, 'pas-deux-fois')]: 'oui',
      [answerField(second, 'pas-deux-fois')]: 'non',
    })
    expect(textOf(await porteur.follow(saved))).toContain('2 réponses enregistrées.')
    await porteur.submit(urlTo('declarations', { grappe }), { [answerField(first, 'pas-deux-dui')]: 'oui' })
    expect(await declarationsOf(grappe)).toEqual(
      new Map([
        [first, { 'pas-deux-fois': true, 'pas-deux-dui': true }],
        [second, { 'pas-deux-fois': false }],
      ]),
    )
    const text = textOf(await porteur.get(url))
    expect(text).toContain('Pas de double financement d’un logiciel : non satisfait')

    const same = await porteur.submit(urlTo('declarations', { grappe }), {
      [answerField(first, 'pas-deux-fois')]: 'oui',
    })
    expect(textOf(await porteur.follow(same))).toContain('Aucune réponse n’a changé.')
    await porteur.submit(urlTo('declarations', { grappe }), { [answerField(first, 'pas-deux-fois')]: '' })
    expect((await declarationsOf(grappe)).get(first)).toEqual({ 'pas-deux-dui': true })
  })

  it('is yes in one click for those without an answer, and never over a no', async () => {
    const { grappe, esmsIds, url } = await grappeOf(2)
    const [first = '', second = ''] = esmsIds
    await porteur.get(url)
    await porteur.submit(urlTo('declarations', { grappe }), {
      [answerField(first, 'sans-fonds-europeens')]: '',
      [answerField(second, 'sans-fonds-europeens')]: 'non',
      oui: 'sans-fonds-europeens',
    })
    expect([...(await declarationsOf(grappe)).values()]).toEqual([
      { 'sans-fonds-europeens': true },
      { 'sans-fonds-europeens': false },
    ])
  })

  it('asks nothing of a member whom a declaration does not concern', async () => {
    const { grappe, esmsIds, url } = await grappeOf(2)
    const [acquiring = '', conforming = ''] = esmsIds
    const page = (await porteur.get(url)).html
    expect(page).toContain(answerField(acquiring, 'acquisition-non-contractee'))
    expect(page).not.toContain(answerField(conforming, 'acquisition-non-contractee'))
    await porteur.submit(urlTo('declarations', { grappe }), {
      [answerField(conforming, 'acquisition-non-contractee')]: 'oui',
      [answerField(acquiring, 'regle-inventee')]: 'oui',
    })
    expect([...(await declarationsOf(grappe)).values()]).toEqual([{}, {}])
  })
})

describe('the margin', () => {
  it('draws how many ESMS may leave, with its table, and says what an OG’s departure breaks', async () => {
    const { url } = await grappeOf(17)
    const page = await porteur.get(url)
    const text = textOf(page)
    expect(text).toContain('2 ESMS peuvent partir')
    expect(text).toContain('Nombre minimum d’ESMS 17 2')
    expect(page.html).toContain('aria-label="15 ESMS nécessaires, 2 de plus"')
    expect(page.html.match(/<rect /g)).toHaveLength(15)
    expect(page.html.match(/<circle /g)).toHaveLength(2)
    expect(text).toMatch(/Association Les Oliviers 17 Nombre minimum d’ESMS, .* Voir le verdict/)
  })

  it('shows the verdict without those ticked out, and changes nothing', async () => {
    const { grappe, og, esmsIds, url } = await grappeOf(15)
    const [first = ''] = esmsIds
    const before = await readGrappe(test.context.db, grappe)
    const page = await porteur.get(`${url}?sans=${first}`)
    const text = textOf(page)
    expect(text).toContain('Sans 1 ESMS, il en reste 14')
    expect(text).toContain('Nombre minimum d’ESMS : satisfait → non satisfait.')
    expect(page.html).toMatch(new RegExp(`value="${first}"[^>]*checked`))
    expect(page.html).toContain(`href="${urlTo('removeEsms', { grappe, esms: first })}"`)
    expect(textOf(await porteur.get(`${url}?og=${og}`))).toContain('Sans 15 ESMS, il en reste 0')
    const two = `${url}?sans=${first}&sans=${esmsIds[1]}&sans=personne`
    expect(textOf(await porteur.get(two))).toContain('Sans 2 ESMS, il en reste 13')
    expect(await readGrappe(test.context.db, grappe)).toEqual(before)
  })
})
