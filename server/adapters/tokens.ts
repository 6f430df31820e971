/** Tokens of links and sessions. The key stays in a file or a variable, never in the database. */
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tokens } from '../steps/ports.ts'
import { syncFolder, writeDurably } from './data-folder/durable.ts'

const KEY_FILE = 'cle-secrete'

/** A key of its own for each purpose: what one lets somebody learn tells nothing of another. */
export const keyFor = (secretKey: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secretKey, '', `usage:${purpose}`, 32))

/** Links keep to the secret key itself, under a name of their own: those handed out before still open. */
export function createTokens(secretKey: string): Tokens {
  const [codeKey, codeHashKey, digestKey] = ['codes', 'empreintes', 'resumes'].map(purpose =>
    keyFor(secretKey, purpose),
  ) as [Buffer, Buffer, Buffer]
  return {
    ofLink: linkId => createHmac('sha256', secretKey).update(`lien:${linkId}`).digest('base64url'),
    ofDigest: digestId => createHmac('sha256', digestKey).update(digestId).digest('base64url'),
    random: () => randomBytes(32).toString('base64url'),
    ofCode: codeId => {
      const bytes = createHmac('sha256', codeKey).update(codeId).digest()
      return String(bytes.readUIntBE(0, 6) % 1_000_000).padStart(6, '0')
    },
    hashCode: (codeId, digits) =>
      createHmac('sha256', codeHashKey).update(`${codeId}:${digits}`).digest('hex'),
    hash: token => createHash('sha256').update(token).digest('hex'),
  }
}

/** Tells whether two keys are the same one without telling either: derived on a branch of its own. */
export function checkOfKey(secretKey: string): string {
  return createHmac('sha256', secretKey).update('controle:installation').digest('hex')
}

export const drawSecretKey = (): string => randomBytes(32).toString('base64url')

/** Where the next key waits while the database passes to it. */
const NEXT_KEY_FILE = 'cle-secrete.suivante'

/** The key of a data folder; null when there is none. An empty file is what a full disk left of one. */
export const readSecretKey = (dataDir: string): Promise<string | null> => readKey(join(dataDir, KEY_FILE))

async function readKey(path: string): Promise<string | null> {
  try {
    const key = await readFile(path, 'utf8')
    return key === '' ? null : key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/**
 * Readable by its owner only, and there after a power cut: every link of the database will be derived from
 * it.
 */
export async function writeSecretKey(dataDir: string, secretKey: string): Promise<void> {
  await writeDurably(join(dataDir, KEY_FILE), secretKey)
}

/** Keeps the next key beside the one of today, before the database passes to it. */
export async function prepareNextKey(dataDir: string, secretKey: string): Promise<void> {
  await writeDurably(join(dataDir, NEXT_KEY_FILE), secretKey)
}

/**
 * Puts the next key in place if the database has passed to it: a change of key that stopped in between goes
 * on.
 *
 * @param keyCheck what the database says of its key.
 */
export async function settleNextKey(dataDir: string, keyCheck: string): Promise<void> {
  const next = await readKey(join(dataDir, NEXT_KEY_FILE))
  if (next === null || checkOfKey(next) !== keyCheck) return
  await rename(join(dataDir, NEXT_KEY_FILE), join(dataDir, KEY_FILE))
  await syncFolder(dataDir)
}
