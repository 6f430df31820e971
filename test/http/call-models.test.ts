/** A Word model that a call brings for a piece: in a call written on screen, in a grappe's copy, beside a file. */
import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grappes, pieces } from '../../schema/tables.ts'
import { API_PATHS, CALL_API, CALL_PAGES, fill, urlTo } from '../../schema/urls.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { expectedBlobs, referencedBlobs } from '../../server/steps/read/referenced-files.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { fieldsOf } from '../support/form-fields.ts'
import * as files from '../support/own-models.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { unzip } from '../support/unzip.ts'

let test: TestApp
let api: ApiClient
let porteur: PageClient
beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  porteur = await signInPorteur(test)
})
afterAll(() => test.close())

const plain = (words: string) => words.replaceAll('\u00a0', ' ')
const documentText = async (bytes: Buffer) =>
  plain(((await unzip(bytes)).get('word/document.xml')?.toString('utf8') ?? '').replace(/<[^>]+>/g, ''))
const word = (words: string, code = 'etat-des-lieux') => files.withBody(files.paragraph(words), code)

interface Written {
  id: string
  code: string
  revision: number
  call: { pieces: { code: string; model?: { fileName: string; sha256: string } }[] }
  missing: { path: string; sentence: string }[]
  fields?: Record<string, string>
}

/** A call of the porteur's, from the demonstration: `devis` has no model of ours, `etat-des-lieux` has. */
const DEVIS = 'devis-mise-en-conformite'
const STATE = 'etat-des-lieux'
async function startCall(as: ApiClient = api): Promise<Written> {
  const { body } = await as.call<Written>('POST', CALL_API.porteur.list, { code: 'demonstration' })
  return body
}
const modelUrl = (call: string, piece: string) => fill(CALL_API.porteur.pieceModel, { call, piece })
const bring = (call: string, piece: string, bytes: Buffer, name = 'Notre fiche.docx') =>
  api.upload<Written>(modelUrl(call, piece), form([{ name, bytes }]))
const publish = (call: string) => api.call('POST', fill(CALL_API.porteur.publish, { call }))

/** A grappe of that call with one ESMS that asks for a « mise en conformité ». */
async function grappeOf(code: string) {
  const made = await api.call<{ id: string }>('POST', API_PATHS.grappes, {
    name: 'Grappe du modèle',
    call: code,
  })
  const at = { grappe: made.body.id }
  const og = await api.call<{ id: string }>('POST', fill(API_PATHS.ogs, at), {
    name: 'Association <A> & "B" 🌿',
  })
  const esms = await api.call<{ id: string }>('POST', fill(API_PATHS.allEsms, at), {
    ...{ name: 'IME <Les Tilleuls> & fils', ogId: og.body.id, projet: 'mise-en-conformite' },
  })
  return { grappe: at.grappe, og: og.body.id, esms: esms.body.id }
}
const handedOut = (at: { grappe: string; esms: string }, model: string) =>
  api.call<{ detail: string }>(
    'GET',
    fill(API_PATHS.kitDocument, { grappe: at.grappe, owner: at.esms, model }),
  )
const titles = async (at: { grappe: string }) =>
  textOf(await porteur.get(urlTo('documents', { grappe: at.grappe })))

