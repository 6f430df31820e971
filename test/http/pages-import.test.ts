import { readFile } from 'node:fs/promises'
import { eq } from 'drizzle-orm'
import ExcelJS from 'exceljs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { importPreviewAnswer } from '../../schema/contracts/api.ts'
import { esms, contacts as otherContacts } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { readGrappe } from '../../server/steps/read/read-grappe.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { fictionalFiness } from '../support/grappe.ts'
import { type Page, type PageClient, signInPorteur } from '../support/page-client.ts'

let test: TestApp
let browser: PageClient
let at: { grappe: string }
beforeAll(async () => {
  test = await startApp()
  browser = await signInPorteur(test)
})
afterAll(() => test.close())

async function emptyGrappe(): Promise<void> {
  const porteur = await test.porteur()
  const grappe = await porteur.call<{ id: string }>('POST', API_PATHS.grappes, {
    name: 'Grappe à remplir',
    call: 'demonstration',
  })
  at = { grappe: grappe.body.id }
}

const members = async () => {
  const record = await readGrappe(test.context.db, at.grappe)
  if (record === null) throw new Error('the grappe is there')
  return record
}

const HEADERS = ['FINESS', 'Nom', 'OG', 'Domaine', 'Projet', 'Solution', 'Éditeur', 'Version', 'Courriel']
const rows = (count: number, from = 1): string[][] =>
  Array.from({ length: count }, (_, index) => [
    fictionalFiness(from + index),
    `EHPAD Les Chênes ${from + index}`,
    `Association ${Math.floor(index / 5) + 1}`,
    'PA',
    'acquisition',
    'Dossier Clair',
    'Éditeur fictif',
    '5.2',
    `contact${from + index}@exemple.fr`,
  ])
const pasted = (lines: readonly string[][]) => [HEADERS, ...lines].map(cells => cells.join('\t')).join('\n')

const entities: Record<string, string> = { '&quot;': '"', '&amp;': '&', '&lt;': '<', '&gt;': '>' }
/** What the page's form would send back. */
function fieldsOf(page: Page): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [tag] of page.html.matchAll(/<input[^>]*>/g)) {
    const attribute = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1]
    const name = attribute('name')
    if (name === undefined || ['checkbox', 'file'].includes(attribute('type') ?? '')) continue
    fields[name] = (attribute('value') ?? '').replace(/&(quot|amp|lt|gt);/g, entity => entities[entity] ?? '')
  }
  return fields
}

/** As read aloud: whether a space may break a line does not matter here. */
const said = (page: Page): string => page.html.replaceAll('\u00A0', ' ').replaceAll('\u202F', ' ')

async function preview(lines: readonly string[][]): Promise<Page> {
  await browser.get(urlTo('importMembers', at))
  return await browser.submit(urlTo('importPreview', at), { texte: pasted(lines) })
}
const answer = (page: Page, fields: Record<string, string>) =>
  browser.submit(urlTo('importPreview', at), { ...fieldsOf(page), ...fields })

