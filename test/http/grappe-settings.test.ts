/** A grappe is renamed, put away and taken back: what stops, what stays, and who is told what. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { alertDeposits } from '../../server/steps/collection/alert-deposits.ts'
import { sendDueRelances } from '../../server/steps/collection/send-relances.ts'
import { sendWeeklyDigests } from '../../server/steps/collection/weekly-digest.ts'
import { readGrappe } from '../../server/steps/read/read-grappe.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { latestSealMark, readSealedPlan } from '../../server/steps/read/read-seals.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { fieldOf, textOf } from '../support/page-text.ts'
import { signInReviewer, speakingProgram } from '../support/reviewer.ts'
import { openScene, type Scene } from '../support/scene.ts'
import { sealVersion } from '../support/sealed.ts'

let scene: Scene
let porteur: PageClient
let at: { grappe: string }
/** The second member's link, given before the grappe is put away. */
let second: Awaited<ReturnType<Scene['at']>>
beforeAll(async () => {
  scene = await openScene()
  porteur = await signInPorteur(scene.test)
  at = { grappe: scene.grappe.grappeId }
})
afterAll(() => scene.test.close())

const words = (page: { html: string }) => textOf(page).replaceAll('\u00a0', ' ')
const settings = () => porteur.get(urlTo('grappeSettings', at))
/** The last first. */
const journal = async () =>
  (
    await scene.porteur.call<Array<{ kind: string; event: string }>>('GET', fill(API_PATHS.journal, at))
  ).body.toReversed()

async function archive(archiver: 'oui' | 'non'): Promise<string> {
  await settings()
  return words(await porteur.follow(await porteur.submit(urlTo('archiveGrappe', at), { archiver })))
}

const sealId = async () => (await latestSealMark(scene.test.context, at.grappe))?.id ?? ''

describe('a grappe that is renamed', () => {
  it('has its new name everywhere, in the journal with the former one, and a sealed version keeps its own', async () => {
    const { url } = await scene.at(0)
    await scene.browser.upload(url, form([{ name: 'etat.pdf', bytes: await pdf('etat') }]))
    await sealVersion(scene.test, scene.porteur, at.grappe)
    expect(words(await settings())).toContain('1 version scellée garde l’ancien.')
    const renamed = await porteur.submit(urlTo('renameGrappe', at), {
      name: '  Grappe   des Abers ',
      seen: 'Grappe d’essai',
    })
    const page = await porteur.follow(renamed)
    expect(words(page)).toContain('La grappe « Grappe d’essai » s’appelle maintenant « Grappe des Abers ».')
    expect(words(await porteur.get(urlTo('grappes')))).toContain('Grappe des Abers')
    const [line] = await journal()
    expect([line?.kind, line?.event.replaceAll('\u00a0', ' ')]).toEqual([
      'grappe-renamed',
      'Grappe renommée : « Grappe d’essai » devient « Grappe des Abers ».',
    ])
    const sealed = words(await porteur.get(urlTo('sealedVersion', { ...at, number: '1' })))
    expect(sealed).toMatch(/grappe-d-essai/i)
    expect(sealed).not.toMatch(/grappe-des-abers/i)
  })

  it('is not renamed over a name given meanwhile, and what was typed comes back', async () => {
    await settings()
    const stale = await porteur.submit(urlTo('renameGrappe', at), { name: 'Autre', seen: 'Grappe d’essai' })
    expect(stale.status).toBe(422)
    expect(words(stale)).toContain('« Grappe des Abers » maintenant')
    expect(fieldOf(stale, 'name')).toBe('Autre')
    const blank = await porteur.submit(urlTo('renameGrappe', at), { name: '  ', seen: 'Grappe des Abers' })
    expect([blank.status, words(blank)]).toEqual([422, expect.stringContaining('Donnez un nom à la grappe.')])
    const lines = (await journal()).length
    const same = await scene.porteur.call('PUT', fill(API_PATHS.grappe, at), { name: 'Grappe des Abers' })
    expect([same.status, same.body]).toEqual([200, { before: 'Grappe des Abers' }])
    expect(await journal()).toHaveLength(lines)
    const conflict = await scene.porteur.call('PUT', fill(API_PATHS.grappe, at), { name: 'X', seen: 'Y' })
    expect(conflict.status).toBe(409)
  })
})

