/**
 * `npm run bench:reading-bounds`: what a reading copy takes of time and memory for one piece that asks for
 * more than its size: padded with megabytes, made of very many objects, or that inflates.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { drawReading } from '../../server/adapters/reading/reading.ts'
import { aPdf, readingOf } from '../../test/adapters/reading-samples.ts'
import { inflated, pdfOf } from '../../test/support/files.ts'
import { peakRssMib } from './peak-memory.ts'

const MB = 1_000_000

/** The same PDF with this before its table of objects, which then is not where its end says. */
function paddedInside(whole: Buffer, filling: Buffer): Buffer {
  const at = whole.lastIndexOf('xref\n', whole.lastIndexOf('startxref') - 1)
  return Buffer.concat([whole.subarray(0, at), filling, Buffer.from('\n'), whole.subarray(at)])
}

/** An object stream of 2 MB that holds 600 MB of spaces. */
function bomb(): Buffer {
  const squeezed = deflateSync(Buffer.alloc(600 * MB, 0x20), { level: 1 })
  const dict = `<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length ${squeezed.length} >>`
  const head = `%PDF-1.7\n1 0 obj\n${dict}\nstream\n`
  const end = '\nendstream\nendobj\ntrailer\n<< /Root 2 0 R >>\n%%EOF\n'
  return Buffer.concat([Buffer.from(head), squeezed, Buffer.from(end)])
}

/** So many objects that nothing refers to, before the table. */
const objects = (count: number) =>
  Buffer.from(
    Array.from({ length: count }, (_, i) => `${i + 100} 0 obj\n<< /A [1 2 3] >>\nendobj\n`).join(''),
  )

function childPeakMib(): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')
  return Math.max(0, ...children.filter(pid => pid !== '').map(pid => peakRssMib(Number(pid))))
}

const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-bornes-'))
try {
  const good = await aPdf(Array.from({ length: 10 }, (_, page) => `page ${page}`))
  const inputs: readonly (readonly [string, () => Buffer | Promise<Buffer>])[] = [
    ['10 pages, nothing added', () => good],
    ['30 MB of random bytes in a comment', () => inflated(good, randomBytes(30 * MB))],
    ['30 MB of line ends after its end', () => pdfOf(30 * MB)],
    ['30 MB of spaces before its table', () => paddedInside(good, Buffer.alloc(30 * MB, ' '))],
    ['30 MB of zeros before its table', () => paddedInside(good, Buffer.alloc(30 * MB))],
    ['30 MB of digits before its table', () => paddedInside(good, Buffer.alloc(30 * MB, '1 0 '))],
    ['5 MB of small objects', () => paddedInside(good, objects((5 * MB) / 36))],
    ['30 MB of small objects', () => paddedInside(good, objects((30 * MB) / 36))],
    ['600 MB in an object stream of 3 MB', bomb],
  ]
  for (const [rank, [what, make]] of inputs.entries()) {
    const bytes = await make()
    const { plan, openBlob } = readingOf([{ bytes, mediaType: 'application/pdf' }])
    let peak = 0
    const watch = setInterval(() => {
      peak = Math.max(peak, childPeakMib())
    }, 50)
    const startedAt = performance.now()
    const target = join(folder, `${rank}.pdf`)
    const { pages } = await drawReading(plan, { number: 1, hash: '0'.repeat(64) }, openBlob, target)
    clearInterval(watch)
    const seconds = (performance.now() - startedAt) / 1000
    const isShown = readdirSync(folder).includes(`${rank}.pdf`) && pages > 5
    process.stdout.write(
      `${what}: ${(bytes.length / MB).toFixed(1)} MB, ${seconds.toFixed(1)} s, ${peak.toFixed(0)} MiB, ` +
        `${isShown ? 'shown' : 'a page that says why'}\n`,
    )
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
