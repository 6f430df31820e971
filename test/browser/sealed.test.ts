import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { urlTo } from '../../schema/urls.ts'
import { enterAsPorteur, prepareTour, type Tour } from '../../scripts/tour.ts'
import { checkSeals } from '../../server/steps/dossier/check-seal.ts'
import { describeInBrowser, openSite, type Site } from './support.ts'

describeInBrowser('A sealed version in the browser', () => {
  let site: Site
  let tour: Tour
  let folder: string
  let zip: Buffer
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grappe-kit-navigateur-'))
    site = await openSite()
    tour = await prepareTour(site.context)
  })
  afterAll(async () => {
    await site?.close()
    await rm(folder, { recursive: true })
  })

  const read = async (page: Page) => (await page.locator('main').innerText()).replaceAll('\u00a0', ' ')

  it('is asked for, followed while its files are read again, then downloaded', async () => {
    const page = await site.visitor()
    await enterAsPorteur(page.context(), site.base, tour.sessionToken)
    await page.goto(tour.stops.find(({ name }) => name === 'porteur-19-dossier')?.url ?? '')
    await page.getByRole('button', { name: 'Sceller la version 2' }).click()
    expect(await page.getByRole('alert').innerText()).toContain('cochez la case')
    await page.getByLabel(/^Sceller bien qu/).check()
    await page.getByRole('button', { name: 'Sceller la version 2' }).click()
    await page.getByRole('heading', { name: 'Vérification en cours' }).waitFor()
    await checkSeals(site.context)
    // The page follows by itself.
    await page.getByRole('heading', { name: 'Télécharger' }).waitFor()
    expect(await read(page)).toContain('Ni les pièces ni le verdict n’ont changé')
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: /^Télécharger le dossier/ }).click(),
    ])
    expect(file.suggestedFilename()).toMatch(/_v2_INCOMPLET_.*\.zip$/)
    zip = await readFile(await file.path())
    await page.context().close()
  })

  it('is checked without being sent: whole, altered, cut', async () => {
    const page = await site.visitor()
    const sent: number[] = []
    page.on('request', request => sent.push(request.postDataBuffer()?.length ?? 0))
    await page.goto(urlTo('verify'))
    const choose = async (bytes: Buffer) => {
      const path = join(folder, `choisi-${bytes.length}-${bytes.equals(zip)}.zip`)
      await writeFile(path, bytes)
      await page.getByLabel('Dossier à vérifier').setInputFiles(path)
    }
    await choose(zip)
    await page.getByRole('heading', { name: /C’est la version 2 du dossier/ }).waitFor()
    expect(await read(page)).not.toContain('n’est pas tel qu’il a été remis')
    // One verdict, said once.
    expect(await page.locator('[data-verify-result] h3').count()).toBe(1)

    const altered = Buffer.from(zip)
    const at = altered.indexOf('%PDF') + 40
    altered[at] = (altered[at] ?? 0) ^ 1
    await choose(altered)
    await page.getByRole('heading', { name: 'n’est pas tel qu’il a été remis' }).waitFor()
    expect(await read(page)).toMatch(/\.pdf : contenu différent/)

    await choose(zip.subarray(0, zip.length - 100))
    await page.getByText('a été coupé').waitFor()
    expect(Math.max(...sent)).toBe(0)
    await page.context().close()
  })

  it('knows every other ZIP that the product hands out: one member’s files, and a draft', async () => {
    const page = await site.visitor()
    await enterAsPorteur(page.context(), site.base, tour.sessionToken)
    const take = async (url: string) => {
      const response = await page.request.get(url)
      expect(response.status()).toBe(200)
      const path = join(folder, `remis-${url.split('/').at(-1)}.zip`)
      await writeFile(path, await response.body())
      return path
    }
    const dossier = tour.stops.find(({ name }) => name === 'ars-19')?.url ?? ''
    await page.goto(dossier)
    const member = await page
      .getByRole('link', { name: /^Télécharger .* fichier de / })
      .first()
      .getAttribute('href')
    const extract = await take(member ?? '')
    const verifyHref = await page.locator('a[href*="sceau="]').first().getAttribute('href')
    await page.goto(urlTo('verify'))
    await page.getByLabel('Dossier à vérifier').setInputFiles(extract)
    await page.getByText('un extrait ou un brouillon').waitFor()
    // With the seal that the page of the dossier gives, it is compared with what was sealed.
    await page.goto(verifyHref ?? '')
    await page.getByLabel('Dossier à vérifier').setInputFiles(extract)
    await page.getByText(/C’est un extrait de la version \d+ du dossier/).waitFor()

    const porteurDossier = tour.stops.find(({ name }) => name === 'porteur-19-dossier')?.url ?? ''
    await page.goto(porteurDossier)
    const draft = await page
      .getByRole('link', { name: 'Télécharger le brouillon (ZIP)' })
      .getAttribute('href')
    const path = await take(draft ?? '')
    await page.goto(urlTo('verify'))
    await page.getByLabel('Dossier à vérifier').setInputFiles(path)
    await page.getByText('Rien n’y manque et rien n’y a changé').waitFor()
    expect(await page.locator('[data-verify-result] .errors').count()).toBe(0)
    await page.context().close()
  })
})
