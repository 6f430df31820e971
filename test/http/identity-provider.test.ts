/** A reviewer signs in by a real OpenID Connect provider, honest then hostile. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { sessions } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { START, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { CLIENT_ID, CLIENT_SECRET, startProvider, type TestProvider } from '../support/identity-provider.ts'
import { openBrowser, type Page, type PageClient, signInPorteur } from '../support/page-client.ts'
import { depositEverywhere, sealVersion } from '../support/sealed.ts'

const PUBLIC_URL = 'http://127.0.0.1:3000'
const EMAIL = 'instructrice@ars.sante.fr'

let provider: TestProvider
let test: TestApp
let grappe: TestGrappe
let arsToken: string

const settings = () => ({
  OIDC_ISSUER: provider.issuer,
  OIDC_CLIENT_ID: CLIENT_ID,
  OIDC_CLIENT_SECRET: CLIENT_SECRET,
})

beforeAll(async () => {
  provider = await startProvider()
  provider.serve(PUBLIC_URL)
  test = await startApp(settings())
  const porteur = await test.porteur()
  grappe = await createTestGrappe(porteur, 2)
  await depositEverywhere(porteur, grappe.grappeId)
  await sealVersion(test, porteur, grappe.grappeId)
  const links = fill(API_PATHS.links, { grappe: grappe.grappeId })
  const handed = await porteur.call<{ address: string }>('POST', links, {
    label: 'Instructrice',
    email: EMAIL,
  })
  arsToken = handed.body.address.split('/').at(-1) ?? ''
  await porteur.call('POST', links, { label: 'Complice', email: 'complice@association.fr' })
})
afterEach(() => {
  provider.person = { email: EMAIL, acr: 'eidas1' }
  provider.tamper = { idToken: null, userInfo: null, forged: false, down: {} }
  test.setNow(START)
})
afterAll(async () => {
  await test?.close()
  await provider?.stop()
})

/** The address at the provider to which the button leads. */
async function begin(browser: PageClient): Promise<URL> {
  const begun = await browser.get(urlTo('arsProvider'))
  expect(begun.status).toBe(303)
  return new URL(begun.location ?? '')
}

/** The address, without its server, by which the provider sends the person back. */
async function comeBack(address: URL): Promise<string> {
  const returned = await provider.visit(address.href)
  expect(returned.startsWith(PUBLIC_URL + urlTo('arsProviderReturn'))).toBe(true)
  return returned.slice(PUBLIC_URL.length)
}

async function signIn(browser: PageClient): Promise<Page> {
  return await browser.get(await comeBack(await begin(browser)))
}

const countSessions = async () => (await test.context.db.select().from(sessions)).length

/** Nobody is signed in by that page, which says what to do. */
async function expectRefused(page: Page, status: number, sentence: string | RegExp): Promise<void> {
  expect([page.status, page.html]).toEqual([status, expect.stringMatching(sentence)])
  expect(String(page.headers['set-cookie'] ?? '')).not.toContain('session-ars=')
}

