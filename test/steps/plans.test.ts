/**
 * What the main pages and the jobs ask of the database is looked up, whatever it holds: no table that grows with
 * the grappes is read from end to end.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { listJobs } from '../../server/jobs.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { keysWithoutIndex, readWhole } from '../support/plans.ts'
import { signInReviewer } from '../support/reviewer.ts'
import { depositOn, esmsPieces, sealVersion } from '../support/sealed.ts'

/** Tables that do not grow with the grappes, or that hold what is to be done and nothing else. */
const SMALL = [
  ...['installation', 'scrub', 'job_runs', 'finess_registry', 'services', 'service_members', 'call_models'],
  ...['bytes_to_erase', 'damaged_blobs', 'account_deletions'],
]

const REVIEWER = 'instructrice@ars.invalid'
let test: TestApp
let grappe: TestGrappe
let porteur: PageClient
let member: string
let piece: string
beforeAll(async () => {
  test = await startApp()
  const client = await test.porteur()
  grappe = await createTestGrappe(client, 2)
  piece = (await esmsPieces(client, grappe.grappeId))[0]?.pieceId ?? ''
  await depositOn(client, grappe.grappeId, piece, await pdf('une'))
  await sealVersion(test, client, grappe.grappeId)
  const at = { grappe: grappe.grappeId }
  await client.call('POST', fill(API_PATHS.links, at), { label: 'Instructrice', email: REVIEWER })
  const invited = await client.call<Array<{ address: string }>>('POST', fill(API_PATHS.invitations, at), {
    esms: grappe.esmsIds[0],
  })
  member = invited.body[0]?.address.split('/').at(-1) ?? ''
  porteur = await signInPorteur(test)
})
afterAll(() => test.close())

/** What a round goes through on purpose: one short row a grappe, or one a person of a porteur. */
const GONE_THROUGH: Readonly<Record<string, readonly string[]>> = {
  relances: ['grappes'],
  alertes: ['grappes'],
  conservation: ['grappes', 'digests'],
}

/** The statements of an act that can only read a table that grows from end to end, with that table. */
async function endToEnd(act: () => Promise<unknown>, but: readonly string[] = []): Promise<string[]> {
  const asked = new Set<string>()
  test.context.database.tellSlowStatements(0, text => asked.add(text))
  await act()
  test.context.database.tellSlowStatements(Number.POSITIVE_INFINITY, () => {})
  const found: string[] = []
  for (const statement of asked) {
    if (!/^(select|with|update|delete)\b/i.test(statement) || /pgboss\./.test(statement)) continue
    const whole = (await readWhole(test.context.db, statement)).filter(
      table => !SMALL.includes(table) && !but.includes(table),
    )
    if (whole.length > 0) found.push(`${whole.join(', ')}: ${statement}`)
  }
  return found
}

async function opening(browser: PageClient, addresses: readonly string[]) {
  for (const address of addresses)
    expect([address, (await browser.get(address)).status]).toEqual([address, 200])
}

it('finds by an index what points at a row that goes', async () => {
  expect(await keysWithoutIndex(test.context.db)).toEqual([])
})

it('reads no table that grows from end to end for the pages of a porteur', async () => {
  const at = { grappe: grappe.grappeId, piece, og: grappe.ogId, esms: grappe.esmsIds[0] ?? '', number: '1' }
  const pages = [
    ...(['grappes', 'board', 'eligibility', 'members', 'editEsms', 'documents', 'invitations'] as const),
    ...(['mails', 'relances', 'deadlines', 'journal', 'piece', 'dossier', 'sealedVersion'] as const),
    ...(['grappeSettings', 'retention', 'solutions', 'looseFiles', 'colleagues', 'sessions'] as const),
    ...(['submission', 'callCopy', 'apiAccess', 'account', 'signings'] as const),
  ]
  const addresses = pages.map(page => urlTo(page, at))
  expect(await endToEnd(() => opening(porteur, addresses))).toEqual([])
})

it('nor for those of a member, of a reviewer and of whoever runs the server', async () => {
  const found = await endToEnd(async () => {
    const { context } = test
    await opening(openBrowser(test), [
      urlTo('memberHome', { token: member }),
      urlTo('memberPiece', { token: member, piece }),
      urlTo('memberData', { token: member }),
    ])
    const reviewer = await signInReviewer(test, REVIEWER)
    const at = { token: grappe.grappeId, piece }
    await opening(reviewer, [urlTo('arsDossiers'), urlTo('arsHome', at), urlTo('arsPiece', at)])
    await opening(reviewer, [urlTo('arsSessions'), urlTo('arsService')])
    const { token } = await issueLink(context.db, context, { kind: 'administration', label: 'essai' })
    await opening(openBrowser(test), [urlTo('serverState', { token })])
  })
  expect(found).toEqual([])
})

it('nor for any job, with mails to send and files to scan', async () => {
  const { context } = test
  context.mailer = { send: async () => ({ state: 'sent' }) }
  context.antivirus = { scan: async () => ({ scan: 'sain' }) }
  // The day when a week is left, and the last one but one of the call's window.
  test.setNow('2026-06-22T10:00:00Z')
  const found: Record<string, string[]> = {}
  for (const job of listJobs(context))
    found[job.name] = await endToEnd(() => job.run(), GONE_THROUGH[job.name])
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map(name => [name, []])))
})
