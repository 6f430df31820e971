import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { answerAnswer, boardAnswer, opinionAnswer, reviewAnswer } from '../../schema/contracts/api.ts'
import { accesses, links, mails, sessions } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { listHandedDossiers } from '../../server/steps/dossier/list-dossiers.ts'
import { readJournal } from '../../server/steps/read/read-journal.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { signInReviewer, speakingProgram } from '../support/reviewer.ts'
import { depositEverywhere, depositOn, esmsPieces, sealVersion } from '../support/sealed.ts'

type Board = z.infer<typeof boardAnswer>
type Said = z.infer<typeof reviewAnswer>
interface DossierBody {
  version: number
  reviews: Said[]
  answers: z.infer<typeof answerAnswer>[]
  opinions: z.infer<typeof opinionAnswer>[]
}

const OFFICE = 'instructrice@ars.exemple.fr'
const EMAIL = 'inspecteur@ars.exemple.fr'

let test: TestApp
let porteur: ApiClient
let grappe: TestGrappe
let token: string
/** Reads by the link. */
let browser: PageClient
/** Signed in: it speaks. */
let office: PageClient

/** People speak one after the other. */
let said = 0
const pass = () => test.setNow(new Date(Date.parse('2026-07-18T11:10:00.000Z') + 1000 * ++said).toISOString())

const lastSegment = (address: string) => address.split('/').at(-1) ?? ''

async function hand(client: ApiClient, grappeId: string, label: string, email?: string): Promise<string> {
  const handed = await client.call<{ address: string }>('POST', fill(API_PATHS.links, { grappe: grappeId }), {
    label,
    ...(email === undefined ? {} : { email }),
  })
  return lastSegment(handed.body.address)
}

/** The link of the last mail written to an address. */
async function mailedTo(recipient: string) {
  const rows = await test.context.db.select().from(mails).where(eq(mails.recipient, recipient))
  return rows.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
}

/** An act of the reviewer who signed in, on the first grappe. */
const act = (
  name: 'arsReview' | 'arsComplements' | 'arsOpinion',
  at: { number: string; piece?: string },
  fields: Record<string, string>,
) => office.submit(urlTo(name, { token: grappe.grappeId, piece: '', ...at }), fields)

async function events(grappeId = grappe.grappeId): Promise<string[]> {
  const lines = await readJournal(test.context.db, grappeId)
  return lines.map(({ actor, event }) => `${actor} : ${event}`)
}

async function boardOf(grappeId = grappe.grappeId): Promise<Board['pieces']> {
  return (await porteur.call<Board>('GET', fill(API_PATHS.board, { grappe: grappeId }))).body.pieces
}

const stateOf = async (pieceId: string) => (await boardOf()).find(row => row.pieceId === pieceId)?.state

beforeAll(async () => {
  test = await startApp()
  porteur = await test.porteur()
  grappe = await createTestGrappe(porteur, 3)
  await depositEverywhere(porteur, grappe.grappeId)
  token = await hand(porteur, grappe.grappeId, 'Instructrice, ARS', OFFICE)
  browser = openBrowser(test)
  office = await signInReviewer(test, OFFICE)
})
afterAll(() => test.close())

