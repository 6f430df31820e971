/** The pieces of a call: their list, and one of them. */
import type { JSX } from 'preact'
import { FORMATS, type PieceScope, SCOPES } from '../../../server/domain/call.ts'
import { Csrf, Field, type FieldError, Radios, TextArea } from '../components.tsx'
import { count } from '../format.ts'
import { type CallFrame, CallLayout, type CallTitle, callUrl } from './frame.tsx'
import { PieceModel, type PieceModelProps } from './model.tsx'
import { Box, Boxes, DayField, type FormState, field, ProvenanceField, SavedForm } from './parts.tsx'

export interface PieceLine {
  code: string
  name: string
  required: boolean
  /** Whom it is asked of, in a sentence. */
  asked: string
}

interface CallPiecesProps {
  frame: CallFrame
  call: CallTitle
  revision: number
  pieces: readonly PieceLine[]
  limits: FormState
  errors: readonly FieldError[]
}

export function CallPieces({ frame, call, revision, pieces, limits, errors }: CallPiecesProps): JSX.Element {
  const at = { call: call.id }
  const action = callUrl(frame.side, 'pieces', at)
  return (
    <CallLayout frame={frame} title="Pièces" call={call} errors={errors}>
      <p class="actions">
        <a class="button" href={callUrl(frame.side, 'newPiece', at)}>
          Ajouter une pièce
        </a>
        <span class="muted">{count(pieces.length, 'pièce')}</span>
      </p>
      {pieces.length === 0 ? <p>Cet appel n’a encore aucune pièce.</p> : null}
      <ol class="call-pieces">
        {pieces.map((piece, i) => (
          <li key={piece.code}>
            <div>
              <a href={callUrl(frame.side, 'piece', { ...at, piece: piece.code })}>{piece.name}</a>{' '}
              <span class="muted">
                {piece.required ? 'obligatoire' : 'facultative'}, {piece.asked}
              </span>
            </div>
            <form method="post" action={action} class="inline">
              <Csrf token={frame.csrf} />
              <input type="hidden" name="revision" value={revision} />
              <input type="hidden" name="piece" value={piece.code} />
              {i === 0 ? null : (
                <button
                  type="submit"
                  class="link"
                  name="acte"
                  value="monter"
                  aria-label={`Monter ${piece.name}`}
                >
                  Monter
                </button>
              )}
              {i === pieces.length - 1 ? null : (
                <button
                  type="submit"
                  class="link"
                  name="acte"
                  value="descendre"
                  aria-label={`Descendre ${piece.name}`}
                >
                  Descendre
                </button>
              )}
              <button
                type="submit"
                class="link"
                name="acte"
                value="retirer"
                aria-label={`Retirer ${piece.name}`}
              >
                Retirer
              </button>
            </form>
          </li>
        ))}
      </ol>
      <section class="card" aria-labelledby="limites">
        <h2 id="limites">Formats, tailles et signataires</h2>
        <SavedForm
          frame={frame}
          action={action}
          revision={revision}
          back={callUrl(frame.side, 'call', at)}
          submit="Enregistrer la provenance"
        >
          <input type="hidden" name="acte" value="limites" />
          <ProvenanceField form={limits} name="limitsProvenance" label="Provenance de ces limites" />
        </SavedForm>
      </section>
    </CallLayout>
  )
}

const SCOPE_CHOICES: Readonly<Record<PieceScope, string>> = {
  grappe: 'Une fois pour la grappe',
  og: 'Chaque organisme gestionnaire (OG)',
  esms: 'Chaque établissement ou service (ESMS)',
}

interface CallPieceProps {
  frame: CallFrame
  call: CallTitle
  revision: number
  /** null to add one. */
  piece: { code: string; asked: string; model: Omit<PieceModelProps, 'frame' | 'call' | 'revision'> } | null
  form: FormState
}

