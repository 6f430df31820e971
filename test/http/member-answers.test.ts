/** Members answer for themselves by their own links, correct their records, and their porteur accepts or declines. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { readGrappe } from '../../server/steps/read/read-grappe.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { ownAnswerField } from '../../templates/pages/esms/record.tsx'
import { answerField } from '../../templates/pages/porteur/declarations.tsx'
import { startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { fieldsOf } from '../support/form-fields.ts'
import { createTestGrappe, fictionalFiness, type TestGrappe } from '../support/grappe.ts'
import { lastCode, openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { fieldOf, textOf } from '../support/page-text.ts'

let test: TestApp
let porteur: PageClient
let api: Awaited<ReturnType<TestApp['porteur']>>
beforeAll(async () => {
  test = await startApp()
  api = await test.porteur()
  porteur = await signInPorteur(test)
})
afterAll(() => test.close())

async function scene(size = 2) {
  const grappe: TestGrappe = await createTestGrappe(api, size, `Grappe ${crypto.randomUUID()}`)
  const [own = '', other = ''] = grappe.esmsIds
  const link = async (email: string | null) => {
    const issued = await issueLink(test.context.db, test.context, {
      kind: email === null ? 'esms' : 'personne',
      grappeId: grappe.grappeId,
      label: email ?? 'EHPAD n° 1',
      ...(email === null ? { esmsId: own } : { email }),
    })
    return issued.token
  }
  return { at: { grappe: grappe.grappeId }, own, other, link }
}

const esmsOf = async (grappeId: string, id: string) =>
  (await readGrappe(test.context.db, grappeId))?.esms.find(esms => esms.id === id)

/** What the form of a record sends, its facts as the page shows them. */
async function typed(browser: PageClient, url: string, changes: Record<string, string>) {
  const page = await browser.get(url)
  const seen = (fieldOf(page, 'seen') ?? '').replaceAll('&quot;', '"')
  const facts = JSON.parse(seen) as Record<string, string | null>
  const fields = Object.entries(facts).map(([name, value]) => [name, value ?? ''])
  return { ...(Object.fromEntries(fields) as Record<string, string>), seen, ...changes }
}