describe('a public agent signs in by ProConnect', () => {
  it('is offered it on the page of the ARS, and not on that of the porteur', async () => {
    const browser = openBrowser(test)
    const ars = await browser.get(urlTo('arsDossiers'))
    expect(ars.html).toContain('Se connecter avec ProConnect')
    expect(ars.html).toContain('@ars.sante.fr')
    expect((await browser.get(urlTo('signIn'))).html).not.toContain('ProConnect')
  })

  it('asks with the parameters that ProConnect lists, and no other', async () => {
    const { searchParams } = await begin(openBrowser(test))
    expect([...searchParams.keys()].sort()).toEqual(
      ['client_id', 'nonce', 'redirect_uri', 'response_type', 'scope', 'state'].sort(),
    )
    expect(searchParams.get('redirect_uri')).toBe(`${PUBLIC_URL}/ars/connexion/retour`)
    expect(searchParams.get('state')?.length).toBeGreaterThanOrEqual(32)
    expect(searchParams.get('nonce')?.length).toBeGreaterThanOrEqual(32)
  })

  it('opens the session of its address, with the secret in the body', async () => {
    const browser = openBrowser(test)
    const entered = await signIn(browser)
    expect([entered.status, entered.location]).toEqual([303, urlTo('arsDossiers')])
    expect((await browser.follow(entered)).html).toContain(`ARS, ${EMAIL}`)
    expect(provider.tokenRequests.at(-1)).toEqual({ authorization: undefined, secretInBody: true })
  })

  it('stays signed in for twelve hours: the provider vouches for that day', async () => {
    const browser = openBrowser(test)
    await signIn(browser)
    test.setNow('2026-06-01T21:59:00.000Z')
    expect((await browser.get(urlTo('arsDossiers'))).status).toBe(200)
    test.setNow('2026-06-01T22:00:00.000Z')
    expect((await browser.get(urlTo('arsDossiers'))).html).not.toContain(EMAIL)
  })

  it('gives an opinion that says how it was proved, to the porteur, to the ARS and in the journal', async () => {
    const browser = openBrowser(test)
    await browser.follow(await signIn(browser))
    const at = { token: grappe.grappeId, number: '1' }
    await browser.get(urlTo('arsVersion', at))
    const given = await browser.submit(urlTo('arsOpinion', at), { avis: 'recevable', note: 'Complet.' })
    expect(given.status).toBe(303)
    const words = `connecté par ProConnect avec l’adresse ${EMAIL}`
    expect((await browser.get(urlTo('arsVersion', at))).html).toContain(words)
    const read = await test
      .bearer(arsToken)
      .call<{ opinions: Array<{ proved: object }> }>('GET', API_PATHS.arsDossier)
    expect(read.body.opinions.at(-1)?.proved).toEqual({ email: EMAIL, proof: 'proconnect' })
    const porteurPage = await (await signInPorteur(test)).get(urlTo('dossier', { grappe: grappe.grappeId }))
    expect(porteurPage.html).toContain(words)
    const told = (await readOutbox(test.context)).find(({ subject }) => subject.startsWith('Avis de l’ARS'))
    expect(told?.text).toContain(`donné après connexion par ProConnect avec l’adresse ${EMAIL}`)
    const porteur = await test.porteur()
    const journal = fill(API_PATHS.journal, { grappe: grappe.grappeId })
    const lines = await porteur.call<Array<{ kind: string; proof: string }>>('GET', journal)
    expect(lines.body.find(({ kind }) => kind === 'opinion-given')?.proof).toBe('proconnect')
  })

  it('keeps what it waits for in the browser, sealed, and sent to one address only', async () => {
    const begun = await openBrowser(test).get(urlTo('arsProvider'))
    const state = new URL(begun.location ?? '').searchParams.get('state') ?? ''
    const cookie = String(begun.headers['set-cookie'])
    expect(cookie).toMatch(/connexion=[^;]+; Path=\/ars\/connexion\/retour; HttpOnly; SameSite=Lax/)
    expect(cookie).not.toContain(state)
  })

  it('signs out here, then of the provider by the token that it gave', async () => {
    const browser = openBrowser(test)
    const entered = await signIn(browser)
    expect(String(entered.headers['set-cookie'])).toMatch(/jeton=[^;]+; Path=\/ars\/deconnexion; HttpOnly/)
    await browser.follow(entered)
    const before = await countSessions()
    const left = await browser.submit(urlTo('arsSignOut'))
    expect([left.status, await countSessions()]).toEqual([200, before - 1])
    const [, address = ''] = /^0; url=(.+)$/.exec(String(left.headers.refresh)) ?? []
    const asked = new URL(address)
    expect([...asked.searchParams.keys()].sort()).toEqual([
      'id_token_hint',
      'post_logout_redirect_uri',
      'state',
    ])
    expect(left.html).toContain('Se déconnecter de ProConnect')
    const back = await provider.visit(address)
    const home = await browser.get(back.slice(PUBLIC_URL.length))
    expect((await browser.follow(home)).html).toContain('Vous êtes déconnecté, ici et de ProConnect.')
    // By another address nothing is claimed.
    const other = openBrowser(test)
    expect((await other.follow(await other.get(back.slice(PUBLIC_URL.length)))).html).not.toContain(
      'déconnecté',
    )
  })

  it('signs out here when the provider is down', async () => {
    const browser = openBrowser(test)
    await browser.follow(await signIn(browser))
    await provider.stop()
    const left = await browser.submit(urlTo('arsSignOut'))
    await provider.start()
    expect(left.status).toBe(200)
    expect((await browser.get(urlTo('arsDossiers'))).html).toContain('Indiquez l’adresse')
  })
})

