import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, CALL_API, CALL_PAGES, fill, PASSKEY_PAGES, PATHS, urlTo } from '../../schema/urls.ts'
import type { Role } from '../../server/domain/role.ts'
import { neededRole, RIGHTS } from '../../server/http/rights.ts'
import { issueApiToken } from '../../server/steps/access/api-tokens.ts'
import { changeRole, listColleagues, removeColleague } from '../../server/steps/access/colleagues.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import {
  findOrCreatePorteur,
  issueSignInLink,
  type Porteur,
  signIn,
} from '../../server/steps/access/sign-in.ts'
import { alertDeposits } from '../../server/steps/collection/alert-deposits.ts'
import { readJournal } from '../../server/steps/read/read-journal.ts'
import { type ApiClient, bearerOf, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import {
  askingCode,
  openBrowser,
  type PageClient,
  signInPorteur,
  submitWithCode,
} from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { signInReviewer } from '../support/reviewer.ts'

const FIRST = 'porteuse@exemple.fr'

let test: TestApp
let api: ApiClient
let grappe: TestGrappe
let porteur: Porteur
beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  grappe = await createTestGrappe(api, 2)
  porteur = await findOrCreatePorteur(test.context.db, test.context, FIRST)
})
afterAll(() => test?.close())

/** Invites by the page, then signs in by the address of the mail. */
async function join(browser: PageClient, email: string, role: Role): Promise<PageClient> {
  const invited = await submitWithCode(test, browser, urlTo('colleagues'), { email, role })
  expect([invited.status, invited.location]).toEqual([303, urlTo('colleagues')])
  const colleague = openBrowser(test)
  const link = new URL(await addressIn(email)).pathname
  await colleague.get(link)
  expect((await colleague.submit(link)).status).toBe(303)
  return colleague
}

async function addressIn(recipient: string): Promise<string> {
  const mail = (await readOutbox(test.context)).find(
    each => each.recipient === recipient && each.link?.includes('/connexion/'),
  )
  return mail?.link ?? ''
}

const idOf = async (email: string): Promise<string> =>
  (await listColleagues(test.context.db, porteur.id)).find(each => each.email === email)?.id ?? ''

const tokenOf = async (email: string): Promise<ApiClient> => {
  const { id } = porteur
  const issued = await issueApiToken(
    test.context,
    { id, colleagueId: await idOf(email) },
    { label: 'essai', scope: 'administrer', days: 7 },
  )
  return bearerOf(test.app, issued.token)
}

const journal = async () => (await readJournal(test.context.db, grappe.grappeId)).map(({ event }) => event)

describe('the table of rights', () => {
  const elsewhere =
    /^\/(esms|ars|agenda|administration|connexion|assets|api|health|verifier|deconnexion|resumes|donnees-personnelles)?(\/|$)/
  const OTHERS = /^\/api\/v1\/(depot|lecture|sceaux|connexion|openapi)|^\/api\/v1\/appels$/
  const addresses = [
    ...Object.values(PATHS).filter(each => !elsewhere.test(each)),
    ...Object.values(CALL_PAGES.porteur),
    ...Object.values(PASSKEY_PAGES.porteur),
    ...Object.values(API_PATHS).filter(each => !OTHERS.test(each)),
    ...Object.values(CALL_API.porteur),
  ]

  it('has a row for each address of the porteur, and no row for none', () => {
    expect(addresses.length).toBeGreaterThan(200)
    const rowOf = (address: string) => RIGHTS.find(([fits]) => fits.test(address))
    expect(addresses.filter(each => rowOf(each) === undefined)).toEqual([])
    for (const row of RIGHTS)
      expect([row[0], addresses.some(each => rowOf(each) === row)]).toEqual([row[0], true])
  })

  it('leaves what is in no row to those who administer', () => {
    expect(neededRole('GET', '/porteur/grappes/:grappe/inconnu')).toBe('administrer')
    expect(neededRole('GET', '/autre')).toBe('administrer')
  })
})

