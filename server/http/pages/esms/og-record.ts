/** The record of an OG, on the link of whoever answers for it: its own facts, which it may correct. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages, ogFactsContract } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { OgRecord } from '../../../../templates/pages/esms/og-record.tsx'
import { OG_FACTS, type OgFacts } from '../../../domain/member-facts.ts'
import { noteLinkUse } from '../../../steps/access/links.ts'
import { correctOg } from '../../../steps/eligibility/correct-og.ts'
import { readOwnOgRecord } from '../../../steps/eligibility/read-own-record.ts'
import type { Context } from '../../../steps/ports.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formErrors, formStatus, shownValues } from '../porteur/forms.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import { type MemberVisit, memberGuards } from './access.ts'
import { archivedReasonOf, correctedNotice } from './record.ts'

export function memberOgRecordPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onLink } = memberGuards(context, settings)

  return async app => {
    app.get(PATHS.memberOgRecord, onLink(showRecord))
    app.post(PATHS.memberOgRecord, onLink(correct))
  }
}

const ownId = ({ request }: MemberVisit) => parameter(request, 'og')

const showRecord = (visit: MemberVisit) => show(visit, { values: null, errors: [] })

async function show(
  visit: MemberVisit,
  form: { values: Record<string, string> | null; errors: readonly FieldError[] },
) {
  const { context, scope, reply, refuse, page } = visit
  const own = await readOwnOgRecord(context, scope, ownId(visit))
  if (own === null) return refuse({ code: 'not-found' })
  const { og, facts, mode, waiting, declined } = own
  // What waits is shown as it was sent, so that sending again corrects it.
  const proposed = Object.fromEntries((waiting?.changes ?? []).map(({ fact, after }) => [fact, after]))
  const record = OgRecord({
    ...page(),
    og,
    seen: facts,
    values: form.values ?? shownValues({ ...facts, ...proposed }),
    errors: form.errors,
    isApplied: mode === 'appliquees',
    waiting: waiting?.changes ?? [],
    declined,
    archivedReason: archivedReasonOf(scope),
  })
  return sendPage(reply, record, formStatus(form.errors))
}

async function correct(visit: MemberVisit) {
  const { context, scope, token, request, reply, refuse } = visit
  const own = await readOwnOgRecord(context, scope, ownId(visit))
  if (own === null) return refuse({ code: 'not-found' })
  const values = formFields(request)
  const parsed = ogFactsContract.safeParse(values)
  if (!parsed.success) return await show(visit, { values, errors: fieldErrors(fieldMessages(parsed.error)) })
  const correction = { body: parsed.data, seen: seenIn(values, own.facts) }
  const corrected = await correctOg(context, scope, ownId(visit), correction)
  if (!corrected.ok) {
    return corrected.refusal.code === 'grappe-archived'
      ? refuse(corrected.refusal)
      : await show(visit, { values, errors: formErrors(corrected.refusal, 'name') })
  }
  await noteLinkUse(context, scope.linkId)
  const url = urlTo('memberOgRecord', { token, og: ownId(visit) })
  return goTo(reply, url, correctedNotice(corrected.value))
}

/** What the form showed; the facts of now when it does not say. */
function seenIn(values: Readonly<Record<string, string | undefined>>, facts: OgFacts): OgFacts {
  const seen = OG_FACTS.map(fact => [fact, values[`seen.${fact}`]] as const)
  if (seen.some(([, value]) => value === undefined)) return facts
  return Object.fromEntries(seen.map(([fact, value]) => [fact, value || null])) as OgFacts
}
