import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { calls, callVersions, grappes } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import type { CallTemplate } from '../../server/domain/call.ts'
import { writtenCall } from '../../server/domain/written-call.ts'
import { readMailsOfGrappe } from '../../server/steps/access/send-mail.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { type Fields, fieldsOf } from '../support/form-fields.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

let test: TestApp
let api: ApiClient
let grappe: TestGrappe
let porteur: PageClient
beforeEach(async () => {
  test = await startApp()
  api = await test.porteur()
  grappe = await createTestGrappe(api, 3)
  porteur = await signInPorteur(test)
  await porteur.get(copyUrl())
})
afterEach(() => test.close())

const at = () => ({ grappe: grappe.grappeId })
const copyUrl = () => urlTo('callCopy', at())
const BASIS = 'Message de l’ARS du 3 juin 2026'

const formOf = async (url: string, instead: Record<string, string>) =>
  fieldsOf(await porteur.get(url), url, instead)

const NEW_PIECE = {
  name: 'Attestation d’assurance',
  explanation: 'Demandée par l’ARS en cours de collecte.',
  scope: 'esms',
  required: 'oui',
  formats: 'pdf',
  maxFileMb: '20',
  signatory: '',
  deadlineOn: '',
  modelUrl: '',
  condition: '{"projets":["acquisition"]}',
  basis: BASIS,
}

/** Sends a form, then confirms what its preview says. */
async function adaptBy(url: string, fields: Record<string, string> | Fields) {
  const preview = await porteur.submit(url, fields)
  expect(preview.status).toBe(200)
  const confirmed = await porteur.submit(url, fieldsOf(preview, url))
  expect(confirmed.status).toBe(303)
  return { preview: textOf(preview), after: textOf(await porteur.follow(confirmed)) }
}

async function memberPageOf(recipient: string) {
  await api.call('POST', fill(API_PATHS.invitations, at()), { tous: true })
  const mails = await readMailsOfGrappe(test.context, grappe.grappeId)
  const link = mails.find(each => each.recipient === recipient)?.link ?? ''
  return textOf(await openBrowser(test).get(new URL(link).pathname))
}

const boardOf = async () => textOf(await porteur.get(urlTo('board', at())))

