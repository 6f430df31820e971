/** The one DUI solution of the grappe. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { Csrf, Field, type FieldError } from '../components.tsx'
import type { PorteurFrame } from '../layout.tsx'
import { GrappePage, type GrappeTitle } from './grappe-page.tsx'

interface SolutionFormProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
  /** Each solution recorded, with how many ESMS point at it today. */
  solutions: readonly { editeur: string; produit: string; esms: number }[]
  /** ESMS that will point at the solution chosen. */
  esms: number
}

export function SolutionForm({
  frame,
  grappe,
  values,
  errors,
  solutions,
  esms,
}: SolutionFormProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  return (
    <GrappePage frame={frame} grappe={grappe} tab="members" title="Choisir la solution DUI" errors={errors}>
      <p class="lead">Le programme demande une même et seule solution DUI pour toute la grappe.</p>
      {solutions.length === 0 ? (
        <p>Aucune solution n’est encore enregistrée.</p>
      ) : (
        <>
          <h2>Solutions enregistrées</h2>
          <ul>
            {solutions.map(solution => (
              <li key={`${solution.editeur} ${solution.produit}`}>
                {solution.produit} ({solution.editeur}) : {solution.esms} ESMS
              </li>
            ))}
          </ul>
        </>
      )}
      <form method="post" action={urlTo('solution', at)} class="card" novalidate>
        <Csrf token={frame.csrf} />
        <Field
          name="editeur"
          label="Éditeur"
          value={values.editeur ?? ''}
          errors={errors}
          suggestions={[...new Set(solutions.map(({ editeur }) => editeur))]}
        />
        <Field
          name="produit"
          label="Produit"
          hint="Sans numéro de version. Reprenez l’orthographe d’une solution déjà enregistrée s’il s’agit de la même."
          value={values.produit ?? ''}
          errors={errors}
          suggestions={[...new Set(solutions.map(({ produit }) => produit))]}
        />
        <p>
          {esms === 0
            ? 'La grappe n’a pas encore d’ESMS : choisissez-la de nouveau une fois qu’ils sont ajoutés, ou indiquez-la pour chacun.'
            : esms === 1
              ? 'L’ESMS de la grappe sera rattaché à cette solution.'
              : `Les ${esms} ESMS de la grappe seront rattachés à cette solution.`}
        </p>
        <p class="actions">
          <button type="submit">Choisir cette solution</button>
          <a href={urlTo('members', at)}>Annuler</a>
        </p>
      </form>
    </GrappePage>
  )
}
