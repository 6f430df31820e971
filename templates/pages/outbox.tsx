/** Every mail written by a server, for whoever started it. */
import type { JSX } from 'preact'
import type { Instant } from '../../server/domain/call.ts'
import { Empty } from './components.tsx'
import { moment } from './format.ts'
import { type Frame, Layout } from './layout.tsx'

interface OutboxMail {
  id: string
  recipient: string
  subject: string
  /** Holds `link` as plain text, where there is one. */
  text: string
  link: string | null
  createdAt: Instant
  failure: string | null
}

interface OutboxProps {
  frame: Frame
  /** Newest first. */
  mails: readonly OutboxMail[]
  /** Whether a mail server is configured: these mails then left as well. */
  sends: boolean
}

/** Mails belong to no call: the programme's own zone. */
const TIME_ZONE = 'Europe/Paris'

export function Outbox({ frame, mails, sends }: OutboxProps): JSX.Element {
  return (
    <Layout frame={frame} title="Boîte d’envoi">
      <h1>Boîte d’envoi</h1>
      <p class="lead">
        {sends
          ? 'Les messages écrits par ce serveur, du plus récent au plus ancien. Ils partent aussi par e-mail.'
          : 'Ce serveur n’envoie pas d’e-mails : ses messages attendent ici, du plus récent au plus ancien. Ouvrez leurs liens comme le ferait leur destinataire.'}
      </p>
      {mails.length === 0 ? (
        <Empty title="Aucun message pour l’instant.">
          <p>
            Un message paraît ici dès qu’un porteur demande à se connecter, invite un membre ou refuse une
            pièce.
          </p>
        </Empty>
      ) : (
        mails.map(mail => (
          <article class="card mail" key={mail.id} aria-labelledby={`message-${mail.id}`}>
            <h2 id={`message-${mail.id}`}>{mail.subject}</h2>
            <p class="muted">
              À <strong>{mail.recipient}</strong>, {moment(mail.createdAt, TIME_ZONE)}
            </p>
            {mail.failure === null ? null : (
              <p class="motive">Le serveur de messagerie ne l’a pas pris : {mail.failure}</p>
            )}
            <MailText text={mail.text} link={mail.link} />
          </article>
        ))
      )}
    </Layout>
  )
}

/** Paragraphs and lines as written, with the link's address made one to click. */
function MailText({ text, link }: { text: string; link: string | null }) {
  return (
    <div class="mail-text">
      {text.split(/\n{2,}/).map(paragraph => (
        <p key={paragraph}>
          {paragraph.split('\n').map((line, row) => (
            <>
              {row > 0 ? <br /> : null}
              {line === link ? <a href={link}>{line}</a> : line}
            </>
          ))}
        </p>
      ))}
    </div>
  )
}
