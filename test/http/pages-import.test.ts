import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, urlTo } from '../../schema/urls.ts'
import { readGrappe } from '../../server/steps/read-grappe.ts'
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
    expect(page.html).toContain('Ajouter les 49 membres')
    expect(page.html).toContain('Non vérifié')
    expect((await members()).esms).toEqual([])

    const added = await answer(page, { action: 'ajouter' })
    expect(added.location).toBe(urlTo('members', at))
    const { esms, ogs, solutions, porteurOgId } = await members()
    expect(esms.length).toBe(49)
    expect(ogs.length).toBe(10)
    expect(solutions.map(({ editeur, produit }) => `${editeur} ${produit}`)).toEqual([
      'Éditeur fictif Dossier Clair',
    ])
    expect(ogs.map(({ id }) => id)).toContain(porteurOgId)

    const again = await answer(page, { action: 'ajouter' })
    expect(decodeURIComponent(String(again.headers['set-cookie']))).toContain(
      'Rien n’a été ajouté : les 49 membres de ce tableau sont déjà dans la grappe.',
    )
    expect((await members()).esms.length).toBe(49)
  }, 60_000)
})
