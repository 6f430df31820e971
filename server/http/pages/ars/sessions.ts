/** Sessions of a reviewer who signed in. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { Sessions } from '../../../../templates/pages/sessions.tsx'
import { endSessions, listSessions } from '../../../steps/access/sessions.ts'
import type { Context } from '../../../steps/ports.ts'
import { problemOf } from '../../refusals.ts'
import { REVIEWER_COOKIE } from '../../security.ts'
import { frameOf, goTo, type PageSettings, sendPage, sendProblemPage } from '../page.ts'
import { endedBy, endedSentence } from '../porteur/sessions.ts'
import { findReviewer } from './access.ts'

export function reviewerSessionPages(context: Context, { assetsVersion }: PageSettings): FastifyPluginAsync {
  const show = async (request: FastifyRequest, reply: FastifyReply) => {
    const reviewer = await findReviewer(context, request)
    if (reviewer === null) return goTo(reply, urlTo('arsDossiers'))
    const { email } = reviewer
    const thisToken = request.cookies[REVIEWER_COOKIE] ?? null
    return sendPage(
      reply,
      Sessions({
        frame: frameOf(request, reply, assetsVersion),
        csrf: reply.generateCsrf(),
        porteur: null,
        who: `ARS, ${email}`,
        title: 'Mes sessions',
        lead:
          `Les navigateurs où vous êtes connecté avec ${email}. ` +
          'Fermez ceux que vous ne reconnaissez pas.',
        back: { url: urlTo('arsDossiers'), label: 'Dossiers remis' },
        action: urlTo('arsSessions'),
        sessions: await listSessions(context, { reviewerEmail: email }, thisToken),
      }),
    )
  }

  const end = async (request: FastifyRequest, reply: FastifyReply) => {
    const reviewer = await findReviewer(context, request)
    if (reviewer === null) return goTo(reply, urlTo('arsDossiers'))
    const ended = endedBy(request, request.cookies[REVIEWER_COOKIE] ?? '')
    if (ended === null) {
      return sendProblemPage(request, reply, assetsVersion, problemOf({ code: 'not-found' }))
    }
    const count = await endSessions(context, { reviewerEmail: reviewer.email }, ended)
    return goTo(reply, urlTo('arsSessions'), endedSentence(count))
  }

  return async app => {
    app.get(PATHS.arsSessions, show)
    app.post(PATHS.arsSessions, { preHandler: app.csrfProtection }, end)
  }
}
