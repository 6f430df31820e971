/** Has files understood outside the server's process. */
import { NO_FACTS } from '../../domain/file-facts.ts'
import type { FileReader } from '../../steps/ports.ts'
import type { ReaderProcesses } from '../reader-process/reader-processes.ts'

export function fileReaderIn(readers: ReaderProcesses): FileReader {
  return async path => {
    const read = await readers.read('file', path)
    return read.ok ? read.value : { mediaType: null, facts: NO_FACTS, fault: read.why }
  }
}
