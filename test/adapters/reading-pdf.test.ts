import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { deflateSync } from 'node:zlib'
import {
  PDFArray,
  PDFBool,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  type PDFPage,
  PDFRawStream,
} from '@cantoo/pdf-lib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawReading } from '../../server/adapters/reading/reading.ts'
import { decodeWindows1252 } from '../../server/adapters/windows-1252.ts'
import type { DossierPlan } from '../../server/domain/dossier-plan.ts'
import { docx } from '../support/files.ts'
import {
  aPdf,
  readingOf,
  type SampleFile,
  transparentImage,
  turnedPdf,
  turnedPhoto,
} from './reading-samples.ts'

const PDF = 'application/pdf'
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const SEAL = { number: 2, hash: 'ab12'.repeat(16) }
const run = promisify(execFile)
const has = (tool: string) => spawnSync(tool, ['-v']).error === undefined

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lecture-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Reading {
  path: string
  bytes: Buffer
  pdf: PDFDocument
  plan: DossierPlan
}

let drawn = 0
async function read(
  files: readonly SampleFile[],
  adjust: (plan: DossierPlan) => DossierPlan = plan => plan,
  limits?: Parameters<typeof drawReading>[5],
): Promise<Reading> {
  const { plan, openBlob } = readingOf(files)
  const adjusted = adjust(plan)
  const path = join(folder, `${++drawn}.pdf`)
  await drawReading(adjusted, SEAL, openBlob, path, () => {}, limits)
  const bytes = await readFile(path)
  return { path, bytes, pdf: await PDFDocument.load(bytes, { updateMetadata: false }), plan: adjusted }
}

const name = (text: string) => PDFName.of(text)

/** What we wrote on a page, line by line; the words of the piece itself are compressed, so not among them. */
function wordsOn(page: PDFPage | undefined): string {
  const contents = page?.node.lookup(name('Contents'))
  const streams =
    contents instanceof PDFArray ? contents.asArray().map(ref => page?.doc.context.lookup(ref)) : [contents]
  const lines = streams.flatMap(stream => {
    if (!(stream instanceof PDFRawStream)) return []
    const operators = Buffer.from(stream.contents).toString('latin1')
    return Array.from(operators.matchAll(/<([0-9a-f]*)> Tj/g), ([, hex = '']) =>
      decodeWindows1252(Buffer.from(hex, 'hex')),
    )
  })
  return lines.join('\n')
}

interface Item {
  title: string
  /** From 1. */
  page: number
  children: Item[]
}

function bookmarksOf(pdf: PDFDocument): Item[] {
  const below = (parent: PDFDict): Item[] => {
    const items: Item[] = []
    let item = parent.lookupMaybe(name('First'), PDFDict)
    while (item) {
      const title = item.lookup(name('Title'), PDFHexString).decodeText()
      items.push({ title, page: pageOf(pdf, item.lookup(name('Dest'), PDFArray)), children: below(item) })
      item = item.lookupMaybe(name('Next'), PDFDict)
    }
    return items
  }
  return below(pdf.catalog.lookup(name('Outlines'), PDFDict))
}

function pageOf(pdf: PDFDocument, destination: PDFArray): number {
  return pdf.getPages().findIndex(({ ref }) => ref === destination.get(0)) + 1
}

