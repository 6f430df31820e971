/** Reminders: read, set, paused, sent by hand. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { relanceSettingsContract } from '../../../../schema/contracts/deadlines.ts'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { RelancesPage } from '../../../../templates/pages/porteur/relances.tsx'
import type { PorteurScope } from '../../../steps/porteur-scope.ts'
import type { Context } from '../../../steps/ports.ts'
import { readRelances } from '../../../steps/read-relances.ts'
import { saveRelances } from '../../../steps/save-relances.ts'
import { readMailsOfGrappe } from '../../../steps/send-mail.ts'
import { sendRelancesNow } from '../../../steps/send-relances.ts'
import {
  fieldErrors,
  formFields,
  goTo,
  type PageSettings,
  porteurFrameOf,
  porteurGuards,
  sendPage,
} from '../page.ts'

const instant = (date: Date | null) => date?.toISOString() ?? null

export function relancePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe, refuse } = porteurGuards(context, settings)

  const show = async (
    scope: PorteurScope,
    request: FastifyRequest,
    reply: FastifyReply,
    errors: readonly FieldError[] = [],
  ) => {
    const read = await readRelances(context, scope)
    if (read === null) return refuse(request, reply, { code: 'not-found' })
    const mails = await readMailsOfGrappe(context, scope.grappeId)
    return sendPage(
      reply,
      RelancesPage({
        frame: porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur),
        grappe: scope,
        timeZone: scope.call.window.timeZone,
        sends: context.mailer !== null,
        ...read,
        sent: read.sent.map(each => ({
          ...each,
          writtenAt: each.writtenAt.toISOString(),
          sentAt: instant(each.sentAt),
          bouncedAt: instant(each.bouncedAt),
        })),
        failed: mails
          .filter(({ sentAt, failure }) => sentAt === null && failure !== null)
          .map(({ id, recipient, subject, failure, bouncedAt }) => ({
            id,
            recipient,
            subject,
            failure,
            sentAt: null,
            bouncedAt: instant(bouncedAt),
          })),
        values: formFields(request),
        errors,
      }),
      errors.length === 0 ? 200 : 422,
    )
  }

  return async app => {
    const protect = { preHandler: app.csrfProtection }
    const back = (reply: FastifyReply, scope: PorteurScope, notice: string) =>
      goTo(reply, urlTo('relances', { grappe: scope.grappeId }), notice)

    app.get(
      PATHS.relances,
      onGrappe((scope, request, reply) => show(scope, request, reply)),
    )

    app.post(
      PATHS.saveRelances,
      protect,
      onGrappe(async (scope, request, reply) => {
        const parsed = relanceSettingsContract.safeParse(formFields(request))
        if (!parsed.success) {
          return await show(scope, request, reply, fieldErrors(fieldMessages(parsed.error)))
        }
        await saveRelances(context, scope, parsed.data)
        return back(reply, scope, 'Les relances sont réglées.')
      }),
    )

    app.post(
      PATHS.pauseRelances,
      protect,
      onGrappe(async (scope, request, reply) => {
        const paused = formFields(request).pause === 'oui'
        await saveRelances(context, scope, { paused })
        return back(reply, scope, paused ? 'Les relances sont en pause.' : 'Les relances reprennent.')
      }),
    )

    app.post(
      PATHS.sendRelances,
      protect,
      onGrappe(async (scope, request, reply) => {
        const email = formFields(request).email?.trim().toLowerCase() ?? null
        const sent = await sendRelancesNow(context, scope, email)
        if (!sent.ok) return refuse(request, reply, sent.refusal)
        const { people, spared } = sent.value
        const written = people.length === 1 ? '1 relance écrite' : `${people.length} relances écrites`
        const left = spared === 0 ? '' : ` ${spared} déjà relancés aujourd’hui n’en reçoivent pas d’autre.`
        return back(reply, scope, `${written}.${left}`)
      }),
    )
  }
}
