/** Last days: moved, granted, reopened; and the grappe's calendars. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import {
  extensionContract,
  movedDeadlineContract,
  reopeningContract,
} from '../../../../schema/contracts/deadlines.ts'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { count } from '../../../../templates/pages/format.ts'
import { type DeadlineForm, DeadlinesPage } from '../../../../templates/pages/porteur/deadlines.tsx'
import { dayOf } from '../../../domain/deadline.ts'
import { activeEsms } from '../../../domain/grappe.ts'
import { type CalendarHolder, listCalendars, replaceCalendar } from '../../../steps/calendar-feed.ts'
import { type Granted, grantExtension, listExtensions, reopenPiece } from '../../../steps/grant-extension.ts'
import { revokeLink } from '../../../steps/links.ts'
import { moveDeadline } from '../../../steps/move-deadline.ts'
import type { PorteurScope } from '../../../steps/porteur-scope.ts'
import type { Context } from '../../../steps/ports.ts'
import { readGrappe } from '../../../steps/read-grappe.ts'
import type { Outcome } from '../../../steps/refusals.ts'
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
import { formErrors } from './forms.ts'

export function deadlinePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe, refuse } = porteurGuards(context, settings)

  const show = async (
    scope: PorteurScope,
    request: FastifyRequest,
    reply: FastifyReply,
    refused: { form: DeadlineForm; errors: readonly FieldError[] } | null = null,
  ) => {
    const record = await readGrappe(context.db, scope.grappeId)
    if (record === null) return refuse(request, reply, { code: 'not-found' })
    const { window, pieces } = scope.call
    const granted = await listExtensions(context, scope.grappeId)
    const calendars = await listCalendars(context, scope.grappeId)
    return sendPage(
      reply,
      DeadlinesPage({
        frame: porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur),
        grappe: scope,
        timeZone: window.timeZone,
        today: dayOf(context.now().toISOString(), window.timeZone),
        closesOn: window.closesOn,
        definitions: pieces,
        members: [
          ...record.ogs.map(({ id, name }) => ({ value: `og:${id}`, label: `${name} (OG)` })),
          ...activeEsms(record).map(({ id, name }) => ({ value: `esms:${id}`, label: name })),
        ],
        granted: granted.toReversed().map(each => ({ ...each, grantedAt: each.grantedAt.toISOString() })),
        calendars: calendars.map(({ id, label, address, holder }) => ({
          id,
          label,
          address,
          own: holder.ogId === null && holder.esmsId === null && holder.email === null,
        })),
        refused: refused === null ? null : { ...refused, values: formFields(request) },
      }),
      refused === null ? 200 : 422,
    )
  }

  return async app => {
    const protect = { preHandler: app.csrfProtection }
    const back = (reply: FastifyReply, scope: PorteurScope, notice: string) =>
      goTo(reply, urlTo('deadlines', { grappe: scope.grappeId }), notice)

    /** Each form of the page names its fields after itself, since ids are unique in a page. */
    const onForm = <Body, Value>(
      form: DeadlineForm,
      contract: z.ZodType<Body>,
      act: (scope: PorteurScope, body: Body) => Promise<Outcome<Value>>,
      notice: (value: Value) => string,
    ) =>
      onGrappe(async (scope, request, reply) => {
        const prefix = `${form}-`
        const own = Object.entries(formFields(request)).flatMap(([name, value]) =>
          name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
        )
        const showErrors = (errors: readonly FieldError[]) =>
          show(scope, request, reply, {
            form,
            errors: errors.map(error => ({ ...error, field: prefix + error.field })),
          })
        const parsed = contract.safeParse(Object.fromEntries(own))
        if (!parsed.success) return await showErrors(fieldErrors(fieldMessages(parsed.error)))
        const outcome = await act(scope, parsed.data)
        return outcome.ok
          ? back(reply, scope, notice(outcome.value))
          : await showErrors(formErrors(outcome.refusal, 'jour'))
      })

    const told = ({ pieces, mailed }: Granted) =>
      `${count(pieces, 'pièce concernée', 'pièces concernées')}, ${count(mailed, 'message écrit', 'messages écrits')}.`

    app.get(
      PATHS.deadlines,
      onGrappe((scope, request, reply) => show(scope, request, reply)),
    )
    app.post(
      PATHS.moveDeadline,
      protect,
      onForm(
        'date',
        movedDeadlineContract,
        (scope, body) => moveDeadline(context, scope, body),
        () => 'La date est changée.',
      ),
    )
    app.post(
      PATHS.grantExtension,
      protect,
      onForm(
        'delai',
        extensionContract,
        (scope, body) => grantExtension(context, scope, body),
        granted => `Délai accordé : ${told(granted)}`,
      ),
    )
    app.post(
      PATHS.reopenPiece,
      protect,
      onForm(
        'reouverture',
        reopeningContract,
        (scope, body) => reopenPiece(context, scope, body),
        granted => `Pièce rouverte : ${told(granted)}`,
      ),
    )

    app.post(
      PATHS.porteurCalendar,
      protect,
      onGrappe(async (scope, _request, reply) => {
        const holder: CalendarHolder = {
          grappeId: scope.grappeId,
          ogId: null,
          esmsId: null,
          email: null,
          label: 'Agenda de la grappe',
        }
        await replaceCalendar(context, holder, { actor: scope.porteur.email, issue: true })
        return back(reply, scope, 'Le lien d’agenda est prêt ; l’ancien, s’il y en avait un, ne marche plus.')
      }),
    )
    app.post(
      PATHS.revokeCalendar,
      protect,
      onGrappe(async (scope, request, reply) => {
        const id = parameter(request, 'link')
        const calendars = await listCalendars(context, scope.grappeId)
        if (!calendars.some(calendar => calendar.id === id)) {
          return refuse(request, reply, { code: 'not-found' })
        }
        await revokeLink(context, id, { grappeId: scope.grappeId })
        return back(reply, scope, 'Le lien d’agenda est révoqué : il ne fonctionne plus.')
      }),
    )
  }
}
