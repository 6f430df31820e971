import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { handOuts } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { expectedBlobs, referencedBlobs } from '../../server/steps/read/referenced-files.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { form } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import * as files from '../support/own-models.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { unzip } from '../support/unzip.ts'

let test: TestApp
let api: ApiClient
let porteur: PageClient
let grappe: TestGrappe
/** Of the first ESMS. */
let memberToken: string

const MODEL = 'etat-des-lieux'
const at = () => ({ grappe: grappe.grappeId, model: MODEL })
const esmsAt = (rank: number) => grappe.esmsIds[rank] ?? ''

beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  grappe = await createTestGrappe(api, 3)
  porteur = await signInPorteur(test)
  const { body } = await api.call<{ address: string }[]>('POST', fill(API_PATHS.invitations, at()), {
    esms: esmsAt(0),
  })
  memberToken = body[0]?.address.split('/').at(-1) ?? ''
})
afterAll(() => test.close())

interface Own {
  id: string
  fileName: string
  sha256: string
  missing?: { fact: string }[]
  triedOn?: string
}
interface Shelf {
  code: string
  inPlace: Own | null
  tried: Own | null
  former: Own[]
}

const send = (bytes: Buffer, name = 'Notre état.docx') =>
  api.upload<Own & { fields?: Record<string, string> }>(fill(API_PATHS.model, at()), form([{ name, bytes }]))
const shelf = async () =>
  (await api.call<Shelf[]>('GET', fill(API_PATHS.models, at()))).body.find(({ code }) => code === MODEL)
const take = (version: string) => api.call<Own>('POST', fill(API_PATHS.takeModel, at()), { version })
const end = (version: string) => api.call('DELETE', `${fill(API_PATHS.model, at())}?version=${version}`)

const documentText = async (bytes: Buffer) =>
  ((await unzip(bytes)).get('word/document.xml')?.toString('utf8') ?? '').replace(/<[^>]+>/g, '')
const handedOut = async (rank: number) =>
  documentText((await api.call('GET', fill(API_PATHS.kitDocument, { ...at(), owner: esmsAt(rank) }))).raw)
const ownText = (words: string) =>
  files.withBody(files.paragraph(`${words} {esms.nom}, {esms.capacite} places`), MODEL)

