/** Calls written on screen: by a porteur for its grappes, by a reviewer for every porteur. */
import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callVersions, grappes, pieces } from '../../schema/tables.ts'
import { API_PATHS, CALL_API, CALL_PAGES, type CallSide, fill, urlTo } from '../../schema/urls.ts'
import { parseCallText } from '../../server/adapters/call-files.ts'
import { CALL_SECTIONS } from '../../server/domain/call-form.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { fieldsOf } from '../support/form-fields.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { answersIn, textOf } from '../support/page-text.ts'

let test: TestApp
let porteur: PageClient
beforeAll(async () => {
  test = await startApp()
  porteur = await signInPorteur(test)
})
afterAll(() => test.close())

async function signInReviewer(email: string): Promise<PageClient> {
  const { db } = test.context
  const { token } = await issueLink(db, test.context, { kind: 'connexion', email, label: email })
  const browser = openBrowser(test)
  const url = fill('/connexion/:token', { token })
  await browser.get(url)
  await browser.submit(url)
  return browser
}

/** Starts a call, and gives its id. */
async function begin(browser: PageClient, side: CallSide, fields: Record<string, string>): Promise<string> {
  const paths = CALL_PAGES[side]
  await browser.get(paths.start)
  const started = await browser.submit(paths.start, fields)
  if (started.status !== 303) throw new Error(`not started: ${textOf(started)}`)
  return started.location?.split('/').at(-1) ?? ''
}

/** A page of one call, as that person sees it. */
function onCall(browser: PageClient, side: CallSide, id: string) {
  const url = (page: keyof (typeof CALL_PAGES)['porteur'], values: Record<string, string> = {}) =>
    fill(CALL_PAGES[side][page], { call: id, ...values })
  const save = async (address: string, changes: Record<string, string | string[]>, at = address) => {
    const page = await browser.get(at)
    const kept = answersIn(page, address).filter(([name]) => !(name in changes))
    const given = Object.entries(changes).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, each]),
    )
    return await browser.submit(address, [...kept, ...given])
  }
  const section = (name: string, changes: Record<string, string | string[]> = {}) =>
    save(url('section', { section: name }), changes)
  const addPiece = (fields: Record<string, string | string[]>) =>
    save(url('newPiece'), { explanation: 'Pour savoir.', scope: 'esms', ...fields })
  const addFact = async (piece: string, fields: Array<[string, string]>) => {
    const address = url('condition', { piece })
    const page = await browser.get(address)
    const revision = /name="revision" value="(\d+)"/.exec(page.html)?.[1] ?? ''
    return await browser.submit(address, [['revision', revision], ['acte', 'ajouter'], ...fields])
  }
  const revision = async () =>
    /name="revision" value="(\d+)"/.exec((await browser.get(url('pieces'))).html)?.[1] ?? ''
  const publish = async () => browser.submit(url('publish'), { revision: await revision() })
  return {
    url,
    save,
    section,
    addPiece,
    addFact,
    revision,
    publish,
    show: async () => textOf(await browser.get(url('call'))),
  }
}

const EMPTY = {
  depart: 'vide',
  title: 'ESMS numérique 2027, ARS Corse',
  'provenance.reference': 'AAP publié le 2 mars 2027',
  'provenance.kind': 'source-H',
}

