import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messages } from '../../schema/tables.ts'
import { API_PATHS, fill, PATHS, type PathName, urlTo } from '../../schema/urls.ts'
import { issueLink, revokeLink } from '../../server/steps/access/links.ts'
import { listContacts } from '../../server/steps/collection/save-contacts.ts'
import { readGrappe } from '../../server/steps/read/read-grappe.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { form, pdf, png } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur, submitWithCode } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { sealVersion } from '../support/sealed.ts'

interface Invited {
  owner: { id: string }
  linkId: string
  address: string
}

let test: TestApp
let porteur: ApiClient
let grappe: TestGrappe
let browser: PageClient
/** Tokens and link ids, by id of their ESMS or OG. */
let tokens: Map<string, string>
let linkIds: Map<string, string>
let arsToken: string

beforeAll(async () => {
  test = await startApp()
  porteur = await test.porteur()
  grappe = await createTestGrappe(porteur, 3)
  browser = openBrowser(test)
  ;({ tokens, linkIds, arsToken } = await handLinks(porteur, grappe))
})
afterAll(() => test.close())

async function handLinks(by: ApiClient, { grappeId, ogId, esmsIds }: TestGrappe) {
  const at = { grappe: grappeId }
  const handed = [...esmsIds.map(esms => ({ id: esms, body: { esms } })), { id: ogId, body: { og: ogId } }]
  const tokens = new Map<string, string>()
  const linkIds = new Map<string, string>()
  for (const { id, body } of handed) {
    const invited = await by.call<Invited[]>('POST', fill(API_PATHS.invitations, at), body)
    tokens.set(id, lastSegment(invited.body[0]?.address))
    linkIds.set(id, invited.body[0]?.linkId ?? '')
  }
  const ars = await by.call<{ address: string }>('POST', fill(API_PATHS.links, at), { label: 'ARS' })
  return { tokens, linkIds, arsToken: lastSegment(ars.body.address) }
}

const lastSegment = (address: string | undefined) => address?.split('/').at(-1) ?? ''
/** As people read it: non-breaking spaces are spaces. */
const read = (html: string) => html.replace(/[\u00a0\u202f]/g, ' ')
const tokenOf = (id: string | undefined) => tokens.get(id ?? '') ?? ''

async function pieceOf(esmsId: string | undefined, code = 'etat-des-lieux') {
  const pieces = await readPieces(test.context.db, grappe.grappeId)
  const piece = pieces.find(each => each.code === code && each.esmsId === esmsId)
  if (piece === undefined) throw new Error(`no ${code} for ${esmsId}`)
  return piece
}

describe('the first page', () => {
  it('says what this is, its four steps, its three journeys, and that it is no service of the State', async () => {
    const page = await browser.get(urlTo('home'))
    expect(page.status).toBe(200)
    for (const words of ['Éligibilité', 'Collecte', 'Contrôle', 'Dossier', 'Porteur', 'ESMS', 'ARS'])
      expect(page.html).toContain(words)
    expect(page.html).toContain('n’est pas un service de l’État')
    expect(page.html).toContain(`href="${urlTo('signIn')}"`)
  })
})

describe('the outbox', () => {
  it('shows each mail with its recipient and its link to click, to whoever holds its address only', async () => {
    const { token } = await issueLink(test.context.db, test.context, {
      kind: 'administration',
      label: 'essai',
    })
    const page = await browser.get(urlTo('administration', { token }))
    expect(page.status).toBe(200)
    expect(page.html).toContain('contact1@exemple.fr')
    const invitation = `http://127.0.0.1:3000${urlTo('memberHome', { token: tokenOf(grappe.esmsIds[0]) })}`
    expect(page.html).toContain(`<a href="${invitation}">${invitation}</a>`)

    expect((await browser.get(urlTo('administration', { token: arsToken }))).status).toBe(404)
  })
})

