import { eq } from 'drizzle-orm'
import ExcelJS from 'exceljs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { opinionAnswer } from '../../schema/contracts/api.ts'
import { complementDrafts, extensions, opinions, reviews } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { issueApiToken } from '../../server/steps/access/api-tokens.ts'
import { inviteColleague } from '../../server/steps/access/colleagues.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import {
  askingCode,
  keptIn,
  lastCode,
  openBrowser,
  type PageClient,
  signInPorteur,
} from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { signInReviewer, speakingProgram } from '../support/reviewer.ts'
import { depositEverywhere, esmsPieces, sealVersion } from '../support/sealed.ts'

const EMAIL = 'instructrice@ars.exemple.fr'
const SECOND = 'seconde@exemple.fr'
const OPINION = { avis: 'non-recevable', note: 'Le budget « manque ».\nVoir page 2.' }

let test: TestApp
let porteur: ApiClient
let grappe: TestGrappe
let pieceId: string
/** Handed to an address, and to none. */
let token: string
let bare: string
/** API token of the second person. */
let second: string

let minutes = 0
function wait(more: number) {
  minutes += more
  test.setNow(new Date(Date.parse(START) + minutes * 60_000).toISOString())
}

async function hand(label: string, email?: string): Promise<string> {
  const at = { grappe: grappe.grappeId }
  const handed = await porteur.call<{ address: string }>('POST', fill(API_PATHS.links, at), {
    label,
    ...(email === undefined ? {} : { email }),
  })
  return handed.body.address.split('/').at(-1) ?? ''
}

beforeAll(async () => {
  test = await startApp()
  porteur = await test.porteur()
  grappe = await createTestGrappe(porteur, 2)
  await depositEverywhere(porteur, grappe.grappeId)
  await sealVersion(test, porteur, grappe.grappeId)
  pieceId = (await esmsPieces(porteur, grappe.grappeId))[0]?.pieceId ?? ''
  token = await hand('Instructrice, ARS', EMAIL)
  bare = await hand('ARS, sans adresse')
  await addSecond()
})
afterAll(() => test.close())

/** A second person with all of the porteur's rights, and its own API token. */
async function addSecond(): Promise<void> {
  const { context } = test
  const first = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
  const invited = await inviteColleague(context, first, { email: SECOND, role: 'administrer' })
  if (!invited.ok) throw new Error(invited.refusal.code)
  second = (
    await issueApiToken(
      context,
      { id: first.id, colleagueId: invited.value.id },
      { label: 'essai', scope: 'administrer', days: 7 },
    )
  ).token
}

/** Every act in the name of the ARS, as a page sends it. */
const pageActs = (at: string): [string, Record<string, string>][] => {
  const of = { token: at, number: '1', piece: pieceId }
  return [
    [urlTo('arsReview', of), { decision: 'conforme' }],
    [urlTo('arsReview', of), { decision: 'a-examiner' }],
    [urlTo('arsReview', of), { decision: 'complement', motive: 'À signer.' }],
    [urlTo('arsDropDraft', of), {}],
    [urlTo('arsComplements', of), { deadlineOn: '2026-07-01', [`piece-${pieceId}`]: 'oui' }],
    [urlTo('arsOpinion', of), OPINION],
  ]
}

const programActs = (): ['POST' | 'DELETE', string, object?][] => {
  const of = { number: '1', piece: pieceId }
  return [
    ['POST', fill(API_PATHS.arsConforming, of)],
    ['DELETE', fill(API_PATHS.arsConforming, of)],
    [
      'POST',
      fill(API_PATHS.arsComplements, of),
      { deadlineOn: '2026-07-01', requests: [{ pieceId, motive: 'À signer.' }] },
    ],
    ['POST', fill(API_PATHS.arsOpinion, of), OPINION],
  ]
}

/** All that the ARS said, or was about to say. */
async function words() {
  const { db } = test.context
  return {
    reviews: await db.select().from(reviews),
    drafts: await db.select().from(complementDrafts),
    extensions: await db.select().from(extensions),
    opinions: await db.select().from(opinions),
  }
}

const codesMailed = async () =>
  (await readOutbox(test.context)).filter(({ subject }) => subject === 'Votre code de confirmation').length
const wrong = async () => ((await lastCode(test)) === '000000' ? '000001' : '000000')

const opinionUrl = () => urlTo('arsOpinion', { token, number: '1' })

/** Asks for a code by the form of the opinion; gives back what it keeps, and the code that was sent. */
async function askedIn(browser: PageClient) {
  const { asked, code } = await askingCode(test, () => browser.submit(opinionUrl(), OPINION))
  expect(textOf(asked)).toContain(`Un code à six chiffres part à ${EMAIL}`)
  return { kept: keptIn(asked), code, wrong: code === '000000' ? '000001' : '000000' }
}

