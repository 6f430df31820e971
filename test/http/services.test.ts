import { randomUUID } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { handedDossierAnswer, opinionAnswer, serviceAnswer } from '../../schema/contracts/api.ts'
import { grappes, links, serviceMembers } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { readJournal } from '../../server/steps/read/read-journal.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { signInReviewer } from '../support/reviewer.ts'
import { depositEverywhere, esmsPieces, sealVersion } from '../support/sealed.ts'

const ANNA = 'anna@ars.exemple.fr'
const BRUNO = 'bruno@ars.exemple.fr'
const CHLOE = 'chloe@ars.exemple.fr'
const SERVICE = 'ARS Corse – numérique'

let test: TestApp
let porteur: ApiClient
/** Handed to Anna; to Bruno. */
let hers: TestGrappe
let his: TestGrappe
let herLink: { id: string; token: string }
let pieceId: string
let anna: PageClient
let bruno: PageClient

let minutes = 0
function wait(more = 1) {
  minutes += more
  test.setNow(new Date(Date.parse(START) + minutes * 60_000).toISOString())
}

async function hand({ grappeId }: TestGrappe, email: string): Promise<{ id: string; token: string }> {
  const handed = await porteur.call<{ id: string; address: string }>(
    'POST',
    fill(API_PATHS.links, { grappe: grappeId }),
    { label: `Instruction de ${email}`, email },
  )
  const token = handed.body.address.split('/').at(-1) ?? ''
  const hash = test.context.tokens.hash(token)
  const [link] = await test.context.db.select().from(links).where(eq(links.tokenHash, hash))
  return { id: link?.id ?? '', token }
}

/** A program of that reviewer: the proof alone, no link. */
async function programOf(email: string) {
  const link = await issueLink(test.context.db, test.context, { kind: 'connexion', email, label: email })
  const nobody = test.bearer('')
  const opened = await nobody.call<{ proof: string }>('POST', API_PATHS.arsSignInProgram, {
    token: link.token,
  })
  const call = <Body>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: object,
    headers: Record<string, string> = {},
  ) => nobody.call<Body>(method, url, body, { 'x-preuve': opened.body.proof, authorization: '', ...headers })
  return { call }
}

const membership = async (email: string) => {
  const [row] = await test.context.db
    .select()
    .from(serviceMembers)
    .where(and(eq(serviceMembers.email, email)))
    .orderBy(serviceMembers.invitedAt)
  return row
}

async function memberId(email: string): Promise<string> {
  const rows = await test.context.db.select().from(serviceMembers).where(eq(serviceMembers.email, email))
  return rows.find(({ endedAt }) => endedAt === null)?.id ?? ''
}

/** With ordinary spaces. */
const plain = (words: string) => words.replaceAll('\u00A0', ' ')

const eventsOf = async ({ grappeId }: TestGrappe) =>
  (await readJournal(test.context.db, grappeId)).map(({ actor, event }) => plain(`${actor} : ${event}`))

beforeAll(async () => {
  test = await startApp()
  porteur = await test.porteur()
  hers = await createTestGrappe(porteur, 2, 'Grappe d’Anna')
  his = await createTestGrappe(porteur, 2, 'Grappe de Bruno')
  for (const { grappeId } of [hers, his]) {
    await depositEverywhere(porteur, grappeId)
    await sealVersion(test, porteur, grappeId)
  }
  pieceId = (await esmsPieces(porteur, hers.grappeId))[0]?.pieceId ?? ''
  herLink = await hand(hers, ANNA)
  await hand(his, BRUNO)
  anna = await signInReviewer(test, ANNA)
  bruno = await signInReviewer(test, BRUNO)
})
afterAll(() => test.close())

