/**
 * A registry file read whole and judged into a file of its items, one JSON a line, outside the server's
 * process. Only a file that can be trusted is then stored: the transaction that stores it never waits for a
 * line to be read.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RegistryItem } from '../../domain/registry.ts'
import { readFinessRegistry } from './finess-registry.ts'

export interface RegistrySpool {
  /** The registry file. */
  path: string
  /** The file of items, to be written. */
  target: string
}

/** The national files give 60 MB. Many times that is something else, made to fill a disk. */
const MOST_SPOOLED_BYTES = 500_000_000
const READ_BYTES = 256 * 1024

/** @returns why the file cannot be trusted, in one French sentence; null when all of it is spooled. */
export async function spoolRegistry({ path, target }: RegistrySpool): Promise<string | null> {
  let unreadable: string | null = null
  let spooledBytes = 0
  async function* lines() {
    let waiting = ''
    for await (const item of readFinessRegistry(createReadStream(path, { highWaterMark: READ_BYTES }))) {
      if (item.kind === 'unreadable') {
        unreadable = item.reason
        return
      }
      waiting += `${JSON.stringify(item)}\n`
      if (waiting.length < READ_BYTES) continue
      spooledBytes += waiting.length
      if (spooledBytes > MOST_SPOOLED_BYTES) {
        unreadable = 'Ce fichier a bien plus de lignes que le registre national : ce n’est pas lui.'
        return
      }
      yield waiting
      waiting = ''
    }
    yield waiting
  }
  await pipeline(Readable.from(lines()), createWriteStream(target, { mode: 0o600 }))
  return unreadable
}

/** The items of a spool, in their order. */
export async function* spooledItems(target: string): AsyncGenerator<RegistryItem> {
  let begun = ''
  for await (const text of createReadStream(target, { encoding: 'utf8', highWaterMark: READ_BYTES })) {
    const lines = (begun + text).split('\n')
    begun = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as RegistryItem
  }
}