describe('a piece added in the middle of the collection', () => {
  it('says first whom it concerns, then is asked of them alone, and says who added it', async () => {
    const { preview, after } = await adaptBy(urlTo('newCopyPiece', at()), NEW_PIECE)
    expect(preview).toContain('Pièce « Attestation d’assurance » ajoutée')
    expect(preview).toContain('« Attestation d’assurance » est demandée à EHPAD n° 1 et EHPAD n° 3.')
    expect(preview).toMatch(/Les relances demanderont \d+ pièces obligatoires, au lieu de \d+\./)
    expect(after).toContain('Pièce « Attestation d’assurance » ajoutée.')
    expect(after).toContain(`Ajoutée par le porteur : ${BASIS}.`)
    expect(await memberPageOf('contact1@exemple.fr')).toContain('Attestation d’assurance')
    expect(await memberPageOf('contact2@exemple.fr')).not.toContain('Attestation d’assurance')
    const journal = await api.call<Array<{ event: string }>>('GET', fill(API_PATHS.journal, at()))
    expect(journal.body.map(({ event }) => event.replaceAll('\u00a0', ' ')).join('\n')).toContain(
      `Appel adapté. Pièce « Attestation d’assurance » ajoutée ; obligatoire, demandée aux ESMS en acquisition. D’après : ${BASIS}.`,
    )
  })

  it('changes nothing before it is confirmed, nor when the grappe changed since it was read', async () => {
    const url = urlTo('newCopyPiece', at())
    const preview = await porteur.submit(url, NEW_PIECE)
    expect(await boardOf()).not.toContain('Attestation d’assurance')
    await api.call('PUT', fill(API_PATHS.esms, { ...at(), esms: grappe.esmsIds[1] ?? '' }), {
      name: 'EHPAD n° 2',
      ogId: grappe.ogId,
      domaine: 'PA',
      projet: 'acquisition',
    })
    const again = await porteur.submit(url, fieldsOf(preview, url))
    expect(again.status).toBe(200)
    expect(textOf(again)).toContain('La grappe a changé entre-temps')
    expect(textOf(again)).toContain('est demandée à EHPAD n° 1, EHPAD n° 2 et EHPAD n° 3.')
    expect(await boardOf()).not.toContain('Attestation d’assurance')
    expect((await porteur.submit(url, fieldsOf(again, url))).status).toBe(303)
    expect(await boardOf()).toContain('Attestation d’assurance')
  })

  it.each([
    [{ name: ' ' }, 'Écrivez un texte'],
    [{ basis: '' }, 'Dites d’où vient ce changement'],
    [{ formats: '' }, 'choisissez'],
    [{ deadlineOn: '2026-02-31' }, 'un jour qui existe'],
    [{ code: 'etat-des-lieux' }, 'un code différent'],
    [{ code: 'Pas Un Code' }, 'code'],
  ])('%j is refused with a sentence, and what was typed stays', async (fields, sentence) => {
    const refused = await porteur.submit(urlTo('newCopyPiece', at()), { ...NEW_PIECE, ...fields })
    expect(refused.status).toBe(422)
    expect(textOf(refused).toLowerCase()).toContain(sentence.toLowerCase())
    expect(refused.html).toContain('Demandée par l’ARS en cours de collecte.')
    expect(await boardOf()).not.toContain('Attestation d’assurance')
  })

  it('whose name is written as a page is shown as it was typed, to the porteur and to the members', async () => {
    const name = '<img src=x onerror=alert(1)>'
    const piece = { ...NEW_PIECE, condition: '', name, explanation: name }
    const preview = await porteur.submit(urlTo('newCopyPiece', at()), piece)
    expect(preview.html).not.toContain('<img src=x')
    const seen = /name="seen" value="([^"]+)"/.exec(preview.html)?.[1] ?? ''
    expect((await porteur.submit(urlTo('newCopyPiece', at()), { ...piece, seen })).status).toBe(303)
    await api.call('POST', fill(API_PATHS.invitations, at()), { tous: true })
    const mails = await readMailsOfGrappe(test.context, grappe.grappeId)
    const members = mails.flatMap(({ link }) => (link === null ? [] : [new URL(link).pathname]))
    expect(members.length).toBeGreaterThan(2)
    const pages = [
      copyUrl(),
      urlTo('board', at()),
      urlTo('journal', at()),
      urlTo('eligibility', at()),
      ...members,
    ]
    let shown = 0
    for (const url of pages) {
      const { html } = await porteur.get(url)
      expect([url, html.includes('<img src=x')]).toEqual([url, false])
      if (html.includes('&lt;img src=x onerror')) shown++
    }
    expect(shown).toBeGreaterThan(4)
  })

  it('is asked over any fact, found live, before anything is there', async () => {
    const url = urlTo('newCopyPiece', at())
    const { condition: _, ...fields } = NEW_PIECE
    const bare = await porteur.submit(url, { ...fields, acte: 'qui', name: '' })
    expect([bare.status, textOf(bare).includes('Demandée par l’ARS en cours de collecte.')]).toEqual([
      422,
      true,
    ])
    const whom = await porteur.submit(url, { ...fields, acte: 'qui' })
    expect(textOf(whom)).toContain('« Attestation d’assurance » serait : demandée à tous les ESMS.')
    const adding = (page: Parameters<typeof fieldsOf>[0], given: Record<string, string>) =>
      porteur.submit(url, { ...Object.fromEntries(fieldsOf(page, url)), acte: 'ajouter', ...given })
    const one = await adding(whom, { fait: 'projets', projets: 'acquisition' })
    expect(textOf(one)).toContain('2 ESMS concernés, 1 autre.')
    const preview = `${urlTo('newCopyPiecePreview', at())}?scope=esms&condition=${encodeURIComponent('{"projets":["acquisition"]}')}`
    expect(textOf(await porteur.get(`${preview}&fait=tailleOg&joint=et&tailleOg.min=4`))).toContain(
      '0 ESMS concerné, 3 autres',
    )
    const both = await adding(one, { fait: 'tailleOg', joint: 'et', 'tailleOg.min': '2', 'tailleOg.max': '' })
    const none = await adding(both, { fait: 'projets', joint: 'et', projets: 'mise-en-conformite' })
    expect(none.status).toBe(422)
    const kept = Object.fromEntries(fieldsOf(none, url))
    const back = await porteur.submit(url, { ...kept, acte: 'reprendre' })
    expect(textOf(back)).toContain('dont l’OG compte au moins 2 ESMS dans la grappe')
    expect(back.html).toContain('value="Attestation d’assurance"')
    expect(await storedCopy()).not.toHaveProperty('adapted.0')
    const { after } = await adaptBy(url, { ...kept, acte: 'appliquer' })
    expect(after).toContain('Attestation d’assurance')
    const added = (await storedCopy()).pieces.find(({ name }) => name === NEW_PIECE.name)
    expect(added?.condition).toEqual({
      et: [{ projets: ['acquisition'] }, { tailleOg: { min: 2, max: null } }],
    })
  })

  it('is undone: nobody is asked any more, and what was deposited stays in the history', async () => {
    await adaptBy(urlTo('newCopyPiece', at()), { ...NEW_PIECE, code: 'assurance' })
    const undo = /action="([^"]*\/adaptations\/[^"]*)"/.exec((await porteur.get(copyUrl())).html)?.[1] ?? ''
    const undone = await porteur.follow(await porteur.submit(undo))
    expect(textOf(undone)).toContain('Adaptation annulée : Pièce « Attestation d’assurance » ajoutée.')
    expect(textOf(undone)).toContain('Aucune : cette grappe suit les pièces de l’appel.')
    expect(await boardOf()).not.toContain('Attestation d’assurance')
    // Its code is known to the grappe: another piece does not take its deposits over.
    const reused = await porteur.submit(urlTo('newCopyPiece', at()), { ...NEW_PIECE, code: 'assurance' })
    expect(reused.status).toBe(422)
    expect(textOf(reused)).toContain('« assurance » est le code d’une pièce retirée')
  })
})