describe('a call written from nothing', () => {
  it('is kept part by part, told what it lacks, published, and answered by a grappe', async () => {
    const id = await begin(porteur, 'porteur', EMPTY)
    const call = onCall(porteur, 'porteur', id)
    expect(await call.show()).toContain('Brouillon, jamais publié')
    expect(await call.show()).toContain('points sont à compléter')

    await call.section('identite', { summary: 'Appel de l’ARS Corse.', region: 'Corse' })
    await call.section('fenetres', {
      'windows.0.label': 'Première fenêtre',
      'windows.0.opensOn': '2026-05-01',
      'windows.0.closesOn': '2026-06-15',
      'windows.1.label': 'Seconde fenêtre',
      'windows.1.opensOn': '2026-06-16',
      'windows.1.closesOn': '2026-09-30',
    })
    await call.section('seuils', {
      'minimum-esms.etat': 'connue',
      'minimum-esms.minimum': '15',
      'minimum-esms.exceptions.0.minimum': '8',
      'minimum-esms.exceptions.0.places': ['Corse', 'Outre-mer'],
    })
    await call.section('publics', {
      'domaines.etat': 'connue',
      'domaines.domaines': ['PA', 'DOM'],
      'categories.etat': 'connue',
      'categories.admises.ajouter': 'EHPAD, SSIAD, 183',
      'categories.exclues.ajouter': '362',
    })
    await call.section('declarations', {
      'declarations.0.title': 'Pas d’autre financement',
      'declarations.0.enonce': 'Nous ne recevons aucun autre financement.',
    })
    await call.section('montants', { 'money.etat': 'connus', 'money.acquisitionEuros': '25 000' })
    await call.section('recommandations', { 'recommendations.0.text': 'De 15 à 49 ESMS.' })
    const twice = await call.section('depot', {
      'submission.name': 'G',
      'submission.steps': 'Ouvrir\nOuvrir',
    })
    expect(twice.html).toContain('href="#submission.steps"')
    await call.section('depot', {
      'submission.name': 'Guichet de l’ARS',
      'submission.steps': 'Ouvrir un compte\r\n\r\n Transmettre ',
      'followUp.dates.0.title': 'Convention notifiée',
      'followUp.dates.0.dueOn': 'J+90',
      'followUp.pieces.0.name': 'Convention signée',
      'followUp.pieces.0.explanation': 'Avec l’ARS, après la notification.',
    })
    const after = await porteur.get(call.url('section', { section: 'depot' }))
    expect(after.html).toContain('value="Convention signée"')
    expect((await call.addPiece({ name: 'État des lieux' })).status).toBe(303)
    await call.addPiece({ name: 'Répartition des activités' })
    const added = await call.addFact('repartition-des-activites', [
      ['fait', 'domaines'],
      ['domaines', 'DOM'],
    ])
    await call.addFact('repartition-des-activites', [
      ['fait', 'projets'],
      ['projets', 'acquisition'],
      ['joint', 'et'],
    ])
    expect(textOf(await porteur.follow(added))).toContain('demandée aux services à domicile en acquisition')

    const published = await call.publish()
    expect(textOf(await porteur.follow(published))).toContain('Version 1 publiée.')
    expect(textOf(await call.publish())).toContain('Rien n’a changé depuis la version 1')
    const [version] = await test.context.db.select().from(callVersions).where(eq(callVersions.callId, id))
    expect(version).toMatchObject({ number: 1, publishedBy: 'porteuse@exemple.fr' })

    const yaml = await porteur.get(call.url('yaml'))
    expect(yaml.headers['content-disposition']).toContain('esms-numerique-2027-ars-corse.yaml')
    const read = parseCallText(yaml.html, 'esms-numerique-2027-ars-corse.yaml')
    expect(read).toMatchObject({
      ok: true,
      call: {
        region: 'Corse',
        windows: [{ closesOn: '2026-06-15' }, { closesOn: '2026-09-30' }],
        submission: { name: 'Guichet de l’ARS', url: null, steps: ['Ouvrir un compte', 'Transmettre'] },
        followUp: { dates: [{ code: 'convention-notifiee', dueOn: { daysFromCreation: 90 } }] },
        money: { acquisitionEuros: 25_000, provenance: { reference: 'AAP publié le 2 mars 2027' } },
        pieces: [
          { condition: null },
          { condition: { et: [{ domaines: ['DOM'] }, { projets: ['acquisition'] }] } },
        ],
      },
    })

    const api = await test.porteur()
    const grappe = await api.call<{ id: string }>('POST', API_PATHS.grappes, {
      name: 'Grappe corse',
      call: 'esms-numerique-2027-ars-corse',
    })
    const [stored] = await test.context.db.select().from(grappes).where(eq(grappes.id, grappe.body.id))
    expect(stored).toMatchObject({ callId: id, callVersion: 1 })
    expect(await call.show()).toContain('1 grappe y répond')
  })

  it('leaves unknown what its text does not give, of a new rule or window too, and says so', async () => {
    const call = onCall(porteur, 'porteur', await begin(porteur, 'porteur', EMPTY))
    const saved = await call.section('seuils', { 'guichet.etat': 'connue', 'guichet.guichets': 'regional' })
    expect(saved.status).toBe(303)
    await call.section('fenetres', {
      'windows.0.opensOn': '2026-05-01',
      'windows.0.closesOn': '2026-06-15',
      'windows.1.opensOn': '2026-06-16',
    })
    await call.section('publics', { 'categories.etat': 'connue', 'categories.admises.ajouter': '999' })
    expect(await call.show()).toMatch(/valeurs restent inconnues/)
    const read = (await porteur.get(call.url('yaml'))).html
    expect(read).toMatch(/seuilNational: null/)
    expect(read).toMatch(/opensOn: "?2026-06-16"?\n\s+closesOn: null/)
    expect(read).toMatch(/exclues: null/)
    const shown = textOf(await porteur.get(call.url('section', { section: 'publics' })))
    expect(shown).toContain('999 : code que cet outil ne connaît pas, nom inconnu')
    expect(shown).toContain('Exclues : liste inconnue')
    // Nothing given at all is not taken for an answer.
    const empty = await call.section('seuils', { 'guichet.guichets': [] })
    expect(empty.status).toBe(422)
  })

  it('keeps what was typed when it is refused, with a sentence beside each field', async () => {
    const call = onCall(porteur, 'porteur', await begin(porteur, 'porteur', EMPTY))
    const late = await call.section('fenetres', {
      'windows.0.opensOn': '2026-06-15',
      'windows.0.closesOn': '2026-05-01',
    })
    expect([late.status, textOf(late).includes('Mettez la clôture après l’ouverture.')]).toEqual([422, true])
    expect(late.html).toContain('value="2026-05-01"')
    const unread = await call.section('publics', {
      'categories.etat': 'connue',
      'categories.admises.ajouter': 'Château',
    })
    expect(textOf(unread)).toContain('Aucune catégorie, ou plusieurs, pour : Château.')
    const hostile = '<script>alert(1)</script>'
    expect((await call.addPiece({ name: hostile, code: 'hostile' })).status).toBe(303)
    const pieces = await porteur.get(call.url('pieces'))
    expect(pieces.html).not.toContain('<script>alert')
    expect(pieces.html).toContain('&lt;script')
    const again = await call.addPiece({ name: 'Autre', code: 'hostile' })
    expect([again.status, textOf(again).includes('deux pièces ont le même')]).toEqual([422, true])
    const nobody = await call.addFact('hostile', [
      ['fait', 'tailleOg'],
      ['tailleOg.min', '5'],
      ['tailleOg.max', '4'],
    ])
    expect(textOf(nobody)).toContain('Mettez le maximum après le minimum.')
    await call.addFact('hostile', [
      ['fait', 'domaines'],
      ['domaines', 'PA'],
    ])
    const never = await call.addFact('hostile', [
      ['fait', 'domaines'],
      ['domaines', 'PH'],
      ['joint', 'et'],
    ])
    expect(textOf(never)).toContain('elle ne peut concerner personne')
  })

  it('is never overwritten in silence by a second person', async () => {
    const call = onCall(porteur, 'porteur', await begin(porteur, 'porteur', EMPTY))
    const address = call.url('section', { section: 'identite' })
    const mine = answersIn(await porteur.get(address), address).filter(([name]) => name !== 'summary')
    await call.section('identite', { summary: 'Écrit par l’autre.' })
    const refused = await porteur.submit(address, [...mine, ['summary', 'Écrit par moi.']])
    expect(refused.status).toBe(422)
    expect(textOf(refused)).toContain('« Écrit par l’autre. » au lieu de « Écrit par moi. »')
    expect(refused.html).toContain('>Écrit par moi.</textarea>')
    const again = [...answersIn(refused, address)]
    expect((await porteur.submit(address, again)).status).toBe(303)
    expect((await porteur.get(address)).html).toContain('>Écrit par moi.</textarea>')
  })

  it('is not published as nobody has read it, once a second person has changed it', async () => {
    const id = await begin(porteur, 'porteur', { depart: 'appel', code: 'corse-2023' })
    const call = onCall(porteur, 'porteur', id)
    const address = call.url('publish')
    const read = fieldsOf(await porteur.get(call.url('call')), address)
    await call.section('identite', { summary: 'Écrit par l’autre.' })
    const refused = await porteur.submit(address, read)
    expect([refused.status, textOf(refused).includes('modifié depuis que vous l’avez lu')]).toEqual([
      409,
      true,
    ])
    expect(await call.show()).toContain('Brouillon, jamais publié')
    const again = fieldsOf(await porteur.get(call.url('call')), address)
    expect(textOf(await porteur.follow(await porteur.submit(address, again)))).toContain('Version 1 publiée.')
  })

  it('piece by piece neither: moved, then taken out by the other, a piece is told with what is there now', async () => {
    const id = await begin(porteur, 'porteur', { depart: 'appel', code: 'corse-2023' })
    const call = onCall(porteur, 'porteur', id)
    const revision = await call.revision()
    const act = (acte: string) =>
      porteur.submit(call.url('pieces'), { revision, acte, piece: 'etat-des-lieux' })
    expect((await act('monter')).status).toBe(303)
    const refused = await act('retirer')
    expect([refused.status, textOf(refused).includes('refaites votre geste')]).toEqual([422, true])
    expect(textOf(refused)).toContain('État des lieux')
  })

  it('keeps a declaration that a piece waits for: taking it out says which piece', async () => {
    const id = await begin(porteur, 'porteur', { depart: 'appel', code: 'corse-2023' })
    const call = onCall(porteur, 'porteur', id)
    await call.addFact('etat-des-lieux', [
      ['fait', 'declaration'],
      ['declaration', 'sans-fonds-europeens'],
      ['reponse', 'oui'],
    ])
    const api = await test.porteur()
    const part = (part: string) => fill(CALL_API.porteur.part, { call: id, part })
    type Read = { revision: number; call: { rules: { rule: string }[]; pieces: object[] } }
    const read = await api.call<Read>('GET', fill(CALL_API.porteur.call, { call: id }))
    const { revision, call: draft } = read.body
    const refused = await api.call<{ fields: Record<string, string> }>('PUT', part('rules'), {
      revision,
      value: draft.rules.filter(({ rule }) => rule !== 'declaration'),
    })
    expect(refused.status).toBe(422)
    expect(Object.values(refused.body.fields).join(' ')).toContain(
      '« sans-fonds-europeens » n’en est pas une.',
    )
  })

  it('of 200 pieces stays usable on its pages and by program, and says that it takes no more', async () => {
    const id = await begin(porteur, 'porteur', { depart: 'appel', code: 'demonstration' })
    const call = onCall(porteur, 'porteur', id)
    const api = await test.porteur()
    type Read = { revision: number; call: { pieces: { code: string }[] } }
    const at = fill(CALL_API.porteur.call, { call: id })
    const { revision, call: draft } = (await api.call<Read>('GET', at)).body
    const [first] = draft.pieces
    const pieces = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ ...first, code: `piece-${i}` }))
    const part = fill(CALL_API.porteur.part, { call: id, part: 'pieces' })
    const many = await api.call<{ fields: Record<string, string> }>('PUT', part, {
      revision,
      value: pieces(500),
    })
    expect([many.status, many.body.fields]).toEqual([
      422,
      { pieces: expect.stringContaining('Limitez l’appel à 200 pièces') },
    ])
    expect((await api.call('PUT', part, { revision, value: pieces(200) })).status).toBe(200)

    const last = await porteur.submit(call.url('pieces'), {
      revision: await call.revision(),
      acte: 'monter',
      piece: 'piece-199',
    })
    expect(last.status).toBe(303)
    const refused = await call.addPiece({ name: 'Une de trop', code: 'une-de-trop' })
    expect([refused.status, textOf(refused).includes('Limitez l’appel à 200 pièces')]).toEqual([422, true])
    expect(refused.html).toContain('value="Une de trop"')
    expect((await call.publish()).status).toBe(303)
    const made = await api.call<{ id: string }>('POST', API_PATHS.grappes, {
      name: 'Grande grappe',
      call: (await api.call<{ code: string }>('GET', at)).body.code,
    })
    const copy = urlTo('callCopy', { grappe: made.body.id })
    expect([made.status, (await porteur.get(copy)).status]).toEqual([201, 200])
    const preview = await api.call<{ fields: Record<string, string> }>(
      'POST',
      fill(API_PATHS.adaptations, { grappe: made.body.id }),
      { acte: 'ajouter', code: 'une-de-trop', piece: first, basis: 'Message de l’ARS' },
    )
    expect([preview.status, JSON.stringify(preview.body.fields)]).toEqual([
      422,
      expect.stringContaining('Limitez l’appel à 200 pièces'),
    ])
  })
})

