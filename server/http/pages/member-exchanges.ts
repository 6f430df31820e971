/** What a member says on its pieces by its link: messages, « non applicable »; and the receipts that it keeps. */
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { messageContract, nonApplicableContract } from '../../../schema/contracts/exchanges.ts'
import { fieldMessages } from '../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../schema/urls.ts'
import type { FieldError } from '../../../templates/pages/components.tsx'
import { MessageForm, ReasonForm, RefusedExchange } from '../../../templates/pages/exchanges.tsx'
import { askNonApplicable } from '../../steps/ask-non-applicable.ts'
import { noteLinkUse } from '../../steps/links.ts'
import { type MemberPiece, type MemberScope, ownPieces } from '../../steps/member-scope.ts'
import type { Context } from '../../steps/ports.ts'
import { readPiece } from '../../steps/read-piece.ts'
import { readReceipt } from '../../steps/receipt.ts'
import { writeMessage } from '../../steps/write-message.ts'
import { sendReceipt } from '../downloads.ts'
import { type LinkRequest, memberGuards } from './member-page.ts'
import { fieldErrors, formFields, goTo, type PageSettings, parameter, sendPage } from './page.ts'

export function memberExchangePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { refuse, onLink, pageOf } = memberGuards(context, settings)

  const pieceUrl = (request: LinkRequest) =>
    urlTo('memberPiece', { token: request.params.token, piece: parameter(request, 'piece') })

  /** The form alone, as it was typed. */
  const showAgain = (
    scope: MemberScope,
    request: LinkRequest,
    reply: FastifyReply,
    title: string,
    errors: readonly FieldError[],
    form: ReturnType<typeof MessageForm>,
  ) => {
    const { frame, memberName: who } = pageOf(scope, request, reply)
    const backHref = pieceUrl(request)
    return sendPage(
      reply,
      RefusedExchange({ frame, porteur: null, who, title, backHref, errors, children: form }),
      422,
    )
  }

  /** Hands on a piece of the link's own; any other does not exist. */
  const onPiece = (
    handler: (
      scope: MemberScope,
      found: MemberPiece,
      request: LinkRequest,
      reply: FastifyReply,
    ) => Promise<unknown>,
  ) =>
    onLink(async (scope, request, reply) => {
      const found = await readPiece(context, scope, parameter(request, 'piece'), ownPieces(scope))
      return found === null
        ? refuse(request, reply, { code: 'not-found' })
        : await handler(scope, found, request, reply)
    })

  return async app => {
    app.post(
      PATHS.memberMessages,
      onPiece(async (scope, { piece }, request, reply) => {
        const fields = formFields(request)
        const parsed = messageContract.safeParse(fields)
        if (!parsed.success) {
          const errors = fieldErrors(fieldMessages(parsed.error))
          const action = request.url
          const form = MessageForm({ action, csrf: null, value: fields.text ?? '', errors })
          return showAgain(scope, request, reply, 'Message non envoyé', errors, form)
        }
        const side = { by: 'member', member: scope } as const
        const written = await writeMessage(context, side, piece.id, parsed.data.text)
        if (!written.ok) return refuse(request, reply, written.refusal)
        await noteLinkUse(context, scope.linkId)
        return goTo(reply, `${pieceUrl(request)}#echanges`, 'Message envoyé au porteur.')
      }),
    )

    app.post(
      PATHS.memberNonApplicable,
      onPiece(async (scope, { piece }, request, reply) => {
        const fields = formFields(request)
        const parsed = nonApplicableContract.safeParse(fields)
        if (!parsed.success) {
          const errors = fieldErrors(fieldMessages(parsed.error))
          const words = 'Le demander au porteur'
          const form = ReasonForm({
            action: request.url,
            csrf: null,
            value: fields.reason ?? '',
            errors,
            words,
          })
          return showAgain(scope, request, reply, 'Demande non envoyée', errors, form)
        }
        const side = { by: 'member', member: scope } as const
        const asked = await askNonApplicable(context, side, piece.id, parsed.data.reason)
        if (!asked.ok) return refuse(request, reply, asked.refusal)
        await noteLinkUse(context, scope.linkId)
        return goTo(reply, pieceUrl(request), 'Demande envoyée : le porteur va confirmer ou vous répondre.')
      }),
    )

    // A refused form is shown at its own address: reloading it there leads back to the piece.
    for (const path of [PATHS.memberMessages, PATHS.memberNonApplicable]) {
      app.get(
        path,
        onPiece(async (_scope, _found, request, reply) => goTo(reply, pieceUrl(request))),
      )
    }

    app.get(
      PATHS.memberReceiptPdf,
      onPiece(async (scope, found, request, reply) => {
        const version = found.piece.versions.find(({ id }) => id === parameter(request, 'version'))
        if (version === undefined) return refuse(request, reply, { code: 'not-found' })
        const receipt = await readReceipt(context.db, scope.grappeId, { ...found, version })
        return await sendReceipt(context, reply, receipt)
      }),
    )
  }
}
