import { eq } from 'drizzle-orm'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { codes, ogs } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { START, startApp } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'
import {
  lastCode,
  openBrowser,
  type PageClient,
  signInPorteur,
  submitWithCode,
} from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

const test = await startApp()
afterAll(() => test.close())

let minutes = 0
function wait(more: number) {
  minutes += more
  test.setNow(new Date(Date.parse(START) + minutes * 60_000).toISOString())
}

const url = urlTo('apiAccess')
let office: PageClient
beforeEach(async () => {
  wait(120)
  office = await signInPorteur(test)
  await office.get(url)
})

const mailedCodes = async () =>
  (await readOutbox(test.context)).filter(({ subject }) => subject === 'Votre code de confirmation').length
const wrong = async () => ((await lastCode(test)) === '000000' ? '000001' : '000000')

describe('the code asked of a porteur that creates an API access', () => {
  it('asks for the code sent to its address, and keeps what was typed', async () => {
    const asked = await office.submit(url, { label: 'Tableur' })
    expect(asked.status).toBe(200)
    expect(textOf(asked)).toContain('Un code à six chiffres part à porteuse@exemple.fr')
    expect(asked.html).toContain('autocomplete="one-time-code"')
    expect(asked.html).toContain('type="hidden" name="label" value="Tableur"')
    const created = await office.submit(url, { label: 'Tableur', code: await lastCode(test) })
    expect(created.status).toBe(201)
  })

  it('holds fifteen minutes for the same session and act, and no longer', async () => {
    expect((await submitWithCode(test, office, url, { label: 'Un' })).status).toBe(201)
    wait(14)
    expect((await office.submit(url, { label: 'Deux' })).status).toBe(201)
    wait(2)
    expect(textOf(await office.submit(url, { label: 'Trois' }))).toContain('Confirmez que c’est vous')
    const elsewhere = await signInPorteur(test)
    await elsewhere.get(url)
    expect(textOf(await elsewhere.submit(url, { label: 'Quatre' }))).toContain('Confirmez que c’est vous')
  })

  it('refuses a code after ten minutes, one replaced by another, and one used for another session', async () => {
    await office.submit(url, { label: 'Un' })
    const first = await lastCode(test)
    wait(1)
    await office.submit(url, { label: 'Un', renvoyer: 'oui' })
    const second = await lastCode(test)
    expect((await office.submit(url, { label: 'Un', code: first === second ? 'x' : first })).status).toBe(422)
    wait(11)
    const late = await office.submit(url, { label: 'Un', code: second })
    expect(late.status).toBe(422)
    expect(textOf(late)).toContain('Ce code n’est plus valable. Demandez-en un autre.')
  })

  it('locks for fifteen minutes at the fifth wrong code, the right one included', async () => {
    await office.submit(url, { label: 'Un' })
    for (const left of ['4 essais', '3 essais', '2 essais', 'un essai']) {
      const refused = await office.submit(url, { label: 'Un', code: await wrong() })
      expect(refused.status).toBe(422)
      expect(textOf(refused)).toContain(`il vous reste ${left}.`)
    }
    const locked = await office.submit(url, { label: 'Un', code: await wrong() })
    expect(locked.status).toBe(429)
    expect(textOf(locked)).toContain(
      'la confirmation est bloquée dans ce navigateur. Réessayez dans 15 minutes.',
    )
    const right = await lastCode(test)
    const sent = await mailedCodes()
    expect((await office.submit(url, { label: 'Un', code: right })).status).toBe(429)
    expect((await office.submit(url, { label: 'Un', renvoyer: 'oui' })).status).toBe(429)
    expect(await mailedCodes()).toBe(sent)
    wait(16)
    expect((await submitWithCode(test, office, url, { label: 'Un' })).status).toBe(201)
  })

  it('counts wrong codes that come at the same moment one by one', async () => {
    await office.submit(url, { label: 'Un' })
    const code = await wrong()
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => office.submit(url, { label: 'Un', code })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([422, 422, 422, 422, 429, 429, 429, 429])
  })

  it('gives no more tries, and no more than three mails, to who asks for other codes', async () => {
    const before = await mailedCodes()
    await office.submit(url, { label: 'Un' })
    for (let tries = 0; tries < 3; tries++) await office.submit(url, { label: 'Un', code: await wrong() })
    await office.submit(url, { label: 'Un', renvoyer: 'oui' })
    expect(textOf(await office.submit(url, { label: 'Un', code: await wrong() }))).toContain('un essai')
    await office.submit(url, { label: 'Un', renvoyer: 'oui' })
    const limited = await office.submit(url, { label: 'Un', renvoyer: 'oui' })
    expect(limited.status).toBe(429)
    expect(textOf(limited)).toContain('Plusieurs codes vous ont déjà été envoyés.')
    expect((await mailedCodes()) - before).toBe(3)
  })

  it('keeps the digits out of the database, hashed under the server’s key alone', async () => {
    await office.submit(url, { label: 'Un' })
    const code = await lastCode(test)
    expect(code).toMatch(/^\d{6}$/)
    for (const table of ['mails', 'codes', 'journal']) {
      const { rows } = (await test.context.db.execute(
        `select t::text as line from ${table} t`,
      )) as unknown as {
        rows: Array<{ line: string }>
      }
      expect(rows.map(({ line }) => line).join('\n')).not.toMatch(
        new RegExp(`(?<![0-9a-f])${code}(?![0-9a-f])`),
      )
    }
    const hashes = (await test.context.db.select().from(codes)).map(({ codeHash }) => codeHash)
    expect(hashes).not.toContain(test.context.tokens.hash(code))
  })
})

