/** What the bytes of a file say: its type, whether somebody can open it, how many pages or pixels it has. */
import { MEDIA_TYPES } from '../../domain/file-acceptance.ts'
import { type FileFault, type FileUnderstanding, NO_FACTS } from '../../domain/file-facts.ts'
import type { ByteSource } from '../../steps/ports.ts'
import { type ImageUnderstanding, understandHeic, understandJpeg, understandPng } from './images.ts'
import { findPdfHeader, understandPdf } from './pdf.ts'
import { findForward, readAt } from './source.ts'
import { understandZip } from './zip.ts'

const OLE_BYTES = Buffer.from('d0cf11e0a1b11ae1', 'hex')
/** The stream of an OLE file that holds an encrypted Word or Excel document. */
const ENCRYPTED_PACKAGE = Buffer.from('EncryptedPackage', 'utf16le')
const ZIP_BYTES = Buffer.from('PK\u0003\u0004', 'latin1')

/**
 * Reads some kilobytes here and there, at worst goes once through the file looking for an end mark. Whatever cannot be
 * told within bounds is left unknown: only what is broken for sure is a fault.
 *
 * @param sniffed the type told by the first bytes; null when they tell nothing.
 */
export async function understandFile(source: ByteSource, sniffed: string | null): Promise<FileUnderstanding> {
  const head = await readAt(source, 0, 8)
  if (head.equals(OLE_BYTES)) {
    // Office keeps a document with a password inside an old binary file, which says nothing of Word or Excel.
    const isEncrypted = (await findForward(source, ENCRYPTED_PACKAGE, 0)) >= 0
    return withFault(sniffed, isEncrypted ? 'password' : null)
  }
  if (head.subarray(0, 4).equals(ZIP_BYTES)) return withFault(sniffed, await understandZip(source))
  if (sniffed === MEDIA_TYPES.jpg) return ofImage(sniffed, await understandJpeg(source))
  if (sniffed === MEDIA_TYPES.png) return ofImage(sniffed, await understandPng(source))
  if (sniffed?.startsWith('image/hei')) return ofImage(sniffed, await understandHeic(source))
  // A byte-order mark or a blank line before the header misleads whoever reads the first bytes only.
  const isPdf = sniffed === MEDIA_TYPES.pdf || (sniffed === null && (await findPdfHeader(source)) >= 0)
  if (!isPdf) return withFault(sniffed, null)
  const { pageCount, fault } = await understandPdf(source)
  return { mediaType: MEDIA_TYPES.pdf, facts: { ...NO_FACTS, pageCount }, fault }
}

const withFault = (mediaType: string | null, fault: FileFault | null): FileUnderstanding => ({
  mediaType,
  facts: NO_FACTS,
  fault,
})

const ofImage = (mediaType: string, { width, height, fault }: ImageUnderstanding): FileUnderstanding => ({
  mediaType,
  facts: { pageCount: null, width, height },
  fault,
})
