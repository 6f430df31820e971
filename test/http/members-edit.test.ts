/** Many members changed in one act, from the page and from the API; the list filtered and sorted by its address. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { readGrappe } from '../../server/steps/read/read-grappe.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { keptIn, type Page, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

let test: TestApp
let api: ApiClient
let porteur: PageClient
let grappe: TestGrappe
let at: { grappe: string }
beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  porteur = await signInPorteur(test)
  grappe = await createTestGrappe(api, 4)
  at = { grappe: grappe.grappeId }
})
afterAll(() => test.close())

const words = (page: { html: string }) => textOf(page).replaceAll('\u00a0', ' ')
const members = async () => (await readGrappe(test.context.db, at.grappe))?.esms ?? []
const journal = async () =>
  (await api.call<Array<{ kind: string; event: string }>>('GET', fill(API_PATHS.journal, at))).body
    .filter(({ kind }) => kind === 'members-edited')
    .map(({ event }) => event.replaceAll('\u00a0', ' '))

/** What the preview keeps to be sent again, which is in its only form. */
const kept = ({ html }: Page) => keptIn({ html: html.slice(html.indexOf('<main')) })

async function choose(ids: readonly string[]): Promise<Page> {
  await porteur.get(urlTo('members', at))
  return await porteur.submit(
    urlTo('editMembers', at),
    ids.map((id): [string, string] => ['choix', id]),
  )
}