describe('a piece of the call', () => {
  const piece = () => ({ ...at(), piece: 'etat-des-lieux' })

  it('made optional and renamed, keeps where it came from beside the porteur’s word', async () => {
    const url = urlTo('copyPiece', piece())
    const fields = await formOf(url, { required: 'non', name: 'État des lieux', basis: BASIS })
    const { preview, after } = await adaptBy(url, fields)
    expect(preview).toContain('caractère : obligatoire → facultative')
    expect(preview).toContain('nom : « État des lieux et prérequis » → « État des lieux »')
    expect(after).toContain(
      `Adaptée par le porteur le lundi 1er juin 2026, d’après : ${BASIS}. À l’origine, Source`,
    )
  })

  it('sent as it is, changes nothing and says so', async () => {
    const url = urlTo('copyPiece', piece())
    const same = await porteur.submit(url, await formOf(url, { basis: BASIS }))
    expect(same.status).toBe(422)
    expect(textOf(same)).toContain('Rien ne change')
  })

  it('taken out, leaves its deposits in the history, and comes back with them', async () => {
    const [first = ''] = grappe.esmsIds
    const board = await api.call<{
      pieces: Array<{ pieceId: string; code: string; owner: { id: string | null } }>
    }>('GET', fill(API_PATHS.board, at()))
    const row = board.body.pieces.find(each => each.code === 'etat-des-lieux' && each.owner.id === first)
    await porteur.upload(
      urlTo('depositAsPorteur', { ...at(), piece: row?.pieceId ?? '' }),
      form([{ name: 'etat.pdf', bytes: await pdf('état') }]),
    )
    const { preview } = await adaptBy(urlTo('removeCopyPiece', piece()), { basis: BASIS })
    expect(preview).toContain('1 dépôt sort du dossier et reste dans l’historique')
    expect(await boardOf()).not.toContain('État des lieux et prérequis')
    const undo = /action="([^"]*\/adaptations\/[^"]*)"/.exec((await porteur.get(copyUrl())).html)?.[1] ?? ''
    await porteur.submit(undo)
    expect(await boardOf()).toContain('État des lieux et prérequis')
    expect(textOf(await porteur.get(urlTo('piece', { ...at(), piece: row?.pieceId ?? '' })))).toContain(
      'Version 1',
    )
  })

  it('moves in the list at once, moves in a row being one adaptation', async () => {
    const move = async (sens: string) =>
      await porteur.follow(await porteur.submit(urlTo('moveCopyPiece', piece()), { sens }))
    await move('monter')
    expect(textOf(await move('monter'))).toContain('Ordre des pièces changé')
    expect((await storedCopy()).adapted).toHaveLength(1)
    await move('descendre')
    await move('descendre')
    expect((await storedCopy()).adapted).toEqual([])
  })
})

async function storedCopy() {
  const [row] = await test.context.db.select().from(grappes).where(eq(grappes.id, grappe.grappeId))
  return row?.call as {
    adapted?: unknown[]
    windows: Array<{ closesOn: string }>
    pieces: Array<{ code: string; name: string; condition: unknown }>
  }
}

describe('a threshold of the call', () => {
  it('is changed by the porteur, judged at once, and kept beside that of the call', async () => {
    const page = textOf(await porteur.get(urlTo('callValues', at())))
    expect(page).toContain('15, 8 (Corse, Outre-mer)')
    const [path, name] = ['rules.minimum-esms.minimum', 'rules-minimum-esms-minimum']
    const fields = { path, [`${name}-value`]: '3', [`${name}-basis`]: BASIS }
    const { preview, after } = await adaptBy(urlTo('callValues', at()), fields)
    expect(page).toContain('Les exceptions par territoire restent : 8 (Corse, Outre-mer).')
    expect(preview).toContain('15, 8 (Corse, Outre-mer) → 3, 8 (Corse, Outre-mer)')
    expect(preview).toContain('Critère « Nombre minimum d’ESMS » : non satisfait → satisfait.')
    expect(preview).toMatch(/Les relances demandent toujours \d+ pièces obligatoires\./)
    expect(preview).not.toContain('Ce seuil passe sous')
    expect(after).toContain('avant : 15, 8 (Corse, Outre-mer)')
    const verdict = textOf(await porteur.get(urlTo('eligibility', at())))
    expect(verdict).toContain('3 ESMS')
    expect(verdict).toContain(`Reporté par le porteur le lundi 1er juin 2026, d’après : ${BASIS}`)
  })
})

