import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { deflateRawSync } from 'node:zlib'
import { PDFDocument as PdfLibDocument } from '@cantoo/pdf-lib'
import { ZipArchive } from 'archiver'
import fc from 'fast-check'
import PDFDocument from 'pdfkit'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { understandPath } from '../../server/adapters/file-understanding/index.ts'
import type { FileFault, FileUnderstanding } from '../../server/domain/file-facts.ts'
import { docx, pdf } from '../support/files.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grappe-kit-fichier-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function understand(bytes: Uint8Array): Promise<FileUnderstanding> {
  const path = join(folder, 'fichier')
  await writeFile(path, bytes)
  return await understandPath(path)
}
const faultOf = async (bytes: Uint8Array): Promise<FileFault | null> => (await understand(bytes)).fault
const pagesOf = async (bytes: Uint8Array) => (await understand(bytes)).facts.pageCount

function pdfkit(pages: number, options: PDFKit.PDFDocumentOptions = {}): Promise<Buffer> {
  const document = new PDFDocument({ ...options, autoFirstPage: false })
  for (let page = 1; page <= pages; page++) document.addPage().text(`Page ${page}`)
  document.end()
  return buffer(document)
}

/** Objects inside compressed streams, as recent software writes them. */
async function compactPdf(pages: number): Promise<Buffer> {
  const document = await PdfLibDocument.create()
  for (let page = 0; page < pages; page++) document.addPage()
  return Buffer.from(await document.save({ useObjectStreams: true }))
}

async function zip(entries: Record<string, string | Buffer>): Promise<Buffer> {
  const archive = new ZipArchive({ zlib: { level: 9 } })
  for (const [name, content] of Object.entries(entries)) archive.append(content, { name })
  void archive.finalize()
  return await buffer(archive)
}

const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const contentTypes = (main: string) =>
  `<?xml version="1.0"?><Types><Override PartName="/word/document.xml" ContentType="${main}.main+xml"/></Types>`
const word = (more: Record<string, string | Buffer> = {}) =>
  zip({ '[Content_Types].xml': contentTypes(WORD), 'word/document.xml': '<w:document/>', ...more })
const odt = (manifest: string, more: Record<string, string> = {}) =>
  zip({
    mimetype: 'application/vnd.oasis.opendocument.text',
    'META-INF/manifest.xml': `<manifest:manifest>${manifest}</manifest:manifest>`,
    'content.xml': '<office/>',
    ...more,
  })

describe('a PDF', () => {
  it('tells its pages, whether its objects are plain or compressed', async () => {
    expect(await pagesOf(await pdfkit(1))).toBe(1)
    expect(await pagesOf(await pdfkit(37))).toBe(37)
    expect(await pagesOf(await compactPdf(4))).toBe(4)
    expect(await pagesOf(await compactPdf(12_000))).toBe(12_000)
  })

  it('tells its pages after a change saved at its end, and is cut when that change is', async () => {
    const first = await compactPdf(2)
    const document = await PdfLibDocument.load(first, { forIncrementalUpdate: true })
    document.addPage()
    const whole = Buffer.from(await document.commit())
    expect(whole.length).toBeGreaterThan(first.length)
    expect(await pagesOf(whole)).toBe(3)
    expect(await faultOf(whole.subarray(0, first.length + 60))).toBe('truncated')
  })

  it('is known behind a blank line, and with bytes after its end', async () => {
    const bytes = await pdf('Bonjour')
    expect(await understand(Buffer.concat([Buffer.from('\r\n\r\n'), bytes]))).toMatchObject({
      mediaType: 'application/pdf',
      fault: null,
    })
    expect(await pagesOf(Buffer.concat([bytes, Buffer.alloc(70_000)]))).toBe(1)
  })

  it.each([0.2, 0.5, 0.9, 0.99])('is cut when only %d of it arrived', async part => {
    for (const bytes of [await pdfkit(20), await compactPdf(20)]) {
      expect(await faultOf(bytes.subarray(0, Math.floor(bytes.length * part)))).toBe('truncated')
    }
  })

  it('is left with unknown pages when its table lies, since readers repair that', async () => {
    const text = (await pdf('Bonjour')).toString('latin1').replace(/startxref\n\d+/, 'startxref\n12')
    expect(await understand(Buffer.from(text, 'latin1'))).toMatchObject({
      fault: null,
      facts: { pageCount: null },
    })
  })

  it('whose parts refer to themselves is given up', async () => {
    const first = '%PDF-1.5\n'
    const container =
      '1 0 obj << /Type /ObjStm /N 1 /First 4 /Length 2 0 R >> stream\n2 0 9\nendstream endobj\n'
    const at = first.length + container.length
    const rows = Buffer.from([1, 0, first.length, 0, 2, 0, 1, 0, 1, 0, at, 0])
    const table = `3 0 obj << /Type /XRef /W [1 2 1] /Index [1 3] /Size 4 /Root 2 0 R /Length ${rows.length} >> stream\n`
    const bytes = Buffer.concat([
      Buffer.from(first + container + table),
      rows,
      Buffer.from(`\nendstream endobj\nstartxref\n${at}\n%%EOF\n`),
    ])
    expect(await understand(bytes)).toMatchObject({ fault: null, facts: { pageCount: null } })
  })

  describe.each(['1.3', '1.4', '1.6', '1.7', '1.7ext3'] as const)('encrypted as PDF %s', pdfVersion => {
    it('asks for its password', async () => {
      expect(await faultOf(await pdfkit(2, { pdfVersion, userPassword: 'secret' }))).toBe('password')
    })
    it('is taken when only changing it asks for one', async () => {
      expect(await understand(await pdfkit(2, { pdfVersion, ownerPassword: 'secret' }))).toMatchObject({
        fault: null,
        facts: { pageCount: 2 },
      })
    })
  })

  it('encrypted by other software is told apart the same way', async () => {
    const save = async (passwords: { userPassword: string; ownerPassword: string }) => {
      const document = await PdfLibDocument.create()
      document.addPage()
      await document.encrypt(passwords)
      return Buffer.from(await document.save({ useObjectStreams: false }))
    }
    expect(await faultOf(await save({ userPassword: 'secret', ownerPassword: 'autre' }))).toBe('password')
    expect(await faultOf(await save({ userPassword: '', ownerPassword: 'autre' }))).toBe(null)
  })
})