describe('a porteur invites a colleague', () => {
  it('asks for a code first, then mails a sign-in link; the colleague acts under its own address', async () => {
    const browser = await signInPorteur(test)
    await browser.get(urlTo('colleagues'))
    const fields = { email: 'Controle@Exemple.fr', role: 'controler' }
    const { asked, code } = await askingCode(test, () => browser.submit(urlTo('colleagues'), fields))
    expect(asked.html).toContain('Confirmez que c’est vous')
    expect((await listColleagues(test.context.db, porteur.id)).length).toBe(1)
    expect((await browser.submit(urlTo('colleagues'), { ...fields, code })).status).toBe(303)

    const invitation = (await readOutbox(test.context)).find(each => each.recipient === 'controle@exemple.fr')
    expect(invitation?.text).toContain(`${FIRST} vous invite dans l’espace du porteur de`)
    expect(invitation?.text).toMatch(/rôle «\scontrôler\s»/)
    expect(invitation?.grappe).toBeNull()
    const colleague = openBrowser(test)
    const link = new URL(invitation?.link ?? '').pathname
    await colleague.get(link)
    const entered = await colleague.submit(link)
    expect(entered.location).toBe(urlTo('grappes'))
    expect((await colleague.get(urlTo('grappes'))).html).toContain(
      urlTo('board', { grappe: grappe.grappeId }),
    )

    const piece = (await test.context.db.query.pieces.findMany()).find(({ esmsId }) => esmsId !== null)
    const at = { grappe: grappe.grappeId, piece: piece?.id ?? '' }
    await colleague.get(urlTo('piece', at))
    expect((await colleague.submit(urlTo('pieceMessages', at), { text: 'Bonjour.' })).status).toBe(303)
    const [last] = (await readJournal(test.context.db, grappe.grappeId)).toReversed()
    expect(last?.actor).toBe('controle@exemple.fr')
    expect((await journal()).join('\n')).toContain(
      'controle@exemple.fr invité parmi les personnes du porteur, rôle « contrôler ».',
    )
  })

  it('is refused the same address twice, and a form that names no role', async () => {
    const browser = await signInPorteur(test)
    await browser.get(urlTo('colleagues'))
    const again = { email: 'controle@exemple.fr', role: 'lire' }
    const twice = await submitWithCode(test, browser, urlTo('colleagues'), again)
    expect(twice.status).toBe(422)
    expect(twice.html).toContain('est déjà parmi les personnes du porteur')
    const wrong = await browser.submit(urlTo('colleagues'), { email: 'pas une adresse', role: 'chef' })
    expect(wrong.status).toBe(422)
    expect(wrong.html).toContain('Choisissez un rôle.')
  })
})

