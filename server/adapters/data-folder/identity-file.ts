/**
 * `identite.json`: which store of files the data folder is, and which database goes with it. The database
 * says the same in its own row. The file is prepared under another name before that row is committed, and
 * takes its own afterwards: a stop in between leaves a pair that the next start completes.
 */
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Identity } from '../../domain/installation.ts'
import { syncFolder, writeDurably } from './durable.ts'

const FILE = 'identite.json'
const PREPARED = 'identite.json.nouvelle'

const contract = z.object({ depot: z.uuid(), base: z.uuid() })

/**
 * `prepared`: written by a start that stopped before it was confirmed; worth what the database says of it.
 */
export interface IdentityFile {
  settled: Identity | null
  prepared: Identity | null
}

/** @throws when the settled file is there and says nothing that can be read. */
export async function readIdentity(dataDir: string): Promise<IdentityFile> {
  const settled = await textOf(join(dataDir, FILE))
  const prepared = await textOf(join(dataDir, PREPARED))
  return {
    settled: settled === null ? null : parse(settled),
    prepared: prepared === null ? null : parse(prepared),
  }
}

export async function prepareIdentity(dataDir: string, { storeId, databaseId }: Identity): Promise<void> {
  const text = JSON.stringify({ depot: storeId, base: databaseId }, null, 2)
  await writeDurably(join(dataDir, PREPARED), `${text}\n`)
}

/** Confirms what was prepared: to be called once the database has committed the same. */
export async function settleIdentity(dataDir: string): Promise<void> {
  await rename(join(dataDir, PREPARED), join(dataDir, FILE))
  await syncFolder(dataDir)
}

function parse(text: string): Identity {
  const { depot, base } = contract.parse(JSON.parse(text))
  return { storeId: depot, databaseId: base }
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
