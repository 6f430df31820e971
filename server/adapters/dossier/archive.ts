/** The ZIP of a dossier, made on the spot by archiver. */
import { once } from 'node:events'
import { PassThrough, pipeline, type Readable, Transform } from 'node:stream'
import { pipeline as pipelineDone } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { ZipArchive } from 'archiver'
import type { DossierEntry, DossierPlan } from '../../domain/dossier-plan.ts'
import { StoreUnreachable } from '../../steps/ports.ts'
import { DamagedFile } from './damaged-file.ts'
import { wallClockIn } from './wall-clock.ts'

/** A file of the ZIP that was drawn from the plan rather than deposited. */
export interface GeneratedFile {
  path: string
  bytes: Buffer
  mediaType: string
}

/** Opens the bytes kept under a SHA-256; rejects, or errors while read, when they are missing. */
export type OpenBlob = (sha256: string) => Promise<Readable>

/**
 * The dossier as a stream of ZIP bytes: generated files first, then every entry of the plan, in order, one
 * open file at a time. Each blob's length and CRC-32 are compared with the plan on the way: a missing,
 * shortened or altered one ends the stream with `DamagedFile`, before the central directory, so that no
 * reader takes it for whole. Destroying the stream closes what is open.
 */
export function writeArchive(
  plan: Pick<DossierPlan, 'entries' | 'takenAt' | 'timeZone'>,
  generated: readonly GeneratedFile[],
  openBlob: OpenBlob,
): Readable {
  const zip = new ZipArchive()
  const output = new PassThrough()
  const stop = new AbortController()
  pipeline(zip, output, () => stop.abort())

  const date = wallClockIn(plan.timeZone)(plan.takenAt)
  const append = async (path: string, mediaType: string, source: Buffer | Transform) => {
    const appended = once(zip, 'entry', { signal: stop.signal })
    zip.append(source, { name: path, date, mode: 0o644, store: !mediaType.startsWith('text/') })
    await appended
  }
  const fill = async () => {
    for (const { path, mediaType, bytes } of generated) await append(path, mediaType, bytes)
    for (const entry of plan.entries) {
      try {
        const source = await openBlob(entry.sha256)
        const checked = sameBytes(entry)
        await Promise.all([
          pipelineDone(source, checked, { signal: stop.signal }),
          append(entry.path, entry.mediaType, checked),
        ])
      } catch (cause) {
        throw cause instanceof StoreUnreachable ? cause : new DamagedFile(entry, cause)
      }
    }
    await zip.finalize()
  }
  // Once the reader has left there is nobody to tell; `destroy` then does nothing.
  fill().catch((error: Error) => output.destroy(error))
  return output
}

/** Lets bytes through and fails at the first sign that they are not those that were deposited. */
function sameBytes({ size, crc32: expected }: DossierEntry): Transform {
  let length = 0
  let crc = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length
      crc = crc32(chunk, crc)
      if (length > size) done(new Error(`more than the ${size} bytes deposited`))
      else done(null, chunk)
    },
    flush(done) {
      if (length !== size) done(new Error(`${length} bytes instead of ${size}`))
      else if (crc !== expected) done(new Error('CRC-32 differs from that of the deposit'))
      else done()
    },
  })
}