describe('a reviewer who holds a link', () => {
  it('is told that nothing is sealed yet, then reads the last sealed version and what proves its verdict', async () => {
    const before = await browser.get(urlTo('arsHome', { token }))
    expect(before.status).toBe(200)
    expect(textOf(before)).toContain('n’a pas encore scellé de version')
    await sealVersion(test, porteur, grappe.grappeId)
    const page = await browser.get(urlTo('arsHome', { token }))
    expect(textOf(page)).toContain('Version 1 du dossier')
    expect(textOf(page)).toMatch(/critères? (non satisfaits?|à apprécier|satisfaits?)/)
    expect(textOf(page)).toContain('à examiner')
  })

  it('sees nothing that was deposited after the sealing', async () => {
    const [piece] = await esmsPieces(porteur, grappe.grappeId)
    const sealedFile = piece?.version?.files[0]?.id ?? ''
    const later = await depositOn(porteur, grappe.grappeId, piece?.pieceId ?? '', await pdf('plus tard'))
    const laterFile = later.version.files[0]?.id ?? ''
    expect((await browser.get(urlTo('arsFile', { token, file: sealedFile }))).status).toBe(200)
    expect((await browser.get(urlTo('arsFile', { token, file: laterFile }))).status).toBe(404)
    expect((await browser.get(urlTo('arsPreviewFile', { token, file: laterFile }))).status).toBe(404)
    const api = test.bearer(token)
    expect((await api.call('GET', fill(API_PATHS.arsFile, { file: laterFile }))).status).toBe(404)
    const page = await browser.get(urlTo('arsPiece', { token, piece: piece?.pieceId ?? '' }))
    expect(page.html).toContain(sealedFile)
    expect(page.html).not.toContain(laterFile)
    expect(textOf(page)).toMatch(/Le dépôt nº\s2 de cette pièce est arrivé depuis/)
  })

  it('goes from a piece to the next and back with links that the keyboard follows', async () => {
    const [, second] = await boardOf()
    const page = await browser.get(urlTo('arsPiece', { token, piece: second?.pieceId ?? '' }))
    expect(page.html).toMatch(/<a href="[^"]+" rel="prev"/)
    const next = /<a href="([^"]+)" rel="next"/.exec(page.html)?.[1] ?? ''
    expect((await browser.get(next.replaceAll('&amp;', '&'))).status).toBe(200)
  })

  it('downloads one member’s files, those of that version only, with their fingerprints', async () => {
    const [esmsId = ''] = grappe.esmsIds
    const url = urlTo('arsMemberZip', { token, number: '1', owner: esmsId })
    const zip = await browser.get(url)
    expect(zip.status).toBe(200)
    const names = zip.raw.toString('latin1')
    expect(names).toContain('SHA256SUMS')
    expect(names).toContain('EHPAD-n-1')
    expect(names).not.toContain('EHPAD-n-2')
    expect(names).not.toContain('_v2_')
    const stranger = await createTestGrappe(await test.porteur('voisin@exemple.fr'), 1)
    const elsewhere = urlTo('arsMemberZip', { token, number: '1', owner: stranger.esmsIds[0] ?? '' })
    expect((await browser.get(elsewhere)).status).toBe(404)
  })

  it('says conforme of what it read, though the member has deposited again since, and is told so', async () => {
    const [piece] = await esmsPieces(porteur, grappe.grappeId)
    const at = { number: '1', piece: piece?.pieceId ?? '' }
    const said = await act('arsReview', at, { decision: 'conforme' })
    expect(said.status).toBe(303)
    expect(textOf(await office.follow(said))).toMatch(/Le dépôt nº\s2 est arrivé depuis/)
    expect(await events()).toContainEqual(
      expect.stringMatching(/^Instructrice, ARS : .*version 1, dite conforme par l’ARS/),
    )
    expect(await stateOf(at.piece)).toBe('deposee')
  })
})