describe('the reading copy of a dossier', () => {
  let reading: Reading
  beforeAll(async () => {
    reading = await read([
      { bytes: await aPdf(['un', 'deux']), mediaType: PDF },
      { bytes: await turnedPhoto(), mediaType: 'image/jpeg' },
      { bytes: await docx('Bonjour'), mediaType: DOCX },
    ])
  })

  it('begins with a cover that says what it is, and that it is incomplete', () => {
    const cover = wordsOn(reading.pdf.getPages()[0])
    expect(cover).toContain('Grappe PEP2B')
    expect(cover).toContain('ESMS numérique, Corse 2023')
    expect(cover).toContain('INCOMPLET : 4 pièces obligatoires manquent.')
    expect(cover).toContain('Mme Santoni, 04 95 00 00 00, direction@maquis.example.org')
    expect(cover).toContain('Exemple fictif')
    expect(cover).toContain('nº 2')
    expect(cover).toContain(SEAL.hash)
    expect(cover).toContain('20/09/2023 à 10:30')
  })

  it('tells the verdict with each rule, its result and its reason', () => {
    const verdict = wordsOn(reading.pdf.getPages()[1])
    for (const said of [
      'Non éligible',
      "Nombre d'ESMS",
      'Non satisfait',
      'La grappe compte 2 ESMS sur 8 demandés.',
    ])
      expect(verdict).toContain(said)
    expect(verdict).not.toContain('Ajoutez 6 ESMS')
  })

  it('has contents whose lines give the page of each piece and open it', () => {
    const contents = reading.pdf.getPages()[2]
    const lines = wordsOn(contents).split('\n')
    const at = lines.indexOf('État des lieux, fichier 2 sur 3 (acceptée, version 1)')
    expect(lines.slice(at, at + 2)).toEqual(['État des lieux, fichier 2 sur 3 (acceptée, version 1)', '7'])
    const links = contents?.node.lookup(name('Annots'), PDFArray)
    const targets = links?.asArray().map(link => {
      return link instanceof PDFDict ? pageOf(reading.pdf, link.lookup(name('Dest'), PDFArray)) : null
    })
    expect(targets).toEqual([5, 5, 7, 8])
  })

  it('lists what is missing', () => {
    const missing = wordsOn(reading.pdf.getPages()[3])
    expect(missing).toContain('- Mandat donné au porteur : absente.')
    // The motive of a refusal is between the porteur and its member.
    expect(missing).toContain('- État des lieux : absente, le porteur n’a pas retenu ce qui était déposé.')
    expect(missing).not.toContain('La page 2 manque')
  })

  it('has a bookmark for each part, each member and each piece', () => {
    const leaf = (title: string, page: number) => ({ title, page, children: [] })
    expect(bookmarksOf(reading.pdf)).toEqual([
      leaf('Page de garde', 1),
      leaf('Éligibilité', 2),
      leaf('Sommaire', 3),
      leaf('Pièces manquantes', 4),
      {
        title: 'EHPAD Example (ESMS, FINESS 2A0000253)',
        page: 5,
        children: [
          leaf('État des lieux, fichier 1 sur 3', 5),
          leaf('État des lieux, fichier 2 sur 3', 7),
          leaf('État des lieux, fichier 3 sur 3', 8),
        ],
      },
    ])
  })

  it('says at the foot of each page which piece, whose, which version and which page', () => {
    const pages = reading.pdf.getPages()
    expect(pages.length).toBe(8)
    expect(wordsOn(pages[5]).split('\n')).toEqual([
      'État des lieux, fichier 1 sur 3, version 1',
      'page 2 sur 2',
      'EHPAD Example (ESMS, FINESS 2A0000253)',
      'Dossier, page 6 sur',
    ])
    for (const [i, page] of pages.entries()) expect(wordsOn(page)).toContain(`Dossier, page ${i + 1} sur`)
  })

  it('puts in the place of a Word document a page that says where it is', () => {
    const page = wordsOn(reading.pdf.getPages()[7])
    expect(page).toContain('Ce fichier n’est ni un PDF ni une image')
    expect(page).toContain('03_ESMS/2A0000253_EHPAD-Example/02_Etat-des-lieux_v1_03_document.docx')
  })

  it('has a title, a language, page labels, and opens on its bookmarks', () => {
    const { pdf, plan } = reading
    expect(pdf.getTitle()).toBe('Grappe PEP2B, dossier INCOMPLET, version scellée nº 2')
    expect(pdf.getSubject()).toBe(plan.callTitle)
    expect(pdf.getCreationDate()).toEqual(new Date(plan.takenAt))
    expect(pdf.catalog.get(name('Lang'))?.toString()).toBe('(fr-FR)')
    expect(pdf.catalog.get(name('PageMode'))?.toString()).toBe('/UseOutlines')
    expect(pdf.catalog.has(name('PageLabels'))).toBe(true)
  })

  it('is the same bytes for the same dossier', async () => {
    const files = [
      { bytes: await turnedPdf(), mediaType: PDF },
      { bytes: await turnedPhoto(), mediaType: 'image/jpeg' },
    ]
    expect((await read(files)).bytes.equals((await read(files)).bytes)).toBe(true)
  })

  it('leaves nothing behind but itself', async () => {
    expect((await readdir(folder)).filter(file => !file.endsWith('.pdf'))).toEqual([])
  })

  it.skipIf(!has('qpdf'))('is sound, says qpdf', async () => {
    const { stdout } = await run('qpdf', ['--check', reading.path])
    expect(stdout).toContain('No syntax or stream encoding errors found')
  })
})

