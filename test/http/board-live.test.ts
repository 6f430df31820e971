/** The board while people deposit: events on a real connection, which `inject` cannot hold open. */
import { get, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { type acceptanceAnswer, boardAnswer, type receivedAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { buildApp } from '../../server/app.ts'
import { MOST_STREAMS } from '../../server/http/pages/porteur/board-events.ts'
import { findOrCreatePorteur, issueSignInLink, signIn, signOut } from '../../server/steps/access/sign-in.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'

type Board = z.infer<typeof boardAnswer>
type ReceiptBody = z.infer<typeof receivedAnswer>
type Acceptance = z.infer<typeof acceptanceAnswer>

/** Longest wait for what must be told within a second, on a busy machine. */
const SOON_MS = 3_000

const EMAIL = 'porteuse@exemple.fr'

interface Stream {
  response: IncomingMessage
  /** What was received so far. */
  text(): string
  /** Resolves once the text matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  ended: Promise<void>
  close(): void
}

describe('a porteur looks at the board while members deposit', () => {
  let test: TestApp
  let api: ApiClient
  let base: string
  let session: string
  let made: TestGrappe
  let grappe: string

  const sessionOf = async (email: string) => {
    const porteur = await findOrCreatePorteur(test.context.db, test.context, email)
    const link = await issueSignInLink(test.context.db, test.context, porteur)
    const opened = await signIn(test.context, link.token)
    if (!opened.ok) throw new Error(opened.refusal.code)
    return opened.value.sessionToken
  }

  beforeAll(async () => {
    test = await startApp()
    api = await test.porteur(EMAIL)
    made = await createTestGrappe(api, 3)
    grappe = made.grappeId
    base = await test.app.listen({ host: '127.0.0.1', port: 0 })
    session = await sessionOf(EMAIL)
  })
  afterAll(() => test.close())

  const listen = (
    options: { from?: string; since?: number; last?: number; cookie?: string } = {},
  ): Promise<Stream> =>
    new Promise((resolve, reject) => {
      const query = options.since === undefined ? '' : `?depuis=${options.since}`
      const url = `${options.from ?? base}${urlTo('boardEvents', { grappe })}${query}`
      const headers = {
        cookie: `session=${options.cookie ?? session}`,
        ...(options.last === undefined ? {} : { 'last-event-id': String(options.last) }),
      }
      const request = get(url, { headers, agent: false }, response => {
        let text = ''
        const waiting = new Set<() => void>()
        response.setEncoding('utf8')
        response.on('data', chunk => {
          text += chunk.replaceAll('\u00a0', ' ')
          for (const look of waiting) look()
        })
        const ended = new Promise<void>(done => response.once('close', done))
        response.on('error', () => {})
        resolve({
          response,
          text: () => text,
          ended,
          close: () => request.destroy(),
          until: pattern =>
            new Promise((found, failed) => {
              const timer = setTimeout(
                () => failed(new Error(`${pattern} did not come, only: ${text}`)),
                SOON_MS,
              )
              const look = () => {
                const match = pattern.exec(text)
                if (match === null) return
                clearTimeout(timer)
                waiting.delete(look)
                found(match)
              }
              waiting.add(look)
              look()
            }),
        })
      })
      request.on('error', reject)
    })

  const board = async () => (await api.call<Board>('GET', fill(API_PATHS.board, { grappe }))).body

  const pieceOf = async (owner: string, code = 'etat-des-lieux') => {
    const found = (await board()).pieces.find(piece => piece.owner.name === owner && piece.code === code)
    if (found?.pieceId == null) throw new Error(`${owner} owes no ${code}`)
    return found.pieceId
  }

  const depositAsMember = async (order: number, name: string) => {
    const invited = await api.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, { grappe }),
      {
        esms: made.esmsIds[order - 1] ?? '',
      },
    )
    const member = test.bearer(invited.body[0]?.address.split('/').at(-1) ?? '')
    const piece = await pieceOf(`EHPAD n° ${order}`)
    const receipt = await member.upload<ReceiptBody>(
      fill(API_PATHS.memberVersions, { piece }),
      form([{ name, bytes: await pdf(name) }]),
    )
    expect(receipt.status).toBe(201)
    return { pieceId: piece, versionId: receipt.body.version.id }
  }

  it('is told within a second who deposited how much, by a stream that no proxy holds back', async () => {
    const stream = await listen()
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    })
    await stream.until(/^retry: \d+\n\n/)
    await depositAsMember(1, 'premier.pdf')
    await stream.until(/"news":"1 pièce déposée par EHPAD n° 1/)
    const { revision } = await board()
    expect(stream.text()).toContain(`id: ${revision}\n`)
    stream.close()
  })

  it('misses nothing of what happened while the line was lost', async () => {
    const { revision } = await board()
    await depositAsMember(2, 'pendant.pdf')
    // The two members' invitations are other lines of the journal.
    const bySign = await listen({ last: revision, since: 1 })
    expect((await bySign.until(/"news":"(.*)"/))[1]).toMatch(
      /^1 pièce déposée par EHPAD n° 2 et 1 autre changement\.$/,
    )
    bySign.close()
    const byPage = await listen({ since: revision })
    await byPage.until(/1 pièce déposée par EHPAD n° 2/)
    byPage.close()
  })

  it('is told by one server what came in through another', async () => {
    const other = await buildApp(test.context, test.config)
    const elsewhere = await other.listen({ host: '127.0.0.1', port: 0 })
    const stream = await listen({ from: elsewhere })
    await stream.until(/^retry/)
    await depositAsMember(3, 'ailleurs.pdf')
    await stream.until(/1 pièce déposée par EHPAD n° 3/)
    // Stopping waits for no reader.
    await other.close()
    await stream.ended
  })

  it('keeps a few tabs at once: one more tells the oldest to stop', async () => {
    const streams: Stream[] = []
    for (let tab = 0; tab <= MOST_STREAMS; tab++) streams.push(await listen())
    const [oldest, ...others] = streams
    await oldest?.until(/event: remplace/)
    await oldest?.ended
    for (const stream of others) {
      await stream.until(/^retry/)
      expect(stream.response.complete).toBe(false)
      stream.close()
    }
    // Those that left make room.
    await Promise.all(others.map(({ ended }) => ended))
    const again = [await listen(), await listen()]
    await depositAsMember(1, 'onglets.pdf')
    for (const stream of again) {
      await stream.until(/"news":"1 pièce/)
      expect(stream.text()).not.toContain('remplace')
      stream.close()
    }
  })

  it('is kept awake by heartbeats, and until its session is over', async () => {
    const own = await sessionOf(EMAIL)
    const [kept, over] = [await listen(), await listen({ cookie: own })]
    await signOut(test.context, own)
    await over.ended
    expect(over.text()).not.toMatch(/^:/m)
    while (!/^:/m.test(kept.text())) await new Promise(later => setTimeout(later, 100))
    expect(kept.response.complete).toBe(false)
    kept.close()
  })

  it('sends nothing to whoever is not signed in, nor to another porteur', async () => {
    const nobody = await listen({ cookie: 'faux' })
    expect([nobody.response.statusCode, nobody.response.headers.location]).toEqual([303, '/connexion'])
    const other = await listen({ cookie: await sessionOf('autre@exemple.fr') })
    expect(other.response.statusCode).toBe(404)
    const fragment = await fetch(base + urlTo('boardFragment', { grappe }), {
      headers: { cookie: `session=${await sessionOf('autre@exemple.fr')}` },
    })
    expect(fragment.status).toBe(404)
  })

  it('gets the same lines in the fragment as in the page, and only those of the filter', async () => {
    const read = async (url: string) =>
      await (await fetch(base + url, { headers: { cookie: `session=${session}` } })).text()
    const lines = (html: string) => [...html.matchAll(/<tr data-line.*?<\/tr>/gs)].map(([line]) => line)
    const page = await read(urlTo('board', { grappe }))
    const fragment = await read(urlTo('boardFragment', { grappe }))
    expect(lines(fragment)).toHaveLength(5)
    expect(lines(fragment)).toEqual(lines(page))
    expect(lines(await read(`${urlTo('boardFragment', { grappe })}?texte=n%C2%B0+2`))).toHaveLength(1)
    expect(fragment).not.toContain('name="csrf"')
  })

  it('answers a program with the same board until it changes, be it by a deposit or by the day where the call is', async () => {
    const url = fill(API_PATHS.board, { grappe })
    const first = await api.call<Board>('GET', url)
    expect(boardAnswer.parse(first.body)).toEqual(first.body)
    const etag = String(first.headers.etag)
    expect((await api.call('GET', url, undefined, { 'if-none-match': etag })).status).toBe(304)
    expect((await api.call<Board>('GET', url)).raw.equals(first.raw)).toBe(true)

    const piece = first.body.pieces.find(({ state }) => state === 'attendue')?.pieceId ?? ''
    const receipt = await api.upload(
      fill(API_PATHS.versions, { grappe, piece }),
      form([{ name: 'encore.pdf', bytes: await pdf('encore') }]),
    )
    expect(receipt.status).toBe(201)
    const changed = await api.call<Board>('GET', url, undefined, { 'if-none-match': etag })
    expect([changed.status, changed.body.revision]).toEqual([200, first.body.revision + 1])
    expect(changed.body.pieces.find(({ pieceId }) => pieceId === piece)?.state).toBe('deposee')
    const decision = { versionId: changed.body.pieces.find(({ pieceId }) => pieceId === piece)?.version?.id }
    await api.call('POST', fill(API_PATHS.decision, { grappe, piece }), { ...decision, decision: 'acceptee' })

    // The last day ends at 22:00 UTC in Paris: what is missing is late there an hour before UTC turns the page.
    test.setNow('2026-07-16T21:30:00.000Z')
    const lastDay = String((await api.call<Board>('GET', url)).headers.etag)
    test.setNow('2026-07-16T22:30:00.000Z')
    const closed = await api.call<Board>('GET', url, undefined, { 'if-none-match': lastDay })
    test.setNow('2026-06-01T10:00:00.000Z')
    expect(closed.status).toBe(200)
    const missing = closed.body.pieces.filter(({ state }) => state === 'attendue')
    expect(missing.every(({ late, required }) => late === required)).toBe(true)
  })

  it('accepts many versions through the API, and is told which ones changed meanwhile', async () => {
    const waiting = (await board()).pieces.flatMap(({ pieceId, version, state }) =>
      state === 'deposee' && pieceId !== null && version !== null ? [{ pieceId, versionId: version.id }] : [],
    )
    expect(waiting).toHaveLength(3)
    const replaced = waiting.find(({ pieceId }) => pieceId === waiting[0]?.pieceId)
    const url = fill(API_PATHS.versions, { grappe, piece: replaced?.pieceId ?? '' })
    expect((await api.upload(url, form([{ name: 'v2.pdf', bytes: await pdf('v2') }]))).status).toBe(201)

    test.setNow('2026-06-02T10:00:00.000Z')
    const before = await board()
    const unknown = { pieceId: grappe, versionId: grappe }
    const accept = () =>
      api.call<Acceptance>('POST', fill(API_PATHS.acceptPieces, { grappe }), {
        pieces: [...waiting, unknown],
      })
    const stream = await listen()
    const first = await accept()
    expect(first.status).toBe(200)
    expect(first.body.accepted).toEqual(waiting.slice(1))
    expect(first.body.left).toEqual([
      { ...waiting[0], reason: 'remplacee' },
      { ...unknown, reason: 'introuvable' },
    ])
    // One revision and one line of the journal for each piece.
    expect((await board()).revision).toBe(before.revision + 2)
    await stream.until(/"news":"2 autres changements\."/)
    stream.close()

    const again = await accept()
    expect(again.body.accepted).toEqual([])
    expect(again.body.left.map(({ reason }) => reason)).toEqual([
      'remplacee',
      'decidee',
      'decidee',
      'introuvable',
    ])
    expect((await board()).revision).toBe(before.revision + 2)
    const states = (await board()).pieces.filter(({ version }) => version !== null).map(({ state }) => state)
    expect(states.toSorted()).toEqual(['acceptee', 'acceptee', 'acceptee', 'deposee'])
    const undo = await api.call('POST', fill(API_PATHS.undoAcceptance, { grappe }), { pieces: waiting })
    expect(undo.body).toEqual({
      undone: waiting.slice(1),
      kept: [{ ...waiting[0], reason: 'redecidee' }],
    })
    const none = await api.call('POST', fill(API_PATHS.acceptPieces, { grappe }), { pieces: [] })
    expect(none.status).toBe(422)
    const other = await test.porteur('autre@exemple.fr')
    const foreign = await other.call('POST', fill(API_PATHS.acceptPieces, { grappe }), { pieces: waiting })
    expect(foreign.status).toBe(404)
  })
})
