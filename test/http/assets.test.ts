import { readdir, readFile } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PATHS, urlTo } from '../../schema/urls.ts'
import { startApp, type TestApp } from '../support/app.ts'

describe('A browser asks for the stylesheet once', () => {
  let test: TestApp
  beforeAll(async () => {
    test = await startApp()
  })
  afterAll(() => test.close())

  it('and gets every file of it, joined in the stated order, to keep until it changes', async () => {
    const { app } = test
    const page = await app.inject(urlTo('home'))
    const [, href = ''] = /rel="stylesheet" href="([^"]+)"/.exec(page.body) ?? []
    expect(href).toMatch(/^\/assets\/app\.css\?v=.{12}$/)

    const sheet = await app.inject(href)
    expect(sheet.statusCode).toBe(200)
    expect(sheet.headers['content-type']).toBe('text/css; charset=utf-8')
    expect(sheet.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(sheet.body).not.toContain('@import')

    const folder = 'templates/assets/styles'
    const files = await Promise.all(
      (await readdir(folder)).map(async name => ({
        name,
        text: await readFile(`${folder}/${name}`, 'utf8'),
      })),
    )
    const places = files.map(({ name, text }) => ({ name, at: sheet.body.indexOf(text) }))
    expect(places.filter(({ at }) => at < 0)).toEqual([])
    expect(places.sort((a, b) => a.at - b.at).map(({ name }) => name)).toEqual([
      'tokens.css',
      'base.css',
      'frame.css',
      'components.css',
      'forms.css',
      'tables.css',
      'public.css',
      'porteur.css',
      'calls.css',
      'import.css',
      'esms.css',
      'ars.css',
    ])
  })

  it('beside scripts and pictures, kept as long', async () => {
    const { app } = test
    for (const [file, type] of [
      ['upload.js', /javascript/],
      ['tus.min.js', /javascript/],
      ['grappe.svg', /svg/],
    ] as const) {
      const answer = await app.inject(`${PATHS.assets}${file}`)
      expect([file, answer.statusCode]).toEqual([file, 200])
      expect(answer.headers['content-type']).toMatch(type)
      expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    }
  })

  it('compressed as it reads best, whole once opened, and told apart by caches', async () => {
    const { app } = test
    for (const name of ['app.css', 'board.js', 'tus.min.js', 'grappe.svg']) {
      const url = `${PATHS.assets}${name}`
      const plain = await app.inject(url)
      expect(plain.headers).toMatchObject({ vary: 'accept-encoding' })
      expect(plain.headers['content-encoding']).toBeUndefined()
      const opened: ReadonlyArray<[accepted: string, encoding: string, open: (bytes: Buffer) => Buffer]> = [
        ['gzip, deflate, br', 'br', brotliDecompressSync],
        ['gzip, deflate', 'gzip', gunzipSync],
        ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
      ]
      for (const [accepted, encoding, open] of opened) {
        for (const _again of ['first', 'kept']) {
          const answer = await app.inject({ url, headers: { 'accept-encoding': accepted } })
          const { 'content-type': type, 'cache-control': kept } = plain.headers
          expect(answer.headers).toMatchObject({
            'content-encoding': encoding,
            'content-type': type,
            'cache-control': kept,
            vary: 'accept-encoding',
          })
          expect(answer.rawPayload.length).toBeLessThan(plain.rawPayload.length)
          expect(open(answer.rawPayload).equals(plain.rawPayload)).toBe(true)
        }
      }
    }
    const [br, gzip] = await Promise.all(
      ['br', 'gzip'].map(encoding =>
        app.inject({ url: `${PATHS.assets}app.css`, headers: { 'accept-encoding': encoding } }),
      ),
    )
    expect(br?.rawPayload.length).toBeLessThan(gzip?.rawPayload.length ?? 0)
  })

  it('and nothing that is not among them', async () => {
    for (const name of [
      '',
      'rien.css',
      '..%2f..%2fpackage.json',
      '../../package.json',
      'styles',
      '__proto__',
    ])
      expect((await test.app.inject(`${PATHS.assets}${name}`)).statusCode).toBe(404)
  })
})
