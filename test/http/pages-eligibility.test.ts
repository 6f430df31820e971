import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { journal } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { readGrappe } from '../../server/steps/read/read-grappe.ts'
import { answerField } from '../../templates/pages/porteur/declarations.tsx'
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
  it('is one sentence, then what bars, what to do one act a line, and what is satisfied, folded', async () => {
    const { grappe, esmsIds, url } = await grappeOf(14)
    const page = await porteur.get(url)
    const text = textOf(page)
    expect(text).toContain('La grappe n’est pas éligible en l’état : 1 critère n’est pas satisfait.')
    expect(text).toContain(
      'Ce qui bloque Nombre minimum d’ESMS : non satisfait La grappe compte 14 ESMS : il en manque 1 pour atteindre le minimum de 15. À faire : Ajoutez au moins 1 ESMS',
    )
    expect(text).toContain(
      'hypothèse Hypothèse, sans texte officiel trouvé : Appel fictif, pour la démonstration.',
    )
    expect(page.html).toContain('class="criterion non-satisfait"')
    // Four declarations are one act, said once.
    expect(text).toContain('14 membres doivent répondre à 4 questions Leur demander, noter leurs réponses')
    expect(page.html).toContain(`href="${urlTo('eligibility', { grappe })}?declarations=oui#declarations"`)
    expect(page.html).not.toContain(answerField(esmsIds[0] ?? '', 'pas-deux-fois'))
    expect(text).toMatch(/14 membres ont une fiche à compléter ou à corriger/)
    expect(page.html).toContain(`href="${urlTo('editEsms', { grappe, esms: esmsIds[0] ?? '' })}"`)
    const folded = page.html.slice(page.html.indexOf('critères satisfaits</summary>'))
    expect(folded).toContain('Un numéro FINESS propre à chaque ESMS')
    expect(text.indexOf('Ce qui bloque')).toBeLessThan(text.indexOf('À vérifier'))
    expect(text.indexOf('À vérifier')).toBeLessThan(text.indexOf('critères satisfaits'))
    expect(text).toContain('Appel fictif de démonstration fictif')
    expect(text).toContain('L’ARS seule décide.')
  })

  it('is the same on the list of grappes, facts from outside the grappe included', async () => {
    const { url } = await grappeOf(15)
    const twin = await grappeOf(15)
    expect(textOf(await porteur.get(url))).toContain('15 ESMS figurent aussi dans une autre grappe')
    const list = await porteur.get(urlTo('grappes'))
    const line = list.html.slice(list.html.indexOf(`href="${urlTo('board', { grappe: twin.grappe })}"`))
    expect(textOf({ html: line.slice(0, line.indexOf('Réglages')) })).toContain('Non éligible')
  })

  it('is not given of a grappe without any member: it is to be gathered', async () => {
    await porteur.get(urlTo('newGrappe'))
    const created = await porteur.submit(urlTo('newGrappe'), { name: 'Vide', call: 'demonstration' })
    const grappe = created.location?.split('/')[3] ?? ''
    const page = await porteur.get(urlTo('eligibility', { grappe }))
    expect(textOf(await porteur.get(urlTo('relances', { grappe })))).toMatch(
      /Aucune relance n’est prévue\s: rien n’est attendu d’un membre aujourd’hui/,
    )
    expect(page.status).toBe(200)
    expect(textOf(page)).toContain('Grappe à constituer')
    expect(textOf(page)).not.toContain('éligible')
    expect(page.html).toContain(`href="${urlTo('members', { grappe })}"`)
    const list = textOf(await porteur.get(urlTo('grappes')))
    expect(list).toMatch(/Vide.*?Éligibilité À constituer/)
  })
})

describe('members who were asked', () => {
  it('are waited for since that day, and reminded from there; who was not is still to be asked', async () => {
    const { grappe, esmsIds, url } = await grappeOf(2)
    const [first = ''] = esmsIds
    expect(textOf(await porteur.get(url))).toContain('2 membres doivent répondre à 4 questions')
    await test.context.db.insert(journal).values({
      grappeId: grappe,
      at: new Date('2026-06-01T09:00:00.000Z'),
      actor: 'Relances',
      kind: 'reminders-written',
      facts: { memberIds: [first], people: [] },
      memberIds: [first],
    })
    const page = await porteur.get(url)
    expect(textOf(page)).toContain(
      'En attente de la réponse de 1 membre, demandée le lundi 1er juin 2026 ; 1 autre est à interroger',
    )
    expect(page.html).toContain(`href="${urlTo('relances', { grappe })}"`)
    await porteur.get(urlTo('invitations', { grappe }))
    const api = await test.porteur()
    expect(
      (await api.call('POST', fill(API_PATHS.invitations, { grappe }), { tous: true })).status,
    ).toBeLessThan(300)
    const all = textOf(await porteur.get(url))
    expect(all).toMatch(/En attente de la réponse de \d membres?, demandée le/)
  })
})

const HEARD = { dapres: 'un appel du 1er juin' }

describe('what members declare', () => {
  it('is noted member by member, and an answer not sent stays', async () => {
    const { grappe, esmsIds, url } = await grappeOf(2)
    const [first = '', second = ''] = esmsIds
    await porteur.get(url)
    const saved = await porteur.submit(urlTo('declarations', { grappe }), {
      [answerField(first, 'pas-deux-fois')]: 'oui',
      [answerField(second, 'pas-deux-fois')]: 'non',
      ...HEARD,
    })
    expect(textOf(await porteur.follow(saved))).toContain('2 réponses enregistrées.')
    await porteur.submit(urlTo('declarations', { grappe }), {
      [answerField(first, 'pas-deux-dui')]: 'oui',
      ...HEARD,
    })
    expect(await declarationsOf(grappe)).toEqual(
      new Map([
        [first, { 'pas-deux-fois': true, 'pas-deux-dui': true }],
        [second, { 'pas-deux-fois': false }],
      ]),
    )
    const text = textOf(await porteur.get(url))
    expect(text).toContain('Pas de double financement d’un logiciel : non satisfait')
    const noting = textOf(await porteur.get(`${url}?declarations=oui`))
    expect(noting).toContain('Le message à leur envoyer, à 2 adresses')
    expect(noting).toContain('contact1@exemple.fr, contact2@exemple.fr')

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
      ...HEARD,
    })
    expect([...(await declarationsOf(grappe)).values()]).toEqual([
      { 'sans-fonds-europeens': true },
      { 'sans-fonds-europeens': false },
    ])
  })

  it('asks nothing of a member whom a declaration does not concern', async () => {
    const { grappe, esmsIds, url } = await grappeOf(2)
    const [acquiring = '', conforming = ''] = esmsIds
    const page = (await porteur.get(`${url}?declarations=oui`)).html
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
