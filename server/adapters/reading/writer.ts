/** Reading copies drawn in a folder of their own, from which they go to the store. */
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadingWriter } from '../../steps/ports.ts'
import { DamagedFile } from '../dossier/damaged-file.ts'
import { drawReading } from './reading.ts'

const READ_BYTES = 1024 * 1024

/** What a cut-off drawing left there is for the sweep. */
export async function openReadingWriter(folder: string): Promise<ReadingWriter> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    async draw({ plan, number, hash }, openBlob, onProgress, keep) {
      const target = join(folder, `${randomUUID()}.pdf`)
      try {
        await drawReading(plan, { number, hash }, openBlob, target, onProgress)
        return { ok: true, kept: await keep(createReadStream(target, { highWaterMark: READ_BYTES })) }
      } catch (error) {
        if (error instanceof DamagedFile) return { ok: false, damaged: error.entry }
        throw error
      } finally {
        await rm(target, { force: true })
      }
    },
  }
}