describe('asking for complements', () => {
  let first: string
  let second: string

  beforeAll(async () => {
    const pieces = await esmsPieces(porteur, grappe.grappeId)
    const mine = pieces.filter(({ owner }) => owner.id === grappe.esmsIds[1])
    const others = pieces.filter(({ owner }) => owner.id === grappe.esmsIds[2])
    first = mine[0]?.pieceId ?? ''
    second = others[0]?.pieceId ?? ''
  })

  it('notes each with its motive, which nobody is told of before they are sent', async () => {
    const review = (piece: string, motive: string) =>
      act('arsReview', { number: '1', piece }, { decision: 'complement', motive })
    const empty = await review(first, ' ')
    expect(empty.status).toBe(422)
    expect(textOf(empty)).toContain('le membre lira ce motif')
    expect((await review(first, 'La signature manque.')).status).toBe(303)
    expect((await review(second, 'Page 3 illisible.')).status).toBe(303)
    expect(await stateOf(first)).toBe('deposee')
    expect(await mailedTo('contact2@exemple.fr')).toEqual([])
    const page = await office.get(urlTo('arsHome', { token: grappe.grappeId }))
    expect(textOf(page)).toContain('Envoyer les 2 demandes de complément')
    expect(textOf(page)).toContain('une proposition de cet outil')
    expect(page.html).toContain('value="2026-06-16"')
  })

  it('keeps a reviewer’s notes from the others', async () => {
    await hand(porteur, grappe.grappeId, 'Instructrice, ARS', 'collegue@ars.exemple.fr')
    const colleague = await signInReviewer(test, 'collegue@ars.exemple.fr')
    for (const page of [
      await colleague.get(urlTo('arsHome', { token: grappe.grappeId })),
      await browser.get(urlTo('arsHome', { token })),
    ]) {
      expect(page.status).toBe(200)
      expect(textOf(page)).not.toContain('Compléments à envoyer')
    }
  })

  it('refuses a last day that is past', async () => {
    const sent = await act(
      'arsComplements',
      { number: '1' },
      {
        deadlineOn: '2026-05-31',
        [`piece-${first}`]: 'oui',
      },
    )
    expect(sent.status).toBe(422)
    expect(textOf(sent)).toContain('Choisissez un jour entre aujourd’hui et')
  })

  it('sends them in one act: one mail for each person, one for the porteur, and all of it in the journal', async () => {
    // What a reviewer noted is examined for it; what was sent is so for each of those who read the dossier.
    const leftFor = async (email: string) =>
      (await listHandedDossiers(test.context, email))[0]?.seal?.toExamine ?? 0
    const before = await leftFor('collegue@ars.exemple.fr')
    const sent = await act(
      'arsComplements',
      { number: '1' },
      {
        deadlineOn: '2026-07-20',
        [`piece-${first}`]: 'oui',
        [`piece-${second}`]: 'oui',
      },
    )
    expect(textOf(await office.follow(sent))).toContain('2 demandes de complément envoyées')
    expect(await leftFor('collegue@ars.exemple.fr')).toBe(before - 2)
    const [mail, ...more] = await mailedTo('contact2@exemple.fr')
    expect(more).toEqual([])
    expect(mail?.body).toContain('La signature manque.')
    expect(mail?.body).not.toContain('Page 3')
    expect(mail?.body).toContain('lundi 20 juillet 2026')
    const toPorteur = await mailedTo('porteuse@exemple.fr')
    expect(toPorteur).toHaveLength(1)
    expect(toPorteur[0]?.body).toContain('Page 3 illisible.')
    expect(toPorteur[0]?.body).toContain('La signature manque.')
    // This server sends nothing by itself, and nobody is said to have received anything.
    expect(toPorteur[0]?.body).toContain('Un message est écrit pour chaque personne concernée')
    expect(toPorteur[0]?.body).not.toMatch(/reçu un message|pièces de la grappe/)
    expect(mail?.body).toContain('Déposez-le, même si l’appel est clos')
    const told = (await events()).filter(event => event.includes('Complément demandé par l’ARS'))
    expect(told).toHaveLength(2)
  })

  it('reopens just those pieces, until that day, for the member and for the porteur, after the closing too', async () => {
    expect(await stateOf(first)).toBe('complement')
    test.setNow('2026-07-18T10:00:00.000Z')
    const link = (await mailedTo('contact2@exemple.fr'))[0]?.linkId ?? ''
    const member = test.bearer(test.context.tokens.ofLink(link))
    const deposit = async (client: ApiClient, url: string, text: string) =>
      client.upload<{ title: string }>(url, form([{ name: 'complément.pdf', bytes: await pdf(text) }]))
    const mine = await deposit(member, fill(API_PATHS.memberVersions, { piece: first }), 'signé')
    expect(mine.status).toBe(201)
    const own = (await esmsPieces(porteur, grappe.grappeId)).filter(
      ({ owner, pieceId }) => owner.id === grappe.esmsIds[1] && pieceId !== first,
    )
    for (const { pieceId } of own) {
      const url = fill(API_PATHS.memberVersions, { piece: pieceId ?? '' })
      expect((await deposit(member, url, 'autre')).status).toBe(409)
    }
    const at = (piece: string) => fill(API_PATHS.versions, { grappe: grappe.grappeId, piece })
    expect((await deposit(porteur, at(second), 'lisible')).status).toBe(201)
    const [untouched] = (await boardOf()).filter(
      ({ pieceId, scope }) => scope === 'esms' && pieceId !== first && pieceId !== second,
    )
    expect((await deposit(porteur, at(untouched?.pieceId ?? ''), 'non')).status).toBe(409)
    test.setNow('2026-07-21T10:00:00.000Z')
    expect((await deposit(porteur, at(second), 'trop tard')).status).toBe(409)
    test.setNow('2026-07-18T11:00:00.000Z')
  })

  it('shows, in the next sealed version, what answers what: to the reviewer, the porteur and the workbook', async () => {
    await sealVersion(test, porteur, grappe.grappeId)
    const page = await browser.get(urlTo('arsHome', { token }))
    expect(textOf(page)).toContain('Version 2 du dossier')
    expect(textOf(page).match(/répondu par le dépôt nº\s2/g)).toHaveLength(2)
    const api = await test.bearer(token).call<DossierBody>('GET', API_PATHS.arsDossier)
    expect(api.body.answers.map(({ status, versionNumber }) => [status, versionNumber])).toEqual([
      ['repondu', 2],
      ['repondu', 2],
    ])
    const porteurPage = await (await signInPorteur(test)).get(urlTo('dossier', { grappe: grappe.grappeId }))
    expect(textOf(porteurPage)).toMatch(/répondu par le dépôt nº\s2/)
    const old = await browser.get(urlTo('arsVersion', { token, number: '1' }))
    expect(textOf(old)).toContain('Une version plus récente existe')
    expect(textOf(old)).toContain('pas encore de réponse')
  })

  it('shows the previous sealed deposit of the piece beside the new one', async () => {
    const page = await browser.get(urlTo('arsPiece', { token, piece: first }))
    expect(textOf(page)).toMatch(/Avant, dans la version 1 du dossier.*Dépôt nº\s1 de la pièce/s)
    expect(textOf(page)).toMatch(/Maintenant, dans la version 2 du dossier.*Dépôt nº\s2 de la pièce/s)
    expect(page.html.match(/<iframe/g)).toHaveLength(2)
  })

  it('asks for a piece that the version lacks, once however often it is said, and reopens it for the porteur', async () => {
    const missing = (await boardOf()).find(({ scope, version }) => scope === 'grappe' && version === null)
    const api = await speakingProgram(test, token)
    const body = {
      deadlineOn: '2026-08-01',
      requests: [{ pieceId: missing?.pieceId, motive: 'Cette pièce manque.' }],
    }
    const url = fill(API_PATHS.arsComplements, { number: '2' })
    const asked = await api.call<{ sent: number; unreachable: string[] }>('POST', url, body)
    expect(asked.status).toBe(200)
    await api.call('POST', url, body)
    const [said, ...again] = (await api.call<DossierBody>('GET', API_PATHS.arsDossier)).body.reviews.filter(
      ({ pieceId }) => pieceId === missing?.pieceId,
    )
    expect(again).toEqual([])
    expect(said?.versionId).toBeNull()
    const given = await depositOn(porteur, grappe.grappeId, missing?.pieceId ?? '', await pdf('enfin'))
    expect(given.version.number).toBe(1)
  })
})