describe('whom a piece concerns', () => {
  const url = () => urlTo('copyCondition', { ...at(), piece: 'etat-des-lieux' })
  /** Adds a fact to what the page holds. */
  const adding = (page: { html: string }, fields: Record<string, string>) => {
    const [, held = 'null'] = /name="condition" value="([^"]*)"/.exec(page.html) ?? []
    return { condition: held.replaceAll('&quot;', '"'), acte: 'ajouter', ...fields }
  }

  it('is chosen over any fact, with the members that it finds, and told before it is done', async () => {
    const page = await porteur.get(url())
    expect(textOf(page)).toContain('3 ESMS concernés, 0 autre.')
    const one = await porteur.submit(url(), adding(page, { fait: 'projets', projets: 'acquisition' }))
    expect(textOf(one)).toContain('2 ESMS concernés, 1 autre.')
    const both = await porteur.submit(
      url(),
      adding(one, { fait: 'tailleOg', joint: 'et', 'tailleOg.min': '2', 'tailleOg.max': '' }),
    )
    expect(textOf(both)).toContain('dont l’OG compte au moins 2 ESMS dans la grappe')
    expect(await storedCopy()).not.toHaveProperty('adapted.0')
    const bare = await porteur.submit(url(), { ...adding(both, {}), acte: 'appliquer', basis: '' })
    expect(bare.status).toBe(422)
    expect(textOf(bare)).toContain('Dites d’où vient ce changement')
    expect(textOf(bare)).toContain('dont l’OG compte au moins 2 ESMS')
    const { preview, after } = await adaptBy(url(), { ...adding(both, {}), acte: 'appliquer', basis: BASIS })
    expect(preview).toContain('« État des lieux et prérequis » n’est plus demandée à EHPAD n° 2.')
    expect(after).toContain('Pièce « État des lieux et prérequis » modifiée.')
    const undo = /action="([^"]*\/adaptations\/[^"]*)"/.exec((await porteur.get(copyUrl())).html)?.[1] ?? ''
    await porteur.submit(undo)
    expect(textOf(await porteur.get(url()))).toContain('demandée à tous les ESMS')
  })

  it('that can be nobody is refused with a sentence, and the facts chosen before stay', async () => {
    const one = await porteur.submit(url(), {
      condition: 'null',
      acte: 'ajouter',
      fait: 'domaines',
      domaines: 'DOM',
    })
    const none = await porteur.submit(url(), adding(one, { fait: 'domaines', joint: 'et', domaines: 'PA' }))
    expect(none.status).toBe(422)
    expect(textOf(none)).toContain('elle ne peut concerner personne')
    expect(textOf(none)).toContain('demandée aux services à domicile')
    const broken = await porteur.submit(url(), { condition: '{', acte: 'ajouter', fait: 'domaines' })
    expect(broken.status).toBe(422)
  })
})

describe('a threshold lowered below what is collected', () => {
  it('says so before it is done, and changes nothing until then', async () => {
    const [path, name] = ['rules.minimum-esms.minimum', 'rules-minimum-esms-minimum']
    const fields = { path, [`${name}-value`]: '2', [`${name}-basis`]: BASIS }
    const preview = await porteur.submit(urlTo('callValues', at()), fields)
    expect(textOf(preview)).toContain('Ce seuil passe sous ce que la grappe réunit déjà : 3 ESMS.')
    expect(textOf(await porteur.get(urlTo('callValues', at())))).not.toContain('Retirer ce report')
    // Meanwhile it is changed elsewhere: what was read is told again.
    const value = { ...at(), value: path }
    const put = { value: { minimum: 1, exceptions: [] }, basis: BASIS }
    expect((await api.call('PUT', fill(API_PATHS.callValue, value), put)).status).toBe(200)
    const again = await porteur.submit(
      urlTo('callValues', at()),
      fieldsOf(preview, urlTo('callValues', at())),
    )
    expect(textOf(again)).toContain('La grappe a changé entre-temps')
    expect(textOf(again)).toContain('1 → 2')
  })
})

