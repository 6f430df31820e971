/** A second server's folder, on the same files as the first's: its own half-received files, one store of kept ones. */
import { copyFile, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * What mounting one volume at both servers does: `blobs/` and `quarantaine/` are the same folders, and with them the
 * store's identity.
 *
 * @param dataDir of a server that has started once.
 * @param second empty folder.
 */
export async function shareStore(dataDir: string, second: string): Promise<void> {
  for (const folder of ['blobs', 'quarantaine']) {
    await mkdir(join(dataDir, folder), { recursive: true })
    await symlink(join(dataDir, folder), join(second, folder))
  }
  await copyFile(join(dataDir, 'identite.json'), join(second, 'identite.json'))
}