describe('a colleague who reads', () => {
  let reader: PageClient
  beforeAll(async () => {
    const browser = await signInPorteur(test)
    await browser.get(urlTo('colleagues'))
    reader = await join(browser, 'lecture@exemple.fr', 'lire')
  })

  it('reads each page of the grappe without a form that it may send, nor a link that it may use', async () => {
    const at = { grappe: grappe.grappeId }
    await api.call('POST', fill(API_PATHS.links, at), { label: 'Instructrice' })
    await api.call('POST', fill(API_PATHS.invitations, at), { tous: true })
    const owner = await signInPorteur(test)
    await owner.get(urlTo('deadlines', at))
    await owner.submit(urlTo('porteurCalendar', at))
    // Kept for a moment, as each page of the board is: for its own reader.
    await owner.get(urlTo('board', at))
    expect((await owner.get(urlTo('board', at))).html).not.toContain('Vous lisez seulement')
    for (const page of [
      'board',
      'members',
      'deadlines',
      'relances',
      'dossier',
      'journal',
      'documents',
    ] as const) {
      const { status, html } = await reader.get(urlTo(page, at))
      expect([page, status]).toEqual([page, 200])
      expect(html).toContain('Vous lisez seulement')
      expect(html).not.toMatch(/\/(esms|ars|agenda)\/[\w-]{43}/)
      expect(html).not.toContain(`href="${urlTo('invitations', at)}"`)
      for (const [form, action = ''] of html.matchAll(
        /<form\b[^>]*method="post"[^>]*action="([^"]*)"[^>]*>.{9}/g,
      )) {
        const open = [urlTo('signOut')].includes(action)
        expect([action, form.endsWith('<fieldset')]).toEqual([action, !open])
      }
      // Those that stand outside their form, as in a row of a table.
      expect(html).not.toMatch(/<button\b[^>]*\bform="/)
      for (const [field] of html.matchAll(/<(?:input|select|textarea)\b[^>]*\bform="[^>]*>/g))
        expect(field).toMatch(/ disabled/)
    }
  })

  it('is offered no page that is only a form', async () => {
    const at = { grappe: grappe.grappeId }
    const offers = { members: 'newOg', relances: 'sendRelances', grappeSettings: 'copyGrappe' } as const
    const owner = await signInPorteur(test)
    for (const [page, offered] of Object.entries(offers) as Array<['members', 'newOg']>) {
      expect((await owner.get(urlTo(page, at))).html).toContain(`href="${urlTo(offered, at)}"`)
      expect((await reader.get(urlTo(page, at))).html).not.toContain(`href="${urlTo(offered, at)}"`)
      expect((await reader.get(urlTo(offered, at))).status).toBe(403)
    }
  })

  it('is offered neither to create a grappe nor the access of programs', async () => {
    const { html } = await reader.get(urlTo('grappes'))
    expect(html).toContain(`href="${urlTo('board', { grappe: grappe.grappeId })}"`)
    for (const closed of ['Créer une grappe', 'Accès API']) expect(html).not.toContain(closed)
    expect((await reader.get(urlTo('newGrappe'))).status).toBe(403)
  })

  it('is refused each act, and links and mails, by a sentence that names who can', async () => {
    const at = { grappe: grappe.grappeId }
    const acts = [
      await reader.submit(urlTo('renameGrappe', at), { name: 'Autre' }),
      await reader.submit(urlTo('sendRelances', at)),
      await reader.get(urlTo('invitations', at)),
      await reader.get(urlTo('mails', at)),
      await reader.get(urlTo('apiAccess')),
    ]
    for (const { status, html } of acts) {
      expect(status).toBe(403)
      expect(html).toMatch(/Votre rôle est «\slire\s»/)
      expect(html).toContain(FIRST)
    }
    expect(acts[1]?.html).toContain('controle@exemple.fr')
    expect(acts[0]?.html).not.toContain('controle@exemple.fr')
  })

  it('is led to its own passkeys from any page', async () => {
    const page = await reader.get(urlTo('colleagues'))
    expect(page.html).toContain(`href="${PASSKEY_PAGES.porteur.list}"`)
    expect((await reader.get(PASSKEY_PAGES.porteur.list)).status).toBe(200)
  })

  it('is held to the same by the API', async () => {
    const program = await tokenOf('lecture@exemple.fr')
    const at = { grappe: grappe.grappeId }
    expect((await program.call('GET', fill(API_PATHS.board, at))).status).toBe(200)
    for (const [method, path] of [
      ['GET', fill(API_PATHS.links, at)],
      ['GET', fill(API_PATHS.mails, at)],
      ['GET', API_PATHS.tokens],
      ['POST', API_PATHS.grappes],
      ['POST', fill(API_PATHS.acceptPieces, at)],
    ] as const) {
      const refused = await program.call<{ type: string; detail: string }>(
        method,
        path,
        method === 'GET' ? undefined : {},
      )
      expect([path, refused.status]).toEqual([path, 403])
      expect(refused.body.type).toBe('urn:grappe-kit:role-needed')
    }
  })
})

describe('a colleague who controls', () => {
  it('collects and controls, sees the links of members and never those of the ARS', async () => {
    const program = await tokenOf('controle@exemple.fr')
    const at = { grappe: grappe.grappeId }
    const links = await program.call<Array<{ id: string; kind: string }>>('GET', fill(API_PATHS.links, at))
    const all = await api.call<Array<{ id: string; kind: string }>>('GET', fill(API_PATHS.links, at))
    const ars = all.body.find(({ kind }) => kind === 'ars')?.id ?? ''
    expect(ars).not.toBe('')
    expect(links.body.length).toBeGreaterThan(0)
    expect(links.body.some(({ kind }) => kind === 'ars')).toBe(false)
    expect((await program.call('DELETE', fill(API_PATHS.link, { ...at, link: ars }))).status).toBe(404)
    expect((await program.call('POST', fill(API_PATHS.reissueLink, { ...at, link: ars }))).status).toBe(404)
    expect((await program.call('POST', fill(API_PATHS.links, at), { label: 'Autre' })).status).toBe(403)
    expect((await program.call('POST', fill(API_PATHS.seals, at), {})).status).toBe(403)
    const mails = await program.call<Array<{ text: string }>>('GET', fill(API_PATHS.mails, at))
    expect(mails.body.length).toBeGreaterThan(0)
    expect(mails.body.some(({ text }) => /\/ars\/[\w-]{43}/.test(text))).toBe(false)
  })
})

describe('mails to the porteur', () => {
  it('go to each colleague who came and does more than read, and are signed by no porteur', async () => {
    const piece = (await test.context.db.query.pieces.findMany()).find(({ esmsId }) => esmsId !== null)
    const links = await api.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, { grappe: grappe.grappeId }),
      { esms: piece?.esmsId },
    )
    const member = test.bearer(links.body[0]?.address.split('/').at(-1) ?? '')
    await member.upload(
      fill(API_PATHS.memberVersions, { piece: piece?.id ?? '' }),
      form([{ name: 'pièce.pdf', bytes: await pdf('une') }]),
    )
    test.setNow('2026-06-01T12:00:00.000Z')
    await alertDeposits(test.context)
    const alerts = async () =>
      (await readOutbox(test.context)).filter(({ subject }) => subject.includes('déposée par'))
    expect((await alerts()).map(({ recipient }) => recipient).sort()).toEqual(
      ['controle@exemple.fr', FIRST].sort(),
    )
    // What one of them deposits for a member is no news to the others.
    await (await tokenOf('controle@exemple.fr')).upload(
      fill(API_PATHS.versions, { grappe: grappe.grappeId, piece: piece?.id ?? '' }),
      form([{ name: 'pièce.pdf', bytes: await pdf('deux') }]),
    )
    test.setNow('2026-06-01T14:00:00.000Z')
    await alertDeposits(test.context)
    expect(await alerts()).toHaveLength(2)
  })
})

