/** What the forms of a call share. Field names are those of `server/domain/call-form.ts`. */
import type { ComponentChildren, JSX } from 'preact'
import type { Provenance } from '../../../server/domain/call.ts'
import { all, type FormValues, one, PROVENANCE_CHOICES } from '../../../server/domain/call-form.ts'
import { isDay } from '../../../server/domain/deadline.ts'
import {
  type Choice,
  Csrf,
  Field,
  type FieldError,
  FieldNotes,
  provenanceSentence,
  Select,
} from '../components.tsx'
import type { CallFrame } from './frame.tsx'

/** Values and errors of a form, which its fields look theirs up in. */
export interface FormState {
  values: FormValues
  errors: readonly FieldError[]
  /** Of the whole call: what a value without its own has. */
  provenance: Provenance | null
}

export const field = ({ values, errors }: FormState, name: string) => ({
  name,
  value: one(values, name),
  errors,
})

interface SavedFormProps {
  frame: CallFrame
  action: string
  /** Of the draft as shown, so that two people never overwrite each other. */
  revision: number
  children: ComponentChildren
  submit?: string
  /** Other ways of saving, after the first. */
  more?: ComponentChildren
  /** Where to go without saving. */
  back: string
}

/** A form that saves by itself. */
export function SavedForm(props: SavedFormProps): JSX.Element {
  const { frame, action, revision, children, submit, more, back } = props
  return (
    <form method="post" action={action} class="call-form" novalidate>
      <Csrf token={frame.csrf} />
      <input type="hidden" name="revision" value={revision} />
      {children}
      <p class="actions">
        <button type="submit">{submit ?? 'Enregistrer'}</button>
        {more}
        <a href={back}>Annuler</a>
      </p>
    </form>
  )
}

interface BoxesProps {
  form: FormState
  name: string
  legend: string
  choices: readonly Choice[]
  hint?: string
}

/** Several answers among a few. The error summary leads to the first. */
export function Boxes({ form, name, legend, choices, hint }: BoxesProps): JSX.Element {
  const checked = all(form.values, name)
  const error = form.errors.find(each => each.field === name)?.message
  const notes = [hint ? `${name}-aide` : '', error ? `${name}-erreur` : ''].filter(Boolean).join(' ')
  return (
    <fieldset class={error ? 'field invalid' : 'field'} {...(notes ? { 'aria-describedby': notes } : {})}>
      <legend>{legend}</legend>
      <FieldNotes name={name} hint={hint} error={error} />
      <div class="boxes">
        {choices.map(({ value, label }, i) => {
          const id = i === 0 ? name : `${name}-${value}`
          return (
            <div class="choice" key={value}>
              <input type="checkbox" id={id} name={name} value={value} checked={checked.includes(value)} />
              <label htmlFor={id}>{label}</label>
            </div>
          )
        })}
      </div>
    </fieldset>
  )
}

/** One box that says yes. */
export function Box({ form, name, label }: { form: FormState; name: string; label: string }): JSX.Element {
  return (
    <div class="choice">
      <input type="checkbox" id={name} name={name} value="oui" checked={one(form.values, name) === 'oui'} />
      <label htmlFor={name}>{label}</label>
    </div>
  )
}

/** Empty is unknown. A day counted from the creation of the grappe is text. */
export function DayField({
  form,
  name,
  label,
  hint,
}: {
  form: FormState
  name: string
  label: string
  hint?: string
}): JSX.Element {
  const value = one(form.values, name)
  const isReal = value === '' || isDay(value)
  return (
    <Field
      {...field(form, name)}
      label={label}
      type={isReal ? 'date' : 'text'}
      optional
      width="short"
      {...(hint === undefined ? {} : { hint })}
    />
  )
}

export const PROVENANCE_LABELS: Readonly<Record<(typeof PROVENANCE_CHOICES)[number], string>> = {
  'source-H': 'Lue dans le texte',
  'source-M': 'Lue de seconde main',
  'source-L': 'Une seule source, fragile',
  hypothesis: 'Hypothèse, sans texte officiel',
  carrier: 'Ajout du porteur',
}

/** Where a value comes from: the whole call's text unless something else is said. Folded when it is so. */
export function ProvenanceField({
  form,
  name = 'provenance',
  label = 'Provenance',
  whole = true,
}: {
  form: FormState
  name?: string
  label?: string
  /** Whether the call's own provenance holds when this one is left empty. */
  whole?: boolean
}): JSX.Element {
  const reference = one(form.values, `${name}.reference`)
  const kind = one(form.values, `${name}.kind`)
  const isWrong = form.errors.some(error => error.field.startsWith(name))
  const fields = (
    <>
      <Field
        {...field(form, `${name}.reference`)}
        label={`${label} : texte et page`}
        hint="Par exemple : AAP publié le 2 mars 2027, page 4."
        optional={whole}
      />
      <Select
        {...field(form, `${name}.kind`)}
        label="Confiance"
        empty={whole ? 'Comme tout l’appel' : 'Lue dans le texte'}
        choices={PROVENANCE_CHOICES.map(choice => ({ value: choice, label: PROVENANCE_LABELS[choice] }))}
      />
    </>
  )
  if (!whole) return fields
  const own = reference === '' ? null : `${reference}${kind === '' ? '' : ` (${wordsOf(kind)})`}`
  const call = form.provenance === null ? 'pas encore indiquée' : 'celle de l’appel'
  return (
    <details class="provenance" open={isWrong}>
      <summary>
        {label} : {own ?? call}
      </summary>
      {form.provenance === null ? null : <p class="hint">{provenanceSentence(form.provenance)}</p>}
      {fields}
    </details>
  )
}

const wordsOf = (kind: string) =>
  (PROVENANCE_CHOICES.some(choice => choice === kind)
    ? PROVENANCE_LABELS[kind as (typeof PROVENANCE_CHOICES)[number]]
    : kind
  ).toLowerCase()

/** How many rows a list shows: those answered, and an empty one. */
export function rowNames(values: FormValues, list: string, filled: number): string[] {
  const ranks = Object.keys(values).flatMap(name => {
    const rank = name.startsWith(`${list}.`) ? Number(name.slice(list.length + 1).split('.')[0]) : -1
    return Number.isInteger(rank) ? [rank] : []
  })
  const rows = Math.max(filled, 1 + Math.max(-1, ...ranks))
  // The last one shown again after a mistake may be the empty one.
  const isLastEmpty =
    rows > filled &&
    Object.entries(values).every(
      ([name, given]) =>
        !name.startsWith(`${list}.${rows - 1}.`) ||
        name.endsWith('.kind') ||
        given.every(each => each === ''),
    )
  return Array.from({ length: isLastEmpty ? rows : rows + 1 }, (_, rank) => `${list}.${rank}`)
}
