import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import yauzl from 'yauzl'
import type { OpenBlob } from '../../server/adapters/dossier/archive.ts'
import { writeArchive } from '../../server/adapters/dossier/archive.ts'
import { DamagedFile } from '../../server/adapters/dossier/damaged-file.ts'
import type { DossierEntry } from '../../server/domain/dossier-plan.ts'

const generated = [
  { path: 'SHA256SUMS', bytes: Buffer.from('abc  def\n'.repeat(500)), mediaType: 'text/plain' },
  { path: '00_Synthese.xlsx', bytes: randomBytes(3000), mediaType: 'application/x' },
]
let folder = ''
const blobs = new Map<string, Buffer>()

async function store(bytes: Buffer): Promise<string> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  blobs.set(sha256, bytes)
  await writeFile(join(folder, sha256), bytes)
  return sha256
}

function entryOf(sha256: string, number: number): DossierEntry {
  const bytes = blobs.get(sha256) ?? Buffer.alloc(0)
  return {
    path: `03_ESMS/2A0000253_EHPAD-Example/${number}_Etat-des-lieux_v1.pdf`,
    fileId: `f${number}`,
    sha256,
    crc32: crc32(bytes),
    size: bytes.length,
    mediaType: 'application/pdf',
    pieceName: 'État des lieux',
    ownerName: 'EHPAD Example',
    versionId: `v${number}`,
    versionNumber: 1,
  }
}

function planOf(entries: DossierEntry[]) {
  return { entries, takenAt: '2023-07-14T22:30:00.000Z', timeZone: 'Europe/Paris' }
}

const openBlob: OpenBlob = async sha256 => createReadStream(join(folder, sha256))

interface Unzipped {
  name: string
  bytes: Buffer
  date: string
  method: number
}

