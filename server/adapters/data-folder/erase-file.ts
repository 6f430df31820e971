/** A blob that is removed for good while others may be depositing the same bytes. */
import { link, mkdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { syncFolder } from './durable.ts'
import { YOUNG_MS } from './set-aside.ts'

/**
 * Out of everybody's sight first, then asked about, then removed: what is deposited meanwhile is another
 * file, under the same name.
 *
 * @param exit folder for what is on its way out.
 */
export async function eraseFile(
  path: string,
  exit: string,
  now: Date,
  isUsed: () => Promise<boolean>,
): Promise<'erased' | 'used' | 'recent'> {
  await mkdir(exit, { recursive: true, mode: 0o700 })
  const leaving = join(exit, basename(path))
  // A stop may have left it there: nothing is at `path` then.
  await rename(path, leaving).catch(unlessAbsent)
  const found = await stat(leaving).catch(unlessAbsent)
  const isRecent = found !== undefined && now.getTime() - found.mtimeMs < YOUNG_MS
  const used = await isUsed()
  if (!used && !isRecent) {
    await rm(leaving, { force: true })
    await syncFolder(exit)
    return 'erased'
  }
  // What was deposited meanwhile stays: the same bytes, and newer.
  await link(leaving, path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' && error.code !== 'ENOENT') await rename(leaving, path)
  })
  await rm(leaving, { force: true })
  return used ? 'used' : 'recent'
}

function unlessAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined
  throw error
}
