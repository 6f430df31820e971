/** Word files that a porteur might send as a model, made from a real one by editing its parts. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { ZipArchive } from 'archiver'
import { unzip } from './unzip.ts'

const BODY = 'word/document.xml'
const RELATIONSHIPS = 'word/_rels/document.xml.rels'
const TYPES = '[Content_Types].xml'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

type Parts = Map<string, Buffer>

export const realModel = (code = 'mandat-porteur'): Promise<Buffer> =>
  readFile(`templates/documents/${code}.docx`)

/** The same parts, some changed, zipped again. */
export async function edited(edit: (parts: Parts) => void, code?: string): Promise<Buffer> {
  const parts = await unzip(await realModel(code))
  edit(parts)
  return await zipped(parts)
}

export async function zipped(
  parts: Iterable<readonly [string, Buffer]>,
  how: { store?: boolean } = {},
): Promise<Buffer> {
  const zip = new ZipArchive(how)
  for (const [name, bytes] of parts) zip.append(bytes, { name })
  zip.finalize().catch(() => {})
  return await buffer(zip)
}

const put = (parts: Parts, path: string, text: string) => parts.set(path, Buffer.from(text))
const change = (parts: Parts, path: string, from: string | RegExp, to: string) =>
  put(
    parts,
    path,
    (parts.get(path)?.toString() ?? '').replace(from, () => to),
  )

export const paragraph = (inside: string): string =>
  `<w:p><w:r><w:t xml:space="preserve">${inside}</w:t></w:r></w:p>`

/** A model with these paragraphs, in WordprocessingML, before all others. */
export const withBody = (xml: string, code?: string): Promise<Buffer> =>
  edited(parts => change(parts, BODY, /<w:body>/, `<w:body>${xml}`), code)

export const withPart = (path: string, bytes: Buffer | string): Promise<Buffer> =>
  edited(parts => parts.set(path, Buffer.from(bytes)))

/** With a relationship of its text. */
export const withRelationship = (type: string, target: string, mode = 'External'): Promise<Buffer> =>
  edited(parts =>
    change(
      parts,
      RELATIONSHIPS,
      '</Relationships>',
      `<Relationship Id="rEssai" Type="${OFFICE}/${type}" Target="${target}" TargetMode="${mode}"/></Relationships>`,
    ),
  )

export const asMacroDocument = (): Promise<Buffer> =>
  edited(parts => {
    put(parts, 'word/vbaProject.bin', 'macro')
    change(
      parts,
      TYPES,
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml',
      'application/vnd.ms-word.document.macroEnabled.main+xml',
    )
  })

export const asWordTemplate = (): Promise<Buffer> =>
  edited(parts =>
    change(parts, TYPES, 'wordprocessingml.document.main+xml', 'wordprocessingml.template.main+xml'),
  )

/** What Word writes of a tag of which one letter was put in bold. */
export const SPLIT_TAG =
  '<w:p><w:r><w:t>Pour {og</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>.n</w:t></w:r><w:r><w:t>om} !</w:t></w:r></w:p>'

/** A box as Word writes it: once as it is now, once for older readers. */
export const textBox = (inside: string): string => {
  const content = `<w:txbxContent>${paragraph(inside)}</w:txbxContent>`
  const place = '<wp:extent cx="900000" cy="300000"/><wp:docPr id="99" name="Zone"/>'
  const shape = `<wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr/><wps:txbx>${content}</wps:txbx><wps:bodyPr/></wps:wsp>`
  const namespaces =
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" ' +
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" ' +
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml" ' +
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
  return (
    `<w:p><w:r><mc:AlternateContent ${namespaces}><mc:Choice Requires="wps"><w:drawing><wp:inline>${place}` +
    `<a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">${shape}` +
    `</a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>` +
    `${content}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>`
  )
}

/** A heading of a page that is there already, with more text. */
export const withHeader = (text: string): Promise<Buffer> =>
  edited(parts => {
    const header = [...parts.keys()].find(path => /^word\/header\d*\.xml$/.test(path)) ?? ''
    change(parts, header, '</w:hdr>', `${paragraph(text)}</w:hdr>`)
  })

/** Some kilobytes that ask for hundreds of megabytes. */
export const inflating = (): Promise<Buffer> => withPart('word/media/image9.png', Buffer.alloc(200_000_000))

export const manyInflating = (): Promise<Buffer> =>
  edited(parts => {
    for (let rank = 0; rank < 12; rank++) parts.set(`word/media/i${rank}.bmp`, Buffer.alloc(4_900_000))
  })

/** A picture that does not deflate. */
export const heavy = (bytes: number): Promise<Buffer> => withPart('word/media/photo.jpg', randomBytes(bytes))

export const cut = async (): Promise<Buffer> => (await realModel()).subarray(0, 9000)

/** A letter of the text, which is not deflated, is not what its checksum says: nothing else tells. */
export async function altered(): Promise<Buffer> {
  const bytes = await zipped(await unzip(await realModel()), { store: true })
  bytes.write('F', bytes.indexOf('formulaire'))
  return bytes
}

/** What Office makes of a document with a password: an old binary file. */
export function encrypted(): Buffer {
  const bytes = Buffer.alloc(4096)
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(bytes)
  Buffer.from('EncryptedPackage', 'utf16le').copy(bytes, 1024)
  return bytes
}

/** Readers differ on which of the two they show. */
export async function doubled(): Promise<Buffer> {
  const parts = [...(await unzip(await realModel()))]
  return await zipped([...parts, ['word/Document.xml', Buffer.from('<a/>')]])
}

export const manyParts = (): Promise<Buffer> =>
  edited(parts => {
    for (let rank = 0; rank < 2000; rank++) put(parts, `word/media/${rank}.xml`, '<a/>')
  })

export const asStrict = (): Promise<Buffer> =>
  edited(parts =>
    change(
      parts,
      '_rels/.rels',
      `${OFFICE}/officeDocument`,
      'http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument',
    ),
  )
