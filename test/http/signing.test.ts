/** Where the signature of a piece stands, and what its bytes tell of it. */
import { readFile } from 'node:fs/promises'
import ExcelJS from 'exceljs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { pieceAnswer, signingsAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { readJournal } from '../../server/steps/read/read-journal.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { docx } from '../support/files.ts'
import { createTestGrappe, fictionalFiness, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { depositOn, sealVersion } from '../support/sealed.ts'
import { unzip } from '../support/unzip.ts'

type Signings = z.infer<typeof signingsAnswer>

let test: TestApp
let porteur: ApiClient
let office: PageClient
let grappe: TestGrappe
let member: PageClient
let token: string

const fixture = (name: string) => readFile(new URL(`../fixtures/pdf/${name}.pdf`, import.meta.url))
const TODAY = START.slice(0, 10)
const at = () => ({ grappe: grappe.grappeId })
/** Each word at a moment of its own, as people speak. */
let said = 0
const pass = () => test.setNow(new Date(Date.parse(START) + 1000 * ++said).toISOString())
const read = async () => (await porteur.call<Signings>('GET', fill(API_PATHS.signings, at()))).body
/** What the second OG has to sign: the porteur's own is spared it. */
let ogId: string
const letter = async () => {
  const found = (await read()).find(({ owner }) => owner.id === ogId)
  if (found === undefined) throw new Error('no piece of the OG asks for a signature')
  return found
}

beforeAll(async () => {
  test = await startApp()
  porteur = await test.porteur()
  office = await signInPorteur(test)
  grappe = await createTestGrappe(porteur, 2)
  const og = await porteur.call<{ id: string }>('POST', fill(API_PATHS.ogs, at()), {
    name: 'Fondation du Maquis',
  })
  ogId = og.body.id
  await porteur.call('POST', fill(API_PATHS.allEsms, at()), {
    name: 'ESAT du Maquis',
    finess: fictionalFiness(9),
    ogId,
    domaine: 'PH',
    projet: 'acquisition',
  })
  const invited = await porteur.call<Array<{ address: string }>>('POST', fill(API_PATHS.invitations, at()), {
    og: ogId,
  })
  token = invited.body[0]?.address.split('/').at(-1) ?? ''
  member = openBrowser(test)
})
afterAll(() => test.close())

describe('a signature that is followed', () => {
  it('begins to be signed, is sent, then signed, by whoever says so, with the day and the person', async () => {
    expect((await letter()).step).toBe('a-signer')
    const { piece } = await letter()
    await office.get(urlTo('signings', at()))
    const sent = await office.submit(urlTo('signings', at()), {
      pieces: piece,
      step: 'envoyee',
      on: TODAY,
      signatory: 'Mme <Durand> & fils',
    })
    expect(sent.status).toBe(303)
    expect(await letter()).toMatchObject({
      step: 'envoyee',
      noted: { on: TODAY, signatory: 'Mme <Durand> & fils', notedBy: 'porteuse@exemple.fr' },
    })
    const page = await member.get(urlTo('memberPiece', { token, piece }))
    expect(textOf(page)).toContain('Envoyée à la signature à Mme &lt;Durand> & fils le')
    pass()
    const signed = await member.submit(urlTo('memberSigning', { token, piece }), {
      step: 'signee',
      on: TODAY,
    })
    expect(signed.status).toBe(303)
    expect(await letter()).toMatchObject({ step: 'signee', noted: { notedBy: 'Fondation du Maquis' } })
    const events = (await readJournal(test.context.db, grappe.grappeId)).map(({ event }) => event)
    expect(events.filter(event => event.includes('signée le'))).toHaveLength(1)
  })

  it('is noted once by a double click, and goes back to « à signer »', async () => {
    const { piece } = await letter()
    const path = fill(API_PATHS.signing, { ...at(), piece })
    pass()
    const said = { step: 'signee', on: TODAY, signatory: 'M. Roux' }
    expect((await porteur.call('POST', path, said)).body).toEqual({ noted: 1 })
    expect((await porteur.call('POST', path, said)).body).toEqual({ noted: 0 })
    pass()
    await porteur.call('POST', path, { step: 'a-signer' })
    expect(await letter()).toMatchObject({ step: 'a-signer', noted: null })
  })

  it('refuses a day to come, a missing day, no piece and a piece that nobody signs, in words', async () => {
    const { piece } = await letter()
    const on = '2099-01-01'
    const tooEarly = await office.submit(urlTo('signings', at()), { pieces: piece, step: 'envoyee', on })
    expect(tooEarly.status).toBe(422)
    expect(textOf(tooEarly)).toContain('Ce jour n’est pas encore arrivé')
    const nothing = await office.submit(urlTo('signings', at()), { step: 'envoyee', on: TODAY })
    expect(textOf(nothing)).toContain('Cochez au moins une pièce.')
    const noDay = await member.submit(urlTo('memberSigning', { token, piece }), { step: 'envoyee', on: '' })
    expect(noDay.status).toBe(422)
    expect(textOf(noDay)).toContain('Indiquez le jour de l’envoi.')
    const signed = new Set((await read()).map(each => each.piece))
    const board = await porteur.call<{ pieces: Array<{ pieceId: string }> }>(
      'GET',
      fill(API_PATHS.board, at()),
    )
    const other = board.body.pieces.find(({ pieceId }) => !signed.has(pieceId))?.pieceId ?? ''
    const both = { pieces: [piece, other], step: 'envoyee', on: TODAY }
    expect((await porteur.call('POST', fill(API_PATHS.signings, at()), both)).status).toBe(409)
    expect((await letter()).step).toBe('a-signer')
  })

  it('is nothing to another member’s link', async () => {
    const invited = await porteur.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, at()),
      {
        esms: grappe.esmsIds[0],
      },
    )
    const neighbour = test.bearer(invited.body[0]?.address.split('/').at(-1) ?? '')
    const path = fill(API_PATHS.memberSigning, { piece: (await letter()).piece })
    expect((await neighbour.call('POST', path, { step: 'signee', on: TODAY })).status).toBe(404)
  })
})