describe('an opinion', () => {
  const typed = { avis: 'non-recevable', note: 'Le « budget »\nmanque.' }
  beforeAll(async () => {
    office = await signInReviewer(test, OFFICE)
  })
  const opinionsSaid = async () =>
    (await test.bearer(token).call<DossierBody>('GET', API_PATHS.arsDossier)).body.opinions

  it('is given with a note unless it is favourable, told to the porteur with what its author proved', async () => {
    const bare = await act('arsOpinion', { number: '2' }, { avis: 'non-recevable', note: '' })
    expect(bare.status).toBe(422)
    expect(textOf(bare)).toContain('le porteur lira cette note')
    const given = await act('arsOpinion', { number: '2' }, { avis: 'a-completer', note: 'Voir ailleurs.' })
    expect(textOf(await office.follow(given))).toContain('à compléter sur la version 2 du dossier')
    const mail = (await mailedTo('porteuse@exemple.fr')).at(-1)
    expect(mail?.subject).toMatch(/Avis de l’ARS\s: À compléter/)
    expect(mail?.body).toContain(`Avis donné après connexion par un lien reçu à ${OFFICE}.`)
    expect(await events()).toContainEqual(
      expect.stringMatching(/Avis de l’ARS sur la version 2 du dossier\s: à compléter. Note\s: Voir/),
    )
  })

  it('of somebody else takes the place of nobody’s; another of the same author takes its own', async () => {
    await hand(porteur, grappe.grappeId, 'Inspecteur, ARS', EMAIL)
    const other = await signInReviewer(test, EMAIL)
    const at = { token: grappe.grappeId, number: '2' }
    pass()
    expect((await other.submit(urlTo('arsOpinion', at), typed)).status).toBe(303)
    const both = await office.get(urlTo('arsVersion', at))
    expect(textOf(both)).toContain('Votre dernier avis : à compléter sur la version 2')
    expect(textOf(both)).toContain(`par Inspecteur, ARS, connecté par un lien reçu à ${EMAIL}.`)
    expect(textOf(both)).not.toContain('Remplacé depuis')
    pass()
    await act('arsOpinion', { number: '2' }, { avis: 'recevable' })
    const after = textOf(await office.get(urlTo('arsVersion', at)))
    expect(after.match(/Remplacé depuis par son auteur/g)).toHaveLength(1)
    expect((await opinionsSaid()).map(({ avis, proved }) => [avis, proved?.email])).toEqual([
      ['a-completer', OFFICE],
      ['non-recevable', EMAIL],
      ['recevable', OFFICE],
    ])
  })
})

