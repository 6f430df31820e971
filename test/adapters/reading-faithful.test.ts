import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PDFDict, PDFDocument, PDFName } from '@cantoo/pdf-lib'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { understandFile } from '../../server/adapters/file-understanding/index.ts'
import { drawReading } from '../../server/adapters/reading/reading.ts'
import { refuseFault } from '../../server/domain/file-acceptance.ts'
import { sourceOf } from '../support/files.ts'
import { aFormPdf, handwritten, layeredPdf, missingPart, updatedPdf } from './pdf-neighbours.ts'
import { readingOf } from './reading-samples.ts'

const run = promisify(execFile)
const has = (tool: string) => spawnSync(tool, ['-v']).error === undefined
const hasPoppler = has('pdftoppm')
if (!hasPoppler && process.env.CI) throw new Error('pdftoppm is missing: apt install poppler-utils')
if (!hasPoppler) console.warn('Reading copies are not compared with their originals: pdftoppm is absent.')

const FRONT_PAGES = 4
const DPI = 96
/** Pixels a side of the squares that are compared. */
const SQUARE = 6
/**
 * Of 255, between the mean of a square in the original and in the copy. The copy's page begins at a fraction of a
 * pixel, and half a pixel of a black edge is 21 in a square; a word that is missing, or another one, is 50 or more.
 */
const TOLERANCE = 32

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fidele-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const sample = (name: string) => readFile(new URL(`../fixtures/pdf/${name}.pdf`, import.meta.url))

let count = 0
async function copyOf(...originals: Buffer[]): Promise<{ path: string; pdf: PDFDocument }> {
  const { plan, openBlob } = readingOf(originals.map(bytes => ({ bytes, mediaType: 'application/pdf' })))
  const path = join(folder, `copie-${++count}.pdf`)
  await drawReading(plan, { number: 1, hash: 'ab12'.repeat(16) }, openBlob, path)
  return { path, pdf: await PDFDocument.load(await readFile(path)) }
}

async function textOf(path: string, page: number): Promise<string> {
  const { stdout } = await run('pdftotext', ['-f', `${page}`, '-l', `${page}`, '-layout', path, '-'])
  return stdout.replace(/\s+/g, ' ')
}

async function render(path: string, page: number): Promise<Buffer> {
  const options = ['-r', `${DPI}`, '-cropbox', '-png', '-f', `${page}`, '-l', `${page}`]
  const { stdout } = await run('pdftoppm', [...options, path], { encoding: 'buffer', maxBuffer: 100_000_000 })
  return stdout
}

