/** What a member and its porteur say to each other on a piece: the thread, and « non applicable ». */
import type { ComponentChildren, JSX } from 'preact'
import type { Message, MessageSide } from '../../server/domain/message.ts'
import type { NonApplicable } from '../../server/domain/piece.ts'
import { Csrf, ErrorSummary, type FieldError, TextArea } from './components.tsx'
import { count, moment } from './format.ts'
import { type Frame, Layout, type PorteurFrame } from './layout.tsx'

/** Longest message, reason or motive; what passes it is not typed at all. */
const MAX_LENGTH = 2_000

interface ThreadProps {
  /** Oldest first. */
  messages: readonly Message[]
  timeZone: string
  /** Who reads. */
  side: MessageSide
  /** Where the form goes. */
  action: string
  /** Null for a link, whose address is the proof. */
  csrf: string | null
  /** Said before the first message: where the answer will be, or who is told of what is written. */
  invitation: ComponentChildren
}

export function Thread({ messages, timeZone, side, invitation, ...form }: ThreadProps): JSX.Element {
  return (
    <section class="card" aria-labelledby="echanges">
      <h2 id="echanges">Échanges</h2>
      {messages.length === 0 ? (
        <p>{invitation}</p>
      ) : (
        <ol class="thread" aria-label={count(messages.length, 'message')}>
          {messages.map(message => (
            <li key={message.id} class={message.side === side ? 'mine' : ''} id={`message-${message.id}`}>
              <p class="muted">
                <strong>{message.side === side ? 'Vous' : message.author}</strong>
                {message.side === side ? ` (${message.author})` : ''}, le {moment(message.at, timeZone)}
              </p>
              <p class="typed">{message.text}</p>
            </li>
          ))}
        </ol>
      )}
      <MessageForm {...form} />
    </section>
  )
}

interface FormProps {
  action: string
  csrf: string | null
  /** As typed, when the form was refused. */
  value?: string
  errors?: readonly FieldError[]
}

export function MessageForm({ action, csrf, value = '', errors = [] }: FormProps): JSX.Element {
  return (
    <form method="post" action={action}>
      {csrf === null ? null : <Csrf token={csrf} />}
      <TextArea
        name="text"
        label="Votre message"
        hint={
          'Du texte, 2 000 caractères au plus. Il reste dans l’historique de la pièce, et ' +
          'le dossier remis à l’ARS le reprend.'
        }
        value={value}
        errors={errors}
        maxLength={MAX_LENGTH}
      />
      <button type="submit" class="secondary">
        Envoyer le message
      </button>
    </form>
  )
}

interface RequestProps {
  /** The one that stands; null when there is none. */
  request: NonApplicable | null
  timeZone: string
  action: string
}

/** What was asked and answered, in words. */
function Told({ request, timeZone }: { request: NonApplicable; timeZone: string }) {
  const { reason, askedBy, askedAt, decision, decidedAt, motive } = request
  const answered = decidedAt === null ? '' : ` le ${moment(decidedAt, timeZone)}`
  return (
    <>
      <p>
        Dite non applicable par {askedBy}, le {moment(askedAt, timeZone)}. Raison :
      </p>
      <p class="typed">{reason}</p>
      {decision === null ? null : (
        <p>
          <strong>{decision === 'confirmee' ? 'Confirmé' : 'Refusé'} par le porteur</strong>
          {answered}.{motive === null ? '' : ' Motif :'}
        </p>
      )}
      {motive === null ? null : <p class="typed">{motive}</p>}
    </>
  )
}

/** On a member's page: saying that the piece does not concern it, and reading the answer. */
export function NonApplicableByMember({ request, timeZone, action }: RequestProps): JSX.Element {
  return (
    <section class="card" aria-labelledby="non-applicable">
      <h2 id="non-applicable">Cette pièce ne vous concerne pas ?</h2>
      {request === null ? null : <Told request={request} timeZone={timeZone} />}
      {request?.decision === null ? (
        <p>Le porteur va vous répondre. Si vous déposez la pièce, cette demande est retirée.</p>
      ) : request?.decision === 'confirmee' ? (
        <p>Vous n’avez rien à déposer ici. Si vous déposez tout de même la pièce, elle sera contrôlée.</p>
      ) : (
        <details>
          <summary>Indiquer qu’elle n’est pas applicable…</summary>
          <ReasonForm action={action} csrf={null} words="Le demander au porteur" />
        </details>
      )}
    </section>
  )
}

