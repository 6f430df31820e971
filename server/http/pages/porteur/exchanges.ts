/** What the porteur says on a piece: messages, « non applicable »; and the receipts of its deposits. */
import type { FastifyPluginAsync } from 'fastify'
import {
  messageContract,
  type NonApplicableDecisionBody,
  nonApplicableContract,
  nonApplicableDecisionContract,
} from '../../../../schema/contracts/exchanges.ts'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import {
  KeepAskingForm,
  MessageForm,
  ReasonForm,
  RefusedExchange,
} from '../../../../templates/pages/exchanges.tsx'
import { historyOf } from '../../../domain/piece.ts'
import { readReceipt } from '../../../steps/collection/receipt.ts'
import { askNonApplicable } from '../../../steps/control/ask-non-applicable.ts'
import { decideNonApplicable } from '../../../steps/control/decide-non-applicable.ts'
import { writeMessage } from '../../../steps/control/write-message.ts'
import type { Context } from '../../../steps/ports.ts'
import { readPiece } from '../../../steps/read/read-piece.ts'
import { sendReceipt } from '../../downloads.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { backToPiece, pieceUrl } from './show-piece.ts'

export function porteurExchangePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.post(PATHS.pieceMessages, protect, onGrappe(sendMessage))
    app.post(PATHS.pieceNonApplicable, protect, onGrappe(answerNonApplicable))
    // A refused form is shown at its own address: reloading it there leads back to the piece.
    app.get(PATHS.pieceMessages, onGrappe(backToPiece))
    app.get(PATHS.pieceNonApplicable, onGrappe(backToPiece))
    app.get(PATHS.pieceReceiptPdf, onGrappe(sendReceiptOfVersion))
  }
}

async function sendMessage(visit: GrappeVisit) {
  const { context, scope, request, reply, refuse } = visit
  const fields = formFields(request)
  const parsed = messageContract.safeParse(fields)
  if (!parsed.success) {
    const errors = fieldErrors(fieldMessages(parsed.error))
    return showAgain(visit, 'Message non envoyé', errors, csrf =>
      MessageForm({ action: request.url, csrf, value: fields.text ?? '', errors }),
    )
  }
  const side = { by: 'porteur', porteur: scope } as const
  const written = await writeMessage(context, side, parameter(request, 'piece'), parsed.data.text)
  if (!written.ok) return refuse(written.refusal)
  return goTo(reply, `${pieceUrl(visit)}#echanges`, writtenSentence(written.value.mailed))
}

/** The two forms of one address: the porteur declares by itself, or decides on what a member asked. */
async function answerNonApplicable(visit: GrappeVisit) {
  const { requestId } = formFields(visit.request)
  return requestId === undefined ? await declareNonApplicable(visit) : await decideOnAsked(visit, requestId)
}

async function declareNonApplicable(visit: GrappeVisit) {
  const { context, scope, request, reply, refuse } = visit
  const fields = formFields(request)
  const parsed = nonApplicableContract.safeParse(fields)
  if (!parsed.success) {
    const errors = fieldErrors(fieldMessages(parsed.error))
    const words = 'Déclarer non applicable'
    return showAgain(visit, NOT_RECORDED, errors, csrf =>
      ReasonForm({ action: request.url, csrf, words, value: fields.reason ?? '', errors }),
    )
  }
  const side = { by: 'porteur', porteur: scope } as const
  const declared = await askNonApplicable(context, side, parameter(request, 'piece'), parsed.data.reason)
  return declared.ok
    ? goTo(reply, pieceUrl(visit), 'La pièce est déclarée non applicable.')
    : refuse(declared.refusal)
}

async function decideOnAsked(visit: GrappeVisit, requestId: string) {
  const { context, scope, request, reply, refuse } = visit
  const fields = formFields(request)
  const parsed = nonApplicableDecisionContract.safeParse(fields)
  if (!parsed.success) {
    const errors = fieldErrors(fieldMessages(parsed.error))
    const { motive = '' } = fields
    return showAgain(visit, NOT_RECORDED, errors, csrf =>
      KeepAskingForm({ action: request.url, csrf, requestId, value: motive, errors }),
    )
  }
  const decided = await decideNonApplicable(context, scope, parameter(request, 'piece'), parsed.data)
  return decided.ok
    ? goTo(reply, pieceUrl(visit), decidedSentence(parsed.data.decision))
    : refuse(decided.refusal)
}

async function sendReceiptOfVersion({ context, scope, request, reply, refuse }: GrappeVisit) {
  const found = await readPiece(context, scope, parameter(request, 'piece'))
  const version = found && historyOf(found.piece).find(({ id }) => id === parameter(request, 'version'))
  if (found === null || !version) return refuse({ code: 'not-found' })
  const receipt = await readReceipt(context.db, scope.grappeId, { ...found, version })
  return await sendReceipt(context, reply, receipt)
}

/** The form alone, as it was typed. */
function showAgain(
  visit: GrappeVisit,
  title: string,
  errors: readonly FieldError[],
  form: (csrf: string) => ReturnType<typeof MessageForm>,
) {
  const frame = visit.frame()
  const backHref = pieceUrl(visit)
  const children = form(frame.csrf)
  return sendPage(
    visit.reply,
    RefusedExchange({ frame, porteur: frame, who: null, title, backHref, errors, children }),
    422,
  )
}

const NOT_RECORDED = 'Réponse non enregistrée'

function writtenSentence(mailed: number): string {
  return mailed === 0
    ? 'Message enregistré : il s’affiche sur la page du membre, dont aucun e-mail n’est connu.'
    : 'Message enregistré : il part par e-mail dans quelques minutes.'
}

function decidedSentence(decision: NonApplicableDecisionBody['decision']): string {
  return decision === 'confirmee'
    ? 'Confirmé : la pièce n’est plus attendue.'
    : 'La pièce reste demandée : ses contacts en sont avertis.'
}
