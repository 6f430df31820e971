/** How long a grappe is kept, what holds its erasure back, and its deletion. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { holdContract, monthsContract } from '../../../../schema/contracts/retention.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { RetentionPage } from '../../../../templates/pages/porteur/retention.tsx'
import { dayOf, formatDay } from '../../../domain/deadline.ts'
import { findSessionHolder } from '../../../steps/access/sign-in.ts'
import { askDeletion, cancelDeletion } from '../../../steps/erasure/ask-deletion.ts'
import { holdErasure, saveMonths } from '../../../steps/erasure/keep-retention.ts'
import type { Context } from '../../../steps/ports.ts'
import { readRetention } from '../../../steps/read/read-retention.ts'
import { SESSION_COOKIE } from '../../security.ts'
import { passConfirmation } from '../confirm-by-code.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { formStatus } from './forms.ts'

export function retentionPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.retention, onGrappe(showRetention))
    app.post(PATHS.retention, protect, onGrappe(keepMonths))
    app.post(PATHS.holdErasure, protect, onGrappe(hold))
    app.post(PATHS.deleteGrappe, protect, onGrappe(remove))
    // Reloaded at its own address, a form leads back to the page that it is on.
    app.get(PATHS.holdErasure, onGrappe(backToRetention))
    app.get(PATHS.deleteGrappe, onGrappe(backToRetention))
  }
}

const showRetention = (visit: GrappeVisit) => show(visit, {}, [])
const backToRetention = async (visit: GrappeVisit) => back(visit)

async function keepMonths(visit: GrappeVisit) {
  const { context, scope, request } = visit
  const fields = formFields(request)
  const parsed = monthsContract.safeParse(fields)
  if (!parsed.success) return await show(visit, fields, fieldErrors(fieldMessages(parsed.error)))
  await saveMonths(context, scope, parsed.data.mois)
  const { erasesOn } = await readRetention(context, scope.grappeId, scope.call)
  return back(
    visit,
    erasesOn === null
      ? 'Durée enregistrée : elle courra de la clôture, qui n’est pas encore connue.'
      : `Durée enregistrée : effacement prévu le ${formatDay(erasesOn)}, après deux avertissements.`,
  )
}

async function hold(visit: GrappeVisit) {
  const { context, scope, request } = visit
  const fields = formFields(request)
  if (fields.acte === 'lever') {
    await holdErasure(context, scope, null)
    return back(visit, 'Suspension levée : la durée de conservation court de nouveau.')
  }
  const parsed = holdContract.safeParse(fields)
  if (!parsed.success) return await show(visit, fields, fieldErrors(fieldMessages(parsed.error)))
  await holdErasure(context, scope, parsed.data.motif)
  return back(visit, 'Effacement suspendu : rien ne sera effacé tant que vous ne levez pas la suspension.')
}

async function remove(visit: GrappeVisit) {
  const { context, scope, request, reply, refuse } = visit
  if (formFields(request).acte === 'annuler') {
    await cancelDeletion(context, scope)
    return back(visit, 'Suppression annulée : rien n’est effacé.')
  }
  const session = await findSessionHolder(context, request.cookies[SESSION_COOKIE] ?? '')
  if (session === null) return goTo(reply, urlTo('signIn'))
  const backHref = urlTo('retention', { grappe: scope.grappeId })
  const passed = await passConfirmation(context, request, reply, {
    holder: session,
    purpose: 'suppression',
    action: urlTo('deleteGrappe', { grappe: scope.grappeId }),
    page: () => {
      const frame = visit.frame()
      return { frame, porteur: frame, who: null, backHref }
    },
  })
  if (!passed) return reply
  const asked = await askDeletion(context, scope)
  if (!asked.ok) return refuse(asked.refusal)
  return back(visit, 'Suppression demandée. Un message vous le confirme, et vous pouvez encore l’annuler.')
}

async function show(visit: GrappeVisit, typed: Record<string, string>, errors: readonly FieldError[]) {
  const { context, scope, reply, frame } = visit
  const retention = await readRetention(context, scope.grappeId, scope.call)
  const page = RetentionPage({
    frame: frame(),
    grappe: scope,
    timeZone: scope.call.timeZone,
    today: dayOf(context.now().toISOString(), scope.call.timeZone),
    retention,
    months: typed.mois ?? String(retention.ownMonths ?? ''),
    motive: typed.motif ?? '',
    errors,
  })
  return sendPage(reply, page, formStatus(errors))
}

function back({ scope, reply }: GrappeVisit, notice?: string) {
  return goTo(reply, urlTo('retention', { grappe: scope.grappeId }), notice)
}
