import { createHash } from 'node:crypto'
import { readdir, readlink, rm, truncate, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { checkSeals } from '../../server/steps/dossier/check-seal.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { inflated, pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { openBrowser, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import {
  depositEverywhere,
  depositOn,
  esmsPieces,
  type Receipt,
  readVersion,
  type SealBody,
  sealVersion,
} from '../support/sealed.ts'

let test: TestApp
let porteur: ApiClient
let grappe: string
let receipts: Receipt[]
let version: SealBody
let base: string
let path: string
let whole: Buffer

beforeAll(async () => {
  test = await startApp()
  porteur = await test.porteur()
  grappe = (await createTestGrappe(porteur, 3)).grappeId
  receipts = await depositEverywhere(porteur, grappe)
  const [piece] = await esmsPieces(porteur, grappe)
  // Larger than what the kernel takes for a reader that does not read.
  const large = inflated(await pdf('gros'), Buffer.alloc(15_000_000, 'x'))
  receipts.push(await depositOn(porteur, grappe, piece?.pieceId ?? '', large))
  version = await sealVersion(test, porteur, grappe)
  base = await test.app.listen({ host: '127.0.0.1', port: 0 })
  path = fill(API_PATHS.sealZip, { grappe, number: '1' })
  whole = Buffer.from(await (await get()).arrayBuffer())
})
afterAll(async () => {
  // fetch opens spare connections after those that it gives up, and the stop would wait for their first request.
  test.app.server.closeAllConnections()
  await test.close()
})

const get = (headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(base + path, { ...init, headers: { authorization: `Bearer ${porteur.token}`, ...headers } })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())
/** A body that nobody reads holds its connection. */
const statusOf = async (answer: Promise<Response>) => {
  const { status, body } = await answer
  await body?.cancel()
  return status
}
const range = (text: string, more: Record<string, string> = {}) => get({ range: text, ...more })

function blobOf(receipt: Receipt | undefined): string {
  const sha256 = receipt?.version.files[0]?.sha256 ?? ''
  return join(test.config.dataDir, 'blobs', sha256.slice(0, 2), sha256)
}

