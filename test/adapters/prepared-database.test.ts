import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { copyPrepared } from '../../server/adapters/prepared-database.ts'

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
