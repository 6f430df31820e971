import { createHash } from 'node:crypto'
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { PDFDocument } from '@cantoo/pdf-lib'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seals } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { listJobs } from '../../server/jobs.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { drawReadings, redrawReading } from '../../server/steps/dossier/draw-reading.ts'
import { readJournal } from '../../server/steps/read/read-journal.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { openBrowser, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { depositOn, esmsPieces, sealVersion } from '../support/sealed.ts'

let test: TestApp
let porteur: ApiClient
let grappeId: string
/** Where the bytes of the one deposited file are. */
let blob: string

beforeEach(async () => {
  test = await startApp()
  porteur = await test.porteur()
  grappeId = (await createTestGrappe(porteur, 1)).grappeId
  const [piece] = await esmsPieces(porteur, grappeId)
  const receipt = await depositOn(porteur, grappeId, piece?.pieceId ?? null, await pdf('pièce'))
  const sha256 = receipt.version.files[0]?.sha256 ?? ''
  blob = join(test.config.dataDir, 'blobs', sha256.slice(0, 2), sha256)
  await sealVersion(test, porteur, grappeId)
})
afterEach(() => test.close())

async function stored(number = 1): Promise<typeof seals.$inferSelect> {
  const [row] = await test.context.db.select().from(seals).where(eq(seals.number, number))
  return row ?? expect.fail('the seal is there')
}

async function events(): Promise<string[]> {
  const lines = await readJournal(test.context.db, grappeId)
  return lines.map(({ event }) => event).filter(event => event.startsWith('PDF de lecture'))
}

describe('the reading copy of a sealed version', () => {
  it('is made by its job, kept like any file, and told', async () => {
    await drawReadings(test.context)
    const done = await stored()
    expect(done).toMatchObject({
      readingState: 'faite',
      readingDone: 1,
      readingTotal: 1,
      readingFailure: null,
    })
    const bytes = await buffer(await test.context.blobs.open(done.readingSha256 ?? ''))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(done.readingSha256)
    expect(bytes.length).toBe(done.readingSize)
    expect((await PDFDocument.load(bytes)).getTitle()).toContain('Grappe d’essai')
    expect(await events()).toEqual(['PDF de lecture de la version 1 du dossier prêt.'])
    expect(await readdir(join(test.config.dataDir, 'lectures'))).toEqual([])
  })

  it('is not made again, nor before its version is sealed', async () => {
    await porteur.call('POST', fill(API_PATHS.seals, { grappe: grappeId }), { incomplet: true })
    await drawReadings(test.context)
    await drawReadings(test.context)
    expect((await events()).length).toBe(1)
    expect((await stored(2)).readingState).toBe('a-faire')
  })

  it('is begun again when a stop left it half-way', async () => {
    await test.context.db
      .update(seals)
      .set({ readingState: 'en-cours', readingDone: 0, readingTotal: 1 })
      .where(eq(seals.number, 1))
    await drawReadings(test.context)
    expect((await stored()).readingState).toBe('faite')
  })

  it('says which piece is damaged on the server, and is made once it is mended and asked for again', async () => {
    const bytes = await readFile(blob)
    await truncate(blob, 10)
    await drawReadings(test.context)
    const failed = await stored()
    expect(failed).toMatchObject({ readingState: 'echec', readingSha256: null })
    expect(failed.readingFailure).toMatch(
      /^Le fichier de «\u00A0.+\u00A0» de EHPAD n° 1, version 1, n’est plus celui/,
    )
    expect((await events())[0]).toContain('non fait')

    await drawReadings(test.context)
    expect((await stored()).readingState).toBe('echec')
    await redrawReading(test.context, failed.id)
    expect(await stored()).toMatchObject({ readingState: 'a-faire', readingFailure: null })
    await writeFile(blob, bytes)
    await drawReadings(test.context)
    expect((await stored()).readingState).toBe('faite')
  })

  it('says so when the server itself fails, and the fault is heard of', async () => {
    // A disk that no longer takes anything, as far as this folder goes.
    const folder = join(test.config.dataDir, 'lectures')
    await rm(folder, { recursive: true })
    await writeFile(folder, '')
    await expect(drawReadings(test.context)).rejects.toHaveProperty(
      'cause.message',
      expect.stringContaining('ENOTDIR'),
    )
    expect((await stored()).readingFailure).toMatch(/^Le serveur n’a pas pu faire le PDF de lecture\./)
  })

  it('is made by the server by itself', async () => {
    await test.context.jobs.start(listJobs(test.context), fault => expect.fail(String(fault)))
    for (let wait = 0; wait < 200 && (await stored()).readingState !== 'faite'; wait++) await pause(50)
    expect((await stored()).readingState).toBe('faite')
  })

  it('is offered to the porteur and to the reviewer once it is made, and until then they read how far it is', async () => {
    const version = { grappe: grappeId, number: '1' }
    const browser = await signInPorteur(test)
    const { token } = await issueLink(test.context.db, test.context, {
      grappeId,
      ogId: null,
      esmsId: null,
      email: null,
      kind: 'ars',
      label: 'ARS',
    })
    const reviewer = openBrowser(test)
    const read = urlTo('arsVersionReading', { token, number: '1' })

    expect(textOf(await browser.get(urlTo('dossier', version)))).toContain('PDF de lecture à faire')
    const early = await browser.get(urlTo('sealedReading', version))
    expect(early.status).toBe(409)
    expect(textOf(early)).toContain('PDF de lecture pas encore prêt')
    expect((await reviewer.get(read)).status).toBe(409)

    await drawReadings(test.context)
    expect(textOf(await browser.get(urlTo('dossier', version)))).toContain('PDF de lecture prêt')
    expect((await browser.get(urlTo('sealedVersion', version))).html).toContain(
      urlTo('sealedReading', version),
    )
    expect((await reviewer.get(urlTo('arsHome', { token }))).html).toContain(read)
    const { readingSize } = await stored()
    for (const answer of [await browser.get(urlTo('sealedReading', version)), await reviewer.get(read)]) {
      expect(answer.headers['content-type']).toBe('application/pdf')
      expect(answer.headers['content-disposition']).toContain('_lecture.pdf')
      expect(answer.raw.length).toBe(readingSize)
    }
  })

  it('is asked for again from the page of its version after a failure', async () => {
    const bytes = await readFile(blob)
    await truncate(blob, 10)
    await drawReadings(test.context)
    await writeFile(blob, bytes)
    const browser = await signInPorteur(test)
    const page = await browser.get(urlTo('sealedVersion', { grappe: grappeId, number: '1' }))
    expect(textOf(page)).toContain('n’est plus celui qui a été déposé')
    await browser.submit(urlTo('redrawReading', { grappe: grappeId, number: '1' }))
    await drawReadings(test.context)
    expect((await stored()).readingState).toBe('faite')
  })
})