describe('a last day of the call', () => {
  const MOVE = () => urlTo('moveDeadline', at())
  const moved = (piece: string, day: string, basis = BASIS) => ({
    'date-piece': piece,
    'date-jour': day,
    'date-dapres': basis,
  })

  it('moved, says first who gets another and who is late at once', async () => {
    const url = urlTo('deadlines', at())
    await porteur.get(url)
    const closing = textOf(await porteur.submit(MOVE(), moved('', '2026-07-31')))
    expect(closing).toContain('jeudi 16 juillet 2026 → vendredi 31 juillet 2026')
    expect(closing).toMatch(
      /Dernier jour : jeudi 16 juillet 2026 → vendredi 31 juillet 2026, pour « .+ », de .+\./,
    )
    expect(closing).toMatch(
      /Les relances demandent toujours \d+ pièces obligatoires, selon ces derniers jours\./,
    )
    expect(textOf(await porteur.get(url))).toContain('L’appel ferme le jeudi 16 juillet 2026')
    const past = textOf(await porteur.submit(MOVE(), moved('etat-des-lieux', '2026-05-28')))
    expect(past).toContain(
      '3 pièces obligatoires seront en retard aussitôt : « État des lieux et prérequis » de ' +
        'EHPAD n° 1, EHPAD n° 2 et EHPAD n° 3.',
    )
  })

  it('of one piece, asks for its reason, shows where it comes from, and is undone', async () => {
    const url = urlTo('deadlines', at())
    await porteur.get(url)
    const bare = await porteur.submit(MOVE(), moved('etat-des-lieux', '2026-06-30', ''))
    expect(textOf(bare)).toContain('Dites d’où vient cette date')
    await adaptBy(MOVE(), moved('etat-des-lieux', '2026-06-30'))
    const shown = textOf(await porteur.get(url))
    expect(shown).toContain(`Reporté par le porteur le lundi 1er juin 2026, d’après : ${BASIS}.`)
    expect(textOf(await porteur.submit(MOVE(), moved('etat-des-lieux', '2026-06-30')))).toContain(
      'Rien ne change : c’est déjà ce jour.',
    )
    const journal = textOf(await porteur.get(urlTo('journal', at())))
    expect(journal).toMatch(
      /Dernier jour de « État des lieux et prérequis » : mardi 30 juin 2026 \(avant : .+\), d’après/,
    )
    const copy = await porteur.get(copyUrl())
    expect(textOf(copy)).toMatch(/dernier jour : .+ → mardi 30 juin 2026/)
    const undo = /action="([^"]*\/adaptations\/[^"]*)"/.exec(copy.html)?.[1] ?? ''
    await porteur.submit(undo)
    expect(textOf(await porteur.get(url))).not.toContain(BASIS)
  })

  it('is told to a program before it is moved', async () => {
    const url = fill(API_PATHS.callDays, at())
    const body = { piece: '', jour: '2026-07-31', dapres: BASIS }
    const told = await api.call<{ kind: string; seen: string; effect: { moved: object[] } }>('PUT', url, {
      ...body,
      seen: null,
    })
    expect(told.body).toMatchObject({
      kind: 'preview',
      effect: { moved: [{ from: '2026-07-16', to: '2026-07-31' }] },
    })
    const done = await api.call('PUT', url, { ...body, seen: told.body.seen })
    expect(done.body).toMatchObject({ what: 'cloture', after: '2026-07-31' })
  })
})

describe('a program', () => {
  it('reads what an adaptation would do, does it, reads it and undoes it', async () => {
    const url = fill(API_PATHS.adaptations, at())
    const wanted = { acte: 'modifier', code: 'etat-des-lieux', piece: { required: false }, basis: BASIS }
    const preview = await api.call<{ kind: string; seen: string; effect: { owed: object } }>(
      'POST',
      url,
      wanted,
    )
    expect(preview.status).toBe(200)
    expect(preview.body).toMatchObject({ kind: 'preview', effect: { owed: { from: 6, to: 3 } } })
    const done = await api.call<{ id: string }>('POST', url, { ...wanted, seen: preview.body.seen })
    expect(done.status).toBe(201)
    const read = await api.call<{
      pieces: Array<{ code: string; provenance: { kind: string } }>
      adaptations: object[]
    }>('GET', url)
    expect(read.body.adaptations).toHaveLength(1)
    expect(read.body.pieces.find(({ code }) => code === 'etat-des-lieux')?.provenance.kind).toBe('adapted')
    const undo = fill(API_PATHS.adaptation, { ...at(), adaptation: done.body.id })
    expect((await api.call('DELETE', undo)).status).toBe(200)
    expect((await api.call('DELETE', undo)).status).toBe(404)
    const refused = await api.call<{ fields: object }>('POST', url, {
      ...wanted,
      piece: { formats: ['exe'] },
    })
    expect(refused.status).toBe(422)
    expect(Object.keys(refused.body.fields)).toEqual(['formats.0'])
  })
})

