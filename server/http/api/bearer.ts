/** Who calls the API: the holder of a bearer token, which is a porteur's API token or the token of a link. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ProvedBy } from '../../domain/review.ts'
import { findTokenVisit, type GrappeMarks, type GrappeVisit } from '../../steps/access/grappe-visit.ts'
import { noteLinkUse } from '../../steps/access/links.ts'
import { openMemberScope } from '../../steps/access/member-scope.ts'
import type { PieceSide } from '../../steps/access/piece-sides.ts'
import { openPorteurScope, type PorteurScope } from '../../steps/access/porteur-scope.ts'
import {
  openReviewerDossier,
  openReviewerLink,
  type ReviewerScope,
  type SpeakingReviewer,
  speakingBy,
} from '../../steps/access/reviewer-scope.ts'
import { findReviewerSession } from '../../steps/access/reviewer-sign-in.ts'
import type { Porteur } from '../../steps/access/sign-in.ts'
import type { Context } from '../../steps/ports.ts'
import type { Outcome, Refusal } from '../../steps/refusals.ts'
import { refusalOfRole } from '../rights.ts'
import { sendProblem, sendRefusal } from './problems.ts'
import { type Admit, noteBearer, type Routes, routesFor } from './route.ts'

const NOTED_MS = 60_000

function bearerToken(request: FastifyRequest): string {
  return /^Bearer ([\w-]{20,200})$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

function askForToken(reply: FastifyReply): null {
  reply.header('www-authenticate', 'Bearer')
  sendProblem(reply, {
    status: 401,
    title: 'Accès refusé',
    detail:
      'Ce jeton est absent, inconnu, expiré ou révoqué, ou il n’ouvre pas cette partie de l’API. ' +
      'Envoyez « Authorization: Bearer JETON ».',
    fields: {},
  })
  return null
}

export async function admitPorteur(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Porteur | null> {
  return (await admitVisit(context, request, reply, null))?.porteur ?? null
}

/** @param grappeId whose marks are read along; null when none is asked for. */
async function admitVisit(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  grappeId: string | null,
): Promise<GrappeVisit | null> {
  const visit = await findTokenVisit(context, bearerToken(request), grappeId)
  if (visit === null) return askForToken(reply)
  const { porteur, linkId, lastUsedAt } = visit
  // To the minute: a program that asks every second does not write every second.
  if (lastUsedAt === null || context.now().getTime() - lastUsedAt.getTime() > NOTED_MS) {
    await noteLinkUse(context, linkId)
  }
  noteBearer(request, linkId)
  const readsOnly = visit.readsOnly && request.method !== 'GET' && request.method !== 'HEAD'
  const reserved: Refusal | null = readsOnly
    ? { code: 'token-reads-only' }
    : await refusalOfRole(context, request, porteur)
  if (reserved === null) return visit
  sendRefusal(reply, reserved)
  return null
}

/** Lets in the holder of a link's own token, opened as that kind of link is. */
const admitLink =
  <Scope extends { linkId: string }>(
    open: (context: Context, token: string) => Promise<Outcome<Scope>>,
  ): Admit<Scope> =>
  async (context, request, reply) => {
    const scope = await open(context, bearerToken(request))
    if (!scope.ok) return askForToken(reply)
    await noteLinkUse(context, scope.value.linkId)
    return scope.value
  }

export const grappeParams = z.object({ grappe: z.uuid() })

/** For addresses under `/grappes/:grappe`: the grappe must be the porteur's own. */
const admitToGrappe: Admit<PorteurScope> = async (context, request, reply) => {
  const porteur = await admitPorteur(context, request, reply)
  if (porteur === null) return null
  // Read before the route's schema is: a malformed id names nothing, and is no question for the database.
  const asked = grappeParams.safeParse(request.params)
  const scope = asked.success ? await openPorteurScope(context, porteur, asked.data.grappe) : null
  if (scope === null) sendRefusal(reply, { code: 'not-found' })
  return scope
}

/** For what was drawn of a grappe before, and often still holds: nothing else of it is read. */
const admitToMarks: Admit<GrappeMarks> = async (context, request, reply) => {
  const asked = grappeParams.safeParse(request.params)
  const visit = await admitVisit(context, request, reply, asked.success ? asked.data.grappe : null)
  if (visit !== null && visit.marks === null) sendRefusal(reply, { code: 'not-found' })
  return visit?.marks ?? null
}