describe('what the bytes tell of a signature', () => {
  const deposit = async (bytes: Buffer) => {
    const { piece } = await letter()
    await depositOn(porteur, grappe.grappeId, piece, bytes)
    const { step, found } = await letter()
    return { step, found }
  }
  const again = async () => {
    pass()
    const { piece } = await letter()
    const path = fill(API_PATHS.piece, { ...at(), piece })
    const { versions } = (await porteur.call<z.infer<typeof pieceAnswer>>('GET', path)).body
    await porteur.call('POST', fill(API_PATHS.decision, { ...at(), piece }), {
      versionId: versions.at(-1)?.id,
      decision: 'refusee',
      motive: 'À refaire.',
    })
  }

  it('says present of a signed PDF, and hands its bytes on as they are', async () => {
    const bytes = await fixture('signed-pades-visible-signature')
    expect(await deposit(bytes)).toEqual({ step: 'rendue', found: 'presente' })
    const { piece } = await letter()
    const shown = textOf(await office.get(urlTo('piece', { ...at(), piece })))
    expect(shown).toContain('Signature électronique présente, non vérifiée')
    const entries = await unzip((await office.get(urlTo('dossierZip', at()))).raw)
    expect([...entries.values()].some(entry => entry.equals(bytes))).toBe(true)
  })

  it('starts over after a refusal, and says none of a field where nobody signed', async () => {
    await again()
    expect(await letter()).toMatchObject({ step: 'a-signer', returned: null, found: null })
    const bytes = await fixture('form-unsigned-signature-and-empty-fields_no-appearance')
    expect(await deposit(bytes)).toEqual({ step: 'rendue', found: 'aucune' })
  })

  it('says nothing of what is no PDF', async () => {
    await again()
    expect(await deposit(await docx('Lettre'))).toEqual({ step: 'rendue', found: null })
  })

  it('is a sheet of the porteur’s workbook, and of nothing that the ARS reads', async () => {
    const sheetOf = async (raw: Buffer) => {
      const workbook = new ExcelJS.Workbook()
      await workbook.xlsx.load(raw as never)
      const lines: string[] = []
      workbook.getWorksheet('Signatures')?.eachRow(row => lines.push(String(row.values)))
      return lines
    }
    const [heads, ...lines] = await sheetOf(
      (await porteur.call('GET', fill(API_PATHS.dossierXlsx, at()))).raw,
    )
    expect(heads).toContain('Signataire demandé')
    const line = lines.find(each => each.includes('Fondation du Maquis')) ?? ''
    expect(line).toContain('Rendue')
    expect(lines.length).toBe((await read()).length)
    const { version } = await sealVersion(test, porteur, grappe.grappeId)
    const path = fill(API_PATHS.sealXlsx, { ...at(), number: String(version) })
    expect(await sheetOf((await porteur.call('GET', path)).raw)).toEqual([])
  })

  it('is noted no more in a grappe put away, by the porteur or by its member', async () => {
    const { piece } = await letter()
    await again()
    await porteur.call('POST', fill(API_PATHS.archiveGrappe, at()), { archived: true })
    const said = { step: 'signee', on: TODAY }
    const byPorteur = await porteur.call('POST', fill(API_PATHS.signing, { ...at(), piece }), said)
    const byMember = await test.bearer(token).call('POST', fill(API_PATHS.memberSigning, { piece }), said)
    expect([byPorteur.status, byMember.status]).toEqual([409, 409])
    expect((await letter()).step).toBe('a-signer')
  })
})