describe('a porteur imports the spreadsheet that it already has', () => {
  beforeAll(emptyGrappe)

  it('sees 49 lines ready before anything is written, then adds them all with one click', async () => {
    const page = await preview(rows(49))
    expect(page.status).toBe(200)
    expect(said(page)).toContain('Ajouter les 49 membres')
    expect(said(page)).toContain('Non vérifié')
    expect((await members()).esms).toEqual([])

    const added = await answer(page, { action: 'ajouter' })
    expect(added.location).toBe(urlTo('members', at))
    const { esms: added49, ogs, solutions, porteurOgId } = await members()
    expect(added49.length).toBe(49)
    expect(ogs.length).toBe(10)
    expect(solutions.map(({ editeur, produit }) => `${editeur} ${produit}`)).toEqual([
      'Éditeur fictif Dossier Clair',
    ])
    expect(ogs.map(({ id }) => id)).toContain(porteurOgId)

    const again = await answer(page, { action: 'ajouter' })
    expect(decodeURIComponent(String(again.headers['set-cookie'])).replaceAll('\u00A0', ' ')).toContain(
      'Rien n’a été ajouté : les 49 membres de ce tableau sont déjà dans la grappe.',
    )
    expect((await members()).esms.length).toBe(49)
  }, 60_000)

  it('corrects in place what the spreadsheet spoiled, then adds what is ready', async () => {
    await emptyGrappe()
    const lines = rows(4, 101)
    const cells = lines.map(line => [...line])
    const [first, email, twin, project] = cells
    if (!first || !email || !twin || !project) throw new Error('four lines')
    email[8] = 'contact@exemple,fr'
    twin[0] = first[0] ?? ''
    project[4] = 'troc'

    const page = await preview(cells)
    expect(said(page)).toContain('Laisser de côté les 3 lignes à corriger')
    expect(said(page)).toContain('Ce numéro figure déjà à la ligne 2')
    expect(said(page)).toContain('« troc » n’est pas un type de projet connu')
    expect(said(page)).not.toContain('value="ajouter"')

    const refused = await answer(page, { action: 'ajouter' })
    expect(refused.status).toBe(422)
    expect(said(refused)).toContain('Rien n’a été ajouté')
    expect((await members()).esms).toEqual([])

    const proposed = await answer(page, { action: 'proposer' })
    expect(said(proposed)).toContain('Laisser de côté les 2 lignes à corriger')
    expect(said(proposed)).toContain('contact@exemple.fr')
    const typed = await answer(proposed, { 'choix-choix projet troc': 'acquisition', 'ignorer-4': 'oui' })
    expect(said(typed)).toContain('Ajouter les 3 membres')
    expect(said(typed)).toContain('Reprendre. Ligne 4')

    const back = await answer(typed, { 'reprendre-4': 'oui', action: 'verifier' })
    expect(said(back)).toContain('Laisser de côté la ligne à corriger')
    const renumbered = await answer(back, { 'c-4-finess': lines[2]?.[0] ?? '' })
    expect(said(renumbered)).toContain('Ajouter les 4 membres')
    await answer(renumbered, { action: 'ajouter' })
    expect((await members()).esms.map(({ finess }) => finess).sort()).toEqual(
      lines.map(line => line[0]).sort(),
    )
  })

  it('takes one proposal, leaves aside what remains, and keeps the rest', async () => {
    await emptyGrappe()
    const cells = rows(3, 201)
    if (cells[1]) cells[1][8] = 'contact@exemple,fr'
    if (cells[2]) cells[2][4] = 'troc'
    const page = await preview(cells)
    const taken = await answer(page, { action: 'voie 0 proposition courriel' })
    expect(said(taken)).toContain('Laisser de côté la ligne à corriger')
    const aside = await answer(taken, { action: 'laisser' })
    await answer(aside, { action: 'ajouter' })
    expect((await members()).esms.length).toBe(2)
  })

  it('uploads the model filled in, and keeps each member’s version and telephone', async () => {
    await emptyGrappe()
    const model = await browser.get(urlTo('importModel', at))
    const workbook = new ExcelJS.Workbook()
    await workbook.xlsx.load(Uint8Array.from(model.raw).buffer)
    const sheet = workbook.getWorksheet('Membres')
    for (const [column, value] of [
      fictionalFiness(301),
      'EHPAD Exemple',
      'Association Exemple',
      '',
      'PA',
      'acquisition',
      'Dossier Clair',
      'Éditeur fictif',
      '5.2',
      'Camille Exemple',
      'camille@exemple.fr',
      '04 00 00 00 00',
    ].entries()) {
      if (sheet) sheet.getCell(2, column + 1).value = value
    }
    const form = new FormData()
    form.append('fichier', new File([await workbook.xlsx.writeBuffer()], 'membres.xlsx'))
    await browser.get(urlTo('importMembers', at))
    const page = await browser.upload(urlTo('importPreview', at), form)
    expect(said(page)).toContain('Ajouter le membre')
    expect(said(page)).toContain('Membres')
    await answer(page, { action: 'ajouter' })
    const { esms: added, solutionVersions } = await members()
    expect([...solutionVersions.values()]).toEqual(['5.2'])
    const [row] = await test.context.db
      .select()
      .from(esms)
      .where(eq(esms.id, added[0]?.id ?? ''))
    expect(row).toMatchObject({ contactPhone: '04 00 00 00 00', contactName: 'Camille Exemple' })
  })

  it('is told what to do with a file that cannot be read, and with none', async () => {
    const sent = async (bytes: string, name: string) => {
      const form = new FormData()
      form.append('fichier', new File([bytes], name))
      await browser.get(urlTo('importMembers', at))
      return await browser.upload(urlTo('importPreview', at), form)
    }
    const html = await sent('<!doctype html><html><body>Erreur 500</body></html>', 'membres.csv')
    expect(html.status).toBe(422)
    expect(said(html)).toContain('Ce fichier est une page web')
    const heavy = await sent('x'.repeat(10_000_002), 'membres.csv')
    expect(said(heavy)).toContain('Ce fichier dépasse 10')
    await browser.get(urlTo('importMembers', at))
    const none = await browser.upload(urlTo('importPreview', at), new FormData())
    expect(said(none)).toContain('Aucun fichier n’a été choisi')
    const wordless = await browser.submit(urlTo('importPreview', at), { texte: 'bonjour' })
    expect(said(wordless)).toContain('Aucune ligne d’en-têtes')
    const damaged = await browser.submit(urlTo('importPreview', at), {
      tableau: '{"table":',
      action: 'ajouter',
    })
    expect(damaged.status).toBe(422)
    expect(said(damaged)).toContain('revenu abîmé')
  })

  it('imports 2,000 lines within the limits of the form', async () => {
    await emptyGrappe()
    const page = await preview(rows(2_000, 1_000))
    expect(said(page)).toContain('2000 membres')
    const confirmed = await answer(page, { action: 'ajouter' })
    expect(confirmed.status).toBe(303)
    expect((await members()).esms.length).toBe(2_000)
  }, 120_000)

  it('cannot touch another porteur’s grappe, nor send a form without its token', async () => {
    const stranger = await signInPorteur(test, 'autre@exemple.fr')
    for (const page of [
      'importMembers',
      'importPreview',
      'importModel',
      'solutions',
      'newSolution',
    ] as const) {
      expect((await stranger.get(urlTo(page, at))).status).toBe(404)
    }
    // A form of its own session, so that the grappe alone refuses.
    await stranger.get(urlTo('newGrappe'))
    const form = new FormData()
    form.append('fichier', new File(['FINESS;Nom'], 'membres.csv'))
    expect((await stranger.upload(urlTo('importPreview', at), form)).status).toBe(404)
    expect((await browser.upload(urlTo('importPreview', at), withToken('faux'))).status).toBe(403)
    for (const page of ['importPreview', 'newSolution', 'mergeSolutions'] as const) {
      expect((await browser.submit(urlTo(page, at), { csrf: 'faux', texte: 'x' })).status).toBe(403)
    }
  })
})

