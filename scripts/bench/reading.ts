/**
 * `npm run bench:reading`: the reading copy of 100 pieces of 10 pages and 1 MB, beside pdf-lib copying every
 * page into one document in memory; and the memory that one large piece takes. `-- --small` only proves that
 * the benchmark works.
 */
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PDFDocument, StandardFonts } from '@cantoo/pdf-lib'
import PdfKit from 'pdfkit'
import sharp from 'sharp'
import { drawReading } from '../../server/adapters/reading/reading.ts'
import { largePlan } from './large-plan.ts'
import { peakRssMib } from './peak-memory.ts'

const KINDS = ['pdf-lib', 'reading'] as const
type Kind = (typeof KINDS)[number]

interface Piece {
  sha256: string
  size: number
}

interface Run {
  seconds: number
  /** Of this process, and of the one that reads the pieces. */
  peakRssMib: number
  childPeakRssMib: number
  bytes: number
}

if (process.argv[2] === 'draw')
  await draw(process.argv[3] as Kind, process.argv[4] ?? '', Number(process.argv[5]))
else await measure(process.argv.includes('--small'))

/** @param repeat how many times over the pieces of the folder are in the dossier. */
async function draw(kind: Kind, folder: string, repeat: number) {
  const made: Piece[] = JSON.parse(await readFile(join(folder, 'pieces.json'), 'utf8'))
  const pieces = Array.from({ length: repeat }, () => made).flat()
  const target = join(folder, `${kind}.pdf`)
  const startedAt = performance.now()
  let childPeak = 0
  if (kind === 'reading') {
    const watch = setInterval(async () => {
      childPeak = Math.max(childPeak, await childrenPeak())
    }, 50)
    const plan = largePlan(1, pieces.length, rank => ({
      crc32: 0,
      mediaType: 'application/pdf',
      ...(pieces[rank] ?? { sha256: '', size: 0 }),
    }))
    const open = async (sha256: string) => createReadStream(join(folder, sha256), { highWaterMark: 1 << 20 })
    await drawReading(plan, { number: 1, hash: '0'.repeat(64) }, open, target)
    clearInterval(watch)
  } else await inMemory(pieces, folder, target)
  const run: Run = {
    seconds: (performance.now() - startedAt) / 1000,
    peakRssMib: peakRssMib(),
    childPeakRssMib: childPeak,
    bytes: (await stat(target)).size,
  }
  console.log(JSON.stringify(run))
}

/**
 * The highest resident memory of the processes started by this one, in MiB; 0 where the system does not tell.
 */
async function childrenPeak(): Promise<number> {
  const list = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').catch(() => '')
  const pids = list.split(' ').filter(pid => pid !== '')
  return Math.max(0, ...pids.map(pid => peakRssMib(Number(pid))))
}

async function inMemory(pieces: readonly Piece[], folder: string, target: string) {
  const whole = await PDFDocument.create()
  const font = await whole.embedFont(StandardFonts.Helvetica)
  for (const { sha256 } of pieces) {
    const piece = await PDFDocument.load(await readFile(join(folder, sha256)))
    for (const page of await whole.copyPages(piece, piece.getPageIndices())) {
      whole.addPage(page).drawText('Pièce, membre, version, page', { x: 24, y: 12, size: 7.5, font })
    }
  }
  await writeFile(target, await whole.save())
}

/** Pages that each hold a picture that does not compress, as scans do. */
async function scan(pages: number, bytes: number): Promise<Buffer> {
  const pdf = new PdfKit({ autoFirstPage: false, size: 'A4' })
  const written = buffer(pdf)
  // Noise takes 0.9 byte a pixel.
  const side = Math.ceil(Math.sqrt(bytes / pages / 0.9))
  for (let page = 0; page < pages; page++) {
    const noise = { raw: { width: side, height: side, channels: 3 as const } }
    const picture = await sharp(randomBytes(side * side * 3), noise)
      .jpeg({ quality: 90 })
      .toBuffer()
    pdf
      .addPage()
      .image(picture, 40, 60, { width: 500 })
      .text(`Page ${page + 1}`, 40, 30)
  }
  pdf.end()
  return await written
}

