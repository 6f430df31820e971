/** The delegated contact of an OG: who it is, wherever it matters, and the form that names one. */
import type { JSX } from 'preact'
import { type Choice, Csrf, Field, type FieldError, Select } from './components.tsx'

export interface ShownDelegate {
  ogId: string
  ogName: string
  name: string | null
  email: string
}

/** The person, as a sentence names it. */
export const delegateWords = ({ name, email }: Pick<ShownDelegate, 'name' | 'email'>): string =>
  name === null ? email : `${name} (${email})`

/** On a member's page: who else manages for it, or what its own reader was named for. */
export function DelegatesTold({
  delegates,
  email,
}: {
  delegates: readonly ShownDelegate[]
  /** Of whoever reads; null when its link was handed to no address. */
  email: string | null
}): JSX.Element | null {
  if (delegates.length === 0) return null
  return (
    <>
      {delegates.map(delegate => (
        <p key={delegate.ogId}>
          {delegate.email === email ? (
            <>
              Vous êtes le <strong>contact délégué</strong>
              {` de « ${delegate.ogName} » : vous gérez les contacts et les dépôts de ses ESMS.`}
            </>
          ) : (
            <>
              <strong>{delegateWords(delegate)}</strong>
              {`, contact délégué de « ${delegate.ogName} », `}
              gère aussi les contacts et les dépôts de ses ESMS.
            </>
          )}
        </p>
      ))}
    </>
  )
}

/** The names of the form's fields: those of the form for any other contact stand on the same page. */
const FIELDS = { email: 'delegueEmail', name: 'delegueNom', phone: 'delegueTelephone' } as const

/** What was typed, by the names of the contract. */
export const typedDelegate = (fields: Readonly<Record<string, string>>) => ({
  email: fields[FIELDS.email],
  name: fields[FIELDS.name],
  phone: fields[FIELDS.phone],
})

/** The same errors, each beside its field of this form. */
export const delegateErrors = (errors: readonly FieldError[]): FieldError[] =>
  errors.map(error => ({ ...error, field: FIELDS[error.field as keyof typeof FIELDS] ?? error.field }))

interface DelegateFormProps {
  action: string
  /** Null where the address of the page is the proof. */
  csrf: string | null
  /** Those that may be named for. */
  ogs: readonly Choice[]
  delegates: readonly ShownDelegate[]
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

export function DelegateForm({ action, csrf, ogs, delegates, values, errors }: DelegateFormProps) {
  const field = (name: string) => ({ name, value: values[name] ?? '', errors })
  return (
    <form class="card" method="post" action={action} novalidate>
      {csrf === null ? null : <Csrf token={csrf} />}
      <h2>{delegates.length === 0 ? 'Nommer un contact délégué' : 'Nommer un autre contact délégué'}</h2>
      <p>
        Il reçoit un lien par lequel il gère les contacts et les dépôts des ESMS de l’OG. Ceux-ci lisent son
        nom et son adresse sur leur page.
      </p>
      {delegates.map(delegate => (
        <p key={delegate.ogId}>
          {`Aujourd’hui, pour « ${delegate.ogName} » : ${delegateWords(delegate)}. `}
          Si vous nommez quelqu’un d’autre, son lien prend fin et un message le lui dit.
        </p>
      ))}
      {ogs.length < 2 ? null : <Select {...field('og')} label="Pour" choices={ogs} />}
      <Field {...field(FIELDS.email)} label="Adresse e-mail du contact délégué" type="email" />
      <Field {...field(FIELDS.name)} label="Nom" optional />
      <Field {...field(FIELDS.phone)} label="Téléphone" optional width="short" />
      <button type="submit" class="secondary">
        Nommer ce contact délégué
      </button>
    </form>
  )
}
