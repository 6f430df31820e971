/**
 * Turns one photo into an upright JPEG that every reader shows. Runs outside the server's process: see
 * `photo-lab.ts`.
 */
import { readFile } from 'node:fs/promises'
import heicDecode from 'heic-decode'
import sharp, { type Sharp } from 'sharp'
import type { PhotoSize } from '../../steps/ports.ts'

/** A page of 210 by 297 millimetres at 200 dots an inch: what a reader and a printer need, and no more. */
const PAGE_SHORT_PIXELS = 1654
const PAGE_LONG_PIXELS = 2339
const THUMBNAIL_PIXELS = 256
const QUALITY = 80
/**
 * The largest phone pictures have 108 million; a progressive JPEG of that size takes some 400 MB to decode.
 */
const MOST_PIXELS = 120_000_000
/** libheif keeps the whole picture several times over. */
const MOST_HEIC_PIXELS = 64_000_000

export interface PhotoOrder {
  path: string
  isHeic: boolean
  size: PhotoSize
  /** From 0, of a picture that has several, such as a fax. */
  page: number
}

interface Development {
  jpeg: Uint8Array
  width: number
  height: number
  originalWidth: number
  originalHeight: number
}

// One photo at a time, in a process that ends soon: caches and threads would only take memory.
sharp.cache(false)
sharp.concurrency(1)

/** @returns null when no decoder takes the bytes, or when the picture is larger than any phone's. */
export async function developPath(order: PhotoOrder): Promise<Development | null> {
  const bytes = await readFile(order.path)
  return await develop(bytes, order).catch(() => null)
}

async function develop(bytes: Buffer, { isHeic, size, page }: PhotoOrder): Promise<Development> {
  const { image, width, height } = isHeic ? await openHeic(bytes) : await open(bytes, page)
  const isWide = width > height
  if (size === 'thumbnail') image.resize({ width: THUMBNAIL_PIXELS, height: THUMBNAIL_PIXELS, fit: 'inside' })
  if (size === 'page') {
    image.resize({
      width: isWide ? PAGE_LONG_PIXELS : PAGE_SHORT_PIXELS,
      height: isWide ? PAGE_SHORT_PIXELS : PAGE_LONG_PIXELS,
      fit: 'inside',
      withoutEnlargement: true,
    })
  }
  // Nothing of the metadata is kept: a phone writes there where its owner lives.
  const { data, info } = await image
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .jpeg({ quality: QUALITY })
    .toBuffer({ resolveWithObject: true })
  return { jpeg: data, width: info.width, height: info.height, originalWidth: width, originalHeight: height }
}

async function open(bytes: Buffer, page: number): Promise<{ image: Sharp; width: number; height: number }> {
  const ended = withEnd(bytes)
  const image = sharp(ended ?? bytes, {
    limitInputPixels: MOST_PIXELS,
    // An end put there by us proves nothing: every line of the picture must then be read without a doubt.
    failOn: ended === null ? 'error' : 'warning',
    page,
  }).autoOrient()
  const { autoOrient } = await image.metadata()
  return { image, ...autoOrient }
}

const JPEG_START = Buffer.from([0xff, 0xd8, 0xff])
const JPEG_SCAN = Buffer.from([0xff, 0xda])
const JPEG_END = Buffer.from([0xff, 0xd9])

/**
 * A JPEG that lacks only its end mark, given one: some scanners and messaging applications drop it, or fill
 * up with zeros.
 *
 * @returns null for what has its end, and for what is no JPEG.
 */
function withEnd(bytes: Buffer): Buffer | null {
  if (!bytes.subarray(0, 3).equals(JPEG_START)) return null
  if (bytes.indexOf(JPEG_END, bytes.lastIndexOf(JPEG_SCAN)) >= 0) return null
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return Buffer.concat([bytes.subarray(0, end), JPEG_END])
}

async function openHeic(bytes: Uint8Array): Promise<{ image: Sharp; width: number; height: number }> {
  const images = await heicDecode.all({ buffer: bytes })
  try {
    const [first] = images
    if (first === undefined || first.width * first.height > MOST_HEIC_PIXELS)
      throw new Error('picture too large')
    const { width, height, data } = await first.decode()
    return { image: sharp(data, { raw: { width, height, channels: 4 } }), width, height }
  } finally {
    images.dispose()
  }
}
