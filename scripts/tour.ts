/**
 * Every page of the three journeys, on grappes that try a layout hard: none, one, 19 and 200 members, and the
 * longest names that the registry holds. The screenshots and the browser tests both go round it.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { type BrowserContext, chromium } from 'playwright-core'
import { CALL_PAGES, type CallSide, fill, PASSKEY_PAGES, urlTo } from '../schema/urls.ts'
import { makeDemonstrationOnce } from '../server/demonstration.ts'
import { CALL_SECTIONS } from '../server/domain/call-form.ts'
import { dayOf } from '../server/domain/deadline.ts'
import { finessKey } from '../server/domain/finess.ts'
import { PROOF_CODE } from '../server/domain/follow-up.ts'
import { GOVERNANCE_PARTS } from '../server/domain/governance/governance.ts'
import { MODELS } from '../server/domain/kit/models.ts'
import { currentVersion, type PieceState, pieceState } from '../server/domain/piece.ts'
import { proposedDeadline } from '../server/domain/review.ts'
import { ROLES } from '../server/domain/role.ts'
import { REVIEWER_COOKIE, SESSION_COOKIE } from '../server/http/security.ts'
import { inviteColleague } from '../server/steps/access/colleagues.ts'
import { digestToken, openDigest } from '../server/steps/access/digests.ts'
import { issueLink } from '../server/steps/access/links.ts'
import { openPorteurScope, type PorteurScope } from '../server/steps/access/porteur-scope.ts'
import { openReviewerDossier } from '../server/steps/access/reviewer-scope.ts'
import { invitationsOf } from '../server/steps/access/services.ts'
import { findOrCreatePorteur, issueSignInLink, signIn } from '../server/steps/access/sign-in.ts'
import { onScreenOf } from '../server/steps/collection/answer-form.ts'
import { kitOfGrappe, writeDocument } from '../server/steps/collection/hand-out-kit.ts'
import { inviteMember } from '../server/steps/collection/invite-members.ts'
import { listLinks } from '../server/steps/collection/list-links.ts'
import { openLooseEnvelopes, receiveLooseFiles } from '../server/steps/collection/loose-files.ts'
import { sendModel, takeModel } from '../server/steps/collection/replace-model.ts'
import { answerInvitation } from '../server/steps/dossier/answer-invitation.ts'
import { askComplements } from '../server/steps/dossier/ask-complements.ts'
import { assignDossiers } from '../server/steps/dossier/assign-dossiers.ts'
import { foundService } from '../server/steps/dossier/found-service.ts'
import { giveOpinion } from '../server/steps/dossier/give-opinion.ts'
import { handToReviewer } from '../server/steps/dossier/hand-to-reviewer.ts'
import { inviteToService } from '../server/steps/dossier/invite-to-service.ts'
import { listHandedDossiers } from '../server/steps/dossier/list-dossiers.ts'
import { declareConforming, noteComplement } from '../server/steps/dossier/review-piece.ts'
import { chooseSolution } from '../server/steps/eligibility/choose-solution.ts'
import { createGrappe, listGrappes } from '../server/steps/eligibility/create-grappe.ts'
import { saveEsms } from '../server/steps/eligibility/save-esms.ts'
import { saveOg } from '../server/steps/eligibility/save-og.ts'
import { bringModel, publishCall, startCall } from '../server/steps/eligibility/write-call.ts'
import type { Context } from '../server/steps/ports.ts'
import type { CallOwner } from '../server/steps/read/read-calls.ts'
import { readGrappe } from '../server/steps/read/read-grappe.ts'
import { readPieces } from '../server/steps/read/read-pieces.ts'
import { latestSealMark, readSealedPlan } from '../server/steps/read/read-seals.ts'
import { readSnapshot } from '../server/steps/read/read-snapshot.ts'
import type { Outcome } from '../server/steps/refusals.ts'

/** Of a digest that a porteur receives. */
async function stopToken(context: Context): Promise<string> {
  const id = await openDigest(context.db, context, 'porteuse@exemple.fr', 'hebdomadaire')
  if (id === null) throw new Error('The digest is not wanted')
  return digestToken(context, id)
}

