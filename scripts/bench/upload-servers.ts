/** The servers that `bench:upload` measures side by side, each in a process of its own. */
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import multipart from '@fastify/multipart'
import { eq } from 'drizzle-orm'
import Fastify from 'fastify'
import formidable from 'formidable'
import { grappes } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { openBlobsFolder } from '../../server/adapters/data-folder/blobs-folder.ts'
import { buildApp } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import { createContext } from '../../server/context.ts'
import { openUpload } from '../../server/http/uploads.ts'
import { issueApiToken } from '../../server/steps/access/api-tokens.ts'
import { openMemberScope } from '../../server/steps/access/member-scope.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { laneOf } from '../../server/steps/collection/deposit-uploads.ts'
import { bearerOf } from '../../test/support/app.ts'
import { createTestGrappe } from '../../test/support/grappe.ts'

export const KINDS = ['receive', 'limit', 'form', 'tus', 'formidable'] as const
export type Kind = (typeof KINDS)[number]

export const BLOCK_BYTES = 1_000_000
/** The most that a call may allow. */
const MAX_FILE_MB = 1000

export interface Load {
  name: string
  /** In the names of the numbers. */
  key: string
  files: number
  bytes: number
  atOnce: number
}

export async function inLanes({ files, atOnce }: Load, act: () => Promise<unknown>): Promise<void> {
  let left = files
  const lane = async () => {
    while (left-- > 0) await act()
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

/** Where a server keeps its files, and what the application runs on. */
interface Place {
  folder: string
  databaseUrl: string
}

/** What a server's process has used since it started. */
export interface Usage {
  peakMib: number
  /** Milliseconds of processor, its threads and the system's work for it included. */
  cpuMs: number
}

function usage(): Usage {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  return { peakMib: maxRSS / 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000 }
}

/** Tells its port, then what it has used whenever it is asked. */
export async function serve(kind: Kind, place: Place): Promise<void> {
  const serveIt = {
    receive: serveReceive,
    limit: serveLimit,
    form: serveForm,
    tus: serveApplication,
    formidable: serveFormidable,
  }[kind]
  const server = await serveIt(place)
  // A benchmark that is stopped leaves no server behind.
  process.on('disconnect', () => process.exit())
  process.on('message', () => process.send?.(usage()))
  if (!server.listening) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  const address = server.address()
  process.send?.(typeof address === 'object' && address !== null ? address.port : 0)
}

/** The fair limit: what comes is written and synced, by the least that Node needs, without a hash. */
async function serveReceive({ folder }: Place): Promise<Server> {
  return createServer(async (incoming, response) => {
    const file = createWriteStream(join(folder, randomUUID()), { flush: true })
    await pipeline(incoming, file)
    response.end('ok')
  })
}

/** Nothing is received: what the disk allows. */
async function serveLimit({ folder }: Place): Promise<Server> {
  const block = randomBytes(BLOCK_BYTES)
  return createServer(async (incoming, response) => {
    const load = JSON.parse(String(incoming.headers['x-load'])) as Load
    await inLanes(load, async () => {
      const file = await open(join(folder, randomUUID()), 'w')
      for (let left = load.bytes; left > 0; left -= BLOCK_BYTES) {
        await file.write(block, 0, Math.min(left, BLOCK_BYTES))
      }
      await file.sync()
      await file.close()
    })
    response.end('ok')
  })
}

async function serveForm({ folder }: Place): Promise<Server> {
  const blobs = await openBlobsFolder(folder)
  const app = Fastify()
  await app.register(multipart, { throwFileSizeLimit: false })
  app.post('/form', async incoming => {
    const form = await openUpload(incoming, { maxFileMb: MAX_FILE_MB })
    for await (const file of form.files) await (await blobs.stage(file.stream)).publish()
    return 'ok'
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app.server
}

/**
 * The whole application under a member's link, whose scope and piece it reads as always. Only what a deposit
 * does with rows is left out, as it is for the form: it is the same whatever the bytes.
 */
async function serveApplication({ folder, databaseUrl }: Place): Promise<Server> {
  const config = applicationConfig(folder, databaseUrl)
  const context = await createContext(config)
  const app = await buildApp(context, config)
  app.post<{ Params: { token: string; piece: string; id: string } }>(
    '/banc/:token/:piece/:id',
    async ({ params: { token, piece, id } }) => {
      const scope = await openMemberScope(context, token)
      if (!scope.ok) throw new Error(scope.refusal.code)
      await context.uploads.hold(laneOf({ by: 'member', member: scope.value }, piece), [id], async held => {
        await held.mark(randomUUID())
        for (const { path, measured } of held.uploads)
          await (await context.blobs.stageFile(await path(), await measured())).publish()
        await held.remove()
      })
      return 'ok'
    },
  )
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app.server
}

async function serveFormidable({ folder }: Place): Promise<Server> {
  return createServer(async (incoming, response) => {
    const form = formidable({
      uploadDir: folder,
      hashAlgorithm: 'sha256',
      maxFileSize: MAX_FILE_MB * 1_000_000,
      maxTotalFileSize: MAX_FILE_MB * 1_000_000,
    })
    const [, files] = await form.parse(incoming)
    for (const file of Object.values(files).flatMap(each => each ?? [])) {
      await sync(file.filepath)
      await rename(file.filepath, join(folder, randomUUID()))
    }
    response.end('ok')
  })
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+')
  await file.sync()
  await file.close()
}

const applicationConfig = (folder: string, databaseUrl: string) =>
  readConfig({
    DATA_DIR: folder,
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'silent',
    DEMO: 'non',
    RATE_LIMIT_PER_MINUTE: '100000000',
  })

/**
 * Makes a grappe of which one piece takes files of a GB.
 *
 * @returns where a member's link sends files for it, and where the benchmark deposits them.
 */
export async function prepareApplication(
  folder: string,
  databaseUrl: string,
): Promise<{ uploads: string; deposits: string }> {
  const config = applicationConfig(folder, databaseUrl)
  const context = await createContext(config)
  const app = await buildApp(context, config)
  try {
    const porteur = await findOrCreatePorteur(context.db, context, 'banc@exemple.invalid')
    const token = await issueApiToken(context, porteur, { label: 'banc', scope: 'administrer', days: 1 })
    const client = bearerOf(app, token.token)
    const { grappeId, esmsIds } = await createTestGrappe(client, 1)
    const [grappe] = await context.db.select().from(grappes).where(eq(grappes.id, grappeId))
    if (grappe === undefined) throw new Error('The grappe is not there')
    const { pieces, ...call } = grappe.call as { pieces: object[] }
    const large = { ...call, pieces: pieces.map(piece => ({ ...piece, maxFileMb: MAX_FILE_MB })) }
    await context.db.update(grappes).set({ call: large }).where(eq(grappes.id, grappeId))
    const invited = await client.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, { grappe: grappeId }),
      { esms: esmsIds[0] },
    )
    const link = invited.body[0]?.address.split('/').at(-1) ?? ''
    const own = await bearerOf(app, link).call<{ pieces: Array<{ code: string; pieceId: string }> }>(
      'GET',
      API_PATHS.memberPieces,
    )
    const piece = own.body.pieces.find(({ code }) => code === 'etat-des-lieux')?.pieceId ?? ''
    return { uploads: urlTo('memberUploads', { token: link, piece }), deposits: `/banc/${link}/${piece}` }
  } finally {
    await app.close()
    await context.close()
  }
}
