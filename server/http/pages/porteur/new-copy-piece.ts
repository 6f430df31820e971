/** A piece added to the grappe's copy: what it is, whom it concerns, then what that does, told before. */
import { urlTo } from '../../../../schema/urls.ts'
import { ConditionFound } from '../../../../templates/pages/calls/condition.tsx'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { CopyCondition } from '../../../../templates/pages/porteur/copy-condition.tsx'
import { NewCopyPiece } from '../../../../templates/pages/porteur/new-copy-piece.tsx'
import { type Condition, SCOPES } from '../../../domain/call.ts'
import { answerPiece, type FormValues, isChecked, one, pieceValues } from '../../../domain/call-form.ts'
import { conditionSentence } from '../../../domain/condition.ts'
import type { WrittenCall } from '../../../domain/written-call.ts'
import { adaptCall } from '../../../steps/eligibility/adapt-call.ts'
import { readGrappe } from '../../../steps/read/read-grappe.ts'
import { valuesOf } from '../calls/access.ts'
import { changeOf, concernedIn, conditionParts, withAnswer } from '../calls/condition.ts'
import { sendPage } from '../page.ts'
import type { GrappeVisit } from './access.ts'
import { adaptBy } from './call-copy-forms.ts'
import { heldCondition } from './copy-condition.ts'
import { formErrors, formStatus } from './forms.ts'

/** What the form of the piece holds, kept by the page while its condition is built: nothing is stored yet. */
const KEPT = [...Object.keys(pieceValues(null)), 'code', 'basis']

const addressOf = ({ scope }: GrappeVisit) => urlTo('newCopyPiece', { grappe: scope.grappeId })

export const showNewPiece = async (visit: GrappeVisit) => showForm(visit, pieceValues(null))

export async function addPiece(visit: GrappeVisit) {
  const values = valuesOf(visit.request.body)
  switch (one(values, 'acte')) {
    case 'qui':
      return await chooseWhom(visit, values)
    case 'ajouter':
    case 'retirer':
      return await changeWhom(visit, values)
    case 'reprendre':
      return showForm(visit, values)
    default:
      return await adaptBy(visit, values, {
        change: call => withPiece(call, values),
        action: addressOf(visit),
        showAgain: errors => showForm(visit, values, errors),
      })
  }
}

function showForm(
  { scope, reply, frame }: GrappeVisit,
  values: FormValues,
  errors: readonly FieldError[] = [],
) {
  const condition = heldCondition(values, null)
  const page = NewCopyPiece({
    frame: frame(),
    grappe: scope,
    condition: condition && JSON.stringify(condition),
    asked: conditionSentence({ ...pieceOf(values), condition }, scope.call),
    form: { values, errors, provenance: null },
  })
  return sendPage(reply, page, formStatus(errors))
}

/** What a sentence needs to know of a piece that is not there yet. */
const pieceOf = (values: FormValues) => ({
  scope: SCOPES.find(scope => scope === one(values, 'scope')) ?? 'esms',
  exceptPorteur: isChecked(values, 'exceptPorteur'),
})

function withPiece(call: WrittenCall, values: FormValues): WrittenCall {
  const rank = call.pieces.length
  const condition = heldCondition(values, null)
  const answered = answerPiece(call, values, rank)
  return {
    ...answered,
    pieces: answered.pieces.map((piece, i) => (i === rank ? { ...piece, condition } : piece)),
  }
}

/** On to the condition, once the piece itself can be. */
async function chooseWhom(visit: GrappeVisit, values: FormValues) {
  const { context, scope, refuse } = visit
  const basis = one(values, 'basis').trim()
  const change = (call: WrittenCall) => withPiece(call, values)
  const tried = await adaptCall(context, scope, { change, basis, seen: null })
  if (tried.ok) return await showWhom(visit, values, { condition: heldCondition(values, null) })
  return tried.refusal.code === 'invalid-fields'
    ? showForm(visit, values, formErrors(tried.refusal, 'name'))
    : refuse(tried.refusal)
}

async function changeWhom(visit: GrappeVisit, values: FormValues) {
  const condition = heldCondition(values, null)
  const changed = changeOf(condition, values, visit.scope.call)
  return changed.ok
    ? await showWhom(visit, values, { condition: changed.condition })
    : await showWhom(visit, values, { condition, errors: changed.errors })
}

async function showWhom(
  visit: GrappeVisit,
  values: FormValues,
  { condition, errors }: { condition: Condition | null; errors?: readonly FieldError[] },
) {
  const { context, scope, reply, frame } = visit
  const grappe = await readGrappe(context.db, scope.grappeId)
  const page = CopyCondition({
    frame: frame(),
    grappe: scope,
    name: one(values, 'name'),
    url: addressOf(visit),
    previewUrl: urlTo('newCopyPiecePreview', { grappe: scope.grappeId }),
    condition: JSON.stringify(condition),
    kept: KEPT.flatMap(name => (values[name] ?? []).map(value => [name, value] as const)),
    isNew: true,
    backUrl: urlTo('callCopy', { grappe: scope.grappeId }),
    ...conditionParts(pieceOf(values), condition, scope.call),
    found: grappe && concernedIn(grappe, condition, scope.call),
    // What was typed of a fact comes back with what is wrong of it.
    form: { values: errors === undefined ? {} : values, errors: errors ?? [], provenance: null },
  })
  return sendPage(reply, page, formStatus(errors ?? []))
}

/** The sentence and the members as they would be with the fact being chosen. */
export async function previewNewPiece({ context, scope, request, reply, refuse }: GrappeVisit) {
  const grappe = await readGrappe(context.db, scope.grappeId)
  if (grappe === null) return refuse({ code: 'not-found' })
  const values = valuesOf(request.query)
  const held = heldCondition(values, null)
  const changed = withAnswer(held, values)
  const condition = changed.ok ? changed.condition : held
  return sendPage(
    reply,
    ConditionFound({
      sentence: conditionSentence({ ...pieceOf(values), condition }, scope.call),
      found: concernedIn(grappe, condition, scope.call),
    }),
  )
}