describe('a member', () => {
  it('opens its link and reads what is expected, until when, and whom to ask', async () => {
    const [esms] = grappe.esmsIds
    const page = await browser.get(urlTo('memberHome', { token: tokenOf(esms) }))
    expect(page.status).toBe(200)
    expect(page.html).toContain('EHPAD n° 1')
    expect(page.html).toContain('État des lieux et prérequis')
    expect(read(page.html)).toContain('mercredi 1er juillet 2026 à 23 h 59')
    expect(read(page.html)).toContain('0 sur 1 pièce déposée')
    expect(page.html).toContain('mailto:porteuse@exemple.fr')
    expect(page.html).not.toContain('EHPAD n° 2')
  })

  it('deposits a file, lands on a receipt with its fingerprint, and may open that address again', async () => {
    const [esms] = grappe.esmsIds
    const token = tokenOf(esms)
    const piece = await pieceOf(esms)
    const url = urlTo('memberPiece', { token, piece: piece.id })
    expect((await browser.get(url)).html).toContain('accept=".pdf,')

    const sent = await browser.upload(url, form([{ name: 'état.pdf', bytes: await pdf('Un') }]))
    expect(sent.status).toBe(303)
    const receipt = await browser.follow(sent)
    expect(receipt.status).toBe(200)
    const stored = (await pieceOf(esms)).versions[0]
    expect(receipt.html).toContain('Votre dépôt est enregistré')
    expect(receipt.html).toContain(stored?.files[0]?.sha256)
    expect(read(receipt.html)).toContain('lundi 1er juin 2026 à 12 h 00')
    expect(receipt.html).toContain('Il ne reste rien à déposer')
    // Nothing left to deposit is not nothing left to do.
    expect(read(receipt.html)).toContain('Il reste à répondre : 4 questions sans réponse')
    expect(receipt.html).toContain(`href="${urlTo('memberRecord', { token, esms: esms ?? '' })}"`)
    expect((await browser.follow(sent)).html).toBe(receipt.html)

    const file = await browser.get(urlTo('memberFile', { token, file: stored?.files[0]?.id ?? '' }))
    expect(file.status).toBe(200)
    expect(file.headers['content-disposition']).toContain('attachment')
    expect(file.raw).toEqual(await pdf('Un'))
  })

  it('adds a file to those that it ticks, and leaves the others behind', async () => {
    const [esms] = grappe.esmsIds
    const url = urlTo('memberPiece', { token: tokenOf(esms), piece: (await pieceOf(esms)).id })
    const page = await browser.get(url)
    const boxes = [...page.html.matchAll(/name="garder" value="([^"]+)"( checked)?/g)]
    expect(boxes.map(([, , ticked]) => ticked)).toEqual([undefined])
    const data = form([{ name: 'plan.png', bytes: png(10) }])
    for (const [, id = ''] of boxes) data.append('garder', id)
    const kept = await browser.upload(url, data)
    expect(kept.status).toBe(303)
    expect((await pieceOf(esms)).versions.at(-1)?.files.map(({ name }) => name)).toEqual([
      'état.pdf',
      'plan.pdf',
      'plan.png',
    ])

    await browser.upload(url, form([{ name: 'seul.png', bytes: png(20) }]))
    expect((await pieceOf(esms)).versions.at(-1)?.files.map(({ name }) => name)).toEqual([
      'seul.pdf',
      'seul.png',
    ])
  })

  it('reads why its piece is refused, on its task and above the form, and deposits again', async () => {
    const [, esms] = grappe.esmsIds
    const token = tokenOf(esms)
    const piece = await pieceOf(esms)
    const url = urlTo('memberPiece', { token, piece: piece.id })
    await browser.upload(url, form([{ name: 'a.pdf', bytes: await pdf('Deux') }]))
    await porteur.call('POST', fill(API_PATHS.decision, { grappe: grappe.grappeId, piece: piece.id }), {
      versionId: (await pieceOf(esms)).versions[0]?.id,
      decision: 'refusee',
      motive: 'La page 2 manque.',
    })
    expect((await browser.get(urlTo('memberHome', { token }))).html).toContain('La page 2 manque.')
    const page = await browser.get(url)
    expect(page.html).toContain('La page 2 manque.')
    expect(page.html).toMatch(/name="garder" value="[0-9a-f-]{36}"\/?>/)

    const again = await browser.upload(url, form([{ name: 'a.pdf', bytes: await pdf('Deux, entier') }]))
    expect(again.status).toBe(303)
    expect((await browser.get(urlTo('memberHome', { token }))).html).not.toContain('La page 2 manque.')
  })

  it('cannot replace a piece already accepted, and is told so in place', async () => {
    const [, esms] = grappe.esmsIds
    const piece = await pieceOf(esms)
    const url = urlTo('memberPiece', { token: tokenOf(esms), piece: piece.id })
    await porteur.call('POST', fill(API_PATHS.decision, { grappe: grappe.grappeId, piece: piece.id }), {
      versionId: piece.versions.at(-1)?.id,
      decision: 'acceptee',
    })
    expect((await browser.get(url)).html).not.toContain('name="fichiers"')
    const late = await browser.upload(url, form([{ name: 'b.pdf', bytes: await pdf('Trop tard') }]))
    expect(late.status).toBe(409)
    expect(late.html).toContain('Cette pièce est déjà acceptée')
    expect((await pieceOf(esms)).versions).toHaveLength(2)
  })

  it('of an OG sees what is due by date, whose each piece is, and the next thing to do as a button', async () => {
    const page = await browser.get(urlTo('memberHome', { token: tokenOf(grappe.ogId) }))
    expect(page.status).toBe(200)
    const words = textOf(page).replaceAll('\u00a0', ' ')
    expect(words).toMatch(/Déposer « [^»]+ »/)
    expect(page.html).toMatch(/<a class="button" href="[^"]+\/pieces\/[^"]+">Déposer/)
    const dates = [...page.html.matchAll(/id="avant-(\d{4}-\d{2}-\d{2})"/g)].map(([, day]) => day ?? '')
    expect(dates.length).toBeGreaterThan(0)
    expect(dates).toEqual(dates.toSorted())
    for (const owner of ['Association Les Oliviers', 'EHPAD n° 1', 'EHPAD n° 2', 'EHPAD n° 3']) {
      expect(page.html).toContain(`<p class="task-owner">${owner}</p>`)
    }
  })

  it('changes nothing by opening its pages: only its own sign of life is noted', async () => {
    const id = grappe.esmsIds[2] ?? ''
    const token = tokenOf(id)
    const lastUse = async () => {
      const links = await porteur.call<Array<{ id: string; lastUsedAt: string | null }>>(
        'GET',
        fill(API_PATHS.links, { grappe: grappe.grappeId }),
      )
      return links.body.find(link => link.id === linkIds.get(id))?.lastUsedAt
    }
    await browser.get(urlTo('memberHome', { token }))
    await browser.get(urlTo('memberPiece', { token, piece: (await pieceOf(id)).id }))
    expect(await lastUse()).toBeNull()
    expect((await browser.submit(urlTo('memberSeen', { token }))).status).toBe(204)
    expect(await lastUse()).toBe(START)
  })
})