async function openBlobs(): Promise<number> {
  const handles = await readdir('/proc/self/fd')
  const targets = await Promise.all(handles.map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return targets.filter(target => target.startsWith(join(test.config.dataDir, 'blobs'))).length
}

describe('a sealed ZIP over HTTP', () => {
  it('tells its length, a strong ETag and that it takes ranges, to HEAD as to GET', async () => {
    for (const method of ['GET', 'HEAD']) {
      const response = await get({}, { method })
      const body = await bytesOf(response)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-length')).toBe(String(version.zipBytes))
      expect(response.headers.get('etag')).toBe(`"${version.zipSha256}"`)
      expect(response.headers.get('accept-ranges')).toBe('bytes')
      expect(response.headers.get('content-disposition')).toContain(`${version.name}.zip`)
      expect(body.length).toBe(method === 'HEAD' ? 0 : version.zipBytes)
    }
    expect(createHash('sha256').update(whole).digest('hex')).toBe(version.zipSha256)
  })

  it.each([
    ['from a byte on', 'bytes=100-', 100, undefined],
    ['between two bytes', 'bytes=30-4095', 30, 4096],
    ['its last bytes', 'bytes=-22', -22, undefined],
    ['more last bytes than there are', 'bytes=-99999999999', 0, undefined],
    ['past its end', 'bytes=50-99999999999', 50, undefined],
    ['two parts that overlap, as one', 'bytes=10-60,40-99', 10, 100],
  ])('gives %s', async (_, asked, from, to) => {
    const response = await range(asked)
    expect(response.status).toBe(206)
    const expected = whole.subarray(from, to)
    expect((await bytesOf(response)).equals(expected)).toBe(true)
    const start = from < 0 ? whole.length + from : from
    expect(response.headers.get('content-range')).toBe(
      `bytes ${start}-${start + expected.length - 1}/${whole.length}`,
    )
  })

  it('gives several parts as multipart, each with its place', async () => {
    const response = await range('bytes=0-9, 1000-1999, -5')
    expect(response.status).toBe(206)
    const body = await bytesOf(response)
    expect(response.headers.get('content-length')).toBe(String(body.length))
    const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(
      response.headers.get('content-type') ?? '',
    )?.[1]
    const parts = body.toString('latin1').split(`\r\n--${boundary}`)
    expect(parts.at(-1)).toBe('--\r\n')
    const read = parts.slice(1, -1).map(part => {
      const at = part.indexOf('\r\n\r\n')
      const place = /Content-Range: bytes (\d+)-(\d+)\/(\d+)/.exec(part.slice(0, at)) ?? []
      return { place: place.slice(1).map(Number), bytes: Buffer.from(part.slice(at + 4), 'latin1') }
    })
    const { length } = whole
    expect(read.map(({ place }) => place)).toEqual([
      [0, 9, length],
      [1000, 1999, length],
      [length - 5, length - 1, length],
    ])
    for (const { place, bytes } of read) {
      expect(bytes.equals(whole.subarray(place[0], (place[1] ?? 0) + 1))).toBe(true)
    }
  })

  it('is the whole when any set of ranges is put together', async () => {
    const cuts = fc.uniqueArray(fc.nat(whole.length - 1), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(cuts, async positions => {
        const stops = [...new Set([0, ...positions, whole.length])].sort((a, b) => a - b)
        const parts: Buffer[] = []
        for (const [i, end] of stops.slice(1).entries()) {
          parts.push(await bytesOf(await range(`bytes=${stops[i]}-${end - 1}`)))
        }
        expect(Buffer.concat(parts).equals(whole)).toBe(true)
      }),
      { numRuns: 15 },
    )
  })

  it('says that a part beyond its end does not exist, and how long it is', async () => {
    for (const asked of [`bytes=${whole.length}-`, 'bytes=-0']) {
      const response = await range(asked)
      expect(response.status).toBe(416)
      expect(response.headers.get('content-range')).toBe(`bytes */${whole.length}`)
    }
  })

  it.each([
    ['is no range', 'bytes=abc'],
    ['is in another unit', 'lines=0-9'],
    [
      'asks for more parts than anybody needs',
      `bytes=${Array.from({ length: 100 }, (_, i) => `${i * 20}-${i * 20 + 5}`)}`,
    ],
  ])('is sent whole, once, when the Range header %s', async (_, asked) => {
    const response = await range(asked)
    expect(response.status).toBe(200)
    expect((await bytesOf(response)).equals(whole)).toBe(true)
  })

  it('answers a Range header of 10,000 parts, and stays there for others', async () => {
    const parts = Array.from({ length: 10_000 }, (_, i) => `${i * 3}-${i * 3}`).join(',')
    // Node refuses headers that long by itself; past it, ours does.
    expect(await statusOf(range(`bytes=${parts}`))).toBe(431)
    const injected = await test.app.inject({
      method: 'GET',
      url: path,
      headers: { authorization: `Bearer ${porteur.token}`, range: `bytes=${parts}` },
    })
    expect(injected.statusCode).toBe(200)
    expect(injected.rawPayload.equals(whole)).toBe(true)
    expect(await statusOf(range('bytes=0-9'))).toBe(206)
  })

  it('goes on only where the copy is this version: otherwise the whole is sent', async () => {
    const etag = `"${version.zipSha256}"`
    expect(await statusOf(range('bytes=5-', { 'if-range': etag }))).toBe(206)
    expect(await statusOf(range('bytes=5-', { 'if-range': '"autre"' }))).toBe(200)
    expect(await statusOf(range('bytes=5-', { 'if-range': `W/${etag}` }))).toBe(200)
    const date = (await get({}, { method: 'HEAD' })).headers.get('last-modified') ?? ''
    expect(await statusOf(range('bytes=5-', { 'if-range': date }))).toBe(206)
    const unchanged = await get({ 'if-none-match': `"x", ${etag}` })
    expect(unchanged.status).toBe(304)
    expect((await bytesOf(unchanged)).length).toBe(0)
    expect(await statusOf(get({ 'if-none-match': '"x"' }))).toBe(200)
  })

  it('leaves nothing open behind readers who leave', async () => {
    for (let i = 0; i < 20; i++) {
      // Not fetch: it opens spare connections of its own after each that it gives up.
      await new Promise<void>(done => {
        const asked = request(
          base + path,
          { headers: { authorization: `Bearer ${porteur.token}` } },
          answer => {
            answer.once('data', () => {
              asked.destroy()
              done()
            })
          },
        )
        asked.on('error', () => {}).end()
      })
    }
    await expect.poll(openBlobs).toBe(0)
    await expect
      .poll(
        () =>
          new Promise(done => {
            test.app.server.getConnections((_, count) => done(count))
          }),
      )
      .toBeLessThan(5)
  })

  it('serves others, in flat memory, while 200 readers take nothing', async () => {
    const { port } = test.app.server.address() as AddressInfo
    const before = process.memoryUsage()
    const slow = Array.from({ length: 200 }, () => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.pause()
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${porteur.token}\r\n\r\n`)
      return socket
    })
    await pause(3000)
    expect((await bytesOf(await get())).equals(whole)).toBe(true)
    const after = process.memoryUsage()
    const grownMib = (after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed) / 2 ** 20
    for (const socket of slow) socket.destroy()
    expect(grownMib).toBeLessThan(130)
    await expect.poll(openBlobs).toBe(0)
  })
})

describe('a reviewer', () => {
  it('who holds the address of an older version reads it, and that a newer one exists', async () => {
    const second = await sealVersion(test, porteur, grappe)
    const link = await issueLink(test.context.db, test.context, {
      kind: 'ars',
      grappeId: grappe,
      label: 'ARS',
    })
    const browser = openBrowser(test)
    const older = await browser.get(urlTo('arsVersion', { token: link.token, number: '1' }))
    expect(textOf(older)).toContain('Une version plus récente existe')
    expect(older.html).toContain(urlTo('arsVersion', { token: link.token, number: '2' }))
    expect(older.html).toContain(version.seal)
    const newest = await browser.get(urlTo('arsHome', { token: link.token }))
    expect(textOf(newest)).not.toContain('plus récente')
    expect(newest.html).toContain(second.seal)
    const zip = await browser.get(urlTo('arsVersionZip', { token: link.token, number: '1' }))
    expect(zip.raw.equals(whole)).toBe(true)
    for (const number of ['3', '0', 'x', '1e3']) {
      expect((await browser.get(urlTo('arsVersion', { token: link.token, number }))).status).toBe(404)
    }
  })

  it('is written the seal, with the link and for each new version', async () => {
    await porteur.call('POST', fill(API_PATHS.links, { grappe }), {
      label: 'Instructrice',
      email: 'ars@exemple.fr',
    })
    const third = await sealVersion(test, porteur, grappe)
    const mails = await porteur.call<{ recipient: string; text: string; subject: string }[]>(
      'GET',
      fill(API_PATHS.mails, { grappe }),
    )
    const texts = mails.body.filter(({ recipient }) => recipient === 'ars@exemple.fr').map(({ text }) => text)
    expect(texts).toHaveLength(2)
    expect(texts.some(text => text.includes(third.seal))).toBe(true)
    expect(texts.some(text => !text.includes(third.seal) && text.includes('Son sceau'))).toBe(true)
  })
})

describe('a porteur', () => {
  it('seals from the page, is told what is missing, follows the check and reads what changed', async () => {
    const browser = await signInPorteur(test)
    const page = await browser.get(urlTo('dossier', { grappe }))
    expect(textOf(page)).toContain('Sceller la version 4')
    const refused = await browser.submit(urlTo('sealDossier', { grappe }))
    expect(refused.status).toBe(409)
    expect(textOf(refused)).toContain('cochez la case')
    const sealed = await browser.submit(urlTo('sealDossier', { grappe }), { incomplet: 'oui' })
    const checking = await browser.follow(sealed)
    expect(textOf(checking)).toContain('Vérification en cours')
    expect(checking.html).toContain('<progress')
    const progress = await browser.get(urlTo('sealedProgress', { grappe, number: '4' }))
    expect(JSON.parse(progress.html)).toMatchObject({ enCours: true, octetsRelus: 0 })
    await checkSeals(test.context)
    const ready = await browser.get(urlTo('sealedVersion', { grappe, number: '4' }))
    expect(textOf(ready)).toContain('Ni les pièces ni le verdict n’ont changé')
    expect(ready.html).toContain(urlTo('sealedZip', { grappe, number: '4' }))
    const listed = textOf(await browser.get(urlTo('dossier', { grappe })))
    for (const number of [1, 2, 3, 4]) expect(listed).toContain(`Version ${number}`)
  })
})

describe('a file damaged after the seal', () => {
  it.each<[string, string, (path: string, size: number) => Promise<void>]>([
    ['altered', 'altéré', (blob, size) => writeFile(blob, Buffer.alloc(size, 'y'))],
    ['cut short', 'octets au lieu de', blob => truncate(blob, 10)],
    ['deleted', 'absent', blob => rm(blob)],
  ])('cuts the download before its end when %s, and is told to the porteur', async (_, words, damage) => {
    const own = await createTestGrappe(porteur, 1, `Grappe ${words}`)
    const deposits = await depositEverywhere(porteur, own.grappeId)
    await sealVersion(test, porteur, own.grappeId)
    const url = base + fill(API_PATHS.sealZip, { grappe: own.grappeId, number: '1' })
    const headers = { authorization: `Bearer ${porteur.token}` }
    const good = await bytesOf(await fetch(url, { headers }))
    await damage(blobOf(deposits[0]), deposits[0]?.version.files[0]?.size ?? 0)

    const received: Buffer[] = []
    const cut = new Promise<boolean>(done => {
      request(url, { headers }, response => {
        response.on('data', (chunk: Buffer) => received.push(chunk))
        response.on('close', () => done(!response.complete))
      })
        .on('error', () => done(true))
        .end()
    })
    expect(await cut).toBe(true)
    const bytes = Buffer.concat(received)
    expect(bytes.equals(good.subarray(0, bytes.length))).toBe(true)
    expect(bytes.length).toBeLessThan(good.length)

    await expect.poll(async () => (await readVersion(porteur, own.grappeId, 1)).failure).toContain(words)
    const journal = await porteur.call<{ event: string }[]>(
      'GET',
      fill(API_PATHS.journal, { grappe: own.grappeId }),
    )
    expect(journal.body.filter(({ event }) => event.includes('abîmée sur le serveur'))).toHaveLength(1)
    const browser = await signInPorteur(test)
    const page = await browser.get(urlTo('sealedVersion', { grappe: own.grappeId, number: '1' }))
    expect(textOf(page)).toContain('abîmés sur le serveur')
  })

  it('is found whole again once restored and checked anew', async () => {
    const own = await createTestGrappe(porteur, 1, 'Grappe restaurée')
    const deposits = await depositEverywhere(porteur, own.grappeId)
    await sealVersion(test, porteur, own.grappeId)
    const at = { grappe: own.grappeId, number: '1' }
    const bytes = await porteur.call(
      'GET',
      fill(API_PATHS.file, { grappe: own.grappeId, file: deposits[0]?.version.files[0]?.id ?? '' }),
    )
    await rm(blobOf(deposits[0]))
    const browser = await signInPorteur(test)
    await browser.get(urlTo('sealedVersion', at))
    await browser.submit(urlTo('recheckVersion', at))
    await checkSeals(test.context)
    expect((await readVersion(porteur, own.grappeId, 1)).failure).toContain('absent')
    await writeFile(blobOf(deposits[0]), bytes.raw)
    await browser.submit(urlTo('recheckVersion', at))
    await checkSeals(test.context)
    expect(await readVersion(porteur, own.grappeId, 1)).toMatchObject({ state: 'scelle', failure: null })
  })
})