describe('who may not', () => {
  it('is somebody whose address is not a public agent’s, though a dossier was handed to it', async () => {
    provider.person.email = 'complice@association.fr'
    await expectRefused(await signIn(openBrowser(test)), 403, 'réservé aux agents publics')
  })

  it('is an agent to whom nothing was handed', async () => {
    provider.person.email = 'inconnu@ars.sante.fr'
    await expectRefused(
      await signIn(openBrowser(test)),
      403,
      'Aucun dossier n’est remis à inconnu@ars.sante.fr',
    )
  })

  it.each([
    [{ email: undefined }, 'sans adresse'],
    [{ email: EMAIL, email_verified: false }, 'une adresse que personne n’a vérifiée'],
  ])('is a person of %o', async (person, _what) => {
    provider.person = { ...person, acr: 'eidas1' }
    await expectRefused(
      await signIn(openBrowser(test)),
      403,
      'ne donne pas d’adresse e-mail qu’il ait vérifiée',
    )
  })
})

describe('a hostile return', () => {
  const STALE = 'n’a pas commencé dans ce navigateur, a déjà servi, ou a plus de dix'

  it('of another browser opens nothing', async () => {
    const back = await comeBack(await begin(openBrowser(test)))
    await expectRefused(await openBrowser(test).get(back), 410, STALE)
    const victim = openBrowser(test)
    await begin(victim)
    await expectRefused(await victim.get(back), 410, STALE)
  })

  it('used again opens nothing', async () => {
    const browser = openBrowser(test)
    const back = await comeBack(await begin(browser))
    expect((await browser.get(back)).status).toBe(303)
    await expectRefused(await browser.get(back), 410, STALE)
  })

  it('with a code used already opens nothing', async () => {
    const [first, second] = [openBrowser(test), openBrowser(test)]
    const used = await comeBack(await begin(first))
    expect((await first.get(used)).status).toBe(303)
    const back = new URL(await comeBack(await begin(second)), PUBLIC_URL)
    back.searchParams.set('code', new URL(used, PUBLIC_URL).searchParams.get('code') ?? '')
    await expectRefused(await second.get(back.href.slice(PUBLIC_URL.length)), 410, STALE)
  })

  it('after more than ten minutes opens nothing', async () => {
    const browser = openBrowser(test)
    const back = await comeBack(await begin(browser))
    test.setNow('2026-06-01T10:10:01.000Z')
    await expectRefused(await browser.get(back), 410, STALE)
  })

  it('without anything opens nothing', async () => {
    await expectRefused(await openBrowser(test).get(urlTo('arsProviderReturn')), 410, STALE)
  })

  it.each([
    ['a parameter that no provider sends', (url: URL) => url.searchParams.set('inconnu', '1')],
    ['two codes', (url: URL) => url.searchParams.append('code', 'autre')],
    ['another issuer', (url: URL) => url.searchParams.set('iss', 'https://autre.exemple')],
  ])('with %s opens nothing', async (_what, change) => {
    const browser = openBrowser(test)
    const back = new URL(await comeBack(await begin(browser)), PUBLIC_URL)
    change(back)
    await expectRefused(
      await browser.get(back.href.slice(PUBLIC_URL.length)),
      502,
      'ne peut pas être vérifiée',
    )
  })

  it.each([
    ['access_denied', 403, 'vous y avez renoncé'],
    ['server_error', 503, 'ne répond pas'],
  ])('with the error %s says so', async (error, status, sentence) => {
    const browser = openBrowser(test)
    const address = await begin(browser)
    const state = address.searchParams.get('state') ?? ''
    const query = new URLSearchParams({ error, state, iss: provider.issuer, error_description: 'Voilà' })
    await expectRefused(await browser.get(`${urlTo('arsProviderReturn')}?${query}`), status, sentence)
  })
})

