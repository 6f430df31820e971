import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { readMailsOfGrappe } from '../../server/steps/access/send-mail.ts'
import { listLinks } from '../../server/steps/collection/list-links.ts'
import { type ApiClient, START, startApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur, submitWithCode } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

const test = await startApp()
afterAll(() => test.close())

const DIRECTOR = 'direction@exemple.fr'
const FIRST = 'premiere@exemple.fr'
const SECOND = 'seconde@exemple.fr'

let porteur: ApiClient
let office: PageClient
let grappe: TestGrappe
let otherOg: string
let neighbour: string
let minutes = 0
/** The OG with two ESMS, directed by somebody; another OG with one. */
beforeEach(async () => {
  minutes += 120
  test.setNow(new Date(Date.parse(START) + minutes * 60_000).toISOString())
  porteur = await test.porteur()
  office = await signInPorteur(test)
  grappe = await createTestGrappe(porteur, 2)
  await porteur.call('PUT', fill(API_PATHS.og, ofOg()), {
    name: 'Association Les Oliviers',
    contactEmail: DIRECTOR,
  })
  otherOg = (await porteur.call<{ id: string }>('POST', fill(API_PATHS.ogs, at()), { name: 'OG voisin' }))
    .body.id
  const esms = await porteur.call<{ id: string }>('POST', fill(API_PATHS.allEsms, at()), {
    name: 'ESMS du voisin',
    ogId: otherOg,
    domaine: 'PA',
    contactEmail: 'voisin@exemple.fr',
  })
  neighbour = esms.body.id
})

const at = () => ({ grappe: grappe.grappeId })
const ofOg = () => ({ ...at(), og: grappe.ogId })
const name = (email: string, og = grappe.ogId) =>
  porteur.call<{ replaced: string | null }>('PUT', fill(API_PATHS.delegate, { ...at(), og }), { email })
const invite = () => porteur.call('POST', fill(API_PATHS.invitations, at()), { tous: true })
const linksOf = async (email: string) =>
  (await listLinks(test.context, grappe.grappeId)).filter(link => link.email === email)
async function pathOf(email: string): Promise<string> {
  const held = (await linksOf(email)).find(({ state }) => state === 'actif')
  return new URL(held?.address ?? '').pathname
}
const tokenOf = async (email: string) => (await pathOf(email)).split('/').at(-1) ?? ''
const mailsTo = async (email: string) =>
  (await readMailsOfGrappe(test.context, grappe.grappeId)).filter(({ recipient }) => recipient === email)
const farewellTo = async (email: string) =>
  (await mailsTo(email)).find(({ subject }) => subject.startsWith('Vous n’êtes plus le contact délégué'))
const plain = (text: string | undefined) => text?.replace(/\u00a0/g, ' ')
const journalled = async () =>
  (await porteur.call<Array<{ event: string }>>('GET', fill(API_PATHS.journal, at()))).body.map(({ event }) =>
    plain(event),
  )

