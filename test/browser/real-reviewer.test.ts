import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { enterAsReviewer } from '../../scripts/tour.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { signIn } from '../../server/steps/access/sign-in.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { depositOn, esmsPieces, sealVersion } from '../support/sealed.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

const EMAIL = 'instructrice@ars.exemple.fr'
const DOSSIERS = 40

describeInBrowser('A reviewer with forty dossiers', () => {
  let site: Site
  let session: string

  beforeAll(async () => {
    site = await openSite()
    const porteur = await site.porteur()
    for (let order = 1; order <= DOSSIERS; order++) {
      const { grappeId } = await createTestGrappe(porteur, order === 1 ? 3 : 1, `Grappe n° ${order}`)
      for (const { pieceId } of await esmsPieces(porteur, grappeId)) {
        await depositOn(porteur, grappeId, pieceId, await pdf(`Grappe ${order}`))
      }
      await sealVersion(site, porteur, grappeId)
      await porteur.call('POST', fill(API_PATHS.links, { grappe: grappeId }), {
        label: 'Instructrice, ARS',
        email: EMAIL,
      })
    }
    const link = await issueLink(site.context.db, site.context, {
      kind: 'connexion',
      email: EMAIL,
      label: EMAIL,
    })
    const signed = await signIn(site.context, link.token)
    if (!signed.ok) throw new Error(signed.refusal.code)
    session = signed.value.sessionToken
  }, 300_000)
  afterAll(() => site?.close())

  const notice = async (page: Page) => (await page.locator('.notice').innerText()).replaceAll('\u00a0', ' ')
  const names = (page: Page) => page.locator('.dossiers tbody th a').allInnerTexts()

  async function expectClean(page: Page): Promise<void> {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    expect(await axeViolations(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    expect(await axeViolations(page, ['color-contrast'])).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0)
  }

  for (const width of [390, 1024, 1440]) {
    it(`goes through them, ${width} px wide`, async () => {
      const page = await site.visitor({ viewport: { width, height: 900 } })
      await enterAsReviewer(page.context(), site.base, session)
      await page.goto(urlTo('arsDossiers'))

      // One list, whole, in the order in which a person counts.
      await page.getByLabel('Trier par').selectOption({ label: 'Nom de la grappe' })
      await page.getByRole('button', { name: 'Filtrer' }).click()
      const inOrder = Array.from({ length: DOSSIERS }, (_, i) => `Grappe n° ${i + 1}`)
      expect((await names(page)).map(name => name.replaceAll('\u00a0', ' '))).toEqual(inOrder)
      const hidden = await page
        .locator('section:has(> .dossiers)')
        .evaluate(box => [box.scrollHeight - box.clientHeight, box.scrollWidth - box.clientWidth])
      expect(hidden.every(pixels => pixels <= 1)).toBe(true)
      await expectClean(page)

      await page.getByLabel('Rechercher').fill('12')
      await page.getByRole('button', { name: 'Filtrer' }).click()
      expect(await names(page)).toHaveLength(1)
      await page.getByRole('link', { name: 'Afficher tout' }).click()
      await page.getByLabel('Trier par').selectOption({ label: 'Le plus à examiner' })
      await page.getByRole('button', { name: 'Filtrer' }).click()
      expect((await names(page))[0]).toMatch(/n°\s1$/)

      // The next to examine, decided by keys after a click in the preview.
      await page.getByRole('link', { name: 'Examiner le prochain dossier' }).click()
      await expectClean(page)
      const frame = page.locator('[data-preview] iframe')
      expect(await frame.getAttribute('src')).toContain('view=FitH')
      await frame.scrollIntoViewIfNeeded()
      await frame.click({ position: { x: 120, y: 200 } })
      await page.waitForFunction(() => document.activeElement?.tagName !== 'IFRAME')
      const decided = page.url()
      await page.keyboard.press('c')
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Déclarer conforme')
      await page.keyboard.press('Enter')
      await page.waitForURL(url => url.href !== decided)
      expect(await notice(page)).toContain('conforme')

      // Taken back from the next piece, by keys too.
      await page.keyboard.press('u')
      await page.getByRole('button', { name: 'Remettre à examiner' }).waitFor()
      await page.keyboard.press('x')
      await page.keyboard.press('Enter')
      await page.getByText('Pièce remise à examiner').waitFor()
      await page.getByRole('button', { name: 'Déclarer conforme' }).waitFor()

      await page.getByRole('link', { name: /^Dossier de Grappe/ }).click()
      await page.getByRole('link', { name: /^Examiner la/ }).waitFor()
      await expectClean(page)
      await page.context().close()
    }, 120_000)
  }
})
