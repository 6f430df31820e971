/** The same facts for many ESMS in one act: which ones, what they become, then what that does. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Domaine, Projet } from '../../../server/domain/call.ts'
import type { MembersEffect } from '../../../server/domain/member-facts.ts'
import { CATEGORY_SUGGESTIONS } from '../../../server/domain/nomenclature.ts'
import { Csrf, Field, type FieldError, Select } from '../components.tsx'
import { count } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { Effect, named } from './call-preview.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { DOMAINE_WORDS, PROJET_WORDS } from './members.tsx'

/** Values of the form, as typed. */
type Values = Readonly<Record<string, string>>

interface MembersEditProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  /** What is chosen, and what it is today: « PA pour 12, PH pour 2 ». */
  members: readonly { id: string; name: string }[]
  today: Readonly<Record<'domaine' | 'categorie' | 'projet' | 'solutionId', string>>
  values: Values
  errors: readonly FieldError[]
  /** What the call admits. */
  domaines: readonly Domaine[]
  projets: readonly Projet[]
  solutions: readonly { id: string; name: string }[]
}

const UNCHANGED = 'Ne pas changer'

/** The choice that leaves a list's value empty. */
export const EMPTIED = 'vider'
const EMPTY = { value: EMPTIED, label: 'Vider : non renseigné' }

/** Empties a text field for all of them: left empty it changes nothing. */
const Emptying = ({ name, label, values }: { name: string; label: string; values: Values }) => (
  <div class="field choice">
    <input type="checkbox" id={name} name={name} value="oui" checked={values[name] === 'oui'} />
    <label htmlFor={name}>{label}</label>
  </div>
)

/** The ids in one field: a form of hundreds of fields is refused by some proxies. */
const Chosen = ({ members }: { members: readonly { id: string }[] }) => (
  <input type="hidden" name="esms" value={members.map(({ id }) => id).join(',')} />
)

export function MembersEditForm(props: MembersEditProps): JSX.Element {
  const { frame, grappe, members, values, errors, today } = props
  const at = { grappe: grappe.grappeId }
  const field = (name: string) => ({ name, value: values[name] ?? '', errors })
  const title = members.length === 1 ? 'Changer un ESMS' : `Changer ${members.length} ESMS ensemble`
  return (
    <GrappePage frame={frame} grappe={grappe} tab="members" title={title} errors={errors}>
      <details open={members.length <= FEW}>
        <summary>{count(members.length, 'ESMS choisi', 'ESMS choisis')}</summary>
        <ul>
          {members.map(({ id, name }) => (
            <li key={id}>{name}</li>
          ))}
        </ul>
      </details>
      <form method="post" action={urlTo('editMembers', at)} class="card" novalidate>
        <Csrf token={frame.csrf} />
        <input type="hidden" name="acte" value="apercu" />
        <Chosen members={members} />
        <Select
          {...field('domaine')}
          label="Domaine"
          hint={today.domaine}
          choices={[...props.domaines.map(code => ({ value: code, label: DOMAINE_WORDS[code] })), EMPTY]}
          empty={UNCHANGED}
        />
        <Field
          {...field('categorie')}
          label="Catégorie FINESS"
          hint={`Par le nom ou le code ; vide : ne pas changer. ${today.categorie}`}
          optional
          suggestions={CATEGORY_SUGGESTIONS}
        />
        <Emptying name="viderCategorie" label="Vider la catégorie" values={values} />
        <Select
          {...field('projet')}
          label="Projet"
          hint={today.projet}
          choices={[...props.projets.map(code => ({ value: code, label: PROJET_WORDS[code] })), EMPTY]}
          empty={UNCHANGED}
        />
        <Select
          {...field('solutionId')}
          label="Solution DUI"
          hint={today.solutionId}
          choices={[...props.solutions.map(({ id, name }) => ({ value: id, label: name })), EMPTY]}
          empty={UNCHANGED}
        />
        <Field
          {...field('solutionVersion')}
          label="Version de la solution"
          hint="Vide : ne pas changer. Qui change de solution perd la version qu’il avait de l’ancienne."
          optional
          width="short"
        />
        <Emptying name="viderVersion" label="Vider la version" values={values} />
        <p class="actions">
          <button type="submit">Voir ce que cela change</button>
          <a href={urlTo('members', at)}>Ne rien changer</a>
        </p>
      </form>
    </GrappePage>
  )
}

/** As many names are shown without being asked for. */
const FEW = 12

interface MembersEditPreviewProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  members: readonly { id: string }[]
  values: Values
  preview: MembersEffect
  /** Whether this is not what was just confirmed. */
  overtaken: boolean
}

export function MembersEditPreview(props: MembersEditPreviewProps): JSX.Element {
  const { frame, grappe, members, values, preview, overtaken } = props
  const { changes, changed, same, gone, byRegistry } = preview
  const at = { grappe: grappe.grappeId }
  const title = changed === 0 ? 'Rien ne change' : `Avant de changer ${count(changed, 'ESMS', 'ESMS')}`
  return (
    <GrappePage frame={frame} grappe={grappe} tab="members" title={title}>
      {overtaken ? (
        <div class="errors" role="alert" tabindex={-1} autofocus>
          <p>La grappe a changé entre-temps : relisez ce que cela ferait maintenant, puis confirmez.</p>
        </div>
      ) : null}
      {changes.length === 0 ? null : (
        <ul class="card">
          {changes.map(each => (
            <li key={each.words}>
              <strong>{each.words}</strong>
              <br />
              {count(each.members.length, 'ESMS', 'ESMS')} : {named(each.members)}.
            </li>
          ))}
        </ul>
      )}
      {same.length === 0 ? null : (
        <p>
          {count(
            same.length,
            'ESMS a déjà ces valeurs et ne change pas',
            'ESMS ont déjà ces valeurs et ne changent pas',
          )}
          {' : '}
          {named(same)}.
        </p>
      )}
      {gone === 0 ? null : (
        <p>{count(gone, 'ESMS choisi n’est', 'ESMS choisis ne sont')} plus dans la grappe.</p>
      )}
      {byRegistry.length === 0 ? null : (
        <p>
          Le registre FINESS donne la catégorie de {named(byRegistry)} : c’est elle qui est jugée, votre choix
          est gardé.
        </p>
      )}
      {changed === 0 ? null : <Effect effect={preview.effect} />}
      <form method="post" action={urlTo('editMembers', at)}>
        <Csrf token={frame.csrf} />
        <Chosen members={members} />
        <input type="hidden" name="seen" value={preview.seen} />
        {Object.entries(values).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <p class="actions">
          {changed === 0 ? null : (
            <button type="submit" name="acte" value="confirmer">
              Changer {changed === 1 ? 'cet ESMS' : `ces ${changed} ESMS`}
            </button>
          )}
          <button type="submit" class="secondary" name="acte" value="choisir">
            Choisir autre chose
          </button>
          <a href={urlTo('members', at)}>Ne rien changer</a>
        </p>
      </form>
    </GrappePage>
  )
}
