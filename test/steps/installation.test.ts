/** Starting on a folder and a database that do, or do not, belong together. */
import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { files, installation } from '../../schema/tables.ts'
import { listBlobs } from '../../server/adapters/data-folder/blobs-folder.ts'
import type { OpenDatabase } from '../../server/adapters/database.ts'
import { ConfigError, readConfig } from '../../server/config.ts'
import { createContext, type OpenContext } from '../../server/context.ts'
import { openTestDatabase } from '../support/database.ts'
import { keepFiles } from '../support/kept-files.ts'

const DAY_MS = 24 * 60 * 60 * 1000

let root: string
let dataDir: string
let database: OpenDatabase
const databases: OpenDatabase[] = []
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'grappe-kit-installation-'))
  dataDir = join(root, 'donnees')
  database = await emptyDatabase()
})
afterEach(async () => {
  for (const each of databases.splice(0)) await each.close()
  await rm(root, { recursive: true, force: true })
})

async function emptyDatabase(): Promise<OpenDatabase> {
  const opened = await openTestDatabase()
  databases.push(opened)
  return opened
}

/** A start on this folder and database, which outlives it. */
function start(
  at: { dataDir?: string; database?: OpenDatabase; settings?: Record<string, string> } = {},
): Promise<OpenContext> {
  const config = readConfig({ DATA_DIR: at.dataDir ?? dataDir, LOG_LEVEL: 'silent', ...at.settings })
  return createContext(config, { database: { ...(at.database ?? database), close: async () => {} } })
}

/** Starts, and stops at once. */
async function startOnce(at: Parameters<typeof start>[0] = {}): Promise<void> {
  await (await start(at)).close()
}

async function refusalOf(at: Parameters<typeof start>[0] = {}): Promise<string> {
  const refused = await startOnce(at).then(
    () => null,
    (error: unknown) => error,
  )
  expect(refused).toBeInstanceOf(ConfigError)
  return refused instanceof Error ? refused.message : ''
}

/** A server that ran, and kept files. */
async function keepSome(): Promise<string[]> {
  const context = await start()
  const kept = await keepFiles(context, 8)
  await context.close()
  return kept
}

/** As a server of before identities left it. */
async function forgetIdentity(): Promise<void> {
  await database.db.delete(installation)
  await rm(join(dataDir, 'identite.json'))
}

const pathOf = (sha256: string) => join(dataDir, 'blobs', sha256.slice(0, 2), sha256)

/** Bytes that nothing refers to, as old as told. */
async function leave(path: string, ageMs: number): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, 'reste')
  const then = new Date(Date.now() - ageMs)
  await utimes(path, then, then)
}

const newHash = () => randomBytes(32).toString('hex')

describe('a start', () => {
  it('gives a new folder and a new database one identity, and knows them again', async () => {
    await startOnce()
    const text = await readFile(join(dataDir, 'identite.json'), 'utf8')
    const [row] = await database.db.select().from(installation)
    expect(JSON.parse(text)).toEqual({ depot: row?.storeId, base: row?.databaseId })
    await startOnce()
    expect(await readFile(join(dataDir, 'identite.json'), 'utf8')).toBe(text)
  })

  it('completes what a stop between its two writes left', async () => {
    await startOnce()
    await rename(join(dataDir, 'identite.json'), join(dataDir, 'identite.json.nouvelle'))
    await startOnce()
    expect(await readdir(dataDir)).toContain('identite.json')
  })

  it('begins again where a stop came before the database was told', async () => {
    await startOnce()
    await rename(join(dataDir, 'identite.json'), join(dataDir, 'identite.json.nouvelle'))
    await database.db.delete(installation)
    await startOnce()
    await startOnce()
  })

  it('on a folder full of files and a database that knows none touches nothing, and says so', async () => {
    const kept = await keepSome()
    expect(await refusalOf({ database: await emptyDatabase() })).toMatch(
      /^Le dossier .*donnees \(dépôt [0-9a-f]{8}\) va avec la base [0-9a-f]{8}, mais .* DATABASE_URL/,
    )
    expect((await listBlobs(dataDir)).sort()).toEqual(kept)
    await startOnce()
  })

  it('on a database whose files are elsewhere says that servers must share them', async () => {
    await keepSome()
    expect(await refusalOf({ dataDir: join(root, 'autre') })).toMatch(
      /ne partagent pas leurs fichiers.*DATA_DIR/,
    )
    const third = await emptyDatabase()
    await startOnce({ dataDir: join(root, 'autre'), database: third })
    expect(await refusalOf({ dataDir: join(root, 'autre') })).toMatch(
      /va avec la base [0-9a-f]{8}, mais .* est la base [0-9a-f]{8}, qui va avec le dépôt [0-9a-f]{8}/,
    )
  })

  it('beside others at the same instant on a new database: one gives the identity, they refuse', async () => {
    const rivals = await Promise.allSettled(
      ['un', 'deux', 'trois'].map(name => startOnce({ dataDir: join(root, name) })),
    )
    expect(rivals.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const rival of rivals) {
      if (rival.status === 'rejected') expect(rival.reason).toBeInstanceOf(ConfigError)
    }
  })

  it('on a copy of its folder goes on', async () => {
    await keepSome()
    await cp(dataDir, join(root, 'copie'), { recursive: true, filter: path => !path.endsWith('.sock') })
    await startOnce({ dataDir: join(root, 'copie') })
  })
})

