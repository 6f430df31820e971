/**
 * Decodes photos outside the server's process. libvips is native code and libheif a large WebAssembly module,
 * both fed by strangers: a crash, an endless loop or a picture that takes all the memory then costs one
 * photo, never the server.
 */
import type { Photos } from '../../steps/ports.ts'
import type { ReaderProcesses } from '../reader-process/reader-processes.ts'

export function photoLabIn(readers: ReaderProcesses): Photos['develop'] {
  return async (path, mediaType, size, page = 0) => {
    const isHeic = mediaType.startsWith('image/hei')
    const read = await readers.read('photo', { path, isHeic, size, page })
    if (!read.ok) return { ok: false, fault: read.why }
    if (read.value === null) return { ok: false, fault: 'undecodable' }
    return { ok: true, photo: { ...read.value, jpeg: Buffer.from(read.value.jpeg) } }
  }
}
