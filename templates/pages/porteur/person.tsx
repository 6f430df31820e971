/** One person’s data in a grappe: found by its address, told place by place, erased at its request. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { Csrf, Field, type FieldError } from '../components.tsx'
import { count, list } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface PersonProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  /** The address as typed; empty before. */
  typed: string
  /** Null before an address was typed. */
  found: {
    email: string
    names: readonly string[]
    goes: readonly { what: string; count: number }[]
    stays: readonly { what: string; count: number; why: string }[]
  } | null
  errors: readonly FieldError[]
}

export function PersonPage({ frame, grappe, typed, found, errors }: PersonProps): JSX.Element {
  const action = urlTo('personData', { grappe: grappe.grappeId })
  return (
    <GrappePage frame={frame} grappe={grappe} tab={null} title="Données d’une personne" errors={errors}>
      <p class="lead">
        Une personne demande que ses données soient effacées ? Cherchez-la par son adresse : vous lisez ce qui
        serait effacé, ce qui reste et pourquoi. Pour une copie de ses données, elle la demande elle-même sur
        sa page.
      </p>
      <form class="card" method="get" action={action}>
        <Field
          name="adresse"
          label="Adresse e-mail de la personne"
          type="email"
          value={typed}
          errors={errors}
        />
        <button type="submit">Chercher</button>
      </form>
      {found === null ? null : <Found frame={frame} action={action} found={found} />}
      <p>
        <a href={urlTo('retention', { grappe: grappe.grappeId })}>Retour à la conservation de la grappe</a>
      </p>
    </GrappePage>
  )
}

function Found({
  frame,
  action,
  found,
}: {
  frame: PorteurFrame
  action: string
  found: NonNullable<PersonProps['found']>
}) {
  const { email, names, goes, stays } = found
  if (goes.length + stays.length === 0) {
    return (
      <p role="status">
        Rien dans cette grappe ne nomme <strong>{email}</strong>.
      </p>
    )
  }
  return (
    <section aria-labelledby="trouve">
      <h2 id="trouve">{email}</h2>
      {names.length === 0 ? null : <p>Aussi écrite : {list(names)}.</p>}
      {goes.length === 0 ? (
        <p>Rien n’est à effacer.</p>
      ) : (
        <>
          <h3>Serait effacé</h3>
          <ul>
            {goes.map(each => (
              <li key={each.what}>
                {each.what} : {count(each.count, 'fois', 'fois')}
              </li>
            ))}
          </ul>
        </>
      )}
      {stays.length === 0 ? null : (
        <>
          <h3>Resterait</h3>
          <ul>
            {stays.map(({ what, why, ...each }) => (
              <li key={what}>
                {what} : {count(each.count, 'fois', 'fois')}. {why}.
              </li>
            ))}
          </ul>
        </>
      )}
      {goes.length === 0 ? null : (
        <form method="post" action={action} class="card">
          <Csrf token={frame.csrf} />
          <input type="hidden" name="adresse" value={email} />
          <p>
            Ses liens s’arrêtent, ses coordonnées et ses messages disparaissent, son nom est remplacé là où
            elle a signé. Les lignes du journal qui la nomment gardent leur place et leurs empreintes, sans
            contenu. Un effacement ne s’annule pas.
          </p>
          <button type="submit" class="secondary">
            Effacer cette personne
          </button>
        </form>
      )}
    </section>
  )
}
