/** Who gets in: an address that proved nothing, a program's token, a form of another session, a cookie. */
import { afterEach, expect, it } from 'vitest'
import { colleagues, porteurs } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { createTokens } from '../../server/adapters/tokens.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { sweepExpired } from '../../server/steps/erasure/sweep-expired.ts'
import { START, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { openBrowser, signInPorteur, submitWithCode } from '../support/page-client.ts'

let test: TestApp
afterEach(() => test.close())

const DAY_MS = 24 * 60 * 60 * 1000
const later = (days: number) => test.setNow(new Date(Date.parse(START) + days * DAY_MS).toISOString())

async function linkTo(email: string): Promise<string> {
  await test.app.inject({ method: 'POST', url: API_PATHS.signIn, payload: { email } })
  const mail = (await readOutbox(test.context)).find(({ recipient }) => recipient === email)
  return new URL(mail?.link ?? '').pathname
}
const countPorteurs = async () => [
  await test.context.db.$count(porteurs),
  await test.context.db.$count(colleagues),
]

it('an address that is of no porteur becomes one when its link is used, and leaves nothing if it is not', async () => {
  test = await startApp()
  const used = await linkTo('nouvelle@exemple.fr')
  await linkTo('jamais@exemple.fr')
  const scanner = openBrowser(test)
  expect((await scanner.get(used)).status).toBe(200)
  expect(await countPorteurs()).toEqual([0, 0])
  const entered = await scanner.submit(used)
  expect([entered.status, entered.location]).toEqual([303, urlTo('grappes')])
  expect(await countPorteurs()).toEqual([1, 1])
  // Known by now: the next link is its own.
  await openBrowser(test).get(await linkTo('nouvelle@exemple.fr'))
  expect(await countPorteurs()).toEqual([1, 1])
  later(40)
  await sweepExpired(test.context)
  expect(await readOutbox(test.context)).toEqual([])
})

it('a program’s token is short, reads only unless asked otherwise, and makes no other token', async () => {
  test = await startApp()
  const signIn = async (asked: object) => {
    const token = (await linkTo('porteuse@exemple.fr')).split('/').at(-1)
    return await test
      .bearer('')
      .call<{ token: string; expiresAt: string }>('POST', API_PATHS.signInProgram, { token, ...asked })
  }
  const made = await signIn({ label: 'tableur' })
  expect(made.body.expiresAt).toBe('2026-06-08T10:00:00.000Z')
  const reader = test.bearer(made.body.token)
  test.setNow(new Date(Date.parse(START) + 60_000).toISOString())
  const whole = await signIn({ label: 'logiciel', scope: 'administrer', days: 90 })
  const { grappeId: grappe } = await createTestGrappe(test.bearer(whole.body.token), 1)
  expect((await reader.call('GET', fill(API_PATHS.board, { grappe }))).status).toBe(200)
  const refused = await reader.call('POST', fill(API_PATHS.invitations, { grappe }), { tous: true })
  expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringContaining('lit seulement') } })

  expect((await test.bearer(whole.body.token).call('POST', API_PATHS.tokens, { label: 'x' })).status).toBe(
    404,
  )
  expect((await reader.call('GET', API_PATHS.tokens)).status).toBe(403)
  const listed = await test
    .bearer(whole.body.token)
    .call<Array<{ scope: string; lastUsedAt: string | null }>>('GET', API_PATHS.tokens)
  expect(listed.body.map(({ scope }) => scope)).toEqual(['lire', 'administrer'])
  expect(listed.body.every(({ lastUsedAt }) => lastUsedAt !== null)).toBe(true)
  test.setNow(new Date(Date.parse(START) + 120_000).toISOString())
  expect((await signIn({ label: 'long', days: 91 })).status).toBe(422)
  later(7)
  expect((await reader.call('GET', API_PATHS.tokens)).status).toBe(401)
})

it('the page asks what an access may and for how long', async () => {
  test = await startApp()
  const browser = await signInPorteur(test)
  await browser.get(urlTo('apiAccess'))
  const wrong = await browser.submit(urlTo('apiAccess'), { label: 'x', scope: 'lire', days: '400' })
  expect([
    wrong.status,
    wrong.html.includes('90 jours au plus.'),
    wrong.html.includes('value="400"'),
  ]).toEqual([422, true, true])
  const made = await submitWithCode(test, browser, urlTo('apiAccess'), {
    label: 'Logiciel',
    scope: 'controler',
    days: '30',
  })
  expect([made.status, made.html.includes('lire, collecter et contrôler')]).toEqual([201, true])
})

it('a form of one session is worth nothing in another of the same browser', async () => {
  test = await startApp()
  const browser = await signInPorteur(test, 'une@exemple.fr')
  const page = await browser.get(urlTo('newGrappe'))
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
  const link = await linkTo('autre@exemple.fr')
  await browser.get(link)
  await browser.submit(link)
  const forged = await browser.submit(urlTo('newGrappe'), { csrf, name: 'Prise', call: 'demonstration' })
  expect(forged.status).toBe(403)
  await browser.get(urlTo('newGrappe'))
  expect((await browser.submit(urlTo('newGrappe'), { name: 'À elle', call: 'demonstration' })).status).toBe(
    303,
  )
})

it('over HTTPS, cookies of the whole site are this host’s alone, and a neighbour’s are not read', async () => {
  test = await startApp({ PUBLIC_URL: 'https://grappe.exemple.fr' })
  const browser = await signInPorteur(test)
  const page = await browser.get(urlTo('grappes'))
  expect(page.status).toBe(200)
  expect(browser.cookieHeader()).toMatch(/__Host-session=/)
  expect(browser.cookieHeader()).toMatch(/__Host-formulaire=/)
  expect(browser.cookieHeader()).not.toMatch(/(^|; )(session|formulaire)=/)
  const link = await linkTo('autre@exemple.fr')
  const other = openBrowser(test)
  await other.get(link)
  const set = [(await other.submit(link)).headers['set-cookie']].flat().map(String)
  for (const line of set.filter(each => each.startsWith('__Host-'))) {
    expect(line).toMatch(/; Path=\/;/)
    expect(line).toMatch(/; Secure/)
    expect(line).not.toMatch(/Domain/i)
  }
  const session = /__Host-session=([^;]+)/.exec(browser.cookieHeader())?.[1] ?? ''
  const injected = await test.app.inject({ url: urlTo('grappes'), cookies: { session } })
  expect([injected.statusCode, injected.headers.location]).toEqual([303, urlTo('signIn')])
})

it('a link made by an earlier version still opens: its key is the one of then', async () => {
  test = await startApp()
  const id = '00000000-0000-4000-8000-000000000000'
  const key = 'une clé assez longue pour en être une, ou presque'
  expect(createTokens(key).ofLink(id)).toBe('K-PhbAXMh0prpIdI0c8lYfVdRip5_2c0neCpaqpL-lg')
})
