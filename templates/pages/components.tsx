/** The small parts that every journey shares. */
import type { ComponentChildren, JSX } from 'preact'
import type { PieceDefinition } from '../../server/domain/call.ts'
import { ANSWERED_WORDS, adaptedWords, reportedWords } from '../../server/domain/edition.ts'
import type { Origin } from '../../server/domain/eligibility.ts'
import type { PieceState } from '../../server/domain/piece.ts'

/** A mistake in a form: the field it belongs to and what to do about it. */
export interface FieldError {
  /** The `name` of the field. */
  field: string
  message: string
}

/**
 * Of a table of pieces: from six columns on, words are set below their shape, so that each stays in the
 * window.
 */
export const matrixClass = (columns: number): string => (columns < 6 ? 'matrix' : 'matrix dense')

export const Csrf = ({ token }: { token: string }): JSX.Element => (
  <input type="hidden" name="csrf" value={token} />
)

function headingOf(errors: number): string {
  return errors === 1 ? 'Une réponse est à corriger' : `${errors} réponses sont à corriger`
}

/** Takes focus when the page opens and leads to each field. */
export function ErrorSummary({ errors }: { errors: readonly FieldError[] }): JSX.Element | null {
  if (errors.length === 0) return null
  return (
    // biome-ignore format: one block
    <div class="errors" role="alert" tabindex={-1} autofocus>
      <h2>{headingOf(errors.length)}</h2>
      <ul>
        {errors.map(error => (
          <li key={error.field}>
            <a href={`#${error.field}`}>{error.message}</a>
          </li>
        ))}
      </ul>
    </div>
  )
}

const messageFor = (errors: readonly FieldError[], name: string) =>
  errors.find(error => error.field === name)?.message

/** `aria-describedby` and `aria-invalid` of a field, from its hint and its error. */
function describe(name: string, hint: string | undefined, error: string | undefined) {
  const ids = [hint ? `${name}-aide` : '', error ? `${name}-erreur` : ''].filter(Boolean).join(' ')
  return { ...(ids ? { 'aria-describedby': ids } : {}), ...(error ? { 'aria-invalid': true as const } : {}) }
}

/** A field's hint and error, each with the id by which the field names it. */
export function FieldNotes({
  name,
  hint,
  error,
}: {
  name: string
  hint?: string | undefined
  error?: string | undefined
}) {
  return (
    <>
      {hint ? (
        <p class="hint" id={`${name}-aide`}>
          {hint}
        </p>
      ) : null}
      {error ? (
        <p class="field-error" id={`${name}-erreur`}>
          {error}
        </p>
      ) : null}
    </>
  )
}

export interface FieldProps {
  /** Also its id, so that the error summary reaches it. */
  name: string
  label: string
  value: string
  errors: readonly FieldError[]
  hint?: string
  type?: 'text' | 'email' | 'date' | 'number'
  autocomplete?: string
  /** Says « (facultatif) » after the label: required is the common case. */
  optional?: boolean
  width?: 'short' | 'full'
  /** Suggestions, offered as a datalist; anything else can be typed. */
  suggestions?: readonly string[]
}

export function Field({
  name,
  label,
  value,
  errors,
  hint,
  type = 'text',
  autocomplete = 'off',
  optional = false,
  width = 'full',
  suggestions,
}: FieldProps): JSX.Element {
  const error = messageFor(errors, name)
  return (
    <div class={error ? 'field invalid' : 'field'}>
      <label htmlFor={name}>
        {label}
        {optional ? <span class="optional"> (facultatif)</span> : null}
      </label>
      <FieldNotes name={name} hint={hint} error={error} />
      <input
        id={name}
        name={name}
        type={type}
        value={value}
        class={width}
        autocomplete={autocomplete}
        spellcheck={false}
        {...(suggestions ? { list: `${name}-choix` } : {})}
        {...(optional ? {} : { 'aria-required': true as const })}
        {...describe(name, hint, error)}
      />
      {suggestions ? (
        <datalist id={`${name}-choix`}>
          {suggestions.map(text => (
            <option key={text} value={text} />
          ))}
        </datalist>
      ) : null}
    </div>
  )
}

