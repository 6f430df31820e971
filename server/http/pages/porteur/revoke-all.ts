/** Whoever administers ends, at once, everything that lets somebody in for its porteur. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { RevokeAll } from '../../../../templates/pages/porteur/revoke-all.tsx'
import { findSessionHolder } from '../../../steps/access/sign-in.ts'
import { readWhatWorks, revokeEverything } from '../../../steps/collection/revoke-everything.ts'
import type { Context } from '../../../steps/ports.ts'
import { SESSION_COOKIE } from '../../security.ts'
import { passConfirmation } from '../confirm-by-code.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields } from '../request.ts'
import { porteurGuards, type Visit } from './access.ts'

export function revokeAllPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { signedIn } = porteurGuards(context, settings)

  return async app => {
    app.get(PATHS.revokeAll, signedIn(show))
    app.post(PATHS.revokeAll, { preHandler: app.csrfProtection }, signedIn(revoke))
  }
}

async function show({ context, porteur, reply, frame }: Visit) {
  const works = await readWhatWorks(context, porteur.id)
  return sendPage(reply, RevokeAll({ frame: frame(), works, sends: context.mailer !== null }))
}

async function revoke(visit: Visit) {
  const { context, porteur, request, reply, refuse } = visit
  const session = await findSessionHolder(context, request.cookies[SESSION_COOKIE] ?? '')
  if (session === null) return goTo(reply, urlTo('signIn'))
  const passed = await passConfirmation(context, request, reply, {
    holder: session,
    purpose: 'revocation',
    action: urlTo('revokeAll'),
    page: () => {
      const frame = visit.frame()
      return { frame, porteur: frame, who: null, backHref: urlTo('revokeAll') }
    },
  })
  if (!passed) return reply
  const renews = formFields(request).renouveler === 'oui'
  const actor = { name: porteur.email, proof: porteur.proof }
  const revoked = await revokeEverything(context, porteur.id, { actor, renews })
  if (!revoked.ok) return refuse(revoked.refusal)
  await context.jobs.kick('envois')
  reply.clearCookie(SESSION_COOKIE, { path: '/' })
  return goTo(reply, urlTo('signIn'), renews ? RENEWED : REVOKED)
}

const REVOKED =
  'Tout est révoqué, cette session comprise. Connectez-vous de nouveau, puis invitez les membres et l’ARS ' +
  'depuis la page Liens de chaque grappe.'

const RENEWED =
  'Tout est révoqué, cette session comprise. De nouveaux liens partent aux membres et à l’ARS ; ' +
  'connectez-vous de nouveau pour remettre ceux qui n’ont pas d’adresse.'
