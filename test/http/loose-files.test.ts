/** Files that the porteur has already, sent together and filed: pages, archives, messages, and what goes wrong. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { documentsOf } from '../../server/domain/piece.ts'
import { looseLane } from '../../server/steps/collection/loose-files.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { emlOf, inCp850, msgOf, type ZipEntry, zipOf } from '../support/envelopes.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, fictionalFiness, type TestGrappe } from '../support/grappe.ts'
import { type Page, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

let test: TestApp
let carrier: PageClient
let grappe: TestGrappe
beforeAll(async () => {
  test = await startApp()
  carrier = await signInPorteur(test)
})
beforeEach(async () => {
  grappe = await createTestGrappe(await test.porteur('porteuse@exemple.fr'), 4)
})
afterAll(() => test.close())

const at = () => ({ grappe: grappe.grappeId })
const number = (member: number) => fictionalFiness(member + 1)

async function send(...files: Array<{ name: string; bytes: Buffer }>): Promise<Page> {
  await carrier.get(urlTo('looseFiles', at()))
  const sent = await carrier.upload(urlTo('looseFiles', at()), form(files))
  expect(sent.status).toBe(303)
  return await carrier.get(urlTo('looseFiles', at()))
}

const waiting = async () =>
  (await test.context.uploads.list(looseLane(grappe)))
    .map(({ name, folder }) => [folder, name].filter(Boolean).join('/'))
    .toSorted()

/** Boxes of the page, by the name of their file. */
function boxes({ html }: Page): Map<string, { value: string; checked: boolean }> {
  const found = html.matchAll(
    /<input type="checkbox" id="fichier-[^"]+" name="fichier" value="([^"]+)"( checked)?[^>]*>\s*<label[^>]*>([^<]+?)\s*</g,
  )
  return new Map(
    [...found].map(([, value = '', checked, name = '']) => [name, { value, checked: !!checked }]),
  )
}

async function deposited(): Promise<string[]> {
  const pieces = await readPieces(test.context.db, grappe.grappeId)
  return pieces
    .flatMap(({ code, esmsId, versions }) =>
      versions.map(version => {
        const member = grappe.esmsIds.indexOf(esmsId ?? '')
        const names = documentsOf(version).map(({ name }) => name)
        return `${code} ${member < 0 ? '-' : member}: ${names.join(', ')} (${version.depositedBy})`
      }),
    )
    .toSorted()
}

const file = (values: string[]) =>
  carrier.submit(
    urlTo('fileLooseFiles', at()),
    values.map((value): [string, string] => ['fichier', value]),
  )

describe('files sent together', () => {
  it('are proposed each to its piece with the reason, and filed once that is confirmed', async () => {
    const page = await send(
      { name: `${number(0)} état des lieux.pdf`, bytes: await pdf('A') },
      { name: 'RIB Les Oliviers.pdf', bytes: await pdf('B') },
      { name: 'scan0001.pdf', bytes: await pdf('C') },
    )
    const text = textOf(page)
    expect(text).toContain('2 fichiers reconnus')
    expect(text).toContain('dans le nom du fichier')
    expect(text).toContain('1 fichier à classer à la main')
    expect(await deposited()).toEqual([])
    const found = boxes(page)
    const proposed = [...found.values()].filter(({ checked }) => checked).map(({ value }) => value)
    expect(proposed).toHaveLength(2)
    const filed = await file(proposed)
    expect(filed.status).toBe(303)
    expect(await deposited()).toEqual([
      expect.stringMatching(/^etat-des-lieux 0: .* état des lieux\.pdf \(porteuse/),
      expect.stringMatching(/^rib -: RIB Les Oliviers\.pdf \(porteuse/),
    ])
    const after = await carrier.get(urlTo('looseFiles', at()))
    expect(textOf(after)).toContain('2 fichiers déposés pour 2 pièces.')
    expect(await waiting()).toEqual(['scan0001.pdf'])

    const byHand = await carrier.submit(urlTo('fileLooseFilesTo', at()), {
      fichier: boxes(after).get('scan0001.pdf')?.value ?? '',
      membre: grappe.esmsIds[1] ?? '',
      piece: 'mandat-porteur',
    })
    expect(byHand.status).toBe(422)
    expect(textOf(byHand)).toContain('n’est pas demandée à ce membre')
    const well = await carrier.submit(urlTo('fileLooseFilesTo', at()), {
      fichier: boxes(after).get('scan0001.pdf')?.value ?? '',
      membre: grappe.esmsIds[1] ?? '',
      piece: 'schema-directeur',
    })
    expect(well.status).toBe(303)
    expect(await deposited()).toContainEqual(expect.stringMatching(/^schema-directeur -: scan0001\.pdf/))
    expect(await waiting()).toEqual([])
  })

  it('come out of archives, in folders, with their names in any encoding, none of them climbing out', async () => {
    const pdfs = await Promise.all(['A', 'B', 'C', 'D'].map(pdf))
    const bytes = (rank: number) => pdfs[rank] ?? Buffer.alloc(0)
    await send({
      name: 'Pièces reçues.zip',
      bytes: zipOf([
        { name: inCp850(`EHPAD\\${number(1)}\\État des lieux.pdf`), bytes: bytes(0) },
        { name: '../../../etc/passwd/relevé.pdf', bytes: bytes(1) },
        { name: '__MACOSX/._relevé.pdf', bytes: Buffer.from('x') },
        { name: '.DS_Store', bytes: Buffer.from('x') },
        {
          name: 'courrier.eml',
          bytes: emlOf({
            from: 'contact3@exemple.fr',
            subject: 'État des lieux',
            attachments: [{ name: 'scan é.pdf', bytes: bytes(2) }],
          }),
        },
        { name: 'dedans.zip', bytes: zipOf([{ name: 'Budget.pdf', bytes: bytes(3) }]) },
      ]),
    })
    expect(await waiting()).toEqual(
      [
        'Pièces reçues.zip/courrier.eml/scan é.pdf',
        'Pièces reçues.zip/dedans.zip/Budget.pdf',
        `Pièces reçues.zip/EHPAD/${number(1)}/État des lieux.pdf`,
        'Pièces reçues.zip/etc/passwd/relevé.pdf',
      ].toSorted(),
    )
    const page = await carrier.get(urlTo('looseFiles', at()))
    expect(textOf(page)).toContain('écrit depuis contact3@exemple.fr')
    await file([...boxes(page).values()].filter(({ checked }) => checked).map(({ value }) => value))
    expect(await deposited()).toEqual([
      expect.stringContaining('budget -: Budget.pdf'),
      expect.stringContaining('etat-des-lieux 1: État des lieux.pdf'),
      expect.stringContaining('etat-des-lieux 2: scan é.pdf'),
    ])
  })

  it('keep their namesakes apart, in two folders or twice in one', async () => {
    const [one, other, third] = await Promise.all(['A', 'B', 'C'].map(pdf))
    const page = await send({
      name: 'Pièces.zip',
      bytes: zipOf([
        { name: `${number(0)}/état des lieux.pdf`, bytes: one ?? Buffer.alloc(0) },
        { name: `${number(1)}/état des lieux.pdf`, bytes: other ?? Buffer.alloc(0) },
        { name: `${number(1)}/état des lieux.pdf`, bytes: third ?? Buffer.alloc(0) },
      ]),
    })
    expect(await waiting()).toHaveLength(3)
    const all = [...page.html.matchAll(/name="fichier" value="([^"]+)"/g)].map(([, value = '']) => value)
    await file(all)
    expect(await deposited()).toEqual([
      expect.stringMatching(/^etat-des-lieux 0: état des lieux\.pdf \(/),
      expect.stringMatching(/^etat-des-lieux 1: état des lieux\.pdf, état des lieux\.pdf \(/),
    ])
    expect(await waiting()).toEqual([])
  })

  it('and of messages saved by Outlook', async () => {
    const attachments = [{ name: 'scan état.pdf', bytes: await pdf('M') }]
    const page = await send({
      name: 'TR pièce.msg',
      bytes: msgOf({ from: 'contact2@exemple.fr', subject: 'Notre état des lieux', attachments }),
    })
    expect(await waiting()).toEqual(['TR pièce.msg/scan état.pdf'])
    expect(textOf(page)).toContain('écrit depuis contact2@exemple.fr')
    expect([...boxes(page).values()][0]?.checked).toBe(true)
  })

  const SAMPLE = Buffer.from('%PDF-1.4 sample')
  const one = (changes: Partial<ZipEntry> = {}) => zipOf([{ name: 'a.pdf', bytes: SAMPLE, ...changes }])
  it.each([
    ['protected', () => one({ encrypted: true }), 'protégée par un mot de passe'],
    ['cut', () => one().subarray(0, 60), 'abîmé ou incomplet'],
    ['without a document', () => zipOf([{ name: '.DS_Store', bytes: SAMPLE }]), 'ne contient aucun document'],
    ['not one', () => Buffer.from('bonjour'), 'ni une archive ZIP ni un message'],
    ['huge once opened', () => one({ announced: 4_000_000_000 }), 'place démesurée'],
    [
      'of 5,000 entries',
      () => zipOf(Array.from({ length: 5000 }, (_, rank) => ({ name: `${rank}.pdf`, bytes: SAMPLE }))),
      'plus de fichiers qu’il n’en tient ici',
    ],
  ])('an archive %s stays as it is, and says what to do', async (_, bytes, sentence) => {
    const page = await send({ name: 'envoi.zip', bytes: bytes() })
    expect(textOf(page)).toContain(sentence)
    expect(await waiting()).toEqual(['envoi.zip'])
    expect((await carrier.submit(urlTo('openLooseFiles', at()), {})).status).toBe(303)
    expect(await waiting()).toEqual(['envoi.zip'])
    const removed = await carrier.submit(urlTo('removeLooseFiles', at()), {
      fichier: boxes(page).get('envoi.zip')?.value ?? '',
    })
    expect(removed.status).toBe(303)
    expect(await waiting()).toEqual([])
  })

  it('an archive damaged in part gives the rest, and names what to ask for again', async () => {
    const page = await send({
      name: 'envoi.zip',
      bytes: zipOf([
        { name: 'Budget.pdf', bytes: await pdf('B') },
        { name: 'RIB.pdf', bytes: await pdf('R'), damaged: true },
      ]),
    })
    expect(await waiting()).toEqual(['envoi.zip', 'envoi.zip/Budget.pdf'])
    expect(textOf(page)).toMatch(/« RIB\.pdf » y est abîmé/)
    // Asked for again, nothing comes twice.
    await carrier.submit(urlTo('openLooseFiles', at()), {})
    expect(await waiting()).toEqual(['envoi.zip', 'envoi.zip/Budget.pdf'])
  })

  it('of one piece that takes one are not filed by default, and those that it refuses stay with the reason', async () => {
    const page = await send(
      { name: 'RIB.pdf', bytes: await pdf('1') },
      { name: 'dossier RIB.pdf', bytes: Buffer.from('not a PDF') },
    )
    expect(textOf(page)).toContain('Ni le nom ni les dossiers ne disent de quel membre')
    const named = await send(
      { name: 'Oliviers RIB (1).pdf', bytes: await pdf('2') },
      { name: 'Oliviers RIB (2).pdf', bytes: Buffer.from('not a PDF') },
    )
    expect(textOf(named)).toContain('qui n’en attend qu’un')
    const both = ['Oliviers RIB (1).pdf', 'Oliviers RIB (2).pdf'].map(name => boxes(named).get(name))
    expect(both.map(box => box?.checked)).toEqual([false, false])
    await file([both[1]?.value ?? ''])
    expect(await deposited()).toEqual([])
    const refused = await carrier.get(urlTo('looseFiles', at()))
    expect(textOf(refused)).toMatch(/« Oliviers RIB \(2\)\.pdf » n’est pas dans un format accepté/)
    expect(await waiting()).toContain('Oliviers RIB (2).pdf')
  })

  it('are looked at with the precautions of any file, by their porteur alone', async () => {
    await send(
      { name: 'page.html', bytes: Buffer.from('<script>alert(1)</script>') },
      { name: 'a.pdf', bytes: await pdf('A') },
    )
    const ids = new Map(
      (await test.context.uploads.list(looseLane(grappe))).map(({ name, id }) => [name, id]),
    )
    const address = (name: string) => urlTo('looseFile', { ...at(), upload: ids.get(name) ?? '' })
    const shown = await carrier.get(address('a.pdf'))
    expect(shown.headers['content-type']).toBe('application/pdf')
    expect(shown.headers['content-disposition']).toMatch(/^inline/)
    expect(shown.headers['content-security-policy']).toContain('sandbox')
    expect(shown.raw.equals(await pdf('A'))).toBe(true)
    const html = await carrier.get(address('page.html'))
    expect(html.headers['content-disposition']).toMatch(/^attachment/)
    expect(html.headers['x-content-type-options']).toBe('nosniff')
    const other = await signInPorteur(test, 'autre@exemple.fr')
    expect((await other.get(address('a.pdf'))).status).toBe(404)
    expect((await other.get(urlTo('looseFiles', at()))).status).toBe(404)
    const elsewhere = await createTestGrappe(await test.porteur('autre@exemple.fr'), 1)
    expect(
      (await other.get(urlTo('looseFile', { grappe: elsewhere.grappeId, upload: ids.get('a.pdf') ?? '' })))
        .status,
    ).toBe(404)
  })

  it('are shown a hundred at a time, on a page that a bad line brings', async () => {
    const files = Array.from({ length: 130 }, (_, rank) => ({
      name: `${number(rank % 4)} pièce numérisée au secrétariat ${rank}.pdf`,
      bytes: Buffer.from('%PDF-1.4'),
    }))
    const page = await send(...files)
    expect(boxes(page).size).toBe(100)
    expect(textOf(page)).toContain('30 autres fichiers s’afficheront une fois ceux-ci classés')
    expect(page.raw.length).toBeLessThan(100_000)
  })

  it('are filed once by a form sent twice, and a file that was refused is still there', async () => {
    const names = ['Oliviers schéma directeur.pdf', 'Oliviers schéma directeur annexe.pdf']
    const page = await send(
      { name: names[0] ?? '', bytes: await pdf('schéma') },
      { name: names[1] ?? '', bytes: Buffer.from('not a PDF') },
    )
    const values = names.map(name => boxes(page).get(name)?.value ?? '')
    await file(values)
    await file(values)
    expect(await deposited()).toEqual([expect.stringContaining(`: ${names[0]} (`)])
    expect(await waiting()).toEqual([names[1]])
  })

  it('wait fourteen days, as the page says, and no longer', async () => {
    const sentAt = test.context.now()
    await send({ name: 'attente.pdf', bytes: await pdf('Attente') })
    const [kept] = await test.context.uploads.list(looseLane(grappe))
    const days = ((kept?.keptUntil.getTime() ?? 0) - sentAt.getTime()) / 86_400_000
    expect(days).toBeCloseTo(14, 2)
  })

  it('are not taken by an archived grappe', async () => {
    await send({ name: 'RIB.pdf', bytes: await pdf('R') })
    await carrier.submit(urlTo('archiveGrappe', at()), { archiver: 'oui' })
    const page = await carrier.get(urlTo('looseFiles', at()))
    expect(page.html).not.toContain('data-upload=')
    const sent = await carrier.upload(
      urlTo('looseFiles', at()),
      form([{ name: 'b.pdf', bytes: await pdf('B') }]),
    )
    expect(sent.status).toBe(409)
    expect(await waiting()).toEqual(['RIB.pdf'])
  })
})

it('are sent, listed and filed by the API', async () => {
  const porteur = await test.porteur('porteuse@exemple.fr')
  const sent = await porteur.upload(
    fill(API_PATHS.looseFiles, at()),
    form([{ name: `${number(0)} état des lieux.pdf`, bytes: await pdf('A') }]),
  )
  expect(sent.status).toBe(201)
  const listed = await porteur.call<{ fichiers: Array<{ id: string; place: { pieceId: string } }> }>(
    'GET',
    fill(API_PATHS.looseFiles, at()),
  )
  const [first] = listed.body.fichiers
  const filed = await porteur.call('POST', fill(API_PATHS.fileLooseFiles, at()), {
    fichiers: [{ id: first?.id, pieceId: first?.place.pieceId }],
  })
  expect(filed.status).toBe(200)
  expect(await deposited()).toHaveLength(1)
})