/** The client puts the right token first: the last one of a name wins, so this one is the one checked. */
function withToken(csrf: string): FormData {
  const form = new FormData()
  form.append('csrf', csrf)
  form.append('fichier', new File(['FINESS;Nom'], 'membres.csv'))
  return form
}

describe('an ordinary, messy spreadsheet', () => {
  beforeAll(emptyGrappe)
  const upload = async (name: string): Promise<Page> => {
    const form = new FormData()
    form.append('fichier', new File([await readFile(`test/fixtures/members/${name}`)], name))
    await browser.get(urlTo('importMembers', at))
    return await browser.upload(urlTo('importPreview', at), form)
  }

  it('is ready in three choices, and nothing of it is lost', async () => {
    const page = await upload('messy-v7-definitif.xlsx')
    expect(page.status).toBe(200)
    expect(said(page)).toContain('19 numéros FINESS ont perdu leur zéro du début')
    expect(said(page)).toContain('5 lignes mises à part')
    expect(said(page)).not.toContain('value="ajouter"')

    const numbered = await answer(page, { action: 'voie 0 zero' })
    const [which = ''] = /value="voie 1 question ogNom[^"]*"/.exec(numbered.html) ?? []
    const told = await answer(numbered, { action: which.slice('value="'.length, -1) })
    const ready = await answer(told, { action: 'vider' })
    expect(said(ready)).toContain('Ajouter les 17 membres')
    expect((await answer(ready, { action: 'ajouter' })).status).toBe(303)

    const { ogs, esms: added, solutions, contacts } = await members()
    expect(ogs.map(({ name, finessEj }) => [name, finessEj])).toEqual([
      ['Association Les Jonquilles', '030001002'],
      ["Fondation du Val d'Allier – Œuvres sociales et médico-sociales", null],
    ])
    const named = (name: string) => added.find(each => each.name === name)
    expect(named('IME Le Val Fleuri')).toMatchObject({ categorie: '183', domaine: 'PH', finess: '030782015' })
    expect(named('EHPAD Les Cèdres')).toMatchObject({ projet: 'mise-en-conformite', domaine: 'PA' })
    expect(named('MAS des Dômes')).toMatchObject({ finess: null, categorie: '255' })
    expect(named('EHPAD Bellerive')).toMatchObject({ projet: null, solutionId: null })
    expect(solutions.map(({ produit }) => produit)).toContain('NetVie')
    const ssiad = named('SSIAD de Moulins')
    expect(contacts.get(ssiad?.id ?? '')?.contactEmail).toBe('m.petit@asso-jonquilles.fr')
    const rows = await test.context.db.select().from(otherContacts)
    expect(rows.map(({ esmsId, email }) => [esmsId, email])).toEqual([
      [ssiad?.id, 'ssiad@asso-jonquilles.fr'],
    ])
    const [row] = await test.context.db
      .select()
      .from(esms)
      .where(eq(esms.id, ssiad?.id ?? ''))
    expect(row).toMatchObject({ contactPhone: '04 70 44 55 66', commune: 'Moulins' })
  })

  it('sent again, adds nothing twice, even a member without a number', async () => {
    const page = await upload('messy-v7-definitif.xlsx')
    const numbered = await answer(page, { action: 'voie 0 zero' })
    expect(said(numbered)).not.toContain('Ajouter')
    expect(said(numbered)).toContain('déjà dans la grappe')
  })

  it('has its columns changed, which the next file of the same shape remembers', async () => {
    await emptyGrappe()
    const page = await upload('messy-v7-definitif.xlsx')
    expect(said(page)).not.toContain('comme la dernière fois')
    const changed = await answer(page, { 'colonne-12': 'version', 'colonne-6': '' })
    expect(said(changed)).toContain('« Ville »')
    const next = await upload('messy-v7-definitif.xlsx')
    expect(said(next)).toContain('comme la dernière fois')
    expect(next.html).toMatch(/name="colonne-12"[\s\S]*?<option value="version" selected/)

    const stranger = await signInPorteur(test, 'autre@exemple.fr')
    const theirs = await (await test.porteur('autre@exemple.fr')).call<{ id: string }>(
      'POST',
      API_PATHS.grappes,
      {
        name: 'Autre grappe',
        call: 'demonstration',
      },
    )
    const form = new FormData()
    form.append(
      'fichier',
      new File([await readFile('test/fixtures/members/messy-v7-definitif.xlsx')], 'm.xlsx'),
    )
    await stranger.get(urlTo('importMembers', { grappe: theirs.body.id }))
    const seen = await stranger.upload(urlTo('importPreview', { grappe: theirs.body.id }), form)
    expect(said(seen)).not.toContain('comme la dernière fois')

    const recognised = await answer(next, { action: 'reconnues' })
    expect(recognised.html).toMatch(/name="colonne-6"[\s\S]*?<option value="commune" selected/)
  })

  it.each([
    'cells-without-references.xlsx',
    'excel-mac_csv-macroman_CR.csv',
    'excel_csv-msdos_cp850.csv',
    'hidden-filtered-row.xlsx',
    'plain-inline-strings.ods',
    'shared-strings-part-capital-name.xlsx',
    'sheet-part-named-data.xlsx',
    'two-stacked-tables_second-has-other-columns.xlsx',
    'workbook-capital-names.xlsx',
  ])('of another kind is ready in three choices at most: %s', async name => {
    await emptyGrappe()
    let page = await upload(name)
    expect(page.status).toBe(200)
    // The first way that is offered, as a person in a hurry follows it.
    for (let choices = 0; choices < 3 && !page.html.includes('value="ajouter"'); choices += 1) {
      const [, action = ''] = /value="(voie 0 [^"]*|proposer|vider)"/.exec(page.html) ?? []
      page = await answer(page, { action: action.replaceAll('&quot;', '"') })
    }
    expect(said(page)).toMatch(/Ajouter (le membre|les \d+ membres)/)
  })

  it('without a known header, has its columns told on the page', async () => {
    await emptyGrappe()
    await browser.get(urlTo('importMembers', at))
    const texte = `Col1\tCol2\tCol3\nEHPAD A\t${fictionalFiness(701)}\tAssociation A`
    const page = await browser.submit(urlTo('importPreview', at), { texte })
    expect(page.status).toBe(200)
    const told = await answer(page, { 'colonne-0': 'nom', 'colonne-1': 'finess', 'colonne-2': 'ogNom' })
    expect(said(told)).toContain('Ajouter le membre')
  })

  it('has a line opened, changed, set aside and taken back, and blanks filled at once', async () => {
    await emptyGrappe()
    const cells = rows(3, 801)
    for (const line of cells) line[4] = ''
    const page = await preview(cells)
    const opened = await answer(page, { action: 'ligne 3' })
    expect(said(opened)).toContain('Modifier la ligne 3')
    const changed = await answer(opened, { 'c-3-nom': 'EHPAD Renommé', 'remplir-projet': 'acquisition' })
    const aside = await answer(changed, { 'ignorer-2': 'oui' })
    expect(said(aside)).toContain('Ajouter les 2 membres')
    const back = await answer(aside, { 'reprendre-2': 'oui' })
    await answer(back, { action: 'ajouter' })
    const added = (await members()).esms
    expect(added.map(({ projet }) => projet)).toEqual(['acquisition', 'acquisition', 'acquisition'])
    expect(added.map(({ name }) => name)).toContain('EHPAD Renommé')
  })

  it.each([
    ['hidden-filtered-row.xlsx', 'Une ligne est masquée dans votre tableur', 'Ajouter les 3 membres'],
    [
      'two-stacked-tables_second-has-other-columns.xlsx',
      'Un second tableau commence à la ligne 6',
      '4 membres',
    ],
    ['excel-mac_csv-macroman_CR.csv', 'à la manière de Macintosh', 'Résidence Âgée n° 0'],
    ['excel_csv-msdos_cp850.csv', 'à la manière de MS-DOS', 'Résidence Âgée n° 0'],
    ['cells-without-references.xlsx', 'Ajouter les 3 membres', 'Résidence Âgée n° 0'],
    ['sheet-part-named-data.xlsx', 'Ajouter les 3 membres', 'Résidence Âgée n° 0'],
    ['shared-strings-part-capital-name.xlsx', 'Ajouter les 3 membres', 'Résidence Âgée n° 0'],
    ['workbook-capital-names.xlsx', 'Ajouter les 3 membres', 'Résidence Âgée n° 0'],
  ])('%s says « %s »', async (name, ...words) => {
    await emptyGrappe()
    const page = await upload(name)
    for (const word of words) expect(said(page)).toContain(word)
  })

  it('sets hidden lines aside in one choice', async () => {
    await emptyGrappe()
    const aside = await answer(await upload('hidden-filtered-row.xlsx'), { action: 'masquees' })
    expect(said(aside)).toContain('Ajouter les 2 membres')
  })
})

