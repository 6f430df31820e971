/** What lets somebody in ends: all at once by a page, or with the access by which a program made it. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { issueApiToken } from '../../server/steps/access/api-tokens.ts'
import { inviteColleague, removeColleague } from '../../server/steps/access/colleagues.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { findOrCreatePorteur, issueSignInLink } from '../../server/steps/access/sign-in.ts'
import { renewLinks } from '../../server/steps/collection/renew-links.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur, submitWithCode } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

let test: TestApp
let grappe: string
let browser: PageClient
/** Of the links of three members and of the ARS, made by a program. */
let addresses: string[]

beforeEach(async () => {
  test = await startApp()
  test.runClock()
  const porteur = await test.porteur()
  grappe = (await createTestGrappe(porteur, 3)).grappeId
  const tous = await porteur.call<Array<{ address: string }>>(
    'POST',
    fill(API_PATHS.invitations, { grappe }),
    { tous: true },
  )
  const ars = await porteur.call<{ address: string }>('POST', fill(API_PATHS.links, { grappe }), {
    label: 'Instructrice',
    email: 'instructrice@ars.exemple.fr',
  })
  addresses = [...tous.body, ars.body].map(({ address }) => new URL(address).pathname)
  browser = await signInPorteur(test)
})
afterEach(() => test.close())

const statuses = async () =>
  await Promise.all(addresses.map(async url => (await test.app.inject({ url })).statusCode))
const mailsTo = async (email: string) =>
  (await readOutbox(test.context)).filter(({ recipient }) => recipient === email)
const pathOf = (link: string | null | undefined) => new URL(link ?? 'http://x/').pathname

it('one page ends everything of a porteur once a code confirms it, and gives new links to those who held one', async () => {
  const person = await findOrCreatePorteur(test.context.db, test.context, 'porteuse@exemple.fr')
  await inviteColleague(test.context, person, { email: 'jamais.venue@exemple.fr', role: 'lire' })
  const invitation = (await mailsTo('jamais.venue@exemple.fr'))[0]
  const page = await browser.get(
    (await browser.get(urlTo('sessions'))).html.match(/\/porteur\/tout-[a-z]+/)?.[0] ?? '',
  )
  const text = textOf(page)
  for (const words of ['1 navigateur connecté', '1 logiciel est refusé', '1 lien non utilisé', '4 liens'])
    expect(text).toContain(words)
  for (const email of ['contact1@exemple.fr', 'instructrice@ars.exemple.fr']) expect(text).toContain(email)
  expect(await statuses()).toEqual([200, 200, 200, 200])

  await browser.submit(urlTo('revokeAll'), { renouveler: 'oui' })
  expect(await statuses()).toEqual([200, 200, 200, 200])
  const done = await submitWithCode(test, browser, urlTo('revokeAll'), { renouveler: 'oui' })
  expect([done.status, done.location]).toEqual([303, urlTo('signIn')])
  expect(textOf(await browser.follow(done))).toContain('Tout est révoqué, cette session comprise.')
  expect(await statuses()).toEqual([410, 410, 410, 410])
  expect((await test.app.inject({ url: pathOf(invitation?.link) })).statusCode).toBe(410)
  expect((await browser.get(urlTo('grappes'))).location).toBe(urlTo('signIn'))

  await renewLinks(test.context)
  await renewLinks(test.context)
  for (const email of ['contact1@exemple.fr', 'contact3@exemple.fr', 'instructrice@ars.exemple.fr']) {
    const [last, ...before] = await mailsTo(email)
    expect([email, before.length]).toEqual([email, 1])
    expect((await test.app.inject({ url: pathOf(last?.link) })).statusCode).toBe(200)
  }
  const told = (await mailsTo('porteuse@exemple.fr')).map(({ subject }) => subject)
  expect(told).toContain('Tout ce qui ouvrait votre espace de porteur est révoqué')
  expect(told.filter(subject => subject.startsWith('Liens remplacés'))).toHaveLength(1)
})

it('without new links, whoever held one has none until it is invited again', async () => {
  await browser.get(urlTo('revokeAll'))
  await submitWithCode(test, browser, urlTo('revokeAll'))
  await renewLinks(test.context)
  expect(await mailsTo('contact1@exemple.fr')).toHaveLength(1)
  expect(await statuses()).toEqual([410, 410, 410, 410])
})

it('an access revoked takes along the links that its program made, which its page names first', async () => {
  const page = await browser.get(urlTo('apiAccess'))
  const action = page.html.match(/\/porteur\/acces-api\/[0-9a-f-]+\/revoquer/)?.[0] ?? ''
  const text = textOf(page)
  expect(text).toContain('4 liens faits par ce logiciel cessent avec lui')
  expect(text).toContain('instructrice@ars.exemple.fr')
  await browser.submit(action, { renouveler: 'oui' })
  expect(await statuses()).toEqual([410, 410, 410, 410])
  await renewLinks(test.context)
  const [last] = await mailsTo('contact2@exemple.fr')
  expect((await test.app.inject({ url: pathOf(last?.link) })).statusCode).toBe(200)
  const journal = textOf(await browser.get(urlTo('journal', { grappe })))
  expect(journal).toContain('Lien de « Instructrice » révoqué.')
  expect(journal).toContain('Lien de « Instructrice » remplacé')
})

it('a link given again by a person on a page no longer hangs on the program', async () => {
  const links = await browser.get(urlTo('invitations', { grappe }))
  const id = links.html.match(/liens\/([0-9a-f-]+)\/remplacer/)?.[1] ?? ''
  const replaced = urlTo('reissueLink', { grappe, link: id })
  await browser.get(replaced)
  expect((await browser.submit(replaced)).status).toBe(303)
  const page = await browser.get(urlTo('apiAccess'))
  expect(textOf(page)).toContain('3 liens faits par ce logiciel cessent avec lui')
})

it('a person removed takes along its accesses, and what these made', async () => {
  const { context } = test
  const person = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
  const invited = await inviteColleague(context, person, { email: 'autre@exemple.fr', role: 'administrer' })
  if (!invited.ok) throw new Error(invited.refusal.code)
  const other = { id: person.id, colleagueId: invited.value.id, email: 'autre@exemple.fr' }
  const link = await issueSignInLink(context.db, context, other)
  const url = urlTo('signInLink', { token: link.token })
  const hers = openBrowser(test)
  await hers.get(url)
  await hers.submit(url)
  const asked = { label: 'Le sien', scope: 'administrer', days: 7 } as const
  const program = test.bearer((await issueApiToken(context, other, asked)).token)
  const made = await program.call<{ address: string }>('POST', fill(API_PATHS.links, { grappe }), {
    label: 'Lecture',
  })
  expect((await test.app.inject({ url: pathOf(made.body.address) })).statusCode).toBe(200)
  await removeColleague(context, { ...person, proof: 'session' }, other.colleagueId)
  expect((await test.app.inject({ url: pathOf(made.body.address) })).statusCode).toBe(410)
  expect(await statuses()).toEqual([200, 200, 200, 200])
})
