import { eq } from 'drizzle-orm'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { esms, links, mails } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { listPeople } from '../../server/steps/access/people.ts'
import { readMailsOfGrappe } from '../../server/steps/access/send-mail.ts'
import { listLinks } from '../../server/steps/collection/list-links.ts'
import { type ApiClient, START, startApp } from '../support/app.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

const test = await startApp()
afterAll(() => test.close())

const SHARED = 'siege@exemple.fr'

let porteur: ApiClient
let office: PageClient
let grappe: TestGrappe
/** The first two members have the same contact; the third has its own. */
beforeEach(async () => {
  test.setNow(START)
  porteur = await test.porteur()
  office = await signInPorteur(test)
  grappe = await createTestGrappe(porteur, 3)
  for (const [order, esms] of grappe.esmsIds.slice(0, 2).entries()) {
    await porteur.call('PUT', fill(API_PATHS.esms, { ...at(), esms }), {
      name: `EHPAD n° ${order + 1}`,
      ogId: grappe.ogId,
      domaine: 'PA',
      contactName: 'Mme Siège',
      contactEmail: SHARED,
    })
  }
  await office.get(url())
})

const at = () => ({ grappe: grappe.grappeId })
const url = () => urlTo('invitations', at())
const inviteAll = () => porteur.call('POST', fill(API_PATHS.invitations, at()), { tous: true })
const linkOf = async (email: string) => {
  const found = (await listLinks(test.context, grappe.grappeId)).filter(
    link => link.email === email && link.revokedAt === null,
  )
  if (found.length !== 1) throw new Error(`${found.length} links of ${email}`)
  return found[0]
}
const pathOf = async (email: string) => new URL((await linkOf(email))?.address ?? '').pathname

describe('inviting', () => {
  it('writes one mail to each person, which lists its members', async () => {
    await inviteAll()
    const written = await readMailsOfGrappe(test.context, grappe.grappeId)
    expect(written.map(({ recipient }) => recipient).toSorted()).toEqual(['contact3@exemple.fr', SHARED])
    const shared = written.find(({ recipient }) => recipient === SHARED)?.text.replace(/\u00a0/g, ' ')
    expect(shared).toContain('Bonjour Mme Siège,')
    expect(shared).toContain('« EHPAD n° 1 » et « EHPAD n° 2 » participent à la grappe')
  })

  it('reaches every contact of a member, each by its own link', async () => {
    const esms = grappe.esmsIds[2] ?? ''
    const contactsUrl = urlTo('esmsContacts', { ...at(), esms })
    await office.get(contactsUrl)
    const added = await office.submit(contactsUrl, {
      email: 'adjointe@exemple.fr',
      name: 'Adjointe',
      phone: '',
    })
    expect(textOf(await office.follow(added))).toContain('Adjointe, adjointe@exemple.fr')
    expect(textOf(await office.get(urlTo('members', at())))).toContain('aussi Adjointe, adjointe@exemple.fr')
    const twice = await office.submit(contactsUrl, { email: 'Adjointe@exemple.fr' })
    expect(twice.status).toBe(422)
    expect(textOf(twice)).toContain('adjointe@exemple.fr est déjà un contact de « EHPAD n° 3 ».')
    const invited = await porteur.call<Array<{ email: string }>>('POST', fill(API_PATHS.invitations, at()), {
      esms,
    })
    expect(invited.body.map(({ email }) => email)).toEqual(['adjointe@exemple.fr', 'contact3@exemple.fr'])

    const page = await openBrowser(test).get(await pathOf('adjointe@exemple.fr'))
    expect(textOf(page)).toContain('EHPAD n° 3')
    const [contact] = (await porteur.call<Array<{ id: string }>>('GET', fill(API_PATHS.contacts, at()))).body
    await office.submit(urlTo('removeContact', { ...at(), contact: contact?.id ?? '' }))
    expect((await openBrowser(test).get(await pathOf('adjointe@exemple.fr'))).status).toBe(410)
  })
})

