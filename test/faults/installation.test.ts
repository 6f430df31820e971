/** Real servers on folders, databases and keys that do not belong together refuse, and destroy nothing. */
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readConfig } from '../../server/config.ts'
import { createContext } from '../../server/context.ts'
import { keepFiles } from '../support/kept-files.ts'
import { createDatabase, type PostgresqlServer, startPostgresql } from '../support/postgresql.ts'
import { ENTRY, SETTINGS, startServer, stopServer } from './server-process.ts'
import { blobsIn } from './stores.ts'

const FILES = 12

let postgresql: PostgresqlServer
let root: string
beforeAll(async () => {
  postgresql = await startPostgresql()
  root = await mkdtemp(join(tmpdir(), 'grappe-kit-installation-'))
})
afterAll(async () => {
  await postgresql.stop()
  await rm(root, { recursive: true, force: true })
})

/** A folder with files that the rows of its database refer to, and no server. */
async function prepare(name: string, settings: Record<string, string> = {}) {
  const dataDir = join(root, name)
  const context = await createContext(readConfig({ ...SETTINGS, DATA_DIR: dataDir, ...settings }))
  const kept = await keepFiles(context, FILES)
  await context.close()
  return { dataDir, kept }
}

const blobsOf = async (dataDir: string) => (await blobsIn(dataDir)).sort()

/** What a server that does not start says, and its exit code. */
async function refusalOf(dataDir: string, settings: Record<string, string> = {}) {
  const server = spawn(process.execPath, ENTRY, {
    env: { ...process.env, ...SETTINGS, DATA_DIR: dataDir, PORT: '0', ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = new Promise<number | null>(resolve => server.once('exit', resolve))
  return { said: await text(server.stderr), code: await exited }
}

async function startAndStop(dataDir: string, settings: Record<string, string> = {}): Promise<void> {
  expect(await stopServer(await startServer(dataDir, settings), 'SIGTERM')).toBe(0)
}

it('a wrong DATABASE_URL on a folder full of files deletes nothing, and refuses', async () => {
  const { dataDir, kept } = await prepare('mauvaise-base')
  const wrong = { DATABASE_URL: await createDatabase(postgresql.url) }
  expect(await refusalOf(dataDir, wrong)).toMatchObject({
    code: 1,
    said: expect.stringMatching(/^Le dossier .* va avec la base .* DATABASE_URL/),
  })
  expect(await blobsOf(dataDir)).toEqual(kept)
  await rm(join(dataDir, 'identite.json'))
  expect((await refusalOf(dataDir, wrong)).said).toMatch(/^Le dossier .* contient 12 fichiers, et .* aucun/)
  expect(await blobsOf(dataDir)).toEqual(kept)
})

it('a folder without its embedded database refuses, and starts once it is put back', async () => {
  const { dataDir, kept } = await prepare('sans-base')
  await rename(join(dataDir, 'base'), join(root, 'base-a-part'))
  expect((await refusalOf(dataDir)).said).toMatch(/base embarquée, .*, est absente/)
  expect(await blobsOf(dataDir)).toEqual(kept)
  await rename(join(root, 'base-a-part'), join(dataDir, 'base'))
  await startAndStop(dataDir)
})

it('a cold copy of a folder starts elsewhere, with every file', async () => {
  const { dataDir, kept } = await prepare('original')
  await cp(dataDir, join(root, 'copie'), { recursive: true })
  await rm(dataDir, { recursive: true })
  await startAndStop(join(root, 'copie'))
  expect(await blobsOf(join(root, 'copie'))).toEqual(kept)
})

it('a second server with files of its own refuses the database of the first', async () => {
  const settings = { DATABASE_URL: await createDatabase(postgresql.url), SECRET_KEY: 'k'.repeat(43) }
  const { dataDir } = await prepare('premier', settings)
  expect(await refusalOf(join(root, 'second'), settings)).toMatchObject({
    code: 1,
    said: expect.stringMatching(/Deux serveurs qui ne partagent pas leurs fichiers/),
  })
  expect((await refusalOf(dataDir, { ...settings, SECRET_KEY: 'z'.repeat(43) })).said).toMatch(
    /^La clé secrète \(réglage SECRET_KEY\) n’est pas celle/,
  )
  await startAndStop(dataDir, settings)
})

it('two servers started at once on a new database give it one identity', async () => {
  const settings = { DATABASE_URL: await createDatabase(postgresql.url), SECRET_KEY: 'k'.repeat(43) }
  const folders = [join(root, 'rival-1'), join(root, 'rival-2')]
  const started = await Promise.allSettled(folders.map(folder => startServer(folder, settings)))
  const winners = started.flatMap((result, order) => (result.status === 'fulfilled' ? [order] : []))
  expect(winners).toHaveLength(1)
  for (const each of started) if (each.status === 'fulfilled') await stopServer(each.value, 'SIGTERM')
  const winner = folders[winners[0] ?? 0] ?? ''
  expect(JSON.parse(await readFile(join(winner, 'identite.json'), 'utf8'))).toHaveProperty('depot')
  await startAndStop(winner, settings)
})