async function prepare(root: string, name: string, count: number, pages: number, bytes: number) {
  const folder = join(root, name)
  await mkdir(folder)
  const pieces: Piece[] = []
  for (let i = 0; i < count; i++) {
    const content = await scan(pages, bytes)
    const sha256 = createHash('sha256').update(content).digest('hex')
    await writeFile(join(folder, sha256), content)
    pieces.push({ sha256, size: content.length })
  }
  await writeFile(join(folder, 'pieces.json'), JSON.stringify(pieces))
  return { folder, bytes: pieces.reduce((sum, { size }) => sum + size, 0) }
}

async function measure(small: boolean) {
  const times = small ? 1 : 5
  const [count, pages, bytes] = small ? [3, 2, 100_000] : [100, 10, 1_000_000]
  const root = await mkdtemp(join(tmpdir(), 'bench-reading-'))
  try {
    const load = await prepare(root, 'many', count, pages, bytes)
    const runs: Record<Kind, Run[]> = { 'pdf-lib': [], reading: [] }
    for (let time = 0; time < times; time++) {
      for (const kind of KINDS) runs[kind].push(await inProcess(kind, load.folder))
    }
    const perHundred = (run: Run) => (run.seconds * 1e8) / load.bytes
    const seconds = (kind: Kind) => median(runs[kind].map(perHundred))
    const peak = (kind: Kind) =>
      Math.max(...runs[kind].map(({ peakRssMib, childPeakRssMib }) => peakRssMib + childPeakRssMib))
    console.log(
      `| ${count} PDF of ${pages} pages, ${(load.bytes / 1e6).toFixed(0)} MB, ${times} ` +
        'runs | median s/100 MB | spread | peak MiB, both processes | server MiB | MB |',
    )
    console.log('|---|---|---|---|---|---|')
    for (const kind of KINDS) {
      const all = runs[kind].map(perHundred)
      const server = Math.max(...runs[kind].map(({ peakRssMib }) => peakRssMib))
      const spread = `${Math.min(...all).toFixed(2)}-${Math.max(...all).toFixed(2)}`
      const megabytes = (runs[kind][0]?.bytes ?? 0) / 1e6
      console.log(
        `| ${kind} | ${seconds(kind).toFixed(2)} | ${spread} | ` +
          `${peak(kind).toFixed(0)} | ${server.toFixed(0)} ` +
          `| ${megabytes.toFixed(1)} |`,
      )
    }
    const large: Record<string, number> = {}
    for (const kind of KINDS) {
      const run = await inProcess(kind, load.folder, 5)
      const both = run.peakRssMib + run.childPeakRssMib
      console.log(
        `| ${kind}, five times as many | ${(perHundred(run) / 5).toFixed(2)} | | ${both.toFixed(0)} ` +
          `| ${run.peakRssMib.toFixed(0)} | ${(run.bytes / 1e6).toFixed(1)} |`,
      )
      large[`peak_rss_${kind.replace('-', '_')}_5_times_mib`] = Math.round(both)
    }
    for (const megabytes of small ? [1] : [10, 50, 100, 200]) {
      const { folder } = await prepare(root, `one-${megabytes}`, 1, 5, megabytes * 1e6)
      const run = await inProcess('reading', folder)
      console.log(
        `| one PDF of ${megabytes} MB | ${run.seconds.toFixed(2)} s | | ` +
          `${(run.peakRssMib + run.childPeakRssMib).toFixed(0)} ` +
          `| ${run.peakRssMib.toFixed(0)} | ${(run.bytes / 1e6).toFixed(1)} |`,
      )
      large[`child_peak_rss_mib_${megabytes}mb`] = Math.round(run.childPeakRssMib)
    }
    console.log(
      JSON.stringify({
        vs_pdf_lib: Number((seconds('pdf-lib') / seconds('reading')).toFixed(2)),
        s_per_100_mb: Number(seconds('reading').toFixed(2)),
        peak_rss_mib: Math.round(peak('reading')),
        peak_rss_pdf_lib_mib: Math.round(peak('pdf-lib')),
        ...large,
      }),
    )
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function inProcess(kind: Kind, folder: string, repeat = 1): Promise<Run> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    fileURLToPath(import.meta.url),
    'draw',
    kind,
    folder,
    String(repeat),
  ])
  return JSON.parse(stdout)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
