/** A new grappe from the members of another. */
import type { FastifyRequest } from 'fastify'
import { copyGrappeContract, fieldMessages } from '../../../../schema/contracts/members.ts'
import { urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { count, list } from '../../../../templates/pages/format.ts'
import { CopyGrappe } from '../../../../templates/pages/porteur/copy-grappe.tsx'
import { isGoverned } from '../../../domain/governance/copy.ts'
import { valuesOf } from '../../../domain/governance/governance.ts'
import { activeEsms, PROPOSED_PARTS } from '../../../domain/grappe.ts'
import { type Copied, copyGrappe, readCopy } from '../../../steps/eligibility/copy-grappe.ts'
import { listOfferedCalls } from '../../../steps/read/read-calls.ts'
import { goTo, sendPage } from '../page.ts'
import { fieldErrors, formFields } from '../request.ts'
import type { RecordVisit } from './access.ts'
import { formErrors, formStatus, proposedId } from './forms.ts'
import { offeredCall } from './grappe.ts'

const MAX_PROPOSED = 150

export function showCopy(visit: RecordVisit) {
  const name = `${visit.scope.grappeName.slice(0, MAX_PROPOSED)} (copie)`
  return show(visit, { id: visit.context.newId(), values: { name }, parts: PROPOSED_PARTS, errors: [] })
}

export async function copy(visit: RecordVisit) {
  const { context, scope, request, reply } = visit
  const id = proposedId(request, context)
  const values = formFields(request)
  const parts = partsOf(request)
  const again = (errors: readonly FieldError[]) => show(visit, { id, values, parts, errors })
  const parsed = copyGrappeContract.safeParse({ ...values, parts })
  if (!parsed.success) return await again(fieldErrors(fieldMessages(parsed.error)))
  const copied = await copyGrappe(context, scope, parsed.data, id)
  if (!copied.ok) return await again(formErrors(copied.refusal, 'name'))
  const url = urlTo('members', { grappe: copied.value.grappeId })
  return goTo(reply, url, copiedSentence(parsed.data.name, scope.grappeName, copied.value.copied))
}

function copiedSentence(name: string, from: string, copied: Copied | null): string {
  if (copied === null) return `La grappe « ${name} » était déjà créée : elle ne l’a pas été deux fois.`
  const taken = list([
    count(copied.ogs, 'OG', 'OG'),
    count(copied.members, 'ESMS', 'ESMS'),
    count(copied.contacts, 'contact'),
    count(copied.solutions, 'solution'),
    ...(copied.answers === 0 ? [] : [count(copied.answers, 'réponse')]),
    ...(copied.governance ? ['la gouvernance'] : []),
  ])
  const left =
    copied.left === 0 ? '' : ` ${count(copied.left, 'ESMS retiré n’est', 'ESMS retirés ne sont')} pas repris.`
  return (
    `Grappe « ${name} » créée à partir de « ${from} » : ${taken}. ` +
    `Aucun dépôt, aucun lien${copied.answers === 0 ? ', aucune réponse' : ''}.${left}`
  )
}

function partsOf(request: FastifyRequest): string[] {
  const { parts } = (request.body ?? {}) as { parts?: unknown }
  return (Array.isArray(parts) ? parts : [parts]).filter(part => typeof part === 'string')
}

async function show(
  { context, porteur, scope, record, reply, frame }: RecordVisit,
  form: {
    id: string
    values: Readonly<Record<string, string>>
    parts: readonly string[]
    errors: readonly FieldError[]
  },
) {
  const offered = await listOfferedCalls(context, porteur.id)
  const { withdrawn } = await readCopy(context, scope)
  const page = CopyGrappe({
    frame: frame(),
    grappe: scope,
    ...form,
    calls: offered.map(each => offeredCall(each, context.now())),
    members: activeEsms(record).length,
    answers: activeEsms(record).reduce((sum, each) => sum + Object.keys(each.declarations).length, 0),
    ogs: record.ogs.length,
    isGoverned: isGoverned(valuesOf(record.governance)),
    withdrawn,
  })
  return sendPage(reply, page, formStatus(form.errors))
}
