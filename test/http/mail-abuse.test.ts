/** Mail that somebody would make the server send: its words, how much of it leaves, and how one stops it. */
import PostalMime from 'postal-mime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { readConfig } from '../../server/config.ts'
import { inviteColleague } from '../../server/steps/access/colleagues.ts'
import { deliverDueMails, readMailsOfGrappe } from '../../server/steps/access/send-mail.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { alertDeposits } from '../../server/steps/collection/alert-deposits.ts'
import { sendWeeklyDigests } from '../../server/steps/collection/weekly-digest.ts'
import { foundService } from '../../server/steps/dossier/found-service.ts'
import { inviteToService } from '../../server/steps/dossier/invite-to-service.ts'
import { withoutLinks } from '../../templates/mails/plain-words.ts'
import { START, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'
import { openBrowser, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { signInReviewer } from '../support/reviewer.ts'
import { openScene } from '../support/scene.ts'

const ORIGIN = 'http://127.0.0.1:3000/'
const MINUTE_MS = 60_000

/** What mailboxes make a link of, an e-mail address apart: an address, or words with a dot between. */
const addressesIn = (text: string): string[] =>
  [
    ...text.matchAll(
      /[a-z][\w+.-]*:\/\/[^\s<>"]+|(?<![\w@.+-])(?:[\p{L}\d-]+\.)+[\p{L}]{2,}(?![\p{L}\d@-])/giu,
    ),
  ].map(([found]) => found)

describe('the words of a mail', () => {
  it.each([
    ['https://exemple.fr/page?a=1', 'https: //exemple. fr/page?a=1'],
    ['HTTPS:\\\\exemple.fr', 'HTTPS: \\\\exemple. fr'],
    ['voir www.exemple.fr, merci', 'voir www. exemple. fr, merci'],
    ['bit.ly/abc', 'bit. ly/abc'],
    ['écrire à claire.martin@exemple.fr.', 'écrire à claire.martin@exemple.fr.'],
    ['https://claire@exemple.fr/', 'https: //claire@exemple.fr/'],
    ['etat.des.lieux.pdf, 2 Mo', 'etat.des.lieux.pdf, 2 Mo'],
    ['pieces.zip', 'pieces. zip'],
    ['Le 12.06.2026, 3.5 M€, A.D.M.R.', 'Le 12.06.2026, 3.5 M€, A.D.M.R.'],
    ['пример.рф', 'пример. рф'],
    ['{lien} et {resume}', '{ lien} et { resume}'],
  ])('%s', (typed, read) => {
    expect(withoutLinks(typed)).toBe(read)
  })

  it('that a porteur chose hold no address but the server’s own, as text and as HTML', async () => {
    const smtp = await startMailServer()
    const test = await startApp({ SMTP_URL: smtp.url })
    const porteur = await test.porteur()
    const hostile = 'Gagnez sur https://piege.exemple.fr/a ou piege.fr <a href="https://piege.fr">ici</a>'
    const { grappeId: grappe, esmsIds } = await createTestGrappe(porteur, 1, hostile)
    await porteur.call('PUT', fill(API_PATHS.esms, { grappe, esms: esmsIds[0] ?? '' }), {
      contactName: hostile,
    })
    await porteur.call('POST', fill(API_PATHS.invitations, { grappe }), { tous: true })
    await porteur.call('POST', fill(API_PATHS.links, { grappe }), {
      label: hostile,
      email: 'instructrice@exemple.fr',
    })
    await deliverDueMails(test.context)
    expect(smtp.received.map(({ to }) => to).toSorted()).toEqual([
      'contact1@exemple.fr',
      'instructrice@exemple.fr',
    ])
    for (const { source } of smtp.received) {
      const { subject = '', text = '', html = '' } = await PostalMime.parse(source)
      expect(text).toContain('Gagnez sur https: //piege. exemple. fr/a ou piege. fr')
      expect(text).toMatch(/^Bonjour,$/m)
      expect(addressesIn(subject)).toEqual([])
      const found = [...addressesIn(text), ...addressesIn(html.replace(/<style.*?<\/style>/gs, ''))]
      expect(found.length).toBeGreaterThan(2)
      expect(found.filter(address => !address.startsWith(ORIGIN))).toEqual([])
      const targets = [...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href)
      expect(targets.filter(href => !href.startsWith(ORIGIN))).toEqual([])
    }
    await test.close()
    await smtp.close()
  })
})

describe('limits of a day', () => {
  let smtp: MailServer
  let test: TestApp
  beforeEach(async () => {
    smtp = await startMailServer()
  })
  afterEach(async () => {
    await test.close()
    await smtp.close()
  })
  const later = (minutes: number) =>
    test.setNow(new Date(Date.parse(START) + minutes * MINUTE_MS).toISOString())

  async function inviteFrom(email: string, members: number): Promise<string> {
    const porteur = await test.porteur(email)
    const { grappeId } = await createTestGrappe(porteur, members)
    await porteur.call('POST', fill(API_PATHS.invitations, { grappe: grappeId }), { tous: true })
    return grappeId
  }
  const statesOf = async (grappe: string) =>
    (await readMailsOfGrappe(test.context, grappe)).map(({ sentAt, held }) => (sentAt ? 'parti' : held?.by))

  it('of a porteur: what is over waits in its messages, says why and until when, then leaves', async () => {
    test = await startApp({ SMTP_URL: smtp.url, MAIL_LIMIT_PER_PORTEUR: '3' })
    const grappe = await inviteFrom('porteuse@exemple.fr', 5)
    const other = await inviteFrom('autre@exemple.fr', 2)
    await deliverDueMails(test.context)
    expect((await statesOf(grappe)).toSorted()).toEqual(['parti', 'parti', 'parti', 'porteur', 'porteur'])
    expect(await statesOf(other)).toEqual(['parti', 'parti'])
    const page = await (await signInPorteur(test)).get(urlTo('mails', { grappe }))
    expect(textOf(page)).toContain('attend Vos grappes ont écrit en 24 heures autant de messages')
    expect(textOf(page)).toMatch(/il part le mardi 2 juin 2026 à 12 h 00/)
    const answer = await (await test.porteur()).call<Array<{ held: unknown }>>(
      'GET',
      fill(API_PATHS.mails, { grappe }),
    )
    expect(answer.body.map(({ held }) => held).filter(Boolean)).toEqual([
      { by: 'porteur', until: '2026-06-02T10:00:00.000Z' },
      { by: 'porteur', until: '2026-06-02T10:00:00.000Z' },
    ])

    later(23 * 60)
    await deliverDueMails(test.context)
    expect(smtp.received).toHaveLength(5)
    later(24 * 60)
    await deliverDueMails(test.context)
    expect(smtp.received).toHaveLength(7)
    expect(await statesOf(grappe)).not.toContain('porteur')
  })

  it('of a porteur, for the invitations of its colleagues too: the page says which one waits', async () => {
    test = await startApp({ SMTP_URL: smtp.url, MAIL_LIMIT_PER_PORTEUR: '1' })
    const porteur = await findOrCreatePorteur(test.context.db, test.context, 'porteuse@exemple.fr')
    for (const email of ['une@exemple.fr', 'deux@exemple.fr']) {
      await inviteColleague(test.context, porteur, { email, role: 'lire' })
      later(1)
    }
    await deliverDueMails(test.context)
    expect(smtp.received).toHaveLength(1)
    const page = async () => textOf(await (await signInPorteur(test)).get(urlTo('colleagues')))
    expect(await page()).toMatch(/deux@exemple.fr .*Le message attend : trop ont été écrits en 24 heures/)
    expect(await page()).not.toMatch(
      /une@exemple.fr lire pas encore venu [^@]*@exemple.fr [^@]*Le message attend/,
    )
    later(24 * 60 + 2)
    await deliverDueMails(test.context)
    expect(smtp.received).toHaveLength(2)
    expect(await page()).not.toContain('Le message attend')
  })

  it('of a service, for those whom its members invite', async () => {
    test = await startApp({ SMTP_URL: smtp.url, MAIL_LIMIT_PER_PORTEUR: '1' })
    const by = { email: 'une@ars.sante.fr', proof: 'session' } as const
    await foundService(test.context, by, 'ARS Corse')
    for (const email of ['deux@ars.sante.fr', 'trois@ars.sante.fr']) {
      await inviteToService(test.context, by, email)
      later(1)
    }
    await deliverDueMails(test.context)
    expect(smtp.received).toHaveLength(1)
    const page = await (await signInReviewer(test, by.email)).get(urlTo('arsService'))
    expect(textOf(page)).toMatch(/trois@ars.sante.fr , par une@ars.sante.fr, [^@]*Le message attend/)
  })

  it('of a person, whoever writes to it; of the server, which still signs people in', async () => {
    test = await startApp({
      SMTP_URL: smtp.url,
      MAIL_LIMIT_PER_RECIPIENT: '1',
      MAIL_LIMIT_PER_SERVER: '2',
    })
    await inviteFrom('porteuse@exemple.fr', 1)
    later(1)
    const second = await inviteFrom('autre@exemple.fr', 1)
    later(2)
    const third = await inviteFrom('autre@exemple.fr', 3)
    await deliverDueMails(test.context)
    expect(await statesOf(second)).toEqual(['destinataire'])
    const states = await statesOf(third)
    expect(states.filter(state => state === 'parti')).toHaveLength(1)
    expect(states).toContain('serveur')
    const browser = openBrowser(test)
    await browser.get(urlTo('signIn'))
    await browser.submit(urlTo('signIn'), { email: 'autre@exemple.fr' })
    await deliverDueMails(test.context)
    expect(smtp.received.at(-1)?.source).toContain('Subject: Votre lien de connexion')
    // However long it is held back, it is not given up.
    later(9 * 24 * 60)
    await deliverDueMails(test.context)
    later(10 * 24 * 60 + 1)
    await deliverDueMails(test.context)
    later(11 * 24 * 60 + 2)
    await deliverDueMails(test.context)
    expect([...(await statesOf(second)), ...(await statesOf(third))]).toEqual(Array(4).fill('parti'))
  })
})

it('by default, limits hold back no grappe of 200 members that does everything on one day', () => {
  const { mailLimits } = readConfig({})
  const [invitations, reminders, receipts, refusals, messages] = [200, 200, 1200, 400, 400]
  expect(mailLimits.porteur).toBeGreaterThan(invitations + reminders + receipts + refusals + messages)
  // An OG that deposits six pieces for each of its 49 ESMS has as many receipts.
  expect(mailLimits.destinataire).toBeGreaterThan(6 * 49)
})

describe('a digest', () => {
  it('is stopped from the mail itself, by its mailbox or on a page, and taken again', async () => {
    const smtp = await startMailServer()
    const scene = await openScene({ SMTP_URL: smtp.url })
    const { test } = scene
    const send = async (instant: string) => {
      test.setNow(instant)
      await sendWeeklyDigests(test.context)
      await alertDeposits(test.context)
      await deliverDueMails(test.context)
    }
    const digests = () =>
      smtp.received.filter(({ source }) => /^List-Unsubscribe:/im.test(source)).map(({ source }) => source)

    const { url } = await scene.at(0)
    await scene.browser.get(url)
    await scene.browser.upload(url, form([{ name: 'un.pdf', bytes: await pdf('un') }]))
    await send('2026-06-08T08:00:00.000Z')
    expect(digests()).toHaveLength(2)
    const stops = await Promise.all(
      digests().map(async source => {
        const { text = '', html = '', headers } = await PostalMime.parse(source)
        const header = (name: string) => headers.find(({ key }) => key === name)?.value
        const address = /^<(.*)>$/.exec(header('list-unsubscribe') ?? '')?.[1] ?? ''
        expect(header('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click')
        expect(text).toContain(`Ne plus recevoir ce message : ${address}`)
        expect(html).toContain(`href="${address}"`)
        return new URL(address).pathname
      }),
    )
    // On screen, others than whoever receives it do not read its address.
    const [stop = '', other = ''] = stops
    for (const { text } of await readMailsOfGrappe(test.context, scene.grappe.grappeId))
      expect(text).not.toContain('/resumes/')

    const scanner = openBrowser(test)
    expect(textOf(await scanner.get(stop))).toContain('porteuse@exemple.fr reçoit ce message.')
    expect(textOf(await scanner.get(stop))).toContain('porteuse@exemple.fr reçoit ce message.')
    const byMailbox = await test.app.inject({
      method: 'POST',
      url: stop,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'List-Unsubscribe=One-Click',
    })
    expect([byMailbox.statusCode, byMailbox.body.includes('ne reçoit plus ce message')]).toEqual([200, true])
    expect((await openBrowser(test).submit(other)).status).toBe(200)
    await scene.browser.upload(url, form([{ name: 'deux.pdf', bytes: await pdf('deux') }]))
    await send('2026-06-15T08:00:00.000Z')
    expect(digests()).toHaveLength(2)

    const porteur = await signInPorteur(test)
    expect((await porteur.get(urlTo('digests'))).html).not.toContain('checked')
    await porteur.submit(urlTo('digests'), { hebdomadaire: 'oui' })
    await send('2026-06-22T08:00:00.000Z')
    expect(digests()).toHaveLength(3)
    const api = await scene.porteur.call('PUT', API_PATHS.digests, { hebdomadaire: false, depots: true })
    expect(api.body).toEqual({ hebdomadaire: false, depots: true })
    expect((await openBrowser(test).get(`${stop}x`)).status).toBe(404)
    await test.close()
    await smtp.close()
  })
})

describe('sign-in links', () => {
  let test: TestApp
  afterEach(() => test.close())
  const ask = (email: string, from: string, url = API_PATHS.signIn as string) =>
    test.app.inject({ method: 'POST', url, payload: { email }, remoteAddress: from })

  it('are limited for one mailbox, known or not, and one network does not use them all up', async () => {
    test = await startApp({ SIGN_IN_LIMIT_PER_MAILBOX: '6' })
    for (const url of [API_PATHS.signIn, API_PATHS.arsSignIn]) {
      const email = url === API_PATHS.signIn ? 'a@exemple.fr' : 'inconnue@exemple.fr'
      const statuses = []
      for (const from of ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.2', '192.0.2.3'])
        statuses.push((await ask(email, from, url)).statusCode)
      expect(statuses).toEqual([202, 202, 429, 202, 202, 202])
    }
    const refused = await ask('A@exemple.fr', '192.0.2.1')
    expect(refused.json()).toMatchObject({ status: 429, detail: expect.stringMatching(/pour cette adresse/) })
  })

  it('are limited for a whole IPv6 network as for one address', async () => {
    test = await startApp({ SIGN_IN_LIMIT_PER_HOUR: '2' })
    const statuses = []
    for (const from of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:db8:1:2:a:b:c:d', '2001:db8:1:3::1'])
      statuses.push((await ask(`${statuses.length}@exemple.fr`, from)).statusCode)
    expect(statuses).toEqual([202, 202, 429, 202])
  })

  it('are answered at one pace, whether or not the address is known', async () => {
    test = await startApp()
    const porteur = await test.porteur()
    const { grappeId: grappe } = await createTestGrappe(porteur, 1)
    await porteur.call('POST', fill(API_PATHS.links, { grappe }), {
      label: 'ARS',
      email: 'instructrice@exemple.fr',
    })
    const answers = []
    for (const email of ['instructrice@exemple.fr', 'inconnue@exemple.fr']) {
      const since = performance.now()
      const { statusCode, body } = await ask(email, '192.0.2.1', API_PATHS.arsSignIn)
      expect(performance.now() - since).toBeGreaterThanOrEqual(295)
      answers.push([statusCode, body])
    }
    expect(answers[0]).toEqual(answers[1])
  })
})
