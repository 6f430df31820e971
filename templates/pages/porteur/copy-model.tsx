/** The Word file of a piece in the grappe's copy of the call: sent, tried on a member, then put there. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { documentOfPiece, isModelCode } from '../../../server/domain/kit/models.ts'
import { type KitOwner, type MissingFact, ownerKey } from '../../../server/domain/kit/values.ts'
import { MAX_BASIS } from '../../../server/domain/reported.ts'
import { type FormState, field } from '../calls/parts.tsx'
import { Csrf, type FieldError, Select, TextArea } from '../components.tsx'
import { count, list } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { ModelField } from '../model-field.tsx'
import { BASIS, type CopyPiece } from './call-copy.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface CopyModelProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  piece: CopyPiece
  /** Sent, and not on the piece yet; null when nothing is tried. */
  trial: {
    fileName: string
    sha256: string
    tags: number
    owners: readonly KitOwner[]
    owner: KitOwner | null
    lacking: readonly MissingFact[]
  } | null
  /** Name of the file that the porteur put in the place of any other, on Documents; null when it has none. */
  own: string | null
  /** Of the change of the copy. */
  form: FormState
  /** Of the file just sent. */
  fileErrors: readonly FieldError[]
}

export function CopyModelPage(props: CopyModelProps): JSX.Element {
  const { frame, grappe, piece, form, fileErrors } = props
  const at = { grappe: grappe.grappeId }
  const { code, name } = piece.definition
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab={null}
      title={`Modèle Word : ${name}`}
      scripts={['picker']}
      errors={[...form.errors, ...fileErrors]}
    >
      <p>
        <a href={urlTo('copyPiece', { ...at, piece: code })}>Retour à la pièce</a>
      </p>
      <Trial {...props} />
      <InPlace {...props} />
      <Send {...props} />
    </GrappePage>
  )
}

const ownerName = ({ scope, name }: KitOwner): string => (scope === 'grappe' ? 'la grappe' : name)

/** What is changed, and why: told before it is done. */
function Change({
  frame,
  grappe,
  piece,
  form,
  sent,
  label,
}: CopyModelProps & { sent: Readonly<Record<string, string>>; label: string }) {
  if (grappe.archivedOn) return null
  const action = urlTo('copyModel', { grappe: grappe.grappeId, piece: piece.definition.code })
  return (
    <form method="post" action={action} novalidate>
      <Csrf token={frame.csrf} />
      {Object.entries(sent).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <TextArea {...field(form, BASIS.name)} label={BASIS.label} hint={BASIS.hint} maxLength={MAX_BASIS} />
      <button type="submit">{label}</button>
    </form>
  )
}

function Trial(props: CopyModelProps) {
  const { grappe, piece, trial } = props
  if (trial === null) return null
  const { fileName, sha256, tags, owners, owner } = trial
  const at = { grappe: grappe.grappeId, piece: piece.definition.code }
  const lacking = [...new Set(trial.lacking.map(({ missing }) => missing))]
  const query = new URLSearchParams({ modele: sha256, nom: fileName, pour: owner ? ownerKey(owner) : '' })
  return (
    <section class="card" aria-labelledby="essai">
      <h2 id="essai">À essayer avant de le donner : « {fileName} »</h2>
      <p>
        {tags === 0 ? 'Sans aucune balise : il sera remis tel quel.' : `${count(tags, 'balise')}.`} Rien n’a
        encore changé pour les membres.
      </p>
      {owner === null ? (
        <p>Cette pièce n’est demandée à personne pour l’instant : il ne peut pas être essayé.</p>
      ) : (
        <>
          <form method="get" action={`${urlTo('copyModel', at)}#essai`}>
            <input type="hidden" name="modele" value={sha256} />
            <input type="hidden" name="nom" value={fileName} />
            <Select
              name="pour"
              label="Essayer pour"
              value={ownerKey(owner)}
              choices={owners.map(each => ({ value: ownerKey(each), label: ownerName(each) }))}
              errors={[]}
            />
            <button type="submit" class="secondary">
              Choisir
            </button>
          </form>
          <p class="actions">
            <a href={`${urlTo('tryCopyModel', at)}?${query}`}>
              Télécharger l’essai rempli pour {ownerName(owner)} (Word)
            </a>
          </p>
          <p>
            {lacking.length === 0 ? 'Rien n’y manque.' : `Il montrerait entre crochets : ${list(lacking)}.`}
          </p>
        </>
      )}
      <Change {...props} sent={{ modele: sha256, nom: fileName }} label="Voir ce que cela change" />
    </section>
  )
}

function InPlace(props: CopyModelProps) {
  const { grappe, piece, own, trial } = props
  const { model } = piece.definition
  const document = documentOfPiece(piece.definition)
  return (
    <section aria-labelledby="en-place">
      <h2 id="en-place">Le modèle de l’appel</h2>
      {model === undefined || document === null ? (
        <p>
          {document === null
            ? 'Aucun : personne ne reçoit de document prérempli pour cette pièce.'
            : `Aucun : chacun reçoit celui du logiciel, « ${document.title} ».`}
        </p>
      ) : (
        <>
          <p>
            « {model.fileName} ».{' '}
            <a
              href={`${urlTo('modelFile', { grappe: grappe.grappeId, model: document.code })}?version=appel`}
            >
              Le télécharger (Word)
            </a>
          </p>
          {trial === null ? (
            <details class="card" open={props.form.errors.length > 0}>
              <summary>
                Le retirer{isModelCode(document.code) ? ', pour revenir au modèle du logiciel' : ''}
              </summary>
              <Change {...props} sent={{ retirer: 'oui' }} label="Voir ce que cela change" />
            </details>
          ) : null}
        </>
      )}
      {own === null || document === null ? null : (
        <p>
          Votre propre modèle, « {own} », passe avant celui de l’appel :{' '}
          <a href={urlTo('ownModel', { grappe: grappe.grappeId, model: document.code })}>le voir</a>.
        </p>
      )}
    </section>
  )
}

function Send({ frame, grappe, piece, fileErrors }: CopyModelProps) {
  if (grappe.archivedOn) return null
  const at = { grappe: grappe.grappeId }
  const action = urlTo('copyModel', { ...at, piece: piece.definition.code })
  return (
    <form method="post" action={action} enctype="multipart/form-data" class="card">
      <h2>Donner un modèle</h2>
      <Csrf token={frame.csrf} />
      <p>
        Celui que l’ARS fournit avec son appel, par exemple, où vous aurez mis des{' '}
        <a href={urlTo('documentTags', at)}>balises de la liste</a>. Il est vérifié, puis vous l’essayez sur
        un membre : rien ne change avant que vous ne confirmiez.
      </p>
      <ModelField label="Le modèle" errors={fileErrors} />
      <button type="submit">Vérifier ce modèle</button>
    </form>
  )
}
