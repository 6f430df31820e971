import { createHash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer, pieceAnswer, receivedAnswer } from '../../schema/contracts/api.ts'
import { mails } from '../../schema/tables.ts'
import { API_PATHS, fill, PATHS, type PathName, urlTo } from '../../schema/urls.ts'
import { type ApiClient, START, startApp, type TestApp } from '../support/app.ts'
import { docx, form, pdf, png } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'

type Board = z.infer<typeof boardAnswer>
type PieceBody = z.infer<typeof pieceAnswer>
type ReceiptBody = z.infer<typeof receivedAnswer>

let test: TestApp
let api: ApiClient
let porteur: PageClient
let grappe: string

beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  grappe = (await createTestGrappe(api, 3)).grappeId
  porteur = await signInPorteur(test)
})
afterAll(() => test.close())

async function pieceOf(owner: string, code: string): Promise<string> {
  const board = await api.call<Board>('GET', fill(API_PATHS.board, { grappe }))
  const found = board.body.pieces.find(piece => piece.owner.name === owner && piece.code === code)
  if (found?.pieceId == null) throw new Error(`${owner} owes no ${code}`)
  return found.pieceId
}

async function deposit(piece: string, name: string, bytes: Buffer): Promise<ReceiptBody['version']> {
  const url = fill(API_PATHS.versions, { grappe, piece })
  const receipt = await api.upload<ReceiptBody>(url, form([{ name, bytes }]))
  expect(receipt.status).toBe(201)
  return receipt.body.version
}

const read = async (piece: string): Promise<PieceBody> =>
  (await api.call<PieceBody>('GET', fill(API_PATHS.piece, { grappe, piece }))).body

const hiddenValue = (html: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]+)"`).exec(html)?.[1] ?? ''

const text = (html: string): string =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/\s+/g, ' ')

