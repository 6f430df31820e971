/** The journal: what each act keeps of whoever did it, and the page where the porteur looks for it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { sendDueRelances } from '../../server/steps/collection/send-relances.ts'
import { readJournal } from '../../server/steps/read/read-journal.ts'
import { recordChanges } from '../../server/steps/record-change.ts'
import { START } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur, submitWithCode } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { openScene, type Scene } from '../support/scene.ts'
import { sealVersion } from '../support/sealed.ts'

let scene: Scene
let grappe: string
let porteur: PageClient
beforeAll(async () => {
  scene = await openScene()
  grappe = scene.grappe.grappeId
  porteur = await signInPorteur(scene.test)
})
afterAll(() => scene.test.close())

const lines = () => readJournal(scene.test.context.db, grappe)

/** The last line of a kind, as what is kept of it. */
async function last(kind: string) {
  return (await lines()).findLast(line => line.kind === kind) ?? expect.fail(`no ${kind}`)
}

async function depositedAt(member: number): Promise<{ pieceId: string; versionId: string }> {
  const { url, pieceId } = await scene.at(member)
  const sent = await scene.browser.upload(
    url,
    form([{ name: 'etat.pdf', bytes: await pdf(`état ${member}`) }]),
  )
  expect(sent.status).toBe(303)
  const { facts } = await last('piece-deposited')
  return { pieceId, versionId: facts !== null && 'versionId' in facts ? facts.versionId : '' }
}

describe('an act keeps what its author had proved', () => {
  it('a member that deposits: its link, and what it deposited on', async () => {
    const { pieceId } = await depositedAt(0)
    const line = await last('piece-deposited')
    expect(line).toMatchObject({
      proof: 'link',
      facts: {
        pieceId,
        memberIds: [scene.grappe.esmsIds[0]],
        ownerName: 'EHPAD n° 1',
        number: 1,
        files: 1,
      },
    })
    expect(line.actor).toContain('EHPAD n° 1')
  })

  it('a porteur that decides on the page: its session; through the API: its token', async () => {
    const first = await depositedAt(1)
    await porteur.get(urlTo('piece', { grappe, piece: first.pieceId }))
    await porteur.submit(urlTo('decidePiece', { grappe, piece: first.pieceId }), {
      versionId: first.versionId,
      decision: 'acceptee',
    })
    expect(await last('piece-accepted')).toMatchObject({ proof: 'session', actor: 'porteuse@exemple.fr' })

    const second = await depositedAt(2)
    await scene.porteur.call('POST', fill(API_PATHS.decision, { grappe, piece: second.pieceId }), {
      versionId: second.versionId,
      decision: 'refusee',
      motive: 'Signature manquante.',
    })
    expect(await last('piece-refused')).toMatchObject({
      proof: 'token',
      facts: { versionId: second.versionId, motive: 'Signature manquante.' },
    })
  })

  it('a reviewer that gives its opinion: the code mailed to it', async () => {
    await sealVersion(scene.test, scene.porteur, grappe)
    expect(await last('seal-finished')).toMatchObject({ proof: 'system' })
    const handed = await scene.porteur.call<{ address: string }>('POST', fill(API_PATHS.links, { grappe }), {
      label: 'Inspectrice, ARS',
      email: 'inspectrice@exemple.fr',
    })
    const token = handed.body.address.split('/').at(-1) ?? ''
    const visitor = openBrowser(scene.test)
    const given = await submitWithCode(scene.test, visitor, urlTo('arsOpinion', { token, number: '1' }), {
      avis: 'recevable',
      note: '',
    })
    expect(given.status).toBe(303)
    expect(await last('opinion-given')).toMatchObject({ proof: 'code', actor: 'Inspectrice, ARS' })
  })

  it('a reminder that nobody writes: the server', async () => {
    scene.test.setNow('2026-07-01T07:00:00.000Z')
    await sendDueRelances(scene.test.context)
    scene.test.setNow(START)
    const line = await last('reminders-written')
    expect(line).toMatchObject({ proof: 'system', actor: 'Relances automatiques' })
    expect(line.event).toContain('contact4@exemple.fr')
  })

  it('and no address of a link, nor its token', async () => {
    const { token } = await scene.at(3)
    expect(JSON.stringify(await lines())).not.toContain(token)
  })
})