describe('a reviewer', () => {
  it('reads nothing, and why, before a first version is sealed', async () => {
    for (const [name, status] of [
      ['arsHome', 200],
      ['arsDossierZip', 409],
      ['arsDossierXlsx', 409],
    ] as const) {
      const page = await browser.get(urlTo(name, { token: arsToken }))
      expect(page.status).toBe(status)
      expect(read(page.html)).toContain('n’a pas encore scellé de version')
    }
    await sealVersion(test, porteur, grappe.grappeId)
  })

  it('reads the verdict with its reasons, the counts, the matrix and what is missing', async () => {
    const page = await browser.get(urlTo('arsHome', { token: arsToken }))
    expect(page.status).toBe(200)
    expect(read(page.html)).toContain('Nombre minimum d’ESMS : non satisfait')
    expect(read(page.html)).toContain('La grappe compte 3 ESMS')
    expect(page.html).toContain('Ce qui manque')
    expect(page.html).toContain('EHPAD n° 3')
    expect(page.html).toContain('à examiner')
  })

  it('opens a piece, previews its files and downloads them', async () => {
    const piece = await pieceOf(grappe.esmsIds[1])
    const file = piece.versions.at(-1)?.files[0]?.id ?? ''
    const page = await browser.get(urlTo('arsPiece', { token: arsToken, piece: piece.id }))
    const preview = urlTo('arsPreviewFile', { token: arsToken, file })
    expect(page.html).toContain(`<iframe src="${preview}#`)
    const shown = await browser.get(preview)
    expect(shown.headers['content-disposition']).toContain('inline')
    expect(shown.headers['content-security-policy']).toContain("default-src 'none'")
    const downloaded = await browser.get(urlTo('arsFile', { token: arsToken, file }))
    expect(downloaded.headers['content-disposition']).toContain('attachment')
  })

  it('downloads the ZIP and the workbook', async () => {
    const zip = await browser.follow(await browser.get(urlTo('arsDossierZip', { token: arsToken })))
    expect(zip.status).toBe(200)
    expect(zip.raw.subarray(0, 2).toString()).toBe('PK')
    const xlsx = await browser.follow(await browser.get(urlTo('arsDossierXlsx', { token: arsToken })))
    expect(xlsx.status).toBe(200)
    expect(xlsx.headers['content-disposition']).toContain('.xlsx')
  })
})

