/** What must still be there after a power cut. */
import { closeSync, fsync, openSync } from 'node:fs'
import { rename, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A rename is durable once its folder is synced. Windows cannot open folders, and does not need it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  // To open and close what the system knows already costs less than two trips through the thread pool.
  const handle = openSync(folder, 'r')
  try {
    await new Promise<void>((resolve, reject) => fsync(handle, error => (error ? reject(error) : resolve())))
  } finally {
    closeSync(handle)
  }
}

/** Puts a small file in place whole or not at all, readable by its owner only. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const half = `${path}.ecriture`
  await writeFile(half, text, { mode: 0o600, flush: true })
  await rename(half, path)
  await syncFolder(dirname(path))
}

/** Removes a file that may be gone. What `rm` asks of it beforehand costs as much as removing it. */
export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}
