/**
 * `npm run bench:upload`: what a deposit does with bytes, by the plain form and by resumable uploads, beside
 * formidable and beside writing and syncing alone, side by side in one run. All hash by SHA-256 and sync;
 * ours count the CRC too. The row in the database, the same whatever the size, is left out. `-- --small` only
 * proves that the benchmark works.
 */
import { fork } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open, readdir, rename, rm } from 'node:fs/promises'
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import multipart from '@fastify/multipart'
import Fastify from 'fastify'
import formidable from 'formidable'
import { openBlobsFolder } from '../../server/adapters/data-folder/blobs-folder.ts'
import { watchDiskSpace } from '../../server/adapters/data-folder/disk-space.ts'
import { openUploadsFolder } from '../../server/adapters/uploads/uploads-folder.ts'
import { openUpload } from '../../server/http/uploads.ts'

const KINDS = ['form', 'tus', 'formidable', 'limit'] as const
type Kind = (typeof KINDS)[number]

/** As the page sends them. */
const CHUNK_BYTES = 1_000_000
const MAX_FILE_MB = 2000
const LANE = { owner: 'banc', pieceId: 'banc' }

interface Load {
  name: string
  /** In the names of the numbers. */
  key: string
  files: number
  bytes: number
  atOnce: number
}

/** One server per kind in a process of its own, so that its memory is its own. */
async function serve(kind: Kind, folder: string) {
  const server = await { form: serveOurs, tus: serveOurs, formidable: serveFormidable, limit: serveLimit }[
    kind
  ](folder)
  // A benchmark that is stopped leaves no server behind.
  process.on('disconnect', () => process.exit())
  process.on('message', () => process.send?.(process.resourceUsage().maxRSS / 1024))
  if (!server.listening) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  const address = server.address()
  process.send?.(typeof address === 'object' && address !== null ? address.port : 0)
}