describe('the pages of a piece', () => {
  it.skipIf(!has('pdftotext'))(
    'keep all they show above the footer, however they are turned or cropped',
    async () => {
      const { path, pdf } = await read([
        { bytes: await turnedPdf(), mediaType: PDF },
        { bytes: await aPdf(['paysage'], { layout: 'landscape' }), mediaType: PDF },
        { bytes: await aPdf(['affiche'], { size: 'A2' }), mediaType: PDF },
      ])
      const { stdout } = await run('pdftotext', ['-bbox', path, '-'])
      const pages = stdout.split('<page ').slice(5)
      expect(pages.length).toBe(7)
      for (const [i, page] of pages.entries()) {
        const shown = pdf.getPages()[i + 4]
        const box = shown?.getMediaBox()
        const height = (shown?.getRotation().angle ?? 0) % 180 === 0 ? box?.height : box?.width
        const words = Array.from(
          page.matchAll(/yMin="([\d.-]+)"[^>]*yMax="([\d.-]+)">([^<]*)</g),
          ([, top, bottom, word]) => ({ top: Number(top), bottom: Number(bottom), word }),
        )
        const foot = Math.min(
          ...words.filter(({ word }) => ['État', 'Dossier,'].includes(word ?? '')).map(({ top }) => top),
        )
        const own = words.filter(({ word }) => /^(Haut|Bas)$/.test(word ?? ''))
        expect(own.length, `page ${i}`).toBeGreaterThan(0)
        for (const { bottom } of own) expect(bottom).toBeLessThan(foot)
        expect(foot).toBeGreaterThan((height ?? 0) * 0.9)
      }
      const turns = pdf
        .getPages()
        .slice(4, 9)
        .map(page => page.getRotation().angle)
      expect(turns).toEqual([0, 90, 180, 270, 0])
    },
  )

  it('keep the proportions of their paper, so that they print on it', async () => {
    const { pdf } = await read([{ bytes: await aPdf(['a'], { layout: 'landscape' }), mediaType: PDF }])
    const { width, height } = pdf.getPages()[4]?.getMediaBox() ?? { width: 0, height: 1 }
    expect(width / height).toBeCloseTo(841.89 / 595.28, 3)
  })

  it('show what was typed into a form, and run no script', async () => {
    const form = await PDFDocument.create()
    const page = form.addPage([300, 300])
    const field = form.getForm().createTextField('nom')
    field.setText('Mme Exemple')
    field.addToPage(page, { x: 20, y: 20, width: 200, height: 30 })
    form.addJavaScript('bonjour', 'app.alert("bonjour")')
    const widget = page.node.lookup(name('Annots'), PDFArray).lookup(0, PDFDict)
    widget.set(name('AA'), form.context.obj({ E: { S: 'JavaScript', JS: PDFHexString.fromText('x') } }))
    const { pdf, bytes } = await read([{ bytes: Buffer.from(await form.save()), mediaType: PDF }])
    const shown = pdf.getPages()[4]?.node.lookup(name('Annots'), PDFArray).lookup(0, PDFDict)
    expect(shown?.get(name('Subtype'))?.toString()).toBe('/Stamp')
    expect(shown?.lookup(name('AP'), PDFDict).has(name('N'))).toBe(true)
    expect(bytes.toString('latin1')).not.toMatch(/JavaScript|\/AA|\/AcroForm/)
  })

  it('draw what was typed into a form that leaves it to the reader', async () => {
    const form = await PDFDocument.create()
    const page = form.addPage([300, 300])
    const field = form.getForm().createTextField('nom')
    field.addToPage(page, { x: 20, y: 20, width: 200, height: 30 })
    field.acroField.dict.set(name('V'), PDFHexString.fromText('Mme Exemple'))
    page.node.lookup(name('Annots'), PDFArray).lookup(0, PDFDict).delete(name('AP'))
    form.getForm().acroForm.dict.set(name('NeedAppearances'), PDFBool.True)
    const { pdf } = await read([
      { bytes: Buffer.from(await form.save({ updateFieldAppearances: false })), mediaType: PDF },
    ])
    const shown = pdf.getPages()[4]?.node.lookup(name('Annots'), PDFArray).lookup(0, PDFDict)
    expect(shown?.lookupMaybe(name('AP'), PDFDict)?.has(name('N'))).toBe(true)
  })

  it('keep the links from one to another', async () => {
    const source = await PDFDocument.load(await aPdf(['un', 'deux']))
    const [first, second] = source.getPages()
    if (!first || !second) return expect.fail('two pages')
    const link = source.context.obj({
      Type: 'Annot',
      Subtype: 'Link',
      Rect: [0, 0, 50, 50],
      Dest: [second.ref, 'Fit'],
    })
    first.node.set(name('Annots'), source.context.obj([link]))
    const { pdf } = await read([{ bytes: Buffer.from(await source.save()), mediaType: PDF }])
    const copied = pdf.getPages()[4]?.node.lookup(name('Annots'), PDFArray).lookup(0, PDFDict)
    expect(pageOf(pdf, copied?.lookup(name('Dest'), PDFArray) ?? PDFArray.withContext(pdf.context))).toBe(6)
  })

  it('stand upright when a telephone turned the photo', async () => {
    const { pdf } = await read([
      { bytes: await turnedPhoto(), mediaType: 'image/jpeg' },
      { bytes: await transparentImage(), mediaType: 'image/png' },
    ])
    const sizes = pdf
      .getPages()
      .slice(4)
      .map(page => page.getSize())
    expect(sizes.map(({ width, height }) => width > height)).toEqual([false, true])
  })
})

