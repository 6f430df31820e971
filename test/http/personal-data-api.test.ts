/** What the pages do about people's data, by program: the same acts, and the same proof where they ask one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { linkOfPerson } from '../../server/steps/access/people.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { type ApiClient, START } from '../support/app.ts'
import { lastCode } from '../support/page-client.ts'
import { openScene, type Scene } from '../support/scene.ts'

const CLAIRE = 'claire.martin@exemple.fr'

let scene: Scene
let grappe: { grappe: string }
let minutes = 0

beforeAll(async () => {
  scene = await openScene()
  grappe = { grappe: scene.grappe.grappeId }
  const added = await scene.porteur.call('POST', fill(API_PATHS.contacts, grappe), {
    owner: { kind: 'esms', id: scene.grappe.esmsIds[0] },
    name: 'Claire Martin',
    email: CLAIRE,
    phone: '06 01 02 03 04',
  })
  expect(added.status).toBe(201)
})
afterAll(() => scene.test.close())

/** Asks for a code, reads it in the mail, and gives the header that proves. */
async function prove(client: ApiClient, code: string, confirmation: string) {
  // Its mail is the last.
  minutes += 1
  scene.test.setNow(new Date(Date.parse(START) + minutes * 60_000).toISOString())
  const { attempt } = (await client.call<{ attempt: string }>('POST', code)).body
  const given = { attempt, code: await lastCode(scene.test) }
  const proved = await client.call<{ proof: string }>('POST', confirmation, given)
  expect(proved.status).toBe(200)
  return { 'x-preuve': proved.body.proof }
}

describe('the deletion of a grappe by program', () => {
  it('is asked for with a code of its own, told, and taken back without one', async () => {
    const { porteur } = scene
    const address = fill(API_PATHS.deleteGrappe, grappe)
    const bare = await porteur.call<{ type: string }>('POST', address)
    expect([bare.status, bare.body.type]).toEqual([403, 'urn:grappe-kit:code-needed'])
    const people = await prove(porteur, API_PATHS.colleagueCode, API_PATHS.colleagueCodeConfirmation)
    expect((await porteur.call('POST', address, undefined, people)).status).toBe(403)

    const proof = await prove(
      porteur,
      fill(API_PATHS.deleteGrappeCode, grappe),
      fill(API_PATHS.deleteGrappeCodeConfirmation, grappe),
    )
    const other = await scene.test.porteur('autre@exemple.fr')
    expect((await other.call('POST', address, undefined, proof)).status).toBe(404)
    const asked = await porteur.call('POST', address, undefined, proof)
    expect(asked).toMatchObject({
      status: 200,
      body: { deletion: { deletesAt: '2026-07-01T10:02:00.000Z' } },
    })
    expect(await porteur.call('GET', fill(API_PATHS.retention, grappe))).toMatchObject({
      body: { deletion: { askedAt: '2026-06-01T10:02:00.000Z' } },
    })
    const back = await porteur.call('DELETE', address)
    expect(back).toMatchObject({ status: 200, body: { deletion: null } })
  })

  it('is refused while something holds the erasure back', async () => {
    const { porteur } = scene
    const address = fill(API_PATHS.retention, grappe)
    await porteur.call('PUT', address, { holdMotive: 'Contentieux en cours' })
    const proof = await prove(
      porteur,
      fill(API_PATHS.deleteGrappeCode, grappe),
      fill(API_PATHS.deleteGrappeCodeConfirmation, grappe),
    )
    const refused = await porteur.call('POST', fill(API_PATHS.deleteGrappe, grappe), undefined, proof)
    expect(refused).toMatchObject({ status: 409, body: { type: 'urn:grappe-kit:erasure-held' } })
    await porteur.call('PUT', address, { holdMotive: null })
  })
})

describe('one person’s data by program', () => {
  it('is copied for that person alone, with a code that goes to its address', async () => {
    const { test } = scene
    const { address } = await linkOfPerson(test.context.db, test.context, {
      grappeId: grappe.grappe,
      email: CLAIRE,
      label: 'Claire Martin',
    })
    const own = test.bearer(address.split('/').at(-1) ?? '')
    const bare = await own.call('POST', API_PATHS.memberData)
    expect(bare).toMatchObject({ status: 403, body: { type: 'urn:grappe-kit:code-needed' } })
    const answers = await prove(own, API_PATHS.memberCode, API_PATHS.memberCodeConfirmation)
    expect((await own.call('POST', API_PATHS.memberData, undefined, answers)).status).toBe(403)
    const proof = await prove(own, API_PATHS.memberDataCode, API_PATHS.memberDataCodeConfirmation)
    const [mail] = await readOutbox(test.context)
    expect(mail).toMatchObject({ recipient: CLAIRE, subject: 'Votre code de confirmation' })
    const copy = await own.call('POST', API_PATHS.memberData, undefined, proof)
    expect(copy).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        email: CLAIRE,
        grappes: [{ contacts: [{ name: 'Claire Martin', phone: expect.any(String) }] }],
      },
    })
    expect(copy.raw.toString()).not.toContain(own.token)
  })

  it('is read by the porteur place by place, then erased; nothing is left to erase', async () => {
    const { porteur } = scene
    const at = (email: string) => `${fill(API_PATHS.personData, grappe)}?email=${encodeURIComponent(email)}`
    expect((await porteur.call('GET', at('personne'))).status).toBe(422)
    const cards = { what: 'Fiches de contact', count: 1 }
    const read = await porteur.call('GET', at(CLAIRE.toUpperCase()))
    expect(read).toMatchObject({
      status: 200,
      body: { email: CLAIRE, names: ['Claire Martin'], goes: expect.arrayContaining([cards]) },
    })
    const other = await scene.test.porteur('autre@exemple.fr')
    expect((await other.call('DELETE', at(CLAIRE))).status).toBe(404)
    const erased = await porteur.call('DELETE', at(CLAIRE))
    expect(erased).toMatchObject({ status: 200, body: { goes: expect.arrayContaining([cards]) } })
    expect((await porteur.call('GET', at(CLAIRE))).body).toMatchObject({ names: [], goes: [] })
    const refused = await porteur.call('DELETE', at('porteuse@exemple.fr'))
    expect(refused).toMatchObject({ status: 409, body: { type: 'urn:grappe-kit:person-is-porteur' } })
  })
})
