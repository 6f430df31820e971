/** Dates and counts in mails are those of the board, on a grappe whose days were moved, extended and reopened. */
import ExcelJS from 'exceljs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { formatClosing } from '../../server/domain/deadline.ts'
import { isOutstanding, type PieceState } from '../../server/domain/piece.ts'
import { readMailsOfGrappe } from '../../server/steps/access/send-mail.ts'
import { sendDueRelances } from '../../server/steps/collection/send-relances.ts'
import { sendWeeklyDigests } from '../../server/steps/collection/weekly-digest.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { depositOn, sealVersion } from '../support/sealed.ts'

const CLOSING = '2026-07-16'

let test: TestApp
let porteur: ApiClient
let browser: PageClient
let grappe: TestGrappe
beforeEach(async () => {
  // Monday 1 June 2026: an ESMS' piece is due on 1 July, its OG's on 16 July, when the demonstration closes.
  test = await startApp()
  porteur = await test.porteur()
  grappe = await createTestGrappe(porteur, 2)
  browser = await signInPorteur(test)
  const og = { name: 'Association Les Oliviers', contactEmail: 'contact1@exemple.fr' }
  const saved = await porteur.call('PUT', fill(API_PATHS.og, { ...at(), og: grappe.ogId }), og)
  expect(saved.status).toBe(204)
})
afterEach(() => test.close())

const at = () => ({ grappe: grappe.grappeId })

/** With plain spaces, where French has some that do not break. */
const plain = (text: string) => text.replaceAll(/[\u00A0\u202F]/g, ' ')

async function lastMail(email: string): Promise<{ subject: string; text: string }> {
  const mails = await readMailsOfGrappe(test.context, grappe.grappeId)
  const found = mails.find(({ recipient }) => recipient === email)
  return { subject: plain(found?.subject ?? ''), text: plain(found?.text ?? '') }
}

interface BoardPiece {
  owner: { id: string | null }
  state: PieceState
  required: boolean
  deadlineOn: string | null
}

/** Last days of the required pieces that contact1 still owes, as the board has them, the nearest first. */
async function owedOnBoard(): Promise<string[]> {
  const board = await porteur.call<{ pieces: BoardPiece[] }>('GET', fill(API_PATHS.board, at()))
  const own = [grappe.esmsIds[0], grappe.ogId]
  return board.body.pieces
    .filter(({ owner, state, required }) => own.includes(owner.id ?? '') && required && isOutstanding(state))
    .flatMap(({ deadlineOn }) => deadlineOn ?? [])
    .toSorted()
}

async function invite(): Promise<string> {
  const answer = await porteur.call('POST', fill(API_PATHS.invitations, at()), { tous: true })
  expect(answer.status).toBe(201)
  return (await lastMail('contact1@exemple.fr')).text
}

async function grant(day: string, piece: string): Promise<void> {
  await browser.get(urlTo('deadlines', at()))
  const granted = await browser.submit(urlTo('grantExtension', at()), {
    'delai-membre': `esms:${grappe.esmsIds[0]}`,
    'delai-piece': piece,
    'delai-jour': day,
    'delai-motif': 'Panne de réseau',
  })
  expect(granted.status).toBe(303)
}

/** What an invitation must say of these days: the nearest with how many are due on it, then the closing. */
function saidOf(days: readonly string[]): string {
  const [nearest = ''] = days
  const first = days.filter(day => day === nearest).length
  const some = first === days.length ? '' : `, dont ${first === 1 ? 'une' : first}`
  const due = days.length === 1 ? 'Une pièce est à déposer' : `${days.length} pièces sont à déposer`
  const closing = nearest === CLOSING ? '' : ` L’appel ferme le ${formatClosing(CLOSING)}.`
  return plain(`${due}${some} avant le ${formatClosing(nearest)}.${closing}`)
}

