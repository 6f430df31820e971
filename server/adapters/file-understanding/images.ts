/**
 * JPEG, PNG and HEIC by their markers and chunks: their size, and whether their end is there. Nothing is
 * decoded.
 */
import { Buffer } from 'node:buffer'
import type { FileFault } from '../../domain/file-facts.ts'
import type { ByteSource } from '../../steps/ports.ts'
import { findForward, readAt } from './source.ts'

export interface ImageUnderstanding {
  width: number | null
  height: number | null
  fault: FileFault | null
}

const TRUNCATED: ImageUnderstanding = { width: null, height: null, fault: 'truncated' }
/** A picture has some tens of segments, or chunks of some kilobytes each. */
const MOST_PARTS = 50_000
const END_OF_JPEG = Buffer.from([0xff, 0xd9])

/** Segments up to the first scan; then the end mark, which entropy-coded data cannot hold by chance. */
export async function understandJpeg(source: ByteSource): Promise<ImageUnderstanding> {
  let size: { width: number; height: number } | null = null
  let isTurned = false
  let at = 2
  for (let parts = 0; parts < MOST_PARTS; parts++) {
    const head = await readAt(source, at, 4)
    if (head.length < 4) return TRUNCATED
    const [mark, marker = 0] = head
    // Whatever decoders make of it, this is not told here.
    if (mark !== 0xff) return { width: null, height: null, fault: null }
    if (marker === 0xff) {
      at++
      continue
    }
    const length = head.readUInt16BE(2)
    if (marker === 0xda) {
      const isWhole = (await findForward(source, END_OF_JPEG, at + 2 + length)) >= 0
      if (!isWhole) return TRUNCATED
      const { width, height } = size ?? { width: null, height: null }
      return isTurned ? { width: height, height: width, fault: null } : { width, height, fault: null }
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const frame = await readAt(source, at + 4, 5)
      if (frame.length < 5) return TRUNCATED
      size = { height: frame.readUInt16BE(1), width: frame.readUInt16BE(3) }
    }
    if (marker === 0xe1) isTurned ||= exifOrientation(await readAt(source, at + 4, length)) >= 5
    at += 2 + length
  }
  return { width: null, height: null, fault: null }
}

/** 1 to 8, of which 5 and more lie on their side; 0 when the segment says nothing of it. */
function exifOrientation(segment: Buffer): number {
  if (segment.toString('latin1', 0, 4) !== 'Exif') return 0
  const tiff = segment.subarray(6)
  const isLittle = tiff.toString('latin1', 0, 2) === 'II'
  const u16 = (at: number) =>
    at + 2 > tiff.length ? 0 : isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at)
  const directory = tiff.length < 8 ? 0 : isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  for (let entry = 0; entry < u16(directory); entry++) {
    const at = directory + 2 + entry * 12
    if (u16(at) === 0x0112) return u16(at + 8)
  }
  return 0
}

export async function understandPng(source: ByteSource): Promise<ImageUnderstanding> {
  const header = await readAt(source, 16, 8)
  if (header.length < 8) return TRUNCATED
  const size = { width: header.readUInt32BE(0), height: header.readUInt32BE(4) }
  let at = 8
  for (let parts = 0; parts < MOST_PARTS; parts++) {
    const chunk = await readAt(source, at, 8)
    if (chunk.length < 8) return TRUNCATED
    at += chunk.readUInt32BE(0) + 12
    if (at > source.size) return TRUNCATED
    if (chunk.toString('latin1', 4) === 'IEND') break
  }
  return { ...size, fault: null }
}

/** The boxes of a HEIC must fill the file; its size is told by the decoder. */
export async function understandHeic(source: ByteSource): Promise<ImageUnderstanding> {
  let at = 0
  for (let parts = 0; parts < MOST_PARTS && at < source.size; parts++) {
    const box = await readAt(source, at, 16)
    if (box.length < 8) return TRUNCATED
    const short = box.readUInt32BE(0)
    const length = short === 1 && box.length === 16 ? Number(box.readBigUInt64BE(8)) : short
    if (length === 0) break
    if (length < 8 || at + length > source.size) return TRUNCATED
    at += length
  }
  return { width: null, height: null, fault: null }
}
