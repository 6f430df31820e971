import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { kitAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { TAGS } from '../../server/domain/kit/tags.ts'
import { UNKNOWN_IDENTITY } from '../../server/domain/member-facts.ts'
import { openMemberScope } from '../../server/steps/access/member-scope.ts'
import { kitOfLink } from '../../server/steps/collection/hand-out-kit.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { unzip } from '../support/unzip.ts'

type KitBody = z.infer<typeof kitAnswer>
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

let test: TestApp
let api: ApiClient
let grappe: TestGrappe
let porteur: PageClient
/** Of the first ESMS, of the second OG. */
let memberToken: string
let ogToken: string
let secondOg: string
/** The ESMS of that OG. */
let secondEsms: string

const at = () => ({ grappe: grappe.grappeId })

beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  grappe = await createTestGrappe(api, 3)
  const og = await api.call<{ id: string }>('POST', fill(API_PATHS.ogs, at()), {
    name: 'Œuvre <b>& Cie</b> / ..\\"Été"',
    contactEmail: 'secret@exemple.fr',
    representative: 'Ève Martin',
  })
  secondOg = og.body.id
  const saad = await api.call<{ id: string }>('POST', fill(API_PATHS.allEsms, at()), {
    name: 'SAAD de l’autre organisme',
    ogId: secondOg,
    domaine: 'DOM',
    projet: 'acquisition',
    contactEmail: 'secret2@exemple.fr',
  })
  secondEsms = saad.body.id
  porteur = await signInPorteur(test)
  memberToken = await invite({ esms: grappe.esmsIds[0] })
  ogToken = await invite({ og: secondOg })
})
afterAll(() => test.close())

/** The token of whoever is invited. */
const invite = async (who: object) => {
  const { body } = await api.call<{ address: string }[]>('POST', fill(API_PATHS.invitations, at()), who)
  return body[0]?.address.split('/').at(-1) ?? ''
}

const documentText = async (bytes: Buffer) =>
  ((await unzip(bytes)).get('word/document.xml')?.toString('utf8') ?? '').replace(/<[^>]+>/g, '')

describe('the page of the documents', () => {
  it('says of each model to whom it goes, which piece it answers and what is missing', async () => {
    const page = await porteur.get(urlTo('documents', at()))
    expect(page.status).toBe(200)
    const text = textOf(page)
    expect(text).toContain('aucun n’est un formulaire officiel')
    expect(text).toContain('Répond à la pièce « Mandat donné au porteur »')
    expect(text).toContain('Aucune pièce de l’appel ne l’attend')
    expect(page.html).toContain(urlTo('kitZip', at()))
    expect(page.html).toContain(urlTo('editOg', { ...at(), og: grappe.ogId }))
    expect(text).toContain('adresse du siège')
    expect(text).toContain('Aucune page ne le demande : région de l’ARS, à écrire dans le document')
    expect(page.html).not.toContain('<b>& Cie')
  })

  it('takes off the list what is filled in', async () => {
    const lacking = async () => {
      const { body } = await api.call<KitBody>('GET', fill(API_PATHS.documents, at()))
      const letter = body.find(each => each.model === 'lettre-engagement-membre' && each.owner === secondOg)
      return letter?.missing.filter(({ of }) => of?.startsWith('Œuvre')).map(({ fact }) => fact)
    }
    expect(await lacking()).toContain('SIREN ou SIRET')
    expect(await lacking()).not.toContain('représentant légal')
    await api.call('PUT', fill(API_PATHS.og, { ...at(), og: secondOg }), {
      name: 'Œuvre <b>& Cie</b> / ..\\"Été"',
      contactEmail: 'secret@exemple.fr',
      siren: '732829320',
    })
    expect(await lacking()).not.toContain('SIREN ou SIRET')
  })

  it('lists every tag with its meaning and an example', async () => {
    const page = await porteur.get(urlTo('documentTags', at()))
    for (const { name, meaning } of TAGS) {
      expect(page.html).toContain(name)
      expect(textOf(page)).toContain(meaning.replaceAll('\u00a0', ' '))
    }
  })
})

