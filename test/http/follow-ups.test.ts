/** Pieces that follow the deposit: kept like every piece, and nothing of the dossier. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { planDossier } from '../../server/domain/dossier-plan.ts'
import { readSnapshot } from '../../server/steps/read/read-snapshot.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { depositOn, esmsPieces, sealVersion } from '../support/sealed.ts'

interface Awaited {
  pieceId: string
  code: string
  name: string
  dueOn: string | null
  version: number | null
}
interface Answer {
  revision: number
  toReceive: Awaited[]
}

const AFTER_CLOSING = '2026-09-20T10:00:00.000Z'

let test: TestApp
let api: ApiClient
let porteur: PageClient
let grappe: TestGrappe
const at = () => ({ grappe: grappe.grappeId })
const read = async () => (await api.call<Answer>('GET', fill(API_PATHS.submission, at()))).body
const act = async (body: object) =>
  await api.call<Answer & { fields: Record<string, string> }>('POST', fill(API_PATHS.submission, at()), {
    seen: (await read()).revision,
    act: body,
  })
const onPiece = (pattern: string, piece: string | undefined, more = {}) =>
  fill(pattern, { ...at(), piece: piece ?? '', ...more })
const deposit = async (piece: string | undefined, text: string) =>
  await api.upload<{ version: { id: string; files: { id: string }[] } }>(
    onPiece(API_PATHS.versions, piece),
    form([{ name: 'accusé.pdf', bytes: await pdf(text) }]),
  )

/** All that is drawn of the dossier, but for the journal, in which everything is told to the porteur. */
async function drawn() {
  const snapshot = await readSnapshot(test.context, grappe.grappeId)
  if (snapshot === null) throw new Error('no grappe')
  const { journal, journalHead, ...plan } = planDossier(snapshot)
  const board = await api.call<{ counts: object; pieces: object[] }>('GET', fill(API_PATHS.board, at()))
  return { plan, counts: board.body.counts, pieces: board.body.pieces }
}

beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  porteur = await signInPorteur(test)
  grappe = await createTestGrappe(api, 2)
  const [first] = await esmsPieces(api, grappe.grappeId)
  await depositOn(api, grappe.grappeId, first?.pieceId ?? null, await pdf('une'))
})
afterAll(() => test.close())

describe('the proof of the deposit', () => {
  it('is there from the first day, kept with its versions, and changes nothing of the dossier', async () => {
    const [proof] = (await read()).toReceive
    expect(proof).toMatchObject({ code: 'preuve-depot', name: 'Preuve du dépôt', version: null })
    const before = await drawn()
    expect((await deposit(proof?.pieceId, 'accusé')).status).toBe(201)
    expect((await deposit(proof?.pieceId, 'accusé complet')).status).toBe(201)
    expect((await read()).toReceive[0]?.version).toBe(2)
    expect(await drawn()).toEqual(before)
    expect(before.plan.setAside).toEqual([])
    const url = urlTo('piece', { ...at(), piece: proof?.pieceId ?? '' })
    const page = textOf(await porteur.get(url))
    expect(page).toContain('Cette pièce suit le dépôt : elle est gardée ici pour vous, hors du dossier')
    expect(page).not.toContain('n’est plus demandée')
    expect(page).not.toContain('Déplacer ce dépôt')
    expect(textOf(await porteur.get(urlTo('submission', at())))).toContain('Version 2, déposée le')
  })

  it('is deposited after the closing, when no piece of the dossier is', async () => {
    const [proof] = (await read()).toReceive
    const [, second] = await esmsPieces(api, grappe.grappeId)
    test.setNow(AFTER_CLOSING)
    expect((await deposit(second?.pieceId ?? '', 'trop tard')).status).toBe(409)
    expect((await deposit(proof?.pieceId, 'reçue depuis')).status).toBe(201)
    porteur = await signInPorteur(test)
    const url = urlTo('piece', { ...at(), piece: proof?.pieceId ?? '' })
    expect((await porteur.get(url)).html).toContain(
      urlTo('depositAsPorteur', { ...at(), piece: proof?.pieceId ?? '' }),
    )
    test.setNow(START)
    porteur = await signInPorteur(test)
  })

  it('is taken out like every deposit, and neither moved, filed elsewhere nor said not to apply', async () => {
    const [proof] = (await read()).toReceive
    const [, second] = await esmsPieces(api, grappe.grappeId)
    const made = await deposit(proof?.pieceId, 'par erreur')
    const version = { version: made.body.version.id }
    const move = onPiece(API_PATHS.moveVersion, proof?.pieceId, version)
    expect((await api.call('POST', move, { pieceId: second?.pieceId })).status).toBe(409)
    expect(
      (await porteur.get(urlTo('moveVersion', { ...at(), piece: proof?.pieceId ?? '', ...version }))).status,
    ).toBe(409)
    const [first] = await esmsPieces(api, grappe.grappeId)
    const board = await api.call<{ versions: { id: string }[] }>(
      'GET',
      onPiece(API_PATHS.piece, first?.pieceId ?? ''),
    )
    const mine = { version: board.body.versions.at(-1)?.id ?? '' }
    const into = onPiece(API_PATHS.moveVersion, first?.pieceId ?? '', mine)
    expect((await api.call('POST', into, { pieceId: proof?.pieceId })).status).toBe(409)
    const without = onPiece(API_PATHS.nonApplicable, proof?.pieceId)
    expect((await api.call('POST', without, { reason: 'Sans objet pour nous.' })).status).toBe(409)
    const out = onPiece(API_PATHS.takeOut, proof?.pieceId, version)
    expect((await api.call('POST', out, { fileId: null })).status).toBe(200)
    expect((await read()).toReceive[0]?.version).toBe(3)
  })

  it('is read by no member and by no reviewer, nor told to them', async () => {
    const [proof] = (await read()).toReceive
    const made = await deposit(proof?.pieceId, 'pour nous seuls')
    const file = made.body.version.files[0]?.id ?? ''
    const invited = await api.call<{ address: string }[]>('POST', fill(API_PATHS.invitations, at()), {
      og: grappe.ogId,
    })
    const member = test.bearer(invited.body[0]?.address.split('/').at(-1) ?? '')
    await sealVersion(test, api, grappe.grappeId)
    const handed = await api.call<{ address: string }>('POST', fill(API_PATHS.links, at()), {
      label: 'Instructrice',
    })
    const reviewer = test.bearer(handed.body.address.split('/').at(-1) ?? '')
    const own = { piece: proof?.pieceId ?? '' }
    expect((await member.call('GET', API_PATHS.memberPieces)).raw.toString()).not.toContain('Preuve du dépôt')
    expect((await member.call('GET', fill(API_PATHS.memberPiece, own))).status).toBe(404)
    expect((await member.call('GET', fill(API_PATHS.memberFile, { file }))).status).toBe(404)
    const dossier = await reviewer.call('GET', API_PATHS.arsDossier)
    expect(dossier.status).toBe(200)
    expect(dossier.raw.toString()).not.toContain('Preuve du dépôt')
    expect((await reviewer.call('GET', fill(API_PATHS.arsPiece, own))).status).toBe(404)
    expect((await reviewer.call('GET', fill(API_PATHS.arsFile, { file }))).status).toBe(404)
    const snapshot = await readSnapshot(test.context, grappe.grappeId)
    expect(JSON.stringify(snapshot?.dossierJournal)).not.toContain('Preuve du dépôt')
    expect(JSON.stringify(snapshot?.journal)).toContain('Preuve du dépôt')
  })
})