describe('a member answers', () => {
  it('what only it knows, confirmed by a code; the porteur reads who answered and cannot answer in its place', async () => {
    const { at, own, link } = await scene()
    const token = await link('contact1@exemple.fr')
    const browser = openBrowser(test)
    const home = textOf(await browser.get(urlTo('memberHome', { token })))
    expect(home).toContain('EHPAD n° 1 : 4 questions sans réponse')
    const url = urlTo('memberAnswers', { token, esms: own })
    const answers = {
      [ownAnswerField('sans-fonds-europeens')]: 'oui',
      [ownAnswerField('pas-deux-dui')]: 'non',
    }
    const asked = await browser.submit(url, answers)
    expect(textOf(asked)).toContain('Confirmez que c’est vous')
    expect((await esmsOf(at.grappe, own))?.declarations).toEqual({})
    const done = await browser.submit(url, { ...answers, code: await lastCode(test) })
    expect(textOf(await browser.follow(done))).toContain('Merci : 2 réponses enregistrées.')
    expect(await esmsOf(at.grappe, own)).toMatchObject({
      declarations: { 'sans-fonds-europeens': true, 'pas-deux-dui': false },
      answeredBy: { 'sans-fonds-europeens': { by: 'membre', basis: null } },
    })
    const noting = await porteur.get(`${urlTo('eligibility', at)}?declarations=oui`)
    expect(textOf(noting)).toContain('oui, répondu par le membre')
    const forged = await api.call('PUT', fill(API_PATHS.declarations, at), [
      { esmsId: own, code: 'pas-deux-dui', answer: true },
    ])
    expect(forged.status).toBe(409)
    const journal = textOf(await porteur.get(urlTo('journal', at)))
    expect(journal).toMatch(/Réponses de « EHPAD n° 1 » : .*oui ; .*non\./)
    expect(journal).toContain('confirmé par un code')
  })

  it('is led to its questions by the first button of its page, once nothing is left to deposit', async () => {
    const { at, own, link } = await scene()
    const token = await link(null)
    const browser = openBrowser(test)
    const home = async () => (await browser.get(urlTo('memberHome', { token }))).html
    const button = () => home().then(html => /<(?:div|p) class="next">.*?<\/a>/s.exec(html)?.[0])
    expect(await button()).toContain('Déposer')
    for (const { id } of (await readPieces(test.context.db, at.grappe)).filter(each => each.esmsId === own)) {
      const files = form([{ name: 'piece.pdf', bytes: await pdf(id) }])
      await browser.upload(urlTo('memberPiece', { token, piece: id }), files)
    }
    expect(await button()).toContain(`href="${urlTo('memberRecord', { token, esms: own })}"`)
    expect(textOf({ html: (await button()) ?? '' })).toContain('Répondre à 4 questions pour EHPAD n° 1')
  })

  it('or its porteur notes what it heard otherwise, and says how it knows', async () => {
    const { at, own, other } = await scene()
    const url = `${urlTo('eligibility', at)}?declarations=oui`
    await porteur.get(url)
    const fields = {
      [answerField(own, 'pas-deux-fois')]: '',
      [answerField(other, 'pas-deux-fois')]: 'non',
      oui: 'pas-deux-fois',
    }
    const refused = await porteur.submit(urlTo('declarations', at), fields)
    expect(refused.status).toBe(422)
    expect(textOf(refused)).toContain('Dites comment vous le savez')
    expect(refused.html).toMatch(new RegExp(`name="${other}.pas-deux-fois"[^]*?<option value="non" selected`))
    const noted = await porteur.submit(urlTo('declarations', at), { ...fields, dapres: 'un appel du 3 juin' })
    expect(noted.status).toBe(303)
    expect((await esmsOf(at.grappe, own))?.answeredBy).toMatchObject({
      'pas-deux-fois': { by: 'porteur', basis: 'un appel du 3 juin' },
    })
    expect(textOf(await porteur.get(url))).toContain('noté d’après : un appel du 3 juin')
    expect(textOf(await porteur.get(urlTo('journal', at)))).toContain(
      'Déclarations notées par le porteur pour 2 ESMS, d’après : un appel du 3 juin.',
    )
    const { body } = await api.call<{ criteria: { rule: string; origins: unknown[] }[] }>(
      'GET',
      fill(API_PATHS.eligibility, at),
    )
    expect(body.criteria.find(({ rule }) => rule === 'pas-deux-fois')?.origins).toContainEqual({
      names: ['2 réponses'],
      origin: { kind: 'reported', reference: 'un appel du 3 juin', on: null },
    })
  })
})