export function CallPieceForm({ frame, call, revision, piece, form }: CallPieceProps): JSX.Element {
  const { side } = frame
  const at = { call: call.id }
  const list = callUrl(side, 'pieces', at)
  const of = (name: string) => field(form, name)
  return (
    <CallLayout
      frame={frame}
      title={piece === null ? 'Ajouter une pièce' : of('name').value || piece.code}
      call={call}
      parent={{ label: 'Pièces', url: list }}
      errors={[...form.errors, ...(piece?.model.errors ?? [])]}
      scripts={['picker']}
    >
      {piece === null ? null : (
        <p>
          {piece.asked.charAt(0).toUpperCase()}
          {piece.asked.slice(1)}.{' '}
          <a href={callUrl(side, 'condition', { ...at, piece: piece.code })}>Changer qui est concerné</a>
        </p>
      )}
      <SavedForm
        frame={frame}
        action={
          piece === null
            ? callUrl(side, 'newPiece', at)
            : callUrl(side, 'piece', { ...at, piece: piece.code })
        }
        revision={revision}
        back={list}
        submit={piece === null ? 'Ajouter la pièce' : 'Enregistrer'}
        more={
          piece === null ? (
            <>
              <button type="submit" name="suite" value="autre" class="secondary">
                Ajouter, puis une autre
              </button>
              <button type="submit" name="suite" value="condition" class="secondary">
                Ajouter, puis dire qui est concerné
              </button>
            </>
          ) : null
        }
      >
        <PieceFields form={form} />
        {piece === null ? (
          <Field
            {...of('code')}
            label="Code"
            hint="Vide : tiré du nom. Il fait les noms des fichiers du dossier et ne change plus."
            optional
            width="short"
          />
        ) : null}
        <ProvenanceField form={form} />
      </SavedForm>
      {piece === null ? (
        <p class="muted">Une fois la pièce ajoutée, vous pourrez lui donner un modèle Word à remplir.</p>
      ) : (
        <PieceModel frame={frame} call={call} revision={revision} {...piece.model} />
      )}
    </CallLayout>
  )
}

/** What a piece is, but for its code, whom it concerns and where it comes from. */
export function PieceFields({ form }: { form: FormState }): JSX.Element {
  const of = (name: string) => field(form, name)
  return (
    <>
      <Field {...of('name')} label="Nom de la pièce" />
      <TextArea
        {...of('explanation')}
        label="Pourquoi, en une phrase"
        hint="Pour la personne qui la fournit."
        maxLength={600}
      />
      <Radios
        {...of('scope')}
        legend="Qui la fournit"
        choices={SCOPES.map(value => ({ value, label: SCOPE_CHOICES[value] }))}
      />
      <Box
        form={form}
        name="exceptPorteur"
        label="Sauf à l’OG qui porte la grappe, comme un mandat qu’il se donnerait (pièce d’OG)"
      />
      <Radios
        {...of('required')}
        legend="Faut-il la fournir ?"
        choices={[
          { value: 'oui', label: 'Obligatoire' },
          { value: 'non', label: 'Facultative' },
        ]}
      />
      <Boxes
        form={form}
        name="formats"
        legend="Formats acceptés"
        choices={FORMATS.map(value => ({ value, label: value.toUpperCase() }))}
      />
      <Field {...of('maxFileMb')} label="Taille d’un fichier, en Mo" type="number" width="short" />
      <Box form={form} name="severalFiles" label="Plusieurs fichiers possibles" />
      <Field
        {...of('signatory')}
        label="Qui la signe"
        hint="Vide : aucune signature n’est demandée."
        optional
      />
      <DayField
        form={form}
        name="deadlineOn"
        label="Dernier jour, s’il vient avant la clôture"
        hint="Vide : la clôture de l’appel."
      />
      <Field
        {...of('modelUrl')}
        label="Adresse du modèle à remplir"
        hint="Elle commence par https://."
        optional
      />
    </>
  )
}
