import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/**
 * Makes the folders of a file's tests, which go once all of them are done: to be called before the file's own
 * `afterAll`, so that its servers are stopped first.
 */
export function folders(): () => Promise<string> {
  const made: string[] = []
  afterAll(async () => {
    for (const folder of made) await rm(folder, { recursive: true, force: true })
  })
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-pannes-'))
    made.push(folder)
    return folder
  }
}
