import ICAL from 'ical.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { urlTo } from '../../schema/urls.ts'
import { createTokens } from '../../server/adapters/tokens.ts'
import { listJobs } from '../../server/jobs.ts'
import { deliverDueMails, readMailsOfGrappe, readOutbox } from '../../server/steps/access/send-mail.ts'
import { START, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

let test: TestApp
let smtp: MailServer
let porteur: PageClient
let grappe: string
let esms: string
beforeEach(async () => {
  smtp = await startMailServer()
  test = await startApp({ SMTP_URL: smtp.url })
  const made = await createTestGrappe(await test.porteur(), 1, 'Grappe <b>été</b> & Cie')
  grappe = made.grappeId
  esms = made.esmsIds[0] ?? ''
  porteur = await signInPorteur(test)
})
afterEach(async () => {
  await test.close()
  await smtp.close()
})

async function invite(): Promise<void> {
  await porteur.get(urlTo('invitations', { grappe }))
  expect((await porteur.submit(urlTo('invitations', { grappe }), { kind: 'esms', id: esms })).status).toBe(
    303,
  )
}

/** What the one mail of the grappe became. */
async function state() {
  const [mail] = await readMailsOfGrappe(test.context, grappe)
  return mail
}

const later = (minutes: number) => test.setNow(new Date(Date.parse(START) + minutes * 60_000).toISOString())

/** Decodes one part of a mail, whatever its transfer encoding. */
function part(source: string, type: string): string {
  const [, head = '', body = ''] =
    new RegExp(`Content-Type: ${type}([^]*?)\\r\\n\\r\\n([^]*?)\\r\\n--`).exec(source) ?? []
  if (/base64/.test(head)) return Buffer.from(body, 'base64').toString()
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

describe('a mail through a real mail server', () => {
  it('has a text and an HTML part that say the same, escaped, with its link and its headers', async () => {
    await invite()
    await deliverDueMails(test.context)
    expect(smtp.received).toHaveLength(1)
    const source = smtp.received[0]?.source ?? ''
    const headers = (source.split('\r\n\r\n')[0] ?? '').replace(/\r\n\s+/g, ' ')
    expect(headers).toMatch(/^Content-Type: multipart\/alternative/m)
    expect(headers).toMatch(/^Subject: =\?UTF-8\?/m)
    expect(headers).toMatch(/^Auto-Submitted: auto-generated/m)
    expect(headers).toMatch(/^Message-ID: <[0-9a-f-]{36}@127\.0\.0\.1>/m)
    expect(headers).toMatch(/^List-Id: .*<[0-9a-f-]{36}\.127\.0\.0\.1>/im)
    expect(headers).toMatch(/^Reply-To: porteuse@exemple\.fr/m)
    const link = (await state())?.link ?? ''
    expect(link).toMatch(/\/esms\/[\w-]{43}$/)
    const text = part(source, 'text/plain')
    const html = part(source, 'text/html')
    expect(text).toContain(link)
    expect(text).toContain('Grappe <b>été</b> & Cie')
    expect(html).toContain(`<a href="${link}"`)
    expect(html).toContain('Grappe &lt;b&gt;été&lt;/b&gt; &amp; Cie')
    expect(html).toContain('lang="fr"')
    expect(html).not.toMatch(/<img|<link|<script|url\(/)
    expect(text + html).not.toContain('{lien}')
  })

  it('never gets one whose link cannot be made: it waits, and leaves once the key is back', async () => {
    await invite()
    const { tokens } = test.context
    test.context.tokens = createTokens('une autre clé, assez longue pour en être une')
    await deliverDueMails(test.context)
    later(2)
    await deliverDueMails(test.context)
    expect(smtp.received).toEqual([])
    const waiting = await state()
    expect(waiting).toMatchObject({ sentAt: null, linkLost: true, link: null })
    expect(waiting?.text).toContain('[lien impossible à refaire]')
    expect(textOf(await porteur.get(urlTo('mails', { grappe })))).toMatch(/ne part pas .*clé secrète/)
    test.context.tokens = tokens
    later(20)
    await deliverDueMails(test.context)
    expect(smtp.received).toHaveLength(1)
    expect(await state()).toMatchObject({ sentAt: expect.any(String), failure: null, linkLost: false })
  })

  it('that refuses the address for good is not asked again, and the porteur reads why', async () => {
    smtp.mood = { do: 'refuse', code: 550 }
    await invite()
    await deliverDueMails(test.context)
    expect(await state()).toMatchObject({ sentAt: null, bouncedAt: expect.any(String) })
    smtp.mood = { do: 'accept' }
    later(600)
    await deliverDueMails(test.context)
    expect(smtp.received).toEqual([])
    expect(textOf(await porteur.get(urlTo('mails', { grappe })))).toMatch(
      /adresse refusée .*boîte indisponible/,
    )
  })

  it.each([
    ['asks to come back', { do: 'refuse', code: 451 }],
    ['drops the connection', { do: 'drop' }],
  ] as const)('that %s gets it later, once', async (_words, mood) => {
    smtp.mood = mood
    await invite()
    await deliverDueMails(test.context)
    expect(await state()).toMatchObject({ sentAt: null, bouncedAt: null, failure: expect.any(String) })
    smtp.mood = { do: 'accept' }
    await deliverDueMails(test.context)
    expect(smtp.received).toEqual([])
    later(2)
    await deliverDueMails(test.context)
    await deliverDueMails(test.context)
    expect(smtp.received).toHaveLength(1)
    expect(await state()).toMatchObject({ sentAt: expect.any(String), failure: null })
  })

  it('that is gone for days then back loses nothing and receives nothing twice', async () => {
    const port = Number(new URL(smtp.url).port)
    await smtp.close()
    await invite()
    for (let minutes = 0; minutes < 3 * 24 * 60; minutes += 50) {
      later(minutes)
      await deliverDueMails(test.context)
    }
    expect((await state())?.failure).toContain('pas de réponse')
    smtp = await startMailServer(port)
    later(3 * 24 * 60 + 180)
    await deliverDueMails(test.context)
    await deliverDueMails(test.context)
    expect(smtp.received).toHaveLength(1)
  })

  it('that thinks for long holds no page back, nor the sign-in link of somebody else', async () => {
    smtp.mood = { do: 'delay', ms: 12_000 }
    await test.context.jobs.start(listJobs(test.context), () => {})
    const before = Date.now()
    await invite()
    expect(Date.now() - before).toBeLessThan(10_000)
    const browser = openBrowser(test)
    await browser.get(urlTo('signIn'))
    await browser.submit(urlTo('signIn'), { email: 'autre@exemple.fr' })
    await expect.poll(() => smtp.received.length, { timeout: 30_000 }).toBe(2)
    // Noted once the server has answered, a moment after it received.
    const allSent = async () => (await readOutbox(test.context)).every(({ sentAt }) => sentAt !== null)
    await expect.poll(allSent, { timeout: 15_000 }).toBe(true)
  }, 60_000)
})

describe('a calendar', () => {
  it('of the grappe is made, read by a calendar program, replaced and revoked', async () => {
    const page = urlTo('deadlines', { grappe })
    await porteur.get(page)
    const created = await porteur.follow(await porteur.submit(urlTo('porteurCalendar', { grappe })))
    const first = /\/agenda\/[\w-]{43}\/echeances\.ics/.exec(created.html)?.[0] ?? ''
    const feed = await test.app.inject({ url: first })
    expect(feed.statusCode).toBe(200)
    expect(feed.headers['content-type']).toBe('text/calendar; charset=utf-8')
    expect(feed.headers['cache-control']).toBe('private, max-age=900')
    const calendar = new ICAL.Component(ICAL.parse(feed.body))
    const events = calendar.getAllSubcomponents('vevent').map(event => new ICAL.Event(event))
    expect(
      events.map(event => `${event.startDate} ${event.summary}`.replaceAll('\u00A0', ' ')).toSorted(),
    ).toEqual([
      '2026-07-01 EHPAD n° 1 : dernier jour pour 1 pièce',
      expect.stringMatching(/^2026-07-1\d .*/),
      expect.stringMatching(/^2026-07-1\d .*/),
    ])
    expect(new Set(events.map(({ uid }) => uid)).size).toBe(events.length)
    expect(events[0]?.component.getAllSubcomponents('valarm')).toHaveLength(2)
    expect(feed.body).not.toMatch(/\/esms\//)
    const etag = String(feed.headers.etag)
    const again = await test.app.inject({ url: first, headers: { 'if-none-match': etag } })
    expect(again.statusCode).toBe(304)

    const replaced = await porteur.follow(await porteur.submit(urlTo('porteurCalendar', { grappe })))
    const second = /\/agenda\/[\w-]{43}\/echeances\.ics/.exec(replaced.html)?.[0] ?? ''
    expect(second).not.toBe(first)
    expect((await test.app.inject({ url: first })).statusCode).toBe(410)
    expect((await test.app.inject({ url: second })).statusCode).toBe(200)
    const revoke = /action="([^"]*\/agenda\/[^"]*revoquer)"/.exec(replaced.html)?.[1] ?? ''
    await porteur.submit(revoke)
    expect((await test.app.inject({ url: second })).statusCode).toBe(410)
  })

  it('of a member is asked for on its page, holds its own pieces alone, and is taken back there', async () => {
    await invite()
    const home = new URL((await state())?.link ?? '').pathname
    const member = openBrowser(test)
    const page = await member.follow(await member.submit(`${home}/agenda`, { acte: 'creer' }))
    const url = /\/agenda\/[\w-]{43}\/echeances\.ics/.exec(page.html)?.[0] ?? ''
    const feed = await test.app.inject({ url })
    ICAL.parse(feed.body)
    expect(feed.body).toContain('EHPAD n° 1')
    expect(feed.body).not.toContain('Association Les Oliviers')
    await member.submit(`${home}/agenda`, { acte: 'revoquer' })
    expect((await test.app.inject({ url })).statusCode).toBe(410)
  })
})
