/**
 * TIFF by its chain of directories: how many pages, the size of the first, and whether they are all there.
 */
import { type FileUnderstanding, NO_FACTS } from '../../domain/file-facts.ts'
import type { ByteSource } from '../../steps/ports.ts'
import { readAt } from './source.ts'

const MEDIA_TYPE = 'image/tiff'
const WIDTH = 256
const HEIGHT = 257
/** A fax of more pages is a book. */
const MOST_PAGES = 500
const ENTRY_BYTES = 12

export async function understandTiff(source: ByteSource): Promise<FileUnderstanding> {
  const head = await readAt(source, 0, 8)
  const isLittle = head.toString('latin1', 0, 2) === 'II'
  const u16 = (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const u32 = (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  const truncated: FileUnderstanding = { mediaType: MEDIA_TYPE, facts: NO_FACTS, fault: 'truncated' }
  if (head.length < 8) return truncated
  // BigTIFF, whose offsets are longer: nobody scans a letter so.
  if (u16(head, 2) !== 42) return { mediaType: MEDIA_TYPE, facts: NO_FACTS, fault: null }
  let width: number | null = null
  let height: number | null = null
  let pageCount = 0
  const seen = new Set<number>()
  for (let at = u32(head, 4); at !== 0; ) {
    const size = await readAt(source, at, 2)
    if (seen.has(at) || size.length < 2 || pageCount >= MOST_PAGES) return truncated
    seen.add(at)
    const entries = u16(size, 0)
    const directory = await readAt(source, at + 2, entries * ENTRY_BYTES + 4)
    if (directory.length < entries * ENTRY_BYTES + 4) return truncated
    if (pageCount === 0) {
      for (let entry = 0; entry < entries * ENTRY_BYTES; entry += ENTRY_BYTES) {
        const value = u16(directory, entry + 2) === 3 ? u16(directory, entry + 8) : u32(directory, entry + 8)
        if (u16(directory, entry) === WIDTH) width = value
        if (u16(directory, entry) === HEIGHT) height = value
      }
    }
    pageCount++
    at = u32(directory, entries * ENTRY_BYTES)
  }
  return { mediaType: MEDIA_TYPE, facts: { ...NO_FACTS, pageCount, width, height }, fault: null }
}