describe('a hostile provider', () => {
  const UNTRUSTED = 'ne peut pas être vérifiée'
  const seconds = () => Math.floor(Date.now() / 1000)

  it.each([
    ['nonce', () => ({ nonce: 'un-autre-nonce-de-plus-de-trente-deux-signes' })],
    ['issuer', () => ({ iss: 'https://autre.exemple' })],
    ['audience', () => ({ aud: 'un-autre-client' })],
    ['end', () => ({ exp: seconds() - 600 })],
  ])('that gives a token with another %s opens nothing', async (_what, change) => {
    provider.tamper.idToken = claims => ({ ...claims, ...change() })
    await expectRefused(await signIn(openBrowser(test)), 502, UNTRUSTED)
  })

  it('that signs with another key opens nothing', async () => {
    provider.tamper.forged = true
    await expectRefused(await signIn(openBrowser(test)), 502, UNTRUSTED)
  })

  it('that tells of another person at the end opens nothing', async () => {
    provider.tamper.userInfo = claims => ({ ...claims, sub: 'agent-2' })
    await expectRefused(await signIn(openBrowser(test)), 502, UNTRUSTED)
  })

  it.each([
    ['/token', 500],
    ['/me', 503],
    ['/jwks', 502],
  ])('that fails at %s says so, and the next try succeeds', async (path, status) => {
    const fresh = await startApp(settings())
    const browser = openBrowser(fresh)
    provider.tamper.down = { [path]: status }
    const back = await comeBack(await begin(browser))
    await expectRefused(await browser.get(back), 503, 'ProConnect ne répond pas')
    await fresh.close()
  })

  it('that is down when one begins says so; once it is back, one signs in', async () => {
    const fresh = await startApp(settings())
    await provider.stop()
    await expectRefused(await openBrowser(fresh).get(urlTo('arsProvider')), 503, 'ProConnect ne répond pas')
    await provider.start()
    expect((await openBrowser(fresh).get(urlTo('arsProvider'))).status).toBe(303)
    await fresh.close()
  })
})

describe('with the settings that are not by default', () => {
  it('asks for a level and checks that it was reached, when MFA is asked', async () => {
    const strict = await startApp({ ...settings(), OIDC_MFA: 'oui', CALL_WRITERS: EMAIL })
    try {
      const begun = await openBrowser(strict).get(urlTo('arsProvider'))
      const asked = new URL(begun.location ?? '').searchParams
      expect(JSON.parse(asked.get('claims') ?? '')).toEqual({
        id_token: { acr: { essential: true, values: ['eidas0-mfa', 'eidas1-mfa', 'eidas2', 'eidas3'] } },
      })
      provider.person.acr = 'eidas2'
      const agent = openBrowser(strict)
      expect((await signIn(agent)).location).toBe(urlTo('arsDossiers'))
      provider.tamper.idToken = claims => ({ ...claims, acr: 'eidas1' })
      await expectRefused(await signIn(openBrowser(strict)), 403, 'connexion à deux facteurs')
      provider.tamper.idToken = ({ acr, ...claims }) => claims
      await expectRefused(await signIn(openBrowser(strict)), 403, 'connexion à deux facteurs')
    } finally {
      await strict.close()
    }
  })

  it('refuses a userinfo that is not signed', async () => {
    const plain = await startProvider()
    plain.serve(PUBLIC_URL, { userinfo_signed_response_alg: undefined })
    const app = await startApp({ ...settings(), OIDC_ISSUER: plain.issuer, CALL_WRITERS: EMAIL })
    try {
      const browser = openBrowser(app)
      const back = await plain.visit((await browser.get(urlTo('arsProvider'))).location ?? '')
      await expectRefused(await browser.get(back.slice(PUBLIC_URL.length)), 502, 'ne peut pas être vérifiée')
    } finally {
      await app.close()
      await plain.stop()
    }
  })

  it('takes another provider, by PKCE, that has to say that it verified the address', async () => {
    const other = await startProvider()
    other.serve(PUBLIC_URL, { client_id: CLIENT_ID, userinfo_signed_response_alg: undefined })
    const app = await startApp({
      ...settings(),
      OIDC_ISSUER: other.issuer,
      OIDC_PROFILE: 'oidc',
      CALL_WRITERS: EMAIL,
    })
    try {
      const come = async () => {
        const browser = openBrowser(app)
        const begun = await browser.get(urlTo('arsProvider'))
        expect(new URL(begun.location ?? '').searchParams.get('code_challenge_method')).toBe('S256')
        return await browser.get((await other.visit(begun.location ?? '')).slice(PUBLIC_URL.length))
      }
      await expectRefused(await come(), 403, 'ne donne pas d’adresse e-mail qu’il ait vérifiée')
      other.person.email_verified = true
      expect((await come()).location).toBe(urlTo('arsDossiers'))
      const opened = await app.context.db.select().from(sessions)
      expect(opened.map(({ openedBy }) => openedBy)).toEqual(['oidc'])
    } finally {
      await app.close()
      await other.stop()
    }
  })

  it('without a provider, these addresses do not exist', async () => {
    const off = await startApp()
    try {
      const browser = openBrowser(off)
      expect((await browser.get(urlTo('arsDossiers'))).html).not.toContain('ProConnect')
      for (const name of ['arsProvider', 'arsProviderReturn', 'arsProviderLeft'] as const)
        expect((await browser.get(urlTo(name))).status).toBe(404)
    } finally {
      await off.close()
    }
  })
})
