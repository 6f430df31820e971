import { createHash } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import ExcelJS from 'exceljs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ogs, seals } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { listHandedDossiers } from '../../server/steps/dossier/list-dossiers.ts'
import { readJournal } from '../../server/steps/read/read-journal.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { signInReviewer, speakingProgram } from '../support/reviewer.ts'
import { depositOn, esmsPieces, sealVersion } from '../support/sealed.ts'

let test: TestApp
let porteur: ApiClient
let grappe: TestGrappe
let token: string
/** Reads by the link. */
let browser: PageClient
/** Signed in: it decides. */
let reviewer: PageClient
/** Three deposits on the ESMS, in the order of the dossier. */
let pieces: string[]
let exempt: string

const REFUSAL = 'Ce scan est de travers, et Mme Dupont s’est trompée de page.'

beforeAll(async () => {
  test = await startApp()
  porteur = await test.porteur()
  grappe = await createTestGrappe(porteur, 4)
  await test.context.db
    .update(ogs)
    .set({
      contactName: 'Mme Santoni',
      contactEmail: 'direction@oliviers.exemple.fr',
      contactPhone: '04 95 00 00 00',
    })
    .where(eq(ogs.id, grappe.ogId))
  const at = { grappe: grappe.grappeId }
  const owed = await esmsPieces(porteur, grappe.grappeId)
  const ofMember = (i: number) => owed.find(({ owner }) => owner.id === grappe.esmsIds[i])?.pieceId ?? ''
  pieces = [0, 1, 2].map(ofMember)
  exempt = ofMember(3)
  const [first = '', ...others] = pieces
  const bad = await depositOn(porteur, grappe.grappeId, first, await pdf('de travers'))
  const refused = { versionId: bad.version.id, decision: 'refusee', motive: REFUSAL }
  await porteur.call('POST', fill(API_PATHS.decision, { ...at, piece: first }), refused)
  await depositOn(porteur, grappe.grappeId, first, await pdf('droit'))
  for (const piece of others) await depositOn(porteur, grappe.grappeId, piece, await pdf(piece))
  await porteur.call('POST', fill(API_PATHS.nonApplicable, { ...at, piece: exempt }), {
    reason: 'Le service à domicile a fermé en mars.',
  })
  await sealVersion(test, porteur, grappe.grappeId)
  const handed = await porteur.call<{ address: string }>('POST', fill(API_PATHS.links, at), {
    label: 'Instructrice, ARS',
    email: 'instructrice@ars.exemple.fr',
  })
  token = handed.body.address.split('/').at(-1) ?? ''
  browser = openBrowser(test)
  reviewer = await signInReviewer(test, 'instructrice@ars.exemple.fr')
})
afterAll(() => test.close())

const atPiece = (piece: string) => ({ token: grappe.grappeId, number: '1', piece })
/** Each word at a moment of its own, as people speak. */
let said = 0
const pass = () => test.setNow(new Date(Date.parse(START) + 1000 * ++said).toISOString())
const say = (piece: string, decision: string) => {
  pass()
  return reviewer.submit(urlTo('arsReview', atPiece(piece)), { decision })
}
/** As the list of dossiers tells it. */
const leftInList = async () => {
  const [dossier] = await listHandedDossiers(test.context, 'instructrice@ars.exemple.fr')
  return dossier?.seal?.toExamine
}
const events = async () => (await readJournal(test.context.db, grappe.grappeId)).map(({ event }) => event)

/** Words of the porteur that a reviewer has no use for. */
const KITCHEN = [
  REFUSAL,
  'Mme Dupont',
  'À faire',
  'votre ARS',
  'Hypothèse',
  'hypothèse',
  'pièce probable',
  'attendue',
]

