/** What a file without magic bytes is, when its first lines say so: a mail, a web page, a signed envelope. */
import { Buffer } from 'node:buffer'
import type { ByteSource } from '../../steps/ports.ts'
import { readAt } from './source.ts'

const HEAD_BYTES = 4096
/** The object identifier of PKCS #7 signed data, in DER. */
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex')
const MAIL_FIELD =
  /^(from|to|subject|date|received|return-path|delivered-to|message-id|mime-version|x-[\w-]+):/gim

/** @returns null when nothing is recognised. */
export async function tellByText(source: ByteSource): Promise<string | null> {
  const head = await readAt(source, 0, HEAD_BYTES)
  const isDer = head[0] === 0x30 && head.subarray(0, 64).includes(SIGNED_DATA)
  const text = head.toString('latin1').replace(/^(\u00ef\u00bb\u00bf)?\s*/, '')
  if (isDer || /^-----BEGIN (PKCS7|CMS)-----/.test(text)) return 'application/pkcs7-mime'
  if (/^<(!doctype html|html)[\s>]/i.test(text)) return 'text/html'
  if (/^[\w-]+:/.test(text)) {
    const fields = text.match(MAIL_FIELD)?.map(field => field.toLowerCase()) ?? []
    const isWritten = fields.some(field => ['from:', 'to:', 'subject:', 'received:'].includes(field))
    if (/^content-type:\s*multipart\/related/im.test(text) && !fields.includes('to:'))
      return 'multipart/related'
    if (isWritten && fields.length > 1) return 'message/rfc822'
  }
  return null
}
