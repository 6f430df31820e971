import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readlink, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import yauzl from 'yauzl'
import { openBlobsFolder } from '../../server/adapters/data-folder/blobs-folder.ts'
import { layOutZip, type ZipLayout } from '../../server/adapters/dossier/zip-format.ts'
import { zipChunks } from '../../server/adapters/dossier/zip-writer.ts'
import { DamagedEntry, type ReadBlob, type SealedFile as ZipEntry } from '../../server/steps/ports.ts'

const DATE = new Date('2023-09-20T10:30:00Z')
const MIB = 1024 * 1024
let folder = ''
let readBlob: ReadBlob
const pathOf = (sha256: string) => join(folder, 'blobs', sha256.slice(0, 2), sha256)

/** Chunks are copied: the writer uses their memory again. */
function readZip(layout: ZipLayout, read: ReadBlob, range?: { start: number; end: number }): Readable {
  const copies = async function* () {
    for await (const chunk of zipChunks(layout, read, range)) yield Buffer.from(chunk)
  }
  return Readable.from(copies(), { objectMode: false, highWaterMark: 1 })
}

async function entryOf(path: string, bytes: Buffer): Promise<ZipEntry> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  await mkdir(join(folder, 'blobs', sha256.slice(0, 2)), { recursive: true })
  await writeFile(pathOf(sha256), bytes)
  return { path, sha256, crc32: crc32(bytes), size: bytes.length }
}

/** yauzl over the writer itself: it only ever asks for ranges. */
class Ranges extends yauzl.RandomAccessReader {
  readonly layout: ZipLayout
  constructor(layout: ZipLayout) {
    super()
    this.layout = layout
  }
  override _readStreamForRange(start: number, end: number): Readable {
    return readZip(this.layout, readBlob, { start, end })
  }
}

async function listed(layout: ZipLayout): Promise<yauzl.Entry[]> {
  const zip = await new Promise<yauzl.ZipFile>((done, fail) =>
    yauzl.fromRandomAccessReader(
      new Ranges(layout),
      layout.length,
      { lazyEntries: false, validateEntrySizes: true },
      (error, file) => (error ? fail(error) : done(file)),
    ),
  )
  const entries: yauzl.Entry[] = []
  zip.on('entry', entry => entries.push(entry))
  await once(zip, 'end')
  return entries
}

async function unzipped(zip: Buffer): Promise<[string, Buffer][]> {
  const file = await new Promise<yauzl.ZipFile>((done, fail) =>
    yauzl.fromBuffer(zip, { lazyEntries: false }, (error, opened) => (error ? fail(error) : done(opened))),
  )
  const reads: Promise<[string, Buffer]>[] = []
  file.on('entry', (entry: yauzl.Entry) =>
    reads.push(
      new Promise((done, fail) =>
        file.openReadStream(entry, (error, stream) => {
          if (error) return fail(error)
          buffer(stream).then(bytes => done([entry.fileName, bytes]), fail)
        }),
      ),
    ),
  )
  await once(file, 'end')
  return Promise.all(reads)
}

async function openFiles(): Promise<number> {
  const handles = await readdir('/proc/self/fd')
  const targets = await Promise.all(handles.map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return targets.filter(target => target.startsWith(folder)).length
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zip-writer-test-'))
  readBlob = (await openBlobsFolder(folder)).read
})
afterAll(() => rm(folder, { recursive: true }))