describe('a correction by a member', () => {
  it('is a difference that the porteur accepts, and all is judged anew', async () => {
    const { at, own, link } = await scene()
    const token = await link(null)
    const browser = openBrowser(test)
    const url = urlTo('memberRecord', { token, esms: own })
    const wrong = await browser.submit(url, await typed(browser, url, { finess: '12' }))
    expect(wrong.status).toBe(422)
    expect(fieldOf(wrong, 'finess')).toBe('12')
    const sent = await browser.submit(url, await typed(browser, url, { domaine: 'DOM', capacite: '42' }))
    expect(textOf(await browser.follow(sent))).toContain('Correction envoyée au porteur')
    expect((await esmsOf(at.grappe, own))?.domaine).toBe('PA')

    expect(textOf(await porteur.get(urlTo('members', at)))).toContain('1 correction attend votre accord.')
    const page = await porteur.get(urlTo('corrections', at))
    expect(textOf(page)).toContain('Domaine : PA → DOM')
    const action = /action="([^"]*\/decision)"/.exec(page.html)?.[1] ?? ''
    const accepted = await porteur.submit(action, { decision: 'acceptee' })
    expect(textOf(await porteur.follow(accepted))).toContain('Correction de « EHPAD n° 1 » acceptée.')
    expect((await esmsOf(at.grappe, own))?.domaine).toBe('DOM')
    // The piece of home services is now asked of it.
    expect(textOf(await browser.get(urlTo('memberHome', { token })))).toContain('Répartition des activités')
    expect((await porteur.submit(action, { decision: 'acceptee' })).status).toBe(409)
    expect(textOf(await porteur.get(urlTo('journal', at)))).toContain(
      'Correction de « EHPAD n° 1 » acceptée : Domaine : DOM (avant : PA)',
    )
  })

  it('is declined with a motive that the member reads, or applied at once when the porteur chose so', async () => {
    const { at, own, link } = await scene()
    const token = await link(null)
    const browser = openBrowser(test)
    const url = urlTo('memberRecord', { token, esms: own })
    await browser.submit(url, await typed(browser, url, { name: '<b>EHPAD</b>' }))
    const page = await porteur.get(urlTo('corrections', at))
    expect(page.html).not.toContain('<b>EHPAD</b>')
    const action = /action="([^"]*\/decision)"/.exec(page.html)?.[1] ?? ''
    const refused = await porteur.submit(action, { decision: 'refusee' })
    expect([refused.status, textOf(refused)]).toEqual([422, expect.stringContaining('Indiquez pourquoi')])
    const id = /corrections\/([^/]+)\/decision/.exec(action)?.[1] ?? ''
    await porteur.submit(action, { decision: 'refusee', [`motif-${id}`]: 'Le nom du registre est l’autre.' })
    expect(textOf(await browser.get(url))).toContain(
      'Le porteur a décliné votre correction. Le nom du registre est l’autre.',
    )

    await porteur.get(urlTo('corrections', at))
    await porteur.submit(urlTo('correctionMode', at), { mode: 'appliquees' })
    const applied = await browser.submit(url, await typed(browser, url, { projet: '' }))
    expect(textOf(await browser.follow(applied))).toContain('Fiche corrigée : Projet')
    expect((await esmsOf(at.grappe, own))?.projet).toBeNull()
    expect(textOf(await browser.get(url))).toContain('À compléter : l’appel en dépend.')
  })

  it('never puts back what the porteur changed meanwhile', async () => {
    const { at, own, link } = await scene()
    const token = await link(null)
    const browser = openBrowser(test)
    const url = urlTo('memberRecord', { token, esms: own })
    const fields = await typed(browser, url, { domaine: 'PH' })
    const record = await readGrappe(test.context.db, at.grappe)
    const change = { name: 'EHPAD n° 1', ogId: record?.ogs[0]?.id, domaine: 'DOM', projet: 'acquisition' }
    await api.call('PUT', fill(API_PATHS.esms, { ...at, esms: own }), change)
    const stale = await browser.submit(url, fields)
    expect(textOf(stale)).toContain('Ces informations ont changé depuis : Domaine.')
    expect((await esmsOf(at.grappe, own))?.domaine).toBe('DOM')
  })

  it('touches its own member alone, and tells nothing of the others', async () => {
    const { at, own, other, link } = await scene()
    const token = await link(null)
    const browser = openBrowser(test)
    const elsewhere = urlTo('memberRecord', { token, esms: other })
    expect((await browser.get(elsewhere)).status).toBe(404)
    expect((await browser.submit(elsewhere, { name: 'Volé' })).status).toBe(404)
    const answers = urlTo('memberAnswers', { token, esms: other })
    expect((await browser.submit(answers, { [ownAnswerField('pas-deux-dui')]: 'oui' })).status).toBe(404)
    const program = test.bearer(token)
    const put = await program.call('PUT', fill(API_PATHS.memberRecord, { esms: other }), { name: 'Volé' })
    expect(put.status).toBe(404)
    const ours = await program.call<{ esms: { id: string } }[]>('GET', API_PATHS.memberRecords)
    expect(ours.body.map(({ esms }) => esms.id)).toEqual([own])
    expect((await esmsOf(at.grappe, other))?.name).toBe('EHPAD n° 2')
    await api.call('PUT', fill(API_PATHS.correctionMode, at), { mode: 'appliquees' })
    const url = urlTo('memberRecord', { token, esms: own })
    const taken = await browser.submit(url, await typed(browser, url, { finess: fictionalFiness(2) }))
    expect(textOf(taken)).toContain('Un autre membre de la grappe a déjà ce numéro.')
    expect(textOf(taken)).not.toContain('EHPAD n° 2')
  })
})

