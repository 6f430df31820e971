/** The Word file of a piece in the grappe's copy of the call: sent, tried, then put there or taken out. */
import { urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import type { CopyPiece } from '../../../../templates/pages/porteur/call-copy.tsx'
import { CopyModelPage } from '../../../../templates/pages/porteur/copy-model.tsx'
import { all, type FormValues, one } from '../../../domain/call-form.ts'
import { documentOfPiece } from '../../../domain/kit/models.ts'
import type { WrittenCall } from '../../../domain/written-call.ts'
import { kitOfGrappe } from '../../../steps/collection/hand-out-kit.ts'
import { callTrial, fillCallTrial } from '../../../steps/collection/try-model.ts'
import { bringCopyModel } from '../../../steps/eligibility/adapt-call.ts'
import { withModel } from '../../../steps/eligibility/write-call.ts'
import { sendDocument } from '../../kit-downloads.ts'
import { valuesOf } from '../calls/access.ts'
import type { FormsWithFile } from '../form-with-file.ts'
import { goTo, sendPage } from '../page.ts'
import type { SnapshotVisit } from './access.ts'
import { adaptBy, pieceOf } from './call-copy-forms.ts'
import { formErrors, formStatus } from './forms.ts'

const kitOf = ({ context, snapshot, porteur }: SnapshotVisit) =>
  kitOfGrappe(context, snapshot, porteur.contactEmail)

/** What is tried, as an address or a form names it. */
const triedIn = (values: FormValues) => ({ fileName: one(values, 'nom'), sha256: one(values, 'modele') })

export async function showCopyModel(visit: SnapshotVisit) {
  const piece = pieceOf(visit)
  return piece === null
    ? visit.refuse({ code: 'not-found' })
    : await showModel(visit, piece, valuesOf(visit.request.query))
}

async function showModel(
  visit: SnapshotVisit,
  piece: CopyPiece,
  values: FormValues,
  {
    errors = [],
    fileErrors = [],
  }: { errors?: readonly FieldError[]; fileErrors?: readonly FieldError[] } = {},
) {
  const { context, scope, reply, frame } = visit
  const kit = await kitOf(visit)
  const { definition } = piece
  const tried = triedIn(values)
  const trial = await callTrial(context, kit, definition.code, tried, one(values, 'pour'))
  const document = documentOfPiece(definition)
  const page = CopyModelPage({
    frame: frame(),
    grappe: scope,
    piece,
    trial: trial.ok ? { ...tried, ...trial.value, tags: trial.value.brought.tags.length } : null,
    own: (document && kit.own.get(document.code)?.fileName) ?? null,
    form: { values: { basis: all(values, 'basis') }, errors, provenance: null },
    fileErrors,
  })
  return sendPage(reply, page, formStatus([...errors, ...fileErrors]))
}

/** A form with a file brings one to try; one without puts what was tried on the piece, or takes it out. */
export async function changeCopyModel(visit: SnapshotVisit, forms: FormsWithFile) {
  const { context, scope, request, reply, refuse } = visit
  const piece = pieceOf(visit)
  if (piece === null) return refuse({ code: 'not-found' })
  const { code } = piece.definition
  const action = urlTo('copyModel', { grappe: scope.grappeId, piece: code })
  const file = await forms.fileOf(request)
  const values = valuesOf(request.body)
  if (file === null) {
    const model = one(values, 'retirer') === 'oui' ? undefined : triedIn(values)
    return await adaptBy(visit, values, {
      change: (call: WrittenCall) => withModel(call, code, model),
      action,
      showAgain: errors => showModel(visit, piece, values, { errors }),
    })
  }
  const refused = (messages: readonly string[]) =>
    showModel(visit, piece, {}, { fileErrors: messages.map(message => ({ field: 'fichier', message })) })
  if (!file.ok) return await refused([file.sentence])
  const kept = await bringCopyModel(context, scope, code, file)
  if (!kept.ok) return await refused(formErrors(kept.refusal, 'fichier').map(({ message }) => message))
  const { fileName, sha256 } = kept.value
  const notice = `« ${fileName} » est prêt à être essayé. Rien n’a changé pour les membres.`
  return goTo(reply, `${action}?${new URLSearchParams({ modele: sha256, nom: fileName })}#essai`, notice)
}

export async function sendCopyTrial(visit: SnapshotVisit) {
  const { context, request, reply, refuse } = visit
  const piece = pieceOf(visit)
  const values = valuesOf(request.query)
  const kit = await kitOf(visit)
  const code = piece?.definition.code ?? ''
  const trial = await callTrial(context, kit, code, triedIn(values), one(values, 'pour'))
  if (!trial.ok) return refuse(trial.refusal)
  const filled = await fillCallTrial(context, kit, trial.value)
  return filled.ok ? sendDocument(reply, filled.value) : refuse(filled.refusal)
}
