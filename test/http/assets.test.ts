import { readdir, readFile } from 'node:fs/promises'
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
})
