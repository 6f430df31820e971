/** Everybody who may stand before the server, each with what it holds, around one grappe and its neighbour. */
import { readFile } from 'node:fs/promises'
import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import type { boardAnswer, receivedAnswer } from '../../schema/contracts/api.ts'
import { mails } from '../../schema/tables.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import type { Role } from '../../server/domain/role.ts'
import { issueApiToken } from '../../server/steps/access/api-tokens.ts'
import { inviteColleague, removeColleague } from '../../server/steps/access/colleagues.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { findService, invitationsOf } from '../../server/steps/access/services.ts'
import { findOrCreatePorteur, issueSignInLink, openSession } from '../../server/steps/access/sign-in.ts'
import { looseLane } from '../../server/steps/collection/loose-files.ts'
import { answerInvitation } from '../../server/steps/dossier/answer-invitation.ts'
import { endMembership } from '../../server/steps/dossier/end-membership.ts'
import { foundService } from '../../server/steps/dossier/found-service.ts'
import { inviteToService } from '../../server/steps/dossier/invite-to-service.ts'
import { readGrappe } from '../../server/steps/read/read-grappe.ts'
import type { Outcome } from '../../server/steps/refusals.ts'
import { type ApiClient, startApp, type TestApp } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { openBrowser, type PageClient, signInPorteur } from '../support/page-client.ts'
import { signInReviewer } from '../support/reviewer.ts'
import { sealVersion } from '../support/sealed.ts'

export const HOLDERS = [
  'personne',
  'porteur',
  'autre porteur',
  'collègue qui contrôle',
  'collègue qui lit',
  'collègue retiré',
  'membre',
  'membre voisin',
  'OG',
  'membre d’ailleurs',
  'ARS',
  'ARS d’ailleurs',
  'instructeur connecté',
  'collègue du service',
  'ancien collègue du service',
  'administration',
] as const
export type HolderName = (typeof HOLDERS)[number]

export interface Holder {
  /** Put in the path of pages, and sent to the API. */
  token: string
  browser: PageClient
  /** Of its program, besides the token. */
  headers?: Record<string, string>
}

export interface TrustScene {
  test: TestApp
  holders: Record<HolderName, Holder>
  /** Of things of the first grappe; the piece, its version and its file are its first member's. */
  ids: Record<string, string>
}

const lastSegment = (address: string | undefined) => address?.split('/').at(-1) ?? ''
const REVIEWER = 'instructrice@ars.invalid'
const COLLEAGUE = 'collegue@ars.invalid'
const FORMER = 'ancien@ars.invalid'

/** A service of the reviewer, with a colleague and another who was removed. */
async function openService(test: TestApp) {
  const { context } = test
  const by = (email: string) => ({ email, proof: 'session' as const })
  granted(await foundService(context, by(REVIEWER), 'ARS Corse – numérique'))
  for (const email of [COLLEAGUE, FORMER]) {
    granted(await inviteToService(context, by(REVIEWER), email))
    const [invitation] = await invitationsOf(context, email)
    granted(await answerInvitation(context, by(email), invitation?.id ?? '', true))
  }
  const { members = [] } = (await findService(context.db, REVIEWER)) ?? {}
  const idOf = (sought: string) => members.find(({ email }) => email === sought)?.id ?? ''
  granted(await endMembership(context, by(REVIEWER), idOf(FORMER)))
  return {
    colleague: await signInReviewer(test, COLLEAGUE),
    former: await signInReviewer(test, FORMER),
    memberId: idOf(COLLEAGUE),
  }
}

function granted<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(outcome.refusal.code)
  return outcome.value
}

async function proofOf({ context }: TestApp, email: string): Promise<string> {
  return (await openSession(context, { porteurId: null, reviewerEmail: email, openedBy: 'link' }))
    .sessionToken
}

