/** Controlling many pieces: one after the other, beside an earlier version, or many at once; then taking the board away. */
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer, pieceAnswer, receivedAnswer } from '../../schema/contracts/api.ts'
import * as relations from '../../schema/relations.ts'
import * as tables from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { planBoard, planDossier } from '../../server/domain/dossier-plan.ts'
import { progressOf } from '../../server/domain/progress.ts'
import { reservedFor } from '../../server/http/pages/reserved.ts'
import type { Database } from '../../server/steps/ports.ts'
import { readBoard, readSnapshot } from '../../server/steps/read/read-snapshot.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

type Board = z.infer<typeof boardAnswer>
type PieceBody = z.infer<typeof pieceAnswer>
type ReceiptBody = z.infer<typeof receivedAnswer>

const CODE = 'etat-des-lieux'

let test: TestApp
let api: ApiClient
let porteur: PageClient
let grappe: string

beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  grappe = (await createTestGrappe(api, 6)).grappeId
  porteur = await signInPorteur(test)
})
afterAll(() => test.close())

const words = (page: { html: string }) => textOf(page).replaceAll('\u00a0', ' ').replaceAll(' ', ' ')

const board = async () => (await api.call<Board>('GET', fill(API_PATHS.board, { grappe }))).body

async function pieceOf(order: number): Promise<string> {
  const found = (await board()).pieces.filter(
    ({ code, owner }) => code === CODE && owner.name.endsWith(` ${order}`),
  )[0]
  if (found?.pieceId == null) throw new Error(`nothing is owed by ${order}`)
  return found.pieceId
}

async function deposit(piece: string, name: string) {
  const receipt = await api.upload<ReceiptBody>(
    fill(API_PATHS.versions, { grappe, piece }),
    form([{ name, bytes: await pdf(name) }]),
  )
  expect(receipt.status).toBe(201)
  return receipt.body.version
}

const read = async (piece: string) =>
  (await api.call<PieceBody>('GET', fill(API_PATHS.piece, { grappe, piece }))).body

