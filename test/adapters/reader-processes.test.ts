import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { fileReaderIn } from '../../server/adapters/file-understanding/file-reader.ts'
import { registryReaderIn } from '../../server/adapters/finess/registry-reader.ts'
import { sheetsIn } from '../../server/adapters/member-sheet/sheets.ts'
import {
  openReaderProcesses,
  type ReaderProcesses,
} from '../../server/adapters/reader-process/reader-processes.ts'
import { pdf } from '../support/files.ts'

let folder: string
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grappe-kit-lectures-'))
  path = join(folder, 'piece.pdf')
  await writeFile(path, await pdf('Une page'))
  return () => rm(folder, { recursive: true, force: true })
})

let readers: ReaderProcesses
afterEach(() => readers.close())

const childIds = (): number[] =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .split('\n')
    .filter(line => line.includes('reader-process'))
    .map(line => Number.parseInt(line, 10))

const TOO_LARGE = { seconds: 20, memoryMib: 1 }
const TOO_LONG = { seconds: 0.02, memoryMib: 1000 }

describe('a file that takes too much of a reader', () => {
  it.each([
    ['memory', TOO_LARGE],
    ['time', TOO_LONG],
  ])('of its %s ends it: the file is refused, and the next one is read', async (_, bounds) => {
    readers = openReaderProcesses({ sheet: bounds })
    const sheets = sheetsIn(readers)
    const long = Buffer.from(`FINESS;Nom;OG\n${'1;EHPAD;OG\n'.repeat(4000)}`)
    const refused = await sheets.readFile(long)
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'too-heavy' } })
    expect(!refused.ok && refused.refusal.sentence).toContain('trop de temps ou de mémoire')
    expect(await sheets.readPasted('FINESS\tNom\n1\tEHPAD')).toMatchObject({ ok: true })
    expect(await fileReaderIn(readers)(path)).toMatchObject({ mediaType: 'application/pdf', fault: null })
  })

  it('is a refusal for a deposit and for a registry too', async () => {
    readers = openReaderProcesses({ file: TOO_LONG, registry: TOO_LONG })
    expect(await fileReaderIn(readers)(path)).toMatchObject({ mediaType: null, fault: 'too-heavy' })
    const items = []
    for await (const item of await registryReaderIn(readers)(path)) items.push(item)
    expect(items).toEqual([{ kind: 'unreadable', reason: expect.stringContaining('pas le registre') }])
  })
})

describe('the processes that read', () => {
  it('are two at most, whatever waits, and gone once closed', async () => {
    readers = openReaderProcesses()
    const read = fileReaderIn(readers)
    const answers = await Promise.all(Array.from({ length: 40 }, () => read(path)))
    expect(answers.map(({ facts }) => facts.pageCount)).toEqual(Array.from({ length: 40 }, () => 1))
    expect(childIds()).toHaveLength(2)
    readers.close()
    await expect.poll(childIds, { timeout: 20_000 }).toEqual([])
  })

  it('turn away what would wait too long, which is told as such', async () => {
    readers = openReaderProcesses()
    const read = fileReaderIn(readers)
    const answers = await Promise.all(Array.from({ length: 250 }, () => read(path)))
    const busy = answers.filter(({ fault }) => fault === 'busy').length
    expect(busy).toBe(48)
    expect(answers.filter(({ fault }) => fault === null)).toHaveLength(250 - busy)
  })

  it('say what broke outside the file: a file that is not there is a fault of ours', async () => {
    readers = openReaderProcesses()
    await expect(fileReaderIn(readers)(join(folder, 'absent'))).rejects.toThrow(/ENOENT/)
  })
})
