/**
 * The embedded database of a first start, empty and with the schema of today, made once by the build. To make
 * one takes ten times longer than to open one, and three WebAssembly memories at once.
 */
import { existsSync } from 'node:fs'
import { cp, rename, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Beside the compiled code: there is none beside the sources, and PGlite then makes the database itself. */
const preparedFolder = fileURLToPath(new URL('../../prepared-database', import.meta.url))

/** Where there is no database yet. Whole or not at all: a start that was stopped begins again. */
export async function copyPrepared(folder: string, prepared = preparedFolder): Promise<void> {
  if (existsSync(folder) || !existsSync(prepared)) return
  const half = `${folder}.copie`
  await rm(half, { recursive: true, force: true })
  await cp(prepared, half, { recursive: true })
  await rename(half, folder)
}
