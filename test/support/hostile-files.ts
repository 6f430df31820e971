/** Files made to bring down whoever reads them. Each is small to send; what it asks for once read is not. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { crc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'

export interface HostileFile {
  name: string
  bytes: Buffer
  sent: 'as a sheet' | 'as a piece' | 'as a registry'
  /** Harmless once read within bounds, it may also be taken. */
  mayBeTaken?: true
}

interface ZipPart {
  name: string
  content: Buffer
}

const NOTHING = deflateRawSync(Buffer.alloc(0))

/** A ZIP of deflated parts, or of empty ones by the ten thousand. */
function zip(parts: readonly ZipPart[]): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, content } of parts) {
    const data = content.length === 0 ? NOTHING : deflateRawSync(content)
    const head = Buffer.alloc(26)
    head.writeUInt16LE(20, 0)
    head.writeUInt16LE(8, 4)
    head.writeUInt32LE(crc32(content), 10)
    head.writeUInt32LE(data.length, 14)
    head.writeUInt32LE(content.length, 18)
    head.writeUInt16LE(name.length, 22)
    const local = [Buffer.from('PK\u0003\u0004'), head, Buffer.from(name), data]
    const entry = Buffer.alloc(14)
    entry.writeUInt32LE(at, 10)
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000'), head, entry, Buffer.from(name))
    bodies.push(...local)
    at += 30 + name.length + data.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(parts.length, 4)
  end.writeUInt16LE(parts.length, 6)
  end.writeUInt32LE(listed.length, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...bodies, listed, Buffer.from('PK\u0005\u0006'), end])
}

const part = (name: string, content: string | Buffer): ZipPart => ({ name, content: Buffer.from(content) })

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006/relationships'
const SHEETS = '<sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets>'
const TARGET = `<Relationship Id="r1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>`

/** A workbook whose only sheet is this XML. */
const workbook = (sheet: string, more: readonly ZipPart[] = []): Buffer =>
  zip([
    part('xl/workbook.xml', `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}">${SHEETS}</workbook>`),
    part('xl/_rels/workbook.xml.rels', `<Relationships xmlns="${PACKAGE}">${TARGET}</Relationships>`),
    part('xl/worksheets/sheet1.xml', `<worksheet xmlns="${MAIN}">${sheet}</worksheet>`),
    ...more,
  ])

/** An OpenDocument list whose only sheet holds this XML. */
const ods = (rows: string): Buffer =>
  zip([
    part(
      'content.xml',
      `<office:spreadsheet><table:table table:name="A">${rows}</table:table></office:spreadsheet>`,
    ),
  ])

const odsCell = (text: string, times: number): string =>
  `<table:table-cell table:number-columns-repeated="${times}" office:value-type="string"><text:p>${text}</text:p></table:table-cell>`

const lines = (count: number, line: (row: number) => string): string =>
  `<sheetData>${Array.from({ length: count }, (_, i) => line(i + 1)).join('')}</sheetData>`

/** One page whose objects stand in a stream that inflates a thousand times over. */
function pdfBomb(): Buffer {
  const bomb = deflateSync(Buffer.alloc(60_000_000))
  return Buffer.concat([
    Buffer.from('%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n'),
    Buffer.from(
      `3 0 obj\n<< /Type /ObjStm /N 9 /First 90 /Filter /FlateDecode /Length ${bomb.length} >>\nstream\n`,
    ),
    bomb,
    Buffer.from(
      `\nendstream\nendobj\n4 0 obj\n<< /Type /XRef /Size 9 /W [1 4 2] /Root 1 0 R /Filter /FlateDecode`,
    ),
    Buffer.from(` /Length ${bomb.length} >>\nstream\n`),
    bomb,
    Buffer.from('\nendstream\nendobj\nstartxref\n9\n%%EOF\n'),
  ])
}

function pngChunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(named), 4)
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)])
}

/** A whole picture of one shade: some kilobytes that ask for hundreds of megabytes. */
function pngBomb(side: number): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head[8] = 8
  const data = deflateSync(Buffer.alloc(side * (side + 1)))
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    magic,
    pngChunk('IHDR', head),
    pngChunk('IDAT', data),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

