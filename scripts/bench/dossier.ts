/**
 * `npm run bench:dossier`: the stored-ZIP writer over HTTP, beside archiver 8 in store mode and a plain file
 * send of the same bytes, and `zip -0` beside them. `-- --small` only proves that the benchmark works.
 */
import { fork, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, readdirSync, readlinkSync } from 'node:fs'
import { mkdir, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { ZipArchive } from 'archiver'
import { openBlobsFolder } from '../../server/adapters/data-folder/blobs-folder.ts'
import { storedZip } from '../../server/adapters/dossier/zip-writer.ts'
import { sendRanged } from '../../server/http/ranges.ts'
import type { SealedFile } from '../../server/steps/ports.ts'

const DATE = new Date('2026-01-01T00:00:00Z')
const KINDS = ['writer', 'archiver', 'file'] as const
type Kind = (typeof KINDS)[number]

interface Download {
  bytes: number
  seconds: number
  firstByteMs: number
}

interface Usage {
  cpuSeconds: number
  peakRssMib: number
  openBlobs: number
  /** What laying out the whole archive took, once. */
  planMs: number
}

if (process.argv[2] === 'serve') await serve(process.argv[3] as Kind, process.argv[4] ?? '')
else await measure(process.argv.includes('--small'))

/** One server per kind in a process of its own, so that memory and CPU are its own. `/usage` tells them. */
async function serve(kind: Kind, folder: string) {
  const entries: SealedFile[] = JSON.parse(await readFile(join(folder, 'entries.json'), 'utf8'))
  const pathOf = (sha256: string) => blobPath(folder, sha256)
  const blobs = await openBlobsFolder(folder)
  // As in the application: planned once, at the first download of a version.
  const planAt = performance.now()
  const archive = storedZip(entries, DATE)
  const planMs = performance.now() - planAt
  const stats = kind === 'archiver' ? await Promise.all(entries.map(entry => stat(pathOf(entry.sha256)))) : []
  const server = createServer(async (request, response) => {
    if (request.url === '/usage') {
      const { user, system } = process.cpuUsage()
      const usage: Usage = {
        cpuSeconds: (user + system) / 1e6,
        peakRssMib: process.resourceUsage().maxRSS / 1024,
        openBlobs: readdirSync('/proc/self/fd').filter(fd => linkOf(fd).startsWith(folder)).length,
        planMs,
      }
      response.end(JSON.stringify(usage))
      return
    }
    const cut = () => {} // A reader that leaves is part of the benchmark.
    if (kind === 'file') {
      await pipeline(
        createReadStream(join(folder, 'ready.zip'), { highWaterMark: 1024 * 1024 }),
        response,
      ).catch(cut)
    } else if (kind === 'writer') {
      const { length } = archive
      const chunks = (range: { start: number; end: number }) => archive.chunks(blobs.read, range)
      const body = { length, mediaType: 'application/zip', etag: '"essai"', modifiedAt: DATE, chunks }
      await sendRanged(request, response, body, {})
    } else {
      const zip = new ZipArchive({ store: true, statConcurrency: 1 })
      const done = pipeline(zip, response).catch(cut)
      for (const [i, entry] of entries.entries()) {
        const known = stats[i]
        zip.file(pathOf(entry.sha256), { name: entry.path, date: DATE, ...(known ? { stats: known } : {}) })
      }
      zip.finalize().catch(cut)
      await done
    }
  })
  // A benchmark that is stopped leaves no server behind.
  process.on('disconnect', () => process.exit())
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.(typeof address === 'object' && address !== null ? address.port : 0)
  })
}

