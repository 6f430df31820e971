/** A new grappe that starts with the members of this one: for which call, and what comes along. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { COPIED_PARTS, type CopiedPart } from '../../../server/domain/grappe.ts'
import { Csrf, Field } from '../components.tsx'
import { count } from '../format.ts'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { CallFields, type NewGrappeProps } from './new-grappe.tsx'

interface CopyGrappeProps extends NewGrappeProps {
  grappe: GrappeTitle
  /** Those ticked. */
  parts: readonly string[]
  members: number
  ogs: number
  /** Members that left, which do not come along. */
  withdrawn: number
  /** Given by members, or noted for them, to the questions of this grappe's call. */
  answers: number
  /** Whether there is a governance to take. */
  isGoverned: boolean
}

const PART_WORDS: Readonly<Record<CopiedPart, { label: string; hint: string }>> = {
  membres: {
    label: 'Les OG et les ESMS',
    hint: 'Leurs noms, leurs numéros FINESS, leur domaine et leur catégorie.',
  },
  volets: {
    label: 'Le projet de chacun',
    hint: 'Acquisition ou mise en conformité ; à décocher si le nouvel appel change la donne.',
  },
  solutions: {
    label: 'Les solutions DUI',
    hint: 'Leurs fiches, celle de chaque ESMS et sa version.',
  },
  contacts: { label: 'Les contacts', hint: 'Noms, adresses e-mail et téléphones. Personne n’est prévenu.' },
  places: { label: 'Les communes et les capacités', hint: 'La commune et le nombre de places de chacun.' },
  gouvernance: {
    label: 'La gouvernance',
    hint:
      'La carte d’identité, la forme de coopération, les rôles et les risques, de nouveau à traiter ; ' +
      'ni les COPIL, ni les facteurs de réussite, ni les décisions. Sans les contacts, pas de coordonnées.',
  },
  reponses: {
    label: 'Les réponses aux questions identiques',
    hint:
      'Celles que le nouvel appel pose mot pour mot. Chacune est notée comme venue de cette grappe, et le ' +
      'membre peut la changer. À cocher si elles restent vraies aujourd’hui.',
  },
}

export function CopyGrappe(props: CopyGrappeProps): JSX.Element {
  const { frame, grappe, id, values, errors, parts, withdrawn, answers, isGoverned } = props
  const at = { grappe: grappe.grappeId }
  const offered = COPIED_PARTS.filter(
    part => (part !== 'reponses' || answers > 0) && (part !== 'gouvernance' || isGoverned),
  )
  return (
    <GrappePage frame={frame} grappe={grappe} tab={null} title="Copier vers un autre appel" errors={errors}>
      <p class="lead">
        Une nouvelle grappe commence avec ce que vous cochez de celle-ci, qui ne change pas. Aucun dépôt,
        aucun lien, aucune adaptation de l’appel ne suit. Chaque membre répondra aux questions du nouvel
        appel.
      </p>
      <form method="post" action={urlTo('copyGrappe', at)} class="card" novalidate>
        <Csrf token={frame.csrf} />
        <input type="hidden" name="id" value={id} />
        <Field name="name" label="Nom de la nouvelle grappe" value={values.name ?? ''} errors={errors} />
        <fieldset class="field" id="parts">
          <legend>Ce qui est repris</legend>
          <p class="hint">
            {count(props.members, 'ESMS', 'ESMS')} et {count(props.ogs, 'OG', 'OG')}
            {withdrawn === 0
              ? '.'
              : ` ; ${count(withdrawn, 'ESMS retiré reste', 'ESMS retirés restent')} ici seulement.`}
          </p>
          {offered.map(part => (
            <div class="choice" key={part}>
              <input
                type="checkbox"
                id={`part-${part}`}
                name="parts"
                value={part}
                checked={parts.includes(part)}
                aria-describedby={`part-${part}-detail`}
              />
              <label htmlFor={`part-${part}`}>{PART_WORDS[part].label}</label>
              <div class="hint" id={`part-${part}-detail`}>
                {PART_WORDS[part].hint}
              </div>
            </div>
          ))}
        </fieldset>
        <CallFields {...props} />
        <p class="actions">
          <button type="submit">Créer la grappe</button>
          <a href={urlTo('grappeSettings', at)}>Ne rien copier</a>
        </p>
      </form>
    </GrappePage>
  )
}
