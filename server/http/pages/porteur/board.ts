/** What a porteur follows of one grappe: its board, journal and messages; then each piece, and the dossier. */
import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { PATHS } from '../../../../schema/urls.ts'
import { BoardFragment, BoardPage } from '../../../../templates/pages/porteur/board.tsx'
import { JournalPage } from '../../../../templates/pages/porteur/journal.tsx'
import { MailsPage } from '../../../../templates/pages/porteur/mails.tsx'
import { BOARD_STATES, type BoardFilter, drawBoard } from '../../../domain/board.ts'
import { dayOf } from '../../../domain/deadline.ts'
import { planDossier } from '../../../domain/dossier-plan.ts'
import { progressOf } from '../../../domain/progress.ts'
import type { Context } from '../../../steps/ports.ts'
import { type GrappeSnapshot, readSnapshot } from '../../../steps/read-grappe.ts'
import { readMailsOfGrappe } from '../../../steps/send-mail.ts'
import { disposition } from '../../downloads.ts'
import { type PageSettings, porteurFrameOf, porteurGuards, sendPage } from '../page.ts'
import { boardChoicePages } from './board-choice.ts'
import { boardCsv } from './board-csv.ts'
import { boardEvents } from './board-events.ts'
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

/** The address of the same board; without its « ? » when nothing is filtered. */
function queryOf({ state, ogId, text }: BoardFilter): string {
  const kept = Object.entries({ etat: state, og: ogId, texte: text }).filter(
    (entry): entry is [string, string] => entry[1] !== null && entry[1] !== '',
  )
  const query = new URLSearchParams(kept).toString()
  return query === '' ? '' : `?${query}`
}

/** What the page and its fragment are both drawn from. */
function viewOf(snapshot: GrappeSnapshot, query: unknown) {
  const plan = planDossier(snapshot)
  const filter = filterOf(query)
  const { record, pieces, timeZone } = snapshot
  return {
    plan,
    filter,
    query: queryOf(filter),
    board: drawBoard(plan, filter),
    revision: record.revision,
    progress: progressOf(plan, pieces, dayOf(record.createdAt.toISOString(), timeZone)),
  }
}

export function boardPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { assetsVersion } = settings
  const { refuse, onGrappe } = porteurGuards(context, settings)

  return async app => {
    await app.register(piecePages(context, settings))
    await app.register(dossierPages(context, settings))

    await app.register(boardEvents(context, settings))
    await app.register(boardChoicePages(context, settings))

    app.get(
      PATHS.board,
      onGrappe(async (scope, request, reply) => {
        const snapshot = await readSnapshot(context, scope.grappeId)
        if (snapshot === null) return refuse(request, reply, { code: 'not-found' })
        const frame = porteurFrameOf(request, reply, assetsVersion, scope.porteur)
        return sendPage(reply, BoardPage({ frame, grappe: scope, ...viewOf(snapshot, request.query) }))
      }),
    )

    app.get(
      PATHS.boardFragment,
      onGrappe(async (scope, request, reply) => {
        const snapshot = await readSnapshot(context, scope.grappeId)
        return snapshot === null
          ? refuse(request, reply, { code: 'not-found' })
          : sendPage(reply, BoardFragment({ grappe: scope, ...viewOf(snapshot, request.query) }))
      }),
    )

    app.get(
      PATHS.boardCsv,
      onGrappe(async (scope, request, reply) => {
        const snapshot = await readSnapshot(context, scope.grappeId)
        if (snapshot === null) return refuse(request, reply, { code: 'not-found' })
        const { plan, board } = viewOf(snapshot, request.query)
        return reply
          .header('content-type', 'text/csv; charset=utf-8')
          .header('content-disposition', disposition('attachment', `Tableau_${plan.name}.csv`))
          .send(boardCsv(board, plan.timeZone))
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
              bouncedAt: mail.bouncedAt?.toISOString() ?? null,
              nextAttemptAt: mail.nextAttemptAt?.toISOString() ?? null,
            })),
          }),
        )
      }),
    )
  }
}
