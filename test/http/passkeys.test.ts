/** A passkey in place of an e-mailed code: added, used, and everything that must not pass for one. */
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { codes, opinions, passkeyChallenges, passkeys } from '../../schema/tables.ts'
import { API_PATHS, fill, PASSKEY_PAGES, urlTo } from '../../schema/urls.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { START, startApp, type TestApp } from '../support/app.ts'
import { type Authenticator, openAuthenticator, questionIn } from '../support/authenticator.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import {
  openBrowser,
  type Page,
  type PageClient,
  signInPorteur,
  submitWithCode,
} from '../support/page-client.ts'
import { signInReviewer } from '../support/reviewer.ts'
import { depositEverywhere, sealVersion } from '../support/sealed.ts'

const PUBLIC_URL = 'https://grappe.exemple.fr'
const at = { origin: PUBLIC_URL }
const REVIEWER = 'instructrice@ars.sante.fr'
const TOKEN = { scope: 'lire', days: '30' }
const REFUSED = 'n’a pas pu être vérifiée'

let test: TestApp
let grappe: TestGrappe
/** Of the link handed to the reviewer, of which the porteur holds a copy. */
let token: string

beforeAll(async () => {
  test = await startApp({ PUBLIC_URL })
  const porteur = await test.porteur()
  grappe = await createTestGrappe(porteur, 2)
  await depositEverywhere(porteur, grappe.grappeId)
  await sealVersion(test, porteur, grappe.grappeId)
  const links = fill(API_PATHS.links, { grappe: grappe.grappeId })
  const handed = await porteur.call<{ address: string }>('POST', links, { label: 'ARS', email: REVIEWER })
  token = handed.body.address.split('/').at(-1) ?? ''
})
afterEach(async () => {
  test.setNow(START)
  await test.context.db.delete(passkeys)
  await test.context.db.delete(codes)
})
afterAll(() => test?.close())

/** Adds one to whoever is signed in. */
async function addPasskey(browser: PageClient, side: 'porteur' | 'ars', name = 'Ordinateur') {
  const { list, add } = PASSKEY_PAGES[side]
  const authenticator = openAuthenticator()
  await browser.get(list)
  const asked = await submitWithCode(test, browser, list, { name })
  const cle = authenticator.create(questionIn(asked.html), at)
  const added = await browser.submit(add, { name, cle })
  expect([added.status, added.location]).toEqual([303, list])
  return authenticator
}

const countCodes = async () => (await test.context.db.select().from(codes)).length

