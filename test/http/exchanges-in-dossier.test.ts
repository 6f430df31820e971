/** What members and porteur said is in the dossier: a sheet, and a text in each member's folder. */
import ExcelJS from 'exceljs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messages } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { depositOn, esmsPieces, sealVersion } from '../support/sealed.ts'
import { unzip } from '../support/unzip.ts'

const OLD = 'Entre nous : le directeur hésite.'
const QUESTION = '=HYPERLINK("x") Faut-il <b>tamponner</b> la page & la signer ?\nÉquipe 😀'
const REFUSAL = 'Scan de travers.'
const NOTICE = 'le dossier remis à l’ARS le reprend'

let test: TestApp
let porteur: ApiClient
let office: PageClient
let grappe: TestGrappe
let member: PageClient
let token: string
/** Of the first member. */
let pieceId: string

beforeAll(async () => {
  test = await startApp()
  porteur = await test.porteur()
  office = await signInPorteur(test)
  grappe = await createTestGrappe(porteur, 3)
  const at = { grappe: grappe.grappeId }
  const owed = await esmsPieces(porteur, grappe.grappeId)
  pieceId = owed.find(({ owner }) => owner.id === grappe.esmsIds[0])?.pieceId ?? ''
  const invited = await porteur.call<Array<{ address: string }>>('POST', fill(API_PATHS.invitations, at), {
    esms: grappe.esmsIds[0],
  })
  token = invited.body[0]?.address.split('/').at(-1) ?? ''
  member = openBrowser(test)
  await member.get(urlTo('memberPiece', { token, piece: pieceId }))
  await office.get(urlTo('piece', { ...at, piece: pieceId }))
  const before = new Date(Date.parse(START) - 86_400_000)
  await test.context.db.insert(messages).values({
    id: '00000000-0000-4000-8000-000000000001',
    pieceId,
    at: before,
    side: 'membre',
    author: 'EHPAD n° 1',
    text: OLD,
  })
  await member.submit(urlTo('memberMessages', { token, piece: pieceId }), { text: QUESTION })
  test.setNow(new Date(Date.parse(START) + 60_000).toISOString())
  await office.submit(urlTo('pieceMessages', { ...at, piece: pieceId }), { text: 'Signez seulement.' })
  test.setNow(new Date(Date.parse(START) + 120_000).toISOString())
  const bad = await depositOn(porteur, grappe.grappeId, pieceId, await pdf('de travers'))
  await porteur.call('POST', fill(API_PATHS.decision, { ...at, piece: pieceId }), {
    versionId: bad.version.id,
    decision: 'refusee',
    motive: REFUSAL,
  })
  await depositOn(porteur, grappe.grappeId, pieceId, await pdf('droit'))
  const second = owed.find(({ owner }) => owner.id === grappe.esmsIds[1])?.pieceId ?? ''
  await porteur.call('POST', fill(API_PATHS.nonApplicable, { ...at, piece: second }), {
    reason: 'Le service a fermé.',
  })
  await sealVersion(test, porteur, grappe.grappeId)
})
afterAll(() => test.close())

async function zipOf(path: string) {
  const entries = await unzip((await office.get(path)).raw)
  const texts = [...entries].flatMap(([name, bytes]) =>
    name.endsWith('/_ECHANGES.txt') ? [[name, bytes.toString('utf8')] as const] : [],
  )
  const workbook = new ExcelJS.Workbook()
  const book = [...entries].find(([name]) => name.endsWith('.xlsx'))?.[1] ?? Buffer.alloc(0)
  await workbook.xlsx.load(new Uint8Array(book).buffer)
  const lines: string[][] = []
  workbook.getWorksheet('Échanges')?.eachRow(row => {
    lines.push((row.values as unknown[]).slice(1).map(String))
  })
  return { entries, texts, lines }
}

const draft = () => zipOf(urlTo('dossierZip', { grappe: grappe.grappeId }))
const sealed = () => zipOf(urlTo('sealedZip', { grappe: grappe.grappeId, number: '1' }))

describe('what was said, in the dossier', () => {
  it('is told where it is written, to both sides', async () => {
    expect(textOf(await member.get(urlTo('memberPiece', { token, piece: pieceId })))).toContain(NOTICE)
    const at = { grappe: grappe.grappeId, piece: pieceId }
    expect(textOf(await office.get(urlTo('piece', at)))).toContain(NOTICE)
  })

  it('is all in the porteur’s draft, one line each, the oldest first', async () => {
    const { lines } = await draft()
    const [header, ...said] = lines
    expect(header).toEqual(['Date', 'Membre', 'Pièce ou question', 'De', 'Nature', 'Texte'])
    expect(said.map(([, who, , , kind, text]) => [who, kind, text])).toEqual([
      ['EHPAD n° 1', 'Message', OLD],
      ['EHPAD n° 1', 'Message', QUESTION],
      ['EHPAD n° 1', 'Message', 'Signez seulement.'],
      ['EHPAD n° 1', 'Refus', `Version 1\u00a0: ${REFUSAL}`],
      ['EHPAD n° 2', 'Dite non applicable', 'Le service a fermé.'],
    ])
  })

  it('reaches the ARS without what was written before anybody was told, and without refusals', async () => {
    const { lines, texts, entries } = await sealed()
    const said = lines.slice(1)
    expect(said.map(([, , , by, kind]) => [by, kind]).slice(0, 3)).toEqual([
      ['EHPAD n° 1', 'Message'],
      ['Porteur', 'Message'],
      ['Porteur', 'Dite non applicable'],
    ])
    expect(said.at(-1)?.at(-1)).toBe(
      '1 message plus ancien n’est pas repris\u00a0: rien ne disait alors que l’ARS lirait les échanges.',
    )
    expect(texts.map(([name]) => name.split('/').at(-2))).toEqual([
      expect.stringContaining('EHPAD-n-1'),
      expect.stringContaining('EHPAD-n-2'),
    ])
    const everything = [...lines.flat(), ...texts.flat()].join('\n')
    for (const words of [OLD, REFUSAL, 'porteuse@exemple.fr']) expect(everything).not.toContain(words)
    const sums = entries.get('SHA256SUMS')?.toString() ?? ''
    for (const [name] of texts) expect(sums).toContain(name)
  })

  it('sets in what a person typed, so that no line of it passes for one of ours', async () => {
    const [first] = (await sealed()).texts
    const lines = first?.[1].split('\r\n') ?? []
    expect(lines).toContain('    | =HYPERLINK("x") Faut-il <b>tamponner</b> la page & la signer ?')
    expect(lines).toContain('    | Équipe 😀')
    expect(first?.[1].startsWith('\uFEFFÉCHANGES ENTRE CE MEMBRE ET LE PORTEUR')).toBe(true)
  })
})
