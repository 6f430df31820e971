/** `npm run access -- rotate-key`: another secret key, and what becomes of whatever came from the former one. */
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { changeKeyOf } from '../../scripts/change-key.ts'
import type { OpenDatabase } from '../../server/adapters/database.ts'
import { buildApp } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import { createContext, type OpenContext } from '../../server/context.ts'
import { listJobs } from '../../server/jobs.ts'
import { issueApiToken } from '../../server/steps/access/api-tokens.ts'
import { readMailsOfGrappe, readOutbox } from '../../server/steps/access/send-mail.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { bearerOf } from '../support/app.ts'
import { openTestDatabase } from '../support/database.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'
import { signInPorteur } from '../support/page-client.ts'

let dataDir: string
let database: OpenDatabase
let closeDatabase: () => Promise<void>
let smtp: MailServer
let context: OpenContext
let app: FastifyInstance

const configOf = (settings: Record<string, string> = {}) =>
  readConfig({
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    DEMO: 'non',
    PUBLIC_URL: 'http://127.0.0.1:3000',
    SMTP_URL: smtp.url,
    ...settings,
  })

async function start(settings?: Record<string, string>): Promise<void> {
  context = await createContext(configOf(settings), { database })
  app = await buildApp(context, configOf(settings))
}
async function stop(): Promise<void> {
  await app.close()
  await context.close()
}
/** What the server does each minute. */
async function minute(): Promise<void> {
  await listJobs(context)
    .find(({ name }) => name === 'envois')
    ?.run()
}
async function rotate(isSure: boolean, settings?: Record<string, string>) {
  const out = new PassThrough()
  const code = await changeKeyOf(configOf(settings), isSure, { out, err: out }, database)
  return { code, words: String(out.read() ?? '').replaceAll('\u00a0', ' ') }
}
const statusOf = async (address: string | undefined | null) =>
  (await app.inject({ url: new URL(address ?? 'http://x/').pathname })).statusCode

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-cle-'))
  const opened = await openTestDatabase()
  database = { ...opened, close: async () => {} }
  closeDatabase = opened.close
  smtp = await startMailServer()
})
afterEach(async () => {
  await closeDatabase()
  await smtp.close()
  await rm(dataDir, { recursive: true, force: true })
})

/** Three people and the ARS with links, one member without address, a calendar of nobody, a token, a session. */
async function openScene() {
  const person = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
  const asked = { label: 'Tableur', scope: 'administrer', days: 30 } as const
  const porteur = bearerOf(app, (await issueApiToken(context, person, asked)).token)
  const { grappeId: grappe } = await createTestGrappe(porteur, 3)
  const invited = await porteur.call<Array<{ address: string }>>(
    'POST',
    fill(API_PATHS.invitations, { grappe }),
    { tous: true },
  )
  const ars = await porteur.call<{ address: string }>('POST', fill(API_PATHS.links, { grappe }), {
    label: 'Instructrice',
    email: 'instructrice@ars.exemple.fr',
  })
  const browser = await signInPorteur({ app, context })
  return {
    grappe,
    porteur,
    browser,
    addresses: [...invited.body, ars.body].map(({ address }) => address),
  }
}

