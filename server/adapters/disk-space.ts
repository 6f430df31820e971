/** Room on the disk of the data folder, counting what uploads under way have still to write. */
import { statfsSync } from 'node:fs'
import type { DiskSpace } from '../steps/ports.ts'

/** @param keptFreeBytes left to the database and its journal: no upload may eat into it. */
export function watchDiskSpace(folder: string, keptFreeBytes: number): DiskSpace {
  const expected = new Set<() => number>()
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
    expect(bytesToCome) {
      expected.add(bytesToCome)
    },
  }
}