describe('a porteur', () => {
  it('adds a passkey after a code, sees it, and takes it out', async () => {
    const browser = await signInPorteur(test)
    await addPasskey(browser, 'porteur', 'Téléphone <b>')
    const list = await browser.get(PASSKEY_PAGES.porteur.list)
    expect(list.html).toContain('Téléphone &lt;b>')
    const [row] = await test.context.db.select().from(passkeys)
    expect(row).toMatchObject({ side: 'porteur', email: 'porteuse@exemple.fr', transports: ['internal'] })
    const remove = fill(PASSKEY_PAGES.porteur.remove, { passkey: row?.id ?? '' })
    const stranger = await signInPorteur(test, 'autre@exemple.fr')
    await stranger.get(PASSKEY_PAGES.porteur.list)
    expect((await stranger.submit(remove)).status).toBe(404)
    expect((await browser.submit(remove)).status).toBe(303)
    expect(await test.context.db.select().from(passkeys)).toEqual([])
  })

  it('is told by mail of each passkey added or taken out in its name, and where to close its sessions', async () => {
    const email = 'avertie@exemple.fr'
    const told = async () =>
      (await readOutbox(test.context)).filter(
        ({ recipient, subject }) => recipient === email && subject.startsWith('Clé d’accès'),
      )
    const browser = await signInPorteur(test, email)
    await addPasskey(browser, 'porteur', 'Portable')
    const [added, ...others] = await told()
    expect([added?.subject, others]).toEqual(['Clé d’accès ajoutée', []])
    expect(added?.text.replace(/\u00a0/g, ' ')).toContain('La clé d’accès « Portable » a été ajoutée le')
    expect(added?.text).toContain(urlTo('sessions'))
    const owned = await test.context.db.select().from(passkeys).where(eq(passkeys.email, email))
    await browser.get(PASSKEY_PAGES.porteur.list)
    await browser.submit(fill(PASSKEY_PAGES.porteur.remove, { passkey: owned[0]?.id ?? '' }))
    expect((await told()).map(({ subject }) => subject).toSorted()).toEqual([
      'Clé d’accès ajoutée',
      'Clé d’accès retirée',
    ])
  })

  it('confirms an act by it: no code leaves, and the act is done', async () => {
    const browser = await signInPorteur(test)
    const authenticator = await addPasskey(browser, 'porteur')
    await browser.get(urlTo('apiAccess'))
    const before = await countCodes()
    const asked = await browser.submit(urlTo('apiAccess'), { ...TOKEN, label: 'Tableur' })
    expect(asked.html).toContain('Confirmer par votre clé d’accès')
    expect(await countCodes()).toBe(before)
    const cle = authenticator.get(questionIn(asked.html), { ...at, counter: 1 })
    const done = await browser.submit(urlTo('apiAccess'), { ...TOKEN, label: 'Tableur', cle })
    expect([done.status, done.html]).toEqual([
      201,
      expect.stringContaining('Accès « Tableur » créé'.replace('« ', '«\u00a0').replace(' »', '\u00a0»')),
    ])
    // Used up by that act.
    const again = await browser.submit(urlTo('apiAccess'), { ...TOKEN, label: 'Autre', cle })
    expect([again.status, again.html]).toEqual([422, expect.stringContaining(REFUSED)])
  })

  it('may still ask for a code', async () => {
    const browser = await signInPorteur(test)
    await addPasskey(browser, 'porteur')
    await browser.get(urlTo('apiAccess'))
    const before = await countCodes()
    const asked = await browser.submit(urlTo('apiAccess'), { ...TOKEN, label: 'Tableur', renvoyer: 'oui' })
    expect(asked.html).toContain('Code reçu')
    expect(await countCodes()).toBe(before + 1)
  })

  it('does not add one by another passkey, nor without the code', async () => {
    const browser = await signInPorteur(test)
    const { list, add } = PASSKEY_PAGES.porteur
    await browser.get(list)
    const forged = openAuthenticator().create(
      JSON.stringify({ challenge: 'A'.repeat(43), rp: { id: 'grappe.exemple.fr' } }),
      at,
    )
    expect((await browser.submit(add, { name: 'Vol', cle: forged })).status).toBe(422)
    await addPasskey(browser, 'porteur')
    test.setNow('2026-06-01T10:20:00.000Z')
    const asked = await browser.submit(list, { name: 'Deuxième' })
    expect(asked.html).toContain('Code reçu')
    expect(asked.html).not.toContain('data-passkey="')
    expect(await test.context.db.select().from(passkeys)).toHaveLength(1)
  })

  it('is told what to do of a bad name or a bad answer', async () => {
    const browser = await signInPorteur(test)
    const { list, add } = PASSKEY_PAGES.porteur
    await browser.get(list)
    expect((await browser.submit(list, { name: ' ' })).html).toContain('Donnez un nom à cette clé')
    for (const cle of ['', 'pas du JSON', '{}', 'null', '[]', '{"id":1,"response":null}'])
      expect([cle, (await browser.submit(add, { name: 'Clé', cle })).status]).toEqual([cle, 422])
  })
})

describe('what must not pass for a passkey', () => {
  let browser: PageClient
  let authenticator: Authenticator
  beforeAll(async () => {
    browser = await signInPorteur(test)
  })

  /** The page that asks, then what answers to this answer. */
  async function answering(answer: (question: string) => string, sender = browser): Promise<Page> {
    authenticator = await addPasskey(browser, 'porteur')
    await browser.get(urlTo('apiAccess'))
    const asked = await browser.submit(urlTo('apiAccess'), { ...TOKEN, label: 'Tableur' })
    const cle = answer(questionIn(asked.html))
    await sender.get(urlTo('apiAccess'))
    return await sender.submit(urlTo('apiAccess'), { ...TOKEN, label: 'Tableur', cle })
  }

  it.each<[string, (question: string) => string]>([
    ['the key of somebody else', question => openAuthenticator().get(question, at)],
    ['a person who was not verified', question => authenticator.get(question, { ...at, verified: false })],
    [
      'another site',
      question => authenticator.get(question, { origin: 'https://grappe.exemple.fr.mechant.fr' }),
    ],
    [
      'a challenge that nobody asked',
      question =>
        authenticator.get(JSON.stringify({ ...JSON.parse(question), challenge: 'B'.repeat(43) }), at),
    ],
    [
      'an altered signature',
      question => {
        const answer = JSON.parse(authenticator.get(question, at))
        const signature = Buffer.from(answer.response.signature, 'base64url')
        signature[20] = (signature[20] ?? 0) ^ 1
        return JSON.stringify({
          ...answer,
          response: { ...answer.response, signature: signature.toString('base64url') },
        })
      },
    ],
    ['a text that is no answer', () => '{"id":'],
  ])('%s', async (_what, answer) => {
    const refused = await answering(answer)
    expect([refused.status, refused.html]).toEqual([422, expect.stringContaining(REFUSED)])
    // A code is still offered.
    expect(refused.html).toContain('Recevoir un code par e-mail')
  })

  it('an answer given in another session of the same person', async () => {
    const other = await signInPorteur(test)
    expect((await answering(question => authenticator.get(question, at), other)).status).toBe(422)
  })

  it('an answer to a question of more than ten minutes', async () => {
    const late = await answering(question => {
      test.setNow('2026-06-01T10:10:01.000Z')
      return authenticator.get(question, at)
    })
    expect(late.status).toBe(422)
  })

  it('a copy, whose counter went back', async () => {
    const first = await answering(question => authenticator.get(question, { ...at, counter: 7 }))
    expect(first.status).toBe(201)
    const [row] = await test.context.db.select().from(passkeys)
    expect(row).toMatchObject({ counter: 7, lastUsedAt: new Date(START) })
    const asked = await browser.submit(urlTo('apiAccess'), { ...TOKEN, label: 'Autre' })
    const cle = authenticator.get(questionIn(asked.html), { ...at, counter: 6 })
    expect((await browser.submit(urlTo('apiAccess'), { ...TOKEN, label: 'Autre', cle })).status).toBe(422)
  })

  it('one answer sent twice at the same moment', async () => {
    authenticator = await addPasskey(browser, 'porteur')
    await browser.get(urlTo('apiAccess'))
    const asked = await browser.submit(urlTo('apiAccess'), { ...TOKEN, label: 'Tableur' })
    const fields = { ...TOKEN, label: 'Tableur', cle: authenticator.get(questionIn(asked.html), at) }
    const sent = await Promise.all([1, 2].map(() => browser.submit(urlTo('apiAccess'), fields)))
    expect(sent.map(({ status }) => status).sort()).toEqual([201, 422])
  })
})

