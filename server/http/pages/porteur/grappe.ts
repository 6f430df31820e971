/** The porteur's grappes: the list, and a new one. */
import type { FastifyPluginAsync } from 'fastify'
import type { Example } from '../../../../schema/contracts/example.ts'
import { fieldMessages, grappeContract } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { type GrappeLine, Grappes } from '../../../../templates/pages/porteur/grappes.tsx'
import { NewExample, type OfferedExample } from '../../../../templates/pages/porteur/new-example.tsx'
import { NewGrappe, type OfferedCall } from '../../../../templates/pages/porteur/new-grappe.tsx'
import { resolveCall, windowAt, windowOn } from '../../../domain/call.ts'
import { dayOf } from '../../../domain/deadline.ts'
import { evaluate, statedMinimums } from '../../../domain/eligibility.ts'
import { activeEsms } from '../../../domain/grappe.ts'
import { createGrappe, listGrappes } from '../../../steps/eligibility/create-grappe.ts'
import { readAccountDeletion } from '../../../steps/erasure/delete-account.ts'
import type { Context } from '../../../steps/ports.ts'
import { listOfferedCalls, type OfferedCall as OfferedTemplate } from '../../../steps/read/read-calls.ts'
import type { GrappeRecord } from '../../../steps/read/read-grappe.ts'
import { readKnownGrappe } from '../../../steps/read/read-snapshot.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields } from '../request.ts'
import { porteurGuards, type Visit } from './access.ts'
import { formErrors, formStatus, proposedId } from './forms.ts'

export function grappePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { signedIn } = porteurGuards(context, settings)

  return async app => {
    app.get(PATHS.grappes, signedIn(showGrappes))
    app.get(PATHS.newGrappe, signedIn(showNewGrappe))
    app.post(PATHS.newGrappe, { preHandler: app.csrfProtection }, signedIn(create))
    app.get(PATHS.newExample, signedIn(showNewExample))
    app.post(PATHS.newExample, { preHandler: app.csrfProtection }, signedIn(createExample))
  }
}

async function showGrappes({ context, porteur, reply, frame }: Visit) {
  const summaries = await listGrappes(context, porteur.id)
  const records = await Promise.all(summaries.map(({ id }) => readKnownGrappe(context.db, id)))
  const grappes = records.filter(record => record !== null).map(record => lineOf(record, context.now()))
  const deletion = await readAccountDeletion(context.db, porteur.id)
  return sendPage(reply, Grappes({ frame: frame(), grappes, deletesAt: deletion?.deletesAt ?? null }))
}

const showNewGrappe = async (visit: Visit) => await showForm(visit, newForm(visit))
const showNewExample = async (visit: Visit) => await showExampleForm(visit, newForm(visit))

interface CreationForm {
  id: string
  errors: readonly FieldError[]
}

const newForm = ({ context }: Visit): CreationForm => ({ id: context.newId(), errors: [] })

async function create(visit: Visit) {
  const { context, porteur, request, reply } = visit
  const id = proposedId(request, context)
  const fields = formFields(request)
  const parsed = grappeContract.safeParse({ ...fields, example: '' })
  if (!parsed.success) return await showForm(visit, { id, errors: fieldErrors(fieldMessages(parsed.error)) })
  const created = await createGrappe(context, porteur, parsed.data, id)
  if (!created.ok) return await showForm(visit, { id, errors: formErrors(created.refusal, 'name') })
  const next = fields.suite === 'import' ? 'importMembers' : 'members'
  const url = urlTo(next, { grappe: created.value.grappeId })
  return goTo(reply, url, `Grappe « ${parsed.data.name} » créée. Ajoutez maintenant ses membres.`)
}

async function createExample(visit: Visit) {
  const { context, porteur, request, reply } = visit
  const id = proposedId(request, context)
  const fields = formFields(request)
  const again = (errors: readonly FieldError[]) => showExampleForm(visit, { id, errors })
  const parsed = grappeContract.safeParse(fields)
  if (!parsed.success) return await again(fieldErrors(fieldMessages(parsed.error)))
  if (parsed.data.example === null) {
    return await again([{ field: 'example', message: 'Choisissez un exemple de la liste.' }])
  }
  const created = await createGrappe(context, porteur, parsed.data, id)
  if (!created.ok) return await again(formErrors(created.refusal, 'name'))
  const url = urlTo('members', { grappe: created.value.grappeId })
  return goTo(reply, url, `Grappe « ${parsed.data.name} » créée. Ses membres de départ sont fictifs.`)
}

async function showForm({ context, porteur, request, reply, frame }: Visit, form: CreationForm) {
  const offered = await listOfferedCalls(context, porteur.id)
  const page = NewGrappe({
    frame: frame(),
    ...form,
    values: formFields(request),
    calls: offered.map(each => offeredCall(each, context.now())),
  })
  return sendPage(reply, page, formStatus(form.errors))
}

async function showExampleForm({ context, porteur, request, reply, frame }: Visit, form: CreationForm) {
  const offered = await listOfferedCalls(context, porteur.id)
  // The fictional one first: it has dates, whatever the day.
  const calls = offered.map(({ template }) => template).toSorted((a, b) => +b.fictional - +a.fictional)
  const page = NewExample({
    frame: frame(),
    ...form,
    values: formFields(request),
    calls: calls.map(({ code, title }) => ({ code, title })),
    examples: context.examples.map(offeredExample),
  })
  return sendPage(reply, page, formStatus(form.errors))
}

function lineOf(record: GrappeRecord, now: Date): GrappeLine {
  const { id, name, call, archivedAt } = record
  const { today, closesOn } = windowAt(call, now.toISOString())
  return {
    id,
    name,
    call: { title: call.title, fictional: call.fictional, closesOn },
    today,
    esms: activeEsms(record).length,
    ogs: record.ogs.length,
    verdict: evaluate(call, { grappe: record, today }).status,
    archivedOn: archivedAt && dayOf(archivedAt.toISOString(), call.timeZone),
  }
}

export function offeredCall({ template, origin }: OfferedTemplate, now: Date): OfferedCall {
  const today = dayOf(now.toISOString(), template.timeZone)
  const call = resolveCall(template, today)
  const { code, title, summary, fictional } = call
  const window = windowOn(call, today)
  return { code, title, summary, fictional, origin, window, minimums: statedMinimums(template), today }
}

function offeredExample({ code, title, told, madeUp, ogs }: Example): OfferedExample {
  const esms = ogs.reduce((total, og) => total + og.esms.length, 0)
  return { code, title, told, madeUp, esms, ogs: ogs.length }
}
