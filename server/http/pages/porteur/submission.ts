/** The deposit and what follows it: one page, whose forms each note one thing. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { submissionContract } from '../../../../schema/contracts/submission.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { SubmissionPage } from '../../../../templates/pages/porteur/submission.tsx'
import type { SubmissionProps } from '../../../../templates/pages/porteur/submission-props.ts'
import { currentVersion, historyOf } from '../../../domain/piece.ts'
import { checklistOf, depositDone, type SubmissionAct } from '../../../domain/submission.ts'
import { followSubmission } from '../../../steps/dossier/follow-submission.ts'
import { readSubmission } from '../../../steps/dossier/read-submission.ts'
import type { Context } from '../../../steps/ports.ts'
import { hundredths } from '../../sharing-fields.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { formErrors, formStatus } from './forms.ts'

export function submissionPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.submission, onGrappe(showSubmission))
    app.post(PATHS.submission, protect, onGrappe(note))
  }
}

async function showSubmission(visit: GrappeVisit, refused: SubmissionProps['refused'] = null) {
  const { context, scope, reply, frame } = visit
  const read = await readSubmission(context, scope.grappeId)
  if (read === null) return visit.refuse({ code: 'not-found' })
  const { snapshot, submission, facts, sealed, followUps, toReceive } = read
  const { record, today, timeZone } = snapshot
  const page = SubmissionPage({
    frame: frame(),
    grappe: scope,
    timeZone,
    today,
    place: record.call.submission ?? null,
    facts,
    sealed: sealed && {
      ...sealed,
      number: sealed.seal.number,
      sealedAt: sealed.seal.sealedAt.toISOString(),
      zipLength: sealed.seal.zipLength,
    },
    checklist: checklistOf(record.call, submission),
    doneOn: depositDone(record.call, submission)?.on ?? null,
    award: submission.award,
    followUps,
    toReceive: toReceive.map(({ definition, piece }) => ({
      definition,
      pieceId: piece.id,
      version: currentVersion(piece),
      isEmpty: historyOf(piece).length === 0,
      own: submission.pieces.find(({ code }) => code === definition.code) ?? null,
    })),
    porteurOgId: record.porteurOgId,
    revision: submission.revision,
    refused,
  })
  return sendPage(reply, page, formStatus(refused?.errors ?? []))
}

type Fields = Readonly<Record<string, string>>

/** Where the page shows what was noted. */
const SECTIONS: Readonly<Record<SubmissionAct['kind'], string>> = {
  etape: 'etapes',
  resultat: 'resultat',
  date: 'suites',
  piece: 'recevoir',
}

/** The fields that a form of the page may have: what is wrong elsewhere is said at its main one. */
const SHOWN = ['on', 'reference', 'outcome', 'cents', 'title', 'dueOn', 'doneOn', 'name', 'explanation']

async function note(visit: GrappeVisit) {
  const { context, scope, request, reply } = visit
  const fields = formFields(request)
  const { form = '' } = fields
  const main = fields.acte?.startsWith('date') ? 'doneOn' : fields.acte?.startsWith('piece') ? 'name' : 'on'
  const showAgain = (refused: readonly FieldError[]) => {
    const errors = refused.map(({ field, message }) => {
      const name = field.split('.').at(-1) ?? ''
      return { field: `${form}-${SHOWN.includes(name) ? name : main}`, message }
    })
    return showSubmission(visit, { form, values: fields, errors })
  }
  const parsed = submissionContract.safeParse({ seen: Number(fields.seen), act: askedAct(fields, form) })
  if (!parsed.success) return await showAgain(fieldErrors(fieldMessages(parsed.error)))
  const { seen, act } = parsed.data
  const kept = await followSubmission(context, scope, { seen, act })
  if (!kept.ok) {
    return kept.refusal.code === 'not-found'
      ? visit.refuse(kept.refusal)
      : await showAgain(formErrors(kept.refusal, main))
  }
  return goTo(reply, `${urlTo('submission', { grappe: scope.grappeId })}#${SECTIONS[act.kind]}`, 'Noté.')
}

/** The act that the form makes, not judged yet: its fields are named after it. */
function askedAct(fields: Fields, form: string): unknown {
  const of = (name: string) => (fields[`${form}-${name}`] ?? '').trim()
  const orNull = (name: string) => of(name) || null
  const cents = of('cents') === '' ? null : hundredths(of('cents'))
  switch (fields.acte) {
    case 'etape':
      return { kind: 'etape', step: fields.etape, done: { on: of('on'), reference: of('reference') } }
    case 'etape-annulee':
      return { kind: 'etape', step: fields.etape, done: null }
    case 'resultat': {
      const award = { outcome: of('outcome'), on: of('on'), reference: of('reference'), cents }
      return { kind: 'resultat', award }
    }
    case 'resultat-efface':
      return { kind: 'resultat', award: null }
    case 'date': {
      const days = { dueOn: orNull('dueOn'), doneOn: orNull('doneOn') }
      // The title of what the call dates is the call's: its form has no field for it.
      const title = `${form}-title` in fields ? of('title') : 'Date de l’appel'
      const date = { title, ...days, reference: of('reference'), cents }
      return { kind: 'date', id: fields.date ?? null, date }
    }
    case 'piece': {
      const piece = { name: of('name'), explanation: of('explanation'), dueOn: orNull('dueOn') }
      return { kind: 'piece', code: fields.piece ?? null, piece }
    }
    case 'piece-retiree':
      return { kind: 'piece', code: fields.piece ?? '', piece: null }
    case 'date-retiree':
      return { kind: 'date', id: fields.date ?? '', date: null }
    default:
      return null
  }
}