describe('whoever has the porteur’s rights and a copy of every link', () => {
  it('makes the ARS say no word on any page, with the porteur’s session or without', async () => {
    const before = await words()
    const insider = await signInPorteur(test, SECOND)
    expect((await insider.get(urlTo('dossier', { grappe: grappe.grappeId }))).status).toBe(200)
    for (const browser of [insider, openBrowser(test)]) {
      for (const [url, fields] of pageActs(token)) {
        wait(20)
        const answer = await browser.submit(url, fields)
        expect([url, answer.status, textOf(answer).includes('Confirmez que c’est vous')]).toEqual([
          url,
          200,
          true,
        ])
        const guessed = await browser.submit(url, { ...fields, code: await wrong() })
        expect(guessed.status).toBe(422)
      }
      for (const [url, fields] of pageActs(bare)) {
        const answer = await browser.submit(url, fields)
        expect([url, answer.status]).toEqual([url, 409])
        expect(textOf(answer)).toContain('remis à aucune adresse e-mail')
      }
      for (const [url, fields] of pageActs(grappe.grappeId)) {
        const answer = await browser.submit(url, fields)
        expect([url, [303, 403].includes(answer.status)]).toEqual([url, true])
      }
    }
    expect(await words()).toEqual(before)
  })

  it('nor by any address of the API, whatever it sends for a proof', async () => {
    const before = await words()
    const elsewhere = await hand('Porteur déguisé', 'porteuse@exemple.fr')
    const its = await speakingProgram(test, elsewhere)
    expect(
      (await its.call('POST', fill(API_PATHS.arsConforming, { number: '1', piece: pieceId }))).status,
    ).toBe(200)
    const given = await words()
    expect(given.reviews).toMatchObject([...before.reviews, { email: 'porteuse@exemple.fr', proof: 'code' }])
    wait(1)
    const asked = await test.bearer(elsewhere).call<{ attempt: string }>('POST', API_PATHS.arsCode)
    const confirmed = await test
      .bearer(elsewhere)
      .call<{ proof: string }>('POST', API_PATHS.arsCodeConfirmation, {
        attempt: asked.body.attempt,
        code: await lastCode(test),
      })
    const proofs = ['', 'x', token, porteur.token, second, confirmed.body.proof]
    for (const [method, url, body] of programActs()) {
      for (const proof of proofs) {
        const said = await test.bearer(token).call(method, url, body, { 'x-preuve': proof })
        expect([url, proof, said.status]).toEqual([url, proof, 403])
        expect((await test.bearer(bare).call(method, url, body, { 'x-preuve': proof })).status).toBe(409)
      }
      expect((await porteur.call(method, url, body)).status).toBe(401)
      expect((await test.bearer(second).call(method, url, body)).status).toBe(401)
    }
    expect(await words()).toEqual(given)
  })

  it('reads the code in no outbox, and cannot use it in a browser that did not ask for it', async () => {
    wait(60)
    const before = await words()
    const reviewer = openBrowser(test)
    const { code } = await askedIn(reviewer)
    const outbox = await porteur.call<{ subject: string }[]>(
      'GET',
      fill(API_PATHS.mails, { grappe: grappe.grappeId }),
    )
    expect(outbox.raw).not.toContain(code)
    expect(outbox.body.map(({ subject }) => subject)).not.toContain('Votre code de confirmation')
    const insider = openBrowser(test)
    const stolen = await insider.submit(opinionUrl(), { ...OPINION, code })
    expect(stolen.status).toBe(422)
    expect(textOf(stolen)).toContain('Ce code n’est plus valable')
    const attempt = { attempt: 'une-tentative-que-personne-n-a-faite', code }
    expect((await test.bearer(token).call('POST', API_PATHS.arsCodeConfirmation, attempt)).status).toBe(422)
    expect(await words()).toEqual(before)
  })

  it('locks its own browser with wrong codes, never the reviewer’s', async () => {
    wait(60)
    const reviewer = openBrowser(test)
    const insider = openBrowser(test)
    const its = await askedIn(insider)
    for (let tries = 1; tries < 5; tries++) {
      expect((await insider.submit(opinionUrl(), { ...OPINION, code: its.wrong })).status).toBe(422)
    }
    const locked = await insider.submit(opinionUrl(), { ...OPINION, code: its.wrong })
    expect(locked.status).toBe(429)
    expect(textOf(locked)).toContain('bloquée dans ce navigateur')
    expect(keptIn(locked)).toEqual(OPINION)
    expect((await insider.submit(opinionUrl(), { ...OPINION, code: its.code })).status).toBe(429)
    const { kept, code } = await askedIn(reviewer)
    const given = await reviewer.submit(opinionUrl(), { ...kept, code })
    expect(given.status).toBe(303)
  })

  it('fills no mailbox by changing browsers, and is told how long to wait', async () => {
    wait(24 * 60)
    const before = await codesMailed()
    const statuses: number[] = []
    for (let i = 0; i < 11; i++) statuses.push((await openBrowser(test).submit(opinionUrl(), OPINION)).status)
    expect(statuses).toEqual([...Array(9).fill(200), 429, 429])
    for (let round = 0; round < 3; round++) {
      wait(16)
      for (let i = 0; i < 9; i++) await openBrowser(test).submit(opinionUrl(), OPINION)
    }
    expect((await codesMailed()) - before).toBe(24)
    const refused = await openBrowser(test).submit(opinionUrl(), OPINION)
    expect(refused.status).toBe(429)
    expect(textOf(refused)).toContain('réessayez dans 24 heures')
  })

  it('is known for who it is: the same name with another address touches nothing of the reviewer’s', async () => {
    const office = await signInReviewer(test, EMAIL)
    const at = { token: grappe.grappeId, number: '1', piece: pieceId }
    await office.submit(urlTo('arsReview', at), { decision: 'complement', motive: 'Le vrai motif.' })
    await hand('Instructrice, ARS', 'porteuse@exemple.fr')
    const double = await signInReviewer(test, 'porteuse@exemple.fr')
    await double.submit(urlTo('arsReview', at), { decision: 'complement', motive: 'Un faux motif.' })
    await double.submit(urlTo('arsOpinion', at), { avis: 'recevable' })
    const page = textOf(await office.get(urlTo('arsVersion', at)))
    expect(page).toContain('Le vrai motif.')
    expect(page).not.toContain('Un faux motif.')
    expect(page).toContain('par Instructrice, ARS, connecté par un lien reçu à porteuse@exemple.fr.')
    expect(page).not.toContain('Remplacé depuis')
  })
})