describe('a service', () => {
  it('is founded from a session, by a name', async () => {
    await anna.get(urlTo('arsService'))
    const refused = await anna.submit(urlTo('arsService'), { name: ' ' })
    expect([refused.status, textOf(refused).includes('Donnez un nom au service')]).toEqual([422, true])
    const founded = await anna.submit(urlTo('arsService'), { name: SERVICE })
    expect(founded.location).toBe(urlTo('arsService'))
    expect(textOf(await anna.follow(founded))).toContain(`${ANNA} (vous), administre le service`)
    expect((await openBrowser(test).get(urlTo('arsService'))).location).toBe(urlTo('arsDossiers'))
  })

  it('says, before one invites and before one accepts, who will read what', async () => {
    expect(textOf(await anna.get(urlTo('arsService')))).toContain(`il lit tous les dossiers remis à ${ANNA}`)
    wait()
    const invited = await anna.submit(urlTo('arsInvite'), { email: BRUNO.toUpperCase() })
    expect(invited.location).toBe(urlTo('arsService'))
    const mail = (await readOutbox(test.context)).find(({ recipient }) => recipient === BRUNO)
    expect(mail?.subject).toBe(`Invitation dans un service de l’ARS, par ${ANNA}`)
    expect(mail?.text).toContain(`sera lu aussi par\u00A0: ${ANNA}`)
    // In no grappe's outbox: a porteur reads those.
    expect(mail?.grappe).toBe(null)
    expect(textOf(await bruno.get(urlTo('arsDossiers')))).toContain(`${ANNA} vous invite dans le service`)
    expect(textOf(await bruno.get(urlTo('arsService')))).toContain(`sera lu aussi par ${ANNA}`)
  })

  it('opens nothing to whoever is invited and has not accepted', async () => {
    expect((await bruno.get(urlTo('arsHome', { token: hers.grappeId }))).status).toBe(404)
    expect((await anna.get(urlTo('arsHome', { token: his.grappeId }))).status).toBe(404)
  })

  it('is joined from the session of the invited address alone', async () => {
    const id = await memberId(BRUNO)
    const url = urlTo('arsAnswerInvitation', { member: id })
    const chloe = await signInReviewer(test, CHLOE)
    expect((await chloe.submit(url, { reponse: 'accepter' })).status).toBe(404)
    expect((await anna.submit(url, { reponse: 'accepter' })).status).toBe(404)
    const forged = await bruno.submit(url, { reponse: 'accepter', csrf: 'x' })
    expect([forged.status, (await membership(BRUNO))?.joinedAt]).toEqual([403, null])
    wait()
    await bruno.get(urlTo('arsService'))
    expect((await bruno.submit(url, { reponse: 'accepter' })).location).toBe(urlTo('arsDossiers'))
    expect((await bruno.submit(url, { reponse: 'accepter' })).status).toBe(404)
  })

  it('invites addresses of the same administration only, once, and no member', async () => {
    await anna.get(urlTo('arsService'))
    for (const [email, sentence] of [
      ['porteuse@exemple.fr', 'la vôtre finit par « @ars.exemple.fr »'],
      [BRUNO, 'Cette adresse est déjà membre du service.'],
    ] as const) {
      const refused = await anna.submit(urlTo('arsInvite'), { email })
      expect(refused.status).toBe(422)
      expect(textOf(refused)).toContain(sentence)
    }
  })

  it('puts what was handed to each in one queue, and says to whom', async () => {
    const queue = textOf(await bruno.get(urlTo('arsDossiers')))
    expect(queue).toContain('Grappe de Bruno')
    expect(queue).toContain(`remis à ${ANNA}`)
    const page = await bruno.get(urlTo('arsHome', { token: hers.grappeId }))
    expect([
      page.status,
      textOf(page).includes(`vous le lisez comme membre du service « ${SERVICE} »`),
    ]).toEqual([200, true])
    // A copy of her link leads him to the same dossier, as himself.
    expect((await bruno.get(urlTo('arsHome', { token: herLink.token }))).location).toBe(
      urlTo('arsHome', { token: hers.grappeId }),
    )
  })

  it('is told to the porteur, with how many read and who did', async () => {
    const about = await signInPorteur(test)
    const said = `Ce qui est remis à ${ANNA} est lu par les 2 personnes de son service « ${SERVICE} »`
    const at = { grappe: hers.grappeId }
    expect(textOf(await about.get(urlTo('invitations', at)))).toContain(said)
    expect(textOf(await about.get(urlTo('dossier', at)))).toContain(said)
    expect(await eventsOf(hers)).toContain(
      `${BRUNO} : Le service « ${SERVICE} » lit le dossier : 2 personnes.`,
    )
    wait()
    await bruno.submit(`${urlTo('arsSeen', { token: hers.grappeId })}?version=1`)
    expect(textOf(await about.get(urlTo('dossier', at)))).toContain(`par ${BRUNO}, service « ${SERVICE} »`)
    expect((await eventsOf(hers)).some(each => each.startsWith(`${BRUNO}, service « ${SERVICE} » :`))).toBe(
      true,
    )
  })

  it('lets each speak in its own name, with its own drafts', async () => {
    wait()
    const of = { token: hers.grappeId, number: '1', piece: pieceId }
    await bruno.get(urlTo('arsHome', of))
    await bruno.submit(urlTo('arsReview', of), { decision: 'complement', motive: 'À signer par Bruno.' })
    expect(textOf(await anna.get(urlTo('arsVersion', of)))).not.toContain('À signer par Bruno.')
    await bruno.submit(urlTo('arsOpinion', of), { avis: 'a-completer', note: 'Une signature manque.' })
    const { body } = await test
      .bearer(herLink.token)
      .call<{ opinions: z.infer<typeof opinionAnswer>[] }>('GET', API_PATHS.arsDossier)
    expect(body.opinions.map(({ actor }) => plain(actor))).toEqual([`${BRUNO}, service « ${SERVICE} »`])
    expect(body.opinions).toMatchObject([{ proved: { email: BRUNO, service: SERVICE } }])
    const read = textOf(await anna.get(urlTo('arsVersion', of)))
    expect(read).toContain(`membre du service « ${SERVICE} »`)
    await anna.submit(urlTo('arsOpinion', of), { avis: 'recevable' })
    // His stands beside hers.
    expect(textOf(await anna.get(urlTo('arsVersion', of)))).toContain('Une signature manque.')
  })
})