describe('a link that opens nothing any more', () => {
  it.each(['memberHome', 'arsHome', 'administration'] as const)('says so when %s is unknown', async name => {
    const page = await browser.get(urlTo(name, { token: 'x'.repeat(43) }))
    expect(page.status).toBe(404)
    expect(page.html).toContain('Ce lien n’existe pas.')
  })

  it('says so when it has expired', async () => {
    test.setNow('2028-01-01T10:00:00.000Z')
    for (const url of [
      urlTo('memberHome', { token: tokenOf(grappe.esmsIds[0]) }),
      urlTo('arsHome', { token: arsToken }),
    ]) {
      const page = await browser.get(url)
      expect(page.status).toBe(410)
      expect(page.html).toContain('a dépassé sa date de validité')
    }
    test.setNow(START)
  })

  it('says so when it is revoked', async () => {
    const other = await createTestGrappe(porteur, 1, 'Grappe des liens révoqués')
    const handed = await handLinks(porteur, other)
    for (const linkId of handed.linkIds.values()) await revokeLink(test.context, linkId, other)
    for (const token of handed.tokens.values()) {
      const page = await browser.get(urlTo('memberHome', { token }))
      expect(page.status).toBe(410)
      expect(page.html).toContain('a été remplacé ou retiré')
    }
  })
})