/** One page to open. */
export interface Stop {
  name: string
  /** Path on the server. */
  url: string
}

export interface Tour {
  stops: readonly Stop[]
  /** Cookie of a signed-in porteur, who owns every grappe of the tour. */
  sessionToken: string
  /** Cookie of a signed-in reviewer, to whom most of them are handed. */
  reviewerToken: string
}

const REVIEWER_EMAIL = 'instructrice@ars.invalid'

const LONG_NAME =
  'ÉTABLISSEMENT D’HÉBERGEMENT POUR PERSONNES ÂGÉES DÉPENDANTES « LES JARDINS DE L’ABBAYE NOTRE-DAME »'
const LONG_OG =
  'ASSOCIATION DÉPARTEMENTALE DES PUPILLES DE L’ENSEIGNEMENT PUBLIC ET D’AIDE AUX ' +
  'PERSONNES ÂGÉES DU PAYS DE L’ABBAYE'

/** Where a browser is; null when this machine has none. `CHROMIUM_PATH` comes first. */
export function findChromium(): string | null {
  const places = [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ]
  return places.find((place): place is string => Boolean(place) && existsSync(place ?? '')) ?? null
}

/** Containers have neither the sandbox's kernel feature nor a large /dev/shm. */
export const openChromium = (executablePath: string) =>
  chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })

/** Opens the porteur's session in this browser. */
export async function enterAsPorteur(
  browser: BrowserContext,
  base: string,
  sessionToken: string,
): Promise<void> {
  await browser.addCookies([{ name: SESSION_COOKIE, value: sessionToken, url: base }])
}

/** Opens the reviewer's session beside it. */
export async function enterAsReviewer(
  browser: BrowserContext,
  base: string,
  reviewerToken: string,
): Promise<void> {
  await browser.addCookies([{ name: REVIEWER_COOKIE, value: reviewerToken, url: base }])
}

/** Fills an empty database and lists its pages. */
export async function prepareTour(context: Context): Promise<Tour> {
  await makeDemonstrationOnce(context)
  const porteur = await findOrCreatePorteur(context.db, context, 'porteur@demonstration.invalid')
  const signInToken = async () => (await issueSignInLink(context.db, context, porteur)).token

  const scopeOf = async (grappeId: string) => {
    const scope = await openPorteurScope(context, porteur, grappeId)
    if (scope === null) throw new Error('A grappe of the tour cannot be read back')
    return scope
  }
  const makeGrappe = async (name: string) => {
    const made = granted(await createGrappe(context, porteur, { name, call: 'demonstration', example: null }))
    return await scopeOf(made.grappeId)
  }
  const [first] = await listGrappes(context, porteur.id)
  if (first === undefined) throw new Error('The demonstration is missing')
  for (const role of ROLES) {
    granted(await inviteColleague(context, porteur, { email: `${role}@demonstration.invalid`, role }))
  }
  const nineteen = await scopeOf(first.id)
  await sendLooseFiles(context, nineteen)
  await replaceModel(context, nineteen)
  await handOutBefore(context, nineteen)
  const none = await makeGrappe('Grappe sans aucun membre')
  const one = await makeGrappe(`Grappe portée par ${LONG_NAME}`)
  await addMembers(context, one, [LONG_NAME], LONG_OG)
  const many = await makeGrappe('Grappe de deux cents établissements')
  await addMembers(
    context,
    many,
    Array.from({ length: 200 }, (_, order) =>
      order % 10 === 0 ? LONG_NAME : `EHPAD fictif n° ${order + 1}`,
    ),
    LONG_OG,
  )

  const { token: administration } = await issueLink(context.db, context, {
    kind: 'administration',
    label: 'Administration',
  })
  const stops: Stop[] = [
    { name: 'accueil', url: urlTo('home') },
    { name: 'connexion', url: urlTo('signIn') },
    { name: 'connexion-lien', url: urlTo('signInLink', { token: await signInToken() }) },
    { name: 'introuvable', url: '/nulle-part' },
    { name: 'boite-d-envoi', url: urlTo('administration', { token: administration }) },
    { name: 'etat-du-serveur', url: urlTo('serverState', { token: administration }) },
    { name: 'api', url: urlTo('apiDocs') },
    { name: 'verifier', url: urlTo('verify') },
    { name: 'donnees-personnelles', url: urlTo('personalData') },
    {
      name: 'porteur-19-version',
      url: urlTo('sealedVersion', { grappe: nineteen.grappeId, number: '1' }),
    },
    { name: 'porteur', url: urlTo('grappes') },
    { name: 'porteur-nouvelle', url: urlTo('newGrappe') },
    { name: 'porteur-exemple', url: urlTo('newExample') },
    { name: 'porteur-personnes', url: urlTo('colleagues') },
    { name: 'porteur-sessions', url: urlTo('sessions') },
    { name: 'porteur-tout-revoquer', url: urlTo('revokeAll') },
    { name: 'porteur-compte', url: urlTo('account') },
    { name: 'porteur-espaces', url: urlTo('spaces') },
    { name: 'porteur-acces-api', url: urlTo('apiAccess') },
    { name: 'porteur-cles-acces', url: PASSKEY_PAGES.porteur.list },
    { name: 'porteur-resumes', url: urlTo('digests') },
    { name: 'resume-arret', url: urlTo('digestStop', { token: await stopToken(context) }) },
    ...(await porteurStops(context, '19', nineteen)),
    ...(await porteurStops(context, '0', none)),
    ...(await porteurStops(context, '1', one)),
    ...(await porteurStops(context, '200', many)),
    ...(await linkStops(context, '19', nineteen)),
    ...(await formStops(context, nineteen)),
    ...(await linkStops(context, '1', one)),
    ...(await linkStops(context, '200', many)),
    ...(await callStops(context, 'porteur', { porteurId: porteur.id, email: porteur.email })),
    ...(await callStops(context, 'ars', { reviewerEmail: REVIEWER_EMAIL })),
  ]
  const reviewerLink = await issueLink(context.db, context, {
    kind: 'connexion',
    email: REVIEWER_EMAIL,
    label: REVIEWER_EMAIL,
  })
  return {
    stops: [...stops, ...(await reviewerStops(context, [nineteen, none, one, many]))],
    sessionToken: granted(await signIn(context, await signInToken())).sessionToken,
    reviewerToken: granted(await signIn(context, reviewerLink.token)).sessionToken,
  }
}