describe('a fact that nobody gave', () => {
  it('is asked for, and the piece that depends on it is not; reminders recall the questions', async () => {
    const { at, own, link } = await scene(1)
    const record = await readGrappe(test.context.db, at.grappe)
    await api.call('PUT', fill(API_PATHS.esms, { ...at, esms: own }), {
      name: 'EHPAD n° 1',
      ogId: record?.ogs[0]?.id,
      contactEmail: 'contact1@exemple.fr',
    })
    const token = await link(null)
    const home = textOf(await openBrowser(test).get(urlTo('memberHome', { token })))
    expect(home).toContain('informations à compléter')
    expect(home).not.toContain('Répartition des activités')
    const board = await api.call<{ pieces: { code: string; required: boolean }[] }>(
      'GET',
      fill(API_PATHS.board, at),
    )
    // Shown to the porteur, and owed by nobody until the fact is known.
    expect(board.body.pieces.filter(({ code }) => code === 'repartition-activites-domicile')).toMatchObject([
      { required: false },
    ])
    await porteur.get(urlTo('relances', at))
    await porteur.submit(urlTo('sendRelances', at), {})
    const mail = (await readOutbox(test.context)).find(
      ({ recipient, subject }) => recipient === 'contact1@exemple.fr' && subject.includes('vous écrit'),
    )
    const text = (mail?.text ?? '').replace(/\s+/g, ' ')
    expect(text).toMatch(/Il manque aussi votre réponse à \d questions/)
    expect(text).toContain(`/fiches/${own}`)
    expect(text).not.toContain('Répartition des activités')
    expect(textOf(await porteur.get(urlTo('relances', at)))).toMatch(/\d pièces?, \d questions/)
  })
})

describe('a member whose solution is not in the list', () => {
  it('names it; the porteur reads it as new, and accepting it records it', async () => {
    const { at, own, other, link } = await scene()
    const token = await link(null)
    const browser = openBrowser(test)
    const url = urlTo('memberRecord', { token, esms: own })
    const named = { nouveauProduit: 'Carnet Bleu', nouvelEditeur: '' }
    const refused = await browser.submit(url, await typed(browser, url, named))
    expect(refused.status).toBe(422)
    expect(textOf(refused)).toContain('Indiquez l’éditeur de cette solution.')
    expect(refused.html).toContain('value="Carnet Bleu"')
    const whole = { ...named, nouvelEditeur: 'Éditeur fictif' }
    const sent = await browser.submit(url, await typed(browser, url, whole))
    const after = await browser.follow(sent)
    expect(textOf(after)).toContain('Carnet Bleu (Éditeur fictif), nouvelle dans la grappe')
    expect(after.html).toContain('value="Carnet Bleu"')
    expect(
      (await readGrappe(test.context.db, at.grappe))?.solutions.map(({ produit }) => produit),
    ).not.toContain('Carnet Bleu')
    const page = await porteur.get(urlTo('corrections', at))
    expect(textOf(page)).toContain('Carnet Bleu (Éditeur fictif), nouvelle dans la grappe')
    const listed = await api.call<{ proposals: Array<{ id: string }> }>(
      'GET',
      fill(API_PATHS.corrections, at),
    )
    const decide = fill(API_PATHS.decideCorrection, { ...at, proposal: listed.body.proposals[0]?.id ?? '' })
    expect((await api.call('POST', decide, { decision: 'acceptee' })).status).toBeLessThan(300)
    const grappe = await readGrappe(test.context.db, at.grappe)
    const solution = grappe?.solutions.find(({ produit }) => produit === 'Carnet Bleu')
    expect(grappe?.esms.find(({ id }) => id === own)?.solutionId).toBe(solution?.id)
    expect(grappe?.esms.find(({ id }) => id === other)?.solutionId).not.toBe(solution?.id)
    // Another spelling of it is the same one.
    const again = { nouveauProduit: 'CARNET BLEU v2', nouvelEditeur: 'Editeur Fictif' }
    const same = await browser.submit(url, await typed(browser, url, again))
    expect(textOf(await browser.follow(same))).toContain('Rien n’a changé dans votre fiche.')
  })
})

describe('the OG that carries the grappe', () => {
  it('is not asked for a mandate to itself; the others are', async () => {
    const { at } = await scene(1)
    const og = await api.call<{ id: string }>('POST', fill(API_PATHS.ogs, at), { name: 'Fondation du Val' })
    await api.call('POST', fill(API_PATHS.allEsms, at), { name: 'SSIAD du Val', ogId: og.body.id })
    const carrier = (await readGrappe(test.context.db, at.grappe))?.porteurOgId ?? ''
    const homeOf = async (ogId: string) => {
      const about = { kind: 'og' as const, grappeId: at.grappe, ogId, label: 'OG' }
      const { token } = await issueLink(test.context.db, test.context, about)
      return textOf(await openBrowser(test).get(urlTo('memberHome', { token })))
    }
    expect(await homeOf(carrier)).not.toContain('Mandat donné au porteur')
    expect(await homeOf(og.body.id)).toContain('Mandat donné au porteur')
    const board = await api.call<{ pieces: { code: string }[] }>('GET', fill(API_PATHS.board, at))
    const mandates = board.body.pieces.filter(({ code }) => code === 'mandat-porteur')
    expect(mandates).toHaveLength(1)
  })
})