describe('the reviewer’s account', () => {
  let other: ApiClient
  let theirs: TestGrappe
  let theirToken: string

  beforeAll(async () => {
    other = await test.porteur('autre@exemple.fr')
    theirs = await createTestGrappe(other, 1, 'Grappe du Littoral')
    theirToken = await hand(other, theirs.grappeId, 'Inspecteur', EMAIL.toUpperCase())
  })

  it('keeps to whom each dossier was handed, in lower case', async () => {
    const rows = await test.context.db.select().from(links).where(eq(links.email, EMAIL))
    expect(rows.filter(({ kind }) => kind === 'ars')).toHaveLength(2)
  })

  it('answers the same whether or not the address is known, and writes to known ones only', async () => {
    const ask = async (email: string) => {
      const visitor = openBrowser(test)
      await visitor.get(urlTo('arsDossiers'))
      const page = await visitor.submit(urlTo('arsDossiers'), { email })
      return { status: page.status, text: textOf(page).replaceAll(email, 'ADRESSE') }
    }
    expect(await ask('inconnue@ars.exemple.fr')).toEqual(await ask(EMAIL))
    expect(await mailedTo('inconnue@ars.exemple.fr')).toEqual([])
  })

  it('is not asked for without a forgery token, nor more often than a porteur’s sign-in', async () => {
    const page = await openBrowser(test).submit(urlTo('arsDossiers'), { email: EMAIL, csrf: '' })
    expect(page.status).toBe(403)
    const strict = await startApp({ SIGN_IN_LIMIT_PER_HOUR: '2' })
    try {
      const visitor = openBrowser(strict)
      await visitor.get(urlTo('arsDossiers'))
      const statuses: number[] = []
      for (let i = 0; i < 3; i++) {
        statuses.push((await visitor.submit(urlTo('arsDossiers'), { email: EMAIL })).status)
      }
      expect(statuses).toEqual([200, 200, 429])
    } finally {
      await strict.close()
    }
  })

  it('lists every dossier handed to the address; its link is used once, and never by opening it', async () => {
    const visitor = openBrowser(test)
    await visitor.get(urlTo('arsDossiers'))
    await visitor.submit(urlTo('arsDossiers'), { email: EMAIL })
    const link =
      (await mailedTo(EMAIL)).findLast(({ subject }) => subject.includes('connexion'))?.linkId ?? ''
    const url = urlTo('signInLink', { token: test.context.tokens.ofLink(link) })
    await openBrowser(test).get(url)
    await visitor.get(url)
    expect((await visitor.submit(url)).location).toBe(urlTo('arsDossiers'))
    const list = textOf(await visitor.get(urlTo('arsDossiers')))
    expect((await visitor.submit(url)).status).toBe(410)
    expect(list).toContain('Grappe d’essai')
    expect(list).toContain('Grappe du Littoral')
    expect(list).toContain('pas encore scellé')
    expect(list).toContain('2 dossiers')
  })

  it('gives no porteur’s session, nor a porteur’s link an ARS one', async () => {
    const visitor = await signInReviewer(test, EMAIL)
    expect((await visitor.get(urlTo('grappes'))).location).toBe(urlTo('signIn'))
    const link =
      (await mailedTo(EMAIL)).findLast(({ subject }) => subject.includes('connexion'))?.linkId ?? ''
    const program = await test.bearer('').call('POST', API_PATHS.signInProgram, {
      token: test.context.tokens.ofLink(link),
      label: 'essai',
    })
    expect(program.status).toBeGreaterThanOrEqual(400)
    const asPorteur = await signInPorteur(test)
    expect(textOf(await asPorteur.get(urlTo('arsDossiers')))).toContain('Recevoir le lien')
    const rows = await test.context.db.select().from(sessions)
    expect(
      rows.every(({ porteurId, reviewerEmail }) => (porteurId === null) !== (reviewerEmail === null)),
    ).toBe(true)
  })

  it('is not opened by a mere link: the porteur who made it holds a copy', async () => {
    const visitor = openBrowser(test)
    expect((await visitor.get(urlTo('arsHome', { token: theirToken }))).status).toBe(200)
    expect((await visitor.get(urlTo('arsHome', { token: grappe.grappeId }))).location).toBe(
      urlTo('arsDossiers'),
    )
    expect(textOf(await visitor.get(urlTo('arsDossiers')))).not.toContain('Grappe d’essai')
  })

  it('does not open a dossier that was handed to somebody else', async () => {
    const stranger = await createTestGrappe(await test.porteur('tiers@exemple.fr'), 1, 'Grappe secrète')
    const visitor = await signInReviewer(test, EMAIL)
    expect((await visitor.get(urlTo('arsHome', { token: stranger.grappeId }))).status).toBe(404)
  })

  it('refuses an act sent from another site with the session’s cookie', async () => {
    const visitor = await signInReviewer(test, EMAIL)
    const at = { token: grappe.grappeId, number: '2' }
    await visitor.get(urlTo('arsVersion', at))
    const forged = await visitor.submit(urlTo('arsOpinion', at), { avis: 'recevable', csrf: 'x' })
    expect(forged.status).toBe(403)
  })

  it('is searched by grappe, porteur, call or region, and filtered by opinion, completeness and news', async () => {
    const visitor = await signInReviewer(test, EMAIL)
    const names = async (query: string) => {
      const text = textOf(await visitor.get(`${urlTo('arsDossiers')}?${query}`))
      return ['Grappe d’essai', 'Grappe du Littoral'].filter(name => text.includes(name))
    }
    expect(await names('texte=LITTORAL')).toEqual(['Grappe du Littoral'])
    expect(await names('texte=olivi')).toEqual(['Grappe d’essai'])
    expect(await names('avis=non-recevable')).toEqual(['Grappe d’essai'])
    expect(await names('avis=a-venir')).toEqual(['Grappe du Littoral'])
    expect(await names('dossier=incomplet')).toEqual(['Grappe d’essai'])
    expect(await names('dossier=complet')).toEqual([])
    await sealVersion(test, porteur, grappe.grappeId)
    expect(await names('nouveau=oui')).toEqual(['Grappe d’essai'])
    await visitor.submit(`${urlTo('arsSeen', { token: grappe.grappeId })}?version=3`)
    expect(await names('nouveau=oui')).toEqual([])
  })

  it('ends with the link: a revoked one takes its dossier away', async () => {
    const visitor = await signInReviewer(test, EMAIL)
    const [link] = await test.context.db
      .select()
      .from(links)
      .where(eq(links.tokenHash, test.context.tokens.hash(theirToken)))
    await other.call('DELETE', fill(API_PATHS.link, { grappe: theirs.grappeId, link: link?.id ?? '' }))
    expect(textOf(await visitor.get(urlTo('arsDossiers')))).not.toContain('Grappe du Littoral')
    expect((await visitor.get(urlTo('arsHome', { token: theirs.grappeId }))).status).toBe(404)
  })
})

