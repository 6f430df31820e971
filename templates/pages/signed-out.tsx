/** Signed out here, and still signed in at the provider that vouched for the person. */
import type { JSX } from 'preact'
import { type Frame, Layout } from './layout.tsx'

interface SignedOutProps {
  frame: Frame
  /** Its name. */
  provider: string
  /** Where one signs out of it. */
  address: string
}

export function SignedOut({ frame, provider, address }: SignedOutProps): JSX.Element {
  return (
    <Layout frame={frame} title="Déconnexion">
      <h1>Vous êtes déconnecté</h1>
      <p class="lead">
        Votre session est fermée ici. Vous êtes aussi conduit hors de {provider}, pour que personne n’y entre
        à votre place sur cet ordinateur.
      </p>
      <p>
        <a class="button" href={address}>
          Se déconnecter de {provider}
        </a>
      </p>
    </Layout>
  )
}
