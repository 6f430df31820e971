/** A message saved from a mail program: the documents joined to it, and who sent it about what. */
import { Buffer } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import msgReaderModule from '@kenjiuno/msgreader'
import type { FieldsData } from '@kenjiuno/msgreader/lib/MsgReader.js'
import PostalMime from 'postal-mime'
import type { MailOrigin } from '../../domain/filing/clues.ts'
import { type TakenFiles, UnopenedError } from './taken-files.ts'

/** Logos of signatures are pictures of the text itself; a page photographed and pasted there is larger. */
const LOGO_BYTES = 50_000

/** As most mail programs save a message (RFC 5322). */
export async function openEml(path: string, taken: TakenFiles): Promise<void> {
  const email = await PostalMime.parse(await readFile(path), { forceRfc822Attachments: true }).catch(() => {
    throw new UnopenedError('damaged')
  })
  const mail = originOf(email.from?.address, email.subject)
  for (const { filename, mimeType, disposition, related, content } of email.attachments) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content)
    const isLogo = related === true && disposition !== 'attachment' && mimeType.startsWith('image/')
    if (isLogo && bytes.byteLength < LOGO_BYTES) continue
    const unnamed = mimeType === 'message/rfc822' ? 'message.eml' : 'pièce jointe'
    await taken.write(filename ?? unnamed, bytes, mail)
  }
}

// The package is CommonJS: its default export is a property of what Node gives.
const { default: MsgReader } = msgReaderModule

/** As Outlook saves one (MS-OXMSG). */
export async function openMsg(path: string, taken: TakenFiles): Promise<void> {
  const bytes = await readFile(path)
  let reader: InstanceType<typeof MsgReader>
  let message: FieldsData
  try {
    // A copy: it reads from the start of the memory that it is given, which small files share.
    reader = new MsgReader(new Uint8Array(bytes).buffer)
    message = reader.getFileData()
  } catch {
    throw new UnopenedError('damaged')
  }
  if (message.error !== undefined) throw new UnopenedError('damaged')
  const mail = originOf(message.senderSmtpAddress ?? message.senderEmail, message.subject)
  for (const attachment of message.attachments ?? []) {
    const { fileName, content } = reader.getAttachment(attachment)
    if (attachment.attachmentHidden === true && content.byteLength < LOGO_BYTES) continue
    await taken.write(fileName, content, mail)
  }
}

/** Exchange writes an address of its own directory where there is no other. */
function originOf(from: string | undefined, subject: string | undefined): MailOrigin {
  return { from: from?.includes('@') ? from : null, subject: subject ?? '' }
}