describe('the last who administers', () => {
  it('is offered neither to leave nor to change its role, and reads why', async () => {
    const alone = await signInPorteur(test, 'seule@exemple.fr')
    const page = async () => (await alone.get(urlTo('colleagues'))).html
    const acts = /action="[^"]*\/(role|depart|retirer)"/
    expect(await page()).not.toMatch(acts)
    expect(await page()).toContain('seule personne qui administre')
    await join(alone, 'seconde@exemple.fr', 'administrer')
    expect(await page()).toMatch(acts)
  })

  it('cannot leave, be demoted nor taken out, as long as nobody else who came administers', async () => {
    const browser = await signInPorteur(test)
    await browser.get(urlTo('colleagues'))
    const left = await browser.submit(urlTo('leavePorteur'))
    expect(left.status).toBe(409)
    expect(left.html).toContain('personne d’autre qui administre')
    const { context } = test
    const invited = await submitWithCode(test, browser, urlTo('colleagues'), {
      email: 'jamais-venue@exemple.fr',
      role: 'administrer',
    })
    expect(invited.status).toBe(303)
    expect(await changeRole(context, porteur, porteur.colleagueId, 'lire')).toMatchObject({
      ok: false,
      refusal: { code: 'last-administrator' },
    })
    const url = urlTo('removeColleague', { colleague: porteur.colleagueId })
    expect((await browser.submit(url)).status).toBe(409)
  })

  it.each([
    ['demote each other', (a: Porteur, b: Porteur) => changeRole(test.context, a, b.colleagueId, 'lire')],
    ['take each other out', (a: Porteur, b: Porteur) => removeColleague(test.context, a, b.colleagueId)],
    ['leave', (a: Porteur) => removeColleague(test.context, a, a.colleagueId)],
  ])('remains when two %s at the same moment', async (what, act) => {
    const { context } = test
    const email = `${what.replaceAll(' ', '-')}@exemple.fr`
    const first = await findOrCreatePorteur(context.db, context, email)
    const browser = await signInPorteur(test, email)
    await browser.get(urlTo('colleagues'))
    await join(browser, `autre-${email}`, 'administrer')
    const people = await listColleagues(context.db, first.id)
    const other = people.find(each => each.id !== first.colleagueId)
    const second: Porteur = { ...first, colleagueId: other?.id ?? '', email: other?.email ?? '' }
    const outcomes = await Promise.all([act(first, second), act(second, first)])
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    const left = await listColleagues(context.db, first.id)
    expect(left.filter(({ role }) => role === 'administrer')).toHaveLength(1)
  })
})