/**
 * On the porteur's page: answering, going back on an answer, or saying it by itself. Unless it `asks`, the
 * piece is not to be demanded.
 */
export function NonApplicableByPorteur({
  request,
  timeZone,
  action,
  csrf,
  asks,
}: RequestProps & { csrf: string; asks: boolean }): JSX.Element {
  return (
    <section class="card" aria-labelledby="non-applicable">
      <h2 id="non-applicable">Non applicable ?</h2>
      {request === null ? null : <Told request={request} timeZone={timeZone} />}
      {request?.decision === null ? (
        <>
          <form method="post" action={action}>
            <Csrf token={csrf} />
            <input type="hidden" name="requestId" value={request.id} />
            <input type="hidden" name="decision" value="confirmee" />
            <button type="submit">Confirmer : non applicable</button>
          </form>
          {asks ? <KeepAskingForm action={action} csrf={csrf} requestId={request.id} /> : null}
        </>
      ) : request?.decision === 'confirmee' ? (
        asks ? (
          <details>
            <summary>Revenir sur cette confirmation…</summary>
            <KeepAskingForm action={action} csrf={csrf} requestId={request.id} />
          </details>
        ) : null
      ) : (
        <details>
          <summary>Déclarer que la pièce ne s’applique pas…</summary>
          <ReasonForm action={action} csrf={csrf} words="Déclarer non applicable" />
        </details>
      )}
    </section>
  )
}

export function ReasonForm({
  action,
  csrf,
  words,
  value = '',
  errors = [],
}: FormProps & { words: string }): JSX.Element {
  return (
    <form method="post" action={action}>
      {csrf === null ? null : <Csrf token={csrf} />}
      <TextArea
        name="reason"
        label="Pourquoi ne s’applique-t-elle pas ?"
        hint="La raison figure dans le dossier."
        value={value}
        errors={errors}
        maxLength={MAX_LENGTH}
      />
      <button type="submit" class="secondary">
        {words}
      </button>
    </form>
  )
}

export function KeepAskingForm({
  action,
  csrf,
  requestId,
  value = '',
  errors = [],
}: FormProps & { requestId: string }): JSX.Element {
  return (
    <form method="post" action={action}>
      {csrf === null ? null : <Csrf token={csrf} />}
      <input type="hidden" name="requestId" value={requestId} />
      <input type="hidden" name="decision" value="refusee" />
      <TextArea
        name="motive"
        id="motif-non-applicable"
        label="Pourquoi la pièce reste-t-elle demandée ?"
        hint="Les contacts du membre liront ce motif par e-mail."
        value={value}
        errors={errors}
        maxLength={MAX_LENGTH}
      />
      <button type="submit" class="danger">
        Refuser : la pièce reste demandée
      </button>
    </form>
  )
}

interface RefusedExchangeProps {
  frame: Frame
  /** Null on a member's link. */
  porteur: PorteurFrame | null
  who: string | null
  title: string
  /** The piece's page. */
  backHref: string
  errors: readonly FieldError[]
  /** The form, as it was typed. */
  children: ComponentChildren
}

/** A form of these that was refused, alone on its page with what was typed. */
export function RefusedExchange(props: RefusedExchangeProps): JSX.Element {
  const { frame, porteur, who, title, backHref, errors, children } = props
  return (
    <Layout frame={frame} porteur={porteur} who={who} title={title}>
      <ErrorSummary errors={errors} />
      <p>
        <a href={backHref}>Revenir à la pièce</a>
      </p>
      <h1>{title}</h1>
      <div class="card">{children}</div>
    </Layout>
  )
}
