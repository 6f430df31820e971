/** Room on the disk of the data folder, counting what uploads under way have still to write. */
import { statfsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import type { DiskSpace } from '../../steps/ports.ts'

/** With less than this the database cannot even write that it stops. */
const LEAST_BYTES = 1_000_000

/** @param keptFreeBytes left to the database and its journal: no upload may eat into it. */
export function watchDiskSpace(folder: string, keptFreeBytes: number): DiskSpace {
  const expected = new Set<() => number>()
  const measure = async () => {
    const { bavail, bsize, files, ffree } = await statfs(folder)
    const free = bavail * bsize
    // File systems that make their inodes as they go count none.
    return { free, keptFree: keptFreeBytes, takesWrites: free >= LEAST_BYTES && (files === 0 || ffree > 0) }
  }
  return {
    reserve(bytesToCome) {
      let toCome = bytesToCome()
      for (const bytes of expected) toCome += bytes()
      // In one go with the count, so that two uploads at the same moment never both take the last place.
      const { bavail, bsize } = statfsSync(folder)
      if (bavail * bsize - toCome < keptFreeBytes) return null
      expected.add(bytesToCome)
      return { release: () => expected.delete(bytesToCome) }
    },
    hasRoom: async () => (await measure()).takesWrites,
    measure,
    expect(bytesToCome) {
      expected.add(bytesToCome)
    },
  }
}
