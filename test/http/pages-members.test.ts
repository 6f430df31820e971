import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, PATHS, urlTo } from '../../schema/urls.ts'
import { openPorteurScope } from '../../server/steps/access/porteur-scope.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { handToReviewer } from '../../server/steps/dossier/hand-to-reviewer.ts'
import { readGrappe } from '../../server/steps/read/read-grappe.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, fictionalFiness } from '../support/grappe.ts'
import { type PageClient, signInPorteur } from '../support/page-client.ts'
import { fieldOf, textOf } from '../support/page-text.ts'

let test: TestApp
let porteur: PageClient
beforeAll(async () => {
  test = await startApp()
  porteur = await signInPorteur(test)
})
afterAll(() => test.close())

const NO_ONE = '00000000-0000-4000-8000-000000000000'

async function recordOf(grappeId: string) {
  const record = await readGrappe(test.context.db, grappeId)
  if (record === null) throw new Error('the grappe is not there')
  return record
}

/** A grappe with one OG and no ESMS, made through the pages. */
async function newGrappe(name: string): Promise<{ grappe: string; og: string }> {
  await porteur.get(urlTo('newGrappe'))
  const created = await porteur.submit(urlTo('newGrappe'), { name, call: 'demonstration', example: '' })
  const grappe = created.location?.split('/')[3] ?? ''
  await porteur.get(urlTo('newOg', { grappe }))
  await porteur.submit(urlTo('newOg', { grappe }), { name: 'Association Les Oliviers', porteur: 'oui' })
  return { grappe, og: (await recordOf(grappe)).porteurOgId ?? '' }
}

describe('a name typed with ordinary spaces inside « »', () => {
  it('breaks nowhere there on a page, and is sent back as it was typed', async () => {
    const typed = 'Résidence « Les Jardins » d’Oc'
    const { grappe, og } = await newGrappe('Guillemets')
    await porteur.get(urlTo('newEsms', { grappe }))
    await porteur.submit(urlTo('newEsms', { grappe }), { name: typed, ogId: og, domaine: 'PA' })
    const list = await porteur.get(urlTo('members', { grappe }))
    expect(list.html).toContain('>Résidence «\u00a0Les Jardins\u00a0» d’Oc</a>')
    const [member] = (await recordOf(grappe)).esms
    expect(member?.name).toBe(typed)
    const edit = await porteur.get(urlTo('editEsms', { grappe, esms: member?.id ?? '' }))
    expect(edit.html).toContain(`value="${typed}"`)
  })
})