describe('the delegated contact of an OG, named by the porteur', () => {
  it('receives a link, is seen by the porteur and by each ESMS of that OG, and by no other', async () => {
    await invite()
    const contacts = urlTo('ogContacts', ofOg())
    expect(textOf(await office.get(contacts))).toContain('Nommer un contact délégué')
    const named = await office.submit(urlTo('nameDelegate', ofOg()), {
      delegueEmail: FIRST,
      delegueNom: 'Mme Premier',
      delegueTelephone: '',
    })
    expect(textOf(await office.follow(named))).toContain(
      `${FIRST} est le contact délégué de « Association Les Oliviers » : un message lui porte son lien.`,
    )
    const [mail] = await mailsTo(FIRST)
    expect(plain(mail?.text)).toContain('Cela concerne « EHPAD n° 1 » et « EHPAD n° 2 ».')
    expect(mail?.text).toContain(await pathOf(FIRST))
    expect(textOf(await office.get(urlTo('invitations', at())))).toContain(
      'Association Les Oliviers OG contact délégué',
    )
    expect(textOf(await office.get(urlTo('members', at())))).toContain(
      `contact délégué : Mme Premier, ${FIRST}`,
    )
    expect(await journalled()).toContain(`${FIRST} nommé contact délégué de « Association Les Oliviers ».`)

    const told =
      `Mme Premier (${FIRST}) , contact délégué de « Association Les Oliviers », ` +
      'gère aussi les contacts et les dépôts de ses ESMS.'
    expect(textOf(await openBrowser(test).get(await pathOf('contact1@exemple.fr')))).toContain(told)
    expect(textOf(await openBrowser(test).get(await pathOf('voisin@exemple.fr')))).not.toContain(FIRST)
    expect(textOf(await openBrowser(test).get(await pathOf(FIRST)))).toContain('Vous êtes le contact délégué')
  })

  it('is told when another takes its place, and its link opens nothing any more', async () => {
    await name(FIRST)
    const former = await pathOf(FIRST)
    expect((await name(SECOND)).body).toMatchObject({ replaced: FIRST })
    expect((await openBrowser(test).get(former)).status).toBe(410)
    const answer = await test.bearer(former.split('/').at(-1) ?? '').call('GET', API_PATHS.memberPieces)
    expect(answer.status).toBe(401)
    expect((await linksOf(FIRST)).map(({ state }) => state)).toEqual(['revoque'])
    const told = await farewellTo(FIRST)
    expect(plain(told?.text)).toContain(`${SECOND} l’est maintenant.`)
    expect(told?.link).toBeNull()
    expect((await openBrowser(test).get(await pathOf(SECOND))).status).toBe(200)
    expect(await journalled()).toContain(
      `${SECOND} nommé contact délégué de « Association Les Oliviers », à la place de ${FIRST}, ` +
        'dont le lien a pris fin.',
    )
  })

  it('keeps by another link what it answers for otherwise', async () => {
    await name('contact1@exemple.fr')
    const former = await pathOf('contact1@exemple.fr')
    expect(textOf(await openBrowser(test).get(former))).toContain('EHPAD n° 2')
    await name(SECOND)
    expect((await openBrowser(test).get(former)).status).toBe(410)
    const told = await farewellTo('contact1@exemple.fr')
    expect(plain(told?.text)).toContain(
      'Vous répondez encore pour « EHPAD n° 1 » : voici votre nouveau lien.',
    )
    const page = textOf(await openBrowser(test).get(await pathOf('contact1@exemple.fr')))
    expect(page).toContain('EHPAD n° 1')
    expect(page).not.toContain('EHPAD n° 2')
  })

  it('taken out without a successor, is told and its link ends', async () => {
    await name(FIRST)
    const former = await pathOf(FIRST)
    const [contact] = (await porteur.call<Array<{ id: string }>>('GET', fill(API_PATHS.contacts, at()))).body
    const one = fill(API_PATHS.contact, { ...at(), contact: contact?.id ?? '' })
    expect((await porteur.call('DELETE', one)).status).toBe(204)
    expect((await openBrowser(test).get(former)).status).toBe(410)
    expect(plain((await farewellTo(FIRST))?.text)).not.toContain('l’est maintenant')
    expect(await journalled()).toContain(
      `${FIRST} n’est plus le contact délégué de « Association Les Oliviers » : son lien a pris fin.`,
    )
  })

  it('is one person of a current grappe, who does not manage there already', async () => {
    const contacts = urlTo('ogContacts', ofOg())
    await office.get(contacts)
    const main = await office.submit(urlTo('nameDelegate', ofOg()), { delegueEmail: DIRECTOR })
    expect(main.status).toBe(422)
    expect(textOf(main)).toContain('est le contact principal de « Association Les Oliviers »')
    const typo = await office.submit(urlTo('nameDelegate', ofOg()), { delegueEmail: 'sans-arobase' })
    expect(typo.status).toBe(422)
    expect(typo.html).toContain('href="#delegueEmail"')
    await name(FIRST)
    expect((await name(FIRST)).status).toBe(422)
    await porteur.call('POST', fill(API_PATHS.archiveGrappe, at()), { archived: true })
    expect((await name(SECOND)).status).toBe(409)
    expect(textOf(await office.get(contacts))).not.toContain('Nommer un autre contact délégué')
  })

  it('of two named at the same moment, is the second: one link works', async () => {
    const named = await Promise.all([name(FIRST), name(SECOND)])
    expect(named.map(({ status }) => status)).toEqual([200, 200])
    const contacts = await porteur.call<Array<{ isDelegate: boolean }>>('GET', fill(API_PATHS.contacts, at()))
    expect(contacts.body.filter(({ isDelegate }) => isDelegate)).toHaveLength(1)
    const active = [...(await linksOf(FIRST)), ...(await linksOf(SECOND))].filter(
      ({ state }) => state === 'actif',
    )
    expect(active).toHaveLength(1)
  })
})

