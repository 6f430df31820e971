/** What the pages of a large grappe weigh on the line, with their styles and scripts but for the upload's. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe, fictionalFiness } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'

const MEMBERS = 200
const MAX_BYTES = 100_000
/** Once there, what a browser has to read: two hundred lines of a table are what they are. */
const MAX_READ_BYTES = 400_000

const PAGES = [
  'board',
  'eligibility',
  'members',
  'solutions',
  'corrections',
  'invitations',
  'deadlines',
  'relances',
  'dossier',
  'mails',
  'journal',
  'grappeSettings',
  'copyGrappe',
  'callCopy',
  'callValues',
  'importMembers',
] as const

describe(`A page of ${MEMBERS} members`, () => {
  let test: TestApp
  let porteur: PageClient
  let at: { grappe: string }
  let esms: string[]
  beforeAll(async () => {
    test = await startApp({ RATE_LIMIT_PER_MINUTE: '100000' })
    const api = await test.porteur()
    const made = await createTestGrappe(api, MEMBERS)
    at = { grappe: made.grappeId }
    esms = made.esmsIds
    porteur = await signInPorteur(test)
    await api.call('POST', fill(API_PATHS.invitations, at), { tous: true })
  }, 120_000)
  afterAll(() => test.close())

  const inject = (url: string) =>
    test.app.inject({
      url,
      headers: { cookie: porteur.cookieHeader(), 'accept-encoding': 'gzip, deflate, br' },
    })

  /** Of what the page asks for beside its own bytes; the upload script loads when a file is chosen. */
  async function assetsOf(html: string): Promise<number> {
    const urls = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, url = '']) => url)
    const wanted = [...new Set(urls)].filter(url => !/upload|tus/.test(url))
    const weights = await Promise.all(wanted.map(async url => (await inject(url)).rawPayload.length))
    return weights.reduce((sum, bytes) => sum + bytes, 0)
  }

  const expectLight = async (name: string, html: string, travelled: number) => {
    expect({ name, read: Buffer.byteLength(html) }).toSatisfy(
      (page: { read: number }) => page.read < MAX_READ_BYTES,
    )
    expect({ name, travelled: travelled + (await assetsOf(html)) }).toSatisfy(
      (page: { travelled: number }) => page.travelled < MAX_BYTES,
    )
  }

  it.each(PAGES)('%s travels in less than 100 kB', async name => {
    const { html, status } = await porteur.get(urlTo(name, at))
    expect(status).toBe(200)
    const sent = await inject(urlTo(name, at))
    expect(sent.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
    await expectLight(name, html, sent.rawPayload.length)
  })

  it('so do the preview of an import and an act on all of them', async () => {
    const lines = Array.from(
      { length: MEMBERS },
      (_, order) =>
        `EHPAD des Abers n° ${order};${order % 3 === 0 ? '' : fictionalFiness(1000 + order)};Fondation ${order % 9};` +
        `PA;MEC;Dossier Clair;${order % 5 === 0 ? 'pas une adresse' : `contact${order}@exemple.fr`};Brest`,
    )
    const texte = ['Nom;FINESS;OG;Domaine;Projet;Solution;E-mail;Commune', ...lines].join('\n')
    await porteur.get(urlTo('importMembers', at))
    const preview = await porteur.submit(urlTo('importPreview', at), { texte })
    expect(preview.html).toContain('Lignes suivantes')
    await expectLight('import', preview.html, gzipSync(preview.html).length)
    const edit = await porteur.submit(urlTo('editMembers', at), {
      esms: esms.join(','),
      acte: 'apercu',
      domaine: 'PH',
    })
    expect(edit.status).toBe(200)
    await expectLight('edit', edit.html, gzipSync(edit.html).length)
  })
})
