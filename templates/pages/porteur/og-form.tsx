/** Adding or correcting an organisme gestionnaire. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { Csrf, Field, type FieldError } from '../components.tsx'
import type { PorteurFrame } from '../layout.tsx'
import { OgIdentityFields } from '../og-identity.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface OgFormProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  /** null to add one. */
  ogId: string | null
  /** Whether it carries the application today; the first OG will. */
  carries: boolean
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

export function OgForm({ frame, grappe, ogId, carries, values, errors }: OgFormProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  const title = ogId === null ? 'Ajouter un organisme gestionnaire' : 'Corriger un organisme gestionnaire'
  const field = (name: string) => ({ name, value: values[name] ?? '', errors })
  return (
    <GrappePage frame={frame} grappe={grappe} tab="members" title={title} errors={errors}>
      <form
        method="post"
        action={ogId === null ? urlTo('newOg', at) : urlTo('editOg', { ...at, og: ogId })}
        class="card"
        novalidate
      >
        <Csrf token={frame.csrf} />
        <Field {...field('name')} label="Nom de l’organisme gestionnaire" />
        <Field
          {...field('finessEj')}
          label="Numéro FINESS juridique (EJ)"
          hint="Neuf caractères, celui de l’organisme et non de l’un de ses établissements."
          optional
          width="short"
        />
        <Field
          {...field('contactName')}
          label="Nom du contact"
          hint="La personne qui déposera les pièces de l’organisme."
          optional
        />
        <Field
          {...field('contactEmail')}
          label="E-mail du contact"
          type="email"
          hint="Sans lui, personne ne reçoit la demande des pièces de l’organisme."
          optional
        />
        <Field {...field('contactPhone')} label="Téléphone du contact" optional width="short" />
        <OgIdentityFields values={values} errors={errors} />
        {carries ? (
          <p>
            Cet organisme porte la candidature. Pour en changer, cochez « Porte la candidature » sur un autre
            organisme.
          </p>
        ) : (
          <div class="choice">
            <input
              type="checkbox"
              id="porteur"
              name="porteur"
              value="oui"
              checked={values.porteur === 'oui'}
            />
            <label htmlFor="porteur">Porte la candidature, seul interlocuteur de l’ARS</label>
          </div>
        )}
        <p class="actions">
          <button type="submit">Enregistrer</button>
          {ogId === null ? (
            <button type="submit" name="suite" value="esms" class="secondary">
              Enregistrer et ajouter un ESMS
            </button>
          ) : null}
          <a href={urlTo('members', at)}>Annuler</a>
          {ogId === null ? null : <a href={urlTo('ogContacts', { ...at, og: ogId })}>Autres contacts</a>}
        </p>
      </form>
    </GrappePage>
  )
}