/** Opened by an unzipper that has nothing in common with the writer. */
async function unzip(zip: Buffer): Promise<Unzipped[]> {
  const files: Unzipped[] = []
  const reader = await new Promise<yauzl.ZipFile>((done, fail) =>
    yauzl.fromBuffer(zip, { lazyEntries: false, autoClose: true }, (error, file) =>
      error ? fail(error) : done(file),
    ),
  )
  const reads: Promise<void>[] = []
  reader.on('entry', (entry: yauzl.Entry) => {
    reads.push(
      new Promise((done, fail) =>
        reader.openReadStream(entry, (error, stream) => {
          if (error) return fail(error)
          buffer(stream).then(bytes => {
            if (crc32(bytes) !== entry.crc32) return fail(new Error(`CRC of ${entry.fileName}`))
            files.push({
              name: entry.fileName,
              bytes,
              date: entry.getLastModDate({ timezone: 'UTC' }).toISOString(),
              method: entry.compressionMethod,
            })
            done()
          }, fail)
        }),
      ),
    )
  })
  await once(reader, 'end')
  await Promise.all(reads)
  return files.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function failureOf(stream: Readable): Promise<Error> {
  return await buffer(stream).then(
    () => expect.fail('the download ended as if it were whole'),
    (error: Error) => error,
  )
}

async function openFilesOfFolder(): Promise<number> {
  const { readlink } = await import('node:fs/promises')
  const handles = await readdir('/proc/self/fd')
  const targets = await Promise.all(handles.map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return targets.filter(target => target.startsWith(folder)).length
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('the ZIP that a reviewer downloads', () => {
  it('holds the generated files and every piece, byte for byte, dated on the clock of the call', async () => {
    const entries = [
      entryOf(await store(randomBytes(300_000)), 1),
      entryOf(await store(Buffer.alloc(0)), 2),
      entryOf(await store(Buffer.from('petit')), 3),
    ]
    const files = await unzip(await buffer(writeArchive(planOf(entries), generated, openBlob)))
    expect(files.map(file => file.name)).toEqual(
      [...generated, ...entries].map(({ path }) => path).toSorted((a, b) => (a < b ? -1 : 1)),
    )
    for (const file of files) {
      const source = generated.find(({ path }) => path === file.name)?.bytes
      const entry = entries.find(({ path }) => path === file.name)
      expect(file.bytes.equals(source ?? blobs.get(entry?.sha256 ?? '') ?? Buffer.from('?'))).toBe(true)
      expect(file.date).toBe('2023-07-15T00:30:00.000Z')
      expect(file.method).toBe(file.name === 'SHA256SUMS' ? 8 : 0)
    }
  })

  it('is the same bytes twice', async () => {
    const entries = [entryOf(await store(randomBytes(200_000)), 1), entryOf(await store(randomBytes(10)), 2)]
    const once = await buffer(writeArchive(planOf(entries), generated, openBlob))
    const twice = await buffer(writeArchive(planOf(entries), generated, openBlob))
    expect(once.equals(twice)).toBe(true)
  })
})

describe('a piece damaged behind our back', () => {
  const damages: [string, (path: string, bytes: Buffer) => Promise<void>][] = [
    ['deleted', path => rm(path)],
    ['shortened', (path, bytes) => writeFile(path, bytes.subarray(0, -1))],
    ['lengthened', (path, bytes) => writeFile(path, Buffer.concat([bytes, bytes]))],
    [
      'altered',
      (path, bytes) => writeFile(path, Buffer.from(bytes.map((byte, i) => (i === 7 ? byte ^ 1 : byte)))),
    ],
  ]
  for (const [damage, apply] of damages) {
    it(`stops the download when it was ${damage}, and is named`, async () => {
      const sound = entryOf(await store(randomBytes(5000)), 1)
      const bytes = randomBytes(100_000)
      const hurt = entryOf(await store(bytes), 2)
      await apply(join(folder, hurt.sha256), bytes)
      const failure = await failureOf(
        writeArchive(planOf([sound, hurt, { ...sound, path: 'z.pdf' }]), generated, openBlob),
      )
      expect(failure).toBeInstanceOf(DamagedFile)
      expect(failure.message).toContain(hurt.path)
      expect(failure.message).toContain('État des lieux')
      expect(await openFilesOfFolder()).toBe(0)
    })
  }

  it('stops the download when the store refuses to open it', async () => {
    const entry = entryOf(await store(randomBytes(10)), 1)
    const failure = await failureOf(
      writeArchive(planOf([entry]), generated, () => Promise.reject(new Error('no such blob'))),
    )
    expect(failure.message).toContain('no such blob')
  })
})

describe('a reviewer in no hurry, or who leaves', () => {
  it('makes nothing wait in memory: pieces are opened as the download advances', async () => {
    const entries = await Promise.all(
      Array.from({ length: 30 }, async (_, i) => entryOf(await store(randomBytes(1_000_000)), i)),
    )
    let opened = 0
    const zip = writeArchive(planOf(entries), generated, sha256 => {
      opened += 1
      return openBlob(sha256)
    })
    await pause(300)
    expect(opened).toBeLessThan(6)
    expect((await unzip(await buffer(zip))).length).toBe(32)
  })

  it('leaves no file open after 20 downloads cut off', async () => {
    const entries = [
      entryOf(await store(randomBytes(8_000_000)), 1),
      entryOf(await store(randomBytes(8_000_000)), 2),
    ]
    for (let i = 0; i < 20; i++) {
      const zip = writeArchive(planOf(entries), i % 2 ? generated : [], openBlob)
      if (i % 3 > 0) await once(zip, 'readable')
      if (i % 3 > 1) for (let read = 0; read < i; read++) zip.read(50_000)
      zip.destroy()
    }
    await pause(200)
    expect(await openFilesOfFolder()).toBe(0)
  })

  it('closes a piece that is being opened when the reviewer leaves', async () => {
    const entry = entryOf(await store(randomBytes(100)), 1)
    let source: Readable | undefined
    const zip = writeArchive(planOf([entry]), [], async sha256 => {
      await pause(100)
      source = createReadStream(join(folder, sha256))
      return source
    })
    zip.resume()
    await pause(20)
    zip.destroy()
    await pause(200)
    expect(source?.destroyed).toBe(true)
    expect(await openFilesOfFolder()).toBe(0)
  })
})