it('nothing made with the former key opens anything, and each receives a new link within the limits', async () => {
  await start()
  const { grappe, porteur, browser, addresses } = await openScene()
  await minute()
  for (const address of addresses) expect(await statusOf(address)).toBe(200)
  const before = await readFile(join(dataDir, 'cle-secrete'), 'utf8')
  await stop()

  const told = await rotate(false)
  expect(told.words).toContain('sessions : 1, jetons : 1, liens de membres et de l’ARS : 4')
  expect(told.words).toContain('Rien n’a été changé')
  expect(await readFile(join(dataDir, 'cle-secrete'), 'utf8')).toBe(before)

  expect((await rotate(true)).words).toContain('La clé est changée')
  expect(await readFile(join(dataDir, 'cle-secrete'), 'utf8')).not.toBe(before)
  smtp.received.length = 0
  await start()
  for (const address of addresses) expect(await statusOf(address)).toBe(410)
  expect((await bearerOf(app, porteur.token).call('GET', API_PATHS.grappes)).status).toBe(401)
  await minute()
  await minute()
  const people = ['contact1@exemple.fr', 'contact2@exemple.fr', 'contact3@exemple.fr']
  const links = smtp.received.filter(({ to }) => [...people, 'instructrice@ars.exemple.fr'].includes(to))
  expect(links.map(({ to }) => to).toSorted()).toEqual([...people, 'instructrice@ars.exemple.fr'])
  const mails = (await readMailsOfGrappe(context, grappe)).slice(0, 5)
  for (const mail of mails.filter(({ link }) => link !== null)) {
    expect([mail.recipient, await statusOf(mail.link)]).toEqual([mail.recipient, 200])
  }
  const own = (await readOutbox(context)).filter(({ recipient }) => recipient === 'porteuse@exemple.fr')
  const subjects = own.map(({ subject }) => subject).filter(subject => !subject.includes('connexion'))
  expect(subjects.toSorted()).toEqual([
    expect.stringContaining('Accès API terminé'),
    expect.stringContaining('Liens remplacés'),
  ])
  const former = await app.inject({ url: urlTo('grappes'), headers: { cookie: browser.cookieHeader() } })
  expect(former.statusCode).toBe(303)
  const again = await signInPorteur({ app, context })
  const journal = await again.get(urlTo('journal', { grappe }))
  expect(journal.html.match(/remplacé.: l’ancien ne fonctionne plus/g)?.length).toBe(4)
  await stop()
})

it('what a day’s limit holds back leaves the day after: a change of key is not lost in it', async () => {
  await start()
  await openScene()
  await minute()
  await stop()
  await rotate(true)
  let now = new Date()
  context = await createContext(configOf({ MAIL_LIMIT_PER_PORTEUR: '2' }), { database, now: () => now })
  app = await buildApp(context, configOf())
  smtp.received.length = 0
  await minute()
  const held = (await readOutbox(context)).filter(mail => mail.held !== null)
  expect(held.length).toBeGreaterThan(2)
  for (let day = 0; day < 8; day++) {
    now = new Date(now.getTime() + 25 * 60 * 60 * 1000)
    await minute()
  }
  expect((await readOutbox(context)).filter(({ sentAt }) => sentAt === null)).toEqual([])
  await stop()
})

it('goes on when it was stopped between the database and the key’s file', async () => {
  await start()
  const { addresses } = await openScene()
  await stop()
  const former = await readFile(join(dataDir, 'cle-secrete'), 'utf8')
  await rotate(true)
  // As a stop in between leaves them: the database has passed to the next key, the file has not.
  await rename(join(dataDir, 'cle-secrete'), join(dataDir, 'cle-secrete.suivante'))
  await writeFile(join(dataDir, 'cle-secrete'), former)
  await start()
  await minute()
  expect(await statusOf(addresses[0])).toBe(410)
  expect(smtp.received.some(({ to }) => to === 'contact1@exemple.fr')).toBe(true)
  await stop()
})

it('takes the key of the settings, and says so when that is still the former one', async () => {
  const former = { SECRET_KEY: 'a'.repeat(43) }
  await start(former)
  const { addresses } = await openScene()
  await stop()
  expect(await rotate(true, former)).toMatchObject({
    code: 1,
    words: expect.stringContaining('SECRET_KEY est la clé actuelle'),
  })
  const next = { SECRET_KEY: 'b'.repeat(43) }
  await expect(start(next)).rejects.toThrow('n’est pas celle avec laquelle les liens')
  expect((await rotate(true, next)).code).toBe(0)
  await start(next)
  expect(await statusOf(addresses[0])).toBe(410)
  await stop()
})