describe('the page', () => {
  const shown = async (query: Record<string, string> = {}) =>
    await porteur.get(`${urlTo('journal', { grappe })}?${new URLSearchParams(query)}`)
  const plain = async (query: Record<string, string>) => textOf(await shown(query)).replaceAll('\u00A0', ' ')

  it('is filtered by kind, or by all the kinds of a group', async () => {
    const refused = await plain({ acte: 'piece-refused' })
    expect(refused).toContain('1 événement pour l’acte « Pièce refusée ».')
    expect(refused).toContain('EHPAD n° 3, version 1, refusée. Motif : Signature manquante.')
    expect(refused).not.toContain('version 1, acceptée.')
    const control = await plain({ acte: 'controle' })
    expect(control).toContain('2 événements pour l’acte « Contrôle ».')
  })

  it('is filtered by member, an OG with its ESMS', async () => {
    const second = await plain({ membre: scene.grappe.esmsIds[1] ?? '' })
    expect(second).toContain('EHPAD n° 2, version 1, acceptée.')
    expect(second).not.toContain('EHPAD n° 3, version 1')
    const og = await plain({ membre: scene.grappe.ogId, acte: 'controle' })
    expect(og).toContain('2 événements pour l’acte « Contrôle » et « Association Les Oliviers ».')
  })

  it('opens from a piece, on what happened to that piece alone', async () => {
    const { pieceId } = await scene.at(1)
    const piece = await porteur.get(urlTo('piece', { grappe, piece: pieceId }))
    const href = `${urlTo('journal', { grappe })}?piece=${pieceId}`
    expect(piece.html).toContain(`href="${href}"`)
    const words = textOf(await porteur.get(href)).replaceAll('\u00A0', ' ')
    expect(words).toContain('2 événements pour cette pièce.')
    expect(words).toContain('EHPAD n° 2, version 1, acceptée.')
  })

  it('is filtered by person and by days of the call’s clocks, and says so when nothing is left', async () => {
    const job = await plain({ qui: 'Relances automatiques', du: '2026-07-01', au: '2026-07-01' })
    expect(job).toContain('Relance écrite à')
    expect(job).toContain('Relances automatiques (automatique)')
    const none = await plain({ qui: 'Relances automatiques', au: '2026-06-30' })
    expect(none).toContain('Aucun événement pour Relances automatiques et jusqu’au mardi 30 juin 2026.')
    expect(none).toContain('Tout afficher')
  })

  it('keeps the filter from one page to the next, and back', async () => {
    const { db, now } = scene.test.context
    await db.transaction(tx =>
      recordChanges(
        tx,
        grappe,
        Array.from({ length: 120 }, (_, order) => ({
          at: now(),
          actor: { name: 'essai', proof: 'command' },
          act: { kind: 'digest-written', facts: { email: `n${order}@exemple.fr` } },
        })),
      ),
    )
    const numbers = (html: string) => [...html.matchAll(/écrit à n(\d+)@/g)].map(([, order]) => Number(order))
    const beside = (html: string, rel: string) =>
      new RegExp(`rel="${rel}" href="([^"]+)"`).exec(html)?.[1]?.replaceAll('&amp;', '&')
    const first = await shown({ qui: 'essai' })
    expect(beside(first.html, 'prev')).toBeUndefined()
    const second = await porteur.get(beside(first.html, 'next') ?? '')
    const third = await porteur.get(beside(second.html, 'next') ?? '')
    expect(beside(third.html, 'next')).toBeUndefined()
    const all = [first, second, third].flatMap(({ html }) => numbers(html))
    expect(all).toEqual(Array.from({ length: 120 }, (_, order) => 119 - order))
    const back = await porteur.get(beside(third.html, 'prev') ?? '')
    expect(numbers(back.html)).toEqual(numbers(second.html))
    expect(textOf(back)).toContain('120 événements pour essai.')
  })

  it('takes a filter that means nothing for none', async () => {
    const page = await shown({ acte: 'rien', membre: 'x', du: '2026-13-45', avant: '-4' })
    expect(page.status).toBe(200)
    expect(textOf(page)).not.toContain('événements pour')
  })
})

describe('the API', () => {
  it('tells each line with its kind, its proof and its facts', async () => {
    const { body } = await scene.porteur.call<Array<Record<string, unknown>>>(
      'GET',
      fill(API_PATHS.journal, { grappe }),
    )
    expect(body.find(({ kind }) => kind === 'piece-refused')).toMatchObject({
      actor: 'porteuse@exemple.fr',
      proof: 'token',
      facts: { motive: 'Signature manquante.' },
      event: expect.stringContaining('refusée.'),
    })
  })

  it('gives a long journal a thousand lines at a time, none twice and none left out', async () => {
    const { db } = scene.test.context
    const other = await createTestGrappe(scene.porteur, 1, 'Grappe bavarde')
    const before = (await readJournal(db, other.grappeId)).length
    await recordChanges(
      db,
      other.grappeId,
      Array.from({ length: 2100 }, (_, order) => ({
        at: new Date(),
        actor: { name: 'porteuse@exemple.fr', proof: 'session' as const },
        act: { kind: 'grappe-renamed' as const, facts: { before: 'Avant', after: `Grappe ${order}` } },
      })),
    )
    const told: string[] = []
    const sizes: number[] = []
    for (let url = fill(API_PATHS.journal, { grappe: other.grappeId }); url !== ''; ) {
      const { body, headers } = await scene.porteur.call<Array<{ event: string }>>('GET', url)
      sizes.push(body.length)
      told.push(...body.map(({ event }) => event))
      url = /^<([^>]+)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1] ?? ''
    }
    expect(sizes).toEqual([1000, 1000, 100 + before])
    expect(told).toEqual((await readJournal(db, other.grappeId)).map(({ event }) => event))
    for (const apres of ['0', '-1', 'x', '1.5'])
      expect(
        (await scene.porteur.call('GET', `${fill(API_PATHS.journal, { grappe })}?apres=${apres}`)).status,
      ).toBe(422)
  })
})
