/** A closed call is purged: what stays proves, and names nobody. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesToErase, erasedGrappes, erasureWarnings, grappes, mails } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { runJournal } from '../../scripts/journal.ts'
import { addDays } from '../../server/domain/deadline.ts'
import { addMonths } from '../../server/domain/retention.ts'
import { listJobs } from '../../server/jobs.ts'
import { deliverDueMails } from '../../server/steps/access/send-mail.ts'
import { drawReadings } from '../../server/steps/dossier/draw-reading.ts'
import { readRetention } from '../../server/steps/read/read-retention.ts'
import { storedCall } from '../../server/steps/read/stored-call.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe, fictionalFiness, type TestGrappe } from '../support/grappe.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'
import { openBrowser } from '../support/page-client.ts'
import { depositOn, esmsPieces, type SealBody, sealVersion } from '../support/sealed.ts'

/** Whatever names somebody, or a member, of the grappe that goes. */
const NAMES = [
  'Marcassin',
  'Zéphyrine',
  'zephyrine@exemple.fr',
  '06 11 22 33 44',
  'contact2@exemple.fr',
  'EHPAD n° 2',
  'instructrice@ars.exemple.fr',
  'Motif très reconnaissable',
  'Sanglier',
]

let smtp: MailServer
let test: TestApp
let porteur: ApiClient
let gone: TestGrappe
let kept: TestGrappe
let sealed: SealBody
let token: string

const job = () => {
  const found = listJobs(test.context).find(({ name }) => name === 'conservation')
  if (found === undefined) throw new Error('no such job')
  return found.run()
}

const at = (day: string, time = '12:00') => test.setNow(`${day}T${time}:00.000Z`)

async function erasesOn(): Promise<string> {
  const [row] = await test.context.db.select().from(grappes).where(eq(grappes.id, gone.grappeId))
  const state = await readRetention(test.context, gone.grappeId, storedCall(row?.call))
  return state.announcedOn ?? ''
}

