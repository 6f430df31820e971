/** What a porteur follows of one grappe: its board, journal and messages; then each piece, and the dossier. */
import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { PATHS } from '../../../../schema/urls.ts'
import { BoardPage } from '../../../../templates/pages/porteur/board.tsx'
import { JournalPage } from '../../../../templates/pages/porteur/journal.tsx'
import { MailsPage } from '../../../../templates/pages/porteur/mails.tsx'
import { BOARD_STATES, type BoardFilter, drawBoard } from '../../../domain/board.ts'
import { planDossier } from '../../../domain/dossier-plan.ts'
import type { Context } from '../../../steps/ports.ts'
import { readSnapshot } from '../../../steps/read-grappe.ts'
import { readMailsOfGrappe } from '../../../steps/send-mail.ts'
import { type PageSettings, porteurFrameOf, porteurGuards, sendPage } from '../page.ts'
import { dossierPages } from './dossier.ts'
import { piecePages } from './piece.ts'

/** A filter that means nothing, or is typed twice, restricts nothing. */
const filterContract = z.object({
  etat: z.enum(BOARD_STATES).nullable().catch(null),
  og: z.uuid().nullable().catch(null),
  texte: z.string().max(200).catch(''),
})

function filterOf(query: unknown): BoardFilter {
  const { etat, og, texte } = filterContract.parse(query)
  return { state: etat, ogId: og, text: texte }
}

export function boardPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { assetsVersion } = settings
  const { refuse, onGrappe } = porteurGuards(context, settings)

  return async app => {
    await app.register(piecePages(context, settings))
    await app.register(dossierPages(context, settings))

    app.get(
      PATHS.board,
      onGrappe(async (scope, request, reply) => {
        const snapshot = await readSnapshot(context, scope.grappeId)
        if (snapshot === null) return refuse(request, reply, { code: 'not-found' })
        const plan = planDossier(snapshot)
        const filter = filterOf(request.query)
        const frame = porteurFrameOf(request, reply, assetsVersion, scope.porteur)
        return sendPage(
          reply,
          BoardPage({ frame, grappe: scope, plan, board: drawBoard(plan, filter), filter }),
        )
      }),
    )

    app.get(
      PATHS.journal,
      onGrappe(async (scope, request, reply) => {
        const snapshot = await readSnapshot(context, scope.grappeId)
        if (snapshot === null) return refuse(request, reply, { code: 'not-found' })
        const { timeZone, journal } = snapshot
        const frame = porteurFrameOf(request, reply, assetsVersion, scope.porteur)
        return sendPage(reply, JournalPage({ frame, grappe: scope, timeZone, journal }))
      }),
    )

    app.get(
      PATHS.mails,
      onGrappe(async (scope, request, reply) => {
        const mails = await readMailsOfGrappe(context, scope.grappeId)
        return sendPage(
          reply,
          MailsPage({
            frame: porteurFrameOf(request, reply, assetsVersion, scope.porteur),
            grappe: scope,
            timeZone: scope.call.window.timeZone,
            sends: context.mailer !== null,
            mails: mails.map(mail => ({
              ...mail,
              createdAt: mail.createdAt.toISOString(),
              sentAt: mail.sentAt?.toISOString() ?? null,
            })),
          }),
        )
      }),
    )
  }
}
