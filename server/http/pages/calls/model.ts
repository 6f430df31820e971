/** The Word file that a call brings for one of its pieces: sent, taken out, read back. */
import { CallTags, type PieceModelProps } from '../../../../templates/pages/calls/model.tsx'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { kitDocumentName } from '../../../domain/dossier-names.ts'
import { modelOfPiece } from '../../../domain/kit/models.ts'
import { exampleValues } from '../../../domain/kit/tags.ts'
import type { WrittenCall } from '../../../domain/written-call.ts'
import { fillIn } from '../../../steps/collection/hand-out-kit.ts'
import { bringModel, saveCall, withModel } from '../../../steps/eligibility/write-call.ts'
import { callModelsOf, unfitModels } from '../../../steps/read/read-call-models.ts'
import { grappesFollowing } from '../../../steps/read/read-calls.ts'
import { sendDocument } from '../../kit-downloads.ts'
import { sendCallModel } from '../../model-files.ts'
import type { FormsWithFile } from '../form-with-file.ts'
import { goTo, sendPage } from '../page.ts'
import { formErrors } from '../porteur/forms.ts'
import { type CallVisit, callPage, revisionOf, valuesOf } from './access.ts'

type WrittenPiece = WrittenCall['pieces'][number]

/** What the page of a piece tells of its model. */
export async function modelPart(
  { context, owner, call }: CallVisit,
  piece: WrittenPiece,
  errors: readonly FieldError[],
): Promise<Omit<PieceModelProps, 'frame' | 'call' | 'revision'>> {
  const { code, model } = piece
  const kept = (await callModelsOf(context.db, [piece])).get(model?.sha256 ?? '')
  const [unfit] = await unfitModels(context.db, [piece])
  return {
    code,
    ours: modelOfPiece(piece)?.title ?? null,
    model: model === undefined ? null : { fileName: model.fileName, kept: shown(kept) },
    flaws: unfit?.sentences ?? [],
    grappes: await grappesFollowing(context, owner, call.id, code),
    sha256: model?.sha256 ?? null,
    errors,
  }
}

const shown = (kept: { size: number; tags: readonly unknown[] } | undefined) =>
  kept === undefined ? null : { size: kept.size, tags: kept.tags.length }

const pieceOf = ({ call, request }: CallVisit): WrittenPiece | undefined => {
  const { piece } = request.params as { piece: string }
  return call.draft.pieces.find(({ code }) => code === piece)
}

/**
 * A form with a file brings it, one without takes out what the piece has.
 *
 * @param showAgain the page of the piece, with what is wrong of the file.
 */
export async function changeModel(
  visit: CallVisit,
  forms: FormsWithFile,
  showAgain: (errors: readonly FieldError[]) => unknown,
) {
  const { context, owner, call, request, reply, refuse } = visit
  const piece = pieceOf(visit)
  if (piece === undefined) return refuse({ code: 'not-found' })
  const file = await forms.fileOf(request)
  const revision = revisionOf(valuesOf(request.body))
  if (file !== null && !file.ok) return await showAgain([{ field: 'fichier', message: file.sentence }])
  const saved =
    file === null
      ? await saveCall(context, owner, call.id, {
          revision,
          change: draft => withModel(draft, piece.code, undefined),
        })
      : await bringModel(context, owner, call.id, { piece: piece.code, revision, file })
  if (saved.ok) {
    const notice =
      file === null
        ? `« ${piece.name} » n’a plus de modèle de l’appel.`
        : `« ${file.name} » est le modèle de cette pièce dans votre brouillon.`
    return goTo(reply, `${callPage(visit, 'piece', { piece: piece.code })}#model`, notice)
  }
  if (typeof saved.refusal === 'object') {
    return await showAgain(
      formErrors(saved.refusal, 'fichier').map(({ message }) => ({ field: 'fichier', message })),
    )
  }
  return saved.refusal === 'changed'
    ? await showAgain([{ field: 'fichier', message: CHANGED }])
    : refuse({ code: 'not-found' })
}

const CHANGED = 'L’appel a été modifié entre-temps : relisez cette pièce, puis envoyez de nouveau ce modèle.'

/** As it was sent; or filled in with examples, since a call has no member. */
export async function sendModel(visit: CallVisit) {
  const { context, request, reply, refuse } = visit
  const piece = pieceOf(visit)
  const isExample = (request.query as { exemple?: string }).exemple === 'oui'
  if (!isExample) return (await sendCallModel(context, reply, piece)) ?? refuse({ code: 'not-found' })
  const kept = piece && (await callModelsOf(context.db, [piece])).get(piece.model?.sha256 ?? '')
  if (piece === undefined || kept === undefined) return refuse({ code: 'not-found' })
  const filled = await fillIn(context, kept, exampleValues())
  return filled.ok
    ? sendDocument(reply, { fileName: kitDocumentName(piece.code, 'exemple'), bytes: filled.value })
    : refuse(filled.refusal)
}

export async function showTags({ call, reply, frame }: CallVisit) {
  return sendPage(reply, CallTags({ frame: frame(), call: { id: call.id, title: call.draft.title } }))
}