describe('a program of a colleague', () => {
  it('lists, reads and speaks by its proof, without any link', async () => {
    const program = await programOf(BRUNO)
    const queue = await program.call<z.infer<typeof handedDossierAnswer>[]>('GET', API_PATHS.arsQueue)
    expect(queue.body.map(({ name, handedTo }) => [name, handedTo]).toSorted()).toEqual([
      ['Grappe de Bruno', BRUNO],
      ['Grappe d’Anna', ANNA],
    ])
    const namesAt = async (query: string) => {
      const { body } = await program.call<{ name: string }[]>('GET', `${API_PATHS.arsQueue}?${query}`)
      return body.map(({ name }) => name)
    }
    expect(await namesAt('page=1&tri=nom')).toEqual(['Grappe d’Anna', 'Grappe de Bruno'])
    expect(await namesAt('page=2')).toEqual([])
    expect(await namesAt('texte=bruno')).toEqual(['Grappe de Bruno'])
    expect((await program.call('GET', `${API_PATHS.arsQueue}?page=0`)).status).toBe(422)
    const of = { 'x-dossier': hers.grappeId }
    expect((await program.call('GET', API_PATHS.arsDossier, undefined, of)).status).toBe(200)
    const conforming = fill(API_PATHS.arsConforming, { number: '1', piece: pieceId })
    expect((await program.call('POST', conforming, undefined, of)).status).toBe(200)
    // With a copy of her link, it is itself all the same.
    const holding = { authorization: `Bearer ${herLink.token}` }
    expect((await program.call('POST', conforming, undefined, holding)).status).toBe(200)
    const stranger = await programOf(CHLOE)
    expect((await stranger.call('GET', API_PATHS.arsDossier, undefined, of)).status).toBe(404)
    expect((await stranger.call('POST', conforming, undefined, holding)).status).toBe(403)
    expect((await test.bearer('').call('GET', API_PATHS.arsDossier, undefined, of)).status).toBe(401)
  })

  it('is told where the next page of a long list is, with what was asked', async () => {
    const { db } = test.context
    const reader = 'diane@ars.exemple.fr'
    const [model] = await db.select().from(grappes).where(eq(grappes.id, his.grappeId))
    if (model === undefined) throw new Error('No grappe')
    for (let order = 1; order <= 101; order++) {
      const id = randomUUID()
      await db
        .insert(grappes)
        .values({ ...model, id, name: `Longue liste ${String(order).padStart(3, '0')}` })
      await issueLink(db, test.context, { kind: 'ars', grappeId: id, email: reader, label: reader })
    }
    const program = await programOf(reader)
    const sizes: number[] = []
    const names = new Set<string>()
    for (let url = `${API_PATHS.arsQueue}?tri=nom&texte=longue+liste&page=1`; url !== ''; ) {
      const { body, headers } = await program.call<{ name: string }[]>('GET', url)
      sizes.push(body.length)
      for (const { name } of body) names.add(name)
      url = /^<([^>]+)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1] ?? ''
      expect(url).toMatch(/^$|texte=longue\+liste&tri=nom/)
    }
    expect(sizes).toEqual([50, 50, 1])
    expect(names.size).toBe(101)
  })

  it('does on a service what the pages do', async () => {
    const chloe = await programOf(CHLOE)
    expect((await chloe.call('POST', API_PATHS.arsService, { name: 'Cellule' })).status).toBe(204)
    expect((await chloe.call('POST', API_PATHS.arsService, { name: 'Autre' })).status).toBe(409)
    expect((await chloe.call('POST', API_PATHS.arsInvite, { email: ANNA })).status).toBe(204)
    const hersIs = await programOf(ANNA)
    const mine = await hersIs.call<z.infer<typeof serviceAnswer>>('GET', API_PATHS.arsService)
    expect(mine.body.service?.members.map(({ email }) => email)).toEqual([ANNA, BRUNO])
    const [offered] = mine.body.invitations
    expect(offered).toMatchObject({ service: 'Cellule', invitedBy: CHLOE, readers: [CHLOE] })
    const answer = fill(API_PATHS.arsInvitation, { member: offered?.id ?? '' })
    // One service at a time.
    expect((await hersIs.call('POST', answer, { accepts: true })).status).toBe(409)
    expect((await hersIs.call('POST', answer, { accepts: false })).status).toBe(204)
    const own = await chloe.call<z.infer<typeof serviceAnswer>>('GET', API_PATHS.arsService)
    expect(own.body.service?.invited).toEqual([])
    const its = own.body.service?.members[0]?.id ?? ''
    const colleague = fill(API_PATHS.arsColleague, { member: its })
    expect((await chloe.call('PUT', colleague, { administers: false })).status).toBe(409)
    expect((await bruno.get(urlTo('arsService'))).status).toBe(200)
    expect((await (await programOf(BRUNO)).call('DELETE', colleague)).status).toBe(404)
    expect((await chloe.call('DELETE', colleague)).status).toBe(204)
  })
})