describe('a porteur’s own model', () => {
  it('is checked, tried on a member, then taken: only then does every document come from it', async () => {
    const page = await porteur.get(urlTo('ownModel', at()))
    expect(textOf(page)).toContain('Celui du logiciel')
    expect(page.html).toContain(urlTo('documentTags', at()))
    const sent = await porteur.upload(
      urlTo('ownModel', at()),
      form([{ name: 'Notre état.docx', bytes: await ownText('Maison') }]),
    )
    expect(sent.location).toBe(`${urlTo('ownModel', at())}#essai`)
    const tried = await porteur.get(`${urlTo('ownModel', at())}?pour=${esmsAt(1)}`)
    expect(textOf(tried)).toContain('À essayer avant de le prendre : « Notre état.docx »')
    expect(textOf(tried)).toContain('Télécharger l’essai rempli pour EHPAD n° 2')
    expect(textOf(tried)).toMatch(/Il montrerait entre crochets : .*nombre de places/)
    const trial = await porteur.get(`${urlTo('tryModel', at())}?pour=${esmsAt(1)}`)
    expect(trial.headers['content-disposition']).toContain('Essai_Etat-des-lieux_EHPAD-n-2.docx')
    expect(await documentText(trial.raw)).toContain('Maison EHPAD n° 2, [à compléter')
    expect(await handedOut(1)).not.toContain('Maison')

    const { id = '' } = (await shelf())?.tried ?? {}
    await porteur.submit(urlTo('takeModel', at()), { version: id })
    expect(await handedOut(1)).toContain('Maison EHPAD n° 2')
    const zip = await unzip((await api.call('GET', fill(API_PATHS.kitZip, at()))).raw)
    const inZip = [...zip].filter(([path]) => path.endsWith('Etat-des-lieux.docx'))
    expect(inZip).toHaveLength(3)
    for (const [, bytes] of inZip) expect(await documentText(bytes)).toContain('Maison EHPAD')
    const own = urlTo('memberDocument', { token: memberToken, owner: esmsAt(0), model: MODEL })
    expect(await documentText((await openBrowser(test).get(own)).raw)).toContain('Maison EHPAD n° 1')
    expect(textOf(await porteur.get(urlTo('documents', at())))).toContain('votre modèle « Notre état.docx »')
    expect(textOf(await porteur.get(urlTo('journal', at())))).toContain(
      'Modèle « État des lieux et prérequis » remplacé par « Notre état.docx ».',
    )
  })

  it('gives way to another, and to the server’s own; the former ones stay to be read', async () => {
    const second = await send(await ownText('Seconde'), 'Deux.docx')
    expect(second.status).toBe(201)
    expect(second.body.triedOn).toBe('EHPAD n° 1')
    expect(second.body.missing?.map(({ fact }) => fact)).toContain('nombre de places')
    expect((await take(second.body.id)).status).toBe(200)
    // A double click.
    expect((await take(second.body.id)).status).toBe(200)
    expect(await handedOut(0)).toContain('Seconde EHPAD n° 1')
    expect((await shelf())?.former.map(({ fileName }) => fileName)).toEqual(['Notre état.docx'])

    const page = await porteur.get(urlTo('ownModel', at()))
    await porteur.submit(urlTo('endModel', at()), { version: second.body.id })
    expect(await handedOut(0)).not.toContain('Seconde')
    expect((await end(second.body.id)).status).toBe(409)
    expect((await take(second.body.id)).status).toBe(409)
    const { former = [], inPlace } = (await shelf()) ?? {}
    expect(inPlace).toBeNull()
    expect(former.map(({ fileName }) => fileName).toSorted()).toEqual(['Deux.docx', 'Notre état.docx'])
    expect(page.html).toContain('Vos anciens modèles')
    const file = await api.call('GET', `${fill(API_PATHS.modelFile, at())}?version=${second.body.id}`)
    expect(await documentText(file.raw)).toContain('Seconde {esms.nom}')
    const hashes = former.map(({ sha256 }) => sha256)
    expect([...(await referencedBlobs(test.context.db, hashes))].toSorted()).toEqual(hashes.toSorted())
    const kept = await expectedBlobs(test.context.db)
    for (const hash of hashes) expect(kept).toContain(hash)
  })

  it('is given back as this server has it, to be adapted', async () => {
    const blank = await porteur.get(urlTo('modelFile', at()))
    expect(blank.raw.equals(await readFile(`templates/documents/${MODEL}.docx`))).toBe(true)
  })

  it('that is only tried is replaced by the next one, or forgotten', async () => {
    const first = await send(await ownText('Un'))
    const second = await send(await ownText('Deux'))
    expect((await take(first.body.id)).status).toBe(409)
    expect((await shelf())?.tried?.id).toBe(second.body.id)
    expect((await end(second.body.id)).status).toBe(204)
    expect((await shelf())?.tried).toBeNull()
    expect((await api.call('GET', fill(API_PATHS.tryModel, at()))).status).toBe(404)
  })

  it('is refused with all that is wrong with it, and changes nothing', async () => {
    const wrong = await files.withBody(
      files
        .paragraph('{esms.nim} {<script>alert(1)</script>}')
        .replace(/<script>/g, '&lt;script&gt;')
        .replace(/<\/script>/g, '&lt;/script&gt;'),
      MODEL,
    )
    const before = await shelf()
    const byApi = await send(wrong)
    expect(byApi.status).toBe(422)
    expect(Object.values(byApi.body.fields ?? {}).join('\n')).toMatch(/esms\.nim[\s\S]*script/)
    const page = await porteur.upload(urlTo('ownModel', at()), form([{ name: 'a.docx', bytes: wrong }]))
    expect(page.status).toBe(422)
    expect(textOf(page)).toMatch(
      /La balise « \{esms\.nim\} », dans le texte, n’existe pas : est-ce « \{esms\.nom\} »/,
    )
    expect(page.html).not.toContain('<script>alert')
    expect(await shelf()).toEqual(before)
  })

  it.each<[what: string, bytes: () => Promise<Buffer>, said: RegExp]>([
    ['of 12 MB', () => files.heavy(12_000_000), /dépasse 5 Mo/],
    ['that inflates', files.inflating, /dépasse 5 Mo/],
    ['cut short', files.cut, /abîmé/],
    ['of nothing', async () => Buffer.alloc(0), /pas un document Word/],
  ])('%s is refused by a sentence', async (_, bytes, said) => {
    const answer = await send(await bytes())
    expect(answer.status).toBe(422)
    expect(Object.values(answer.body.fields ?? {}).join()).toMatch(said)
  })

  it('is asked for when the form is sent without any', async () => {
    const page = await porteur.upload(urlTo('ownModel', at()), form([]))
    expect([page.status, textOf(page)]).toEqual([
      422,
      expect.stringContaining('Aucun fichier n’a été choisi'),
    ])
    expect((await api.call('POST', fill(API_PATHS.model, at()))).status).toBe(422)
  })

  it('changes nothing in a grappe that is put away', async () => {
    const { body } = await send(await ownText('Rangée'))
    await api.call('POST', fill(API_PATHS.archiveGrappe, at()), { archived: true })
    expect((await take(body.id)).status).toBe(409)
    expect((await send(await ownText('Rangée'))).status).toBe(409)
    await api.call('POST', fill(API_PATHS.archiveGrappe, at()), { archived: false })
    expect((await end(body.id)).status).toBe(204)
  })

  it('whose bytes are gone is told in place of the document, and nothing else stops', async () => {
    const { body } = await send(await ownText('Perdue'))
    await take(body.id)
    await test.context.blobs.quarantine(body.sha256)
    const url = urlTo('memberDocument', { token: memberToken, owner: esmsAt(0), model: MODEL })
    const page = await openBrowser(test).get(url)
    expect([page.status, textOf(page)]).toEqual([409, expect.stringContaining('n’a pas pu être rempli')])
    expect((await porteur.get(urlTo('documents', at()))).status).toBe(200)
    const zip = await unzip((await api.call('GET', fill(API_PATHS.kitZip, at()))).raw)
    const missing = [...zip].filter(([path]) => path.endsWith('Etat-des-lieux.MANQUE.txt'))
    expect(missing).toHaveLength(3)
    expect(missing[0]?.[1].toString()).toContain('« Notre état.docx » n’a pas pu être rempli')
    expect([...zip.keys()].filter(path => path.endsWith('.docx')).length).toBeGreaterThan(3)
    await end(body.id)
    expect(await handedOut(0)).toContain('EHPAD n° 1')
  })

  it('is not handed out by a request that only looks', async () => {
    const url = urlTo('memberDocument', { token: memberToken, owner: esmsAt(0), model: 'etat-des-lieux' })
    const count = () => test.context.db.$count(handOuts)
    await test.context.db.delete(handOuts)
    const looked = await openBrowser(test).request('HEAD', url, {})
    await openBrowser(test).request('HEAD', urlTo('memberHome', { token: memberToken }), {})
    await porteur.request('HEAD', urlTo('kitZip', at()), {})
    expect([looked.status, await count()]).toEqual([200, 0])
    await openBrowser(test).get(url)
    expect(await count()).toBe(1)
  })

  it('is nobody else’s', async () => {
    const stranger = await test.porteur('autre@exemple.fr')
    const theirs = await createTestGrappe(stranger, 1, 'Autre grappe')
    const { body } = await send(await ownText('Nôtre'))
    const other = { grappe: theirs.grappeId, model: MODEL }
    for (const path of [API_PATHS.models, API_PATHS.modelFile, API_PATHS.tryModel])
      expect((await stranger.call('GET', fill(path, at()))).status).toBe(404)
    const taken = await stranger.call('POST', fill(API_PATHS.takeModel, other), { version: body.id })
    expect(taken.status).toBe(409)
    const file = await stranger.call('GET', `${fill(API_PATHS.modelFile, other)}?version=${body.id}`)
    expect(file.status).toBe(404)
    await end(body.id)
  })
})