describe('somebody else’s grappe', () => {
  it('has no page of its call', async () => {
    const other = await signInPorteur(test, 'autre@exemple.fr')
    for (const url of [copyUrl(), urlTo('newCopyPiece', at()), urlTo('callVersion', at())]) {
      expect((await other.get(url)).status).toBe(404)
    }
    // A page of its own, whose forms are of its session.
    await other.get(urlTo('grappes'))
    expect((await other.submit(urlTo('newCopyPiece', at()), NEW_PIECE)).status).toBe(404)
  })
})

describe('a new version of the call', () => {
  const FIRST = () => {
    const template = test.context.calls.find(({ code }) => code === 'demonstration') as CallTemplate
    return writtenCall(template)
  }

  /** The grappe answers version 1 of an ARS' call, which publishes a second. */
  async function publishSecond(change: (call: ReturnType<typeof FIRST>) => unknown) {
    const { db } = test.context
    const now = new Date(START)
    const callId = test.context.newId()
    await db.insert(calls).values({
      id: callId,
      reviewerEmail: 'instruction@ars.exemple.fr',
      code: 'appel-de-l-ars',
      title: 'Appel de l’ARS',
      draft: FIRST(),
      createdAt: now,
      updatedAt: now,
    })
    const versions = [FIRST(), change(FIRST())]
    await db.insert(callVersions).values(
      versions.map((call, i) => ({
        callId,
        number: i + 1,
        call,
        publishedAt: now,
        publishedBy: 'instruction@ars.exemple.fr',
      })),
    )
    await db.update(grappes).set({ callId, callVersion: 1 }).where(eq(grappes.id, grappe.grappeId))
  }

  const extended = (call: ReturnType<typeof FIRST>) => ({
    ...call,
    windows: call.windows.map(window => ({ ...window, closesOn: 'J+60' })),
    pieces: call.pieces.map(piece => (piece.code === 'etat-des-lieux' ? { ...piece, maxFileMb: 40 } : piece)),
  })

  /** The form of that page, with these changes chosen. */
  const choosing = (page: { html: string }, ...keys: string[]): Fields => [
    ['version', /name="version" value="([^"]+)"/.exec(page.html)?.[1] ?? ''],
    ...keys.map((key): [string, string] => ['prendre', key]),
  ]

  it('is taken change by change, and told', async () => {
    await publishSecond(extended)
    expect(await boardOf()).toContain('nouvelle version de l’appel : voir ce qui change')
    const other = await createTestGrappe(api, 0, 'Grappe d’un autre appel')
    expect(textOf(await porteur.get(urlTo('board', { grappe: other.grappeId })))).not.toContain(
      'nouvelle version',
    )
    expect(textOf(await porteur.get(copyUrl()))).toContain('L’appel a une nouvelle version (2).')
    const page = await porteur.get(urlTo('callVersion', at()))
    expect(textOf(page)).toContain('clôture : jeudi 16 juillet 2026 → vendredi 31 juillet 2026')
    expect(textOf(page)).toContain('taille d’un fichier : 20 Mo → 40 Mo')
    const taken = await porteur.submit(urlTo('callVersion', at()), choosing(page, 'windows'))
    const after = textOf(await porteur.follow(taken))
    expect(after).toContain('Laissé de côté : Pièce « État des lieux et prérequis » modifiée.')
    expect(after).not.toContain('nouvelle version')
    expect((await storedCopy()).windows[0]?.closesOn).toBe('2026-07-31')
    expect((await porteur.get(urlTo('callVersion', at()))).status).toBe(404)
  })

  it('leaves what the porteur adapted unless it says otherwise, and says which', async () => {
    await publishSecond(extended)
    const url = urlTo('copyPiece', { ...at(), piece: 'etat-des-lieux' })
    await adaptBy(url, await formOf(url, { required: 'non', basis: BASIS }))
    const page = await porteur.get(urlTo('callVersion', at()))
    expect(textOf(page)).toContain('Cette grappe dit déjà autre chose ici')
    expect(page.html).toMatch(/value="windows" checked/)
    expect(page.html).not.toMatch(/value="pieces.etat-des-lieux" checked/)
  })

  it('taken over a closing that the porteur had moved, gives the day back to the call', async () => {
    await publishSecond(extended)
    const moved = { piece: '', jour: '2026-07-20', dapres: BASIS }
    expect((await api.call('PUT', fill(API_PATHS.callDays, at()), moved)).status).toBe(200)
    expect(textOf(await porteur.get(urlTo('eligibility', at())))).toContain(`d’après : ${BASIS}`)
    const page = await porteur.get(urlTo('callVersion', at()))
    expect(page.html).not.toMatch(/value="windows" checked/)
    await porteur.submit(urlTo('callVersion', at()), choosing(page, 'windows'))
    expect((await storedCopy()).windows[0]?.closesOn).toBe('2026-07-31')
    expect(textOf(await porteur.get(urlTo('eligibility', at())))).not.toContain(`d’après : ${BASIS}`)
  })

  it('published again meanwhile, is read again before it is taken', async () => {
    await publishSecond(extended)
    const refused = await porteur.submit(urlTo('callVersion', at()), { version: '1', prendre: 'windows' })
    expect(refused.status).toBe(409)
    expect(textOf(refused)).toContain('n’est plus la dernière')
  })

  it('never replaces what another tab adapted since it was read: it is told, and chosen again', async () => {
    await publishSecond(extended)
    const url = urlTo('callVersion', at())
    const read = await porteur.get(url)
    const piece = urlTo('copyPiece', { ...at(), piece: 'etat-des-lieux' })
    await adaptBy(piece, await formOf(piece, { name: 'État revu', basis: BASIS }))

    const refused = await porteur.submit(url, fieldsOf(read, url))
    expect(refused.status).toBe(409)
    expect(textOf(refused)).toContain('adaptée entre-temps, dans un autre onglet')
    expect(refused.html).toMatch(/value="windows" checked/)
    expect(refused.html).not.toMatch(/value="pieces.etat-des-lieux" checked/)
    expect((await storedCopy()).windows[0]?.closesOn).toBe('2026-07-16')

    const after = textOf(await porteur.follow(await porteur.submit(url, fieldsOf(refused, url))))
    expect(after).toContain('Laissé de côté')
    expect(after).toContain('État revu')
    expect((await storedCopy()).windows[0]?.closesOn).toBe('2026-07-31')
    const again = await porteur.submit(url, fieldsOf(refused, url))
    expect([again.status, textOf(again).includes('suit déjà la dernière version')]).toEqual([409, true])
  })

  it('taken in another tab, an adaptation read before it is told again before it is done', async () => {
    await publishSecond(extended)
    const url = urlTo('copyPiece', { ...at(), piece: 'etat-des-lieux' })
    const preview = await porteur.submit(url, await formOf(url, { name: 'État revu', basis: BASIS }))
    expect(textOf(preview)).not.toContain('40 Mo')
    const version = urlTo('callVersion', at())
    const page = await porteur.get(version)
    await porteur.submit(version, fieldsOf(page, version))

    const again = await porteur.submit(url, fieldsOf(preview, url))
    expect(again.status).toBe(200)
    expect(textOf(again)).toContain('La grappe a changé entre-temps')
    expect(textOf(again)).toContain('taille d’un fichier : 40 Mo → 20 Mo')
    const kept = (await storedCopy()).pieces.find(({ code }) => code === 'etat-des-lieux')
    expect(kept).toMatchObject({ name: 'État des lieux et prérequis', maxFileMb: 40 })
  })

  it('read before any other change of the copy, even one that does not meet it, is told again', async () => {
    const url = urlTo('copyPiece', { ...at(), piece: 'etat-des-lieux' })
    const preview = await porteur.submit(url, await formOf(url, { name: 'État revu', basis: BASIS }))
    await porteur.submit(urlTo('moveCopyPiece', { ...at(), piece: 'etat-des-lieux' }), { sens: 'monter' })
    expect(textOf(await porteur.submit(url, fieldsOf(preview, url)))).toContain('changé entre-temps')
  })

  it('is not taken in part where a piece would wait for an answer that nobody is asked', async () => {
    const asking = (call: ReturnType<typeof FIRST>) => ({
      ...call,
      rules: call.rules.filter(({ rule }) => rule !== 'declaration'),
    })
    await publishSecond(asking)
    const url = urlTo('copyCondition', { ...at(), piece: 'etat-des-lieux' })
    const [line] = FIRST().rules.filter(({ rule }) => rule === 'declaration')
    const condition = JSON.stringify({ declaration: line?.code, reponse: true })
    await adaptBy(url, { acte: 'appliquer', condition, basis: BASIS })
    const version = urlTo('callVersion', at())
    const refused = await porteur.submit(version, fieldsOf(await porteur.get(version), version))
    expect(refused.status).toBe(409)
    expect(textOf(refused)).toContain(
      'la pièce « État des lieux et prérequis » ne pourrait plus être demandée',
    )
    expect(textOf(refused)).toContain('Rien n’a été pris')
  })
})

