import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { kitAnswer } from '../../schema/contracts/api.ts'
import type { FrozenAnswers } from '../../schema/contracts/forms.ts'
import { depositedAnswers, handOuts, versions } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { allFacts, type PrintedFacts } from '../../server/domain/kit/print.ts'
import { valuesFor } from '../../server/domain/kit/values.ts'
import { openMemberScope } from '../../server/steps/access/member-scope.ts'
import { openPorteurScope } from '../../server/steps/access/porteur-scope.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { kitOfGrappe, kitOfLink, listDocuments } from '../../server/steps/collection/hand-out-kit.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { readSnapshot } from '../../server/steps/read/read-snapshot.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

type KitBody = z.infer<typeof kitAnswer>
const NAME = 'Fondation <b>& Fils</b>'

let test: TestApp
let api: ApiClient
let grappe: TestGrappe
let porteur: PageClient
let og: string
let ogToken: string
/** Of an ESMS of another OG. */
let otherToken: string
let piece: string

const at = () => ({ grappe: grappe.grappeId })
const mandate = () => ({ owner: og, model: 'mandat-porteur' })

const invite = async (who: object) => {
  const { body } = await api.call<{ address: string }[]>('POST', fill(API_PATHS.invitations, at()), who)
  return body[0]?.address.split('/').at(-1) ?? ''
}
const represent = (representative: string) =>
  api.call('PUT', fill(API_PATHS.og, { ...at(), og }), {
    name: NAME,
    contactEmail: 'fils@exemple.fr',
    representative,
  })
const deposit = async (text: string) =>
  await test
    .bearer(ogToken)
    .upload(fill(API_PATHS.memberVersions, { piece }), form([{ name: 'mandat.pdf', bytes: await pdf(text) }]))
const handOut = () => test.bearer(ogToken).call('GET', fill(API_PATHS.memberDocument, mandate()))
const returned = async (client: ApiClient = api, path = fill(API_PATHS.documents, at())) =>
  (await client.call<KitBody>('GET', path)).body.find(
    each => each.owner === og && each.model === 'mandat-porteur',
  )?.returned

beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  grappe = await createTestGrappe(api, 2)
  const created = await api.call<{ id: string }>('POST', fill(API_PATHS.ogs, at()), {
    name: NAME,
    contactEmail: 'fils@exemple.fr',
    representative: 'Ève Martin',
  })
  og = created.body.id
  await api.call('POST', fill(API_PATHS.allEsms, at()), {
    name: 'EHPAD du Fils',
    ogId: og,
    domaine: 'PA',
    projet: 'acquisition',
  })
  ogToken = await invite({ og })
  otherToken = await invite({ esms: grappe.esmsIds[0] })
  porteur = await signInPorteur(test)
  piece =
    (await readPieces(test.context.db, grappe.grappeId)).find(
      each => each.code === 'mandat-porteur' && each.ogId === og,
    )?.id ?? ''
})
afterAll(() => test.close())