describe('a program imports members', () => {
  it('previews, then writes all or nothing', async () => {
    await emptyGrappe()
    const porteur = await test.porteur()
    const url = fill(API_PATHS.importMembers, at)
    const line = { finess: fictionalFiness(401), nom: 'EHPAD A', ogNom: 'Association A', projet: 'troc' }
    const lignes = [line, { finess: fictionalFiness(402), nom: 'EHPAD B', ogNom: 'Association A' }]
    type Preview = z.infer<typeof importPreviewAnswer>

    const seen = await porteur.call<Preview>('POST', url, { lignes })
    expect(seen.status).toBe(200)
    expect(seen.body.counts).toEqual({ pret: 1, 'a-corriger': 1, 'deja-present': 0 })
    const refused = await porteur.call<Preview>('POST', url, { lignes, confirmer: true })
    expect(refused.status).toBe(422)
    expect(refused.body.lines[0]?.findings[0]).toMatchObject({ field: 'projet', blocking: true })
    expect((await members()).esms).toEqual([])

    const corrections = [{ line: 1, field: 'projet', value: 'acquisition' }]
    const written = await porteur.call('POST', url, { lignes, corrections, confirmer: true })
    expect(written).toMatchObject({ status: 201, body: { added: 2, newOgs: 1, alreadyPresent: 0 } })
    const twice = await porteur.call('POST', url, { lignes, corrections, confirmer: true })
    expect(twice).toMatchObject({ status: 201, body: { added: 0, alreadyPresent: 2 } })

    const form = new FormData()
    form.append('confirmer', 'oui')
    form.append(
      'fichier',
      new File([`FINESS;Nom;OG\n${fictionalFiness(403)};EHPAD C;Association A`], 'm.csv'),
    )
    expect(await porteur.upload(url, form)).toMatchObject({ status: 201, body: { added: 1, newOgs: 0 } })
    const texte = `Col1\tCol2\tCol3\nEHPAD D\t${fictionalFiness(404)}\tMâcon`
    const told = await porteur.call<Preview>('POST', url, { texte, colonnes: ['nom', 'finess', 'commune'] })
    expect(told.body.lines[0]?.values).toEqual({
      nom: 'EHPAD D',
      finess: fictionalFiness(404),
      commune: 'Mâcon',
    })
    expect((await porteur.call('POST', url, {})).status).toBe(422)
    const stranger = await test.porteur('autre@exemple.fr')
    expect((await stranger.call('POST', url, { lignes })).status).toBe(404)
  })
})

