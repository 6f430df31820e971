/** Who may open what: every address of `schema/urls.ts`, before everybody who may hold something. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, CALL_API, CALL_PAGES, fill, PASSKEY_PAGES, PATHS, urlTo } from '../../schema/urls.ts'
import type { PageClient } from '../support/page-client.ts'
import { HOLDERS, type Holder, type HolderName, openTrustScene, type TrustScene } from './scene.ts'

const PORTEURS = ['porteur', 'autre porteur'] as const
const COLLEAGUES = ['collègue qui contrôle', 'collègue qui lit'] as const
const OF_THE_MEMBER = ['membre', 'OG'] as const
const MEMBERS = ['membre', 'membre voisin', 'OG', 'membre d’ailleurs'] as const
const OF_A_SERVICE = ['collègue du service', 'ancien collègue du service'] as const
const SIGNED_IN = ['instructeur connecté', ...OF_A_SERVICE] as const
const OF_THE_DOSSIER = ['ARS', 'instructeur connecté', 'collègue du service'] as const
const ALL_ARS = [...OF_THE_DOSSIER, 'ARS d’ailleurs'] as const

/** The first row that an address fits says who passes; whoever is not there is refused, and leaves no trace. */
const ROWS: ReadonlyArray<[address: RegExp, holders: readonly HolderName[]]> = [
  [/^\/(health(\/(live|ready))?|verifier|donnees-personnelles|connexion|api|assets\/)?$/, HOLDERS],
  [/^\/api\/v1\/(openapi\.json|connexion(\/jeton)?|appels|sceaux\/:hash)$/, HOLDERS],
  // Signing out of nothing is no harm, and an unknown address is not told from a used one.
  [/^\/(ars\/)?deconnexion$/, HOLDERS],
  [/^\/ars(\/connexion(\/retour)?|\/deconnexion\/retour)?$/, HOLDERS],
  [/^\/connexion\/:token$/, []],
  [/^\/agenda\/:token\//, []],
  // A digest's own address, which no holder's token makes.
  [/^\/resumes\/:token$/, []],
  [/^\/administration\/:token/, ['administration']],

  [/^\/porteur\/grappes\/:grappe/, ['porteur']],
  [/^\/porteur\/acces-api\/:link/, []],
  [/^\/porteur\/personnes\/:colleague/, ['porteur']],
  [/^\/(porteur|ars)\/cles-acces\/:passkey/, []],
  [/^\/ars\/cles-acces/, SIGNED_IN],
  [/^\/porteur\/appels\/:call/, []],
  [/^\/porteur/, PORTEURS],
  [/^\/ars\/(appels(\/nouveau)?|sessions)$/, SIGNED_IN],
  [/^\/ars\/appels\//, []],
  [/^\/ars\/(service|attributions)/, SIGNED_IN],

  [/^\/esms\/:token(\/vu|\/agenda|\/mes-donnees|\/contacts(\/(telephone|delegue))?)?$/, MEMBERS],
  [/^\/(esms\/:token|api\/v1\/depot)\/og\/:og$/, ['OG']],
  [/^\/esms\/:token\//, OF_THE_MEMBER],
  [/^\/ars\/:token(\/vu|\/dossier\.(zip|xlsx))?$/, ALL_ARS],
  [
    /^\/ars\/:token\/versions\/:number(\/(dossier\.zip|dossier\.xlsx|lecture\.pdf|complements|avis))?$/,
    ALL_ARS,
  ],
  [/^\/ars\/:token\//, OF_THE_DOSSIER],

  [/^\/api\/v1\/grappes\/:grappe/, ['porteur']],
  [/^\/api\/v1\/jetons\/:link/, []],
  [/^\/api\/v1\/personnes\/:colleague/, ['porteur']],
  [/^\/api\/v1\/sessions\/:session/, []],
  [/^\/api\/v1\/mes-appels\/:call/, []],
  [/^\/api\/v1\/(grappes|jetons|personnes|sessions|resumes|mes-appels|finess|appels\/proposes)/, PORTEURS],
  [/^\/api\/v1\/depot(\/fiches|\/og|\/documents|(\/mes-donnees)?(\/code(\/confirmation)?)?)?$/, MEMBERS],
  [/^\/api\/v1\/depot\//, OF_THE_MEMBER],
  [/^\/api\/v1\/lecture\/connexion/, HOLDERS],
  // These ask for a proof, which no link is.
  [/^\/api\/v1\/lecture\/(appels|service|dossiers(\/attribution)?)$/, OF_A_SERVICE],
  [/^\/api\/v1\/lecture\/service\//, OF_A_SERVICE],
  [/^\/api\/v1\/lecture\/appels\//, []],
  // The API is for the holder of a link, or of a proof of its own: not for the cookie of a session.
  [/^\/api\/v1\/lecture\/(pieces|fichiers)\//, ['ARS', 'collègue du service']],
  [/^\/api\/v1\/lecture\/versions\/:number\/pieces\//, ['ARS', 'collègue du service']],
  [/^\/api\/v1\/lecture\/code/, ['ARS', 'ARS d’ailleurs']],
  [/^\/api\/v1\/lecture/, ['ARS', 'ARS d’ailleurs', 'collègue du service']],
]

/** What colleagues of the porteur do not read: links, the mails that carry them, tokens, how a grappe begins. */
const NOT_READ: ReadonlyArray<[address: RegExp, holders: readonly HolderName[]]> = [
  [
    /\/acces-api|\/tout-revoquer|\/compte$|\/jetons|\/personnes\/:colleague\/sessions$|\/liens\/ars$/,
    COLLEAGUES,
  ],
  [/\/grappes\/(nouvelle|exemple)$|^\/porteur\/appels\/nouveau$/, COLLEAGUES],
  [
    /(og|esms)\/(nouveau|:\w+\/retirer)$|membres\/(ensemble|import)|solutions\/(nouvelle|import|fusion)$/,
    COLLEAGUES,
  ],
  [
    /reglages\/(copie|personne|suppression)$|appel\/(nouvelle-piece|version|pieces\/:piece\/retirer)/,
    COLLEAGUES,
  ],
  [/\/porteur.*\/pieces\/:piece\/versions.*\/(retirer|deplacer)$|relances\/envoi$/, ['collègue qui lit']],
  [/\/grappes\/:grappe\/(liens|messages|invitations)/, ['collègue qui lit']],
]

/** What whoever controls does; all other acts are for whoever administers. */
const CONTROLS = new Set<string>([
  ...(
    [
      'invitations, inviteAll, invitePerson, revokeLink, reissueLink, expireLink, markMails',
      'saveRelances, pauseRelances, sendRelances, grantExtension, reopenPiece, porteurCalendar, revokeCalendar',
      'ogContacts, esmsContacts, removeContact, nameDelegate, decideCorrection, signings, pieceSigning, seenChanges',
      'chosenPieces, acceptPieces, undoAcceptance, decidePiece, depositAsPorteur, pieceForm, depositPieceForm',
      'looseFiles, fileLooseFiles, fileLooseFilesTo, removeLooseFiles, openLooseFiles, looseFile, looseUploads',
      'looseUpload, openLooseUploads, pieceUploads, pieceUpload, depositPieceUploads, orderPagesAsPorteur',
      'pieceMessages, pieceNonApplicable, takeOutVersion, moveVersion',
    ].flatMap(names => names.split(', ')) as Array<keyof typeof PATHS>
  ).map(name => PATHS[name]),
  ...(
    [
      'link, reissueLink, linkExpiry, contacts, contact, delegate, invitations, mail, acceptPieces, undoAcceptance',
      'piece, versions, pieceForm, depositPieceForm, decision, takeOut, moveVersion, thread, signings, signing',
      'seenChanges, nonApplicable, nonApplicableDecision, looseFiles, fileLooseFiles, looseFile, decideCorrection',
    ].flatMap(names => names.split(', ')) as Array<keyof typeof API_PATHS>
  ).map(name => API_PATHS[name]),
])
/** One's own, whatever the role. */
const OWN =
  /^\/(porteur|api\/v1)\/(sessions|espaces|resumes|cles-acces(\/nouvelle)?|personnes\/(depart|code(\/confirmation)?))$/

/** Who passes: whoever its row names, and the porteur's colleagues as far as their roles go. */
function allowedBy(method: Method, address: string): HolderName[] {
  const allowed = rowOf(address)?.[1] ?? []
  const own = allowed.includes('porteur') && !allowed.includes('personne')
  return own
    ? [...allowed, ...COLLEAGUES.filter(each => mayAsColleague(each, method, address))]
    : [...allowed]
}

function mayAsColleague(name: (typeof COLLEAGUES)[number], method: Method, address: string): boolean {
  if (OWN.test(address)) return true
  if (method !== 'GET') return name === 'collègue qui contrôle' && CONTROLS.has(address)
  return !(NOT_READ.find(([fits]) => fits.test(address))?.[1].includes(name) ?? false)
}

/** Bodies that these addresses read, so that the holder alone refuses them. */
const READ_BODIES: Readonly<Record<string, object>> = {
  [`PUT ${CALL_API.porteur.call}`]: { revision: 1, value: {} },
  [`POST ${CALL_API.porteur.archive}`]: { archived: true },
  [`PUT ${API_PATHS.digests}`]: { hebdomadaire: true, depots: true },
  [`PUT ${API_PATHS.colleague}`]: { role: 'lire' },
  [`PUT ${API_PATHS.delegate}`]: { email: 'intrus@exemple.fr' },
  [`PUT ${CALL_API.ars.call}`]: { revision: 1, value: {} },
  [`POST ${CALL_API.ars.archive}`]: { archived: true },
  [`PUT ${API_PATHS.memberRecord}`]: { name: 'Intrus' },
  [`PUT ${API_PATHS.memberOgRecord}`]: { name: 'Intrus' },
  [`PUT ${API_PATHS.memberForm}`]: { answers: [{ field: 'attentes', seen: 0, value: 'Intrus' }] },
  [`POST ${API_PATHS.depositMemberForm}`]: { seen: 1 },
  [`POST ${API_PATHS.memberThread}`]: { text: 'Intrus' },
  [`POST ${API_PATHS.memberSigning}`]: { step: 'a-signer' },
  [`POST ${API_PATHS.memberNonApplicable}`]: { reason: 'Intrus' },
}
/**
 * What is not there in this scene, whoever asks: no call of one's own, no new version, no photo, no link to
 * end, no model that the call brings.
 */
const NOT_HERE =
  /deconnexion|:call|evenements|\/revoquer|appel\/version|vignette|:adaptation|modele\/essai|v1.*:piece\/modele$/

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
type Method = (typeof METHODS)[number]
const ADDRESSES: string[] = [
  ...Object.values(PATHS),
  ...Object.values(CALL_PAGES).flatMap(pages => Object.values(pages)),
  ...Object.values(PASSKEY_PAGES).flatMap(pages => Object.values(pages)),
  ...Object.values(API_PATHS),
  ...Object.values(CALL_API).flatMap(addresses => Object.values(addresses)),
]

let scene: TrustScene
beforeAll(async () => {
  scene = await openTrustScene()
})
afterAll(() => scene?.test.close())

const rowOf = (address: string) => ROWS.find(([fits]) => fits.test(address))

interface Answer {
  status: number
  location: string | null
  /** The page, or the answer of the API, as it was sent. */
  text: string
}

async function ask({ token, browser, headers }: Holder, method: Method, address: string): Promise<Answer> {
  const ids = { ...idsFor(address), token }
  // An address with a hole leads nowhere, and would refuse everybody.
  for (const [, name = ''] of address.matchAll(/:(\w+)/g)) if (!(name in ids)) throw new Error(`no ${name}`)
  const url = fill(address, ids)
  if (address.startsWith('/api/v1')) {
    if (method === 'PATCH') throw new Error('the API has no PATCH')
    const body = method === 'GET' ? undefined : (READ_BODIES[`${method} ${address}`] ?? {})
    const { status, raw } = await scene.test.bearer(token).call(method, url, body, headers)
    return { status, location: null, text: raw.toString() }
  }
  const answer = await send(browser, method, address, url)
  // To a page that refuses, one is refused.
  const last = answer.location?.startsWith(`/ars/${token}/`) ? await browser.get(answer.location) : answer
  return { ...last, text: last.html }
}

/** Uploads in pieces, and what is no form, are sent by scripts. */
function send(browser: PageClient, method: Method, address: string, url: string) {
  if (method === 'GET') return browser.get(url)
  if (method === 'POST' && !address.includes('/envois')) return browser.submit(url, {})
  const chunk = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' }
  return browser.request(method, url, { 'tus-resumable': '1.0.0', ...(method === 'PATCH' ? chunk : {}) })
}

const idsFor = (address: string): Record<string, string> => ({
  ...scene.ids,
  upload: scene.ids[uploadOf(address)] ?? '',
  ...(address.includes('/appel/pieces/') ? { piece: 'etat-des-lieux' } : {}),
})

function uploadOf(address: string): string {
  if (address.includes('/a-classer/')) return 'looseUpload'
  return address.startsWith('/porteur') ? 'porteurUpload' : 'memberUpload'
}

/** Turned away: as unknown, as nobody's, as ended, to where one signs in, or for want of an address to prove. */
const isRefused = ({ status, location, text }: Answer): boolean =>
  [401, 404, 410].includes(status) ||
  (status === 403 && text.includes('Votre rôle est')) ||
  (status === 409 && text.includes('remis à aucune adresse e-mail')) ||
  (status === 303 && [urlTo('signIn'), urlTo('arsDossiers')].includes(location ?? ''))

/** How many rows each table holds, what is only noted of a visit aside. */
async function rowCounts(): Promise<Record<string, number>> {
  const { db } = scene.test.context
  const tables = (await db.execute(
    sql`select table_name as name from information_schema.tables where table_schema = 'public'`,
  )) as unknown as { rows: Array<{ name: string }> }
  const counts: Record<string, number> = {}
  for (const { name } of tables.rows) {
    const { rows } = (await db.execute(
      sql`select count(*)::int as n from ${sql.identifier(name)}`,
    )) as unknown as {
      rows: Array<{ n: number }>
    }
    counts[name] = rows[0]?.n ?? 0
  }
  return counts
}

describe('every address, before every holder', () => {
  it('is in a row', () => {
    expect(ADDRESSES.filter(address => rowOf(address) === undefined)).toEqual([])
    for (const row of ROWS)
      expect([row[0], ADDRESSES.some(each => rowOf(each) === row)]).toEqual([row[0], true])
  })

  it('refuses whoever is not in its row, and nothing is written', async () => {
    const before = await rowCounts()
    const passed: string[] = []
    let asked = 0
    for (const address of ADDRESSES) {
      for (const method of METHODS.filter(each => scene.test.app.hasRoute({ method: each, url: address }))) {
        const allowed = allowedBy(method, address)
        for (const name of HOLDERS.filter(each => !allowed.includes(each))) {
          asked++
          const answer = await ask(scene.holders[name], method, address)
          if (!isRefused(answer)) passed.push(`${answer.status} ${name} ${method} ${address}`)
        }
      }
    }
    console.log(`${asked} requests of people who may not`)
    expect(passed).toEqual([])
    expect(asked).toBeGreaterThan(1500)
    expect(await rowCounts()).toEqual(before)
  })

  it('opens to whoever is', async () => {
    const refused: string[] = []
    let asked = 0
    for (const address of ADDRESSES.filter(each => !NOT_HERE.test(each))) {
      if (!scene.test.app.hasRoute({ method: 'GET', url: address })) continue
      for (const name of allowedBy('GET', address)) {
        asked++
        const answer = await ask(scene.holders[name], 'GET', address)
        if (isRefused(answer)) refused.push(`${answer.status} ${name} GET ${address}`)
      }
    }
    console.log(`${asked} requests of people who may`)
    expect(refused).toEqual([])
    expect(asked).toBeGreaterThan(150)
  })
})
