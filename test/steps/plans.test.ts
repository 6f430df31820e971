/**
 * What the main pages and the jobs ask of the database is looked up, whatever it holds: no table that grows with
 * the grappes is read from end to end.
 */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { listJobs, listScrubJobs } from '../../server/jobs.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { deliverDueMails } from '../../server/steps/access/send-mail.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { keysWithoutIndex, readWhole, sortsAll } from '../support/plans.ts'
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
let version: string
let file: string
beforeAll(async () => {
  test = await startApp()
  const client = await test.porteur()
  grappe = await createTestGrappe(client, 2)
  piece = (await esmsPieces(client, grappe.grappeId))[0]?.pieceId ?? ''
  const deposited = (await depositOn(client, grappe.grappeId, piece, await pdf('une'))).version
  version = deposited.id
  file = deposited.files[0]?.id ?? ''
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

/** The statements of an act that read. */
async function askedBy(act: () => Promise<unknown>): Promise<string[]> {
  const asked = new Set<string>()
  test.context.database.tellSlowStatements(0, text => asked.add(text))
  await act()
  test.context.database.tellSlowStatements(Number.POSITIVE_INFINITY, () => {})
  return [...asked].filter(
    statement => /^(select|with|update|delete)\b/i.test(statement) && !/pgboss\./.test(statement),
  )
}

/** The statements of an act that can only read a table that grows from end to end, with that table. */
async function endToEnd(act: () => Promise<unknown>, but: readonly string[] = []): Promise<string[]> {
  const found: string[] = []
  for (const statement of await askedBy(act)) {
    const whole = (await readWhole(test.context.db, statement)).filter(
      table => !SMALL.includes(table) && !but.includes(table),
    )
    if (whole.length > 0) found.push(`${whole.join(', ')}: ${statement}`)
  }
  return found
}

const ofGrappe = () => ({
  ...{ grappe: grappe.grappeId, piece, og: grappe.ogId, esms: grappe.esmsIds[0] ?? '' },
})

async function opening(browser: PageClient, addresses: readonly string[]) {
  for (const address of addresses)
    expect([address, (await browser.get(address)).status]).toEqual([address, 200])
}

it('tells a table read whole from one of which the first rows are read', async () => {
  const mails = 'select * from mails'
  const read = (statement: string) => readWhole(test.context.db, statement)
  expect(await read(`${mails} where failure = $1`)).toEqual(['mails'])
  expect(await read(`${mails} order by created_at desc, id desc`)).toEqual(['mails'])
  expect(await read(`${mails} order by created_at desc, id desc limit $1`)).toEqual([])
  expect(await read(`${mails} where recipient = $1 order by created_at limit $2 offset $3`)).toEqual([])
})

it('finds by an index what points at a row that goes', async () => {
  expect(await keysWithoutIndex(test.context.db)).toEqual([])
})

it('reads no table that grows from end to end for the pages of a porteur', async () => {
  const at = { ...ofGrappe(), number: '1', file }
  const pages = [
    ...(['grappes', 'board', 'eligibility', 'members', 'editEsms', 'documents', 'invitations'] as const),
    ...(['mails', 'relances', 'deadlines', 'journal', 'piece', 'dossier', 'sealedVersion'] as const),
    ...(['grappeSettings', 'retention', 'solutions', 'looseFiles', 'colleagues', 'sessions'] as const),
    ...(['submission', 'callCopy', 'apiAccess', 'account', 'signings', 'digests', 'personData'] as const),
    ...(['boardCsv', 'callValues', 'corrections', 'sharing', 'governance', 'editOg', 'newGrappe'] as const),
    ...(['mailDrafts', 'journalExport', 'file', 'dossierXlsx', 'sealedXlsx', 'sealedZip'] as const),
  ]
  const addresses = pages.map(page => urlTo(page, at))
  expect(await endToEnd(() => opening(porteur, addresses))).toEqual([])
})

it('nor for those of a member, of a reviewer and of whoever runs the server', async () => {
  const found = await endToEnd(async () => {
    const { context } = test
    const ofMember = { ...ofGrappe(), token: member, version, file }
    const memberPages = ['memberHome', 'memberPiece', 'memberData', 'memberReceipt', 'memberFile'] as const
    await opening(
      openBrowser(test),
      [...memberPages, 'memberRecord' as const].map(page => urlTo(page, ofMember)),
    )
    const reviewer = await signInReviewer(test, REVIEWER)
    const at = { token: grappe.grappeId, piece, file, number: '1' }
    const pages = ['arsDossiers', 'arsHome', 'arsPiece', 'arsFile', 'arsVersion', 'arsVersionZip'] as const
    await opening(
      reviewer,
      pages.map(page => urlTo(page, at)),
    )
    await opening(reviewer, [urlTo('arsSessions'), urlTo('arsService')])
    const { token } = await issueLink(context.db, context, { kind: 'administration', label: 'essai' })
    // The outbox is among them.
    expect(context.mailer).toBeNull()
    await opening(openBrowser(test), [urlTo('administration', { token }), urlTo('serverState', { token })])
    await opening(openBrowser(test), [urlTo('verify'), urlTo('personalData')])
  })
  expect(found).toEqual([])
})

it('nor for what programs ask, and for what people do', async () => {
  const client = await test.porteur()
  const at = ofGrappe()
  const [other] = (await esmsPieces(client, grappe.grappeId)).slice(1)
  const found = await endToEnd(async () => {
    const asked = [
      'grappes',
      'board',
      'journal',
      'mails',
      'eligibility',
      'links',
      'contacts',
      'seals',
    ] as const
    const paths = [...asked, 'sessions', 'piece', 'looseFiles', 'retention', 'signings', 'thread'] as const
    for (const path of paths) {
      expect([path, (await client.call('GET', fill(API_PATHS[path], at))).status]).toEqual([path, 200])
    }
    const of = { ...at, piece: other?.pieceId ?? '' }
    const came = await depositOn(client, grappe.grappeId, of.piece, await pdf('autre'))
    const decided = await client.call('POST', fill(API_PATHS.decision, of), {
      versionId: came.version.id,
      decision: 'acceptee',
    })
    const said = await client.call('POST', fill(API_PATHS.thread, of), { text: 'Merci.' })
    const invited = await client.call('POST', fill(API_PATHS.invitations, at), { esms: at.esms })
    expect([decided.status, said.status, invited.status].filter(status => status >= 300)).toEqual([])
    expect((await sealVersion(test, client, grappe.grappeId)).version).toBe(2)
    await porteur.submit(urlTo('sendRelances', at), {})
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
  const jobs = [...listJobs(context), ...listScrubJobs(context, { scrubDays: 30, scrubMbPerS: 20 })]
  for (const job of jobs) found[job.name] = await endToEnd(() => job.run(), GONE_THROUGH[job.name])
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map(name => [name, []])))
})

it('takes the next mail to send in the order of an index, however many wait', async () => {
  const { context } = test
  expect(await sortsAll(context.db, 'select * from mails order by subject limit 1')).toBe(true)
  context.mailer = { send: async () => ({ state: 'sent' }) }
  const taking = (await askedBy(() => deliverDueMails(context))).filter(statement =>
    /from "mails" left join "grappes" .* order by .* limit/.test(statement),
  )
  expect(taking).toHaveLength(1)
  expect(await sortsAll(context.db, taking[0] ?? '')).toBe(false)
})

/** More names in one statement, and PostgreSQL reads the whole of a table rather than looking each up. */
const NAMED_AT_ONCE = 60

it('names few grappes in one statement of a job, however many are to be looked at', async () => {
  const { context } = test
  await context.db.execute(sql`insert into grappes (id, porteur_id, name, call_code, shipped_call, call, created_at)
    select gen_random_uuid(), porteur_id, 'Grappe n° ' || n, call_code, shipped_call, call, created_at
    from grappes, generate_series(1, ${2 * NAMED_AT_ONCE}) n where grappes.id = ${grappe.grappeId}`)
  const jobs = [...listJobs(context), ...listScrubJobs(context, { scrubDays: 30, scrubMbPerS: 20 })]
  const found = await askedBy(async () => {
    for (const job of jobs) await job.run()
  })
  expect(found.filter(statement => statement.includes(`$${NAMED_AT_ONCE + 1}`))).toEqual([])
})