describe('the porteur’s grappes', () => {
  it('says what to do first to somebody who has none', async () => {
    const newcomer = await signInPorteur(test, 'nouvelle@exemple.fr')
    const page = await newcomer.get(urlTo('grappes'))
    expect(textOf(page)).toContain('Vous n’avez pas encore de grappe.')
    expect(page.html).toContain(`href="${urlTo('newGrappe')}"`)
  })

  it('sends a visitor to sign in', async () => {
    const response = await test.app.inject({ url: urlTo('grappes') })
    expect([response.statusCode, response.headers.location]).toEqual([303, urlTo('signIn')])
  })

  it('offers each call with its dates resolved for today, its minimum, and says which is fictional', async () => {
    const text = textOf(await porteur.get(urlTo('newGrappe')))
    expect(text).toContain('Appel fictif de démonstration fictif')
    expect(text).toContain('Du samedi 2 mai 2026 au jeudi 16 juillet 2026 : il reste 45 jours.')
    expect(text).toContain('Du mardi 16 mai 2023 au vendredi 15 septembre 2023 : cet appel est clos.')
    expect(text).toContain('Nombre minimum d’ESMS : 15 ; 8 pour Corse et Outre-mer.')
    expect(text).toContain('Dates inconnues : vous les reporterez de votre ARS.')
    // What can be used today comes first; closed and fictional calls are under their own headings.
    const order = [
      'Appel à projets ouvert ou à venir',
      'Aucun appel à la clôture connue n’est ouvert ni à venir ici.',
      'Appel dont la clôture est inconnue',
      'ESMS numérique 2024, règle nationale',
      'ESMS numérique 2021, temps 1',
      'appels clos',
      'Appel fictif, pour essayer',
    ]
    const places = order.map(words => text.indexOf(words))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places).not.toContain(-1)
    expect(text).not.toContain('Inventé')
  })

  it('asks of a closed call its new closing or an archive, and keeps what was typed', async () => {
    await porteur.get(urlTo('newGrappe'))
    const create = (fields: Record<string, string>) =>
      porteur.submit(urlTo('newGrappe'), { name: 'Corse', call: 'corse-2023', suite: 'import', ...fields })
    const asked = await create({})
    expect([asked.status, textOf(asked)]).toEqual([
      422,
      expect.stringContaining('chaque pièce obligatoire serait en retard dès la création'),
    ])
    expect(textOf(await create({ cloture: '2025-01-01', dapres: 'Avis' }))).toContain('déjà passé')
    const sourceless = await create({ cloture: '2026-12-01' })
    expect(textOf(sourceless)).toContain('Dites d’où vient cette date')
    expect(fieldOf(sourceless, 'cloture')).toBe('2026-12-01')
    const dated = await create({ cloture: '2026-12-01', dapres: 'Avis de l’ARS' })
    expect(dated.location).toMatch(/\/membres\/import$/)
    const grappe = dated.location?.split('/')[3] ?? ''
    expect((await recordOf(grappe)).call.reported).toMatchObject([
      { path: 'windows.0.closesOn', basis: 'Avis de l’ARS', before: '2023-09-15' },
    ])
    const archive = await create({ archive: 'oui', suite: 'saisie' })
    expect(archive.location).toMatch(/\/membres$/)
    const kept = archive.location?.split('/')[3] ?? ''
    expect((await recordOf(kept)).call.windows[0]?.closesOn).toBe('2023-09-15')
    expect(textOf(await porteur.get(urlTo('relances', { grappe: kept })))).toContain('pause')
  })

  it('creates a grappe from an example and says that its members are made up', async () => {
    const form = textOf(await porteur.get(urlTo('newExample')))
    expect(form).toContain('Leurs établissements sont fictifs')
    expect(form).toContain('Inventé : Les établissements, leur répartition entre les OG')
    const created = await porteur.submit(urlTo('newExample'), {
      name: 'Essai 🍇',
      call: 'demonstration',
      example: 'happy',
    })
    expect(created.status).toBe(303)
    const page = textOf(await porteur.follow(created))
    expect(page).toContain('Grappe « Essai 🍇 » créée. Ses membres de départ sont fictifs.')
    expect(page).toContain('19 ESMS, 4 OG. 19 lignes à compléter.')
    expect(textOf(await porteur.get(urlTo('grappes')))).toContain('19 ESMS, 4 OG')
  })

  it('keeps what was typed when the call is unknown, and creates nothing', async () => {
    const before = textOf(await porteur.get(urlTo('grappes')))
    await porteur.get(urlTo('newGrappe'))
    const refused = await porteur.submit(urlTo('newGrappe'), { name: 'Ma grappe', call: 'inconnu' })
    expect(refused.status).toBe(422)
    expect(textOf(refused)).toContain('Cet appel à projets n’est pas proposé ici.')
    expect(fieldOf(refused, 'name')).toBe('Ma grappe')
    expect(textOf(await porteur.get(urlTo('grappes')))).toBe(before)
  })

  it('refuses a name of 300 characters with what to do', async () => {
    await porteur.get(urlTo('newGrappe'))
    const refused = await porteur.submit(urlTo('newGrappe'), { name: 'a'.repeat(300), call: 'demonstration' })
    expect(refused.status).toBe(422)
    expect(textOf(refused)).toContain('160 caractères au plus')
  })

  it('creates one grappe when the button is clicked twice', async () => {
    const form = await porteur.get(urlTo('newGrappe'))
    const fields = {
      id: fieldOf(form, 'id') ?? '',
      name: 'Une seule fois',
      call: 'demonstration',
      example: '',
    }
    const [first, second] = await Promise.all([
      porteur.submit(urlTo('newGrappe'), fields),
      porteur.submit(urlTo('newGrappe'), fields),
    ])
    expect(second?.location).toBe(first?.location)
    const page = (await porteur.get(urlTo('grappes'))).html
    expect(page.split('>Une seule fois<')).toHaveLength(2)
  })
})

