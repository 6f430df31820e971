/** Whom a piece of the grappe's copy concerns: the condition is built fact by fact, told, then confirmed. */
import { readCondition } from '../../../../schema/contracts/call.ts'
import { urlTo } from '../../../../schema/urls.ts'
import { ConditionFound } from '../../../../templates/pages/calls/condition.tsx'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { CopyCondition } from '../../../../templates/pages/porteur/copy-condition.tsx'
import type { Condition, PieceDefinition } from '../../../domain/call.ts'
import { type FormValues, one } from '../../../domain/call-form.ts'
import { conditionSentence } from '../../../domain/condition.ts'
import { readGrappe } from '../../../steps/read/read-grappe.ts'
import { valuesOf } from '../calls/access.ts'
import { changeOf, concernedIn, conditionParts, withAnswer } from '../calls/condition.ts'
import { sendPage } from '../page.ts'
import type { GrappeVisit } from './access.ts'
import { adaptBy, pieceOf } from './call-copy-forms.ts'
import { formStatus } from './forms.ts'

export async function showCopyCondition(visit: GrappeVisit) {
  const definition = pieceOf(visit)?.definition
  if (definition === undefined) return visit.refuse({ code: 'not-found' })
  return await show(visit, definition, { condition: definition.condition, values: {}, errors: [] })
}

interface Shown {
  condition: Condition | null
  values: FormValues
  errors: readonly FieldError[]
}

async function show(
  { context, scope, reply, frame }: GrappeVisit,
  definition: PieceDefinition,
  { condition, values, errors }: Shown,
) {
  const grappe = await readGrappe(context.db, scope.grappeId)
  const at = { grappe: scope.grappeId, piece: definition.code }
  const page = CopyCondition({
    frame: frame(),
    grappe: scope,
    name: definition.name,
    url: urlTo('copyCondition', at),
    previewUrl: urlTo('copyConditionPreview', at),
    condition: JSON.stringify(condition),
    kept: [],
    isNew: false,
    backUrl: urlTo('copyPiece', at),
    ...conditionParts(definition, condition, scope.call),
    found: grappe && concernedIn(grappe, condition, scope.call),
    form: { values, errors, provenance: null },
  })
  return sendPage(reply, page, formStatus(errors))
}

/** The condition as the forms of the page hold it; the other when they hold none. */
export function heldCondition(values: FormValues, other: Condition | null): Condition | null {
  const held = one(values, 'condition')
  if (held === 'null') return null
  try {
    return readCondition(JSON.parse(held)) ?? other
  } catch {
    return other
  }
}

/** A fact added or taken out changes the page alone; applying it tells first what it does. */
export async function changeCopyCondition(visit: GrappeVisit) {
  const { scope, request, refuse } = visit
  const definition = pieceOf(visit)?.definition
  if (definition === undefined) return refuse({ code: 'not-found' })
  const values = valuesOf(request.body)
  const condition = heldCondition(values, definition.condition)
  if (one(values, 'acte') !== 'appliquer') {
    const changed = changeOf(condition, values, scope.call)
    return changed.ok
      ? await show(visit, definition, { condition: changed.condition, values: {}, errors: [] })
      : await show(visit, definition, { condition, values, errors: changed.errors })
  }
  const { code } = definition
  return await adaptBy(visit, values, {
    change: call => ({
      ...call,
      pieces: call.pieces.map(each => (each.code === code ? { ...each, condition } : each)),
    }),
    action: urlTo('copyCondition', { grappe: scope.grappeId, piece: code }),
    showAgain: errors =>
      show(visit, definition, {
        condition,
        values,
        errors: errors.map(({ message }) => ({ field: 'basis', message })),
      }),
  })
}

/** The sentence and the members as they would be with the fact being chosen. */
export async function previewCopyCondition(visit: GrappeVisit) {
  const { context, scope, request, reply, refuse } = visit
  const definition = pieceOf(visit)?.definition
  const grappe = await readGrappe(context.db, scope.grappeId)
  if (definition === undefined || grappe === null) return refuse({ code: 'not-found' })
  const values = valuesOf(request.query)
  const held = heldCondition(values, definition.condition)
  const changed = withAnswer(held, values)
  const condition = changed.ok ? changed.condition : held
  return sendPage(
    reply,
    ConditionFound({
      sentence: conditionSentence({ ...definition, condition }, scope.call),
      found: concernedIn(grappe, condition, scope.call),
    }),
  )
}