describe('a piece that cannot be shown', () => {
  const LIMITS = { pieceBytes: 50_000_000, seconds: 60, memoryMib: 1200 }

  it('is a page that says why, and the others are there', async () => {
    const good = await aPdf(['un', 'deux'])
    const { pdf } = await read([
      { bytes: await aPdf(['secret'], { userPassword: 'secret' }), mediaType: PDF },
      { bytes: good.subarray(0, good.length * 0.6), mediaType: PDF },
      { bytes: Buffer.from('%PDF-1.4 rien'), mediaType: PDF },
      { bytes: Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]), mediaType: 'image/png' },
      { bytes: (await turnedPhoto()).subarray(0, 900), mediaType: 'image/jpeg' },
      { bytes: good, mediaType: PDF },
    ])
    const pages = pdf.getPages().slice(4).map(wordsOn)
    expect(pages.length).toBe(7)
    expect(pages[0]).toContain('Ce PDF est protégé par un mot de passe')
    for (const page of pages.slice(1, 5)) {
      expect(page).toContain('Ce fichier est abîmé ou incomplet')
      expect(page).toContain('03_ESMS/2A0000253_EHPAD-Example/02_Etat-des-lieux_v1_')
    }
    expect(pages[6]).toContain('page 2 sur 2')
  })

  it('is a page that says so when it is too large', async () => {
    const { pdf } = await read([{ bytes: await aPdf(['un']), mediaType: PDF }], plan => plan, {
      ...LIMITS,
      pieceBytes: 500,
    })
    expect(wordsOn(pdf.getPages()[4])).toContain('Ce fichier est trop volumineux')
  })

  it('cannot take the server’s memory: it is stopped, and the next one is drawn', async () => {
    const { pdf } = await read(
      [
        { bytes: bomb(), mediaType: PDF },
        { bytes: await aPdf(['un']), mediaType: PDF },
      ],
      plan => plan,
      { ...LIMITS, memoryMib: 400 },
    )
    const [first, second] = pdf.getPages().slice(4).map(wordsOn)
    expect(first).toContain('Reprendre les pages de ce fichier a demandé trop de temps')
    expect(second).toContain('fichier 2 sur 2, version 1')
  }, 60_000)

  it('cannot take its time: it is stopped', async () => {
    const { pdf } = await read([{ bytes: bomb(), mediaType: PDF }], plan => plan, { ...LIMITS, seconds: 0.2 })
    expect(wordsOn(pdf.getPages()[4])).toContain('Reprendre les pages de ce fichier a demandé trop de temps')
  }, 60_000)

  it('stops everything when its bytes are no longer those deposited', async () => {
    const { plan } = readingOf([{ bytes: await aPdf(['un']), mediaType: PDF }])
    const path = join(folder, 'damaged.pdf')
    const altered = async () => Readable.from([Buffer.from('autre')])
    await expect(drawReading(plan, SEAL, altered, path)).rejects.toThrow(
      /02_Etat-des-lieux_v1_document\.pdf.*SHA-256 differs/,
    )
    await writeFile(path, '')
  })
})

describe('names of all kinds', () => {
  it('are written as well as Helvetica can, and in full in the bookmarks', async () => {
    const odd = 'Ελπίδα 😀 Œuvre “Łódź” — n° 1'
    const { pdf } = await read([{ bytes: await aPdf(['un']), mediaType: PDF }], plan => ({
      ...plan,
      grappeName: `${odd} ${'très long '.repeat(40)}`,
      rows: plan.rows.map(row => ({ ...row, owner: { ...row.owner, name: odd }, pieceName: odd })),
    }))
    expect(bookmarksOf(pdf).at(-1)?.title).toBe(`${odd} (ESMS, FINESS 2A0000253)`)
    expect(wordsOn(pdf.getPages().at(-1))).toContain('?????? ? Œuvre “?ódz” — n° 1, version 1')
  })

  it('draws a dossier that holds nothing', async () => {
    const { pdf } = await read([], plan => ({ ...plan, entries: [], rows: [], gaps: [], setAside: [] }))
    expect(pdf.getPageCount()).toBe(3)
    expect(wordsOn(pdf.getPages()[2])).toContain('Aucune pièce n’est dans ce dossier.')
  })
})

/** A small PDF whose object stream inflates to 600 MB. */
function bomb(): Buffer {
  const squeezed = deflateSync(Buffer.alloc(600_000_000, 0x20), { level: 1 })
  const head = `%PDF-1.7\n1 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length ${squeezed.length} >>\nstream\n`
  return Buffer.concat([
    Buffer.from(head),
    squeezed,
    Buffer.from('\nendstream\nendobj\ntrailer\n<< /Root 2 0 R >>\n%%EOF\n'),
  ])
}