describe('the reviewer', () => {
  it('types a code once: it is used up, the act is done with what was typed, and its browser stays signed in', async () => {
    wait(48 * 60)
    const browser = openBrowser(test)
    const home = await browser.get(urlTo('arsHome', { token }))
    expect(textOf(home)).toContain(`un code vous sera envoyé à ${EMAIL}`)
    const { kept, code } = await askedIn(browser)
    const twice = await Promise.all([
      browser.submit(opinionUrl(), { ...kept, code }),
      browser.submit(opinionUrl(), { ...kept, code }),
    ])
    expect(twice.map(({ status }) => status)).toEqual([303, 303])
    const shown = await browser.follow(twice[0] as (typeof twice)[0])
    expect(textOf(shown)).toContain('Avis donné')
    expect(textOf(shown)).toContain(`confirmé par un code reçu à ${EMAIL}`)
    // The link leads on to the addresses of the session, whose forms are protected.
    const piece = await browser.get(urlTo('arsPiece', { token, piece: pieceId }))
    expect(piece.location).toBe(urlTo('arsPiece', { token: grappe.grappeId, piece: pieceId }))
    await browser.follow(piece)
    const review = urlTo('arsReview', { token: grappe.grappeId, number: '1', piece: pieceId })
    expect((await browser.submit(review, { decision: 'conforme' })).status).toBe(303)
    wait(1)
    const [, conforme] = pageActs(token)[0] as [string, Record<string, string>]
    const again = await openBrowser(test).submit(urlTo('arsReview', { token, number: '1', piece: pieceId }), {
      ...conforme,
      code,
    })
    expect(again.status).toBe(422)
    const replayed = await browser.submit(opinionUrl(), { ...kept, code })
    expect(replayed.status).toBe(422)
  })

  it('is shown, with the porteur and the next workbook, what each word was proved by', async () => {
    const [first] = await test.context.db.select().from(opinions).where(eq(opinions.email, EMAIL))
    expect(first).toMatchObject({ actor: 'Instructrice, ARS', proof: 'code', ...OPINION })
    const proved = `confirmé par un code reçu à ${EMAIL}`
    const office = await signInPorteur(test)
    expect(textOf(await office.get(urlTo('dossier', { grappe: grappe.grappeId })))).toContain(proved)
    const read = await test
      .bearer(token)
      .call<{ opinions: z.infer<typeof opinionAnswer>[] }>('GET', API_PATHS.arsDossier)
    expect(read.body.opinions.map(each => each.proved)).toContainEqual({ email: EMAIL, proof: 'code' })
    const workbook = await office.get(urlTo('dossierXlsx', { grappe: grappe.grappeId }))
    const book = new ExcelJS.Workbook()
    await book.xlsx.load(new Uint8Array(workbook.raw).buffer)
    const lines: string[] = []
    book.getWorksheet('Instruction')?.eachRow(row => lines.push(String(row.values)))
    expect(lines.filter(line => line.includes(proved)).length).toBeGreaterThan(1)
  })
})

describe('the code of a member', () => {
  it('confirms for the browser that typed it alone: the porteur’s copy of the link is asked again', async () => {
    const at = { grappe: grappe.grappeId }
    const invited = await porteur.call<{ address: string }[]>('POST', fill(API_PATHS.invitations, at), {
      esms: grappe.esmsIds[0],
    })
    const own = invited.body[0]?.address.split('/').at(-1) ?? ''
    const phone = urlTo('memberPhone', { token: own })
    const member = openBrowser(test)
    await member.submit(phone, { telephone: '04 95 00 00 00' })
    expect(
      (await member.submit(phone, { telephone: '04 95 00 00 00', code: await lastCode(test) })).status,
    ).toBe(303)
    expect((await member.submit(phone, { telephone: '04 95 00 00 01' })).status).toBe(303)
    const copy = await openBrowser(test).submit(phone, { telephone: '06 00 00 00 00' })
    expect(textOf(copy)).toContain('Confirmez que c’est vous')
  })
})