describe('a shipped call whose file changes', () => {
  /** The server starts again with another text of the demonstration call. */
  function ship(change: (call: CallTemplate) => CallTemplate) {
    const { calls: shipped } = test.context
    Object.assign(test.context, {
      calls: shipped.map(each => (each.code === 'demonstration' ? change(each) : each)),
    })
    // It keeps no page from before; this one does, for a minute.
    test.setNow(new Date(test.context.now().getTime() + 60_000).toISOString())
  }
  const corrected = (call: CallTemplate): CallTemplate => ({
    ...call,
    windows: call.windows.map(window => ({ ...window, closesOn: { daysFromCreation: 60 } })),
    pieces: call.pieces.map(piece => (piece.code === 'etat-des-lieux' ? { ...piece, maxFileMb: 40 } : piece)),
  })
  const NOTICE = 'nouvelle version de l’appel : voir ce qui change'

  it('is told, and taken change by change, once', async () => {
    expect(await boardOf()).not.toContain('nouvelle version')
    ship(corrected)
    expect(await boardOf()).toContain(NOTICE)
    expect(textOf(await porteur.get(copyUrl()))).toContain('L’appel a une nouvelle version. Elle apporte 2')
    const url = urlTo('callVersion', at())
    const page = await porteur.get(url)
    expect(textOf(page)).toContain(
      'L’appel livré avec ce serveur a changé depuis que cette grappe l’a copié.',
    )
    expect(textOf(page)).toContain('clôture : jeudi 16 juillet 2026 → vendredi 31 juillet 2026')
    const sent = fieldsOf(page, url).filter(([, value]) => value !== 'pieces.etat-des-lieux')
    const after = textOf(await porteur.follow(await porteur.submit(url, sent)))
    expect(after).toContain('Laissé de côté : Pièce « État des lieux et prérequis » modifiée.')
    expect(after).not.toContain('nouvelle version')
    expect((await storedCopy()).windows[0]?.closesOn).toBe('2026-07-31')
    expect((await porteur.get(url)).status).toBe(404)
    expect(textOf(await porteur.get(urlTo('journal', at())))).toContain('Nouvelle version de l’appel : ')
  })

  it('keeps what the porteur adapted, and one changed again meanwhile is read again', async () => {
    const piece = urlTo('copyPiece', { ...at(), piece: 'etat-des-lieux' })
    await adaptBy(piece, await formOf(piece, { required: 'non', basis: BASIS }))
    ship(corrected)
    const url = urlTo('callVersion', at())
    const page = await porteur.get(url)
    expect(textOf(page)).toContain('Cette grappe dit déjà autre chose ici')
    expect(page.html).not.toMatch(/value="pieces.etat-des-lieux" checked/)
    ship(call => ({ ...call, summary: 'Corrigé encore.' }))
    const refused = await porteur.submit(url, fieldsOf(page, url))
    expect(refused.status).toBe(409)
    expect(textOf(refused)).toContain('n’est plus la dernière')
  })

  it('says nothing of a grappe of before its text was kept, nor of a file that is not shipped any more', async () => {
    const other = await createTestGrappe(api, 0, 'Grappe d’avant')
    await test.context.db.update(grappes).set({ shippedCall: null }).where(eq(grappes.id, other.grappeId))
    ship(corrected)
    const before = textOf(await porteur.get(urlTo('callCopy', { grappe: other.grappeId })))
    expect(before).not.toContain('nouvelle version')
    Object.assign(test.context, { calls: [] })
    expect(await boardOf()).not.toContain('nouvelle version')
    expect((await porteur.get(urlTo('callVersion', at()))).status).toBe(404)
  })

  it('is read and taken by a program', async () => {
    const url = fill(API_PATHS.newCallVersion, at())
    expect((await api.call('GET', url)).body).toBeNull()
    ship(corrected)
    const read = await api.call<{ version: string; changes: Array<{ key: string }> }>('GET', url)
    expect(read.body).toMatchObject({ number: null, publishedBy: null })
    expect(read.body.changes.map(({ key }) => key)).toEqual(['windows', 'pieces.etat-des-lieux'])
    const stale = { version: '2', taken: ['windows'] }
    expect((await api.call('POST', url, stale)).status).toBe(409)
    const taken = await api.call('POST', url, { version: read.body.version, taken: ['windows'] })
    expect(taken.body).toMatchObject({ left: ['Pièce « État des lieux et prérequis » modifiée'] })
    expect((await api.call('GET', url)).body).toBeNull()
  })
})

describe('where a value comes from, in more words than the call can keep', () => {
  it('is refused at its field, and the grappe opens as before', async () => {
    const long = 'Le texte le dit. '.repeat(40)
    const told = 'Raccourcissez ce texte : 500 caractères au plus.'
    const [path, name] = ['rules.minimum-esms.minimum', 'rules-minimum-esms-minimum']
    const fields = { path, [`${name}-value`]: '3', [`${name}-basis`]: long }
    expect(textOf(await porteur.submit(urlTo('callValues', at()), fields))).toContain(told)
    const piece = { ...NEW_PIECE, basis: long }
    expect(textOf(await porteur.submit(urlTo('newCopyPiece', at()), piece))).toContain(told)
    expect((await porteur.get(urlTo('board', at()))).status).toBe(200)
  })
})
