/**
 * The embedded database of a first start, empty, with the schema of today and the queues of the jobs, made
 * once by the build. To make one takes ten times longer than to open one, and three WebAssembly memories at
 * once.
 */
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Beside the compiled code: there is none beside the sources, and PGlite then makes the database itself. */
const preparedFolder = fileURLToPath(new URL('../../prepared-database', import.meta.url))

/** Where there is no database yet. Whole or not at all: a start that was stopped begins again. */
export async function copyPrepared(folder: string, prepared = preparedFolder): Promise<void> {
  if (existsSync(folder) || !existsSync(prepared)) return
  const half = `${folder}.copie`
  await rm(half, { recursive: true, force: true })
  await copyAll(prepared, half)
  await rename(half, folder)
}

/** 1,400 files, for which `cp` of Node works twice as long as it takes to copy them. */
async function copyAll(from: string, to: string): Promise<void> {
  // As PostgreSQL has it: what is filled from now on is its owner's alone.
  await mkdir(to, { mode: 0o700 })
  const files: string[] = []
  for (const name of await readdir(from, { recursive: true, withFileTypes: true })) {
    const path = relative(from, join(name.parentPath, name.name))
    // A folder is told before what it holds.
    if (name.isDirectory()) await mkdir(join(to, path))
    else files.push(path)
  }
  await Promise.all(files.map(path => copyFile(join(from, path), join(to, path))))
}

/**
 * Whoever builds may not be who runs it, in the image above all. PGlite keeps files for its owner alone;
 * these hold nothing of anybody.
 */
export async function letAllRead(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name)
    await chmod(path, (await stat(path)).isDirectory() ? 0o755 : 0o644)
  }
}
