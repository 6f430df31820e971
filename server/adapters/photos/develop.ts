/** Turns one photo into an upright JPEG that every reader shows. Runs in a process of its own: see `photo-lab.ts`. */
import heicDecode from 'heic-decode'
import sharp, { type Sharp } from 'sharp'
import type { PhotoSize } from '../../steps/ports.ts'

/** A page of 210 by 297 millimetres at 200 dots an inch: what a reader and a printer need, and no more. */
const PAGE_SHORT_PIXELS = 1654
const PAGE_LONG_PIXELS = 2339
const QUALITY = 80
/** The largest phone pictures have 108 million; a progressive JPEG of that size takes some 400 MB to decode. */
const MOST_PIXELS = 120_000_000
/** libheif keeps the whole picture several times over. */
const MOST_HEIC_PIXELS = 64_000_000

export interface Development {
  jpeg: Uint8Array
  width: number
  height: number
  originalWidth: number
  originalHeight: number
}

// One photo at a time, in a process that ends soon: caches and threads would only take memory.
sharp.cache(false)
sharp.concurrency(1)

/** @throws when no decoder takes the bytes, or when the picture is larger than any phone's. */
export async function develop(bytes: Uint8Array, isHeic: boolean, size: PhotoSize): Promise<Development> {
  const { image, width, height } = isHeic ? await openHeic(bytes) : await open(bytes)
  const isWide = width > height
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

async function open(bytes: Uint8Array): Promise<{ image: Sharp; width: number; height: number }> {
  const image = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error' }).autoOrient()
  const { autoOrient } = await image.metadata()
  return { image, ...autoOrient }
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
