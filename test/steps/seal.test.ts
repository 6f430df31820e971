import { createHash } from 'node:crypto'
import { rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import yauzl from 'yauzl'
import type { z } from 'zod'
import type { problemAnswer } from '../../schema/contracts/api.ts'
import { seals } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { listJobs } from '../../server/jobs.ts'
import { checkSeals } from '../../server/steps/dossier/check-seal.ts'
import { drawReadings } from '../../server/steps/dossier/draw-reading.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { signInPorteur } from '../support/page-client.ts'
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

beforeEach(async () => {
  await test?.close()
  test = await startApp()
  porteur = await test.porteur()
  grappe = (await createTestGrappe(porteur, 2)).grappeId
  receipts = await depositEverywhere(porteur, grappe)
})
afterAll(() => test.close())

const seal = (incomplet = true) =>
  porteur.call<SealBody & z.infer<typeof problemAnswer>>('POST', fill(API_PATHS.seals, { grappe }), {
    incomplet,
  })
const versions = async () => (await porteur.call<SealBody[]>('GET', fill(API_PATHS.seals, { grappe }))).body
const journal = async () =>
  (await porteur.call<{ event: string }[]>('GET', fill(API_PATHS.journal, { grappe }))).body.map(
    ({ event }) => event,
  )
const download = async (number: number) =>
  await porteur.call('GET', fill(API_PATHS.sealZip, { grappe, number: String(number) }))

function blobOf(receipt: Receipt | undefined): string {
  const sha256 = receipt?.version.files[0]?.sha256 ?? ''
  return join(test.config.dataDir, 'blobs', sha256.slice(0, 2), sha256)
}

async function contentsOf(zip: Buffer): Promise<Map<string, Buffer>> {
  const file = await yauzl.fromBufferPromise(zip)
  const contents = new Map<string, Buffer>()
  for await (const entry of file.eachEntry()) {
    const chunks: Buffer[] = []
    for await (const chunk of await file.openReadStreamPromise(entry)) chunks.push(chunk as Buffer)
    contents.set(entry.fileName, Buffer.concat(chunks))
  }
  return contents
}

describe('a porteur who seals', () => {
  it('is asked to confirm that the dossier is incomplete, and its name then says so', async () => {
    const refused = await seal(false)
    expect(refused.status).toBe(409)
    expect(refused.body.detail).toMatch(/incomplet.*cochez la case/)
    expect(await versions()).toEqual([])

    const version = await sealVersion(test, porteur, grappe)
    expect(version).toMatchObject({ version: 1, state: 'scelle', complete: false, changes: null })
    expect(version.name).toMatch(/_v1_INCOMPLET_2026-06-01$/)
  })

  it('reads the same word of a version that waits for a fact: neither complete nor incomplete', async () => {
    const version = await sealVersion(test, porteur, grappe)
    expect(version).toMatchObject({ complete: false, completeness: 'incomplet' })
    await test.context.db.update(seals).set({ plan: sql`jsonb_set(${seals.plan}, '{gaps}', '[]')` })
    expect(await versions()).toMatchObject([{ complete: false, completeness: 'a-verifier' }])
    const page = textOf(await (await signInPorteur(test)).get(urlTo('dossier', { grappe })))
    expect(page).toContain('scellée À VÉRIFIER')
    expect(page).not.toContain('incomplète')
  })

  it('has nothing to seal before the first deposit', async () => {
    const empty = (await createTestGrappe(porteur, 1, 'Grappe vide')).grappeId
    const refused = await porteur.call('POST', fill(API_PATHS.seals, { grappe: empty }), { incomplet: true })
    expect(refused.status).toBe(409)
  })

  it('gets a ZIP of the announced length and SHA-256, whose sums, seal and cover agree', async () => {
    const version = await sealVersion(test, porteur, grappe)
    const zip = await download(1)
    expect(zip.status).toBe(200)
    expect(zip.raw.length).toBe(version.zipBytes)
    expect(createHash('sha256').update(zip.raw).digest('hex')).toBe(version.zipSha256)

    const contents = await contentsOf(zip.raw)
    const sums = contents.get('SHA256SUMS')?.toString().trim().split('\n') ?? []
    expect(sums.length).toBe(contents.size - 1)
    for (const line of sums) {
      const [sha256, path = ''] = line.split('  ')
      expect(
        createHash('sha256')
          .update(contents.get(path) ?? '')
          .digest('hex'),
      ).toBe(sha256)
    }
    const manifest = contents.get('00_SCEAU.txt') ?? Buffer.alloc(0)
    expect(createHash('sha256').update(manifest).digest('hex')).toBe(version.seal)
    for (const { version: deposit } of receipts) {
      expect(manifest.toString()).toContain(`fichier ${deposit.files[0]?.sha256} ${deposit.files[0]?.size} `)
    }
    expect(contents.get('00_A_LIRE.txt')?.toString()).toContain(version.seal)
    expect((await journal()).filter(event => event.includes(version.seal))).toHaveLength(2)
  })

  it('seals again: the first version keeps its bytes, the second tells what changed', async () => {
    await sealVersion(test, porteur, grappe)
    const first = (await download(1)).raw
    const [piece] = await esmsPieces(porteur, grappe)
    await depositOn(porteur, grappe, piece?.pieceId ?? '', await pdf('remplacée'))
    test.setNow('2026-06-03T10:00:00.000Z')
    const second = await sealVersion(test, porteur, grappe)
    expect(second.changes).toEqual({
      since: 1,
      added: [],
      replaced: [{ ownerName: 'EHPAD n° 1', pieceName: piece?.name, from: 1, to: 2 }],
      removed: [],
      verdict: null,
      complete: null,
      completeness: null,
    })
    expect((await download(1)).raw.equals(first)).toBe(true)
    expect((await versions()).map(({ version }) => version)).toEqual([2, 1])
    const cover = (await contentsOf((await download(2)).raw)).get('00_A_LIRE.txt')?.toString()
    expect(cover).toContain('DEPUIS LA VERSION 1')
    expect(cover).toContain('version 1 remplacée par la 2')
  })

  it('keeps the version of a piece that is replaced while the seal is being checked', async () => {
    await seal()
    const [piece] = await esmsPieces(porteur, grappe)
    await depositOn(porteur, grappe, piece?.pieceId ?? '', await pdf('arrivée trop tard'))
    await checkSeals(test.context)
    const contents = await contentsOf((await download(1)).raw)
    const names = [...contents.keys()].filter(name => name.startsWith('03_ESMS'))
    expect(names.every(name => /_v1_piece\.pdf$/.test(name))).toBe(true)
    const sums = contents.get('SHA256SUMS')?.toString() ?? ''
    for (const { version } of receipts) expect(sums).toContain(version.files[0]?.sha256)
  })

  it('cannot seal twice at once: one is numbered, the other is told', async () => {
    const answers = await Promise.all([seal(), seal(), seal()])
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409])
    expect(answers.find(({ status }) => status === 409)?.body.detail).toContain('rien n’a été fait deux fois')
    expect((await seal()).status).toBe(409)
    await checkSeals(test.context)
    expect((await seal()).body.version).toBe(2)
    expect((await versions()).map(({ version }) => version)).toEqual([2, 1])
  })

  it('is not handed a version before all its files were read again', async () => {
    await seal()
    expect((await readVersion(porteur, grappe, 1)).state).toBe('verification')
    expect((await download(1)).status).toBe(409)
  })
})