/** The model that the call of the tour brings, which a grappe then tries. */
const BROUGHT = 'repartition-activites'

/** Calls being written: one from nothing, and one of which every part is full. */
async function callStops(context: Context, side: CallSide, owner: CallOwner): Promise<Stop[]> {
  const page = (
    name: string,
    of: keyof (typeof CALL_PAGES)['porteur'],
    values: Record<string, string> = {},
  ) => ({
    name: `${side}-appels-${name}`,
    url: fill(CALL_PAGES[side][of], values),
  })
  const empty = { from: 'vide', title: `Appel de l’ARS pour ${LONG_NAME}`, provenance: null } as const
  const { callId: bare } = started(await startCall(context, owner, empty))
  const { callId: call } = started(
    await startCall(context, owner, { from: 'appel', code: 'nouvelle-aquitaine-2022' }),
  )
  const piece = 'repartition-activites-domicile'
  const file = {
    name: `Répartition selon ${LONG_NAME}.docx`,
    bytes: await context.kit.blank(BROUGHT),
  }
  const brought = await bringModel(context, owner, call, { piece, revision: null, file })
  if (!brought.ok) throw new Error('The model of the tour was refused')
  const published = await publishCall(context, owner, call)
  if (!published.ok) throw new Error('The call of the tour is not whole')
  return [
    page('liste', 'list'),
    page('balises', 'tags', { call }),
    page('nouveau', 'start'),
    page('vide', 'call', { call: bare }),
    page('vide-fenetres', 'section', { call: bare, section: 'fenetres' }),
    page('plein', 'call', { call }),
    ...CALL_SECTIONS.map(section => page(section, 'section', { call, section })),
    page('pieces', 'pieces', { call }),
    page('nouvelle-piece', 'newPiece', { call }),
    page('piece', 'piece', { call, piece }),
    page('condition', 'condition', { call, piece }),
  ]
}

