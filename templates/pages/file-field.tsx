/** A file of a form, with what it may be and all that keeps the one just sent from being taken. */
import type { JSX } from 'preact'
import type { FieldError } from './components.tsx'
import { FilePicker } from './file-picker.tsx'

interface FileFieldProps {
  label: string
  /** What it may be. */
  hint: string
  accept: string
  /** Of the file just sent. */
  errors: readonly FieldError[]
}

export function FileField({ label, hint, accept, errors }: FileFieldProps): JSX.Element {
  const isRefused = errors.length > 0
  return (
    <div class={isRefused ? 'field invalid' : 'field'}>
      <label htmlFor="fichier" id="fichier-nom">
        {label}
      </label>
      <p class="hint" id="fichier-aide">
        {hint}
      </p>
      {isRefused ? (
        <ul class="field-error" id="fichier-erreur">
          {errors.map(({ message }) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      ) : null}
      <FilePicker
        id="fichier"
        accept={accept}
        describedBy={isRefused ? 'fichier-aide fichier-erreur' : 'fichier-aide'}
        invalid={isRefused}
      />
    </div>
  )
}
