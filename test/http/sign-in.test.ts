import { once } from 'node:events'
import { SMTPServer } from 'smtp-server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, urlTo } from '../../schema/urls.ts'
import { deliverDueMails, type Mail, readOutbox } from '../../server/steps/access/send-mail.ts'
import { START, startApp, type TestApp } from '../support/app.ts'
import { openBrowser } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

/** Asks for a sign-in link on the page, and finds it in the outbox. */
async function askForLink(test: TestApp, email: string): Promise<string> {
  const visitor = openBrowser(test)
  await visitor.get(urlTo('signIn'))
  const sent = await visitor.submit(urlTo('signIn'), { email })
  expect(sent.status).toBe(200)
  return new URL((await mailTo(test, email)).link ?? '').pathname
}

async function mailTo(test: TestApp, email: string): Promise<Mail> {
  const mails = await readOutbox(test.context)
  const mail = mails.find(({ recipient }) => recipient === email.trim().toLowerCase())
  if (mail === undefined) throw new Error(`no mail to ${email}`)
  return mail
}

describe('a porteur signs in by an e-mailed link', () => {
  let test: TestApp
  beforeAll(async () => {
    test = await startApp()
  })
  afterAll(() => test.close())

  it('opens its space with the button, once; opening the address consumes nothing', async () => {
    const address = await askForLink(test, 'Prenom.Nom@Exemple.fr ')
    const scanner = openBrowser(test)
    for (let opening = 0; opening < 3; opening++) expect((await scanner.get(address)).status).toBe(200)

    const person = openBrowser(test)
    await person.get(address)
    const entered = await person.submit(address)
    expect([entered.status, entered.location]).toEqual([303, urlTo('grappes')])
    expect(String(entered.headers['set-cookie'])).toMatch(/session=[^;]+;.*HttpOnly; SameSite=Lax/)
    expect((await person.get(urlTo('grappes'))).status).toBe(200)

    const again = await scanner.submit(address)
    expect([again.status, again.html.includes('déjà servi')]).toEqual([410, true])
  })

  it('says that the link served to who clicks again, and not that the form is old', async () => {
    const address = await askForLink(test, 'encore@exemple.fr')
    const person = openBrowser(test)
    await person.get(address)
    expect((await person.submit(address)).status).toBe(303)
    const again = await person.submit(address)
    expect([again.status, textOf(again)]).toEqual([410, expect.stringContaining('Lien déjà utilisé')])
    expect((await person.get(urlTo('grappes'))).status).toBe(200)
  })

  it('opens no session from a form that this browser was not given', async () => {
    const address = await askForLink(test, 'ailleurs@exemple.fr')
    expect((await openBrowser(test).submit(address)).status).toBe(403)
  })

  it('lets one of two clicks at the same moment in', async () => {
    const address = await askForLink(test, 'double@exemple.fr')
    const person = openBrowser(test)
    await person.get(address)
    const clicks = await Promise.all([person.submit(address), person.submit(address)])
    expect(clicks.map(({ status }) => status).sort()).toEqual([303, 410])
  })

  it('refuses a link after thirty minutes, with a sentence', async () => {
    const address = await askForLink(test, 'tard@exemple.fr')
    test.setNow('2026-06-01T10:31:00.000Z')
    const late = await openBrowser(test).get(address)
    test.setNow(START)
    expect([late.status, late.html.includes('date de validité')]).toEqual([410, true])
  })

  it('refuses a form without its token, and signs nobody in', async () => {
    const address = await askForLink(test, 'forge@exemple.fr')
    const forged = await openBrowser(test).submit(address)
    expect(forged.status).toBe(403)
    expect(String(forged.headers['set-cookie'])).not.toContain('session=')
    expect((await openBrowser(test).get(address)).status).toBe(200)
  })

  it('ends the session on the server when signing out', async () => {
    const address = await askForLink(test, 'sortie@exemple.fr')
    const person = openBrowser(test)
    await person.get(address)
    const entered = await person.submit(address)
    const session = /session=([^;]+)/.exec(String(entered.headers['set-cookie']))?.[1] ?? ''
    const withCookie = () => test.app.inject({ url: urlTo('grappes'), cookies: { session } })
    expect((await withCookie()).statusCode).toBe(200)
    await person.get(urlTo('grappes'))
    expect((await person.submit(urlTo('signOut'))).status).toBe(303)
    const after = await withCookie()
    expect([after.statusCode, after.headers.location]).toEqual([303, urlTo('signIn')])
  })

  it('shows a wrong address beside its field and keeps what was typed', async () => {
    const visitor = openBrowser(test)
    await visitor.get(urlTo('signIn'))
    const refused = await visitor.submit(urlTo('signIn'), { email: 'prenom.nom' })
    expect(refused.status).toBe(422)
    expect(refused.html).toContain('value="prenom.nom"')
    expect(refused.html).toContain('n’est pas complète')
  })

  it('sends any page of the porteur to the sign-in page when nobody is signed in', async () => {
    const visitor = openBrowser(test)
    for (const url of [
      urlTo('grappes'),
      urlTo('newGrappe'),
      urlTo('board', { grappe: crypto.randomUUID() }),
    ]) {
      const response = await visitor.get(url)
      expect([url, response.status, response.location]).toEqual([url, 303, urlTo('signIn')])
    }
  })

  it('exchanges a link for an API token once', async () => {
    const address = await askForLink(test, 'programme@exemple.fr')
    const token = address.split('/').at(-1) ?? ''
    const program = test.bearer('')
    const issued = await program.call<{ token: string }>('POST', API_PATHS.signInProgram, {
      token,
      label: 'essai',
    })
    expect(issued.status).toBe(201)
    expect((await test.bearer(issued.body.token).call('GET', API_PATHS.grappes)).status).toBe(200)
    const again = await program.call('POST', API_PATHS.signInProgram, { token, label: 'essai' })
    expect(again.status).toBe(410)
  })
})

describe('with a real mail server', () => {
  let server: SMTPServer
  let test: TestApp
  let received: string[]
  let refuseAll = false

  beforeAll(async () => {
    received = []
    server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onRcptTo: (_address, _session, done) => done(refuseAll ? new Error('boîte pleine') : null),
      onData: (stream, _session, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          received.push(Buffer.concat(chunks).toString())
          done()
        })
      },
    })
    const listening = server.listen(0, '127.0.0.1')
    await once(listening, 'listening')
    const address = listening.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    test = await startApp({ SMTP_URL: `smtp://127.0.0.1:${port}` })
  })
  afterEach(() => {
    refuseAll = false
  })
  afterAll(async () => {
    await test.close()
    await new Promise<void>(resolve => server.close(() => resolve()))
  })

  it('delivers the sign-in link and notes that it left', async () => {
    await askForLink(test, 'courrier@exemple.fr')
    await deliverDueMails(test.context)
    expect(received).toHaveLength(1)
    expect(received[0]).toContain('To: courrier@exemple.fr')
    expect((await mailTo(test, 'courrier@exemple.fr')).sentAt).not.toBeNull()
  })

  it('keeps a refused mail with the reason, and does not fail the page', async () => {
    refuseAll = true
    await askForLink(test, 'pleine@exemple.fr')
    await deliverDueMails(test.context)
    const mail = await mailTo(test, 'pleine@exemple.fr')
    expect(mail).toMatchObject({ sentAt: null, failure: expect.stringContaining('boîte pleine') })
  })
})