describe('the days that a mail tells', () => {
  it('are the board’s: the nearest first, then the closing, and move with it', async () => {
    expect(await owedOnBoard()).toEqual(['2026-07-01', CLOSING])
    expect(await invite()).toContain(saidOf(['2026-07-01', CLOSING]))

    await grant('2026-07-10', 'etat-des-lieux')
    test.setNow('2026-06-02T08:00:00.000Z')
    expect(await invite()).toContain(saidOf(await owedOnBoard()))
    expect(await owedOnBoard()).toEqual(['2026-07-10', CLOSING])

    await grant(CLOSING, 'etat-des-lieux')
    test.setNow('2026-06-03T08:00:00.000Z')
    expect(await invite()).toContain(saidOf([CLOSING, CLOSING]))
    expect(await owedOnBoard()).toEqual([CLOSING, CLOSING])
  })

  it('count in a subject only the pieces that are due then', async () => {
    test.setNow('2026-06-29T07:00:00.000Z')
    await sendDueRelances(test.context)
    const { subject, text } = await lastMail('contact1@exemple.fr')
    expect(subject).toBe('Plus que 2 jours : 1 pièce à déposer, 1 autre ensuite – Grappe d’essai')
    expect(text).toContain('il manque encore ces 2 pièces')
  })

  it('are those of the next pieces in the porteur’s week, then the closing', async () => {
    test.setNow('2026-06-22T08:00:00.000Z')
    await sendWeeklyDigests(test.context)
    const { subject, text } = await lastMail('porteuse@exemple.fr')
    expect(subject).toMatch(
      /^Votre semaine : 5 pièces manquantes, \d+ questions sans réponse, il reste 9 jours/,
    )
    expect(text).toContain(`Prochain dernier jour, pour 2 pièces : ${plain(formatClosing('2026-07-01'))}`)
    expect(text).toContain(`L’appel ferme le ${plain(formatClosing(CLOSING))} : il reste 24 jours`)
  })

  it('are the same on the member’s page, in calendars and in the workbook, and not the reviewer’s', async () => {
    await grant('2026-07-10', 'etat-des-lieux')
    const [nearest = ''] = await owedOnBoard()
    expect(nearest).toBe('2026-07-10')
    const said = plain(formatClosing(nearest))

    const invited = await porteur.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, at()),
      { esms: grappe.esmsIds[0] },
    )
    const token = invited.body[0]?.address.split('/').at(-1) ?? ''
    const home = urlTo('memberHome', { token })
    expect(plain((await browser.get(home)).html)).toContain(said)

    const calendar = await browser.follow(await browser.submit(urlTo('memberCalendar', { token })))
    const feed = /\/agenda\/[\w-]+\/echeances\.ics/.exec(calendar.html)?.[0] ?? ''
    // The piece’s own day; the OG’s piece and the closing are on the other.
    const days = (await browser.get(feed)).html.match(/DTSTART;VALUE=DATE:\d{8}/g)
    expect(days?.toSorted()).toEqual(
      ['20260710', '20260716', '20260716'].map(day => `DTSTART;VALUE=DATE:${day}`),
    )

    await browser.get(urlTo('board', at()))
    const workbook = new ExcelJS.Workbook()
    const xlsx = await browser.get(urlTo('dossierXlsx', at()))
    await workbook.xlsx.load(new Uint8Array(xlsx.raw).buffer as ArrayBuffer)
    const missing: string[] = []
    workbook.getWorksheet('Manquants')?.eachRow(row => missing.push(JSON.stringify(row.values)))
    const own = missing.filter(line => line.includes('EHPAD n° 1'))
    expect(own.join()).toContain('2026-07-10')
    expect(own.join()).not.toContain('2026-07-01')

    const pieces = await readPieces(test.context.db, grappe.grappeId)
    const pieceOf = (order: number) =>
      pieces.find(each => each.code === 'etat-des-lieux' && each.esmsId === grappe.esmsIds[order])?.id ?? ''
    await depositOn(porteur, grappe.grappeId, pieceOf(1), await pdf('Autre membre'))
    await sealVersion(test, porteur, grappe.grappeId)
    const link = await porteur.call<{ address: string }>('POST', fill(API_PATHS.links, at()), {
      label: 'Instructrice',
    })
    const ars = link.body.address.split('/').at(-1) ?? ''
    const examined = await browser.get(urlTo('arsPiece', { token: ars, piece: pieceOf(0) }))
    // Days are between the porteur and its members: the reviewer reads neither the old nor the new one.
    expect(examined.status).toBe(200)
    for (const day of ['2026-07-01', nearest])
      expect(plain(examined.html)).not.toContain(plain(formatClosing(day)))
  })

  it('are not told once nothing is owed any more', async () => {
    test.setNow('2026-07-17T08:00:00.000Z')
    expect(await owedOnBoard()).toEqual(['2026-07-01', CLOSING])
    expect(await invite()).toContain('Rien n’est à déposer aujourd’hui.')
  })
})
