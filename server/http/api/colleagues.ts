/** API of the porteur: its people and their sessions. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { colleagueAnswer, problemAnswer, sessionAnswer } from '../../../schema/contracts/api.ts'
import { colleagueContract, roleContract } from '../../../schema/contracts/members.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import {
  changeRole,
  findColleague,
  inviteColleague,
  listColleagues,
  removeColleague,
} from '../../steps/access/colleagues.ts'
import { endColleagueSessions, endSessions, listSessions } from '../../steps/access/sessions.ts'
import type { Porteur } from '../../steps/access/sign-in.ts'
import type { Context } from '../../steps/ports.ts'
import { forPorteur, proofHeaders } from './bearer.ts'
import { asking, confirming } from './codes.ts'
import { askProof, giveProof, requireProof } from './porteur-proof.ts'
import { refusals, sendRefusal } from './problems.ts'

export function colleaguesApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.colleagues, getColleagues(context))
    app.post(API_PATHS.colleagues, postColleague(context))
    app.post(API_PATHS.colleagueCode, postCode(context))
    app.post(API_PATHS.colleagueCodeConfirmation, postConfirmation(context))
    app.post(API_PATHS.leavePorteur, postLeave(context))
    app.put(API_PATHS.colleague, putColleague(context))
    app.delete(API_PATHS.colleague, deleteColleague(context))
    app.get(API_PATHS.colleagueSessions, getColleagueSessions(context))
    app.delete(API_PATHS.colleagueSessions, deleteColleagueSessions(context))
    app.get(API_PATHS.sessions, getSessions(context))
    app.delete(API_PATHS.sessions, deleteSessions(context))
    app.delete(API_PATHS.session, deleteSession(context))
  }
}

const tags = ['Personnes']
const answers = { ...refusals, 403: problemAnswer }
const ended = z.object({ ended: z.int().describe('Combien de sessions ont pris fin') })
const colleagueParams = z.object({ colleague: z.uuid() })

const isProved = (context: Context, porteur: Porteur, request: Parameters<typeof requireProof>[3]) =>
  requireProof(context, porteur, 'personnes', request)

const getColleagues = forPorteur(
  {
    tags,
    summary: 'Lister les personnes du porteur',
    response: { 200: z.array(colleagueAnswer), ...answers },
  },
  async ({ context, scope: porteur }) => listColleagues(context.db, porteur.id),
)

const postCode = forPorteur({ tags, ...asking }, async ({ context, scope: porteur, reply }) => {
  const asked = await askProof(context, porteur, 'personnes')
  return asked.ok ? reply.code(201).send(asked.value) : sendRefusal(reply, asked.refusal)
})

const postConfirmation = forPorteur(
  { tags, ...confirming },
  async ({ context, scope: porteur, request, reply }) => {
    const given = await giveProof(context, porteur, 'personnes', request.body)
    return given.ok ? given.value : sendRefusal(reply, given.refusal)
  },
)

const postColleague = forPorteur(
  {
    tags,
    summary: 'Inviter une personne par e-mail',
    headers: proofHeaders,
    body: colleagueContract,
    response: { 201: colleagueAnswer, ...answers },
  },
  async ({ context, scope: porteur, request, reply }) => {
    const proved = await isProved(context, porteur, request)
    const invited = proved.ok ? await inviteColleague(context, porteur, request.body) : proved
    return invited.ok ? reply.code(201).send(invited.value) : sendRefusal(reply, invited.refusal)
  },
)

const putColleague = forPorteur(
  {
    tags,
    summary: 'Changer le rôle d’une personne',
    headers: proofHeaders,
    params: colleagueParams,
    body: roleContract,
    response: { 200: colleagueAnswer, ...answers },
  },
  async ({ context, scope: porteur, request, reply }) => {
    const found = await findColleague(context, porteur, request.params.colleague)
    const proved = found.ok ? await isProved(context, porteur, request) : found
    const { colleague } = request.params
    const changed = proved.ok ? await changeRole(context, porteur, colleague, request.body.role) : proved
    return changed.ok ? changed.value : sendRefusal(reply, changed.refusal)
  },
)

const deleteColleague = forPorteur(
  {
    tags,
    summary: 'Retirer une personne : ses sessions et ses jetons prennent fin aussitôt',
    headers: proofHeaders,
    params: colleagueParams,
    response: { 204: z.null(), ...answers },
  },
  async ({ context, scope: porteur, request, reply }) => {
    const found = await findColleague(context, porteur, request.params.colleague)
    const proved = found.ok ? await isProved(context, porteur, request) : found
    const removed = proved.ok ? await removeColleague(context, porteur, request.params.colleague) : proved
    return removed.ok ? reply.code(204).send(null) : sendRefusal(reply, removed.refusal)
  },
)

const postLeave = forPorteur(
  {
    tags,
    summary: 'Quitter l’espace du porteur : ce jeton aussi prend fin',
    headers: proofHeaders,
    response: { 204: z.null(), ...answers },
  },
  async ({ context, scope: porteur, request, reply }) => {
    const proved = await isProved(context, porteur, request)
    const left = proved.ok ? await removeColleague(context, porteur, porteur.colleagueId) : proved
    return left.ok ? reply.code(204).send(null) : sendRefusal(reply, left.refusal)
  },
)

const getColleagueSessions = forPorteur(
  {
    tags,
    summary: 'Lister les sessions d’une personne',
    params: colleagueParams,
    response: { 200: z.array(sessionAnswer), ...answers },
  },
  async ({ context, scope: porteur, request, reply }) => {
    const found = await findColleague(context, porteur, request.params.colleague)
    if (!found.ok) return sendRefusal(reply, found.refusal)
    return await listSessions(context, { colleagueId: found.value.id }, null)
  },
)

const deleteColleagueSessions = forPorteur(
  {
    tags,
    summary: 'Fermer toutes les sessions d’une personne',
    params: colleagueParams,
    response: { 200: ended, ...answers },
  },
  async ({ context, scope: porteur, request, reply }) => {
    const found = await findColleague(context, porteur, request.params.colleague)
    if (!found.ok) return sendRefusal(reply, found.refusal)
    return { ended: await endColleagueSessions(context, porteur, found.value, 'all') }
  },
)

const getSessions = forPorteur(
  { tags, summary: 'Lister ses sessions', response: { 200: z.array(sessionAnswer), ...answers } },
  async ({ context, scope: porteur }) => listSessions(context, porteur, null),
)

const deleteSessions = forPorteur(
  { tags, summary: 'Fermer toutes ses sessions', response: { 200: ended, ...answers } },
  async ({ context, scope: porteur }) => ({ ended: await endSessions(context, porteur, 'all') }),
)

const deleteSession = forPorteur(
  {
    tags,
    summary: 'Fermer une de ses sessions',
    params: z.object({ session: z.uuid() }),
    response: { 204: z.null(), ...answers },
  },
  async ({ context, scope: porteur, request, reply }) => {
    const count = await endSessions(context, porteur, { id: request.params.session })
    return count > 0 ? reply.code(204).send(null) : sendRefusal(reply, { code: 'not-found' })
  },
)
