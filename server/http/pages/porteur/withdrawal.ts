/** An ESMS leaves the grappe, with a motive, or comes back. */
import { fieldMessages, withdrawalContract } from '../../../../schema/contracts/members.ts'
import { urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { RemoveEsms } from '../../../../templates/pages/porteur/remove-member.tsx'
import { whatIf } from '../../../domain/margin.ts'
import { reinstateEsms, withdrawEsms } from '../../../steps/eligibility/withdraw-esms.ts'
import { readSnapshot } from '../../../steps/read/read-snapshot.ts'
import { goTo, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import type { GrappeVisit, RecordVisit } from './access.ts'
import { formErrors, formStatus } from './forms.ts'

export async function askToWithdraw(
  { context, scope, request, reply, frame, refuse }: GrappeVisit,
  form: { motive: string; errors: readonly FieldError[] } = { motive: '', errors: [] },
) {
  const snapshot = await readSnapshot(context, scope.grappeId)
  const esms = snapshot?.record.esms.find(({ id }) => id === parameter(request, 'esms'))
  if (snapshot === null || esms === undefined) return refuse({ code: 'not-found' })
  if (esms.withdrawnOn !== null && form.errors.length === 0) {
    return refuse({ code: 'esms-already-withdrawn', facts: { name: esms.name } })
  }
  const pieces = snapshot.pieces.filter(({ esmsId }) => esmsId === esms.id)
  const page = RemoveEsms({
    frame: frame(),
    grappe: scope,
    esms,
    deposits: pieces.reduce((total, { versions }) => total + versions.length, 0),
    after: whatIf(scope.call, { grappe: snapshot.record, today: snapshot.today }, [esms.id]),
    ...form,
  })
  return sendPage(reply, page, formStatus(form.errors))
}

export async function withdraw(visit: RecordVisit) {
  const { context, scope, request, reply, refuse } = visit
  const esms = esmsOf(visit)
  if (esms === undefined) return refuse({ code: 'not-found' })
  const fields = formFields(request)
  const motive = fields.motive ?? ''
  const again = (errors: readonly FieldError[]) => askToWithdraw(visit, { motive, errors })
  const parsed = withdrawalContract.safeParse(fields)
  if (!parsed.success) return await again(fieldErrors(fieldMessages(parsed.error)))
  const withdrawn = await withdrawEsms(context, scope, esms.id, parsed.data.motive)
  if (!withdrawn.ok) return await again(formErrors(withdrawn.refusal, 'motive'))
  const kept = withdrawn.value.removed ? '' : ' Ses pièces restent dans l’historique.'
  const url = urlTo('members', { grappe: scope.grappeId })
  return goTo(reply, url, `« ${esms.name} » est retiré de la grappe.${kept}`)
}

export async function reinstate(visit: RecordVisit) {
  const { context, scope, request, reply, refuse } = visit
  const back = await reinstateEsms(context, scope, parameter(request, 'esms'))
  if (!back.ok) return refuse(back.refusal)
  const url = urlTo('members', { grappe: scope.grappeId })
  const name = esmsOf(visit)?.name ?? ''
  return goTo(reply, url, `« ${name} » est réintégré. Donnez-lui un nouveau lien.`)
}

function esmsOf({ request, record }: RecordVisit) {
  return record.esms.find(({ id }) => id === parameter(request, 'esms'))
}