describe('what a link may reach', () => {
  /** Everything about a grappe that an act could change, the last use of its links left aside. */
  async function stateOf({ grappeId }: TestGrappe) {
    const record = await readGrappe(test.context.db, grappeId)
    const links = await porteur.call<Array<{ id: string; revokedAt: string | null }>>(
      'GET',
      fill(API_PATHS.links, { grappe: grappeId }),
    )
    return {
      record,
      pieces: await readPieces(test.context.db, grappeId),
      links: links.body.map(({ id, revokedAt }) => ({ id, revokedAt })),
      contacts: await listContacts(test.context.db, { grappeId, ownerIds: null }),
      messages: await test.context.db.select().from(messages),
    }
  }

  /** Ids to put in addresses: those of somebody else's things. */
  async function foreignIds({ grappeId, ogId, esmsIds }: TestGrappe, esmsId: string | undefined) {
    const pieces = await readPieces(test.context.db, grappeId)
    const piece = pieces.find(each => each.esmsId === esmsId && each.versions.length > 0)
    const version = piece?.versions[0]
    const links = await porteur.call<Array<{ id: string }>>(
      'GET',
      fill(API_PATHS.links, { grappe: grappeId }),
    )
    const at = { grappe: grappeId }
    const owner = { kind: 'esms', id: esmsId }
    await porteur.call('POST', fill(API_PATHS.contacts, at), { owner, email: 'collegue@exemple.fr' })
    const contacts = await porteur.call<Array<{ id: string }>>('GET', fill(API_PATHS.contacts, at))
    return {
      grappe: grappeId,
      og: ogId,
      esms: esmsIds[0] ?? '',
      owner: esmsIds[0] ?? '',
      model: 'etat-des-lieux',
      piece: piece?.id ?? '',
      code: piece?.code ?? '',
      version: version?.id ?? '',
      file: version?.files[0]?.id ?? '',
      link: links.body[0]?.id ?? '',
      contact: contacts.body[0]?.id ?? '',
    }
  }

  let elsewhere: TestGrappe
  beforeAll(async () => {
    elsewhere = await createTestGrappe(porteur, 2, 'Grappe voisine')
    const [piece] = (await readPieces(test.context.db, elsewhere.grappeId)).filter(
      ({ esmsId, code }) => esmsId === elsewhere.esmsIds[0] && code === 'etat-des-lieux',
    )
    const sent = await porteur.upload(
      fill(API_PATHS.versions, { grappe: elsewhere.grappeId, piece: piece?.id ?? '' }),
      form([{ name: 'voisin.pdf', bytes: await pdf('Voisin') }]),
    )
    if (sent.status !== 201) throw new Error(`the neighbour's deposit answered ${sent.status}`)
  })

  const REFUSALS = [303, 401, 403, 404]
  /** What a member's own addresses read; the others refuse its link before they read anything. */
  const READ_BODIES: Readonly<Record<string, object>> = {
    memberRecord: { name: 'Intrus' },
    memberOgRecord: { name: 'Intrus' },
    memberAnswers: { 'pas-deux-dui': true },
    memberThread: { text: 'Intrus' },
    memberSigning: { step: 'a-signer' },
    memberForm: { answers: [{ field: 'attentes', seen: 0, value: 'Intrus' }] },
    depositMemberForm: { seen: 1 },
    memberNonApplicable: { reason: 'Intrus' },
  }
  /** Pages that anybody may open, and those of one's own link without any other id. */
  const OPEN: readonly PathName[] = [
    'home',
    'health',
    'healthLive',
    'healthReady',
    'signIn',
    'signOut',
    'assets',
    'apiDocs',
    'openApi',
    'verify',
    'personalData',
    'arsDossiers',
  ]

  const members = { 'a neighbour of the same grappe': () => grappe, 'another grappe': () => elsewhere }
  describe.each(Object.entries(members))('nothing of %s', (_name, target) => {
    it('through any page, whoever the address belongs to', async () => {
      const ids = await foreignIds(target(), target().esmsIds[0])
      const before = await stateOf(target())
      const holder = tokenOf(grappe.esmsIds[2])
      for (const name of Object.keys(PATHS) as PathName[]) {
        if (OPEN.includes(name)) continue
        const isOwn =
          /^\/esms\/:token(\/vu|\/agenda|\/mes-donnees|\/contacts(\/(telephone|delegue))?)?$/.test(
            PATHS[name],
          )
        if (isOwn) continue
        const url = fill(PATHS[name], { ...ids, token: holder })
        const visitor = openBrowser(test)
        const answers = [
          await visitor.get(url),
          await visitor.submit(url, {
            versionId: ids.version,
            decision: 'acceptee',
            email: 'x@exemple.fr',
            text: 'Intrus',
            reason: 'Intrus',
          }),
          await visitor.upload(url, form([{ name: 'intrus.pdf', bytes: await pdf('Intrus') }])),
        ]
        for (const { status, location, html } of answers) {
          expect(REFUSALS, `${name} answers ${status}`).toContain(status)
          if (status === 303) expect([urlTo('signIn'), urlTo('arsDossiers')], name).toContain(location)
          expect(html, name).not.toMatch(/EHPAD n° [12]|voisin|a\.pdf/)
        }
      }
      expect(await stateOf(target())).toEqual(before)
    })

    /** These hold no id: whoever asks gets its own. */
    const OF_NOBODY_ELSE = [
      'signIn',
      'signInProgram',
      'arsSignIn',
      'arsSignInProgram',
      'calls',
      'memberPieces',
      'memberRecords',
      'memberOgRecords',
      'memberDocuments',
      'memberCode',
      'memberCodeConfirmation',
      'memberDataCode',
      'memberDataCodeConfirmation',
    ]
    it('through any address of the API, by its link’s token', async () => {
      const ids = await foreignIds(target(), target().esmsIds[0])
      const before = await stateOf(target())
      const member = test.bearer(tokenOf(grappe.esmsIds[2]))
      for (const [name, pattern] of Object.entries(API_PATHS)) {
        if (OF_NOBODY_ELSE.includes(name)) continue
        // A body that the address reads, so that the scope alone refuses it.
        const body = READ_BODIES[name] ?? {}
        for (const method of ['GET', 'POST', 'PUT', 'DELETE'] as const) {
          const answer = await member.call(method, fill(pattern, ids), method === 'GET' ? undefined : body)
          expect(REFUSALS, `${method} ${name} answers ${answer.status}`).toContain(answer.status)
          expect(answer.raw.toString(), name).not.toMatch(/EHPAD n° [12]|voisin|a\.pdf/)
        }
        const upload = await member.upload(
          fill(pattern, ids),
          form([{ name: 'intrus.pdf', bytes: await pdf('X') }]),
        )
        // 422: not a body that this address reads at all.
        expect([...REFUSALS, 422], `upload on ${name} answers ${upload.status}`).toContain(upload.status)
      }
      expect(await stateOf(target())).toEqual(before)
    })
  })

  it('leaves the OG’s own pieces out of an ESMS’ link', async () => {
    const pieces = await readPieces(test.context.db, grappe.grappeId)
    const ofOg = pieces.filter(({ ogId }) => ogId !== null)
    expect(ofOg.length).toBeGreaterThan(0)
    for (const { id } of ofOg) {
      const url = urlTo('memberPiece', { token: tokenOf(grappe.esmsIds[0]), piece: id })
      expect((await browser.get(url)).status).toBe(404)
      const sent = await browser.upload(url, form([{ name: 'x.pdf', bytes: await pdf('X') }]))
      expect(sent.status).toBe(404)
    }
  })

  it('lets a reviewer read its grappe only, and deposit nothing', async () => {
    const ids = await foreignIds(elsewhere, elsewhere.esmsIds[0])
    for (const name of ['arsPiece', 'arsFile', 'arsPreviewFile'] as const) {
      const url = fill(PATHS[name], { ...ids, token: arsToken })
      expect((await browser.get(url)).status, name).toBe(404)
    }
    const own = await foreignIds(grappe, grappe.esmsIds[0])
    const before = await stateOf(grappe)
    for (const name of ['memberHome', 'memberPiece', 'memberFile', 'memberSeen', 'administration'] as const) {
      const url = fill(PATHS[name], { ...own, token: arsToken })
      expect((await browser.get(url)).status, name).toBe(404)
      const sent = await browser.upload(url, form([{ name: 'x.pdf', bytes: await pdf('X') }]))
      expect(sent.status, name).toBe(404)
    }
    expect(await stateOf(grappe)).toEqual(before)
  })

  it('treats a malformed id as one that names nothing', async () => {
    const token = tokenOf(grappe.esmsIds[0])
    for (const url of [
      urlTo('memberPiece', { token, piece: "' or 1=1" }),
      urlTo('memberFile', { token, file: '../../etc/passwd' }),
      urlTo('arsPiece', { token: arsToken, piece: 'x' }),
    ]) {
      expect((await browser.get(url)).status).toBe(404)
    }
  })
})

