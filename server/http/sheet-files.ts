/** A spreadsheet sent as a file, read whole. */
import { Buffer } from 'node:buffer'
import type { UploadForm } from './uploads.ts'

/** Spreadsheets hold text: ten megabytes are far beyond any list of members. */
export const MAX_SHEET_MB = 10

export type SentFile = { ok: true; bytes: Buffer } | { ok: false; sentence: string }

/** The last file of an upload, whole in memory. */
export async function readSheetFile(form: UploadForm): Promise<SentFile> {
  let sent: SentFile = {
    ok: false,
    sentence: 'Aucun fichier n’a été choisi. Choisissez un tableau, puis envoyez-le.',
  }
  for await (const { stream, isTruncated } of form.files) {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(Buffer.from(chunk))
    sent = isTruncated()
      ? {
          ok: false,
          sentence: `Ce fichier dépasse ${MAX_SHEET_MB} Mo : copiez la seule liste dans un classeur neuf.`,
        }
      : { ok: true, bytes: Buffer.concat(chunks) }
  }
  return sent
}
