/** Has the models that people bring read and filled in outside the server's process. */
import { Buffer } from 'node:buffer'
import type { OwnModelFiles } from '../../steps/ports.ts'
import type { ReaderProcesses } from '../reader-process/reader-processes.ts'

export function ownModelsIn(readers: ReaderProcesses): OwnModelFiles {
  return {
    async check(bytes) {
      const read = await readers.read('model', bytes)
      return read.ok ? read.value : { flaws: [{ kind: read.why }], filled: [] }
    },
    async fill(model, values) {
      const read = await readers.read('filledModel', { model, values })
      if (!read.ok) return read
      return read.value === null
        ? { ok: false, why: 'unfillable' }
        : { ok: true, bytes: Buffer.from(read.value) }
    },
  }
}
