/** What a browser is given beside the pages: scripts, pictures, and one stylesheet made of several files. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS } from '../../schema/urls.ts'
import { accepts } from './compression.ts'

const folder = fileURLToPath(new URL('../../templates/assets', import.meta.url))
/** The browser's side of the tus protocol, served from its package as it is. */
const tusScript = createRequire(import.meta.url).resolve('tus-js-client/dist/tus.min.js')

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** As small as it gets, since it is done once: the smallest first. */
const ENCODINGS: ReadonlyArray<readonly [name: string, compress: (bytes: Buffer) => Promise<Buffer>]> = [
  ['br', promisify(brotliCompress)],
  ['gzip', bytes => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION })],
]

export interface Assets {
  /** Changes with any asset, so that browsers may keep each version for good. */
  version: string
  serve: FastifyPluginAsync
}

export async function readAssets(): Promise<Assets> {
  const files = await readFiles()
  const send = sender(new Map([...files, ['app.css', stylesheetOf(files)]]))
  return {
    version: versionOf(files),
    async serve(app) {
      app.get(`${PATHS.assets}*`, send)
    },
  }
}

/** All that may be asked for is in memory: no address ever becomes a path on the disk. */
function sender(files: ReadonlyMap<string, Buffer>) {
  const compressed = new Map<string, Promise<Buffer>>()

  /** The first who asks for it waits, out of the loop; it is kept for all others. */
  function compressedOnce(key: string, compress: () => Promise<Buffer>): Promise<Buffer> {
    const known = compressed.get(key) ?? compress()
    compressed.set(key, known)
    return known
  }

  return async (request: FastifyRequest, reply: FastifyReply) => {
    const { '*': name } = request.params as { '*': string }
    const bytes = files.get(name)
    if (bytes === undefined) return reply.callNotFound()
    // Addresses carry the version of what they hold: a browser keeps it, and asks no more.
    reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('vary', 'accept-encoding')
      .type(TYPES[extname(name)] ?? 'application/octet-stream')
    const [encoding, compress] = ENCODINGS.find(([each]) => accepts(request, each)) ?? []
    if (encoding === undefined || compress === undefined) return reply.send(bytes)
    const body = await compressedOnce(`${encoding} ${name}`, () => compress(bytes))
    return reply.header('content-encoding', encoding).send(body)
  }
}

/** The files that `app.css` imports, in its order: one request instead of a chain of them. */
function stylesheetOf(files: ReadonlyMap<string, Buffer>): Buffer {
  const index = files.get('app.css')?.toString() ?? ''
  const names = [...index.matchAll(/^@import "\.\/(.+)";$/gm)].map(([, name = '']) => name)
  return Buffer.from(
    names
      .map(name => {
        const part = files.get(name)
        if (part === undefined) throw new Error(`app.css imports ${name}, which is not there`)
        return part.toString()
      })
      .join('\n'),
  )
}

/** By what follows the folder of the assets in their addresses, always in the same order. */
async function readFiles(): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
  const named = [
    ...paths.map(path => [relative(folder, path).replaceAll(sep, '/'), path] as const),
    [basename(tusScript), tusScript] as const,
  ]
  return new Map(await Promise.all(named.map(async ([name, path]) => [name, await readFile(path)] as const)))
}

function versionOf(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256')
  for (const [name, bytes] of files) hash.update(name).update(bytes)
  return hash.digest('base64url').slice(0, 12)
}
