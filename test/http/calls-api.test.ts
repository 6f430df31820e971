/** What the pages of calls do, a program does too: for a porteur, for its grappe's copy, and for an ARS. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, CALL_API, CALL_PAGES, fill, PATHS } from '../../schema/urls.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { speakingProgram } from '../support/reviewer.ts'

type Doing = `${'POST' | 'PUT' | 'DELETE'} ${string}`

/** What each form of the pages of one's calls does, by API. */
const sameAsPages = (side: 'porteur' | 'ars'): Record<string, Doing> => {
  const [pages, api] = [CALL_PAGES[side], CALL_API[side]]
  return {
    [pages.start]: `POST ${api.list}`,
    [pages.section]: `PUT ${api.call}`,
    [pages.pieces]: `PUT ${api.part}`,
    [pages.newPiece]: `PUT ${api.part}`,
    [pages.piece]: `PUT ${api.part}`,
    [pages.condition]: `PUT ${api.part}`,
    [pages.pieceModel]: `POST ${api.pieceModel}`,
    [pages.publish]: `POST ${api.publish}`,
    [pages.archive]: `POST ${api.archive}`,
  }
}

/** And each form of the pages of a grappe's copy. */
const SAME_AS_COPY: Record<string, Doing> = {
  [PATHS.newCopyPiece]: `POST ${API_PATHS.adaptations}`,
  [PATHS.copyPiece]: `POST ${API_PATHS.adaptations}`,
  [PATHS.copyCondition]: `POST ${API_PATHS.adaptations}`,
  [PATHS.copyModel]: `POST ${API_PATHS.copyModel}`,
  [PATHS.removeCopyPiece]: `POST ${API_PATHS.adaptations}`,
  [PATHS.moveCopyPiece]: `POST ${API_PATHS.moveCopyPiece}`,
  [PATHS.undoAdaptation]: `DELETE ${API_PATHS.adaptation}`,
  [PATHS.callVersion]: `POST ${API_PATHS.newCallVersion}`,
  [PATHS.callValues]: `PUT ${API_PATHS.callValue}`,
  [PATHS.takeValueBack]: `DELETE ${API_PATHS.callValue}`,
  [PATHS.moveDeadline]: `PUT ${API_PATHS.callDays}`,
  [PATHS.declarations]: `PUT ${API_PATHS.declarations}`,
}
const OF_THE_COPY = /^\/porteur\/grappes\/:grappe\/(appel|eligibilite|declarations|echeances\/date)(\/|$)/

let test: TestApp
beforeAll(async () => {
  test = await startApp()
})
afterAll(() => test.close())

describe('every form of the pages of calls', () => {
  it.each([
    ['of a porteur', () => Object.values(CALL_PAGES.porteur), sameAsPages('porteur')],
    ['of an ARS', () => Object.values(CALL_PAGES.ars), sameAsPages('ars')],
    ['of a grappe’s copy', () => Object.values(PATHS).filter(path => OF_THE_COPY.test(path)), SAME_AS_COPY],
  ])('%s has an address of the API that does the same', async (_whose, pages, same) => {
    const forms = pages().filter(url => test.app.hasRoute({ method: 'POST', url }))
    expect(forms.toSorted()).toEqual(Object.keys(same).toSorted())
    const { body } = await test
      .bearer('')
      .call<{ paths: Record<string, Record<string, object>> }>('GET', PATHS.openApi)
    for (const doing of Object.values(same)) {
      const [method = '', url = ''] = doing.split(' ')
      const described = body.paths[url.replaceAll(/:(\w+)/g, '{$1}')]
      expect([doing, described?.[method.toLowerCase()] !== undefined]).toEqual([doing, true])
    }
  })
})

interface Own {
  id: string
  code: string
  revision: number
  missing: object[]
  call: object
}

/** Signs in by mail, as somebody to whom no dossier was handed. */
async function writerOf(server: TestApp, email: string): Promise<ApiClient> {
  const anyone = server.bearer('')
  expect((await anyone.call('POST', API_PATHS.arsSignIn, { email })).status).toBe(202)
  const link = (await readOutbox(server.context)).find(({ recipient }) => recipient === email)?.link
  const token = new URL(link ?? 'http://nothing.was.sent').pathname.split('/').at(-1)
  const opened = await anyone.call<{ proof: string }>('POST', API_PATHS.arsSignInProgram, { token })
  expect(opened.status).toBe(201)
  expect((await anyone.call('POST', API_PATHS.arsSignInProgram, { token })).status).toBe(410)
  const proof = { 'x-preuve': opened.body.proof }
  return { ...anyone, call: (method, url, body) => anyone.call(method, url, body, proof) }
}

