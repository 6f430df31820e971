/** Whom a piece concerns: facts added and taken out, and the members that the condition finds. */
import {
  CallCondition,
  type ConcernedMembers,
  ConditionFound,
} from '../../../../templates/pages/calls/condition.tsx'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import type { Condition } from '../../../domain/call.ts'
import { answerFact, type FormValues, one } from '../../../domain/call-form.ts'
import {
  type ConditionedCall,
  concern,
  conditionFacts,
  conditionFlaw,
  conditionSentence,
  factWords,
  missingWords,
  ogSizes,
} from '../../../domain/condition.ts'
import { factsIn, type Joint, jointsOf, withFact, withoutFact } from '../../../domain/condition-edit.ts'
import { activeEsms } from '../../../domain/grappe.ts'
import type { WrittenCall } from '../../../domain/written-call.ts'
import { listGrappes } from '../../../steps/eligibility/create-grappe.ts'
import { saveCall } from '../../../steps/eligibility/write-call.ts'
import { type GrappeRecord, readGrappe } from '../../../steps/read/read-grappe.ts'
import { goTo, sendPage } from '../page.ts'
import { formStatus } from '../porteur/forms.ts'
import { validId } from '../request.ts'
import { type CallVisit, callPage, revisionOf, valuesOf } from './access.ts'
import { pieceRank } from './pieces.ts'
import { errorsIn } from './section.ts'

type WrittenPiece = WrittenCall['pieces'][number]

export async function showCondition(
  visit: CallVisit,
  values: FormValues = valuesOf(visit.request.query),
  errors: readonly FieldError[] = [],
) {
  const { call, reply, frame } = visit
  const { draft } = call
  const piece = draft.pieces[pieceRank(visit)]
  if (piece === undefined) return visit.refuse({ code: 'not-found' })
  const grappes = await grappesOf(visit)
  const grappeId = grappes.find(({ id }) => id === one(values, 'grappe'))?.id ?? null
  const page = CallCondition({
    frame: frame(),
    call: { id: call.id, title: draft.title },
    revision: call.revision,
    piece,
    ...conditionParts(piece, piece.condition, draft),
    grappes,
    grappeId,
    found: await findMembers(visit, grappeId, piece.condition),
    form: { values, errors, provenance: draft.provenance },
    errors,
  })
  return sendPage(reply, page, formStatus(errors))
}

async function grappesOf({ context, owner }: CallVisit) {
  return 'porteurId' in owner ? await listGrappes(context, owner.porteurId) : []
}

/** Who is concerned in one of the porteur's own grappes. */
async function findMembers(
  { context, owner, call }: CallVisit,
  grappeId: string | null,
  condition: Condition | null,
): Promise<ConcernedMembers | null> {
  if (grappeId === null || !('porteurId' in owner)) return null
  const grappe = await readGrappe(context.db, validId(grappeId), owner)
  return grappe && concernedIn(grappe, condition, call.draft)
}

/** Whom a condition concerns in a grappe. */
export function concernedIn(
  grappe: GrappeRecord,
  condition: Condition | null,
  call: ConditionedCall,
): ConcernedMembers {
  const sizes = ogSizes(grappe)
  const judged = activeEsms(grappe).map(esms => ({
    name: esms.name,
    ...concern(condition, conditionFacts(esms, sizes)),
  }))
  return {
    grappe: grappe.name,
    concerned: judged.filter(({ concerned }) => concerned === 'yes').map(({ name }) => name),
    unknown: judged
      .filter(({ concerned }) => concerned === 'unknown')
      .map(({ name, missing }) => ({ name, missing: missingWords(missing, call) })),
    others: judged.filter(({ concerned }) => concerned === 'no').length,
  }
}

