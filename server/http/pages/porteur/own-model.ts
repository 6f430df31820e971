/** One model of the kit: the one in place, the porteur's own that is tried, and the former ones. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { OwnModelPage } from '../../../../templates/pages/porteur/own-model.tsx'
import { type DocumentModel, documentModels } from '../../../domain/kit/models.ts'
import { kitOfGrappe, ownersWith, tagsIn } from '../../../steps/collection/hand-out-kit.ts'
import { endModel, sendModel, takeModel } from '../../../steps/collection/replace-model.ts'
import { fillTried, lackingIn, ownerToTry, shelfOf } from '../../../steps/collection/try-model.ts'
import type { Context } from '../../../steps/ports.ts'
import { readOwnModels } from '../../../steps/read/read-own-models.ts'
import { sendDocument } from '../../kit-downloads.ts'
import { MODEL_FILE, sendOneModel } from '../../model-files.ts'
import { type FormsWithFile, formsWithFile } from '../form-with-file.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields, validId } from '../request.ts'
import { porteurGuards, type SnapshotVisit } from './access.ts'
import { formErrors, formStatus } from './forms.ts'

type ModelVisit = SnapshotVisit & { model: DocumentModel }

export function ownModelPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onSnapshot } = porteurGuards(context, settings)
  const onModel = (handler: (visit: ModelVisit) => Promise<unknown>) =>
    onSnapshot(async visit => {
      const { model: code } = visit.request.params as { model: string }
      const model = documentModels(visit.scope.call.pieces).find(each => each.code === code)
      return model === undefined ? visit.refuse({ code: 'not-found' }) : await handler({ ...visit, model })
    })

  return async app => {
    const forms = formsWithFile(app, MODEL_FILE)
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.ownModel, onModel(showModel))
    app.post(
      PATHS.ownModel,
      { preHandler: forms.preHandler },
      onModel(visit => send(visit, forms)),
    )
    app.get(PATHS.modelFile, onModel(sendBlank))
    app.get(PATHS.tryModel, onModel(sendTrial))
    app.post(PATHS.takeModel, protect, onModel(take))
    app.post(PATHS.endModel, protect, onModel(end))
  }
}

const kitOf = ({ context, snapshot, porteur }: ModelVisit) =>
  kitOfGrappe(context, snapshot, porteur.contactEmail)
const askedOf = ({ request }: ModelVisit) => request.query as Partial<Record<'pour' | 'version', string>>

async function showModel(visit: ModelVisit, errors: readonly FieldError[] = []) {
  const { context, scope, reply, frame, model } = visit
  const kit = await kitOf(visit)
  const shelf = shelfOf(await readOwnModels(context.db, scope.grappeId), model)
  const owner = ownerToTry(kit, model, askedOf(visit).pour ?? '')
  const page = OwnModelPage({
    frame: frame(),
    grappe: scope,
    timeZone: scope.call.timeZone,
    model,
    shelf,
    tags: (await tagsIn(context, kit, model)).length,
    owners: ownersWith(kit, model),
    trial:
      shelf.tried === null || owner === null ? null : { owner, lacking: lackingIn(kit, shelf.tried, owner) },
    errors,
  })
  return sendPage(reply, page, formStatus(errors))
}

async function send(visit: ModelVisit, forms: FormsWithFile) {
  const { context, scope, request, reply, model } = visit
  const file = await forms.fileOf(request)
  if (file === null || !file.ok)
    return await showModel(visit, [{ field: 'fichier', message: file?.sentence ?? MODEL_FILE.missing }])
  const sent = await sendModel(context, scope, await kitOf(visit), model, file)
  if (!sent.ok) {
    const errors = formErrors(sent.refusal, 'fichier')
    return await showModel(
      visit,
      errors.map(({ message }) => ({ field: 'fichier', message })),
    )
  }
  const notice = `« ${sent.value.fileName} » est prêt à être essayé. Rien n’a changé pour les membres.`
  return goTo(reply, `${pageOf(visit)}#essai`, notice)
}

const pageOf = ({ scope, model }: ModelVisit) =>
  urlTo('ownModel', { grappe: scope.grappeId, model: model.code })

async function sendBlank(visit: ModelVisit) {
  const { context, scope, reply, model, refuse } = visit
  const sent = await sendOneModel(context, reply, scope, model, askedOf(visit).version)
  return sent ?? refuse({ code: 'not-found' })
}

async function sendTrial(visit: ModelVisit) {
  const { context, scope, reply, model, refuse } = visit
  const shelf = shelfOf(await readOwnModels(context.db, scope.grappeId), model)
  const filled = await fillTried(context, await kitOf(visit), model, shelf, askedOf(visit).pour ?? '')
  return filled.ok ? sendDocument(reply, filled.value) : refuse(filled.refusal)
}

async function take(visit: ModelVisit) {
  const { context, scope, request, reply, model, refuse } = visit
  const taken = await takeModel(context, scope, model, validId(formFields(request).version ?? ''))
  if (!taken.ok) return refuse(taken.refusal)
  const notice = `Les documents « ${model.title} » sont désormais remplis à partir de votre modèle.`
  return goTo(reply, pageOf(visit), notice)
}

const formerWords = ({ ofCall }: DocumentModel) =>
  ofCall === undefined ? 'modèle du logiciel' : `modèle de l’appel, « ${ofCall.fileName} »`

async function end(visit: ModelVisit) {
  const { context, scope, request, reply, model, refuse } = visit
  const ended = await endModel(context, scope, model, validId(formFields(request).version ?? ''))
  if (!ended.ok) return refuse(ended.refusal)
  const notice = ended.value.wasTaken
    ? `Les documents « ${model.title} » sont de nouveau remplis à partir du ${formerWords(model)}.`
    : 'Ce modèle a été abandonné : rien n’a changé.'
  return goTo(reply, pageOf(visit), notice)
}