describe('the members of a grappe', () => {
  it('asks for the carrying OG first, then for its ESMS', async () => {
    await porteur.get(urlTo('newGrappe'))
    const created = await porteur.submit(urlTo('newGrappe'), { name: 'Vide', call: 'demonstration' })
    const page = textOf(await porteur.follow(created))
    expect(page).toContain('Commencez par l’organisme gestionnaire (OG) qui porte la candidature.')
    const grappe = created.location?.split('/')[3] ?? ''
    const early = await porteur.get(urlTo('newEsms', { grappe }))
    expect(early.location).toBe(urlTo('newOg', { grappe }))
  })

  it('adds one member after another, keeping what is common', async () => {
    const { grappe, og } = await newGrappe('L’un après l’autre')
    const url = urlTo('newEsms', { grappe })
    await porteur.get(url)
    const first = await porteur.submit(url, {
      name: 'EHPAD 🌻 « Les Jardins »',
      finess: fictionalFiness(1),
      ogId: og,
      domaine: 'PA',
      projet: 'acquisition',
      suite: 'autre',
    })
    const next = await porteur.follow(first)
    expect(textOf(next)).toContain('« EHPAD 🌻 « Les Jardins » » est ajouté : la grappe compte 1 ESMS.')
    expect(next.html).toContain(`<option value="${og}" selected>`)
    expect(next.html).toContain('<option value="PA" selected>')
    expect(fieldOf(next, 'name')).toBe('')

    const page = textOf(await porteur.get(urlTo('members', { grappe })))
    expect(page).toContain('Association Les Oliviers porteur de la grappe')
    expect(page).toContain('Il manque la solution et l’e-mail du contact.')
    expect(page).toContain('pas encore remis')
  })

  it('adds one member when the button is clicked twice, and says so, even without a number', async () => {
    const { grappe, og } = await newGrappe('Double clic')
    const url = urlTo('newEsms', { grappe })
    const form = await porteur.get(url)
    const fields = { id: fieldOf(form, 'id') ?? '', name: 'IME double', ogId: og }
    await porteur.submit(url, fields)
    const second = await porteur.submit(url, fields)
    expect(textOf(await porteur.follow(second))).toContain(
      '« IME double » était déjà ajouté par ce formulaire : il n’a pas été ajouté deux fois.',
    )
    expect((await recordOf(grappe)).esms).toHaveLength(1)
  })

  it('accepts a Corsican number in lower case with spaces', async () => {
    const { grappe, og } = await newGrappe('Corse')
    const url = urlTo('newEsms', { grappe })
    await porteur.get(url)
    const saved = await porteur.submit(url, { name: 'EHPAD corse', finess: '2a 000 0253', ogId: og })
    expect(saved.status).toBe(303)
    expect((await recordOf(grappe)).esms[0]?.finess).toBe('2A0000253')
  })

  it('proposes the number whose zero a spreadsheet ate, and takes it on demand', async () => {
    const { grappe, og } = await newGrappe('Zéro perdu')
    const url = urlTo('newEsms', { grappe })
    await porteur.get(url)
    const fields = { name: 'ESAT du Rhône', finess: '10780195', ogId: og }
    const refused = await porteur.submit(url, fields)
    expect(refused.status).toBe(422)
    expect(textOf(refused)).toContain('le tableur a sans doute supprimé le zéro du début')
    expect(textOf(refused)).toContain('Prendre 010780195 à la place')
    expect(refused.html).toContain('value="ESAT du Rhône"')
    const saved = await porteur.submit(url, { ...fields, suggestion: fieldOf(refused, 'suggestion') ?? '' })
    expect(saved.status).toBe(303)
    expect((await recordOf(grappe)).esms[0]?.finess).toBe('010780195')
  })

  it('refuses the OG’s own number for an ESMS, and the same EJ for two OG', async () => {
    const { grappe, og } = await newGrappe('EJ deux fois')
    const ej = fictionalFiness(500)
    await porteur.get(urlTo('editOg', { grappe, og }))
    await porteur.submit(urlTo('editOg', { grappe, og }), { name: 'Association Les Oliviers', finessEj: ej })
    const asEsms = await porteur.submit(urlTo('newEsms', { grappe }), { name: 'EHPAD', finess: ej, ogId: og })
    expect(asEsms.status).toBe(422)
    expect(textOf(asEsms)).toContain('est le numéro juridique (EJ) de « Association Les Oliviers »')
    const twice = await porteur.submit(urlTo('newOg', { grappe }), {
      name: 'Autre association',
      finessEj: ej,
    })
    expect(twice.status).toBe(422)
    expect(textOf(twice)).toContain('déjà celui d’un autre OG de la grappe : « Association Les Oliviers »')
    expect((await recordOf(grappe)).ogs).toHaveLength(1)
  })

  it('names the member that already holds a number, and the OG that is already there', async () => {
    const { grappe, og } = await newGrappe('Doublons')
    const url = urlTo('newEsms', { grappe })
    await porteur.get(url)
    await porteur.submit(url, { name: 'Premier', finess: fictionalFiness(1), ogId: og })
    const again = await porteur.submit(url, { name: 'Second', finess: fictionalFiness(1), ogId: og })
    expect([again.status, textOf(again).includes('déjà le numéro de « Premier »')]).toEqual([422, true])
    const sameOg = await porteur.submit(urlTo('newOg', { grappe }), { name: 'Association Les Oliviers' })
    expect([sameOg.status, textOf(sameOg).includes('il n’a pas été ajouté deux fois')]).toEqual([422, true])
  })

  it('offers the domains of the call only, and never changes a member’s present one by itself', async () => {
    const { grappe, og } = await newGrappe('Domaines')
    const url = urlTo('newEsms', { grappe })
    expect((await porteur.get(url)).html).not.toContain('value="PJM"')
    await porteur.submit(url, { name: 'Service tutélaire', ogId: og, domaine: 'PJM' })
    const esms = (await recordOf(grappe)).esms[0]?.id ?? ''
    const form = await porteur.get(urlTo('editEsms', { grappe, esms }))
    expect(form.html).toMatch(/<option value="PJM" selected>[^<]*non admis par l’appel/)
  })
})

