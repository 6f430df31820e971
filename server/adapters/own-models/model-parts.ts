/** The parts of a Word file that anybody may have made, inflated within bounds. */
import type { Buffer } from 'node:buffer'
import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'
import yauzl from 'yauzl'
import { BYTES_PER_MB } from '../../domain/file-acceptance.ts'
import { type FileFlaw, MAX_PART_MB } from '../../domain/kit/own-model.ts'

/** A letter has some tens; a report with pictures, some hundreds. */
const MOST_ENTRIES = 1000
const MOST_INFLATED_BYTES = 40 * BYTES_PER_MB
const MOST_PART_BYTES = MAX_PART_MB * BYTES_PER_MB

/** By path, as the archive writes it. */
export type ModelParts = ReadonlyMap<string, Buffer>

export async function inflateParts(file: Buffer): Promise<{ parts: ModelParts; flaws: readonly FileFlaw[] }> {
  const parts = new Map<string, Buffer>()
  const unread = (flaw: FileFlaw) => ({ parts, flaws: [flaw] })
  let zip: yauzl.ZipFile
  try {
    zip = await yauzl.fromBufferPromise(file, { validateEntrySizes: true })
  } catch {
    return unread({ kind: 'damaged', part: '' })
  }
  if (zip.entryCount > MOST_ENTRIES) return unread({ kind: 'inflates' })
  const flaws: FileFlaw[] = []
  const seen = new Set<string>()
  let inflated = 0
  try {
    for await (const entry of zip.eachEntry()) {
      const path = entry.fileName
      // Two parts of one name: readers differ on which they show.
      if (seen.has(path.toLowerCase())) return unread({ kind: 'damaged', part: path })
      seen.add(path.toLowerCase())
      if (entry.isEncrypted()) return unread({ kind: 'password' })
      inflated += entry.uncompressedSize
      if (entry.uncompressedSize > MOST_PART_BYTES) flaws.push({ kind: 'heavy-part', part: path })
      else if (inflated > MOST_INFLATED_BYTES) return unread({ kind: 'inflates' })
      else if (!path.endsWith('/')) {
        // yauzl stops a part that inflates past its declared size.
        const bytes = await buffer(await zip.openReadStreamPromise(entry))
        if (crc32(bytes) === entry.crc32) parts.set(path, bytes)
        else flaws.push({ kind: 'damaged', part: path })
      }
    }
  } catch {
    return unread({ kind: 'damaged', part: '' })
  }
  return { parts, flaws }
}
