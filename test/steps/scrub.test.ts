/** Every stored byte is read again, in a folder and in a bucket: what is damaged is told by its name, and repaired. */
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { damagedBlobs, files, scrub, sealedEntries, seals } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { repairStore } from '../../scripts/storage-repair.ts'
import { bucketAt } from '../../server/adapters/bucket/bucket.ts'
import { blobPath, blobsFolder } from '../../server/adapters/data-folder/blobs-folder.ts'
import { writeBackup } from '../../server/backup/write-backup.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { scrubFiles } from '../../server/steps/control/scrub-files.ts'
import { drawReadings } from '../../server/steps/dossier/draw-reading.ts'
import { expectedBlobs } from '../../server/steps/read/referenced-files.ts'
import { openWatch } from '../../server/watch.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { form, pdf, pdfOf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { openBrowser, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { refusing, type S3Server, startS3 } from '../support/s3-server.ts'
import { depositOn, esmsPieces, sealVersion } from '../support/sealed.ts'

const FAST = { everyDays: 30, bytesPerS: 1e9, forMs: 60_000 }

let s3: S3Server
beforeAll(async () => {
  s3 = await startS3(['essai'])
})
afterAll(() => s3.close())

describe.each(['folder', 'bucket'])('files in a %s', kind => {
  let test: TestApp
  let porteur: ApiClient
  let grappe: string
  /** Of two deposited files, the reading copy, and a part that was drawn at sealing. */
  let hashes: { first: string; second: string; photo: string; reading: string; drawn: string }
  let backup: string

  beforeAll(async () => {
    test = await startApp(kind === 'bucket' ? { STORAGE_URL: s3.url } : {})
    porteur = await test.porteur()
    grappe = (await createTestGrappe(porteur, 3)).grappeId
    const pieces = await esmsPieces(porteur, grappe)
    const deposited: string[] = []
    for (const [rank, bytes] of [await pdf('une pièce'), await pdfOf(3_000_000)].entries()) {
      const { version } = await depositOn(porteur, grappe, pieces[rank]?.pieceId ?? '', bytes)
      deposited.push(version.files[0]?.sha256 ?? '')
    }
    const photo = await sharp({ create: { width: 400, height: 300, channels: 3, background: 'teal' } })
      .jpeg()
      .toBuffer()
    const photographed = await porteur.upload(
      fill(API_PATHS.versions, { grappe, piece: pieces[2]?.pieceId ?? '' }),
      form([{ name: 'page.jpg', bytes: photo }]),
    )
    expect(photographed.status).toBe(201)
    await sealVersion(test, porteur, grappe)
    await drawReadings(test.context)
    const { db, blobs: store } = test.context
    const [seal] = await db.select().from(seals)
    const entries = await db.select().from(sealedEntries)
    const [original] = await db.select().from(files).where(eq(files.mediaType, 'image/jpeg'))
    hashes = {
      first: deposited[0] ?? '',
      second: deposited[1] ?? '',
      photo: original?.sha256 ?? '',
      reading: seal?.readingSha256 ?? '',
      drawn: entries.find(({ path }) => path.endsWith('.xlsx'))?.sha256 ?? '',
    }
    backup = await mkdtemp(join(tmpdir(), 'grappe-kit-sauvegarde-'))
    await writeBackup({ db, dataDir: test.config.dataDir, store, now: () => new Date() }, backup)
  })
  afterAll(async () => {
    await test.close()
    await rm(backup, { recursive: true, force: true })
  })
  beforeEach(() => test.context.db.delete(scrub))
  afterEach(() => s3.setTrouble(null))

  /** Puts these bytes in the place of the file, as a failing disk would. */
  async function replace(sha256: string, bytes: Buffer): Promise<void> {
    if (kind === 'folder') await writeFile(blobPath(test.config.dataDir, sha256), bytes)
    else await bucketAt(s3.url).put(`blobs/${sha256.slice(0, 2)}/${sha256}`, bytes)
  }
  /** Alters one byte, its length unchanged. */
  async function alter(sha256: string): Promise<void> {
    const bytes = await bytesOf(sha256)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    await replace(sha256, bytes)
  }
  async function bytesOf(sha256: string): Promise<Buffer> {
    const chunks: Buffer[] = []
    for await (const chunk of await test.context.blobs.open(sha256)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  const pass = async () => (await test.context.db.select().from(scrub))[0]
  const noted = async () =>
    (await test.context.db.select().from(damagedBlobs)).map(({ sha256 }) => sha256).toSorted()
  async function repair(isConfirmed: boolean, readsAll = false): Promise<[boolean, string]> {
    const lines: string[] = []
    const { db, blobs: store, now } = test.context
    const from = blobsFolder(backup)
    const say = (line: string) => lines.push(line.replaceAll('\u00a0', ' '))
    return [await repairStore({ db, store, from, now, readsAll, isConfirmed, say }), lines.join('\n')]
  }

  it('are all read once a period, each run going on where the last one stopped', async () => {
    const { context } = test
    const expected = (await expectedBlobs(context.db)).size
    for (let runs = 1; runs <= expected; runs++) {
      await scrubFiles(context, { ...FAST, forMs: 0 })
      expect(await pass()).toMatchObject({ files: runs, finishedAt: null })
    }
    await scrubFiles(context, FAST)
    const done = await pass()
    expect(done).toMatchObject({ files: expected, startedAt: context.now(), finishedAt: context.now() })
    expect(done?.bytes).toBeGreaterThan(3_000_000)
    const begunAt = context.now()
    test.setNow(new Date(begunAt.getTime() + 29 * 86_400_000).toISOString())
    await scrubFiles(context, FAST)
    expect(await pass()).toEqual(done)
    test.setNow(new Date(begunAt.getTime() + 30 * 86_400_000).toISOString())
    await scrubFiles(context, { ...FAST, forMs: 0 })
    expect(await pass()).toMatchObject({ files: 1, finishedAt: null })
    test.setNow(begunAt.toISOString())
    expect(await noted()).toEqual([])
  })

  it('are read no faster than the settings say', async () => {
    const startedAt = performance.now()
    await scrubFiles(test.context, { ...FAST, bytesPerS: 4e6 })
    const { bytes = 0 } = (await pass()) ?? {}
    expect(bytes / ((performance.now() - startedAt) / 1000)).toBeLessThan(4.4e6)
  })

  it('that were altered are sent to nobody, whole or in part: each is refused in a sentence', async () => {
    const base = await test.app.listen({ host: '127.0.0.1', port: 0 })
    const browser = await signInPorteur(test)
    const whole = new Map<string, Buffer>()
    const altered = Object.values(hashes)
    for (const sha256 of altered) whole.set(sha256, await bytesOf(sha256))
    for (const sha256 of altered) await alter(sha256)
    const { db } = test.context
    const fileOf = async (sha256: string) =>
      (await db.select().from(files).where(eq(files.sha256, sha256)))[0]?.id ?? ''
    const at = { grappe, number: '1' }
    const pages = [
      urlTo('file', { grappe, file: await fileOf(hashes.first) }),
      urlTo('file', { grappe, file: await fileOf(hashes.second) }),
      urlTo('previewFile', { grappe, file: await fileOf(hashes.second) }),
      urlTo('thumbnail', { grappe, file: await fileOf(hashes.photo) }),
      urlTo('sealedReading', at),
      urlTo('sealedXlsx', at),
    ]
    for (const page of pages) {
      const refused = await browser.get(page)
      expect([page, refused.status]).toEqual([page, 500])
      expect(textOf(refused)).toMatch(/« [^»]+ » est abîmé sur le serveur/)
    }
    // Not known yet of what is in the ZIP only: a range of it is cut, and gives none of its bytes.
    await db.delete(damagedBlobs)
    const zip = (range: Record<string, string>) =>
      fetch(base + fill(API_PATHS.sealZip, at), {
        headers: { authorization: `Bearer ${porteur.token}`, ...range },
      })
    const inside = { range: 'bytes=1500000-1600000' }
    await expect(zip(inside).then(answer => answer.arrayBuffer())).rejects.toThrow()
    await expect.poll(noted, { timeout: 20_000 }).not.toEqual([])
    // From then on it is said, to whoever asks for the whole or for a range.
    for (const range of [{}, inside]) {
      const refused = await zip(range)
      expect(refused.status).toBe(500)
      expect(await refused.text()).toContain('est abîmé sur le serveur')
    }
    const draft = await porteur.call<{ detail: string }>('GET', fill(API_PATHS.dossierZip, { grappe }))
    expect([draft.status, draft.body.detail]).toEqual([500, expect.stringContaining('ne sont plus lisibles')])

    for (const [sha256, bytes] of whole) await replace(sha256, bytes)
    const mended = await zip(inside)
    expect(mended.status).toBe(206)
    // Read to its end: a server stops only once its answers are taken.
    expect((await mended.arrayBuffer()).byteLength).toBe(100_001)
    await scrubFiles(test.context, FAST)
    expect(await noted()).toEqual([])
  })

  it('that are damaged are told by name, on the state page and in the log, and repaired from a backup', async () => {
    const { context } = test
    const altered = Object.values(hashes).toSorted()
    for (const sha256 of altered) await alter(sha256)
    const spoilt = await bytesOf(hashes.first)
    await scrubFiles(context, FAST)
    expect(await noted()).toEqual(altered)
    const names = [
      /« [^»]+ » de EHPAD n° 1, version 1 \(pièce\.pdf\)/,
      /PDF de lecture de la version 1 de Grappe d’essai/,
      /« [^»]+ » de la version 1 de Grappe d’essai/,
    ]
    const { token } = await issueLink(context.db, context, { kind: 'administration', label: 'essai' })
    const page = textOf(await openBrowser(test).get(urlTo('serverState', { token })))
    for (const name of names) expect(page).toMatch(name)
    expect(page).toContain('files-damaged')
    const told: [object, string][] = []
    await openWatch(context, {
      warn: (...line: never[]) => told.push(line as never),
      info() {},
    } as never).look()
    const line = told.find(([facts]) => JSON.stringify(facts).includes('files-damaged'))?.[1]
    expect(line?.replaceAll('\u00a0', ' ')).toMatch(names[0] ?? '')

    const [isDone, shown] = await repair(false)
    expect(isDone).toBe(false)
    expect(shown).toContain('5 fichiers abîmés ou perdus')
    expect(shown).toMatch(/À réparer : « [^»]+ » de EHPAD n° 1, version 1/)
    expect((await bytesOf(hashes.first)).equals(spoilt)).toBe(true)
    expect((await repair(true))[0]).toBe(true)
    expect(await noted()).toEqual([])
    const [file] = await context.db.select().from(files).where(eq(files.sha256, hashes.first))
    expect(file?.damagedAt).toBeNull()
    // What was there is kept, not lost.
    const kept =
      kind === 'folder'
        ? await readFile(join(test.config.dataDir, 'abimes', hashes.first))
        : await bucketAt(s3.url).range(`abimes/${hashes.first}`, 0, spoilt.length)
    expect(kept?.equals(spoilt)).toBe(true)
    expect((await repair(true, true))[1]).toContain('0 fichiers abîmés')
  })

  it('stay as they are where the backup is no better, and that is said', async () => {
    const inBackup = blobPath(backup, hashes.first)
    const good = await readFile(inBackup)
    await alter(hashes.first)
    await writeFile(inBackup, 'abîmé aussi')
    const spoilt = await bytesOf(hashes.first)
    // Nobody read it since: all are read again first.
    const [isDone, said] = await repair(true, true)
    expect(isDone).toBe(false)
    expect(said).toMatch(/ABÎMÉ ou absent aussi dans le dossier .* : « /)
    expect((await bytesOf(hashes.first)).equals(spoilt)).toBe(true)
    await writeFile(inBackup, good)
    expect((await repair(true))[0]).toBe(true)
  })

  it('in a store that is away are neither damaged nor missing: the next run goes on', async () => {
    const { context } = test
    const blobs = join(test.config.dataDir, 'blobs')
    if (kind === 'folder') await rename(blobs, `${blobs}-loin`)
    else s3.setTrouble(refusing(403))
    await expect(scrubFiles(context, FAST)).rejects.toThrow()
    await expect(repair(true, true)).rejects.toThrow()
    if (kind === 'folder') await rename(`${blobs}-loin`, blobs)
    s3.setTrouble(null)
    expect(await noted()).toEqual([])
    expect(await pass()).toMatchObject({ files: 0, finishedAt: null })
    await scrubFiles(context, FAST)
    expect(await noted()).toEqual([])
    expect((await pass())?.finishedAt).not.toBeNull()
    const version = await porteur.call<{ warning?: string }>(
      'GET',
      fill(API_PATHS.seal, { grappe, number: '1' }),
    )
    expect(version.status).toBe(200)
  })
})
