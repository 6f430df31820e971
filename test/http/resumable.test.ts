/** Uploads that survive, sent by the protocol's own client over real HTTP. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import { Upload } from 'tus-js-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { links } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { SESSION_COOKIE } from '../../server/http/security.ts'
import { START } from '../support/app.ts'
import { form, pdf, pdfOf } from '../support/files.ts'
import { signInPorteur } from '../support/page-client.ts'
import { openScene, type Scene } from '../support/scene.ts'
import { depositSent, refusalOf, sendByTus } from '../support/tus.ts'

let scene: Scene
let base: string
beforeAll(async () => {
  scene = await openScene()
  base = await scene.test.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => scene.test.close())

/** Which version of the protocol a request speaks. */
const TUS = { 'tus-resumable': '1.0.0' }

/** That of the forms of a page. */
const tokenIn = ({ html }: { html: string }) => /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const read = (text: string | undefined) => (text ?? '').replace(/[\u00a0\u202f]/g, ' ')

/** Where the member at this place sends files for its piece. */
async function at(member: number) {
  const { token, pieceId, url } = await scene.at(member)
  return { token, pieceId, url, uploads: base + urlTo('memberUploads', { token, piece: pieceId }) }
}

/** Sends until the server holds some of it, then is gone. */
async function sendInPart(uploads: string, bytes: Buffer): Promise<string> {
  return await new Promise((resolve, reject) => {
    const upload = new Upload(bytes, {
      endpoint: uploads,
      metadata: { filename: 'coupé.pdf', modified: '1760000000000' },
      chunkSize: 100_000,
      retryDelays: null,
      storeFingerprintForResuming: false,
      onError: reject,
      onChunkComplete: () => void upload.abort().then(() => resolve(upload.url ?? '')),
    })
    upload.start()
  })
}

