/** The people of a porteur: listed, invited, given another role, taken out; each may leave. */
import type { FastifyPluginAsync } from 'fastify'
import { colleagueContract, fieldMessages, roleContract } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { Colleagues } from '../../../../templates/pages/porteur/colleagues.tsx'
import { ROLE_WORDS } from '../../../domain/role.ts'
import {
  type Colleague,
  changeRole,
  findColleague,
  inviteColleague,
  listColleagues,
  removeColleague,
} from '../../../steps/access/colleagues.ts'
import { heldInvitations } from '../../../steps/access/send-mail.ts'
import { findSessionHolder } from '../../../steps/access/sign-in.ts'
import type { Context } from '../../../steps/ports.ts'
import type { Outcome } from '../../../steps/refusals.ts'
import { SESSION_COOKIE } from '../../security.ts'
import { passConfirmation } from '../confirm-by-code.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import { porteurGuards, type Visit } from './access.ts'
import { formErrors, formStatus } from './forms.ts'

export function colleaguePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { signedIn } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.colleagues, signedIn(showColleagues))
    app.post(PATHS.colleagues, protect, signedIn(invite))
    app.post(PATHS.leavePorteur, protect, signedIn(leave))
    app.post(PATHS.colleagueRole, protect, signedIn(giveRole))
    app.post(PATHS.removeColleague, protect, signedIn(remove))
  }
}

async function showColleagues(visit: Visit, errors: readonly FieldError[] = []) {
  const { context, porteur, request, reply, frame } = visit
  const page = Colleagues({
    frame: frame(),
    people: await listColleagues(context.db, porteur.id),
    held: await heldInvitations(context.db, `porteur:${porteur.id}`),
    me: { id: porteur.colleagueId, role: porteur.role },
    contactEmail: porteur.contactEmail,
    sends: context.mailer !== null,
    values: formFields(request),
    errors,
  })
  return sendPage(reply, page, formStatus(errors))
}

/** Whether the act may go on; otherwise the page that asks for the code was sent. */
async function isConfirmed({ context, request, reply, frame }: Visit): Promise<boolean> {
  const holder = await findSessionHolder(context, request.cookies[SESSION_COOKIE] ?? '')
  if (holder === null) {
    goTo(reply, urlTo('signIn'))
    return false
  }
  return await passConfirmation(context, request, reply, {
    holder,
    purpose: 'personnes',
    action: request.url,
    page: () => {
      const drawn = frame()
      return { frame: drawn, porteur: drawn, who: null, backHref: urlTo('colleagues') }
    },
  })
}

async function invite(visit: Visit) {
  const { context, porteur, request, reply } = visit
  const parsed = colleagueContract.safeParse(formFields(request))
  if (!parsed.success) return await showColleagues(visit, fieldErrors(fieldMessages(parsed.error)))
  if (!(await isConfirmed(visit))) return reply
  const invited = await inviteColleague(context, porteur, parsed.data)
  if (!invited.ok) return await showColleagues(visit, formErrors(invited.refusal, 'email'))
  const { email, role } = invited.value
  return backTo(visit, `${email} est invité, avec le rôle « ${ROLE_WORDS[role]} ».`)
}

async function giveRole(visit: Visit) {
  const { context, porteur, request, reply } = visit
  const found = await findColleague(context, porteur, parameter(request, 'colleague'))
  if (!found.ok) return visit.refuse(found.refusal)
  const parsed = roleContract.safeParse(formFields(request))
  if (!parsed.success) return await showColleagues(visit, fieldErrors(fieldMessages(parsed.error)))
  if (!(await isConfirmed(visit))) return reply
  const changed = await changeRole(context, porteur, found.value.id, parsed.data.role)
  return answer(visit, changed, ({ email, role }) => `Rôle de ${email} : « ${ROLE_WORDS[role]} ».`)
}

async function remove(visit: Visit) {
  const { context, porteur, request, reply } = visit
  const found = await findColleague(context, porteur, parameter(request, 'colleague'))
  if (!found.ok) return visit.refuse(found.refusal)
  if (!(await isConfirmed(visit))) return reply
  const removed = await removeColleague(context, porteur, found.value.id)
  return answer(visit, removed, ({ email }) => `${email} n’entre plus ici : ses sessions ont pris fin.`)
}

async function leave({ context, porteur, reply, refuse }: Visit) {
  const left = await removeColleague(context, porteur, porteur.colleagueId)
  if (!left.ok) return refuse(left.refusal)
  reply.clearCookie(SESSION_COOKIE, { path: '/' })
  return goTo(reply, urlTo('home'), 'Vous avez quitté cet espace : vos sessions y ont pris fin.')
}

const answer = (visit: Visit, outcome: Outcome<Colleague>, words: (colleague: Colleague) => string) =>
  outcome.ok ? backTo(visit, words(outcome.value)) : visit.refuse(outcome.refusal)

const backTo = ({ reply }: Visit, notice: string) => goTo(reply, urlTo('colleagues'), notice)