describe('the queue', () => {
  const mailsTo = async (email: string) =>
    (await readOutbox(test.context)).filter(
      ({ recipient, subject }) => recipient === email && /à instruire/.test(subject),
    )

  it('gives several dossiers to one colleague at once, who is told once; no porteur is', async () => {
    wait()
    const before = await eventsOf(hers)
    await anna.get(urlTo('arsDossiers'))
    const given = await anna.submit(`${urlTo('arsAssign')}?etat=a-lire`, [
      ['dossier', hers.grappeId],
      ['dossier', his.grappeId],
      ['email', BRUNO],
    ])
    expect(given.location).toBe(`${urlTo('arsDossiers')}?etat=a-lire`)
    const [mail, ...more] = await mailsTo(BRUNO)
    expect([mail?.subject, mail?.grappe, more.length]).toEqual(['2 dossiers à instruire', null, 0])
    expect(mail?.text).toContain('Grappe d’Anna')
    expect(await eventsOf(hers)).toEqual(before)
    const office = await signInPorteur(test)
    const at = { grappe: hers.grappeId }
    for (const page of ['dossier', 'journal', 'mails', 'invitations'] as const) {
      expect(textOf(await office.get(urlTo(page, at)))).not.toMatch(/attribu(é|e) (à|vous)|à instruire/i)
    }
  })

  it('is narrowed to mine, to nobody’s, to a stage', async () => {
    const named = async (browser: PageClient, query: string) => {
      const text = textOf(await browser.get(`${urlTo('arsDossiers')}?${query}`))
      return ['Grappe d’Anna', 'Grappe de Bruno'].filter(
        name => text.includes(`Choisir ${name}`) || text.includes(name),
      )
    }
    expect(await named(bruno, 'attribue=moi')).toEqual(['Grappe d’Anna', 'Grappe de Bruno'])
    expect(await named(anna, 'attribue=moi')).toEqual([])
    expect(await named(anna, 'attribue=personne')).toEqual([])
    // Both said their opinion of hers; nobody of his.
    expect(await named(anna, 'etat=a-lire')).toEqual(['Grappe de Bruno'])
    expect(await named(anna, 'etat=avis-rendu')).toEqual(['Grappe d’Anna'])
  })

  it('writes nothing again for what is given already, nor to whoever takes for itself', async () => {
    const program = await programOf(ANNA)
    const give = (email: string | null, ...dossiers: string[]) =>
      program.call<{ assigned: number }>('POST', API_PATHS.arsAssign, { dossiers, email })
    expect((await give(BRUNO, hers.grappeId)).body).toEqual({ assigned: 0 })
    expect((await give(ANNA, hers.grappeId)).body).toEqual({ assigned: 1 })
    expect([(await mailsTo(BRUNO)).length, (await mailsTo(ANNA)).length]).toEqual([1, 0])
    const queue = await program.call<z.infer<typeof handedDossierAnswer>[]>('GET', API_PATHS.arsQueue)
    expect(queue.body.find(({ grappeId }) => grappeId === hers.grappeId)?.assignment?.email).toBe(ANNA)
    expect((await give(null, hers.grappeId)).body).toEqual({ assigned: 1 })
    // Neither somebody of elsewhere, nor a dossier of elsewhere.
    expect((await give(CHLOE, hers.grappeId)).status).toBe(422)
    const elsewhere = await createTestGrappe(porteur, 2, 'Grappe d’ailleurs')
    expect((await give(BRUNO, hers.grappeId, elsewhere.grappeId)).status).toBe(404)
    expect((await give(BRUNO)).status).toBe(422)
  })
})

