/** The outbox of a server that sends no mail: whoever started it holds its link. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS } from '../../../schema/urls.ts'
import { Outbox } from '../../../templates/pages/outbox.tsx'
import { findLink } from '../../steps/links.ts'
import type { Context } from '../../steps/ports.ts'
import { readOutbox } from '../../steps/send-mail.ts'
import { problemOf } from '../refusals.ts'
import { frameOf, type PageSettings, sendPage, sendProblemPage } from './page.ts'

export function outboxPages(context: Context, { assetsVersion }: PageSettings): FastifyPluginAsync {
  return async app => {
    app.get<{ Params: { token: string } }>(PATHS.outbox, async (request, reply) => {
      const found = await findLink(context, request.params.token, ['outbox'])
      if (!found.ok) return sendProblemPage(request, reply, assetsVersion, problemOf(found.refusal))
      const mails = await readOutbox(context)
      return sendPage(
        reply,
        Outbox({
          frame: frameOf(request, reply, assetsVersion),
          mails: mails.map(mail => ({ ...mail, createdAt: mail.createdAt.toISOString() })),
          sends: context.mailer !== null,
        }),
      )
    })
  }
}