describe('how long a call has its grappes kept', () => {
  const part = ['section', { section: 'conservation' }] as const
  const kept = async (browser: PageClient, call: ReturnType<typeof onCall>) => {
    const { html } = await browser.get(call.url('yaml'))
    const read = parseCallText(html, `${/^code: (\S+)/m.exec(html)?.[1]}.yaml`)
    return read.ok ? (read.call.retention ?? null) : read.problems
  }

  it('is written on its page by a porteur as by an ARS, stays when another part is saved, and goes', async () => {
    const ars = await signInReviewer('instructrice@ars.exemple.fr')
    for (const [side, browser] of [
      ['porteur', porteur],
      ['ars', ars],
    ] as const) {
      const id = await begin(browser, side, { depart: 'appel', code: 'corse-2023' })
      const call = onCall(browser, side, id)
      const wrong = await call.section('conservation', { 'retention.months': '241' })
      expect([wrong.status, textOf(wrong)]).toEqual([422, expect.stringContaining('240 mois')])
      expect(wrong.html).toContain('href="#retention.months"')
      const source = {
        'retention.provenance.kind': 'source-H',
        'retention.provenance.reference': 'AAP, p. 12',
      }
      const saved = await call.section('conservation', { 'retention.months': '60', ...source })
      expect([side, saved.status]).toEqual([side, 303])
      const provenance = { kind: 'source', confidence: 'H', reference: 'AAP, p. 12' }
      await call.section('identite', { summary: 'Un autre résumé.' })
      await call.section('depot', { 'submission.name': 'Guichet' })
      expect([side, await kept(browser, call)]).toEqual([side, { months: 60, provenance }])
      expect((await browser.get(call.url(...part))).html).toContain('value="60"')
      await call.section('conservation', { 'retention.months': '' })
      expect([side, await kept(browser, call)]).toEqual([side, null])
    }
  })

  it('is what a grappe that answers it then reads, and is written by program too', async () => {
    const api = await test.porteur()
    const made = await api.call<{ id: string; code: string; revision: number }>(
      'POST',
      CALL_API.porteur.list,
      { code: 'demonstration' },
    )
    const at = { call: made.body.id }
    const provenance = { kind: 'source', reference: 'AAP, p. 12', confidence: 'H' }
    const saved = await api.call('PUT', fill(CALL_API.porteur.part, { ...at, part: 'retention' }), {
      revision: made.body.revision,
      value: { months: 36, provenance },
    })
    expect(saved.status).toBe(200)
    expect((await api.call('POST', fill(CALL_API.porteur.publish, at))).status).toBe(201)
    const { body } = await api.call<{ id: string }>('POST', API_PATHS.grappes, {
      name: 'Grappe gardée trois ans',
      call: made.body.code,
    })
    const page = textOf(await porteur.get(urlTo('retention', { grappe: body.id })))
    expect(page).toContain('donnée par l’appel (AAP, p. 12)')
  })
})

