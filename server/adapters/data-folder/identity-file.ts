/**
 * `identite.json`: which store of files the data folder is, and which database goes with it. The database
 * says the same in its own row. The file is prepared under another name before that row is committed, and
 * takes its own afterwards: a stop in between leaves a pair that the next start completes.
 */
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Identity } from '../../domain/installation.ts'
import type { FoundIdentity } from '../kept-store.ts'
import { parseIdentity, writtenIdentity } from '../written-identity.ts'
import { syncFolder, writeDurably } from './durable.ts'

const FILE = 'identite.json'
const PREPARED = 'identite.json.nouvelle'

/** @throws when the settled file is there and says nothing that can be read. */
export async function readIdentity(dataDir: string): Promise<FoundIdentity> {
  const settled = await textOf(join(dataDir, FILE))
  const prepared = await textOf(join(dataDir, PREPARED))
  return {
    settled: settled === null ? null : parseIdentity(settled),
    prepared: prepared === null ? null : parseIdentity(prepared),
  }
}

export async function prepareIdentity(dataDir: string, identity: Identity): Promise<void> {
  await writeDurably(join(dataDir, PREPARED), writtenIdentity(identity))
}

/** Confirms what was prepared: to be called once the database has committed the same. */
export async function settleIdentity(dataDir: string): Promise<void> {
  await rename(join(dataDir, PREPARED), join(dataDir, FILE))
  await syncFolder(dataDir)
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