describe('many members at once', () => {
  it('are chosen by their boxes, told what changes, then changed in one act with one line in the journal', async () => {
    const [first = '', second = '', third = ''] = grappe.esmsIds
    const form = await choose([first, second, third])
    expect(words(form)).toContain('Changer 3 ESMS ensemble')
    expect(words(form)).toContain('Aujourd’hui : acquisition (2), mise en conformité (1).')
    const fields = { ...kept(form), projet: 'acquisition', categorie: 'EHPAD' }
    const preview = await porteur.submit(urlTo('editMembers', at), fields)
    expect(words(preview)).toContain('Avant de changer 3 ESMS')
    expect(words(preview)).toContain('Projet : acquisition (avant : mise en conformité) 1 ESMS : EHPAD n° 2.')
    expect(words(preview)).toContain('Catégorie FINESS : 500 EHPAD (avant : non renseigné) 3 ESMS')
    expect(words(preview)).toContain('Ce que cela fait dans cette grappe')
    expect((await members()).every(({ categorie }) => categorie === null)).toBe(true)
    const done = await porteur.submit(urlTo('editMembers', at), { ...kept(preview), acte: 'confirmer' })
    expect(done.location).toBe(urlTo('members', at))
    expect(words(await porteur.follow(done))).toContain('3 ESMS changés.')
    expect((await members()).map(({ categorie, projet }) => [categorie, projet])).toEqual([
      ['500', 'acquisition'],
      ['500', 'acquisition'],
      ['500', 'acquisition'],
      [null, 'mise-en-conformite'],
    ])
    expect(await journal()).toEqual([
      expect.stringContaining('3 ESMS corrigés ensemble. Catégorie FINESS : 500 EHPAD'),
    ])
  })

  it('that have the values already are left and counted apart', async () => {
    const page = await porteur.submit(urlTo('editMembers', at), {
      esms: grappe.esmsIds.join(','),
      acte: 'apercu',
      categorie: '500',
    })
    expect(words(page)).toContain('Avant de changer 1 ESMS')
    expect(words(page)).toContain('3 ESMS ont déjà ces valeurs et ne changent pas : EHPAD n° 1, EHPAD n° 2')
    const same = await porteur.submit(urlTo('editMembers', at), {
      esms: grappe.esmsIds[0] ?? '',
      acte: 'apercu',
      categorie: '500',
    })
    expect(words(same)).toContain('Rien ne change')
    expect(same.html).not.toContain('value="confirmer"')
  })

  it('changed meanwhile by somebody else are shown again instead of being overwritten', async () => {
    const esms = grappe.esmsIds[3] ?? ''
    const fields = { esms, acte: 'apercu', domaine: 'PA', projet: 'acquisition' }
    const preview = await porteur.submit(urlTo('editMembers', at), fields)
    const { name = '', finess = null, projet = null } = (await members())[3] ?? {}
    const member = { name, finess, projet, ogId: grappe.ogId, domaine: 'PH' }
    const changed = await api.call('PUT', fill(API_PATHS.esms, { ...at, esms }), member)
    expect(changed.status).toBe(204)
    const again = await porteur.submit(urlTo('editMembers', at), { ...kept(preview), acte: 'confirmer' })
    expect(again.status).toBe(409)
    expect(words(again)).toContain('La grappe a changé entre-temps')
    expect(words(again)).toContain('Domaine : PA (avant : PH)')
    expect((await members())[3]?.domaine).toBe('PH')
    await porteur.submit(urlTo('editMembers', at), { ...kept(again), acte: 'confirmer' })
    expect((await members())[3]).toMatchObject({ domaine: 'PA', projet: 'acquisition' })
  })

  it('who change solution lose the version of the former one, and are told so', async () => {
    const solutionId = (await readGrappe(test.context.db, at.grappe))?.solutions[0]?.id ?? ''
    const other = await api.call<{ id: string }>('PUT', fill(API_PATHS.solution, at), {
      editeur: 'Autre éditeur',
      produit: 'Autre dossier',
    })
    const edit = (values: object, seen: string | null) =>
      api.call<{ kind: string; seen: string; changes: Array<{ words: string }> }>(
        'POST',
        fill(API_PATHS.editMembers, at),
        { esms: grappe.esmsIds, values, seen },
      )
    const versioned = await edit({ solutionId: other.body.id, solutionVersion: '3.2' }, null)
    expect(
      (await edit({ solutionId: other.body.id, solutionVersion: '3.2' }, versioned.body.seen)).body.kind,
    ).toBe('edited')
    const preview = await edit({ solutionId }, null)
    expect(preview.body.kind).toBe('preview')
    expect(preview.body.changes.map(each => each.words)).toEqual(
      [
        'Solution DUI : Dossier Clair (Éditeur fictif) (avant : Autre dossier (Autre éditeur))',
        'Version de la solution : non renseigné (avant : 3.2)',
      ].map(text => text.replaceAll(' :', '\u00a0:')),
    )
    await edit({ solutionId }, preview.body.seen)
    const record = await readGrappe(test.context.db, at.grappe)
    expect(record?.esms.every(each => each.solutionId === solutionId)).toBe(true)
    expect(record?.solutionVersions.size).toBe(0)
  })

  it('lose what was wrong: a value is emptied on purpose, never by a field left empty', async () => {
    const before = await members()
    expect(before.some(({ categorie }) => categorie !== null)).toBe(true)
    const form = await choose(grappe.esmsIds)
    expect(words(form)).toContain('Vider : non renseigné')
    const both = await porteur.submit(urlTo('editMembers', at), {
      ...kept(form),
      categorie: '500',
      viderCategorie: 'oui',
    })
    expect([both.status, words(both)]).toEqual([422, expect.stringContaining('cochez « Vider » : pas les')])
    expect(both.html).toContain('value="500"')
    const preview = await porteur.submit(urlTo('editMembers', at), {
      ...kept(form),
      solutionId: 'vider',
      viderCategorie: 'oui',
    })
    expect(words(preview)).toContain('Catégorie FINESS : non renseigné (avant : 500 EHPAD)')
    expect(words(preview)).toContain('Solution DUI : non renseigné (avant : Dossier Clair (Éditeur fictif))')
    // Chosen again, the form still says what was meant.
    const back = await porteur.submit(urlTo('editMembers', at), { ...kept(preview), acte: 'choisir' })
    expect(back.html).toMatch(/<input type="checkbox" id="viderCategorie"[^>]* checked/)
    expect(back.html).toMatch(/<option value="vider" selected/)
    expect(await members()).toEqual(before)
    const done = await porteur.submit(urlTo('editMembers', at), { ...kept(preview), acte: 'confirmer' })
    expect(words(await porteur.follow(done))).toContain('ESMS changés.')
    const after = await members()
    expect(after.map(({ categorie, solutionId }) => [categorie, solutionId])).toEqual(
      after.map(() => [null, null]),
    )
    expect(after.map(({ domaine, projet }) => [domaine, projet])).toEqual(
      before.map(({ domaine, projet }) => [domaine, projet]),
    )
    expect((await journal()).some(event => event.includes('Solution DUI : non renseigné'))).toBe(true)
  })

  it('are all those that are shown, as filtered, without a script', async () => {
    await porteur.get(urlTo('members', at))
    const form = await porteur.submit(urlTo('editMembers', at), {
      tous: 'oui',
      texte: 'n° 2',
      manque: '',
      og: '',
    })
    expect(words(form)).toContain('Changer un ESMS')
    const nothing = await porteur.submit(urlTo('editMembers', at), {})
    expect(words(await porteur.follow(nothing))).toContain('Choisissez d’abord des ESMS')
  })

  it('are refused in clear words, with what was typed', async () => {
    const send = (fields: Record<string, string>) =>
      porteur.submit(urlTo('editMembers', at), { esms: grappe.esmsIds.join(','), acte: 'apercu', ...fields })
    const nothing = await send({})
    expect([nothing.status, words(nothing)]).toEqual([
      422,
      expect.stringContaining('Choisissez ce qui change'),
    ])
    const vague = await send({ categorie: 'EHPAD et SSIAD' })
    expect([vague.status, words(vague)]).toEqual([
      422,
      expect.stringContaining('Aucune catégorie, ou plusieurs'),
    ])
    expect(vague.html).toContain('value="EHPAD et SSIAD"')
    const stranger = await test.porteur('autre@exemple.fr')
    const theirs = await createTestGrappe(stranger, 1)
    const foreign = await api.call('POST', fill(API_PATHS.editMembers, at), {
      esms: theirs.esmsIds,
      values: { domaine: 'PH' },
    })
    expect(foreign.status).toBe(404)
  })

  it('stay fast by the hundred', async () => {
    const many = await createTestGrappe(api, 200, 'Grande grappe')
    const values = { domaine: 'PA', categorie: '500', projet: 'acquisition' }
    const url = fill(API_PATHS.editMembers, { grappe: many.grappeId })
    const preview = await api.call<{ seen: string }>('POST', url, { esms: many.esmsIds, values })
    const started = performance.now()
    const done = await api.call<{ kind: string }>('POST', url, {
      esms: many.esmsIds,
      values,
      seen: preview.body.seen,
    })
    expect(done.body.kind).toBe('edited')
    expect(performance.now() - started).toBeLessThan(15_000)
  }, 120_000)
})

