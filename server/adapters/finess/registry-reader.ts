/** Has a registry file read outside the server's process. */
import { rm } from 'node:fs/promises'
import type { RegistryItem } from '../../domain/registry.ts'
import type { RegistryReader } from '../../steps/ports.ts'
import type { ReaderProcesses } from '../reader-process/reader-processes.ts'
import { spooledItems } from './registry-spool.ts'

const UNREAD = {
  'too-heavy':
    'Ce fichier demande trop de temps ou de mémoire pour être lu : ce n’est pas le registre national.',
  busy: 'Trop de fichiers sont lus à la fois. Importez le registre de nouveau dans une minute.',
} as const

export function registryReaderIn(readers: ReaderProcesses): RegistryReader {
  return async path => {
    const target = `${path}.items`
    const read = await readers.read('registry', { path, target })
    const reason = read.ok ? read.value : UNREAD[read.why]
    return itemsOf(target, reason)
  }
}

async function* itemsOf(target: string, reason: string | null): AsyncGenerator<RegistryItem> {
  try {
    if (reason === null) yield* spooledItems(target)
    else yield { kind: 'unreadable', reason }
  } finally {
    await rm(target, { force: true })
  }
}
