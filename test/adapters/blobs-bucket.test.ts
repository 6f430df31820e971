/** A bucket keeps what it is given, or says that it does not: on a real S3 server, sound, slow, failing, lying. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { blobsBucket } from '../../server/adapters/bucket/blobs-bucket.ts'
import { bucketAt } from '../../server/adapters/bucket/bucket.ts'
import { type KeptStore, NotAStore } from '../../server/adapters/kept-store.ts'
import { StoreUnreachable } from '../../server/steps/ports.ts'
import { refusing, type S3Server, startS3 } from '../support/s3-server.ts'

let s3: S3Server
let store: KeptStore
let arrivals: string

beforeAll(async () => {
  arrivals = await mkdtemp(join(tmpdir(), 'grappe-kit-arrivees-'))
  s3 = await startS3(['essai', 'autre', 'etranger'])
  store = blobsBucket(s3.url, arrivals, [10, 20, 30])
  await store.prepare()
})
afterEach(() => s3.setTrouble(null))
afterAll(async () => {
  await s3.close()
  await rm(arrivals, { recursive: true, force: true })
})

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function keep(bytes: Buffer): Promise<string> {
  const staged = await store.stage(Readable.from([bytes]))
  await staged.publish()
  return staged.sha256
}

const read = async (sha256: string, position: number, length: number) => {
  const target = Buffer.alloc(length)
  return target.subarray(0, await store.read(sha256, position, target))
}

describe('a bucket', () => {
  it.each([1, 100_000, 20_000_000])('gives back %d bytes, whole or any part of them', async size => {
    const bytes = randomBytes(size)
    const sha256 = await keep(bytes)
    expect(sha256).toBe(sha256Of(bytes))
    expect(await store.size(sha256)).toBe(size)
    expect((await buffer(await store.open(sha256))).equals(bytes)).toBe(true)
    const middle = Math.floor(size / 2)
    expect((await read(sha256, middle, 1000)).equals(bytes.subarray(middle, middle + 1000))).toBe(true)
    expect(await read(sha256, size, 10)).toHaveLength(0)
    expect(await store.withFile(sha256, async path => sha256Of(await readFile(path)))).toBe(sha256)
    expect(await readdir(arrivals)).toEqual([])
  })

  it('keeps the same bytes once, and takes a file of the disk as it is', async () => {
    const bytes = randomBytes(5000)
    const path = join(arrivals, 'envoi')
    await writeFile(path, bytes)
    const staged = await store.stageFile(path)
    await staged.publish()
    await keep(bytes)
    expect((await store.list()).filter(each => each === staged.sha256)).toHaveLength(1)
    await rm(path)
    expect(await store.size(staged.sha256)).toBe(5000)
  })

  it('says of what it never had that it is not there, and nothing else', async () => {
    const never = sha256Of(Buffer.from('jamais'))
    expect(await store.size(never)).toBeNull()
    await expect(store.open(never)).rejects.toThrow('No object')
    const fault = await store.read(never, 0, Buffer.alloc(1)).catch((error: unknown) => error)
    expect(fault).toBeInstanceOf(Error)
    expect(fault).not.toBeInstanceOf(StoreUnreachable)
    await store.quarantine(never)
  })

  it('leaves nothing of a file that was discarded, nor of a source that failed', async () => {
    const staged = await store.stage(Readable.from([Buffer.from('laissé')]))
    await staged.discard()
    const failing = Readable.from(
      (async function* () {
        yield Buffer.from('début')
        throw new Error('coupé')
      })(),
    )
    await expect(store.stage(failing)).rejects.toThrow('coupé')
    expect(await store.size(staged.sha256)).toBeNull()
    expect(await readdir(arrivals)).toEqual([])
  })

  it('moves what is infected where nothing reads, and what is set aside where it can come back from', async () => {
    const infected = await keep(Buffer.from('infecté'))
    await store.quarantine(infected)
    expect(await store.size(infected)).toBeNull()

    const stray = await keep(Buffer.from('égaré'))
    expect(Math.abs(Date.now() - (await store.cameAt(stray)).getTime())).toBeLessThan(60_000)
    await store.setAside([stray], '2026-06-02')
    expect(await store.size(stray)).toBeNull()
    const aside = await store.listAside()
    expect(aside).toEqual([{ day: '2026-06-02', sha256: stray, bytes: 7 }])
    for (const blob of aside) await store.putBack(blob)
    expect((await buffer(await store.open(stray))).toString()).toBe('égaré')
    await store.setAside([stray], '2026-06-03')
    await store.deleteAside(await store.listAside())
    expect(await store.listAside()).toEqual([])
  })

  it('erases what no row refers to any more, wherever it is, and nothing else', async () => {
    const later = new Date(Date.now() + 25 * 3_600_000)
    const sha256 = await keep(Buffer.from('à effacer'))
    expect(await store.erase(sha256, new Date(), async () => false)).toBe('recent')
    expect(await store.erase(sha256, later, async () => true)).toBe('used')
    expect(await store.size(sha256)).toBe(10)
    const whileAsked = async () => {
      await keep(Buffer.from('à effacer'))
      return false
    }
    expect(await store.erase(sha256, later, whileAsked)).toBe('erased')
    expect(await store.size(sha256)).toBe(10)
    await store.quarantine(sha256)
    expect(await store.erase(sha256, later, async () => false)).toBe('erased')
    expect(await bucketAt(s3.url).list('', 1000)).not.toContainEqual(
      expect.objectContaining({ key: expect.stringContaining(sha256) }),
    )
  })

  it('keeps which store it is, prepared first and settled once confirmed', async () => {
    const identity = {
      storeId: '11111111-1111-4111-8111-111111111111',
      databaseId: '22222222-2222-4222-8222-222222222222',
    }
    expect(await store.identity.read()).toEqual({ settled: null, prepared: null })
    await store.identity.prepare(identity)
    expect(await store.identity.read()).toEqual({ settled: null, prepared: identity })
    await store.identity.settle()
    expect(await store.identity.read()).toEqual({ settled: identity, prepared: null })
  })

  it('is refused when it holds something else, with the name of it', async () => {
    const foreign = blobsBucket(s3.urlOf('etranger'), arrivals)
    await bucketAt(s3.urlOf('etranger')).put('photos/vacances.jpg', Buffer.from('x'))
    const fault = await foreign.identity.read().catch((error: unknown) => error)
    expect(fault).toBeInstanceOf(NotAStore)
    expect((fault as Error).message).toContain('photos/vacances.jpg')
  })
})

describe('a bucket that does not serve', () => {
  it.each([503, 500, 429])('is asked again when it answers %d, and then serves', async status => {
    const bytes = randomBytes(2000)
    let left = 2
    s3.setTrouble((asked, answer) => left-- > 0 && refusing(status)(asked, answer))
    const sha256 = await keep(bytes)
    left = 2
    expect((await read(sha256, 0, 2000)).equals(bytes)).toBe(true)
  })

  it.each([
    ['refuses', refusing(403)],
    ['fails', refusing(503)],
    [
      'hangs up',
      (asked: { socket: { destroy(): void } }) => {
        asked.socket.destroy()
        return true
      },
    ],
  ] as const)(
    'and %s is never taken for one without the file',
    async (_how, trouble) => {
      const sha256 = await keep(Buffer.from('là'))
      s3.setTrouble(trouble)
      for (const act of [
        () => store.size(sha256),
        () => store.open(sha256),
        () => read(sha256, 0, 2),
        () => store.list(),
        () => store.identity.read(),
        () => keep(Buffer.from('autre')),
      ])
        await expect(act()).rejects.toThrow(StoreUnreachable)
      s3.setTrouble(null)
      expect(await store.size(sha256)).toBe(3)
      expect(await readdir(arrivals)).toHaveLength(1)
      await rm(join(arrivals, (await readdir(arrivals))[0] ?? ''))
    },
    90_000,
  )

  it('of which the name is wrong is not one without the file either', async () => {
    const nowhere = blobsBucket(s3.urlOf('absent'), arrivals, [10])
    await expect(nowhere.size(sha256Of(Buffer.from('x')))).rejects.toThrow(StoreUnreachable)
    await expect(nowhere.identity.read()).rejects.toThrow(StoreUnreachable)
  })

  it('and says that it took what it did not take is found out before the deposit is acknowledged', async () => {
    s3.setTrouble((asked, answer) => asked.method === 'PUT' && refusing(200)(asked, answer))
    await expect(keep(Buffer.from('perdu'))).rejects.toThrow(StoreUnreachable)
    s3.setTrouble(async (asked, answer) => {
      // Half of the body is kept, and the whole acknowledged.
      if (asked.method !== 'PUT') return false
      const sent = await buffer(asked)
      s3.setTrouble(null)
      await bucketAt(s3.url).put(asked.url?.split('/').slice(2).join('/') ?? '', sent.subarray(1))
      answer.writeHead(200, { etag: '"0"' }).end()
      return true
    })
    await expect(keep(Buffer.from('tronqué'))).rejects.toThrow(StoreUnreachable)
  })

  it('and cuts an answer midway says so to whoever reads', async () => {
    const sha256 = await keep(randomBytes(200_000))
    s3.setTrouble((asked, answer) => {
      if (asked.method !== 'GET') return false
      answer.writeHead(200, { 'content-length': '200000' })
      answer.write(randomBytes(50_000), () => answer.destroy())
      return true
    })
    await expect(buffer(await store.open(sha256))).rejects.toThrow(StoreUnreachable)
  })

  it('and answers a range with the whole is not believed', async () => {
    const sha256 = await keep(randomBytes(5000))
    s3.setTrouble((asked, answer) => {
      if (asked.method !== 'GET') return false
      answer.writeHead(200, { 'content-length': '5000' }).end(randomBytes(5000))
      return true
    })
    await expect(read(sha256, 100, 10)).rejects.toThrow(StoreUnreachable)
  }, 60_000)

  it('and is slow is waited for', async () => {
    const bytes = randomBytes(3000)
    s3.setTrouble(async () => {
      await pause(700)
      return false
    })
    expect((await buffer(await store.open(await keep(bytes)))).equals(bytes)).toBe(true)
  })
})
