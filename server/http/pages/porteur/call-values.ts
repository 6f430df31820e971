/** What the call does not say: reported by the porteur, and taken back. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { CallValuesPage, LISTS, valueField } from '../../../../templates/pages/porteur/call-values.tsx'
import { reportableValues, type ValueKind } from '../../../domain/reported.ts'
import { type ReportedWords, reportValue, takeValueBack } from '../../../steps/eligibility/report-value.ts'
import type { Context } from '../../../steps/ports.ts'
import { valuesOf } from '../calls/access.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { sendPreview } from './call-preview.ts'
import { formErrors, formStatus } from './forms.ts'

export function callValuePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.callValues, onGrappe(showValues))
    app.post(PATHS.callValues, protect, onGrappe(report))
    app.post(PATHS.takeValueBack, protect, onGrappe(takeBack))
  }
}

async function showValues(
  { scope, request, reply, frame }: GrappeVisit,
  refused: { path: string; errors: readonly FieldError[] } | null = null,
) {
  const page = CallValuesPage({
    frame: frame(),
    grappe: scope,
    values: reportableValues(scope.call),
    refused: refused === null ? null : { ...refused, typed: formFields(request) },
  })
  return sendPage(reply, page, formStatus(refused?.errors ?? []))
}

async function report(visit: GrappeVisit) {
  const { context, scope, request, reply, refuse } = visit
  const fields = formFields(request)
  const { path = '' } = fields
  const value = reportableValues(scope.call).find(each => each.path === path)
  if (value === undefined) return refuse({ code: 'not-found' })
  const reported = await reportValue(context, scope, {
    path,
    value: typedValue(value.kind, fields, valueField(path, 'value')),
    basis: (fields[valueField(path, 'basis')] ?? '').trim(),
    seen: fields.seen ?? null,
  })
  const url = urlTo('callValues', { grappe: scope.grappeId })
  if (reported.ok) {
    return reported.value.kind === 'reported'
      ? goTo(reply, url, `Valeur reportée : ${told(reported.value)}`)
      : sendPreview(visit, reported.value, { values: valuesOf(request.body), action: url, back: url })
  }
  if (reported.refusal.code !== 'invalid-fields') return refuse(reported.refusal)
  const errors = formErrors(reported.refusal, 'value')
  return showValues(visit, {
    path,
    errors: errors.map(({ field, message }) => ({ field: valueField(path, field), message })),
  })
}

async function takeBack({ context, scope, request, reply, refuse }: GrappeVisit) {
  const taken = await takeValueBack(context, scope, formFields(request).path ?? '')
  return taken.ok
    ? goTo(reply, urlTo('callValues', { grappe: scope.grappeId }), `Report retiré : ${told(taken.value)}`)
    : refuse(taken.refusal)
}

const told = ({ name, words }: ReportedWords) => `${name}, ${words}.`

/** What a form sends of a value, in the shape that the call's contract reads; it judges it. */
function typedValue(kind: ValueKind, fields: Readonly<Record<string, string>>, name: string): unknown {
  const list = LISTS[kind]
  if (list !== undefined) return list.flatMap(([each]) => (fields[`${name}-${each}`] === 'oui' ? [each] : []))
  const typed = (fields[name] ?? '').trim()
  switch (kind) {
    case 'count':
    case 'threshold':
    case 'euros':
      return typed === '' ? Number.NaN : Number(typed)
    case 'categories':
      return typed.split(/[\s,;]+/).filter(Boolean)
    case 'couloirs':
      return typed
        .split('\n')
        .filter(line => line.trim() !== '')
        .map(line => {
          const [code = '', domaines = ''] = line.split(':')
          return { code: code.trim(), domaines: domaines.split(/[\s,;]+/).filter(Boolean) }
        })
    default:
      return typed
  }
}