describe('a sealed dossier', () => {
  let entries: ZipEntry[]
  let layout: ZipLayout
  let whole: Buffer
  const contents: [string, Buffer][] = [
    ['01_Grappe/01_Lettre_v1.pdf', Buffer.from('lettre')],
    ['vide.pdf', Buffer.alloc(0)],
    ['03_ESMS/Été 😀.pdf', randomBytes(3 * MIB + 17)],
    ['exact.pdf', randomBytes(MIB)],
    ...Array.from({ length: 40 }, (_, i): [string, Buffer] => [`petit-${i}.pdf`, randomBytes(i * 101)]),
  ]
  beforeAll(async () => {
    entries = await Promise.all(contents.map(([path, bytes]) => entryOf(path, bytes)))
    layout = layOutZip(entries, DATE)
    whole = await buffer(readZip(layout, readBlob))
  })

  it('has the length that was told beforehand, and opens in another unzipper', async () => {
    expect(whole.length).toBe(layout.length)
    const opened = await unzipped(whole)
    expect(opened.map(([path]) => path)).toEqual(contents.map(([path]) => path))
    for (const [i, [, bytes]] of opened.entries()) expect(bytes.equals(contents[i]?.[1] ?? bytes)).toBe(true)
    const [entry] = await listed(layout)
    expect(entry?.getLastModDate({ timezone: 'UTC' }).toISOString()).toBe(DATE.toISOString())
  })

  it('is the same bytes twice', async () => {
    expect((await buffer(readZip(layOutZip(entries, DATE), readBlob))).equals(whole)).toBe(true)
  })

  it('gives any ranges that, put together, are the whole', async () => {
    const cuts = fc.uniqueArray(
      fc.oneof(
        fc.nat(layout.length),
        fc.nat(200),
        fc.nat(9000).map(n => layout.length - n),
      ),
      {
        maxLength: 8,
      },
    )
    await fc.assert(
      fc.asyncProperty(cuts, async positions => {
        const stops = [...new Set([0, ...positions, layout.length])].sort((a, b) => a - b)
        const parts = await Promise.all(
          stops.slice(1).map((end, i) => buffer(readZip(layout, readBlob, { start: stops[i] ?? 0, end }))),
        )
        expect(Buffer.concat(parts).equals(whole)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('gives each single byte', async () => {
    for (const start of [
      0,
      29,
      30,
      31,
      63,
      64,
      layout.length - 1,
      layout.length - 22,
      layout.offsets[2] ?? 0,
    ]) {
      const [byte] = await buffer(readZip(layout, readBlob, { start, end: start + 1 }))
      expect(byte).toBe(whole[start])
    }
  })

  it('reads nothing of what comes before a range', async () => {
    const read: string[] = []
    const start = (layout.offsets[2] ?? 0) + 2 * MIB
    const spy = (sha256: string, position: number, target: Uint8Array) => {
      read.push(sha256)
      expect(position).toBeGreaterThan(MIB)
      return readBlob(sha256, position, target)
    }
    await buffer(readZip(layout, spy, { start, end: start + 10 }))
    expect(read).toEqual([entries[2]?.sha256])
  })

  it('is read as the reader asks, and leaves no file open after 20 downloads cut off', async () => {
    const large = await entryOf('large.pdf', randomBytes(40 * MIB))
    const big = layOutZip([large, ...entries], DATE)
    let bytesRead = 0
    const spy = async (sha256: string, position: number, target: Uint8Array) => {
      bytesRead += target.length
      return readBlob(sha256, position, target)
    }
    for (let i = 0; i < 20; i++) {
      bytesRead = 0
      const zip = readZip(big, spy, { start: i * 1000, end: big.length })
      await once(zip, 'readable')
      for (let read = 0; read < i % 4; read++) zip.read()
      await pause(10)
      expect(bytesRead).toBeLessThan(12 * MIB)
      zip.destroy()
    }
    await pause(100)
    expect(await openFiles()).toBe(0)
  })
})

describe('a blob damaged behind our back', () => {
  const damages: [string, (path: string, bytes: Buffer) => Promise<void>][] = [
    ['deleted', path => rm(path)],
    ['shortened', (path, bytes) => truncate(path, bytes.length - 1)],
    ['lengthened', (path, bytes) => writeFile(path, Buffer.concat([bytes, Buffer.from('x')]))],
    [
      'altered',
      (path, bytes) => writeFile(path, Buffer.from(bytes.map((byte, i) => (i === 7 ? byte ^ 1 : byte)))),
    ],
  ]
  for (const size of [1000, MIB + 5]) {
    for (const [damage, apply] of damages) {
      it(`stops the download when its ${size} bytes were ${damage}, and is named`, async () => {
        const bytes = randomBytes(size)
        const entries = [await entryOf('sain.pdf', Buffer.from('sain')), await entryOf('abime.pdf', bytes)]
        await apply(pathOf(entries[1]?.sha256 ?? ''), bytes)
        const layout = layOutZip(entries, DATE)
        let sent = 0
        const failure = await (async () => {
          for await (const chunk of readZip(layout, readBlob)) sent += (chunk as Buffer).length
        })().catch((error: Error) => error)
        expect(failure).toBeInstanceOf(DamagedEntry)
        expect((failure as Error).message).toContain('abime.pdf')
        expect(sent).toBeLessThan(layout.offsets[2] ?? 0)
        expect(await openFiles()).toBe(0)
      })
    }
  }
})

describe('an archive beyond the old limits of ZIP', () => {
  it('lists 70,000 entries', async () => {
    const one = await entryOf('x', Buffer.from('x'))
    const entries = Array.from({ length: 70_000 }, (_, i) => ({ ...one, path: `${i}.pdf` }))
    const layout = layOutZip(entries, DATE)
    // The first byte of the tail is that of the central directory: enough to list, without 70,000 reads.
    const zip = Buffer.alloc(layout.length)
    const start = layout.offsets[70_000] ?? 0
    const tail = await buffer(readZip(layout, readBlob, { start, end: layout.length }))
    tail.copy(zip, start)
    const names: string[] = []
    const file = await new Promise<yauzl.ZipFile>((done, fail) =>
      yauzl.fromBuffer(zip, { lazyEntries: false }, (error, opened) => (error ? fail(error) : done(opened))),
    )
    file.on('entry', (entry: yauzl.Entry) => names.push(entry.fileName))
    await once(file, 'end')
    expect(names).toEqual(entries.map(entry => entry.path))
  })

  it('places entries of 5 GB and what follows them', async () => {
    const FIVE_GB = 5_000_000_000
    await mkdir(join(folder, 'blobs', 'sp'), { recursive: true })
    await writeFile(pathOf('sparse'), '')
    await truncate(pathOf('sparse'), FIVE_GB)
    const last = await entryOf('fin.pdf', Buffer.from('la fin'))
    const layout = layOutZip([{ path: 'gros.pdf', sha256: 'sparse', crc32: 0, size: FIVE_GB }, last], DATE)
    const seen = await listed(layout)
    expect(
      seen.map(entry => [entry.fileName, entry.uncompressedSize, entry.relativeOffsetOfLocalHeader]),
    ).toEqual([
      ['gros.pdf', FIVE_GB, 0],
      ['fin.pdf', 6, layout.offsets[1]],
    ])
    const start = (layout.offsets[1] ?? 0) + 30 + 'fin.pdf'.length
    expect((await buffer(readZip(layout, readBlob, { start, end: start + 6 }))).toString()).toBe('la fin')
  })
})