describe('a grappe that is archived', () => {
  it('leaves the current ones, says so on its pages, and takes no deposit: the member reads whom to ask', async () => {
    second = await scene.at(1)
    const { url, token, pieceId } = second
    expect(words(await settings())).toContain('continuent d’ouvrir, pour lire et télécharger')
    expect(await archive('oui')).toContain('« Grappe des Abers » est archivée')
    expect(words(await porteur.get(urlTo('grappes')))).toContain('Grappes archivées (1)')
    for (const page of ['board', 'invitations', 'members'] as const) {
      expect(words(await porteur.get(urlTo(page, at)))).toContain('Grappe archivée depuis le')
    }
    const home = words(await scene.browser.get(urlTo('memberHome', { token })))
    expect(home).toContain('Cette grappe est archivée')
    expect(home).toContain('écrivez à son porteur : porteuse@exemple.fr')
    const refused = await scene.browser.upload(url, form([{ name: 'tard.pdf', bytes: await pdf('tard') }]))
    expect([refused.status, words(refused)]).toEqual([
      409,
      expect.stringContaining('écrivez à son porteur : porteuse@exemple.fr'),
    ])
    expect(await scene.versionsOf(1)).toEqual([])
    expect(home).not.toContain('sans réponse')
    expect(home).toContain('Demandé pour le mercredi 1er juillet 2026')
    expect(words(await scene.browser.get(url))).not.toContain('ne vous concerne pas')
    expect(words(await porteur.get(urlTo('solutions', at)))).toContain('Grappe archivée depuis le')
    const own = await porteur.upload(
      urlTo('depositAsPorteur', { ...at, piece: pieceId }),
      form([{ name: 'tard.pdf', bytes: await pdf('tard') }]),
    )
    expect([own.status, words(own)]).toEqual([409, expect.stringContaining('reprenez-la d’abord')])
  })

  it('takes no answer and no correction of a member either, and sends no code for them', async () => {
    const { token, pieceId } = second
    const esms = scene.grappe.esmsIds[1] ?? ''
    const record = words(await scene.browser.get(urlTo('memberRecord', { token, esms })))
    expect(record).toContain('Votre fiche ne change plus. Cette grappe est archivée')
    expect(record).toContain('Domaine PA')
    expect(record).not.toContain('Envoyer mes réponses')
    const before = await readGrappe(scene.test.context.db, at.grappe)
    const mails = (await readOutbox(scene.test.context)).length
    const refusals = [
      await scene.browser.submit(urlTo('memberAnswers', { token, esms }), {
        'reponse-non-contractualise': 'oui',
      }),
      await scene.browser.submit(urlTo('memberRecord', { token, esms }), { name: 'Autre nom' }),
      await scene.browser.submit(urlTo('memberNonApplicable', { token, piece: pieceId }), {
        reason: 'Pas d’hébergement chez nous.',
      }),
    ]
    for (const refused of refusals) {
      expect([refused.status, words(refused)]).toEqual([
        409,
        expect.stringContaining('plus rien ne peut y être déposé, répondu ni corrigé'),
      ])
    }
    expect(await readGrappe(scene.test.context.db, at.grappe)).toEqual(before)
    expect(await readOutbox(scene.test.context)).toHaveLength(mails)
  })

  it('is read and downloaded as before, by its members and by the ARS', async () => {
    const zip = await porteur.get(urlTo('sealedZip', { ...at, number: '1' }))
    expect(zip.status).toBe(200)
    const handed = await scene.porteur.call<{ address: string }>('POST', fill(API_PATHS.links, at), {
      label: 'Instructrice',
    })
    const token = handed.body.address.split('/').at(-1) ?? ''
    const dossier = await scene.browser.get(urlTo('arsHome', { token }))
    expect([dossier.status, words(dossier)]).toEqual([200, expect.stringContaining('Grappe d’essai')])
    expect((await scene.browser.get(urlTo('arsVersionZip', { token, number: '1' }))).status).toBe(200)
  })

  it('tells the ARS that it is archived, and reopens no piece for a complement', async () => {
    const handed = await scene.porteur.call<{ address: string }>('POST', fill(API_PATHS.links, at), {
      label: 'Instructrice',
      email: 'instructrice@exemple.fr',
    })
    const token = handed.body.address.split('/').at(-1) ?? ''
    const dossier = words(await scene.browser.get(urlTo('arsHome', { token })))
    expect(dossier).toMatch(/Grappe archivée par son porteur depuis le \p{L}+ \d/u)
    const [piece = ''] = (await readSealedPlan(scene.test.context, await sealId())).rows.flatMap(
      row => row.pieceId ?? [],
    )
    const page = words(await scene.browser.get(urlTo('arsPiece', { token, piece })))
    expect(page).toContain('Grappe archivée par son porteur depuis le')
    expect(page).not.toContain('Demander un complément')
    const reviewer = await signInReviewer(scene.test, 'instructrice@exemple.fr')
    const draft = await reviewer.submit(urlTo('arsReview', { token: at.grappe, number: '1', piece }), {
      decision: 'complement',
      motive: 'La signature manque.',
    })
    expect([draft.status, words(draft)]).toEqual([
      409,
      expect.stringContaining('plus rien ne peut y être déposé'),
    ])
    const asked = await (await speakingProgram(scene.test, token)).call<{ detail: string }>(
      'POST',
      fill(API_PATHS.arsComplements, { number: '1' }),
      {
        deadlineOn: '2026-07-20',
        requests: [{ pieceId: piece, motive: 'La signature manque.' }],
      },
    )
    expect([asked.status, asked.body.detail.replaceAll('\u00a0', ' ')]).toEqual([
      409,
      expect.stringContaining('plus rien ne peut y être déposé, donc aucun complément demandé'),
    ])
  })

  it('writes to nobody by itself, whatever the day; a reminder or an invitation by hand is refused', async () => {
    const { context } = scene.test
    const mails = (await readOutbox(context)).length
    for (const day of ['2026-06-15', '2026-07-06', '2026-07-13', '2026-07-16']) {
      scene.test.setNow(`${day}T10:00:00.000Z`)
      await sendDueRelances(context)
      await sendWeeklyDigests(context)
      await alertDeposits(context)
    }
    expect(await readOutbox(context)).toHaveLength(mails)
    porteur = await signInPorteur(scene.test)
    await settings()
    const refusals = [
      await porteur.get(urlTo('sendRelances', at)),
      await porteur.submit(urlTo('sendRelances', at), {}),
      await porteur.submit(urlTo('inviteAll', at), {}),
    ]
    expect(refusals.map(({ status }) => status)).toEqual([409, 409, 409])
    // What is written would ask for a deposit: none can be made.
    const more = await porteur.submit(urlTo('grantExtension', at), {
      'delai-membre': '',
      'delai-piece': '',
      'delai-jour': '2026-07-20',
      'delai-motif': 'Un incident chez l’éditeur.',
    })
    expect(words(more)).toContain('Cette grappe est archivée : reprenez-la d’abord')
    const [version] = (await readPieces(context.db, at.grappe)).flatMap(({ id, versions }) =>
      versions.map(each => ({ pieceId: id, versionId: each.id })),
    )
    const asked = await porteur.submit(urlTo('decidePiece', { ...at, piece: version?.pieceId ?? '' }), {
      versionId: version?.versionId ?? '',
      decision: 'refusee',
      motive: 'La signature manque.',
    })
    expect([asked.status, words(asked)]).toEqual([409, expect.stringContaining('reprenez-la d’abord')])
    const invited = await scene.porteur.call('POST', fill(API_PATHS.invitations, at), { tous: true })
    expect(invited.status).toBe(409)
    expect(await readOutbox(context)).toHaveLength(mails)
  })

  it('is taken back, once, and goes on as before', async () => {
    expect(await archive('non')).toContain('est reprise de l’archive')
    expect(await archive('non')).toContain('était déjà en cours : rien n’a changé')
    expect((await journal()).filter(({ kind }) => kind === 'grappe-taken-back')).toHaveLength(1)
    const { url } = await scene.at(1)
    const deposited = await scene.browser.upload(url, form([{ name: 'e.pdf', bytes: await pdf('e') }]))
    expect(deposited.status).toBe(303)
    const mails = (await readOutbox(scene.test.context)).length
    await sendDueRelances(scene.test.context)
    expect((await readOutbox(scene.test.context)).length).toBeGreaterThan(mails)
  })

  it('is nobody else’s to rename or to archive', async () => {
    const stranger = await scene.test.porteur('autre@exemple.fr')
    const theirs = await createTestGrappe(stranger, 1)
    const other = { grappe: theirs.grappeId }
    await settings()
    const answers = [
      await scene.porteur.call('PUT', fill(API_PATHS.grappe, other), { name: 'Prise' }),
      await scene.porteur.call('POST', fill(API_PATHS.archiveGrappe, other), { archived: true }),
      await porteur.submit(urlTo('renameGrappe', other), { name: 'Prise', seen: 'Grappe d’essai' }),
      await porteur.submit(urlTo('archiveGrappe', other), { archiver: 'oui' }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404])
  })
})
