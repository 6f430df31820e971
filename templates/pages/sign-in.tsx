/** A porteur signs in by an e-mailed link: asking for it, being told to look, using it. */
import type { JSX } from 'preact'
import { urlTo } from '../../schema/urls.ts'
import { Csrf, ErrorSummary, Field, type FieldError } from './components.tsx'
import { type Frame, Layout } from './layout.tsx'

interface SignInProps {
  frame: Frame
  csrf: string
  email: string
  errors: readonly FieldError[]
}

export function SignIn({ frame, csrf, email, errors }: SignInProps): JSX.Element {
  return (
    <Layout frame={frame} title="Connexion du porteur">
      <ErrorSummary errors={errors} />
      <h1>Connexion du porteur</h1>
      <p class="lead">
        Indiquez votre adresse e-mail : vous recevrez un lien pour vous connecter, sans mot de passe.
      </p>
      <form method="post" action={urlTo('signIn')} class="card" novalidate>
        <Csrf token={csrf} />
        <Field
          name="email"
          label="Adresse e-mail"
          type="email"
          autocomplete="email"
          value={email}
          errors={errors}
          hint="Exemple : prenom.nom@association.fr"
        />
        <button type="submit">Recevoir le lien</button>
      </form>
      <p>
        Vous êtes un établissement ou l’ARS ? Ouvrez le lien reçu par e-mail : il suffit, sans connexion.
        L’ARS qui a reçu plusieurs dossiers les trouve ensemble dans l’
        <a href={urlTo('arsDossiers')}>espace ARS</a>.
      </p>
    </Layout>
  )
}

/** @param sends false when the server has no mail server: the link then waits in the outbox. */
export function SignInSent({
  frame,
  email,
  sends,
}: {
  frame: Frame
  email: string
  sends: boolean
}): JSX.Element {
  return (
    <Layout frame={frame} title="Regardez vos messages">
      <h1>Regardez vos messages</h1>
      <p class="lead">
        Un lien de connexion est prêt pour <strong>{email}</strong>. Il sert une fois, pendant 30 minutes.
      </p>
      {sends ? (
        <p>Rien dans quelques minutes ? Regardez le courrier indésirable, puis recommencez.</p>
      ) : (
        <p>
          Ce serveur n’envoie pas d’e-mails (aucun <code>SMTP_URL</code>) : le message est dans la boîte
          d’envoi, dont l’adresse s’affiche dans le terminal au démarrage.
        </p>
      )}
      <p>
        <a href={urlTo('signIn')}>Indiquer une autre adresse</a>
      </p>
    </Layout>
  )
}

/** Mail scanners open links: only the button signs in. */
export function SignInConfirm({
  frame,
  csrf,
  token,
  as,
}: {
  frame: Frame
  csrf: string
  token: string
  as: 'porteur' | 'ars'
}): JSX.Element {
  return (
    <Layout frame={frame} title="Se connecter">
      <h1>Se connecter</h1>
      <p class="lead">
        Ce lien est le vôtre. Un clic, et vous êtes dans votre espace {as === 'ars' ? 'ARS' : 'porteur'}.
      </p>
      <form method="post" action={urlTo('signInLink', { token })}>
        <Csrf token={csrf} />
        <button type="submit">Entrer dans mon espace</button>
      </form>
    </Layout>
  )
}