describe('whoever answers for an OG', () => {
  async function ogScene() {
    const { at } = await scene()
    const ogId = (await readGrappe(test.context.db, at.grappe))?.ogs[0]?.id ?? ''
    const issued = await issueLink(test.context.db, test.context, {
      kind: 'og',
      grappeId: at.grappe,
      label: 'Association Les Oliviers',
      ogId,
    })
    const url = urlTo('memberOgRecord', { token: issued.token, og: ogId })
    return { at, ogId, token: issued.token, url }
  }
  const ogOf = async (grappeId: string) => (await readGrappe(test.context.db, grappeId))?.ogs[0]
  const sent = async (browser: PageClient, url: string, changes: Record<string, string>) =>
    browser.submit(url, fieldsOf(await browser.get(url), url, changes))

  it('corrects its facts: a difference that the porteur accepts', async () => {
    const { at, token, url } = await ogScene()
    const browser = openBrowser(test)
    expect((await browser.get(urlTo('memberHome', { token }))).html).toContain(url)
    const wrong = await sent(browser, url, { finessEj: '12' })
    expect(wrong.status).toBe(422)
    expect(wrong.html).toContain('value="12"')
    const proposed = await sent(browser, url, { name: 'Les Oliviers', finessEj: fictionalFiness(90) })
    expect(textOf(await browser.follow(proposed))).toContain(
      'Correction envoyée au porteur : Nom : Les Oliviers',
    )
    expect(textOf(await browser.get(url))).toContain('Votre correction attend le porteur')
    expect((await ogOf(at.grappe))?.name).toBe('Association Les Oliviers')
    expect(textOf(await porteur.get(urlTo('members', at)))).toContain('1 correction')
    const page = await porteur.get(urlTo('corrections', at))
    expect(textOf(page)).toContain('Numéro FINESS juridique (EJ) : non renseigné →')
    const [, id = ''] = /correction-([0-9a-f-]{36})/.exec(page.html) ?? []
    const action = urlTo('decideCorrection', { ...at, proposal: id })
    expect((await porteur.submit(action, { decision: 'acceptee' })).status).toBe(303)
    expect(await ogOf(at.grappe)).toMatchObject({ name: 'Les Oliviers', finessEj: fictionalFiness(90) })
    expect((await porteur.submit(action, { decision: 'acceptee' })).status).toBe(409)
    expect(textOf(await porteur.get(urlTo('journal', at)))).toContain(
      'Correction de « Association Les Oliviers » acceptée',
    )
  })

  it('reads why it was declined; sent again as it stands, takes back what waits', async () => {
    const { at, url } = await ogScene()
    const browser = openBrowser(test)
    await sent(browser, url, { name: '<b>OG</b>' })
    const { html } = await porteur.get(urlTo('corrections', at))
    expect(html).not.toContain('<b>OG</b>')
    const [, id = ''] = /correction-([0-9a-f-]{36})/.exec(html) ?? []
    const action = urlTo('decideCorrection', { ...at, proposal: id })
    await porteur.submit(action, { decision: 'refusee', [`motif-${id}`]: 'Le nom des statuts est l’autre.' })
    expect(textOf(await browser.get(url))).toContain('Le nom des statuts est l’autre.')
    await sent(browser, url, { name: 'Les Oliviers' })
    await sent(browser, url, { name: 'Association Les Oliviers' })
    expect(textOf(await porteur.get(urlTo('corrections', at)))).toContain('Aucune correction n’attend')
  })

  it('at once when the porteur chose so, never over what changed meanwhile, never with another’s number', async () => {
    const { at, ogId, url } = await ogScene()
    const taken = { name: 'Autre organisme', finessEj: fictionalFiness(91) }
    await api.call('POST', fill(API_PATHS.ogs, at), taken)
    await porteur.submit(urlTo('correctionMode', at), { mode: 'appliquees' })
    const browser = openBrowser(test)
    const page = await browser.get(url)
    for (const field of ['name', 'finessEj'] as const) {
      const refused = await sent(browser, url, { [field]: taken[field] })
      expect(refused.status).toBe(422)
      expect(textOf(refused)).toContain('Un autre organisme de la grappe a déjà ce')
      expect(textOf(refused)).not.toContain('Autre organisme a')
    }
    const applied = await sent(browser, url, { finessEj: fictionalFiness(92) })
    expect(textOf(await browser.follow(applied))).toContain('Fiche corrigée : Numéro FINESS juridique (EJ)')
    const stale = await browser.submit(url, fieldsOf(page, url, { finessEj: fictionalFiness(93) }))
    expect(stale.status).toBe(422)
    expect(textOf(stale)).toContain('Ces informations ont changé depuis')
    expect((await readGrappe(test.context.db, at.grappe))?.ogs.find(({ id }) => id === ogId)?.finessEj).toBe(
      fictionalFiness(92),
    )
  })

  it('says who signs its letters and where its seat is; what a program leaves out stays', async () => {
    const { at, ogId, token, url } = await ogScene()
    await porteur.submit(urlTo('correctionMode', at), { mode: 'appliquees' })
    const browser = openBrowser(test)
    const wrong = await sent(browser, url, { siren: '732 829 321' })
    expect(wrong.status).toBe(422)
    expect(textOf(wrong)).toContain('Ce n’est ni un SIREN (9 chiffres) ni un SIRET')
    const identity = {
      representative: 'Ève <b>Martin</b>',
      representativeRole: 'Présidente',
      seatAddress: '1 rue des Oliviers, 20200 Bastia',
      siren: '732 829 320 00074',
    }
    expect((await sent(browser, url, identity)).status).toBe(303)
    await test
      .bearer(token)
      .call('PUT', fill(API_PATHS.memberOgRecord, { og: ogId }), { name: 'Les Oliviers' })
    const read = await api.call<{ ogs: object[] }>('GET', fill(API_PATHS.grappe, at))
    expect(read.body.ogs).toMatchObject([{ name: 'Les Oliviers', ...identity, siren: '73282932000074' }])
    const form = await porteur.get(urlTo('editOg', { ...at, og: ogId }))
    expect(form.html).toContain('value="Présidente"')
    await porteur.submit(urlTo('editOg', { ...at, og: ogId }), { name: 'Les Oliviers', representative: '' })
    expect(await ogOf(at.grappe)).toMatchObject({ name: 'Les Oliviers' })
    const after = await api.call<{ ogs: object[] }>('GET', fill(API_PATHS.grappe, at))
    expect(after.body.ogs).toMatchObject([{ representative: null, representativeRole: 'Présidente' }])
  })

  it('by a program too; the link of an ESMS has no OG', async () => {
    const { at, ogId, token } = await ogScene()
    const program = test.bearer(token)
    const read = await program.call('GET', API_PATHS.memberOgRecords)
    expect(read.body).toMatchObject([{ og: { id: ogId }, facts: { finessEj: null }, waiting: null }])
    const address = fill(API_PATHS.memberOgRecord, { og: ogId })
    const put = await program.call('PUT', address, { name: 'Les Oliviers' })
    expect(put.body).toMatchObject({ mode: 'proposees', changes: [expect.stringContaining('Les Oliviers')] })
    const listed = await api.call('GET', fill(API_PATHS.corrections, at))
    expect(listed.body).toMatchObject({ proposals: [{ member: { kind: 'og', id: ogId } }] })
    const esms = (await readGrappe(test.context.db, at.grappe))?.esms[0]?.id ?? ''
    const issued = await issueLink(test.context.db, test.context, {
      kind: 'esms',
      grappeId: at.grappe,
      label: 'EHPAD n° 1',
      esmsId: esms,
    })
    const other = test.bearer(issued.token)
    expect((await other.call('GET', API_PATHS.memberOgRecords)).body).toEqual([])
    expect((await other.call('PUT', address, { name: 'Volé' })).status).toBe(404)
    const page = urlTo('memberOgRecord', { token: issued.token, og: ogId })
    expect((await openBrowser(test).get(page)).status).toBe(404)
  })
})