interface TextAreaProps {
  name: string
  /** Unique in the page; the error summary reaches the field by its name only. */
  id?: string
  label: string
  value: string
  errors: readonly FieldError[]
  hint?: string
  maxLength?: number
  optional?: boolean
}

/** Text of several lines. */
export function TextArea({
  name,
  id = name,
  label,
  value,
  errors,
  hint,
  maxLength,
  optional = false,
}: TextAreaProps): JSX.Element {
  const error = messageFor(errors, name)
  return (
    <div class={error ? 'field invalid' : 'field'}>
      <label htmlFor={id}>
        {label}
        {optional ? <span class="optional"> (facultatif)</span> : null}
      </label>
      <FieldNotes name={id} hint={hint} error={error} />
      <textarea
        id={id}
        name={name}
        rows={3}
        {...(optional ? {} : { 'aria-required': true as const })}
        {...(maxLength === undefined ? {} : { maxLength })}
        {...describe(id, hint, error)}
      >
        {value}
      </textarea>
    </div>
  )
}

export interface Choice {
  value: string
  label: string
}

interface SelectProps {
  name: string
  label: string
  value: string
  choices: readonly Choice[]
  errors: readonly FieldError[]
  hint?: string
  /** Text of the empty choice; none is offered when absent. */
  empty?: string
}

export function Select({ name, label, value, choices, errors, hint, empty }: SelectProps): JSX.Element {
  const error = messageFor(errors, name)
  return (
    <div class={error ? 'field invalid' : 'field'}>
      <label htmlFor={name}>{label}</label>
      <FieldNotes name={name} hint={hint} error={error} />
      <select id={name} name={name} {...describe(name, hint, error)}>
        {empty === undefined ? null : (
          <option value="" selected={value === ''}>
            {empty}
          </option>
        )}
        {choices.map(choice => (
          <option key={choice.value} value={choice.value} selected={choice.value === value}>
            {choice.label}
          </option>
        ))}
      </select>
    </div>
  )
}

interface RadiosProps {
  name: string
  legend: string
  value: string
  choices: readonly { value: string; label: ComponentChildren; hint?: ComponentChildren }[]
  errors: readonly FieldError[]
  hint?: string
  /** On one line: a word each, as « Oui » and « Non ». */
  short?: boolean
}

export function Radios(props: RadiosProps): JSX.Element {
  const { name, legend, value, choices, errors, hint, short = false } = props
  const error = messageFor(errors, name)
  return (
    <fieldset
      class={`field${error ? ' invalid' : ''}${short ? ' short' : ''}`}
      {...describe(name, hint, error)}
    >
      <legend>{legend}</legend>
      <FieldNotes name={name} hint={hint} error={error} />
      {choices.map((choice, index) => {
        // The error summary leads to the group's first choice.
        const id = index === 0 ? name : `${name}-${index}`
        return (
          <div class="choice" key={choice.value}>
            <input
              type="radio"
              id={id}
              name={name}
              value={choice.value}
              checked={choice.value === value}
              {...(choice.hint ? { 'aria-describedby': `${id}-detail` } : {})}
            />
            <label htmlFor={id}>{choice.label}</label>
            {choice.hint ? (
              <div class="hint" id={`${id}-detail`}>
                {choice.hint}
              </div>
            ) : null}
          </div>
        )
      })}
    </fieldset>
  )
}

/** The word of each state; its shape and colour come from the class of the same name. */
export const STATE_WORDS: Record<PieceState, string> = {
  attendue: 'attendue',
  deposee: 'déposée',
  acceptee: 'acceptée',
  refusee: 'refusée',
  complement: 'complément demandé',
  'non-applicable': 'non applicable',
}

export const stateClass = (state: PieceState, late: boolean): string =>
  `etat ${state}${late ? ' retard' : ''}`

