/** The messages written for a grappe: who was told what, and whether it left. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../../server/domain/call.ts'
import { CopyField, Empty } from '../components.tsx'
import { moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { GrappePage, type GrappeTitle } from './grappe-page.tsx'

export interface MailShown {
  id: string
  recipient: string
  subject: string
  text: string
  /** null for a message without a link, or whose link can no longer be shown. */
  link: string | null
  createdAt: Instant
  sentAt: Instant | null
  /** What the mail server answered at the last try; null unless it did not take it. */
  failure: string | null
  /** When it refused the address for good; null otherwise. */
  bouncedAt: Instant | null
  /** When it is tried again; null when it never will be, or was not tried. */
  nextAttemptAt: Instant | null
}

interface MailsProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  /** Whether a mail server is configured. */
  sends: boolean
  mails: readonly MailShown[]
}

export function MailsPage({ frame, grappe, timeZone, sends, mails }: MailsProps): JSX.Element {
  return (
    <GrappePage frame={frame} grappe={grappe} tab="mails" title="Messages" scripts={['copy']}>
      <p class="lead">
        {sends
          ? 'Les messages écrits pour cette grappe, du plus récent au plus ancien.'
          : 'Aucun serveur de messagerie n’est réglé : aucun message ne part. Ils attendent ici ; transmettez vous-même les liens qu’ils contiennent.'}
      </p>
      {mails.length === 0 ? (
        <Empty title="Aucun message pour l’instant">
          <p>
            Un message est écrit quand vous{' '}
            <a href={urlTo('invitations', { grappe: grappe.grappeId })}>invitez un membre</a> ou refusez une
            pièce.
          </p>
        </Empty>
      ) : (
        mails.map(mail => <MailCard key={mail.id} mail={mail} timeZone={timeZone} sends={sends} />)
      )}
    </GrappePage>
  )
}

function MailCard({ mail, timeZone, sends }: { mail: MailShown; timeZone: string; sends: boolean }) {
  return (
    <article class="card">
      <h2>{mail.subject}</h2>
      <dl class="facts">
        <dt>À</dt>
        <dd>{mail.recipient}</dd>
        <dt>Écrit</dt>
        <dd>{moment(mail.createdAt, timeZone)}</dd>
        <dt>Envoi</dt>
        <dd>
          <Sending mail={mail} timeZone={timeZone} sends={sends} />
        </dd>
      </dl>
      <details>
        <summary>
          Lire le message<span class="visually-hidden"> à {mail.recipient}</span>
        </summary>
        <p class="mail-text">{mail.text}</p>
      </details>
      {mail.link === null ? null : (
        <CopyField id={`lien-${mail.id}`} label={`Lien remis à ${mail.recipient}`} value={mail.link} />
      )}
    </article>
  )
}

function Sending({ mail, timeZone, sends }: { mail: MailShown; timeZone: string; sends: boolean }) {
  if (mail.sentAt !== null) {
    return (
      <>
        <span class="etat acceptee">envoyé</span> {moment(mail.sentAt, timeZone)}
      </>
    )
  }
  if (mail.bouncedAt !== null) {
    return (
      <>
        <span class="etat refusee">adresse refusée</span> Le serveur de messagerie l’a refusé : {mail.failure}
        . Vérifiez l’adresse, puis invitez à nouveau, ou transmettez le lien vous-même.
      </>
    )
  }
  if (mail.failure !== null) {
    return (
      <>
        <span class="etat attendue">à réessayer</span> Le serveur de messagerie ne l’a pas pris :{' '}
        {mail.failure}.
        {mail.nextAttemptAt === null ? '' : ` Prochain essai : ${moment(mail.nextAttemptAt, timeZone)}.`}
      </>
    )
  }
  return (
    <>
      <span class="etat attendue">en attente</span>{' '}
      {sends ? 'L’envoi n’est pas terminé.' : 'Il reste dans la boîte d’envoi de ce serveur.'}
    </>
  )
}
