/** A ZIP of documents, from any system: its entries, their names in whichever encoding they were written. */
import { Buffer } from 'node:buffer'
import iconv from 'iconv-lite'
import yauzl from 'yauzl'
import { type TakenFiles, UnopenedError } from './taken-files.ts'

/** Bit of an entry whose name is UTF-8 for sure. */
const IS_UTF8 = 0x800

export async function openZip(path: string, taken: TakenFiles): Promise<void> {
  let zip: yauzl.ZipFile
  try {
    zip = await yauzl.openPromise(path, { decodeStrings: false, validateEntrySizes: true })
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error
    throw new UnopenedError('damaged')
  }
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry)
      if (name.endsWith('/')) continue
      if (entry.isEncrypted()) throw new UnopenedError('password')
      const content = () => zip.openReadStreamPromise(entry)
      await taken.stream(name, content, entry.uncompressedSize, entry.crc32)
    }
  } catch (error) {
    if (error instanceof UnopenedError || (error instanceof Error && 'syscall' in error)) throw error
    throw new UnopenedError('damaged')
  } finally {
    zip.close()
  }
}

/**
 * Without the mark of UTF-8: UTF-8 all the same where it can only be that, else what French Windows wrote.
 * Its own folders come with backslashes.
 */
function nameOf({ fileNameRaw, generalPurposeBitFlag }: yauzl.Entry): string {
  const bytes = Buffer.from(fileNameRaw)
  const isMarked = (generalPurposeBitFlag & IS_UTF8) !== 0
  const name = isMarked || isUtf8(bytes) ? bytes.toString('utf8') : iconv.decode(bytes, 'cp850')
  return name.replaceAll('\\', '/')
}

function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
