/** What a server that starts again finds of the uploads that were under way. */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openBlobsFolder } from '../../server/adapters/data-folder/blobs-folder.ts'
import { watchDiskSpace } from '../../server/adapters/data-folder/disk-space.ts'
import { UploadTurns } from '../../server/adapters/uploads/upload-turns.ts'
import { openUploadsFolder } from '../../server/adapters/uploads/uploads-folder.ts'

const LANE = { owner: 'lien', pieceId: 'piece' }
const VERSION = '6f0d1f9e-0c5f-8b7a-a1ad-1d2c3b4a5e6f'
const HOUR_MS = 3_600_000

let dataDir: string
let folder: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-envois-'))
  folder = join(dataDir, 'envois')
  await mkdir(folder)
})
afterEach(() => rm(dataDir, { recursive: true }))

async function leave(id: string, bytes: number): Promise<void> {
  const metadata = { filename: `${id}.pdf`, modified: '', ...LANE }
  await writeFile(join(folder, id), Buffer.alloc(bytes))
  await writeFile(join(folder, `${id}.json`), JSON.stringify({ id, size: 100, offset: 0, metadata }))
}

async function open(now = new Date()) {
  const uploads = await openUploadsFolder(dataDir, {
    disk: watchDiskSpace(dataDir, 0),
    now: () => now,
    areDeposited: async () => new Set([VERSION]),
  })
  await uploads.close()
  return uploads
}

describe('a server that starts again', () => {
  it('finds each upload where it was, forgets those already deposited, and leaves the halves of files to the sweep', async () => {
    await leave('commence', 40)
    await leave('fini', 100)
    await leave('depose', 100)
    await rename(join(folder, 'depose.json'), join(folder, `depose.${VERSION}.json`))
    await leave('refuse', 100)
    await rename(join(folder, 'refuse.json'), join(folder, `refuse.${'a'.repeat(36)}.json`))
    // Its bytes went first, then the server stopped.
    await writeFile(join(folder, `parti.${VERSION}.json`), '{"size":100,"metadata":{}}')
    await writeFile(join(folder, 'sans-fiche'), 'x')
    await writeFile(join(folder, 'fiche-coupee'), 'x')
    await writeFile(join(folder, 'fiche-coupee.json'), '{"id":"fiche-cou')
    await writeFile(join(folder, 'sans-octets.json'), '{}')

    const uploads = await open()
    const found = await uploads.list(LANE)
    expect(found.map(({ id, received }) => [id, received]).toSorted()).toEqual([
      ['commence', 40],
      ['fini', 100],
      ['refuse', 100],
    ])
    const left = (await readdir(folder)).filter(name => /depose|parti|sans|coupee/.test(name))
    expect(left.toSorted()).toEqual(['fiche-coupee', 'fiche-coupee.json', 'sans-fiche', 'sans-octets.json'])
    expect(left.some(name => uploads.isUnderWay(name.split('.')[0] ?? ''))).toBe(false)
  })

  it('keeps what a deposit left out, though that deposit was made', async () => {
    await leave('pris', 100)
    await leave('laisse', 100)
    const before = await open()
    await before.hold(LANE, ['pris', 'laisse'], async ({ mark, remove }) => {
      await mark(VERSION)
      await remove(id => id === 'pris')
    })
    expect((await (await open()).list(LANE)).map(({ id }) => id)).toEqual(['laisse'])
  })

  it('gives up what nothing was added to for a day', async () => {
    await leave('recent', 40)
    await leave('ancien', 40)
    const past = new Date(Date.now() - 2 * HOUR_MS)
    await utimes(join(folder, 'ancien'), past, past)
    expect((await (await open(new Date(Date.now() + 23 * HOUR_MS))).list(LANE)).map(({ id }) => id)).toEqual([
      'recent',
    ])
    expect(await (await open(new Date(Date.now() + 25 * HOUR_MS))).list(LANE)).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })
})

describe('room on the disk', () => {
  it('counts what others have still to write, until they are done', () => {
    const disk = watchDiskSpace(dataDir, 1000)
    let others = 0
    disk.expect(() => others)
    const most = disk.reserve(() => 10_000_000)
    expect(most).not.toBeNull()
    others = 1e15
    expect(disk.reserve(() => 1)).toBeNull()
    others = 0
    expect(disk.reserve(() => 1e15)).toBeNull()
    expect(disk.reserve(() => 1)).not.toBeNull()
    expect(watchDiskSpace(dataDir, 1e15).reserve(() => 0)).toBeNull()
  })
})

describe('two requests on one upload', () => {
  it('take turns, the first being asked to let go', async () => {
    const turns = new UploadTurns()
    const order: string[] = []
    let end = () => {}
    const asked = () => void order.push('asked')
    const first = turns.take('a', asked, () => new Promise<void>(resolve => (end = resolve)))
    const second = turns.hold(['b', 'a'], async () => void order.push('second'))
    await pause(20)
    order.push('first done')
    end()
    await Promise.all([first, second])
    expect(order).toEqual(['asked', 'first done', 'second'])
  })

  it('one that gives up waiting leaves its place to the next', async () => {
    vi.useFakeTimers()
    const turns = new UploadTurns()
    let end = () => {}
    const first = turns.take(
      'a',
      () => {},
      () => new Promise<void>(resolve => (end = resolve)),
    )
    const second = expect(turns.hold(['a'], async () => {})).rejects.toMatchObject({ status: 423 })
    await vi.advanceTimersByTimeAsync(20_000)
    const third = turns.hold(['a'], async () => 'third')
    await vi.advanceTimersByTimeAsync(10_000)
    await second
    vi.useRealTimers()
    end()
    await first
    expect(await third).toBe('third')
  })
})

describe('what has come', () => {
  it('is known without being read again, unless another process received a part of it', async () => {
    await leave('repris', 40)
    const store = await openBlobsFolder(dataDir)
    const uploads = await open()
    await uploads.receive(
      LANE,
      { id: 'recu', name: 'r', folder: '', mail: null },
      Readable.from(['abc']),
      () => false,
    )
    const stage = (id: string) =>
      uploads.hold(LANE, [id], async ({ uploads: [upload] }) => {
        const known = await upload?.measured()
        const staged = await store.stageFile((await upload?.path()) ?? '', known)
        await staged.publish()
        return { isKnown: known !== undefined, sha256: staged.sha256 }
      })
    const hash = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')
    expect(await stage('recu')).toEqual({ isKnown: true, sha256: hash('abc') })
    expect(await stage('repris')).toEqual({ isKnown: false, sha256: hash(Buffer.alloc(40)) })
    // Deposited twice, such as by two members: the bytes are there once.
    expect((await stage('recu')).sha256).toBe(hash('abc'))
    expect((await store.list()).toSorted()).toEqual([hash('abc'), hash(Buffer.alloc(40))].toSorted())
    expect(await readdir(join(dataDir, 'arrivees'))).toEqual([])
  })
})