describe('a document', () => {
  it('comes as a Word file under a safe name, its names whole', async () => {
    const url = urlTo('kitDocument', { ...at(), owner: secondOg, model: 'mandat-porteur' })
    const answer = await porteur.get(url)
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': DOCX,
      'x-content-type-options': 'nosniff',
      'content-disposition': expect.stringMatching(/^attachment; filename="Mandat-porteur_[\w-]+\.docx"/),
    })
    const text = await documentText(answer.raw)
    expect(text).toContain('Œuvre &lt;b&gt;&amp; Cie&lt;/b&gt; / ..\\')
    expect(text).toContain('Association Les Oliviers')
    expect(text).not.toContain('secret')
  })

  it.each([
    ['of nobody', () => ({ owner: '00000000-0000-4000-8000-000000000000', model: 'mandat-porteur' })],
    ['of no model', () => ({ owner: secondOg, model: '../../etc/passwd' })],
    ['that is not for it', () => ({ owner: grappe.ogId, model: 'mandat-porteur' })],
    ['of another scope', () => ({ owner: secondOg, model: 'etat-des-lieux' })],
  ])('%s does not exist', async (_, asked) => {
    expect((await porteur.get(urlTo('kitDocument', { ...at(), ...asked() }))).status).toBe(404)
    const byApi = await api.call('GET', fill(API_PATHS.kitDocument, { ...at(), ...asked() }))
    expect(byApi.status).toBe(404)
  })
})

describe('the kit', () => {
  it('of the whole grappe holds every document that the list tells, under paths that open anywhere', async () => {
    const listed = await api.call<KitBody>('GET', fill(API_PATHS.documents, at()))
    const zip = await api.call('GET', fill(API_PATHS.kitZip, at()))
    expect(zip.headers).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': expect.stringContaining('filename="Kit_Grappe-d-essai_2026-06-01.zip"'),
    })
    const files = await unzip(zip.raw)
    expect(files.size).toBe(listed.body.length)
    for (const path of files.keys()) expect(path).toMatch(/^0[123]_\w+\/([\w-]+\/)?[A-Z][\w-]+\.docx$/)
  })

  it('of an OG holds those of its ESMS; of an ESMS, its own; of the grappe, those of nobody else', async () => {
    const pathsOf = async (owner: string) => {
      const { raw } = await api.call('GET', fill(API_PATHS.ownerKitZip, { ...at(), owner }))
      return [...(await unzip(raw)).keys()].map(path => path.split('/').at(-1)).toSorted()
    }
    expect(await pathsOf(secondOg)).toEqual(
      expect.arrayContaining(['Etat-des-lieux.docx', 'Lettre-engagement-membre.docx', 'Mandat-porteur.docx']),
    )
    expect(await pathsOf(grappe.esmsIds[0] ?? '')).toEqual(['Etat-des-lieux.docx'])
    expect(await pathsOf('grappe')).toContain('Lettre-engagement-porteur.docx')
    expect(await pathsOf('grappe')).not.toContain('Etat-des-lieux.docx')
    const none = await api.call('GET', fill(API_PATHS.ownerKitZip, { ...at(), owner: 'personne' }))
    expect(none.status).toBe(404)
  })

  it('is nobody else’s', async () => {
    const stranger = await test.porteur('autre@exemple.fr')
    for (const path of [
      API_PATHS.documents,
      API_PATHS.kitZip,
      API_PATHS.ownerKitZip,
      API_PATHS.kitDocument,
    ]) {
      const url = fill(path, { ...at(), owner: secondOg, model: 'mandat-porteur' })
      expect((await stranger.call('GET', url)).status).toBe(404)
      expect((await test.bearer(memberToken).call('GET', url)).status).toBe(401)
    }
  })
})