const admitMember = admitLink(openMemberScope)

export const forPorteur = routesFor(admitPorteur)
export const forGrappe = routesFor(admitToGrappe)
export const forMarks = routesFor(admitToMarks)
export const forMember = routesFor(admitMember)

/** What a program sends to prove that it speaks for an address: beside the token of a link, or alone. */
export const proofHeaders = z.object({
  'x-preuve': z.string().max(200).optional().describe('La preuve reçue en confirmant un code'),
})

/** The same, for what belongs to one dossier. */
export const dossierHeaders = proofHeaders.extend({
  'x-dossier': z
    .uuid()
    .optional()
    .describe('Avec « X-Preuve », sans jeton de lien : l’identifiant d’un dossier de « lecture/dossiers »'),
})

const admitReviewerLink = admitLink(openReviewerLink)
/** For the code that a link's address receives: a proof of one address makes none of another. */
export const forReviewerLink = routesFor(admitReviewerLink)

/** Lets in the holder of a link, or a reviewer who proved its address and names the dossier. */
const admitReviewer: Admit<ReviewerScope> = async (context, request, reply) => {
  const asked = dossierHeaders.shape['x-dossier'].safeParse(request.headers['x-dossier'])
  const { data: grappeId } = asked
  if (asked.success && grappeId === undefined) return await admitReviewerLink(context, request, reply)
  const session = await admitReviewerByProof(context, request, reply)
  if (session === null) return null
  const scope = grappeId === undefined ? null : await openReviewerDossier(context, session, grappeId)
  if (scope === null) sendRefusal(reply, { code: 'not-found' })
  return scope
}
export const forReviewer = routesFor(admitReviewer)

/** The proof that a program sends; null without one. */
export function proofOf(request: FastifyRequest): string | null {
  const proof = request.headers['x-preuve']
  return typeof proof === 'string' && proof !== '' ? proof : null
}

/** For acts in the name of the ARS: the link's token opens them to nobody. */
export const forSpeakingReviewer = routesFor<SpeakingReviewer>(async (context, request, reply) => {
  const scope = await admitReviewer(context, request, reply)
  if (scope === null) return null
  const proof = proofOf(request)
  const session = proof === null ? null : await findReviewerSession(context, proof)
  const speaker = await speakingBy(context, scope, session)
  if (speaker.ok) return speaker.value
  sendRefusal(reply, speaker.refusal)
  return null
})

/** For what belongs to the reviewer's address and to no dossier: the proof alone opens it. */
export const admitReviewerByProof: Admit<ProvedBy> = async (context, request, reply) => {
  const proof = proofOf(request)
  const session = proof === null ? null : await findReviewerSession(context, proof)
  if (session === null) sendRefusal(reply, { code: 'proof-needed' })
  return session
}

export const forAnyone = routesFor(async () => ({}))

/** One of the two who meet on a piece: what both may do is written once, and registered for each. */
export interface PieceDoor {
  routes: Routes<PieceSide>
  params: typeof pieceParams | typeof pieceOfGrappeParams
  versionParams: typeof versionParams | typeof versionOfGrappeParams
  fileParams: typeof fileParams | typeof fileOfGrappeParams
  /** Where the description files the route: a member's are together. */
  tagsOf(porteurTag: string): string[]
}

const pieceParams = z.object({ piece: z.uuid() })
const pieceOfGrappeParams = grappeParams.extend(pieceParams.shape)
const versionParams = pieceParams.extend({ version: z.uuid() })
export const versionOfGrappeParams = grappeParams.extend(versionParams.shape)
const fileParams = z.object({ file: z.uuid() })
const fileOfGrappeParams = grappeParams.extend(fileParams.shape)

export const PORTEUR_DOOR: PieceDoor = {
  routes: routesFor(async (...asked) => {
    const porteur = await admitToGrappe(...asked)
    return porteur && { by: 'porteur', porteur }
  }),
  params: pieceOfGrappeParams,
  versionParams: versionOfGrappeParams,
  fileParams: fileOfGrappeParams,
  tagsOf: tag => [tag],
}

export const MEMBER_DOOR: PieceDoor = {
  routes: routesFor(async (...asked) => {
    const member = await admitMember(...asked)
    return member && { by: 'member', member }
  }),
  params: pieceParams,
  versionParams,
  fileParams,
  tagsOf: () => ['Membre'],
}