export async function openTrustScene(): Promise<TrustScene> {
  const test = await startApp()
  const { context } = test
  const porteur = await test.porteur()
  const stranger = await test.porteur('autre@exemple.fr')
  const grappe = await createTestGrappe(porteur, 4)
  const elsewhere = await createTestGrappe(stranger, 2, 'Grappe voisine')
  const first = { esms: grappe.esmsIds[0] }
  const member = await invite(porteur, grappe, first)
  const ids = await depositedBy(test, porteur, grappe, member)
  const seal = await sealVersion(test, porteur, grappe.grappeId)
  const foreigner = await invite(stranger, elsewhere, { esms: elsewhere.esmsIds[0] })
  await depositedBy(test, stranger, elsewhere, foreigner)
  await sealVersion(test, stranger, elsewhere.grappeId)

  const administration = await issueLink(context.db, context, {
    kind: 'administration',
    label: 'Administration',
  })
  const [controls, reads, removed] = await addColleagues(test)
  const session = await signInReviewer(test, REVIEWER)
  const ars = await hand(porteur, grappe, REVIEWER)
  const { colleague, former, memberId } = await openService(test)
  const ofDossier = { 'x-dossier': grappe.grappeId }
  const proved = async (email: string) => ({ ...ofDossier, 'x-preuve': await proofOf(test, email) })
  const holding = (token: string, browser = openBrowser(test)): Holder => ({ token, browser })
  const holders: Record<HolderName, Holder> = {
    personne: holding('A'.repeat(43)),
    porteur: holding(porteur.token, await signInPorteur(test)),
    'autre porteur': holding(stranger.token, await signInPorteur(test, 'autre@exemple.fr')),
    'collègue qui contrôle': controls,
    'collègue qui lit': reads,
    'collègue retiré': removed,
    membre: holding(member.token),
    'membre voisin': holding((await invite(porteur, grappe, { esms: grappe.esmsIds[1] })).token),
    OG: holding((await invite(porteur, grappe, { og: grappe.ogId })).token),
    'membre d’ailleurs': holding(foreigner.token),
    ARS: holding(ars),
    'ARS d’ailleurs': holding(await hand(stranger, elsewhere)),
    'instructeur connecté': holding(grappe.grappeId, session),
    'collègue du service': {
      ...holding(grappe.grappeId, colleague),
      headers: await proved(COLLEAGUE),
    },
    'ancien collègue du service': {
      ...holding(grappe.grappeId, former),
      headers: await proved(FORMER),
    },
    administration: holding(administration.token),
  }
  // Each opens a page with a form, for the token against forgery: what refuses it below is not its absence.
  for (const { browser } of Object.values(holders)) await browser.get(urlTo('signIn'))
  const at = { token: member.token, grappe: grappe.grappeId, piece: ids.piece ?? '' }
  const memberUpload = await beginUpload(holders.membre.browser, urlTo('memberUploads', at))
  const porteurUpload = await beginUpload(holders.porteur.browser, urlTo('pieceUploads', at))
  await porteur.upload(
    fill(API_PATHS.looseFiles, at),
    form([{ name: 'à classer.pdf', bytes: await pdf('deux') }]),
  )
  const tried = await porteur.upload<{ id: string }>(
    fill(API_PATHS.model, { ...at, model: 'etat-des-lieux' }),
    form([{ name: 'état des lieux.docx', bytes: await readFile('templates/documents/etat-des-lieux.docx') }]),
  )
  if (tried.status !== 201) throw new Error(`model: ${tried.status} ${tried.raw}`)
  const looseUpload = (await test.context.uploads.list(looseLane(grappe)))[0]?.id ?? ''
  const { colleagueId } = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
  const uploads = { memberUpload, porteurUpload, looseUpload }
  return {
    test,
    holders,
    ids: {
      ...ids,
      colleague: colleagueId,
      member: memberId,
      link: member.linkId,
      hash: seal.seal,
      ...uploads,
    },
  }
}

