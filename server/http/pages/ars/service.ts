/** The service of a reviewer who signed in: who reads together what is handed to one of them. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { colleagueContract, serviceContract } from '../../../../schema/contracts/services.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { ArsService, type ArsServiceProps } from '../../../../templates/pages/ars/service.tsx'
import { heldInvitations } from '../../../steps/access/send-mail.ts'
import { findService, invitationsOf } from '../../../steps/access/services.ts'
import { answerInvitation } from '../../../steps/dossier/answer-invitation.ts'
import { endMembership } from '../../../steps/dossier/end-membership.ts'
import { foundService } from '../../../steps/dossier/found-service.ts'
import { inviteToService } from '../../../steps/dossier/invite-to-service.ts'
import { nameAdministrator } from '../../../steps/dossier/name-administrator.ts'
import type { Context } from '../../../steps/ports.ts'
import { problemOf } from '../../refusals.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import { type AccountVisit, accountGuard } from './access.ts'

export function reviewerServicePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const signedIn = accountGuard(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }
    app.get(PATHS.arsService, signedIn(showService))
    app.post(PATHS.arsService, protect, signedIn(found))
    app.post(PATHS.arsInvite, protect, signedIn(invite))
    app.post(PATHS.arsAnswerInvitation, protect, signedIn(answer))
    app.post(PATHS.arsEndMembership, protect, signedIn(end))
    app.post(PATHS.arsAdministers, protect, signedIn(nameOne))
    // A refused form is shown at its own address: reloading it there leads back.
    app.get(PATHS.arsInvite, signedIn(backToService))
  }
}

type Again = Pick<ArsServiceProps, 'errors' | 'typed'>

const showService = (visit: AccountVisit) => show(visit)

async function backToService({ reply }: AccountVisit) {
  return goTo(reply, urlTo('arsService'))
}

async function show({ context, session, reply, frame }: AccountVisit, again?: Again) {
  const service = await findService(context.db, session.email)
  const page = ArsService({
    frame: frame(),
    service,
    held: service === null ? new Map() : await heldInvitations(context.db, `service:${service.id}`),
    invitations: await invitationsOf(context, session.email),
    sends: context.mailer !== null,
    errors: [],
    typed: '',
    ...again,
  })
  return sendPage(reply, page, again === undefined ? 200 : 422)
}

async function found(visit: AccountVisit) {
  const { context, session, request, reply, refuse } = visit
  const fields = formFields(request)
  const parsed = serviceContract.safeParse(fields)
  if (!parsed.success) {
    return await show(visit, {
      errors: fieldErrors(fieldMessages(parsed.error)),
      typed: fields.name ?? '',
    })
  }
  const made = await foundService(context, session, parsed.data.name)
  return made.ok
    ? goTo(reply, urlTo('arsService'), `Service « ${parsed.data.name} » créé. Invitez vos collègues.`)
    : refuse(made.refusal)
}

async function invite(visit: AccountVisit) {
  const { context, session, request, reply, refuse } = visit
  const fields = formFields(request)
  const typed = fields.email ?? ''
  const parsed = colleagueContract.safeParse(fields)
  if (!parsed.success) return await show(visit, { errors: fieldErrors(fieldMessages(parsed.error)), typed })
  const { email } = parsed.data
  const invited = await inviteToService(context, session, email)
  if (invited.ok) return goTo(reply, urlTo('arsService'), `Invitation écrite à ${email}.`)
  if (invited.refusal.code !== 'invalid-fields') return refuse(invited.refusal)
  return await show(visit, { errors: fieldErrors(problemOf(invited.refusal).fields), typed })
}

async function answer({ context, session, request, reply, refuse }: AccountVisit) {
  const accepts = formFields(request).reponse === 'accepter'
  const answered = await answerInvitation(context, session, parameter(request, 'member'), accepts)
  if (!answered.ok) return refuse(answered.refusal)
  const service = answered.value
  return accepts
    ? goTo(reply, urlTo('arsDossiers'), `Vous êtes membre du service « ${service} ».`)
    : goTo(reply, urlTo('arsService'), `Invitation du service « ${service} » refusée.`)
}

async function end({ context, session, request, reply, refuse }: AccountVisit) {
  const ended = await endMembership(context, session, parameter(request, 'member'))
  if (!ended.ok) return refuse(ended.refusal)
  const { email, joinedAt } = ended.value
  const notice =
    email === session.email
      ? 'Vous avez quitté le service : vous ne lisez plus que les dossiers remis à votre adresse.'
      : joinedAt === null
        ? `Invitation de ${email} retirée.`
        : `${email} ne lit plus les dossiers du service.`
  return goTo(reply, urlTo('arsService'), notice)
}

async function nameOne({ context, session, request, reply, refuse }: AccountVisit) {
  const administers = formFields(request).administre === 'oui'
  const named = await nameAdministrator(context, session, parameter(request, 'member'), administers)
  if (!named.ok) return refuse(named.refusal)
  const notice = administers
    ? `${named.value.email} administre aussi le service.`
    : `${named.value.email} n’administre plus le service.`
  return goTo(reply, urlTo('arsService'), notice)
}
