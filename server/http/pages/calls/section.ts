/** The parts of a call: each a form that saves by itself. */
import { CallSectionPage } from '../../../../templates/pages/calls/section.tsx'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { CALL_SECTIONS, type CallSection, type FormValues, sectionForm } from '../../../domain/call-form.ts'
import { type CallProblem, saveCall } from '../../../steps/eligibility/write-call.ts'
import { goTo, sendPage } from '../page.ts'
import { formStatus } from '../porteur/forms.ts'
import { type CallVisit, callPage, revisionOf, valuesOf } from './access.ts'
import { shownProblem } from './call.ts'

function sectionOf({ request }: CallVisit): CallSection | null {
  const { section } = request.params as { section: string }
  return CALL_SECTIONS.find(each => each === section) ?? null
}

export async function showSection(visit: CallVisit) {
  const section = sectionOf(visit)
  if (section === null) return visit.refuse({ code: 'not-found' })
  return showForm(visit, section, sectionForm(section).valuesOf(visit.call.draft))
}

function showForm(
  { call, reply, frame }: CallVisit,
  section: CallSection,
  values: FormValues,
  { errors = [], revision = call.revision }: { errors?: readonly FieldError[]; revision?: number } = {},
) {
  const page = CallSectionPage({
    frame: frame(),
    call: { id: call.id, title: call.draft.title },
    section,
    revision,
    form: { values, errors, provenance: call.draft.provenance },
  })
  return sendPage(reply, page, formStatus(errors))
}

export async function saveSection(visit: CallVisit) {
  const { context, owner, call, request, reply } = visit
  const section = sectionOf(visit)
  if (section === null) return visit.refuse({ code: 'not-found' })
  const values = valuesOf(request.body)
  const revision = revisionOf(values)
  const form = sectionForm(section)
  const unread = Object.entries(form.answer(call.draft, values).errors)
  if (unread.length > 0) {
    const errors = unread.map(([field, message]) => ({ field, message }))
    return showForm(visit, section, values, { errors, revision })
  }
  const saved = await saveCall(context, owner, call.id, {
    revision,
    change: stored => form.answer(stored, values).call,
  })
  if (saved.ok) return goTo(reply, callPage(visit, 'call'), `« ${form.title} » enregistré.`)
  switch (saved.refusal) {
    case 'changed': {
      const errors = [changedSince(form.valuesOf(saved.call), values)]
      return showForm(visit, section, values, { errors, revision: saved.revision })
    }
    case 'problems': {
      const errors = errorsIn(visit, saved.problems, section)
      return showForm(visit, section, values, { errors, revision })
    }
    default:
      return visit.refuse({ code: saved.refusal })
  }
}

/** What is wrong here beside its field; what is wrong elsewhere, with its place. */
export function errorsIn(
  visit: CallVisit,
  problems: readonly CallProblem[],
  section: CallProblem['section'],
  piece: number | null = null,
): FieldError[] {
  return problems.map(problem =>
    problem.section === section && problem.piece === piece
      ? { field: problem.field, message: problem.sentence }
      : { field: 'contenu', message: `${shownProblem(visit, problem).where} : ${problem.sentence}` },
  )
}

const NOT_ANSWERS = ['csrf', 'revision', 'acte']

/** What somebody saved since this form was served, so that nobody overwrites it in silence. */
export function changedSince(stored: FormValues, typed: FormValues): FieldError {
  const names = [...new Set([...Object.keys(stored), ...Object.keys(typed)])].filter(
    name => !NOT_ANSWERS.includes(name),
  )
  const words = (values: readonly string[] | undefined) =>
    (values ?? []).filter(value => value !== '').join(', ') || 'rien'
  const different = names.filter(name => words(stored[name]) !== words(typed[name]))
  const [first] = different
  const told =
    first === undefined
      ? 'Ce que vous avez saisi est déjà enregistré.'
      : `Enregistré maintenant : ${different
          .slice(0, 3)
          .map(name => `« ${words(stored[name])} » au lieu de « ${words(typed[name])} »`)
          .join(' ; ')}.`
  return {
    field: first ?? 'contenu',
    message:
      'Cet appel a été modifié entre-temps, dans un autre onglet ou par quelqu’un d’autre. ' +
      `${told} Votre saisie est gardée ci-dessous : vérifiez, puis enregistrez de nouveau.`,
  }
}