const sheets = async (): Promise<HostileFile[]> => {
  const all: Record<string, Buffer> = {
    'a cell in column XFD, 20,000 times': await readFile(
      'test/fixtures/members/one-cell-in-column-XFD_20000-rows.xlsx',
    ),
    '200,000 short rows': workbook(
      lines(200_000, row => `<row r="${row}"><c r="A${row}"><v>1</v></c></row>`),
    ),
    'a cell that inflates to 120 MB': workbook(
      `<sheetData><row r="1"><c r="A1" t="str"><v>${' '.repeat(120_000_000)}</v></c></row></sheetData>`,
    ),
    'a million elements in one another': workbook('<f>'.repeat(1_000_000)),
    'two million shared strings': workbook(
      lines(40_000, row => `<row r="${row}"><c r="A${row}" t="s"><v>${row}</v></c></row>`),
      [part('xl/sharedStrings.xml', `<sst xmlns="${MAIN}">${'<si><t/></si>'.repeat(2_000_000)}</sst>`)],
    ),
    '60,000 parts': zip(Array.from({ length: 60_000 }, (_, i) => part(`xl/media/${i}.png`, ''))),
    'an OpenDocument list that repeats a full line a million times': ods(
      `<table:table-row table:number-rows-repeated="1048576">${odsCell('x', 16_384)}</table:table-row>`,
    ),
    'an OpenDocument list of a million merged cells': ods(
      `<table:table-row>${'<table:table-cell table:number-columns-spanned="16384" table:number-rows-spanned="1048576"/>'.repeat(250_000)}</table:table-row>`,
    ),
    'an OpenDocument list of two million elements': ods('<text:s text:c="1000000000"/>'.repeat(1_000_000)),
    'nine million separators on one line': Buffer.alloc(9_000_000, ';'),
    'nine million quotes on one line': Buffer.alloc(9_000_000, '"'),
    'four million lines': Buffer.from('FINESS;Nom\n'.concat('1\n'.repeat(4_000_000))),
  }
  return Object.entries(all).map(([name, bytes]) => ({ name, bytes, sent: 'as a sheet' }))
}

const pieces = async (): Promise<HostileFile[]> => {
  const heic = await readFile('test/fixtures/photos/photo.heic')
  const scrambled = Buffer.concat([heic.subarray(0, 600), randomBytes(heic.length - 600)])
  const word = (content: Buffer) =>
    zip([
      part(
        '[Content_Types].xml',
        `<Types><Override PartName="/word/document.xml" ContentType="${WORD}.main+xml"/></Types>`,
      ),
      part('word/document.xml', content),
    ])
  const all: Record<string, Buffer> = {
    'a Word document that inflates to 150 MB': word(Buffer.alloc(150_000_000, 'a')),
    'an archive of 60,000 entries': zip(Array.from({ length: 60_000 }, (_, i) => part(`word/${i}.xml`, ''))),
    'a HEIC cut in the middle': heic.subarray(0, heic.length >> 1),
    'a HEIC whose picture is noise': scrambled,
    'a PNG of 400 million pixels': pngBomb(20_000),
  }
  const harmless: Record<string, Buffer> = {
    'a PDF that inflates to 120 MB': pdfBomb(),
    'a PDF of objects in one another': Buffer.from(
      `%PDF-1.4\n1 0 obj\n${'<</A '.repeat(400_000)}\nendobj\nstartxref\n9\n%%EOF\n`,
    ),
    'a PNG of 100 million pixels': pngBomb(10_000),
  }
  return [
    ...Object.entries(all).map(([name, bytes]): HostileFile => ({ name, bytes, sent: 'as a piece' })),
    ...Object.entries(harmless).map(
      ([name, bytes]): HostileFile => ({ name, bytes, sent: 'as a piece', mayBeTaken: true }),
    ),
  ]
}

const registries = (): HostileFile[] => {
  const head = 'finess;etalab;75;2026-05-12\n'
  const all: Record<string, Buffer> = {
    'a registry of 30 MB of noise': Buffer.concat([Buffer.from(head), randomBytes(30_000_000)]),
    'a registry of a million bad lines': Buffer.from(head + '1;\n'.repeat(1_000_000)),
    'a registry of one line of 20 MB': Buffer.from(head + 'x'.repeat(20_000_000)),
    'a registry that opens 20 million brackets': Buffer.from(`{"a":${'['.repeat(20_000_000)}`),
    'a registry that inflates to 300 MB': gzipSync(
      Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(300_000_000, 'a')]),
    ),
  }
  return Object.entries(all).map(([name, bytes]) => ({ name, bytes, sent: 'as a registry' }))
}

export const hostileFiles = async (): Promise<HostileFile[]> => [
  ...(await sheets()),
  ...(await pieces()),
  ...registries(),
]
