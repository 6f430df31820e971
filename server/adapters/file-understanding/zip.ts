/**
 * Word, Excel and LibreOffice files: ZIPs, judged by their central directory. Nothing is inflated but two
 * small parts that say what kind of document it is.
 */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import yauzl from 'yauzl'
import type { FileFault } from '../../domain/file-facts.ts'
import type { ByteSource } from '../../steps/ports.ts'
import { findForward, readAt } from './source.ts'

/** A large workbook has some hundreds of parts, and a report some thousands of pictures. */
const MOST_ENTRIES = 20_000
/** What office software can still open; beyond, only when the file itself is that large. */
const MOST_INFLATED_BYTES = 1_000_000_000
/** XML that repeats itself deflates 1 to 30 or so; over a hundred times, nobody typed it. */
const SMALL_INFLATED_BYTES = 100_000_000
const MOST_RATIO = 100
const MOST_PART_BYTES = 4_000_000

const END_OF_DIRECTORY = Buffer.from('PK\u0005\u0006', 'latin1')
/** Says what an ODF package holds, and whether it is encrypted; or what an Office one does. */
const MANIFESTS = new Set(['META-INF/manifest.xml', '[Content_Types].xml'])
/** LibreOffice writes empty libraries beside documents that hold no macro. */
const ODF_MACRO = /^(?:Basic\/(?!.*(?:script|dialog)-l[bc]\.xml$)|Scripts\/).*[^/]$/

/** @returns null when nothing is wrong, or when the directory says nothing that is understood here. */
export async function understandZip(source: ByteSource): Promise<FileFault | null> {
  const tailBytes = 65_557
  const tailAt = Math.max(0, source.size - tailBytes)
  if ((await findForward(source, END_OF_DIRECTORY, tailAt)) < 0) return 'truncated'
  let zip: yauzl.ZipFile
  try {
    zip = await yauzl.fromRandomAccessReaderPromise(new SourceReader(source), source.size, {
      strictFileNames: false,
      validateEntrySizes: true,
    })
  } catch {
    return 'truncated'
  }
  if (zip.entryCount > MOST_ENTRIES) return 'bomb'
  let inflated = 0
  let manifest = ''
  try {
    for await (const entry of zip.eachEntry()) {
      inflated += entry.uncompressedSize
      if (entry.isEncrypted()) return 'password'
      if (/(?:^|\/)vbaProject\.bin$/i.test(entry.fileName) || ODF_MACRO.test(entry.fileName)) return 'macros'
      if (MANIFESTS.has(entry.fileName) && entry.uncompressedSize <= MOST_PART_BYTES) {
        // yauzl stops a part that inflates past its declared size.
        manifest += (await buffer(await zip.openReadStreamPromise(entry))).toString()
      }
      const isTooMuch =
        inflated > Math.max(MOST_INFLATED_BYTES, source.size * 2) ||
        (inflated > SMALL_INFLATED_BYTES && inflated > source.size * MOST_RATIO)
      if (isTooMuch) return 'bomb'
    }
  } catch {
    return 'truncated'
  }
  if (/encryption-data|encrypted-package/.test(manifest)) return 'password'
  return /macroEnabled/i.test(manifest) ? 'macros' : null
}

class SourceReader extends yauzl.RandomAccessReader {
  private readonly source: ByteSource

  constructor(source: ByteSource) {
    super()
    this.source = source
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const { source } = this
    async function* pieces() {
      for (let at = start; at < end; ) {
        const piece = await readAt(source, at, Math.min(65_536, end - at))
        if (piece.length === 0) return
        at += piece.length
        yield piece
      }
    }
    return Readable.from(pieces(), { objectMode: false })
  }
}
