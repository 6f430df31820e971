/** The Word file that somebody brings as a model: what it may be, and all that keeps this one from it. */
import type { JSX } from 'preact'
import { MAX_MODEL_MB } from '../../server/domain/kit/own-model.ts'
import type { FieldError } from './components.tsx'
import { FilePicker } from './file-picker.tsx'

export function ModelField({
  label,
  errors,
}: {
  label: string
  /** Of the file just sent. */
  errors: readonly FieldError[]
}): JSX.Element {
  return (
    <div class={errors.length === 0 ? 'field' : 'field invalid'}>
      <label htmlFor="fichier" id="fichier-nom">
        {label}
      </label>
      <p class="hint" id="fichier-aide">
        Un document Word (.docx) de {MAX_MODEL_MB} Mo au plus, sans macro, sans objet incorporé et sans image
        liée.
      </p>
      {errors.length === 0 ? null : (
        <ul class="field-error" id="fichier-erreur">
          {errors.map(({ message }) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      )}
      <FilePicker
        id="fichier"
        accept=".docx"
        describedBy={errors.length === 0 ? 'fichier-aide' : 'fichier-aide fichier-erreur'}
        invalid={errors.length > 0}
      />
    </div>
  )
}