describe('the delegated contact of an OG, named by that OG', () => {
  it('asks whoever acts for a code, and replaces the former one', async () => {
    await invite()
    await name(FIRST)
    const url = `${await pathOf(DIRECTOR)}/contacts/delegue`
    const browser = openBrowser(test)
    expect(textOf(await browser.get(url.replace('/delegue', '')))).toContain(
      'Nommer un autre contact délégué',
    )
    const asked = await browser.submit(url, { delegueEmail: SECOND, delegueNom: '', delegueTelephone: '' })
    expect(textOf(asked)).toContain('Un code à six chiffres part à')
    expect(await linksOf(SECOND)).toEqual([])
    const named = await submitWithCode(test, browser, url, { delegueEmail: SECOND })
    expect(textOf(await browser.follow(named))).toContain(`Le lien de ${FIRST} a pris fin`)
    expect(plain((await mailsTo(SECOND))[0]?.text)).toContain('vous a nommé contact délégué')
  })

  it('does not replace itself, nor is it named by an ESMS', async () => {
    await invite()
    await name(FIRST)
    const fields = { delegueEmail: SECOND, og: grappe.ogId }
    const addressOf = async (email: string) => `${await pathOf(email)}/contacts/delegue`
    const delegate = openBrowser(test)
    const own = await addressOf(FIRST)
    expect(textOf(await delegate.get(own.replace('/delegue', '')))).not.toContain('Nommer un')
    expect(textOf(await submitWithCode(test, delegate, own, fields))).toContain('C’est vous')
    const member = openBrowser(test)
    const foreign = await addressOf('contact1@exemple.fr')
    expect(textOf(await member.get(foreign.replace('/delegue', '')))).not.toContain('Nommer un')
    expect((await member.submit(foreign, fields)).status).toBe(404)
    expect(await linksOf(SECOND)).toEqual([])
  })
})

describe('the link of a delegate', () => {
  it('manages the contacts of its own ESMS, and of no other OG’s', async () => {
    await invite()
    await name(FIRST)
    const browser = openBrowser(test)
    const url = `${await pathOf(FIRST)}/contacts`
    expect(textOf(await browser.get(url))).not.toContain('ESMS du voisin')
    const fields = { owner: grappe.esmsIds[1] ?? '', email: 'adjointe@exemple.fr' }
    const added = await submitWithCode(test, browser, url, fields)
    expect(textOf(await browser.follow(added))).toContain(
      'adjointe@exemple.fr est ajouté aux contacts de « EHPAD n° 2 ».',
    )
    expect((await browser.submit(url, { ...fields, owner: neighbour })).status).toBe(404)
    const named = await browser.submit(`${url}/delegue`, { delegueEmail: SECOND, og: otherOg })
    expect(named.status).toBe(409)
    expect(await linksOf(SECOND)).toEqual([])
  })

  it('deposits for its own ESMS, and sees nothing of another OG’s, by pages and by API', async () => {
    await name(FIRST)
    const board = await porteur.call<{ pieces: Array<{ pieceId: string; owner: { name: string } }> }>(
      'GET',
      fill(API_PATHS.board, at()),
    )
    const pieceOf = (owner: string) =>
      board.body.pieces.find(each => each.owner?.name === owner)?.pieceId ?? ''
    const delegate = test.bearer(await tokenOf(FIRST))
    const deposit = async (piece: string) =>
      await delegate.upload(
        fill(API_PATHS.memberVersions, { piece }),
        form([{ name: 'pièce.pdf', bytes: await pdf('une') }]),
      )
    expect((await deposit(pieceOf('EHPAD n° 2'))).status).toBe(201)
    const foreign = pieceOf('ESMS du voisin')
    expect((await deposit(foreign)).status).toBe(404)
    expect((await delegate.call('GET', fill(API_PATHS.memberPiece, { piece: foreign }))).status).toBe(404)
    const { body } = await delegate.call<{ pieces: Array<{ pieceId: string }> }>(
      'GET',
      API_PATHS.memberPieces,
    )
    const seen = body.pieces.map(({ pieceId }) => pieceId)
    const others = board.body.pieces.filter(({ owner }) =>
      ['ESMS du voisin', 'OG voisin'].includes(owner?.name),
    )
    expect(others.length).toBeGreaterThan(1)
    expect(seen.filter(id => others.some(({ pieceId }) => pieceId === id))).toEqual([])
    const page = await openBrowser(test).get(
      urlTo('memberPiece', { token: await tokenOf(FIRST), piece: foreign }),
    )
    expect(page.status).toBe(404)
    expect((await delegate.call('GET', fill(API_PATHS.board, at()))).status).toBe(401)
  })
})
