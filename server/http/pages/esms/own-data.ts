/** A person asks, on its own link and with a code, for a copy of what is kept of it. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { OwnData } from '../../../../templates/pages/esms/own-data.tsx'
import { linkActor } from '../../../steps/access/member-scope.ts'
import { exportPerson } from '../../../steps/erasure/export-person.ts'
import type { Context } from '../../../steps/ports.ts'
import { disposition } from '../../downloads.ts'
import { browserOf } from '../../security.ts'
import { passConfirmation } from '../confirm-by-code.ts'
import { type PageSettings, sendPage } from '../page.ts'
import { type MemberVisit, memberGuards } from './access.ts'

export function memberDataPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onLink } = memberGuards(context, settings)

  return async app => {
    app.get(PATHS.memberData, onLink(showOwnData))
    app.post(PATHS.memberData, onLink(sendCopy))
  }
}

async function showOwnData({ scope, reply, page }: MemberVisit) {
  return sendPage(reply, OwnData({ ...page(), email: scope.email }))
}

/** Whoever holds a copy of the link gets nothing: the code goes to the person alone. */
async function sendCopy(visit: MemberVisit) {
  const { context, scope, token, request, reply } = visit
  const { linkId, email, grappeId } = scope
  const passed = await passConfirmation(context, request, reply, {
    holder: {
      id: linkId,
      email,
      browser: browserOf(request, reply),
      journal: { grappeId, actor: linkActor(scope) },
    },
    purpose: 'donnees',
    action: urlTo('memberData', { token }),
    page: () => {
      const { frame, memberName } = visit.page()
      return { frame, porteur: null, who: memberName, backHref: urlTo('memberData', { token }) }
    },
  })
  if (!passed || email === null) return reply
  const copy = await exportPerson(context, email, grappeId)
  return reply
    .type('application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('content-disposition', disposition('attachment', 'mes-donnees.json'))
    .send(`${JSON.stringify(copy, null, 2)}\n`)
}
