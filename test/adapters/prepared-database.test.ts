import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { copyPrepared, letAllRead } from '../../server/adapters/prepared-database.ts'

let root: string
let prepared: string
let folder: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'prepared-'))
  prepared = join(root, 'prepared')
  folder = join(root, 'base')
  await mkdir(join(prepared, 'global'), { recursive: true })
  await writeFile(join(prepared, 'global', 'pg_control'), 'prepared')
})
afterEach(() => rm(root, { recursive: true }))

const control = () => readFile(join(folder, 'global', 'pg_control'), 'utf8')

it('gives a first start the database that the build made, and leaves it there for others', async () => {
  await copyPrepared(folder, prepared)
  expect(await control()).toBe('prepared')
  expect((await readdir(root)).sort()).toEqual(['base', 'prepared'])
})

it('is read by others than who built it, and is then for its owner alone', async () => {
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777
  const file = join(prepared, 'global', 'pg_control')
  // As PGlite leaves them.
  await chmod(file, 0o600)
  await chmod(join(prepared, 'global'), 0o700)
  await letAllRead(prepared)
  expect(await Promise.all([prepared, join(prepared, 'global'), file].map(modeOf))).toEqual([
    0o755, 0o755, 0o644,
  ])
  await copyPrepared(folder, prepared)
  expect(await modeOf(folder)).toBe(0o700)
})

it('never touches a database that is there', async () => {
  await mkdir(join(folder, 'global'), { recursive: true })
  await writeFile(join(folder, 'global', 'pg_control'), 'of somebody')
  await copyPrepared(folder, prepared)
  expect(await control()).toBe('of somebody')
})

it('begins again after a start that was stopped halfway', async () => {
  await mkdir(`${folder}.copie`)
  await writeFile(join(`${folder}.copie`, 'PG_VERSION'), 'half')
  await copyPrepared(folder, prepared)
  expect(await readdir(folder)).toEqual(['global'])
  expect((await readdir(root)).sort()).toEqual(['base', 'prepared'])
})

it('does nothing where nothing was built', async () => {
  await copyPrepared(folder, join(root, 'nothing'))
  expect(await readdir(root)).toEqual(['prepared'])
})