function started(outcome: Awaited<ReturnType<typeof startCall>>): { callId: string } {
  if (!outcome.ok) throw new Error('A call of the tour is refused')
  return outcome.value
}

/** What a signed-in reviewer sees, with every state of a review in the first grappe. */
async function reviewerStops(context: Context, handed: readonly PorteurScope[]): Promise<Stop[]> {
  for (const scope of handed) {
    granted(await handToReviewer(context, scope, { label: 'Instructrice, ARS', email: REVIEWER_EMAIL }))
  }
  const [first] = handed
  const seal = first && (await latestSealMark(context, first.grappeId))
  const reviewer =
    first && (await openReviewerDossier(context, { email: REVIEWER_EMAIL, proof: 'session' }, first.grappeId))
  if (!first || !seal || !reviewer) throw new Error('The demonstration is not sealed')
  const token = first.grappeId
  const { rows } = await readSealedPlan(context, seal.id)
  const [conforming = '', asked = '', drafted = '', shown = ''] = rows.flatMap(({ pieceId, paths }) =>
    pieceId !== null && paths.length > 0 ? [pieceId] : [],
  )
  granted(await declareConforming(context, reviewer, seal, conforming))
  const motive = 'La page signée manque : déposez le document entier, signé par le représentant légal.'
  const today = dayOf(context.now().toISOString(), first.call.timeZone)
  granted(
    await askComplements(context, reviewer, seal, {
      deadlineOn: proposedDeadline(today),
      requests: [{ pieceId: asked, motive }],
    }),
  )
  granted(await noteComplement(context, reviewer, seal, drafted, motive))
  granted(await giveOpinion(context, reviewer, seal, { avis: 'a-completer', note: motive }))
  const service = await serviceStops(context)
  const piece = (id: string) => ({ token, piece: id })
  return [
    ...service,
    { name: 'ars-dossiers', url: urlTo('arsDossiers') },
    { name: 'ars-sessions', url: urlTo('arsSessions') },
    { name: 'ars-cles-acces', url: PASSKEY_PAGES.ars.list },
    { name: 'ars-dossiers-filtres', url: `${urlTo('arsDossiers')}?avis=recevable` },
    { name: 'ars-compte-dossier', url: urlTo('arsHome', { token }) },
    { name: 'ars-compte-piece', url: urlTo('arsPiece', piece(shown)) },
    { name: 'ars-compte-piece-notee', url: urlTo('arsPiece', piece(drafted)) },
    { name: 'ars-compte-piece-demandee', url: urlTo('arsPiece', piece(asked)) },
  ]
}

/** A service with a colleague, one who has not answered, and an invitation in another one. */
async function serviceStops(context: Context): Promise<Stop[]> {
  const by = (email: string) => ({ email, proof: 'session' as const })
  const [joined, waiting, other] = ['collegue@ars.invalid', 'invitee@ars.invalid', 'voisin@ars.invalid']
  granted(await foundService(context, by(REVIEWER_EMAIL), 'ARS Corse – numérique'))
  granted(await inviteToService(context, by(REVIEWER_EMAIL), joined))
  const [invitation] = await invitationsOf(context, joined)
  granted(await answerInvitation(context, by(joined), invitation?.id ?? '', true))
  granted(await inviteToService(context, by(REVIEWER_EMAIL), waiting))
  granted(await foundService(context, by(other), 'ARS Corse – qualité'))
  granted(await inviteToService(context, by(other), REVIEWER_EMAIL))
  const [first] = await listHandedDossiers(context, REVIEWER_EMAIL)
  const given = { dossiers: [first?.grappeId ?? ''], email: joined }
  granted(await assignDossiers(context, by(REVIEWER_EMAIL), given))
  return [{ name: 'ars-service', url: urlTo('arsService') }]
}

