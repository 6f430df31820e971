import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type {
  boardAnswer,
  messageAnswer,
  nonApplicableAnswer,
  pieceAnswer,
} from '../../schema/contracts/api.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { missingText } from '../../server/adapters/dossier/dossier-texts.ts'
import { planDossier } from '../../server/domain/dossier-plan.ts'
import { pieceState } from '../../server/domain/piece.ts'
import { readMailsOfGrappe } from '../../server/steps/access/send-mail.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { readSnapshot } from '../../server/steps/read/read-snapshot.ts'
import { type ApiClient, START, startApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'

const test = await startApp()
afterAll(() => test.close())

let porteur: ApiClient
let office: PageClient
let grappe: TestGrappe
/** The first member's piece, its link's token and a browser that holds it. */
let pieceId: string
let token: string
let member: PageClient
/** When the clock stands, in minutes after the start. */
let minutes = 0

function wait(more: number) {
  minutes += more
  test.setNow(new Date(Date.parse(START) + minutes * 60_000).toISOString())
}

beforeEach(async () => {
  wait(60)
  porteur = await test.porteur()
  office = await signInPorteur(test)
  grappe = await createTestGrappe(porteur, 2)
  token = await tokenOf(grappe.esmsIds[0])
  pieceId = (await pieceOf(grappe.esmsIds[0])).id
  member = openBrowser(test)
  await office.get(porteurUrl())
})

async function tokenOf(esms: string | undefined): Promise<string> {
  const invited = await porteur.call<Array<{ address: string }>>(
    'POST',
    fill(API_PATHS.invitations, { grappe: grappe.grappeId }),
    { esms },
  )
  return invited.body[0]?.address.split('/').at(-1) ?? ''
}

async function pieceOf(esmsId: string | undefined, code = 'etat-des-lieux') {
  const pieces = await readPieces(test.context.db, grappe.grappeId)
  const piece = pieces.find(each => each.esmsId === esmsId && each.code === code)
  if (piece === undefined) throw new Error(`no ${code} for ${esmsId}`)
  return piece
}

const at = () => ({ grappe: grappe.grappeId, piece: pieceId })
const memberUrl = () => urlTo('memberPiece', { token, piece: pieceId })
const porteurUrl = () => urlTo('piece', at())
const writeAsMember = (text: string) =>
  member.submit(urlTo('memberMessages', { token, piece: pieceId }), { text })
const writeAsPorteur = (text: string) => office.submit(urlTo('pieceMessages', at()), { text })
const ask = (reason: string) =>
  member.submit(urlTo('memberNonApplicable', { token, piece: pieceId }), { reason })
/** Newest first, as people read them: non-breaking spaces are spaces. */
const mailsTo = async (recipient: string, subject = '') =>
  (await readMailsOfGrappe(test.context, grappe.grappeId))
    .filter(mail => mail.recipient === recipient && mail.subject.startsWith(subject))
    .map(mail => ({ subject: spaced(mail.subject), text: spaced(mail.text) }))
const spaced = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const deposit = async (text: string) =>
  await member.upload(memberUrl(), form([{ name: 'état.pdf', bytes: await pdf(text) }]))

async function boardRow() {
  const board = await porteur.call<z.infer<typeof boardAnswer>>('GET', fill(API_PATHS.board, at()))
  return board.body.pieces.find(piece => piece.pieceId === pieceId)
}

describe('the thread of a piece', () => {
  it('shows both sides what was said, newest last, with who and when', async () => {
    expect((await writeAsMember('Faut-il la page 3 ?\nElle est vide.')).status).toBe(303)
    wait(1)
    const sent = await writeAsPorteur('Non, laissez-la.')
    expect(textOf(await office.follow(sent))).toContain('Message enregistré')
    const seen = textOf(await member.get(memberUrl()))
    expect(seen).toMatch(
      /Vous \(contact1@exemple\.fr\), le lundi .* Faut-il la page 3 \? Elle est vide\. porteuse@exemple\.fr ?, le lundi .* Non, laissez-la\./,
    )
    expect(textOf(await office.get(porteurUrl()))).toMatch(
      /contact1@exemple\.fr ?, le lundi .* Faut-il .* Vous \(porteuse/,
    )
  })

  it('mails the other side an address that opens the piece', async () => {
    await writeAsPorteur('Bonjour')
    const [mail] = await mailsTo('contact1@exemple.fr', 'Message')
    expect(mail?.subject).toContain('Message : État des lieux')
    expect(mail?.text).toContain('Bonjour')
    const address = /http\S+/.exec(mail?.text ?? '')?.[0] ?? ''
    expect((await openBrowser(test).get(new URL(address).pathname)).status).toBe(200)

    await writeAsMember('Une réponse')
    const [answer] = await mailsTo('porteuse@exemple.fr')
    expect(answer?.text).toContain(`http://127.0.0.1:3000${porteurUrl()}`)
  })

  it('makes one mail of messages written within a few minutes, and another one later', async () => {
    await writeAsPorteur('Un.')
    wait(1)
    await writeAsPorteur('Deux.')
    wait(1)
    await writeAsPorteur('Trois.')
    const written = await mailsTo('contact1@exemple.fr', 'Message')
    expect(written).toHaveLength(1)
    expect(written[0]?.text).toMatch(/Un\.[\s\S]*Deux\.[\s\S]*Trois\./)
    wait(10)
    await writeAsPorteur('Quatre.')
    const later = await mailsTo('contact1@exemple.fr', 'Message')
    expect(later).toHaveLength(2)
    expect(later[0]?.text).not.toContain('Trois.')
  })

  it('keeps one message of a double click', async () => {
    await writeAsMember('Deux fois')
    await writeAsMember('Deux fois')
    const thread = await porteur.call<z.infer<typeof messageAnswer>[]>('GET', fill(API_PATHS.thread, at()))
    expect(thread.body.map(({ text }) => text)).toEqual(['Deux fois'])
  })

  it('is plain text: markup is shown as typed, control characters are dropped, 2,000 characters at most', async () => {
    await writeAsMember('<b>gras</b>\u0007 😀')
    expect((await office.get(porteurUrl())).html).toContain('&lt;b>gras&lt;/b> 😀')
    const long = await writeAsMember('x'.repeat(2_001))
    expect(long.status).toBe(422)
    expect(textOf(long)).toContain('2 000 caractères au plus')
    expect(long.html).toContain('x'.repeat(2_001))
    expect((await writeAsMember(' \n ')).status).toBe(422)
  })

  it('is nothing to another member’s link, which neither reads nor writes in it', async () => {
    await writeAsMember('Entre nous')
    const neighbour = await tokenOf(grappe.esmsIds[1])
    const page = await openBrowser(test).get(urlTo('memberPiece', { token: neighbour, piece: pieceId }))
    expect(page.status).toBe(404)
    expect(page.html).not.toContain('Entre nous')
    const url = urlTo('memberMessages', { token: neighbour, piece: pieceId })
    expect((await openBrowser(test).submit(url, { text: 'Intrus' })).status).toBe(404)
    const program = test.bearer(neighbour)
    const thread = fill(API_PATHS.memberThread, { piece: pieceId })
    expect((await program.call('GET', thread)).status).toBe(404)
    expect((await program.call('POST', thread, { text: 'Intrus' })).status).toBe(404)
    const stranger = await test.porteur('autre@exemple.fr')
    expect((await stranger.call('GET', fill(API_PATHS.thread, at()))).status).toBe(404)
    expect(textOf(await member.get(memberUrl()))).not.toContain('Intrus')
  })

  it('says so when nobody’s address is known, and when the piece is the grappe’s own', async () => {
    const esms = grappe.esmsIds[0] ?? ''
    await porteur.call('PUT', fill(API_PATHS.esms, { ...at(), esms }), {
      name: 'EHPAD n° 1',
      ogId: grappe.ogId,
      domaine: 'PA',
    })
    expect(textOf(await office.follow(await writeAsPorteur('Bonjour')))).toContain('aucun e-mail n’est connu')
    const own = (await readPieces(test.context.db, grappe.grappeId)).find(({ scope }) => scope === 'grappe')
    const thread = fill(API_PATHS.thread, { ...at(), piece: own?.id ?? '' })
    expect((await porteur.call('POST', thread, { text: 'À moi-même' })).status).toBe(409)
  })
})

describe('« non applicable »', () => {
  const answer = (requestId: string, decision: 'confirmee' | 'refusee', motive = '') =>
    office.submit(urlTo('pieceNonApplicable', at()), { requestId, decision, motive })
  const request = async () => (await pieceOf(grappe.esmsIds[0])).nonApplicable

  it('is asked with a reason, mailed to the porteur, and changes nothing until it is confirmed', async () => {
    expect((await ask('')).status).toBe(422)
    expect((await ask('Service sans hébergement.')).status).toBe(303)
    expect((await boardRow())?.state).toBe('attendue')
    const [mail] = await mailsTo('porteuse@exemple.fr')
    expect(mail?.text).toContain('Service sans hébergement.')
    expect(textOf(await member.get(memberUrl()))).toContain('Le porteur va vous répondre.')

    const confirmed = await answer((await request())?.id ?? '', 'confirmee')
    expect(textOf(await office.follow(confirmed))).toContain('Confirmé : la pièce n’est plus attendue.')
    expect((await boardRow())?.state).toBe('non-applicable')
    expect(textOf(await member.get(urlTo('memberHome', { token })))).toContain('Le porteur a confirmé')
  })

  it('is no gap of the dossier, which tells it with its reason', async () => {
    await ask('Service sans hébergement.')
    await answer((await request())?.id ?? '', 'confirmee')
    const snapshot = await readSnapshot(test.context, grappe.grappeId)
    if (snapshot === null) throw new Error('no snapshot')
    const plan = planDossier(snapshot)
    expect(plan.gaps.map(row => row.pieceId)).not.toContain(pieceId)
    const text = missingText(plan)?.replace(/[\u00a0\u202f]/g, ' ')
    expect(text).toMatch(
      /NON APPLICABLES, CONFIRMÉES PAR LE PORTEUR \(1 pièce\)\r\n {2}- EHPAD n° 1 : .* ; raison : Service sans hébergement\./,
    )
    const { Workbook } = await import('exceljs').then(module => module.default)
    const workbook = new Workbook()
    const bytes = await test.context.dossiers.workbook(plan)
    await workbook.xlsx.load(new Uint8Array(bytes).buffer as ArrayBuffer)
    const lines: string[] = []
    workbook.getWorksheet('Manquants')?.eachRow(row => lines.push(String(row.values)))
    expect(lines.join('\n')).toMatch(/Non applicable,EHPAD n° 1.*Service sans hébergement\./)
  })

  it('is refused with a motive, mailed to the member, which reads it', async () => {
    await ask('Je n’ai pas le temps.')
    const id = (await request())?.id ?? ''
    expect((await answer(id, 'refusee')).status).toBe(422)
    expect((await answer(id, 'refusee', 'Elle est obligatoire.')).status).toBe(303)
    const [mail] = await mailsTo('contact1@exemple.fr', 'Pièce à déposer')
    expect(mail?.text).toContain('Elle est obligatoire.')
    expect(mail?.text).toContain(memberUrl())
    expect((await boardRow())?.state).toBe('attendue')
    expect(textOf(await member.get(urlTo('memberHome', { token })))).toContain(
      'Elle reste demandée : Elle est obligatoire.',
    )
  })

  it('is withdrawn by a deposit made afterwards', async () => {
    await ask('Sans objet.')
    await answer((await request())?.id ?? '', 'confirmee')
    const stale = (await request())?.id ?? ''
    wait(1)
    expect((await deposit('Finalement')).status).toBe(303)
    expect((await boardRow())?.state).toBe('deposee')
    expect((await answer(stale, 'refusee', 'Trop tard.')).status).toBe(409)
  })

  it('may be gone back on by the porteur, and declared by it directly', async () => {
    const declared = await porteur.call<z.infer<typeof nonApplicableAnswer>>(
      'POST',
      fill(API_PATHS.nonApplicable, at()),
      { reason: 'Vu au téléphone.' },
    )
    expect(declared.status).toBe(201)
    expect((await boardRow())?.state).toBe('non-applicable')
    const back = fill(API_PATHS.nonApplicableDecision, at())
    const decision = { requestId: declared.body.id, decision: 'refusee', motive: 'Erreur de ma part.' }
    expect((await porteur.call('POST', back, decision)).status).toBe(200)
    expect((await boardRow())?.state).toBe('attendue')
    expect((await mailsTo('contact1@exemple.fr', 'Pièce à déposer'))[0]?.text).toContain('Erreur de ma part.')
  })

  it('is not for a piece already accepted, nor for a neighbour’s', async () => {
    await deposit('Fait')
    const [version] = (await pieceOf(grappe.esmsIds[0])).versions
    await porteur.call('POST', fill(API_PATHS.decision, at()), {
      versionId: version?.id,
      decision: 'acceptee',
    })
    expect((await ask('Trop tard')).status).toBe(409)
    const neighbour = test.bearer(await tokenOf(grappe.esmsIds[1]))
    const url = fill(API_PATHS.memberNonApplicable, { piece: pieceId })
    expect((await neighbour.call('POST', url, { reason: 'Intrus' })).status).toBe(404)
  })
})

describe('the receipt of a deposit', () => {
  it('is mailed once to the person of the link, with its time and fingerprints, and never for the porteur', async () => {
    const sent = await deposit('Reçu')
    await deposit('Reçu')
    const [version] = (await pieceOf(grappe.esmsIds[0])).versions
    const receipts = await mailsTo('contact1@exemple.fr', 'Accusé')
    expect(receipts).toHaveLength(1)
    expect(receipts[0]?.text).toContain(`${version?.files[0]?.name}\n${version?.files[0]?.sha256}`)
    expect(receipts[0]?.text).toMatch(
      /reçue le [a-z]+ \d+(er)? juin 2026 à \d+ h \d\d \(fuseau Europe\/Paris\)/,
    )
    // No mail server: the receipt is written, and nothing says that it left.
    expect(textOf(await member.follow(sent))).not.toContain('par e-mail')

    await porteur.upload(
      fill(API_PATHS.versions, at()),
      form([{ name: 'b.pdf', bytes: await pdf('Porteur') }]),
    )
    const after = (await readMailsOfGrappe(test.context, grappe.grappeId)).filter(({ subject }) =>
      subject.startsWith('Accusé'),
    )
    expect(after).toHaveLength(1)
  })

  it('is a tagged French PDF, the same bytes each time, for the member and the porteur alone', async () => {
    await deposit('PDF')
    const [version] = (await pieceOf(grappe.esmsIds[0])).versions
    const ids = { piece: pieceId, version: version?.id ?? '' }
    const url = urlTo('memberReceiptPdf', { token, ...ids })
    const first = await member.get(url)
    expect(first.status).toBe(200)
    expect(first.headers['content-type']).toBe('application/pdf')
    wait(5)
    expect((await member.get(url)).raw.equals(first.raw)).toBe(true)
    expect((await office.get(urlTo('pieceReceiptPdf', { ...at(), ...ids }))).raw.equals(first.raw)).toBe(true)

    const file = join(test.config.dataDir, 'recu.pdf')
    await writeFile(file, first.raw)
    const { stdout } = await promisify(execFile)('pdftotext', ['-layout', file, '-'])
    const text = stdout.replace(/[\u00a0\u202f]/g, ' ')
    for (const words of [
      'Accusé de dépôt',
      'EHPAD n° 1',
      'état.pdf',
      version?.files[0]?.sha256 ?? '?',
      'Europe/Paris',
    ])
      expect(text).toContain(words)
    const { stdout: info } = await promisify(execFile)('pdfinfo', [file])
    expect(info).toMatch(/Tagged:\s+yes/)
    expect(info).toMatch(/Title:\s+Accusé de dépôt/)
    expect(first.raw.toString('latin1')).toContain('/Lang (fr-FR)')

    const neighbour = await tokenOf(grappe.esmsIds[1])
    expect((await member.get(urlTo('memberReceiptPdf', { token: neighbour, ...ids }))).status).toBe(404)
    const program = test.bearer(token)
    expect((await program.call('GET', fill(API_PATHS.memberReceiptPdf, ids))).raw.equals(first.raw)).toBe(
      true,
    )
  })
})

describe('pieces that depend on the member’s facts', () => {
  async function setProjet(projet: 'acquisition' | 'mise-en-conformite') {
    const saved = await porteur.call(
      'PUT',
      fill(API_PATHS.esms, { ...at(), esms: grappe.esmsIds[0] ?? '' }),
      {
        name: 'EHPAD n° 1',
        ogId: grappe.ogId,
        domaine: 'PA',
        projet,
        contactEmail: 'contact1@exemple.fr',
      },
    )
    expect(saved.status).toBe(204)
  }

  it('appear, leave with what was deposited kept and told, and come back with their versions', async () => {
    const definitions = (await readSnapshot(test.context, grappe.grappeId))?.definitions ?? []
    const conditional = definitions.find(
      ({ scope, condition }) => scope === 'esms' && condition && 'projets' in condition,
    )
    expect(conditional?.code).toBe('devis-mise-en-conformite')
    const condition = conditional?.condition
    const projets = condition && 'projets' in condition ? condition.projets : []
    const asked = projets[0] ?? 'acquisition'
    const other = asked === 'acquisition' ? 'mise-en-conformite' : 'acquisition'
    await setProjet(other)
    const list = () =>
      test.bearer(token).call<{ pieces: z.infer<typeof pieceAnswer>[] }>('GET', API_PATHS.memberPieces)
    const codes = async () => (await list()).body.pieces.map(({ code }) => code)
    expect(await codes()).not.toContain(conditional?.code)

    await setProjet(asked)
    expect(await codes()).toContain(conditional?.code)
    pieceId = (await pieceOf(grappe.esmsIds[0], conditional?.code)).id
    expect((await deposit('Conditionnelle')).status).toBe(303)

    await setProjet(other)
    expect(await codes()).not.toContain(conditional?.code)
    expect(await boardRow()).toBeUndefined()
    expect(textOf(await member.get(urlTo('memberHome', { token })))).toContain('Déposé, mais plus demandé')
    expect(textOf(await member.get(memberUrl()))).toContain('Cette pièce n’est pas demandée à ce membre.')
    expect(textOf(await office.get(porteurUrl()))).toContain('Ses versions restent ici.')
    const snapshot = await readSnapshot(test.context, grappe.grappeId)
    if (snapshot === null) throw new Error('no snapshot')
    expect(planDossier(snapshot).setAside).toMatchObject([{ ownerName: 'EHPAD n° 1', reason: 'sans-objet' }])
    expect((await deposit('Encore')).status).toBe(409)

    await setProjet(asked)
    const back = await pieceOf(grappe.esmsIds[0], conditional?.code)
    expect(back.id).toBe(pieceId)
    expect(pieceState(back)).toBe('deposee')
    expect(back.versions).toHaveLength(1)
    expect((await boardRow())?.version?.number).toBe(1)
    expect(textOf(await member.get(urlTo('memberHome', { token })))).not.toContain(
      'Déposé, mais plus demandé',
    )
  })
})
