/**
 * `npm run bench:upload`: what a deposit does with bytes, by the plain form and by resumable uploads, beside
 * formidable, beside *receive + write + fsync* (the fair limit: the least that Node does to receive) and
 * beside writing and syncing alone, side by side in one run. Ours and formidable hash by SHA-256; ours count
 * the CRC too. Resumable uploads go through the whole application on a real PostgreSQL; the row of the
 * deposit, the same whatever the size, is left out of both ways. `-- --small` only proves that the benchmark
 * works, `-- --only KEY` runs one load, `-- --runs N` changes how often, `-- --of N` sends one file in N.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startPostgresql } from '../../test/support/postgresql.ts'
import {
  BLOCK_BYTES,
  inLanes,
  KINDS,
  type Kind,
  type Load,
  prepareApplication,
  serve,
  type Usage,
} from './upload-servers.ts'

/** As the page sends them on a quick line: a small file whole, then chunks that grow. */
const CHUNK_BYTES = 1_000_000
const MOST_CHUNK_BYTES = 8_000_000

interface Measured {
  kind: Kind
  seconds: number[]
  peakMib: number
  /** Of the server's own process; PostgreSQL's are not in it. */
  cpuMsPerFile: number[]
}

interface Choice {
  small: boolean
  only: string | undefined
  runs: number
  of: number
}

async function measure({ small, only, runs, of }: Choice) {
  const loads = (small ? SMALL : FULL)
    .filter(({ key }) => only === undefined || key === only)
    .map(load => ({ ...load, files: Math.ceil(load.files / of) }))
  const postgresql = await startPostgresql()
  const databaseUrl = `${postgresql.url}/postgres`
  const root = await mkdtemp(join(tmpdir(), 'bench-upload-'))
  const servers: Server[] = []
  const numbers: Record<string, number> = { vs_formidable: Infinity }
  try {
    const addresses = await prepareApplication(join(root, 'tus'), databaseUrl)
    for (const kind of KINDS) servers.push(await start(kind, join(root, kind), databaseUrl, addresses))
    console.log(
      `| load, ${runs} runs | what | median MB/s | files/s | spread s | of receive + write + fsync ` +
        '| of write + fsync | least server CPU ms/file | MiB above idle |',
    )
    console.log('|---|---|---|---|---|---|---|---|---|')
    // Warms the compiler.
    for (const server of servers) await SENDERS[server.kind](server, WARMING)
    for (const load of loads) {
      const measured: Measured[] = servers.map(({ kind }) => ({
        kind,
        seconds: [],
        peakMib: 0,
        cpuMsPerFile: [],
      }))
      for (let run = 0; run < runs; run++) {
        for (const [order, server] of servers.entries()) {
          // A server gives up in time those that were idle meanwhile: a sender may be too busy to see it.
          agent.destroy()
          const before = await usageOf(server)
          const startedAt = performance.now()
          await SENDERS[server.kind](server, load)
          measured[order]?.seconds.push((performance.now() - startedAt) / 1000)
          const after = await usageOf(server)
          measured[order]?.cpuMsPerFile.push((after.cpuMs - before.cpuMs) / load.files)
          await empty(server)
        }
      }
      for (const [order, server] of servers.entries()) {
        const each = measured[order]
        if (each !== undefined) each.peakMib = (await usageOf(server)).peakMib - server.idleMib
      }
      tell(load, measured, numbers)
    }
    console.log(
      JSON.stringify(
        Object.fromEntries(Object.entries(numbers).map(([key, n]) => [key, Number(n.toPrecision(3))])),
      ),
    )
  } finally {
    for (const { child } of servers) child.kill()
    await Promise.all(servers.map(({ child }) => child.exitCode ?? once(child, 'exit')))
    await postgresql.stop()
    await rm(root, { recursive: true, force: true })
  }
}

/** One line a server, and what the last line of the benchmark says of this load. */
function tell(load: Load, measured: readonly Measured[], numbers: Record<string, number>) {
  const medians = Object.fromEntries(measured.map(({ kind, seconds }) => [kind, median(seconds)])) as Record<
    Kind,
    number
  >
  for (const { kind, seconds, peakMib, cpuMsPerFile } of measured) {
    const rate = (load.files * load.bytes) / 1e6 / medians[kind]
    const spread = `${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}`
    console.log(
      `| ${load.name} | ${WHAT[kind]} | ${rate.toFixed(0)} | ${(load.files / medians[kind]).toFixed(0)} ` +
        `| ${spread} | ${(medians.receive / medians[kind]).toFixed(2)} ` +
        `| ${(medians.limit / medians[kind]).toFixed(2)} | ${Math.min(...cpuMsPerFile).toPrecision(3)} ` +
        `| ${peakMib.toFixed(0)} |`,
    )
    if (kind !== 'form' && kind !== 'tus') continue
    numbers[`${kind}_vs_receive_${load.key}`] = medians.receive / medians[kind]
    numbers[`${kind}_vs_write_fsync_${load.key}`] = medians.limit / medians[kind]
    numbers.peak_above_idle_mib = Math.max(numbers.peak_above_idle_mib ?? 0, peakMib)
  }
  numbers.vs_formidable = Math.min(numbers.vs_formidable ?? Infinity, medians.formidable / medians.form)
}

interface Server {
  kind: Kind
  folder: string
  child: ChildProcess
  port: number
  idleMib: number
  uploads: string
  deposits: string
}

