import { createHash } from 'node:crypto'
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { PDFDocument } from '@cantoo/pdf-lib'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer, receiptAnswer } from '../../schema/contracts/api.ts'
import { journal, seals } from '../../schema/tables.ts'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { planDossier } from '../../server/domain/dossier-plan.ts'
import { listJobs } from '../../server/jobs.ts'
import { drawReadings, redrawReading } from '../../server/steps/draw-reading.ts'
import { readSnapshot } from '../../server/steps/read-grappe.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'

let test: TestApp
let porteur: ApiClient
let grappeId: string
let sealId: string
/** Where the bytes of the one deposited file are. */
let blob: string

beforeEach(async () => {
  test = await startApp()
  porteur = await test.porteur()
  grappeId = (await createTestGrappe(porteur, 1)).grappeId
  const at = { grappe: grappeId }
  const board = await porteur.call<z.infer<typeof boardAnswer>>('GET', fill(API_PATHS.board, at))
  const piece = board.body.pieces.find(({ scope }) => scope === 'esms')?.pieceId ?? ''
  const receipt = await porteur.upload<z.infer<typeof receiptAnswer>>(
    fill(API_PATHS.versions, { ...at, piece }),
    form([{ name: 'pièce.pdf', bytes: await pdf('pièce') }]),
  )
  const sha256 = receipt.body.version.files[0]?.sha256 ?? ''
  blob = join(test.config.dataDir, 'blobs', sha256.slice(0, 2), sha256)
  sealId = await seal(1)
})
afterEach(() => test.close())

async function seal(number: number, state: 'scelle' | 'verification' = 'scelle'): Promise<string> {
  const snapshot = await readSnapshot(test.context, grappeId)
  if (snapshot === null) throw new Error('the grappe is there')
  const plan = planDossier(snapshot)
  const id = test.context.newId()
  await test.context.db.insert(seals).values({
    id,
    grappeId,
    number,
    state,
    sealedAt: new Date(START),
    sealedBy: 'porteuse@exemple.fr',
    plan,
    complete: plan.complete,
    sealHash: 'ab12'.repeat(16),
    zipLength: 1000,
    totalBytes: 1000,
  })
  return id
}

async function stored(id = sealId): Promise<typeof seals.$inferSelect> {
  const [row] = await test.context.db.select().from(seals).where(eq(seals.id, id))
  return row ?? expect.fail('the seal is there')
}

async function events(): Promise<string[]> {
  const rows = await test.context.db.select().from(journal).where(eq(journal.grappeId, grappeId))
  return rows.map(({ event }) => event).filter(event => event.startsWith('PDF de lecture'))
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
    const unsealed = await seal(2, 'verification')
    await drawReadings(test.context)
    await drawReadings(test.context)
    expect((await events()).length).toBe(1)
    expect((await stored(unsealed)).readingState).toBe('a-faire')
  })

  it('is begun again when a stop left it half-way', async () => {
    await test.context.db
      .update(seals)
      .set({ readingState: 'en-cours', readingDone: 0, readingTotal: 1 })
      .where(eq(seals.id, sealId))
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
    await redrawReading(test.context, sealId)
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
    await expect(drawReadings(test.context)).rejects.toThrow('ENOTDIR')
    expect((await stored()).readingFailure).toMatch(/^Le serveur n’a pas pu faire le PDF de lecture\./)
  })

  it('is made by the server by itself', async () => {
    await test.context.jobs.start(listJobs(test.context), fault => expect.fail(String(fault)))
    for (let wait = 0; wait < 200 && (await stored()).readingState !== 'faite'; wait++) await pause(50)
    expect((await stored()).readingState).toBe('faite')
  })
})