describe('the porteur looks at the board', () => {
  it('reads what is missing, until when, the verdict and each member’s pieces', async () => {
    const page = await porteur.get(urlTo('board', { grappe }))
    expect(page.status).toBe(200)
    const words = text(page.html)
    expect(words).toContain('Il manque 6 pièces obligatoires sur 6.')
    expect(words).toContain('Clôture le jeudi 16 juillet 2026 à 23 h 59 : il reste 45 jours.')
    expect(page.html).toContain(`<a href="${urlTo('eligibility', { grappe })}">Non éligible</a>`)
    expect(words).toContain('EHPAD n° 1')
    // Thousands of cells: none weighs the id of its piece.
    const piece = await pieceOf('EHPAD n° 1', 'etat-des-lieux')
    expect(page.html).not.toContain(piece)
    const cell =
      /data-line="esms [^"]+"(?:(?!<\/tr>).)*>EHPAD n°.1<\/a>(?:(?!<\/tr>).)*?href="([^"]+\/etat-des-lieux)"/s.exec(
        page.html,
      )
    const opened = await porteur.get(cell?.[1] ?? '')
    expect(opened.location).toBe(urlTo('piece', { grappe, piece }))
    expect((await porteur.follow(opened)).html).toContain('EHPAD n° 1')
    const ofGrappe = { grappe, owner: grappe, code: 'lettre-engagement-porteur' }
    expect((await porteur.get(urlTo('pieceOf', ofGrappe))).status).toBe(303)
    expect((await porteur.get(urlTo('pieceOf', { ...ofGrappe, code: 'inconnue' }))).status).toBe(404)
    expect(words).toContain('Échéance du 1er juil. (3 pièces) : il reste 30 jours.')
    // Nothing is red for what is optional, and no piece is counted twice.
    expect(page.html).not.toContain('class="etat retard"')
    const counted = [...page.html.matchAll(/data-board-state="[a-z-]+"[^>]*><strong>(\d+)/g)]
    const sum = counted.reduce((total, [, n]) => total + Number(n), 0)
    expect(words).toContain(`${sum} pièces`)
  })

  it('finds everyone who lacks something, with whom to call, and opens a member from its line', async () => {
    const page = await porteur.get(urlTo('board', { grappe }))
    const missing = text(page.html.slice(page.html.indexOf('id="manques"')))
    for (const order of [1, 2, 3]) {
      expect(missing).toContain(
        `EHPAD n° ${order} contact${order}@exemple.fr avant le 1er juil. inclus : État des lieux et prérequis`,
      )
    }
    const [esms = ''] = /\/esms\/[0-9a-f-]{36}/.exec(page.html) ?? []
    expect((await porteur.get(`${urlTo('board', { grappe })}${esms}`)).status).toBe(200)
    const byContact = await porteur.get(`${urlTo('board', { grappe })}?texte=contact2`)
    expect(byContact.html.match(/<tr data-line="esms/g)).toHaveLength(1)
  })

  it('gives no column to what nobody owes', async () => {
    const page = await porteur.get(urlTo('board', { grappe }))
    expect(text(page.html)).not.toContain('sans objet')
    expect(text(page.html)).not.toContain('Répartition des activités du service à domicile')
  })

  it('filters by state, by OG and by text without any script', async () => {
    const board = urlTo('board', { grappe })
    const byText = await porteur.get(`${board}?texte=${encodeURIComponent('ehpad n° 2')}`)
    expect(byText.html).toContain('EHPAD n° 2')
    expect(byText.html).not.toContain('EHPAD n° 1')
    expect(text(byText.html)).toContain('ESMS 1 sur 3')
    const byState = await porteur.get(`${board}?etat=acceptee`)
    expect(text(byState.html)).toContain('Aucune ligne ne correspond à ces filtres')
    const nonsense = await porteur.get(`${board}?etat=bleu&og=1&texte=a&texte=b`)
    expect(text(nonsense.html)).toContain('ESMS 3')
  })

  it('sees first who is late, with what and for how many days', async () => {
    test.setNow('2026-07-04T10:00:00.000Z')
    const page = await (await signInPorteur(test)).get(urlTo('board', { grappe }))
    test.setNow(START)
    expect(text(page.html)).toContain('en retard depuis 3 jours : État des lieux et prérequis')
  })

  it('is told what to do first while the grappe has no member', async () => {
    const empty = await api.call<{ id: string }>('POST', API_PATHS.grappes, {
      name: 'Grappe vide',
      call: 'demonstration',
    })
    const at = { grappe: empty.body.id }
    const page = await porteur.get(urlTo('board', at))
    expect(text(page.html)).toContain('Aucun membre pour l’instant')
    expect(page.html).toContain(`href="${urlTo('members', at)}"`)
    expect((await porteur.get(urlTo('mails', at))).html).toContain('Aucun message pour l’instant')
  })
})

describe('the porteur controls a piece', () => {
  it('sees the document, who deposited it, its fingerprint, and what was asked', async () => {
    const piece = await pieceOf('EHPAD n° 1', 'etat-des-lieux')
    const bytes = await pdf('État des lieux')
    const version = await deposit(piece, 'état des lieux.pdf', bytes)
    const page = await porteur.get(urlTo('piece', { grappe, piece }))
    expect(page.status).toBe(200)
    const words = text(page.html)
    expect(words).toContain('Version 1, déposée le lundi 1er juin 2026')
    expect(words).toContain('par porteuse@exemple.fr')
    expect(words).toContain(createHash('sha256').update(bytes).digest('hex'))
    expect(words).toContain('Diaporama de présentation')
    expect(page.html).toContain(
      `<iframe src="${urlTo('previewFile', { grappe, file: version.files[0]?.id ?? '' })}#`,
    )
  })

  it('refuses with usual motives and its own words, then changes its mind', async () => {
    const piece = await pieceOf('EHPAD n° 1', 'etat-des-lieux')
    const url = urlTo('piece', { grappe, piece })
    const { html } = await porteur.get(url)
    // Before the button is pressed: what it will do, and to whom.
    expect(text(html)).toContain('Un message est écrit aussitôt pour contact1@exemple.fr')
    const decide = (fields: Record<string, string>) =>
      porteur.submit(urlTo('decidePiece', { grappe, piece }), {
        versionId: hiddenValue(html, 'versionId'),
        ...fields,
      })

    const refused = await decide({
      decision: 'refusee',
      motif: 'La signature manque.',
      motive: 'Merci de signer page 3.',
    })
    expect(refused.location).toBe(url)
    const after = await porteur.follow(refused)
    expect(text(after.html)).toContain(
      'Pièce refusée : 1 message écrit dans l’onglet Messages pour contact1@exemple.fr.',
    )
    expect(text(after.html)).toContain('Motif : La signature manque. Merci de signer page 3.')
    expect(text(after.html)).toContain('Changer cette décision')

    const accepted = await decide({ decision: 'acceptee' })
    expect(text((await porteur.follow(accepted)).html)).toContain('Vous avez accepté la version 1')
    expect((await read(piece)).versions[0]).toMatchObject({ decision: 'acceptee', motive: null })
  })

  it('is asked for a motive, with the choice and words kept', async () => {
    const piece = await pieceOf('EHPAD n° 2', 'etat-des-lieux')
    await deposit(piece, 'photo.png', png(120))
    const { html } = await porteur.get(urlTo('piece', { grappe, piece }))
    expect(html).toMatch(/<iframe src="[^"]+\/apercu[#"]/)
    const url = urlTo('decidePiece', { grappe, piece })
    const versionId = hiddenValue(html, 'versionId')
    const blank = await porteur.submit(url, { versionId, decision: 'refusee', motive: '  ' })
    expect(blank.status).toBe(422)
    expect(text(blank.html)).toContain('Indiquez pourquoi')
    const tooLong = await porteur.submit(url, {
      versionId,
      decision: 'refusee',
      motif: 'La signature manque.',
      motive: 'a'.repeat(2_001),
    })
    expect(tooLong.status).toBe(422)
    expect(text(tooLong.html)).toContain('Raccourcissez le motif')
    expect(tooLong.html).toContain('a'.repeat(2_001))
    expect(tooLong.html).toMatch(/<option value="La signature manque\." selected/)
    expect((await read(piece)).state).toBe('deposee')
  })

  it('cannot decide a version that was replaced meanwhile, and is told so on the new one', async () => {
    const piece = await pieceOf('EHPAD n° 3', 'etat-des-lieux')
    await deposit(piece, 'v1.pdf', await pdf('v1'))
    const { html } = await porteur.get(urlTo('piece', { grappe, piece }))
    await deposit(piece, 'v2.pdf', await pdf('v2'))
    const decided = await porteur.submit(urlTo('decidePiece', { grappe, piece }), {
      versionId: hiddenValue(html, 'versionId'),
      decision: 'refusee',
      motive: 'Mes mots.',
    })
    expect(decided.status).toBe(409)
    expect(text(decided.html)).toContain('Une version 2 est arrivée pendant que vous lisiez')
    expect(text(decided.html)).toContain('Mes mots.')
    expect((await read(piece)).state).toBe('deposee')
  })

  it('goes from one piece to control to the next', async () => {
    const second = await pieceOf('EHPAD n° 2', 'etat-des-lieux')
    const third = await pieceOf('EHPAD n° 3', 'etat-des-lieux')
    const page = await porteur.get(urlTo('piece', { grappe, piece: second }))
    expect(page.html).toMatch(new RegExp(`rel="next" href="[^"]+${third}"`))
    expect(text(page.html)).toContain('1 autre pièce attend votre contrôle')
  })

  it('changes nothing without the form’s token', async () => {
    const piece = await pieceOf('EHPAD n° 3', 'etat-des-lieux')
    const page = await porteur.get(urlTo('piece', { grappe, piece }))
    const decided = await porteur.submit(urlTo('decidePiece', { grappe, piece }), {
      csrf: 'faux',
      versionId: hiddenValue(page.html, 'versionId'),
      decision: 'acceptee',
    })
    expect(decided.status).toBe(403)
    const body = form([{ name: 'v3.pdf', bytes: await pdf('v3') }], { csrf: 'faux' })
    const uploaded = await porteur.upload(urlTo('depositAsPorteur', { grappe, piece }), body)
    expect(uploaded.status).toBe(403)
    expect(text(uploaded.html)).toContain('Rechargez la page')
    const after = await read(piece)
    expect(after.state).toBe('deposee')
    expect(after.versions).toHaveLength(2)
  })
})

describe('the porteur deposits a piece of the grappe', () => {
  const several = 'convention-membres'

  it('adds a version, and sending it twice adds no other', async () => {
    const piece = await pieceOf('Grappe d’essai', several)
    const url = urlTo('piece', { grappe, piece })
    const page = await porteur.get(url)
    expect(text(page.html)).toContain('Déposer cette pièce')
    const bytes = await pdf('Convention')
    const send = () =>
      porteur.upload(urlTo('depositAsPorteur', { grappe, piece }), form([{ name: 'convention.pdf', bytes }]))
    expect(text((await porteur.follow(await send())).html)).toContain('Version 1 déposée.')
    await send()
    expect((await read(piece)).versions).toHaveLength(1)
  })

  it('keeps the files it can take and says why it left the others', async () => {
    const piece = await pieceOf('Grappe d’essai', several)
    await porteur.get(urlTo('piece', { grappe, piece }))
    const sent = await porteur.upload(
      urlTo('depositAsPorteur', { grappe, piece }),
      form(
        [
          { name: 'annexe.pdf', bytes: await pdf('Annexe') },
          { name: 'page.pdf', bytes: Buffer.from('<!doctype html><script>alert(1)</script>') },
        ],
        { garder: 'oui' },
      ),
    )
    expect(sent.status).toBe(200)
    expect(text(sent.html)).toContain('« page.pdf » n’est pas dans un format accepté')
    expect(text(sent.html)).toContain(
      'La version 2 est enregistrée avec « convention.pdf » et « annexe.pdf ».',
    )
    expect((await read(piece)).versions[1]?.files.map(({ name }) => name)).toEqual([
      'convention.pdf',
      'annexe.pdf',
    ])
  })

  it('records nothing when no file can be taken', async () => {
    const piece = await pieceOf('Grappe d’essai', several)
    await porteur.get(urlTo('piece', { grappe, piece }))
    const url = urlTo('depositAsPorteur', { grappe, piece })
    const empty = await porteur.upload(url, form([{ name: 'vide.pdf', bytes: Buffer.alloc(0) }]))
    expect(empty.status).toBe(422)
    expect(text(empty.html)).toContain('« vide.pdf » est vide (0 octet)')
    expect(text(empty.html)).toContain('Rien n’a été enregistré.')
    const none = await porteur.upload(url, form([]))
    expect(none.status).toBe(422)
    expect(text(none.html)).toContain('Aucun fichier n’a été choisi')
    expect((await read(piece)).versions).toHaveLength(2)
  })

  it('is told to change its decision before it replaces an accepted piece', async () => {
    const piece = await pieceOf('EHPAD n° 1', 'etat-des-lieux')
    const page = await porteur.get(urlTo('piece', { grappe, piece }))
    expect(text(page.html)).toContain('Pour la remplacer, changez d’abord votre décision')
    const sent = await porteur.upload(
      urlTo('depositAsPorteur', { grappe, piece }),
      form([{ name: 'autre.pdf', bytes: await pdf('autre') }]),
    )
    expect(sent.status).toBe(409)
    expect((await read(piece)).versions).toHaveLength(1)
  })

  it('is told that the call is closed', async () => {
    const piece = await pieceOf('Grappe d’essai', several)
    test.setNow('2026-12-01T10:00:00.000Z')
    const page = await (await signInPorteur(test)).get(urlTo('piece', { grappe, piece }))
    test.setNow(START)
    expect(text(page.html)).toContain('L’appel est clos depuis le jeudi 16 juillet 2026')
    expect(page.html).not.toContain('type="file"')
  })
})

describe('the porteur takes files', () => {
  const fileOf = async (name: string) => {
    const board = await api.call<Board>('GET', fill(API_PATHS.board, { grappe }))
    const found = board.body.pieces
      .flatMap(({ version }) => version?.files ?? [])
      .find(file => file.name === name)
    if (found === undefined) throw new Error(`no file named ${name}`)
    return found.id
  }

  it('downloads any file under its name, and is shown only PDF and images, in a sandbox', async () => {
    const letter = await pieceOf('Grappe d’essai', 'lettre-engagement-porteur')
    await deposit(letter, 'lettre.docx', await docx('Lettre'))
    for (const [name, shown] of [
      ['état des lieux.pdf', 'inline'],
      ['photo.png', 'inline'],
      ['lettre.docx', 'attachment'],
    ] as const) {
      const file = await fileOf(name)
      const saved = await porteur.get(urlTo('file', { grappe, file }))
      const previewed = await porteur.get(urlTo('previewFile', { grappe, file }))
      expect(String(saved.headers['content-disposition'])).toMatch(/^attachment;/)
      expect(String(saved.headers['content-disposition'])).toContain(encodeURIComponent(name))
      expect(String(previewed.headers['content-disposition'])).toMatch(new RegExp(`^${shown};`))
      for (const { headers } of [saved, previewed]) {
        expect(headers['x-content-type-options']).toBe('nosniff')
        expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/)
      }
    }
  })

  it('reads that the dossier is incomplete, what lacks, and takes the ZIP and the XLSX', async () => {
    const page = await porteur.get(urlTo('dossier', { grappe }))
    expect(text(page.html)).toContain('Dossier INCOMPLET')
    expect(text(page.html)).toContain('Tableau des établissements et des montants')
    expect(page.html).toContain(`href="${urlTo('invitations', { grappe })}"`)
    const zip = await porteur.get(urlTo('dossierZip', { grappe }))
    expect(zip.headers['content-type']).toBe('application/zip')
    expect(String(zip.headers['content-disposition'])).toMatch(/^attachment;.*INCOMPLET/)
    expect(zip.raw.subarray(0, 2).toString()).toBe('PK')
    expect((await porteur.get(urlTo('dossierXlsx', { grappe }))).status).toBe(200)
  })
})

describe('a member of unknown domain', () => {
  it('shows on the board what its piece waits for, and the dossier says that nobody knows', async () => {
    const made = await createTestGrappe(api, 1, 'Grappe à préciser')
    const at = { grappe: made.grappeId }
    const [member = ''] = made.esmsIds
    const known = { name: 'EHPAD n° 1', ogId: made.ogId, projet: 'acquisition' }
    expect((await api.call('PUT', fill(API_PATHS.esms, { ...at, esms: member }), known)).status).toBe(204)
    const shown = await porteur.get(urlTo('board', at))
    const record = urlTo('editEsms', { ...at, esms: member })
    expect(shown.html).toContain(`href="${record}#domaine"`)
    expect(text(shown.html)).toContain('attend : domaine')
    expect(text(shown.html)).toContain('On ne sait pas encore si 1 autre est due')
    const only = await porteur.get(`${urlTo('board', at)}?etat=inconnue`)
    expect(text(only.html)).toContain('EHPAD n° 1')
    const csv = await porteur.get(urlTo('boardCsv', at))
    expect(text(csv.html)).toContain('attend : domaine')
    const dossier = await porteur.get(urlTo('dossier', at))
    expect(text(dossier.html)).toContain('On ne sait pas si ces pièces sont dues')
    expect(dossier.html).toContain(`href="${record}#domaine"`)
    const board = await api.call<Board>('GET', fill(API_PATHS.board, at))
    const waiting = board.body.pieces.filter(({ awaits }) => awaits.length > 0)
    expect(waiting.map(({ awaits }) => awaits)).toContainEqual([{ fact: 'domaine' }])
  })
})

describe('the porteur reads what happened', () => {
  it('finds its decisions in the journal, the last first', async () => {
    const page = await porteur.get(urlTo('journal', { grappe }))
    const words = text(page.html)
    expect(words.indexOf('version 1, acceptée.')).toBeGreaterThan(-1)
    expect(words.indexOf('version 1, acceptée.')).toBeLessThan(words.indexOf('version 1, refusée.'))
  })

  it('reads each message with its link, and whether it left', async () => {
    const page = await porteur.get(urlTo('mails', { grappe }))
    expect(text(page.html)).toContain('Ce serveur n’envoie pas d’e-mails')
    expect(text(page.html)).toContain('contact1@exemple.fr')
    expect(page.html).toMatch(/value="http:\/\/127\.0\.0\.1:3000\/esms\/[\w-]+"/)
    expect(text(page.html)).toContain('à envoyer')
    // Beside text of the request, links would be told by the length of what is compressed.
    const sent = (query: string) =>
      test.app.inject({
        url: `${urlTo('mails', { grappe })}${query}`,
        headers: { cookie: porteur.cookieHeader(), 'accept-encoding': 'gzip' },
      })
    expect((await sent('')).headers['content-encoding']).toBe('gzip')
    expect((await sent('?etat=esms')).headers['content-encoding']).toBeUndefined()

    const { db } = test.context
    await db
      .update(mails)
      .set({ failure: '550 inconnu', bouncedAt: new Date() })
      .where(eq(mails.grappeId, grappe))
    expect(text((await porteur.get(urlTo('mails', { grappe }))).html)).toContain('550 inconnu')
    await db
      .update(mails)
      .set({ failure: null, sentAt: test.context.now() })
      .where(eq(mails.grappeId, grappe))
    expect(text((await porteur.get(urlTo('mails', { grappe }))).html)).toContain('lundi 1er juin 2026')
  })
})

describe('somebody else', () => {
  const ADDRESSES: PathName[] = [
    'board',
    'boardFragment',
    'boardCsv',
    'boardEvents',
    'chosenPieces',
    'acceptPieces',
    'piece',
    'file',
    'previewFile',
    'dossier',
    'dossierZip',
    'dossierXlsx',
    'journal',
    'mails',
    'decidePiece',
    'depositAsPorteur',
  ]

  const addressesOf = async () => {
    const piece = await pieceOf('EHPAD n° 3', 'etat-des-lieux')
    const file = (await read(piece)).versions.at(-1)?.files[0]?.id ?? ''
    return {
      piece,
      file,
      fill: (of: string, name: PathName) => fill(PATHS[name], { grappe: of, piece, file }),
    }
  }

  it('finds nothing of this grappe at any of its addresses', async () => {
    const other = await signInPorteur(test, 'autre@exemple.fr')
    const { piece, fill: address } = await addressesOf()
    for (const name of ADDRESSES)
      expect([name, (await other.get(address(grappe, name))).status]).toEqual([name, 404])
    await other.get(urlTo('signIn'))
    const versionId = (await read(piece)).versions.at(-1)?.id ?? ''
    const decided = await other.submit(address(grappe, 'decidePiece'), { versionId, decision: 'acceptee' })
    const sent = await other.upload(
      address(grappe, 'depositAsPorteur'),
      form([{ name: 'a.pdf', bytes: await pdf('a') }]),
    )
    expect([decided.status, sent.status]).toEqual([404, 404])
    const after = await read(piece)
    expect([after.state, after.versions.length]).toEqual(['deposee', 2])
  })

  it('finds nothing of this grappe through a grappe of its own', async () => {
    const own = await createTestGrappe(await test.porteur('autre@exemple.fr'), 1, 'Une autre grappe')
    const other = await signInPorteur(test, 'autre@exemple.fr')
    const { piece, fill: address } = await addressesOf()
    for (const name of ['piece', 'file', 'previewFile'] as const)
      expect([name, (await other.get(address(own.grappeId, name))).status]).toEqual([name, 404])
    await other.get(urlTo('board', { grappe: own.grappeId }))
    const versionId = (await read(piece)).versions.at(-1)?.id ?? ''
    const decided = await other.submit(address(own.grappeId, 'decidePiece'), {
      versionId,
      decision: 'acceptee',
    })
    const sent = await other.upload(
      address(own.grappeId, 'depositAsPorteur'),
      form([{ name: 'a.pdf', bytes: await pdf('a') }]),
    )
    expect([decided.status, sent.status]).toEqual([404, 404])
    expect((await read(piece)).state).toBe('deposee')
  })

  it('is sent to sign in when nobody is', async () => {
    const { fill: address } = await addressesOf()
    const visitor = openBrowser(test)
    for (const name of ADDRESSES)
      expect((await visitor.get(address(grappe, name))).location).toBe(urlTo('signIn'))
  })
})
