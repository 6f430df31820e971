import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { understandPdf } from '../../server/adapters/file-understanding/pdf.ts'
import { photoLabIn } from '../../server/adapters/photos/photo-lab.ts'
import { photosToPdf } from '../../server/adapters/photos/photos-to-pdf.ts'
import { openReaderProcesses } from '../../server/adapters/reader-process/reader-processes.ts'
import type { DevelopedPhoto, PhotoSize } from '../../server/steps/ports.ts'
import { sourceOf } from '../support/files.ts'

const readers = openReaderProcesses()
const developAt = photoLabIn(readers)
const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-photos-'))
afterAll(async () => {
  readers.close()
  await rm(folder, { recursive: true, force: true })
})

async function tryToDevelop(bytes: Uint8Array, mediaType: string, size: PhotoSize = 'page') {
  const path = join(folder, 'photo')
  await writeFile(path, bytes)
  return await developAt(path, mediaType, size)
}

const UNDECODABLE = { ok: false, fault: 'undecodable' }

/** White, with its top-left quarter red: which way up it is shows. */
const drawn = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#ffffff' } }).composite([
    {
      input: { create: { width: width / 2, height: height / 2, channels: 3, background: '#cc0000' } },
      left: 0,
      top: 0,
    },
  ])

async function isRed(jpeg: Buffer, across: number, down: number): Promise<boolean> {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true })
  const at = (Math.floor(info.height * down) * info.width + Math.floor(info.width * across)) * info.channels
  return (data[at] ?? 0) > 150 && (data[at + 1] ?? 255) < 100
}

function isThere(id: number): boolean {
  try {
    return process.kill(id, 0)
  } catch {
    return false
  }
}

async function develop(bytes: Uint8Array, mediaType = 'image/jpeg', size: PhotoSize = 'page') {
  const developed = await tryToDevelop(bytes, mediaType, size)
  if (!developed.ok) throw new Error(`not developed: ${developed.fault}`)
  return developed.photo
}

async function* these(photos: DevelopedPhoto[]) {
  yield* photos
}

describe('a phone photo', () => {
  it('stands upright whichever way the phone was held', async () => {
    const turned = await drawn(400, 200).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const photo = await develop(turned)
    expect(photo).toMatchObject({ width: 200, height: 400, originalWidth: 200, originalHeight: 400 })
    // A quarter turn clockwise brings the top-left corner to the top right.
    expect(await isRed(photo.jpeg, 0.9, 0.1)).toBe(true)
    expect(await isRed(photo.jpeg, 0.1, 0.1)).toBe(false)
  })

  it('keeps no more than a page of 200 dots an inch, and nothing of where it was taken', async () => {
    const large = await drawn(4000, 3000)
      .withExif({ IFD0: { Make: 'Telephone' }, IFD3: { GPSLatitudeRef: 'N' } })
      .jpeg()
      .toBuffer()
    expect(large.includes('Telephone')).toBe(true)
    const photo = await develop(large)
    expect(photo).toMatchObject({ width: 2205, height: 1654, originalWidth: 4000, originalHeight: 3000 })
    expect(photo.jpeg.includes('Telephone')).toBe(false)
    expect((await sharp(photo.jpeg).metadata()).exif).toBeUndefined()
    expect(await develop(large, 'image/jpeg', 'full')).toMatchObject({ width: 4000, height: 3000 })
  })

  it('may be a HEIC or a PNG with a see-through background', async () => {
    const heic = await readFile('test/fixtures/photos/photo.heic')
    const photo = await develop(heic, 'image/heic')
    expect(photo).toMatchObject({ width: 320, height: 240 })
    expect(await isRed(photo.jpeg, 0.1, 0.1)).toBe(true)
    expect(await isRed(photo.jpeg, 0.9, 0.9)).toBe(false)
    const clear = await sharp({ create: { width: 50, height: 50, channels: 4, background: '#0000' } })
      .png()
      .toBuffer()
    const { dominant } = await sharp((await develop(clear, 'image/png')).jpeg).stats()
    expect(dominant).toEqual({ r: 248, g: 248, b: 248 })
  })

  it('that no decoder takes is told, and the next one is developed', async () => {
    const good = await drawn(100, 100).jpeg().toBuffer()
    const bad = Buffer.concat([good.subarray(0, 200), Buffer.alloc(5000, 3)])
    expect(await tryToDevelop(bad, 'image/jpeg')).toEqual(UNDECODABLE)
    expect(await tryToDevelop(bad, 'image/heic')).toEqual(UNDECODABLE)
    expect(await develop(good)).toMatchObject({ width: 100, height: 100 })
  })

  it('that comes after the process was killed is developed by another one', async () => {
    const good = await drawn(100, 100).jpeg().toBuffer()
    await develop(good)
    const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], {
      encoding: 'utf8',
    })
    const id = Number(/^ *(\d+) .*reader-process.child/m.exec(children)?.[1])
    process.kill(id, 'SIGKILL')
    // A busy machine takes its time to end it, and it is gone once we were told.
    await expect.poll(() => isThere(id), { timeout: 20_000 }).toBe(false)
    expect(await develop(good)).toMatchObject({ width: 100, height: 100 })
  })

  it('that says it is enormous is not decoded', async () => {
    // A small picture whose header says 16,000 × 16,000: making one of that size takes half a minute.
    const huge = await drawn(100, 100).png().toBuffer()
    huge.writeUInt32BE(16_000, 16)
    huge.writeUInt32BE(16_000, 20)
    huge.writeUInt32BE(crc32(huge.subarray(12, 29)), 29)
    expect(await tryToDevelop(huge, 'image/png')).toEqual(UNDECODABLE)
  })
})

describe('the PDF of several photos', () => {
  it('has a page for each, and the same bytes for the same photos', async () => {
    const photos = [
      await develop(await drawn(300, 200).jpeg().toBuffer()),
      await develop(await drawn(200, 300).jpeg().toBuffer()),
      await develop(await readFile('test/fixtures/photos/photo.heic'), 'image/heic'),
    ]
    const bytes = await buffer(photosToPdf(these(photos)))
    expect(await understandPdf(sourceOf(bytes))).toEqual({ pageCount: 3, signature: 'aucune', fault: null })
    const text = bytes.toString('latin1')
    expect(text.match(/\/MediaBox \[[^\]]*\]/g)).toEqual([
      '/MediaBox [0 0 841.89 595.28]',
      '/MediaBox [0 0 595.28 841.89]',
      '/MediaBox [0 0 841.89 595.28]',
    ])
    expect(text).not.toContain('CreationDate')
    expect((await buffer(photosToPdf(these(photos)))).equals(bytes)).toBe(true)
  })
})