describe('a reviewer', () => {
  const act = (of: string) => urlTo('arsOpinion', { token: of, number: '1' })
  const opinion = { avis: 'recevable', note: 'Complet.' }

  it('speaks by link with its passkey, and everybody reads that it did', async () => {
    const authenticator = await addPasskey(await signInReviewer(test, REVIEWER), 'ars')
    const browser = openBrowser(test)
    await browser.get(urlTo('arsHome', { token }))
    const asked = await browser.submit(act(token), opinion)
    expect(asked.html).toContain('Confirmer par votre clé d’accès')
    // The porteur's copy of the link, in its own browser, is worth nothing with the same answer.
    const cle = authenticator.get(questionIn(asked.html), at)
    expect((await openBrowser(test).submit(act(token), { ...opinion, cle })).status).toBe(422)
    expect(await test.context.db.select().from(opinions)).toEqual([])
    const anew = await browser.submit(act(token), opinion)
    const given = await browser.submit(act(token), {
      ...opinion,
      cle: authenticator.get(questionIn(anew.html), at),
    })
    expect(given.status).toBe(303)
    expect(await test.context.db.select().from(opinions)).toMatchObject([
      { email: REVIEWER, proof: 'passkey' },
    ])
    const words = `confirmé par la clé d’accès de ${REVIEWER}`
    expect((await browser.get(urlTo('arsVersion', { token: grappe.grappeId, number: '1' }))).html).toContain(
      words,
    )
    const porteur = await signInPorteur(test)
    expect((await porteur.get(urlTo('dossier', { grappe: grappe.grappeId }))).html).toContain(words)
    const journal = await porteur.get(urlTo('journal', { grappe: grappe.grappeId }))
    expect(journal.html).toContain('confirmé par une clé d’accès')
    // Whoever is signed in by it gives the next one without another.
    await browser.get(urlTo('arsVersion', { token: grappe.grappeId, number: '1' }))
    expect((await browser.submit(act(grappe.grappeId), { ...opinion, note: 'Revu.' })).status).toBe(303)
  })

  it('is asked for its code on a page of the ARS', async () => {
    const browser = await signInReviewer(test, REVIEWER)
    await browser.get(PASSKEY_PAGES.ars.list)
    const asked = await browser.submit(PASSKEY_PAGES.ars.list, { name: 'Clé' })
    expect(asked.html).toContain(`ARS, ${REVIEWER}`)
    expect(asked.html).not.toContain('Mes grappes')
  })

  it('does not speak by a passkey of the same address as a porteur', async () => {
    await addPasskey(await signInPorteur(test, REVIEWER), 'porteur')
    const browser = openBrowser(test)
    await browser.get(urlTo('arsHome', { token }))
    const asked = await browser.submit(act(token), opinion)
    expect(asked.html).toContain('Code reçu')
    expect(asked.html).not.toContain('data-passkey="')
  })
})

it('a server that no browser binds a passkey to says so, and codes go on', async () => {
  const bare = await startApp({ PUBLIC_URL: 'http://192.168.1.4:3000' })
  try {
    const browser = await signInPorteur(bare)
    const list = await browser.get(PASSKEY_PAGES.porteur.list)
    expect(list.html).toContain('Les codes par e-mail restent')
    expect(list.html).not.toContain('Nom de la clé')
    expect((await browser.submit(PASSKEY_PAGES.porteur.list, { name: 'Clé' })).status).toBe(409)
    const challenges = await bare.context.db
      .select()
      .from(passkeyChallenges)
      .where(eq(passkeyChallenges.side, 'porteur'))
    expect(challenges).toEqual([])
  } finally {
    await bare.close()
  }
})