describe('the code asked of a member that changes its contacts', () => {
  async function invited(order = 0) {
    const porteur = await test.porteur()
    const grappe = await createTestGrappe(porteur, 2)
    const at = { grappe: grappe.grappeId }
    const esms = grappe.esmsIds[order] ?? ''
    const given = await porteur.call<Array<{ address: string }>>('POST', fill(API_PATHS.invitations, at), {
      esms,
    })
    const token = given.body[0]?.address.split('/').at(-1) ?? ''
    const contacts = () =>
      porteur.call<Array<{ id: string; email: string; phone: string | null }>>(
        'GET',
        fill(API_PATHS.contacts, at),
      )
    return { porteur, grappe, at, esms, token, contacts, page: urlTo('memberContacts', { token }) }
  }

  it('lets it add a colleague, remove it and change its own telephone, each told in the journal', async () => {
    const { porteur, at, token, contacts, page } = await invited()
    const member = openBrowser(test)
    const added = await submitWithCode(test, member, page, { email: 'Collegue@exemple.fr', name: 'Zoé' })
    expect(textOf(await member.follow(added))).toContain('collegue@exemple.fr est ajouté aux contacts')
    const [colleague] = (await contacts()).body
    expect(colleague?.email).toBe('collegue@exemple.fr')
    const phone = await member.submit(urlTo('memberPhone', { token }), { telephone: '04 95 00 00 00' })
    expect(phone.status).toBe(303)
    expect((await member.get(page)).html).toContain('value="04 95 00 00 00"')
    const remove = urlTo('memberRemoveContact', { token, contact: colleague?.id ?? '' })
    expect((await member.submit(remove)).status).toBe(303)
    expect((await contacts()).body).toEqual([])
    const journal = await porteur.call<Array<{ event: string }>>('GET', fill(API_PATHS.journal, at))
    const events = journal.body.map(({ event }) => event).join('\n')
    expect(events).toContain('collegue@exemple.fr ajouté aux contacts')
    expect(events).toContain('Téléphone de contact1@exemple.fr changé.')
    expect(events).toContain('collegue@exemple.fr retiré des contacts')
  })

  it('lets the contact of an OG change the telephone by which the porteur signs its messages', async () => {
    const { porteur, grappe, at } = await invited()
    const og = fill(API_PATHS.og, { ...at, og: grappe.ogId })
    await porteur.call('PUT', og, { name: 'Fondation', contactEmail: 'siege@exemple.fr' })
    await porteur.call('POST', fill(API_PATHS.invitations, at), { tous: true })
    const links = await porteur.call<Array<{ address: string; email: string }>>(
      'GET',
      fill(API_PATHS.links, at),
    )
    const address = links.body.find(({ email }) => email === 'siege@exemple.fr')?.address ?? ''
    const token = address.split('/').at(-1) ?? ''
    const changed = { telephone: '04 95 11 11 11' }
    await submitWithCode(test, openBrowser(test), urlTo('memberPhone', { token }), changed)
    const [stored] = await test.context.db.select().from(ogs).where(eq(ogs.id, grappe.ogId))
    expect(stored?.contactPhone).toBe('04 95 11 11 11')
  })

  it('writes the code to no grappe’s outbox, and a lock-out to the journal', async () => {
    const { porteur, at, page } = await invited()
    const member = openBrowser(test)
    await member.submit(page, { email: 'pirate@exemple.fr' })
    const mails = await porteur.call<Array<{ subject: string }>>('GET', fill(API_PATHS.mails, at))
    expect(mails.body.map(({ subject }) => subject)).not.toContain('Votre code de confirmation')
    for (let tries = 0; tries < 5; tries++)
      await member.submit(page, { email: 'pirate@exemple.fr', code: await wrong() })
    const journal = await porteur.call<Array<{ event: string }>>('GET', fill(API_PATHS.journal, at))
    expect(journal.body.map(({ event }) => event).join('\n')).toContain('Cinq codes de confirmation faux')
  })

  it('changes nothing without it, and is not offered to a link without an address', async () => {
    const { porteur, at, grappe, contacts, page } = await invited()
    const member = openBrowser(test)
    expect(textOf(await member.submit(page, { email: 'pirate@exemple.fr' }))).toContain('Confirmez')
    expect((await contacts()).body).toEqual([])
    const given = await porteur.call<Array<{ address: string }>>('POST', fill(API_PATHS.invitations, at), {
      og: grappe.ogId,
    })
    const token = given.body[0]?.address.split('/').at(-1) ?? ''
    const bare = urlTo('memberContacts', { token })
    expect(textOf(await member.get(bare))).toContain('Ce lien n’a été remis à aucune adresse e-mail')
    const refused = await member.submit(bare, { email: 'x@exemple.fr', owner: grappe.ogId })
    expect(refused.status).toBe(409)
    expect((await contacts()).body).toEqual([])
  })

  it('reaches no contact of another member', async () => {
    const { porteur, at, grappe, page, contacts } = await invited()
    const other = { kind: 'esms', id: grappe.esmsIds[1] }
    await porteur.call('POST', fill(API_PATHS.contacts, at), { owner: other, email: 'voisin@exemple.fr' })
    const member = openBrowser(test)
    expect((await member.get(page)).html).not.toContain('voisin@exemple.fr')
    const token = page.split('/')[2] ?? ''
    const contact = (await contacts()).body[0]?.id ?? ''
    expect((await member.submit(urlTo('memberRemoveContact', { token, contact }))).status).toBe(404)
    await submitWithCode(test, member, page, { email: 'intrus@exemple.fr', owner: grappe.esmsIds[1] ?? '' })
    const { body } = await contacts()
    expect(body.map(({ email }) => email).toSorted()).toEqual(['intrus@exemple.fr', 'voisin@exemple.fr'])
    expect((await member.get(page)).html).toContain('intrus@exemple.fr')
  })
})
