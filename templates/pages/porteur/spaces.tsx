/** The porteurs that one address belongs to, and which one its session acts for. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { ROLE_WORDS, type Role } from '../../../server/domain/role.ts'
import { Csrf } from '../components.tsx'
import { Layout, type PorteurFrame } from '../layout.tsx'

interface SpacesProps {
  frame: PorteurFrame
  spaces: readonly {
    colleagueId: string
    contactEmail: string
    role: Role
    isOwn: boolean
    isThis: boolean
  }[]
}

export function Spaces({ frame, spaces }: SpacesProps): JSX.Element {
  return (
    <Layout frame={frame} porteur={frame} title="Choisir un espace">
      <h1>Choisir un espace</h1>
      <p class="lead">
        Votre adresse, {frame.email}, est de {spaces.length === 1 ? 'cet espace' : 'ces espaces'} de porteur.
        Vous agissez dans un seul à la fois.
      </p>
      {spaces.map(({ colleagueId, contactEmail, role, isOwn, isThis }) => (
        <section key={colleagueId} class="card">
          <h2>{isOwn ? 'Votre propre espace' : `Espace de ${contactEmail}`}</h2>
          <p>
            Votre rôle : <strong>{ROLE_WORDS[role]}</strong>.{' '}
            {isThis ? <span class="etat ouvert">vous y êtes</span> : null}
          </p>
          {isThis ? (
            <p>
              <a href={urlTo('grappes')}>Voir ses grappes</a>
            </p>
          ) : (
            <form method="post" action={urlTo('spaces')}>
              <Csrf token={frame.csrf} />
              <input type="hidden" name="espace" value={colleagueId} />
              <button type="submit">
                Y entrer<span class="visually-hidden"> : espace de {contactEmail}</span>
              </button>
            </form>
          )}
        </section>
      ))}
      {spaces.some(({ isOwn }) => isOwn) ? null : (
        <form class="card" method="post" action={urlTo('spaces')}>
          <h2>Porter vos propres grappes</h2>
          <p>Vous aurez un espace à vous, que personne d’autre ne voit tant que vous n’y invitez personne.</p>
          <Csrf token={frame.csrf} />
          <button type="submit" class="secondary" name="espace" value="nouveau">
            Ouvrir mon propre espace
          </button>
        </form>
      )}
    </Layout>
  )
}
