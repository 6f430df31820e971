import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grappes } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import type { PieceDefinition } from '../../server/domain/call.ts'
import { currentVersion, documentsOf, documentsWithOriginals } from '../../server/domain/piece.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { storedCall } from '../../server/steps/read/stored-call.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'

const shot = (shade: string, width = 300, height = 200) =>
  sharp({ create: { width, height, channels: 3, background: shade } })
    .jpeg()
    .toBuffer()
const read = (html: string) => html.replace(/[\u00a0\u202f]/g, ' ')

let test: TestApp
let porteur: ApiClient
let grappe: TestGrappe
let member: PageClient
beforeAll(async () => {
  test = await startApp()
  porteur = await test.porteur()
  grappe = await createTestGrappe(porteur, 8)
  member = openBrowser(test)
  await define(ONE, { severalFiles: false })
})
afterAll(() => test.close())

async function at(rank: number, code: string) {
  const invited = await porteur.call<Array<{ address: string }>>(
    'POST',
    fill(API_PATHS.invitations, { grappe: grappe.grappeId }),
    { esms: grappe.esmsIds[rank] },
  )
  const token = invited.body[0]?.address.split('/').at(-1) ?? ''
  const read = async () => {
    const found = (await readPieces(test.context.db, grappe.grappeId)).find(
      each => each.code === code && each.esmsId === grappe.esmsIds[rank],
    )
    if (found === undefined) throw new Error(`no ${code}`)
    return found
  }
  const { id } = await read()
  return {
    token,
    pieceId: id,
    url: urlTo('memberPiece', { token, piece: id }),
    versions: async () => (await read()).versions,
    current: async () => {
      const version = currentVersion(await read())
      if (version === null) throw new Error('nothing deposited')
      return version
    },
  }
}

const SEVERAL = 'etat-des-lieux'
const ONE = 'devis-mise-en-conformite'