describe('an office document', () => {
  it('is fine when it is whole', async () => {
    expect(await understand(await docx('Bonjour'))).toMatchObject({ mediaType: WORD, fault: null })
    expect(await faultOf(await odt('<manifest:file-entry manifest:full-path="/"/>'))).toBe(null)
  })

  it.each([0.3, 0.8, 0.99])('is cut when only %d of it arrived', async part => {
    const bytes = await docx('Bonjour')
    expect(await faultOf(bytes.subarray(0, Math.floor(bytes.length * part)))).toBe('truncated')
  })

  it('asks for its password: a Word one is an old binary file, an OpenDocument one says so', async () => {
    const ole = Buffer.alloc(4096)
    Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(ole)
    expect(await faultOf(ole)).toBe(null)
    ole.write('EncryptedPackage', 1024, 'utf16le')
    expect(await faultOf(ole)).toBe('password')
    expect(await faultOf(await odt('<manifest:encryption-data manifest:checksum="x"/>'))).toBe('password')
  })

  it('carries macros whatever its extension', async () => {
    expect(await faultOf(await word({ 'word/vbaProject.bin': 'x' }))).toBe('macros')
    const docm = { '[Content_Types].xml': contentTypes('application/vnd.ms-word.document.macroEnabled') }
    expect(await faultOf(await word(docm))).toBe('macros')
    expect(await faultOf(await odt('', { 'Basic/Standard/Module1.xml': '<script/>' }))).toBe('macros')
    expect(await faultOf(await odt('', { 'Scripts/python/a.py': 'x' }))).toBe('macros')
    expect(await faultOf(await odt('', { 'Basic/Standard/script-lb.xml': '<empty/>' }))).toBe(null)
  })

  it('inflates far beyond its size', async () => {
    const bomb = await word({ 'word/media/image1.bmp': Buffer.alloc(120_000_000) })
    expect(bomb.length).toBeLessThan(500_000)
    expect(await faultOf(bomb)).toBe('bomb')
  })
})

describe('a picture', () => {
  const plain = sharp({ create: { width: 600, height: 400, channels: 3, background: '#c33' } })

  it('tells its size as it is seen', async () => {
    expect((await understand(await plain.clone().jpeg().toBuffer())).facts).toMatchObject({
      width: 600,
      height: 400,
    })
    expect((await understand(await plain.clone().png().toBuffer())).facts).toMatchObject({
      width: 600,
      height: 400,
    })
    const turned = await plain.clone().jpeg({ progressive: true }).withMetadata({ orientation: 6 }).toBuffer()
    expect((await understand(turned)).facts).toMatchObject({ width: 400, height: 600 })
  })

  it.each(['jpeg', 'png'] as const)('is cut when the end of its %s is missing', async format => {
    const noisy = sharp({
      create: {
        width: 300,
        height: 300,
        channels: 3,
        background: '#fff',
        noise: { type: 'gaussian', sigma: 40 },
      },
    })
    const bytes = await noisy.toFormat(format).toBuffer()
    expect(await faultOf(bytes)).toBe(null)
    for (const part of [0.3, 0.9, 0.9999]) {
      expect(await faultOf(bytes.subarray(0, Math.floor(bytes.length * part)))).toBe('truncated')
    }
    expect(await faultOf(Buffer.concat([bytes, Buffer.alloc(100_000, 7)]))).toBe(null)
  })
})

describe('any file, damaged in any way,', () => {
  it('is answered for when bytes follow the end of a compressed part', async () => {
    const name = '[Content_Types].xml'
    const packed = Buffer.concat([deflateRawSync('<Types/>'), Buffer.from('encore')])
    const header = Buffer.alloc(30)
    header.write('PK\u0003\u0004', 'latin1')
    header.writeUInt16LE(20, 4)
    header.writeUInt16LE(8, 8)
    header.writeUInt32LE(packed.length, 18)
    header.writeUInt32LE('<Types/>'.length, 22)
    header.writeUInt16LE(name.length, 26)
    const { fault } = await understand(Buffer.concat([header, Buffer.from(name), packed]))
    expect(fault).toBe('truncated')
  })

  it('is answered for, and never breaks the one who reads it', async () => {
    const whole = [
      await pdfkit(3),
      await compactPdf(3),
      await pdfkit(1, { pdfVersion: '1.7ext3', userPassword: 'secret' }),
      await docx('Bonjour'),
      await sharp({ create: { width: 40, height: 30, channels: 3, background: '#abc' } })
        .jpeg()
        .toBuffer(),
      await sharp({ create: { width: 40, height: 30, channels: 3, background: '#abc' } })
        .png()
        .toBuffer(),
    ]
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...whole), damage, fc.nat(), async (bytes, changes, cut) => {
        const damaged = Buffer.from(bytes.subarray(0, bytes.length - (cut % 20)))
        for (const [position, byte] of changes) damaged[position % damaged.length] = byte
        const { facts } = await understand(damaged)
        expect(facts.pageCount ?? 1).toBeGreaterThan(0)
      }),
      { numRuns: 400 },
    )
  })
})
