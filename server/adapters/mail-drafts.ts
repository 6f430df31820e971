/** Mails as files that a mail program opens ready to be sent. */
import { Readable } from 'node:stream'
import type { DraftMail, MailDrafts } from '../steps/ports.ts'

export const mailDrafts: MailDrafts = {
  one: draw,
  zip: drafts => Readable.from(zipOf(drafts)),
}

async function* zipOf(drafts: readonly DraftMail[]): AsyncGenerator<Buffer> {
  const { ZipArchive } = await import('archiver')
  const zip = new ZipArchive()
  const fill = async () => {
    for (const [order, draft] of drafts.entries()) {
      const name = `${String(order + 1).padStart(3, '0')}_${fileName(draft.recipient)}.eml`
      zip.append(await draw(draft), { name, date: new Date(draft.createdAt) })
    }
    await zip.finalize()
  }
  fill().catch((error: Error) => zip.destroy(error))
  yield* zip
}

/**
 * Without sender: the program that opens it fills in its owner. `X-Unsent` makes Outlook open it in its
 * editor.
 */
async function draw({ recipient, subject, text, html }: DraftMail): Promise<Buffer> {
  const { createTransport } = await import('nodemailer')
  const compose = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
  const { message } = await compose.sendMail({
    to: { name: '', address: recipient },
    subject,
    text,
    ...(html === null ? {} : { html }),
    headers: { 'X-Unsent': '1' },
  })
  return message as Buffer
}

const fileName = (text: string) => text.replace(/[^a-z0-9@._-]+/gi, '-').slice(0, 80)