/** A member deposits its first piece through its link. */
async function depositFor(grappe: string, esms: string): Promise<void> {
  const api = await test.porteur()
  const invited = await api.call<Array<{ address: string }>>(
    'POST',
    fill(API_PATHS.invitations, { grappe }),
    {
      esms,
    },
  )
  const member = test.bearer(invited.body[0]?.address.split('/').at(-1) ?? '')
  const { body } = await member.call<{ pieces: Array<{ pieceId: string }> }>('GET', API_PATHS.memberPieces)
  const received = await member.upload(
    fill(API_PATHS.memberVersions, { piece: body.pieces[0]?.pieceId ?? '' }),
    form([{ name: 'pièce.pdf', bytes: await pdf('Une pièce') }]),
  )
  expect(received.status).toBe(201)
}

describe('leaving the grappe', () => {
  it('says exactly what a withdrawal does, asks why, keeps what was deposited, and is undone', async () => {
    const { grappeId: grappe, esmsIds } = await createTestGrappe(await test.porteur(), 15)
    const esms = esmsIds[0] ?? ''
    await depositFor(grappe, esms)
    const url = urlTo('removeEsms', { grappe, esms })

    const asked = textOf(await porteur.get(url))
    expect(asked).toContain('1 dépôt sortira du dossier et restera dans l’historique.')
    expect(asked).toContain('Son lien de dépôt cessera de fonctionner.')
    expect(asked).toContain('La grappe n’est pas éligible en l’état')
    const silent = await porteur.submit(url, { motive: ' ' })
    expect([silent.status, textOf(silent).includes('Indiquez le motif du retrait')]).toEqual([422, true])
    expect((await recordOf(grappe)).esms[0]?.withdrawnOn).toBeNull()

    const gone = await porteur.submit(url, { motive: 'Rejoint une autre grappe' })
    const page = textOf(await porteur.follow(gone))
    expect(page).toContain('« EHPAD n° 1 » est retiré de la grappe. Ses pièces restent dans l’historique.')
    expect(page).toContain('lundi 1er juin 2026 Rejoint une autre grappe')
    expect(page).toContain('14 ESMS, 1 OG.')
    expect((await porteur.get(url)).status).toBe(409)

    const back = await porteur.submit(urlTo('reinstateEsms', { grappe, esms }))
    expect(textOf(await porteur.follow(back))).toContain('15 ESMS, 1 OG.')
    expect(textOf(await porteur.get(urlTo('members', { grappe })))).not.toContain('ESMS retirés')
  })

  it('erases a member that deposited nothing, and says so before', async () => {
    const { grappeId: grappe, esmsIds } = await createTestGrappe(await test.porteur(), 2)
    const url = urlTo('removeEsms', { grappe, esms: esmsIds[1] ?? '' })
    expect(textOf(await porteur.get(url))).toContain('Il n’a rien déposé : sa ligne sera effacée')
    await porteur.submit(url, { motive: 'Saisi par erreur' })
    expect((await recordOf(grappe)).esms).toHaveLength(1)
  })

  it('keeps an OG that still runs an ESMS, and removes one that runs none', async () => {
    const { grappeId: grappe, ogId: og } = await createTestGrappe(await test.porteur(), 1)
    const url = urlTo('removeOg', { grappe, og })
    await porteur.get(url)
    const kept = await porteur.submit(url)
    expect([kept.status, textOf(kept).includes('gère encore 1 ESMS')]).toEqual([409, true])
    await porteur.submit(urlTo('newOg', { grappe }), { name: 'Sans ESMS' })
    const empty = (await recordOf(grappe)).ogs.find(({ name }) => name === 'Sans ESMS')?.id ?? ''
    const removed = await porteur.submit(urlTo('removeOg', { grappe, og: empty }))
    expect(removed.status).toBe(303)
    expect((await recordOf(grappe)).ogs.map(({ id }) => id)).toEqual([og])
  })
})