describe('every form of a shipped call', () => {
  it('sent as it is shown changes nothing of the file', async () => {
    for (const { code } of test.context.calls) {
      const id = await begin(porteur, 'porteur', { depart: 'appel', code })
      const call = onCall(porteur, 'porteur', id)
      const before = (await porteur.get(call.url('yaml'))).html
      for (const section of CALL_SECTIONS) {
        expect([code, section, (await call.section(section)).status]).toEqual([code, section, 303])
      }
      const pieces = test.context.calls.find(each => each.code === code)?.pieces ?? []
      for (const piece of pieces.slice(0, 3)) {
        expect((await call.save(call.url('piece', { piece: piece.code }), {})).status).toBe(303)
      }
      expect((await porteur.get(call.url('yaml'))).html).toBe(before)
    }
  })
})

describe('a call that comes from a file', () => {
  it('keeps and names what this version does not know, and tells what cannot be read', async () => {
    const id = await begin(porteur, 'porteur', { depart: 'appel', code: 'corse-2023' })
    const yaml = (await porteur.get(onCall(porteur, 'porteur', id).url('yaml'))).html
    const newer = yaml.replace('fictional: false', 'fictional: false\nbareme: nouveau')
    const read = await begin(porteur, 'porteur', { depart: 'fichier', yaml: newer })
    const call = onCall(porteur, 'porteur', read)
    expect(await call.show()).toContain('Cette version ne connaît pas bareme')
    await call.section('identite', { summary: 'Autre résumé.' })
    expect((await porteur.get(call.url('yaml'))).html).toContain('bareme: nouveau')

    await porteur.get(CALL_PAGES.porteur.start)
    const broken = await porteur.submit(CALL_PAGES.porteur.start, {
      depart: 'fichier',
      yaml: yaml.replace('region: Corse', 'region: Corsica'),
    })
    expect(broken.status).toBe(422)
    expect(textOf(broken)).toContain('choisissez parmi : Auvergne')
    expect(broken.html).toContain('region: Corsica')

    await porteur.get(CALL_PAGES.porteur.start)
    const form = new FormData()
    form.set('depart', 'fichier')
    form.set('yaml', '')
    form.set('fichier', new File([newer], 'appel.yaml'))
    const sent = await porteur.upload(CALL_PAGES.porteur.start, form)
    expect(textOf(await porteur.follow(sent))).toContain('Cette version ne connaît pas bareme')
  })
})

