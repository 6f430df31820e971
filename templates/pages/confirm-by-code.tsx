/** The page that asks for the code just sent by e-mail. */
import type { JSX } from 'preact'
import { CODE_MINUTES } from '../../server/domain/confirm-by-code.ts'
import { Csrf, ErrorSummary, Field, type FieldError } from './components.tsx'
import { type Frame, Layout, type PorteurFrame } from './layout.tsx'

interface ConfirmByCodeProps {
  frame: Frame
  /** Null on a link. */
  porteur: PorteurFrame | null
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
  /** Whether a code already received may be typed, the same act may be sent again later, or neither. */
  next: 'type' | 'later' | 'none'
}

export function ConfirmByCode(props: ConfirmByCodeProps): JSX.Element {
  const { frame, porteur, action, email, sends, opens, errors, blocked } = props
  const hidden = (
    <>
      {porteur === null ? null : <Csrf token={porteur.csrf} />}
      {props.kept.map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
    </>
  )
  return (
    <Layout frame={frame} porteur={porteur} who={props.who} title="Confirmez que c’est vous">
      <ErrorSummary errors={errors} />
      {blocked === null ? null : (
        <div class="errors" role="alert" tabindex={-1} autofocus>
          <p>{blocked}</p>
        </div>
      )}
      <h1>Confirmez que c’est vous</h1>
      {props.next === 'type' ? (
        <>
          <p class="lead">
            Un code à six chiffres part à <strong>{email}</strong>. Il est valable {CODE_MINUTES} minutes,
            dans ce navigateur seulement.
          </p>
          {opens === null ? null : <p>{opens}</p>}
          {sends ? null : (
            <p>
              Ce serveur n’envoie pas d’e-mails (aucun <code>SMTP_URL</code>) : le message est dans la boîte
              d’envoi, dont l’adresse s’affiche dans le terminal au démarrage.
            </p>
          )}
          <form class="card" method="post" action={action} novalidate>
            {hidden}
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
              <a href={props.backHref}>Annuler</a>
            </p>
          </form>
          <form method="post" action={action}>
            {hidden}
            <button type="submit" class="secondary" name="renvoyer" value="oui">
              Envoyer un autre code
            </button>
          </form>
        </>
      ) : (
        <form method="post" action={action}>
          {hidden}
          <p class="actions">
            {props.next === 'later' ? <button type="submit">Réessayer</button> : null}
            <a href={props.backHref}>Revenir</a>
          </p>
        </form>
      )}
    </Layout>
  )
}
