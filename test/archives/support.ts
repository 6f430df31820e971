/** Sealed ZIPs of any size made of few bytes on the disk, written to a file or served as the application serves them. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { openBlobsFolder } from '../../server/adapters/data-folder/blobs-folder.ts'
import { storedZip } from '../../server/adapters/dossier/zip-writer.ts'
import { sendRanged } from '../../server/http/ranges.ts'
import type { ReadBlob, SealedArchive, SealedFile } from '../../server/steps/ports.ts'

export const SEALED_AT = new Date('2026-06-01T12:00:00Z')

export interface Store {
  folder: string
  read: ReadBlob
  /** Keeps the bytes and names them. */
  add(path: string, bytes: Buffer): Promise<SealedFile>
  close(): Promise<void>
}

export async function openStore(): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-archives-'))
  const blobs = await openBlobsFolder(folder)
  return {
    folder,
    read: blobs.read,
    async add(path, bytes) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      await mkdir(join(folder, 'blobs', sha256.slice(0, 2)), { recursive: true })
      await writeFile(join(folder, 'blobs', sha256.slice(0, 2), sha256), bytes)
      return { path, sha256, crc32: crc32(bytes), size: bytes.length }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Bytes that do not compress and differ by their seed, the same on every machine. */
export function noise(seed: string, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  let block = createHash('sha512').update(seed).digest()
  for (let at = 0; at < size; at += 64) {
    block.copy(bytes, at)
    if (at % 65_536 === 0) block = createHash('sha512').update(block).digest()
  }
  return bytes
}

/** Writes the archive as a reader receives it; gives its SHA-256. */
export async function writeArchive(archive: SealedArchive, read: ReadBlob, path: string): Promise<string> {
  const file = await open(path, 'w')
  const hash = createHash('sha256')
  try {
    for await (const chunk of archive.chunks(read)) {
      hash.update(chunk)
      await file.write(chunk)
    }
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}

export async function hashOf(archive: SealedArchive, read: ReadBlob): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of archive.chunks(read)) hash.update(chunk)
  return hash.digest('hex')
}

/** Serves one archive as the application does. */
export async function serve(store: Store, files: readonly SealedFile[]) {
  const archive = storedZip(files, SEALED_AT)
  const etag = `"${await hashOf(archive, store.read)}"`
  const server = createServer(async (request, response) => {
    const { length } = archive
    const chunks = (range: { start: number; end: number }) => archive.chunks(store.read, range)
    await sendRanged(
      request,
      response,
      { length, mediaType: 'application/zip', etag, modifiedAt: SEALED_AT, chunks },
      {},
    )
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dossier.zip`,
    length: archive.length,
    sha256: etag.slice(1, -1),
    close: () =>
      new Promise<void>(done => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}

const run = promisify(execFile)
const MAX_OUTPUT = 256 * 1024 * 1024

/** Runs a tool to its end; rejects, with what it said, when it ends with anything but 0. */
export async function tool(command: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await run(command, args, { maxBuffer: MAX_OUTPUT })
  return stdout + stderr
}