describe('a porteur keeps one record per solution', () => {
  const names = async () => (await members()).solutions.map(({ editeur, produit }) => `${editeur} ${produit}`)

  it('merges two spellings: members follow with their version, nothing else changes', async () => {
    await emptyGrappe()
    const cells = rows(3, 501)
    for (const [index, product] of ['NETSoins v5', 'Net Soins', 'Net Soins'].entries()) {
      const line = cells[index]
      if (line) [line[5], line[7]] = [product, index === 2 ? '6.1' : '']
    }
    const page = await preview(cells)
    expect(said(page)).toContain('Des solutions qui n’en font peut-être qu’une')
    await answer(page, { action: 'ajouter' })
    expect(await names()).toEqual(['Éditeur fictif NETSoins', 'Éditeur fictif Net Soins'].sort())

    const list = await browser.get(urlTo('solutions', at))
    expect(said(list)).toContain('Deux fiches n’en font peut-être qu’une')
    const kept = (await members()).solutions.find(({ produit }) => produit === 'NETSoins')
    const merged = (await members()).solutions.find(({ produit }) => produit === 'Net Soins')
    const fields = { garder: kept?.id ?? '', reunir: merged?.id ?? '' }
    await browser.submit(urlTo('mergeSolutions', at), fields)
    const after = await members()
    expect(await names()).toEqual(['Éditeur fictif NETSoins'])
    expect(new Set(after.esms.map(({ solutionId }) => solutionId))).toEqual(new Set([kept?.id]))
    expect([...after.solutionVersions.values()].sort()).toEqual(['6.1', 'v5'])
    const again = await browser.submit(urlTo('mergeSolutions', at), fields)
    expect(again.status).toBe(303)
    expect((await names()).length).toBe(1)
  })

  it('records a reference with its source and date, and refuses one without', async () => {
    await emptyGrappe()
    await browser.get(urlTo('newSolution', at))
    const values = { editeur: 'Éditeur fictif', produit: 'Dossier Clair', statut: 'referencee' }
    const refused = await browser.submit(urlTo('newSolution', at), values)
    expect(refused.status).toBe(422)
    expect(said(refused)).toContain('Indiquez où vous avez lu ce statut')
    await browser.submit(urlTo('newSolution', at), {
      ...values,
      couloirs: 'ms1, MS2',
      source: 'Attestation de l’éditeur',
      date: '2026-05-30',
    })
    const [solution] = (await members()).solutions
    expect(solution?.segur).toEqual({
      status: 'referencee',
      couloirs: ['MS1', 'MS2'],
      source: 'Attestation de l’éditeur',
      readOn: '2026-05-30',
    })
    const url = urlTo('editSolution', { ...at, solution: solution?.id ?? '' })
    expect(said(await browser.get(url))).toContain('MS1, MS2')
    await browser.submit(url, { editeur: 'Éditeur fictif', produit: 'Dossier Net' })
    expect((await members()).solutions).toMatchObject([{ produit: 'Dossier Net', segur: null }])
  })

  it('imports a list once, whatever the spelling, and chooses one for all the members', async () => {
    await emptyGrappe()
    await answer(await preview(rows(2, 601)), { action: 'ajouter' })
    const send = async (csv: string) => {
      const form = new FormData()
      form.append('fichier', new File([csv], 'solutions.csv'))
      await browser.get(urlTo('solutions', at))
      return await browser.upload(urlTo('importSolutions', at), form)
    }
    const header = 'Éditeur;Produit;Couloirs;Statut;Source;Date'
    const list = `${header}\nEditeur Fictif;dossier clair;MS1;référencée;Page de l’éditeur;01/06/2026\nAutre;Autre produit;;;;`
    expect((await send(list)).status).toBe(303)
    expect((await send(list)).status).toBe(303)
    expect(await names()).toEqual(['Autre Autre produit', 'Éditeur fictif Dossier Clair'])
    const solutions = (await members()).solutions
    expect(solutions[1]?.segur).toMatchObject({ status: 'referencee', readOn: '2026-06-01' })

    const wrong = await send(`${header}\nAutre;;MS1;peut-être;;`)
    expect(wrong.status).toBe(422)
    expect(said(wrong)).toContain('Ligne 2. Indiquez le nom du produit.')

    const chosen = solutions[0]?.id ?? ''
    await browser.submit(urlTo('chooseSolution', { ...at, solution: chosen }))
    expect((await members()).esms.map(({ solutionId }) => solutionId)).toEqual([chosen, chosen])
  })
})