describe('the porteur controls one piece after the other', () => {
  it('is led to the next piece once it has decided, and may come back to what it decided', async () => {
    const [first, second, third] = [await pieceOf(1), await pieceOf(2), await pieceOf(3)]
    const versions = [await deposit(first, '1.pdf'), await deposit(second, '2.pdf')]
    const opened = await porteur.get(urlTo('piece', { grappe, piece: first }))
    // Whose call this is, and that it is none, as on each page of the grappe.
    expect(words(opened)).toContain('Appel fictif de démonstration fictif')
    const accepted = await porteur.submit(urlTo('decidePiece', { grappe, piece: first }), {
      versionId: versions[0]?.id ?? '',
      decision: 'acceptee',
    })
    expect(accepted.location).toBe(`${urlTo('piece', { grappe, piece: second })}?apres=${first}`)
    const next = await porteur.follow(accepted)
    expect(words(next)).toContain('Pièce acceptée. Personne n’en est prévenu. Voici la suivante à contrôler.')
    expect(next.html).toContain(`href="${urlTo('piece', { grappe, piece: first })}"`)
    expect(words(next)).toContain('Revenir sur la décision précédente')

    // The last one stays where it is, and so does whoever changes its mind.
    const refused = await porteur.submit(urlTo('decidePiece', { grappe, piece: second }), {
      versionId: versions[1]?.id ?? '',
      decision: 'refusee',
      motif: 'Le document concerne un autre établissement.',
    })
    expect(refused.location).toBe(urlTo('piece', { grappe, piece: second }))
    expect((await read(second)).versions[0]?.motive).toBe('Le document concerne un autre établissement.')
    await deposit(third, '3.pdf')
    const changed = await porteur.follow(refused)
    expect(changed.html).toContain('name="rester"')
    const again = await porteur.submit(urlTo('decidePiece', { grappe, piece: second }), {
      versionId: versions[1]?.id ?? '',
      decision: 'acceptee',
      rester: 'oui',
    })
    expect(again.location).toBe(urlTo('piece', { grappe, piece: second }))
  })

  it('chooses a usual motive from a list that says whose it is', async () => {
    const page = await porteur.get(urlTo('piece', { grappe, piece: await pieceOf(3) }))
    expect(words(page)).toContain('Cette liste est celle de grappe-kit, elle n’a rien d’officiel.')
    for (const name of [
      'Signature manquante',
      'Document illisible',
      'Mauvaise pièce',
      'Pièce incomplète',
      'Document périmé',
      'Mauvais établissement',
    ]) {
      expect(page.html).toMatch(new RegExp(`<option value="[^"]+">${name}</option>`))
    }
  })

  it('looks at an earlier version beside the new one', async () => {
    const piece = await pieceOf(3)
    const newer = await deposit(piece, '3 bis.pdf')
    const url = urlTo('piece', { grappe, piece })
    const alone = await porteur.get(url)
    expect(alone.html.match(/<iframe/g)).toHaveLength(1)
    const link = /href="([^"]+comparer=[^"]+)"/.exec(alone.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const both = await porteur.get(link)
    expect(both.html.match(/<iframe/g)).toHaveLength(2)
    expect(words(both)).toMatch(/Version 1, avant.*Version 2, la dernière/)
    expect(both.html).toContain(urlTo('previewFile', { grappe, file: newer.files[0]?.id ?? '' }))
    // The current version beside itself, or that of another piece, is not a comparison.
    expect((await porteur.get(`${url}?comparer=${newer.id}`)).html.match(/<iframe/g)).toHaveLength(1)
  })
})

describe('the porteur accepts many pieces at once', () => {
  const boxesOf = (html: string) =>
    [...html.matchAll(/name="choix" value="([^"]+)"/g)].map(([, box]) => box ?? '')
  const choices = (boxes: readonly string[]) => boxes.map((box): [string, string] => ['choix', box])

  it('chooses on the board, reads the list, accepts, and each has its line in the journal', async () => {
    const [five, six] = [await pieceOf(5), await pieceOf(6)]
    await deposit(five, '5.pdf')
    await deposit(six, '6.pdf')
    const page = await porteur.get(urlTo('board', { grappe }))
    const boxes = boxesOf(page.html)
    expect(boxes).toHaveLength(3)
    expect(page.html).toMatch(/aria-label="Choisir «.[^"]+.» de EHPAD n°.5, version 1"/)
    expect(words(page)).toContain('3 pièces attendent votre contrôle')
    // Whoever only reads ticks none of them, nor all at once.
    const readOnly = reservedFor('lire', page.html, urlTo('board', { grappe }))
    const ticked = [...readOnly.matchAll(/<input type="checkbox"[^>]*>/g)].map(([box]) => box)
    expect(ticked.filter(box => box.includes('data-choose-all')).length).toBeGreaterThan(0)
    for (const box of ticked) expect(box).toContain(' disabled')

    const shown = await porteur.submit(urlTo('chosenPieces', { grappe }), choices(boxes))
    expect(shown.status).toBe(200)
    expect(words(shown)).toContain('3 pièces choisies')
    expect(words(shown)).toContain('Accepter les 3 pièces choisies')
    expect((await read(five)).state).toBe('deposee')

    const accepted = await porteur.submit(urlTo('acceptPieces', { grappe }), choices(boxesOf(shown.html)))
    expect(words(accepted)).toContain('3 pièces acceptées. Personne n’en est prévenu.')
    expect([(await read(five)).state, (await read(six)).state]).toEqual(['acceptee', 'acceptee'])
    const journal = words(await porteur.get(urlTo('journal', { grappe })))
    for (const order of [3, 5, 6])
      expect(journal).toMatch(new RegExp(`de EHPAD n° ${order}, version \\d, acceptée`))
  })

  it('takes an acceptance back while nothing was sealed with it, and is told what stays', async () => {
    const other = await createTestGrappe(api, 2, 'Grappe distraite')
    const at = { grappe: other.grappeId }
    const owed = async () =>
      (await api.call<Board>('GET', fill(API_PATHS.board, at))).body.pieces.filter(
        ({ code }) => code === CODE,
      )
    for (const { pieceId } of await owed()) {
      const url = fill(API_PATHS.versions, { ...at, piece: pieceId ?? '' })
      await api.upload(url, form([{ name: 'a.pdf', bytes: await pdf('a') }]))
    }
    const boxes = boxesOf((await porteur.get(urlTo('board', at))).html)
    const accepted = await porteur.submit(urlTo('acceptPieces', at), choices(boxes))
    expect(words(accepted)).toContain('Annuler ces 2 acceptations')
    // One of them is decided again meanwhile: it stays as decided.
    const [first, second] = boxes
    const decided = (await owed()).find(({ owner }) => owner.id === first?.split(' ')[0])
    await api.call('POST', fill(API_PATHS.decision, { ...at, piece: decided?.pieceId ?? '' }), {
      versionId: decided?.version?.id,
      decision: 'refusee',
      motive: 'Page 2 illisible.',
    })
    const undo = await porteur.submit(urlTo('undoAcceptance', at), choices(boxesOf(accepted.html)))
    expect(words(await porteur.follow(undo))).toContain(
      '1 acceptation annulée : la pièce est de nouveau à contrôler. Personne n’en est prévenu. ' +
        '1 pièce a changé depuis : rien n’y est touché.',
    )
    expect(new Set((await owed()).map(({ state }) => state))).toEqual(new Set(['refusee', 'deposee']))
    expect(words(await porteur.get(urlTo('journal', at)))).toContain('version 1, de nouveau à contrôler.')

    // Sealed since: the version that was handed over says « acceptée », and so does the piece.
    test.setNow('2026-06-03T10:00:00.000Z')
    const again = choices([second ?? ''])
    await porteur.submit(urlTo('acceptPieces', at), again)
    test.setNow('2026-06-03T11:00:00.000Z')
    expect((await api.call('POST', fill(API_PATHS.seals, at), { incomplet: true })).status).toBeLessThan(300)
    const kept = await porteur.submit(urlTo('undoAcceptance', at), again)
    test.setNow(START)
    expect(words(await porteur.follow(kept))).toContain(
      'Aucune acceptation n’a été annulée. 1 pièce reste acceptée : une version scellée les contient.',
    )
  })

  it('is told which one got a newer version while it was choosing; the others are accepted', async () => {
    const other = await createTestGrappe(api, 2, 'Grappe pressée')
    const at = { grappe: other.grappeId }
    const owed = (await api.call<Board>('GET', fill(API_PATHS.board, at))).body.pieces.filter(
      ({ code }) => code === CODE,
    )
    for (const { pieceId } of owed) {
      const url = fill(API_PATHS.versions, { ...at, piece: pieceId ?? '' })
      await api.upload(url, form([{ name: 'a.pdf', bytes: await pdf('a') }]))
    }
    const boxes = boxesOf((await porteur.get(urlTo('board', at))).html)
    const late = owed[0]?.pieceId ?? ''
    const newer = fill(API_PATHS.versions, { ...at, piece: late })
    await api.upload(newer, form([{ name: 'b.pdf', bytes: await pdf('b') }]))

    const shown = await porteur.submit(urlTo('chosenPieces', at), choices(boxes))
    expect(words(shown)).toContain('1 pièce ne sera pas acceptée')
    expect(words(shown)).toContain('Accepter cette pièce')
    // Sent as chosen on the board all the same.
    const accepted = await porteur.submit(urlTo('acceptPieces', at), choices(boxes))
    expect(accepted.status).toBe(200)
    expect(words(accepted)).toContain('1 pièce acceptée.')
    expect(words(accepted)).toContain('Une version plus récente est arrivée : lisez-la, puis décidez.')
    const states = (await api.call<Board>('GET', fill(API_PATHS.board, at))).body.pieces
      .filter(({ code }) => code === CODE)
      .map(({ state }) => state)
    expect(states).toEqual(['deposee', 'acceptee'])
  })

  it('is told of each box that names nothing in this grappe, and accepts the others', async () => {
    const [mine, theirs] = await Promise.all(
      ['Grappe sûre', 'Grappe d’à côté'].map(name => createTestGrappe(api, 1, name)),
    )
    for (const at of [mine, theirs]) {
      const { body } = await api.call<Board>('GET', fill(API_PATHS.board, { grappe: at?.grappeId ?? '' }))
      const piece = body.pieces.find(({ code }) => code === CODE)?.pieceId ?? ''
      const url = fill(API_PATHS.versions, { grappe: at?.grappeId ?? '', piece })
      await api.upload(url, form([{ name: 'a.pdf', bytes: await pdf('a') }]))
    }
    const boxesIn = async (at?: { grappeId: string }) =>
      boxesOf((await porteur.get(urlTo('board', { grappe: at?.grappeId ?? '' }))).html)
    const [own = ''] = await boxesIn(mine)
    const next = own.replace(/ 1$/, ' 2')
    const choice = choices([own, next, ...(await boxesIn(theirs))])
    const at = { grappe: mine?.grappeId ?? '' }
    const shown = await porteur.submit(urlTo('chosenPieces', at), choice)
    expect(words(shown)).toContain('2 pièces ne seront pas acceptées')
    const accepted = await porteur.submit(urlTo('acceptPieces', at), choice)
    expect(words(accepted)).toContain('1 pièce acceptée.')
    expect(words(accepted)).toContain('2 pièces n’ont pas été acceptées')
    const undone = await porteur.submit(urlTo('undoAcceptance', at), choice)
    expect(words(await porteur.follow(undone))).toContain('1 acceptation annulée')
    expect(await boxesIn(theirs)).toHaveLength(1)
  })

  it('is told to choose when nothing is chosen, and changes nothing without the form’s token', async () => {
    const url = urlTo('chosenPieces', { grappe })
    const none = await porteur.submit(url)
    expect(words(await porteur.follow(none))).toContain('Choisissez au moins une pièce.')
    for (const choix of ['a.b', `${grappe} etat-des-lieux`, `${grappe} etat-des-lieux 0`]) {
      const nonsense = await porteur.submit(urlTo('acceptPieces', { grappe }), { choix })
      expect(nonsense.location).toBe(urlTo('board', { grappe }))
    }
    expect((await porteur.submit(url, { csrf: 'faux', choix: 'a.b' })).status).toBe(403)
    expect((await porteur.get(url)).location).toBe(urlTo('board', { grappe }))
  })
})

describe('the porteur takes the board away', () => {
  const linesOf = async (query: string) => {
    const csv = await porteur.get(`${urlTo('boardCsv', { grappe })}${query}`)
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(csv.headers['content-disposition']).toMatch(/^attachment; filename="Tableau_.*\.csv"/)
    expect(csv.raw.subarray(0, 3).toString('hex')).toBe('efbbbf')
    return parse(csv.raw, { bom: true, delimiter: ';', columns: true }) as Record<string, string>[]
  }

  it('has every expected piece in the CSV, or those of the lines that its filter shows', async () => {
    const all = await linesOf('')
    expect(all).toHaveLength((await board()).pieces.length)
    expect(all.find(line => line.Nom?.endsWith(' 5') && line.Version === '1')).toMatchObject({
      Niveau: 'ESMS',
      État: 'acceptée',
      'En retard': 'non',
      'Déposée le': '2026-06-01',
      'Déposée par': 'porteuse@exemple.fr',
    })
    const some = await linesOf(`?texte=${encodeURIComponent('n° 5')}`)
    expect(new Set(some.map(({ Nom }) => Nom))).toHaveProperty('size', 1)
    expect(some.length).toBeLessThan(all.length)
    const page = await porteur.get(`${urlTo('board', { grappe })}?etat=acceptee`)
    expect(page.html).toContain(`href="${urlTo('boardCsv', { grappe })}?etat=acceptee"`)
    expect(page.html).toContain(`href="${urlTo('dossierXlsx', { grappe })}"`)
  })

  it('holds no formula, whatever a member is called', async () => {
    const hostile = await api.call<{ id: string }>('POST', fill(API_PATHS.ogs, { grappe }), {
      name: '=HYPERLINK("http://exemple.fr";"clic")',
    })
    await api.call('POST', fill(API_PATHS.allEsms, { grappe }), { name: '@SUM(1;2)', ogId: hostile.body.id })
    const names = new Set((await linesOf('')).flatMap(({ Nom, OG }) => [Nom, OG]))
    expect(names).toContain('\'=HYPERLINK("http://exemple.fr";"clic")')
    expect(names).toContain("'@SUM(1;2)")
  })

  it('reads how far it has come against the last day, as a drawing and as a table', async () => {
    test.setNow('2026-06-03T10:00:00.000Z')
    const page = await (await signInPorteur(test)).get(urlTo('board', { grappe }))
    test.setNow(START)
    expect(words(page)).toMatch(
      /Au mercredi 3 juin 2026 : \d+ pièces obligatoires déposées et valables, dont \d+ acceptées, sur \d+ attendues\./,
    )
    expect(page.html).toMatch(/<svg role="img" aria-label="Courbe des pièces obligatoires/)
    expect(words(page)).toContain('Lire les chiffres')
    expect(words(page)).toContain('lundi 1er juin 2026')
    expect(page.html).not.toMatch(/ style=/)
  })
})

describe('a board drawn before', () => {
  const ask = (client: PageClient, headers: Record<string, string> = {}) =>
    test.app.inject({
      url: urlTo('board', { grappe }),
      headers: { cookie: client.cookieHeader(), ...headers },
    })
  const tokenOf = (html: string) => /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''

  it('is sent again to the same person, with another token each time, which is never compressed', async () => {
    await porteur.get(urlTo('board', { grappe }))
    const first = await ask(porteur)
    const zipped = await ask(porteur, { 'accept-encoding': 'gzip' })
    const html = gunzipSync(zipped.rawPayload).toString()
    const token = tokenOf(html)
    expect(token).toMatch(/^[\w-]{60,}$/)
    expect(token).not.toBe(tokenOf(first.body))
    expect(html.replaceAll(token, '')).toBe(first.body.replaceAll(tokenOf(first.body), ''))
    expect(zipped.rawPayload.includes(token)).toBe(true)
    expect(zipped.headers).toMatchObject({ vary: 'accept-encoding', 'cache-control': 'no-store' })
    // Nothing of what stands for it while it is drawn.
    expect(html.match(/name="csrf"/g)?.length).toBe(html.split(token).length - 1)
    const sent = await porteur.submit(urlTo('chosenPieces', { grappe }), { csrf: token })
    expect(sent.status).not.toBe(403)
  })

  it('is not sent whole to whoever holds it, until something changes; nothing of it is another’s', async () => {
    await porteur.get(urlTo('board', { grappe }))
    const { etag = '' } = (await ask(porteur)).headers
    expect((await ask(porteur, { 'if-none-match': String(etag) })).statusCode).toBe(304)
    const elsewhere = await signInPorteur(test)
    await elsewhere.get(urlTo('board', { grappe }))
    expect((await ask(elsewhere, { 'if-none-match': String(etag) })).statusCode).toBe(200)
    await api.call('PUT', fill(API_PATHS.grappe, { grappe }), { name: 'Grappe renommée' })
    const after = await ask(porteur, { 'if-none-match': String(etag) })
    expect(after.statusCode).toBe(200)
    expect(after.body).toContain('Grappe renommée')
  })

  it('is the same without the journal, reviews and opinions', async () => {
    const [whole, light] = [await readSnapshot(test.context, grappe), await readBoard(test.context, grappe)]
    if (whole === null || light === null) throw new Error('There is no grappe')
    const [plan, board] = [planDossier(whole), planBoard(light)]
    expect(board.rows).toEqual(plan.rows)
    expect(board.rows.some(({ version }) => (version?.number ?? 0) > 1)).toBe(true)
    expect(progressOf(board, light.pieces, whole.today)).toEqual(progressOf(plan, whole.pieces, whole.today))
  })
})

describe('a larger grappe', () => {
  it('is read with as many queries as a small one', async () => {
    const queriesFor = async (grappeId: string) => {
      const queries: string[] = []
      const logger = { logQuery: (query: string) => void queries.push(query) }
      const { $client } = test.context.db as unknown as { $client: never }
      const asked = { client: $client, schema: { ...tables, ...relations }, logger }
      const db = test.context.database.kind === 'pglite' ? drizzlePglite(asked) : drizzlePg(asked)
      const snapshot = await readSnapshot({ ...test.context, db: db as Database }, grappeId)
      return { pieces: snapshot?.pieces.length ?? 0, queries: queries.length }
    }
    const small = await queriesFor((await createTestGrappe(api, 1, 'Petite')).grappeId)
    const large = await queriesFor((await createTestGrappe(api, 30, 'Grande')).grappeId)
    expect(large.pieces).toBeGreaterThan(small.pieces + 20)
    expect(small.queries).toBeGreaterThan(5)
    expect(large.queries).toBe(small.queries)
  })
})
