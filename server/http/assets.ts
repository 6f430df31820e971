/** What a browser is given beside the pages: scripts, pictures, and one stylesheet made of several files. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import { PATHS } from '../../schema/urls.ts'

const folder = fileURLToPath(new URL('../../templates/assets', import.meta.url))
/** The browser's side of the tus protocol, served from its package as it is. */
const tusScript = createRequire(import.meta.url).resolve('tus-js-client/dist/tus.min.js')

/** Addresses carry the version of what they hold: a browser keeps it, and asks no more. */
const FOR_GOOD = { maxAge: '1y', immutable: true } as const

export interface Assets {
  /** Changes with any asset, so that browsers may keep each version for good. */
  version: string
  serve: FastifyPluginAsync
}

export async function readAssets(): Promise<Assets> {
  const stylesheet = await readStylesheet()
  return {
    version: await versionOfFiles([...(await filesUnder(folder)), tusScript]),
    async serve(app) {
      await app.register(fastifyStatic, { root: folder, prefix: PATHS.assets, ...FOR_GOOD })
      app.get(`${PATHS.assets}${basename(tusScript)}`, (_request, reply) =>
        reply.sendFile(basename(tusScript), dirname(tusScript)),
      )
      app.get(`${PATHS.assets}app.css`, (_request, reply) =>
        reply
          .header('cache-control', 'public, max-age=31536000, immutable')
          .type('text/css; charset=utf-8')
          .send(stylesheet),
      )
    },
  }
}

/** The files that `app.css` imports, in its order: one request instead of a chain of them. */
async function readStylesheet(): Promise<string> {
  const index = await readFile(join(folder, 'app.css'), 'utf8')
  const names = [...index.matchAll(/^@import "(.+)";$/gm)].map(([, name = '']) => name)
  return (await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')))).join('\n')
}

async function filesUnder(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
}

async function versionOfFiles(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(basename(path)).update(await readFile(path))
  return hash.digest('base64url').slice(0, 12)
}
