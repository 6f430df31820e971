/** Accepting many pieces at once: what was chosen on the board is shown, then accepted. */
import type { FastifyPluginAsync } from 'fastify'
import { type AcceptanceBody, chosenContract, fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { count } from '../../../../templates/pages/format.ts'
import { AcceptedPage, ChosenPage } from '../../../../templates/pages/porteur/chosen.tsx'
import {
  acceptPieces,
  type ChosenPiece,
  GONE,
  reviewChoice,
  type UndonePiece,
  undoAcceptance,
} from '../../../steps/control/decide-on-pieces.ts'
import type { Context } from '../../../steps/ports.ts'
import { findVersions } from '../../../steps/read/find-piece.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldValues } from '../request.ts'
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
  const { context, scope, reply, frame } = visit
  const choice = await choiceOf(visit)
  if (!choice.ok) return await backToBoard(visit, choice.message)
  const chosen = [...(await reviewChoice(context, scope, choice)), ...choice.gone]
  return sendPage(reply, ChosenPage({ frame: frame(), grappe: scope, chosen }))
}

async function acceptChosen(visit: GrappeVisit) {
  const { context, scope, reply, frame } = visit
  const choice = await choiceOf(visit)
  if (!choice.ok) return await backToBoard(visit, choice.message)
  const chosen = [...(await acceptPieces(context, scope, choice)), ...choice.gone]
  // Shown in place: sending it again accepts nothing twice.
  return sendPage(reply, AcceptedPage({ frame: frame(), grappe: scope, chosen }))
}

async function undo(visit: GrappeVisit) {
  const { context, scope } = visit
  const choice = await choiceOf(visit)
  if (!choice.ok) return await backToBoard(visit, choice.message)
  const pieces = await undoAcceptance(context, scope, choice)
  return await backToBoard(visit, undoneSentence(pieces, choice.gone.length))
}

/** @param gone chosen, and no more in the grappe. */
function undoneSentence(pieces: readonly UndonePiece[], gone: number): string {
  const undone = pieces.filter(({ kept }) => kept === null).length
  const sealed = pieces.filter(({ kept }) => kept === 'scellee').length
  const others = pieces.length - undone - sealed + gone
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

type Choice =
  | { ok: false; message: string | undefined }
  | { ok: true; pieces: AcceptanceBody['pieces']; gone: readonly ChosenPiece[] }

/** What the boxes name (`boxOf`), as it is found in this grappe. */
async function choiceOf({ context, scope, request }: GrappeVisit): Promise<Choice> {
  const parsed = chosenContract.safeParse({
    pieces: fieldValues(request, 'choix').map(box => {
      const [ownerId, code, number] = box.split(' ')
      return { ownerId, code, number }
    }),
  })
  if (!parsed.success) return { ok: false, message: Object.values(fieldMessages(parsed.error))[0] }
  const found = await findVersions(context.db, scope.grappeId, parsed.data.pieces)
  return {
    ok: true,
    pieces: found.filter(version => version !== null),
    gone: found.filter(version => version === null).map(() => GONE),
  }
}
