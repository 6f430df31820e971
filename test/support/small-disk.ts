/** A disk of our own, small enough to be filled: mounting one takes root. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** @param options of tmpfs, such as `size=32m`. */
export function mountDisk(folder: string, options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' })
}

/** Lazily: a test that was given up may still hold a file of it. */
export function unmountDisk(folder: string): void {
  execFileSync('umount', ['--lazy', folder])
}

export const canMount = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'grappe-kit-montage-'))
  try {
    mountDisk(folder, 'size=1m')
    unmountDisk(folder)
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
})()

/** Another program takes what is left of the disk. @returns its file, whose end gives the room back. */
export async function fillDisk(folder: string): Promise<string> {
  const filler = join(folder, 'autre-programme')
  const { bavail, bsize } = await statfs(folder)
  await writeFile(filler, Buffer.alloc(bavail * bsize))
  return filler
}