/** People of the first porteur, each with a session and an API token; the last one was taken out. */
async function addColleagues(test: TestApp): Promise<[Holder, Holder, Holder]> {
  const { context } = test
  const porteur = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
  const add = async (email: string, role: Role): Promise<Holder & { id: string }> => {
    const invited = await inviteColleague(context, porteur, { email, role })
    if (!invited.ok) throw new Error(invited.refusal.code)
    const colleague = { id: porteur.id, colleagueId: invited.value.id, email }
    const { token } = await issueApiToken(context, colleague, {
      label: 'essai',
      scope: 'administrer',
      days: 7,
    })
    const browser = openBrowser(test)
    const link = await issueSignInLink(context.db, context, colleague)
    const url = urlTo('signInLink', { token: link.token })
    await browser.get(url)
    if ((await browser.submit(url)).status !== 303) throw new Error(`${email} cannot sign in`)
    return { token, browser, id: invited.value.id }
  }
  const removed = await add('retiree@exemple.fr', 'administrer')
  const out = await removeColleague(context, porteur, removed.id)
  if (!out.ok) throw new Error(out.refusal.code)
  return [await add('controle@exemple.fr', 'controler'), await add('lecture@exemple.fr', 'lire'), removed]
}

/** Its id: a file of which nothing has come yet. */
async function beginUpload(browser: PageClient, uploads: string): Promise<string> {
  const begun = await browser.request('POST', uploads, {
    'tus-resumable': '1.0.0',
    'upload-length': '10',
    'upload-metadata': `filename ${Buffer.from('une.pdf').toString('base64')}`,
  })
  if (begun.status !== 201) throw new Error(`upload: ${begun.status} ${begun.html}`)
  return begun.location?.split('/').at(-1) ?? ''
}

async function invite(
  client: ApiClient,
  { grappeId }: TestGrappe,
  who: { esms?: string | undefined; og?: string },
) {
  const at = { grappe: grappeId }
  const { body } = await client.call<Array<{ linkId: string; address: string }>>(
    'POST',
    fill(API_PATHS.invitations, at),
    who,
  )
  return { linkId: body[0]?.linkId ?? '', token: lastSegment(body[0]?.address) }
}

async function hand(client: ApiClient, { grappeId }: TestGrappe, email?: string): Promise<string> {
  const body = { label: 'Instructrice', ...(email === undefined ? {} : { email }) }
  const handed = await client.call<{ address: string }>(
    'POST',
    fill(API_PATHS.links, { grappe: grappeId }),
    body,
  )
  return lastSegment(handed.body.address)
}

async function depositedBy(
  test: TestApp,
  porteur: ApiClient,
  { grappeId, ogId, esmsIds }: TestGrappe,
  { token }: { token: string },
): Promise<Record<string, string>> {
  const at = { grappe: grappeId }
  const esms = esmsIds[0] ?? ''
  const board = await porteur.call<z.infer<typeof boardAnswer>>('GET', fill(API_PATHS.board, at))
  const piece = board.body.pieces.find(({ owner }) => owner.id === esms)?.pieceId ?? ''
  const receipt = await test
    .bearer(token)
    .upload<z.infer<typeof receivedAnswer>>(
      fill(API_PATHS.memberVersions, { piece }),
      form([{ name: 'pièce.pdf', bytes: await pdf('une') }]),
    )
  const colleague = await porteur.call<{ id: string }>('POST', fill(API_PATHS.contacts, at), {
    owner: { kind: 'esms', id: esms },
    email: 'collegue@exemple.fr',
  })
  const { db } = test.context
  const record = await readGrappe(db, grappeId)
  const [mail] = await db.select().from(mails).where(eq(mails.grappeId, grappeId)).limit(1)
  return {
    grappe: grappeId,
    og: ogId,
    esms,
    owner: esms,
    model: 'etat-des-lieux',
    code: 'etat-des-lieux',
    piece,
    version: receipt.body.version.id,
    file: receipt.body.version.files[0]?.id ?? '',
    contact: colleague.body.id,
    number: '1',
    mail: mail?.id ?? '',
    solution: record?.solutions[0]?.id ?? '',
    // Of nobody here.
    call: grappeId,
    session: grappeId,
    adaptation: grappeId,
    passkey: grappeId,
    proposal: grappeId,
    value: 'closesOn',
    part: 'identite',
    chapter: 'roles',
    section: 'identite',
  }
}
