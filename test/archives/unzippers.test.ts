import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storedZip } from '../../server/adapters/dossier/zip-writer.ts'
import type { SealedFile } from '../../server/steps/ports.ts'
import { hashOf, noise, openStore, SEALED_AT, type Store, tool, writeArchive } from './support.ts'

const run = promisify(execFile)
let store: Store

beforeAll(async () => {
  store = await openStore()
})
afterAll(() => store.close())

const numbered = (i: number, folder: string) =>
  `03_ESMS/${folder}_${String(i % 50).padStart(2, '0')}/${String(i).padStart(5, '0')}_v1.pdf`

/** Few bytes on the disk for many entries: they take turns at some contents. */
async function takingTurns(count: number, size: number): Promise<SealedFile[]> {
  const contents: SealedFile[] = []
  for (let i = 0; i < (size > 10_000_000 ? 2 : 40); i++)
    contents.push(await store.add('', noise(`${size} ${i}`, size)))
  return Array.from({ length: count }, (_, i) => {
    const content = contents[i % contents.length] as SealedFile
    return { ...content, path: numbered(i, `2A${size}`) }
  })
}

const HARD_NAMES = [
  '00_A_LIRE.txt',
  '03_ESMS/2A0000253_EHPAD-Les-Jardins-de-l-Abbaye/01_Etat-des-lieux_v1.pdf',
  'é è ç œ ﬁ 😀/état n° 1 – « définitif ».pdf',
  `long/${'a'.repeat(72)}/${'b'.repeat(90)}_v12.pdf`,
  'espaces  doubles/ et  au bord .pdf',
  "quotes ' et $HOME & co;/100 %.pdf",
  'maj/Bilan.PDF',
  'min/bilan.pdf',
  '日本語/قائمة.pdf',
  'vide.txt',
]

const ARCHIVES: Array<{ name: string; entries: number; files: () => Promise<SealedFile[]> }> = [
  { name: '1 entry', entries: 1, files: async () => [await store.add('seul.pdf', noise('seul', 12_345))] },
  {
    name: 'a name of each hard kind',
    entries: HARD_NAMES.length,
    files: async () =>
      await Promise.all(
        HARD_NAMES.map((path, i) =>
          store.add(path, path === 'vide.txt' ? Buffer.alloc(0) : noise(path, 100 + i)),
        ),
      ),
  },
  { name: '1,000 × 1 MB', entries: 1000, files: () => takingTurns(1000, 1_000_000) },
  { name: '20,000 × 50 kB', entries: 20_000, files: () => takingTurns(20_000, 50_000) },
  { name: '70,000 entries', entries: 70_000, files: () => takingTurns(70_000, 10) },
  {
    name: '5 GB',
    entries: 52,
    files: async () => [...(await takingTurns(50, 100_000_000)), ...(await takingTurns(2, 77))],
  },
]

describe.each(ARCHIVES)('a sealed archive of $name', ({ entries, files: makeFiles }) => {
  let path: string
  let sha256: string
  let files: SealedFile[]

  beforeAll(async () => {
    await store.close()
    store = await openStore()
    files = await makeFiles()
    path = join(store.folder, 'dossier.zip')
    sha256 = await writeArchive(storedZip(files, SEALED_AT), store.read, path)
  })

  it('has the length that was known beforehand', async () => {
    expect((await stat(path)).size).toBe(storedZip(files, SEALED_AT).length)
  })

  it('is whole for unzip, 7z, python3 and bsdtar', async () => {
    expect(await tool('unzip', '-tqq', path)).not.toMatch(/error|warning/i)
    const seven = await tool('7z', 't', path)
    expect(seven).toContain('Everything is Ok')
    expect(seven).not.toMatch(/warning/i)
    expect(Number(/Files: (\d+)/.exec(seven)?.[1] ?? 1)).toBe(entries)
    expect(await tool('python3', '-m', 'zipfile', '-t', path)).toContain('Done testing')
    expect((await tool('bsdtar', '-tf', path)).trim().split('\n')).toHaveLength(entries)
    // Of a ZIP, listing reads the directory only: taking the bytes out checks their CRC.
    await tool('sh', '-c', `bsdtar -xOf '${path}' | wc -c`)
  })

  it('is the same to the byte in a second run and in another process', async () => {
    expect(await hashOf(storedZip(files, SEALED_AT), store.read)).toBe(sha256)
    const program = `
      import { openBlobsFolder } from './server/adapters/data-folder/blobs-folder.ts'
      import { storedZip } from './server/adapters/dossier/zip-writer.ts'
      import { createHash } from 'node:crypto'
      let input = ''
      for await (const chunk of process.stdin) input += chunk
      const { folder, files, at } = JSON.parse(input)
      const { read } = await openBlobsFolder(folder)
      const hash = createHash('sha256')
      for await (const chunk of storedZip(files, new Date(at)).chunks(read)) hash.update(chunk)
      process.stdout.write(hash.digest('hex'))`
    const child = run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program])
    child.child.stdin?.end(JSON.stringify({ folder: store.folder, files, at: SEALED_AT }))
    expect((await child).stdout).toBe(sha256)
  })
})

describe('the files taken out of a sealed archive', () => {
  it('have the hard names and the bytes that were sealed, with bsdtar and with unzip', async () => {
    await store.close()
    store = await openStore()
    const files = await Promise.all(HARD_NAMES.map(name => store.add(name, noise(name, 1000))))
    const path = join(store.folder, 'noms.zip')
    await writeArchive(storedZip(files, SEALED_AT), store.read, path)
    for (const [command, ...args] of [
      ['bsdtar', '-xf', path, '-C'],
      ['unzip', '-q', path, '-d'],
    ] as const) {
      const out = join(store.folder, command)
      await mkdir(out)
      await run(command, [...args, out], { env: { ...process.env, LC_ALL: 'C.UTF-8' } })
      for (const { path: name, sha256 } of files) {
        const bytes = await readFile(join(out, name))
        expect(createHash('sha256').update(bytes).digest('hex'), `${command} ${name}`).toBe(sha256)
      }
      await rm(out, { recursive: true })
    }
  })
})
