/** Files on their way into a store: written on this machine's disk and measured, until they are published. */
import { randomUUID } from 'node:crypto'
import { copyFile, link, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobStore, Measured, StagedBlob } from '../steps/ports.ts'
import { MeasuredFile, Meter, take } from './measured-file.ts'
import { readAt } from './read-at.ts'
import { gather, writeSynced } from './small-file.ts'

const READ_CHUNK_BYTES = 1024 * 1024

/** A file on its way: where it is, and whether that name is only ours to take away. */
export interface Arrived {
  path: string
  measured: Measured
}

/** How a store takes what has arrived, whose bytes are on the disk for good. */
export interface Publishing {
  /** The name at that path goes with it. */
  move(arrived: Arrived): Promise<void>
  /** That name stays. */
  add(arrived: Arrived): Promise<void>
}

/** @param arrivals a folder that is there. */
export function stagingIn(
  arrivals: string,
  { move, add }: Publishing,
): Pick<BlobStore, 'stage' | 'stageFile'> {
  /** @param synced ends when the bytes are on the disk for good. */
  const staged = (path: string, measured: Measured, synced: Promise<void>): StagedBlob => {
    // Told to whoever publishes; one that is discarded has nothing to fear of it.
    synced.catch(() => {})
    return {
      ...measured,
      path,
      read: (position, target) => readAt(path, position, target),
      async publish() {
        await synced
        await move({ path, measured })
      },
      async discard() {
        await synced.catch(() => {})
        await rm(path, { force: true })
      },
    }
  }
  const arriving = async (receive: (path: string) => Promise<StagedBlob>): Promise<StagedBlob> => {
    const path = join(arrivals, randomUUID())
    try {
      return await receive(path)
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
  }
  return {
    stage: source =>
      arriving(async path => {
        const small = await gather(source)
        if (small !== null) {
          if (small.fault !== null) throw small.fault
          const meter = new Meter()
          for (const chunk of small.chunks) meter.add(chunk)
          await writeSynced(path, small)
          return staged(path, meter.whole(), Promise.resolve())
        }
        const file = new MeasuredFile(() => open(path, 'wx', 0o600))
        const fault = await take(source, file)
        if (fault !== null) {
          source.destroy()
          await file.close()
          throw fault
        }
        // Goes on while the file is judged.
        return staged(path, file.meter.whole(), file.settle())
      }),
    async stageFile(file, known) {
      if (known !== undefined)
        return {
          ...known,
          path: file,
          read: (position, target) => readAt(file, position, target),
          publish: () => add({ path: file, measured: known }),
          discard: async () => {},
        }
      return await arriving(async path => {
        await secondName(file, path)
        const blob = staged(path, await measure(path), Promise.resolve())
        // A rename leaves both names when the file is that blob already: the deposit is asked for again.
        const publish = () => blob.publish().then(() => rm(path, { force: true }))
        return { ...blob, publish }
      })
    },
  }
}

/** A second name for the same bytes; on a disk that has no such thing, a second copy, synced. */
export async function secondName(file: string, path: string): Promise<void> {
  try {
    await link(file, path)
  } catch {
    await copyFile(file, path)
    const copy = await open(path, 'r+')
    await copy.sync().finally(() => copy.close())
  }
}

/** Reads a file once, and syncs it: a power cut after the answer must not empty it. */
async function measure(path: string): Promise<Measured> {
  const file = await open(path, 'r+')
  try {
    const meter = new Meter()
    for await (const chunk of file.createReadStream({ highWaterMark: READ_CHUNK_BYTES, autoClose: false }))
      meter.add(chunk)
    // From now on it is a new blob, whenever its bytes came: what is young is never set aside.
    await file.utimes(new Date(), new Date())
    await file.sync()
    return meter.whole()
  } finally {
    await file.close()
  }
}
