import { buffer } from 'node:stream/consumers'
import { ZipArchive } from 'archiver'
import PDFDocument from 'pdfkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { currentVersion } from '../../server/domain/piece.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { docx, form, pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { sealVersion } from '../support/sealed.ts'

const read = (html: string) => html.replace(/[\u00a0\u202f]/g, ' ')

function pages(count: number, options: PDFKit.PDFDocumentOptions = {}): Promise<Buffer> {
  const document = new PDFDocument({ ...options, autoFirstPage: false })
  for (let page = 1; page <= count; page++) document.addPage().text(`Page ${page}`)
  document.end()
  return buffer(document)
}

async function withMacros(): Promise<Buffer> {
  const type = 'application/vnd.ms-word.document.macroEnabled.main+xml'
  const archive = new ZipArchive()
  archive.append(`<Types><Override PartName="/word/document.xml" ContentType="${type}"/></Types>`, {
    name: '[Content_Types].xml',
  })
  archive.append('x', { name: 'word/vbaProject.bin' })
  void archive.finalize()
  return await buffer(archive)
}

let test: TestApp
let porteur: ApiClient
let grappe: TestGrappe
let member: PageClient
let token: string
let pieceId: string
let url: string
beforeAll(async () => {
  test = await startApp()
  porteur = await test.porteur()
  grappe = await createTestGrappe(porteur, 1)
  member = openBrowser(test)
  const invited = await porteur.call<Array<{ address: string }>>(
    'POST',
    fill(API_PATHS.invitations, { grappe: grappe.grappeId }),
    { esms: grappe.esmsIds[0] },
  )
  token = invited.body[0]?.address.split('/').at(-1) ?? ''
  pieceId =
    (await readPieces(test.context.db, grappe.grappeId)).find(({ code }) => code === 'etat-des-lieux')?.id ??
    ''
  url = urlTo('memberPiece', { token, piece: pieceId })
})
afterAll(() => test.close())

describe('a file that nobody could read is refused with what to do', () => {
  it.each([
    [
      'a PDF with a password',
      'relevé.pdf',
      () => pages(2, { userPassword: 'secret' }),
      'Ce PDF est protégé par un mot de passe : « relevé.pdf » ne pourrait être lu par personne. Enregistrez-en une copie sans mot de passe, puis déposez-la.',
    ],
    [
      'a PDF cut short',
      'bail.pdf',
      async () => (await pages(9)).subarray(0, 4000),
      '« bail.pdf » est incomplet : sa fin manque',
    ],
    [
      'a Word document cut short',
      'lettre.docx',
      async () => (await docx('Bonjour')).subarray(0, 3000),
      '« lettre.docx » est incomplet : sa fin manque',
    ],
    [
      'a Word document with a password',
      'secret.docx',
      async () => encryptedOffice(),
      'Ce document est protégé par un mot de passe : « secret.docx »',
    ],
    ['a Word document with macros', 'outil.docm', withMacros, '« outil.docm » contient des macros'],
    [
      'a document that inflates without end',
      'grand.docx',
      () => bomb(),
      '« grand.docx » prend une place démesurée une fois ouvert',
    ],
    [
      'a file of another type, whatever its name',
      'photo.pdf',
      async () => Buffer.from('Bonjour'),
      '« photo.pdf » n’est pas dans un format accepté',
    ],
  ])('%s', async (_, name, make, sentence) => {
    const bytes = await make()
    const answer = await member.upload(url, form([{ name, bytes }]))
    expect(answer.status).toBe(422)
    expect(read(answer.html)).toContain(sentence)
    const byApi = await porteur.upload<{ files: Array<{ code: string; reason: string }> }>(
      fill(API_PATHS.versions, { grappe: grappe.grappeId, piece: pieceId }),
      form([{ name, bytes }]),
    )
    expect(byApi.status).toBe(422)
    expect(read(byApi.body.files[0]?.reason ?? '')).toContain(sentence)
  })

  it('and nothing of it was kept', async () => {
    const pieces = await readPieces(test.context.db, grappe.grappeId)
    expect(pieces.flatMap(({ versions }) => versions)).toEqual([])
  })
})

describe('a PDF that is taken', () => {
  it('shows its pages to the member, on the receipt, to the porteur and to the ARS', async () => {
    const deposited = await member.upload(url, form([{ name: 'état.pdf', bytes: await pages(12) }]))
    expect(read((await member.follow(deposited)).html)).toContain('PDF, 12 pages')
    expect(read((await member.get(url)).html)).toContain('PDF, 12 pages')
    const carrier = await signInPorteur(test)
    const page = await carrier.get(urlTo('piece', { grappe: grappe.grappeId, piece: pieceId }))
    expect(read(page.html)).toContain('PDF, 12 pages')
    await sealVersion(test, porteur, grappe.grappeId)
    const ars = await porteur.call<{ address: string }>(
      'POST',
      fill(API_PATHS.links, { grappe: grappe.grappeId }),
      { label: 'ARS' },
    )
    const arsToken = ars.body.address.split('/').at(-1) ?? ''
    expect(read((await member.get(urlTo('arsPiece', { token: arsToken, piece: pieceId }))).html)).toContain(
      'PDF, 12 pages',
    )
    const api = await porteur.call<{ versions: Array<{ files: Array<{ pageCount: number }> }> }>(
      'GET',
      fill(API_PATHS.piece, { grappe: grappe.grappeId, piece: pieceId }),
    )
    expect(api.body.versions[0]?.files[0]?.pageCount).toBe(12)
  })

  it('may ask for a password to be changed, and say nothing of its pages when they cannot be told', async () => {
    await member.upload(
      url,
      form([{ name: 'urssaf.pdf', bytes: await pages(1, { ownerPassword: 'secret' }) }]),
    )
    const odd = (await pdf('Bonjour')).toString('latin1').replace(/startxref\n\d+/, 'startxref\n12')
    await member.upload(url, form([{ name: 'bizarre.pdf', bytes: Buffer.from(odd, 'latin1') }]))
    const piece = (await readPieces(test.context.db, grappe.grappeId)).find(({ id }) => id === pieceId)
    expect(piece?.versions.map(({ files }) => [files[0]?.name, files[0]?.pageCount])).toEqual([
      ['état.pdf', 12],
      ['urssaf.pdf', 1],
      ['bizarre.pdf', null],
    ])
    expect(piece && currentVersion(piece)?.files).toHaveLength(1)
    expect(read((await member.get(url)).html)).not.toContain('null page')
  })
})

function encryptedOffice(): Buffer {
  const ole = Buffer.alloc(4096)
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(ole)
  ole.write('EncryptedPackage', 1024, 'utf16le')
  return ole
}

async function bomb(): Promise<Buffer> {
  const archive = new ZipArchive({ zlib: { level: 9 } })
  const type = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml'
  archive.append(`<Types><Override PartName="/word/document.xml" ContentType="${type}"/></Types>`, {
    name: '[Content_Types].xml',
  })
  archive.append(Buffer.alloc(120_000_000), { name: 'word/media/image1.bmp' })
  void archive.finalize()
  return await buffer(archive)
}
