/** What must still be there after a power cut. */
import { open, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A rename is durable once its folder is synced. Windows cannot open folders, and does not need it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Puts a small file in place whole or not at all, readable by its owner only. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const half = `${path}.ecriture`
  await writeFile(half, text, { mode: 0o600, flush: true })
  await rename(half, path)
  await syncFolder(dirname(path))
}