describe('the list of members', () => {
  const rows = (page: Page) => [...page.html.matchAll(/>(EHPAD n° \d)<\/a>/g)].map(([, name]) => name)

  it('is sorted by its heads, which say so, and the address keeps the order and the filters', async () => {
    const url = urlTo('members', at)
    const page = await porteur.get(url)
    expect(page.html).toContain('aria-sort="ascending"')
    expect(rows(page)).toEqual(['EHPAD n° 1', 'EHPAD n° 2', 'EHPAD n° 3', 'EHPAD n° 4'])
    expect(page.html).toContain(`href="${url}?sens=desc"`)
    const turned = await porteur.get(`${url}?sens=desc&texte=ehpad`)
    expect(rows(turned)).toEqual(['EHPAD n° 4', 'EHPAD n° 3', 'EHPAD n° 2', 'EHPAD n° 1'])
    expect(turned.html).toContain('aria-sort="descending"')
    expect(turned.html).toContain(`href="${url}?texte=ehpad&amp;tri=finess"`)
    expect(rows(await porteur.get(`${url}?texte=n°+3`))).toEqual(['EHPAD n° 3'])
    expect(words(await porteur.get(`${url}?manque=finess`))).toContain('Aucun ESMS ne correspond')
    expect((await porteur.get(`${url}?tri=nimporte&manque=quoi&og=x`)).status).toBe(200)
  })
})

describe('a category', () => {
  it('is found by its name wherever one is typed for a member', async () => {
    const esms = grappe.esmsIds[0] ?? ''
    const page = await porteur.get(urlTo('editEsms', { ...at, esms }))
    expect(page.html).toContain('<option value="354 SSIAD">')
    const [member] = await members()
    await porteur.submit(urlTo('editEsms', { ...at, esms }), {
      name: member?.name ?? '',
      ogId: grappe.ogId,
      categorie: '354 SSIAD',
    })
    expect((await members())[0]?.categorie).toBe('354')
  })
})
