/** `npm run storage`, on a folder and its database. */
import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { installation } from '../../schema/tables.ts'
import { runStorage } from '../../scripts/storage.ts'
import { listBlobs } from '../../server/adapters/data-folder/blobs-folder.ts'
import type { OpenDatabase } from '../../server/adapters/database.ts'
import { readConfig } from '../../server/config.ts'
import { createContext } from '../../server/context.ts'
import { openTestDatabase } from '../support/database.ts'
import { keepFiles } from '../support/kept-files.ts'

const TODAY = () => new Date().toISOString().slice(0, 10)

let root: string
/** Stopped, with 8 files; each test works on a copy. */
let backup: string
let dataDir: string
let kept: string[]
/** Open all along: each command is given it as if it had opened it itself. */
let database: OpenDatabase
let closeDatabase: () => Promise<void>
let row: typeof installation.$inferSelect
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'grappe-kit-depot-'))
  backup = join(root, 'sauvegarde')
  const opened = await openTestDatabase()
  database = { ...opened, close: async () => {} }
  closeDatabase = opened.close
  const context = await createContext(readConfig({ DATA_DIR: backup, LOG_LEVEL: 'silent' }), { database })
  kept = await keepFiles(context, 8)
  await context.close()
  const [recorded] = await database.db.select().from(installation)
  if (recorded === undefined) throw new Error('no identity')
  row = recorded
})
afterAll(async () => {
  await closeDatabase()
  await rm(root, { recursive: true, force: true })
})
beforeEach(async () => {
  dataDir = join(root, 'donnees')
  await cp(backup, dataDir, { recursive: true })
  await database.db.update(installation).set(row)
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

async function storage(...args: string[]): Promise<{ code: number; text: string }> {
  return await storageOn(database, ...args)
}

async function storageOn(given: OpenDatabase | undefined, ...args: string[]) {
  const out = new PassThrough()
  const code = await runStorage(args, readConfig({ DATA_DIR: dataDir }), { out, err: out }, given)
  return { code, text: String(out.read() ?? '').replaceAll('\u00a0', ' ') }
}

/** Old blobs that nothing refers to. */
async function leaveBlobs(count: number): Promise<string[]> {
  const names = Array.from({ length: count }, () => randomBytes(32).toString('hex')).sort()
  const old = new Date(Date.now() - 48 * 3_600_000)
  for (const name of names) {
    const path = join(dataDir, 'blobs', name.slice(0, 2), name)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, 'reste')
    await utimes(path, old, old)
  }
  return names
}

const listHeld = async () => (await listBlobs(dataDir)).sort()

describe('npm run storage', () => {
  it('sweeps, shows and empties what nothing refers to, never without --oui', async () => {
    const strays = await leaveBlobs(30)
    const asked = await storage('sweep')
    expect(asked).toMatchObject({ code: 1, text: expect.stringContaining('blobs : 30 sur 38') })
    expect(await listHeld()).toEqual([...kept, ...strays].sort())
    expect(await storage('sweep', '--oui')).toMatchObject({ code: 0 })
    expect(await listHeld()).toEqual(kept)

    const listed = await storage('list')
    expect(listed.text).toContain(`${TODAY()} blobs ${strays[0]} 5 o`)
    expect(listed.text).toContain('30 mis de côté, dont 0')
    expect((await storage('empty', '--oui', '--before', TODAY())).text).toContain('0 à supprimer')
    expect(await storage('empty')).toMatchObject({ code: 1 })
    expect((await storage('list')).text).toContain('30 mis de côté')
    expect(await storage('empty', '--oui')).toMatchObject({ code: 0 })
    expect(await readdir(join(dataDir, 'mis-de-cote'))).toEqual([])
    expect(await listHeld()).toEqual(kept)
  })

  it('brings damaged files back from a backup, by their hash, and keeps what was there', async () => {
    const [first = '', second = ''] = kept
    const pathIn = (folder: string, name: string) => join(folder, 'blobs', name.slice(0, 2), name)
    await writeFile(pathIn(dataDir, first), 'abîmé')
    await rm(pathIn(dataDir, second))
    const asked = await storage('repair', backup, '--tout')
    expect(asked).toMatchObject({ code: 1, text: expect.stringContaining('2 fichiers abîmés ou perdus') })
    expect(await readFile(pathIn(dataDir, first), 'utf8')).toBe('abîmé')
    expect(await storage('repair', backup, '--oui')).toMatchObject({ code: 0 })
    for (const name of [first, second])
      expect(await readFile(pathIn(dataDir, name))).toEqual(await readFile(pathIn(backup, name)))
    expect(await readFile(join(dataDir, 'abimes', first), 'utf8')).toBe('abîmé')
    expect(await storage('repair', join(root, 'rien'))).toMatchObject({
      code: 1,
      text: expect.stringContaining('donnez celui d’une sauvegarde'),
    })
    expect(await storage('repair')).toMatchObject({ code: 1, text: expect.stringContaining('Usage') })
    expect(await storage('repair', dataDir)).toMatchObject({ code: 1 })
  })

  it('puts back what a row refers to, and does not delete it', async () => {
    const [name = ''] = kept
    const folder = join(dataDir, 'mis-de-cote', '2026-01-02', 'blobs')
    await mkdir(folder, { recursive: true })
    await rename(join(dataDir, 'blobs', name.slice(0, 2), name), join(folder, name))
    await writeFile(join(folder, randomBytes(32).toString('hex')), 'reste')
    expect((await storage('list')).text).toMatch(new RegExp(`${name} \\d+ o \\(une ligne y renvoie\\)`))
    const refused = await storage('empty', '--oui')
    expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('restore --oui') })
    expect(await storage('restore', '--oui')).toMatchObject({ code: 0 })
    expect(await listHeld()).toEqual(kept)
    expect(await storage('empty', '--oui')).toMatchObject({ code: 0 })
  })

  it('attaches a folder that lost its identity, once it has shown what it found', async () => {
    await rm(join(dataDir, 'identite.json'))
    expect((await storage('list')).text).toMatch(/n’est pas ce dépôt.*npm run storage -- adopt/)
    const found = await storage('adopt')
    expect(found.code).toBe(1)
    expect(found.text).toContain('Fichiers auxquels la base renvoie : 8, dont 8 présents, 0 absents')
    expect(found.text).toContain('celle de la base')
    expect(await storage('adopt', '--oui')).toMatchObject({ code: 0 })
    expect((await storage('list')).code).toBe(0)
  })

  it('replaces a key that is lost for good only when told so', async () => {
    await rm(join(dataDir, 'cle-secrete'))
    const refused = await storage('adopt', '--oui')
    expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('--cle-perdue') })
    expect(await readdir(dataDir)).not.toContain('cle-secrete')
    expect(await storage('adopt', '--oui', '--cle-perdue')).toMatchObject({ code: 0 })
    expect((await readFile(join(dataDir, 'cle-secrete'), 'utf8')).length).toBeGreaterThan(40)
    expect((await storage('list')).code).toBe(0)
  })

  it('makes no new database where the folder lost its own', async () => {
    const refused = await storageOn(undefined, 'adopt', '--oui')
    expect(refused.text).toMatch(/base embarquée, .*base, est absente/)
    expect(await readdir(dataDir)).not.toContain('base')
    expect(await listHeld()).toEqual(kept)
  })

  it('says how it is used when it is not understood', async () => {
    expect((await storage('vider')).text).toContain('Usage')
    expect((await storage('empty', '--before', 'hier')).text).toContain('Usage')
  })
})