/** Word, shape and colour. */
export function StateBadge({
  state,
  late,
  damaged = false,
}: {
  state: PieceState
  late: boolean
  /** Whether the server no longer has the file as it was deposited. */
  damaged?: boolean
}): JSX.Element {
  return (
    <span class="badges">
      <span class={stateClass(state, false)}>{STATE_WORDS[state]}</span>
      {late ? <span class="etat flag">en retard</span> : null}
      {damaged ? <span class="etat flag">fichier abîmé</span> : null}
    </span>
  )
}

const CONFIDENCE_WORDS = {
  H: 'lue dans le document d’origine',
  M: 'lue de seconde main',
  L: 'une seule source, fragile',
} as const

const PROVENANCE_WORDS = {
  source: 'source',
  hypothesis: 'hypothèse',
  carrier: 'ajoutée par le porteur',
  adapted: 'adaptée par le porteur',
  reported: 'reporté par le porteur',
  answered: 'répondu par les membres',
} as const

/** Where a rule or a value comes from, in one sentence. */
export function provenanceSentence(provenance: Origin): string {
  if (provenance.kind === 'reported') return `${reportedWords(provenance)}.`
  if (provenance.kind === 'answered') return `${ANSWERED_WORDS}.`
  if (provenance.kind === 'adapted') {
    return `${adaptedWords(provenance)}. À l’origine, ${provenanceSentence(provenance.original)}`
  }
  if (provenance.kind === 'source') {
    return `Source : ${provenance.reference}. Confiance : ${CONFIDENCE_WORDS[provenance.confidence]}.`
  }
  return provenance.kind === 'hypothesis'
    ? `Hypothèse, sans texte officiel trouvé : ${provenance.reference}.`
    : `Ajoutée par le porteur : ${provenance.reference}.`
}

/** A tag whose explanation opens on hover, focus and tap, and is read with it. `id` is unique in the page. */
export function ProvenanceTag({
  id,
  provenance,
  of = [],
}: {
  id: string
  provenance: Origin
  /** What comes from there, where it is not all that is said. */
  of?: readonly string[]
}): JSX.Element {
  return (
    <span class="prov">
      <button type="button" class={`tag ${provenance.kind}`} aria-describedby={`prov-${id}`}>
        {PROVENANCE_WORDS[provenance.kind]}
      </button>
      <span class="tip" role="tooltip" id={`prov-${id}`}>
        {of.length === 0 ? '' : `${of.join(', ')} : `}
        {provenanceSentence(provenance)}
      </span>
    </span>
  )
}

/** The ARS' own model to fill in, in a list of facts; nothing when it gives none. */
export function Model({
  definition: { modelUrl },
}: {
  definition: Pick<PieceDefinition, 'modelUrl'>
}): JSX.Element | null {
  return modelUrl ? (
    <>
      <dt>Modèle à remplir</dt>
      <dd>
        <a href={modelUrl} rel="noreferrer">
          {new URL(modelUrl).host}
        </a>
      </dd>
    </>
  ) : null
}

export const FictionalTag = (): JSX.Element => <span class="tag fictif">fictif</span>

/** Nothing here yet: says so, and what to do first. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  )
}

interface CopyFieldProps {
  /** Unique in the page. */
  id: string
  label: string
  value: string
  /** Of several lines. */
  isList?: boolean
}

/** A value to hand over; the button appears with `copy.js`. */
export function CopyField({ id, label, value, isList = false }: CopyFieldProps): JSX.Element {
  return (
    <div class="field copy" data-copy>
      <label htmlFor={id}>{label}</label>
      <div class="copy-line">
        {isList ? (
          <textarea id={id} class="full mono" readOnly rows={4}>
            {value}
          </textarea>
        ) : (
          <input id={id} class="full mono" type="text" readonly value={value} />
        )}
        <button type="button" class="secondary" hidden data-copy-button>
          Copier
        </button>
        <span class="copied" role="status" data-copy-status />
      </div>
    </div>
  )
}

/** A SHA-256, short to the eye and whole to the machine that copies it. */
export const Fingerprint = ({ sha256 }: { sha256: string }): JSX.Element => (
  <code class="fingerprint">{sha256}</code>
)
