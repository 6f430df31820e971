/**
 * Has envelopes opened outside the server's process, in a folder of the data folder that holds nothing
 * else.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Envelopes } from '../../steps/ports.ts'
import type { ReaderProcesses } from '../reader-process/reader-processes.ts'

/** Emptied at each start: all it ever holds is copies of what envelopes hold, which stay where they are. */
export async function openEnvelopes(dataDir: string, readers: ReaderProcesses): Promise<Envelopes> {
  const root = join(dataDir, 'deballage')
  await rm(root, { recursive: true, force: true })
  await mkdir(root, { mode: 0o700 })
  return {
    async open(path, most, use) {
      const into = await mkdtemp(join(root, 'a-'))
      try {
        const read = await readers.read('envelope', { path, into, most })
        return await use(read.ok ? read.value : read)
      } finally {
        await rm(into, { recursive: true, force: true })
      }
    },
  }
}