describe('an upload cut midway', () => {
  it('is listed with what has arrived, goes on from there, and becomes a version with its own bytes', async () => {
    const { uploads } = await at(0)
    const bytes = await pdfOf(450_000)
    const url = await sendInPart(uploads, bytes)
    const [listed] = (await (await fetch(uploads)).json()) as Array<Record<string, unknown>>
    expect(listed).toMatchObject({ name: 'coupé.pdf', modified: '1760000000000', size: 450_000 })
    expect(base + String(listed?.address)).toBe(url)
    expect(Number(listed?.received)).toBeGreaterThanOrEqual(100_000)

    let first: number | null = null
    const sent = await sendByTus(
      uploads,
      { name: 'coupé.pdf', bytes },
      {
        uploadUrl: url,
        onProgress: done => {
          first ??= done
        },
      },
    )
    expect(first).toBe(Number(listed?.received))
    expect(sent.url).toBe(url)

    const made = await depositSent(uploads, [sent])
    expect(made.status).toBe(201)
    expect(made.body.files).toEqual([{ name: 'coupé.pdf', sha256: sha256(bytes), size: 450_000 }])
    expect(await scene.versionsOf(0)).toEqual([['coupé.pdf']])
    expect(await scene.onDisk()).toEqual({ arrivals: [], uploads: [], blobs: [sha256(bytes)] })
    expect((await scene.browser.get(made.body.location ?? '')).html).toContain(sha256(bytes))
  })

  it('keeps what came of a chunk whose connection died, and lets the next one in at once', async () => {
    const { token, pieceId, uploads } = await at(0)
    const begun = await fetch(uploads, {
      method: 'POST',
      headers: { ...TUS, 'upload-length': '1000000' },
    })
    expect(begun.status).toBe(201)
    const path = begun.headers.get('location') ?? ''
    expect(path).toMatch(new RegExp(`^${urlTo('memberUploads', { token, piece: pieceId })}/[0-9a-f]{32}$`))

    const socket = connect(Number(new URL(base).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      `PATCH ${path} HTTP/1.1\r\nHost: h\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 1000000\r\n\r\n`,
    )
    socket.write(Buffer.alloc(300_000, 1))
    await pause(300)
    // The line is dead without a word: the server still waits on it when the same upload is asked for.
    const startedAt = performance.now()
    const head = await fetch(base + path, { method: 'HEAD', headers: TUS })
    expect(Number(head.headers.get('upload-offset'))).toBe(300_000)
    expect(performance.now() - startedAt).toBeLessThan(15_000)
    socket.destroy()
    const removed = await fetch(base + path, { method: 'DELETE', headers: TUS })
    expect(removed.status).toBe(204)
    expect((await scene.onDisk()).uploads).toEqual([])
  })
})

describe('an upload of somebody else', () => {
  it('does not exist, for another link or for another piece of the same link', async () => {
    const mine = await at(1)
    const sent = await sendByTus(mine.uploads, { name: 'à moi.pdf', bytes: await pdf('À moi') })
    const other = await scene.at(1, 'devis-mise-en-conformite')
    const otherPiece = base + urlTo('memberUploads', { token: other.token, piece: other.pieceId })
    for (const uploads of [(await at(2)).uploads, otherPiece]) {
      for (const method of ['HEAD', 'PATCH', 'DELETE']) {
        const answer = await fetch(`${uploads}/${sent.id}`, { method, headers: TUS })
        expect(answer.status, `${method} ${uploads}`).toBe(404)
      }
      expect(await (await fetch(uploads)).json()).toEqual([])
      expect((await depositSent(uploads, [sent])).status).toBe(410)
    }
    expect(await scene.versionsOf(1)).toEqual([])
    expect((await fetch(sent.url, { method: 'DELETE', headers: TUS })).status).toBe(204)
  })

  it('whose link is revoked midway is neither shown, nor removed, nor deposited, at once', async () => {
    const { token, uploads } = await at(1)
    const sent = await sendByTus(uploads, { name: 'révoqué.pdf', bytes: await pdf('révoqué') })
    const { db, tokens } = scene.test.context
    const own = eq(links.tokenHash, tokens.hash(token))
    await db
      .update(links)
      .set({ revokedAt: new Date(START) })
      .where(own)
    expect((await fetch(uploads)).status).toBe(410)
    expect((await fetch(sent.url, { method: 'DELETE', headers: TUS })).status).toBe(410)
    expect((await depositSent(uploads, [sent])).status).toBe(410)
    await db.update(links).set({ revokedAt: null }).where(own)
    expect((await fetch(sent.url, { method: 'DELETE', headers: TUS })).status).toBe(204)
  })

  it('is not reached through a path that leaves the folder', async () => {
    const { uploads } = await at(1)
    for (const id of ['..%2Fcle-secrete', '..', 'a'.repeat(32)]) {
      const answer = await fetch(`${uploads}/${id}`, { method: 'HEAD', headers: TUS })
      expect(answer.status).toBe(404)
    }
  })
})

describe('a deposit of several uploads', () => {
  it('is one version in the order asked, and the same one when it is asked for again', async () => {
    const { uploads } = await at(2)
    const names = ['un.pdf', 'deux.pdf', 'trois.pdf']
    const sent = []
    for (const name of names) sent.push(await sendByTus(uploads, { name, bytes: await pdf(name) }))
    const asked = sent.toReversed()
    // A double click, then a retry by a browser that never read the answers.
    const [first, second] = await Promise.all([depositSent(uploads, asked), depositSent(uploads, asked)])
    const third = await depositSent(uploads, asked)
    expect([first.status, second.status, third.status]).toEqual([201, 201, 201])
    expect([first, second, third].filter(({ body }) => !body.alreadyReceived)).toHaveLength(1)
    expect(new Set([first, second, third].map(({ body }) => body.location)).size).toBe(1)
    expect(await scene.versionsOf(2)).toEqual([names.toReversed()])
    expect((await scene.onDisk()).uploads).toEqual([])
  })

  it('is still confirmed once the piece was accepted and the call has closed', async () => {
    const { uploads, pieceId } = await at(2)
    const sent = await sendByTus(uploads, { name: 'tard.pdf', bytes: await pdf('Tard') })
    const made = await depositSent(uploads, [sent])
    const address = { grappe: scene.grappe.grappeId, piece: pieceId }
    const versionId = made.body.location?.split('/').at(-1)
    await scene.porteur.call('POST', fill(API_PATHS.decision, address), { versionId, decision: 'acceptee' })
    scene.test.setNow('2026-07-17T10:00:00.000Z')
    const again = await depositSent(uploads, [sent])
    const other = await refusalOf(sendByTus(uploads, { name: 'autre.pdf', bytes: await pdf('Autre') }))
    scene.test.setNow(START)
    expect(again.status).toBe(201)
    expect(again.body).toMatchObject({ location: made.body.location, alreadyReceived: true })
    expect(other.status).toBe(409)
    expect(other.detail).toContain('L’appel est clos')
  })

  it('keeps the files of the version before when asked to', async () => {
    const { uploads } = await at(3)
    const one = await sendByTus(uploads, { name: 'a.pdf', bytes: await pdf('a') })
    await depositSent(uploads, [one])
    const two = await sendByTus(uploads, { name: 'b.pdf', bytes: await pdf('b') })
    await depositSent(uploads, [two], { garder: 'oui' })
    const three = await sendByTus(uploads, { name: 'c.pdf', bytes: await pdf('c') })
    await depositSent(uploads, [three])
    expect(await scene.versionsOf(3)).toEqual([['a.pdf'], ['a.pdf', 'b.pdf'], ['c.pdf']])
  })

  it('takes what can be taken, as a form does, and says of each other file why not, where the rest is asked', async () => {
    const { uploads, url } = await at(3)
    const before = await scene.versionsOf(3)
    const good = await sendByTus(uploads, { name: 'bon.pdf', bytes: await pdf('bon') })
    const bad = await sendByTus(uploads, { name: 'faux.pdf', bytes: Buffer.from('pas un PDF') })
    const empty = await sendByTus(uploads, { name: 'vide.pdf', bytes: Buffer.alloc(0) })
    const none = await depositSent(uploads, [bad, empty])
    expect(none.status).toBe(422)
    expect(none.body.refused?.map(({ upload }) => upload)).toEqual([bad.id, empty.id])
    expect(await scene.versionsOf(3)).toEqual(before)

    const made = await depositSent(uploads, [bad, good, empty])
    expect(made.status).toBe(201)
    expect(made.body.refused?.map(({ upload }) => upload)).toEqual([bad.id, empty.id])
    expect(read(made.body.refused?.[0]?.reason)).toContain('« faux.pdf » n’est pas dans un format accepté')
    expect(read(made.body.refused?.[1]?.reason)).toContain('« vide.pdf » est vide')
    expect(read(made.body.detail)).toContain('« bon.pdf »')
    expect(await scene.versionsOf(3)).toEqual([...before, ['bon.pdf']])
    expect(await scene.onDisk()).toMatchObject({ arrivals: [], uploads: [] })

    // The page that it leads to completes that deposit rather than replaces it.
    expect(made.body.location).toContain(`${url}?suite=`)
    const page = await scene.browser.get(made.body.location ?? '')
    expect(page.html).toMatch(/name="garder"[^>]* checked/)
    expect((await scene.browser.get(url)).html).not.toMatch(/name="garder"[^>]* checked/)
  })

  it('says what is missing: nothing chosen, an upload unfinished, an upload gone, too many', async () => {
    const { uploads } = await at(3)
    const part = { id: (await sendInPart(uploads, await pdfOf(400_000))).split('/').at(-1) ?? '' }
    expect((await depositSent(uploads, [])).status).toBe(422)
    expect((await depositSent(uploads, [part])).body.code).toBe('uploads-unfinished')
    expect((await depositSent(uploads, [{ id: 'f'.repeat(32) }])).body.code).toBe('uploads-gone')
    const many = Array.from({ length: 51 }, (_, n) => ({ id: String(n) }))
    expect((await depositSent(uploads, many)).status).toBe(413)
  })
})

describe('before a byte is taken', () => {
  it('refuses a file above the limit of its piece, and takes one at the limit', async () => {
    const { uploads } = await at(3)
    const refused = await refusalOf(sendByTus(uploads, { name: 'gros.pdf', bytes: Buffer.alloc(20_000_001) }))
    expect(refused.status).toBe(413)
    expect(refused.detail).toContain('dépasse 20 Mo')
    const whole = await sendByTus(
      uploads,
      { name: 'juste.pdf', bytes: await pdfOf(20_000_000) },
      { chunkSize: 5_000_000 },
    )
    expect((await depositSent(uploads, [whole])).status).toBe(201)
  })

  it('refuses when the disk has no room for it, by either way in, and lets in what fits', async () => {
    const full = await openScene({ DISK_KEPT_FREE_MB: '1000000000' })
    try {
      const address = await full.test.app.listen({ host: '127.0.0.1', port: 0 })
      const { token, pieceId, url } = await full.at(0)
      const uploads = address + urlTo('memberUploads', { token, piece: pieceId })
      const file = { name: 'plein.pdf', bytes: await pdf('Plein') }
      const refused = await refusalOf(sendByTus(uploads, file))
      expect(refused.status).toBe(507)
      expect(refused.detail).toContain(
        'Le serveur n’a plus de place pour ce fichier : rien n’a été enregistré',
      )
      const answer = await fetch(address + url, { method: 'POST', body: form([file]), redirect: 'manual' })
      expect(answer.status).toBe(507)
      expect(read(await answer.text())).toContain('Le serveur n’a plus de place pour ce fichier')
      expect(await full.onDisk()).toEqual({ arrivals: [], uploads: [], blobs: [] })
    } finally {
      await full.test.close()
    }
  })

  it('refuses the hundred and first upload that a link leaves undeposited', async () => {
    const { uploads } = await at(1)
    const begin = () => fetch(uploads, { method: 'POST', headers: { ...TUS, 'upload-length': '10' } })
    for (let n = 0; n < 100; n++) expect((await begin()).status).toBe(201)
    const answer = await begin()
    expect(answer.status).toBe(429)
    expect(read(((await answer.json()) as { detail: string }).detail)).toContain('Déposez-les ou retirez-les')
  })
})

describe('a porteur', () => {
  it('needs its session and the token of its page, then deposits for the member', async () => {
    const { pieceId } = await scene.at(1)
    const browser = await signInPorteur(scene.test)
    const page = await browser.get(urlTo('piece', { grappe: scene.grappe.grappeId, piece: pieceId }))
    const uploads = base + urlTo('pieceUploads', { grappe: scene.grappe.grappeId, piece: pieceId })
    const file = { name: 'porteur.pdf', bytes: await pdf('Porteur') }
    const cookie = browser.cookieHeader()
    const token = tokenIn(page)

    expect((await refusalOf(sendByTus(uploads, file, { headers: { cookie } }))).status).toBe(403)
    const unsigned = cookie.replace(`${SESSION_COOKIE}=`, 'autre=')
    const noSession = { cookie: unsigned, 'x-csrf-token': token }
    // The token is that of the session: without it, it is worth nothing.
    expect((await refusalOf(sendByTus(uploads, file, { headers: noSession }))).status).toBe(403)

    const headers = { cookie, 'x-csrf-token': token }
    const sent = await sendByTus(uploads, file, { headers })
    // Whoever was let in a moment ago is let in, and nobody else at the same address.
    const stranger = await signInPorteur(scene.test, 'autre@exemple.fr')
    const ownPage = await stranger.get(urlTo('newGrappe'))
    const foreign = { cookie: stranger.cookieHeader(), 'x-csrf-token': tokenIn(ownPage) }
    expect((await refusalOf(sendByTus(uploads, file, { headers: foreign }))).status).toBe(404)
    expect((await fetch(sent.url, { method: 'HEAD', headers: { ...TUS, ...headers } })).status).toBe(200)
    expect((await fetch(sent.url, { method: 'HEAD', headers: { ...TUS, ...foreign } })).status).toBe(404)
    expect((await depositSent(uploads, [sent], { headers: { cookie } })).status).toBe(403)
    const made = await depositSent(uploads, [sent], { headers })
    expect(made.status).toBe(201)
    expect(await scene.versionsOf(1)).toEqual([['porteur.pdf']])
  })
})

describe('a server that stops while a chunk arrives', () => {
  it('does not wait for the slow line, and ends what it had begun for it before all else', async () => {
    const stopped = await openScene()
    const { uploads: store } = stopped.test.context
    const { answer } = store
    let begun = 0
    let ended = 0
    // As long as a database that is asked where a cut chunk stopped.
    store.answer = async asked => {
      begun += 1
      try {
        return await answer.call(store, asked)
      } finally {
        await pause(1000)
        ended += 1
      }
    }
    const address = await stopped.test.app.listen({ host: '127.0.0.1', port: 0 })
    const { token, pieceId } = await stopped.at(0)
    const uploads = address + urlTo('memberUploads', { token, piece: pieceId })
    const slow = fetch(uploads, {
      method: 'POST',
      headers: {
        ...TUS,
        'upload-length': '1000000',
        'content-type': 'application/offset+octet-stream',
      },
      body: new ReadableStream({ start: line => line.enqueue(Buffer.alloc(1000)) }),
      duplex: 'half',
    } as RequestInit).then(
      () => 'answered',
      () => 'cut',
    )
    await pause(300)
    const startedAt = performance.now()
    await stopped.test.app.close()
    expect([begun, ended]).toEqual([1, 1])
    await stopped.test.close()
    expect(await slow).toBe('cut')
    expect(performance.now() - startedAt).toBeLessThan(15_000)
  })
})

describe('a network that refuses PATCH', () => {
  it('lets chunks through as POST that say what they mean, and the same version is made', async () => {
    const { uploads } = await at(3)
    const bytes = await pdfOf(250_000)
    const methods: string[] = []
    const sent = await sendByTus(
      uploads,
      { name: 'par POST.pdf', bytes },
      {
        overridePatchMethod: true,
        onBeforeRequest: request => {
          methods.push(request.getMethod())
        },
      },
    )
    expect(new Set(methods)).toEqual(new Set(['POST']))
    expect(methods.length).toBeGreaterThan(2)
    const deposited = await depositSent(uploads, [sent])
    expect(deposited.status).toBe(201)
    expect(deposited.body.files?.[0]?.sha256).toBe(sha256(bytes))
  })

  it('and a POST on an upload that says nothing is nothing', async () => {
    const { uploads } = await at(3)
    const url = await sendInPart(uploads, await pdfOf(250_000))
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...TUS, 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' },
      body: 'octets',
    })
    expect(answer.status).toBe(404)
    expect((await fetch(url, { method: 'DELETE', headers: TUS })).status).toBe(204)
  })
})