async function serveOurs(folder: string): Promise<Server> {
  const blobs = await openBlobsFolder(folder)
  const uploads = await openUploadsFolder(folder, {
    disk: watchDiskSpace(folder, 0),
    now: () => new Date(),
    areDeposited: async () => new Set(),
  })
  const app = Fastify()
  await app.register(multipart, { throwFileSizeLimit: false })
  app.addContentTypeParser('application/offset+octet-stream', (_request, _payload, parsed) => parsed(null))
  app.post('/form', async incoming => {
    const form = await openUpload(incoming, { maxFileMb: MAX_FILE_MB })
    for await (const file of form.files) await (await blobs.stage(file.stream)).publish()
    return 'ok'
  })
  const toUploads = async (id: string | null, request: IncomingMessage, response: ServerResponse) => {
    const exchange = {
      request,
      response,
      lane: LANE,
      id,
      address: '/envois',
      maxBytes: MAX_FILE_MB * 1_000_000,
      explain: String,
    }
    const refused = await uploads.answer(exchange)
    if (refused !== null) throw new Error(refused)
  }
  app.post('/envois', async (incoming, reply) => {
    await toUploads(null, incoming.raw, reply.raw)
    return reply.hijack()
  })
  app.patch<{ Params: { id: string } }>('/envois/:id', async (incoming, reply) => {
    await toUploads(incoming.params.id, incoming.raw, reply.raw)
    return reply.hijack()
  })
  app.post<{ Params: { id: string } }>('/depot/:id', async incoming => {
    await uploads.hold(LANE, [incoming.params.id], async held => {
      await held.mark(randomUUID())
      for (const { path } of held.uploads) await (await blobs.stageFile(await path())).publish()
      await held.remove()
    })
    return 'ok'
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app.server
}

async function serveFormidable(folder: string): Promise<Server> {
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

/** No protocol and no hash: what the disk allows. */
async function serveLimit(folder: string): Promise<Server> {
  const chunk = randomBytes(CHUNK_BYTES)
  return createServer(async (incoming, response) => {
    const load = JSON.parse(String(incoming.headers['x-load'])) as Load
    await inLanes(load, async () => {
      const file = await open(join(folder, randomUUID()), 'w')
      for (let left = load.bytes; left > 0; left -= CHUNK_BYTES) {
        await file.write(chunk, 0, Math.min(left, CHUNK_BYTES))
      }
      await file.sync()
      await file.close()
    })
    response.end('ok')
  })
}

async function sync(path: string) {
  const file = await open(path, 'r+')
  await file.sync()
  await file.close()
}

async function inLanes({ files, atOnce }: Load, act: () => Promise<unknown>) {
  let left = files
  const lane = async () => {
    while (left-- > 0) await act()
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

async function measure(small: boolean) {
  const runs = small ? 1 : 3
  const loads: Load[] = small
    ? [
        { name: '1 × 20 MB', key: '1g', files: 1, bytes: 20_000_000, atOnce: 1 },
        { name: '10 × 2 MB', key: '5m', files: 10, bytes: 2_000_000, atOnce: 4 },
        { name: '100 × 20 kB', key: '20k', files: 100, bytes: 20_000, atOnce: 8 },
      ]
    : [
        { name: '1 × 1 GB', key: '1g', files: 1, bytes: 1_000_000_000, atOnce: 1 },
        { name: '200 × 5 MB, 8 at once', key: '5m', files: 200, bytes: 5_000_000, atOnce: 8 },
        { name: '5,000 × 20 kB, 16 at once', key: '20k', files: 5000, bytes: 20_000, atOnce: 16 },
      ]
  const servers = await Promise.all(
    KINDS.map(async kind => {
      const folder = await mkdtemp(join(tmpdir(), `bench-upload-${kind}-`))
      const child = fork(fileURLToPath(import.meta.url), ['serve', kind, folder])
      const [port] = await once(child, 'message')
      return { kind, folder, child, port: Number(port) }
    }),
  )
  const peakOf = async ({ child }: (typeof servers)[number]) => {
    child.send('usage')
    return Number((await once(child, 'message'))[0])
  }
  const numbers: Record<string, number> = { vs_formidable: Infinity }
  try {
    console.log(
      `| load, ${runs} runs | what | median MB/s | files/s | spread s | of write + fsync | peak MiB |`,
    )
    console.log('|---|---|---|---|---|---|---|')
    // Warms the compiler.
    for (const { kind, port } of servers) await SENDERS[kind](port, WARMING)
    for (const load of loads) {
      const seconds: Record<Kind, number[]> = { form: [], tus: [], formidable: [], limit: [] }
      for (let run = 0; run < runs; run++) {
        for (const { kind, port, folder } of servers) {
          const startedAt = performance.now()
          await SENDERS[kind](port, load)
          seconds[kind].push((performance.now() - startedAt) / 1000)
          await empty(folder)
        }
      }
      const medians = Object.fromEntries(KINDS.map(kind => [kind, median(seconds[kind])])) as Record<
        Kind,
        number
      >
      for (const server of servers) {
        const { kind } = server
        const rate = (load.files * load.bytes) / 1e6 / medians[kind]
        const spread = `${Math.min(...seconds[kind]).toFixed(2)}–${Math.max(...seconds[kind]).toFixed(2)}`
        console.log(
          `| ${load.name} | ${WHAT[kind]} | ${rate.toFixed(0)} | ` +
            `${(load.files / medians[kind]).toFixed(0)} ` +
            `| ${spread} | ${(medians.limit / medians[kind]).toFixed(2)} | ` +
            `${(await peakOf(server)).toFixed(0)} ` +
            '|',
        )
      }
      numbers.vs_formidable = Math.min(numbers.vs_formidable ?? Infinity, medians.formidable / medians.form)
      numbers[`vs_write_fsync_${load.key}`] = medians.limit / medians.form
      numbers[`tus_vs_write_fsync_${load.key}`] = medians.limit / medians.tus
    }
    const peaks = await Promise.all(
      servers.filter(({ kind }) => kind === 'form' || kind === 'tus').map(peakOf),
    )
    numbers.peak_rss_mib = Math.max(...peaks)
    console.log(
      JSON.stringify(
        Object.fromEntries(Object.entries(numbers).map(([key, n]) => [key, Number(n.toPrecision(3))])),
      ),
    )
  } finally {
    for (const { child, folder } of servers) {
      child.kill()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

const WARMING: Load = { name: 'warming', key: '', files: 50, bytes: 100_000, atOnce: 4 }

const WHAT: Readonly<Record<Kind, string>> = {
  form: 'ours, plain form',
  tus: 'ours, resumable',
  formidable: 'formidable',
  limit: 'write + fsync',
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const noise = randomBytes(CHUNK_BYTES)
const FORM_HEAD = Buffer.from(
  '--banc\r\nContent-Disposition: form-data; name="fichiers"; ' +
    'filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n',
)
const FORM_TAIL = Buffer.from('\r\n--banc--\r\n')

const sendForms = (port: number, load: Load) =>
  inLanes(load, async () => {
    const length = FORM_HEAD.length + load.bytes + FORM_TAIL.length
    await send({ port, path: '/form', type: 'multipart/form-data; boundary=banc', length }, [
      FORM_HEAD,
      load.bytes,
      FORM_TAIL,
    ])
  })

const SENDERS: Readonly<Record<Kind, (port: number, load: Load) => Promise<void>>> = {
  form: sendForms,
  formidable: sendForms,
  tus: (port, load) =>
    inLanes(load, async () => {
      const type = 'application/offset+octet-stream'
      const created = await send(
        {
          port,
          path: '/envois',
          type: 'text/plain',
          length: 0,
          headers: { 'upload-length': String(load.bytes) },
        },
        [],
      )
      const path = String(created.headers.location)
      for (let at = 0; at < load.bytes; at += CHUNK_BYTES) {
        const length = Math.min(load.bytes - at, CHUNK_BYTES)
        await send({ port, method: 'PATCH', path, type, length, headers: { 'upload-offset': String(at) } }, [
          length,
        ])
      }
      await send({ port, path: path.replace('envois', 'depot'), type: 'application/json', length: 2 }, [
        Buffer.from('{}'),
      ])
    }),
  limit: async (port, load) => {
    await send(
      { port, path: '/', type: 'text/plain', length: 0, headers: { 'x-load': JSON.stringify(load) } },
      [],
    )
  },
}

/** Sends a request whose body is made of these parts, a number standing for so many bytes of noise. */
async function send(
  to: {
    port: number
    method?: string
    path: string
    type: string
    length: number
    headers?: Record<string, string>
  },
  parts: ReadonlyArray<Buffer | number>,
): Promise<IncomingMessage> {
  const sending = request({
    agent,
    host: '127.0.0.1',
    port: to.port,
    path: to.path,
    method: to.method ?? 'POST',
    headers: {
      'content-type': to.type,
      'content-length': to.length,
      'tus-resumable': '1.0.0',
      ...to.headers,
    },
  })
  const answered = once(sending, 'response')
  for (const part of parts) {
    if (typeof part !== 'number') sending.write(part)
    else {
      for (let left = part; left > 0; left -= CHUNK_BYTES) {
        const piece = left < CHUNK_BYTES ? noise.subarray(0, left) : noise
        if (!sending.write(piece)) await once(sending, 'drain')
      }
    }
  }
  sending.end()
  const [response] = (await answered) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  if ((response.statusCode ?? 500) >= 300) throw new Error(`${to.path} was answered ${response.statusCode}`)
  return response
}

/** Leaves the folders of the store, without their files. */
async function empty(folder: string) {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await rm(join(entry.parentPath, entry.name))
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

if (process.argv[2] === 'serve') await serve(process.argv[3] as Kind, process.argv[4] ?? '')
else await measure(process.argv.includes('--small'))
