/** A porteur's account goes with all its grappes, after a delay, unless that is taken back. */
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  accountDeletions,
  colleagues,
  erasedGrappes,
  grappes,
  links,
  mails,
  porteurs,
  sessions,
} from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { listJobs } from '../../server/jobs.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { eraseGrappe } from '../../server/steps/erasure/erase-grappe.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur, submitWithCode } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

const DAY_MS = 24 * 60 * 60 * 1000

let test: TestApp
let porteur: ApiClient
let grappe: string
let browser: PageClient

beforeEach(async () => {
  test = await startApp()
  porteur = await test.porteur()
  grappe = (await createTestGrappe(porteur, 2)).grappeId
  await createTestGrappe(porteur, 1, 'Seconde grappe')
  await createTestGrappe(await test.porteur('autre@exemple.fr'), 1, 'Grappe d’une autre')
  browser = await signInPorteur(test)
})
afterEach(() => test.close())

const inDays = (days: number) => test.setNow(new Date(Date.parse(START) + days * DAY_MS).toISOString())
const job = async () => {
  await listJobs(test.context)
    .find(({ name }) => name === 'conservation')
    ?.run()
}
const subjectsTo = async (email: string) =>
  (await readOutbox(test.context))
    .filter(({ recipient }) => recipient === email)
    .map(({ subject }) => subject)

async function askIt() {
  await browser.get(urlTo('account'))
  return await submitWithCode(test, browser, urlTo('account'), { acte: 'demander' })
}

it('says what goes, is confirmed by a code, told by mail, and leaves nothing after thirty days', async () => {
  const page = textOf(await browser.get(urlTo('account')))
  for (const words of ['2 grappes', 'Seconde grappe', '1 personne', 'porteuse@exemple.fr'])
    expect(page).toContain(words)
  expect((await browser.submit(urlTo('account'), { acte: 'demander' })).status).toBe(200)
  expect(await test.context.db.$count(accountDeletions)).toBe(0)
  expect((await askIt()).location).toBe(urlTo('account'))
  expect(textOf(await browser.get(urlTo('grappes')))).toContain(
    'tout sera effacé le mercredi 1er juillet 2026',
  )
  expect(await subjectsTo('porteuse@exemple.fr')).toContain(
    'Suppression du compte demandée\u00a0: effacement le mercredi 1er juillet 2026',
  )

  inDays(29)
  await job()
  expect(await test.context.db.$count(grappes)).toBe(3)
  inDays(31)
  await job()
  const { db } = test.context
  expect(await db.select({ name: grappes.name }).from(grappes)).toEqual([{ name: 'Grappe d’une autre' }])
  expect(await db.select({ email: porteurs.email }).from(porteurs)).toEqual([{ email: 'autre@exemple.fr' }])
  expect((await db.select().from(erasedGrappes)).map(({ cause }) => cause)).toEqual(['compte', 'compte'])
  const mine = 'porteuse@exemple.fr'
  expect(await db.$count(colleagues, eq(colleagues.email, mine))).toBe(0)
  expect(await db.$count(mails, eq(mails.recipient, mine))).toBe(0)
  expect(await db.$count(links, eq(links.label, mine))).toBe(0)
  expect(await db.$count(sessions)).toBe(0)
})

it('is taken back by whoever administers, and told', async () => {
  await askIt()
  await browser.get(urlTo('account'))
  await browser.submit(urlTo('account'), { acte: 'annuler' })
  expect(await subjectsTo('porteuse@exemple.fr')).toContain('Suppression du compte annulée')
  inDays(40)
  await job()
  expect(await test.context.db.$count(grappes)).toBe(3)
})

it('waits for a grappe that is held, and refuses before when it is', async () => {
  const retention = fill(API_PATHS.retention, { grappe })
  await porteur.call('PUT', retention, { holdMotive: 'Contentieux en cours' })
  const page = textOf(await browser.get(urlTo('account')))
  expect(page).toContain('levez la suspension dans ses réglages')
  const refused = await submitWithCode(test, browser, urlTo('account'), { acte: 'demander' })
  expect([refused.status, textOf(refused).includes('Contentieux en cours')]).toEqual([409, true])
  await porteur.call('PUT', retention, { holdMotive: null })
  await browser.get(urlTo('account'))
  await browser.submit(urlTo('account'), { acte: 'demander' })
  await porteur.call('PUT', retention, { holdMotive: 'Contrôle' })
  inDays(31)
  await job()
  const { db } = test.context
  expect(await db.$count(grappes, eq(grappes.id, grappe))).toBe(1)
  expect(await db.$count(porteurs)).toBe(2)
  await db.execute('update retentions set hold_motive = null, held_by = null, held_at = null')
  await job()
  expect(await db.$count(porteurs)).toBe(1)
})

it('goes on where it was stopped, one grappe erased and the other not', async () => {
  await askIt()
  inDays(31)
  await eraseGrappe(test.context, grappe, 'compte', async () => true)
  await job()
  expect(await test.context.db.$count(porteurs)).toBe(1)
  expect(await test.context.db.$count(erasedGrappes)).toBe(2)
})