describe('a call that an ARS publishes', () => {
  it('is offered to every porteur, and archived never leaves those who answer it', async () => {
    const reviewer = await signInReviewer('instructrice@ars.invalid')
    const id = await begin(reviewer, 'ars', { depart: 'appel', code: 'demonstration' })
    const call = onCall(reviewer, 'ars', id)
    await call.section('identite', { title: 'Appel publié par l’ARS' })
    expect(textOf(await porteur.get(CALL_PAGES.porteur.list))).not.toContain('Appel publié par l’ARS')
    await call.publish()
    const list = textOf(await porteur.get(CALL_PAGES.porteur.list))
    expect(list).toContain('Publié par instructrice@ars.invalid.')

    // Nobody else opens it: neither a porteur nor another reviewer.
    const other = await signInReviewer('autre@ars.invalid')
    expect((await other.get(call.url('call'))).status).toBe(404)
    expect((await porteur.get(fill(CALL_PAGES.porteur.call, { call: id }))).status).toBe(404)
    expect((await openBrowser(test).get(call.url('call'))).status).toBe(303)

    const api = await test.porteur()
    const code = /Code : ([a-z0-9-]+)/.exec((await call.show()).replaceAll('\u00a0', ' '))?.[1] ?? ''
    const made = await api.call<{ id: string }>('POST', API_PATHS.grappes, { name: 'Réponse', call: code })
    expect(made.status).toBe(201)
    await reviewer.submit(call.url('archive'), { archiver: 'oui' })
    const refused = await api.call('POST', API_PATHS.grappes, { name: 'Trop tard', call: code })
    expect(refused.status).toBe(422)
    const kept = await api.call<{ call: { code: string } }>(
      'GET',
      fill(API_PATHS.grappe, { grappe: made.body.id }),
    )
    expect(kept.body.call.code).toBe(code)
  })
})