async function addMembers(
  context: Context,
  scope: PorteurScope,
  names: readonly string[],
  ogName: string,
): Promise<void> {
  const contact = { contactName: 'Secrétariat', contactEmail: 'secretariat@demonstration.invalid' }
  const { solutionId } = granted(
    await chooseSolution(context, scope, { editeur: 'Éditeur fictif', produit: 'Dossier Clair' }),
  )
  const { ogId } = granted(
    await saveOg(context, scope, null, { name: ogName, finessEj: null, porteur: true, ...contact }),
  )
  for (const [order, name] of names.entries()) {
    granted(
      await saveEsms(context, scope, null, {
        name,
        finess: fictionalFiness(order + 1),
        ogId,
        domaine: 'PA',
        categorie: '500',
        projet: 'acquisition',
        solutionId,
        ...contact,
      }),
    )
  }
}

/** Documents handed out, before they were deposited, with another number of places than today's. */
async function handOutBefore(context: Context, scope: PorteurScope): Promise<void> {
  const snapshot = await readSnapshot(context, scope.grappeId)
  if (snapshot === null) throw new Error('The demonstration is missing')
  const kit = await kitOfGrappe(context, snapshot, scope.porteur.contactEmail)
  const esms = kit.facts.esms.map(each => ({ ...each, capacite: 12 }))
  const deposited = snapshot.pieces.flatMap(piece => {
    const version = currentVersion(piece)
    return piece.code !== 'etat-des-lieux' || version === null ? [] : [{ piece, version }]
  })
  for (const { piece, version } of deposited.slice(0, 2)) {
    const before = { ...context, now: () => new Date(version.depositedAt) }
    const asked = { owner: piece.esmsId ?? '', model: 'etat-des-lieux' }
    granted(await writeDocument(before, { ...kit, facts: { ...kit.facts, esms } }, asked))
  }
}

/** One former, one in place, one that is tried. */
async function replaceModel(context: Context, scope: PorteurScope): Promise<void> {
  const snapshot = await readSnapshot(context, scope.grappeId)
  const [model] = MODELS.filter(({ code }) => code === 'mandat-porteur')
  if (snapshot === null || model === undefined) throw new Error('The demonstration is missing')
  const kit = await kitOfGrappe(context, snapshot, scope.porteur.contactEmail)
  const send = async (name: string) =>
    granted(await sendModel(context, scope, kit, model, { name, bytes: await context.kit.blank(model.code) }))
  for (const name of ['Mandat 2025.docx', 'Mandat de notre association.docx'])
    granted(await takeModel(context, scope, model, (await send(name)).id))
  await send('Mandat relu par le conseil d’administration.docx')
}

/**
 * Some that are recognised, one that is not, one that would replace a deposit, and an archive that does not
 * open.
 */
async function sendLooseFiles(context: Context, scope: PorteurScope): Promise<void> {
  const grappe = await readGrappe(context.db, scope.grappeId)
  const numbers = grappe?.esms.map(({ finess }) => finess) ?? []
  const names = [
    ...numbers.slice(0, 6).map(finess => `Reçu en octobre/${finess}/État des lieux et prérequis signé.pdf`),
    'Calendrier du projet.pdf',
    `${'Numérisation du copieur du premier étage, '.repeat(4)}page 1.pdf`,
    'scan0001.pdf',
    'Pièces de la Fondation.zip',
  ]
  async function* files() {
    for (const name of names)
      yield { name, stream: Readable.from([Buffer.from('%PDF-1.4')]), isTruncated: () => false }
  }
  granted(await receiveLooseFiles(context, scope, files()))
  await openLooseEnvelopes(context, scope)
}

/** A valid key in département 99, which does not exist. */
function fictionalFiness(order: number): string {
  const firstEight = `990${String(order).padStart(5, '0')}`
  return firstEight + finessKey(firstEight)
}

const TABS = [
  ['tableau', 'board'],
  ['eligibilite', 'eligibility'],
  ['reglages', 'grappeSettings'],
  ['conservation', 'retention'],
  ['personne', 'personData'],
  ['copie', 'copyGrappe'],
  ['valeurs', 'callValues'],
  ['appel', 'callCopy'],
  ['membres', 'members'],
  ['corrections', 'corrections'],
  ['liens', 'invitations'],
  ['dossier', 'dossier'],
  ['depot', 'submission'],
  ['messages', 'mails'],
  ['relances', 'relances'],
  ['documents', 'documents'],
  ['balises', 'documentTags'],
  ['repartition', 'sharing'],
  ['signatures', 'signings'],
  ['gouvernance', 'governance'],
  ['a-classer', 'looseFiles'],
  ['echeances', 'deadlines'],
  ['journal', 'journal'],
] as const