describe('a document that came back', () => {
  it('is flagged by name and by difference once what it carried has changed, to the porteur and its member', async () => {
    await handOut()
    test.setNow('2026-06-02T10:00:00.000Z')
    expect((await deposit('Mandat signé')).status).toBe(201)
    expect(await returned()).toBeNull()

    test.setNow('2026-06-03T10:00:00.000Z')
    await represent('Paul Durand')
    // The model handed out meanwhile is not what was deposited before.
    await handOut()
    const difference = 'Son représentant légal : « Ève Martin », aujourd’hui « Paul Durand ».'
    const documents = await porteur.get(urlTo('documents', at()))
    expect(textOf(documents)).toContain('Rendus avec d’anciennes informations')
    expect(textOf(documents)).toContain('« Mandat donné au porteur » de Fondation')
    expect(textOf(documents)).toContain(difference)
    expect(textOf(documents)).toContain('il ne l’a pas lu')
    expect(documents.html).not.toContain('<b>& Fils')
    expect(textOf(await porteur.get(urlTo('piece', { ...at(), piece })))).toContain(difference)
    const own = await openBrowser(test).get(urlTo('memberPiece', { token: ogToken, piece }))
    expect(textOf(own)).toContain(difference)
    expect(own.html).toContain(urlTo('memberDocument', { token: ogToken, ...mandate() }))
    const answer = await returned()
    expect(answer).toMatchObject({ piece, seen: false })
    expect(answer?.changes).toEqual([expect.stringContaining('Ève Martin')])
    expect(await returned(test.bearer(ogToken), API_PATHS.memberDocuments)).toEqual(answer)
  })

  it('is nothing to any other member, nor to another porteur', async () => {
    const others = await test.bearer(otherToken).call<KitBody>('GET', API_PATHS.memberDocuments)
    expect(JSON.stringify(others.body)).not.toContain('Ève Martin')
    const { version = '' } = (await returned()) ?? {}
    const stranger = await test.porteur('autre@exemple.fr')
    const url = fill(API_PATHS.seenChanges, { ...at(), version })
    expect((await stranger.call('POST', url)).status).toBe(404)
    const theirs = await createTestGrappe(stranger, 1, 'Autre grappe')
    const elsewhere = fill(API_PATHS.seenChanges, { grappe: theirs.grappeId, version })
    expect((await stranger.call('POST', elsewhere)).status).toBe(409)
    expect((await returned())?.seen).toBe(false)
  })

  it('is put aside by the porteur’s word, told in the journal, until something else changes', async () => {
    const { version = '' } = (await returned()) ?? {}
    await porteur.get(urlTo('documents', at()))
    const seen = await porteur.submit(urlTo('seenChanges', { ...at(), version }), { piece })
    expect(seen.location).toBe(urlTo('piece', { ...at(), piece }))
    expect((await returned())?.seen).toBe(true)
    const own = await openBrowser(test).get(urlTo('memberPiece', { token: ogToken, piece }))
    expect(textOf(own)).not.toContain('Ève Martin')
    expect(textOf(await porteur.get(urlTo('documents', at())))).toContain('1 document vu, sans conséquence')
    expect(textOf(await porteur.get(urlTo('journal', at())))).toMatch(
      /ce qui a changé depuis sa remise est sans conséquence \(son représentant légal : « Ève Martin »/,
    )
    await represent('Zoé Petit')
    expect((await returned())?.seen).toBe(false)
  })

  it('and was refused is to come back anyhow', async () => {
    const { version: versionId = '' } = (await returned()) ?? {}
    const url = fill(API_PATHS.decision, { ...at(), piece })
    await api.call('POST', url, { decision: 'refusee', motive: 'Ancien représentant', versionId })
    const refused = await returned()
    await test.context.db.update(versions).set({ decision: null, motive: null, decidedAt: null })
    expect([refused, (await returned())?.seen]).toEqual([null, false])
  })

  it('and was answered on screen is compared with what its document told, not with what was downloaded', async () => {
    const { version: versionId = '' } = (await returned()) ?? {}
    const { db } = test.context
    const drawn = async (told: PrintedFacts | undefined) => {
      const answers: FrozenAnswers = { form: 'etat-des-lieux', lines: [], ...(told && { told }) }
      await db.delete(depositedAnswers)
      await db.insert(depositedAnswers).values({ versionId, sha256: '0'.repeat(64), answers })
      return (await returned())?.changes ?? []
    }
    expect(await drawn(undefined)).toEqual([])
    expect(await drawn({ facts: { 'og.representant': 'Zoé Petit' }, lines: [] })).toEqual([])
    expect(await drawn({ facts: { 'og.representant': 'Anne Roy' }, lines: [] })).toEqual([
      expect.stringContaining('Anne Roy'),
    ])
    await db.delete(depositedAnswers)
    expect(await returned()).not.toBeNull()
  })

  it('is not flagged any more once a new version comes after a new hand-out', async () => {
    test.setNow('2026-06-04T10:00:00.000Z')
    await handOut()
    test.setNow('2026-06-05T10:00:00.000Z')
    await deposit('Mandat signé de nouveau')
    expect(await returned()).toBeNull()
    const { body } = await api.call<KitBody>('GET', fill(API_PATHS.documents, at()))
    expect(body.flatMap(each => each.returned ?? [])).toEqual([])
  })

  it('deposited without any hand-out is none of this', async () => {
    const esms = (await readPieces(test.context.db, grappe.grappeId)).find(
      each => each.code === 'etat-des-lieux' && each.esmsId === grappe.esmsIds[0],
    )
    await test
      .bearer(otherToken)
      .upload(
        fill(API_PATHS.memberVersions, { piece: esms?.id ?? '' }),
        form([{ name: 'etat.pdf', bytes: await pdf('etat') }]),
      )
    const { body } = await api.call<KitBody>('GET', fill(API_PATHS.documents, at()))
    expect(body.flatMap(each => each.returned ?? [])).toEqual([])
  })

  it('is put aside with every other of the same member by one act', async () => {
    const table =
      (await readPieces(test.context.db, grappe.grappeId)).find(
        each => each.code === 'tableau-etablissements-montants' && each.ogId === og,
      )?.id ?? ''
    test.setNow('2026-06-06T10:00:00.000Z')
    await represent('Anne Roy')
    await handOut()
    const path = { owner: og, model: 'tableau-montants' }
    await test.bearer(ogToken).call('GET', fill(API_PATHS.memberDocument, path))
    const url = fill(API_PATHS.memberVersions, { piece: table })
    await test.bearer(ogToken).upload(url, form([{ name: 'tableau.pdf', bytes: await pdf('Tableau') }]))
    test.setNow('2026-06-07T10:00:00.000Z')
    await deposit('Mandat signé par Anne Roy')
    await represent('Zoé Petit')
    const { version = '' } = (await returned()) ?? {}
    const page = await porteur.get(urlTo('documents', at()))
    expect(textOf(page)).toContain('Vu, c’est sans conséquence pour les 2 documents de Fondation')
    const seen = await porteur.submit(urlTo('seenChanges', { ...at(), version }), { tous: 'oui' })
    expect(textOf(await porteur.follow(seen))).toContain('Noté : 2 documents sans conséquence')
    const { body } = await api.call<KitBody>('GET', fill(API_PATHS.documents, at()))
    expect(body.flatMap(each => each.returned ?? []).map(each => each.seen)).toEqual([true, true])
  })
})

it('what is handed out is remembered once for each set of facts, and a ZIP hands out all that it holds', async () => {
  const rows = async () => (await test.context.db.select().from(handOuts)).length
  await api.call('GET', fill(API_PATHS.kitZip, at()))
  const first = await rows()
  const { body } = await api.call<KitBody>('GET', fill(API_PATHS.documents, at()))
  expect(first).toBeGreaterThanOrEqual(body.length)
  test.setNow('2026-06-20T10:00:00.000Z')
  await api.call('GET', fill(API_PATHS.kitZip, at()))
  expect(await rows()).toBe(first)
  for (let turn = 0; turn < 40; turn++) {
    await represent(`Personne ${turn}`)
    await handOut()
  }
  const own = (await test.context.db.select().from(handOuts)).filter(
    row => row.ogId === og && row.model === 'mandat-porteur',
  )
  expect(own).toHaveLength(30)
})

it('a member’s link and the porteur fill a document in with the same facts', async () => {
  const { context } = test
  const member = await openMemberScope(context, ogToken)
  const snapshot = await readSnapshot(context, grappe.grappeId)
  const carrier = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
  const scope = await openPorteurScope(context, { ...carrier, proof: 'session' }, grappe.grappeId)
  if (!member.ok || snapshot === null || scope === null) throw new Error('no scope')
  const ofLink = await kitOfLink(context, member.value)
  const ofPorteur = await kitOfGrappe(context, snapshot, scope.porteur.contactEmail)
  for (const { owner } of await listDocuments(context, ofLink)) {
    expect(allFacts(valuesFor(ofLink.facts, owner))).toEqual(allFacts(valuesFor(ofPorteur.facts, owner)))
  }
})