describe('a porteur’s accesses to the API', () => {
  it('are shown once when created, listed, and revoked on purpose', async () => {
    const signedIn = await signInPorteur(test, 'autre@exemple.fr')
    await signedIn.get(urlTo('apiAccess'))
    const unnamed = await signedIn.submit(urlTo('apiAccess'), { label: ' ' })
    expect(unnamed.status).toBe(422)
    expect(unnamed.html).toContain('Donnez un nom à cet accès')

    const created = await submitWithCode(test, signedIn, urlTo('apiAccess'), { label: 'Tableur <maison>' })
    expect(created.status).toBe(201)
    const token = /id="jeton"[^>]* value="([^"]+)"/.exec(created.html)?.[1] ?? ''
    const program = test.bearer(token)
    expect((await program.call('GET', API_PATHS.grappes)).status).toBe(200)

    const listed = await signedIn.get(urlTo('apiAccess'))
    expect(listed.html).toContain('Tableur &lt;maison>')
    expect(listed.html).not.toContain(token)
    const revoke = /action="([^"]+revoquer)"/.exec(listed.html)?.[1] ?? ''

    const stranger = await signInPorteur(test, 'intrus@exemple.fr')
    await stranger.get(urlTo('apiAccess'))
    expect((await stranger.submit(revoke)).status).toBe(404)
    expect((await program.call('GET', API_PATHS.grappes)).status).toBe(200)

    expect((await signedIn.submit(revoke)).status).toBe(303)
    expect((await program.call('GET', API_PATHS.grappes)).status).toBe(401)
    expect((await signedIn.get(urlTo('apiAccess'))).html).toContain('révoqué')
  })

  it('are for signed-in porteurs, and refuse a form without its token', async () => {
    expect((await browser.get(urlTo('apiAccess'))).location).toBe(urlTo('signIn'))
    const signedIn = await signInPorteur(test, 'autre@exemple.fr')
    expect((await signedIn.submit(urlTo('apiAccess'), { label: 'x', csrf: 'faux' })).status).toBe(403)
  })
})