describe('a call that brings its own model', () => {
  it('is checked as any model is, with an example where there is no member, and published', async () => {
    const call = await startCall()
    const at = { call: call.id, piece: DEVIS }
    const page = fill(CALL_PAGES.porteur.piece, at)
    const shown = await porteur.get(page)
    expect(textOf(shown)).toContain('Personne ne reçoit de document prérempli pour cette pièce')
    const address = fill(CALL_PAGES.porteur.pieceModel, at)
    const revision = /name="revision" value="(\d+)"/.exec(shown.html)?.[1] ?? ''
    const send = (bytes: Buffer, seen = revision, name = 'Fiche ARS.docx') =>
      porteur.upload(address, form([{ name, bytes }], { revision: seen }))
    const refused = await send(await word('Bonjour {esms.nomm}'))
    expect(refused.status).toBe(422)
    expect(textOf(refused)).toMatch(/« \{esms\.nomm\} ».*« \{esms\.nom\} »/)
    expect((await send(await files.asMacroDocument())).status).toBe(422)

    const sent = await send(await word('Fiche de {esms.nom}, {esms.capacite} places'))
    expect(sent.location).toBe(`${page}#model`)
    const given = textOf(await porteur.get(page))
    expect(given).toContain('L’appel donne « Fiche ARS.docx »')
    const file = fill(CALL_PAGES.porteur.modelFile, at)
    expect(await documentText((await porteur.get(file)).raw)).toContain('Fiche de {esms.nom}')
    const example = (await porteur.get(`${file}?exemple=oui`)).raw
    expect(await documentText(example)).toContain('Fiche de EHPAD Les Oliviers, 84 places')
    // A form that was open in another tab.
    const late = await send(await word('Autre'))
    expect([late.status, textOf(late)]).toEqual([422, expect.stringContaining('modifié entre-temps')])
    expect((await porteur.get(fill(CALL_PAGES.porteur.tags, at))).html).toContain('{esms.nom}')

    expect((await publish(call.id)).status).toBe(201)
    const { body } = await api.call<Written>('GET', fill(CALL_API.porteur.call, at))
    const sha256 = body.call.pieces.find(({ code }) => code === DEVIS)?.model?.sha256 ?? ''
    expect(await referencedBlobs(test.context.db, [sha256])).toEqual(new Set([sha256]))
    expect(await expectedBlobs(test.context.db)).toContain(sha256)
  })

  it('fills in the documents of a piece that none of ours answers, to its member too, and in the ZIP', async () => {
    const call = await startCall()
    await bring(call.id, DEVIS, await word('Fiche de {esms.nom}, {esms.capacite} places'))
    await bring(call.id, STATE, await word('État de {esms.nom} selon l’ARS', STATE), 'État.docx')
    await publish(call.id)
    const at = await grappeOf(call.code)
    const model = `appel.${DEVIS}`
    const written = await handedOut(at, model)
    expect(written.status).toBe(200)
    const text = await documentText(written.raw)
    expect(text).toContain(
      'Fiche de IME &lt;Les Tilleuls&gt; &amp; fils, [à compléter : nombre de places] places',
    )
    expect(await documentText((await handedOut(at, STATE)).raw)).toContain('selon l’ARS')
    const zip = await unzip((await api.call('GET', fill(API_PATHS.kitZip, at))).raw)
    expect([...zip.keys()].filter(path => /devis|etat/i.test(path))).toHaveLength(2)
    const page = await titles(at)
    expect(page).toContain('Rempli à partir du modèle de l’appel « Notre fiche.docx ».')
    expect(page).toContain('Rempli à partir du modèle du logiciel.')

    const links = await api.call<{ address: string }[]>('POST', fill(API_PATHS.invitations, at), {
      esms: at.esms,
    })
    const token = links.body[0]?.address.split('/').at(-1) ?? ''
    const home = await openBrowser(test).get(urlTo('memberHome', { token }))
    const found = [...home.html.matchAll(/pieces\/([0-9a-f-]{36})/g)].map(([, id = '']) => id)
    const pages = await Promise.all(
      [...new Set(found)].map(id => openBrowser(test).get(urlTo('memberPiece', { token, piece: id }))),
    )
    const own = urlTo('memberDocument', { token, owner: at.esms, model })
    expect(pages.some(({ html }) => html.includes(own))).toBe(true)
    expect(await documentText((await openBrowser(test).get(own)).raw)).toContain('Fiche de IME')

    // The porteur's own stands above, and gives way to the call's.
    const models = fill(API_PATHS.model, { ...at, model })
    const mine = await api.upload<{ id: string }>(
      models,
      form([{ name: 'M.docx', bytes: await word('Le mien') }]),
    )
    await api.call('POST', fill(API_PATHS.takeModel, { ...at, model }), { version: mine.body.id })
    expect(await documentText((await handedOut(at, model)).raw)).toContain('Le mien')
    expect(await titles(at)).toContain('Rempli à partir de votre modèle « M.docx »')
    const shelf = textOf(await porteur.get(urlTo('ownModel', { ...at, model })))
    expect(shelf).toContain('Il passe avant le modèle de l’appel.')
    await api.call('DELETE', `${models}?version=${mine.body.id}`)
    expect(await documentText((await handedOut(at, model)).raw)).toContain('Fiche de IME')
    const blank = await porteur.get(`${urlTo('modelFile', { ...at, model })}?version=appel`)
    expect(await documentText(blank.raw)).toContain('Fiche de {esms.nom}')
    expect((await porteur.get(urlTo('modelFile', { ...at, model }))).status).toBe(404)

    // What comes back is known with what it was handed out with.
    const [devis] = await test.context.db
      .select()
      .from(pieces)
      .where(and(eq(pieces.grappeId, at.grappe), eq(pieces.code, DEVIS)))
    const versions = fill(API_PATHS.versions, { ...at, piece: devis?.id ?? '' })
    test.setNow('2026-06-02T10:00:00.000Z')
    await api.upload(versions, form([{ name: 'f.pdf', bytes: await pdf('x') }]))
    const renamed = { name: 'IME Rebaptisé', ogId: at.og, projet: 'mise-en-conformite' }
    expect((await api.call('PUT', fill(API_PATHS.esms, at), renamed)).status).toBe(204)
    expect(await titles(at)).toContain('Rendus avec d’anciennes informations')
  })

  it('changes nothing for a grappe before its porteur takes the change, told like another', async () => {
    const call = await startCall()
    await publish(call.id)
    const at = await grappeOf(call.code)
    await bring(call.id, STATE, await word('Première', STATE), 'État.docx')
    await publish(call.id)
    expect(await documentText((await handedOut(at, STATE)).raw)).not.toContain('Première')
    const newer = await api.call<{
      version: string
      changes: { key: string; words: { title: string; details: string[] } }[]
    }>('GET', fill(API_PATHS.newCallVersion, at))
    const [change] = newer.body.changes
    expect(plain(change?.words.details.join() ?? '')).toMatch(
      /modèle Word de l’appel : aucun → « État.docx » \(empreinte/,
    )
    await api.call('POST', fill(API_PATHS.newCallVersion, at), {
      version: newer.body.version,
      taken: [change?.key],
    })
    expect(await documentText((await handedOut(at, STATE)).raw)).toContain('Première')
    // The draft goes on; what was published, and taken, stays.
    await bring(call.id, STATE, await word('Seconde', STATE), 'État.docx')
    expect(await documentText((await handedOut(at, STATE)).raw)).toContain('Première')
    await api.call('DELETE', modelUrl(call.id, STATE))
    await publish(call.id)
    const again = await api.call<typeof newer.body>('GET', fill(API_PATHS.newCallVersion, at))
    expect(plain(again.body.changes[0]?.words.details.join() ?? '')).toMatch(
      /« État.docx » \(empreinte \w+\) → aucun/,
    )
  })

  it('travels in a file by its fingerprint, and says when this server does not have it', async () => {
    const call = await startCall()
    const { body } = await bring(call.id, DEVIS, await word('Voyage {esms.nom}'))
    const yaml = (await api.call('GET', fill(CALL_API.porteur.yaml, { call: call.id }))).raw.toString()
    const { sha256 = '' } = body.call.pieces.find(({ code }) => code === DEVIS)?.model ?? {}
    expect(yaml).toContain(`sha256: ${sha256}`)
    const here = await api.call<Written>('POST', CALL_API.porteur.list, { yaml })
    expect(here.body.missing).toEqual([])
    const elsewhere = await api.call<Written>('POST', CALL_API.porteur.list, {
      yaml: yaml.replace(sha256, 'f'.repeat(64)),
    })
    expect(elsewhere.body.missing.map(({ sentence }) => plain(sentence))).toEqual([
      'Le modèle « Notre fiche.docx » n’est pas sur ce serveur : envoyez-le, ou retirez-le de la pièce.',
    ])
    expect((await publish(elsewhere.body.id)).status).toBe(422)
    // Asked of others than the tags are for.
    const asked = here.body.call.pieces.map(piece =>
      piece.code === DEVIS ? { ...piece, scope: 'og' } : piece,
    )
    const part = fill(CALL_API.porteur.part, { call: here.body.id, part: 'pieces' })
    const moved = await api.call<Written>('PUT', part, { revision: here.body.revision, value: asked })
    expect(moved.body.missing.map(({ sentence }) => sentence).join()).toContain('{esms.nom}')
  })

  it('is nobody else’s to read or change', async () => {
    const call = await startCall()
    await bring(call.id, DEVIS, await word('Privé'))
    const other = await test.porteur('autre@exemple.fr')
    expect((await other.call('GET', modelUrl(call.id, DEVIS))).status).toBe(404)
    expect((await other.call('DELETE', modelUrl(call.id, DEVIS))).status).toBe(404)
    const sent = await other.upload(
      modelUrl(call.id, DEVIS),
      form([{ name: 'x.docx', bytes: await word('x') }]),
    )
    expect(sent.status).toBe(404)
    expect((await bring(call.id, 'inconnue', await word('x'))).status).toBe(404)
  })

  it('is brought by an ARS on its own pages', async () => {
    const email = 'ars@exemple.fr'
    const { token } = await issueLink(test.context.db, test.context, {
      kind: 'connexion',
      email,
      label: email,
    })
    const ars = openBrowser(test)
    const signIn = fill('/connexion/:token', { token })
    await ars.get(signIn)
    await ars.submit(signIn)
    await ars.get(CALL_PAGES.ars.start)
    const started = await ars.submit(CALL_PAGES.ars.start, { depart: 'appel', code: 'demonstration' })
    const at = { call: started.location?.split('/').at(-1) ?? '', piece: DEVIS }
    const page = await ars.get(fill(CALL_PAGES.ars.piece, at))
    const revision = /name="revision" value="(\d+)"/.exec(page.html)?.[1] ?? ''
    const address = fill(CALL_PAGES.ars.pieceModel, at)
    await ars.upload(address, form([{ name: 'ARS.docx', bytes: await word('ARS') }], { revision }))
    const given = await ars.get(fill(CALL_PAGES.ars.piece, at))
    expect(textOf(given)).toContain('L’appel donne « ARS.docx »')
    await ars.submit(address, fieldsOf(given, address, {}))
    expect(textOf(await ars.get(fill(CALL_PAGES.ars.piece, at)))).not.toContain('ARS.docx')
  })
})

describe('a grappe’s copy of its call', () => {
  it('takes a model once it was tried and its change was read, and gives it up', async () => {
    const call = await startCall()
    await publish(call.id)
    const at = await grappeOf(call.code)
    const address = urlTo('copyModel', { ...at, piece: DEVIS })
    expect(textOf(await porteur.get(address))).toContain('Aucun : personne ne reçoit de document prérempli')
    const refused = await porteur.upload(address, form([{ name: 'x.docx', bytes: await pdf('x') }]))
    expect(refused.status).toBe(422)
    const bytes = await word('Copie pour {esms.nom}, {esms.capacite}')
    const sent = await porteur.upload(address, form([{ name: 'Copie & suite.docx', bytes }]))
    const trying = await porteur.get((sent.location ?? '').split('#')[0] ?? '')
    expect(textOf(trying)).toContain('À essayer avant de le donner : « Copie & suite.docx »')
    expect(textOf(trying)).toMatch(/Il montrerait entre crochets : .*nombre de places/)
    const [, trial = ''] = /href="([^"]*modele\/essai[^"]*)"/.exec(trying.html) ?? []
    const tried = await porteur.get(trial.replaceAll('&amp;', '&'))
    expect(await documentText(tried.raw)).toContain('Copie pour IME')
    expect((await handedOut(at, `appel.${DEVIS}`)).status).toBe(404)

    const forms = fieldsOf(trying, address, { basis: 'Message de l’ARS du 3 juin' })
    const preview = await porteur.submit(address, forms)
    expect(textOf(preview)).toContain('modèle Word de l’appel : aucun → « Copie & suite.docx »')
    const confirmed = await porteur.submit(address, fieldsOf(preview, address))
    expect(confirmed.status).toBe(303)
    expect(await documentText((await handedOut(at, `appel.${DEVIS}`)).raw)).toContain('Copie pour IME')
    // Its other fields are changed without losing it.
    const copy = await api.call<{ adaptations: { id: string }[] }>('GET', fill(API_PATHS.adaptations, at))
    const renamed = { acte: 'modifier', code: DEVIS, piece: { name: 'Devis signé' }, basis: 'ARS' }
    const asked = await api.call<{ seen: string }>('POST', fill(API_PATHS.adaptations, at), renamed)
    await api.call('POST', fill(API_PATHS.adaptations, at), { ...renamed, seen: asked.body.seen })
    expect((await handedOut(at, `appel.${DEVIS}`)).status).toBe(200)
    const [row] = await test.context.db.select().from(grappes).where(eq(grappes.id, at.grappe))
    expect(JSON.stringify(row?.call)).toContain('Copie & suite.docx')

    const without = { acte: 'modifier', code: DEVIS, piece: { model: null }, basis: 'ARS' }
    const seen = await api.call<{ seen: string }>('POST', fill(API_PATHS.adaptations, at), without)
    const taken = await api.call<{ id: string }>('POST', fill(API_PATHS.adaptations, at), {
      ...without,
      seen: seen.body.seen,
    })
    expect((await handedOut(at, `appel.${DEVIS}`)).status).toBe(404)
    await api.call('DELETE', fill(API_PATHS.adaptation, { ...at, adaptation: taken.body.id }))
    expect((await handedOut(at, `appel.${DEVIS}`)).status).toBe(200)
    expect(copy.body.adaptations).toHaveLength(1)
  })

  it('takes by API only what this server keeps and what its members could fill in', async () => {
    const call = await startCall()
    await publish(call.id)
    const at = await grappeOf(call.code)
    const url = fill(API_PATHS.copyModel, { ...at, piece: DEVIS })
    const kept = await api.upload<{ fileName: string; sha256: string }>(
      url,
      form([{ name: 'API', bytes: await word('Par API {esms.nom}') }]),
    )
    expect([kept.status, kept.body.fileName]).toEqual([201, 'API.docx'])
    const adapt = (piece: object) =>
      api.call<{ fields?: Record<string, string> }>('POST', fill(API_PATHS.adaptations, at), {
        ...{ acte: 'modifier', code: DEVIS, piece, basis: 'ARS' },
      })
    expect((await adapt({ model: kept.body })).status).toBe(200)
    const unknown = await adapt({ model: { fileName: 'x.docx', sha256: 'a'.repeat(64) } })
    expect(unknown.body.fields?.model).toContain('n’est pas sur ce serveur')
    expect((await adapt({ model: kept.body, scope: 'og' })).body.fields?.model).toContain('{esms.nom}')
    for (const fileName of ['../x.docx', '.docx', 'x.pdf']) {
      expect((await adapt({ model: { ...kept.body, fileName } })).status).toBe(422)
    }
    const pour = `${fill(API_PATHS.tryCopyModel, { ...at, piece: DEVIS })}?modele=${kept.body.sha256}`
    expect(await documentText((await api.call('GET', pour)).raw)).toContain('Par API IME')
    expect((await api.call('GET', pour.replace(kept.body.sha256, 'b'.repeat(64)))).status).toBe(404)
    expect((await api.call('GET', url)).status).toBe(404)
    await api.call('POST', fill(API_PATHS.archiveGrappe, at), { archived: true })
    const late = await api.upload(url, form([{ name: 'x.docx', bytes: await word('x') }]))
    expect(late.status).toBe(409)
  })
})
