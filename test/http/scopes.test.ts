import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer, pieceAnswer, receivedAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, CALL_API, fill } from '../../schema/urls.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { sealVersion } from '../support/sealed.ts'

type Board = z.infer<typeof boardAnswer>
type PieceBody = z.infer<typeof pieceAnswer>
type Receipt = z.infer<typeof receivedAnswer>
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

let test: TestApp
let mine: TestGrappe
let theirs: TestGrappe
let porteur: ApiClient
let stranger: ApiClient
let member: ApiClient
let og: ApiClient
let reviewer: ApiClient
/** A piece and a file of another member of the same grappe, then of another grappe. */
let neighbour: { piece: string; file: string }
let foreign: { piece: string; file: string; link: string }
let own: { piece: string; file: string }

const lastSegment = (address: string | undefined) => address?.split('/').at(-1) ?? ''

async function invite(client: ApiClient, grappe: TestGrappe, who: { esms?: string; og?: string }) {
  const answer = await client.call<Array<{ linkId: string; address: string }>>(
    'POST',
    fill(API_PATHS.invitations, { grappe: grappe.grappeId }),
    who,
  )
  const [invited] = answer.body
  if (invited === undefined) throw new Error('nobody was invited')
  return { link: invited.linkId, client: test.bearer(lastSegment(invited.address)) }
}

async function depositFirst(client: ApiClient): Promise<{ piece: string; file: string }> {
  const { body } = await client.call<{ pieces: PieceBody[] }>('GET', API_PATHS.memberPieces)
  const piece = body.pieces[0]?.pieceId ?? ''
  const receipt = await client.upload<Receipt>(
    fill(API_PATHS.memberVersions, { piece }),
    form([{ name: 'pièce.pdf', bytes: await pdf(piece) }]),
  )
  return { piece, file: receipt.body.version.files[0]?.id ?? '' }
}

beforeAll(async () => {
  test = await startApp()
  porteur = await test.porteur('porteuse@exemple.fr')
  stranger = await test.porteur('autre@exemple.fr')
  mine = await createTestGrappe(porteur, 2)
  theirs = await createTestGrappe(stranger, 2, 'Autre grappe')
  const [first = '', second = ''] = mine.esmsIds
  member = (await invite(porteur, mine, { esms: first })).client
  own = await depositFirst(member)
  neighbour = await depositFirst((await invite(porteur, mine, { esms: second })).client)
  og = (await invite(porteur, mine, { og: mine.ogId })).client
  const other = await invite(stranger, theirs, { esms: theirs.esmsIds[0] ?? '' })
  foreign = { ...(await depositFirst(other.client)), link: other.link }
  const handed = await porteur.call<{ address: string }>(
    'POST',
    fill(API_PATHS.links, { grappe: mine.grappeId }),
    {
      label: 'Instructrice',
    },
  )
  reviewer = test.bearer(lastSegment(handed.body.address))
})
afterAll(() => test.close())

/** Every address of the API that asks for a token, from its own description. */
async function guardedRoutes(): Promise<Array<{ method: Method; path: string }>> {
  const { body } = await test
    .bearer('')
    .call<{ paths: Record<string, Record<string, unknown>> }>('GET', '/api/v1/openapi.json')
  const open = new Set<string>([
    API_PATHS.signIn,
    API_PATHS.signInProgram,
    API_PATHS.arsSignIn,
    API_PATHS.arsSignInProgram,
    API_PATHS.calls,
    API_PATHS.sealByHash.replace(':hash', '{hash}'),
  ])
  return Object.entries(body.paths)
    .filter(([path]) => !open.has(path))
    .flatMap(([path, item]) =>
      Object.keys(item).map(method => ({
        method: method.toUpperCase() as Method,
        path: path.replace(/\{(\w+)\}/g, ':$1'),
      })),
    )
}

const FORBIDDEN_TO: Record<string, { client: () => ApiClient; allowed: string[] }> = {
  'a member’s link': { client: () => member, allowed: ['/api/v1/depot'] },
  'an OG’s link': { client: () => og, allowed: ['/api/v1/depot'] },
  'a reviewer’s link': { client: () => reviewer, allowed: ['/api/v1/lecture'] },
  'a porteur’s token': {
    client: () => porteur,
    allowed: [
      '/api/v1/grappes',
      '/api/v1/jetons',
      '/api/v1/finess',
      API_PATHS.colleagues,
      API_PATHS.sessions,
      API_PATHS.digests,
      API_PATHS.offeredCalls,
      CALL_API.porteur.list,
    ],
  },
  'no token': { client: () => test.bearer(''), allowed: [] },
}

describe.each(Object.entries(FORBIDDEN_TO))('%s', (_name, { client, allowed }) => {
  it('opens no address outside its own part of the API', async () => {
    const routes = (await guardedRoutes()).filter(({ path }) => !allowed.some(part => path.startsWith(part)))
    expect(routes.length).toBeGreaterThan(8)
    for (const { method, path } of routes) {
      const url = fill(path, {
        grappe: mine.grappeId,
        og: mine.ogId,
        esms: mine.esmsIds[0] ?? '',
        piece: own.piece,
        file: own.file,
        link: foreign.link,
        version: own.file,
        contact: own.file,
      })
      const answer = await client().call(method, url, method === 'GET' ? undefined : {})
      expect([method, path, answer.status]).toEqual([method, path, 401])
    }
  })
})

