/** Accepting many pieces at once: what was chosen on the board is shown, then accepted. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { acceptanceContract, fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { count } from '../../../../templates/pages/format.ts'
import { AcceptedPage, ChosenPage } from '../../../../templates/pages/porteur/chosen.tsx'
import { acceptPieces, reviewChoice } from '../../../steps/decide-on-pieces.ts'
import type { Context } from '../../../steps/ports.ts'
import { goTo, type PageSettings, porteurFrameOf, porteurGuards, sendPage } from '../page.ts'

export function boardChoicePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    app.post(
      PATHS.chosenPieces,
      { preHandler: app.csrfProtection },
      onGrappe(async (scope, request, reply) => {
        const choice = choiceOf(request)
        const board = urlTo('board', { grappe: scope.grappeId })
        if (!choice.success) return goTo(reply, board, Object.values(fieldMessages(choice.error))[0])
        const frame = porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur)
        const chosen = await reviewChoice(context, scope, choice.data)
        return sendPage(reply, ChosenPage({ frame, grappe: scope, chosen }))
      }),
    )

    app.post(
      PATHS.acceptPieces,
      { preHandler: app.csrfProtection },
      onGrappe(async (scope, request, reply) => {
        const choice = choiceOf(request)
        const board = urlTo('board', { grappe: scope.grappeId })
        if (!choice.success) return goTo(reply, board, Object.values(fieldMessages(choice.error))[0])
        const chosen = await acceptPieces(context, scope, choice.data)
        if (chosen.every(({ left }) => left === null))
          return goTo(reply, board, `${count(chosen.length, 'pièce acceptée', 'pièces acceptées')}.`)
        // Shown in place: sending it again accepts nothing twice.
        const frame = porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur)
        return sendPage(reply, AcceptedPage({ frame, grappe: scope, chosen }))
      }),
    )

    // Reloaded at its own address, a form of the board leads back to it.
    for (const path of [PATHS.chosenPieces, PATHS.acceptPieces]) {
      app.get(
        path,
        onGrappe(async ({ grappeId }, _request, reply) => goTo(reply, urlTo('board', { grappe: grappeId }))),
      )
    }
  }
}

/** Boxes of the board: each holds the piece and the version looked at, as `piece.version`. */
function choiceOf(request: FastifyRequest) {
  const { choix } = request.body as { choix?: unknown }
  const boxes = choix === undefined ? [] : Array.isArray(choix) ? choix : [choix]
  return acceptanceContract.safeParse({
    pieces: boxes.map(box => {
      const [pieceId, versionId] = String(box).split('.')
      return { pieceId, versionId }
    }),
  })
}
