/** Accepting many pieces at once: what was chosen on the board is shown, then accepted. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { acceptanceContract, fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { count } from '../../../../templates/pages/format.ts'
import { AcceptedPage, ChosenPage } from '../../../../templates/pages/porteur/chosen.tsx'
import {
  acceptPieces,
  reviewChoice,
  type UndonePiece,
  undoAcceptance,
} from '../../../steps/control/decide-on-pieces.ts'
import type { Context } from '../../../steps/ports.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'

export function boardChoicePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.post(PATHS.chosenPieces, protect, onGrappe(showChosen))
    app.post(PATHS.acceptPieces, protect, onGrappe(acceptChosen))
    app.post(PATHS.undoAcceptance, protect, onGrappe(undo))
    // Reloaded at its own address, a form of the board leads back to it.
    app.get(PATHS.chosenPieces, onGrappe(backToBoard))
    app.get(PATHS.acceptPieces, onGrappe(backToBoard))
    app.get(PATHS.undoAcceptance, onGrappe(backToBoard))
  }
}

async function showChosen(visit: GrappeVisit) {
  const { context, scope, request, reply, frame } = visit
  const choice = choiceOf(request)
  if (!choice.success) return await backToBoard(visit, Object.values(fieldMessages(choice.error))[0])
  const chosen = await reviewChoice(context, scope, choice.data)
  return sendPage(reply, ChosenPage({ frame: frame(), grappe: scope, chosen }))
}

async function acceptChosen(visit: GrappeVisit) {
  const { context, scope, request, reply, frame } = visit
  const choice = choiceOf(request)
  if (!choice.success) return await backToBoard(visit, Object.values(fieldMessages(choice.error))[0])
  const chosen = await acceptPieces(context, scope, choice.data)
  // Shown in place: sending it again accepts nothing twice.
  return sendPage(reply, AcceptedPage({ frame: frame(), grappe: scope, chosen }))
}

async function undo(visit: GrappeVisit) {
  const { context, scope, request } = visit
  const choice = choiceOf(request)
  if (!choice.success) return await backToBoard(visit, Object.values(fieldMessages(choice.error))[0])
  return await backToBoard(visit, undoneSentence(await undoAcceptance(context, scope, choice.data)))
}

function undoneSentence(pieces: readonly UndonePiece[]): string {
  const undone = pieces.filter(({ kept }) => kept === null).length
  const sealed = pieces.filter(({ kept }) => kept === 'scellee').length
  const others = pieces.length - undone - sealed
  return [
    undone === 0
      ? 'Aucune acceptation n’a été annulée.'
      : `${count(undone, 'acceptation annulée : la pièce est', 'acceptations annulées : les pièces sont')} ` +
        'de nouveau à contrôler. Personne n’en est prévenu.',
    sealed === 0
      ? ''
      : `${count(sealed, 'pièce reste acceptée', 'pièces restent acceptées')} : ` +
        'une version scellée les contient.',
    others === 0 ? '' : `${count(others, 'pièce a', 'pièces ont')} changé depuis : rien n’y est touché.`,
  ]
    .filter(Boolean)
    .join(' ')
}

async function backToBoard({ scope, reply }: GrappeVisit, notice?: string) {
  return goTo(reply, urlTo('board', { grappe: scope.grappeId }), notice)
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
