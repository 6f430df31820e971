/** API of a reviewer who proved its address: its service, and the dossiers that it reads. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { handedDossierAnswer, problemAnswer, serviceAnswer } from '../../../schema/contracts/api.ts'
import { assignmentContract, colleagueContract, serviceContract } from '../../../schema/contracts/services.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { DOSSIERS_PER_PAGE } from '../../../templates/pages/ars/dossiers.tsx'
import { DOSSIER_ORDERS, DOSSIER_STATES, filterDossiers, QUEUE_STAGES } from '../../domain/handed-dossier.ts'
import { findService, invitationsOf, type ServiceMember } from '../../steps/access/services.ts'
import { answerInvitation } from '../../steps/dossier/answer-invitation.ts'
import { assignDossiers } from '../../steps/dossier/assign-dossiers.ts'
import { endMembership } from '../../steps/dossier/end-membership.ts'
import { foundService } from '../../steps/dossier/found-service.ts'
import { inviteToService } from '../../steps/dossier/invite-to-service.ts'
import { listHandedDossiers } from '../../steps/dossier/list-dossiers.ts'
import { nameAdministrator } from '../../steps/dossier/name-administrator.ts'
import type { Context } from '../../steps/ports.ts'
import { dossierFilterOf } from '../dossier-filter.ts'
import { admitReviewerByProof, proofHeaders } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'
import { routesFor } from './route.ts'

export function servicesApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.arsQueue, getQueue(context))
    app.post(API_PATHS.arsAssign, postAssignment(context))
    app.get(API_PATHS.arsService, getService(context))
    app.post(API_PATHS.arsService, postService(context))
    app.post(API_PATHS.arsInvite, postInvitation(context))
    app.post(API_PATHS.arsInvitation, postAnswer(context))
    app.put(API_PATHS.arsColleague, putColleague(context))
    app.delete(API_PATHS.arsColleague, deleteColleague(context))
  }
}

const forProvedReviewer = routesFor(admitReviewerByProof)
const told = { tags: ['ARS'], headers: proofHeaders }
const actRefusals = { ...refusals, 403: problemAnswer }
const memberParams = z.object({ member: z.uuid() })

const memberOf = ({ invitedAt, joinedAt, ...member }: ServiceMember) => ({
  ...member,
  invitedAt: invitedAt.toISOString(),
  joinedAt: joinedAt?.toISOString() ?? null,
})

const getQueue = forProvedReviewer(
  {
    ...told,
    summary: 'Lister les dossiers que l’on lit : remis à son adresse, ou à un membre de son service',
    description:
      'L’identifiant d’un dossier s’envoie dans l’en-tête « X-Dossier » pour le lire. ' +
      'Les filtres sont ceux de la page. Avec « page », ' +
      `${DOSSIERS_PER_PAGE} dossiers au plus, dans le même ordre d’une page à l’autre ; ` +
      'après la dernière, aucun. Quand une autre suit, l’en-tête « Link » donne son adresse, avec ' +
      'rel="next" (RFC 8288). Sans « page », tous.',
    querystring: z.object({
      page: z.coerce.number().int().min(1).optional().describe('À partir de 1'),
      texte: z.string().max(200).optional().describe('Mots du nom, du porteur, de l’appel ou de la région'),
      avis: z.enum(DOSSIER_STATES).optional(),
      etat: z.enum(QUEUE_STAGES).optional(),
      appel: z.string().optional().describe('Titre de l’appel, suivi de sa région entre parenthèses'),
      attribue: z.string().optional().describe('« moi », « personne » ou une adresse du service'),
      dossier: z.enum(['complet', 'incomplet']).optional(),
      examen: z.enum(['reste', 'fini']).optional(),
      nouveau: z.enum(['oui']).optional(),
      tri: z.enum(DOSSIER_ORDERS).optional(),
    }),
    response: { 200: z.array(handedDossierAnswer), 401: problemAnswer, 422: problemAnswer },
  },
  async ({ context, scope: { email }, request, reply }) => {
    const { page, ...asked } = request.query
    const matching = filterDossiers(await listHandedDossiers(context, email), dossierFilterOf(asked, email))
    if (page === undefined) return matching
    const end = page * DOSSIERS_PER_PAGE
    if (end < matching.length) {
      const next = new URLSearchParams({ ...(asked as Record<string, string>), page: String(page + 1) })
      reply.header('link', `<${API_PATHS.arsQueue}?${next}>; rel="next"`)
    }
    return matching.slice(end - DOSSIERS_PER_PAGE, end)
  },
)

const postAssignment = forProvedReviewer(
  {
    ...told,
    summary: 'Attribuer des dossiers à un membre de son service, ou à personne',
    description: 'La personne reçoit un seul message pour tous ces dossiers. Les porteurs n’en savent rien.',
    body: assignmentContract,
    response: { 200: z.object({ assigned: z.number().int().describe('Changés de main') }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const assigned = await assignDossiers(context, scope, request.body)
    return assigned.ok ? { assigned: assigned.value } : sendRefusal(reply, assigned.refusal)
  },
)

const getService = forProvedReviewer(
  {
    ...told,
    summary: 'Lire son service, et les invitations qui attendent une réponse',
    response: { 200: serviceAnswer, 401: problemAnswer },
  },
  async ({ context, scope: { email } }) => {
    const service = await findService(context.db, email)
    const invitations = await invitationsOf(context, email)
    return {
      service: service && {
        name: service.name,
        members: service.members.map(memberOf),
        invited: service.invited.map(memberOf),
      },
      invitations: invitations.map(({ id, service: name, invitedBy, invitedAt, readers }) => ({
        id,
        service: name,
        invitedBy,
        invitedAt: invitedAt.toISOString(),
        readers: [...readers],
      })),
    }
  },
)

const postService = forProvedReviewer(
  {
    ...told,
    summary: 'Créer un service',
    body: serviceContract,
    response: { 204: z.null(), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const made = await foundService(context, scope, request.body.name)
    return made.ok ? reply.code(204).send(null) : sendRefusal(reply, made.refusal)
  },
)

const postInvitation = forProvedReviewer(
  {
    ...told,
    summary: 'Inviter un collègue dans son service',
    description:
      'Dès qu’il accepte, depuis sa propre session, chacun des deux lit les dossiers remis à l’autre. ' +
      'L’adresse est de la même administration que celle de qui invite.',
    body: colleagueContract,
    response: { 204: z.null(), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const invited = await inviteToService(context, scope, request.body.email)
    return invited.ok ? reply.code(204).send(null) : sendRefusal(reply, invited.refusal)
  },
)

const postAnswer = forProvedReviewer(
  {
    ...told,
    summary: 'Accepter ou refuser une invitation',
    params: memberParams,
    body: z.object({ accepts: z.boolean() }),
    response: { 204: z.null(), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const answered = await answerInvitation(context, scope, request.params.member, request.body.accepts)
    return answered.ok ? reply.code(204).send(null) : sendRefusal(reply, answered.refusal)
  },
)

const putColleague = forProvedReviewer(
  {
    ...told,
    summary: 'Dire si un membre administre le service',
    params: memberParams,
    body: z.object({ administers: z.boolean() }),
    response: { 204: z.null(), ...actRefusals },
  },
  async ({ context, scope, request, reply }) => {
    const { member } = request.params
    const named = await nameAdministrator(context, scope, member, request.body.administers)
    return named.ok ? reply.code(204).send(null) : sendRefusal(reply, named.refusal)
  },
)

const deleteColleague = forProvedReviewer(
  {
    ...told,
    summary: 'Quitter son service, en retirer un membre ou retirer une invitation',
    params: memberParams,
    response: { 204: z.null(), ...actRefusals },
  },
  async ({ context, scope, request, reply }) => {
    const ended = await endMembership(context, scope, request.params.member)
    return ended.ok ? reply.code(204).send(null) : sendRefusal(reply, ended.refusal)
  },
)
