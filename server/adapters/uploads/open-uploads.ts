/** Where uploads under way are kept: beside the files that they become. */
import { join } from 'node:path'
import type { Database, DiskSpace } from '../../steps/ports.ts'
import { bucketAt } from '../bucket/bucket.ts'
import { openUploadsBucket } from '../bucket/uploads-bucket.ts'
import type { OpenUploads } from './arriving-store.ts'
import { openUploadsFolder } from './uploads-folder.ts'

/**
 * @param storageUrl of the bucket, whose uploads any server takes; without one, those of the data folder.
 * @param given `areDeposited`: which of these versions exist.
 */
export async function openUploads(
  { storageUrl }: { storageUrl?: string | undefined },
  dataDir: string,
  given: {
    db: Database
    disk: DiskSpace
    now: () => Date
    areDeposited: (versionIds: string[]) => Promise<ReadonlySet<string>>
  },
): Promise<OpenUploads> {
  if (storageUrl === undefined) return await openUploadsFolder(dataDir, given)
  return await openUploadsBucket({
    ...given,
    bucket: bucketAt(storageUrl),
    arrivals: join(dataDir, 'arrivees'),
  })
}