describe('what the ARS reads of a sealed version', () => {
  it('says who the porteur is, its person and telephone', async () => {
    const text = textOf(await browser.get(urlTo('arsHome', { token })))
    for (const said of ['Association Les Oliviers', 'Mme Santoni', '04 95 00 00 00'])
      expect(text).toContain(said)
  })

  it('holds nothing of the porteur’s kitchen, on the page of the dossier, of a piece, and by program', async () => {
    const [first = ''] = pieces
    const dossier = await browser.get(urlTo('arsHome', { token }))
    const piece = await browser.get(urlTo('arsPiece', { token, piece: first }))
    for (const words of KITCHEN) {
      expect(textOf(dossier)).not.toContain(words)
      expect(textOf(piece)).not.toContain(words)
    }
    const api = test.bearer(token)
    const read = await api.call('GET', API_PATHS.arsDossier)
    for (const words of [REFUSAL, 'votre ARS', '"hypothesis"']) expect(read.raw).not.toContain(words)
  })

  it('is what the sealed workbook says too, while the porteur’s draft keeps its own', async () => {
    const sheets = async (bytes: Buffer) => {
      const workbook = new ExcelJS.Workbook()
      await workbook.xlsx.load(new Uint8Array(bytes).buffer)
      const said: string[] = []
      for (const sheet of workbook.worksheets) sheet.eachRow(row => said.push(String(row.values)))
      return said.join('\n')
    }
    const sealed = await sheets((await browser.get(urlTo('arsVersionXlsx', { token, number: '1' }))).raw)
    for (const words of [...KITCHEN, 'Grappe créée', 'contact1@exemple.fr'])
      expect(sealed).not.toContain(words)
    expect(sealed).toContain('04 95 00 00 00')
    const at = { grappe: grappe.grappeId }
    const draft = await sheets((await porteur.call('GET', fill(API_PATHS.dossierXlsx, at))).raw)
    expect(draft).toContain(REFUSAL)
    expect(draft).toContain('À faire')
  })

  it('tells « absente » from « facultative », and why a piece does not apply', async () => {
    const text = textOf(await browser.get(urlTo('arsHome', { token })))
    expect(text).toContain('absente')
    expect(text).toContain('facultative')
    expect(text).toContain('Le service à domicile a fermé en mars.')
    const page = textOf(await browser.get(urlTo('arsPiece', { token, piece: exempt })))
    expect(page).toContain('Le service à domicile a fermé en mars.')
  })

  it('shows pieces before criteria, and every member outside any box that scrolls', async () => {
    const { html } = await browser.get(urlTo('arsHome', { token }))
    expect(html.indexOf('id="pieces"')).toBeLessThan(html.indexOf('id="eligibilite"'))
    expect(html).not.toMatch(/class="scroll"/)
  })
})

describe('deciding', () => {
  it('leads to the next piece to examine, with a way back to the one decided, then to the dossier', async () => {
    const [first = '', second = '', third = ''] = pieces
    const one = await say(first, 'conforme')
    expect(one.location).toContain(second)
    const next = await reviewer.follow(one)
    expect(textOf(next)).toContain('Revenir à la pièce décidée')
    expect(textOf(next)).toContain('2 à examiner dans ce dossier')
    expect(await leftInList()).toBe(2)
    await say(second, 'conforme')
    const last = await say(third, 'conforme')
    expect(textOf(await reviewer.follow(last))).toContain('Toutes les pièces de cette version sont examinées')
  })

  it('is taken back: the piece is to be examined again, and the journal says so', async () => {
    const [, second = ''] = pieces
    const page = await reviewer.get(urlTo('arsPiece', { token: grappe.grappeId, piece: second }))
    expect(textOf(page)).toContain('Remettre à examiner')
    const taken = await say(second, 'a-examiner')
    expect(textOf(await reviewer.follow(taken))).toContain('Pièce remise à examiner')
    const told = (await events()).filter(event => event.includes('remise à examiner par l’ARS'))
    expect(told).toHaveLength(1)
    await say(second, 'a-examiner')
    expect((await events()).filter(event => event.includes('remise à examiner par l’ARS'))).toHaveLength(1)
    expect(textOf(await browser.get(urlTo('arsHome', { token })))).toContain('2 pièces examinées sur 3')
    expect(await leftInList()).toBe(1)
  })

  it('is taken back by program too', async () => {
    const [first = ''] = pieces
    const api = await speakingProgram(test, token)
    const url = fill(API_PATHS.arsConforming, { number: '1', piece: first })
    pass()
    expect((await api.call('DELETE', url)).status).toBe(204)
    const read = await api.call<{ reviews: { decision: string }[] }>(
      'GET',
      fill(API_PATHS.arsPiece, { piece: first }),
    )
    expect(read.body.reviews.map(({ decision }) => decision)).toEqual(['conforme', 'a-examiner'])
    expect((await api.call('POST', url)).status).toBe(200)
  })
})

describe('a version sealed before the ARS had its edition', () => {
  it('still opens, and its ZIP keeps its bytes', async () => {
    const zip = async () => (await browser.get(urlTo('arsVersionZip', { token, number: '1' }))).raw
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    const before = sha256(await zip())
    await test.context.db
      .update(seals)
      .set({ plan: sql`${seals.plan} - 'dossierJournal' - 'porteur' #- '{verdict,criteria,0,ars}'` })
    expect((await browser.get(urlTo('arsHome', { token }))).status).toBe(200)
    expect((await browser.get(urlTo('arsPiece', { token, piece: pieces[0] ?? '' }))).status).toBe(200)
    expect(sha256(await zip())).toBe(before)
    await sealVersion(test, porteur, grappe.grappeId)
    expect(textOf(await browser.get(urlTo('arsHome', { token })))).toContain('04 95 00 00 00')
  })
})
