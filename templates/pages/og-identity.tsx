/** Who an OG is in the letters that it signs: the same fields for its porteur and for itself. */
import type { JSX } from 'preact'
import { FACT_LABELS, type OgFacts } from '../../server/domain/member-facts.ts'
import { Field, type FieldError } from './components.tsx'

interface OgIdentityProps {
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

export function OgIdentityFields({ values, errors }: OgIdentityProps): JSX.Element {
  const field = (name: keyof OgFacts) => ({
    name,
    label: FACT_LABELS[name],
    value: values[name] ?? '',
    errors,
    optional: true,
  })
  return (
    <>
      <Field
        {...field('representative')}
        hint="Qui signe les lettres et la convention pour l’organisme. Les modèles préremplis le reprennent."
      />
      <Field {...field('representativeRole')} hint="Par exemple : présidente, directeur général." />
      <Field {...field('seatAddress')} hint="Sur une ligne : rue, code postal, ville." />
      <Field {...field('siren')} hint="9 ou 14 chiffres, de l’avis de situation de l’INSEE." width="short" />
    </>
  )
}