describe('a file damaged before the seal', () => {
  it.each<[string, string, (path: string, size: number) => Promise<void>]>([
    ['deleted', 'fichier absent', path => rm(path)],
    ['cut short', 'octets au lieu de', path => truncate(path, 10)],
    ['altered', 'contenu altéré', (path, size) => writeFile(path, Buffer.alloc(size, 'x'))],
  ])('stops the sealing when %s, names the piece and what to do', async (_, words, damage) => {
    await damage(blobOf(receipts[0]), receipts[0]?.version.files[0]?.size ?? 0)
    const version = await sealVersion(test, porteur, grappe)
    expect(version.state).toBe('refuse')
    expect(version.failure).toMatch(/«\s.+\s» de EHPAD n° \d, version 1\s:/)
    expect(version.failure).toContain(words)
    expect(version.failure).toContain('Demandez de nouveau')
    expect((await download(1)).status).toBe(409)
    expect((await journal()).some(event => event.startsWith('Version 1 du dossier non scellée.'))).toBe(true)
  })
})

describe('the check of a seal', () => {
  it('is made once, and so is its reading copy, by whichever of two servers is first', async () => {
    const { context } = test
    await seal()
    let checks = 0
    let drawings = 0
    const { sealed } = context.dossiers
    const { draw } = context.readings
    const counting = {
      ...context,
      dossiers: {
        ...context.dossiers,
        sealed: (...asked: Parameters<typeof sealed>) => {
          checks += 1
          return sealed.apply(context.dossiers, asked)
        },
      },
      readings: {
        draw: (...asked: Parameters<typeof draw>) => {
          drawings += 1
          return draw.apply(context.readings, asked)
        },
      },
    } as typeof context
    await Promise.all([checkSeals(counting), checkSeals(counting)])
    await checkSeals(counting)
    await Promise.all([drawReadings(counting), drawReadings(counting)])
    await drawReadings(counting)
    expect([checks, drawings]).toEqual([1, 1])
    expect(await versions()).toMatchObject([{ state: 'scelle' }])
  })

  it('is taken up by the job queue, and again after a stop half-way', async () => {
    await seal()
    // What a stop leaves: a version being checked, and no job that remembers it.
    await test.context.jobs.start(listJobs(test.context), fault => {
      throw fault
    })
    await expect
      .poll(async () => (await readVersion(porteur, grappe, 1)).state, { timeout: 15_000 })
      .toBe('scelle')
    const { checkedBytes, totalBytes } = await readVersion(porteur, grappe, 1)
    expect(checkedBytes).toBe(totalBytes)
  })
})
