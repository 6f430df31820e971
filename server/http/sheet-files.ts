/** A spreadsheet, or another small file, sent with a form and read whole. */
import type { Buffer } from 'node:buffer'
import { buffer } from 'node:stream/consumers'
import { type UploadForm, unreadable } from './uploads.ts'

/** Spreadsheets hold text: ten megabytes are far beyond any list of members. */
export const MAX_SHEET_MB = 10

export type SentFile = { ok: true; name: string; bytes: Buffer } | { ok: false; sentence: string }

/** What a form takes, and what is said otherwise. */
export interface SmallFile {
  mostMb: number
  missing: string
  tooLarge: string
}

export const SHEET: SmallFile = {
  mostMb: MAX_SHEET_MB,
  missing: 'Aucun fichier n’a été choisi. Choisissez un tableau, puis envoyez-le.',
  tooLarge: `Ce fichier dépasse ${MAX_SHEET_MB} Mo : copiez la seule liste dans un classeur neuf.`,
}

/** The last file of an upload, whole in memory. */
export async function readSmallFile(form: UploadForm, { missing, tooLarge }: SmallFile): Promise<SentFile> {
  let sent: SentFile = { ok: false, sentence: missing }
  for await (const { name, stream, isTruncated } of form.files) {
    const bytes = await buffer(stream).catch(unreadable)
    sent = isTruncated() ? { ok: false, sentence: tooLarge } : { ok: true, name, bytes }
  }
  return sent
}
