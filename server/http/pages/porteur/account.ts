/** Whoever administers asks that the porteur's account be deleted, or takes that back. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { AccountPage } from '../../../../templates/pages/porteur/account.tsx'
import { findSessionHolder } from '../../../steps/access/sign-in.ts'
import {
  askAccountDeletion,
  cancelAccountDeletion,
  readAccount,
} from '../../../steps/erasure/delete-account.ts'
import type { Context } from '../../../steps/ports.ts'
import { SESSION_COOKIE } from '../../security.ts'
import { passConfirmation } from '../confirm-by-code.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields } from '../request.ts'
import { porteurGuards, type Visit } from './access.ts'

export function accountPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { signedIn } = porteurGuards(context, settings)

  return async app => {
    app.get(PATHS.account, signedIn(show))
    app.post(PATHS.account, { preHandler: app.csrfProtection }, signedIn(change))
  }
}

async function show({ context, porteur, reply, frame }: Visit) {
  return sendPage(reply, AccountPage({ frame: frame(), account: await readAccount(context.db, porteur.id) }))
}

async function change(visit: Visit) {
  const { context, porteur, request, reply, refuse } = visit
  if (formFields(request).acte === 'annuler') {
    await cancelAccountDeletion(context, porteur)
    return goTo(reply, urlTo('account'), 'Suppression annulée : rien n’est effacé. Chacun en est prévenu.')
  }
  const session = await findSessionHolder(context, request.cookies[SESSION_COOKIE] ?? '')
  if (session === null) return goTo(reply, urlTo('signIn'))
  const passed = await passConfirmation(context, request, reply, {
    holder: session,
    purpose: 'suppression',
    action: urlTo('account'),
    page: () => {
      const frame = visit.frame()
      return { frame, porteur: frame, who: null, backHref: urlTo('account') }
    },
  })
  if (!passed) return reply
  const asked = await askAccountDeletion(context, porteur)
  if (!asked.ok) return refuse(asked.refusal)
  return goTo(
    reply,
    urlTo('account'),
    'Suppression demandée. Chaque personne du compte en est prévenue, et vous pouvez encore l’annuler.',
  )
}