describe('one contact of several members', () => {
  it('is read as among all the others, however its address was typed, and nobody else is', async () => {
    const { db } = test.context
    const [first = ''] = grappe.esmsIds
    await db.update(esms).set({ contactEmail: ' Siege@Exemple.FR ' }).where(eq(esms.id, first))
    const all = await listPeople(db, grappe.grappeId)
    const asked: string[] = []
    test.context.database.tellSlowStatements(0, text => asked.push(text))
    const [shared, ...others] = await listPeople(db, grappe.grappeId, SHARED)
    test.context.database.tellSlowStatements(Number.POSITIVE_INFINITY, () => {})
    expect(shared?.owners).toHaveLength(2)
    expect([shared]).toEqual(all.filter(({ email }) => email === SHARED))
    expect(others).toEqual([])
    // The database narrows: a link of one person reads no other's contacts.
    expect(asked.filter(text => !text.includes('lower(trim('))).toEqual([])
  })

  it('has one page, and switches between its members without losing which one', async () => {
    await inviteAll()
    const home = await pathOf(SHARED)
    const browser = openBrowser(test)
    const all = await browser.get(home)
    expect(textOf(all)).toContain('Vous répondez pour 2 membres')
    expect(textOf(all)).toMatch(/EHPAD n° 1 .*EHPAD n° 2/)
    expect(textOf(all)).not.toContain('EHPAD n° 3')
    const [first = '', second = ''] = grappe.esmsIds
    expect(all.html).toContain(`href="${home}?membre=${second}"`)
    const one = await browser.get(`${home}?membre=${second}`)
    expect(one.html).toContain('aria-current="page">EHPAD n° 2')
    expect(one.html).not.toContain(`id="membre-${first}"`)
    expect(one.html).toContain(`id="membre-${second}"`)
    const piece = /href="(\/esms\/[^"]+\/pieces\/[^"]+)"/.exec(one.html)?.[1] ?? ''
    expect((await browser.get(piece)).html).toContain(`href="${home}?membre=${second}"`)
    expect(textOf(await browser.get(`${home}?membre=${grappe.esmsIds[2]}`))).toMatch(
      /EHPAD n° 1 .*EHPAD n° 2/,
    )
  })

  it('of an OG sees that OG’s own ESMS', async () => {
    await porteur.call('PUT', fill(API_PATHS.og, { ...at(), og: grappe.ogId }), {
      name: 'Association Les Oliviers',
      contactEmail: 'og@exemple.fr',
    })
    const other = await porteur.call<{ id: string }>('POST', fill(API_PATHS.ogs, at()), { name: 'Autre OG' })
    await porteur.call('POST', fill(API_PATHS.allEsms, at()), {
      name: 'ESMS d’ailleurs',
      ogId: other.body.id,
    })
    await inviteAll()
    const page = textOf(await openBrowser(test).get(await pathOf('og@exemple.fr')))
    for (const name of ['Association Les Oliviers', 'EHPAD n° 1', 'EHPAD n° 2', 'EHPAD n° 3'])
      expect(page).toContain(name)
    expect(page).not.toContain('ESMS d’ailleurs')
  })

  it('sorts its members as the board does, 2 before 10, and names each record to fill in', async () => {
    const [first = '', second = ''] = grappe.esmsIds
    for (const [esms, name] of [
      [first, 'EHPAD n° 10'],
      [second, 'EHPAD n° 2'],
    ] as const) {
      await porteur.call('PUT', fill(API_PATHS.esms, { ...at(), esms }), {
        name,
        ogId: grappe.ogId,
        domaine: 'PA',
        contactEmail: 'og@exemple.fr',
      })
    }
    await porteur.call('PUT', fill(API_PATHS.og, { ...at(), og: grappe.ogId }), {
      name: 'Association Les Oliviers',
      contactEmail: 'og@exemple.fr',
    })
    await inviteAll()
    const browser = openBrowser(test)
    const home = await browser.get(await pathOf('og@exemple.fr'))
    expect(textOf(home)).toMatch(/EHPAD n° 2 .*EHPAD n° 10/)
    const piece = /href="(\/esms\/[^"]+\/pieces\/[^"]+)">État/.exec(home.html)?.[1] ?? ''
    expect(textOf(await browser.get(piece))).toContain(
      'Compléter la fiche « Association Les Oliviers » , Compléter la fiche « EHPAD n° 2 »',
    )
  })
})