/** One server per kind in a process of its own, so that its memory is its own. */
async function start(
  kind: Kind,
  folder: string,
  databaseUrl: string,
  addresses: { uploads: string; deposits: string },
): Promise<Server> {
  await mkdir(folder, { recursive: true })
  const child = fork(fileURLToPath(import.meta.url), ['serve', kind, folder, databaseUrl])
  const ended = once(child, 'exit').then(() => {
    throw new Error(`The ${kind} server stopped before it listened`)
  })
  const [port] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {})
  const server = { kind, folder, child, port: Number(port), idleMib: 0, ...addresses }
  return { ...server, idleMib: (await usageOf(server)).peakMib }
}

async function usageOf({ child }: Pick<Server, 'child'>): Promise<Usage> {
  child.send('usage')
  const [usage] = (await once(child, 'message')) as [Usage]
  return usage
}

const SMALL: readonly Load[] = [
  { name: '1 × 20 MB', key: '1g', files: 1, bytes: 20_000_000, atOnce: 1 },
  { name: '10 × 2 MB', key: '5m', files: 10, bytes: 2_000_000, atOnce: 4 },
  { name: '100 × 20 kB', key: '20k', files: 100, bytes: 20_000, atOnce: 8 },
]
const FULL: readonly Load[] = [
  { name: '1 × 1 GB', key: '1g', files: 1, bytes: 1_000_000_000, atOnce: 1 },
  { name: '200 × 5 MB, 8 at once', key: '5m', files: 200, bytes: 5_000_000, atOnce: 8 },
  { name: '5,000 × 20 kB, 16 at once', key: '20k', files: 5000, bytes: 20_000, atOnce: 16 },
]
const WARMING: Load = { name: 'warming', key: '', files: 50, bytes: 100_000, atOnce: 4 }

const WHAT: Readonly<Record<Kind, string>> = {
  receive: 'receive + write + fsync',
  limit: 'write + fsync',
  form: 'ours, plain form',
  tus: 'ours, resumable',
  formidable: 'formidable',
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const noise = randomBytes(BLOCK_BYTES)
/** As long as those of Chromium and Safari: the longer, the faster it is looked for. */
const BOUNDARY = '----WebKitFormBoundaryL3yk8gHq2VxT0aZc'
const FORM_HEAD = Buffer.from(
  `--${BOUNDARY}\r\n` +
    'Content-Disposition: form-data; name="fichiers"; ' +
    'filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n',
)
const FORM_TAIL = Buffer.from(`\r\n--${BOUNDARY}--\r\n`)
const STAMP_BYTES = 16

/** The first bytes of a file: no two are the same, as no two are replaced one by the other. */
const stamp = () => randomBytes(STAMP_BYTES)

const sendForms = ({ port }: Server, load: Load) =>
  inLanes(load, async () => {
    const length = FORM_HEAD.length + load.bytes + FORM_TAIL.length
    await send({ port, path: '/form', type: `multipart/form-data; boundary=${BOUNDARY}`, length }, [
      FORM_HEAD,
      stamp(),
      load.bytes - STAMP_BYTES,
      FORM_TAIL,
    ])
  })

const CHUNK_TYPE = 'application/offset+octet-stream'

const SENDERS: Readonly<Record<Kind, (server: Server, load: Load) => Promise<void>>> = {
  form: sendForms,
  formidable: sendForms,
  receive: ({ port }, load) =>
    inLanes(load, () =>
      send({ port, path: '/', type: CHUNK_TYPE, length: load.bytes }, [stamp(), load.bytes - STAMP_BYTES]),
    ),
  tus: ({ port, uploads, deposits }, load) =>
    inLanes(load, async () => {
      const to = { port, type: CHUNK_TYPE }
      const first = load.bytes <= CHUNK_BYTES ? load.bytes : 0
      const begun = await send(
        {
          ...to,
          path: uploads,
          type: first > 0 ? CHUNK_TYPE : 'text/plain',
          length: first,
          headers: { 'upload-length': String(load.bytes) },
        },
        first > 0 ? [stamp(), first - STAMP_BYTES] : [],
      )
      const path = String(begun.headers.location)
      let chunk = CHUNK_BYTES
      for (let at = first; at < load.bytes; ) {
        const length = Math.min(load.bytes - at, chunk)
        const parts = at === 0 ? [stamp(), length - STAMP_BYTES] : [length]
        const headers = { 'upload-offset': String(at) }
        await send({ ...to, method: 'PATCH', path, length, headers }, parts)
        at += length
        chunk = Math.min(chunk * 2, MOST_CHUNK_BYTES)
      }
      const deposit = `${deposits}/${path.split('/').at(-1)}`
      await send({ port, path: deposit, type: 'application/json', length: 2 }, [Buffer.from('{}')])
    }),
  limit: async ({ port }, load) => {
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
      for (let left = part; left > 0; left -= BLOCK_BYTES) {
        const piece = left < BLOCK_BYTES ? noise.subarray(0, left) : noise
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

/** Leaves the folders of the store, without their files, and all else that the application needs. */
async function empty({ kind, folder }: Server) {
  const blobs = kind === 'tus' ? join(folder, 'blobs') : folder
  for (const entry of await readdir(blobs, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await rm(join(entry.parentPath, entry.name))
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    small: { type: 'boolean', default: false },
    only: { type: 'string' },
    runs: { type: 'string' },
    of: { type: 'string', default: '1' },
  },
})
const [role, kind, folder = '', databaseUrl = ''] = positionals
if (role === 'serve') await serve(kind as Kind, { folder, databaseUrl })
else {
  const { small, only, of, runs = small ? '1' : '3' } = values
  await measure({ small, only, runs: Number(runs), of: Number(of) })
}
