/** Adding or correcting a member; one after another without going back to the list. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { DOMAINES, type Domaine, PROJETS, type Projet } from '../../../server/domain/call.ts'
import { CATEGORY_SUGGESTIONS } from '../../../server/domain/nomenclature.ts'
import { type Choice, Csrf, Field, type FieldError, type FieldProps, Select } from '../components.tsx'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { DOMAINE_WORDS, PROJET_WORDS } from './members.tsx'

interface RegistrySearch {
  /** Which data is searched, in words. */
  label: string
  text: string
  remark: string | null
  hits: readonly {
    finess: string
    name: string
    /** EJ, town, category, SIRET, closed: what tells two homonyms apart. */
    details: string
    /** This page with the form filled in. */
    url: string
  }[]
}

export interface EsmsFormProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  /** null to add one. */
  esmsId: string | null
  /** Proposed id of a member to add, so that a form sent twice adds one. */
  newId: string
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
  /** A number that would pass in place of the one typed; null when there is none. */
  finessSuggestion: string | null
  ogs: readonly { id: string; name: string }[]
  solutions: readonly { id: string; name: string }[]
  /** What the call admits. */
  domaines: readonly Domaine[]
  /** Search in the FINESS registry; null where none is loaded, or when correcting. */
  search: RegistrySearch | null
  projets: readonly Projet[]
}

/** What the call admits, and the member's present value even so: saving must not change it silently. */
function offered<Code extends string>(
  all: readonly Code[],
  admitted: readonly Code[],
  present: string,
  words: Readonly<Record<Code, string>>,
): Choice[] {
  return all
    .filter(code => admitted.includes(code) || code === present)
    .map(code => ({
      value: code,
      label: admitted.includes(code) ? words[code] : `${words[code]}, non admis par l’appel`,
    }))
}

const named = (items: readonly { id: string; name: string }[]): Choice[] =>
  items.map(({ id, name }) => ({ value: id, label: name }))

export function EsmsForm(props: EsmsFormProps): JSX.Element {
  const { frame, grappe, esmsId, newId, values, errors, finessSuggestion, ogs, solutions } = props
  const at = { grappe: grappe.grappeId }
  const title = esmsId === null ? 'Ajouter un ESMS' : 'Corriger un ESMS'
  const field = (name: string) => ({ name, value: values[name] ?? '', errors })
  return (
    <GrappePage frame={frame} grappe={grappe} tab="members" title={title} errors={errors}>
      {props.search === null ? null : <FindInRegistry search={props.search} action={urlTo('newEsms', at)} />}
      <form
        method="post"
        action={esmsId === null ? urlTo('newEsms', at) : urlTo('editEsms', { ...at, esms: esmsId })}
        class="card"
        novalidate
      >
        <Csrf token={frame.csrf} />
        {esmsId === null ? <input type="hidden" name="id" value={newId} /> : null}
        <Field {...field('name')} label="Nom de l’établissement ou du service" />
        <FinessField {...field('finess')} suggestion={finessSuggestion} />
        <Select
          {...field('ogId')}
          label="Organisme gestionnaire"
          choices={named(ogs)}
          empty="Choisissez l’organisme gestionnaire"
        />
        <Field
          {...field('categorie')}
          label="Catégorie FINESS"
          hint="Par le nom ou le code. Le registre FINESS, quand il est chargé, la donne de lui-même."
          optional
          suggestions={CATEGORY_SUGGESTIONS}
        />
        <Select
          {...field('domaine')}
          label="Domaine"
          choices={offered(DOMAINES, props.domaines, values.domaine ?? '', DOMAINE_WORDS)}
          empty="À compléter"
        />
        <Select
          {...field('projet')}
          label="Projet"
          hint="Acquisition : l’ESMS n’a pas encore de DUI. Mise en conformité : il fait évoluer le sien."
          choices={offered(PROJETS, props.projets, values.projet ?? '', PROJET_WORDS)}
          empty="À compléter"
        />
        <Select
          {...field('solutionId')}
          label="Solution DUI"
          {...(solutions.length === 0
            ? { hint: 'Aucune solution n’est encore enregistrée : choisissez-la depuis la page Membres.' }
            : {})}
          choices={named(solutions)}
          empty="À compléter"
        />
        <Field {...field('solutionVersion')} label="Version de la solution" optional width="short" />
        <Field {...field('commune')} label="Commune" optional />
        <Field {...field('capacite')} label="Capacité (places)" type="number" optional width="short" />
        <ContactFields field={field} />
        <Buttons grappe={grappe} esmsId={esmsId} />
      </form>
    </GrappePage>
  )
}

type FieldOf = Pick<FieldProps, 'name' | 'value' | 'errors'>

function FinessField({ suggestion, ...field }: FieldOf & { suggestion: string | null }) {
  return (
    <>
      <Field
        {...field}
        label="Numéro FINESS géographique (ET)"
        hint={
          'Neuf caractères, celui de l’établissement et non de l’organisme. ' +
          'À compléter plus tard si vous ne l’avez pas.'
        }
        optional
        width="short"
      />
      {suggestion === null ? null : (
        // Not a button: the first one of a form is what the Enter key presses.
        <div class="choice">
          <input type="checkbox" id="suggestion" name="suggestion" value={suggestion} />
          <label htmlFor="suggestion">Prendre {suggestion} à la place</label>
        </div>
      )}
    </>
  )
}

function ContactFields({ field }: { field: (name: string) => FieldOf }) {
  return (
    <>
      <Field
        {...field('contactName')}
        label="Nom du contact"
        hint="La personne qui déposera les pièces de cet ESMS."
        optional
      />
      <Field
        {...field('contactEmail')}
        label="E-mail du contact"
        type="email"
        hint="Pour son lien de dépôt et ses relances."
        optional
      />
      <Field {...field('contactPhone')} label="Téléphone du contact" optional width="short" />
    </>
  )
}

function Buttons({ grappe, esmsId }: Pick<EsmsFormProps, 'grappe' | 'esmsId'>) {
  const at = { grappe: grappe.grappeId }
  return (
    <p class="actions">
      <button type="submit">Enregistrer</button>
      {esmsId === null ? (
        <button type="submit" name="suite" value="autre" class="secondary">
          Enregistrer et ajouter un autre
        </button>
      ) : null}
      <a href={urlTo('members', at)}>Annuler</a>
      {esmsId === null ? null : <a href={urlTo('esmsContacts', { ...at, esms: esmsId })}>Autres contacts</a>}
    </p>
  )
}

function FindInRegistry({ search, action }: { search: RegistrySearch; action: string }) {
  return (
    <section class="card" aria-labelledby="registre">
      <h2 id="registre">Trouver l’établissement dans le {search.label}</h2>
      <form method="get" action={action}>
        <Field
          name="recherche"
          label="Nom, ville ou numéro FINESS"
          hint={
            'Accents, majuscules et petites fautes n’ont pas d’importance. ' +
            'Le formulaire se remplit avec la ligne choisie.'
          }
          value={search.text}
          errors={[]}
          optional
        />
        <button type="submit" class="secondary">
          Chercher
        </button>
      </form>
      {search.remark === null ? null : <p role="status">{search.remark}</p>}
      {search.hits.length === 0 ? null : (
        <ul>
          {search.hits.map(({ finess, name, details, url }) => (
            <li key={finess}>
              <a href={url}>
                {name} ({finess})
              </a>
              <br />
              <span class="muted">{details}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
