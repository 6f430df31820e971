/** Files as people really have them: each is taken, converted, or answered with what it is and what to do. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentsWithOriginals } from '../../server/domain/piece.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { form, pdf } from '../support/files.ts'
import { textOf } from '../support/page-text.ts'
import { openScene, type Scene } from '../support/scene.ts'

const FILES = join(import.meta.dirname, '../fixtures/files')
const PHOTOS = join(import.meta.dirname, '../fixtures/photos')

let scene: Scene

beforeAll(async () => {
  scene = await openScene()
})
afterAll(() => scene.test.close())

const words = (page: { html: string }) => textOf(page).replaceAll(' ', ' ')

async function deposit(member: number, folder: string, name: string, bytes?: Buffer) {
  const { url, pieceId } = await scene.at(member)
  const whole = bytes ?? (await readFile(join(folder, name)))
  const answer = await scene.browser.upload(url, form([{ name, bytes: whole }]))
  const pieces = await readPieces(scene.test.context.db, scene.grappe.grappeId)
  const version = pieces.find(({ id }) => id === pieceId)?.versions.at(-1)
  return { answer, documents: version === undefined ? [] : documentsWithOriginals(version) }
}

describe('a file of a kind that no piece takes', () => {
  it.each([
    ['courriel.eml', 'c’est un courriel', 'enregistrez le document qui y est joint'],
    ['archive-of-documents.zip', 'c’est une archive', 'Extraire tout'],
    [
      'lettre-signee.docx.p7m',
      'c’est une enveloppe de signature électronique',
      'enregistrez le document signé',
    ],
    ['lettre.rtf', 'c’est un document au format RTF', 'Enregistrer sous'],
    ['sensitivity-label-encrypted.docx', 'chiffré par une étiquette de confidentialité', 'sans chiffrement'],
  ])('%s: is told what it is and what to do', async (name, what, act) => {
    const { answer } = await deposit(0, FILES, name)
    expect(answer.status).toBe(422)
    expect(words(answer)).toContain(what)
    expect(words(answer)).toContain(act)
  })

  it('an old Word file, a saved web page, a Pages document: each its own words', async () => {
    const ole = (stream: string) =>
      Buffer.concat([
        Buffer.from('d0cf11e0a1b11ae1', 'hex'),
        Buffer.alloc(504),
        Buffer.from(stream, 'utf16le'),
        Buffer.alloc(512),
      ])
    const said = async (name: string, bytes: Buffer) => words((await deposit(0, FILES, name, bytes)).answer)
    expect(await said('lettre.doc', ole('WordDocument'))).toContain('l’ancien format de Word')
    expect(await said('budget.xls', ole('Workbook'))).toContain('l’ancien format d’Excel')
    expect(await said('message.msg', ole('__substg1.0_0037001F'))).toContain('c’est un courriel')
    expect(await said('page.html', Buffer.from('\n<!DOCTYPE html><p>Bonjour'))).toContain(
      'c’est une page web',
    )
  })

  it('every case of the field is answered in words of its own', async () => {
    for (const name of await readdir(FILES)) {
      const { answer } = await deposit(0, FILES, name)
      expect(words(answer), name).not.toContain('son contenu n’est pas celui')
    }
  })
})

describe('a picture that phones, scanners and faxes make', () => {
  it.each([
    ['jpeg-without-end-mark.jpg', 1],
    ['jpeg-without-end-mark_zero-padded.jpg', 1],
    ['heic_major-brand-hevc.heic', 1],
    ['whatsapp.webp', 1],
    ['fax-three-pages.tif', 3],
  ])('%s: becomes a PDF of %i', async (name, pages) => {
    const { answer, documents } = await deposit(1, PHOTOS, name)
    expect(answer.status, words(answer)).toBe(303)
    expect(documents).toHaveLength(1)
    expect(documents[0]?.document).toMatchObject({ mediaType: 'application/pdf', pageCount: pages })
    expect(documents[0]?.originals.map(original => original.name)).toEqual([name])
    const receipt = await scene.browser.follow(answer)
    expect(words(receipt).includes('la marque de fin manque')).toBe(name.startsWith('jpeg-without-end'))
  })

  it('cut in its middle stays refused, with or without zeros in the place of the rest', async () => {
    const whole = await readFile(join(PHOTOS, 'jpeg-without-end-mark.jpg'))
    const half = whole.subarray(0, Math.floor(whole.length * 0.7))
    const padded = Buffer.concat([half, Buffer.alloc(whole.length - half.length + 4096)])
    for (const bytes of [half, padded]) {
      const { answer } = await deposit(2, PHOTOS, 'coupee.jpg', bytes)
      expect(answer.status).toBe(422)
      expect(words(answer)).toContain('« coupee.jpg » est incomplet')
    }
  })
})

describe('the name of a file', () => {
  it.each([
    [
      'in the letters of Windows',
      Buffer.from('Relev\u00e9 \u0153uvre n\u00b0 1.pdf'.replace('\u0153', '\u009c'), 'latin1'),
    ],
    ['in UTF-8', Buffer.from('Relevé œuvre n° 1.pdf')],
  ])('sent %s is read', async (_, name) => {
    const { url, pieceId } = await scene.at(3)
    const body = Buffer.concat([
      Buffer.from('--limite\r\nContent-Disposition: form-data; name="fichiers"; filename="'),
      name,
      Buffer.from('"\r\nContent-Type: application/pdf\r\n\r\n'),
      await pdf(`Nom ${name.length}`),
      Buffer.from('\r\n--limite--\r\n'),
    ])
    const answer = await scene.test.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'multipart/form-data; boundary=limite' },
      payload: body,
    })
    expect(answer.statusCode).toBe(303)
    const pieces = await readPieces(scene.test.context.db, scene.grappe.grappeId)
    const version = pieces.find(({ id }) => id === pieceId)?.versions.at(-1)
    expect(version?.files.map(file => file.name)).toEqual(['Relevé œuvre n° 1.pdf'])
  })
})
