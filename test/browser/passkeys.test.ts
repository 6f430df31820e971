/** A passkey of a virtual authenticator, in a real browser, under the pages' own content security policy. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { codes, passkeys } from '../../schema/tables.ts'
import { PASSKEY_PAGES, urlTo } from '../../schema/urls.ts'
import { SESSION_COOKIE } from '../../server/http/security.ts'
import { findOrCreatePorteur, issueSignInLink, signIn } from '../../server/steps/access/sign-in.ts'
import { lastCode } from '../support/page-client.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

describeInBrowser('a passkey', () => {
  let site: Site
  let base: string
  beforeAll(async () => {
    site = await openSite()
    // Browsers bind no passkey to an IP address.
    base = site.base.replace('127.0.0.1', 'localhost')
    site.context.setPublicUrl(base)
  })
  afterAll(() => site?.close())

  async function openPorteur(javaScriptEnabled = true): Promise<Page> {
    const page = await site.visitor({ baseURL: base, javaScriptEnabled })
    const { context } = site
    const porteur = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
    const link = await issueSignInLink(context.db, context, porteur)
    const opened = await signIn(context, link.token)
    if (!opened.ok) throw new Error(opened.refusal.code)
    await page.context().addCookies([{ name: SESSION_COOKIE, value: opened.value.sessionToken, url: base }])
    return page
  }

  /** An authenticator of the machine, whose owner says yes. */
  async function plugIn(page: Page) {
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('WebAuthn.enable')
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
  }

  it('is added after a code, then confirms an act without one', async () => {
    const page = await openPorteur()
    await plugIn(page)
    await page.goto(PASSKEY_PAGES.porteur.list)
    expect(await axeViolations(page)).toEqual([])
    await page.getByLabel('Nom de la clé').fill('Portable du bureau')
    await page.getByRole('button', { name: 'Continuer' }).click()
    await page.getByLabel('Code reçu').fill(await lastCode(site))
    await page.getByRole('button', { name: 'Confirmer' }).click()
    await page.getByRole('button', { name: 'Créer la clé sur cet appareil' }).waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Créer la clé sur cet appareil' }).click()
    await page.getByRole('status').filter({ hasText: 'ajoutée' }).waitFor()
    expect(await axeViolations(page)).toEqual([])

    const sent = (await site.context.db.select().from(codes)).length
    await page.goto(urlTo('apiAccess'))
    await page.getByLabel('Nom de l’accès').fill('Tableur')
    await page.getByRole('button', { name: 'Créer l’accès' }).click()
    await page.getByRole('button', { name: 'Confirmer par votre clé d’accès' }).waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Confirmer par votre clé d’accès' }).click()
    await page.getByText('Copiez ce jeton maintenant').waitFor()
    expect(await site.context.db.select().from(codes)).toHaveLength(sent)
    const [row] = await site.context.db.select().from(passkeys)
    expect([row?.name, row?.counter]).toEqual(['Portable du bureau', expect.any(Number)])
    expect(row?.lastUsedAt).not.toBeNull()
  })

  it('that is not on this device confirms nothing, and a code still does', async () => {
    const page = await openPorteur()
    await plugIn(page)
    await page.goto(urlTo('apiAccess'))
    await page.getByLabel('Nom de l’accès').fill('Autre')
    await page.getByRole('button', { name: 'Créer l’accès' }).click()
    await page.getByRole('button', { name: 'Confirmer par votre clé d’accès' }).click()
    await page.getByText('n’a pas donné la clé d’accès').waitFor()
    await page.getByRole('button', { name: 'Recevoir un code par e-mail' }).click()
    await page.getByLabel('Code reçu').fill(await lastCode(site))
    await page.getByRole('button', { name: 'Confirmer', exact: true }).click()
    await page.getByText('Copiez ce jeton maintenant').waitFor()
  })

  it('is not offered without scripts, and the code is', async () => {
    const page = await openPorteur(false)
    await page.goto(urlTo('apiAccess'))
    await page.getByLabel('Nom de l’accès').fill('Sans script')
    await page.getByRole('button', { name: 'Créer l’accès' }).click()
    await page.getByRole('button', { name: 'Recevoir un code par e-mail' }).waitFor()
    expect(await page.getByRole('button', { name: 'Confirmer par votre clé d’accès' }).isVisible()).toBe(
      false,
    )
  })
})