describe('who publishes calls as an ARS', () => {
  it('is who the settings name, who needs no dossier to sign in; nobody else where they name somebody', async () => {
    const named = await startApp({ CALL_WRITERS: '@ars.sante.fr, chef@region.fr' })
    try {
      const ask = async (email: string) => {
        const visitor = openBrowser(named)
        await visitor.get(urlTo('arsDossiers'))
        await visitor.submit(urlTo('arsDossiers'), { email })
        return (await readOutbox(named.context)).find(({ recipient }) => recipient === email)?.link
      }
      const link = await ask('claire@ars.sante.fr')
      const browser = openBrowser(named)
      const address = new URL(link ?? '').pathname
      await browser.get(address)
      await browser.submit(address)
      expect((await browser.get(CALL_PAGES.ars.start)).status).toBe(200)
      expect(await ask('claire@mars.sante.fr')).toBeUndefined()
      const { db } = named.context
      const email = 'autre@exemple.fr'
      const { token } = await issueLink(db, named.context, { kind: 'connexion', email, label: email })
      const other = openBrowser(named)
      await other.get(urlTo('signInLink', { token }))
      await other.submit(urlTo('signInLink', { token }))
      expect((await other.get(CALL_PAGES.ars.start)).status).toBe(403)
    } finally {
      await named.close()
    }
  })
})

