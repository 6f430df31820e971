/** What the pages of a grappe's copy of the call share: the piece of the address, and the way to a change. */
import type { FastifyRequest } from 'fastify'
import { urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import type { CopyPiece } from '../../../../templates/pages/porteur/call-copy.tsx'
import type { Call } from '../../../domain/call.ts'
import { type FormValues, one } from '../../../domain/call-form.ts'
import { conditionSentence } from '../../../domain/condition.ts'
import type { WrittenCall } from '../../../domain/written-call.ts'
import { adaptCall } from '../../../steps/eligibility/adapt-call.ts'
import { goTo } from '../page.ts'
import type { GrappeVisit } from './access.ts'
import { sendPreview } from './call-preview.ts'
import { formErrors } from './forms.ts'

export const copyUrl = ({ scope }: GrappeVisit) => urlTo('callCopy', { grappe: scope.grappeId })

export const lined = (call: Call) =>
  call.pieces.map((definition): CopyPiece => ({ definition, asked: conditionSentence(definition, call) }))

/** The piece of the address; null when the copy has none of that code. */
export const pieceOf = ({ scope, request }: GrappeVisit): CopyPiece | null =>
  lined(scope.call).find(({ definition }) => definition.code === codeIn(request)) ?? null

/** Pieces of a call have codes, not ids. */
export const codeIn = ({ params }: FastifyRequest) => (params as { piece?: string }).piece ?? ''

/** First what it would do, then, once that was read and confirmed, the act. */
export async function adaptBy(
  visit: GrappeVisit,
  values: FormValues,
  given: {
    change: (call: WrittenCall) => unknown
    action: string
    showAgain: (errors: readonly FieldError[]) => unknown
  },
) {
  const { context, scope, reply, refuse } = visit
  const { change, action, showAgain } = given
  const adapted = await adaptCall(context, scope, {
    change,
    basis: one(values, 'basis').trim(),
    seen: one(values, 'seen') || null,
  })
  if (!adapted.ok) {
    return adapted.refusal.code === 'invalid-fields'
      ? await showAgain(formErrors(adapted.refusal, 'name'))
      : refuse(adapted.refusal)
  }
  if (adapted.value.kind === 'adapted') return goTo(reply, copyUrl(visit), `${adapted.value.words.title}.`)
  return sendPreview(visit, adapted.value, { values, action, back: copyUrl(visit) })
}
