import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { urlTo } from '../../schema/urls.ts'
import { findOrCreatePorteur, issueSignInLink } from '../../server/steps/access/sign-in.ts'
import { createTestGrappe, fictionalFiness } from '../support/grappe.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

const EMAIL = 'porteuse@exemple.fr'
const MOST_TABS = 120

/** Presses Tab until the focus is on what is looked for. */
async function tabTo(page: Page, what: RegExp): Promise<void> {
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => {
      const element = document.activeElement
      return `${element?.id} ${element?.getAttribute('aria-label') ?? ''} ${element?.textContent ?? ''}`
    })
    if (what.test(focused)) return
  }
  throw new Error(`The focus never reaches ${what}`)
}

const read = async (page: Page) => ((await page.locator('main').textContent()) ?? '').replace(/\s+/g, ' ')

describeInBrowser('A porteur without a mouse', () => {
  let site: Site
  let page: Page
  let grappe: string
  beforeAll(async () => {
    site = await openSite()
    grappe = (await createTestGrappe(await site.porteur(EMAIL), 15)).grappeId
    const porteur = await findOrCreatePorteur(site.context.db, site.context, EMAIL)
    const link = await issueSignInLink(site.context.db, site.context, porteur)
    // On a phone's width: what is reachable there is reachable anywhere.
    page = await site.visitor({ viewport: { width: 390, height: 844 } })
    await page.goto(urlTo('signInLink', { token: link.token }))
    await tabTo(page, /Entrer dans mon espace/)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/porteur$/)
  })
  afterAll(() => site?.close())

  it('pastes cells, reads the preview and adds the members', async () => {
    await page.goto(urlTo('importMembers', { grappe }))
    await tabTo(page, /^texte /)
    const rows = [40, 41].map(
      order => `${fictionalFiness(order)}\tEHPAD collé ${order}\tAssociation Les Oliviers`,
    )
    await page.keyboard.insertText(['FINESS\tNom\tOG', ...rows].join('\n'))
    await tabTo(page, /Vérifier les cellules/)
    await page.keyboard.press('Enter')
    await page.getByText('EHPAD collé 41').first().waitFor()
    expect(await axeViolations(page)).toEqual([])
    await tabTo(page, /Ajouter les 2/)
    await page.keyboard.press('Enter')
    await page.getByText('2 membres').first().waitFor()
    await page.goto(urlTo('members', { grappe }))
    expect(await read(page)).toContain('17 ESMS')
  })

  it('reads the verdict and the margin, and tries a departure that saves nothing', async () => {
    await page.goto(urlTo('eligibility', { grappe }))
    expect(await read(page)).toMatch(/2 ESMS peuvent partir/)
    expect(await axeViolations(page)).toEqual([])
    // The page's own table of contents spares the declarations, which are many.
    await tabTo(page, /Et si des membres/)
    await page.keyboard.press('Enter')
    await tabTo(page, /^og-/)
    await page.keyboard.press('Space')
    await tabTo(page, /Voir le verdict sans eux/)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\?/)
    expect(await read(page)).toMatch(/Sans \d+ ESMS, il en reste \d+/)
    await page.goto(urlTo('members', { grappe }))
    expect(await read(page)).toContain('17 ESMS')
  })
})
