/** The calls: one's own, those that an ARS has published, those that are shipped; and starting one. */
import type { JSX } from 'preact'
import { PROVENANCE_CHOICES } from '../../../server/domain/call-form.ts'
import { Csrf, Empty, FictionalTag, Field, type FieldError, Select } from '../components.tsx'
import { FilePicker } from '../file-picker.tsx'
import { count } from '../format.ts'
import { type CallFrame, CallLayout, callUrl } from './frame.tsx'
import { PROVENANCE_LABELS } from './parts.tsx'

export interface OwnCallLine {
  id: string
  title: string
  /** « version 2, publiée le … », « brouillon, jamais publié »… */
  state: string
  archived: boolean
  grappes: number
  pieces: number
}

export interface ReadableCall {
  code: string
  title: string
  summary: string
  fictional: boolean
  /** Who published it; null for a shipped one. */
  publishedBy: string | null
}

interface CallListProps {
  frame: CallFrame
  own: readonly OwnCallLine[]
  published: readonly ReadableCall[]
  shipped: readonly ReadableCall[]
}

export function CallList({ frame, own, published, shipped }: CallListProps): JSX.Element {
  const { side } = frame
  const active = own.filter(({ archived }) => !archived)
  const archived = own.filter(each => each.archived)
  return (
    <CallLayout frame={frame} title="Appels à projets" call="liste">
      <p class="lead">
        {side === 'porteur'
          ? 'Écrivez l’appel de votre ARS d’après son texte, puis servez-vous-en pour vos grappes.'
          : 'Écrivez un appel et publiez-le : tous les porteurs de ce serveur pourront y répondre.'}
      </p>
      <p class="actions">
        <a class="button" href={callUrl(side, 'start')}>
          Écrire un appel
        </a>
      </p>
      <h2>Les vôtres</h2>
      {active.length === 0 ? (
        <Empty title="Vous n’avez pas encore écrit d’appel.">
          <p>Partez de rien, d’un appel livré avec l’outil ou d’un fichier YAML.</p>
        </Empty>
      ) : (
        <OwnCalls frame={frame} calls={active} />
      )}
      {archived.length === 0 ? null : (
        <details>
          <summary>{count(archived.length, 'appel archivé', 'appels archivés')}</summary>
          <OwnCalls frame={frame} calls={archived} />
        </details>
      )}
      {side === 'ars' ? null : (
        <>
          <h2>Publiés par une ARS</h2>
          {published.length === 0 ? (
            <p class="muted">Aucune ARS n’a publié d’appel sur ce serveur.</p>
          ) : (
            <ReadableCalls frame={frame} calls={published} />
          )}
        </>
      )}
      <h2>Livrés avec l’outil</h2>
      <ReadableCalls frame={frame} calls={shipped} />
    </CallLayout>
  )
}

function OwnCalls({ frame, calls }: { frame: CallFrame; calls: readonly OwnCallLine[] }) {
  return (
    <ul class="calls">
      {calls.map(({ id, title, state, grappes, pieces }) => (
        <li key={id} class="card">
          <h3>
            <a href={callUrl(frame.side, 'call', { call: id })}>{title}</a>
          </h3>
          <p class="muted">
            {state}, {count(pieces, 'pièce')}. {count(grappes, 'grappe y répond', 'grappes y répondent')}.
          </p>
        </li>
      ))}
    </ul>
  )
}

function ReadableCalls({ frame, calls }: { frame: CallFrame; calls: readonly ReadableCall[] }) {
  return (
    <ul class="calls">
      {calls.map(({ code, title, summary, fictional, publishedBy }) => (
        <li key={code} class="card">
          <h3>
            {title} {fictional ? <FictionalTag /> : null}
          </h3>
          <p>{summary}</p>
          {publishedBy === null ? null : <p class="muted">Publié par {publishedBy}.</p>}
          <form method="post" action={callUrl(frame.side, 'start')}>
            <Csrf token={frame.csrf} />
            <input type="hidden" name="depart" value="appel" />
            <input type="hidden" name="code" value={code} />
            <button type="submit" class="secondary" aria-label={`Partir de cet appel : ${title}`}>
              Partir de cet appel
            </button>
          </form>
        </li>
      ))}
    </ul>
  )
}

interface StartCallProps {
  frame: CallFrame
  /** Proposed id, so that a form sent twice starts one call. */
  id: string
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
  calls: readonly { code: string; title: string }[]
}

export function StartCall({ frame, id, values, errors, calls }: StartCallProps): JSX.Element {
  const action = callUrl(frame.side, 'start')
  const field = (name: string) => ({ name, value: values[name] ?? '', errors })
  const hidden = (start: string) => (
    <>
      <Csrf token={frame.csrf} />
      <input type="hidden" name="id" value={id} />
      <input type="hidden" name="depart" value={start} />
    </>
  )
  return (
    <CallLayout frame={frame} title="Écrire un appel" call={null} errors={errors} scripts={['picker']}>
      <form method="post" action={action} class="card" novalidate>
        <h2>Partir de rien</h2>
        {hidden('vide')}
        <Field {...field('title')} label="Titre de l’appel" />
        <Field
          {...field('provenance.reference')}
          label="Texte d’où tout vient"
          hint="Par exemple : AAP publié le 2 mars 2027. Chaque valeur le dira, sauf mention contraire."
          optional
        />
        <Select
          {...field('provenance.kind')}
          label="Confiance"
          empty="Lue dans le texte"
          choices={PROVENANCE_CHOICES.map(value => ({ value, label: PROVENANCE_LABELS[value] }))}
        />
        <p class="actions">
          <button type="submit">Commencer</button>
        </p>
      </form>
      <form method="post" action={action} class="card" novalidate>
        <h2>Partir d’un autre appel</h2>
        {hidden('appel')}
        <Select
          {...field('code')}
          label="Appel"
          empty="Choisissez un appel"
          choices={calls.map(({ code, title }) => ({ value: code, label: title }))}
        />
        <p class="actions">
          <button type="submit" class="secondary">
            Copier cet appel
          </button>
        </p>
      </form>
      <form method="post" action={action} enctype="multipart/form-data" class="card" novalidate>
        <h2>Partir d’un fichier YAML</h2>
        {hidden('fichier')}
        <YamlFields text={values.yaml ?? ''} invalid={errors.some(({ field: name }) => name === 'yaml')} />
        <p class="actions">
          <button type="submit" class="secondary">
            Lire ce fichier
          </button>
        </p>
      </form>
    </CallLayout>
  )
}

/** A file as text, or itself. */
function YamlFields({ text, invalid }: { text: string; invalid: boolean }) {
  return (
    <>
      <div class={invalid ? 'field invalid' : 'field'}>
        <label htmlFor="yaml">Texte du fichier</label>
        <p class="hint" id="yaml-aide">
          Collez tout le fichier. Ce que cette version ne connaît pas est gardé et nommé.
        </p>
        <textarea id="yaml" name="yaml" rows={8} class="mono" aria-describedby="yaml-aide" spellcheck={false}>
          {text}
        </textarea>
      </div>
      <div class="field">
        <label htmlFor="fichier" id="fichier-nom">
          Ou le fichier lui-même
        </label>
        <FilePicker id="fichier" accept=".yaml,.yml" describedBy="yaml-aide" />
      </div>
    </>
  )
}
