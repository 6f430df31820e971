/** A form answered on screen, by the porteur in a member's place. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { PART_NAMES } from '../../../domain/governance/words.ts'
import type { Context } from '../../../steps/ports.ts'
import {
  depositForm,
  type FormVisit,
  saveForm,
  sendPrintedForm,
  showDeposit,
  showForm,
} from '../answer-form.ts'
import { goTo, type PageSettings } from '../page.ts'
import { parameter } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { depositedSentence } from './piece-deposit.ts'
import { pieceUrl } from './show-piece.ts'

export function porteurFormPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(
      PATHS.pieceForm,
      onGrappe(async visit => await showForm(formOf(visit))),
    )
    app.post(
      PATHS.pieceForm,
      protect,
      onGrappe(async visit => await saveForm(formOf(visit))),
    )
    app.get(
      PATHS.printPieceForm,
      onGrappe(async visit => await sendPrintedForm(formOf(visit))),
    )
    app.get(
      PATHS.depositPieceForm,
      onGrappe(async visit => await showDeposit(formOf(visit))),
    )
    app.post(PATHS.depositPieceForm, protect, onGrappe(deposit))
  }
}

function formOf({ context, scope, request, reply, frame, refuse }: GrappeVisit): FormVisit {
  const { grappeId } = scope
  const at = { grappe: grappeId, piece: parameter(request, 'piece') }
  return {
    context,
    side: { by: 'porteur', porteur: scope },
    request,
    reply,
    refuse,
    surround: () => ({ by: 'porteur', frame: frame(), grappe: scope, timeZone: scope.call.timeZone }),
    urls: {
      form: urlTo('pieceForm', at),
      deposit: urlTo('depositPieceForm', at),
      print: urlTo('printPieceForm', at),
      piece: urlTo('piece', at),
    },
    recordOf: place => {
      const { kind } = place
      if ('id' in place) {
        const { id } = place
        const href =
          kind === 'og'
            ? urlTo('editOg', { grappe: grappeId, og: id })
            : urlTo('editEsms', { grappe: grappeId, esms: id })
        return [`Compléter la fiche de l’${kind === 'og' ? 'organisme gestionnaire' : 'établissement'}`, href]
      }
      if ('part' in place) {
        const { part } = place
        const href = urlTo('governancePart', { grappe: grappeId, chapter: part })
        return [`Écrire ${PART_NAMES[part]}`, href]
      }
      return kind === 'call-values'
        ? ['Reporter les valeurs de l’appel', urlTo('callValues', { grappe: grappeId })]
        : null
    },
  }
}

async function deposit(visit: GrappeVisit) {
  const received = await depositForm(formOf(visit))
  if (received === null) return visit.reply
  const { version, alreadyReceived } = received
  return goTo(visit.reply, pieceUrl(visit), depositedSentence(version.number, alreadyReceived))
}
