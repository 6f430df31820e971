import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findDemonstrationLinks, makeDemonstrationOnce } from '../../server/demonstration.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { pdf } from '../support/files.ts'
import { describeInBrowser, openSite, type Site } from './support.ts'

const PIECE = 'État des lieux et prérequis'

describeInBrowser('The three journeys', () => {
  let site: Site
  let reviewerLink: string
  beforeAll(async () => {
    site = await openSite()
    await makeDemonstrationOnce(site.context)
    reviewerLink = (await findDemonstrationLinks(site.context))?.reviewer ?? ''
  })
  afterAll(() => site?.close())

  /** The link in the last message to this person. */
  const linkSentTo = async (recipient: string) =>
    (await readOutbox(site.context)).find(mail => mail.recipient === recipient)?.link ?? ''
  /** The one of the demonstration's members numbered so, by order of FINESS. */
  const memberLink = (order: number) => linkSentTo(`secretariat${order}@demonstration.invalid`)

  const visitor = (scripts: boolean) => site.visitor({ javaScriptEnabled: scripts })
  const download = async (page: Page, name: RegExp) => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name }).first().click(),
    ])
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) }
  }
  const pdfFile = async (name: string, text = name) => ({
    name,
    mimeType: 'application/pdf',
    buffer: await pdf(text),
  })
  /** What is read, its non-breaking spaces as plain ones. */
  const text = async (page: Page, selector: string) =>
    ((await page.locator(selector).first().textContent()) ?? '').replaceAll('\u00a0', ' ')

  async function enterAsPorteur(page: Page): Promise<void> {
    await page.goto('/connexion')
    await page.getByLabel('Adresse e-mail').fill('porteur@demonstration.invalid')
    await page.getByRole('button', { name: 'Recevoir le lien' }).click()
    await page.getByRole('heading', { name: 'Regardez vos messages' }).waitFor()
    await page.goto(await linkSentTo('porteur@demonstration.invalid'))
    await page.getByRole('button', { name: 'Entrer dans mon espace' }).click()
    await page.getByRole('link', { name: 'Grappe de démonstration' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'Tableau des pièces' }).waitFor()
  }

  for (const scripts of [true, false]) {
    const how = scripts ? 'with scripts' : 'without scripts'

    it(`A porteur signs in, controls two pieces and takes the dossier, ${how}`, async () => {
      const page = await visitor(scripts)
      await enterAsPorteur(page)
      await page
        .getByRole('link', { name: /à contrôler/ })
        .first()
        .click()
      await page
        .locator('table.matrix td')
        .getByRole('link', { name: /déposée/ })
        .first()
        .click()

      if (scripts) {
        await page.getByText('Au clavier').waitFor()
        await page.keyboard.press('r')
        await page.keyboard.press('Tab')
      } else await page.getByLabel('Motif du refus').focus()
      await page.keyboard.type('La page 2 manque.')
      await page.getByRole('button', { name: /^Refuser/ }).click()
      expect(await text(page, '.notice')).toMatch(/^Pièce refusée.* Voici la suivante à contrôler\.$/)
      const second = page.url()
      await page.getByRole('link', { name: /Revenir sur la décision précédente/ }).click()
      expect(await text(page, '.motive')).toContain('La page 2 manque.')

      if (scripts) {
        await page.getByText('Au clavier').waitFor()
        await page.keyboard.press('n')
      } else await page.getByRole('link', { name: 'Pièce suivante à contrôler' }).click()
      await page.locator('form[data-decision=acceptee]').waitFor()
      expect(second).toContain(new URL(page.url()).pathname)
      expect(await page.locator('.notice').count()).toBe(0)
      if (scripts) {
        await page.getByText('Au clavier').waitFor()
        await page.keyboard.press('a')
        await page.keyboard.press('Enter')
      } else await page.getByRole('button', { name: /^Accepter/ }).click()
      await page.locator('.notice').waitFor()
      expect(await text(page, '.notice')).toMatch(/^Pièce acceptée\./)

      await page.getByRole('navigation', { name: 'Grappe' }).getByRole('link', { name: 'Dossier' }).click()
      const zip = await download(page, /ZIP/)
      expect(zip.name).toMatch(/INCOMPLET.*\.zip$/)
      expect(zip.bytes.subarray(0, 2).toString()).toBe('PK')
      await page.context().close()
    })

    it(`A member deposits from its link, mends a refused file and replaces it, ${how}`, async () => {
      const page = await visitor(scripts)
      await page.goto(await memberLink(scripts ? 14 : 15))
      await page.getByRole('link', { name: PIECE, exact: true }).click()
      const pieceUrl = page.url()

      await page
        .locator('#fichiers')
        .setInputFiles({ name: 'vide.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(0) })
      if (!scripts) await page.getByRole('button', { name: /^Déposer/ }).click()
      expect(await text(page, scripts ? '.chosen .field-error' : '.errors')).toContain(
        '« vide.pdf » est vide',
      )
      if (scripts) await page.getByRole('button', { name: 'Retirer « vide.pdf »' }).click()

      await page.locator('#fichiers').setInputFiles(await pdfFile('etat-des-lieux.pdf'))
      await page.getByRole('button', { name: /^Déposer/ }).click()
      await page.getByRole('heading', { level: 1, name: 'Votre dépôt est enregistré' }).waitFor()
      expect(page.url()).not.toBe(pieceUrl)
      expect(await text(page, 'main')).toContain('etat-des-lieux.pdf')

      await page.goto(pieceUrl)
      await page.locator('#fichiers').setInputFiles(await pdfFile('etat-corrige.pdf'))
      await page.getByRole('button', { name: /^Déposer/ }).click()
      await page.getByRole('heading', { level: 1, name: 'Votre dépôt est enregistré' }).waitFor()
      expect(await text(page, '.facts')).toContain('version 2')
      await page.context().close()
    })

    it(`A reviewer reads the verdict and takes the dossier from its link, ${how}`, async () => {
      const page = await visitor(scripts)
      await page.goto(reviewerLink)
      expect(await text(page, '.verdict')).toMatch(/apprécier/)
      const zip = await download(page, /ZIP/)
      expect(zip.bytes.subarray(0, 2).toString()).toBe('PK')
      const workbook = await download(page, /Excel/)
      expect(workbook.name).toMatch(/\.xlsx$/)
      await page.context().close()
    })
  }

  it('A member drops files on the page, loses the line, and they leave by themselves once it is back', async () => {
    const page = await visitor(true)
    await page.goto(await memberLink(16))
    await page.getByRole('link', { name: PIECE, exact: true }).click()
    // The words of the zone appear once the script is at work.
    await page.locator('.drop[data-ready]').waitFor()

    const bytes = [...(await pdf('déposé'))]
    const transfer = await page.evaluateHandle(content => {
      const data = new DataTransfer()
      data.items.add(new File([new Uint8Array(content)], 'glisse.pdf', { type: 'application/pdf' }))
      data.items.add(new File(['x'], 'affiche.bmp'))
      return data
    }, bytes)
    await page.dispatchEvent('main', 'drop', { dataTransfer: transfer })
    await expect.poll(() => page.locator('.chosen li').count()).toBe(2)
    expect(await page.locator('.chosen li').nth(1).textContent()).toContain(
      'n’est pas dans un format accepté',
    )

    await page.route('**/esms/**', route =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    )
    await page.getByRole('button', { name: /^Déposer/ }).click()
    await page.getByRole('button', { name: 'Tout réessayer' }).waitFor()
    expect(await text(page, '.chosen li')).toContain('connexion coupée')
    expect(await page.locator('.chosen li').count()).toBe(2)

    await page.unroute('**/esms/**')
    await page.getByRole('heading', { level: 1, name: 'Votre dépôt est enregistré' }).waitFor()
    expect(await text(page, 'main')).toContain('glisse.pdf')
    expect(await text(page, 'main')).not.toContain('affiche.bmp')

    await page.goBack()
    await page.getByRole('heading', { level: 1, name: PIECE }).waitFor()
    await page.context().close()
  })

  it('A disguised file sent with scripts is refused beside its name, and another takes its place', async () => {
    const page = await visitor(true)
    await page.goto(await memberLink(17))
    await page.getByRole('link', { name: PIECE, exact: true }).click()
    const address = page.url()
    const disguised = { name: 'faux.pdf', mimeType: 'application/pdf', buffer: Buffer.from('not a PDF') }
    await page.locator('#fichiers').setInputFiles(disguised)
    // Listed: the script is there, and the button is its own.
    await page.locator('.chosen').getByText('faux.pdf').first().waitFor()
    await page.getByRole('button', { name: /^Déposer/ }).click()
    await page.locator('.chosen [data-state=refuse]').waitFor()
    expect(await text(page, '.chosen')).toContain('« faux.pdf » n’est pas dans un format accepté')
    expect(await text(page, '.upload-progress')).toContain('1 fichier refusé, rien n’est encore déposé.')
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('upload-progress')
    expect(page.url()).toBe(address)

    await page.locator('#fichiers').setInputFiles(await pdfFile('vrai.pdf'))
    expect(await text(page, '.chosen')).toContain('vrai.pdf')
    await page.getByRole('button', { name: /^Déposer/ }).click()
    await page.getByRole('heading', { level: 1, name: 'Votre dépôt est enregistré' }).waitFor()
    await page.context().close()
  })

  it('A link counts as opened once a person moves on the page, not when a scanner loads it', async () => {
    const page = await visitor(true)
    const told: string[] = []
    page.on('request', request => {
      if (request.method() === 'POST') told.push(request.url())
    })
    await page.goto(await memberLink(18))
    await page.waitForLoadState('networkidle')
    expect(told).toEqual([])
    await page.mouse.move(40, 40)
    await page.mouse.move(80, 80)
    await expect.poll(() => told.length).toBe(1)
    expect(told[0]).toMatch(/\/vu$/)
    await page.context().close()
  })

  it('A porteur types part of a name: the board follows, says how many lines, and keeps it in its address', async () => {
    const page = await visitor(true)
    await enterAsPorteur(page)
    const visible = () => page.locator('tr[data-state]:visible').count()
    const all = await visible()
    await page.getByLabel('Nom, FINESS ou contact').fill('HETRES')
    expect(await visible()).toBe(1)
    await expect.poll(() => text(page, '[data-board-count]')).toBe(`1 ligne sur ${all}.`)
    await page.reload()
    expect(await visible()).toBe(1)
    await page.context().close()
  })
})
