/** What a member says on its pieces by its link: messages, « non applicable »; and its receipts. */
import type { FastifyPluginAsync } from 'fastify'
import { messageContract, nonApplicableContract } from '../../../../schema/contracts/exchanges.ts'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { MessageForm, ReasonForm, RefusedExchange } from '../../../../templates/pages/exchanges.tsx'
import { historyOf } from '../../../domain/piece.ts'
import { noteLinkUse } from '../../../steps/access/links.ts'
import { readReceipt } from '../../../steps/collection/receipt.ts'
import { askNonApplicable } from '../../../steps/control/ask-non-applicable.ts'
import { writeMessage } from '../../../steps/control/write-message.ts'
import type { Context } from '../../../steps/ports.ts'
import { sendReceipt } from '../../downloads.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import { type MemberVisit, memberGuards, readOwnPiece } from './access.ts'

export function memberExchangePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onLink } = memberGuards(context, settings)

  return async app => {
    app.post(PATHS.memberMessages, onLink(sendMessage))
    app.post(PATHS.memberNonApplicable, onLink(sendNonApplicable))
    // A refused form is shown at its own address: reloading it there leads back to the piece.
    app.get(PATHS.memberMessages, onLink(backToPiece))
    app.get(PATHS.memberNonApplicable, onLink(backToPiece))
    app.get(PATHS.memberReceiptPdf, onLink(sendReceiptOfVersion))
  }
}

async function sendMessage(visit: MemberVisit) {
  const { context, scope, request, reply, refuse } = visit
  const found = await readOwnPiece(visit)
  if (found === null) return refuse({ code: 'not-found' })
  const fields = formFields(request)
  const parsed = messageContract.safeParse(fields)
  if (!parsed.success) {
    const errors = fieldErrors(fieldMessages(parsed.error))
    const form = MessageForm({ action: request.url, csrf: null, value: fields.text ?? '', errors })
    return showAgain(visit, 'Message non envoyé', errors, form)
  }
  const side = { by: 'member', member: scope } as const
  const written = await writeMessage(context, side, found.piece.id, parsed.data.text)
  if (!written.ok) return refuse(written.refusal)
  await noteLinkUse(context, scope.linkId)
  return goTo(reply, `${pieceUrl(visit)}#echanges`, 'Message envoyé au porteur.')
}

async function sendNonApplicable(visit: MemberVisit) {
  const { context, scope, request, reply, refuse } = visit
  const found = await readOwnPiece(visit)
  if (found === null) return refuse({ code: 'not-found' })
  const fields = formFields(request)
  const parsed = nonApplicableContract.safeParse(fields)
  if (!parsed.success) {
    const errors = fieldErrors(fieldMessages(parsed.error))
    const words = 'Le demander au porteur'
    const value = fields.reason ?? ''
    const form = ReasonForm({ action: request.url, csrf: null, value, errors, words })
    return showAgain(visit, 'Demande non envoyée', errors, form)
  }
  const side = { by: 'member', member: scope } as const
  const asked = await askNonApplicable(context, side, found.piece.id, parsed.data.reason)
  if (!asked.ok) return refuse(asked.refusal)
  await noteLinkUse(context, scope.linkId)
  return goTo(reply, pieceUrl(visit), 'Demande envoyée : le porteur va confirmer ou vous répondre.')
}

async function backToPiece(visit: MemberVisit) {
  const found = await readOwnPiece(visit)
  return found === null ? visit.refuse({ code: 'not-found' }) : goTo(visit.reply, pieceUrl(visit))
}

async function sendReceiptOfVersion(visit: MemberVisit) {
  const { context, scope, request, reply, refuse } = visit
  const found = await readOwnPiece(visit)
  const version = found && historyOf(found.piece).find(({ id }) => id === parameter(request, 'version'))
  if (found === null || !version) return refuse({ code: 'not-found' })
  const receipt = await readReceipt(context.db, scope.grappeId, { ...found, version })
  return await sendReceipt(context, reply, receipt)
}

function pieceUrl({ token, request }: MemberVisit): string {
  return urlTo('memberPiece', { token, piece: parameter(request, 'piece') })
}

/** The form alone, as it was typed. */
function showAgain(
  visit: MemberVisit,
  title: string,
  errors: readonly FieldError[],
  children: ReturnType<typeof MessageForm>,
) {
  const { frame, memberName: who } = visit.page()
  const backHref = pieceUrl(visit)
  const page = RefusedExchange({ frame, porteur: null, who, title, backHref, errors, children })
  return sendPage(visit.reply, page, 422)
}