describe('a member', () => {
  const pieceOf = async (code: string, owner: string | undefined) =>
    (await readPieces(test.context.db, grappe.grappeId)).find(
      each => each.code === code && (each.esmsId ?? each.ogId) === owner,
    )?.id ?? ''

  it('finds its document beside the piece that awaits it, and what it lacks', async () => {
    const [esms] = grappe.esmsIds
    const browser = openBrowser(test)
    const piece = await pieceOf('etat-des-lieux', esms)
    const page = await browser.get(urlTo('memberPiece', { token: memberToken, piece }))
    const href = urlTo('memberDocument', { token: memberToken, owner: esms ?? '', model: 'etat-des-lieux' })
    expect(page.html).toContain(href)
    expect(textOf(page)).toContain('Modèle prérempli (Word)')
    expect(textOf(page)).toContain('nombre de places')
    expect(page.html).toContain(urlTo('memberRecord', { token: memberToken, esms: esms ?? '' }))
    const answer = await browser.get(href)
    expect([answer.status, href]).toEqual([200, href])
    expect(answer.headers['content-type']).toBe(DOCX)
    const text = await documentText(answer.raw)
    expect(text).toContain('EHPAD n° 1')
    expect(text).toContain('Dossier Clair')
    expect(text).not.toContain('EHPAD n° 2')
    expect(text).not.toContain('exemple.fr')
  })

  it('of an OG finds the mandate, and nothing of the carrier but who it is', async () => {
    const piece = await pieceOf('mandat-porteur', secondOg)
    const page = await openBrowser(test).get(urlTo('memberPiece', { token: ogToken, piece }))
    expect(page.html).toContain(urlTo('memberOgRecord', { token: ogToken, og: secondOg }))
    const program = test.bearer(ogToken)
    const { body } = await program.call<KitBody>('GET', API_PATHS.memberDocuments)
    expect(new Set(body.map(({ owner }) => owner)).size).toBe(2)
    const url = fill(API_PATHS.memberDocument, { owner: secondOg, model: 'mandat-porteur' })
    const text = await documentText((await program.call('GET', url)).raw)
    expect(text).toContain('Association Les Oliviers')
    expect(text).not.toContain('EHPAD n° 1')
  })

  it('has its own alone: another’s, the grappe’s and another grappe’s do not exist', async () => {
    const theirs = await createTestGrappe(await test.porteur('autre@exemple.fr'), 1, 'Autre grappe')
    const others = [
      { owner: grappe.esmsIds[1] ?? '', model: 'etat-des-lieux' },
      { owner: theirs.esmsIds[0] ?? '', model: 'etat-des-lieux' },
      { owner: secondOg, model: 'mandat-porteur' },
      { owner: 'grappe', model: 'lettre-engagement-porteur' },
    ]
    const program = test.bearer(memberToken)
    for (const asked of others) {
      const page = urlTo('memberDocument', { token: memberToken, ...asked })
      expect((await openBrowser(test).get(page)).status).toBe(404)
      expect((await program.call('GET', fill(API_PATHS.memberDocument, asked))).status).toBe(404)
    }
    const { body } = await program.call<KitBody>('GET', API_PATHS.memberDocuments)
    expect(body.map(({ owner }) => owner)).toEqual([grappe.esmsIds[0]])
  })
})

it('a link reads of an OG that is not its own what is on its envelope, and nothing of who signs for it', async () => {
  const kitFor = async (who: object) => {
    const scope = await openMemberScope(test.context, await invite(who))
    if (!scope.ok) throw new Error('no scope')
    return (await kitOfLink(test.context, scope.value)).facts.ogs.find(({ id }) => id === secondOg)
  }
  expect(await kitFor({ og: secondOg })).toMatchObject({ representative: 'Ève Martin' })
  expect(await kitFor({ esms: secondEsms })).toMatchObject({ id: secondOg, ...UNKNOWN_IDENTITY })
})