describe('the porteur', () => {
  it('sees what was opened and downloaded, when and by whom; opening an address alone is not an opening', async () => {
    test.setNow(START)
    const mine = await createTestGrappe(porteur, 1, 'Grappe suivie')
    const ars = await hand(porteur, mine.grappeId, 'Lectrice, ARS')
    await depositEverywhere(porteur, mine.grappeId)
    await sealVersion(test, porteur, mine.grappeId)
    const visitor = openBrowser(test)
    await visitor.get(urlTo('arsHome', { token: ars }))
    const ofMine = eq(accesses.grappeId, mine.grappeId)
    expect(await test.context.db.select().from(accesses).where(ofMine)).toEqual([])
    await visitor.submit(`${urlTo('arsSeen', { token: ars })}?version=1`)
    await visitor.submit(`${urlTo('arsSeen', { token: ars })}?version=1`)
    await visitor.get(urlTo('arsMemberZip', { token: ars, number: '1', owner: mine.esmsIds[0] ?? '' }))
    await visitor.get(urlTo('arsVersionXlsx', { token: ars, number: '1' }))
    const page = textOf(await (await signInPorteur(test)).get(urlTo('dossier', { grappe: mine.grappeId })))
    expect(
      page.match(/Version 1 ouverte le lundi 1er juin 2026 à 12 h 00 avec le lien remis à Lectrice, ARS/g),
    ).toHaveLength(1)
    expect(page).toContain('ZIP de « EHPAD n° 1 » téléchargé')
    expect(page).toContain('récapitulatif Excel téléchargé')
    expect(await events(mine.grappeId)).toContainEqual(
      expect.stringContaining('Lectrice, ARS : Version 1 du dossier ouverte par l’ARS.'),
    )
  })
})
