/** A form answered on screen, whoever opened it: shown, saved, printed, deposited. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  AnswerForm,
  DepositForm,
  type FormUrls,
  type Surround,
} from '../../../templates/pages/answer-form.tsx'
import { NOTHING_AGAIN, type TypedAgain, whoWords } from '../../../templates/pages/form-fields.tsx'
import { count } from '../../../templates/pages/format.ts'
import { formatMoment, timeOf } from '../../domain/deadline.ts'
import {
  answeredLines,
  answerWords,
  progressOf,
  revisionOf,
  typedOf,
  unanswered,
} from '../../domain/forms/answers.ts'
import { missingOf } from '../../domain/forms/form.ts'
import { answeredWords } from '../../domain/forms/paper.ts'
import { progressWords } from '../../domain/forms/words.ts'
import type { FactPlace } from '../../domain/kit/values.ts'
import { type PieceSide, scopeOf } from '../../steps/access/piece-sides.ts'
import {
  depositAnswers,
  type KeptAnswers,
  keepAnswers,
  type OpenForm,
  openForm,
  printForm,
  type TypedAnswer,
} from '../../steps/collection/answer-form.ts'
import type { ReceiveOutcome } from '../../steps/collection/receive-document.ts'
import type { Context } from '../../steps/ports.ts'
import type { Refusal } from '../../steps/refusals.ts'
import { sendPdf } from '../kit-downloads.ts'
import { problemOf } from '../refusals.ts'
import { keptOf } from '../uploads.ts'
import { goTo, sendPage } from './page.ts'
import { fieldValues, formFields, parameter } from './request.ts'

/** A request about one form, by the member or by the porteur in its place. */
export interface FormVisit {
  context: Context
  side: PieceSide
  request: FastifyRequest
  reply: FastifyReply
  refuse: (refusal: Refusal) => FastifyReply
  /** Drawn once. */
  surround: () => Surround
  urls: FormUrls
  /** Where a fact is filled in: the words of a link and its address; null where this side cannot. */
  recordOf: (place: FactPlace) => [words: string, href: string] | null
}

const pieceOf = ({ request }: FormVisit) => parameter(request, 'piece')
const zoneOf = ({ side }: FormVisit) => scopeOf(side).call.timeZone

interface Tried {
  status: number
  again: TypedAgain
  problem: string | null
}

export async function showForm(visit: FormVisit, tried: Tried | null = null) {
  const { context, side, reply, refuse, surround } = visit
  const opened = await openForm(context, side, pieceOf(visit))
  if (!opened.ok) return refuse(opened.refusal)
  const { former, closed, deposited, otherModel } = opened.value
  const page = AnswerForm({
    ...shared(visit, opened.value),
    surround: surround(),
    former: former.map(each => ({ ...each.asked, given: each })),
    closedReason: closed && problemOf(closed).detail,
    deposited,
    otherModel,
    again: tried?.again ?? NOTHING_AGAIN,
    problem: tried?.problem ?? null,
  })
  return sendPage(reply, page, tried?.status ?? 200)
}

function shared({ urls, recordOf }: FormVisit, { model, owner, piece, definition, form, answers }: OpenForm) {
  const records = missingOf(form).flatMap(({ place }) => {
    const found = recordOf(place)
    return found === null ? [] : [found]
  })
  return {
    urls,
    title: model.title,
    ownerName: owner.name,
    piece,
    definition,
    form,
    answers,
    records: new Map(records),
  }
}

const plainText = (typed: readonly string[]) => typed.join('\n').replace(/\r\n?/g, '\n').trim()

/** A field as the form sent it. */
interface Sent extends TypedAnswer {
  /** Told that somebody else answered, and not chosen yet. */
  undecided: boolean
}

/** What was changed in the form: what is as it was shown is nobody's answer to change. */
function sentAnswers(request: FastifyRequest): Sent[] {
  const fields = formFields(request)
  return Object.keys(fields).flatMap(name => {
    if (!name.startsWith('vu.')) return []
    const field = name.slice('vu.'.length)
    const typed = fieldValues(request, `r.${field}`).filter(text => text.trim() !== '')
    const before = fields[`avant.${field}`]
    const choice = fields[`choix.${field}`]
    if (choice === 'autre' || (before !== undefined && plainText([before]) === plainText(typed))) return []
    const revision = Number(fields[name])
    const seen = Number.isSafeInteger(revision) && revision >= 0 ? revision : 0
    const undecided = fields[`conflit.${field}`] !== undefined && choice !== 'mienne'
    return [{ field, typed, seen, undecided }]
  })
}