describe('phone photos', () => {
  it('of one document become one PDF where one file is awaited, and stay beside it', async () => {
    const place = await at(1, ONE)
    const page = await member.get(place.url)
    expect(page.html).toMatch(/<input type="file"[^>]* multiple/)
    expect(page.html).toContain('.heic')
    const photos = [
      { name: 'IMG_1.jpg', bytes: await shot('#ff0000') },
      { name: 'IMG_2.HEIC', bytes: await readFile('test/fixtures/photos/photo.heic') },
      { name: 'IMG_3.jpg', bytes: await shot('#0000ff', 200, 300) },
    ]
    expect((await member.upload(place.url, form(photos))).status).toBe(303)

    const version = await place.current()
    expect(
      version.files.map(({ name, role, pageCount, width, height }) => [name, role, pageCount, width, height]),
    ).toEqual([
      ['Photos réunies (3 pages).pdf', 'document', 3, null, null],
      ['IMG_1.jpg', 'original', null, 300, 200],
      ['IMG_2.HEIC', 'original', null, 320, 240],
      ['IMG_3.jpg', 'original', null, 200, 300],
    ])
    const html = read((await member.get(place.url)).html)
    expect(html).toContain('PDF, 3 pages')
    expect(html).toContain('Les 3 photos d’origine')
    expect(html).toContain('320 × 240 pixels')
    const original = version.files[2]
    const downloaded = await member.get(urlTo('memberFile', { token: place.token, file: original?.id ?? '' }))
    expect(downloaded.raw.equals(photos[1]?.bytes ?? Buffer.alloc(0))).toBe(true)

    // The same photos again are the same version.
    await member.upload(place.url, form(photos))
    expect(await place.versions()).toHaveLength(1)
  })

  it('are one document in the dossier, without their originals', async () => {
    const snapshot = await porteur.call<{ pieces: Array<{ code: string }> }>(
      'GET',
      fill(API_PATHS.board, { grappe: grappe.grappeId }),
    )
    expect(snapshot.status).toBe(200)
    const zip = await porteur.call('GET', fill(API_PATHS.dossierZip, { grappe: grappe.grappeId }))
    const names = zip.raw.toString('latin1')
    expect(names).not.toContain('.HEIC')
    expect(names.match(/devis-mise-en-conformite[^/]*\.pdf/gi)?.length).toBeGreaterThan(0)
  })

  it('are put in another order from the page, without being sent again', async () => {
    const place = await at(1, ONE)
    const before = await place.current()
    const [album] = documentsWithOriginals(before)
    if (album === undefined) throw new Error('no album')
    const [first, second, third] = album.originals.map(({ id }) => `page-${id}`)
    const action = urlTo('memberOrderPages', {
      token: place.token,
      piece: place.pieceId,
      file: album.document.id,
    })
    expect((await member.get(place.url)).html).toContain(action)
    const answer = await member.submit(action, { [`${first}`]: '3', [`${second}`]: '1', [`${third}`]: '2' })
    expect(answer.status).toBe(303)
    expect(read((await member.follow(answer)).html)).toContain('Pages réordonnées : version 2.')
    const after = await place.current()
    expect(after.number).toBe(2)
    expect(after.files.map(({ name }) => name)).toEqual([
      'Photos réunies (3 pages).pdf',
      'IMG_2.HEIC',
      'IMG_3.jpg',
      'IMG_1.jpg',
    ])
    expect(after.files[0]?.sha256).not.toBe(before.files[0]?.sha256)
    const boxes = await pageBoxes(after.files[0]?.sha256 ?? '')
    expect(boxes).toEqual(['841.89 595.28', '595.28 841.89', '841.89 595.28'])

    // Back as they were, by the porteur: the very bytes of the first version.
    const carrier = await signInPorteur(test)
    const pieceUrl = urlTo('piece', { grappe: grappe.grappeId, piece: place.pieceId })
    expect((await carrier.get(pieceUrl)).html).toContain('Réordonner les pages')
    const ids = after.files.slice(1).map(({ id }) => `page-${id}`)
    const back = await carrier.submit(
      urlTo('orderPagesAsPorteur', {
        grappe: grappe.grappeId,
        piece: place.pieceId,
        file: after.files[0]?.id ?? '',
      }),
      { [`${ids[0]}`]: '2', [`${ids[1]}`]: '3', [`${ids[2]}`]: '1' },
    )
    expect(back.status).toBe(303)
    expect((await place.current()).files[0]?.sha256).toBe(before.files[0]?.sha256)

    // The form of a version that is not the last one any more changes nothing.
    expect((await member.submit(action, { [`${first}`]: '3' })).status).toBe(404)
    expect(await place.versions()).toHaveLength(3)
  })

  it('make one PDF beside another document; a second deposit that keeps them keeps each with its own', async () => {
    const place = await at(0, SEVERAL)
    const sent = [
      { name: 'a.jpg', bytes: await shot('#111111') },
      { name: 'bail.pdf', bytes: await pdf('Bail') },
      { name: 'b.jpg', bytes: await shot('#222222') },
    ]
    await member.upload(place.url, form(sent))
    expect(documentsOf(await place.current()).map(({ name }) => name)).toEqual([
      'Photos réunies (2 pages).pdf',
      'bail.pdf',
    ])
    await member.upload(place.url, form([{ name: 'c.jpg', bytes: await shot('#333333') }], { garder: 'oui' }))
    const albums = documentsWithOriginals(await place.current())
    expect(
      albums.map(({ document, originals }) => [document.name, originals.map(({ name }) => name)]),
    ).toEqual([
      ['Photos réunies (2 pages).pdf', ['a.jpg', 'b.jpg']],
      ['bail.pdf', []],
      ['c.pdf', ['c.jpg']],
    ])
  })

  it('that cannot be decoded are refused by name, and the others make the PDF', async () => {
    const place = await at(2, SEVERAL)
    const good = await shot('#444444')
    const broken = Buffer.concat([good.subarray(0, 300), Buffer.alloc(4000, 5), Buffer.from([0xff, 0xd9])])
    const answer = await member.upload(
      place.url,
      form([
        { name: 'bonne.jpg', bytes: good },
        { name: 'abîmée.jpg', bytes: broken },
      ]),
    )
    expect(answer.status).toBe(422)
    expect(read(answer.html)).toContain('La photo « abîmée.jpg » n’a pas pu être lue')
    expect((await place.current()).files.map(({ name }) => name)).toEqual(['bonne.pdf', 'bonne.jpg'])

    const alone = await member.upload(place.url, form([{ name: 'abîmée.jpg', bytes: broken }]))
    expect(alone.status).toBe(422)
    expect(await place.versions()).toHaveLength(1)
  })

  it('beside a document where one file is awaited: the first sort is kept, the other is told why', async () => {
    const place = await at(3, ONE)
    const answer = await member.upload(
      place.url,
      form([
        { name: 'fiche.pdf', bytes: await pdf('Fiche') },
        { name: 'photo.jpg', bytes: await shot('#555555') },
      ]),
    )
    expect(answer.status).toBe(422)
    expect(read(answer.html)).toContain('« photo.jpg » n’a pas été pris : cette pièce attend un seul fichier')
    expect((await place.current()).files.map(({ name }) => name)).toEqual(['fiche.pdf'])
  })

  it('stay photos where no PDF is accepted, and a HEIC becomes a JPEG', async () => {
    await define(SEVERAL, { formats: ['jpg', 'png'] })
    const place = await at(4, SEVERAL)
    await member.upload(
      place.url,
      form([
        { name: 'salle.jpg', bytes: await shot('#666666', 500, 400) },
        { name: 'couloir.heic', bytes: await readFile('test/fixtures/photos/photo.heic') },
      ]),
    )
    expect(
      (await place.current()).files.map(({ name, role, mediaType, width }) => [name, role, mediaType, width]),
    ).toEqual([
      ['salle.jpg', 'document', 'image/jpeg', 500],
      ['couloir.jpg', 'document', 'image/jpeg', 320],
      ['couloir.heic', 'original', 'image/heic', 320],
    ])
  })
})

/** Changes one piece of the grappe's own copy of its call. */
async function define(code: string, changes: Partial<Pick<PieceDefinition, 'formats' | 'severalFiles'>>) {
  const [row] = await test.context.db.select().from(grappes)
  if (row === undefined) throw new Error('no grappe')
  const call = storedCall(row.call)
  const changed = call.pieces.map(piece => (piece.code === code ? { ...piece, ...changes } : piece))
  await test.context.db.update(grappes).set({ call: { ...call, pieces: changed } })
}

async function pageBoxes(sha256: string): Promise<string[]> {
  const size = (await test.context.blobs.size(sha256)) ?? 0
  const bytes = Buffer.alloc(size)
  await test.context.blobs.read(sha256, 0, bytes)
  return [...bytes.toString('latin1').matchAll(/\/MediaBox \[0 0 ([^\]]*)\]/g)].map(([, box]) => box ?? '')
}