describe('a piece to receive that the porteur adds', () => {
  it('has its day on the deadlines, is late past it, and no more once it is there', async () => {
    const piece = { name: 'Convention signée', explanation: '', dueOn: '2026-05-20' }
    const seen = String((await read()).revision)
    const added = await porteur.submit(urlTo('submission', at()), {
      seen,
      form: 'piece-nouvelle',
      acte: 'piece',
      'piece-nouvelle-name': piece.name,
      'piece-nouvelle-explanation': '',
      'piece-nouvelle-dueOn': piece.dueOn,
    })
    expect(added.status).toBe(303)
    const [, own] = (await read()).toReceive
    expect(own).toMatchObject({ name: 'Convention signée', dueOn: '2026-05-20', version: null })
    const deadlines = async () => textOf(await porteur.get(urlTo('deadlines', at())))
    expect(await deadlines()).toMatch(/Pièce « Convention signée » Attendu le mercredi 20 mai 2026 en retard/)
    const before = await drawn()
    expect((await deposit(own?.pieceId, 'convention')).status).toBe(201)
    expect(await drawn()).toEqual(before)
    expect(await deadlines()).toMatch(/Pièce « Convention signée » Fait le lundi 1er juin 2026/)
  })

  it('is corrected, and taken back as long as nothing was deposited on it', async () => {
    const [, own] = (await read()).toReceive
    const kept = await act({ kind: 'piece', code: own?.code, piece: null })
    expect([kept.status, kept.body.fields.name]).toEqual([
      422,
      'Des fichiers y sont déposés\u00a0: elle reste, avec eux.',
    ])
    const renamed = { name: 'Convention notifiée', explanation: 'Celle de l’ARS.', dueOn: null }
    expect((await act({ kind: 'piece', code: own?.code, piece: renamed })).body.toReceive[1]).toMatchObject({
      name: 'Convention notifiée',
      dueOn: null,
      version: 1,
    })
    const added = await act({ kind: 'piece', code: null, piece: { ...renamed, name: 'Versement' } })
    const code = added.body.toReceive[2]?.code
    expect((await act({ kind: 'piece', code, piece: null })).body.toReceive.map(({ name }) => name)).toEqual([
      'Preuve du dépôt',
      'Convention notifiée',
    ])
    expect((await act({ kind: 'piece', code: 'preuve-depot', piece: null })).status).toBe(422)
    expect((await act({ kind: 'piece', code: null, piece: { ...renamed, name: ' ' } })).status).toBe(422)
  })
})
