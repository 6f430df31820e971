/** The porteur's grappes: the list, and a new one. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Example } from '../../../../schema/contracts/example.ts'
import { fieldMessages, grappeContract } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { type GrappeLine, Grappes } from '../../../../templates/pages/porteur/grappes.tsx'
import {
  NewGrappe,
  type OfferedCall,
  type OfferedExample,
} from '../../../../templates/pages/porteur/new-grappe.tsx'
import { type CallTemplate, resolveCall } from '../../../domain/call.ts'
import { dayOf } from '../../../domain/deadline.ts'
import { evaluate, statedMinimums } from '../../../domain/eligibility.ts'
import { activeEsms } from '../../../domain/grappe.ts'
import { createGrappe, listGrappes } from '../../../steps/create-grappe.ts'
import type { Context } from '../../../steps/ports.ts'
import { type GrappeRecord, readGrappe } from '../../../steps/read-grappe.ts'
import type { Porteur } from '../../../steps/sign-in.ts'
import {
  fieldErrors,
  formFields,
  goTo,
  type PageSettings,
  porteurFrameOf,
  porteurGuards,
  sendPage,
} from '../page.ts'
import { formErrors, proposedId } from './forms.ts'

export function grappePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { signedIn } = porteurGuards(context, settings)
  const examples = context.examples.map(offeredExample)

  const showNewGrappe = (
    request: FastifyRequest,
    reply: FastifyReply,
    porteur: Porteur,
    form: { id: string; errors: readonly FieldError[] },
  ) => {
    const frame = porteurFrameOf(request, reply, settings.assetsVersion, porteur)
    const calls = context.calls.map(call => offeredCall(call, context.now()))
    return sendPage(
      reply,
      NewGrappe({ frame, ...form, values: formFields(request), calls, examples }),
      form.errors.length === 0 ? 200 : 422,
    )
  }

  return async app => {
    app.get(
      PATHS.grappes,
      signedIn(async (porteur, request, reply) => {
        const summaries = await listGrappes(context, porteur.id)
        const records = await Promise.all(summaries.map(({ id }) => readGrappe(context.db, id)))
        const grappes = records.filter(record => record !== null).map(record => lineOf(record, context.now()))
        const frame = porteurFrameOf(request, reply, settings.assetsVersion, porteur)
        return sendPage(reply, Grappes({ frame, grappes }))
      }),
    )

    app.get(
      PATHS.newGrappe,
      signedIn(async (porteur, request, reply) =>
        showNewGrappe(request, reply, porteur, { id: context.newId(), errors: [] }),
      ),
    )

    app.post(
      PATHS.newGrappe,
      { preHandler: app.csrfProtection },
      signedIn(async (porteur, request, reply) => {
        const id = proposedId(request, context)
        const parsed = grappeContract.safeParse(formFields(request))
        if (!parsed.success) {
          const errors = fieldErrors(fieldMessages(parsed.error))
          return showNewGrappe(request, reply, porteur, { id, errors })
        }
        const created = await createGrappe(context, porteur, parsed.data, id)
        if (!created.ok) {
          return showNewGrappe(request, reply, porteur, { id, errors: formErrors(created.refusal, 'name') })
        }
        const next =
          parsed.data.example === null
            ? 'Ajoutez maintenant ses membres.'
            : 'Ses membres de départ sont fictifs.'
        return goTo(
          reply,
          urlTo('members', { grappe: created.value.grappeId }),
          `Grappe « ${parsed.data.name} » créée. ${next}`,
        )
      }),
    )
  }
}

function lineOf(record: GrappeRecord, now: Date): GrappeLine {
  const { id, name, call } = record
  const today = dayOf(now.toISOString(), call.window.timeZone)
  return {
    id,
    name,
    call: { title: call.title, fictional: call.fictional, closesOn: call.window.closesOn },
    today,
    esms: activeEsms(record).length,
    ogs: record.ogs.length,
    verdict: evaluate(call, { grappe: record, today }).status,
  }
}

function offeredCall(template: CallTemplate, now: Date): OfferedCall {
  const today = dayOf(now.toISOString(), template.window.timeZone)
  const { code, title, summary, fictional, window } = resolveCall(template, today)
  return { code, title, summary, fictional, window, minimums: statedMinimums(template), today }
}

function offeredExample({ code, title, told, madeUp, ogs }: Example): OfferedExample {
  const esms = ogs.reduce((total, og) => total + og.esms.length, 0)
  return { code, title, told, madeUp, esms, ogs: ogs.length }
}
