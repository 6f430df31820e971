/** What the bytes of a file say: its type, whether somebody can open it, how many pages or pixels it has. */
import { fileTypeFromFile } from 'file-type'
import { MEDIA_TYPES } from '../../domain/file-acceptance.ts'
import { type FileFault, type FileUnderstanding, NO_FACTS } from '../../domain/file-facts.ts'
import type { ByteSource } from '../../steps/ports.ts'
import { type ImageUnderstanding, understandHeic, understandJpeg, understandPng } from './images.ts'
import { findPdfHeader, understandPdf } from './pdf.ts'
import { findForward, readAt, withFile } from './source.ts'
import { tellByText } from './text-kinds.ts'
import { understandTiff } from './tiff.ts'
import { understandZip } from './zip.ts'

const OLE_BYTES = Buffer.from('d0cf11e0a1b11ae1', 'hex')
/** The stream of an OLE file that holds an encrypted Word or Excel document. */
const ENCRYPTED_PACKAGE = Buffer.from('EncryptedPackage', 'utf16le')
/** Beside it when the rights of an organisation encrypt the document, rather than a password. */
const RIGHTS = Buffer.from('DRMEncrypted', 'utf16le')
/** Streams that tell which program wrote an old binary file. */
const OLE_KINDS = [
  ['WordDocument', 'application/msword'],
  ['Workbook', 'application/vnd.ms-excel'],
  ['PowerPoint Document', 'application/vnd.ms-powerpoint'],
  ['__substg1.0_', 'application/vnd.ms-outlook'],
] as const
const IWORK_PART = Buffer.from('Index/Document.iwa')
const ZIP_BYTES = Buffer.from('PK\u0003\u0004', 'latin1')

/** A file on the disk: to be called outside the server's process (`reader-process/`). */
export async function understandPath(path: string): Promise<FileUnderstanding> {
  const sniffed = await sniff(path)
  return await withFile(path, source => understandFile(source, sniffed))
}

/** A damaged archive may break the sniffer, as bytes past the end of a part do on Node 24. */
async function sniff(path: string): Promise<string | null> {
  try {
    return (await fileTypeFromFile(path))?.mime ?? null
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error
    return null
  }
}

/**
 * Reads some kilobytes here and there, at worst goes once through the file looking for an end mark. Whatever
 * cannot be told within bounds is left unknown: only what is broken for sure is a fault.
 *
 * @param sniffed the type told by the first bytes; null when they tell nothing.
 */
export async function understandFile(source: ByteSource, sniffed: string | null): Promise<FileUnderstanding> {
  const head = await readAt(source, 0, 8)
  if (head.equals(OLE_BYTES)) {
    return await understandOle(source, sniffed)
  }
  if (head.subarray(0, 4).equals(ZIP_BYTES)) {
    const isIwork = sniffed === 'application/zip' && (await findForward(source, IWORK_PART, 0)) >= 0
    return isIwork ? withFault('application/x-iwork', null) : withFault(sniffed, await understandZip(source))
  }
  if (sniffed === MEDIA_TYPES.jpg) return ofImage(sniffed, await understandJpeg(source))
  if (sniffed === MEDIA_TYPES.png) return ofImage(sniffed, await understandPng(source))
  if (sniffed === 'image/tiff') return await understandTiff(source)
  if (sniffed?.startsWith('image/hei')) return ofImage(sniffed, await understandHeic(source))
  // A byte-order mark or a blank line before the header misleads whoever reads the first bytes only.
  const isPdf = sniffed === MEDIA_TYPES.pdf || (sniffed === null && (await findPdfHeader(source)) >= 0)
  if (!isPdf) return withFault(sniffed ?? (await tellByText(source)), null)
  const { fault, ...facts } = await understandPdf(source)
  return { mediaType: MEDIA_TYPES.pdf, facts: { ...NO_FACTS, ...facts }, fault }
}

/** Office keeps a document with a password inside an old binary file, which says nothing of Word or Excel. */
async function understandOle(source: ByteSource, sniffed: string | null): Promise<FileUnderstanding> {
  const holds = async (mark: Buffer) => (await findForward(source, mark, 0)) >= 0
  if (await holds(RIGHTS)) return withFault(sniffed, 'labelled')
  if (await holds(ENCRYPTED_PACKAGE)) return withFault(sniffed, 'password')
  for (const [stream, mediaType] of OLE_KINDS) {
    if (await holds(Buffer.from(stream, 'utf16le'))) return withFault(mediaType, null)
  }
  return withFault(sniffed, null)
}

const withFault = (mediaType: string | null, fault: FileFault | null): FileUnderstanding => ({
  mediaType,
  facts: NO_FACTS,
  fault,
})

const ofImage = (mediaType: string, { width, height, fault }: ImageUnderstanding): FileUnderstanding => ({
  mediaType,
  facts: { ...NO_FACTS, width, height },
  fault,
})
