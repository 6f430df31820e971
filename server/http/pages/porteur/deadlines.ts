/** Last days: moved, granted, reopened; and the grappe's calendars. */
import type { FastifyPluginAsync } from 'fastify'
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
import { deadlineMoved } from '../../../domain/adaptation.ts'
import { type Day, windowAt } from '../../../domain/call.ts'
import { formatDay } from '../../../domain/deadline.ts'
import { activeEsms } from '../../../domain/grappe.ts'
import { windowDays } from '../../../domain/reported.ts'
import { hasRole } from '../../../domain/role.ts'
import { revokeLink } from '../../../steps/access/links.ts'
import { porteurActor } from '../../../steps/access/porteur-scope.ts'
import {
  type CalendarHolder,
  listCalendars,
  replaceCalendar,
} from '../../../steps/collection/calendar-feed.ts'
import {
  type Granted,
  grantExtension,
  listExtensions,
  reopenPiece,
} from '../../../steps/collection/grant-extension.ts'
import { type MovedDeadline, moveDeadline } from '../../../steps/collection/move-deadline.ts'
import type { Context } from '../../../steps/ports.ts'
import { readFollowUps } from '../../../steps/read/read-follow-ups.ts'
import { readGrappe } from '../../../steps/read/read-grappe.ts'
import type { Outcome } from '../../../steps/refusals.ts'
import { valuesOf } from '../calls/access.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { sendPreview } from './call-preview.ts'
import { formErrors } from './forms.ts'

export function deadlinePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.deadlines, onGrappe(showDeadlines))
    app.post(PATHS.moveDeadline, protect, onGrappe(move))
    app.post(PATHS.grantExtension, protect, onGrappe(grant))
    app.post(PATHS.reopenPiece, protect, onGrappe(reopen))
    app.post(PATHS.porteurCalendar, protect, onGrappe(giveCalendar))
    app.post(PATHS.revokeCalendar, protect, onGrappe(revokeCalendar))
  }
}

async function showDeadlines(
  { context, scope, request, reply, frame, refuse }: GrappeVisit,
  refused: { form: DeadlineForm; errors: readonly FieldError[] } | null = null,
) {
  const record = await readGrappe(context.db, scope.grappeId)
  if (record === null) return refuse({ code: 'not-found' })
  const { timeZone, pieces } = scope.call
  const { opensOn, closesOn, today } = windowAt(scope.call, context.now().toISOString())
  const granted = await listExtensions(context, scope.grappeId)
  const mayHold = hasRole(scope.porteur.role, 'controler')
  const calendars = mayHold ? await listCalendars(context, scope.grappeId) : []
  const page = DeadlinesPage({
    frame: frame(),
    grappe: scope,
    timeZone,
    today,
    closesOn,
    opensOn,
    windowDays: windowDays(scope.call, today),
    definitions: pieces.map(piece => ({ ...piece, moved: deadlineMoved(scope.call, piece.code) })),
    members: [
      ...record.ogs.map(({ id, name }) => ({ value: `og:${id}`, label: `${name} (OG)` })),
      ...activeEsms(record).map(({ id, name }) => ({ value: `esms:${id}`, label: name })),
    ],
    followUps: await readFollowUps(context, record),
    granted: granted.toReversed().map(each => ({ ...each, grantedAt: each.grantedAt.toISOString() })),
    calendars: calendars.map(({ id, label, address, holder }) => ({
      id,
      label,
      address,
      own: holder.ogId === null && holder.esmsId === null && holder.email === null,
    })),
    refused: refused === null ? null : { ...refused, values: formFields(request) },
  })
  return sendPage(reply, page, refused === null ? 200 : 422)
}

async function move(visit: GrappeVisit) {
  const { context, scope, request } = visit
  const url = urlTo('moveDeadline', { grappe: scope.grappeId })
  const { seen = null } = formFields(request)
  return await answerForm(visit, 'date', movedDeadlineContract, {
    act: body => moveDeadline(context, scope, { ...body, seen }),
    answer: moved =>
      moved.kind === 'moved'
        ? backToDeadlines(visit, movedSentence(moved))
        : sendPreview(visit, moved, {
            values: valuesOf(request.body),
            action: url,
            back: urlTo('deadlines', { grappe: scope.grappeId }),
          }),
  })
}