describe('whose pages these are', () => {
  const GETS = [
    'members',
    'newOg',
    'editOg',
    'removeOg',
    'newEsms',
    'editEsms',
    'removeEsms',
    'solutions',
    'importMembers',
    'invitations',
    'revokeLink',
    'eligibility',
  ] as const
  const POSTS = [
    'newOg',
    'editOg',
    'removeOg',
    'newEsms',
    'editEsms',
    'removeEsms',
    'reinstateEsms',
    'newSolution',
    'invitations',
    'inviteAll',
    'handToArs',
    'revokeLink',
    'declarations',
  ] as const

  /** The ids of a whole grappe, with a link handed to a reviewer. */
  async function everything(): Promise<Record<string, string>> {
    const { grappeId, ogId, esmsIds } = await createTestGrappe(await test.porteur(), 1)
    const { context } = test
    const me = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
    const scope = await openPorteurScope(context, me, grappeId)
    if (scope === null) throw new Error('the grappe is mine')
    const handed = await handToReviewer(context, scope, { label: 'ARS', email: null })
    if (!handed.ok) throw new Error('a reviewer may be given a link')
    return { grappe: grappeId, og: ogId, esms: esmsIds[0] ?? '', link: handed.value.linkId }
  }

  const GOOD_FIELDS = {
    name: 'Nouveau nom',
    motive: 'parce que',
    editeur: 'Éditeur',
    produit: 'Produit',
    label: 'ARS',
    kind: 'esms',
  }

  it('shows nothing of a grappe to another porteur, and lets it change nothing', async () => {
    const mine = await everything()
    const before = await recordOf(mine.grappe ?? '')
    const stranger = await signInPorteur(test, 'autre@exemple.fr')
    await stranger.get(urlTo('newGrappe'))
    for (const page of GETS) {
      expect([page, (await stranger.get(fill(PATHS[page], mine))).status]).toEqual([page, 404])
    }
    const fields = { ...GOOD_FIELDS, ogId: mine.og ?? '', id: mine.esms ?? '' }
    for (const page of POSTS) {
      expect([page, (await stranger.submit(fill(PATHS[page], mine), fields)).status]).toEqual([page, 404])
    }
    expect(await recordOf(mine.grappe ?? '')).toEqual(before)
  })

  it('reaches no member of another grappe through its own', async () => {
    const theirs = await everything()
    const stranger = await signInPorteur(test, 'voisine@exemple.fr')
    await stranger.get(urlTo('newGrappe'))
    const created = await stranger.submit(urlTo('newGrappe'), { name: 'À moi', call: 'demonstration' })
    const mixed = { ...theirs, grappe: created.location?.split('/')[3] ?? '' }
    const before = await recordOf(theirs.grappe ?? '')
    const fields = { ...GOOD_FIELDS, ogId: theirs.og ?? '', id: theirs.esms ?? '' }
    for (const page of ['editOg', 'removeOg', 'editEsms', 'removeEsms', 'revokeLink'] as const) {
      expect([page, (await stranger.get(fill(PATHS[page], mixed))).status]).toEqual([page, 404])
    }
    for (const page of [
      'editOg',
      'removeOg',
      'removeEsms',
      'reinstateEsms',
      'invitations',
      'revokeLink',
    ] as const) {
      expect([page, (await stranger.submit(fill(PATHS[page], mixed), fields)).status]).toEqual([page, 404])
    }
    const adopted = await stranger.submit(fill(PATHS.newEsms, mixed), fields)
    expect([adopted.status, textOf(adopted).includes('un organisme gestionnaire de cette grappe')]).toEqual([
      422,
      true,
    ])
    expect(await recordOf(theirs.grappe ?? '')).toEqual(before)
  })

  it('refuses a form without its token, and changes nothing', async () => {
    const mine = await everything()
    const before = await recordOf(mine.grappe ?? '')
    await porteur.get(fill(PATHS.members, mine))
    const fields = { ...GOOD_FIELDS, ogId: mine.og ?? '', id: mine.esms ?? '', csrf: '' }
    for (const page of POSTS) {
      expect([page, (await porteur.submit(fill(PATHS[page], mine), fields)).status]).toEqual([page, 403])
    }
    const created = await porteur.submit(urlTo('newGrappe'), { ...fields, call: 'demonstration' })
    expect(created.status).toBe(403)
    expect(await recordOf(mine.grappe ?? '')).toEqual(before)
  })

  it('answers 404 to ids that name nobody', async () => {
    const mine = await everything()
    for (const [page, name] of [
      ['editOg', 'og'],
      ['editEsms', 'esms'],
      ['removeEsms', 'esms'],
      ['revokeLink', 'link'],
    ] as const) {
      for (const id of [NO_ONE, 'rien', '../..']) {
        expect((await porteur.get(fill(PATHS[page], { ...mine, [name]: id }))).status).toBe(404)
      }
    }
    expect((await porteur.get(fill(API_PATHS.grappe, mine))).status).toBe(401)
  })
})