describe('the members that a condition concerns', () => {
  it('are listed for a grappe of the porteur, with the facts that would tell, before anything is saved', async () => {
    const grappe = await createTestGrappe(await test.porteur(), 3, 'Grappe regardée')
    const id = await begin(porteur, 'porteur', { depart: 'appel', code: 'corse-2023' })
    const call = onCall(porteur, 'porteur', id)
    const preview = `${call.url('preview', { piece: 'etat-des-lieux' })}?grappe=${grappe.grappeId}`
    const some = textOf(await porteur.get(`${preview}&fait=projets&projets=acquisition`))
    expect(some).toContain('demandée aux ESMS en acquisition.')
    expect(some).toContain('2 ESMS concernés, 1 autre')
    const unknown = textOf(await porteur.get(`${preview}&fait=categories&categories=EHPAD`))
    expect(unknown).toContain('EHPAD n° 1 : il manque sa catégorie.')
    const [page] = [textOf(await porteur.get(call.url('condition', { piece: 'etat-des-lieux' })))]
    expect(page).toContain('demandée à tous les ESMS')
  })
})

describe('the API of the calls', () => {
  it('does what the pages do, and tells what it refuses', async () => {
    const api = await test.porteur()
    type Own = {
      id: string
      code: string
      revision: number
      missing: { path: string }[]
      call: { pieces: object[] }
    }
    const at = ({ id }: { id: string }) => ({ call: id })
    const made = await api.call<Own>('POST', CALL_API.porteur.list, { code: 'corse-2023' })
    expect([made.status, made.body.missing]).toEqual([201, []])

    const windows = [
      { opensOn: '2026-05-01', closesOn: '2026-06-15' },
      { opensOn: '2026-06-16', closesOn: null },
    ]
    const part = (value: unknown, revision: number) =>
      api.call<Own & { fields?: Record<string, string> }>(
        'PUT',
        fill(CALL_API.porteur.part, { ...at(made.body), part: 'windows' }),
        { revision, value },
      )
    const saved = await part(windows, made.body.revision)
    expect([saved.status, saved.body.revision]).toEqual([200, made.body.revision + 1])
    // Their provenance was that of the dates before them.
    expect(saved.body.missing).toMatchObject([{ path: 'provenance' }])
    expect((await part(windows, made.body.revision)).status).toBe(409)
    const late = await part([{ opensOn: '2026-06-01', closesOn: '2026-05-01' }], saved.body.revision)
    expect([late.status, late.body.fields]).toEqual([
      422,
      { 'windows.0.closesOn': 'Mettez la clôture après l’ouverture.' },
    ])
    for (const nonsense of [null, 'windows', [null], { rules: [null] }]) {
      const whole = await api.call('PUT', fill(CALL_API.porteur.call, at(made.body)), {
        revision: saved.body.revision,
        value: nonsense,
      })
      expect(whole.status).toBe(422)
    }
    const provenance = { kind: 'source', reference: 'AAP 2027', confidence: 'H' }
    const whole = await api.call<Own>('PUT', fill(CALL_API.porteur.call, at(made.body)), {
      revision: saved.body.revision,
      value: { ...saved.body.call, provenance, code: 'autre-code' },
    })
    expect(whole.body).toMatchObject({ code: made.body.code, missing: [] })

    const published = await api.call('POST', fill(CALL_API.porteur.publish, at(made.body)))
    expect([published.status, published.body]).toEqual([201, { version: 1 }])
    expect((await api.call('POST', fill(CALL_API.porteur.publish, at(made.body)))).status).toBe(409)
    const offered = await api.call<{ code: string; origin: string }[]>('GET', API_PATHS.offeredCalls)
    expect(offered.body).toContainEqual(
      expect.objectContaining({ code: made.body.code, origin: 'propre', closesOn: '2026-06-15' }),
    )
    const other = await test.porteur('autre@exemple.fr')
    expect((await other.call('GET', fill(CALL_API.porteur.call, at(made.body)))).status).toBe(404)
    expect((await other.call<object[]>('GET', CALL_API.porteur.list)).body).toEqual([])

    await api.call('POST', fill(CALL_API.porteur.archive, at(made.body)), { archived: true })
    const own = await api.call<{ id: string; archived: boolean }[]>('GET', CALL_API.porteur.list)
    expect(own.body.find(({ id }) => id === made.body.id)?.archived).toBe(true)
    const broken = await api.call<{ fields: { yaml: string } }>('POST', CALL_API.porteur.list, {
      yaml: 'code: x',
    })
    expect([broken.status, broken.body.fields.yaml.includes('ajoutez ce champ')]).toEqual([422, true])
  })
})

