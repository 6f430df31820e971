/** Signing in and out by a provider in a real browser, whose policy stops forms that lead elsewhere. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { urlTo } from '../../schema/urls.ts'
import { CLIENT_ID, CLIENT_SECRET, startProvider, type TestProvider } from '../support/identity-provider.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

describeInBrowser('by ProConnect', () => {
  let provider: TestProvider
  let site: Site
  beforeAll(async () => {
    provider = await startProvider()
    const { issuer, person } = provider
    site = await openSite({
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: CLIENT_ID,
      OIDC_CLIENT_SECRET: CLIENT_SECRET,
      CALL_WRITERS: person.email ?? '',
    })
    provider.serve(site.base)
  })
  afterAll(async () => {
    await site?.close()
    await provider?.stop()
  })

  it('one signs in, and out of both', async () => {
    const page = await site.visitor({ javaScriptEnabled: false })
    await page.goto(urlTo('arsDossiers'))
    await page.getByRole('link', { name: 'Se connecter avec ProConnect' }).click()
    await page.getByRole('heading', { name: 'Dossiers remis à l’ARS' }).waitFor()
    await page.getByRole('button', { name: 'Se déconnecter' }).click()
    // The provider's own page, where one confirms.
    await page.waitForURL(`${provider.issuer}/session/end?**`)
    await page.getByRole('button').first().click()
    await page.waitForURL(`${site.base}/`)
    expect(await page.getByRole('status').textContent()).toContain('ici et de ProConnect')
  })

  it('its pages are readable by everybody', async () => {
    const page = await site.visitor()
    await page.goto(urlTo('arsDossiers'))
    expect(await axeViolations(page)).toEqual([])
  })
})