/** The tabs of one grappe, and of its records one of each kind. */
async function porteurStops(context: Context, label: string, scope: PorteurScope): Promise<Stop[]> {
  const at = { grappe: scope.grappeId }
  const prefix = `porteur-${label}`
  const stops: Stop[] = TABS.map(([name, path]) => ({ name: `${prefix}-${name}`, url: urlTo(path, at) }))
  const grappe = await readGrappe(context.db, scope.grappeId)
  const [og] = grappe?.ogs ?? []
  const [esms] = grappe?.esms ?? []
  if (og === undefined || esms === undefined) {
    return [
      ...stops,
      { name: `${prefix}-og-nouveau`, url: urlTo('newOg', at) },
      { name: `${prefix}-esms-nouveau`, url: urlTo('newEsms', at) },
    ]
  }
  if (label === '200') return stops
  const recorded = await readPieces(context.db, scope.grappeId)
  const tried = createHash('sha256')
    .update(await context.kit.blank(BROUGHT))
    .digest('hex')
  return [
    ...stops,
    { name: `${prefix}-modele`, url: urlTo('ownModel', { ...at, model: 'mandat-porteur' }) },
    { name: `${prefix}-appel-nouvelle-piece`, url: urlTo('newCopyPiece', at) },
    { name: `${prefix}-appel-piece`, url: urlTo('copyPiece', { ...at, piece: 'etat-des-lieux' }) },
    { name: `${prefix}-appel-condition`, url: urlTo('copyCondition', { ...at, piece: 'etat-des-lieux' }) },
    {
      name: `${prefix}-appel-modele`,
      url: `${urlTo('copyModel', { ...at, piece: 'etat-des-lieux' })}?modele=${tried}&nom=Essai.docx`,
    },
    { name: `${prefix}-appel-retirer`, url: urlTo('removeCopyPiece', { ...at, piece: 'etat-des-lieux' }) },
    { name: `${prefix}-og`, url: urlTo('editOg', { ...at, og: og.id }) },
    { name: `${prefix}-og-retirer`, url: urlTo('removeOg', { ...at, og: og.id }) },
    { name: `${prefix}-esms`, url: urlTo('editEsms', { ...at, esms: esms.id }) },
    { name: `${prefix}-esms-retirer`, url: urlTo('removeEsms', { ...at, esms: esms.id }) },
    { name: `${prefix}-solutions`, url: urlTo('solutions', at) },
    ...GOVERNANCE_PARTS.map(part => ({
      name: `${prefix}-gouvernance-${part}`,
      url: urlTo('governancePart', { ...at, chapter: part }),
    })),
    { name: `${prefix}-import`, url: urlTo('importMembers', at) },
    ...recorded.flatMap(({ id, code }) =>
      code === PROOF_CODE
        ? [{ name: `${prefix}-piece-preuve`, url: urlTo('piece', { ...at, piece: id }) }]
        : [],
    ),
    ...(await onePieceOfEachState(context, scope)).flatMap(({ id, state, versionId }) => [
      { name: `${prefix}-piece-${state}`, url: urlTo('piece', { ...at, piece: id }) },
      // Only what nobody has decided on may be mended.
      ...(state !== 'deposee' || versionId === null
        ? []
        : [
            {
              name: `${prefix}-depot-deplacer`,
              url: urlTo('moveVersion', { ...at, piece: id, version: versionId }),
            },
            {
              name: `${prefix}-depot-retirer`,
              url: urlTo('takeOutVersion', { ...at, piece: id, version: versionId }),
            },
          ]),
    ]),
  ]
}

/** One piece of a member, and its current version when it has one. */
interface TourPiece {
  id: string
  state: PieceState
  esmsId: string | null
  versionId: string | null
}

async function onePieceOfEachState(context: Context, scope: PorteurScope): Promise<TourPiece[]> {
  const found = new Map<PieceState, TourPiece>()
  for (const piece of await readPieces(context.db, scope.grappeId)) {
    const state = pieceState(piece)
    const { id, esmsId, versions } = piece
    if (esmsId !== null) found.set(state, { id, state, esmsId, versionId: versions.at(-1)?.id ?? null })
  }
  return [...found.values()]
}

