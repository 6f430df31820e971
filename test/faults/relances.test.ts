/** Two servers on one real PostgreSQL: each reminder, digest and alert is written once, and each mail leaves once. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openPostgresql } from '../../server/adapters/database.ts'
import { buildApp } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import { createContext, type OpenContext } from '../../server/context.ts'
import { issueApiToken } from '../../server/steps/access/api-tokens.ts'
import { deliverDueMails, readMailsOfGrappe } from '../../server/steps/access/send-mail.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { sendDueRelances } from '../../server/steps/collection/send-relances.ts'
import { sendWeeklyDigests } from '../../server/steps/collection/weekly-digest.ts'
import { bearerOf } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'
import { type PostgresqlServer, startPostgresql } from '../support/postgresql.ts'
import { shareStore } from './shared-store.ts'

const MEMBERS = 12

let server: PostgresqlServer
let smtp: MailServer
let now = new Date('2026-06-01T10:00:00.000Z')
const folders: string[] = []
const instances: OpenContext[] = []

beforeAll(async () => {
  server = await startPostgresql()
  smtp = await startMailServer()
  const name = `essai_${randomUUID().replaceAll('-', '')}`
  const admin = new pg.Client({ connectionString: `${server.url}/postgres` })
  await admin.connect()
  await admin.query(`create database ${name}`)
  await admin.end()
  for (let instance = 0; instance < 2; instance++) instances.push(await openInstance(`${server.url}/${name}`))
})
afterAll(async () => {
  for (const context of instances) await context.close()
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
  await smtp.close()
  await server.stop()
})

async function openInstance(url: string): Promise<OpenContext> {
  const dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-instance-'))
  const [shared] = folders
  if (shared !== undefined) await shareStore(shared, dataDir)
  folders.push(dataDir)
  const config = readConfig({
    DATA_DIR: dataDir,
    DEMO: 'non',
    LOG_LEVEL: 'silent',
    PUBLIC_URL: 'http://127.0.0.1:3000',
    SECRET_KEY: 'la même clé sur chaque instance, assez longue',
    SMTP_URL: smtp.url,
  })
  return await createContext(config, { database: await openPostgresql(url), now: () => now })
}

const both = (act: (context: OpenContext) => Promise<void>) =>
  Promise.all([...instances, ...instances].map(act))

it('two servers that race write and send each reminder once, on every due day', async () => {
  const [first] = instances
  if (first === undefined) throw new Error('No instance')
  const app = await buildApp(first, readConfig({ LOG_LEVEL: 'silent', DATA_DIR: folders[0] }))
  const porteur = await findOrCreatePorteur(first.db, first, 'porteuse@exemple.fr')
  const { token } = await issueApiToken(first, porteur, {
    label: 'essai',
    scope: 'administrer',
    days: 90,
  })
  const { grappeId } = await createTestGrappe(bearerOf(app, token), MEMBERS)
  await app.close()

  const dueDays = ['2026-06-16', '2026-06-24', '2026-06-29', '2026-07-01']
  for (const day of dueDays) {
    for (const hour of ['07:00', '07:05', '12:00']) {
      now = new Date(`${day}T${hour}:00.000Z`)
      await both(sendDueRelances)
      await both(deliverDueMails)
    }
  }
  now = new Date('2026-06-22T08:00:00.000Z')
  await both(sendWeeklyDigests)
  await both(deliverDueMails)

  const mails = await readMailsOfGrappe(first, grappeId)
  const perPerson = new Map<string, number>()
  for (const { to } of smtp.received) perPerson.set(to, (perPerson.get(to) ?? 0) + 1)
  expect(perPerson.get('porteuse@exemple.fr')).toBe(1)
  perPerson.delete('porteuse@exemple.fr')
  expect([...perPerson.values()]).toEqual(Array.from({ length: MEMBERS }, () => dueDays.length))
  expect(mails.every(({ sentAt }) => sentAt !== null)).toBe(true)
  const ids = smtp.received.map(({ source }) => /^Message-ID: (.*)$/im.exec(source)?.[1])
  expect(new Set(ids).size).toBe(ids.length)
  process.stdout.write(`${ids.length} mails from two racing servers, none lost, none twice\n`)
})

it('a reminder written just before a stop leaves after the restart, once', async () => {
  now = new Date('2026-07-09T07:00:00.000Z')
  const before = smtp.received.length
  const [first, second] = instances
  if (first === undefined || second === undefined) throw new Error('No instance')
  // The first writes, and stops there: the other one finds the rows.
  await sendDueRelances(first)
  expect(smtp.received.length).toBe(before)
  await sendDueRelances(second)
  await deliverDueMails(second)
  await deliverDueMails(second)
  expect(smtp.received.length).toBe(before + MEMBERS)
})

it('a day on which no server ran is caught up once by two that come back together', async () => {
  const before = smtp.received.length
  // Monday 13 July was J-2 of the closing, on Thursday 16.
  now = new Date('2026-07-15T08:00:00.000Z')
  await both(sendDueRelances)
  await both(deliverDueMails)
  now = new Date('2026-07-15T08:05:00.000Z')
  await both(sendDueRelances)
  await both(deliverDueMails)
  expect(smtp.received.length).toBe(before + MEMBERS)
})
