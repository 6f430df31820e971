/** A reviewer asks for the link that opens all the dossiers handed to it. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { Csrf, ErrorSummary, Field, type FieldError } from '../components.tsx'
import { type Frame, Layout } from '../layout.tsx'

interface ArsSignInProps {
  frame: Frame
  csrf: string
  email: string
  errors: readonly FieldError[]
}

export function ArsSignIn({ frame, csrf, email, errors }: ArsSignInProps): JSX.Element {
  return (
    <Layout frame={frame} title="Espace ARS" who="Lecture par l’ARS">
      <ErrorSummary errors={errors} />
      <h1>Espace ARS</h1>
      <p class="lead">
        Indiquez l’adresse à laquelle des porteurs vous ont remis leurs dossiers : vous recevrez un lien qui
        les ouvre tous, sans mot de passe.
      </p>
      <form method="post" action={urlTo('arsDossiers')} class="card" novalidate>
        <Csrf token={csrf} />
        <Field
          name="email"
          label="Adresse e-mail"
          type="email"
          autocomplete="email"
          value={email}
          errors={errors}
          hint="Exemple : prenom.nom@ars.exemple.fr"
        />
        <button type="submit">Recevoir le lien</button>
      </form>
      <p>Vous n’avez reçu qu’un seul lien ? Il suffit pour lire le dossier qu’il ouvre, sans connexion.</p>
    </Layout>
  )
}

/** Says the same whether or not the address is known. `sends`: whether this server has a mail server. */
export function ArsSignInSent({
  frame,
  email,
  sends,
}: {
  frame: Frame
  email: string
  sends: boolean
}): JSX.Element {
  return (
    <Layout frame={frame} title="Regardez vos messages" who="Lecture par l’ARS">
      <h1>Regardez vos messages</h1>
      <p class="lead">
        Si des dossiers ont été remis à <strong>{email}</strong>, un lien de connexion y est envoyé. Il sert
        une fois, pendant 30 minutes.
      </p>
      {sends ? (
        <p>
          Rien dans quelques minutes ? Regardez le courrier indésirable, ou demandez au porteur à quelle
          adresse il vous a remis son dossier.
        </p>
      ) : (
        <p>
          Ce serveur n’envoie pas d’e-mails (aucun <code>SMTP_URL</code>) : le message est dans la boîte
          d’envoi, dont l’adresse s’affiche dans le terminal au démarrage.
        </p>
      )}
      <p>
        <a href={urlTo('arsDossiers')}>Indiquer une autre adresse</a>
      </p>
    </Layout>
  )
}