describe('within its own part of the API', () => {
  it('a member reaches nothing of another member, nor of another grappe', async () => {
    for (const target of [neighbour, foreign]) {
      const attempts = [
        await member.call('GET', fill(API_PATHS.memberPiece, { piece: target.piece })),
        await member.call('GET', fill(API_PATHS.memberFile, { file: target.file })),
        await member.upload(
          fill(API_PATHS.memberVersions, { piece: target.piece }),
          form([{ name: 'intrus.pdf', bytes: await pdf('intrus') }]),
        ),
      ]
      expect(attempts.map(({ status }) => status)).toEqual([404, 404, 404])
    }
    const { body } = await member.call<{ pieces: PieceBody[] }>('GET', API_PATHS.memberPieces)
    expect(body.pieces.map(({ pieceId }) => pieceId)).not.toContain(neighbour.piece)
  })

  it('an OG sees its own pieces and those of its ESMS, and nothing of another grappe', async () => {
    const { body } = await og.call<{ pieces: PieceBody[] }>('GET', API_PATHS.memberPieces)
    const seen = body.pieces.map(({ pieceId }) => pieceId)
    expect(seen).toContain(own.piece)
    expect(seen).toContain(neighbour.piece)
    expect((await og.call('GET', fill(API_PATHS.memberFile, { file: foreign.file }))).status).toBe(404)
    expect((await og.call('GET', fill(API_PATHS.memberPiece, { piece: foreign.piece }))).status).toBe(404)
  })

  it('a reviewer reads its own grappe only, and of it what is sealed', async () => {
    expect((await reviewer.call('GET', fill(API_PATHS.arsFile, { file: own.file }))).status).toBe(404)
    await sealVersion(test, porteur, mine.grappeId)
    expect((await reviewer.call('GET', fill(API_PATHS.arsFile, { file: own.file }))).status).toBe(200)
    expect((await reviewer.call('GET', fill(API_PATHS.arsFile, { file: foreign.file }))).status).toBe(404)
    expect((await reviewer.call('GET', fill(API_PATHS.arsPiece, { piece: foreign.piece }))).status).toBe(404)
  })

  it('a porteur reaches nothing of another porteur’s grappe, whatever the address', async () => {
    const routes = (await guardedRoutes()).filter(({ path }) => path.startsWith(`${API_PATHS.grappes}/`))
    expect(routes.length).toBeGreaterThan(15)
    const board = await stranger.call<Board>('GET', fill(API_PATHS.board, { grappe: theirs.grappeId }))
    for (const { method, path } of routes) {
      const url = fill(path, {
        grappe: theirs.grappeId,
        og: theirs.ogId,
        esms: theirs.esmsIds[0] ?? '',
        piece: foreign.piece,
        file: foreign.file,
        link: foreign.link,
        version: foreign.file,
        contact: foreign.file,
      })
      const answer = await porteur.call(method, url, method === 'GET' ? undefined : {})
      expect([method, path, answer.status]).toEqual([method, path, 404])
    }
    const after = await stranger.call<Board>('GET', fill(API_PATHS.board, { grappe: theirs.grappeId }))
    expect(after.body).toEqual(board.body)
  })

  it('a porteur cannot reach another grappe’s things through its own grappe', async () => {
    const at = { grappe: mine.grappeId }
    const attempts = [
      await porteur.call('GET', fill(API_PATHS.piece, { ...at, piece: foreign.piece })),
      await porteur.call('GET', fill(API_PATHS.file, { ...at, file: foreign.file })),
      await porteur.call('DELETE', fill(API_PATHS.link, { ...at, link: foreign.link })),
      await porteur.call('DELETE', fill(API_PATHS.og, { ...at, og: theirs.ogId })),
      await porteur.call('POST', fill(API_PATHS.withdrawEsms, { ...at, esms: theirs.esmsIds[0] ?? '' }), {
        motive: 'intrusion',
      }),
      await porteur.call('POST', fill(API_PATHS.invitations, at), { esms: theirs.esmsIds[0] ?? '' }),
    ]
    expect(attempts.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404])
    const borrowed = await porteur.call('POST', fill(API_PATHS.allEsms, at), {
      name: 'Intrus',
      ogId: theirs.ogId,
    })
    expect(borrowed.status).toBe(422)
  })
})

describe('a link that no longer opens', () => {
  it('is refused once revoked, and once expired', async () => {
    const invited = await invite(porteur, mine, { esms: mine.esmsIds[1] ?? '' })
    expect((await invited.client.call('GET', API_PATHS.memberPieces)).status).toBe(200)
    test.setNow('2027-06-01T10:00:00.000Z')
    expect((await invited.client.call('GET', API_PATHS.memberPieces)).status).toBe(401)
    test.setNow('2026-06-01T10:00:00.000Z')
    await porteur.call('DELETE', fill(API_PATHS.link, { grappe: mine.grappeId, link: invited.link }))
    expect((await invited.client.call('GET', API_PATHS.memberPieces)).status).toBe(401)
  })
})

describe('secrets', () => {
  it('keeps no token in the database', async () => {
    const tables = ['links', 'sessions', 'mails', 'journal']
    const tokens = [porteur, stranger, member, og, reviewer].map(({ token }) => token)
    for (const table of tables) {
      const { rows } = (await test.context.db.execute(
        `select t::text as line from ${table} t`,
      )) as unknown as {
        rows: Array<{ line: string }>
      }
      const text = rows.map(({ line }) => line).join('\n')
      for (const token of tokens) expect(text).not.toContain(token)
    }
  })
})