describe('a colleague taken out', () => {
  it('loses its sessions and its tokens at once; what is written to the porteur reaches another', async () => {
    const { context } = test
    const browser = await signInPorteur(test, 'depart@exemple.fr')
    await browser.get(urlTo('colleagues'))
    const second = await join(browser, 'reste@exemple.fr', 'administrer')
    const mine = await findOrCreatePorteur(context.db, context, 'depart@exemple.fr')
    const program = bearerOf(
      test.app,
      (await issueApiToken(context, mine, { label: 'essai', scope: 'administrer', days: 7 })).token,
    )
    expect((await program.call('GET', API_PATHS.grappes)).status).toBe(200)
    const theirs = await createTestGrappe(program, 1, 'Faite par son logiciel')
    const handed = await program.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, { grappe: theirs.grappeId }),
      { esms: theirs.esmsIds[0] },
    )
    const member = bearerOf(test.app, handed.body[0]?.address.split('/').at(-1) ?? '')
    expect((await member.call('GET', API_PATHS.memberPieces)).status).toBe(200)
    const pending = await issueSignInLink(context.db, context, mine)

    const people = textOf(await second.get(urlTo('colleagues')))
    expect(people).toContain('et avec eux les liens que ses logiciels ont faits')
    const url = urlTo('removeColleague', { colleague: mine.colleagueId })
    expect((await submitWithCode(test, second, url)).status).toBe(303)
    expect((await member.call('GET', API_PATHS.memberPieces)).status).toBe(401)
    expect((await browser.get(urlTo('grappes'))).location).toBe(urlTo('signIn'))
    expect((await program.call('GET', API_PATHS.grappes)).status).toBe(401)
    const link = urlTo('signInLink', { token: pending.token })
    expect((await openBrowser(test).get(link)).status).toBe(410)
    expect((await second.get(urlTo('colleagues'))).html).toContain('<strong>reste@exemple.fr</strong>')

    // Whoever comes again with that address finds a space of its own, empty.
    const again = await findOrCreatePorteur(context.db, context, 'depart@exemple.fr')
    expect(again.id).not.toBe(mine.id)
  })

  it('may leave by itself, whatever its role', async () => {
    const browser = await signInPorteur(test)
    await browser.get(urlTo('colleagues'))
    const reader = await join(browser, 'partante@exemple.fr', 'lire')
    await reader.get(urlTo('colleagues'))
    expect((await reader.submit(urlTo('leavePorteur'))).location).toBe(urlTo('home'))
    expect((await reader.get(urlTo('grappes'))).location).toBe(urlTo('signIn'))
    expect(await idOf('partante@exemple.fr')).toBe('')
    expect((await journal()).at(-1)).toContain('partante@exemple.fr a quitté le porteur')
  })
})

