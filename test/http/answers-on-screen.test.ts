import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { formAnswer, keptAnswersAnswer, receivedAnswer } from '../../schema/contracts/api.ts'
import { depositedAnswers, formAnswers } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { documentsOf } from '../../server/domain/piece.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { START } from '../support/app.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { openScene, type Scene } from '../support/scene.ts'

type FormBody = z.infer<typeof formAnswer>
type KeptBody = z.infer<typeof keptAnswersAnswer>
type ReceivedBody = z.infer<typeof receivedAnswer>

let scene: Scene
let porteur: PageClient
/** Each test has a member of its own. */
let member = -1
let token = ''
let piece = ''
let url = ''

beforeAll(async () => {
  scene = await openScene()
  porteur = await signInPorteur(scene.test)
})
afterAll(() => scene.test.close())
beforeEach(async () => {
  scene.test.setNow(START)
  member = (member + 1) % 4
  const at = await scene.at(member)
  token = at.token
  piece = at.pieceId
  url = urlTo('memberForm', { token, piece })
  await scene.test.context.db.delete(formAnswers).where(eq(formAnswers.pieceId, piece))
})

const asMember = () => scene.test.bearer(token)
const apiUrl = () => fill(API_PATHS.memberForm, { piece })
const read = async () => (await asMember().call<FormBody>('GET', apiUrl())).body
const answerOf = async (field: string) => (await read()).fields.find(each => each.field === field)
const write = (answers: object[]) => asMember().call<KeptBody>('PUT', apiUrl(), { answers })

/** What the page of a form sends, untouched. */
const fieldsOf = (html: string): [string, string][] =>
  [...html.matchAll(/type="hidden" name="((?:vu|avant)\.[^"]+)" value(?:="([^"]*)")?/g)].map(
    ([, name = '', value = '']) => [name, value],
  )

const pdftotext = ['/usr/bin/pdftotext', '/usr/local/bin/pdftotext'].find(existsSync)

