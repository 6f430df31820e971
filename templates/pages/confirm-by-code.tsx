/** The page that asks for a passkey, or for the code just sent by e-mail. */
import type { ComponentChildren, JSX } from 'preact'
import { CODE_MINUTES } from '../../server/domain/confirm-by-code.ts'
import { Csrf, ErrorSummary, Field, type FieldError } from './components.tsx'
import { type Frame, Layout, type PorteurFrame } from './layout.tsx'
import { PasskeyForm } from './passkey-form.tsx'

interface ConfirmByCodeProps {
  frame: Frame
  /** Null on a link, and for a reviewer. */
  porteur: PorteurFrame | null
  /** Of a reviewer's session, against forgery; the porteur's frame has its own. */
  csrf?: string
  who: string | null
  backHref: string
  /** Where the act itself was sent. */
  action: string
  email: string
  /** False when the server has no mail server: the code then waits in the outbox. */
  sends: boolean
  /** What the code opens besides the act; null for nothing. */
  opens: string | null
  /** The act's own fields, sent again with the code. */
  kept: readonly (readonly [name: string, value: string])[]
  errors: readonly FieldError[]
  /** Why no code can be sent or typed now; null when one can. */
  blocked: string | null
  /** What a passkey may answer in place of the code, as JSON; null without one. */
  question: string | null
  /**
   * Whether a code may be asked for, one already received typed, the same act sent again later, or none of
   * these.
   */
  next: 'choose' | 'type' | 'later' | 'none'
}

export function ConfirmByCode(props: ConfirmByCodeProps): JSX.Element {
  const { frame, porteur, action, opens, errors, blocked, question } = props
  const csrf = props.csrf ?? porteur?.csrf
  const hidden = (
    <>
      {csrf === undefined ? null : <Csrf token={csrf} />}
      {props.kept.map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
    </>
  )
  return (
    <Layout
      frame={frame}
      porteur={porteur}
      who={props.who}
      title="Confirmez que c’est vous"
      scripts={['passkey']}
    >
      <ErrorSummary errors={errors} />
      {blocked === null ? null : (
        <div class="errors" role="alert" tabindex={-1} autofocus>
          <p>{blocked}</p>
        </div>
      )}
      <h1>Confirmez que c’est vous</h1>
      {question === null ? null : (
        <PasskeyForm action={action} act="get" question={question} button="Confirmer par votre clé d’accès">
          {hidden}
          <p>L’empreinte, le visage ou le code de votre appareil suffisent. {opens}</p>
        </PasskeyForm>
      )}
      <Code {...props}>{hidden}</Code>
    </Layout>
  )
}

/** @param children the hidden fields of each form. */
function Code({ children, ...props }: ConfirmByCodeProps & { children: ComponentChildren }) {
  const { action, email, next, backHref } = props
  if (next === 'type') return <TypedCode {...props}>{children}</TypedCode>
  if (next === 'choose') {
    return (
      <form method="post" action={action}>
        {children}
        <p>
          Sans clé d’accès sur cet appareil, un code à six chiffres peut être envoyé à{' '}
          <strong>{email}</strong>.
        </p>
        <p class="actions">
          <button type="submit" class="secondary" name="renvoyer" value="oui">
            Recevoir un code par e-mail
          </button>
          <a href={backHref}>Annuler</a>
        </p>
      </form>
    )
  }
  return (
    <form method="post" action={action}>
      {children}
      <p class="actions">
        {next === 'later' ? <button type="submit">Réessayer</button> : null}
        <a href={backHref}>Revenir</a>
      </p>
    </form>
  )
}

function TypedCode(props: ConfirmByCodeProps & { children: ComponentChildren }) {
  const { action, email, sends, opens, errors, backHref, children } = props
  return (
    <>
      <p class="lead">
        Un code à six chiffres part à <strong>{email}</strong>. Il est valable {CODE_MINUTES} minutes, dans ce
        navigateur seulement.
      </p>
      {opens === null ? null : <p>{opens}</p>}
      {sends ? null : (
        <p>
          Ce serveur n’envoie pas d’e-mails (aucun <code>SMTP_URL</code>) : le message est dans la boîte
          d’envoi, dont l’adresse s’affiche dans le terminal au démarrage.
        </p>
      )}
      <form class="card" method="post" action={action} novalidate>
        {children}
        <Field
          name="code"
          label="Code reçu"
          hint="Six chiffres. Regardez aussi dans les courriers indésirables."
          value=""
          errors={errors}
          autocomplete="one-time-code"
          width="short"
        />
        <p class="actions">
          <button type="submit">Confirmer</button>
          <a href={backHref}>Annuler</a>
        </p>
      </form>
      <form method="post" action={action}>
        {children}
        <button type="submit" class="secondary" name="renvoyer" value="oui">
          Envoyer un autre code
        </button>
      </form>
    </>
  )
}