/** One form of each kind that is answered on screen, by its member and by the porteur. */
async function formStops(context: Context, scope: PorteurScope): Promise<Stop[]> {
  const shown = new Set<string>()
  const stops: Stop[] = []
  for (const { id, code, scope: kind, ogId, esmsId } of await readPieces(context.db, scope.grappeId)) {
    const owner = kind === 'og' ? ogId : esmsId
    if (shown.has(code) || kind === 'grappe' || owner === null) continue
    if ((await onScreenOf(context, { by: 'porteur', porteur: scope }, id)) === null) continue
    shown.add(code)
    const invited = granted(await inviteMember(context, scope, { kind, id: owner }))
    const member = { token: invited[0]?.address.split('/').at(-1) ?? '', piece: id }
    const porteur = { grappe: scope.grappeId, piece: id }
    stops.push(
      { name: `membre-reponses-${code}`, url: urlTo('memberForm', member) },
      { name: `membre-deposer-reponses-${code}`, url: urlTo('depositMemberForm', member) },
      { name: `porteur-reponses-${code}`, url: urlTo('pieceForm', porteur) },
      { name: `porteur-deposer-reponses-${code}`, url: urlTo('depositPieceForm', porteur) },
    )
  }
  return stops
}

/** What a member of each state, its OG and the reviewer see. */
async function linkStops(context: Context, label: string, scope: PorteurScope): Promise<Stop[]> {
  const tokenOf = (address: string) => address.split('/').at(-1) ?? ''
  const stops: Stop[] = []
  const pieces = await onePieceOfEachState(context, scope)
  for (const { id, state, esmsId, versionId } of pieces) {
    if (esmsId === null) continue
    const invited = granted(await inviteMember(context, scope, { kind: 'esms', id: esmsId }))
    const token = tokenOf(invited[0]?.address ?? '')
    stops.push(
      { name: `membre-${label}-${state}`, url: urlTo('memberHome', { token }) },
      { name: `membre-${label}-fiche-${state}`, url: urlTo('memberRecord', { token, esms: esmsId }) },
      { name: `membre-${label}-piece-${state}`, url: urlTo('memberPiece', { token, piece: id }) },
    )
    if (state !== 'deposee' || versionId === null) continue
    const version = { token, piece: id, version: versionId }
    stops.push(
      { name: `membre-${label}-recu`, url: urlTo('memberReceipt', version) },
      { name: `membre-${label}-retirer`, url: urlTo('memberTakeOut', version) },
    )
  }
  const [og] = (await readGrappe(context.db, scope.grappeId))?.ogs ?? []
  if (og !== undefined) {
    const invited = granted(await inviteMember(context, scope, { kind: 'og', id: og.id }))
    const token = tokenOf(invited[0]?.address ?? '')
    stops.push(
      { name: `membre-${label}-og`, url: urlTo('memberHome', { token }) },
      { name: `membre-${label}-og-fiche`, url: urlTo('memberOgRecord', { token, og: og.id }) },
    )
  }
  // A reviewer reads what is sealed, and nothing can be sealed before a deposit.
  if ((await latestSealMark(context, scope.grappeId)) === null) return stops
  const links = await listLinks(context, scope.grappeId)
  const given = links.find(
    ({ kind, address, email }) => kind === 'ars' && address !== null && email !== REVIEWER_EMAIL,
  )?.address
  const reviewer =
    given ??
    granted(await handToReviewer(context, scope, { label: 'Instructrice, ARS', email: null })).address
  const token = tokenOf(reviewer)
  const [piece] = pieces
  stops.push({ name: `ars-${label}`, url: urlTo('arsHome', { token }) })
  if (piece !== undefined && (await latestSealMark(context, scope.grappeId)) !== null) {
    stops.push({ name: `ars-${label}-piece`, url: urlTo('arsPiece', { token, piece: piece.id }) })
  }
  return stops
}

function granted<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(`The tour is refused: ${outcome.refusal.code}`)
  return outcome.value
}
