/** The pieces of a call: their order, and the form of each. */
import { CallPieceForm, CallPieces } from '../../../../templates/pages/calls/pieces.tsx'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import {
  answerPiece,
  type FormValues,
  limitsValues,
  one,
  pieceValues,
  withLimits,
} from '../../../domain/call-form.ts'
import { conditionSentence } from '../../../domain/condition.ts'
import type { WrittenCall } from '../../../domain/written-call.ts'
import { type SavedCall, saveCall } from '../../../steps/eligibility/write-call.ts'
import { goTo, sendPage } from '../page.ts'
import { formStatus } from '../porteur/forms.ts'
import { type CallVisit, callPage, revisionOf, valuesOf } from './access.ts'
import { modelPart } from './model.ts'
import { changedSince, errorsIn } from './section.ts'

export async function showPieces(visit: CallVisit, errors: readonly FieldError[] = []) {
  const { call, reply, frame } = visit
  const { draft } = call
  const page = CallPieces({
    frame: frame(),
    call: { id: call.id, title: draft.title },
    revision: call.revision,
    pieces: draft.pieces.map(piece => ({
      code: piece.code,
      name: piece.name,
      required: piece.required,
      asked: conditionSentence(piece, draft),
    })),
    limits: { values: limitsValues(draft), errors, provenance: draft.provenance },
    errors,
  })
  return sendPage(reply, page, formStatus(errors))
}

const MOVES: Readonly<Record<string, number>> = { monter: -1, descendre: 1 }

const CHANGED: FieldError = {
  field: 'contenu',
  message: 'L’appel a été modifié entre-temps : voici ce qu’il est maintenant, refaites votre geste.',
}

export async function changePieces(visit: CallVisit) {
  const { context, owner, call, request, reply } = visit
  const values = valuesOf(request.body)
  const act = one(values, 'acte')
  const code = one(values, 'piece')
  const piece = call.draft.pieces.find(each => each.code === code)
  const saved = await saveCall(context, owner, call.id, {
    revision: revisionOf(values),
    change: stored => (act === 'limites' ? withLimits(stored, values) : moved(stored, code, act)),
  })
  if (saved.ok) {
    const notice =
      act === 'retirer' && piece !== undefined
        ? `Pièce « ${piece.name} » retirée de l’appel. Les grappes qui y répondent déjà la gardent.`
        : undefined
    return goTo(reply, callPage(visit, 'pieces'), notice)
  }
  switch (saved.refusal) {
    case 'changed':
      return await showPieces({ ...visit, call: { ...call, draft: saved.call, revision: saved.revision } }, [
        CHANGED,
      ])
    case 'problems':
      return await showPieces(visit, errorsIn(visit, saved.problems, 'pieces'))
    default:
      return visit.refuse({ code: saved.refusal })
  }
}

function moved(call: WrittenCall, code: string, act: string): WrittenCall {
  const from = call.pieces.findIndex(each => each.code === code)
  const piece = call.pieces[from]
  if (piece === undefined) return call
  const others = call.pieces.filter(each => each !== piece)
  const step = MOVES[act]
  if (step === undefined) return { ...call, pieces: others }
  const to = Math.max(0, from + step)
  return { ...call, pieces: [...others.slice(0, to), piece, ...others.slice(to)] }
}

/** The piece of the address; -1 when the call has none of that code. */
export function pieceRank({ call, request }: CallVisit): number {
  const { piece } = request.params as { piece: string }
  return call.draft.pieces.findIndex(({ code }) => code === piece)
}

export const showNewPiece = async (visit: CallVisit) =>
  showForm(visit, visit.call.draft.pieces.length, pieceValues(null))

export async function showPiece(visit: CallVisit) {
  const rank = pieceRank(visit)
  const piece = visit.call.draft.pieces[rank]
  return piece === undefined
    ? visit.refuse({ code: 'not-found' })
    : await showForm(visit, rank, pieceValues(piece))
}

/** The piece as it is stored, with what is wrong of the model just sent. */
export async function showPieceAgain(visit: CallVisit, modelErrors: readonly FieldError[]) {
  const rank = pieceRank(visit)
  return await showForm(visit, rank, pieceValues(visit.call.draft.pieces[rank] ?? null), { modelErrors })
}

async function showForm(
  visit: CallVisit,
  rank: number,
  values: FormValues,
  given: { errors?: readonly FieldError[]; revision?: number; modelErrors?: readonly FieldError[] } = {},
) {
  const { call, reply, frame } = visit
  const { errors = [], modelErrors = [], revision = call.revision } = given
  const { draft } = call
  const piece = draft.pieces[rank]
  const model = piece && (await modelPart(visit, piece, modelErrors))
  const page = CallPieceForm({
    frame: frame(),
    call: { id: call.id, title: draft.title },
    revision,
    piece: piece && model ? { code: piece.code, asked: conditionSentence(piece, draft), model } : null,
    form: { values, errors, provenance: draft.provenance },
  })
  return sendPage(reply, page, formStatus([...errors, ...modelErrors]))
}

export const addPiece = (visit: CallVisit) => answerForm(visit, null)

export async function savePiece(visit: CallVisit) {
  const piece = visit.call.draft.pieces[pieceRank(visit)]
  return piece === undefined ? visit.refuse({ code: 'not-found' }) : await answerForm(visit, piece.code)
}

/** @param code of the piece; null to add one. */
async function answerForm(visit: CallVisit, code: string | null) {
  const { context, owner, call, request, reply } = visit
  const values = valuesOf(request.body)
  const revision = revisionOf(values)
  const rankIn = ({ pieces }: WrittenCall) =>
    code === null ? pieces.length : pieces.findIndex(each => each.code === code)
  const rank = rankIn(call.draft)
  const saved = await saveCall(context, owner, call.id, {
    revision,
    change: stored => answerPiece(stored, values, rankIn(stored)),
  })
  if (saved.ok) return goTo(reply, afterPiece(visit, values, saved, rank), savedWords(saved, rank, code))
  switch (saved.refusal) {
    case 'changed': {
      const stored = saved.call.pieces.find(each => each.code === code)
      const errors = [changedSince(stored === undefined ? {} : pieceValues(stored), values)]
      return await showForm(visit, rank, values, { errors, revision: saved.revision })
    }
    case 'problems': {
      const errors = errorsIn(visit, saved.problems, 'pieces', rank)
      return await showForm(visit, rank, values, { errors, revision })
    }
    default:
      return visit.refuse({ code: saved.refusal })
  }
}

type Saved = Extract<SavedCall, { ok: true }>

/** The list, or on to whom the piece concerns, or to another piece. */
function afterPiece(visit: CallVisit, values: FormValues, { call }: Saved, rank: number): string {
  switch (one(values, 'suite')) {
    case 'autre':
      return callPage(visit, 'newPiece')
    case 'condition':
      return callPage(visit, 'condition', { piece: call.pieces[rank]?.code ?? '' })
    default:
      return callPage(visit, 'pieces')
  }
}

const savedWords = ({ call }: Saved, rank: number, code: string | null): string =>
  `Pièce « ${call.pieces[rank]?.name ?? ''} » ${code === null ? 'ajoutée' : 'enregistrée'}.`