/** Every row of every table, as text. */
async function dump(): Promise<string> {
  const { db } = test.context
  const ask = async <Row>(statement: string) =>
    ((await db.execute(sql.raw(statement))) as unknown as { rows: Row[] }).rows
  const tables = await ask<{ schema: string; name: string }>(
    `select table_schema as schema, table_name as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  )
  const lines = await Promise.all(
    tables.map(({ schema, name }) =>
      ask<{ line: string }>(`select row_to_json(t)::text as line from "${schema}"."${name}" t`),
    ),
  )
  return lines
    .flat()
    .map(({ line }) => line)
    .join('\n')
}

/** Every file of the data folder, its name and its bytes. */
async function filesText(): Promise<string> {
  const entries = await readdir(test.config.dataDir, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  const texts = await Promise.all(
    files.map(async file => {
      const path = join(file.parentPath, file.name)
      return `${path}\n${(await readFile(path)).toString('latin1')}`
    }),
  )
  return texts.join('\n')
}

const inFiles = (text: string) => Buffer.from(text).toString('latin1')

beforeAll(async () => {
  smtp = await startMailServer()
  test = await startApp({ SMTP_URL: smtp.url })
  porteur = await test.porteur()
  kept = await createTestGrappe(porteur, 1, 'Grappe gardée')
  gone = await createTestGrappe(porteur, 2, 'Grappe Marcassin')
  const grappe = { grappe: gone.grappeId }
  await porteur.call('PUT', fill(API_PATHS.esms, { ...grappe, esms: gone.esmsIds[0] ?? '' }), {
    name: 'EHPAD du Sanglier',
    finess: fictionalFiness(1),
    ogId: gone.ogId,
    domaine: 'PA',
    projet: 'acquisition',
    contactName: 'Zéphyrine Sanglier',
    contactEmail: 'zephyrine@exemple.fr',
    contactPhone: '06 11 22 33 44',
  })
  const [piece, other] = await esmsPieces(porteur, gone.grappeId)
  const [same] = await esmsPieces(porteur, kept.grappeId)
  const shared = await pdf('partagé')
  await depositOn(porteur, gone.grappeId, piece?.pieceId ?? '', shared)
  await depositOn(porteur, kept.grappeId, same?.pieceId ?? '', shared)
  await depositOn(porteur, gone.grappeId, other?.pieceId ?? '', await pdf('Sanglier seul'))
  await porteur.call('POST', fill(API_PATHS.thread, { ...grappe, piece: piece?.pieceId ?? '' }), {
    text: 'Motif très reconnaissable',
  })
  const invited = await porteur.call<Array<{ address: string }>>(
    'POST',
    fill(API_PATHS.invitations, grappe),
    { esms: gone.esmsIds[0] },
  )
  token = invited.body[0]?.address.split('/').at(-1) ?? ''
  await porteur.call('POST', fill(API_PATHS.links, grappe), {
    email: 'instructrice@ars.exemple.fr',
    label: 'Zéphyrine de l’ARS',
  })
  await sealVersion(test, porteur, kept.grappeId)
  sealed = await sealVersion(test, porteur, gone.grappeId)
  await drawReadings(test.context)
  await deliverDueMails(test.context)
})
afterAll(async () => {
  await test.close()
  await smtp.close()
})

describe('a grappe whose time is over', () => {
  it('is found everywhere before', async () => {
    const [rows, files] = [await dump(), await filesText()]
    for (const name of NAMES) expect([name, rows.includes(name)]).toEqual([name, true])
    expect(files).toContain('Marcassin')
  })

  it('is warned of twice, and only once each', async () => {
    const last = await erasesOn()
    at(addDays(last, -61))
    await job()
    expect(await test.context.db.$count(erasureWarnings)).toBe(0)
    at(addDays(last, -60))
    await job()
    await job()
    const first = await test.context.db.select().from(erasureWarnings)
    expect(first).toMatchObject([
      { rank: 1, erasesOn: last, grappeId: expect.anything() },
      { rank: 1, erasesOn: last },
    ])
  })

  it('stays as long as a warning has not left', async () => {
    const last = await erasesOn()
    at(addDays(last, 200))
    await job()
    expect(await test.context.db.$count(grappes)).toBe(2)
    at(addDays(last, -60))
    await test.context.db.delete(erasureWarnings)
    await job()
    await deliverDueMails(test.context)
    at(addDays(last, -7))
    await job()
    await deliverDueMails(test.context)
    const told = smtp.received.filter(({ to }) => to === 'porteuse@exemple.fr')
    expect(told.length).toBeGreaterThanOrEqual(4)
    expect(await test.context.db.$count(erasureWarnings)).toBe(4)
  })

  it('stays as long as it is held', async () => {
    const last = await erasesOn()
    porteur = await test.porteur()
    const address = fill(API_PATHS.retention, { grappe: kept.grappeId })
    const held = await porteur.call('PUT', address, { holdMotive: 'Contentieux en cours' })
    expect(held).toMatchObject({ status: 200, body: { hold: { motive: 'Contentieux en cours' } } })
    at(last)
    await job()
    const left = await test.context.db.select({ id: grappes.id }).from(grappes)
    expect(left).toEqual([{ id: kept.grappeId }])
  })

  it('keeps its bytes an hour more, for whatever was under way', async () => {
    expect(await test.context.db.$count(bytesToErase)).toBeGreaterThan(3)
    await job()
    expect(await test.context.db.$count(bytesToErase)).toBeGreaterThan(3)
  })

  it('leaves no name in any table nor in any file', async () => {
    at(addDays(await lastDay(), 1))
    await job()
    const [rows, files] = [await dump(), await filesText()]
    for (const name of NAMES) {
      expect([name, rows.includes(name), files.includes(inFiles(name))]).toEqual([name, false, false])
    }
    expect(await test.context.db.select().from(bytesToErase)).toEqual([])
  })

  it('leaves counts and hashes', async () => {
    const [left] = await test.context.db.select().from(erasedGrappes)
    expect(left).toMatchObject({
      id: gone.grappeId,
      cause: 'conservation',
      counts: { ogs: 1, esms: 2, versions: 2, files: 2, seals: 1 },
    })
    const answer = await test.app.inject(fill(API_PATHS.sealByHash, { hash: sealed.seal }))
    expect(answer.json()).toMatchObject({
      version: 1,
      name: null,
      zipSha256: sealed.zipSha256,
      erasedAt: left?.erasedAt.toISOString(),
    })
    const page = await openBrowser(test).get(`${urlTo('verify')}?sceau=${sealed.seal}`)
    expect(page.html).toContain('ses fichiers et les noms ont été effacés')
  })

  it('leaves a journal that is verified, against its seals too', async () => {
    const out = new PassThrough()
    const code = await runJournal(['verify'], test.config, { out, err: out }, test.context)
    const text = String(out.read()).replaceAll('\u00a0', ' ')
    expect(text).toMatch(
      /✓ Grappe effacée \(.+\) : lignes : (\d+), dont \d+ au contenu effacé.*, sceaux qui le confirment : 1/,
    )
    expect(code).toBe(0)
  })

  it('opens to nobody any more', async () => {
    const visitor = openBrowser(test)
    expect((await visitor.get(urlTo('memberHome', { token }))).status).toBe(404)
    const board = await porteur.call('GET', fill(API_PATHS.board, { grappe: gone.grappeId }))
    expect(board.status).toBe(404)
  })

  it('took nothing of another one, not even the bytes that both had', async () => {
    const sealedThen = await sealVersion(test, porteur, kept.grappeId)
    expect(sealedThen.state).toBe('scelle')
    expect(await test.context.db.$count(mails, eq(mails.grappeId, kept.grappeId))).toBeGreaterThan(0)
  })
})

const lastDay = async () => {
  const [row] = await test.context.db.select().from(grappes).where(eq(grappes.id, kept.grappeId))
  return addMonths(storedCall(row?.call).windows[0]?.closesOn ?? '', 24)
}
