/** The grappe's copy of the call: its pieces adapted, undone, and a new version of the call taken. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { moment } from '../../../../templates/pages/format.ts'
import {
  CallCopyPage,
  CallVersionPage,
  type CopyPiece,
  CopyPieceForm,
  RemoveCopyPiece,
} from '../../../../templates/pages/porteur/call-copy.tsx'
import { undoAdaptation } from '../../../domain/adaptation.ts'
import { changeWords } from '../../../domain/call-changes.ts'
import { all, answerPiece, type FormValues, one, pieceValues } from '../../../domain/call-form.ts'
import { writtenCall } from '../../../domain/written-call.ts'
import { moveCallPiece, undoCallAdaptation } from '../../../steps/eligibility/adapt-call.ts'
import {
  effectOfVersion,
  type NewCallVersion,
  readNewCallVersion,
  takeCallVersion,
} from '../../../steps/eligibility/take-call-version.ts'
import type { Context } from '../../../steps/ports.ts'
import type { Refusal } from '../../../steps/refusals.ts'
import { MODEL_FILE } from '../../model-files.ts'
import { problemOf } from '../../refusals.ts'
import { valuesOf } from '../calls/access.ts'
import { formsWithFile } from '../form-with-file.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { parameter } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { adaptBy, codeIn, copyUrl, lined, pieceOf } from './call-copy-forms.ts'
import { changeCopyCondition, previewCopyCondition, showCopyCondition } from './copy-condition.ts'
import { changeCopyModel, sendCopyTrial, showCopyModel } from './copy-model.ts'
import { formStatus } from './forms.ts'
import { addPiece, previewNewPiece, showNewPiece } from './new-copy-piece.ts'

export function callCopyPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe, onSnapshot } = porteurGuards(context, settings)

  return async app => {
    const forms = formsWithFile(app, MODEL_FILE)
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.callCopy, onGrappe(showCopy))
    app.get(PATHS.newCopyPiece, onGrappe(showNewPiece))
    app.post(PATHS.newCopyPiece, protect, onGrappe(addPiece))
    app.get(PATHS.newCopyPiecePreview, onGrappe(previewNewPiece))
    app.get(PATHS.copyPiece, onGrappe(showPiece))
    app.post(PATHS.copyPiece, protect, onGrappe(changePiece))
    app.get(PATHS.copyCondition, onGrappe(showCopyCondition))
    app.post(PATHS.copyCondition, protect, onGrappe(changeCopyCondition))
    app.get(PATHS.copyConditionPreview, onGrappe(previewCopyCondition))
    app.get(PATHS.copyModel, onSnapshot(showCopyModel))
    app.post(
      PATHS.copyModel,
      { preHandler: forms.preHandler },
      onSnapshot(visit => changeCopyModel(visit, forms)),
    )
    app.get(PATHS.tryCopyModel, onSnapshot(sendCopyTrial))
    app.get(PATHS.removeCopyPiece, onGrappe(showRemoval))
    app.post(PATHS.removeCopyPiece, protect, onGrappe(removePiece))
    app.post(PATHS.moveCopyPiece, protect, onGrappe(movePiece))
    app.post(PATHS.undoAdaptation, protect, onGrappe(undo))
    app.get(
      PATHS.callVersion,
      onGrappe(visit => showVersion(visit)),
    )
    app.post(PATHS.callVersion, protect, onGrappe(takeVersion))
  }
}

async function showCopy({ context, scope, reply, frame }: GrappeVisit) {
  const { call } = scope
  const version = await readNewCallVersion(context, scope)
  const page = CallCopyPage({
    frame: frame(),
    grappe: scope,
    pieces: lined(call),
    afterwards: (call.followUp?.pieces ?? []).map(({ name }) => name),
    adaptations: (call.adapted ?? []).toReversed().map(({ id, on, basis, change }) => ({
      id,
      on,
      basis,
      words: changeWords(change, call),
      overtaken: undoAdaptation(call, id) === null,
    })),
    newVersion: version && { number: version.published?.number ?? null, changes: version.changes.length },
  })
  return sendPage(reply, page)
}

async function showPiece(visit: GrappeVisit) {
  const piece = pieceOf(visit)
  if (piece === null) return visit.refuse({ code: 'not-found' })
  const { definition } = piece
  const written = writtenCall(visit.scope.call).pieces.find(({ code }) => code === definition.code) ?? null
  return showForm(visit, piece, pieceValues(written))
}

function showForm(
  { scope, reply, frame }: GrappeVisit,
  piece: CopyPiece,
  values: FormValues,
  errors: readonly FieldError[] = [],
) {
  const page = CopyPieceForm({
    frame: frame(),
    grappe: scope,
    piece,
    form: { values, errors, provenance: null },
  })
  return sendPage(reply, page, formStatus(errors))
}

async function changePiece(visit: GrappeVisit) {
  const piece = pieceOf(visit)
  return piece === null ? visit.refuse({ code: 'not-found' }) : await savePiece(visit, piece)
}

async function savePiece(visit: GrappeVisit, piece: CopyPiece) {
  const values = valuesOf(visit.request.body)
  const { code } = piece.definition
  return await adaptBy(visit, values, {
    // Whom it concerns has its own page.
    change: call =>
      answerPiece(
        call,
        values,
        call.pieces.findIndex(each => each.code === code),
      ),
    action: urlTo('copyPiece', { grappe: visit.scope.grappeId, piece: code }),
    showAgain: errors => showForm(visit, piece, values, errors),
  })
}

async function showRemoval(visit: GrappeVisit, errors: readonly FieldError[] = []) {
  const { scope, reply, frame, request } = visit
  const piece = pieceOf(visit)
  if (piece === null) return visit.refuse({ code: 'not-found' })
  const form = { values: valuesOf(request.body), errors, provenance: null }
  return sendPage(reply, RemoveCopyPiece({ frame: frame(), grappe: scope, piece, form }), formStatus(errors))
}

async function removePiece(visit: GrappeVisit) {
  const { scope, request, refuse } = visit
  const piece = pieceOf(visit)
  if (piece === null) return refuse({ code: 'not-found' })
  const { code } = piece.definition
  return await adaptBy(visit, valuesOf(request.body), {
    change: call => ({ ...call, pieces: call.pieces.filter(each => each.code !== code) }),
    action: urlTo('removeCopyPiece', { grappe: scope.grappeId, piece: code }),
    showAgain: errors => showRemoval(visit, errors),
  })
}

async function movePiece(visit: GrappeVisit) {
  const { context, scope, request, reply, refuse } = visit
  const step = one(valuesOf(request.body), 'sens') === 'monter' ? -1 : 1
  const moved = await moveCallPiece(context, scope, codeIn(request), step)
  return moved.ok
    ? goTo(reply, `${copyUrl(visit)}#pieces`, `« ${moved.value.name} » déplacée.`)
    : refuse(moved.refusal)
}

async function undo(visit: GrappeVisit) {
  const { context, scope, request, reply, refuse } = visit
  const undone = await undoCallAdaptation(context, scope, parameter(request, 'adaptation'))
  return undone.ok
    ? goTo(reply, copyUrl(visit), `Adaptation annulée : ${undone.value.words.title}.`)
    : refuse(undone.refusal)
}

/** @param refused why nothing was taken, and what had been chosen. */
async function showVersion(
  { context, scope, reply, frame, refuse }: GrappeVisit,
  refused: { refusal: Refusal; chosen: readonly string[] } | null = null,
) {
  const newer = await readNewCallVersion(context, scope)
  if (newer === null) return refuse(refused?.refusal ?? { code: 'not-found' })
  const { version, published, changes } = newer
  const clean = changes.filter(({ replacesOwn }) => !replacesOwn)
  const page = CallVersionPage({
    frame: frame(),
    grappe: scope,
    version,
    name: versionName(newer),
    published:
      published === null
        ? 'L’appel livré avec ce serveur a changé depuis que cette grappe l’a copié.'
        : `Publiée par ${published.by} le ${moment(published.at.toISOString(), scope.call.timeZone)}.`,
    refused: refused && problemOf(refused.refusal).detail,
    changes: changes.map(change => ({
      ...change,
      // What comes to replace the grappe's own is chosen again, knowingly.
      checked: !change.replacesOwn && (refused?.chosen.includes(change.key) ?? true),
    })),
    effect: await effectOfVersion(context, scope, clean),
  })
  return sendPage(reply, page, refused === null ? 200 : problemOf(refused.refusal).status)
}

/** « Version 2 de l’appel »: a file has no number. */
const versionName = ({ published }: Pick<NewCallVersion, 'published'>) =>
  published === null ? 'Nouvelle version de l’appel' : `Version ${published.number} de l’appel`

async function takeVersion(visit: GrappeVisit) {
  const { context, scope, request, reply } = visit
  const values = valuesOf(request.body)
  const chosen = all(values, 'prendre')
  const taken = await takeCallVersion(context, scope, { version: one(values, 'version'), taken: chosen })
  if (!taken.ok) return await showVersion(visit, { refusal: taken.refusal, chosen })
  const { taken: titles, left } = taken.value
  const kept = left.length === 0 ? '' : ` Laissé de côté : ${left.join(' ; ')}.`
  return goTo(
    reply,
    copyUrl(visit),
    `${titles.length === 0 ? 'Aucun changement pris' : `Pris : ${titles.join(' ; ')}`}.${kept}`,
  )
}
