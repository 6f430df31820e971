/** Tokens of links and sessions. The key stays in a file or a variable, never in the database. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tokens } from '../steps/ports.ts'

const KEY_FILE = 'cle-secrete'

export function createTokens(secretKey: string): Tokens {
  return {
    ofLink: linkId => createHmac('sha256', secretKey).update(`lien:${linkId}`).digest('base64url'),
    random: () => randomBytes(32).toString('base64url'),
    ofCode: codeId => {
      const bytes = createHmac('sha256', secretKey).update(`code:${codeId}`).digest()
      return String(bytes.readUIntBE(0, 6) % 1_000_000).padStart(6, '0')
    },
    hashCode: (codeId, digits) =>
      createHmac('sha256', secretKey).update(`empreinte:${codeId}:${digits}`).digest('hex'),
    hash: token => createHash('sha256').update(token).digest('hex'),
  }
}

/** Reads the key of a data folder, made on the first run and readable by its owner only. */
export async function readOrCreateSecretKey(dataDir: string): Promise<string> {
  const path = join(dataDir, KEY_FILE)
  try {
    await writeFile(path, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600, flush: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return await readFile(path, 'utf8')
}
