/** A member's own record, on its link: what it answers and what it corrects. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages, memberFactsContract } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { MemberRecord, ownAnswerField } from '../../../../templates/pages/esms/record.tsx'
import { count } from '../../../../templates/pages/format.ts'
import { askedDeclarations } from '../../../domain/declarations.ts'
import { MEMBER_FACTS, type MemberFacts } from '../../../domain/member-facts.ts'
import { noteLinkUse } from '../../../steps/access/links.ts'
import { refuseArchivedMember } from '../../../steps/access/member-scope.ts'
import { answerQuestions, answersHolder } from '../../../steps/eligibility/answer-questions.ts'
import { type Corrected, correctFacts } from '../../../steps/eligibility/correct-facts.ts'
import { type OwnRecord, readOwnRecord } from '../../../steps/eligibility/read-own-record.ts'
import type { Context } from '../../../steps/ports.ts'
import { problemOf } from '../../refusals.ts'
import { browserOf } from '../../security.ts'
import { passConfirmation } from '../confirm-by-code.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formErrors, formStatus, shownValues } from '../porteur/forms.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import { type MemberVisit, memberGuards } from './access.ts'

export function memberRecordPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onLink } = memberGuards(context, settings)

  return async app => {
    app.get(PATHS.memberRecord, onLink(showRecord))
    app.post(PATHS.memberRecord, onLink(correct))
    app.post(PATHS.memberAnswers, onLink(answer))
    // The code is asked for at the act's own address: reloading it there leads back to the record.
    app.get(PATHS.memberAnswers, onLink(backToRecord))
  }
}

const ownId = ({ request }: MemberVisit) => parameter(request, 'esms')

const recordUrl = (visit: MemberVisit) => urlTo('memberRecord', { token: visit.token, esms: ownId(visit) })

async function showRecord(visit: MemberVisit) {
  return await show(visit, { values: null, errors: [] })
}

async function show(
  visit: MemberVisit,
  form: { values: Record<string, string> | null; errors: readonly FieldError[] },
) {
  const { context, scope, reply, refuse, page } = visit
  const own = await readOwnRecord(context, scope, ownId(visit))
  if (own === null) return refuse({ code: 'not-found' })
  const { facts, questions } = own
  const record = MemberRecord({
    ...page(),
    esms: own.esms,
    seen: facts,
    // What waits is shown as it was sent, so that sending again corrects it.
    values: form.values ?? shownValues({ ...facts, ...proposed(own) }),
    errors: form.errors,
    missing: questions.flatMap(each => (each.kind === 'fact' ? [each.fact] : [])),
    solutions: own.solutions,
    answers: own.answers,
    isApplied: own.mode === 'appliquees',
    waiting: own.waiting?.changes ?? [],
    declined: own.declined,
    isConfirmed: scope.email !== null,
    archivedReason: archivedReasonOf(scope),
  })
  return sendPage(reply, record, formStatus(form.errors))
}

export const archivedReasonOf = (scope: MemberVisit['scope']): string | null => {
  const archived = refuseArchivedMember(scope)
  return archived && problemOf(archived.refusal).detail
}

const proposed = ({ facts, waiting }: OwnRecord) =>
  Object.fromEntries(
    (waiting?.changes ?? []).flatMap(({ fact, after, named }) =>
      named === undefined
        ? [[fact, after]]
        : [
            ['solutionId', facts.solutionId],
            ['nouveauProduit', named.produit],
            ['nouvelEditeur', named.editeur],
          ],
    ),
  )

async function correct(visit: MemberVisit) {
  const { context, scope, request, reply, refuse } = visit
  const own = await readOwnRecord(context, scope, ownId(visit))
  if (own === null) return refuse({ code: 'not-found' })
  const values = formFields(request)
  const parsed = memberFactsContract.safeParse(values)
  if (!parsed.success) return await show(visit, { values, errors: fieldErrors(fieldMessages(parsed.error)) })
  const correction = { body: parsed.data, seen: seenIn(values.seen, own) }
  const corrected = await correctFacts(context, scope, ownId(visit), correction)
  if (!corrected.ok) {
    return corrected.refusal.code === 'grappe-archived'
      ? refuse(corrected.refusal)
      : await show(visit, { values, errors: formErrors(corrected.refusal, 'name') })
  }
  await noteLinkUse(context, scope.linkId)
  return goTo(reply, recordUrl(visit), correctedNotice(corrected.value))
}

export function correctedNotice({ changes, mode }: Corrected): string {
  if (changes.length === 0) return 'Rien n’a changé dans votre fiche.'
  const done = mode === 'appliquees' ? 'Fiche corrigée' : 'Correction envoyée au porteur'
  return `${done} : ${changes.join(', ')}.`
}

/** What the form showed; the facts of now when it does not say. */
function seenIn(text: string | undefined, { facts }: OwnRecord): MemberFacts {
  try {
    const seen: unknown = JSON.parse(text ?? '')
    if (typeof seen !== 'object' || seen === null) return facts
    const read = Object.entries(seen).filter(([, value]) => value === null || typeof value === 'string')
    const shown = new Map<string, string | null>(read)
    return MEMBER_FACTS.every(fact => shown.has(fact)) ? (Object.fromEntries(read) as MemberFacts) : facts
  } catch {
    return facts
  }
}

async function answer(visit: MemberVisit) {
  const { context, scope, request, reply, refuse } = visit
  const esms = scope.esms.find(({ id }) => id === ownId(visit))
  if (esms === undefined) return refuse({ code: 'not-found' })
  // Before a code is sent for what would be refused.
  const archived = refuseArchivedMember(scope)
  if (archived !== null) return refuse(archived.refusal)
  const fields = formFields(request)
  const given = askedDeclarations(scope.call).flatMap(({ code, isAskedOf }) => {
    const typed = fields[ownAnswerField(code)]
    return isAskedOf(esms) && (typed === 'oui' || typed === 'non') ? [[code, typed === 'oui'] as const] : []
  })
  if (given.length === 0) return goTo(reply, recordUrl(visit), 'Choisissez oui ou non : rien n’a été envoyé.')
  const browser = browserOf(request, reply)
  const holder = answersHolder(scope, browser)
  const confirmed =
    holder === null ||
    (await passConfirmation(context, request, reply, {
      holder,
      purpose: 'reponses',
      action: request.url,
      page: () => {
        const { frame, memberName } = visit.page()
        return { frame, porteur: null, who: memberName, backHref: recordUrl(visit) }
      },
    }))
  if (!confirmed) return reply
  const answered = await answerQuestions(context, scope, esms.id, Object.fromEntries(given), browser)
  if (!answered.ok) return refuse(answered.refusal)
  await noteLinkUse(context, scope.linkId)
  const { changed } = answered.value
  const notice =
    changed === 0
      ? 'Vos réponses étaient déjà celles-ci.'
      : `Merci : ${count(changed, 'réponse enregistrée', 'réponses enregistrées')}.`
  return goTo(reply, recordUrl(visit), notice)
}

async function backToRecord(visit: MemberVisit) {
  const { scope, reply, refuse } = visit
  const isOwn = scope.esms.some(({ id }) => id === ownId(visit))
  return isOwn ? goTo(reply, recordUrl(visit)) : refuse({ code: 'not-found' })
}
