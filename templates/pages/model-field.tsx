/** The Word file that somebody brings as a model. */
import type { JSX } from 'preact'
import { MAX_MODEL_MB } from '../../server/domain/kit/own-model.ts'
import type { FieldError } from './components.tsx'
import { FileField } from './file-field.tsx'

export function ModelField({
  label,
  errors,
}: {
  label: string
  /** Of the file just sent. */
  errors: readonly FieldError[]
}): JSX.Element {
  const hint =
    `Un document Word (.docx) de ${MAX_MODEL_MB} Mo au plus, sans macro, sans objet incorporé ` +
    'et sans image liée.'
  return <FileField label={label} hint={hint} accept=".docx" errors={errors} />
}