/** The sentence and the members as they would be with the fact being chosen; nothing is saved. */
export async function previewCondition(visit: CallVisit) {
  const { call, request, reply } = visit
  const piece = call.draft.pieces[pieceRank(visit)]
  if (piece === undefined) return visit.refuse({ code: 'not-found' })
  const values = valuesOf(request.query)
  const changed = withAnswer(piece.condition, values)
  const condition = changed.ok ? changed.condition : piece.condition
  const grappes = await grappesOf(visit)
  const grappeId = grappes.find(({ id }) => id === one(values, 'grappe'))?.id ?? null
  return sendPage(
    reply,
    ConditionFound({
      sentence: conditionSentence({ ...piece, condition }, call.draft),
      found: await findMembers(visit, grappeId, condition),
    }),
  )
}

export type ChangedCondition =
  | { ok: true; condition: Condition | null }
  | { ok: false; errors: readonly FieldError[] }

/** The condition with the fact of the form joined to it. */
export function withAnswer(condition: Condition | null, values: FormValues): ChangedCondition {
  const answered = answerFact(values)
  if (!answered.ok) return { ok: false, errors: [{ field: answered.field, message: answered.message }] }
  const joint = (one(values, 'joint') || 'et') as Joint
  const joined = withFact(condition, answered.fact, joint)
  return joined === null
    ? {
        ok: false,
        errors: [{ field: 'contenu', message: 'Ce fait ne peut pas s’ajouter ainsi : choisissez comment.' }],
      }
    : { ok: true, condition: joined }
}

/** The condition with the fact of the form added or taken out. */
export function changeOf(
  condition: Condition | null,
  values: FormValues,
  call: ConditionedCall,
): ChangedCondition {
  if (one(values, 'acte') === 'retirer') {
    return { ok: true, condition: condition && withoutFact(condition, Number(one(values, 'fait'))) }
  }
  const changed = withAnswer(condition, values)
  if (!changed.ok || changed.condition === null) return changed
  const flaw = conditionFlaw(changed.condition, call)
  if (flaw === null) return changed
  const message = `${flaw.charAt(0).toUpperCase()}${flaw.slice(1)}.`
  return { ok: false, errors: [{ field: one(values, 'fait'), message }] }
}

/** What an editor shows of a condition, in the words of its call. */
export function conditionParts(
  piece: Pick<WrittenPiece, 'scope' | 'exceptPorteur'>,
  condition: Condition | null,
  call: ConditionedCall,
) {
  return {
    sentence: conditionSentence({ ...piece, condition }, call),
    facts: factsIn(condition).map(({ fact, before }) => ({ words: factWords(fact, call), before })),
    joints: jointsOf(condition),
    declarations: call.rules
      .filter(({ rule }) => rule === 'declaration')
      .map(({ code, title }) => ({ code, title: title ?? code })),
  }
}

const CHANGED: FieldError = {
  field: 'contenu',
  message: 'L’appel a été modifié entre-temps : voici la condition d’aujourd’hui, refaites votre geste.',
}

export async function changeCondition(visit: CallVisit) {
  const { context, owner, call, request, reply } = visit
  const rank = pieceRank(visit)
  const piece = call.draft.pieces[rank]
  if (piece === undefined) return visit.refuse({ code: 'not-found' })
  const values = valuesOf(request.body)
  const changed = changeOf(piece.condition, values, call.draft)
  if (!changed.ok) return await showCondition(visit, values, changed.errors)
  const { condition } = changed
  const saved = await saveCall(context, owner, call.id, {
    revision: revisionOf(values),
    change: stored => ({
      ...stored,
      pieces: stored.pieces.map(each => (each.code === piece.code ? { ...each, condition } : each)),
    }),
  })
  if (saved.ok) {
    const grappe = one(values, 'grappe')
    const query = grappe === '' ? '' : `?grappe=${encodeURIComponent(grappe)}`
    return goTo(reply, `${callPage(visit, 'condition', { piece: piece.code })}${query}`)
  }
  switch (saved.refusal) {
    case 'changed':
      return await showCondition(
        { ...visit, call: { ...call, draft: saved.call, revision: saved.revision } },
        values,
        [CHANGED],
      )
    case 'problems':
      return await showCondition(visit, values, errorsIn(visit, saved.problems, 'pieces', rank))
    default:
      return visit.refuse({ code: saved.refusal })
  }
}
