/** Reminders: read, set, paused, sent by hand. */
import type { FastifyPluginAsync } from 'fastify'
import { relanceSettingsContract } from '../../../../schema/contracts/deadlines.ts'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { list } from '../../../../templates/pages/format.ts'
import { ConfirmRelances, RelancesPage } from '../../../../templates/pages/porteur/relances.tsx'
import { hasLeft } from '../../../domain/mail.ts'
import { heldKinds } from '../../../domain/role.ts'
import { readMailsOfGrappe } from '../../../steps/access/send-mail.ts'
import { readRelances } from '../../../steps/collection/read-relances.ts'
import { saveRelances } from '../../../steps/collection/save-relances.ts'
import { sendRelancesNow, type Written } from '../../../steps/collection/send-relances.ts'
import type { Context } from '../../../steps/ports.ts'
import type { KeptBoards } from '../../../steps/read/kept-boards.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { formStatus } from './forms.ts'

export function relancePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)
  const { boards } = settings

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(
      PATHS.relances,
      onGrappe(visit => showRelances(boards, visit)),
    )
    app.post(
      PATHS.saveRelances,
      protect,
      onGrappe(visit => save(boards, visit)),
    )
    app.post(PATHS.pauseRelances, protect, onGrappe(pause))
    app.get(
      PATHS.sendRelances,
      onGrappe(visit => askToSend(boards, visit)),
    )
    app.post(PATHS.sendRelances, protect, onGrappe(sendNow))
  }
}

/** @returns null when the grappe is gone. */
async function relancesOf(boards: KeptBoards, { context, scope }: GrappeVisit) {
  const kept = await boards.read(scope.grappeId)
  return kept && (await readRelances(context, scope, kept.board.pieces))
}

async function showRelances(boards: KeptBoards, visit: GrappeVisit, errors: readonly FieldError[] = []) {
  const { context, scope, request, reply, frame, refuse } = visit
  const read = await relancesOf(boards, visit)
  if (read === null) return refuse({ code: 'not-found' })
  const mails = await readMailsOfGrappe(context, scope.grappeId, heldKinds(scope.porteur.role))
  const page = RelancesPage({
    frame: frame(),
    grappe: scope,
    timeZone: scope.call.timeZone,
    sends: context.mailer !== null,
    ...read,
    failed: mails.filter(mail => !hasLeft(mail) && mail.failure !== null),
    values: formFields(request),
    errors,
  })
  return sendPage(reply, page, formStatus(errors))
}

async function save(boards: KeptBoards, visit: GrappeVisit) {
  const { context, scope, request } = visit
  const parsed = relanceSettingsContract.safeParse(formFields(request))
  if (!parsed.success) return await showRelances(boards, visit, fieldErrors(fieldMessages(parsed.error)))
  await saveRelances(context, scope, parsed.data)
  return backToRelances(visit, 'Les relances sont réglées.')
}

async function pause(visit: GrappeVisit) {
  const { context, scope, request } = visit
  const paused = formFields(request).pause === 'oui'
  await saveRelances(context, scope, { paused })
  return backToRelances(visit, paused ? 'Les relances sont en pause.' : 'Les relances reprennent.')
}

async function askToSend(boards: KeptBoards, visit: GrappeVisit) {
  const { context, scope, reply, frame, refuse } = visit
  if (scope.archivedOn !== null) return refuse({ code: 'grappe-archived' })
  const read = await relancesOf(boards, visit)
  if (read === null) return refuse({ code: 'not-found' })
  const { owing } = read
  if (owing.every(({ hadToday }) => hadToday)) {
    return refuse({ code: owing.length > 0 ? 'already-chased' : 'nothing-to-chase' })
  }
  const sends = context.mailer !== null
  return sendPage(reply, ConfirmRelances({ frame: frame(), grappe: scope, sends, owing }))
}

async function sendNow(visit: GrappeVisit) {
  const { context, scope, request, refuse } = visit
  const email = formFields(request).email?.trim().toLowerCase() ?? null
  const sent = await sendRelancesNow(context, scope, email)
  if (!sent.ok) return refuse(sent.refusal)
  return backToRelances(visit, sentSentence(sent.value))
}

/** More people are counted rather than named. */
const MOST_NAMED = 3

function sentSentence({ people, spared }: Written): string {
  const written = people.length === 1 ? '1 relance écrite' : `${people.length} relances écrites`
  const to = people.length > MOST_NAMED ? '' : ` à ${list(people)}`
  const left = spared === 0 ? '' : ` ${spared} déjà relancés aujourd’hui n’en reçoivent pas d’autre.`
  return `${written}${to}.${left}`
}

function backToRelances({ scope, reply }: GrappeVisit, notice: string) {
  return goTo(reply, urlTo('relances', { grappe: scope.grappeId }), notice)
}
