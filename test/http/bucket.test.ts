/** The same application with its files in a bucket: from a deposit to the sealed ZIP, and when the bucket is away. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { eq } from 'drizzle-orm'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { files, seals } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { runStorage } from '../../scripts/storage.ts'
import { writeBackup } from '../../server/backup/write-backup.ts'
import { type Config, ConfigError, readConfig } from '../../server/config.ts'
import { createContext } from '../../server/context.ts'
import { checkSeals } from '../../server/steps/dossier/check-seal.ts'
import { drawReadings } from '../../server/steps/dossier/draw-reading.ts'
import { expectedBlobs } from '../../server/steps/read/referenced-files.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { openTestDatabase } from '../support/database.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { keepFiles } from '../support/kept-files.ts'
import { signInPorteur } from '../support/page-client.ts'
import { refusing, type S3Server, startS3, type Trouble } from '../support/s3-server.ts'
import { depositOn, esmsPieces, type Receipt, readVersion, sealVersion } from '../support/sealed.ts'

let s3: S3Server
let test: TestApp
let porteur: ApiClient
let grappe: string
let piece: string
let photoPiece: string

beforeAll(async () => {
  s3 = await startS3(['essai', 'copie', 'plein'])
  test = await startApp({ STORAGE_URL: s3.url })
  porteur = await test.porteur()
  grappe = (await createTestGrappe(porteur, 3)).grappeId
  const asked = await esmsPieces(porteur, grappe)
  piece = asked[0]?.pieceId ?? ''
  photoPiece = asked[1]?.pieceId ?? ''
})
afterEach(() => s3.setTrouble(null))
afterAll(async () => {
  await test.close()
  await s3.close()
})

const fileOf = (receipt: Receipt) => receipt.version.files[0] ?? { id: '', sha256: '' }
const download = (fileId: string) => porteur.call('GET', fill(API_PATHS.file, { grappe, file: fileId }))

describe('files in a bucket', () => {
  it('are deposited, read and sealed as in a folder, and no byte of them stays here', async () => {
    const bytes = await pdf('dans le compartiment')
    const receipt = await depositOn(porteur, grappe, piece, bytes)
    expect((await download(fileOf(receipt).id)).raw.equals(bytes)).toBe(true)

    const photo = await sharp({ create: { width: 400, height: 300, channels: 3, background: 'teal' } })
      .jpeg()
      .toBuffer()
    const photographed = await porteur.upload<Receipt>(
      fill(API_PATHS.versions, { grappe, piece: photoPiece }),
      form([
        { name: 'page 1.jpg', bytes: photo },
        { name: 'page 2.jpg', bytes: await sharp(photo).negate().jpeg().toBuffer() },
      ]),
    )
    expect(photographed.status).toBe(201)
    const [original] = await test.context.db.select().from(files).where(eq(files.mediaType, 'image/jpeg'))
    const browser = await signInPorteur(test)
    const drawn = await browser.get(urlTo('thumbnail', { grappe, file: original?.id ?? '' }))
    expect([drawn.status, drawn.headers['content-type']]).toEqual([200, 'image/jpeg'])

    const version = await sealVersion(test, porteur, grappe)
    const zip = await porteur.call('GET', fill(API_PATHS.sealZip, { grappe, number: '1' }))
    expect(createHash('sha256').update(zip.raw).digest('hex')).toBe(version.zipSha256)
    await drawReadings(test.context)
    const [seal] = await test.context.db.select().from(seals)
    expect(seal?.readingState).toBe('faite')

    for (const sha256 of await expectedBlobs(test.context.db))
      expect(await test.context.blobs.size(sha256)).toBeGreaterThan(0)
    expect(existsSync(join(test.config.dataDir, 'blobs'))).toBe(false)
    expect(await readdir(join(test.config.dataDir, 'arrivees'))).toEqual([])
  })

  it('that cannot be reached cost nothing: a deposit is told to come back, a read says why, nothing is marked', async () => {
    const receipt = await depositOn(porteur, grappe, piece, await pdf('avant la panne'))
    s3.setTrouble(refusing(403))
    const refused = await porteur.upload<{ detail: string }>(
      fill(API_PATHS.versions, { grappe, piece }),
      form([{ name: 'pièce.pdf', bytes: await pdf('pendant la panne') }]),
    )
    expect([refused.status, refused.body.detail]).toEqual([
      503,
      expect.stringContaining('stockage des fichiers'),
    ])
    expect((await download(fileOf(receipt).id)).status).toBe(503)
    expect((await porteur.call('POST', fill(API_PATHS.seals, { grappe }), { incomplet: true })).status).toBe(
      503,
    )
    s3.setTrouble(null)
    const rows = await test.context.db.select().from(files)
    expect(rows.filter(({ damagedAt }) => damagedAt !== null)).toEqual([])
    expect(await readdir(join(test.config.dataDir, 'arrivees'))).toEqual([])
    const again = await depositOn(porteur, grappe, piece, await pdf('pendant la panne'))
    expect(again.version.number).toBe(receipt.version.number + 1)
  })

  it('that the store answers as they were before are refused or told to come back, and given once it answers as it should', async () => {
    const bytes = await pdf('la dernière version')
    // Before it was there: what was just sent cannot be read again, so that nothing is acknowledged.
    s3.setTrouble(refusing(404, 'GET', 'HEAD'))
    const early = await porteur.upload<{ detail: string }>(
      fill(API_PATHS.versions, { grappe, piece }),
      form([{ name: 'pièce.pdf', bytes }]),
    )
    expect([early.status, early.body.detail]).toEqual([503, expect.stringContaining('Réessayez')])
    s3.setTrouble(null)
    const receipt = await depositOn(porteur, grappe, piece, bytes)
    const { id, sha256 } = fileOf(receipt)
    const damaged = async () =>
      (await test.context.db.select().from(files).where(eq(files.id, id)))[0]?.damagedAt ?? null
    const old: Trouble = (asked, answer) => {
      if (asked.method !== 'GET' || asked.url?.includes(sha256) !== true) return false
      answer.writeHead(200, { 'content-length': String(bytes.length) }).end(Buffer.alloc(bytes.length, 'a'))
      return true
    }
    for (const stale of [old, refusing(404, 'GET', 'HEAD')]) {
      s3.setTrouble(stale)
      const refused = await download(id)
      expect(refused.status).toBeGreaterThanOrEqual(500)
      expect(refused.raw.includes('aaaa')).toBe(false)
      s3.setTrouble(null)
      expect((await download(id)).raw.equals(bytes)).toBe(true)
      expect(await damaged()).toBeNull()
    }
  })

  it('whose check is cut by an outage are checked again, and the version is offered', async () => {
    const number = (await readAll()).length + 1
    const sealed = await porteur.call('POST', fill(API_PATHS.seals, { grappe }), { incomplet: true })
    expect(sealed.status).toBe(202)
    s3.setTrouble(refusing(403))
    await expect(sealCheck()).rejects.toHaveProperty('cause.message', expect.stringContaining('403'))
    s3.setTrouble(null)
    expect((await readVersion(porteur, grappe, number)).state).toBe('verification')
    await sealCheck()
    expect((await readVersion(porteur, grappe, number)).state).toBe('scelle')

    s3.setTrouble(refusing(403))
    await expect(drawReadings(test.context)).rejects.toHaveProperty(
      'cause.message',
      expect.stringContaining('403'),
    )
    s3.setTrouble(null)
    const readings = () => test.context.db.select({ state: seals.readingState }).from(seals)
    expect((await readings()).some(({ state }) => state === 'echec')).toBe(false)
    await drawReadings(test.context)
    expect((await readings()).every(({ state }) => state === 'faite')).toBe(true)
  })

  it('are backed up like those of a folder', async () => {
    const to = await mkdtemp(join(tmpdir(), 'grappe-kit-sauvegarde-'))
    const { dataDir } = test.config
    const { db, blobs: store } = test.context
    const { manifest, copied } = await writeBackup({ db, dataDir, store, now: () => new Date() }, to)
    expect(manifest.lacking).toEqual([])
    expect(copied).toBe((await expectedBlobs(db)).size)
    await rm(to, { recursive: true })
  })

  it('that the deposit of another installation fills, or an unknown bucket, refuse the start', async () => {
    const given = await openTestDatabase()
    const dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-autre-'))
    const start = (url: string) =>
      createContext(readConfig({ DATA_DIR: dataDir, STORAGE_URL: url, LOG_LEVEL: 'silent' }), {
        database: { ...given, close: async () => {} },
      })
    await expect(start(s3.url)).rejects.toThrow(ConfigError)
    await expect(start(s3.url)).rejects.toThrow(/compartiment «\sessai\s»/)
    await expect(start(s3.urlOf('absent'))).rejects.toThrow('ne répond pas, ou refuse')
    expect(() => readConfig({ STORAGE_URL: 'https://hote/compartiment' })).toThrow('CLE:SECRET@hote')
    await given.close()
    await rm(dataDir, { recursive: true, force: true })
  }, 60_000)
})

describe('npm run storage -- copy', () => {
  it('moves an installation to a bucket and back, cut and resumed, every byte compared', async () => {
    const database = await openTestDatabase()
    const open = { ...database, close: async () => {} }
    const dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-copie-'))
    const inFolder = readConfig({ DATA_DIR: dataDir, LOG_LEVEL: 'silent' })
    const inBucket = { ...inFolder, storageUrl: s3.urlOf('copie') }
    const before = await createContext(inFolder, { database: open })
    const kept = await keepFiles(before, 12)
    await before.close()
    const storage = async (config: Config, ...args: string[]) => {
      const out = new PassThrough()
      const code = await runStorage(args, config, { out, err: out }, open)
      return { code, text: String(out.read() ?? '').replaceAll('\u00a0', ' ') }
    }
    await expect(createContext(inBucket, { database: open })).rejects.toThrow('storage -- copy')

    expect((await storage(inFolder, 'copy', 'dossier', 'compartiment')).text).toContain('STORAGE_URL')
    const shown = await storage(inBucket, 'copy', 'dossier', 'compartiment')
    expect([shown.code, shown.text]).toEqual([1, expect.stringContaining('12 fichiers, dont 12 à copier')])
    let sent = 0
    s3.setTrouble((asked, answer) => asked.method === 'PUT' && ++sent > 5 && refusing(403)(asked, answer))
    const cut = await storage(inBucket, 'copy', 'dossier', 'compartiment', '--oui')
    expect([cut.code, cut.text]).toEqual([1, expect.stringContaining('403')])
    await expect(createContext(inBucket, { database: open })).rejects.toThrow(ConfigError)
    s3.setTrouble(null)
    const resumed = await storage(inBucket, 'copy', 'dossier', 'compartiment', '--oui')
    expect([resumed.code, resumed.text]).toEqual([0, expect.stringContaining('dont 7 à copier')])

    const after = await createContext(inBucket, { database: open })
    expect((await after.blobs.list()).toSorted()).toEqual(kept)
    await keepFiles(after, 2)
    await after.close()
    const home = await storage(inBucket, 'copy', 'compartiment', 'dossier', '--oui')
    expect([home.code, home.text]).toEqual([0, expect.stringContaining('dont 2 à copier')])
    const back = await createContext(inFolder, { database: open })
    expect(await back.blobs.list()).toHaveLength(14)
    await back.close()

    const taken = await storage(
      { ...inBucket, storageUrl: s3.url },
      'copy',
      'dossier',
      'compartiment',
      '--oui',
    )
    expect([taken.code, taken.text]).toEqual([1, expect.stringContaining('autre installation')])
    await database.close()
    await rm(dataDir, { recursive: true, force: true })
  }, 120_000)
})

const sealCheck = () => checkSeals(test.context)
const readAll = () => test.context.db.select({ id: seals.id }).from(seals)