describe('an address of several porteurs', () => {
  it('chooses when it signs in, and acts in one at a time', async () => {
    const own = await test.porteur('plusieurs@exemple.fr')
    const elsewhere = await createTestGrappe(own, 1, 'La sienne')
    const browser = await signInPorteur(test)
    await browser.get(urlTo('colleagues'))
    await submitWithCode(test, browser, urlTo('colleagues'), { email: 'plusieurs@exemple.fr', role: 'lire' })
    const both = openBrowser(test)
    const link = new URL(await addressIn('plusieurs@exemple.fr')).pathname
    await both.get(link)
    const entered = await both.submit(link)
    expect(entered.location).toBe(urlTo('spaces'))
    const choice = (await both.follow(entered)).html
    expect(choice).toContain('Votre propre espace')
    expect(choice).toContain(`Espace de ${FIRST}`)
    const theirs = urlTo('board', { grappe: grappe.grappeId })
    const mine = urlTo('board', { grappe: elsewhere.grappeId })
    expect([(await both.get(theirs)).status, (await both.get(mine)).status]).toEqual([200, 404])
    const colleague = /name="espace" value="([^"]+)"/.exec(choice)?.[1] ?? ''
    expect((await both.submit(urlTo('spaces'), { espace: colleague })).status).toBe(303)
    expect([(await both.get(theirs)).status, (await both.get(mine)).status]).toEqual([404, 200])
    const stranger = await findOrCreatePorteur(test.context.db, test.context, 'inconnue@exemple.fr')
    await both.get(urlTo('spaces'))
    expect((await both.submit(urlTo('spaces'), { espace: stranger.colleagueId })).status).toBe(404)
  })

  it('may start a porteur of its own when it was only invited', async () => {
    const browser = await signInPorteur(test)
    await browser.get(urlTo('colleagues'))
    const guest = await join(browser, 'invitee@exemple.fr', 'lire')
    await guest.get(urlTo('spaces'))
    expect((await guest.submit(urlTo('spaces'), { espace: 'nouveau' })).status).toBe(303)
    const home = await guest.get(urlTo('grappes'))
    expect(home.html).not.toContain('Vous lisez seulement')
    expect(home.html).not.toContain(urlTo('board', { grappe: grappe.grappeId }))
  })
})