function grant(visit: GrappeVisit) {
  const { context, scope } = visit
  return answerForm(visit, 'delai', extensionContract, {
    act: body => grantExtension(context, scope, body),
    answer: granted => backToDeadlines(visit, `Délai accordé : ${grantedWords(granted)}`),
  })
}

function reopen(visit: GrappeVisit) {
  const { context, scope } = visit
  return answerForm(visit, 'reouverture', reopeningContract, {
    act: body => reopenPiece(context, scope, body),
    answer: granted => backToDeadlines(visit, `Pièce rouverte : ${grantedWords(granted)}`),
  })
}

/** Each form of the page names its fields after itself, since ids are unique in a page. */
async function answerForm<Body, Value>(
  visit: GrappeVisit,
  form: DeadlineForm,
  contract: z.ZodType<Body>,
  { act, answer }: { act: (body: Body) => Promise<Outcome<Value>>; answer: (value: Value) => unknown },
) {
  const showErrors = (errors: readonly FieldError[]) =>
    showDeadlines(visit, {
      form,
      errors: errors.map(error => ({ ...error, field: `${form}-${error.field}` })),
    })
  const parsed = contract.safeParse(ownFields(visit.request, form))
  if (!parsed.success) return await showErrors(fieldErrors(fieldMessages(parsed.error)))
  const outcome = await act(parsed.data)
  return outcome.ok ? answer(outcome.value) : await showErrors(formErrors(outcome.refusal, 'jour'))
}

/** The fields of one form, without its name. */
function ownFields(request: GrappeVisit['request'], form: DeadlineForm): Record<string, string> {
  const prefix = `${form}-`
  return Object.fromEntries(
    Object.entries(formFields(request)).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  )
}

/** From what to what; moving a day writes to nobody. */
function movedSentence({ what, pieceName, before, after }: MovedDeadline): string {
  const unknown = what === 'piece' ? 'celui de l’appel' : 'inconnue'
  const shown = (day: Day | null) => (day === null ? unknown : formatDay(day))
  const named = {
    cloture: 'Clôture de l’appel',
    ouverture: 'Ouverture de l’appel',
    piece: `Dernier jour de « ${pieceName} »`,
  }[what]
  return (
    `${named} : ${shown(after)} (avant : ${shown(before)}). ` +
    'Personne n’est prévenu aussitôt : les prochaines relances suivront cette date.'
  )
}

function grantedWords({ pieces, mailed }: Granted): string {
  const concerned = count(pieces, 'pièce concernée', 'pièces concernées')
  return `${concerned}, ${count(mailed, 'message écrit', 'messages écrits')}.`
}

async function giveCalendar(visit: GrappeVisit) {
  const { context, scope } = visit
  const holder: CalendarHolder = {
    grappeId: scope.grappeId,
    ogId: null,
    esmsId: null,
    email: null,
    label: 'Agenda de la grappe',
  }
  await replaceCalendar(context, holder, { actor: porteurActor(scope), issue: true })
  return backToDeadlines(visit, 'Le lien d’agenda est prêt ; l’ancien, s’il y en avait un, ne marche plus.')
}

async function revokeCalendar(visit: GrappeVisit) {
  const { context, scope, request, refuse } = visit
  const id = parameter(request, 'link')
  const calendars = await listCalendars(context, scope.grappeId)
  if (!calendars.some(calendar => calendar.id === id)) return refuse({ code: 'not-found' })
  await revokeLink(context, id, { grappeId: scope.grappeId })
  return backToDeadlines(visit, 'Le lien d’agenda est révoqué : il ne fonctionne plus.')
}

function backToDeadlines({ scope, reply }: GrappeVisit, notice: string) {
  return goTo(reply, urlTo('deadlines', { grappe: scope.grappeId }), notice)
}
