import { open, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer, problemAnswer, receivedAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { form, pdf, pdfOf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'

let test: TestApp | undefined
let porteur: ApiClient
let at: { grappe: string }
/** Where the bytes of the one deposited file are. */
let blob: string
let size: number
/** Its address. */
let file: string

beforeEach(async () => {
  await test?.close()
  const app = await startApp()
  test = app
  porteur = await app.porteur()
  at = { grappe: (await createTestGrappe(porteur, 1)).grappeId }
  file = await deposit(app, await pdf('pièce'))
})
afterAll(() => test?.close())

/** A new version of one piece; gives the address of its file. */
async function deposit(app: TestApp, bytes: Buffer): Promise<string> {
  const board = await porteur.call<z.infer<typeof boardAnswer>>('GET', fill(API_PATHS.board, at))
  const piece = board.body.pieces.find(({ scope }) => scope === 'esms')?.pieceId ?? ''
  const receipt = await porteur.upload<z.infer<typeof receivedAnswer>>(
    fill(API_PATHS.versions, { ...at, piece }),
    form([{ name: 'pièce.pdf', bytes }]),
  )
  const stored = receipt.body.version.files[0]
  size = stored?.size ?? 0
  const sha256 = stored?.sha256 ?? ''
  blob = join(app.config.dataDir, 'blobs', sha256.slice(0, 2), sha256)
  return fill(API_PATHS.file, { ...at, file: stored?.id ?? '' })
}

describe('a single file whose stored bytes were touched behind our back', () => {
  it.each([
    ['deleted', () => rm(blob)],
    ['cut short', () => truncate(blob, 10)],
    ['altered without changing its size', () => writeFile(blob, Buffer.alloc(size, 'x'))],
  ])('is refused in a sentence with its name, never sent, when it is %s', async (_, damage) => {
    expect((await porteur.call('GET', file)).raw).toHaveLength(size)
    await damage()
    const answer = await porteur.call<z.infer<typeof problemAnswer>>('GET', file)
    expect(answer.status).toBe(500)
    expect(answer.body.detail).toMatch(/«.pièce.pdf.» est abîmé sur le serveur/)
    const head = await test?.app.inject({
      method: 'HEAD',
      url: file,
      headers: { authorization: `Bearer ${porteur.token}` },
    })
    expect(head?.statusCode).toBe(500)
  })

  it('is refused before its first byte when it is long and altered near its end', async () => {
    const app = test as TestApp
    const url = await deposit(app, await pdfOf(3_000_000))
    const handle = await open(blob, 'r+')
    await handle.write(Buffer.from('x'), 0, 1, 2_999_000)
    await handle.close()
    const refused = await porteur.call<{ detail: string }>('GET', url)
    expect(refused.status).toBe(500)
    expect(refused.body.detail).toContain('est abîmé sur le serveur')
    expect(refused.raw.length).toBeLessThan(2000)
  })
})

describe('a dossier whose stored bytes were touched behind our back', () => {
  it.each([
    ['deleted', () => rm(blob)],
    ['cut short', () => truncate(blob, 10)],
  ])('is refused before its first byte, naming the piece, when a blob is %s', async (_, damage) => {
    await damage()
    const zip = await porteur.call<z.infer<typeof problemAnswer>>('GET', fill(API_PATHS.dossierZip, at))
    expect(zip.status).toBe(500)
    expect(zip.headers['content-type']).toContain('application/problem+json')
    expect(zip.body.detail).toMatch(/ne sont plus lisibles.*«\s.+\s» de EHPAD n°\s1/)
    // The workbook holds no stored byte: it still tells where things stand.
    expect((await porteur.call('GET', fill(API_PATHS.dossierXlsx, at))).status).toBe(200)
  })

  it('is cut, never whole, when a blob was altered without changing its size', async () => {
    await writeFile(blob, Buffer.alloc(size, 'x'))
    const base = await test?.app.listen({ host: '127.0.0.1', port: 0 })
    const download = fetch(`${base}${fill(API_PATHS.dossierZip, at)}`, {
      headers: { authorization: `Bearer ${porteur.token}` },
    }).then(response => response.arrayBuffer())
    await expect(download).rejects.toThrow()
  })

  it('is whole when nothing was touched', async () => {
    expect(await readdir(join(blob, '..'))).toHaveLength(1)
    expect((await porteur.call('GET', fill(API_PATHS.dossierZip, at))).status).toBe(200)
  })
})