describe('the API’s documentation', () => {
  it('tells every operation of the OpenAPI document, with its fields and an example', async () => {
    const page = await browser.get(urlTo('apiDocs'))
    expect(page.status).toBe(200)
    const { body } = await porteur.call<{ openapi: string; paths: Record<string, object> }>(
      'GET',
      PATHS.openApi,
    )
    expect(body.openapi).toBe('3.1.0')
    for (const path of Object.keys(body.paths)) expect(page.html).toContain(`> ${path}<`)
    expect(page.html).toContain(`href="${PATHS.openApi}"`)
    expect(page.html).toContain('versions[].files[].sha256')
    expect(page.html).toContain('Authorization: Bearer JETON')
    expect(page.html).toContain("-F 'fichiers=@document.pdf'")
  })

  it('says what each field of a body is for, at every depth', async () => {
    const { body } = await porteur.call<object>('GET', PATHS.openApi)
    const told = JSON.stringify(body)
    for (const words of [
      'Un ESMS, un OG, ou tous les membres',
      'Cellules copiées d’un tableur, en-têtes comprises',
      'À apporter aux lignes avant de les juger',
    ]) {
      expect(told.includes(words), words).toBe(true)
    }
  })

  it('tells every form that a body may take', async () => {
    const { html } = await browser.get(urlTo('apiDocs'))
    const invitation = html.slice(html.indexOf('id="post-api-v-grappes-grappe-invitations"'))
    const body = invitation.slice(0, invitation.indexOf('</table>', invitation.indexOf('Corps')))
    for (const field of ['esms', 'og', 'tous']) expect(body).toContain(`<code>${field}</code>`)
    expect(body, 'a form does without it').toContain('facultatif')
  })
})