/** The whole form, or the one field that a script sends: the same address answers both. */
export async function saveForm(visit: FormVisit) {
  const { context, side, request, reply, urls, refuse } = visit
  const sent = sentAnswers(request)
  // One who did not choose is told again: with no revision, whatever is there differs from what was read.
  const kept = await keepAnswers(
    context,
    side,
    pieceOf(visit),
    sent.map(({ undecided, ...each }) => (undecided ? { ...each, seen: -1 } : each)),
  )
  if (request.headers.accept === 'application/json') return await tellScript(visit, kept)
  if (!kept.ok) {
    if (['not-found', 'piece-not-expected'].includes(kept.refusal.code)) return refuse(kept.refusal)
    const { status, detail } = problemOf(kept.refusal)
    const typed = new Map(sent.map(each => [each.field, each.typed]))
    return await showForm(visit, { status, problem: detail, again: { ...NOTHING_AGAIN, typed } })
  }
  const { saved, refused, conflicts } = kept.value
  if (refused.length + conflicts.length > 0) {
    const wrong = new Set([...refused.map(({ field }) => field), ...conflicts.map(({ field }) => field.id)])
    const again: TypedAgain = {
      typed: new Map(sent.filter(({ field }) => wrong.has(field)).map(each => [each.field, each.typed])),
      messages: new Map(refused.map(({ field, message }) => [field, message])),
      others: new Map(conflicts.map(({ field, current }) => [field.id, current])),
    }
    return await showForm(visit, { status: conflicts.length > 0 ? 409 : 422, again, problem: null })
  }
  const now = timeOf(context.now().toISOString(), zoneOf(visit))
  return goTo(
    reply,
    urls.form,
    saved.length === 0
      ? 'Vos réponses sont enregistrées.'
      : `Enregistré à ${now} : ${count(saved.length, 'réponse')}.`,
  )
}

/** What the script shows beside each field. */
async function tellScript(visit: FormVisit, kept: Awaited<ReturnType<typeof keepAnswers>>) {
  const { context, side, reply } = visit
  if (!kept.ok) {
    const { status, detail } = problemOf(kept.refusal)
    return reply.code(status).send({ problem: detail })
  }
  const opened = await openForm(context, side, pieceOf(visit))
  const { saved, refused, conflicts } = kept.value
  return reply.send({
    at: timeOf(context.now().toISOString(), zoneOf(visit)),
    progress: opened.ok ? progressWords(progressOf(opened.value.form, opened.value.answers)) : '',
    saved: saved.map(({ field, answer, revision, by, at }) => ({
      field,
      revision,
      who: answer === null ? '' : whoWords({ by, at }, zoneOf(visit)),
    })),
    refused,
    conflicts: conflicts.map(conflict => conflictOf(visit, conflict)),
  })
}

const conflictOf = (visit: FormVisit, { field, current }: KeptAnswers['conflicts'][number]) => ({
  field: field.id,
  revision: current.revision,
  typed: typedOf(field.kind, current.answer),
  words: answerWords(field.kind, current.answer),
  who: whoWords(current, zoneOf(visit)),
})

export async function sendPrintedForm(visit: FormVisit) {
  const { context, side, request, reply, refuse } = visit
  const { vide } = request.query as { vide?: unknown }
  const printed = await printForm(context, side, pieceOf(visit), { empty: vide === 'oui' })
  return printed.ok ? sendPdf(reply, printed.value) : refuse(printed.refusal)
}

const NO_PDF = 'Cette pièce n’accepte pas de PDF : recopiez vos réponses dans le document qu’elle demande.'

export async function showDeposit(visit: FormVisit, refused: ReceiveOutcome | null = null) {
  const { context, side, reply, refuse, surround } = visit
  const opened = await openForm(context, side, pieceOf(visit))
  if (!opened.ok) return refuse(opened.refusal)
  const { form, answers, closed } = opened.value
  const blocked = closed !== null ? problemOf(closed).detail : takesPdf(opened.value) ? null : NO_PDF
  const failure = refused === null || refused.ok ? null : refused
  const problem = failure === null ? blocked : failureWords(failure)
  const page = DepositForm({
    ...shared(visit, opened.value),
    surround: surround(),
    lacking: unanswered(form, answers),
    revision: revisionOf(answers),
    answered: answeredWords(answeredLines(form, answers), at => formatMoment(at, zoneOf(visit))),
    problem,
    isPossible: blocked === null,
  })
  const status = failure === null ? (blocked === null ? 200 : 409) : problemOf(failure.refusal).status
  return sendPage(reply, page, failure === null && blocked !== null ? 200 : status)
}

const takesPdf = ({ definition }: OpenForm) => definition.formats.includes('pdf')

function failureWords(failure: Extract<ReceiveOutcome, { ok: false }>): string {
  const reasons = 'refused' in failure ? failure.refused.map(({ reason }) => reason) : []
  return reasons.length > 0 ? reasons.join(' ') : problemOf(failure.refusal).detail
}

/** @returns what the deposit made; null once the page has told why it made nothing. */
export async function depositForm(visit: FormVisit) {
  const { context, side, request } = visit
  const seen = Number(formFields(request).vu)
  const received = await depositAnswers(context, side, pieceOf(visit), {
    seen,
    kept: keptOf(fieldValues(request, 'garder')),
  })
  if (received.ok) return received.value
  await (received.refusal.code === 'not-found'
    ? visit.refuse(received.refusal)
    : showDeposit(visit, received))
  return null
}
