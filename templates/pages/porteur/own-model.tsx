/** One model of the kit: the one in place, the porteur's own to be tried then taken, and the former ones. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { type DocumentModel, isModelCode } from '../../../server/domain/kit/models.ts'
import type { OwnModel } from '../../../server/domain/kit/own-model.ts'
import { type KitOwner, type MissingFact, ownerKey } from '../../../server/domain/kit/values.ts'
import { Csrf, type FieldError, Select } from '../components.tsx'
import { count, fileSize, list, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { ModelField } from '../model-field.tsx'
import { DataTable } from './data-table.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface OwnModelProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  model: DocumentModel
  shelf: { inPlace: OwnModel | null; tried: OwnModel | null; former: readonly OwnModel[] }
  /** How many the model in place has. */
  tags: number
  /** For whom a document is made of it. */
  owners: readonly KitOwner[]
  /** Null when nothing is tried, or for nobody. */
  trial: { owner: KitOwner; lacking: readonly MissingFact[] } | null
  /** Of the file just sent. */
  errors: readonly FieldError[]
}

export function OwnModelPage(props: OwnModelProps): JSX.Element {
  const { frame, grappe, model, errors } = props
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab="documents"
      title={`Modèle : ${model.title}`}
      scripts={['picker']}
      errors={errors}
    >
      <p>
        <a href={urlTo('documents', { grappe: grappe.grappeId })}>Retour aux documents</a>
      </p>
      <p class="lead">{model.purpose}</p>
      <Trial {...props} />
      <InPlace {...props} />
      <Send {...props} />
      <Former {...props} />
    </GrappePage>
  )
}

const ownerName = ({ scope, name }: KitOwner): string => (scope === 'grappe' ? 'la grappe' : name)

/** The act on one of the porteur's models. */
function Act({
  frame,
  grappe,
  model,
  own,
  act,
  label,
  secondary = false,
}: Pick<OwnModelProps, 'frame' | 'grappe' | 'model'> & {
  own: OwnModel
  act: 'takeModel' | 'endModel'
  label: string
  secondary?: boolean
}) {
  if (grappe.archivedOn) return null
  return (
    <form method="post" action={urlTo(act, { grappe: grappe.grappeId, model: model.code })}>
      <Csrf token={frame.csrf} />
      <input type="hidden" name="version" value={own.id} />
      <button type="submit" {...(secondary ? { class: 'secondary' } : {})}>
        {label}
      </button>
    </form>
  )
}

function Trial(props: OwnModelProps) {
  const { grappe, model, shelf, trial, owners, timeZone } = props
  const { tried } = shelf
  if (tried === null) return null
  const at = { grappe: grappe.grappeId, model: model.code }
  const lacking = [...new Set(trial?.lacking.map(({ missing }) => missing))]
  return (
    <section class="card" aria-labelledby="essai">
      <h2 id="essai">À essayer avant de le prendre : « {tried.fileName} »</h2>
      <p>
        Envoyé par {tried.sentBy} le {moment(tried.sentAt, timeZone)} ({fileSize(tried.size)}),{' '}
        {tried.tags.length === 0
          ? 'sans aucune balise : il sera remis tel quel à chacun'
          : count(tried.tags.length, 'balise')}
        . Rien n’a encore changé pour les membres.
      </p>
      {trial === null ? (
        <p>Personne n’est concerné par ce modèle pour l’instant : il ne peut pas être essayé.</p>
      ) : (
        <>
          <form method="get" action={`${urlTo('ownModel', at)}#essai`}>
            <Select
              name="pour"
              label="Essayer pour"
              value={ownerKey(trial.owner)}
              choices={owners.map(owner => ({ value: ownerKey(owner), label: ownerName(owner) }))}
              errors={[]}
            />
            <button type="submit" class="secondary">
              Choisir
            </button>
          </form>
          <p class="actions">
            <a href={`${urlTo('tryModel', at)}?pour=${encodeURIComponent(ownerKey(trial.owner))}`}>
              Télécharger l’essai rempli pour {ownerName(trial.owner)} (Word)
            </a>
          </p>
          <p>
            {lacking.length === 0 ? 'Rien n’y manque.' : `Il montrerait entre crochets : ${list(lacking)}.`}
          </p>
        </>
      )}
      <div class="actions">
        <Act {...props} own={tried} act="takeModel" label="Prendre ce modèle pour tous" />
        <Act {...props} own={tried} act="endModel" label="L’abandonner" secondary />
      </div>
    </section>
  )
}