describe('the secret key', () => {
  it('that is not the one links were made with refuses the start, and says where it comes from', async () => {
    await keepSome()
    expect(await refusalOf({ settings: { SECRET_KEY: 'z'.repeat(40) } })).toMatch(
      /réglage SECRET_KEY.*cle-secrete/,
    )
    const keyPath = join(dataDir, 'cle-secrete')
    const key = await readFile(keyPath, 'utf8')
    await writeFile(keyPath, 'une autre clé')
    expect(await refusalOf()).toMatch(/fichier .*cle-secrete\) n’est pas celle/)
    await rm(keyPath)
    expect(await refusalOf()).toMatch(/La clé secrète manque/)
    expect(await readdir(dataDir)).not.toContain('cle-secrete')
    await writeFile(keyPath, key)
    await startOnce()
  })

  it('is known by the live links of a database of before identities', async () => {
    await keepSome()
    await forgetIdentity()
    expect(await refusalOf({ settings: { SECRET_KEY: 'z'.repeat(40) } })).toMatch(/SECRET_KEY/)
    await startOnce()
  })
})

describe('a folder and a database of before identities', () => {
  it('get theirs when what one refers to is in the other, but for a handful', async () => {
    const [missing = ''] = await keepSome()
    await forgetIdentity()
    await rename(pathOf(missing), join(root, missing))
    await leave(pathOf(newHash()), 0)
    await startOnce()
    expect(await readdir(dataDir)).toContain('identite.json')
  })

  it('are refused when the folder holds files and the database knows none, or the reverse', async () => {
    await keepSome()
    await forgetIdentity()
    expect(await refusalOf({ database: await emptyDatabase() })).toMatch(/contient \d+ fichiers, et .* aucun/)
    expect(await refusalOf({ dataDir: join(root, 'vide') })).toMatch(/connaît \d+ fichiers, et .* aucun/)
    await startOnce()
  })
})

describe('what nothing refers to', () => {
  it('is set aside under its day, its kind and its name once a day old, and told', async () => {
    const kept = await keepSome()
    const [old, young] = [newHash(), newHash()]
    await leave(pathOf(old), 2 * DAY_MS)
    await leave(pathOf(young), DAY_MS / 2)
    await leave(join(dataDir, 'arrivees', 'coupee'), 2 * DAY_MS)
    await leave(join(dataDir, 'arrivees', 'recente'), 0)
    await leave(join(dataDir, 'envois', 'sans-fiche'), 2 * DAY_MS)
    await leave(join(dataDir, 'lectures', 'coupee.pdf'), 2 * DAY_MS)
    const context = await start()
    const swept = await context.sweep()
    await context.close()

    expect(Object.fromEntries(swept.map(({ folder, names }) => [folder, names]))).toEqual({
      blobs: [old],
      arrivees: ['coupee'],
      envois: ['sans-fiche'],
      lectures: ['coupee.pdf'],
    })
    const today = join(dataDir, 'mis-de-cote', new Date().toISOString().slice(0, 10))
    expect(await readFile(join(today, 'blobs', old), 'utf8')).toBe('reste')
    expect(await readdir(join(today, 'lectures'))).toEqual(['coupee.pdf'])
    expect((await listBlobs(dataDir)).sort()).toEqual([...kept, young].sort())
    expect(await readdir(join(dataDir, 'arrivees'))).toEqual(['recente'])
  })

  it('stays where it is when it would be much at once', async () => {
    await keepSome()
    await database.db.delete(files)
    const old = new Date(Date.now() - 2 * DAY_MS)
    const before = await listBlobs(dataDir)
    for (const sha256 of before) await utimes(pathOf(sha256), old, old)
    const context = await start()
    const [blobs] = await context.sweep()
    await context.close()
    expect(blobs).toMatchObject({ folder: 'blobs', isTooMany: true, total: before.length })
    expect(await listBlobs(dataDir)).toEqual(before)
    expect(await readdir(dataDir)).not.toContain('mis-de-cote')
  })
})
