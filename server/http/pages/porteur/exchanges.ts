/** What the porteur says on a piece: messages, « non applicable »; and the receipts of its deposits. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import {
  messageContract,
  nonApplicableContract,
  nonApplicableDecisionContract,
} from '../../../../schema/contracts/exchanges.ts'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import {
  KeepAskingForm,
  MessageForm,
  ReasonForm,
  RefusedExchange,
} from '../../../../templates/pages/exchanges.tsx'
import { askNonApplicable } from '../../../steps/ask-non-applicable.ts'
import { decideNonApplicable } from '../../../steps/decide-non-applicable.ts'
import type { PorteurScope } from '../../../steps/porteur-scope.ts'
import type { Context } from '../../../steps/ports.ts'
import { readPiece } from '../../../steps/read-piece.ts'
import { readReceipt } from '../../../steps/receipt.ts'
import { writeMessage } from '../../../steps/write-message.ts'
import { sendReceipt } from '../../downloads.ts'
import {
  fieldErrors,
  formFields,
  goTo,
  type PageSettings,
  parameter,
  porteurFrameOf,
  porteurGuards,
  sendPage,
} from '../page.ts'

export function porteurExchangePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { refuse, onGrappe } = porteurGuards(context, settings)

  const pieceUrl = (scope: PorteurScope, request: FastifyRequest) =>
    urlTo('piece', { grappe: scope.grappeId, piece: parameter(request, 'piece') })

  /** The form alone, as it was typed. */
  const showAgain = (
    scope: PorteurScope,
    request: FastifyRequest,
    reply: FastifyReply,
    title: string,
    errors: readonly FieldError[],
    form: (csrf: string) => ReturnType<typeof MessageForm>,
  ) => {
    const frame = porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur)
    const backHref = pieceUrl(scope, request)
    const children = form(frame.csrf)
    return sendPage(
      reply,
      RefusedExchange({ frame, porteur: frame, who: null, title, backHref, errors, children }),
      422,
    )
  }

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.post(
      PATHS.pieceMessages,
      protect,
      onGrappe(async (scope, request, reply) => {
        const fields = formFields(request)
        const parsed = messageContract.safeParse(fields)
        if (!parsed.success) {
          const errors = fieldErrors(fieldMessages(parsed.error))
          return showAgain(scope, request, reply, 'Message non envoyé', errors, csrf =>
            MessageForm({ action: request.url, csrf, value: fields.text ?? '', errors }),
          )
        }
        const side = { by: 'porteur', porteur: scope } as const
        const written = await writeMessage(context, side, parameter(request, 'piece'), parsed.data.text)
        if (!written.ok) return refuse(request, reply, written.refusal)
        const notice =
          written.value.mailed === 0
            ? 'Message enregistré : il s’affiche sur la page du membre, dont aucun e-mail n’est connu.'
            : 'Message enregistré : il part par e-mail dans quelques minutes.'
        return goTo(reply, `${pieceUrl(scope, request)}#echanges`, notice)
      }),
    )

    app.post(
      PATHS.pieceNonApplicable,
      protect,
      onGrappe(async (scope, request, reply) => {
        const fields = formFields(request)
        const title = 'Réponse non enregistrée'
        const pieceId = parameter(request, 'piece')
        if (fields.requestId === undefined) {
          const parsed = nonApplicableContract.safeParse(fields)
          if (!parsed.success) {
            const errors = fieldErrors(fieldMessages(parsed.error))
            const words = 'Déclarer non applicable'
            return showAgain(scope, request, reply, title, errors, csrf =>
              ReasonForm({ action: request.url, csrf, words, value: fields.reason ?? '', errors }),
            )
          }
          const side = { by: 'porteur', porteur: scope } as const
          const declared = await askNonApplicable(context, side, pieceId, parsed.data.reason)
          return declared.ok
            ? goTo(reply, pieceUrl(scope, request), 'La pièce est déclarée non applicable.')
            : refuse(request, reply, declared.refusal)
        }
        const parsed = nonApplicableDecisionContract.safeParse(fields)
        if (!parsed.success) {
          const errors = fieldErrors(fieldMessages(parsed.error))
          const { requestId, motive = '' } = fields
          return showAgain(scope, request, reply, title, errors, csrf =>
            KeepAskingForm({ action: request.url, csrf, requestId, value: motive, errors }),
          )
        }
        const decided = await decideNonApplicable(context, scope, pieceId, parsed.data)
        if (!decided.ok) return refuse(request, reply, decided.refusal)
        const notice =
          parsed.data.decision === 'confirmee'
            ? 'Confirmé : la pièce n’est plus attendue.'
            : 'La pièce reste demandée : ses contacts en sont avertis.'
        return goTo(reply, pieceUrl(scope, request), notice)
      }),
    )

    // A refused form is shown at its own address: reloading it there leads back to the piece.
    for (const path of [PATHS.pieceMessages, PATHS.pieceNonApplicable]) {
      app.get(
        path,
        onGrappe(async (scope, request, reply) => goTo(reply, pieceUrl(scope, request))),
      )
    }

    app.get(
      PATHS.pieceReceiptPdf,
      onGrappe(async (scope, request, reply) => {
        const found = await readPiece(context, scope, parameter(request, 'piece'))
        const version = found?.piece.versions.find(({ id }) => id === parameter(request, 'version'))
        if (found === null || version === undefined) return refuse(request, reply, { code: 'not-found' })
        const receipt = await readReceipt(context.db, scope.grappeId, { ...found, version })
        return await sendReceipt(context, reply, receipt)
      }),
    )
  }
}