describe('what ends it', () => {
  it('is the porteur taking back the link: it is taken back from all', async () => {
    const spare = await createTestGrappe(porteur, 2, 'Grappe reprise')
    const link = await hand(spare, ANNA)
    expect(await eventsOf(spare)).toContain(
      `porteuse@exemple.fr : Le service « ${SERVICE} » lit le dossier : 2 personnes.`,
    )
    const at = urlTo('arsHome', { token: spare.grappeId })
    expect((await bruno.get(at)).status).toBe(200)
    await porteur.call('DELETE', fill(API_PATHS.link, { grappe: spare.grappeId, link: link.id }))
    expect((await bruno.get(at)).status).toBe(404)
  })

  it('is never the last administrator leaving the others behind', async () => {
    const own = urlTo('arsEndMembership', { member: await memberId(ANNA) })
    await anna.get(urlTo('arsService'))
    const refused = await anna.submit(own)
    expect([refused.status, textOf(refused).includes('Nommez d’abord')]).toEqual([409, true])
    await bruno.get(urlTo('arsService'))
    expect((await bruno.submit(own)).status).toBe(403)
  })

  it('is a colleague removed: closed at once, its own dossiers too, told to the porteurs', async () => {
    wait()
    await anna.get(urlTo('arsService'))
    const program = await programOf(BRUNO)
    await anna.submit(urlTo('arsEndMembership', { member: await memberId(BRUNO) }))
    expect((await bruno.get(urlTo('arsHome', { token: hers.grappeId }))).status).toBe(404)
    expect((await anna.get(urlTo('arsHome', { token: his.grappeId }))).status).toBe(404)
    expect((await bruno.get(urlTo('arsHome', { token: his.grappeId }))).status).toBe(200)
    const of = { 'x-dossier': hers.grappeId }
    expect((await program.call('GET', API_PATHS.arsDossier, undefined, of)).status).toBe(404)
    for (const grappe of [hers, his]) {
      expect((await eventsOf(grappe)).some(each => each.includes('ne lit plus le dossier'))).toBe(true)
    }
    // What he was given to read is nobody's again.
    expect(textOf(await anna.get(`${urlTo('arsDossiers')}?attribue=personne`))).toContain('Grappe d’Anna')
    // What he said stays his.
    expect(textOf(await anna.get(urlTo('arsHome', { token: hers.grappeId })))).toContain(
      'Une signature manque.',
    )
  })

  it('is the last one leaving: nobody can join it any more', async () => {
    wait()
    await anna.get(urlTo('arsService'))
    await anna.submit(urlTo('arsInvite'), { email: BRUNO })
    const invitation = urlTo('arsAnswerInvitation', { member: await memberId(BRUNO) })
    await anna.submit(urlTo('arsEndMembership', { member: await memberId(ANNA) }))
    await bruno.get(urlTo('arsService'))
    expect((await bruno.submit(invitation, { reponse: 'accepter' })).status).toBe(404)
  })
})

describe('a porteur that hands a dossier to itself', () => {
  it('founds its own service, and joins nobody’s', async () => {
    await hand(hers, 'porteuse@exemple.fr')
    const disguised = await signInReviewer(test, 'porteuse@exemple.fr')
    await disguised.get(urlTo('arsService'))
    await disguised.submit(urlTo('arsService'), { name: SERVICE })
    await disguised.get(urlTo('arsService'))
    expect((await disguised.submit(urlTo('arsInvite'), { email: ANNA })).status).toBe(422)
    expect((await disguised.get(urlTo('arsHome', { token: his.grappeId }))).status).toBe(404)
  })
})
