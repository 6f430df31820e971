/**
 * Takes the files out of a ZIP or a saved message: to be called outside the server's process (`reader-
 * process/`).
 */
import type { EnvelopeOrder, OpenedEnvelope } from '../../steps/ports.ts'
import { understandPath } from '../file-understanding/index.ts'
import { openEml, openMsg } from './mail-envelopes.ts'
import { TakenFiles, UnopenedError } from './taken-files.ts'
import { openZip } from './zip-envelope.ts'

const OPENERS: Readonly<Record<string, (path: string, taken: TakenFiles) => Promise<void>>> = {
  'application/zip': openZip,
  'message/rfc822': openEml,
  'application/vnd.ms-outlook': openMsg,
}

export async function openEnvelope({ path, into, most }: EnvelopeOrder): Promise<OpenedEnvelope> {
  const { mediaType } = await understandPath(path)
  const open = OPENERS[mediaType ?? '']
  if (open === undefined) return { ok: false, why: 'no-envelope' }
  const taken = new TakenFiles(into, most)
  try {
    await open(path, taken)
  } catch (error) {
    if (error instanceof UnopenedError) return { ok: false, why: error.fault }
    throw error
  }
  const { files, damaged } = taken
  return files.length + damaged.length === 0 ? { ok: false, why: 'empty' } : { ok: true, files, damaged }
}