async function textOfPdf(bytes: Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reponses-'))
  try {
    const path = join(folder, 'a.pdf')
    await writeFile(path, bytes)
    return execFileSync(pdftotext ?? '', ['-layout', path, '-'], { encoding: 'utf8' }).replace(/\s+/g, ' ')
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function deposit(browser: PageClient, fields: [string, string][] = []) {
  const at = urlTo('depositMemberForm', { token, piece })
  const page = await browser.get(at)
  const seen = /name="vu" value="(\d+)"/.exec(page.html)?.[1] ?? ''
  return { page, answer: await browser.submit(at, [['vu', seen], ...fields]) }
}

async function documentOf(): Promise<Buffer> {
  const pieces = await readPieces(scene.test.context.db, scene.grappe.grappeId)
  const version = pieces.find(({ id }) => id === piece)?.versions.at(-1)
  const [file] = version === undefined ? [] : documentsOf(version)
  const answer = await scene.browser.get(urlTo('memberFile', { token, file: file?.id ?? '' }))
  return answer.raw
}

describe('the form of a piece', () => {
  it('is beside the Word model, and holds what is known without asking for it', async () => {
    const pieceUrl = urlTo('memberPiece', { token, piece })
    const pieceHtml = (await scene.browser.get(pieceUrl)).html
    expect(pieceHtml).toContain(url)
    expect(pieceHtml).toContain(`${urlTo('printMemberForm', { token, piece })}?vide=oui`)
    const page = await scene.browser.get(url)
    expect(textOf(page)).toContain('ce n’est pas un formulaire officiel')
    expect(textOf(page)).toContain('EHPAD')
    expect(page.html).not.toContain('name="r.nom"')
  })

  it('saves what was typed, with who and when, and shows it to the porteur', async () => {
    const browser = openBrowser(scene.test)
    const html = (await browser.get(url)).html
    const typed: [string, string][] = [
      ['r.attentes', 'Moins de papier, <b>& "tout" 🎉'],
      ['r.tenue', 'papier'],
      ['r.tenue', 'logiciel'],
      ['r.postes-fixes', '1 200'],
      ['r.a-former', 'ne sait pas'],
    ]
    const saved = await browser.submit(url, [...fieldsOf(html), ...typed])
    expect(saved.status).toBe(303)
    const after = await browser.follow(saved)
    expect(textOf(after)).toMatch(/Enregistré à 12 h 00 : 4 réponses/)
    expect(after.html).toMatch(/Moins de papier, &lt;b>&amp; (&quot;|")tout(&quot;|") 🎉<\/textarea>/)
    const form = await read()
    expect(form.answered).toBe(4)
    expect(await answerOf('postes-fixes')).toMatchObject({
      answer: { type: 'figure', value: 1200 },
      revision: 1,
    })
    expect((await answerOf('tenue'))?.words).toBe('papier, logiciel')
    expect((await answerOf('a-former'))?.answer).toEqual({ type: 'unknown' })
    const at = { grappe: scene.grappe.grappeId, piece }
    expect(textOf(await porteur.get(urlTo('pieceForm', at)))).toContain('Moins de papier')
    const journal = textOf(await porteur.get(urlTo('journal', { grappe: scene.grappe.grappeId })))
    expect(journal).toContain('Réponses écrites à l’écran pour « État des lieux et prérequis »')
  })

  it('keeps what fits and says what does not, beside what was typed', async () => {
    const browser = openBrowser(scene.test)
    const html = (await browser.get(url)).html
    const long = 'é'.repeat(20_000)
    const answer = await browser.submit(url, [
      ...fieldsOf(html),
      ['r.attentes', long],
      ['r.portables', '1,2,3'],
      ['r.tablettes', '-4'],
      ['r.inquietudes', 'Le temps'],
    ])
    expect(answer.status).toBe(422)
    expect(textOf(answer)).toContain('4000 caractères au plus, elle en a 20000')
    expect(textOf(answer)).toContain('Ce nombre a plusieurs virgules')
    expect(textOf(answer)).toContain('Écrivez un nombre à partir de zéro')
    expect(answer.html).toContain(long)
    expect(answer.html).toContain('value="1,2,3"')
    expect((await answerOf('inquietudes'))?.words).toBe('Le temps')
    expect((await answerOf('attentes'))?.answer).toBeNull()
  })

  it('tells the second of two people what the first wrote, and lets it choose', async () => {
    const [one, other] = [openBrowser(scene.test), openBrowser(scene.test)]
    const html = (await one.get(url)).html
    await one.submit(url, [...fieldsOf(html), ['r.periodes', 'Août']])
    const late = await other.submit(url, [
      ...fieldsOf(html),
      ['r.periodes', 'Décembre'],
      ['r.inquietudes', 'Rien'],
    ])
    expect(late.status).toBe(409)
    expect(textOf(late)).toContain('« Août ». La vôtre, ci-dessus, n’est pas enregistrée.')
    expect(late.html).toContain('>Décembre</textarea>')
    expect((await answerOf('periodes'))?.words).toBe('Août')
    expect((await answerOf('inquietudes'))?.words).toBe('Rien')

    const again: [string, string][] = [...fieldsOf(late.html), ['conflit.periodes', 'oui']]
    const undecided = await other.submit(url, [...again, ['r.periodes', 'Décembre']])
    expect(undecided.status).toBe(409)
    expect((await answerOf('periodes'))?.words).toBe('Août')
    const theirs = await other.submit(url, [
      ...again,
      ['r.periodes', 'Décembre'],
      ['choix.periodes', 'autre'],
    ])
    expect(theirs.status).toBe(303)
    expect((await answerOf('periodes'))?.words).toBe('Août')
    await other.submit(url, [...again, ['r.periodes', 'Décembre'], ['choix.periodes', 'mienne']])
    expect((await answerOf('periodes'))?.words).toBe('Décembre')
  })

  it('never writes back what a stale page shows and nobody touched', async () => {
    const html = (await scene.browser.get(url)).html
    await write([{ field: 'attentes', seen: 0, value: 'Neuf' }])
    const saved = await scene.browser.submit(url, [...fieldsOf(html), ['r.inquietudes', 'Rien']])
    expect(saved.status).toBe(303)
    expect((await answerOf('attentes'))?.words).toBe('Neuf')
  })

  it('answers a script field by field, with the revision and the words of the other', async () => {
    const send = async (fields: Record<string, string>) => {
      const payload = new URLSearchParams(fields).toString()
      const { statusCode, body } = await scene.test.app.inject({
        method: 'POST',
        url,
        headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
        payload,
      })
      return { statusCode, told: JSON.parse(body.replaceAll('\u00a0', ' ')) }
    }
    const first = await send({ 'vu.suivi-heures': '0', 'r.suivi-heures': '3,5' })
    expect(first.told).toMatchObject({ at: '12 h 00', saved: [{ field: 'suivi-heures', revision: 1 }] })
    const second = await send({ 'vu.suivi-heures': '0', 'r.suivi-heures': '4' })
    expect(second.told.conflicts).toMatchObject([{ revision: 1, typed: ['3,5'] }])
    const wrong = await send({ 'vu.suivi-heures': '1', 'r.suivi-heures': 'peu' })
    expect(wrong.told.refused[0].message).toContain('Ce n’est pas un nombre')
    const unknown = await send({ 'vu.ancienne': '0', 'r.ancienne': 'x' })
    expect(unknown.told.refused[0].message).toContain('n’est plus posée')
  })

  it('shows as former what no question asks any more', async () => {
    const asked = { part: null, question: 'Une question d’avant', kind: { type: 'text' } }
    await scene.test.context.db.insert(formAnswers).values({
      pieceId: piece,
      field: 'avant-2026',
      asked,
      answer: { type: 'text', text: 'Une réponse d’avant' },
      revision: 1,
      answeredBy: 'EHPAD',
      answeredAt: new Date(START),
    })
    const page = textOf(await scene.browser.get(url))
    expect(page).toContain('Anciennes réponses')
    expect(page).toContain('Une réponse d’avant')
    expect((await read()).former).toMatchObject([{ field: 'avant-2026', words: 'Une réponse d’avant' }])
  })

  it('is nobody else’s', async () => {
    const { token: neighbour } = await scene.at((member + 1) % 4)
    const body = { answers: [{ field: 'attentes', seen: 0, value: 'Intrus' }] }
    expect((await scene.test.bearer(neighbour).call('PUT', apiUrl(), body)).status).toBe(404)
    for (const name of ['memberForm', 'depositMemberForm', 'printMemberForm'] as const) {
      expect((await scene.browser.get(urlTo(name, { token: neighbour, piece }))).status).toBe(404)
    }
    const asPorteur = urlTo('pieceForm', { grappe: scene.grappe.grappeId, piece })
    const forged = await porteur.submit(asPorteur, [
      ['csrf', 'faux'],
      ['vu.attentes', '0'],
      ['r.attentes', 'x'],
    ])
    expect(forged.status).toBe(403)
    expect((await answerOf('attentes'))?.answer).toBeNull()
  })

  it('is written by the porteur in the member’s place, said as such', async () => {
    const asPorteur = urlTo('pieceForm', { grappe: scene.grappe.grappeId, piece })
    await porteur.get(asPorteur)
    expect((await porteur.submit(asPorteur, { 'vu.attentes': '0', 'r.attentes': 'Dicté' })).status).toBe(303)
    expect((await answerOf('attentes'))?.by).toMatch(/^le porteur pour EHPAD/)
  })
})

describe('depositing the answers', () => {
  it('shows what lacks, makes their PDF the version, frozen, once', async () => {
    await write([
      { field: 'attentes', seen: 0, value: 'Œuvrer à 12 € près, Łódź 🎉' },
      { field: 'tenue', seen: 0, value: ['papier'] },
      { field: 'prerequis.1.a-faire', seen: 0, value: 'Changer les postes' },
    ])
    const before = (await scene.versionsOf(member)).length
    const { page, answer } = await deposit(scene.browser)
    expect(textOf(page)).toContain('questions restent sans réponse')
    expect(page.html).toContain(`${url}#r.inquietudes`)
    expect(answer.status).toBe(303)
    expect(textOf(await scene.browser.follow(answer))).toContain('Etat-des-lieux_EHPAD')
    expect((await deposit(scene.browser)).answer.status).toBe(303)
    expect((await scene.versionsOf(member)).length).toBe(before + 1)

    const bytes = await documentOf()
    expect((await read()).deposited).toEqual({ changed: 0 })

    const [attentes] = (await read()).fields.filter(({ field }) => field === 'attentes')
    await write([{ field: 'attentes', seen: attentes?.revision ?? 0, value: 'Autre chose' }])
    expect(textOf(await scene.browser.get(url))).toContain('1 réponse modifiée depuis le dépôt')
    expect(textOf(await scene.browser.get(urlTo('memberPiece', { token, piece })))).toContain(
      '1 modifiée depuis le dépôt',
    )
    expect((await documentOf()).equals(bytes)).toBe(true)
    const rows = await scene.test.context.db.select().from(depositedAnswers)
    expect(JSON.stringify(rows.map(({ answers }) => answers))).toContain('Œuvrer à 12 € près, Łódź 🎉')
    expect(JSON.stringify(rows)).not.toContain('Autre chose')
  })

  it.skipIf(pdftotext === undefined)(
    'tells in the PDF who answered, what, and what cannot be printed',
    async () => {
      await write([
        { field: 'attentes', seen: 0, value: 'Œuvrer à 12 € près, Łódź 🎉' },
        { field: 'prerequis.1.a-faire', seen: 0, value: 'Changer les postes' },
      ])
      await deposit(scene.browser)
      const words = await textOfPdf(await documentOf())
      expect(words).toContain('Œuvrer à 12 € près')
      expect(words).toContain('sont remplacés par leur lettre sans accent')
      expect(words).toContain('sans réponse')
      expect(words).toContain('Changer les postes')
      expect(words).toMatch(/page 1 sur \d/)
      expect(words).toMatch(/Répondu à l’écran par EHPAD n° \d/)
    },
  )

  it('refuses what was not read as it is, and what nobody answered', async () => {
    const at = fill(API_PATHS.depositMemberForm, { piece })
    expect((await asMember().call('POST', at, { seen: 0 })).body).toMatchObject({
      detail: expect.stringContaining('Aucune réponse'),
    })
    await write([{ field: 'attentes', seen: 0, value: 'Un' }])
    const { revision } = await read()
    await write([{ field: 'inquietudes', seen: 0, value: 'Deux' }])
    const stale = await asMember().call<{ detail: string }>('POST', at, { seen: revision })
    expect([stale.status, stale.body.detail]).toEqual([409, expect.stringContaining('ont changé depuis')])
    const fresh = await asMember().call<ReceivedBody>('POST', at, { seen: revision + 1 })
    expect(fresh.status).toBe(201)
  })

  it('follows the rules of any deposit: accepted, closed and archived are read only', async () => {
    const piecesOf = { grappe: scene.grappe.grappeId, piece }
    await write([{ field: 'attentes', seen: 0, value: 'Un' }])
    const { revision } = await read()
    const received = await asMember().call<ReceivedBody>(
      'POST',
      fill(API_PATHS.depositMemberForm, { piece }),
      { seen: revision },
    )
    const decision = { versionId: received.body.version.id, decision: 'acceptee', motive: null }
    await scene.porteur.call('POST', fill(API_PATHS.decision, piecesOf), decision)
    const late = await write([{ field: 'attentes', seen: 1, value: 'Deux' }])
    expect(late.status).toBe(409)
    const page = await scene.browser.get(url)
    expect(textOf(page)).toContain('Cette pièce est déjà acceptée')
    expect(page.html).not.toContain('name="r.')

    const { token: open, pieceId } = await scene.at((member + 1) % 4)
    scene.test.setNow('2026-08-05T10:00:00.000Z')
    const closed = await scene.browser.submit(urlTo('memberForm', { token: open, piece: pieceId }), {
      'vu.attentes': '0',
      'r.attentes': 'Trop tard',
    })
    expect(closed.status).toBe(409)
    expect(textOf(closed)).toContain('Rien n’est enregistré')
  })

  it('prints the form to be filled in by hand, empty or not, the same bytes each time', async () => {
    await write([{ field: 'attentes', seen: 0, value: 'Un seul dossier' }])
    const print = urlTo('printMemberForm', { token, piece })
    const answer = await scene.browser.get(`${print}?vide=oui`)
    expect(answer.headers['content-type']).toBe('application/pdf')
    expect((await scene.browser.get(print)).raw.equals((await scene.browser.get(print)).raw)).toBe(true)
    if (pdftotext === undefined) return
    const empty = await textOfPdf(answer.raw)
    expect(empty).toContain('À remplir à la main')
    expect(empty).not.toContain('Un seul dossier')
    expect(await textOfPdf((await scene.browser.get(print)).raw)).toContain('Un seul dossier')
  })
})