/** Words of the model that would take the place of the porteur's own. */
const othersWords = ({ ofCall }: DocumentModel): string =>
  ofCall === undefined ? 'modèle du logiciel' : 'modèle de l’appel'

function InPlace(props: OwnModelProps) {
  const { model, shelf, tags, timeZone } = props
  const { inPlace } = shelf
  const { ofCall } = model
  return (
    <section aria-labelledby="en-place">
      <h2 id="en-place">Le modèle en place</h2>
      {inPlace === null ? (
        <p>
          {ofCall === undefined ? 'Celui du logiciel' : `Celui de l’appel, «\u00a0${ofCall.fileName}\u00a0»`}
          {'\u00a0: '}
          {count(tags, 'balise')}.
        </p>
      ) : (
        <p>
          Le vôtre, « {inPlace.fileName} », envoyé par {inPlace.sentBy} le {moment(inPlace.sentAt, timeZone)},
          en place depuis le {moment(inPlace.takenAt ?? inPlace.sentAt, timeZone)} ({count(tags, 'balise')}).
          Il passe avant le {othersWords(model)}.
        </p>
      )}
      <Downloads {...props} />
      {inPlace === null ? null : (
        <Act {...props} own={inPlace} act="endModel" label={`Revenir au ${othersWords(model)}`} secondary />
      )}
    </section>
  )
}

/** Each to be adapted. */
function Downloads({ grappe, model, shelf: { inPlace } }: OwnModelProps) {
  const file = urlTo('modelFile', { grappe: grappe.grappeId, model: model.code })
  return (
    <ul>
      {inPlace === null ? null : (
        <li>
          <a href={`${file}?version=${inPlace.id}`}>Télécharger votre modèle (Word)</a>
        </li>
      )}
      {model.ofCall === undefined ? null : (
        <li>
          <a href={`${file}?version=appel`}>Télécharger celui de l’appel (Word)</a>
        </li>
      )}
      {isModelCode(model.code) ? (
        <li>
          <a href={file}>Télécharger celui du logiciel (Word)</a>
        </li>
      ) : null}
    </ul>
  )
}

function Send({ frame, grappe, model, errors }: OwnModelProps) {
  if (grappe.archivedOn) return null
  const at = { grappe: grappe.grappeId, model: model.code }
  return (
    <form method="post" action={urlTo('ownModel', at)} enctype="multipart/form-data" class="card">
      <h2>Remplacer par mon modèle</h2>
      <Csrf token={frame.csrf} />
      <p>
        Partez du modèle en place, ou mettez dans votre document des{' '}
        <a href={urlTo('documentTags', { grappe: grappe.grappeId })}>balises de la liste</a>. Votre fichier
        est vérifié, puis vous l’essayez sur un membre : rien ne change avant que vous ne le preniez.
      </p>
      <ModelField label="Votre modèle" errors={errors} />
      <button type="submit">Vérifier mon modèle</button>
    </form>
  )
}

function Former({ grappe, model, shelf, timeZone }: OwnModelProps) {
  const file = urlTo('modelFile', { grappe: grappe.grappeId, model: model.code })
  if (shelf.former.length === 0) return null
  return (
    <section aria-labelledby="anciens">
      <h2 id="anciens">Vos anciens modèles</h2>
      <DataTable
        label="Anciens modèles"
        columns={['Fichier', 'Envoyé par', 'En place', 'Jusqu’au']}
        rows={shelf.former.map(own => ({
          id: own.id,
          cells: [
            <a key="file" href={`${file}?version=${own.id}`}>
              {own.fileName}
            </a>,
            own.sentBy,
            moment(own.takenAt ?? own.sentAt, timeZone),
            moment(own.endedAt ?? own.sentAt, timeZone),
          ],
        }))}
      />
    </section>
  )
}