describe('sessions', () => {
  const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'

  it('are listed with browser, address and age, this one marked, and ended one by one or all', async () => {
    const { context } = test
    const mine = await findOrCreatePorteur(context.db, context, 'sessions@exemple.fr')
    const here = await signInPorteur(test, mine.email)
    const place = { userAgent: FIREFOX, address: '192.0.2.7' }
    const opened = await signIn(context, (await issueSignInLink(context.db, context, mine)).token, place)
    const away = await signInPorteur(test, mine.email)
    expect(opened.ok).toBe(true)
    const { html } = await here.get(urlTo('sessions'))
    expect(html).toContain('Firefox sur Windows')
    expect(html).toContain('192.0.2.7')
    expect(html.match(/celle-ci/g)).toHaveLength(1)
    const row = html.slice(html.indexOf('Firefox sur Windows'))
    const session = /name="session" value="([^"]+)"/.exec(row)?.[1] ?? ''
    expect((await here.submit(urlTo('sessions'), { session })).status).toBe(303)
    expect((await here.get(urlTo('sessions'))).html).not.toContain('Firefox sur Windows')
    expect((await away.get(urlTo('grappes'))).status).toBe(200)
    await here.submit(urlTo('sessions'), { fin: 'autres' })
    expect((await away.get(urlTo('grappes'))).location).toBe(urlTo('signIn'))
    expect((await here.get(urlTo('grappes'))).status).toBe(200)
    await here.get(urlTo('sessions'))
    await here.submit(urlTo('sessions'), { fin: 'toutes' })
    expect((await here.get(urlTo('grappes'))).location).toBe(urlTo('signIn'))
  })

  it('of a colleague are seen and ended by whoever administers, and by nobody else', async () => {
    const browser = await signInPorteur(test)
    await browser.get(urlTo('colleagues'))
    const colleague = await join(browser, 'oublieuse@exemple.fr', 'controler')
    const url = urlTo('colleagueSessions', { colleague: await idOf('oublieuse@exemple.fr') })
    const firsts = urlTo('colleagueSessions', { colleague: porteur.colleagueId })
    expect((await colleague.get(firsts)).status).toBe(403)
    const elsewhere = await signInPorteur(test, 'inconnue@exemple.fr')
    expect((await elsewhere.get(url)).status).toBe(404)
    expect((await browser.get(url)).html).toContain('Fermer')
    expect((await browser.submit(url, { fin: 'toutes' })).status).toBe(303)
    expect((await colleague.get(urlTo('grappes'))).location).toBe(urlTo('signIn'))
    expect((await journal()).at(-1)).toBe('Une session de oublieuse@exemple.fr fermée.')
  })

  it('of a reviewer are its own to list and end', async () => {
    const reviewer = await signInReviewer(test, 'lectrice@ars.exemple.fr')
    expect((await reviewer.get(urlTo('arsSessions'))).html).toContain('celle-ci')
    await reviewer.submit(urlTo('arsSessions'), { fin: 'toutes' })
    expect((await reviewer.get(urlTo('arsSessions'))).location).toBe(urlTo('arsDossiers'))
  })

  it('are listed and ended by the API', async () => {
    const browser = await signInPorteur(test, 'programme@exemple.fr')
    const program = await test.porteur('programme@exemple.fr')
    const listed = await program.call<Array<{ id: string }>>('GET', API_PATHS.sessions)
    expect(listed.body).toHaveLength(1)
    const session = fill(API_PATHS.session, { session: listed.body[0]?.id ?? '' })
    expect((await program.call('DELETE', session)).status).toBe(204)
    expect((await program.call('DELETE', session)).status).toBe(404)
    expect((await browser.get(urlTo('grappes'))).location).toBe(urlTo('signIn'))
  })
})

describe('acts on people by the API', () => {
  it('ask for the code that is sent to the person of the token', async () => {
    const program = await test.porteur('api@exemple.fr')
    const body = { email: 'par-api@exemple.fr', role: 'controler' }
    const bare = await program.call<{ type: string }>('POST', API_PATHS.colleagues, body)
    expect([bare.status, bare.body.type]).toEqual([403, 'urn:grappe-kit:code-needed'])
    const asked = await program.call<{ attempt: string }>('POST', API_PATHS.colleagueCode)
    const { attempt } = asked.body
    const { db, tokens } = test.context
    const sent = (await db.query.codes.findMany()).find(each => each.browserHash === tokens.hash(attempt))
    const code = tokens.ofCode(sent?.id ?? '')
    const proved = await program.call<{ proof: string }>('POST', API_PATHS.colleagueCodeConfirmation, {
      attempt,
      code,
    })
    const headers = { 'x-preuve': proved.body.proof }
    const invited = await program.call<{ id: string }>('POST', API_PATHS.colleagues, body, headers)
    expect(invited.status).toBe(201)
    const at = { colleague: invited.body.id }
    const role = await program.call('PUT', fill(API_PATHS.colleague, at), { role: 'lire' }, headers)
    expect([role.status, role.body]).toMatchObject([200, { email: body.email, role: 'lire' }])
    const other = await test.porteur('autre-api@exemple.fr')
    expect((await other.call('DELETE', fill(API_PATHS.colleague, at), undefined, headers)).status).toBe(404)
    expect((await program.call('DELETE', fill(API_PATHS.colleague, at), undefined, headers)).status).toBe(204)
    expect((await program.call('POST', API_PATHS.leavePorteur, undefined, headers)).status).toBe(409)
  })
})