describe('the follow-up of a link', () => {
  it('is changed by no opening, GET or HEAD, and says opened once a person was there', async () => {
    await inviteAll()
    const home = await pathOf(SHARED)
    const rows = () => test.context.db.select().from(links).where(eq(links.grappeId, grappe.grappeId))
    const before = await rows()
    for (const path of [home, `${home}?membre=x`, `${home}/contacts`]) {
      expect((await test.app.inject({ method: 'GET', url: path })).statusCode).toBe(200)
      expect((await test.app.inject({ method: 'HEAD', url: path })).statusCode).toBe(200)
    }
    expect(await rows()).toEqual(before)
    expect(textOf(await office.get(url()))).toContain('jamais ouvert')

    test.setNow('2026-06-02T08:30:00.000Z')
    expect((await test.app.inject({ method: 'POST', url: `${home}/vu` })).statusCode).toBe(204)
    expect(textOf(await office.get(url()))).toContain(
      'ouvert Utilisé en dernier le mardi 2 juin 2026 à 10 h 30.',
    )
  })

  it('says when its mail was sent, and why it bounced', async () => {
    await inviteAll()
    const [mail] = await readMailsOfGrappe(test.context, grappe.grappeId)
    const change = (values: Partial<typeof mails.$inferInsert>) =>
      test.context.db
        .update(mails)
        .set(values)
        .where(eq(mails.id, mail?.id ?? ''))
    await change({ sentAt: new Date('2026-06-01T10:01:00.000Z') })
    expect(textOf(await office.get(url()))).toContain('Message envoyé le lundi 1er juin 2026 à 12 h 01.')
    await change({
      sentAt: null,
      bouncedAt: new Date('2026-06-01T10:02:00.000Z'),
      failure: '550 boîte inconnue',
    })
    expect(textOf(await office.get(url()))).toContain(
      'message refusé le lundi 1er juin 2026 à 12 h 02 : 550 boîte inconnue. Vérifiez l’adresse.',
    )
  })
})

describe('a link already handed out', () => {
  it('is replaced: the old one opens nothing, the new one is mailed', async () => {
    await inviteAll()
    const old = await linkOf(SHARED)
    const reissue = urlTo('reissueLink', { ...at(), link: old?.id ?? '' })
    expect(textOf(await office.get(reissue))).toContain(`Le nouveau lien sera envoyé à ${SHARED}.`)
    const page = textOf(await office.follow(await office.submit(reissue)))
    expect(page).toContain(
      'Le lien de « Mme Siège » est remplacé, l’ancien ne fonctionne plus : 1 message écrit',
    )
    const fresh = await linkOf(SHARED)
    expect(fresh?.id).not.toBe(old?.id)
    expect((await openBrowser(test).get(new URL(old?.address ?? '').pathname)).status).toBe(410)
    expect((await openBrowser(test).get(await pathOf(SHARED))).status).toBe(200)
    const mail = (await readMailsOfGrappe(test.context, grappe.grappeId)).find(({ subject }) =>
      subject.startsWith('Nouveau lien'),
    )
    expect(mail?.text).toContain(fresh?.address)
    expect((await office.submit(reissue)).status).toBe(409)
    const journal = await porteur.call<Array<{ event: string }>>('GET', fill(API_PATHS.journal, at()))
    expect(journal.body.at(-1)?.event).toContain('remplacé')
  })

  it('is given another end, in the call’s time zone, and none in the past', async () => {
    await inviteAll()
    const link = (await linkOf(SHARED))?.id ?? ''
    const expire = urlTo('expireLink', { ...at(), link })
    expect((await office.get(expire)).html).toContain('value="2026-11-28"')
    const past = await office.submit(expire, { expiresOn: '2026-05-31' })
    expect(past.status).toBe(422)
    expect(past.html).toContain('value="2026-05-31"')
    expect((await office.submit(expire, { expiresOn: '2026-06-03' })).status).toBe(303)
    expect(textOf(await office.get(url()))).toContain('Valable jusqu’au mercredi 3 juin 2026 à 23 h 59.')
    const home = await pathOf(SHARED)
    test.setNow('2026-06-03T21:59:00.000Z')
    expect((await openBrowser(test).get(home)).status).toBe(200)
    test.setNow('2026-06-03T22:00:00.000Z')
    expect((await openBrowser(test).get(home)).status).toBe(410)
    const later = await porteur.call('PUT', fill(API_PATHS.linkExpiry, { ...at(), link }), {
      expiresOn: '2026-07-01',
    })
    expect(later.status).toBe(200)
    expect((await openBrowser(test).get(home)).status).toBe(200)
  })

  it('is revoked with a line in the journal, once', async () => {
    await inviteAll()
    const link = (await linkOf(SHARED))?.id ?? ''
    const revoke = () => porteur.call('DELETE', fill(API_PATHS.link, { ...at(), link }))
    expect([(await revoke()).status, (await revoke()).status]).toEqual([204, 204])
    const journal = await porteur.call<Array<{ event: string }>>('GET', fill(API_PATHS.journal, at()))
    expect(journal.body.filter(({ event }) => event.includes('révoqué'))).toHaveLength(1)
    expect((await porteur.call('POST', fill(API_PATHS.reissueLink, { ...at(), link }))).status).toBe(409)
  })
})