async function squares(picture: Buffer, left: number, width: number, height: number): Promise<Buffer> {
  const part = await sharp(picture).extract({ left, top: 0, width, height }).toBuffer()
  const size = { width: Math.ceil(width / SQUARE), height: Math.ceil(height / SQUARE) }
  return await sharp(part)
    .greyscale()
    .resize({ ...size, fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer()
}

/** The worst difference of a square between a page and its copy, and whether the page is blank. */
async function difference(original: string, page: number, copy: string, copyPage: number) {
  const [expected, shown] = [await render(original, page), await render(copy, copyPage)]
  const { width, height } = await sharp(expected).metadata()
  const whole = await sharp(shown).metadata()
  // The footer is below, and the page is widened by as much on each side.
  const before = await squares(expected, 0, width, height)
  const after = await squares(shown, Math.round((whole.width - width) / 2), width, height)
  const worst = before.reduce((most, value, i) => Math.max(most, Math.abs(value - (after[i] ?? 0))), 0)
  return { worst, isBlank: before.every(value => value > 250) }
}

/** Of the field, as they came. */
const SEEN = [
  'layer-hidden-by-default',
  'stale-copy-of-object-after-current_xref-says-first',
  'form-typed-values_no-appearance_no-flag',
  'form-needappearances_maxlen-exceeded',
  'form-unsigned-signature-and-empty-fields_no-appearance',
  'owner-password-only_AES-256',
  'numbers-with-two-minus-signs',
  'signed-pades-visible-signature',
]
const NEIGHBOURS: ReadonlyArray<[string, Buffer]> = [
  ...Object.entries(layeredPdf),
  ...Object.entries(aFormPdf),
  ...Object.entries(updatedPdf),
  ...Object.entries(handwritten),
]
const NAMES = [...SEEN, ...NEIGHBOURS.map(([name]) => name)]

describe.skipIf(!hasPoppler)('the copy shows what poppler shows of the original (needs pdftoppm)', () => {
  let whole: { path: string; pdf: PDFDocument }
  /** All in one document: what one piece hides, another one shows. */
  beforeAll(async () => {
    const originals = [...(await Promise.all(SEEN.map(sample))), ...NEIGHBOURS.map(([, bytes]) => bytes)]
    for (const [i, bytes] of originals.entries()) await writeFile(join(folder, `${i}.pdf`), bytes)
    whole = await copyOf(...originals)
  }, 120_000)

  it('has a page for each', () => expect(whole.pdf.getPageCount()).toBe(FRONT_PAGES + NAMES.length))

  it.each(NAMES.map((name, i) => [name, i] as const))(
    '%s',
    async (_name, i) => {
      const { worst, isBlank } = await difference(
        join(folder, `${i}.pdf`),
        1,
        whole.path,
        FRONT_PAGES + 1 + i,
      )
      expect(isBlank).toBe(false)
      expect(worst).toBeLessThanOrEqual(TOLERANCE)
    },
    60_000,
  )

  it('a page whose content is nothing is blank, as in readers', async () => {
    const blank = await sample('contents-refers-to-nothing_blank-last-page')
    const original = join(folder, 'blanche.pdf')
    await writeFile(original, blank)
    const { path, pdf } = await copyOf(blank)
    expect(pdf.getPageCount()).toBe(FRONT_PAGES + 2)
    const first = await difference(original, 1, path, FRONT_PAGES + 1)
    const last = await difference(original, 2, path, FRONT_PAGES + 2)
    expect([first.isBlank, last.isBlank]).toEqual([false, true])
    expect(Math.max(first.worst, last.worst)).toBeLessThanOrEqual(TOLERANCE)
  }, 60_000)
})

describe.skipIf(!hasPoppler)('where the copy cannot be faithful (needs pdftotext)', () => {
  const PATH = '02_Etat-des-lieux_v1_document.pdf'

  it('a dynamic form is a page that says so and points at the original', async () => {
    const { path } = await copyOf(await sample('dynamic-xfa-form-please-wait'))
    const page = await textOf(path, FRONT_PAGES + 1)
    expect(page).toContain('formulaire dynamique (XFA)')
    expect(page).toContain(PATH)
    expect(page).not.toContain('Please wait')
  })

  it('letters that no font here has are not replaced: the page points at the original', async () => {
    const { path } = await copyOf(await sample('form-needappearances_one-letter-outside-WinAnsi'))
    const page = await textOf(path, FRONT_PAGES + 1)
    expect(page).toContain('saisie ne peut pas être dessinée')
    expect(page).toContain(PATH)
  })

  it('two states of a page and no cross-reference that chooses: neither is shown', async () => {
    const stale = await sample('stale-copy-of-object-after-current_xref-says-first')
    const broken = Buffer.from(stale.toString('latin1').replace(/startxref\n\d+/, 'startxref\n7'), 'latin1')
    const page = await textOf((await copyOf(broken)).path, FRONT_PAGES + 1)
    expect(page).toContain('plusieurs états d’une même page')
    expect(page).not.toContain('Montant')
  })

  it('content in parts, one of them missing: readers differ, so none is copied', async () => {
    const { path } = await copyOf(missingPart)
    expect(await textOf(path, FRONT_PAGES + 1)).toContain(PATH)
  }, 60_000)

  it('a portfolio shows its cover, then names the files inside it, which are in the plan too', async () => {
    const { path, pdf } = await copyOf(await sample('portfolio-two-files-inside'))
    expect(await textOf(path, FRONT_PAGES + 1)).toContain('Couverture du porte-documents')
    const page = await textOf(path, FRONT_PAGES + 2)
    expect(page).toContain('Contient 2 fichiers joints')
    for (const said of ['convention.pdf', 'rib.pdf', PATH]) expect(page).toContain(said)
    const titles = pdf.context
      .enumerateIndirectObjects()
      .flatMap(([, object]) => (object instanceof PDFDict && object.has(PDFName.of('Title')) ? [object] : []))
      .map(item => item.lookup(PDFName.of('Title')))
      .map(title => (title && 'decodeText' in title ? (title as { decodeText(): string }).decodeText() : ''))
    expect(titles).toEqual(
      expect.arrayContaining(['Contient 2 fichiers joints', 'convention.pdf', 'rib.pdf']),
    )
  })
})

describe('a deposited PDF', () => {
  const faultOf = async (name: string) =>
    (await understandFile(sourceOf(await sample(name)), 'application/pdf')).fault

  it('that is a dynamic form is refused: its sender is told to print it to PDF', async () => {
    const fault = await faultOf('dynamic-xfa-form-please-wait')
    expect(fault).toBe('xfa')
    const { reason } = refuseFault({ name: 'cerfa.pdf', mediaType: 'application/pdf' }, 'xfa')
    expect(reason).toContain('imprimez-le en PDF')
  })

  it('that has no page is refused', async () => {
    expect(await faultOf('zero-pages')).toBe('no-page')
  })

  it.each([
    'numbers-with-two-minus-signs',
    'contents-refers-to-nothing_blank-last-page',
    'owner-password-only_AES-256',
    'signed-pades-visible-signature',
    'portfolio-two-files-inside',
  ])('%s is accepted', async name => expect(await faultOf(name)).toBeNull())
})
