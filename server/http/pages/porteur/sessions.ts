/** Sessions of whoever is signed in, and of its colleagues; the porteurs that it acts for. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { count } from '../../../../templates/pages/format.ts'
import { Spaces } from '../../../../templates/pages/porteur/spaces.tsx'
import { Sessions } from '../../../../templates/pages/sessions.tsx'
import { findColleague } from '../../../steps/access/colleagues.ts'
import {
  type Ended,
  endColleagueSessions,
  endSessions,
  listSessions,
} from '../../../steps/access/sessions.ts'
import { listSpaces, openSpace } from '../../../steps/access/spaces.ts'
import type { Context } from '../../../steps/ports.ts'
import { SESSION_COOKIE } from '../../security.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields, parameter, validId } from '../request.ts'
import { porteurGuards, type Visit } from './access.ts'

export function sessionPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { signedIn } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.sessions, signedIn(showOwn))
    app.post(PATHS.sessions, protect, signedIn(endOwn))
    app.get(PATHS.colleagueSessions, signedIn(showColleagues))
    app.post(PATHS.colleagueSessions, protect, signedIn(endColleagues))
    app.get(PATHS.spaces, signedIn(showSpaces))
    app.post(PATHS.spaces, protect, signedIn(enterSpace))
  }
}

const tokenOf = ({ request }: Visit): string => request.cookies[SESSION_COOKIE] ?? ''

async function showOwn(visit: Visit) {
  const { context, porteur, reply } = visit
  const frame = visit.frame()
  const sessions = await listSessions(context, porteur, tokenOf(visit))
  return sendPage(
    reply,
    Sessions({
      frame,
      csrf: frame.csrf,
      porteur: frame,
      who: null,
      title: 'Mes sessions',
      lead:
        `Les navigateurs où vous êtes connecté avec ${porteur.email}. ` +
        'Fermez ceux que vous ne reconnaissez pas.',
      back: { url: urlTo('colleagues'), label: 'Personnes' },
      action: urlTo('sessions'),
      sessions,
      administers: porteur.role === 'administrer',
    }),
  )
}

/** What a form of the list ends; null when it says nothing. */
export function endedBy(request: FastifyRequest, thisToken: string): Ended | null {
  const { session, fin } = formFields(request)
  if (session !== undefined) return { id: validId(session) }
  if (fin === 'autres') return { butToken: thisToken }
  return fin === 'toutes' ? 'all' : null
}

export const endedSentence = (ended: number): string =>
  ended === 0
    ? 'Rien à fermer : c’était déjà fini.'
    : `${count(ended, 'session fermée', 'sessions fermées')}.`

async function endOwn(visit: Visit) {
  const { context, porteur, request, reply, refuse } = visit
  const ended = endedBy(request, tokenOf(visit))
  if (ended === null) return refuse({ code: 'not-found' })
  const notice = endedSentence(await endSessions(context, porteur, ended))
  return goTo(reply, urlTo('sessions'), notice)
}

async function showColleagues(visit: Visit) {
  const { context, porteur, request, reply, refuse } = visit
  const found = await findColleague(context, porteur, parameter(request, 'colleague'))
  if (!found.ok) return refuse(found.refusal)
  const { id, email } = found.value
  const frame = visit.frame()
  const sessions = await listSessions(context, { colleagueId: id }, tokenOf(visit))
  return sendPage(
    reply,
    Sessions({
      frame,
      csrf: frame.csrf,
      porteur: frame,
      who: null,
      title: `Sessions de ${email}`,
      lead: 'Une session fermée ici l’est aussitôt ; cette personne peut se connecter de nouveau.',
      back: { url: urlTo('colleagues'), label: 'Personnes' },
      action: urlTo('colleagueSessions', { colleague: id }),
      sessions,
    }),
  )
}

async function endColleagues(visit: Visit) {
  const { context, porteur, request, reply, refuse } = visit
  const found = await findColleague(context, porteur, parameter(request, 'colleague'))
  if (!found.ok) return refuse(found.refusal)
  const ended = endedBy(request, tokenOf(visit))
  if (ended === null) return refuse({ code: 'not-found' })
  const notice = endedSentence(await endColleagueSessions(context, porteur, found.value, ended))
  return goTo(reply, urlTo('colleagueSessions', { colleague: found.value.id }), notice)
}

async function showSpaces({ context, porteur, reply, frame }: Visit) {
  return sendPage(reply, Spaces({ frame: frame(), spaces: await listSpaces(context, porteur) }))
}

async function enterSpace(visit: Visit) {
  const { context, porteur, request, reply, refuse } = visit
  const chosen = formFields(request).espace ?? ''
  const entered = await openSpace(
    context,
    porteur,
    tokenOf(visit),
    chosen === 'nouveau' ? null : validId(chosen),
  )
  return entered.ok ? goTo(reply, urlTo('grappes')) : refuse(entered.refusal)
}
