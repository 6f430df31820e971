/** A porteur or a reviewer signs in by an e-mailed link: asking for it, being told to look, using it. */
import type { JSX } from 'preact'
import { urlTo } from '../../schema/urls.ts'
import { Csrf, ErrorSummary, Field, type FieldError } from './components.tsx'
import { type Frame, Layout } from './layout.tsx'

/** As whom one signs in. */
export type SignInAs = 'porteur' | 'ars'

/** What is said to one and not to the other. */
interface Words {
  /** Of the form. */
  path: 'signIn' | 'arsDossiers'
  who: string | null
  space: string
  title: string
  lead: string
  hint: string
  /** To whoever may be on the wrong page. */
  Elsewhere: () => JSX.Element
  Sent: (props: { email: string }) => JSX.Element
  nothingCame: string
}

const WORDS: Readonly<Record<SignInAs, Words>> = {
  porteur: {
    path: 'signIn',
    who: null,
    space: 'porteur',
    title: 'Connexion du porteur',
    lead: 'Indiquez votre adresse e-mail : vous recevrez un lien pour vous connecter, sans mot de passe.',
    hint: 'Exemple : prenom.nom@association.fr',
    Elsewhere: () => (
      <p>
        Vous êtes un établissement ou l’ARS ? Ouvrez le lien reçu par e-mail : il suffit, sans connexion.
        L’ARS qui a reçu plusieurs dossiers les trouve ensemble dans l’
        <a href={urlTo('arsDossiers')}>espace ARS</a>.
      </p>
    ),
    Sent: ({ email }) => (
      <p class="lead">
        Un lien de connexion est prêt pour <strong>{email}</strong>. Il sert une fois, pendant 30 minutes.
      </p>
    ),
    nothingCame: 'Regardez le courrier indésirable, puis recommencez.',
  },
  ars: {
    path: 'arsDossiers',
    who: 'Lecture par l’ARS',
    space: 'ARS',
    title: 'Espace ARS',
    lead:
      'Indiquez l’adresse à laquelle des porteurs vous ont remis leurs dossiers : vous recevrez un lien ' +
      'qui les ouvre tous, sans mot de passe.',
    hint: 'Exemple : prenom.nom@ars.exemple.fr',
    Elsewhere: () => (
      <p>Vous n’avez reçu qu’un seul lien ? Il suffit pour lire le dossier qu’il ouvre, sans connexion.</p>
    ),
    // The same whether or not the address is known.
    Sent: ({ email }) => (
      <p class="lead">
        Si des dossiers ont été remis à <strong>{email}</strong>, un lien de connexion y est envoyé. Il sert
        une fois, pendant 30 minutes.
      </p>
    ),
    nothingCame:
      'Regardez le courrier indésirable, ou demandez au porteur à quelle adresse il vous a remis ' +
      'son dossier.',
  },
}

export interface SignInProps {
  frame: Frame
  csrf: string
  as: SignInAs
  /** By which one may sign in too: its name, and the addresses and `@domains` that may; null without one. */
  provider: { name: string; agents: readonly string[] } | null
  email: string
  errors: readonly FieldError[]
}

export function SignIn({ frame, csrf, as, provider, email, errors }: SignInProps): JSX.Element {
  const { path, who, title, lead, hint, Elsewhere } = WORDS[as]
  return (
    <Layout frame={frame} title={title} who={who}>
      <ErrorSummary errors={errors} />
      <h1>{title}</h1>
      <p class="lead">{lead}</p>
      {provider === null ? null : <ByProvider {...provider} />}
      <form method="post" action={urlTo(path)} class="card" novalidate>
        <Csrf token={csrf} />
        <Field
          name="email"
          label="Adresse e-mail"
          type="email"
          autocomplete="email"
          value={email}
          errors={errors}
          hint={hint}
        />
        <button type="submit">Recevoir le lien</button>
      </form>
      <Elsewhere />
    </Layout>
  )
}

/** A link, since a form may not lead to another site. */
function ByProvider({ name, agents }: NonNullable<SignInProps['provider']>) {
  return (
    <section class="card" aria-labelledby="fournisseur">
      <h2 id="fournisseur">Agents publics</h2>
      <p>
        Réservé aux agents publics qui instruisent les dossiers ({agents.join(', ')}). Les autres reçoivent un
        lien, ci-dessous.
      </p>
      <p class="actions">
        <a class="button" href={urlTo('arsProvider')}>
          Se connecter avec {name}
        </a>
        {name === 'ProConnect' ? (
          <a href="https://www.proconnect.gouv.fr/">Qu’est-ce que ProConnect ?</a>
        ) : null}
      </p>
    </section>
  )
}

interface SignInSentProps {
  frame: Frame
  as: SignInAs
  email: string
  /** False when the server has no mail server: the link then waits in the outbox. */
  sends: boolean
}

export function SignInSent({ frame, as, email, sends }: SignInSentProps): JSX.Element {
  const { path, who, Sent, nothingCame } = WORDS[as]
  return (
    <Layout frame={frame} title="Regardez vos messages" who={who}>
      <h1>Regardez vos messages</h1>
      <Sent email={email} />
      {sends ? (
        <p>Rien dans quelques minutes ? {nothingCame}</p>
      ) : (
        <p>
          Ce serveur n’envoie pas d’e-mails (aucun <code>SMTP_URL</code>) : le message est dans la boîte
          d’envoi, dont l’adresse s’affiche dans le terminal au démarrage.
        </p>
      )}
      <p>
        <a href={urlTo(path)}>Indiquer une autre adresse</a>
      </p>
    </Layout>
  )
}

interface SignInConfirmProps {
  frame: Frame
  csrf: string
  as: SignInAs
  token: string
}

/** Mail scanners open links: only the button signs in. */
export function SignInConfirm({ frame, csrf, as, token }: SignInConfirmProps): JSX.Element {
  return (
    <Layout frame={frame} title="Se connecter">
      <h1>Se connecter</h1>
      <p class="lead">Ce lien est le vôtre. Un clic, et vous êtes dans votre espace {WORDS[as].space}.</p>
      <form method="post" action={urlTo('signInLink', { token })}>
        <Csrf token={csrf} />
        <button type="submit">Entrer dans mon espace</button>
      </form>
    </Layout>
  )
}
