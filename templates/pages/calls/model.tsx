/** The Word file that a call brings for one of its pieces. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { Csrf, type FieldError } from '../components.tsx'
import { count, fileSize } from '../format.ts'
import { ModelField } from '../model-field.tsx'
import { TagTables } from '../tag-tables.tsx'
import { type CallFrame, CallLayout, type CallTitle, callUrl } from './frame.tsx'

export interface PieceModelProps {
  frame: CallFrame
  call: CallTitle
  revision: number
  /** Of the piece. */
  code: string
  /** What is handed out where the call brings none; null for nothing. */
  ours: string | null
  /** `kept` is null when this server does not have the file. */
  model: { fileName: string; kept: { size: number; tags: number } | null } | null
  /** Why it cannot be filled in as the piece is now. */
  flaws: readonly string[]
  /** Grappes of the porteur that follow this piece, on whose members it may be tried. */
  grappes: readonly { id: string; name: string }[]
  sha256: string | null
  errors: readonly FieldError[]
}

export function PieceModel(props: PieceModelProps): JSX.Element {
  const { frame, call, revision, code, ours, errors, model } = props
  const at = { call: call.id, piece: code }
  return (
    <section class="card" aria-labelledby="model">
      <h2 id="model">Modèle Word à remplir</h2>
      {model === null ? (
        <p>
          {ours === null
            ? 'Personne ne reçoit de document prérempli pour cette pièce : donnez un modèle s’il en faut un.'
            : `Chacun reçoit le modèle du logiciel, « ${ours} » : donnez le vôtre pour le remplacer.`}
        </p>
      ) : (
        <Given {...props} model={model} />
      )}
      <form method="post" action={callUrl(frame.side, 'pieceModel', at)} enctype="multipart/form-data">
        <Csrf token={frame.csrf} />
        <input type="hidden" name="revision" value={revision} />
        <p>
          Mettez dans votre document des{' '}
          <a href={callUrl(frame.side, 'tags', { call: call.id })}>balises de la liste</a> : chaque membre le
          trouve rempli de ses noms et de ses numéros.
        </p>
        <ModelField label={model === null ? 'Le modèle' : 'Un autre modèle'} errors={errors} />
        <p class="actions">
          <button type="submit" class="secondary">
            Vérifier et donner ce modèle
          </button>
        </p>
      </form>
    </section>
  )
}

function Given({
  frame,
  call,
  revision,
  code,
  model: { fileName, kept },
  flaws,
  grappes,
  sha256,
}: PieceModelProps & { model: NonNullable<PieceModelProps['model']> }) {
  const at = { call: call.id, piece: code }
  const file = callUrl(frame.side, 'modelFile', at)
  const tried = `modele=${sha256 ?? ''}&nom=${encodeURIComponent(fileName)}`
  return (
    <>
      <p>
        L’appel donne « {fileName} »
        {kept === null ? null : ` (${fileSize(kept.size)}, ${count(kept.tags, 'balise')})`}. Un porteur qui
        met le sien dans sa grappe garde le sien.
      </p>
      {flaws.length === 0 ? null : (
        <div class="motive">
          {flaws.map(sentence => (
            <p key={sentence}>{sentence}</p>
          ))}
        </div>
      )}
      {kept === null ? null : (
        <ul>
          <li>
            <a href={file}>Télécharger ce modèle (Word)</a>
          </li>
          <li>
            <a href={`${file}?exemple=oui`}>Télécharger un exemple rempli de données inventées (Word)</a>
          </li>
          {grappes.map(({ id, name }) => (
            <li key={id}>
              <a href={`${urlTo('copyModel', { grappe: id, piece: code })}?${tried}#essai`}>
                L’essayer sur un membre de « {name} »
              </a>
            </li>
          ))}
        </ul>
      )}
      <form method="post" action={callUrl(frame.side, 'pieceModel', at)}>
        <Csrf token={frame.csrf} />
        <input type="hidden" name="revision" value={revision} />
        <p class="actions">
          <button type="submit" class="secondary">
            Retirer ce modèle de l’appel
          </button>
        </p>
      </form>
    </>
  )
}

export function CallTags({ frame, call }: { frame: CallFrame; call: CallTitle }): JSX.Element {
  return (
    <CallLayout frame={frame} title="Balises des modèles" call={call}>
      <TagTables />
    </CallLayout>
  )
}