function blobPath(folder: string, sha256: string): string {
  return join(folder, 'blobs', sha256.slice(0, 2), sha256)
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

async function measure(small: boolean) {
  const runs = small ? 1 : 5
  const loads = small
    ? [
        { name: '200 × 50 kB', files: 200, bytes: 50_000 },
        { name: '20 × 1 MB', files: 20, bytes: 1_000_000 },
      ]
    : [
        { name: '20,000 × 50 kB', files: 20_000, bytes: 50_000 },
        { name: '1,000 × 1 MB', files: 1000, bytes: 1_000_000 },
      ]
  const numbers = {
    vs_archiver: Infinity,
    vs_file_send: Infinity,
    cpu_s_per_gb: 0,
    peak_rss_mib: 0,
    ttfb_ms: 0,
  }
  let leaked = 0
  console.log(`| load, ${runs} runs | what | median s | spread s | first byte ms | CPU s/GB | peak MiB |`)
  console.log('|---|---|---|---|---|---|---|')
  for (const load of loads) {
    const folder = await prepare(load.files, load.bytes)
    try {
      const medians = await compare(load.name, folder, runs)
      numbers.vs_archiver = Math.min(numbers.vs_archiver, medians.archiver.seconds / medians.writer.seconds)
      numbers.vs_file_send = Math.min(numbers.vs_file_send, medians.file.seconds / medians.writer.seconds)
      numbers.cpu_s_per_gb = Math.max(numbers.cpu_s_per_gb, medians.writer.cpuPerGb)
      numbers.peak_rss_mib = Math.max(numbers.peak_rss_mib, medians.writer.peakRssMib)
      numbers.ttfb_ms = Math.max(numbers.ttfb_ms, medians.writer.firstByteMs)
      leaked += medians.leaked
      const zipSeconds = await zipStored(folder)
      console.log(
        `| ${load.name} | zip -0, to a pipe | ${zipSeconds?.toFixed(2) ?? 'zip is not installed'} | | | | |`,
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  }
  const range = await rangeAtNinetyPercent()
  console.log(
    `\nOf 5 GB: first byte ${range.startMs.toFixed(1)} ms, at 90 % ${range.ninetyMs.toFixed(1)} ` +
      `ms. Handles left after 20 aborts: ${leaked}.`,
  )
  const all = { ...numbers, range_90_ms: range.ninetyMs, handles_after_aborts: leaked }
  console.log(
    JSON.stringify(
      Object.fromEntries(Object.entries(all).map(([key, n]) => [key, Number(n.toPrecision(3))])),
    ),
  )
}

/** Blobs, their list and the ready ZIP; noise, so that nothing is gained by chance. */
async function prepare(files: number, bytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-dossier-'))
  await mkdir(join(folder, 'blobs'))
  const entries: SealedFile[] = []
  for (let i = 0; i < files; i++) {
    const content = randomBytes(bytes)
    const sha256 = createHash('sha256').update(content).digest('hex')
    await mkdir(join(folder, 'blobs', sha256.slice(0, 2)), { recursive: true })
    await writeFile(blobPath(folder, sha256), content)
    const path = `03_ESMS/2A000${String(i).padStart(5, '0')}_EHPAD-Example/01_Etat-des-lieux_v1.pdf`
    entries.push({ path, sha256, crc32: crc32(content), size: bytes })
  }
  await writeFile(join(folder, 'entries.json'), JSON.stringify(entries))
  const { read } = await openBlobsFolder(folder)
  const ready = await open(join(folder, 'ready.zip'), 'w')
  for await (const chunk of storedZip(entries, DATE).chunks(read)) await ready.write(chunk)
  await ready.close()
  return folder
}

async function compare(load: string, folder: string, runs: number) {
  const servers = await Promise.all(KINDS.map(async kind => ({ kind, ...(await start(kind, folder)) })))
  try {
    const downloads: Record<Kind, Download[]> = { writer: [], archiver: [], file: [] }
    const cpuPerGb: Record<Kind, number[]> = { writer: [], archiver: [], file: [] }
    for (let run = 0; run <= runs; run++) {
      for (const { kind, port } of servers) {
        const before = await usageOf(port)
        const download = await fetchAll(port)
        const after = await usageOf(port)
        // The first run warms the disk cache and the compiler.
        if (run === 0 && runs > 1) continue
        downloads[kind].push(download)
        cpuPerGb[kind].push((after.cpuSeconds - before.cpuSeconds) / (download.bytes / 1e9))
      }
    }
    const summary = async ({ kind, port }: { kind: Kind; port: number }) => {
      const seconds = downloads[kind].map(download => download.seconds)
      const result = {
        seconds: median(seconds),
        firstByteMs: median(downloads[kind].map(download => download.firstByteMs)),
        cpuPerGb: median(cpuPerGb[kind]),
        peakRssMib: (await usageOf(port)).peakRssMib,
      }
      const spread = `${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}`
      console.log(
        `| ${load} | ${kind} | ${result.seconds.toFixed(2)} | ${spread} | ${result.firstByteMs.toFixed(0)} ` +
          `| ${result.cpuPerGb.toFixed(2)} | ${result.peakRssMib.toFixed(0)} |`,
      )
      return result
    }
    const [writer, archiver, file] = servers
    if (!writer || !archiver || !file) throw new Error('a server is missing')
    const medians = {
      writer: await summary(writer),
      archiver: await summary(archiver),
      file: await summary(file),
    }
    return { ...medians, leaked: await leakedAfterAborts(writer.port) }
  } finally {
    for (const server of servers) server.child.kill()
  }
}

async function start(kind: Kind, folder: string) {
  const child = fork(fileURLToPath(import.meta.url), ['serve', kind, folder])
  const [port] = await once(child, 'message')
  return { child, port: Number(port) }
}

function fetchAll(port: number): Promise<Download> {
  return new Promise((done, fail) => {
    const startedAt = performance.now()
    get({ port, host: '127.0.0.1' }, response => {
      let bytes = 0
      let firstByteMs = 0
      response.on('data', (chunk: Buffer) => {
        if (bytes === 0) firstByteMs = performance.now() - startedAt
        bytes += chunk.length
      })
      response.on('end', () => done({ bytes, firstByteMs, seconds: (performance.now() - startedAt) / 1000 }))
      response.on('error', fail)
    }).on('error', fail)
  })
}

/** Milliseconds until the first byte of what begins at `from`; the download is then cut. */
function firstByte(port: number, from = 0): Promise<number> {
  return new Promise((done, fail) => {
    const startedAt = performance.now()
    const headers = from === 0 ? {} : { range: `bytes=${from}-` }
    get({ port, host: '127.0.0.1', headers }, response => {
      response.once('data', () => {
        done(performance.now() - startedAt)
        response.destroy()
      })
    }).on('error', fail)
  })
}

function usageOf(port: number): Promise<Usage> {
  return new Promise((done, fail) => {
    get({ port, host: '127.0.0.1', path: '/usage' }, async response => {
      let text = ''
      for await (const chunk of response) text += chunk
      done(JSON.parse(text))
    }).on('error', fail)
  })
}

async function leakedAfterAborts(port: number): Promise<number> {
  for (let i = 0; i < 20; i++) await firstByte(port, i * 100_000)
  await new Promise(done => setTimeout(done, 200))
  return (await usageOf(port)).openBlobs
}

/** A dossier of 5 GB made of holes: where a range begins is what is measured, not its bytes. */
async function rangeAtNinetyPercent() {
  const folder = await mkdtemp(join(tmpdir(), 'bench-dossier-'))
  try {
    await mkdir(join(folder, 'blobs', 'ho'), { recursive: true })
    await writeFile(blobPath(folder, 'hole'), '')
    await truncate(blobPath(folder, 'hole'), 5_000_000)
    const entries = Array.from({ length: 1000 }, (_, i): SealedFile => {
      return { path: `${i}.pdf`, sha256: 'hole', crc32: crc32(Buffer.alloc(5_000_000)), size: 5_000_000 }
    })
    await writeFile(join(folder, 'entries.json'), JSON.stringify(entries))
    const { child, port } = await start('writer', folder)
    const times = { start: [] as number[], ninety: [] as number[] }
    for (let i = 0; i < 7; i++) {
      times.start.push(await firstByte(port))
      times.ninety.push(await firstByte(port, 4_500_000_000))
    }
    child.kill()
    return { startMs: median(times.start), ninetyMs: median(times.ninety) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Seconds that `zip -0` takes to write the blobs to a pipe; null when it is not installed. */
async function zipStored(folder: string): Promise<number | null> {
  const startedAt = performance.now()
  const child = spawn('zip', ['-0', '-q', '-r', '-', 'blobs'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout.resume()
  const code = await new Promise<number | null>(done => {
    child.on('error', () => done(null))
    child.on('close', done)
  })
  return code === 0 ? (performance.now() - startedAt) / 1000 : null
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
