/** The pages where calls are written: the same for a porteur and for a reviewer who signed in. */
import type { FastifyPluginAsync } from 'fastify'
import { CALL_PAGES, type CallSide } from '../../../../schema/urls.ts'
import type { Context } from '../../../steps/ports.ts'
import { MODEL_FILE } from '../../model-files.ts'
import { formsWithFile } from '../form-with-file.ts'
import type { PageSettings } from '../page.ts'
import { callGuards } from './access.ts'
import { archive, downloadYaml, publish, showCall, showCalls, showStart, start } from './call.ts'
import { changeCondition, previewCondition, showCondition } from './condition.ts'
import { changeModel, sendModel, showTags } from './model.ts'
import {
  addPiece,
  changePieces,
  savePiece,
  showNewPiece,
  showPiece,
  showPieceAgain,
  showPieces,
} from './pieces.ts'
import { saveSection, showSection } from './section.ts'

/** A pasted file holds at most 200 kB, and encoding makes at most three bytes of each. */
const MAX_FORM_BYTES = 1_000_000

export function callPages(context: Context, settings: PageSettings, side: CallSide): FastifyPluginAsync {
  const { onCalls, onCall } = callGuards(context, settings, side)
  const paths = CALL_PAGES[side]

  return async app => {
    const forms = formsWithFile(app)
    const modelForms = formsWithFile(app, MODEL_FILE)
    const protect = { preHandler: app.csrfProtection, bodyLimit: MAX_FORM_BYTES }

    app.get(paths.list, onCalls(showCalls))
    app.get(
      paths.start,
      onCalls(visit => showStart(visit)),
    )
    app.post(
      paths.start,
      { ...protect, preHandler: forms.preHandler },
      onCalls(visit => start(visit, forms)),
    )
    app.get(paths.call, onCall(showCall))
    app.get(paths.section, onCall(showSection))
    app.post(paths.section, protect, onCall(saveSection))
    app.get(
      paths.pieces,
      onCall(visit => showPieces(visit)),
    )
    app.post(paths.pieces, protect, onCall(changePieces))
    app.get(paths.newPiece, onCall(showNewPiece))
    app.post(paths.newPiece, protect, onCall(addPiece))
    app.get(paths.piece, onCall(showPiece))
    app.post(paths.piece, protect, onCall(savePiece))
    app.post(
      paths.pieceModel,
      { preHandler: modelForms.preHandler },
      onCall(visit => changeModel(visit, modelForms, errors => showPieceAgain(visit, errors))),
    )
    app.get(paths.modelFile, onCall(sendModel))
    app.get(paths.tags, onCall(showTags))
    app.get(
      paths.condition,
      onCall(visit => showCondition(visit)),
    )
    app.post(paths.condition, protect, onCall(changeCondition))
    app.get(paths.preview, onCall(previewCondition))
    app.post(paths.publish, protect, onCall(publish))
    app.post(paths.archive, protect, onCall(archive))
    app.get(paths.yaml, onCall(downloadYaml))
  }
}
