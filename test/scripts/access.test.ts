import { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { runAccess } from '../../scripts/access.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { signInPorteur } from '../support/page-client.ts'

let test: TestApp
beforeAll(async () => {
  test = await startApp()
})
afterAll(() => test.close())

const plain = (text: string) => text.replaceAll('\u00a0', ' ')

async function run(...args: string[]): Promise<{ code: 0 | 1; words: string }> {
  let words = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      words += String(chunk)
      done()
    },
  })
  test.runClock()
  const code = await runAccess(args, test.config, { out: sink, err: sink }, test.context)
  return { code, words }
}

/** A porteur with two invited members, a reviewer's link, a token and a session. */
async function openScene(email: string) {
  const porteur = await test.porteur(email)
  const { grappeId: grappe } = await createTestGrappe(porteur, 2)
  const invitations = fill(API_PATHS.invitations, { grappe })
  const invited = await porteur.call<Array<{ address: string }>>('POST', invitations, { tous: true })
  const ars = await porteur.call<{ address: string }>('POST', fill(API_PATHS.links, { grappe }), {
    label: 'ARS',
  })
  const addresses = [...invited.body, ars.body].map(({ address }) => new URL(address).pathname)
  return { porteur, grappe, addresses, browser: await signInPorteur(test, email) }
}

/** What each of them answers, in that order. */
const opened = async ({ porteur, addresses, browser }: Awaited<ReturnType<typeof openScene>>) => [
  (await porteur.call('GET', API_PATHS.grappes)).status,
  (await browser.get(urlTo('grappes'))).status,
  ...(await Promise.all(addresses.map(async url => (await test.app.inject({ url })).statusCode))),
]

it('ends every session, token and link of one porteur, tells its journals, and leaves the others', async () => {
  test.runClock()
  const mine = await openScene('porteuse@exemple.fr')
  const theirs = await openScene('autre@exemple.fr')
  expect(await opened(mine)).toEqual([200, 200, 200, 200, 200])

  const { code, words } = await run('revoke', '--porteur', 'Porteuse@exemple.fr')
  expect(code).toBe(0)
  expect(plain(words)).toContain('Sessions : 1, jetons : 1,')
  expect(plain(words)).toContain('liens de membres et de l’ARS : 3,')
  expect(await opened(mine)).toEqual([401, 303, 410, 410, 410])
  expect(await opened(theirs)).toEqual([200, 200, 200, 200, 200])
  const again = await signInPorteur(test)
  const journal = await again.get(urlTo('journal', { grappe: mine.grappe }))
  expect(journal.html.match(/révoqué\./g)?.length).toBe(3)
  expect(journal.html).toContain('Administration du serveur')
})

it('says what it did not understand, or whom it did not find', async () => {
  expect((await run('revoke')).words).toContain('Usage')
  expect(await run('revoke', '--porteur', 'personne@exemple.fr')).toMatchObject({
    code: 1,
    words: expect.stringContaining('rien n’a été révoqué'),
  })
})
