/** An OG of the grappe: added, corrected, taken out. */
import { fieldMessages, ogContract } from '../../../../schema/contracts/members.ts'
import { urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { OgForm } from '../../../../templates/pages/porteur/og-form.tsx'
import { RemoveOg } from '../../../../templates/pages/porteur/remove-member.tsx'
import type { Og } from '../../../domain/grappe.ts'
import { removeOg, saveOg } from '../../../steps/eligibility/save-og.ts'
import { type Problem, problemOf } from '../../refusals.ts'
import { goTo, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import type { RecordVisit } from './access.ts'
import { formErrors, formStatus, shownValues } from './forms.ts'

export async function showNewOg(visit: RecordVisit) {
  const values: Record<string, string> = visit.record.ogs.length === 0 ? { porteur: 'oui' } : {}
  return showForm(visit, { ogId: null, values, errors: [] })
}

export async function showOg(visit: RecordVisit) {
  const og = ogOf(visit)
  if (og === undefined) return visit.refuse({ code: 'not-found' })
  const { id, name, finessEj } = og
  const { identities, contacts } = visit.record
  const values = shownValues({ name, finessEj, ...identities.get(id), ...contacts.get(id) })
  return showForm(visit, { ogId: id, values, errors: [] })
}

export const addOg = (visit: RecordVisit) => save(visit, null)

export const correctOg = (visit: RecordVisit) => save(visit, parameter(visit.request, 'og'))

async function save(visit: RecordVisit, ogId: string | null) {
  const { context, scope, request, reply, refuse } = visit
  const values = formFields(request)
  const again = (errors: readonly FieldError[]) => showForm(visit, { ogId, values, errors })
  const parsed = ogContract.safeParse(values)
  if (!parsed.success) return again(fieldErrors(fieldMessages(parsed.error)))
  const saved = await saveOg(context, scope, ogId, parsed.data)
  if (!saved.ok) {
    return saved.refusal.code === 'not-found'
      ? refuse(saved.refusal)
      : again(formErrors(saved.refusal, 'name'))
  }
  const at = { grappe: scope.grappeId }
  const notice = `« ${parsed.data.name} » est ${ogId === null ? 'ajouté' : 'corrigé'}.`
  return values.suite === 'esms'
    ? goTo(reply, `${urlTo('newEsms', at)}?ogId=${saved.value.ogId}`, notice)
    : goTo(reply, urlTo('members', at), notice)
}

export async function askToRemoveOg(visit: RecordVisit) {
  const og = ogOf(visit)
  return og === undefined ? visit.refuse({ code: 'not-found' }) : showRemoval(visit, og, null)
}

export async function takeOgOut(visit: RecordVisit) {
  const { context, scope, reply, refuse } = visit
  const og = ogOf(visit)
  if (og === undefined) return refuse({ code: 'not-found' })
  const removed = await removeOg(context, scope, og.id)
  if (!removed.ok) return showRemoval(visit, og, problemOf(removed.refusal))
  return goTo(reply, urlTo('members', { grappe: scope.grappeId }), `« ${og.name} » est retiré de la grappe.`)
}

/** The OG of the address, when the grappe has it. */
function ogOf({ request, record }: RecordVisit): Og | undefined {
  return record.ogs.find(({ id }) => id === parameter(request, 'og'))
}

function showForm(
  { scope, record, reply, frame }: RecordVisit,
  form: { ogId: string | null; values: Record<string, string>; errors: readonly FieldError[] },
) {
  const carries = form.ogId === record.porteurOgId
  const page = OgForm({ frame: frame(), grappe: scope, carries, ...form })
  return sendPage(reply, page, formStatus(form.errors))
}

function showRemoval({ scope, record, reply, frame }: RecordVisit, og: Og, problem: Problem | null) {
  const carries = og.id === record.porteurOgId
  const refusal = problem?.detail ?? null
  const page = RemoveOg({ frame: frame(), grappe: scope, og, carries, refusal })
  return sendPage(reply, page, problem?.status)
}
