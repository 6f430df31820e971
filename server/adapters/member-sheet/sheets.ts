/** Has spreadsheets read, and the model drawn, outside the server's process. */
import type { SheetReading, Sheets } from '../../steps/ports.ts'
import type { Read, ReaderProcesses } from '../reader-process/reader-processes.ts'
import { refuseSheet } from './sheet-refusal.ts'

export function sheetsIn(readers: ReaderProcesses): Sheets {
  return {
    readFile: async bytes => readingOf(await readers.read('sheet', bytes)),
    readPasted: async text => readingOf(await readers.read('pastedCells', text)),
    async memberModel() {
      const drawn = await readers.read('memberModel', undefined)
      if (!drawn.ok) throw new Error(`The model workbook was not drawn: ${drawn.why}`)
      return Buffer.from(drawn.value)
    },
  }
}

function readingOf(read: Read<SheetReading>): SheetReading {
  if (read.ok) return read.value
  return read.why === 'busy'
    ? refuseSheet(
        'busy',
        'Trop de fichiers sont lus à la fois : rien n’est perdu. Envoyez ce tableau de ' +
          'nouveau dans une minute.',
      )
    : refuseSheet(
        'too-heavy',
        'Ce tableau demande trop de temps ou de mémoire pour être lu : copiez la seule liste ' +
          'dans un classeur neuf, puis envoyez-le.',
      )
}