describe('an ARS', () => {
  it('that nobody handed a dossier to writes, publishes and archives a call by program', async () => {
    const named = await startApp({ CALL_WRITERS: '@ars.invalid' })
    try {
      const ars = await writerOf(named, 'instructrice@ars.invalid')
      const made = await ars.call<Own>('POST', CALL_API.ars.list, { code: 'corse-2023' })
      const at = { call: made.body.id }
      expect([made.status, made.body.missing]).toEqual([201, []])
      const windows = [
        {
          opensOn: '2026-05-01',
          closesOn: '2026-06-15',
          provenance: { kind: 'source', reference: 'AAP', confidence: 'H' },
        },
      ]
      const saved = await ars.call<Own>('PUT', fill(CALL_API.ars.part, { ...at, part: 'windows' }), {
        revision: made.body.revision,
        value: windows,
      })
      expect([saved.status, saved.body.missing]).toEqual([200, []])
      const stale = { revision: made.body.revision, value: made.body.call }
      expect((await ars.call('PUT', fill(CALL_API.ars.call, at), stale)).status).toBe(409)
      expect((await ars.call('POST', fill(CALL_API.ars.publish, at))).body).toEqual({ version: 1 })

      const porteur = await named.porteur()
      const offered = async () =>
        (await porteur.call<{ code: string; origin: string }[]>('GET', API_PATHS.offeredCalls)).body.find(
          ({ code }) => code === made.body.code,
        )
      expect(await offered()).toMatchObject({ origin: 'ars', publishedBy: 'instructrice@ars.invalid' })
      expect((await ars.call('GET', fill(CALL_API.ars.yaml, at))).raw.toString()).toContain('2026-06-15')

      // Nobody else's: neither another ARS, nor a porteur, nor whoever proves nothing.
      const neighbour = await writerOf(named, 'voisine@ars.invalid')
      expect((await neighbour.call<Own[]>('GET', CALL_API.ars.list)).body).toEqual([])
      expect((await neighbour.call('GET', fill(CALL_API.ars.call, at))).status).toBe(404)
      expect((await porteur.call('GET', fill(CALL_API.ars.call, at))).status).toBe(401)
      expect((await named.bearer('').call('POST', fill(CALL_API.ars.publish, at))).status).toBe(401)

      await ars.call('POST', fill(CALL_API.ars.archive, at), { archived: true })
      expect(await offered()).toBeUndefined()
    } finally {
      await named.close()
    }
  })

  it('proves itself by a code too; its link alone opens no call, nor does a porteur’s sign-in', async () => {
    const porteur = await test.porteur('porteuse@exemple.fr')
    const { grappeId } = await createTestGrappe(porteur, 2)
    const handed = await porteur.call<{ address: string }>(
      'POST',
      fill(API_PATHS.links, { grappe: grappeId }),
      { label: 'Claire', email: 'claire@ars.invalid' },
    )
    const token = handed.body.address.split('/').at(-1) ?? ''
    expect((await test.bearer(token).call('GET', CALL_API.ars.list)).status).toBe(401)
    const claire = await speakingProgram(test, token)
    const made = await claire.call<Own>('POST', CALL_API.ars.list, { title: 'ESMS numérique 2027' })
    expect([made.status, made.body.code]).toEqual([201, 'esms-numerique-2027'])
    expect((await claire.call<Own[]>('GET', CALL_API.ars.list)).body).toHaveLength(1)

    await test.bearer('').call('POST', API_PATHS.signIn, { email: 'porteuse@exemple.fr' })
    const mails = await readOutbox(test.context)
    const link = mails.find(({ recipient }) => recipient === 'porteuse@exemple.fr')?.link ?? ''
    const wrong = { token: new URL(link).pathname.split('/').at(-1) }
    expect((await test.bearer('').call('POST', API_PATHS.arsSignInProgram, wrong)).status).toBe(404)
  })

  it('that the settings do not name is told so', async () => {
    const named = await startApp({ CALL_WRITERS: '@ars.invalid' })
    try {
      const porteur = await named.porteur()
      const { grappeId } = await createTestGrappe(porteur, 2)
      const links = fill(API_PATHS.links, { grappe: grappeId })
      const handed = await porteur.call<{ address: string }>('POST', links, {
        label: 'Autre',
        email: 'autre@exemple.fr',
      })
      const other = await speakingProgram(named, handed.body.address.split('/').at(-1) ?? '')
      const refused = await other.call<{ detail: string }>('GET', CALL_API.ars.list)
      expect([refused.status, refused.body.detail]).toEqual([
        403,
        expect.stringContaining('seules certaines adresses'),
      ])
    } finally {
      await named.close()
    }
  })
})

describe('a piece of a grappe’s copy', () => {
  it('moves by program, one rank at a time, and never past an end', async () => {
    const porteur = await test.porteur()
    const { grappeId } = await createTestGrappe(porteur, 2, 'Grappe rangée')
    const read = async () =>
      (
        await porteur.call<{ pieces: { code: string }[] }>(
          'GET',
          fill(API_PATHS.adaptations, { grappe: grappeId }),
        )
      ).body.pieces.map(({ code }) => code)
    const before = await read()
    const [first = '', second = ''] = before
    const move = (piece: string, sens: string) =>
      porteur.call<{ codes: string[] }>('POST', fill(API_PATHS.moveCopyPiece, { grappe: grappeId, piece }), {
        sens,
      })
    const after = [second, first, ...before.slice(2)]
    expect((await move(first, 'descendre')).body.codes).toEqual(after)
    expect(await read()).toEqual(after)
    const journal = async () =>
      (await porteur.call('GET', fill(API_PATHS.journal, { grappe: grappeId }))).raw.toString()
    const told = await journal()
    expect(told).toContain('d’un rang')
    // First already: nothing moves, and nothing is told.
    expect((await move(second, 'monter')).body.codes).toEqual(after)
    expect(await journal()).toBe(told)
    expect((await move('absente', 'monter')).status).toBe(404)
    expect((await move(first, 'gauche')).status).toBe(422)
  })
})