describe('what a call advises, and whom it asks', () => {
  it('is read where the grappe is judged and where the piece is deposited', async () => {
    const api = await test.porteur()
    const id = await begin(porteur, 'porteur', { depart: 'appel', code: 'demonstration' })
    const call = onCall(porteur, 'porteur', id)
    await call.section('recommandations', { 'recommendations.0.text': 'De 15 à 49 ESMS.' })
    await call.section('identite', { 'provenance.reference': 'AAP 2027', 'provenance.kind': 'source-H' })
    const devis = 'devis-mise-en-conformite'
    await call.save(call.url('piece', { piece: devis }), { modelUrl: 'https://ars.invalid/modele.docx' })
    await call.publish()
    const code = /Code : ([a-z0-9-]+)/.exec((await call.show()).replaceAll('\u00a0', ' '))?.[1] ?? ''
    const made = await api.call<{ id: string }>('POST', API_PATHS.grappes, { name: 'Conseillée', call: code })
    const at = { grappe: made.body.id }
    const og = await api.call<{ id: string }>('POST', fill(API_PATHS.ogs, at), { name: 'Association' })
    const esms = { name: 'IME', ogId: og.body.id, projet: 'mise-en-conformite' }
    await api.call('POST', fill(API_PATHS.allEsms, at), esms)
    expect(textOf(await porteur.get(urlTo('eligibility', at)))).toContain('De 15 à 49 ESMS.')

    const [piece] = await test.context.db
      .select()
      .from(pieces)
      .where(and(eq(pieces.grappeId, at.grappe), eq(pieces.code, devis)))
    const shown = await porteur.get(urlTo('piece', { ...at, piece: piece?.id ?? '' }))
    expect(textOf(shown)).toContain('Demandée aux ESMS en mise en conformité.')
    expect(shown.html).toContain('href="https://ars.invalid/modele.docx"')
  })
})
