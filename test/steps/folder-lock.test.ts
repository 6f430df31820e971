import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FolderInUseError, lockFolder } from '../../server/adapters/data-folder/folder-lock.ts'

const HOLDER = `
  import { lockFolder } from './server/adapters/data-folder/folder-lock.ts'
  await lockFolder(process.argv[1])
  console.log('tenu')
  setInterval(() => {}, 1000)
`

/** Another process that takes the folder and keeps it. */
async function holdElsewhere(folder: string) {
  const holder = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', HOLDER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  return holder
}

describe('the data folder belongs to one process', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grappe-kit-verrou-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('refuses a second process with a sentence, and lets it in once the first has stopped', async () => {
    const holder = await holdElsewhere(folder)
    await expect(lockFolder(folder)).rejects.toThrow(FolderInUseError)
    await expect(lockFolder(folder)).rejects.toThrow(/déjà utilisé.*DATA_DIR/)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const lock = await lockFolder(folder)
    await lock.release()
    expect(await readdir(folder)).toEqual([])
  })

  it('lets exactly one of several rivals take over from a dead process', async () => {
    const holder = await holdElsewhere(folder)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const rivals = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)))
    const winners = rivals.filter(rival => rival.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    for (const winner of winners) await winner.value.release()
  })

  it('holds a folder whose path is longer than a socket address may be', async () => {
    const deep = join(folder, 'a'.repeat(90), 'b'.repeat(90))
    const lock = await lockFolder(deep)
    await expect(lockFolder(deep)).rejects.toThrow(FolderInUseError)
    await lock.release()
  })
})
